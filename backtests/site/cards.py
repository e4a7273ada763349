"""What a card says of the JSON of one piece of work, read as far as it needs it.

Files of an earlier or later harbinger lack or have other keys; what a card does not find it leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backtests.site.files import (
    CompareFile,
    EvidenceFile,
    LeadFile,
    Luck,
    Numbers,
    RunFile,
    SignalFile,
    StressFile,
    SweepFile,
)
from backtests.site.thumbnails import of_equity
from backtests.site.work import Answer, Thumbnail, Tone
from backtests.statistics.verdict import CANNOT_TELL, DOES_NOT, SURVIVES

TONES: Mapping[str, Tone] = {SURVIVES: "good", DOES_NOT: "bad", CANNOT_TELL: "unsure"}
LEADS: Mapping[str, Tone] = {"leads": "good", "not enough data": "unsure"}
NOT_OWN = ("study.", "costs.", "execution.", "market.")
LEVEL, LONGEST = 0.05, 240
BOTH_ENDS = (None, None)


def of_run(run: RunFile, folder: Path) -> Answer:
    """Return what a run says."""
    return Answer(
        id=run.run_id,
        kind="run",
        settings=_settings(run.params),
        thumbnail=of_equity(folder / "equity.csv"),
        **_shared(run),
        **_verdict(run.evidence or Luck()),
        **_numbers(run.metrics),
    )


def of_sweep(sweep: SweepFile, folder: Path) -> Answer:
    """Return what a sweep says; with a walk-forward it is that of what was chosen ahead of time."""
    region, walked = sweep.best_region, sweep.walk_forward
    shown = walked.metrics if walked is not None else region.metrics if region is not None else {}
    return Answer(
        id=sweep.sweep_id,
        kind="sweep" if walked is None else "walk-forward",
        related=(walked.run_id,) if walked is not None and walked.run_id else (),
        thumbnail=of_equity(folder / "equity.csv"),
        **_shared(sweep),
        **{**_verdict(sweep.evidence or Luck()), "trials": sweep.sets},
        **_numbers(shown),
    )


def of_signal(sheet: SignalFile, _: Path) -> Answer:
    """Return what a signal's sheet says."""
    least = sheet.looks.smallest
    beyond = least is not None and least < LEVEL
    first = sheet.forward[0] if sheet.forward else None
    alike = (row for row in sheet.forward if first and (row.returns, row.method) == (first.returns, first.method))
    return Answer(
        id=sheet.run_id,
        kind="signal",
        verdict="beyond chance" if beyond else "nothing beyond chance" if least is not None else "too little history",
        tone="good" if beyond else "bad" if least is not None else "unsure",
        settings=_settings(sheet.params),
        trials=sheet.looks.p_values or None,
        thumbnail=Thumbnail(intervals=tuple((row.low, row.correlation, row.high) for row in alike)),
        **_shared(sheet),
    )


def of_lead(lead: LeadFile, _: Path) -> Answer:
    """Return what an examination of a lead says."""
    ends = lead.interval or BOTH_ENDS
    return Answer(
        id=lead.run_id,
        kind="lead",
        study=f"{lead.leader} and {lead.traded}",
        verdict=lead.verdict,
        tone=LEADS.get(lead.verdict, "bad"),
        simulated=lead.windows.simulated,
        source=lead.windows.source,
        start=lead.start or "",
        end=lead.end or "",
        thumbnail=Thumbnail(intervals=((ends[0], lead.effect, ends[1]),)),
    )


def of_evidence(found: EvidenceFile, _: Path) -> Answer:
    """Return what a judgement says."""
    ends = found.active_interval or BOTH_ENDS
    return Answer(
        id=found.run_id,
        kind="evidence",
        verdict=found.verdict,
        tone=TONES.get(found.verdict, "plain"),
        sharpe=found.sharpe,
        trials=found.n_trials,
        settings=_settings(found.params),
        related=(found.of,) if found.of else (),
        thumbnail=Thumbnail(intervals=((ends[0], found.active_sharpe, ends[1]),)),
        **_shared(found),
    )


def of_stress(stress: StressFile, _: Path) -> Answer:
    """Return what a stress test says."""
    rows = tuple((group.low, group.median, group.high) for group in stress.groups[:8])
    return Answer(
        id=stress.run_id,
        kind="stress",
        settings=_settings(stress.params),
        related=(stress.of,) if stress.of else (),
        thumbnail=Thumbnail(intervals=rows),
        **_shared(stress),
        **_numbers(stress.metrics),
    )


def of_compare(found: CompareFile, _: Path) -> Answer:
    """Return what a comparison says."""
    bands = [pair.sharpe_difference_95 or BOTH_ENDS for pair in found.paired]
    rows = tuple((low, pair.sharpe_difference, high) for (low, high), pair in zip(bands, found.paired, strict=True))
    apart = [pair for pair in found.paired if pair.sharpe_p_value is not None and pair.sharpe_p_value < LEVEL]
    return Answer(
        id=found.comparison_id,
        kind="compare",
        study=f"{', '.join(run.name for run in found.runs[1:])} against {found.runs[0].name}" if found.runs else "",
        verdict="differ" if apart else "no difference shown",
        tone="good" if apart else "unsure",
        simulated=found.simulated,
        source=", ".join(dict.fromkeys(run.source for run in found.runs)),
        start=found.start,
        end=found.end,
        related=tuple(run.run_id for run in found.runs if run.run_id),
        thumbnail=Thumbnail(intervals=rows),
    )


def _shared(file: Any) -> dict[str, Any]:
    study = file.signal if isinstance(file, SignalFile) else file.study
    return {"study": study} | {name: getattr(file, name) for name in ("simulated", "source", "start", "end")}


def _verdict(luck: Luck) -> dict[str, Any]:
    return {"verdict": luck.verdict, "tone": TONES.get(luck.verdict, "plain"), "trials": luck.n_trials}


def _numbers(metrics: Numbers) -> dict[str, Any]:
    return {name: metrics.get(name) for name in ("sharpe", "total_return", "max_drawdown")}


def _settings(params: Mapping[str, Any]) -> str:
    """Return a study's own settings in words; of what was chosen fold by fold, the last ones."""
    own = {path: value for path, value in params.items() if not path.startswith(NOT_OWN)}
    last = {path: value for path, value in own.items() if not path.startswith("before.")}
    text = ", ".join(f"{path}={value}" for path, value in last.items()) + ", ..." * (len(last) < len(own))
    return text if len(text) <= LONGEST else f"{text[: text.rfind(',', 0, LONGEST)]}, ..."
