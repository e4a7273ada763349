"""Functions of a library that answer a second time from memory while a page is drawn; it asks a dozen times."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pandas as pd


@contextmanager
def computed_once(module: Any, names: Sequence[str]) -> Iterator[None]:
    """Let the functions `names` of a module compute once for the same arguments; afterwards they are as they were."""
    kept = {name: getattr(module, name) for name in names}
    for name, function in kept.items():
        setattr(module, name, once(function))
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(module, name, function)


def once(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` with a memory. Tables are told apart by content, and each caller has a copy of his own."""
    known: dict[Hashable, Any] = {}

    def answered(*given: Any, **named: Any) -> Any:
        key = (*map(_content, given), *((name, _content(value)) for name, value in named.items()))
        if key not in known:
            known[key] = function(*given, **named)
        return None if known[key] is None else known[key].copy()

    return answered


def _content(value: Any) -> Hashable:
    if isinstance(value, pd.Series):
        return "series", value.name, str(value.dtype), value.to_numpy().tobytes(), _content(value.index)
    if isinstance(value, pd.DataFrame):
        return "frame", *((name, _content(column)) for name, column in value.items())
    if isinstance(value, pd.Index):
        return "index", value.name, str(value.dtype), value.to_numpy().tobytes()
    return repr(value)
