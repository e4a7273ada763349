"""The answer of a signal's sheet in one paragraph: what followed it, how sure, over which span."""

from __future__ import annotations

from backtests.pages.text import many
from backtests.signal_sheets.record import SignalSheetRecord


def answer(sheet: SignalSheetRecord) -> str:
    """Return the answer of a sheet."""
    return f"{sheet.headline} {many(sheet.n, 'decision')} with a value, {sheet.start} to {sheet.end}."
