"""Do the tests of a signal's sheet hold their size? `python -m tests.benchmarks.sheet_sizes` writes docs/signal.md again.

Every judgement has a simulated market of its own, without a lead: no two share a return. So the judgements of a cell are
independent, and a cell's own error is that of a share. The seeds are those of no other table.
"""

import sys
from collections import Counter

from backtests.runs.subject import built_in_signals, of_signal
from backtests.signal_sheets.events import after_decisions
from backtests.signal_sheets.forward import HORIZONS, forward, ranks
from backtests.signal_sheets.judgements import METHODS, judgements
from backtests.signal_sheets.sample import HEDGES, hedges_of, sample
from backtests.signal_sheets.stability import stability
from data.catalogue import lookup
from data.errors import MissingSeries
from data.market import load_tables
from data.sources.simulated.source import SimulatedSource
from tests.paths import DOCS

PAGE, MARK = DOCS / "signal.md", "<!-- sizes -->\n"
WORLDS, FIRST_SEED, LEVEL = 20, 7_000, 0.05
JUDGED, APART = (METHODS["hac"], METHODS["hodrick"]), (METHODS["nonoverlapping"],)
RETURNS = {"plain": "plain", **{name: f"net of {asset} beta" for name, asset in HEDGES.items()}}


def judged(signal, seed):
    """Return every judgement of one signal's sheet on one market without a lead."""
    source, target = SimulatedSource(strength=0.0, seed=seed), of_signal(signal)
    tables = load_tables(source, {*target.needs, "BTC-USD", "SPY"})
    market = target.rebuilt(tables, source.name)
    rows = sample(market, signal.compute(market), hedges_of(market, tables["BTC-USD"]))
    parts = {
        "forward": forward(rows),
        "ranks": ranks(rows),
        "stability": stability(rows),
        "after_decisions": after_decisions(rows),
    }
    return judgements(parts)


def fed(signals):
    """Return the signals that the simulated market can feed."""
    source = SimulatedSource(strength=0.0, seed=FIRST_SEED)

    def can(id):
        try:
            return source.load(lookup(id)) is not None
        except MissingSeries:
            return False

    ids = {"leader": "IWM", "traded": "ETH-USD"}
    return {name: s for name, s in signals.items() if all(can(ids.get(id, id)) for id in s.needs)}


def measure(worlds=WORLDS):
    """Return how many judgements there are and how many reject, by cell; and of how many sheets any is left by Holm."""
    signals = fed(built_in_signals())
    looked, rejected, sheets = Counter(), Counter(), 0
    for at, signal in enumerate(signals.values()):
        for world in range(worlds):
            found = judged(signal, FIRST_SEED + at * worlds + world)
            for j in found:
                cell = (j.part, j.returns, j.method, j.horizon)
                looked[cell] += 1
                rejected[cell] += j.p_value < LEVEL
            sheets += 1
            rejected["any"] += any(j.corrected < LEVEL for j in found)
            looked["p-values"] += len(found)
            rejected["uncorrected"] += any(j.p_value < LEVEL for j in found)
    return len(signals), sheets, looked, rejected


def cell(looked, rejected, returns, methods, horizon):
    """Return the share of rejections of one cell, empty where nothing is judged."""
    keys = [("correlation", returns, method, horizon) for method in methods]
    n = sum(looked[key] for key in keys)
    return f"{sum(rejected[key] for key in keys) / n:.1%}" if n else ""


def table(worlds=WORLDS):
    """Return the generated part of the page."""
    signals, sheets, looked, rejected = measure(worlds)
    error = (LEVEL * (1 - LEVEL) / sheets) ** 0.5
    lines = [
        f"Share of rejections at a nominal 5% on simulated markets without a lead: {signals} built-in signals, each in "
        f"{worlds}\nmarkets of its own, {sheets} judgements a cell that share nothing (error of a cell "
        f"{error:.1%}):\n\n",
        f"| returns | method | 1 bar | {' | '.join(map(str, HORIZONS[1:]))} |\n|---|---|---|---|---|---|---|\n",
    ]
    for returns, label in RETURNS.items():
        for method, methods in (("HAC, Hodrick 1B", JUDGED), ("without overlap", APART)):
            cells = [cell(looked, rejected, returns, methods, h) for h in HORIZONS]
            lines.append(f"| {label} | {method} | {' | '.join(cells)} |\n")
    lines.append(
        f"\nA sheet shows {looked['p-values'] / sheets:.0f} p-values. Some is below 5% on "
        f"{rejected['uncorrected'] / sheets:.0%} of these sheets, and after Holm's correction\nover all of them on "
        f"{rejected['any'] / sheets:.1%}.\n"
    )
    return "".join(lines)


if __name__ == "__main__":
    head, _, foot = PAGE.read_text(encoding="utf-8").split(MARK)
    PAGE.write_text(MARK.join([head, table(int(sys.argv[1]) if sys.argv[1:] else WORLDS), foot]), encoding="utf-8")
