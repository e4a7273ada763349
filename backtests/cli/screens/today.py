"""harbinger today: what it does and prints."""

from __future__ import annotations

import json
from dataclasses import asdict

import click
import pandas as pd
from rich.text import Text

from backtests.cli import screen
from backtests.experiments.experiment import as_date
from backtests.experiments.studies import load, study_names
from backtests.today.board import PositionWanted, Reading, board
from backtests.today.what_would_change import Flip
from data.market import Market
from data.sources.open import open_source
from data.store import Store


def today(studies: tuple[str, ...], source: str, as_of: str | None, as_json: bool) -> None:
    """Show each signal now and the position each study wants."""
    with screen.progress(quiet=as_json) as progress:
        day = as_date("--as-of", as_of or "")
        instant = (
            pd.Timestamp.now("UTC").floor("min") if day is None else (day + pd.Timedelta(days=1)).tz_localize("UTC")
        )
        specs = [(name, load(name)) for name in studies or study_names()]
        progress("reading signals")
        market, readings, wishes = board(open_source(source, Store()), specs, instant)
    if as_json:
        content = {"as_of": f"{instant:%Y-%m-%dT%H:%MZ}", "source": market.source, "simulated": market.simulated}
        parts = {"signals": [asdict(r) for r in readings], "studies": [asdict(w) for w in wishes]}
        click.echo(json.dumps(content | parts, indent=2, allow_nan=False))
        return
    _print(market, readings, wishes, instant)


def _print(market: Market, readings: list[Reading], wishes: list[PositionWanted], instant: pd.Timestamp) -> None:
    simulated = "SIMULATED  " if market.simulated else ""
    style = "bold magenta" if simulated else "bold"
    screen.OUT.print(Text(f"{simulated}as known at {instant:%Y-%m-%d %H:%M} UTC, {market.source}", style=style))
    screen.OUT.print()
    rows = [_signal_row(reading) for reading in readings if reading.value is not None]
    header = ["signal", "now", "over 1", "5", "20", "in past", "oldest input"]
    screen.table("signals now, their change over 1, 5 and 20 observations", header, rows, right=range(1, 6))
    screen.OUT.print()
    rows = [_study_row(wish) for wish in wishes if wish.weight is not None]
    screen.table("studies", ["study", "weight", "flips when"], rows, right=(1,))
    named = [(r.name, r) for r in readings] + [(w.study, w) for w in wishes]
    said = [(name, why) for name, about in named for why in (about.missing, about.note) if why]
    if said:
        screen.OUT.print()
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
        f"{oldest.id}\u00a0{oldest.age_days:.1f}d",
    ]


def _study_row(wish: PositionWanted) -> list[str]:
    flips = [f"{f.signal} {f.now:.3g} -> {_near(f)} (then {f.weight:g})" for f in wish.flips]
    return [wish.study, f"{wish.weight:.3g}", "; ".join(flips) or "nothing in reach flips it"]


def _near(flip: Flip) -> str:
    """Return the value at which a study flips; what bisection leaves of a zero is a zero."""
    return f"{0.0 if abs(flip.at) < 1e-6 * abs(flip.now) else flip.at:.3g}"
