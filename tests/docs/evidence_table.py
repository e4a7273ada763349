"""docs/evidence_results.md and the chapter of docs/findings.md: `python -m tests.docs.evidence_table FOLDER`."""

import json
import math
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.paths import DOCS

PAGE = DOCS / "evidence_results.md"
SPAN = {"start": "2018-01-01", "end": "2026-05-31"}
STUDIES = {  # the claim of docs/findings.md that each stands for
    "small_cap_trend": "T2", "small_cap_trend_coupled": "T11", "small_cap_trend_and_cuts": "T12", "bearish_view": "T13",
    "bearish_view_short": "T13", "balanced_view": "T14", "own_trend": "control", "own_trend_and_small_caps": "both",
    "vol_target_hold": "control", "hold_eth": "control",
}  # fmt: skip
SWEEPS = {
    "small_cap_trend": {"trend.lookback": "10:190:10", "threshold": "-0.05:0.05:0.02"},
    "small_cap_trend_and_cuts": {"trend.lookback": "20:120:10", "gate.lookback": "10:60:5"},
    "bearish_view": {"strength_floor": "-0.1:0:0.02", "credit_floor": "-0.05:0:0.01", "ease_floor": "-0.5:0:0.125"},
    "balanced_view": {"gate_threshold": "0:0.4:0.05", "above.trend.lookback": "20:120:10"},
    "own_trend": {"trend.lookback": "7:119:7", "threshold": "-0.05:0.05:0.02"},
}
PERIODS = 365
FOUND = 1.644854 + 0.841621  # standard errors between nothing and what 4 of 5 samples show at 5%, one-sided
HEAD = """\
# Is it luck? On real history

The studies of the article and their controls, and sweeps around them, on daily bars of ETH from {start} to {end}, judged by
the rule of [evidence.md](evidence.md). Nothing here is chosen by its result. Every row is judged after {trials:,} trials: all
{ideas:,} ideas of this page, and as tried elsewhere the {elsewhere:,} rows and sets of [results.md](results.md),
[clock.md](clock.md), [sweep.md](sweep.md), [walk_forward.md](walk_forward.md) and [stress.md](stress.md).

    python -m tests.docs.evidence_table history      # writes this page and the chapter of findings.md again

**Own trend plus small caps, less own trend alone, at one volatility: Sharpe ratio {c5}.** {c5_says}

"""
STUDY_HEAD = """\
## The studies

Active: net less a constant exposure to ETH of the same mean weight. Placebo: the same rule on 2,000 slides of its signals,
filled at the same costs, and, in blocks, on 999 drawings of them; positions alone are slid where there is no signal. SPA: p of
being better than vol-targeted holding and than ETH's own trend, the larger.

"""
LEADER_HEAD = """
## Another leader in the seat

Active Sharpe ratio of the same rule with large caps, technology or bitcoin in the place of small caps: what small caps add must
not be there with them.

"""
SPLIT_HEAD = """
## Before the claim, and since; what could have been found

Active Sharpe ratio up to 2025-10-07 and from 2025-10-08 on, and the smallest true one that four samples of five would have
shown at 5%: as the only trial, and deflated after all {trials:,}. The days since are {since:.1f} years, which by themselves show
one of {late:.1f} or more as often.

"""
SWEEP_HEAD = """
## The sweeps

The best set by Sharpe ratio, judged among all sets. Worth: how many independent trials the sets of the sweep are worth; the
deflated ratio is after so many, and every trial outside the sweep by itself. PBO: how often the best of one half stands in the
lower half of the other. Placebo: every set's positions slid at once, the best of each slide.

"""
FOOT = """
## What it says

{says}

The sample that could tell an active Sharpe ratio of 0.5 from 0 with 95% is {needed:.0f} years for one trial.
"""


@dataclass(frozen=True)
class Part:
    """An active Sharpe ratio of some years, and its interval; None where there is no timing, or too few bars."""

    sharpe: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Judged:
    """Everything of the page: records by study and by sweep, active parts by study, C5 - C4 of both parts."""

    studies: dict[str, Any]
    sweeps: dict[str, Any]
    parts: dict[str, tuple[Part, Part]]
    apart: tuple[Part, Part]
    since_years: float


def judge(folder):
    """Return what was judged, all of it tried before any is."""
    from backtests import run
    from backtests.evidence.recorded import run_and_record
    from backtests.runs.targets import in_place
    from backtests.sweeps.trials import trials_of

    source, prior = f"folder:{Path(folder).resolve()}", rows_elsewhere()
    with tempfile.TemporaryDirectory() as place:
        os.environ["HARBINGER_HOME"] = place
        tried = {name: run(name, source=source, **SPAN) for name in STUDIES}
        swept = {name: sweep(name, axes, source, Path(place) / name) for name, axes in SWEEPS.items()}
        studies = {
            name: run_and_record(
                in_place(result.experiment, source), out=Path(place) / f"e-{name}", of=result.run_id, prior=prior
            ).record
            for name, result in tried.items()
        }
        sweeps = {}
        for name, folder in swept.items():
            trials = trials_of(folder)
            sweeps[name] = run_and_record(trials.experiment, trials, Path(place) / f"s-{name}", prior=prior).record
        years = float((~before(tried["own_trend"])).sum()) / PERIODS
        return Judged(studies, sweeps, {name: parts_of(r) for name, r in tried.items()}, c5_parts(tried), years)


def sweep(study, axes, source, folder):
    """Sweep a study by the command, and return its folder."""
    words = [word for path, values in axes.items() for word in ("-s", f"{path}={values}")]
    span = ("--start", SPAN["start"], "--end", SPAN["end"], "--source", source, "--out", str(folder))
    command = (sys.executable, "-m", "backtests", "sweep", study, *words, *span)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def before(result):
    """Return which bars of a run end before the claim was published."""
    import numpy as np
    import pandas as pd

    from backtests.lead.comovement import CLAIM

    labels = result.ledger.decisions.bars.index[: result.ledger.bars]
    return np.asarray(labels < pd.Timestamp(CLAIM))


def parts_of(result):
    """Return the active Sharpe ratio of a run before the claim and since."""
    from backtests.metrics.performance import sharpe
    from backtests.runs.timing import has_timing, timing
    from backtests.statistics.intervals import sharpe_interval

    active, early = timing(result.ledger, result.experiment.costs).active, before(result)
    if not has_timing(result.ledger):
        return Part(None, None), Part(None, None)
    return tuple(
        Part(sharpe(active[rows], PERIODS), sharpe_interval(active[rows], PERIODS)) for rows in (early, ~early)
    )


def c5_parts(tried):
    """Return C5 - C4 before the claim and since."""
    from backtests.evidence.decisive import C4, C5
    from backtests.runs.timing import timing
    from backtests.statistics.paired import paired

    nets = [timing(tried[name].ledger, tried[name].experiment.costs).net for name in (C5, C4)]
    early = before(tried[C5])
    found = [paired(nets[0][rows], nets[1][rows], PERIODS) for rows in (early, ~early)]
    return tuple(Part(one.sharpe, one.sharpe_95) for one in found)


def rows_elsewhere():
    """Return how many rows and sets the other pages of results show."""

    def rows(name):
        return len(re.findall(r"^\| .*`[0-9a-f]{16}`", (DOCS / name).read_text(), flags=re.MULTILINE))

    walked = re.findall(r"^\| `\w+` \| ([\d,]+) \| \d+ \|", (DOCS / "walk_forward.md").read_text(), flags=re.MULTILINE)
    stressed = re.search(r"^\| cases \|(.*)\|$", (DOCS / "stress.md").read_text(), flags=re.MULTILINE).group(1)
    swept = re.search(r"^\| sets \| ([\d,]+), ", (DOCS / "sweep.md").read_text(), flags=re.MULTILINE).group(1)
    sets = sum(int(one.replace(",", "")) + 1 for one in walked) + int(swept.replace(",", ""))
    return rows("results.md") + rows("clock.md") + sets + sum(map(int, stressed.split("|")))


def detectable(bars, trials):
    """Return the true active Sharpe ratio that 4 of 5 samples show by deflation after so many trials, a year."""
    from backtests.statistics.deflation import expected_max_sharpe

    return (expected_max_sharpe(trials) + FOUND) * math.sqrt(PERIODS / (bars - 1))


def page(judged):
    """Return the page."""
    from backtests.statistics.sharpe_ratio import min_track_record_length

    any_of, elsewhere = judged.studies["own_trend"], rows_elsewhere()
    c5 = any_of.c5_minus_c4
    head = HEAD.format(
        **SPAN, trials=any_of.n_trials, ideas=any_of.n_trials - elsewhere, elsewhere=elsewhere,
        c5=f"{c5.sharpe:+.2f} ({ends(c5.interval)})", c5_says=c5_says(judged),
    )  # fmt: skip
    late = FOUND / math.sqrt(judged.since_years)
    return "".join(
        [
            head,
            STUDY_HEAD, table(STUDY_COLUMNS, [study_row(n, e) for n, e in judged.studies.items()]),
            LEADER_HEAD, table(LEADER_COLUMNS, leader_rows(judged.studies)),
            SPLIT_HEAD.format(trials=any_of.n_trials, since=judged.since_years, late=late),
            table(SPLIT_COLUMNS, [split_row(n, judged) for n in judged.studies]),
            SWEEP_HEAD, table(SWEEP_COLUMNS, [sweep_row(n, e) for n, e in judged.sweeps.items()]),
            FOOT.format(says=summary(judged), needed=min_track_record_length(0.5 / math.sqrt(PERIODS)) / PERIODS),
        ]
    )  # fmt: skip


def c5_says(judged):
    """Return what C5 - C4 says, with what it could have shown, before the claim and since."""
    c5 = judged.studies["own_trend"].c5_minus_c4
    low, high = c5.interval
    least = 2.801585 * (high - low) / 3.919928  # 4 of 5 samples, two-sided at 5%, from the interval's own width
    early, late = (f"{part.sharpe:+.2f} ({ends(part.interval)})" for part in judged.apart)
    said = (
        f"The interval holds 0 (p {c5.p_value:.2f}): small caps are not shown to add anything to ETH's own trend; an addition "
        f"of {high:+.2f} is not excluded."
        if low <= 0 <= high
        else f"The interval leaves 0 out (p {c5.p_value:.3f})."
    )
    return f"{said} Four samples of five would have shown one of {least:.2f}. Before the claim {early}, since {late}."


STUDY_COLUMNS = [
    "claim", "study", "verdict", "Sharpe, net", "active Sharpe", "PSR", "deflated", "SPA p", "placebo: worse", "placebo p",
    "in blocks, p", "break-even, bp", "being long, a year", "timing less costs",
]  # fmt: skip
LEADER_COLUMNS = ["study", "IWM", "SPY", "QQQ", "BTC-USD"]
SPLIT_COLUMNS = [
    "study", "years", "active Sharpe, before", "since", "found in 4 of 5, as the only trial", "found in 4 of 5, after all",
]  # fmt: skip
SWEEP_COLUMNS = [
    "sweep of", "sets", "worth", "verdict", "active Sharpe of the best", "deflated", "after all, each as one", "PBO", "SPA p",
    "placebo p",
]  # fmt: skip


def study_row(name, e):
    """Return the figures of one study."""
    own = e.attribution
    cost = "-" if e.break_even_cost_bps is None else f"{e.break_even_cost_bps:.0f}"
    worse = "-" if e.placebo_percentile is None else f"{e.placebo_percentile:.0%}"
    blocks = next((one.p_value for one in e.placebos if "blocks" in one.what), None)
    return [
        STUDIES[name], name, f"**{e.verdict}**", f"{e.sharpe:.2f} ({ends(e.interval)})", active(e), two(e.psr),
        two(e.deflated_sharpe), two(e.spa_p_value), worse, two(e.placebo_p_value), two(blocks), cost,
        f"{own.long_per_year:+.0%}", f"{own.timing_per_year - own.costs_per_year:+.0%}",
    ]  # fmt: skip


def leader_rows(studies):
    """Return the active Sharpe ratios of rules that read a leader, by who leads."""
    return [
        [name, f"**{e.active_sharpe:+.2f}**", *(seat(e.placebo_leaders.get(id)) for id in LEADER_COLUMNS[2:])]
        for name, e in studies.items()
        if e.placebo_leaders
    ]


def seat(value):
    """Return the active Sharpe ratio with another leader, where it is known."""
    return f"{value:+.2f}" if isinstance(value, float) else "-"


def split_row(name, judged):
    """Return what a study's timing earned before the claim and since, and what could have been found."""
    e = judged.studies[name]
    early, late = (
        "-" if p.sharpe is None or p.interval is None else f"{p.sharpe:+.2f} ({ends(p.interval)})"
        for p in judged.parts[name]
    )
    power = [f"{detectable(e.bars, trials):.2f}" for trials in (1, e.n_trials)]
    return [name, f"{e.years:.1f}", early, late, *power]


def sweep_row(name, e):
    """Return the figures of one sweep."""
    return [
        name, f"{e.sets:,}", f"{e.n_trials_effective - (e.n_trials - e.sets):.1f}", f"**{e.verdict}**", active(e),
        two(e.judged_deflated_sharpe), two(e.deflated_sharpe), two(e.pbo), two(e.spa_p_value), two(e.placebo_p_value),
    ]  # fmt: skip


def summary(judged):
    """Return what the tables say, counted."""
    every = [*judged.studies.values(), *judged.sweeps.values()]
    counted = {
        word: sum(e.verdict == word for e in every) for word in ("survives", "does not survive", "cannot tell yet")
    }
    passed = [n for n, e in judged.studies.items() if e.placebo_p_value is not None and e.placebo_p_value < 0.05]
    return (
        f"Of {len(every)} judgements {counted['survives']} survive, {counted['does not survive']} do not, and of "
        f"{counted['cannot tell yet']} this history cannot tell yet. Better than their placebos at 5%, before any correction for "
        f"asking of {len(judged.studies)}: {', '.join(passed) or 'none'}."
    )


def active(e):
    """Return the active Sharpe ratio and its interval."""
    return "-" if e.active_sharpe is None else f"{e.active_sharpe:+.2f} ({ends(e.active_interval)})"


def ends(bounds):
    """Return an interval."""
    return "-" if bounds is None else f"{bounds[0]:+.2f} to {bounds[1]:+.2f}"


def two(value):
    """Return two digits."""
    return "-" if value is None else f"{value:.2f}"


def table(columns, rows):
    """Return a table of Markdown."""
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in (columns, ["---"] * len(columns), *rows)) + "\n"


def main(folder):
    """Judge everything and write the page and the chapter."""
    from tests.docs import evidence_chapter

    judged = judge(folder)
    PAGE.write_text(page(judged), encoding="utf-8")
    evidence_chapter.write(judged)
    verdicts = {name: e.verdict for name, e in {**judged.studies, **judged.sweeps}.items()}
    print(json.dumps(verdicts, indent=1))  # noqa: T201  # a script that a person runs


if __name__ == "__main__":
    main(sys.argv[1])
