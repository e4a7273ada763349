"""`make calibrate`: how often the lead lab gives each verdict on SIMULATED worlds; writes docs/calibration.md.

python -m tests.benchmarks.calibrate [--worlds N] [--cores N] [--tuning] [--kept FILE] [WORDS OF A WORLD'S NAME ...]

`--tuning` draws from the generator and the seeds of which the rule's constants were chosen, and writes nothing; so does
a choice of worlds. `--kept` is a file of what was judged so far, read first and added to.
"""

import argparse
import json
import math
import os
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import spread
from tests.paths import ROOT

THREADS = "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"
DEFAULT, LEAST, CORES = 400, 400, 2
MOST_FALSE = 0.05
SHORT = {
    "leads": "leads",
    "equities lead, small caps add nothing": "equities",
    "is led": "is led",
    "moves together, does not lead": "no lead",
    "moves together, no lead shown": "together",
    "no relation": "no relation",
    "no relation shown": "none",
    "not enough data": "no data",
}
HEAD = """\
# Calibration of the lead lab

**SIMULATED worlds**, made by `tests/calibration/worlds.py`; no number here says anything of a market. Each cell is as
many worlds as it says, {n:,} at least, of {sessions:,} sessions (nine years of days) unless its name says otherwise, each
judged by the whole rule of [lead.md](lead.md). The standard error of a share of {n:,} is {error:.1%} at 5% and
{middle:.1%} at 50%. {total:,} verdicts{took}.

    make calibrate      # {default} worlds a cell: the page's, about half an hour on one idle core

What is planted: equities with the correlations of history (SPY and QQQ explain 77% of IWM), ETH with the correlation
named, a lead as a share of the variance of ETH's next session. *Own part*: what SPY and QQQ do not explain of IWM.
*Fat tails*: Student t of 5 degrees of freedom, shared by all on a day. *Drifting volatility*: it falls by 70% over the
sample around a random walk. *Jumps*: one session in a hundred is six times as large, for all. *Continues*: autocorrelation
of the own part, all of which ETH moves with (*by news*: with its surprise alone). *Slow shared drift*: one AR(1), .99 a
session, in IWM's own part and in ETH. *Omitted*: a series with a correlation of .3 with the own part leads ETH.

The constants of the rule (levels, lengths of trends, what a strict form counts) were chosen on other worlds than these:
another stream of numbers and other seeds, shocks from a mixture of two normals in place of normal or Student's t,
stochastic volatility in place of GARCH, equities from a market and a technology factor in place of the correlations of
history (`--tuning`). Two things were changed after a part of the table had been drawn, after the first 50 of each cell, of
what the worlds for tuning showed: one constant (a quarter in the guard of stretches, it was a third) and the strength of the
shared drift. Three targets of 80% stood at 75% in an earlier version of this page, lowered after a table was seen: they are
80% again, and what is missed is named.

"""
TARGETS = """\
## Targets

`leads` in at most 5% of every world in which small caps do not lead (with the one-sided binomial error at 5%: up to
{most:.1%} of {n:,} worlds), and the share named of the verdict that ought to be given where there is one: 80% of a lead of
1.5% by small caps, by SPY or by the traded asset, 60% of a lead by the trend, of which half is SPY's and QQQ's too. {kept} of
{held} are met. {missed}

"""
POWER = """\
## Power

Of `leads`, where the own part of IWM leads by one session and the two move together at .3. Stated: from the number of
sessions, the robust error and the critical value of each sample (`power` in the JSON).

{own}
Where the sign of IWM's 60-session trend leads, the whole trend, of which SPY's and QQQ's trends explain about half.
*Equities*: found as a lead of equities. *Bound*: what a test that knew the length, the form and the error of the trend's
own part would find, one-sided at 2.5%, without a search; and by itself at the level of one statistic of three.

{trend}
A lead through all of IWM shows at 23% of its strength once SPY and QQQ are held fixed: what is left over is called
`equities lead`. A lead that broke off half way is found by the statistic of stretches, at the price of a third of the
level.

## Bounds

How often the largest lead that is left possible (`upper_bound_r2`, of 95%) lay at or above the lead that was planted
through the own part: a lower share than 95% less its error would be a bound that promises too much.

{cover}
"""
BLIND_HEAD = """\
## Blind spots

Held to no target. Lags beyond ten show as far as they move the sign of a trend; a lead in the last two years alone is a
quarter of the sample. A shared drift of 0.8% of variance is one that short lags alone, in their plain form, take for a
lead in about 7%; what stronger ones do is here. An omitted series that leads cannot be told from its follower by any test
that does not see it: `--controls` gives it. Below a correlation of about .2 labels that are a day off cannot be told from
a lead by these series alone; beside hours or a second coin the lab refuses them before it begins (docs/lead.md).

"""


@dataclass(frozen=True)
class Cell:
    """One world's verdicts, and means over its samples of what the lab stated of the lead planted there.

    `seconds`: processor time. `power`: of a lead of one session through the own part; `trend`: (at 2.5% without a search, at the level of the rule)
    of one through the sign of the 60-session trend; `covered`: share of samples whose upper bound reaches it.
    """

    name: str
    verdicts: Counter
    power: float = math.nan
    trend: tuple[float, float] = (math.nan, math.nan)
    covered: float = math.nan
    seconds: float = 0.0


def judge(task):
    """Return (world's name, verdict, stated power, of the trend twice, whether the bound covers, seconds) of one seed."""
    from backtests.lead.verdict import decide
    from tests.calibration.worlds import BY_NAME

    name, seed, tuning = task
    world, began = BY_NAME[name], time.process_time()
    decision = decide(world.draw(seed, tuning=tuning))
    limits = decision.bounds
    if not limits:
        return name, decision.verdict, *[math.nan] * 4, time.process_time() - began
    stated = decision.power.at(world.lead)
    known, ruled = trend_power(decision, world.lead) if decision.horizon else (math.nan, math.nan)
    covered = float(limits.upper_own >= world.lead)
    return name, decision.verdict, stated, known, ruled, covered, time.process_time() - began


def trend_power(decision, r2):
    """Return the power of the sign of the whole 60-session trend that explains `r2`: known and alone, and by the rule."""
    from backtests.lead.family import Z_POWER

    critical = decision.horizon.critical
    t = (critical + Z_POWER) * math.sqrt(r2 / decision.bounds.trend_whole)
    return tuple(0.5 * math.erfc((level - t) / math.sqrt(2)) for level in (1.959963984540054, critical))


def run(names, worlds, cores=CORES, *, tuning=False, kept=None, dask=None):
    """Return the cell of each named world, by name; `worlds` seeds each, on `cores` processes or a cluster."""
    judged_before = read(kept)
    tasks = [(name, seed, tuning) for name in names for seed in range(worlds)]
    results = {(task[0], task[1]): judged_before[task] for task in tasks if task in judged_before}
    left = [task for task in tasks if task not in judged_before]
    os.environ.update(dict.fromkeys(THREADS, "1"))  # many small products: threads would wait for one another
    for number, (task, result) in enumerate(
        zip(left, spread.results(judge, left, cores=cores, dask=dask), strict=True), 1
    ):
        results[task[:2]] = result
        keep(kept, task, result)
        if number % 1000 == 0:
            print(f"{number:,} of {len(left):,}", flush=True)  # noqa: T201  # a script that a person runs
    return {name: cell_of(name, [result for (own, _), result in results.items() if own == name]) for name in names}


def read(kept):
    """Return {(world's name, seed, tuning): result} of what a file has; nothing where there is none."""
    lines = kept.read_text().splitlines() if kept is not None and kept.exists() else []
    return {tuple(task): tuple(result) for task, result in map(json.loads, lines)}


def keep(kept, task, result):
    """Add a result to a file, if there is one."""
    if kept is not None:
        with kept.open("a") as file:
            file.write(json.dumps([task, result]) + "\n")


def cell_of(name, results):
    """Return the cell of one world's results."""
    power, known, ruled, covered = (mean([result[at] for result in results]) for at in range(2, 6))
    seconds = mean([result[6] for result in results if len(result) > 6]) * len(results)
    return Cell(name, Counter(result[1] for result in results), power, (known, ruled), covered, seconds)


def mean(values):
    """Return the mean of what is known; NaN where nothing is."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def most_false(worlds):
    """Return the largest share of false leads that is still 5% within one-sided binomial error."""
    return MOST_FALSE + 1.645 * math.sqrt(MOST_FALSE * (1 - MOST_FALSE) / worlds)


def judged(world, cell):
    """Return [(target in words, met)] of a world."""
    n = cell.verdicts.total()
    found = []
    if not world.small_caps_lead:
        found.append((f"leads <= {MOST_FALSE:.0%}", cell.verdicts["leads"] / n <= most_false(n)))
    if world.target:
        share = cell.verdicts[world.expected] / n
        found.append((f"{SHORT[world.expected]} >= {world.target:.0%}", share >= world.target))
    return found


def table(worlds, cells):
    """Return the table of verdicts, the one that ought to be given in bold."""
    lines = [f"| world | worlds | {' | '.join(SHORT.values())} | target | met |", f"|---|{'---|' * (len(SHORT) + 3)}"]
    for world in worlds:
        cell = cells[world.name]
        shares = {verdict: cell.verdicts[verdict] / cell.verdicts.total() for verdict in SHORT}
        shown = [f"**{s:.1%}**" if v == world.expected else f"{s:.1%}" if s else "" for v, s in shares.items()]
        found = judged(world, cell)
        target, met = ", ".join(t for t, _ in found), ", ".join("yes" if m else "NO" for _, m in found)
        lines.append(f"| {world.name} | {cell.verdicts.total():,} | {' | '.join(shown)} | {target} | {met} |")
    return "\n".join(lines) + "\n"


def shares(cell, *verdicts):
    """Return the shares of verdicts, each in percent."""
    return [f"{cell.verdicts[verdict] / cell.verdicts.total():.1%}" for verdict in verdicts]


def md(columns, rows):
    """Return a table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def power_table(cells):
    """Return the power found beside the power that the lab stated from each sample alone."""
    from tests.calibration.worlds import STRENGTHS

    named = [(r2, cells[f"own part leads {r2:.1%}"]) for r2 in STRENGTHS]
    rows = [[f"{r2:.1%}", f"{math.sqrt(252 * r2):.2f}", *shares(c, "leads"), f"{c.power:.1%}"] for r2, c in named]
    columns = ["variance of the next session explained", "Sharpe ratio, sqrt(252 R2)", "found"]
    return md([*columns, "stated by the lab, short lags alone, mean"], rows)


def trend_table(cells):
    """Return the power found against a lead by the trend beside its bounds."""
    from tests.calibration.worlds import TREND_STRENGTHS

    rows = []
    for r2 in TREND_STRENGTHS:
        cell = cells[f"IWM's trend leads {r2:.1%}"]
        found = shares(cell, "leads", "equities lead, small caps add nothing")
        rows.append([f"{r2:.1%}", f"{math.sqrt(252 * r2):.2f}", *found, *(f"{power:.1%}" for power in cell.trend)])
    columns = ["variance of the next session explained", "Sharpe ratio, sqrt(252 R2)", "`leads`", "equities"]
    return md([*columns, "bound", "bound, at the rule's level"], rows)


def cover_table(cells):
    """Return how often the upper bound reaches the lead that is planted through the own part."""
    from tests.calibration.worlds import STRENGTHS

    names = [f"own part leads {r2:.1%}" for r2 in STRENGTHS]
    names += ["own part leads 1.5%, GARCH and fat tails", "own part leads 1.5%, over 5 sessions"]
    return md(["world", "bound at or above it"], [[name, f"{cells[name].covered:.1%}"] for name in names])


def missed(worlds, cells):
    """Return the sentence that names every target that is missed, by how much."""
    found = [
        f"{world.name} ({cells[world.name].verdicts[world.expected] / cells[world.name].verdicts.total():.1%}; {target})"
        for world in worlds
        for target, met in judged(world, cells[world.name])
        if not met
    ]
    return f"**Missed**: {'; '.join(found)}." if found else "None is missed."


def took(cells):
    """Return what the verdicts cost, where every one that was kept says it."""
    minutes = sum(cell.seconds for cell in cells.values()) / 60
    return "" if math.isnan(minutes) else f" took {minutes:.0f} minutes of processor time"


def page(cells):
    """Return docs/calibration.md."""
    from tests.calibration.worlds import BLIND_SPOTS, SESSIONS, WORLDS

    sizes = [cell.verdicts.total() for cell in cells.values()]
    worlds = min(sizes)
    held = [met for world in WORLDS for _, met in judged(world, cells[world.name])]
    head = HEAD.format(n=worlds, default=DEFAULT, sessions=SESSIONS, total=sum(sizes), took=took(cells), error=math.sqrt(0.05 * 0.95 / worlds), middle=math.sqrt(0.25 / worlds))  # fmt: skip
    targets = TARGETS.format(
        most=most_false(worlds), n=worlds, kept=sum(held), held=len(held), missed=missed(WORLDS, cells)
    )
    power = POWER.format(own=power_table(cells), trend=trend_table(cells), cover=cover_table(cells).rstrip())
    blind = table(BLIND_SPOTS, cells).replace(f"leads <= {MOST_FALSE:.0%}", "").replace(" NO ", "  ")
    return (
        f"{head}{targets}The verdict that ought to be given is in bold; `together` and `none` are *no lead shown* and\n"
        f"*no relation shown*.\n\n{table(WORLDS, cells)}\n{power}\n{BLIND_HEAD}{blind}"
    )


def main():
    """Run every cell and write the page."""
    from tests.calibration.worlds import BY_NAME

    parser = argparse.ArgumentParser(description="How often the lead lab errs on SIMULATED worlds.")
    parser.add_argument("words", nargs="*", help="only worlds whose name has one of these")
    parser.add_argument("--worlds", type=int, default=DEFAULT)
    parser.add_argument("--cores", type=int, default=CORES)
    parser.add_argument("--tuning", action="store_true")
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--dask", metavar="ADDRESS", help="a scheduler whose workers, in a checkout, judge")
    asked = parser.parse_args()
    names = [name for name in BY_NAME if not asked.words or any(word in name for word in asked.words)]
    print(f"{len(names)} worlds x {asked.worlds:,} on {asked.cores} cores", flush=True)  # noqa: T201
    cells = run(names, asked.worlds, asked.cores, tuning=asked.tuning, kept=asked.kept, dask=asked.dask)
    if len(names) < len(BY_NAME):
        print(table([BY_NAME[name] for name in names], cells))  # noqa: T201
        return
    text = page(cells)
    print(text)  # noqa: T201
    if asked.worlds >= LEAST and not asked.tuning:
        (ROOT / "docs" / "calibration.md").write_text(text)
    else:
        print(f"not written: {LEAST} worlds a cell of the table's generator are due")  # noqa: T201


if __name__ == "__main__":
    main()
