"""Side: one run of a comparison, from memory or from its folder, and its ledger on a part of its bars."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from backtests import record
from backtests.engine import loop
from backtests.engine.ledger import Decisions, Fill, Floats, Ledger
from backtests.experiments.costs import Costs
from backtests.experiments.experiment import MarketSection
from backtests.experiments.toml import dump
from backtests.metrics import performance
from backtests.metrics.performance import Metrics
from backtests.runs.files import record_of
from backtests.runs.record import RunRecord
from backtests.runs.result import Result
from backtests.statistics.bootstrap import SEED
from backtests.statistics.intervals import sharpe_interval
from data.calendars.clock import clock_of
from data.calendars.publication import sessions
from data.catalogue import lookup
from data.errors import BadFile, BadSpec
from data.files import from_home, is_elided, shown
from signals.earlier_names import present_use

FILES = ("run.json", "equity.csv", "orders.csv")


@dataclass(frozen=True, eq=False)
class ComparedRun:
    """One run: `record` is that of run.json, `uses` the class at each place of the strategy, `notes` what to say."""

    record: RunRecord
    uses: Mapping[str, str]
    ledger: Ledger
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> pd.DatetimeIndex:
        """Labels of the bars that were run."""
        return pd.DatetimeIndex(self.ledger.decisions.bars.index[: self.ledger.bars])

    @property
    def costs(self) -> Costs:
        """What the run paid by."""
        return self.record.costs

    @cached_property
    def gross(self) -> Ledger | None:
        """The same decisions at no cost; None for a strategy of the user's own orders, whose class would run again."""
        if self.record.is_native:
            return None
        return loop.run(self.ledger.decisions, self.costs.gross, self.record.execution, self.ledger.start_cash_usd)

    def numbers(self, first: pd.Timestamp, last: pd.Timestamp) -> tuple[Metrics, Metrics | None]:
        """Return the metrics net and gross of the bars from `first` to `last`; gross None where it is not known.

        Those of run.json where these are all bars, else measured again: equity begins at the close before `first`.
        """
        if first <= self.labels[0] and last >= self.labels[-1]:
            return self.record.metrics_of("metrics"), self.record.metrics_of("metrics_gross")
        periods, costs = self.record.periods_per_year, self.costs
        gross = None if self.gross is None else performance.of_ledger(part(self.gross, first, last), periods, costs)
        return performance.of_ledger(part(self.ledger, first, last), periods, costs), gross

    def sharpe_interval(self, first: pd.Timestamp, last: pd.Timestamp, *, seed: int) -> tuple[float, float] | None:
        """Return the 95% interval of the annual Sharpe ratio over the bars from `first` to `last`.

        That of run.json where these are all bars: one number has one interval. Another seed asks for other draws.
        """
        if seed == SEED and first <= self.labels[0] and last >= self.labels[-1]:
            return self.record.sharpe_interval_95
        own = part(self.ledger, first, last)
        excess = performance.returns(own.equity_usd, own.start_cash_usd) - own.cash_return(self.costs)
        return sharpe_interval(excess, self.record.periods_per_year, seed=seed)


def part(ledger: Ledger, first: pd.Timestamp, last: pd.Timestamp) -> Ledger:
    """Return the bars from `first` to `last` of a run; its starting cash is the equity at the close before."""
    labels = ledger.decisions.bars.index[: ledger.bars]
    a, b = int(labels.searchsorted(first)), int(labels.searchsorted(last, side="right"))
    return Ledger(
        decisions=ledger.decisions.part(a, b),
        targets=ledger.targets[a:b],
        position=ledger.position[a:b],
        cash_usd=ledger.cash_usd[a:b],
        equity_usd=ledger.equity_usd[a:b],
        fills=[replace(fill, bar=fill.bar - a) for fill in ledger.fills if a <= fill.bar < b],
        start_cash_usd=float(ledger.equity_usd[a - 1]) if a else ledger.start_cash_usd,
        ruined=ledger.ruined and b == ledger.bars,
    )


def of_result(result: Result) -> ComparedRun:
    """Return a run in memory as one to compare."""
    return ComparedRun(record_of(result, result.run_id), _uses(dump(result.experiment), Path()), result.ledger)


def read(folder: Path, notes: tuple[str, ...] = ()) -> ComparedRun:
    """Return the run in a folder; BadSpec if it holds none, BadFile if its files do not fit together."""
    for name in FILES:
        if not (folder / name).is_file():
            raise BadSpec(f"{folder} has no {name}: name the folder of a finished run")
    try:
        run = record.read(RunRecord, folder / "run.json")
        equity, orders = (pd.read_csv(folder / name, parse_dates=["date"], index_col="date") for name in FILES[1:])
        ledger = _ledger(run, equity, orders)
    except (ValueError, KeyError, TypeError) as error:
        raise BadFile(folder, "", f"not the files of one run ({error})", "run it again") from error
    experiment = folder / "spec.toml"
    return ComparedRun(
        run, _uses(experiment.read_text(encoding="utf-8"), folder) if experiment.is_file() else {}, ledger, notes
    )


def _ledger(run: RunRecord, equity: pd.DataFrame, orders: pd.DataFrame) -> Ledger:
    def column(name: str) -> Floats:
        return equity[name].to_numpy(dtype=np.float64)

    if len(equity) != run.bars or len(orders) != run.metrics["orders"]:
        there = f"{len(equity)} bars and {len(orders)} orders"
        raise ValueError(f"{there}, run.json says {run.bars} and {run.metrics['orders']}")
    bars = equity[["open", "close"]]
    earned = column("cash_yield_pct") if "cash_yield_pct" in equity else None
    decisions = Decisions(bars, column("weight_decided"), _days(pd.DatetimeIndex(bars.index), run.market), earned)
    cash, start = column("cash_usd"), float(run.cash_usd)
    fills = _fills(bars, orders, np.append(start, cash[:-1]), np.append(0.0, column("position")[:-1]))
    return Ledger(
        decisions,
        column("weight_target"),
        column("position"),
        cash,
        column("equity_usd"),
        fills,
        start,
        run.status == "ruin",
    )


def _fills(bars: pd.DataFrame, orders: pd.DataFrame, cash: Floats, units: Floats) -> list[Fill]:
    """Return the fills of orders.csv; equity before each by `cash` and `units` at the close before its bar."""
    fills: list[Fill] = []
    for at, row in zip(bars.index.get_indexer(orders.index), _rows(orders), strict=True):
        if at < 0:
            raise ValueError("orders.csv has an order on a day that equity.csv does not have")
        size = math.copysign(row["size"], 1 if row["side"] == "buy" else -1)
        reference = row["price_usd"] - row["slippage_usd"] / size
        equity = float(cash[at] + units[at] * reference)
        fills.append(
            Fill(
                bar=int(at),
                size=size,
                price_usd=row["price_usd"],
                commission_usd=row["commission_usd"],
                slippage_usd=row["slippage_usd"],
                weight_before=row["weight_before"],
                weight_after=row["weight_after"],
                equity_before_usd=equity,
            )
        )
        cash[at] -= size * row["price_usd"] + row["commission_usd"]
        units[at] += size
    return fills


def _rows(orders: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = orders.to_dict("records")  # type: ignore[assignment]  # names of columns are text
    return rows


def _days(labels: pd.DatetimeIndex, market: MarketSection) -> Floats:
    """Return the days from each bar to the next, the last by the calendar (as `decisions.days_ahead`)."""
    last, clock = labels[-1], clock_of(market.bar)
    if clock is not None:
        end = clock.cuts[int(clock.cuts.searchsorted(last, side="right"))]
    elif lookup(market.traded).calendar == "nyse":
        end = sessions(last + pd.Timedelta(days=1), last + pd.Timedelta(days=13))[0]
    else:
        end = last + pd.Timedelta(days=1)
    following = np.append(labels.to_numpy()[1:], end.to_datetime64())
    return np.asarray((following - labels.to_numpy()) / np.timedelta64(1, "D"), dtype="float64")


def _uses(experiment: str, near: Path) -> dict[str, str]:
    """Return the class used at each place of the experiment: {"strategy": "long_flat", "trend": "own_momentum"}.

    Files of the user's are taken from `near`, the folder of the experiment's file.
    """
    try:
        strategy = tomllib.loads(experiment).get("strategy", {})
    except tomllib.TOMLDecodeError:
        return {}
    return {name: _shown(use, near) for name, use in _named(strategy, "").items()}


def _shown(use: str, near: Path) -> str:
    path, suffix, rest = use.rpartition(".py")
    return f"{shown(near / from_home(path + suffix))}{rest}" if suffix and not is_elided(use) else use


def _named(table: Mapping[str, Any], path: str) -> dict[str, str]:
    uses = {path or "strategy": present_use(str(table.get("use", "")))}
    for name, value in table.items():
        if isinstance(value, Mapping):
            uses |= _named(value, f"{path}.{name}" if path else name)
    return uses
