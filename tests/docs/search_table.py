"""docs/search.md's tables on SIMULATED markets: `python -m tests.docs.search_table [worlds]` writes them again (40)."""

import sys
import tempfile
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from tests.paths import DOCS

PAGE, MARK = DOCS / "search.md", "<!-- figures -->\n"
WORLDS, MOST = 40, 128
STEPS = (16, 32, 64, 128)
AXES = ("trend.lookback=5:250", "threshold=0:0.05", "execution.rebalance_band=0:0.3")
CHOSEN, LATER = (
    ("study.start=2016-01-01", "study.end=2020-12-31"),
    {"study.start": "2021-01-01", "study.end": "2025-12-31"},
)
KINDS = {"a lead is planted": "simulated:lead=60,strength=0.03,seed={}", "no lead": "simulated:null,seed={}"}
METHODS = ("sobol", "tpe")


@dataclass(frozen=True)
class Found:
    """One world by one method: the best Sharpe after each of STEPS sets, its later Sharpe, its verdict after MOST."""

    best: tuple[float, ...]
    later: float
    verdict: str
    deflated: float


def look(job):
    """Return what both methods find in one world."""
    kind, seed = job
    from backtests.engine import loop
    from backtests.experiments.experiment import with_settings
    from backtests.experiments.studies import load
    from backtests.metrics.performance import NAMES
    from backtests.runs.decisions import decisions_of
    from backtests.runs.evidence import measure
    from backtests.sweeps.plans.axes import split
    from backtests.sweeps.plans.plan import Plan
    from backtests.sweeps.plans.sets import Settings
    from backtests.sweeps.tpe import Search
    from backtests.sweeps.work import inputs
    from backtests.sweeps.work.block import run_block
    from data.sources.open import open_source
    from data.store import Store

    fixed, axes = split(load("small_cap_trend"), [*AXES, *CHOSEN])
    plan = Plan(with_settings(load("small_cap_trend"), fixed), tuple(axes), "sobol", MOST)
    with tempfile.TemporaryDirectory() as home:
        frozen = inputs.freeze(plan, open_source(KINDS[kind].format(seed), Store(Path(home))), None)
    settings, at, out = Settings(plan), NAMES.index("sharpe"), {}
    for method in METHODS:
        if method == "tpe":
            search, rows = Search(replace(plan, method="tpe")), []
            while len(rows) < MOST and (values := search.next_set()) is not None:
                rows += run_block([values], settings, frozen.stages)
                search.tell(values, rows[-1])
        else:
            rows = run_block(plan.sets, settings, frozen.stages)
        sharpes = np.array([row.metrics[at] for row in rows])
        best = settings.experiment(rows[int(np.nanargmax(sharpes))].values)
        market = frozen.stages.of(best).market
        ledger = loop.run(decisions_of(best, market)[0], best.costs, best.execution, best.study.cash_usd)
        judged = measure(best, market, ledger).after(MOST)
        then = Plan(best.with_values(LATER), plan.axes[:1], "sobol", 1)  # its parameters on the years that follow
        (later,) = run_block([(best.strategy.trend.lookback,)], Settings(then), frozen.stages)
        out[method] = Found(
            tuple(float(np.nanmax(sharpes[:n])) for n in STEPS),
            later.metrics[at],
            judged.verdict,
            judged.deflated_sharpe or np.nan,
        )
    return out


def tables(worlds):
    """Return the generated part of the page."""
    jobs = [(kind, seed) for kind in KINDS for seed in range(1, worlds + 1)]
    with get_context("forkserver").Pool(2) as pool:
        found = dict(zip(jobs, pool.map(look, jobs, chunksize=1), strict=True))
    of = {
        (kind, method): [found[kind, seed][method] for seed in range(1, worlds + 1)]
        for kind in KINDS
        for method in METHODS
    }
    head = f"\nMeans over {worlds} SIMULATED markets each, of `{'`, `'.join(AXES)}`.\n\n"
    best = (
        "| best in-sample Sharpe ratio after | "
        + " | ".join(f"{n} sets" for n in STEPS)
        + " | the 128th's best, later | `survives` | deflated Sharpe, mean | above 0.95 |\n"
    )
    best += "|---|" + "---|" * (len(STEPS) + 4) + "\n"
    for kind in KINDS:
        for method in METHODS:
            rows = of[kind, method]
            cells = [f"{np.mean([row.best[at] for row in rows]):.3f}" for at in range(len(STEPS))]
            survives = sum(row.verdict == "survives" for row in rows)
            deflated = sum(row.deflated > 0.95 for row in rows)
            best += f"| {kind}, `--{method}` | {' | '.join(cells)} | {np.nanmean([row.later for row in rows]):.3f} | {survives} of {worlds} | {np.nanmean([row.deflated for row in rows]):.3f} | {deflated} of {worlds} |\n"
    wins = []
    for kind in KINDS:
        pairs = np.array(
            [
                [t.best[-1] - s.best[-1], t.later - s.later, t.deflated - s.deflated]
                for t, s in zip(of[kind, "tpe"], of[kind, "sobol"], strict=True)
            ]
        )
        mean, error = np.nanmean(pairs, axis=0), np.nanstd(pairs, axis=0, ddof=1) / np.sqrt(worlds)
        higher = [f"{np.mean(column > 0):.0%}" for column in pairs.T]
        wins.append(
            f"Where {kind}, `--tpe` less `--sobol` at {MOST} sets, world by world: in sample {mean[0]:+.3f} (standard error "
            f"{error[0]:.3f}, higher in {higher[0]} of worlds), later {mean[1]:+.3f} ({error[1]:.3f}), deflated Sharpe "
            f"{mean[2]:+.3f} ({error[2]:.3f}, higher in {higher[2]})."
        )
    return f"{head}{best}\n" + "\n\n".join(wins) + "\n\n"


if __name__ == "__main__":
    text = tables(int(sys.argv[1]) if len(sys.argv) > 1 else WORLDS)
    before, _, after = PAGE.read_text(encoding="utf-8").split(MARK)
    PAGE.write_text(MARK.join([before, text, after]), encoding="utf-8")
