"""Finding: what a check has to say of a series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One remark of `data check`: an "error" makes results wrong, a "warning" wants a look.

    `id` names the series (or several, joined by " and "), `where` the date (YYYY-MM-DD, or "" for the whole series).
    """

    level: Literal["error", "warning"]
    id: str
    where: str
    what: str
    remedy: str

    @property
    def ids(self) -> tuple[str, ...]:
        """The series that it is about."""
        return tuple(self.id.split(" and "))

    def __str__(self) -> str:
        place = f"{self.id} {self.where}".rstrip()
        return f"{self.level}: {place}: {self.what}; {self.remedy}"
