"""What differs between runs: parameters, the facts of how they were run, and what a reader must be warned of."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence

import pandas as pd

from backtests.comparisons.compared_run import ComparedRun
from backtests.runs.files import DATE
from backtests.runs.record import RunRecord
from data.checks.in_use import OF_DATA
from signals.parameters import Value

LETTERS = string.ascii_uppercase[:12]
NAMED = ("study.name", "study.why", "study.start", "study.end")  # what a run is called; its span is a fact
LONGEST, ELIDED = 60, "..."  # of what tells runs of one study apart
Rows = dict[str, tuple[Value | None, ...]]


def studies(sides: Sequence[ComparedRun]) -> list[str]:
    """Return the letter and the study of each run."""
    return [f"{letter} {side.record.study}" for letter, side in zip(LETTERS, sides, strict=False)]


def names(sides: Sequence[ComparedRun]) -> list[str]:
    """Return the name of each run: its letter and its study, and where others are of that study what differs of it."""
    alike = {side.record.study: [one for one in sides if one.record.study == side.record.study] for side in sides}
    apart = {study: _apart(same) for study, same in alike.items()}
    found = []
    for name, side in zip(studies(sides), sides, strict=True):
        words = apart[side.record.study][alike[side.record.study].index(side)]
        found.append(f"{name} ({words})" if words else name)
    return found


def _apart(sides: Sequence[ComparedRun]) -> list[str]:
    """Return what tells each run of one study apart, in few words: its parameters, or the first fact that differs."""
    rows, fact = parameters(sides), next(iter(facts(sides).values()), None)
    if not rows:
        return [""] * len(sides) if fact is None else [_short([_plain(value)]) for value in fact]
    ends = [path.rpartition(".")[2] for path in rows]
    called = [end if ends.count(end) == 1 else path for path, end in zip(rows, ends, strict=True)]
    values = zip(*rows.values(), strict=True)
    return [_short([f"{name}={_plain(one)}" for name, one in zip(called, own, strict=True)]) for own in values]


def parameters(sides: Sequence[ComparedRun]) -> Rows:
    """Return the parameters that differ, and the classes that take them; None where a run has no such parameter."""
    own = [{path: value for path, value in side.record.params.items() if path not in NAMED} for side in sides]
    uses = [side.uses or {"strategy": side.record.strategy} for side in sides]
    return _differing([{**classes, **values} for classes, values in zip(uses, own, strict=True)])


def facts(sides: Sequence[ComparedRun]) -> Rows:
    """Return the facts that differ: span, bars, engine, status, source, data, costs, versions."""
    return _differing([_facts(side.record) for side in sides])


def warnings(
    sides: Sequence[ComparedRun], span: tuple[pd.Timestamp, pd.Timestamp], cut: bool, mixed: bool, bars: int
) -> list[str]:
    """Return what a reader must know before the numbers; `mixed`: some runs have bars that others lack."""
    first, last = (f"{label:{DATE}}" for label in span)
    notes = [note for side in sides for note in side.notes]
    about_data = [warning for side in sides for warning in side.record.warnings if warning.startswith(OF_DATA)]
    notes += dict.fromkeys(about_data)  # runs on the same rows say the same
    notes += _of_worlds(sides)
    if cut:
        notes.append(f"the spans differ: every number is measured again on the common one, {first} to {last}")
    if len({side.record.market.bar for side in sides}) > 1:
        notes.append("the runs cut their bars at different hours: returns are paired by date")
    elif mixed:
        notes.append(f"the runs have different bars: curves and paired differences stand on the {bars:,} in common")
    for letter, side in zip(LETTERS, sides, strict=False):
        if side.ledger.ruined:
            notes.append(f"{letter} ended in ruin on {side.labels[-1]:{DATE}}: nothing after it is compared")
    return notes


def as_text(value: Value | None) -> str:
    """Return a value that differs as a person reads it."""
    return "-" if value is None else "(none)" if value == "" else str(value)


def _plain(value: Value | None) -> str:
    return f"{value:g}" if isinstance(value, float) else as_text(value)


def _short(words: Sequence[str]) -> str:
    """Return as many words as fit, at least the first, and how many more there are."""
    kept = [at for at in range(1, len(words) + 1) if len(", ".join(words[:at])) <= LONGEST]
    few = words[: max(kept, default=1)]
    first = ", ".join(word if len(word) <= LONGEST else f"{word[: LONGEST - len(ELIDED)]}{ELIDED}" for word in few)
    return first + f" and {len(words) - len(few)} more" * (len(few) < len(words))


def _of_worlds(sides: Sequence[ComparedRun]) -> list[str]:
    """Return warnings where the runs did not trade one asset at one set of prices."""
    runs = [side.record for side in sides]
    notes: list[str] = []
    if len({run.simulated for run in runs}) > 1:
        simulated = ", ".join(letter for letter, run in zip(LETTERS, runs, strict=False) if run.simulated)
        notes.append(f"{simulated} ran on SIMULATED data and the rest did not: nothing follows from a difference")
    traded = [run.market.traded for run in runs]
    if len(set(traded)) > 1:
        notes.append(f"the runs trade different assets ({', '.join(traded)}): a difference is one of assets too")
    for letter, side in zip(LETTERS[1:], sides[1:], strict=False):
        first = sides[0]
        if _market(side) == _market(first) and (off := _other_prices(side, first)):
            notes.append(f"{letter} had other prices of {traded[0]} than A on {off:,} of the bars that both have")
    return notes


def _market(side: ComparedRun) -> tuple[str, str]:
    return side.record.market.traded, side.record.market.bar


def _other_prices(side: ComparedRun, first: ComparedRun) -> int:
    """Return on how many bars that both have an open or a close differs."""
    own, other = (s.ledger.decisions.bars[["open", "close"]] for s in (side, first))
    common = own.index.intersection(other.index)
    return int((own.loc[common].to_numpy() != other.loc[common].to_numpy()).any(axis=1).sum())


def _facts(run: RunRecord) -> dict[str, Value]:
    own: dict[str, Value] = {
        "span": f"{run.start} to {run.end}",
        "bars": run.bars,
        "bars a year": run.periods_per_year,
        "engine": run.engine,
        "status": run.status,
        "source": run.source,
        "data fingerprint": run.data_fingerprint,
        "costs": ", ".join(f"{name} {_cost(value)}" for name, value in vars(run.costs).items() if value != ""),
    }
    return own | {f"version of {name}": text for name, text in run.versions.items()}


def _cost(value: Value) -> str:
    return f"{value:g}" if isinstance(value, float | int) else value


def _differing(rows: Sequence[Mapping[str, Value]]) -> Rows:
    paths = dict.fromkeys(path for row in rows for path in row)
    values_of = {path: tuple(row.get(path) for row in rows) for path in paths}
    return {path: values for path, values in values_of.items() if any(value != values[0] for value in values[1:])}
