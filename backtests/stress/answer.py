"""The answer of a stress test in one paragraph: what moves the result most, by how much, over which span."""

from __future__ import annotations

from backtests.pages.text import many, number
from backtests.stress.record import StressRecord


def answer(stress: StressRecord) -> str:
    """Return the answer of a stress test."""
    span = f"from {stress.start} to {stress.end}"
    first = next((group for group in stress.groups if group.low is not None), None)
    if first is None:
        return f"{stress.study} {span}: no case has a Sharpe ratio."
    return (
        f"What moves {stress.study} most {span} is {first.group}: Sharpe ratio {number('sharpe', first.low)} to "
        f"{number('sharpe', first.high)}, where it is {number('sharpe', stress.metrics.get('sharpe'))} as assumed and "
        f"{number('sharpe', stress.holding['sharpe'])} by holding; of {many(len(stress.groups), 'assumption')}."
    )
