"""`python -m tests.fuzz [SECONDS]`: draw new cases of every target in turn, ten minutes by default; exit 1 with a finding.

A finding is printed with the case, which belongs into `FOUND` of `tests/fuzz/targets.py` once it is mended.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
import traceback

from hypothesis import HealthCheck, given, settings
from hypothesis import seed as seeded

EXAMPLES = 200  # of one target before it is the next one's turn


def main(seconds: float) -> int:
    """Draw until the time is over; print how many cases of each target held."""
    os.environ["HARBINGER_HOME"] = tempfile.mkdtemp(prefix="harbinger-fuzz-home-")
    from tests.fuzz.targets import TARGETS  # after the home is one of its own

    drawn, findings, ends = dict.fromkeys(TARGETS, 0), 0, time.monotonic() + seconds
    while time.monotonic() < ends and not findings:
        for name, (prove, cases) in TARGETS.items():
            seed = random.SystemRandom().getrandbits(32)
            try:
                drawn[name] += draw(prove, cases, seed)
            except Exception as error:  # noqa: BLE001  # each is a finding
                findings += 1
                print(f"FOUND by {name}, seed {seed}:")
                traceback.print_exception(error)
    counts = ", ".join(f"{name} {count:,}" for name, count in drawn.items())
    print(f"{counts} cases in {seconds:.0f} s; {findings} findings")
    return int(findings > 0)


def draw(prove, cases, seed) -> int:
    """Draw one round of cases; return how many."""
    count = 0

    def counted(case):
        nonlocal count
        count += 1
        prove(case)

    calm = settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=False, suppress_health_check=list(HealthCheck)
    )
    seeded(seed)(calm(given(cases)(counted)))()
    return count


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 600))
