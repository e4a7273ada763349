"""Record: what a question's answer is on disk. A frozen dataclass whose fields are the keys of its JSON.

Pages, screens and comparisons read the fields of a record, never string keys. Every JSON carries `"format": 1`: a file
of a newer format is refused in one line, one written before formats were counted is read with the defaults of what it
lacks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from data.errors import BadFile

FORMAT = 1
R = TypeVar("R")


def content(record: Any) -> dict[str, Any]:
    """Return the plain content of a record: `format` first, then its fields in order; tuples become lists."""
    plain: dict[str, Any] = msgspec.to_builtins(record)
    return {"format": FORMAT, **plain}


def as_text(record: Any) -> str:
    """Return a record's JSON, two spaces a level; ValueError on NaN and infinity, which JSON does not have."""
    return json.dumps(content(record), indent=2, allow_nan=False)


def read(kind: type[R], path: Path) -> R:
    """Return the record of `kind` in the file at `path`; BadFile where it is none, or of a newer format."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # the last: brackets in brackets in brackets
        raise BadFile(path, "", f"cannot be read ({error})", "make it again") from error
    return of_content(kind, plain, path)


def of_content(kind: type[R], plain: Any, origin: Path) -> R:
    """Return the record of `kind` that `plain`, the content of `origin`, holds; unknown keys are left out.

    A kind with a static method `of_old` has it read names of an earlier time.
    """
    known = plain.get("format", 0) if isinstance(plain, Mapping) else 0
    if not isinstance(known, int) or known > FORMAT:
        raise BadFile(origin, "", f"has format {known}, this harbinger reads up to {FORMAT}", "use a newer harbinger")
    upgraded = getattr(kind, "of_old", lambda same: same)
    try:
        return msgspec.convert(upgraded(plain), kind)
    except msgspec.ValidationError as error:
        raise BadFile(origin, "", f"is no {kind.__name__} ({error})", "make it again") from error
