"""harbinger today: what it does and prints."""

from __future__ import annotations

import click
import pandas as pd
from rich.text import Text

from backtests import record
from backtests.cli import screen
from backtests.experiments.experiment import as_date
from backtests.experiments.studies import load, study_names
from backtests.pages.text import age
from backtests.today.board import Board, PositionWanted, Reading, board
from backtests.today.what_would_change import PositionChange
from data.checks.accepted import in_order
from data.sources.open import open_source
from data.store import Store


def today(studies: tuple[str, ...], source: str, as_of: str | None, accept: tuple[str, ...], as_json: bool) -> None:
    """Show each signal now and the position each study wants."""
    with screen.progress(quiet=as_json) as progress:
        day = as_date("--as-of", as_of or "")
        instant = (
            pd.Timestamp.now("UTC").floor("min") if day is None else (day + pd.Timedelta(days=1)).tz_localize("UTC")
        )
        specs = [(name, load(name)) for name in studies or study_names()]
        progress("reading signals")
        now = board(open_source(source, Store()), specs, instant, in_order(accept))
    if as_json:
        click.echo(record.as_text(now))
    else:
        _print(now)


def _print(now: Board) -> None:
    simulated = "SIMULATED  " if now.simulated else ""
    style = "bold magenta" if simulated else "bold"
    known = now.as_of.removesuffix("Z").replace("T", " ")
    screen.OUT.print(Text(f"{simulated}as known at {known} UTC, {now.source}", style=style))
    screen.OUT.print()
    rows = [_signal_row(reading) for reading in now.signals if reading.value is not None]
    header = ["signal", "now", "over 1", "5", "20", "in past", "oldest input"]
    screen.table("signals now, their change over 1, 5 and 20 observations", header, rows, right=range(1, 6))
    screen.OUT.print()
    rows = [_study_row(wanted) for wanted in now.studies if wanted.weight is not None]
    screen.table("studies", ["study", "weight", "flips when"], rows, right=(1,))
    named = [(r.name, r) for r in now.signals] + [(w.study, w) for w in now.studies]
    said = [(name, why) for name, about in named for why in (about.missing, about.note) if why]
    if said or now.notes:
        screen.OUT.print()
    for note in now.notes:
        screen.OUT.print(Text(f"note: {note}", style="yellow"))
    for name, why in said:
        screen.OUT.print(Text(f"note: {name}: {why}", style="yellow"))


def _signal_row(reading: Reading) -> list[str]:
    changes = [f"{c + 0.0:+.3g}" if c is not None else "-" for c in reading.changes.values()]
    oldest = max(reading.inputs, key=lambda i: i.age_days)
    return [
        reading.name,
        f"{reading.value:.3g}",
        *changes,
        f"{reading.percentile:.0%}",
        f"{oldest.id} {age(24 * oldest.age_days)}".replace(" ", "\u00a0"),
    ]


def _study_row(position_wanted: PositionWanted) -> list[str]:
    flips = [f"{f.signal} {f.now:.3g} -> {_near(f)} (then {f.weight:g})" for f in position_wanted.flips]
    return [position_wanted.study, f"{position_wanted.weight:.3g}", "; ".join(flips) or "nothing in reach flips it"]


def _near(flip: PositionChange) -> str:
    """Return the value at which a study flips; what bisection leaves of a zero is a zero."""
    return f"{0.0 if abs(flip.at) < 1e-6 * abs(flip.now) else flip.at:.3g}"
