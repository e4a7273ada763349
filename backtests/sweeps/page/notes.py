"""What the page of a sweep, and its screen, say beside the numbers: edges, swept costs, failures."""

from __future__ import annotations

import pandas as pd

from backtests.pages.text import many
from backtests.sweeps import ranking
from backtests.sweeps.answer import words
from backtests.sweeps.plans.swept_costs import judged_at
from backtests.sweeps.result import Sweep


def edge_notes(sweep: Sweep) -> list[str]:
    """Return a note where the best region lies at the edge of what was swept."""
    region = sweep.record.best_region
    edges = ranking.at_the_edge(sweep.plan, region.params) if region else []
    return (
        [f"the best region lies at the edge of {', '.join(edges)}: sweep further before you trust it"] if edges else []
    )


def cost_notes(sweep: Sweep) -> list[str]:
    """Return a note on which costs the sets are ranked at, where costs are swept."""
    levels = judged_at(sweep.plan)
    return [f"costs are no choice: sets are ranked at {words(levels)}, the others are a stress table"] if levels else []


def warnings(sweep: Sweep, shown: list[int]) -> list[str]:
    """Return every note that stands above the page's numbers; `shown`: the sets that it draws."""
    found = [*sweep.record.notes, *edge_notes(sweep), *cost_notes(sweep)]
    if len(shown) < len(sweep.status):
        found.append(
            f"This page shows {len(shown):,} of {len(sweep.status):,} sets, drawn at random, and the best ones."
        )
    return found + failures(sweep)


def failures(sweep: Sweep) -> list[str]:
    """Return the commonest reasons for which sets have no numbers, with how many each."""
    found: list[str] = []
    if sweep.record.failed:
        reasons = pd.Series(
            [r for r, s in zip(sweep.reason, sweep.status, strict=True) if s == "failed"]
        ).value_counts()
        found += [f"{many(count, 'set')} failed: {reason}" for reason, count in reasons.head(5).items()]
    return found
