"""One column of a user's file: its texts as days or as numbers, every fault told with its line.

Numbers are read by Python's own float, which gives the nearest double, so that a table hashes the same wherever its
file was read. `float` also takes `nan`, `1_000` and the digits of other scripts: a column is first held to NUMERIC.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from data.errors import BadFile

NUMERIC = frozenset("0123456789+-.eE ")
NUMBER = re.compile(r" *[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)? *", re.ASCII)
MONTHS = re.compile(r"(?:\d{4}-\d{2}\n)*\d{4}-\d{2}", re.ASCII)
DAYS = re.compile(r"(?:\d{4}-\d{2}-\d{2}\n)*\d{4}-\d{2}-\d{2}", re.ASCII)  # one pass for the usual column
STAMP = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})([ T](?P<clock>\d{2}:\d{2}(:\d{2}(\.\d+)?)?)(?P<zone>Z|[+-]\d{2}:?\d{2})?)?", re.ASCII
)
HOUR = r"\d{4}-\d{2}-\d{2}[ T]\d{2}:00(?::00(?:\.0+)?)?(?:Z|\+00:?00)?"
HOURS = re.compile(rf"(?:{HOUR}\n)*{HOUR}", re.ASCII)
SHORTEST_SEASON = np.timedelta64(90, "D")  # summer time is kept longer than this, everywhere
REWRITE = "write every date as YYYY-MM-DD"
ONE_ZONE = "date every row at midnight of one zone (UTC for crypto), or as YYYY-MM-DD alone"

Days = np.ndarray[tuple[int], np.dtype[np.datetime64]]
Floats = np.ndarray[tuple[int], np.dtype[np.float64]]


@dataclass(frozen=True, eq=False)
class Column:
    """A column as it stands in the file: texts, or numbers where the file has types (Parquet).

    `lines` are the line numbers of the rows; None in Parquet, where rows are counted.
    """

    path: Path
    label: str
    cells: Sequence[str] | Floats
    lines: Sequence[int] | None

    def bad(self, at: int, what: str, remedy: str) -> BadFile:
        """Return the error for the row at position `at`, ready to be raised."""
        return BadFile(self.path, f"line {self.lines[at]}" if self.lines else f"row {at + 1}", what, remedy)

    def floats(self, *, absent: bool) -> Floats:
        """Return float64; an empty cell is NaN where a value may be `absent`, as is FRED's "." (BadFile elsewhere)."""
        if isinstance(self.cells, np.ndarray):
            return self.cells
        texts = ["" if absent and text.strip() in ("", ".") else text for text in self.cells]
        try:
            if frozenset("".join(texts)) <= NUMERIC:
                return np.array([float(text) if text or not absent else np.nan for text in texts])
        except ValueError:
            pass
        at = next(at for at, text in enumerate(texts) if not (NUMBER.fullmatch(text) or (absent and not text)))
        what = f"{self.label} is {texts[at]!r}, not a plain number" if texts[at].strip() else f"{self.label} is empty"
        raise self.bad(at, what, "write it as 1234.5, delete the line, or download the file again")

    def days(self, *, utc: bool) -> Days:
        """Return datetime64[D], each date by its own zone's calendar; with `utc` the only zone allowed is UTC."""
        texts = [str(cell).strip() for cell in self.cells]
        joined = "\n".join(texts)
        plain = len(joined) == 11 * len(texts) - 1 and DAYS.fullmatch(joined)
        stamps = [] if plain else self._stamps(texts)
        try:
            days: Days = np.array([text[:10] for text in texts] if stamps else texts, dtype="datetime64[D]")
        except ValueError:
            at = next(at for at, text in enumerate(texts) if not _exists(text[:10]))
            raise self.bad(at, f"there is no day {texts[at][:10]}", REWRITE) from None
        if stamps:
            self._hold_to_midnight([stamp["clock"] or "" for stamp in stamps], days)
            self._hold_to_one_zone([(stamp["zone"] or "").replace("Z", "+00:00") for stamp in stamps], days, utc)
        return days

    def months(self) -> Days:
        """Return datetime64[s], the first day of each month written as YYYY-MM."""
        texts = [str(cell).strip() for cell in self.cells]
        try:
            if MONTHS.fullmatch("\n".join(texts)):
                return np.array(texts, dtype="datetime64[M]").astype("datetime64[s]")
        except ValueError:
            pass
        at = next(at for at, text in enumerate(texts) if not (MONTHS.fullmatch(text) and _exists(f"{text}-01")))
        raise self.bad(at, f"{self.label} is {texts[at]!r}, not a month", "write every contract as YYYY-MM")

    def hours(self) -> Days:
        """Return datetime64[s], the start of each hour in UTC written as YYYY-MM-DD HH:00."""
        texts = [str(cell).strip() for cell in self.cells]
        try:
            if HOURS.fullmatch("\n".join(texts)):
                return np.array([text[:16] for text in texts], dtype="datetime64[s]")
        except ValueError:
            pass
        at = next(at for at, text in enumerate(texts) if not (HOURS.fullmatch(text) and _exists(text[:16], "s")))
        what = f"{self.label} is {texts[at]!r}, not the start of an hour in UTC"
        raise self.bad(at, what, "write every hour as YYYY-MM-DD HH:00, its start in UTC")

    def _stamps(self, texts: list[str]) -> list[re.Match[str]]:
        stamps = [STAMP.fullmatch(text) for text in texts]
        if None in stamps:
            at = stamps.index(None)
            raise self.bad(at, f"the date {texts[at]!r} is not of the form YYYY-MM-DD", REWRITE)
        return [stamp for stamp in stamps if stamp]

    def _hold_to_midnight(self, clocks: list[str], days: Days) -> None:
        at = next((at for at, clock in enumerate(clocks) if clock.strip("0:.")), None)
        if at is None:
            return
        what = f"{self.cells[at]} has a time of day: the file is not daily"
        if len(np.unique(days)) < len(days):
            what = f"several rows on one date ({self.cells[at]}): an hourly or intraday file where daily bars are due"
        raise self.bad(at, what, "give daily bars, dated at midnight of their zone or as YYYY-MM-DD alone")

    def _hold_to_one_zone(self, zones: list[str], days: Days, utc: bool) -> None:
        switches = [at for at in range(1, len(zones)) if zones[at] != zones[at - 1]]
        if "" in zones:
            if switches:
                raise self.bad(switches[0], "dates with a time zone and dates without are mixed", REWRITE)
            return
        minutes = {int(zone[:3]) * 60 + int(zone[0] + zone[-2:]) for zone in zones}
        short = np.flatnonzero(np.abs(np.diff(days[switches])) < SHORTEST_SEASON)
        if max(minutes) - min(minutes) > 60 or len(minutes) > 2 or len(short):
            at = switches[short[0]] if len(short) else zones.index(min(set(zones), key=zones.count))
            raise self.bad(at, f"time zones are mixed ({', '.join(sorted(set(zones)))})", ONE_ZONE)
        if utc and minutes != {0}:
            raise self.bad(0, f"the days are of zone {zones[0]}, where UTC days are due", ONE_ZONE)


def _exists(text: str, unit: Literal["D", "s"] = "D") -> bool:
    try:
        np.datetime64(text, unit)
    except ValueError:
        return False
    return True
