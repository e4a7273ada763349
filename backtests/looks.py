"""Looks from Python: a signal's sheet, the test of a lead, the verdict on luck, and what lies on disk of any of them.

    from backtests import evidence_of, lead_test, load, run, signal_sheet

    signal_sheet("small_cap_momentum", source="simulated").plot()
    evidence_of(run("small_cap_trend", source="simulated"))

Each writes and registers what its verb does, for each is a look that counts, and returns it as `Saved`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from backtests.evidence import recorded as judgements
from backtests.experiments.experiment import Experiment, as_span
from backtests.experiments.toml import parse
from backtests.exports.saved import Saved
from backtests.exports.saved import load as load
from backtests.lead import recorded as examinations
from backtests.registry import Entry
from backtests.runs.result import Result
from backtests.runs.subject import of_signal_text
from backtests.runs.targets import find
from backtests.runs.trials import Trials
from backtests.signal_sheets import recorded as sheets
from backtests.sweeps.result import Sweep
from backtests.sweeps.trials import folder_of, trials_of
from data.errors import BadSpec
from data.sources.base import Source
from data.sources.open import DEFAULT, open_source
from data.store import Store
from signals.parameters import Value

Judged = Result | Sweep | str


def signal_sheet(
    signal: str | Path,
    *,
    source: str | None = None,
    settings: Mapping[str, Value] | None = None,
    start: str = "",
    end: str = "",
    out: str | Path | None = None,
) -> Saved:
    """Look at one signal, a name or a file, before any strategy; writes what `harbinger signal` does into `out`.

    `settings`: its parameters and those of `market.` by path; default folder: runs/<id>.
    """
    target = of_signal_text(str(signal), [f"{path}={value}" for path, value in (settings or {}).items()])
    first, last = as_span(start, end)
    return load(sheets.run_and_record(target, _opened(source), _folder(out), start=first, end=last).folder)


def lead_test(
    leader: str = "IWM",
    traded: str = "ETH-USD",
    *,
    source: str | None = None,
    controls: Sequence[str] = (),
    start: str = "",
    end: str = "",
    out: str | Path | None = None,
) -> Saved:
    """Ask whether `leader` leads `traded`; writes what `harbinger lead` does into `out` (default runs/<id>)."""
    first, last = as_span(start, end)
    done = examinations.run_and_record(
        _opened(source), leader, traded, _folder(out), start=first, end=last, others=tuple(controls)
    )
    return load(done.folder)


def evidence_of(judged: Judged, *, prior: int = 0, out: str | Path | None = None) -> Saved:
    """Ask whether a run, or the best of a sweep, is luck; writes what `harbinger evidence` does into `out`.

    `judged`: a Result, a Sweep, or the id or folder of a sweep or the id of a run; `prior`: trials made elsewhere.
    """
    experiment, trials, of = _subject(judged)
    return load(judgements.run_and_record(experiment, trials, _folder(out), of=of, prior=prior).folder)


def _subject(judged: Judged) -> tuple[Experiment, Trials | None, str]:
    """Return what is judged: its experiment, its trials where it is the best of a sweep, its id."""
    if isinstance(judged, Result):
        return judged.experiment, None, judged.run_id
    sweep = judged.folder if isinstance(judged, Sweep) else folder_of(judged)
    if sweep is not None:
        trials = trials_of(sweep)
        return trials.experiment, trials, trials.sweep_id
    known = find(str(judged))
    if not isinstance(known, Entry):
        raise BadSpec(f"{judged}: name a run by its id, or judge its folder with harbinger evidence")
    return parse(known.spec.encode(), known.run_id), None, known.run_id


def _opened(source: str | None) -> Source:
    return open_source(source or DEFAULT, Store())


def _folder(out: str | Path | None) -> Path | None:
    return None if out is None else Path(out)
