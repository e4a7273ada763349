"""How often the verdict on luck errs on SIMULATED worlds; writes docs/calibration_evidence.md (part of `make calibrate`).

python -m tests.benchmarks.calibrate_evidence [worlds a cell, default 500] [--dask ADDRESS]
"""

import argparse
import json
import math
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np

from tests.benchmarks import spread
from tests.benchmarks.ceiling import DESIGNS, REDRAWS, boundary, ceiling, t_of_sets
from tests.benchmarks.judged_world import DRAWS, Judged, World, judge
from tests.paths import ROOT

THREADS = "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"
DEFAULT, DUE, LEAST = 500, 400, 200
MOST_FALSE, FOUND, FOUND_AT = 0.05, 0.80, 2.0
PAGE = ROOT / "docs" / "calibration_evidence.md"


def most_false(worlds):
    """Return the largest share that is still 5% within one-sided binomial error."""
    return MOST_FALSE + 1.645 * math.sqrt(MOST_FALSE * (1 - MOST_FALSE) / worlds)


def run(worlds, kept=None, names=None, dask=None):
    """Return {cell: [Judged]}; `kept` is a file of what was judged so far, read first and added to.

    `dask` is the address of a scheduler whose workers judge.
    """
    from tests.calibration.rules import CELLS

    found = {name: [] for name in names or [cell.name for cell in CELLS]}
    if kept is not None and kept.exists():
        for line in kept.read_text().splitlines():
            name, content = json.loads(line)
            found[name].append(Judged(**content))
    left = [(name, seed) for seed in range(worlds) for name in found if len(found[name]) <= seed]
    for number, (task, judged) in enumerate(zip(left, spread.results(judge, left, dask=dask), strict=True), 1):
        found[task[0]].append(judged)
        if kept is not None:
            with kept.open("a") as file:
                file.write(json.dumps([task[0], asdict(judged)]) + "\n")
        if number % 300 == 0:
            print(f"{number:,} of {len(left):,}", flush=True)  # noqa: T201  # a script that a person runs
    return found


def share(values):
    """Return a share in percent."""
    values = list(values)
    return f"{sum(values) / len(values):.1%}"


def page(found, worlds):
    """Return docs/calibration_evidence.md."""
    from tests.calibration.rules import BARS, BY_NAME, SETS

    null = {name: rows for name, rows in found.items() if BY_NAME[name].null}
    power = {name: rows for name, rows in found.items() if not BY_NAME[name].null}
    rows = [verdict_row(name, judged) for name, judged in found.items()]
    sizes = [
        [name, share(j.psr_one >= 0.95 for j in judged), share(j.deflated >= 0.95 for j in judged),
         share(j.deflated_raw >= 0.95 for j in judged), share(j.spa_one < 0.05 for j in judged),
         share(j.spa < 0.05 for j in judged), share(j.spa_run < 0.05 for j in judged),
         share(j.placebo_one < 0.05 for j in judged), share(j.placebo_best < 0.05 for j in judged)]
        for name, judged in found.items()
    ]  # fmt: skip
    deciles = [
        [name, *(share(at / 10 < j.placebo_one <= (at + 1) / 10 for j in judged) for at in range(10))]
        for name, judged in null.items()
    ]
    planted = [[name, share(j.best_is_planted for j in judged)] for name, judged in power.items()]
    worth = [[name, *(f"{v:.0f}" for v in np.quantile([j.effective for j in judged], [0.5, 0.05, 0.95]))]
             for name, judged in found.items()]  # fmt: skip
    minutes = sum(j.seconds for judged in found.values() for j in judged) / 60
    few = f" {DUE:,} a row are due: run the command again with more." if worlds < DUE else ""
    return HEAD.format(
        worlds=worlds, bars=BARS, sets=SETS, draws=DRAWS, minutes=minutes, most=most_false(worlds), few=few,
        missed=missed(found), ceilings=ceilings(found, worlds),
        redrawn=DESIGNS * REDRAWS,
    ) + "\n".join(
        [
            table(["world", "survives", "survives as a run", "worlds", "does not survive", "target", "met"], rows),
            SIZES,
            table(["world", "PSR, one rule", "DSR, best", "raw DSR, best", "SPA, one rule", "SPA, best", "SPA, best as a run",
                   "placebo, one rule", "placebo, best"], sizes),
            UNIFORM,
            table(["world", *(f"{at / 10:.1f}" for at in range(1, 11))], deciles),
            WORTH.format(sets=SETS),
            table(["world", "effective number, median", "5%", "95%"], worth),
            PLANTED,
            table(["world", "the best is the planted one"], planted),
        ]
    )  # fmt: skip


def verdict_row(name, judged):
    """Return the verdicts of one world: of the best as a sweep's, and as a run's."""
    shares = survived(judged)
    lost = share(j.verdict == "does not survive" for j in judged)
    target, met = target_of(name, judged)
    return [name, *(f"**{s:.1%}**" for s in shares), f"{len(judged):,}", lost, target, ", ".join(met)]


def survived(judged):
    """Return the share that survives, as the best of a sweep and as a run."""
    return tuple(sum(w == "survives" for w in words) / len(judged) for words in ([j.verdict for j in judged],
                 [j.as_a_run for j in judged]))  # fmt: skip


def target_of(name, judged):
    """Return the target of a world, and whether it is met as a sweep and as a run; nothing where there is none."""
    from tests.calibration.rules import BY_NAME

    cell, shares = BY_NAME[name], survived(judged)
    if cell.null:
        return f"<= {MOST_FALSE:.0%}", ["yes" if s <= most_false(len(judged)) else "NO" for s in shares]
    if cell.planted == FOUND_AT:
        return f">= {FOUND:.0%}", ["yes" if s >= FOUND else "NO" for s in shares]
    return "", []


def missed(found):
    """Return the sentence that names every target that is missed, by how much."""
    forms = ("as a sweep", "as a run")
    named = [
        f"{name}, {form} ({s:.1%} where {target_of(name, judged)[0]} is asked)"
        for name, judged in found.items()
        for form, s, met in zip(forms, survived(judged), target_of(name, judged)[1], strict=False)
        if met == "NO"
    ]
    return f"**Missed**: {'; '.join(named)}." if named else "None is missed."


def ceilings(found, worlds):
    """Return the table of what superior ability finds where a rule of 2 is planted, and of the most it could."""
    from tests.calibration.rules import BY_NAME

    rows = []
    for name in (name for name in found if BY_NAME[name].planted == FOUND_AT):
        at = boundary(name)
        t = np.stack([t_of_sets(World.of(name, seed)) for seed in range(worlds)])
        critical, most = ceiling(t, at.highest)
        sizes, quantiles = (f"{share:.0%}" for share in at.rejected.mean(axis=0)), (f"{t:.2f}" for t in critical)
        rows.append([name, share(j.spa < 0.05 for j in found[name]), f"**{most:.1%}**", *quantiles, *sizes])
    asked = ["t asked, holding", "t asked, own trend", "size of the bootstrap, holding", "size, own trend"]
    return table(["world", "found", "most that can be found", *asked], rows)


def table(columns, rows):
    """Return a table of Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


HEAD = """\
# Calibration of the verdict on luck

**SIMULATED worlds**, made by `tests/calibration/rules.py`; no number here says anything of a market. Each row is {worlds:,}
worlds of {bars:,} days (nine years of a crypto asset) in which the best of a sweep of {sets} long/flat rules, by its Sharpe
ratio, is judged by the whole rule of [evidence.md](evidence.md), with {sets} trials and {draws} bootstrap draws. They took
{minutes:.0f} minutes of processor time. Nothing was tuned on them.{few}

    make calibrate
    python -m tests.benchmarks.calibrate_evidence 1000      # the same, larger; a second word: a file that keeps what was judged

*Drifting*: holding has a Sharpe ratio of 1. *Trending*: bull and bear markets of about a year. *Crashing*: three falls by
four fifths. Volatility clusters in all. Rules flip their own coin about every twenty days, or are forty lookbacks by five
thresholds of one leader, or *twins* of own trend: its positions, a coin in a fifth of all stretches, so that they do time and
none is better than the control. *Planted*: drifting, and one of the {sets} rules knows: the number is its true active Sharpe
ratio a year, after costs. Among coins the others are as many independent tries as there are sets, the hardest case for every
correction; in a sweep over one leader's trends they are like each other, as in a real sweep. The last world and the twins were
added after a first table: holding paid 0.53 on real history (2018 to 2026), and a world in which it pays 1 asks more of a rule
that has to be better than holding.

## The verdict

Of the best judged as a sweep's (`harbinger evidence SWEEP`: controls against all its sets, the best of all slid sets), and as
a run's (`harbinger evidence RUN`: it alone against controls and slides) after the same {sets} trials. Asked, of both forms:
`survives` in at most 5% of every world in which no rule is better than its controls (one-sided binomial error at 5%: up to
{most:.1%} of {worlds:,}), and in at least 80% of those whose best truly has an active Sharpe ratio of 2. The rest is
`cannot tell yet`.

{missed}

What fails there is superior ability, which by its definition is asked of the highest t of {sets} sets against vol-targeted
holding and against own trend. The table has the most that such a test can find while it holds its size: one that knows what a
bootstrap has to estimate, how the highest t is distributed where every set is exactly as good as the control ({redrawn} worlds
of the same designs with the unknown drawn again, each set's true mean taken off). Below 80% the target is out of its reach.
How often the bootstrap says yes at that boundary, at 5%, stands in the last columns. Its blocks are as long as differences
remember: blocks as long as volatility clusters would be few, and it would say yes too often.
Where it does not fail hardly anything else does: deflation is after as many independent trials as the sets are worth, below.
To ask the chosen set alone has more power and no size: see how often the best of own trend's twins, as a run, is better than
its control. As a run the verdict holds its size all the same, for deflation pays for the choice.

{ceilings}
"""
SIZES = """
## Sizes

How often each part, by itself, would say yes at its level (5%): for one rule that was not chosen (where something is
planted, that rule), and for the best of the sweep. Raw deflation rewards the drift that every long rule shares.
"""
UNIFORM = """
## The placebo's p-value

Share of worlds by its decile, of one rule that was not chosen: 10% each where it is uniform.
"""
WORTH = """
## How many are they worth?

The effective number of trials of each sweep of {sets}, which deflation judges by. Coins are {sets} rules that decide by
themselves, on one asset.
"""
PLANTED = """
## Is the best the planted one?
"""


def main():
    """Judge every cell and write the page."""
    parser = argparse.ArgumentParser(description="How often the verdict on luck errs on SIMULATED worlds.")
    parser.add_argument("worlds", nargs="?", type=int, default=DEFAULT, help="a cell")
    parser.add_argument("kept", nargs="?", type=Path, help="a file of what was judged so far: read first, and added to")
    parser.add_argument("--dask", metavar="ADDRESS", help="a scheduler whose workers, in a checkout, judge")
    asked = parser.parse_args()
    os.environ.update(dict.fromkeys(THREADS, "1"))
    found = run(asked.worlds, asked.kept, dask=asked.dask)
    text = page({name: rows[: asked.worlds] for name, rows in found.items()}, asked.worlds)
    print(text)  # noqa: T201  # a script that a person runs
    if asked.worlds >= LEAST:
        PAGE.write_text(text)
    else:
        print(f"not written: {asked.worlds} worlds a cell, {LEAST} at least")  # noqa: T201  # the same


if __name__ == "__main__":
    main()
