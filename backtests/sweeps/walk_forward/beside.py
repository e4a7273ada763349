"""What the stitched run stands beside, over its bars: holding, the base as it is, and the traded asset's own trend."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from backtests.experiments.studies import load
from backtests.runs.files import stamp, table_csv
from backtests.runs.record import Numbers
from backtests.runs.result import Result
from backtests.sweeps.walk_forward.choosing import Stitched
from backtests.sweeps.walk_forward.scores import Rules
from data.errors import HarbingerError
from data.files import write_atomic

OWN_TREND = "own_trend"
TABLE = "walk_forward_beside.csv"


def beside(rules: Rules, stitched: Stitched, result: Result, folder: Path) -> dict[str, Numbers]:
    """Return numbers by the names of the curves, and write their equity in USD at closes into `folder`.

    `result` is the stitched run. A rule whose inputs the sweep lacks is left out; cells after its ruin are empty.
    """
    base = rules.plan.base
    rivals = {"fixed": base, OWN_TREND: replace(base, strategy=load(OWN_TREND).strategy)}
    first, last = stitched.span
    labels = rules.labels[first:last]
    holding = next(iter(result.benchmark_curves.values()))
    curves, numbers = {"holding_usd": holding.reindex(labels)}, dict[str, Numbers]()
    for name, experiment in rivals.items():
        try:
            batch = rules.batch(rules.bars.decided(experiment)[None], stitched.span, curves=True)
        except HarbingerError:
            continue  # the inputs of the sweep lack what it reads
        assert batch.equity is not None
        equity = np.where(np.arange(len(labels)) < batch.bars[0], batch.equity[0], np.nan)
        numbers[f"{base.study.name}, fixed" if name == "fixed" else name] = dict(batch.of(0).values)
        curves[f"{name}_usd"] = pd.Series(equity, index=labels)
    table = pd.DataFrame(curves, index=pd.DatetimeIndex(labels, name="date"))
    write_atomic(folder / TABLE, table_csv(table, stamp(result.market)))
    return numbers
