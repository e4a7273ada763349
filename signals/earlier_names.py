"""Names that signals had before: files, commands and registries that say them are still read.

What is written from now on says the name of today, but the identity of an idea, by which trials are counted, goes on
saying the first one: an idea that is renamed is no new attempt.
"""

from __future__ import annotations

from collections.abc import Callable

TODAY = {"small_cap_trend": "small_cap_momentum", "own_trend": "own_momentum"}
FIRST = {f'use = "{today}"': f'use = "{first}"' for first, today in TODAY.items()}

heard_by: list[Callable[[str, str], None]] = []
"""Who is told, once a process and name, that an earlier name was given: the earlier one and that of today."""
_told: set[str] = set()


def present_use(use: str) -> str:
    """Return what a `use` says today: the present name of a signal for an earlier one, anything else as it is."""
    return TODAY.get(use, use)


def announced(name: str) -> str:
    """Return `present_use` of a name; whoever listens is told that there is another one today."""
    today = present_use(name)
    if today != name and name not in _told:
        _told.add(name)
        for listener in heard_by:
            listener(name, today)
    return today


def as_first_named(toml: str) -> str:
    """Return the TOML of an experiment or a signal, as `dump` writes it, with each signal under its first name."""
    return "\n".join(FIRST.get(line, line) for line in toml.split("\n"))
