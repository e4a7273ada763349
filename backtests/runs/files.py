"""The files of a run: equity.csv, orders.csv, run.json, spec.toml, tearsheet.html. A contract that others build on."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from backtests.experiments.costs import Costs, Execution
from backtests.experiments.experiment import MarketSection, dump
from backtests.metrics.performance import Metrics
from backtests.registry import versions
from backtests.runs.result import Result
from data.market import Market
from data.store import write_atomic
from signals.parameters import declared_parameters

DATE = "%Y-%m-%d"


def new_run_id(study: str, now: datetime) -> str:
    """Return a new id that sorts by time: 20261122-183000-small_cap_trend-a1b2c3."""
    word = "".join(c if c.isalnum() or c in "-_" else "-" for c in study)[:40]
    return f"{now:%Y%m%d-%H%M%S}-{word}-{secrets.token_hex(3)}"


def summary(result: Result, run_id: str) -> dict[str, Any]:
    """Return the content of run.json: plain numbers, None where undefined with the reason under `undefined`."""
    experiment, (first, last) = result.experiment, result.span
    named = {"metrics": result.metrics, "metrics_gross": result.gross} | {
        f"benchmark_metrics.{name}": m for name, m in result.benchmarks.items()
    }
    return {
        "run_id": run_id,
        "study": experiment.study.name,
        "strategy": type(experiment.strategy).__name__,
        "engine": result.engine,
        "simulated": result.market.simulated,
        "status": result.status,
        "source": experiment.source,
        "data_fingerprint": experiment.fingerprint,
        "start": f"{first:%Y-%m-%d}",
        "end": f"{last:%Y-%m-%d}",
        "bars": result.ledger.bars,
        "periods_per_year": result.market.periods_per_year,
        "cash_usd": experiment.study.cash_usd,
        "params": {parameter.path: parameter.value for parameter in experiment.parameters()},
        "costs": _values(experiment.costs),
        "execution": _values(experiment.execution),
        "market": _values(experiment.market),
        "closing": result.market.closing,
        "availability": result.ladder.content(),
        "metrics": result.metrics.values,
        "metrics_gross": result.gross.values,
        "benchmark_metrics": {name: m.values for name, m in result.benchmarks.items()},
        "regimes": result.regimes,
        "sharpe_interval_95": list(result.sharpe_interval) if result.sharpe_interval else None,
        "undefined": {f"{part}.{name}": why for part, m in named.items() for name, why in _undefined(m).items()},
        "warnings": result.warnings,
        "versions": versions(),
    }


def write(result: Result, content: dict[str, Any], folder: Path, page: bytes | None) -> None:
    """Write the files of a run into `folder`, run.json (`content`) last.

    Each file is written whole or not at all; a folder without run.json is of a run that did not finish.
    """
    for name in ("run.json", "tearsheet.html"):
        (folder / name).unlink(missing_ok=True)
    write_atomic(folder / "equity.csv", table_csv(result.ledger.equity_table(), stamp(result.market)))
    write_atomic(folder / "orders.csv", table_csv(result.ledger.orders_table(), stamp(result.market)))
    write_atomic(folder / "spec.toml", dump(result.experiment).encode())
    if page is not None:
        write_atomic(folder / "tearsheet.html", page)
    write_atomic(folder / "run.json", (as_text(content) + "\n").encode())


def as_text(content: dict[str, Any]) -> str:
    """Return run.json's text; NaN and infinity are refused."""
    return json.dumps(content, indent=2, allow_nan=False)


def stamp(*markets: Market) -> str:
    """Return how labels are written: dates, with the time of day where bars are cut by a clock of their own."""
    return DATE if all(market.clock is None for market in markets) else f"{DATE} %H:%M"


def table_csv(table: pd.DataFrame, date_format: str = DATE) -> bytes:
    """Return CSV whose floats round-trip; NaN is an empty cell."""
    return table.to_csv(date_format=date_format, lineterminator="\n").encode()


def _values(node: Costs | Execution | MarketSection) -> dict[str, Any]:
    return {name: getattr(node, name) for name in declared_parameters(type(node))}


def _undefined(metrics: Metrics) -> dict[str, str]:
    return {name: metrics.reasons.get(name, "undefined") for name, value in metrics.values.items() if value is None}
