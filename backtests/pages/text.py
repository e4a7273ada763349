"""Numbers, p-values, ages, instants and intervals as a person reads them: one form each, on every page and screen.

What is undefined (None) is a dash. JSON and CSV do not use this module: they hold the numbers themselves.
"""

from __future__ import annotations

from datetime import datetime

from backtests.metrics.labels import PERCENT

UNDEFINED = "-"
SMALLEST_P = 0.001


def number(name: str, value: float | int | None) -> str:
    """Return the metric `name` (see `metrics.labels`): fractions in percent, counts and USD whole, ratios 0.00.

    What rounds to zero has no sign.
    """
    if value is None:
        return UNDEFINED
    if name in PERCENT:
        return f"{value:z,.1%}"
    if name in ("orders", "costs_paid_usd"):
        return f"{value:z,.0f}"
    return f"{value:z,.2f}"


def many(count: int, noun: str) -> str:
    """Return a count with its noun: "1 trial", "1,200 trials"."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def signed(value: float | None, digits: int = 2, unit: str = "") -> str:
    """Return `value` with its sign and its unit; what rounds to zero is +0."""
    return UNDEFINED if value is None else f"{value:+z.{digits}f}{unit}"


def signed_percent(fraction: float | None, digits: int = 1) -> str:
    """Return a fraction in percent with its sign: 0.125 is +12.5%."""
    return UNDEFINED if fraction is None else f"{fraction:+z.{digits}%}"


def interval(low: float | None, high: float | None, form: str = "+z.2f", between: str = " to ") -> str:
    """Return both ends in `form`, a format specification: "-0.10 to +0.25"; a dash if an end is undefined."""
    return UNDEFINED if low is None or high is None else f"{low:{form}}{between}{high:{form}}"


def in_short(why: str) -> str:
    """Return why a source has no series without the list of those that it has: an error needs it, a table does not.

    What can be done about it stays.
    """
    what, _, rest = why.partition("; it has ")
    return "; ".join(filter(None, (what, rest.partition("; ")[2])))


def p_value(p: float | None) -> str:
    """Return a p-value: two digits from 0.1 on, three below, "<0.001" for the smallest."""
    if p is None:
        return UNDEFINED
    if p < SMALLEST_P:
        return f"<{SMALLEST_P:g}"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def p_equation(p: float) -> str:
    """Return a p-value with its letter, for a sentence: "p = 0.012", "p < 0.001"."""
    text = p_value(p)
    return f"p < {text[1:]}" if text.startswith("<") else f"p = {text}"


def age(hours: float | None) -> str:
    """Return an age given in hours: hours below two days, days from there on."""
    if hours is None:
        return UNDEFINED
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} d"


def instant(at: datetime | str | None) -> str:
    """Return date and minute of an instant, without its zone: "2025-10-08 16:15".

    `at` is a datetime, or the text of one in JSON ("2025-10-08T16:15Z"). The page names the zone beside it.
    """
    if at is None:
        return UNDEFINED
    return at.removesuffix("Z").replace("T", " ") if isinstance(at, str) else f"{at:%Y-%m-%d %H:%M}"
