"""The figures of docs/lookahead.md: `python -m tests.cheaters [PATH of the shared history]` prints them."""

import ast
import sys
import time
from pathlib import Path

import pandas as pd

from backtests.checks.lookahead import check_lookahead
from backtests.experiments.studies import load, study_names
from backtests.runs.subject import of_signal, of_spec
from data.catalogue import lookup
from data.errors import MissingSeries
from data.market import load_tables
from data.sources.base import load_or_stand_in
from data.sources.open import open_source
from data.store import Store
from data.vintages import refused
from signals.base import Signal
from signals.discovery import find, names
from tests.signals.parts import build_signal

HERE = Path(__file__).parent
IN_TIME = {"honest_calendar", "understated_history", "short_filter"}
FILES = sorted(file for file in HERE.glob("*.py") if not file.stem.startswith("_"))
START = "2018-01-01"


def cheaters():
    """Return the table of fixtures that must be accused, from their docstrings."""
    rows = ["| fixture | what it does |", "|---|---|"]
    told = {file.stem: ast.get_docstring(ast.parse(file.read_text())) for file in FILES if file.stem not in IN_TIME}
    return "\n".join(rows + [f"| `{name}` | {text} |" for name, text in told.items()])


def measured(source):
    """Return the table of every built-in target: how many cuts, the time they took, the outcome."""
    rows = ["| target | series | parts | cuts | CPU seconds | outcome |", "|---|---|---|---|---|---|"]
    targets = {f"study:{name}": of_spec(load(name)) for name in study_names()}
    targets |= {f"signal:{name}": of_signal(build_signal(find(name, Signal))) for name in names("signals")}
    opened = open_source(source, Store())
    for name, target in targets.items():
        lacking = [id for id in target.needs if not _has(opened, id)]
        if lacking:
            rows.append(
                f"| `{name}` | {len(target.needs)} | {len(target.parts)} | | | the history lacks {', '.join(lacking)} |"
            )
            continue
        tables = load_tables(opened, target.needs)
        if refused(tables, opened.name):
            rows.append(f"| `{name}` | {len(target.needs)} | {len(target.parts)} | | | the history has no vintages |")
            continue
        started = time.process_time()
        outcome = check_lookahead(target, tables, start=pd.Timestamp(START))
        took, said = time.process_time() - started, "clean" if outcome.clean else str(outcome.findings[0])
        rows.append(f"| `{name}` | {len(target.needs)} | {len(target.parts)} | {outcome.cuts} | {took:.1f} | {said} |")
        sys.stderr.write(rows[-1] + "\n")
    return "\n".join(rows)


def _has(source, id):
    try:
        load_or_stand_in(source, lookup(id))
    except MissingSeries:
        return False
    return True


if __name__ == "__main__":
    sys.stdout.write(cheaters() + "\n\n")
    sys.stdout.write(measured(f"folder:{sys.argv[1] if len(sys.argv) > 1 else '../shared/market'}") + "\n")
