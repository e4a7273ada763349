"""An experiment carried out: run, written, remembered. Every attempt leaves a row in the registry, failed ones too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backtests import outputs
from backtests.registry import Entry, Registry, as_json, code_hash, spec_hash, versions
from backtests.result import Result
from backtests.run import run
from backtests.sources import DEFAULT, open_source
from backtests.spec import Spec, dump
from data.errors import RunError
from data.source import Source
from data.store import Store


@dataclass(frozen=True, eq=False)
class Finished:
    """A run on disk: its id, its folder, its numbers, and the content of run.json."""

    run_id: str
    folder: Path
    result: Result
    content: dict[str, Any]

    @property
    def tearsheet(self) -> Path | None:
        """The page, where one was made."""
        path = self.folder / "tearsheet.html"
        return path if path.exists() else None


def carry_out(
    spec: Spec,
    source: str | None = None,
    out: Path | None = None,
    *,
    tearsheet: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> Finished:
    """Run `spec`, write its files into `out` (default runs/<run id>) and append its row to the registry.

    `source` is what --source says; None: the data that the spec pins, else its own source, else the default.
    """
    created = datetime.now(UTC)
    run_id = outputs.new_run_id(spec.study.name, created)
    folder = (out or Path("runs") / run_id).resolve()
    spec = replace(spec, source=source, fingerprint="") if source is not None else spec
    try:
        store = Store()
        result = run(spec, _source(spec, store), store, progress)
        page, result = _page(result, run_id, progress) if tearsheet else (None, result)
        content = outputs.summary(result, run_id)
        progress("writing")
        outputs.write(result, content, folder, page)
    except BaseException as error:
        reason = f"{type(error).__name__}: {error}"
        Registry().add(_entry(spec, run_id, created, folder, "failed", reason, None))
        raise
    Registry().add(_entry(result.spec, run_id, created, folder, result.status, "; ".join(result.warnings), content))
    return Finished(run_id, folder, result, content)


def _source(spec: Spec, store: Store) -> Source | None:
    if spec.fingerprint and store.has(spec.fingerprint):
        return None
    return open_source(spec.source or DEFAULT, store)


def _page(result: Result, run_id: str, progress: Callable[[str], None]) -> tuple[bytes | None, Result]:
    from backtests.reports.tearsheet import render

    progress("drawing the tearsheet")
    try:
        return render(result, run_id), result
    except RunError as error:
        return None, replace(result, warnings=[*result.warnings, f"no tearsheet: {error}"])


def _entry(
    spec: Spec, run_id: str, created: datetime, folder: Path, status: str, reason: str, content: dict[str, Any] | None
) -> Entry:
    done = content or {"start": spec.study.start, "end": spec.study.end, "metrics": None}
    return Entry(
        run_id=run_id,
        created_at=created.isoformat(timespec="seconds"),
        study=spec.study.name,
        source=spec.source or DEFAULT,
        traded=spec.market.traded,
        start=done["start"],
        end=done["end"],
        spec_hash=spec_hash(spec),
        data_fingerprint=spec.fingerprint,
        code_hash=code_hash(),
        status=status,
        reason=reason,
        metrics=as_json(done["metrics"]),
        versions=as_json(versions()),
        path=str(folder),
        spec=dump(spec),
    )
