"""How often the verdict on luck errs on SIMULATED worlds; writes docs/calibration_evidence.md (part of `make calibrate`).

python -m tests.benchmarks.calibrate_evidence [worlds a cell, default 500]
"""

import json
import math
import os
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from tests.paths import ROOT

THREADS = "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"
DEFAULT, LEAST, DRAWS = 500, 400, 299
MOST_FALSE = 0.05
PAGE = ROOT / "docs" / "calibration_evidence.md"


@dataclass(frozen=True)
class Judged:
    """What was found in one world: the best of the sweep, and one rule by itself (the first; planted: the last).

    `as_a_run` is the verdict on the best judged as a run of its own after the same number of trials.
    """

    verdict: str
    deflated: float
    deflated_raw: float
    spa: float
    placebo_best: float
    cost: float
    psr_one: float
    spa_one: float
    placebo_one: float
    best_is_planted: bool
    as_a_run: str = ""


def judge(name, seed):
    """Judge the best of the 200 sets of one world by the whole rule, as `harbinger evidence SWEEP` does."""
    import numpy as np

    from backtests.evidence.among_trials import active_ratios
    from backtests.evidence.kernel_runs import Bars, net_returns
    from backtests.experiments.experiment import Experiment
    from backtests.runs.evidence import at_volatility_of
    from backtests.statistics.active import active_returns
    from backtests.statistics.bootstrap import block_length, counts
    from backtests.statistics.deflation import deflated_sharpe
    from backtests.statistics.intervals import of_draws
    from backtests.statistics.sharpe_ratio import moments, psr
    from backtests.statistics.slides import slides
    from backtests.statistics.superior import spa
    from backtests.statistics.verdict import Grounds, verdict
    from strategies.hold import Hold
    from tests.calibration.rules import BY_NAME, YEAR, draw

    close, decided = draw(BY_NAME[name], seed)
    n, experiment = len(close), Experiment(Hold())
    opened = np.concatenate([[close[0]], close[:-1]])
    bars = Bars(np.ones(n, bool), opened, close, np.ones(n), np.zeros(n), np.zeros(n), YEAR)
    asset = np.concatenate([[0.0], close[1:] / close[:-1] - 1])
    controls = np.stack([vol_targeted(asset), own_trend(close)])
    every = net_returns(bars, np.vstack([decided, controls]), experiment).T
    net, control = every[:, : len(decided)], every[:, len(decided) :]
    weights = np.concatenate([np.zeros((len(decided), 1)), decided[:, :-1]], axis=1)
    best = int((net.mean(axis=0) / net.std(axis=0, ddof=1)).argmax())
    one = -1 if BY_NAME[name].planted else 0
    active, alone = (moments(active_returns(net[:, at], asset, weights[at])) for at in (best, one))
    block = block_length(net[:, best])
    drawn = counts(n, block, draws=DRAWS)
    ratios = active_ratios(net, weights, asset)
    variance = max(float(np.var(ratios, ddof=1)), 1 / (n - 1))
    p_values = [spa(c, at_volatility_of(c, net), drawn, block=block).p_value for c in control.T]
    p_one = [spa(c, at_volatility_of(c, net[:, [one]]), drawn, block=block).p_value for c in control.T]
    turnover = float(np.abs(np.diff(weights[best])).sum())
    cost = 15 + 1e4 * float(active_returns(net[:, best], asset, weights[best]).sum()) / max(turnover, 1)
    shape = {"skewness": active.skewness, "kurtosis": active.kurtosis}
    deflated = deflated_sharpe(active.sharpe, n, len(decided), variance, **shape)
    raw = moments(net[:, best])
    placebo = slides(weights, asset).p_value
    grounds = Grounds(
        active_interval=of_draws(active_returns(net[:, best], asset, weights[best]), drawn, YEAR),
        deflated_sharpe=deflated,
        trials=len(decided),
        spa={"vol-targeted holding": p_values[0], "own trend": p_values[1]},
        placebo_p_value=placebo,
        break_even_cost_bps=max(cost, 0.0),
    )
    found = verdict(grounds)
    p_best = [spa(c, at_volatility_of(c, net[:, [best]]), drawn, block=block).p_value for c in control.T]
    alone_grounds = replace(
        grounds,
        deflated_sharpe=deflated_sharpe(active.sharpe, n, len(decided), 1 / (n - 1), **shape),
        spa={"vol-targeted holding": p_best[0], "own trend": p_best[1]},
        placebo_p_value=slides(weights[best], asset).p_value,
    )
    return Judged(
        verdict=found.word,
        deflated=deflated,
        deflated_raw=deflated_sharpe(
            raw.sharpe, n, len(decided), 1 / (n - 1), skewness=raw.skewness, kurtosis=raw.kurtosis
        ),
        spa=max(p_values),
        placebo_best=placebo,
        cost=cost,
        psr_one=psr(alone.sharpe, n, skewness=alone.skewness, kurtosis=alone.kurtosis),
        spa_one=max(p_one),
        placebo_one=slides(weights[one], asset).p_value,
        best_is_planted=best == len(decided) - 1,
        as_a_run=verdict(alone_grounds).word,
    )


def vol_targeted(asset):
    """Return 40% over the volatility of the last thirty bars, at most 1; nothing before."""
    import numpy as np
    import pandas as pd

    realised = pd.Series(asset).rolling(30).std().to_numpy() * math.sqrt(365)
    return np.minimum(0.4 / realised, 1.0)


def own_trend(close):
    """Return 1 while the last 28 bars are up."""
    import numpy as np

    found = np.full(len(close), np.nan)
    found[28:] = close[28:] > close[:-28]
    return found


def most_false(worlds):
    """Return the largest share that is still 5% within one-sided binomial error."""
    return MOST_FALSE + 1.645 * math.sqrt(MOST_FALSE * (1 - MOST_FALSE) / worlds)


def run(worlds, kept=None, names=None):
    """Return {cell: [Judged]}; `kept` is a file of what was judged so far, read first and added to."""
    from tests.calibration.rules import CELLS

    found = {name: [] for name in names or [cell.name for cell in CELLS]}
    if kept is not None and kept.exists():
        for line in kept.read_text().splitlines():
            name, content = json.loads(line)
            found[name].append(Judged(**content))
    for seed in range(worlds):
        for name in found:
            if len(found[name]) <= seed:
                found[name].append(judge(name, seed))
                if kept is not None:
                    with kept.open("a") as file:
                        file.write(json.dumps([name, asdict(found[name][-1])]) + "\n")
        if seed % 20 == 19:
            print(f"{seed + 1} of {worlds}", flush=True)  # noqa: T201  # a script that a person runs
    return found


def share(values):
    """Return a share in percent."""
    values = list(values)
    return f"{sum(values) / len(values):.1%}"


def page(found, worlds, seconds):
    """Return docs/calibration_evidence.md."""
    from tests.calibration.rules import BARS, BY_NAME, SETS

    null = {name: rows for name, rows in found.items() if BY_NAME[name].null}
    power = {name: rows for name, rows in found.items() if not BY_NAME[name].null}
    rows = [verdict_row(name, judged) for name, judged in found.items()]
    sizes = [
        [name, share(j.psr_one >= 0.95 for j in judged), share(j.deflated >= 0.95 for j in judged),
         share(j.deflated_raw >= 0.95 for j in judged), share(j.spa_one < 0.05 for j in judged),
         share(j.spa < 0.05 for j in judged), share(j.placebo_one < 0.05 for j in judged),
         share(j.placebo_best < 0.05 for j in judged)]
        for name, judged in found.items()
    ]  # fmt: skip
    deciles = [
        [name, *(share(at / 10 < j.placebo_one <= (at + 1) / 10 for j in judged) for at in range(10))]
        for name, judged in null.items()
    ]
    planted = [[name, share(j.best_is_planted for j in judged)] for name, judged in power.items()]
    return HEAD.format(
        worlds=worlds, bars=BARS, sets=SETS, draws=DRAWS, minutes=seconds / 60, most=most_false(worlds)
    ) + "\n".join(
        [
            table(["world", "survives", "survives as a run", "does not survive", "target", "met"], rows),
            SIZES,
            table(["world", "PSR, one rule", "DSR, best", "raw DSR, best", "SPA, one rule", "SPA, best", "placebo, one rule",
                   "placebo, best"], sizes),
            UNIFORM,
            table(["world", *(f"{at / 10:.1f}" for at in range(1, 11))], deciles),
            PLANTED,
            table(["world", "the best is the planted one"], planted),
        ]
    )  # fmt: skip


def verdict_row(name, judged):
    """Return the verdicts of one world: of the best as a sweep's, and as a run's where that was asked."""
    from tests.calibration.rules import BY_NAME

    def survived(words):
        return sum(word == "survives" for word in words) / max(len(words), 1)

    whole, alone = [j.verdict for j in judged], [j.as_a_run for j in judged if j.as_a_run]
    cell, shares = BY_NAME[name], (survived(whole), survived(alone))
    target, met = "", ""
    if cell.null:
        bounds = most_false(len(whole)), most_false(max(len(alone), 1))
        target, met = "<= 5%", "yes" if all(s <= b for s, b in zip(shares, bounds, strict=True)) else "NO"
    elif cell.planted == 2 and cell.rules == "leader":
        target, met = "as a run >= 80%", "yes" if shares[1] >= 0.8 else "NO"
    lost = share(word == "does not survive" for word in whole)
    asked = f"**{shares[1]:.1%}** of {len(alone):,}" if alone else ""
    return [name, f"**{shares[0]:.1%}** of {len(whole):,}", asked, lost, target, met]


def table(columns, rows):
    """Return a table of Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


HEAD = """\
# Calibration of the verdict on luck

**SIMULATED worlds**, made by `tests/calibration/rules.py`; no number here says anything of a market. Each row is {worlds:,}
worlds or more of {bars:,} days (nine years of a crypto asset) in which the best of a sweep of {sets} long/flat rules, by its
Sharpe ratio, is judged by the whole rule of [evidence.md](evidence.md), with {sets} trials and {draws} bootstrap draws. They
took {minutes:.0f} minutes of processor time. Nothing was tuned on them.

    make calibrate
    python -m tests.benchmarks.calibrate_evidence 1000      # the same, larger

*Drifting*: holding has a Sharpe ratio of 1. *Trending*: bull and bear markets of about a year. *Crashing*: three falls by
four fifths. Volatility clusters in all. Rules flip their own coin about every twenty days, or are forty lookbacks by five
thresholds of one leader. *Planted*: drifting, and one of the {sets} rules knows: the number is its true active Sharpe ratio a
year, after costs. Among coins the others are as many independent tries as there are sets, the hardest case for every
correction; in a sweep over one leader's trends they are like each other, as in a real sweep.

## The verdict

Of the best judged as a sweep's (`harbinger evidence SWEEP`: controls against all its sets, the best of all slid sets), and as
a run's (`harbinger evidence RUN`: it alone against controls and slides) after the same {sets} trials. `survives` in at most 5%
of every world in which no rule knows anything (one-sided binomial error at 5%: up to {most:.1%} of {worlds:,}), and in 80% as
a run where the best of a sweep over one leader's trends truly has an active Sharpe ratio of 2. The rest is `cannot tell yet`.

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
PLANTED = """
## Is the best the planted one?
"""


def main():
    """Judge every cell and write the page."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT
    kept = Path(sys.argv[2]) if len(sys.argv) > 2 else None
    found = run(worlds, kept)
    spent = os.times()
    text = page({name: rows[:worlds] for name, rows in found.items()}, worlds, spent.user + spent.system)
    print(text)  # noqa: T201  # a script that a person runs
    if worlds >= LEAST:
        PAGE.write_text(text)
    else:
        print(f"not written: {worlds} worlds a cell, {LEAST} are due")  # noqa: T201  # the same


if __name__ == "__main__":
    main()
