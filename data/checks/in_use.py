"""What a check has to say of the series that an answer is about to be computed from.

An error stops the answer, for every number after it would be wrong, until the row is mended or a person who looked at
it accepts it (`checks.accepted`). A warning is passed on as a note. Only rows that the answer sees are judged, up to
its last date; how old they are is said elsewhere. What was judged once in a process is not judged again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from data.catalogue import lookup
from data.checks.accepted import Accepted
from data.checks.table import check_together, findings_in
from data.errors import SuspectData
from data.finding import Finding
from data.store import content_hash, set_fingerprint

DAY = pd.Timedelta(days=1)
EVER = pd.Timestamp("2100-01-01", tz="UTC")
MOST_NAMED = 4
OF_DATA = ("data check: ", "accepted by ", "--accept ")  # how a note begins
_judged: dict[tuple[str, str, bool], tuple[Finding, ...]] = {}


@dataclass(frozen=True)
class Inspection:
    """What was noticed: `notes` to print with the answer; `refused` says why a series it can do without is left out."""

    notes: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


def inspect(
    tables: Mapping[str, pd.DataFrame],
    *,
    simulated: bool,
    accept: Iterable[str] = (),
    start: pd.Timestamp | None = None,
    end: pd.Timestamp | None = None,
    needed: Collection[str] | None = None,
) -> Inspection:
    """Return what to say of validated tables, by series id, in rows dated from `start` to `end` (None: all there are).

    Raises SuspectData for the errors in series of `needed` (None: all of them) that `accept` (ID:DATE) does not name.
    """
    taken = {id: cut for id, table in tables.items() if not (cut := _within(table, start, end)).empty}
    findings = _findings(taken, simulated)
    known = {Accepted.parse(text) for text in accept}
    errors = [finding for finding in findings if finding.level == "error"]
    open_ones = [finding for finding in errors if not known & {*Accepted.of(finding)}]
    wanted = set(tables) if needed is None else {name for id in needed for name in (id, lookup(id).stand_in)}
    stopping = [finding for finding in open_ones if wanted & {*finding.ids}]
    if stopping:
        raise SuspectData(_stop(stopping))
    refused = {id: _stop([finding]) for finding in reversed(open_ones) for id in finding.ids}
    accepted = [finding for finding in errors if finding not in open_ones]
    notes = (*_warnings([f for f in findings if f.level == "warning"]), *_accepted(accepted, known, tables))
    return Inspection(notes, refused)


def _within(table: pd.DataFrame, start: pd.Timestamp | None, end: pd.Timestamp | None) -> pd.DataFrame:
    if start is not None:
        table = table[(table["date"] >= start).to_numpy()]
    if end is not None:
        for column in ("date", "vintage"):
            if column in table:
                table = table[(table[column] < end + DAY).to_numpy()]
    return table.reset_index(drop=True)


def _findings(tables: Mapping[str, pd.DataFrame], simulated: bool) -> list[Finding]:
    contents = {id: content_hash(table) for id, table in tables.items()}
    for id, content in contents.items():
        if (id, content, simulated) not in _judged:
            _judged[id, content, simulated] = tuple(
                findings_in(tables[id], lookup(id), simulated=simulated, validated=True)
            )
    together = ("", set_fingerprint(contents), simulated)
    if together not in _judged:
        _judged[together] = tuple(check_together(tables, EVER, validated=True))
    alone = [finding for id, content in contents.items() for finding in _judged[id, content, simulated]]
    return [*_judged[together], *alone]  # a file that is shifted as a whole says more than one of its rows


def _stop(errors: list[Finding]) -> str:
    first = errors[0]
    place = f"{first.id} {first.where}".rstrip()
    flags = list(dict.fromkeys(f"--accept {Accepted.of(error)[0]}" for error in errors))
    shown = " ".join(flags[:MOST_NAMED])
    if len(errors) > 1:
        others = ", ".join(f"{e.id} {e.where}".rstrip() for e in errors[1:MOST_NAMED])
        more = ", ..." if len(errors) > MOST_NAMED else ""
        shown += f" ... ({len(errors)} errors, also {others}{more}; `harbinger data check` lists them)"
    return f"{place}: {first.what}; {first.remedy}; or, after a look at it, go on with {shown}"


def _warnings(findings: list[Finding]) -> list[str]:
    """Return one note for each series with a warning, the first MOST_NAMED of them."""
    by_series: dict[str, list[Finding]] = {}
    for finding in findings:
        by_series.setdefault(finding.id, []).append(finding)
    notes = []
    for id, found in list(by_series.items())[:MOST_NAMED]:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        notes.append(f"data check: {id} {found[0].where}".rstrip() + f": {found[0].what}{more}")
    if len(by_series) > MOST_NAMED:
        others = len(by_series) - MOST_NAMED
        notes.append(f"data check: warnings of {others} more series; `harbinger data check` lists them")
    return notes


def _accepted(errors: list[Finding], known: set[Accepted], tables: Collection[str]) -> list[str]:
    notes = []
    for one in sorted(known):
        found = [error for error in errors if one in Accepted.of(error)]
        notes += [f"accepted by --accept {one}: {error.what}" for error in found]
        if not found and one.id in tables:
            notes.append(f"--accept {one}: these data have no such error")
    return notes
