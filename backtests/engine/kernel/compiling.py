"""Who is told that the kernel is being compiled: some seconds, once on a machine, in which nothing else is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

SAID = "compiling the kernel, once on this machine"
_hearers: list[Callable[[str], None]] = []


@contextmanager
def told(hear: Callable[[str], None]) -> Iterator[None]:
    """Tell `hear` meanwhile, whatever thread compiles."""
    _hearers.append(hear)
    try:
        yield
    finally:
        _hearers.remove(hear)


def begins() -> None:
    """Tell everybody that some function of it is being compiled."""
    for hear in _hearers:
        hear(SAID)
