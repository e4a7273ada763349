"""The answer of a signal's sheet in one paragraph: what followed it, how sure, over which span."""

from __future__ import annotations

from backtests.pages.text import many
from backtests.signal_sheets.record import SignalSheetRecord


def answer(sheet: SignalSheetRecord) -> str:
    """Return the answer of a sheet."""
    return " ".join(filter(None, (of_all_bars(sheet), sheet.aside)))


def of_all_bars(sheet: SignalSheetRecord) -> str:
    """Return the answer over all bars alone: what else was found stands apart."""
    return f"{sheet.headline} {many(sheet.n, 'decision')} with a value, {sheet.start} to {sheet.end}."
