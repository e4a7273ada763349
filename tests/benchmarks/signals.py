"""`python -m tests.benchmarks.signals`: seconds that every signal takes together on nine years of real history.

Defaults; compositions over small parts. The data are read before the clock starts; what a signal derives from them is
not. A signal whose series the folder lacks, or has without vintages, is timed on the simulated market, and named.
"""

import statistics
import time

import pandas as pd

from data.errors import MissingSeries
from data.market import Market, load_tables
from data.sources.folder.source import FolderSource
from data.sources.simulated.source import SimulatedSource
from signals.base import Signal
from signals.discovery import find, names
from tests.paths import MARKET
from tests.signals.parts import LEADER, TRADED, build_signal

FOLDER = MARKET
FIRST, LAST = pd.Timestamp("2017-06-01"), pd.Timestamp("2026-05-31")
RUNS = 5
BOUND = 2.0


def load(source, needs):
    """Return the market of `needs` over nine years."""
    tables = load_tables(source, {{"leader": LEADER, "traded": TRADED}.get(id, id) for id in needs})
    cut = {id: t[t["date"].between(FIRST, LAST)].reset_index(drop=True) for id, t in tables.items()}
    return Market.from_tables(cut, traded=TRADED, leader=LEADER, source="shared")


def measure(source):
    """Return {signal: median seconds} and the signals that had to be timed on simulated data."""
    found, simulated = {}, []
    for name in names("signals"):
        signal = build_signal(find(name, Signal))
        try:
            market = load(source, ("leader", "traded", *signal.needs))
        except MissingSeries:
            market = None
        if market is None or market.refused:
            market = load(SimulatedSource(), ("leader", "traded", *signal.needs))
            simulated.append(name)
        seconds = []
        for _ in range(RUNS):
            for series in market.series.values():
                series.__dict__.pop("values", None)  # cached: each signal pays for its own
            began = time.perf_counter()
            signal.compute(market)
            seconds.append(time.perf_counter() - began)
        found[name] = statistics.median(seconds)
    return found, simulated


def main():
    """Print the table."""
    found, simulated = measure(FolderSource(FOLDER))
    for name, seconds in sorted(found.items(), key=lambda item: -item[1]):
        where = " (SIMULATED data)" if name in simulated else ""
        print(f"{name:24} {seconds * 1000:7.1f} ms{where}")  # noqa: T201  # a script that a person runs
    print(f"{len(found)} signals together: {sum(found.values()):.3f} s (bound {BOUND:g} s)")  # noqa: T201


if __name__ == "__main__":
    main()
