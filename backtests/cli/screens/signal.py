"""harbinger signal: what it does and prints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
from rich.text import Text

from backtests.cli import screen
from backtests.experiments.experiment import as_span
from backtests.pages.text import interval, p_value
from backtests.record import as_text
from backtests.runs.subject import of_signal_text
from backtests.signal_sheets.answer import answer
from backtests.signal_sheets.forward import Estimate, primary
from backtests.signal_sheets.page import looks
from backtests.signal_sheets.recorded import RecordedSheet, run_and_record
from backtests.signal_sheets.sample import HEDGES
from backtests.signal_sheets.sheet import SignalSheet
from data import settings as folder_settings
from data.checks.accepted import in_order
from data.sources.open import default_source, open_source
from data.store import Store


def signal(
    name: str,
    source: str | None,
    settings: tuple[str, ...],
    traded: str | None,
    start: str,
    end: str,
    out: Path | None,
    accept: tuple[str, ...],
    as_json: bool,
) -> None:
    """Look at one signal before any strategy: what it is, how fresh it is, and what followed it."""
    with screen.progress(quiet=as_json) as progress:
        first, last = as_span(start, end)
        target = of_signal_text(name, [*settings, *([f"market.traded={traded}"] if traded else [])])
        target = replace(target, accept=in_order((*folder_settings.settings().accept, *accept)))
        opened = open_source(source or default_source(), Store())
        recorded = run_and_record(target, opened, out, start=first, end=last, progress=progress)
    if as_json:
        click.echo(as_text(recorded.record))
        screen.open_page(recorded.page)
    else:
        _print(recorded)


def _print(recorded: RecordedSheet) -> None:
    p, page = recorded.result, recorded.page
    simulated = "SIMULATED  " if p.market.simulated else ""
    screen.OUT.print(Text(f"{simulated}{p.name}", style="bold magenta" if simulated else "bold"))
    screen.answer(answer(recorded.record))
    first, last = p.span
    covered = f"{p.coverage.with_value:,} of {p.coverage.decisions:,} decisions have a value"
    screen.OUT.print(f"\n{first:%Y-%m-%d} to {last:%Y-%m-%d}, {covered}; {p.market.source}\n")
    _table(p)
    screen.OUT.print()
    screen.paragraph(looks(p))
    screen.OUT.print()
    for warning in p.warnings:
        screen.OUT.print(Text(f"note: {warning}", style="yellow"))
    screen.trials(recorded.trials)
    screen.files(page.parent)
    screen.report(page)


def _table(p: SignalSheet) -> None:
    """Print a row a horizon: by the method to judge by, hedged, and how often the side was right."""
    hedged = {(name, e.horizon): e for name in HEDGES for e in primary(p.forward, name)}
    hits = {h.horizon: h for h in p.hits}
    rows = [
        [
            f"{e.horizon}",
            *_cells(e),
            p_value(corrected),
            *(cell for name in HEDGES for cell in _cells(hedged.get((name, e.horizon)))[::2]),
            "-" if (rate := hits[e.horizon].rate) is None else f"{rate:.1%}",
        ]
        for e, corrected in zip(primary(p.forward), p.looks.holm, strict=True)
    ]
    columns = ["bars", "corr", "95%", "p", "Holm", "-BTC", "p", "-SPY", "p", "hits"]
    screen.table(f"correlation with {p.market.traded}'s returns", columns, rows, right=range(1, len(columns)))
    screen.OUT.print()
    screen.paragraph(
        "Returns from the next open. HAC at 1 bar, Hodrick 1B beyond; Holm: corrected for every p-value of the sheet; "
        f"-BTC, -SPY: net of {' or '.join(HEDGES.values())} beta; hits (hit rate): how often the signal's side was "
        "the sign of the return, rows without overlap."
    )


def _cells(e: Estimate | None) -> list[str]:
    if e is None or e.correlation is None or e.p_value is None:
        return ["-", "-", "-"]
    return [f"{e.correlation:+.3f}", interval(e.low, e.high, between=" "), p_value(e.p_value)]
