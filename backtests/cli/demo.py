"""harbinger demo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from backtests.runs.recorded import RecordedRun

STUDY, START = "small_cap_trend", "2018-01-01"


@click.command()
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Which pair of simulated markets.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("runs/demo"), show_default=True,
    help="Folder of the two reports.",
)  # fmt: skip
def command(seed: int, out: Path) -> None:
    """Run "small caps lead ETH" on two SIMULATED markets: one with a planted lead, one without.

    The two share every shock and differ only in whether small caps lead. Needs no network.
    """
    from backtests.cli import screen

    with screen.progress() as progress:
        progress("loading")
        from backtests.experiments.experiment import load
        from backtests.runs.recorded import run_and_record

        experiment = load(STUDY).with_value("study.start", START)
        done = {}
        for label, source in (("planted", f"simulated:seed={seed}"), ("null", f"simulated:null,seed={seed}")):
            done[label] = run_and_record(experiment, source, out / label, progress=_labelled(progress, label))
    _print(done)


def _labelled(progress: Callable[[str], None], label: str) -> Callable[[str], None]:
    return lambda text: progress(f"{label}: {text}")


def _print(done: dict[str, RecordedRun]) -> None:
    from rich.text import Text

    from backtests.cli import screen
    from backtests.runs.summary import LABELS, costs_line, number, sharpe_line, timing_rule

    first = done["planted"].content
    screen.OUT.print(Text("SIMULATED markets: no number below was ever a price", style="bold magenta"))
    screen.OUT.print(Text(f"{first['study']}: {first['params']['study.why']}"))
    screen.OUT.print(Text(f"{first['start']} to {first['end']}; {costs_line(first)}", style="dim"))
    screen.OUT.print(Text(timing_rule(first), style="dim"))
    screen.OUT.print()
    rows, columns = [], [""]
    for label in done:
        columns += [f"{label}: rule", f"{label}: hold"]
    for name in LABELS:
        row = [LABELS[name]]
        for finished in done.values():
            row += [number(name, finished.content["metrics"][name]), number(name, _held(finished)[name])]
        rows.append(row)
    screen.table("", columns, rows, right=range(1, 5))
    screen.OUT.print()
    for label, finished in done.items():
        run = finished.content
        verb = "beats" if (run["metrics"]["sharpe"] or 0.0) > (_held(finished)["sharpe"] or 0.0) else "does not beat"
        interval = f"its Sharpe ratio, 95%: {sharpe_line(run)} ({run['source']})"
        screen.OUT.print(Text(f"{label}: the rule {verb} holding; {interval}"))
    screen.OUT.print()
    for label, finished in done.items():
        screen.OUT.print(Text(f"{label} report: {finished.tearsheet}", style="bold"), soft_wrap=True)
    screen.OUT.print(
        Text("next: harbinger data fetch, then harbinger run small_cap_trend on real history", style="dim")
    )


def _held(finished: RecordedRun) -> dict[str, float | int | None]:
    """Return the metrics of holding the traded asset."""
    held: dict[str, float | int | None] = next(iter(finished.content["benchmark_metrics"].values()))
    return held
