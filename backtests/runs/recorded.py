"""An experiment carried out: run, written, remembered. Every attempt leaves a row in the registry, failed ones too."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backtests.experiments.experiment import Experiment, dump
from backtests.registry import Entry, Registry, as_json, code_hash, experiment_hash, trial_hash, versions
from backtests.runs import files
from backtests.runs.result import Result
from backtests.runs.run import freeze, run_on
from data.errors import RunError
from data.sources.base import Source
from data.sources.open import DEFAULT, open_source
from data.store import Store

NOWHERE = Path()


@dataclass(frozen=True, eq=False)
class RecordedRun:
    """A run on disk: its id, its folder, and the content of run.json.

    `result` is None, and `answered` says when the run was made, where the registry answered.
    """

    run_id: str
    folder: Path
    content: dict[str, Any]
    result: Result | None = None
    answered: str = ""

    @property
    def tearsheet(self) -> Path | None:
        """The page, where one was made."""
        path = self.folder / "tearsheet.html"
        return path if path.exists() else None


def run_and_record(
    experiment: Experiment,
    source: str | None = None,
    out: Path | None = None,
    *,
    tearsheet: bool = True,
    fresh: bool = True,
    keep: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> RecordedRun:
    """Run `experiment`, write its files into `out` (default runs/<run id>) and append its row to the registry.

    `source` is what --source says; None: the data that the spec pins, else its own source, else the default. Unless
    `fresh`, a run of the same experiment, data, code and libraries whose files are still there answers in its place.
    Without `keep` no file is written; the row in the registry then has no path.
    """
    created = datetime.now(UTC)
    run_id = files.new_run_id(experiment.study.name, created)
    folder = (out or Path("runs") / run_id).resolve() if keep else NOWHERE
    experiment = replace(experiment, source=source, fingerprint="") if source is not None else experiment
    try:
        store = Store()
        inputs = freeze(experiment, _source(experiment, store), store, progress)
        known = (
            None if fresh else _answer(_entry(inputs.experiment, run_id, created, folder, "", "", None), out, tearsheet)
        )
        if known is not None:
            return known
        result = run_on(inputs, progress)
        content = files.summary(result, run_id)
        page = _page(result, content, progress) if tearsheet else None
        progress("writing")
        if keep:
            files.write(result, content, folder, page)
    except BaseException as error:
        reason = f"{type(error).__name__}: {error}"
        Registry().add(_entry(experiment, run_id, created, folder, "failed", reason, None))
        raise
    Registry().add(
        _entry(result.experiment, run_id, created, folder, result.status, "; ".join(content["warnings"]), content)
    )
    return RecordedRun(run_id, folder, content, replace(result, run_id=run_id))


def _answer(entry: Entry, out: Path | None, tearsheet: bool) -> RecordedRun | None:
    """Return an earlier run that is the same, if its files are still there (in `out`, where one is named)."""
    for known in Registry().same(entry):
        folder = Path(known.path)
        content = _content(folder)
        wanted = out is None or out.resolve() == folder
        if (
            wanted
            and content.get("run_id") == known.run_id
            and (not tearsheet or (folder / "tearsheet.html").is_file())
        ):
            return RecordedRun(known.run_id, folder, content, None, known.created_at)
    return None


def _content(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _source(experiment: Experiment, store: Store) -> Source | None:
    if experiment.fingerprint and store.has(experiment.fingerprint):
        return None
    return open_source(experiment.source or DEFAULT, store)


def _page(result: Result, content: dict[str, Any], progress: Callable[[str], None]) -> bytes | None:
    """Return the tearsheet; where it cannot be drawn, None and a warning in `content`."""
    from backtests.runs.tearsheet import render

    progress("drawing the tearsheet")
    try:
        return render(result, content)
    except RunError as error:
        content["warnings"] = [*content["warnings"], f"no tearsheet: {error}"]
        return None


def _entry(
    experiment: Experiment,
    run_id: str,
    created: datetime,
    folder: Path,
    status: str,
    reason: str,
    content: dict[str, Any] | None,
) -> Entry:
    done = content or {"start": experiment.study.start, "end": experiment.study.end, "metrics": None}
    return Entry(
        run_id=run_id,
        created_at=created.isoformat(timespec="seconds"),
        study=experiment.study.name,
        source=experiment.source or DEFAULT,
        traded=experiment.market.traded,
        start=done["start"],
        end=done["end"],
        spec_hash=experiment_hash(experiment),
        data_fingerprint=experiment.fingerprint,
        code_hash=code_hash(experiment.strategy),
        status=status,
        reason=reason,
        metrics=as_json(done["metrics"]),
        versions=as_json(versions()),
        path="" if folder == NOWHERE else str(folder),
        spec=dump(experiment),
        trial_hash=trial_hash(experiment).hex(),
    )
