"""The files of a run: equity.csv, orders.csv, run.json, spec.toml, tearsheet.html. A contract that others build on."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from backtests import record
from backtests.experiments.toml import dump_to_pass_on
from backtests.metrics.performance import Metrics
from backtests.pages.places import with_places
from backtests.registry import versions
from backtests.runs.record import RunRecord
from backtests.runs.result import Result
from data.files import without_places, write_atomic
from data.market import Market

DATE = "%Y-%m-%d"
BESIDE = ("spec.toml", "run.json", "equity.csv", "orders.csv")


def new_run_id(study: str, now: datetime) -> str:
    """Return a new id that sorts by time: 20261122-183000-small_cap_trend-a1b2c3."""
    word = "".join(c if c.isalnum() or c in "-_" else "-" for c in study)[:40]
    return f"{now:%Y%m%d-%H%M%S}-{word}-{secrets.token_hex(3)}"


def record_of(result: Result, run_id: str) -> RunRecord:
    """Return the content of run.json: plain numbers, None where undefined with the reason under `undefined`."""
    experiment, market, (first, last) = result.experiment, result.market, result.span
    named = {"metrics": result.metrics, "metrics_gross": result.gross} | {
        f"benchmark_metrics.{name}": m for name, m in result.benchmarks.items()
    }
    return RunRecord(
        run_id=run_id,
        study=experiment.study.name,
        strategy=type(experiment.strategy).__name__,
        engine=result.engine,
        simulated=market.simulated,
        status=result.status,
        source=experiment.source,
        data_fingerprint=experiment.fingerprint,
        start=f"{first:%Y-%m-%d}",
        end=f"{last:%Y-%m-%d}",
        bars=result.ledger.bars,
        periods_per_year=market.periods_per_year,
        cash_usd=experiment.study.cash_usd,
        params={parameter.path: parameter.value for parameter in experiment.parameters()},
        costs=experiment.costs,
        execution=experiment.execution,
        market=experiment.market,
        closing=market.closing,
        availability=result.known_inputs.record(),
        metrics=dict(result.metrics.values),
        metrics_gross=dict(result.gross.values),
        benchmark_metrics={name: dict(m.values) for name, m in result.benchmarks.items()},
        regimes={name: dict(numbers) for name, numbers in result.regimes.items()},
        sharpe_interval_95=result.sharpe_interval,
        evidence=result.evidence,
        sharpe_over_bills=dict(result.sharpe_over_bills),
        cash_yield_mean_pct=float(np.mean(result.ledger.decisions.yields(experiment.costs)[: result.ledger.bars])),
        short_bars=result.ledger.short_bars,
        undefined={f"{part}.{name}": why for part, m in named.items() for name, why in _undefined(m).items()},
        warnings=tuple(map(without_places, result.warnings)),
        accept=experiment.accept,
        versions=versions(),
    )


def write(result: Result, run: RunRecord, folder: Path, page: bytes | None) -> dict[str, str]:
    """Write the files of a run into `folder`, spec.toml first and run.json (`run`) last; return the SHA-256 of each.

    Each file is written whole or not at all; a folder without run.json is of a run that did not finish, and its
    spec.toml says of which.
    """
    for name in ("run.json", "tearsheet.html"):
        (folder / name).unlink(missing_ok=True)
    content = {
        "spec.toml": dump_to_pass_on(result.experiment, folder).encode(),
        "equity.csv": table_csv(result.ledger.equity_table(), stamp(result.market)),
        "orders.csv": table_csv(result.ledger.orders_table(), stamp(result.market)),
        **({} if page is None else {"tearsheet.html": with_places(page, folder, BESIDE)}),
        "run.json": (record.as_text(run) + "\n").encode(),
    }
    for name, payload in content.items():
        write_atomic(folder / name, payload)
    return {name: hashlib.sha256(payload).hexdigest() for name, payload in content.items()}


def as_text(content: dict[str, Any]) -> str:
    """Return the JSON of plain content; NaN and infinity are refused."""
    return json.dumps(content, indent=2, allow_nan=False)


def stamp(*markets: Market) -> str:
    """Return how labels are written: dates, with the time of day where bars are cut by a clock of their own."""
    return DATE if all(market.clock is None for market in markets) else f"{DATE} %H:%M"


def table_csv(table: pd.DataFrame, date_format: str = DATE) -> bytes:
    """Return CSV whose floats round-trip; NaN is an empty cell."""
    if isinstance(table.index, pd.DatetimeIndex):
        table = table.set_axis(table.index.strftime(date_format))  # at once: label by label takes a third of the table
    return table.to_csv(date_format=date_format, lineterminator="\n").encode()


def _undefined(metrics: Metrics) -> dict[str, str]:
    return {name: metrics.reasons.get(name, "undefined") for name, value in metrics.values.items() if value is None}
