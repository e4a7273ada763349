"""harbinger demo: two runs on simulated markets, and what they say side by side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.text import Text

from backtests.cli import screen
from backtests.cli.screen import OUT
from backtests.experiments.studies import load
from backtests.metrics.labels import LABELS
from backtests.pages.text import number
from backtests.runs.answer import answer
from backtests.runs.recorded import RecordedRun, run_and_record
from backtests.runs.summary import how
from backtests.runs.tearsheet import drawers
from data.files import free_folder, results_folder

STUDY, START = "small_cap_trend", "2018-01-01"
# A lead of two weeks: of one over sixty sessions ETH's own trend would show as much as small caps' does, and the
# verdict on luck, which holds a rule against own trend, could not tell what small caps add.
LEAD, STRENGTH = 10, 0.1
DEFAULT, LABELS_OF_RUNS = Path("runs/demo"), ("planted", "null")


def demo(seed: int, out: Path | None) -> None:
    """Run the study on the two markets of `seed`, one folder each in `out`, and print both.

    Default: runs/demo, and where that is taken runs/demo-2 and so on.
    """
    out = free_folder(DEFAULT) if out is None else out
    for label in LABELS_OF_RUNS:
        results_folder(out / label, "")
    experiment = load(STUDY).with_values({"study.start": START, "trend.lookback": LEAD})
    runs = {}
    with drawers.begun(), screen.progress() as progress:
        planted = f"simulated:lead={LEAD},strength={STRENGTH},seed={seed}"
        for label, source in zip(LABELS_OF_RUNS, (planted, f"simulated:null,seed={seed}"), strict=True):
            runs[label] = run_and_record(experiment, source, out / label, progress=_labelled(progress, label))
    OUT.print(Text("SIMULATED markets: no number below was ever a price", style="bold magenta"))
    for label, run in runs.items():
        screen.answer(f"{label}: {answer(run.record)}")
    OUT.print()
    _numbers(runs)
    _facts(runs)
    _paths(runs)


def _labelled(progress: Callable[[str], None], label: str) -> Callable[[str], None]:
    return lambda text: progress(f"{label}: {text}")


def _facts(runs: dict[str, RecordedRun]) -> None:
    first = runs["planted"].record
    OUT.print(Text(f"{first.study}: {first.why}"))
    OUT.print(Text(f"{first.start} to {first.end}", style="dim"))
    for name, said in how(first).items():
        OUT.print(Text(f"{name.lower()}: {said}", style="dim"))
    for label, recorded in runs.items():
        OUT.print(Text(f"{label}: {recorded.record.source}", style="dim"))
    OUT.print()


def _numbers(runs: dict[str, RecordedRun]) -> None:
    columns = [what for label in runs for what in (label, "its hold")]  # whole at 80 columns
    metrics = [numbers for run in runs.values() for numbers in (run.record.metrics, run.record.held)]
    rows = [[LABELS[name], *(number(name, numbers[name]) for numbers in metrics)] for name in LABELS]
    screen.table("", ["", *columns], rows, right=range(1, 1 + len(columns)))
    OUT.print()


def _paths(runs: dict[str, RecordedRun]) -> None:
    for label, recorded in runs.items():
        screen.report(recorded.tearsheet, f"{label} report")
    OUT.print(Text("next: harbinger data fetch, then harbinger run small_cap_trend on real history", style="dim"))
