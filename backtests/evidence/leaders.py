"""The rule with another leader in the seat: what small caps add would not be there with SPY, QQQ or BTC."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from backtests.evidence.kernel_runs import Bars, active_sharpes
from backtests.experiments.experiment import Experiment, market_of
from backtests.runs.decisions import decide
from data.catalogue import lookup
from data.checks.in_use import inspect
from data.errors import HarbingerError
from data.market import load_tables
from data.sources.base import Source

SEATS = ("SPY", "QQQ", "BTC-USD")


def placebo_leaders(
    experiment: Experiment, tables: Mapping[str, pd.DataFrame], source: Source | None, bars: Bars
) -> dict[str, float | str]:
    """Return the annual active Sharpe ratio of the rule with each other leader, or why it is not known.

    On the bars, the source and the costs of the run; empty where the rule reads no leader.
    """
    leader, traded = lookup(experiment.market.leader).id, lookup(experiment.market.traded).id
    if not {leader, "leader"} & set(experiment.strategy.needs):
        return {}
    seats = (id for id in SEATS if id not in (leader, traded))
    return {id: _with(id, experiment, tables, source, bars) for id in seats}


def _with(
    id: str, experiment: Experiment, tables: Mapping[str, pd.DataFrame], source: Source | None, bars: Bars
) -> float | str:
    try:
        other = experiment.with_value("market.leader", id)
        lacking = [need for need in other.needs if need not in tables]
        if lacking and source is None:
            return f"{', '.join(lacking)} is not among the frozen data of the run"
        more = load_tables(source, lacking) if lacking and source else {}
        inspect(more, simulated=bool(source and source.simulated), accept=experiment.accept)
        market = market_of(other.market, {**tables, **more}, experiment.source)
        found = float(active_sharpes(bars, decide(other, market)[bars.inside][None], other)[0])
    except HarbingerError as error:
        return str(error)
    return found if np.isfinite(found) else "its weight never changes"
