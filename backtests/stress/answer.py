"""The answer of a stress test in one paragraph: what moves the result most, by how much, over which span."""

from __future__ import annotations

from backtests.experiments.named import title
from backtests.pages.text import interval, many, number
from backtests.stress.record import GroupRecord, StressRecord

START_MONTH = "start month"
TO_BOUNDS = ", to its bounds"  # behind the path of a parameter


def answer(stress: StressRecord) -> str:
    """Return the answer of a stress test.

    A start month stands apart: it is another, shorter span, whose Sharpe ratio differs by chance alone. So does a
    parameter to its bounds: far from its own value it is another rule, and no assumption of this one.
    """
    span = f"from {stress.start} to {stress.end}"
    name = title(stress.study, stress.params)
    known = [group for group in stress.groups if group.low is not None]
    first = next((group for group in known if _is_assumption(group)), None)
    if first is None:
        return f"{name} {span}: no case has a Sharpe ratio."
    assumptions = sum(not group.group.endswith(TO_BOUNDS) for group in stress.groups)
    own = number("sharpe", stress.metrics.get("sharpe"))
    sure = f" (95% {interval(*stress.sharpe_interval_95, '.2f')})" if stress.sharpe_interval_95 else ""
    held = number("sharpe", stress.holding["sharpe"])
    return (
        f"What moves {name} most {span} is {first.group}: Sharpe ratio {_ends(first)}, where it is {own}{sure} "
        f"as assumed and {held} by holding; of {many(assumptions, 'assumption')}.{_begun_later(known)}"
    )


def _is_assumption(group: GroupRecord) -> bool:
    return group.group != START_MONTH and not group.group.endswith(TO_BOUNDS)


def _begun_later(known: list[GroupRecord]) -> str:
    group = next((group for group in known if group.group == START_MONTH), None)
    held = [] if group is None else [case.holding_sharpe for case in group.cases if case.holding_sharpe is not None]
    if group is None or not held:
        return ""
    reach = interval(min(held), max(held), ".2f")
    return f" Begun in other months, to the same end, it has {_ends(group)} where holding has {reach}."


def _ends(group: GroupRecord) -> str:
    return f"{number('sharpe', group.low)} to {number('sharpe', group.high)}"
