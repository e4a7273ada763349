"""How many processors there are to use. Nothing is imported here that takes its time."""

from __future__ import annotations

import os


def processors() -> int:
    """Return how many processors this process may use: fewer than the machine has where it is confined."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
