"""The answer of a stress test in one paragraph: what moves the result most, by how much, over which span."""

from __future__ import annotations

from collections.abc import Sequence

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
    return (
        f"What moves {name} most {span} is {first.group}: Sharpe ratio {_ends(first)}, where it is "
        f"{_as_assumed(stress, first)}; of {many(assumptions, 'assumption')}.{_begun_later(known)}"
    )


def _as_assumed(stress: StressRecord, group: GroupRecord) -> str:
    """Return what the run as assumed and holding have, over the days of the cases of a group."""
    if group.other_days:
        held = [case.holding_sharpe for case in group.other_days if case.holding_sharpe is not None]
        return f"{over(group.as_assumed(None))} as assumed and {over(held)} by holding over the same days"
    own = number("sharpe", stress.metrics.get("sharpe"))
    sure = f" (95% {interval(*stress.sharpe_interval_95, '.2f')})" if stress.sharpe_interval_95 else ""
    return f"{own}{sure} as assumed and {number('sharpe', stress.holding['sharpe'])} by holding"


def over(values: Sequence[float]) -> str:
    """Return from where to where some Sharpe ratios reach: one number where they are the same."""
    low, high = (number("sharpe", end) for end in (min(values, default=None), max(values, default=None)))
    return low if low == high else f"{low} to {high}"


def _is_assumption(group: GroupRecord) -> bool:
    return group.group != START_MONTH and not group.group.endswith(TO_BOUNDS)


def _begun_later(known: list[GroupRecord]) -> str:
    group = next((group for group in known if group.group == START_MONTH), None)
    held = [] if group is None else [case.holding_sharpe for case in group.cases if case.holding_sharpe is not None]
    if group is None or not held:
        return ""
    return f" Begun in other months, to the same end, it has {_ends(group)} where holding has {over(held)}."


def _ends(group: GroupRecord) -> str:
    return f"{number('sharpe', group.low)} to {number('sharpe', group.high)}"
