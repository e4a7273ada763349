"""The numbers of docs/findings.md: one p-value a claim, and what stands beside it, for one pair of series."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from backtests.lead.comovement import CLAIM, STRESS, within
from backtests.lead.examination import Examination, examine
from backtests.lead.sample import correlation
from backtests.runs.subject import of_signal, signal_of
from backtests.signal_sheets.events import EventStudy, event_studies
from backtests.signal_sheets.forward import Estimate, estimate, methods
from backtests.signal_sheets.sample import Sample, sample
from backtests.statistics.bootstrap import DRAWS, block_length, counts
from data.calendars.events import eth_events, fomc_decisions
from data.catalogue import lookup
from data.market import load_tables
from data.sources.folder.source import FolderSource

START, END = pd.Timestamp("2017-11-09"), pd.Timestamp("2026-05-31")
AFTER_CATALYST, BEFORE_CATALYST = 10, 60
AFTER_CUT = 20
HORIZONS = (1, 5, 20, 60)
TENTH = 0.1


class Kept:
    """A folder whose files are read once."""

    simulated = False

    def __init__(self, folder):
        source = FolderSource(Path(folder))
        self.name, self.load = source.name, cache(source.load)


@dataclass(frozen=True, eq=False)
class Slid:
    """The mean over events, what chance gives, and the share of slid calendars with a mean as low."""

    mean: float
    low: float
    n: int
    p_value: float
    dates: tuple
    values: tuple


@dataclass(frozen=True, eq=False)
class Hedge:
    """What a hedge would do: the beta where the leader falls, and the share of the leader's worst tenth that is the
    traded asset's too, each with its 95% and the p-value that it lies below what no hedge at all gives (0, a tenth).
    """

    beta: tuple
    tail: tuple
    p_beta: float
    p_tail: float
    n: int

    @property
    def p_value(self):
        """The larger of both: a hedge needs the one and the other (intersection-union, Berger 1982)."""
        return max(self.p_beta, self.p_tail)


@dataclass(frozen=True, eq=False)
class Worst:
    """The traded asset on the leader's worst sessions: mean with its 95%."""

    mean: float
    low: float
    high: float
    n: int
    since: tuple


@dataclass(frozen=True, eq=False)
class Case:
    """Everything of one pair: the lab's findings, and the six tests."""

    name: str
    found: Examination
    rows: Sample
    ease: tuple[Estimate, ...]
    events: dict[str, EventStudy]
    same_day: tuple
    catalysts: Slid
    cuts: Slid
    hedge: Hedge
    worst: Worst

    @property
    def p_values(self):
        """The p-value of each claim, in order."""
        of_20 = next(e for e in self.ease if e.horizon == 20)
        return {
            "T1": self.found.decision.correlation.p_value,
            "T2": strongest(self.found.decision).p_value_judged,
            "T3": of_20.p_value / 2 if of_20.t > 0 else 1 - of_20.p_value / 2,
            "T11": self.catalysts.p_value,
            "T15": self.cuts.p_value,
            "T17": self.hedge.p_value,
        }


def case(name, source, leader, traded, kind):
    """Return every number of one pair."""
    found = examine(source, leader, traded, start=START, end=END, kind=kind)
    rows = ease_change(source, traded)
    return Case(
        name=name,
        found=found,
        rows=rows,
        ease=estimates(rows),
        events={study.name: study for study in event_studies(rows)},
        same_day=yields(source, found),
        catalysts=after_catalysts(found),
        cuts=after_cuts(rows),
        hedge=hedge(found),
        worst=worst(found),
    )


def ease_change(source, traded):
    """Return S13 at every decision of the traded asset beside what followed."""
    target = of_signal(signal_of("ease_change"), [f"market.traded={traded}"])
    market = target.rebuilt(load_tables(source, target.needs), source.name)
    return sample(market, target.parts[-1].node.compute(market), {}).between(START, END)


def estimates(rows):
    """Return what followed S13 at each horizon, by the method to judge by."""
    return tuple(estimate(rows.x, rows.y, h, methods(h)[0]) for h in HORIZONS)


def slid(values, at, labels):
    """Return the mean of `values` (a row a period, NaN where there is none) at the rows `at` beside every other place.

    The rows are slid together around the circle by every number of periods, so that their distances stay as they are.
    """
    n = len(values)
    at = np.array([i for i in at if np.isfinite(values[i])])
    places = values[(at[:, None] + np.arange(1, n)) % n]
    counted = np.isfinite(places).sum(axis=0)
    everywhere = np.nansum(places, axis=0)[counted > 0] / counted[counted > 0]
    mean = float(values[at].mean())
    p_value = (1 + int((everywhere <= mean).sum())) / (1 + len(everywhere))
    dates = tuple(f"{labels[i]:%Y-%m-%d}" for i in at)
    return Slid(mean, float(np.quantile(everywhere, 0.05)), len(at), p_value, dates, tuple(map(float, values[at])))


def after_catalysts(found):
    """T11: the product of standardised returns over 10 sessions from a catalyst on, less that of the 60 before."""
    product = found.comovement.breaks.product
    table = eth_events()
    table = table[(table["verified"] == "yes") & table["kind"].isin(["upgrade", "regulatory", "market"])]
    timed = pd.to_datetime(table["date"].dt.strftime("%Y-%m-%d ") + table["time_utc"].fillna(""), errors="coerce")
    instants = pd.DatetimeIndex(timed.fillna(table["date"] + pd.Timedelta(hours=12))).tz_localize("UTC")
    index = pd.DatetimeIndex(product.index)
    at = index.searchsorted(instants[instants > index[0]])
    return slid(fall(product.to_numpy()), np.unique(at[at < len(index)]), index)


def fall(values):
    """Return, for each row, the mean of the 10 rows from it on less the mean of the 60 rows before it."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    found = np.full(len(values), np.nan)
    for i in range(BEFORE_CATALYST, len(values) - AFTER_CATALYST + 1):
        after = (sums[i + AFTER_CATALYST] - sums[i]) / AFTER_CATALYST
        found[i] = after - (sums[i] - sums[i - BEFORE_CATALYST]) / BEFORE_CATALYST
    return found


def after_cuts(rows):
    """T15: the log return, in percent, of the 20 bars that follow the bar in which a cut was announced."""
    table = fomc_decisions()
    cuts = pd.DatetimeIndex(table.loc[(table["verified"] == "yes") & (table["change_bp"] < 0), "announced_at"])
    inside = cuts[(cuts > rows.decisions[0]) & (cuts <= rows.decisions[-1])]
    at = rows.decisions.searchsorted(inside)
    log_close = np.log(rows.close)
    later = np.full(len(rows), np.nan)
    later[:-AFTER_CUT] = 100 * (log_close[AFTER_CUT:] - log_close[:-AFTER_CUT])
    return slid(later, at, rows.labels)


def strongest(decision):
    """Return the statistic of T2 with the smallest p-value: its p-value is that of the three together."""
    return min(decision.own, key=lambda x: x.p_value_judged)


def hedge(found):
    """T17: beta over the sessions in which the leader fell, and the lower tail's share, by stationary bootstrap."""
    table = found.windows.table
    x, y = (table[name].to_numpy() for name in (found.windows.leader, "traded"))
    fell, worst_x, worst_y = x < 0, x <= np.quantile(x, TENTH), y <= np.quantile(y, TENTH)
    times = counts(len(x), block_length(x, y))
    betas = drawn_slopes(times * fell, x, y)
    shares = (times @ (worst_x & worst_y)) / (times @ worst_x)
    beta = float(drawn_slopes(fell[None].astype(float), x, y)[0])
    share = float((worst_x & worst_y).sum() / worst_x.sum())
    return Hedge(
        (beta, *np.quantile(betas, [0.025, 0.975])),
        (share, *np.quantile(shares, [0.025, 0.975])),
        (1 + int((betas - beta <= beta).sum())) / (1 + DRAWS),
        (1 + int((shares - share <= share - TENTH).sum())) / (1 + DRAWS),
        int(fell.sum()),
    )


def drawn_slopes(weights, x, y):
    """Return the slope of y on x with a constant for each row of weights (draws, sessions)."""
    total = weights.sum(axis=1)
    mean_x, mean_y = weights @ x / total, weights @ y / total
    return (weights @ (x * y) / total - mean_x * mean_y) / (weights @ x**2 / total - mean_x**2)


def worst(found):
    """The mean simple return of the traded asset on the leader's worst 5% of sessions, by stationary bootstrap."""
    table = found.windows.table
    x, y = (np.expm1(table[name].to_numpy()) for name in (found.windows.leader, "traded"))
    bad = x <= np.quantile(x, STRESS)
    times = counts(len(x), block_length(x, y))
    low, high = np.quantile((times @ (bad * y)) / (times @ bad), [0.025, 0.975])
    late = bad & since(found)
    mean_since = float(y[late].mean()) if late.any() else float("nan")
    return Worst(float(y[bad].mean()), float(low), float(high), int(bad.sum()), (int(late.sum()), mean_since))


def since(found):
    """Return which sessions lie on the day of the claim or later."""
    return within(pd.DatetimeIndex(found.windows.table.index).tz_localize(None), CLAIM, "2100-01-01")


def yields(source, found):
    """Return the correlations of the leader and of the traded asset with the same date's fall of the 2-year yield."""
    table = source.load(lookup("DGS2"))
    by_date = pd.Series(table["value"].to_numpy(), pd.DatetimeIndex(table["date"]))
    closes = pd.DatetimeIndex(found.windows.table.index).tz_convert("America/New_York").tz_localize(None)
    change = -by_date.reindex(closes.normalize()).diff().to_numpy()
    whole = np.isfinite(change)
    columns = (found.windows.table[name].to_numpy()[whole] for name in (found.windows.leader, "traded"))
    return tuple(correlation(change[whole], column) for column in columns)
