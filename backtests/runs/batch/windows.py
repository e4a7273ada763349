"""Many windows of one history through the compiled kernel, for many sets: each as a run of its own bars alone.

Windows that begin on one bar, as trainings of several lengths do, are one run measured at several ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from backtests.engine.kernel.layout import NUMBERS, room
from backtests.engine.ledger import Floats
from backtests.experiments.experiment import Experiment
from backtests.metrics.performance import NAMES
from backtests.runs.batch.kernel_inputs import Ints, by_set, carried, check_bars, check_rows, fixed, whole_delays
from backtests.runs.batch.sets import Bools, spread
from backtests.runs.batch.shared_bars import SharedBars

Span = tuple[int, int]
Bars = tuple[Floats, Floats, Floats, Floats, Floats]
SETS_AT_ONCE = 16  # whose weights stay in a core's cache while it goes from window to window


@dataclass(frozen=True, eq=False)
class Windows:
    """Spans of a history, laid out as runs; `terms` and `lag` are those of all sets.

    `bars`: open, close, days in percents of a year, cash yield, funding of all runs, one after the other; `edges` (runs
    + 1) between them; `begins` (runs,) their first bars in the history. Run r has the windows bounds[r]:bounds[r + 1]:
    its first `ends` bars, which are the span number `owners`.
    """

    spans: tuple[Span, ...]
    bars: Bars
    edges: Ints
    begins: Ints
    bounds: Ints
    ends: Ints
    owners: Ints
    terms: Floats
    lag: int
    cash_usd: float
    periods_per_year: int

    @classmethod
    def of(cls, spans: Sequence[Span], bars: Sequence[SharedBars], experiment: Experiment) -> Windows:
        """Return distinct spans with their bars, at the costs and the execution of an experiment.

        ValueError where a price, day or cost is not finite.
        """
        found = [_checked(one, experiment) for one in bars]
        runs = _runs(spans, found)
        costs, execution = experiment.costs, experiment.execution
        terms = by_set(
            1,
            max_leverage=execution.max_leverage,
            rebalance_band=execution.rebalance_band,
            commission_bps=costs.commission_bps,
            slippage=np.asarray(costs.slippage_bps) / 1e4,
            borrow_pct_per_year=costs.charged_borrow_pct,
        )
        owners = [owner for run in runs for owner in run]
        lengths = [len(found[run[-1]][0]) for run in runs]
        columns = zip(*(found[run[-1]] for run in runs), strict=True)
        opens, closes, years, yields, fundings = (fixed(np.concatenate(column)) for column in columns)
        return cls(
            spans=tuple(spans),
            bars=(opens, closes, years, yields, fundings),
            edges=_edges(lengths),
            begins=_whole([spans[run[0]][0] for run in runs]),
            bounds=_edges([len(run) for run in runs]),
            ends=_whole([len(found[owner][0]) for owner in owners]),
            owners=_whole(owners),
            terms=fixed(terms[0]),
            lag=int(whole_delays(1, execution.delay_bars)[0]) + 1,
            cash_usd=experiment.study.cash_usd,
            periods_per_year=bars[0].market.periods_per_year,
        )

    def run(
        self, decided: Floats, rows: Ints, columns: Sequence[str], *, threads: int | None = None
    ) -> tuple[Floats, Bools]:
        """Run weights (series, bars of the history) of sets, `rows` (sets,), over all spans.

        Return the numbers `columns` of NAMES (spans, sets, columns), NaN where undefined, and which sets ran to the end
        of each span, neither failed nor ruined (spans, sets): those of `sets.run_many` on the bars of a span, by
        decisions of its own bars only, to the bit. ValueError where shapes do not fit or a row is not there.
        """
        from backtests.engine.kernel.machine_code import Call  # noqa: PLC0415  # loads LLVM

        check_rows("rows", rows, len(decided))
        last = max(end for _, end in self.spans)
        if decided.ndim != 2 or decided.shape[1] < last:
            raise ValueError(f"decided has shape {decided.shape}, not (series, {last} bars or more)")
        values = np.empty((len(self.spans), len(rows), len(columns)))
        ended = np.empty((len(self.spans), len(rows)), np.bool_)
        *_, yields, fundings = self.bars
        given = (*self.bars, self._any(yields), self._any(fundings), self.edges, self.begins, self.bounds, self.ends,
                 self.owners, fixed(decided), fixed(rows, np.int64), self.terms, self.lag, float(self.cash_usd),
                 float(self.periods_per_year),
                 _whole([NAMES.index(name) for name in columns]), values, ended)  # fmt: skip
        run = Call("run_windows", self._room, *given)
        spread(lambda first: run(first, min(first + SETS_AT_ONCE, len(rows))), len(rows), threads, SETS_AT_ONCE)
        return values, ended

    def _any(self, carry: Floats) -> Bools:
        """Return for each run whether it accrues anything of a kind."""
        pairs = pairwise(self.edges.tolist())
        return fixed([(carry[first:last] != 0).any() for first, last in pairs], np.bool_)

    def _room(self) -> tuple[npt.NDArray[Any], ...]:
        most, many = np.diff(self.edges).max(), np.diff(self.bounds).max()
        return *room(most, many), np.empty(NUMBERS), np.empty(NUMBERS, np.uint8)


def _checked(bars: SharedBars, experiment: Experiment) -> Bars:
    """Return the five arrays that the kernel reads of some bars."""
    n = len(bars.open)
    check_bars(bars.open, bars.close, bars.days, np.empty((0, n)), _whole([]), experiment.study.cash_usd)
    yields, fundings, _ = carried(*bars.accruing(experiment.costs), None, 1, n)
    return bars.open, bars.close, np.divide(bars.days, 36500), yields[0], fundings[0]


def _runs(spans: Sequence[Span], bars: Sequence[Bars]) -> list[list[int]]:
    """Return the spans of each run, the shortest first: those that begin together on the same bars."""
    runs: list[list[int]] = []
    for at in sorted(range(len(spans)), key=lambda at: (spans[at][0], -spans[at][1])):
        own = next((run for run in runs if spans[run[0]][0] == spans[at][0] and _begins(bars[run[-1]], bars[at])), None)
        if own is None:
            runs.append([at])
        else:
            own.insert(0, at)
    return runs


def _begins(longer: Bars, shorter: Bars) -> bool:
    """Whether a run of the shorter bars is, to the bit, how one of the longer begins: what accrues does so in both."""
    same = all(np.array_equal(a[: len(b)], b) for a, b in zip(longer, shorter, strict=True))
    return same and all((longer[i] != 0).any() == (shorter[i] != 0).any() for i in (3, 4))


def _edges(lengths: Sequence[int]) -> Ints:
    return _whole([0, *np.cumsum(lengths).tolist()])


def _whole(values: Sequence[int]) -> npt.NDArray[np.int64]:
    found: npt.NDArray[np.int64] = fixed(np.array(values, np.int64), np.int64)
    return found
