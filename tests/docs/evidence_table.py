"""docs/evidence_results.md, from real history: `python -m tests.docs.evidence_table FOLDER` writes it again."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.paths import DOCS

PAGE = DOCS / "evidence_results.md"
SPAN = {"start": "2018-01-01", "end": "2026-05-31"}
STUDIES = (
    "small_cap_trend", "own_trend", "own_trend_and_small_caps", "small_cap_trend_coupled", "small_cap_trend_and_cuts",
    "bearish_view", "bearish_view_short", "balanced_view", "vol_target_hold", "hold_eth",
)  # fmt: skip
SWEEPS = {
    "small_cap_trend": {"trend.lookback": "10:190:10", "threshold": "-0.05:0.05:0.02"},
    "small_cap_trend_and_cuts": {"trend.lookback": "20:120:10", "gate.lookback": "10:60:5"},
    "bearish_view": {"strength_floor": "-0.1:0:0.02", "credit_floor": "-0.05:0:0.01", "ease_floor": "-0.5:0:0.125"},
    "balanced_view": {"gate_threshold": "0:0.4:0.05", "above.trend.lookback": "20:120:10"},
    "own_trend": {"trend.lookback": "7:119:7", "threshold": "-0.05:0.05:0.02"},
}
HEAD = """\
# Is it luck? On real history

The studies of the article and their controls, and sweeps around them, on daily bars of ETH from {start} to {end}, judged by
the rule of [evidence.md](evidence.md). Nothing here is chosen by its result. Every row is judged after all {trials:,} ideas
of this page; the {elsewhere:,} rows and sets of [results.md](results.md), [clock.md](clock.md) and [sweep.md](sweep.md) stand
beside them as trials elsewhere, and the last column of the first table is deflated after those too.

    python -m tests.docs.evidence_table history      # writes this page again

**Own trend plus small caps, less own trend alone, at one volatility: Sharpe ratio {c5}.** {c5_says}

"""
STUDY_HEAD = """\
## The studies

Active: net less a constant exposure to ETH of the same mean weight. Placebo: the same rule on 2,000 slides of its signals,
filled at the same costs; positions alone are slid where there is no signal. SPA: p of being better than vol-targeted
holding and than ETH's own trend, the larger.

"""
SWEEP_HEAD = """
## The sweeps

The best set by Sharpe ratio, judged among all sets. Effective: the sets of the sweep by their correlation, every other trial
of this page by itself. PBO: how often the best of one half stands in the lower half of the other. Placebo: every set's
positions slid at once, the best of each slide.

"""
FOOT = """
## What it says

{says}

The 0.6 years since the claim was published (2025-10-08) are inside; by themselves they could show an active Sharpe ratio of
2.1 or more only. The sample that could tell an active Sharpe ratio of 0.5 from 0 with 95% is {needed:.0f} years for one trial.
"""


def judge(folder):
    """Return (name, EvidenceRecord) of every study and of every sweep, all of them tried before any is judged."""
    from backtests import run
    from backtests.evidence.recorded import run_and_record
    from backtests.sweeps.trials import trials_of

    source = f"folder:{Path(folder).resolve()}"
    with tempfile.TemporaryDirectory() as place:
        os.environ["HARBINGER_HOME"] = place
        tried = {name: run(name, source=source, **SPAN) for name in STUDIES}
        swept = {name: sweep(name, axes, source, Path(place) / name) for name, axes in SWEEPS.items()}
        studies = {
            name: run_and_record(result.experiment, out=Path(place) / f"e-{name}", of=result.run_id).record
            for name, result in tried.items()
        }
        sweeps = {}
        for name, folder in swept.items():
            trials = trials_of(folder)
            sweeps[name] = run_and_record(trials.experiment, trials, Path(place) / f"s-{name}").record
    return studies, sweeps


def sweep(study, axes, source, folder):
    """Sweep a study by the command, and return its folder."""
    words = [word for path, values in axes.items() for word in ("-s", f"{path}={values}")]
    span = ("--start", SPAN["start"], "--end", SPAN["end"])
    command = (
        sys.executable,
        "-m",
        "backtests",
        "sweep",
        study,
        *words,
        *span,
        "--source",
        source,
        "--out",
        str(folder),
    )
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def page(studies, sweeps):
    """Return the page."""
    import math

    from backtests.statistics.sharpe_ratio import min_track_record_length

    any_of = studies["own_trend"]
    elsewhere = rows_elsewhere()
    c5 = any_of.c5_minus_c4
    inside = c5.interval[0] <= 0 <= c5.interval[1]
    says = (
        f"The interval holds 0 (p {c5.p_value:.2f}): small caps are not shown to add anything to ETH's own trend, and an "
        f"addition of {c5.interval[1]:+.2f} is not excluded."
        if inside
        else f"The interval leaves 0 out (p {c5.p_value:.3f})."
    )
    head = HEAD.format(
        **SPAN, trials=any_of.n_trials, elsewhere=elsewhere, c5=f"{c5.sharpe:+.2f} ({ends(c5.interval)})", c5_says=says
    )
    return "".join(
        [
            head, STUDY_HEAD, table(STUDY_COLUMNS, [study_row(n, e, elsewhere) for n, e in studies.items()]),
            SWEEP_HEAD, table(SWEEP_COLUMNS, [sweep_row(n, e) for n, e in sweeps.items()]),
            FOOT.format(says=summary(studies, sweeps),
                        needed=min_track_record_length(0.5 / math.sqrt(365)) / 365),
        ]
    )  # fmt: skip


STUDY_COLUMNS = [
    "study", "verdict", "Sharpe, net", "active Sharpe", "PSR", "deflated", "SPA p", "placebo: worse", "placebo p",
    "break-even, bp", "being long, a year", "timing less costs", "deflated, elsewhere too",
]  # fmt: skip
SWEEP_COLUMNS = [
    "sweep of", "sets", "effective", "verdict", "active Sharpe of the best", "deflated", "deflated, effective", "PBO", "SPA p",
    "placebo p",
]  # fmt: skip


def study_row(name, e, elsewhere):
    """Return the figures of one study."""
    from backtests.statistics.deflation import deflated_sharpe

    own, further = e.attribution, "-"
    if e.active_sharpe is not None:
        n = e.bars
        further = f"{deflated_sharpe(e.active_sharpe / 365**0.5, n, e.n_trials + elsewhere, 1 / (n - 1)):.2f}"
    cost = "-" if e.break_even_cost_bps is None else f"{e.break_even_cost_bps:.0f}"
    worse = "-" if e.placebo_percentile is None else f"{e.placebo_percentile:.0%}"
    return [
        name, f"**{e.verdict}**", f"{e.sharpe:.2f} ({ends(e.interval)})", active(e), two(e.psr), two(e.deflated_sharpe),
        two(e.spa_p_value), worse, two(e.placebo_p_value), cost, f"{own.long_per_year:+.0%}",
        f"{own.timing_per_year - own.costs_per_year:+.0%}", further,
    ]  # fmt: skip


def sweep_row(name, e):
    """Return the figures of one sweep."""
    return [
        name, f"{e.sets:,}", f"{e.n_trials_effective - (e.n_trials - e.sets):.1f}", f"**{e.verdict}**", active(e),
        two(e.deflated_sharpe), two(e.deflated_sharpe_effective), two(e.pbo), two(e.spa_p_value), two(e.placebo_p_value),
    ]  # fmt: skip


def summary(studies, sweeps):
    """Return what the tables say, counted."""
    every = [*studies.values(), *sweeps.values()]
    counted = {
        word: sum(e.verdict == word for e in every) for word in ("survives", "does not survive", "cannot tell yet")
    }
    passed = [name for name, e in studies.items() if e.placebo_p_value is not None and e.placebo_p_value < 0.05]
    return (
        f"Of {len(every)} judgements {counted['survives']} survive, {counted['does not survive']} do not, and of "
        f"{counted['cannot tell yet']} this history cannot tell yet. Better than their placebos at 5%, before any correction for "
        f"asking of ten: {', '.join(passed) or 'none'}."
    )


def rows_elsewhere():
    """Return how many rows and sets the other pages of results show."""
    rows = sum(
        line.startswith("| ") and "`" in line
        for name in ("results.md", "clock.md")
        for line in (DOCS / name).read_text().splitlines()
    )
    return rows + 10_000


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
    """Judge everything and write the page."""
    studies, sweeps = judge(folder)
    PAGE.write_text(page(studies, sweeps), encoding="utf-8")
    print(json.dumps({name: e.verdict for name, e in {**studies, **sweeps}.items()}, indent=1))  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
