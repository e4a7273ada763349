"""A comparison, saved and registered: its runs looked up or run, compare.json and compare.html.

It looks at what was run already: its row, of kind compare, is apart from trials and looks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from backtests import record
from backtests.comparisons import compared_run
from backtests.comparisons.compared_run import ComparedRun
from backtests.comparisons.comparison import Comparison, compare, sentence
from backtests.comparisons.differences import LETTERS
from backtests.comparisons.page import render
from backtests.comparisons.record import ComparisonRecord
from backtests.comparisons.variants import variants
from backtests.experiments.experiment import Experiment
from backtests.experiments.studies import load
from backtests.experiments.toml import parse
from backtests.metrics.performance import NAMES
from backtests.pages.places import with_places
from backtests.registry import Entry, Registry, TrialCount, as_json, attempt, text_hash, versions
from backtests.runs import recorded as runs_recorded
from backtests.runs.files import new_run_id
from backtests.runs.record import RunRecord
from backtests.runs.recovery.columns import created_at
from backtests.runs.result import Result
from backtests.runs.targets import find, is_study, run_unsaved
from backtests.statistics.paired import SEED
from data.errors import BadSpec
from data.files import check_free, results_folder, write_atomic

Target = str | Path | Result | Experiment
Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class RecordedComparison:
    """A comparison on disk: its folder, the comparison, and its record, which compare.json holds."""

    folder: Path
    comparison: Comparison
    record: ComparisonRecord
    trials: tuple[TrialCount, ...]

    @property
    def content(self) -> dict[str, Any]:
        """The content of compare.json."""
        return record.content(self.record)

    @property
    def page(self) -> Path:
        """The page."""
        return self.folder / "compare.html"


def written(
    asked: str, comparison_id: str, folder: Path, make: Callable[[], Comparison], progress: Progress = lambda _: None
) -> RecordedComparison:
    """Make a comparison of what is `asked`, write compare.html, then compare.json, into `folder`, and its row.

    The row stands, "running", before anything is made; each file is written whole or not at all.
    """
    registry = Registry()
    with attempt(registry.runs, _entry(asked, comparison_id, folder), partial(check_free, folder)) as row:
        comparison = make()
        found, trials = comparison.record(comparison_id), _trials(comparison)
        row.has(**_told(comparison, found))
        progress("drawing")
        (folder / "compare.json").unlink(missing_ok=True)
        page = with_places(render(comparison, comparison_id, trials), folder, ("compare.json",))
        write_atomic(folder / "compare.html", page)
        write_atomic(folder / "compare.json", (record.as_text(found) + "\n").encode())
        row.end(status="ok")
    return RecordedComparison(folder, comparison, found, trials)


def _entry(asked: str, comparison_id: str, folder: Path) -> Entry:
    """Return the row of a comparison as it starts, which knows its runs by the names that they were asked by."""
    return Entry(
        run_id=comparison_id,
        created_at=created_at(comparison_id, folder),
        study=asked,
        source="",
        traded="",
        start="",
        end="",
        spec_hash=text_hash(asked).hex(),
        data_fingerprint="",
        code_hash="",  # it tells runs with the same numbers apart; no comparison is answered from an earlier one
        status="",
        reason="",
        metrics=as_json(None),
        versions=as_json(versions()),
        path=str(folder),
        spec=asked,
        kind="compare",
    )


def _told(comparison: Comparison, found: ComparisonRecord) -> dict[str, str]:
    """Return what the row says when the comparison is made: the runs that it holds side by side are its experiment."""
    asked = " ".join(run.run_id for run in found.runs)
    return {
        "study": comparison.title,
        "source": ", ".join(dict.fromkeys(run.source for run in found.runs)),
        "traded": comparison.sides[0].record.market.traded,
        "start": found.start,
        "end": found.end,
        "spec": asked,
        "spec_hash": text_hash(asked).hex(),
        "reason": "; ".join(map(sentence, comparison.names[1:], comparison.paired)),
    }


def run_and_record(
    targets: Sequence[str],
    source: str | None = None,
    out: Path | None = None,
    *,
    settings: Sequence[str] = (),
    seed: int = SEED,
    accept: Sequence[str] = (),
    progress: Progress = lambda _: None,
) -> RecordedComparison:
    """Compare runs, running studies first, and write the files into `out` (default runs/<comparison id>).

    A target is a run id or its beginning, the folder of a run, a study or a .toml file; `source`, `settings`
    (PATH=VALUE, with several values a run each: `variants`) and `accept` (ID:DATE) are for the last two, whose files go
    into folders below `out`.
    """
    Registry().runs.check()
    studies = [target for target in targets if is_study(target)]
    given = [*(f"-s {one}" for one in settings), *(f"--accept {one}" for one in accept)]
    given += [] if source is None else [f"--source {source}"]
    if given and not studies:
        raise BadSpec(f"{given[0]}: nothing is to be run; it is for studies, and these are runs already")
    wanted = variants(studies, settings, accept, source) if studies else {}
    planned = sum(len(wanted.get(target, (target,))) for target in targets)
    if not 2 <= planned <= len(LETTERS):
        raise BadSpec(f"{planned} runs to compare; name 2 to {len(LETTERS)}, or several values of a setting (-s)")
    known = {target: find(target) for target in targets if target not in studies}
    comparison_id = new_run_id("compare", datetime.now(UTC))
    folder = results_folder(out, comparison_id)

    def make() -> Comparison:
        sides: list[ComparedRun] = []
        for target in targets:
            if target in known:
                progress(f"reading {target}")
                sides.append(opened(known[target], progress))
            for experiment in wanted.get(target, ()):
                progress(f"run {len(sides) + 1} of {planned}: {target}")
                own = folder / f"{len(sides) + 1}-{_word(experiment)}"
                done = runs_recorded.run_and_record(experiment, source, own, tearsheet=False, replacing=True)
                sides.append(compared_run.read(done.folder))
        progress("comparing")
        return compare(sides, seed=seed)

    return written(", ".join(targets), comparison_id, folder, make, progress)


def _trials(comparison: Comparison) -> tuple[TrialCount, ...]:
    """Return what was tried on each underlying that the runs trade, over days that overlap their common span."""
    first, last = (f"{label:%Y-%m-%d}" for label in comparison.span)
    traded = dict.fromkeys((side.record.market.traded, side.record.simulated) for side in comparison.sides)
    found = (Registry().count(id, first, last, simulated=simulated) for id, simulated in traded)
    return tuple(dict.fromkeys(found))


def side_of(target: Target, source: str | None) -> ComparedRun:
    """Return one side of a comparison in Python; a study is run and writes nothing."""
    if isinstance(target, Result):
        return compared_run.of_result(target)
    if isinstance(target, Experiment) or is_study(str(target)):
        experiment = target if isinstance(target, Experiment) else load(str(target))
        return compared_run.of_result(run_unsaved(experiment, source))
    return opened(find(str(target)), lambda _: None)


def opened(target: Path | Entry, progress: Progress) -> ComparedRun:
    """Return the side of a folder or of a registry row; one whose files are gone is run again on its frozen data."""
    if isinstance(target, Path):
        return compared_run.read(target)
    folder = Path(target.path)
    path = folder / "run.json"
    if target.path and path.is_file() and record.read(RunRecord, path).run_id == target.run_id:
        return compared_run.read(folder)
    progress(f"running {target.run_id} again")
    result = run_unsaved(parse(target.spec.encode(), target.run_id), None)
    then = json.loads(target.metrics)
    changed = [name for name in NAMES if then.get(name) != result.metrics[name]]
    note = f"{target.run_id} has no files: it was run again on its frozen data, as {result.run_id}"
    same = "with other numbers than then: code or libraries have changed" if changed else "with the same numbers"
    return replace(compared_run.of_result(result), notes=(f"{note}, {same}",))


def _word(experiment: Experiment) -> str:
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in experiment.study.name)[:40]
