"""Accepted: an error of a check that a person has looked at, written ID:DATE, or ID:all where it is of no one date."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from data.catalogue import lookup
from data.errors import BadSpec
from data.finding import Finding

WHOLE = "all"
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, order=True)
class Accepted:
    """One series and the date (YYYY-MM-DD) that its error names, or WHOLE."""

    id: str
    where: str

    @classmethod
    def parse(cls, text: str) -> Accepted:
        """Return what `text` accepts; UnknownName for a series that is not one, BadSpec for anything but a date."""
        id, colon, where = text.strip().rpartition(":")
        if not colon or not (where == WHOLE or _is_date(where)):
            raise BadSpec(
                f"--accept {text!r}: write ID:YYYY-MM-DD, as the error does (ID:{WHOLE} where it has no date)"
            )
        return cls(lookup(id).id, where)

    @classmethod
    def of(cls, finding: Finding) -> tuple[Accepted, ...]:
        """Return what would accept a finding: one for each series that it names."""
        return tuple(cls(id, finding.where or WHOLE) for id in finding.ids)

    def __str__(self) -> str:
        return f"{self.id}:{self.where}"


def in_order(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the texts as they are stored: each once, sorted, ids in the catalogue's spelling."""
    return tuple(str(one) for one in sorted({Accepted.parse(text) for text in texts}))


def _is_date(text: str) -> bool:
    try:
        return bool(DATE.fullmatch(text)) and not np.isnat(np.datetime64(text, "D"))
    except ValueError:
        return False
