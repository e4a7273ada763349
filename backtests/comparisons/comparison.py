"""Runs side by side: what differs between them first, then their numbers on the bars that they share.

Metrics are those of run.json where all runs cover one span, else measured again on the common one. Curves and paired
differences stand on the labels that every run has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from backtests.comparisons import differences
from backtests.comparisons.compared_run import ComparedRun, part
from backtests.comparisons.differences import LETTERS, Rows, as_text
from backtests.comparisons.record import ComparedRunRecord, ComparisonRecord, PairedRecord
from backtests.engine.ledger import Floats
from backtests.metrics.labels import COLUMNS, LABELS, net
from backtests.metrics.performance import NAMES, Metrics
from backtests.pages.card import card, sparkline
from backtests.pages.notebook import curves
from backtests.pages.text import interval, number, signed_percent
from backtests.registry import versions
from backtests.runs.files import DATE
from backtests.statistics.paired import SEED, Paired, paired
from data.errors import BadSpec, DataError

ROLLING_BARS = 90
# What a run's own record and its place in a comparison have in common.
SHARED = (
    *("run_id", "study", "strategy", "engine", "simulated", "status", "source", "data_fingerprint", "start", "end"),
    *("bars", "periods_per_year", "params"),
)

if TYPE_CHECKING:
    import plotly.graph_objects as go
NO_GROSS = "gross on a part of the bars is not known: its class would have to run again"


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two runs or more; the first is the one that the others are held against.

    `parameters` and `facts` hold only what differs, a value for each run (None: it has no such parameter). `net` and
    `gross` are metrics on the common span (None: not known). `curves` has columns (letter, quantity). `paired` has one
    entry for each run but the first; `sharpe_intervals` (95%) one for each.
    """

    sides: tuple[ComparedRun, ...]
    span: tuple[pd.Timestamp, pd.Timestamp]
    cut: bool
    parameters: Rows
    facts: Rows
    net: tuple[Metrics, ...]
    gross: tuple[Metrics | None, ...]
    curves: pd.DataFrame
    paired: tuple[Paired, ...]
    sharpe_intervals: tuple[tuple[float, float] | None, ...]
    warnings: list[str] = field(default_factory=list)

    @property
    def letters(self) -> str:
        """A letter for each run, in order."""
        return LETTERS[: len(self.sides)]

    @property
    def studies(self) -> list[str]:
        """The letter and the study of each run, for the head of a table that says what differs."""
        return differences.studies(self.sides)

    @cached_property
    def names(self) -> list[str]:
        """The name of each run: its letter and its study, and what differs between runs of one study."""
        return differences.names(self.sides)

    @property
    def net_names(self) -> tuple[str, ...]:
        """What the own numbers of each run are called (`metrics.labels.net`)."""
        return tuple(net(side.costs, side.ledger.short_bars) for side in self.sides)

    @property
    def title(self) -> str:
        """The others against the first."""
        return f"{', '.join(self.names[1:])} against {self.names[0]}"

    @property
    def simulated(self) -> str:
        """The simulated sources among the runs, empty where there are none: all of it then says SIMULATED."""
        sources = [side.record.source for side in self.sides if side.record.simulated]
        return "; ".join(dict.fromkeys(sources))

    @cached_property
    def differences(self) -> pd.DataFrame:
        """What differs, a row each: parameters first, then facts; a column for each run."""
        rows = self.parameters | self.facts
        return pd.DataFrame([list(map(as_text, row)) for row in rows.values()], list(rows), self.names, dtype=object)

    @cached_property
    def metrics(self) -> pd.DataFrame:
        """Metrics on the common span: a row for each (run, "net" or "gross"), NaN where undefined or not known."""
        rows = {
            (name, kind): [np.nan if m is None or m[metric] is None else m[metric] for metric in NAMES]
            for kind, metrics in (("net", self.net), ("gross", self.gross))
            for name, m in zip(self.names, metrics, strict=True)
        }
        index = pd.MultiIndex.from_tuples(rows, names=["run", "costs"])
        return pd.DataFrame(list(rows.values()), index, list(COLUMNS.values()), dtype="float64")

    @cached_property
    def apart(self) -> pd.DataFrame:
        """The paired differences, a row for each run but the first; NaN where undefined (see `statistics.paired`)."""
        rows = [
            [d.bars, d.matched_per_year, *(d.matched_per_year_95 or (None, None)), d.sharpe_p_value,
             d.per_year, *(d.per_year_95 or (None, None)), d.p_value, d.sharpe, *(d.sharpe_95 or (None, None))]
            for d in self.paired
        ]  # fmt: skip
        return pd.DataFrame(rows, self.names[1:], APART, dtype="float64")

    def record(self, comparison_id: str) -> ComparisonRecord:
        """Return what compare.json holds: plain numbers, None where undefined with the reason under `undefined`."""
        return ComparisonRecord(
            comparison_id=comparison_id,
            simulated=bool(self.simulated),
            start=f"{self.span[0]:{DATE}}",
            end=f"{self.span[1]:{DATE}}",
            bars_in_common=len(self.curves),
            cut_to_common_span=self.cut,
            parameters=self.parameters,
            facts=self.facts,
            runs=tuple(self._run(at) for at in range(len(self.sides))),
            paired=tuple(_pair(name, self.names[0], d) for name, d in zip(self.names[1:], self.paired, strict=True)),
            rolling_bars=ROLLING_BARS,
            warnings=tuple(self.warnings),
            versions=versions(),
        )

    def _run(self, at: int) -> ComparedRunRecord:
        run, own, gross = self.sides[at].record, self.net[at], self.gross[at]
        why = {f"metrics.{name}": text for name, text in own.reasons.items()}
        why |= {"metrics_gross": NO_GROSS} if gross is None else {}
        why |= {f"metrics_gross.{name}": text for name, text in (gross.reasons if gross else {}).items()}
        return ComparedRunRecord(
            name=self.names[at],
            **{name: getattr(run, name) for name in SHARED},
            metrics=dict(own.values),
            metrics_gross=dict(gross.values) if gross else None,
            evidence=run.evidence,
            sharpe_interval_95=self.sharpe_intervals[at],
            undefined=why,
        )

    def to_frame(self) -> pd.DataFrame:
        """Return `metrics`."""
        return self.metrics

    def plot(self) -> go.Figure:
        """Return the growth of one of each run, on a log scale, as a figure of plotly's."""
        growth = {
            name: self.curves[letter, "growth_of_one"] for name, letter in zip(self.names, self.letters, strict=True)
        }
        mark = "SIMULATED · " if self.simulated else ""
        return curves(growth, f"{mark}{self.title}", unit="growth of one")

    def _repr_html_(self) -> str:
        rows = [[path, *map(as_text, row)] for path, row in (self.parameters | self.facts).items()]
        rows += [[LABELS[name], *(number(name, m[name]) for m in self.net)] for name in NAMES]
        growth = {
            name: self.curves[letter, "growth_of_one"].to_numpy()
            for name, letter in zip(self.names, self.letters, strict=True)
        }
        first, last = (f"{label:{DATE}}" for label in self.span)
        return card(
            self.title,
            simulated=self.simulated,
            facts={"common span": f"{first} to {last}", "bars": f"{len(self.curves):,}"},
            columns=["", *self.names],
            rows=rows,
            curve=sparkline(growth, says=f"Equity of each run from {first} to {last}, log scale"),
            notes=[*map(sentence, self.names[1:], self.paired), *self.warnings],
        )

    def __repr__(self) -> str:
        mark = "SIMULATED " if self.simulated else ""
        return f"<Comparison {mark}{', '.join(self.names)}: {self.span[0]:{DATE}} to {self.span[1]:{DATE}}>"


APART = (
    "bars",
    "matched_difference_fraction_per_year",
    "matched_difference_low_fraction_per_year",
    "matched_difference_high_fraction_per_year",
    "sharpe_p_value",
    "return_difference_fraction_per_year",
    "return_difference_low_fraction_per_year",
    "return_difference_high_fraction_per_year",
    "p_value",
    "sharpe_difference",
    "sharpe_difference_low",
    "sharpe_difference_high",
)


def compare(sides: Sequence[ComparedRun], *, seed: int = SEED) -> Comparison:
    """Return the comparison of two runs or more with the first; `seed` is that of the bootstrap.

    BadSpec where there are under two or more than twelve, DataError where they have no two bars in common.
    """
    if not 2 <= len(sides) <= len(LETTERS):
        raise BadSpec(f"{len(sides)} runs to compare; name 2 to {len(LETTERS)}")
    span = max(s.labels[0] for s in sides), min(s.labels[-1] for s in sides)
    cut = any((side.labels[0], side.labels[-1]) != span for side in sides)
    curves, mixed = _curves(sides, span)
    measured = [side.numbers(*span) for side in sides]
    return Comparison(
        sides=tuple(sides),
        span=span,
        cut=cut,
        parameters=differences.parameters(sides),
        facts=differences.facts(sides),
        net=tuple(own for own, _ in measured),
        gross=tuple(gross for _, gross in measured),
        curves=curves,
        paired=tuple(_paired(sides, curves, at, seed) for at in range(1, len(sides))),
        sharpe_intervals=tuple(side.sharpe_interval(*span, seed=seed) for side in sides),
        warnings=differences.warnings(sides, span, cut, mixed, len(curves)),
    )


def sentence(name: str, apart: Paired) -> str:
    """Return a paired difference in words."""
    if apart.per_year is None or apart.per_year_95 is None:
        return f"{name}: no interval, {apart.missing}"
    raw = f"{signed_percent(apart.per_year)} a year (95%: {interval(*apart.per_year_95, '+z.1%')})"
    if apart.matched_per_year is None or apart.matched_per_year_95 is None:
        return f"{name} less A: {raw}; one of them has no volatility to match"
    low, high = apart.matched_per_year_95
    verdict = "not significant at 95%" if low <= 0 <= high else "significant at 95%"
    return (
        f"{name} less A, at A's volatility: {signed_percent(apart.matched_per_year)} a year "
        f"(95%: {interval(low, high, '+z.1%')}; {verdict}); as they are, {raw}"
    )


def _curves(sides: Sequence[ComparedRun], span: tuple[pd.Timestamp, pd.Timestamp]) -> tuple[pd.DataFrame, bool]:
    """Return the curves on the labels that all have, and whether some have others too.

    Equity begins at the close before the span; where calendars are mixed, at the first common close, for what lies
    before it is not of the same days.
    """
    parts = [part(side.ledger, *span) for side in sides] if span[0] <= span[1] else []
    labels = [_dates(ledger.decisions.bars.index, sides) for ledger in parts]
    common = labels[0] if labels else pd.DatetimeIndex([])
    for other in labels[1:]:
        common = common.intersection(other)
    mixed = any(len(own) != len(common) for own in labels)
    if len(common) < 2 + mixed:
        spans = "; ".join(f"{LETTERS[i]} {s.labels[0]:{DATE}}..{s.labels[-1]:{DATE}}" for i, s in enumerate(sides))
        raise DataError(f"these runs have no two bars in common ({spans}): compare runs whose spans overlap")
    columns: dict[tuple[str, str], Floats] = {}
    for letter, own, ledger in zip(LETTERS, labels, parts, strict=False):
        equity, start = ledger.equity_usd[own.get_indexer(common)], ledger.start_cash_usd
        columns |= _columns(letter, equity[1:], float(equity[0])) if mixed else _columns(letter, equity, start)
    table = pd.DataFrame(columns, common[1:] if mixed else common)
    for letter in LETTERS[1 : len(sides)]:
        apart = table[letter, "rolling_return_fraction"] - table["A", "rolling_return_fraction"]
        table[letter, "rolling_return_less_first_fraction"] = apart
    return table, mixed


def _columns(letter: str, equity: Floats, start: float) -> dict[tuple[str, str], Floats]:
    path = np.concatenate([[start], equity])
    rolling = np.full(len(equity), np.nan)
    rolling[ROLLING_BARS - 1 :] = path[ROLLING_BARS:] / path[:-ROLLING_BARS] - 1
    return {
        (letter, "equity_usd"): equity,
        (letter, "growth_of_one"): equity / start,
        (letter, "return_fraction"): path[1:] / path[:-1] - 1,
        (letter, "drawdown_fraction"): np.minimum(path / np.maximum.accumulate(path), 1.0)[1:] - 1,
        (letter, "rolling_return_fraction"): rolling,
    }


def _dates(labels: pd.Index, sides: Sequence[ComparedRun]) -> pd.DatetimeIndex:
    """Return labels by which bars are paired: as they are, or by day where runs cut their bars at different hours."""
    clocks = {side.record.market.bar for side in sides}
    return pd.DatetimeIndex(labels) if len(clocks) == 1 else pd.DatetimeIndex(labels).normalize()


def _paired(sides: Sequence[ComparedRun], curves: pd.DataFrame, at: int, seed: int) -> Paired:
    gaps = np.diff(curves.index.to_numpy()) / np.timedelta64(1, "D")
    days = np.concatenate([[np.median(gaps)], gaps])  # what cash yields in them is all that they decide

    def cash(side: ComparedRun) -> Floats:
        ledger = side.ledger
        earned = pd.Series(ledger.decisions.yields(side.costs), _dates(ledger.decisions.bars.index, sides))
        return np.asarray(days / 36500 * earned.reindex(curves.index).to_numpy(dtype=np.float64))

    own, first = (curves[letter, "return_fraction"].to_numpy() for letter in (LETTERS[at], "A"))
    periods = min(sides[at].record.periods_per_year, sides[0].record.periods_per_year)
    return paired(own, first, periods, cash=(cash(sides[at]), cash(sides[0])), seed=seed)


def _pair(run: str, against: str, apart: Paired) -> PairedRecord:
    return PairedRecord(
        run=run,
        against=against,
        bars=apart.bars,
        matched_difference_per_year=apart.matched_per_year,
        matched_difference_per_year_95=apart.matched_per_year_95,
        sharpe_p_value=apart.sharpe_p_value,
        return_difference_per_year=apart.per_year,
        return_difference_per_year_95=apart.per_year_95,
        p_value=apart.p_value,
        sharpe_difference=apart.sharpe,
        sharpe_difference_95=apart.sharpe_95,
        block_bars=apart.block_bars,
        draws=apart.draws,
        seed=apart.seed,
        missing=apart.missing,
    )
