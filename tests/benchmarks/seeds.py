"""How far the ends of a run's interval move with the seed of its draws: `python -m tests.benchmarks.seeds [FOLDER]`.

FOLDER has real history; without it the market is SIMULATED.
"""

import sys

import numpy as np

from backtests import run
from backtests.runs.evidence import DRAWS
from backtests.runs.timing import timing
from backtests.statistics.intervals import sharpe_interval

STUDIES, SEEDS, SPAN = ("small_cap_trend", "own_trend", "bearish_view"), 40, ("2018-01-01", "2026-05-31")


def spread(study: str, source: str) -> list[float]:
    """Return the standard deviation of the lower and of the upper end of the Sharpe ratio's interval over seeds."""
    made = run(study, source=source, start=SPAN[0], end=SPAN[1])
    excess, bars = timing(made.ledger, made.experiment.costs).net, made.market.periods_per_year
    ends = [sharpe_interval(excess, bars, draws=DRAWS, seed=seed) for seed in range(SEEDS)]
    return np.std(np.array(ends), axis=0, ddof=1).tolist()


if __name__ == "__main__":
    source = f"folder:{sys.argv[1]}" if len(sys.argv) > 1 else "simulated"
    for study in STUDIES:
        low, high = spread(study, source)
        sys.stdout.write(f"{study}, {source}: lower end {low:.3f}, upper {high:.3f}; {DRAWS} draws, {SEEDS} seeds\n")
