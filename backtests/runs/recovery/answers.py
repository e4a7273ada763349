"""The row of evidence and of a stress test, made again from its JSON and spec.toml; and of the run that it is about."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path

from backtests import record
from backtests.registry import Entry, as_json, text_hash
from backtests.runs.question import SPEC
from backtests.runs.record import Numbers
from backtests.runs.recovery.columns import bare, created_at, idea_of, spec_hash
from data.errors import BadFile

RUN = "run"
WITHOUT_FILES = "recovered from what was asked about it, without files"


@dataclass(frozen=True, kw_only=True)
class AnswerOnDisk:
    """What rows need of evidence.json and stress.json: `of` is the id of what was asked about, `kind` what that is."""

    run_id: str
    of: str = ""
    kind: str = RUN
    study: str
    source: str
    data_fingerprint: str
    start: str
    end: str
    verdict: str = ""
    reasons: tuple[str, ...] = ()
    prior_trials: int = 0
    cases: int = 0
    metrics: Numbers = field(default_factory=dict)


def of_evidence(folder: Path) -> Entry:
    """Return the row of a judgement: it is a trial of the idea that it judges."""
    found, spec = _answer(folder, "evidence")
    asked = f"evidence of {found.of or found.study}, prior = {found.prior_trials}"
    row = _row(found, spec, folder, "evidence", asked)
    return replace(row, reason=f"{found.verdict}: {'; '.join(found.reasons)}", trial_hash=idea_of(spec))


def of_stress(folder: Path) -> Entry:
    """Return the row of a stress test, which is no trial."""
    found, spec = _answer(folder, "stress")
    row = _row(found, spec, folder, "stress", f"stress of {found.study}")
    return replace(row, reason=f"{found.cases} cases", metrics=as_json({"cases": found.cases}))


def run_behind(folder: Path) -> Entry | None:
    """Return the row of the run that the answer in `folder` is about, as of one without files; None for no answer.

    `harbinger evidence STUDY` and `stress STUDY` run the study first, and keep no file of that run.
    """
    question = next((name for name in QUESTIONS if (folder / f"{name}.json").is_file()), None)
    found, spec = _answer(folder, question) if question is not None else (None, "")
    if found is None or found.kind != RUN or not found.of:
        return None
    return replace(
        _row(found, spec, folder, RUN, spec),
        run_id=found.of,
        created_at=created_at(found.of, folder),
        study=found.study,
        path="",
        reason=WITHOUT_FILES,
        metrics=as_json(found.metrics or None),
        spec_hash=spec_hash(spec),
        trial_hash=idea_of(spec),
    )


QUESTIONS = {"evidence": of_evidence, "stress": of_stress}


def _answer(folder: Path, question: str) -> tuple[AnswerOnDisk, str]:
    """Return what an answer and its spec.toml say; BadFile where that is missing, as in folders of old."""
    if not (folder / SPEC).is_file():
        why = f"has no {SPEC} beside it, so its idea is not known"
        raise BadFile(folder / f"{question}.json", "", why, f"ask again: harbinger {question}")
    return record.read(AnswerOnDisk, folder / f"{question}.json"), (folder / SPEC).read_text(encoding="utf-8")


def _row(found: AnswerOnDisk, spec: str, folder: Path, kind: str, asked: str) -> Entry:
    return Entry(
        **bare(found.run_id, folder, kind),
        study=f"{kind}-{found.study}",
        source=found.source,
        traded=tomllib.loads(spec)["market"]["traded"],
        start=found.start,
        end=found.end,
        data_fingerprint=found.data_fingerprint,
        reason="",
        spec=asked,
        spec_hash=text_hash(asked).hex(),
    )
