"""Fetching series into the store: only what is new where the stored past still holds, the whole history where not.

Yahoo, FRED and the Treasury are vendors of one source, `yahoo`. A vendor revises its past without a word (a split, a
late dividend, a corrected price), so the last `OVERLAP` stored observations are asked again with what is new: when they
come back as they are stored, the new rows are appended; when not, the whole history is fetched and becomes the newest
snapshot. Older snapshots stay.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal

import pandas as pd
import requests

from data.catalogue import SeriesInfo
from data.checks.accepted import Accepted
from data.checks.rows import row_faults
from data.checks.table import findings_in
from data.due import due_dates
from data.errors import (
    BadAnswer,
    CorruptSnapshot,
    EmptyAnswer,
    HarbingerError,
    MissingSeries,
    Offline,
    RateLimited,
    Unreachable,
    UsageError,
)
from data.fetch_hours import fetch_hours
from data.fetched import Fetched
from data.finding import Finding
from data.sources import alfred, fred, treasury, yahoo, yahoo_futures
from data.sources.downloaded import NAME, remedy
from data.sources.http import TRIES, redirected_session
from data.store import Store
from data.table import label, validate
from data.vendor_overlap import first_difference
from data.vintages import latest

OVERLAP = 30
LEAST_ROWS = 10  # of a first history
LATER = "fetch again later"
Keep = Callable[[pd.DataFrame, pd.DataFrame, Fetched], Fetched]  # a table, the answer, what happened
VENDORS = {"yahoo": yahoo.fetch, "fred": fred.fetch, "treasury": treasury.fetch}


def fetch_series(
    row: SeriesInfo,
    store: Store,
    now: pd.Timestamp,
    *,
    whole: bool = False,
    session: requests.Session | None = None,
    sleep: Callable[[float], None] = time.sleep,
    tries: int = TRIES,
    accept: Sequence[str] = (),
) -> Fetched:
    """Bring the stored history of `row` up to `now` (UTC) and return what happened; `whole` asks for all of it again.

    An answer is held to the rules of a file (`checks.rows`), and to the check's errors but for those that `accept`
    (ID:DATE) names; one that is refused leaves what is stored in use. Raises the vendor's SourceError, UsageError for a
    series that no vendor has, DataError when nothing can be written.
    """
    if row.vendor == "file":
        raise UsageError(f"{row.id} cannot be fetched; {remedy(row)}")

    if row.kind == "contracts":
        return _fetch_contracts(row, store, now, session=session, sleep=sleep, tries=tries)

    stored, note = _stored(row, store, now)

    def keep(table: pd.DataFrame, answer: pd.DataFrame, result: Fetched) -> Fetched:
        _hold(table, stored, row, now, accept)
        return _keep(table, answer, result, row, store, now)

    asked: dict[str, Any] = {"session": session, "sleep": sleep, "tries": tries}
    if row.kind == "vintages":
        return _fetch_vintages(row, None if whole else stored, now, keep, **asked)
    if row.kind == "hours":
        table, answer, result = fetch_hours(row, stored, now, whole=whole, **asked)
        return keep(table, answer, replace(result, note=result.note or note))

    def ask(since: date | None) -> pd.DataFrame:
        return VENDORS[row.vendor](row, since, now, **asked)

    return _fetch_days(row, store, stored, note, ask, keep, whole)


def fetch_all(
    rows: Sequence[SeriesInfo],
    store: Store,
    now: pd.Timestamp,
    *,
    whole: bool = False,
    session: requests.Session | None = None,
    sleep: Callable[[float], None] = time.sleep,
    tries: int = TRIES,
    accept: Sequence[str] = (),
    progress: Callable[[SeriesInfo, Fetched | None], None] = lambda row, fetched: None,  # noqa: ARG005  # part of the interface
) -> list[Fetched]:
    """Fetch the rows one after the other; one that fails does not stop the others.

    `progress` is called with None when a series begins and with its result when it ends. A vendor that could not be
    reached, or that asked to slow down, for one series is asked only once for each of those that follow; one whose name
    is not found is not asked again. UsageError, before any is asked, where nothing can be stored.
    """
    store.check()
    session = session or redirected_session()
    results, tired, lost = [], set[str](), dict[str, Unreachable]()
    for row in rows:
        progress(row, None)
        patience = 1 if row.vendor in tired else tries
        try:
            if row.vendor in lost:
                raise Unreachable(row.id, lost[row.vendor].what, lost[row.vendor].remedy)
            result = fetch_series(
                row, store, now, whole=whole, session=session, sleep=sleep, tries=patience, accept=accept
            )
        except HarbingerError as error:
            if isinstance(error, Unreachable):
                lost[row.vendor] = error
            if isinstance(error, (Offline, RateLimited)):
                tired.add(row.vendor)
            result = Fetched(row.id, "failed", error=error)
        results.append(result)
        progress(row, result)
    return results


def exit_status(results: Sequence[Fetched]) -> int:
    """Return 0 when every series was fetched, else 1."""
    return int(any(result.outcome == "failed" for result in results))


def overdue(answer: pd.DataFrame, row: SeriesInfo, now: pd.Timestamp) -> tuple[pd.Timestamp, ...]:
    """Return the due dates without an observation, from the answer's first to the last that could be known at `now`."""
    due = due_dates(row, answer["date"].iloc[0], pd.Timestamp(now.date()))
    return tuple(due[row.rule.known_at(due) <= now].difference(pd.DatetimeIndex(answer["date"])))


def _stored(row: SeriesInfo, store: Store, now: pd.Timestamp) -> tuple[pd.DataFrame | None, str]:
    """Return (newest stored table, ""), or (None, why) where there is none that can be used: it is fetched again."""
    try:
        head = store.head(NAME, row.id)
        if head is None:
            return None, ""
        table = store.get(head.content)
    except (CorruptSnapshot, MissingSeries) as error:
        return None, f"the stored one could not be used ({error})"
    for at, what, _ in row_faults(table, row, now):
        return None, f"the stored one could not be used ({label(table['date'].iloc[at], row)}: {what})"
    return table, ""


def _hold(
    table: pd.DataFrame, stored: pd.DataFrame | None, row: SeriesInfo, now: pd.Timestamp, accept: Sequence[str]
) -> None:
    """Raise BadAnswer where a table that would be stored breaks a rule, or has an error that the stored one has not."""
    kept = "; it was not kept" + ("" if stored is None else ", and what is stored stays in use")
    for at, what, _ in row_faults(table, row, now):
        raise BadAnswer(row.id, f"{label(table['date'].iloc[at], row)}: {what}{kept}", LATER)
    if stored is None and len(table) < LEAST_ROWS:
        what = f"{len(table)} rows are no history ({LEAST_ROWS} are the least){kept}"
        raise BadAnswer(row.id, what, "fetch again later, or read files of your own with --source folder:PATH")
    known = {Accepted.parse(text) for text in accept}
    before = [] if stored is None else _errors(stored, row)
    for finding in _errors(table, row):
        if finding not in before and not known & {*Accepted.of(finding)}:
            place = f"{finding.where}: " if finding.where else ""
            go_on = f"fetch again later, or, after a look at it, harbinger data fetch {row.id} --accept"
            raise BadAnswer(row.id, f"{place}{finding.what}{kept}", f"{go_on} {Accepted.of(finding)[0]}")


def _errors(table: pd.DataFrame, row: SeriesInfo) -> list[Finding]:
    """Return what the check calls wrong."""
    return [finding for finding in findings_in(table, row) if finding.level == "error"]


def _refuse_shorter(answer: pd.DataFrame, stored: pd.DataFrame, row: SeriesInfo, store: Store) -> None:
    (new_first, new_last), (first, last) = ((t["date"].iloc[0], t["date"].iloc[-1]) for t in (answer, stored))
    within = int(answer["date"].between(first, last).sum())
    if new_first <= first and new_last >= last and within >= 0.99 * len(stored):
        return
    spans = (f"{t['date'].iloc[0]:%Y-%m-%d}..{t['date'].iloc[-1]:%Y-%m-%d} ({len(t):,} rows)" for t in (answer, stored))
    what = "the answer {} lacks part of what is stored, {}; it was not kept".format(*spans)
    again = f"fetch again later, or delete {store.head_path(NAME, row.id)} to begin again"
    raise BadAnswer(row.id, what, again)


def _fetch_days(
    row: SeriesInfo,
    store: Store,
    stored: pd.DataFrame | None,
    note: str,
    ask: Callable[[date | None], pd.DataFrame],
    keep: Keep,
    whole: bool,
) -> Fetched:
    """Add what is new where the overlap came back as it is stored, else take the whole history."""
    if stored is None:
        table = ask(None)
        return keep(table, table, Fetched(row.id, "new", added=len(table), note=note))
    end = stored["date"].iloc[-1]
    answer = ask(None if whole else stored["date"].iloc[-OVERLAP:].iloc[0].date())
    changed = first_difference(stored, answer)
    if changed is not None and not whole:
        whole, answer = True, ask(None)
        changed = first_difference(stored, answer)
    if whole:
        _refuse_shorter(answer, stored, row, store)
    added = int((answer["date"] > end).sum())
    if changed is not None:
        result = Fetched(row.id, "revised", added=added, revised_since=changed)
        return keep(answer, answer, result)
    table = validate(pd.concat([stored, answer[answer["date"] > end]], ignore_index=True), row, "Yahoo and the store")
    return keep(table, answer, Fetched(row.id, "appended" if added else "unchanged", added=added))


def _fetch_vintages(
    row: SeriesInfo,
    stored: pd.DataFrame | None,
    now: pd.Timestamp,
    keep: Keep,
    **asked: Any,
) -> Fetched:
    """Add the releases since the last that is stored: what was released once does not change."""
    since = None if stored is None else stored["vintage"].iloc[-1].date()
    new = alfred.fetch(row, since, now, **asked)
    if stored is None and new is None:
        raise EmptyAnswer(row.id, "ALFRED has no vintage that was out by now", LATER)
    parts = [part for part in (stored, new) if part is not None]
    table = validate(pd.concat(parts, ignore_index=True), row, "ALFRED and the store")
    added = 0 if new is None else len(new)
    outcome: Literal["new", "appended", "unchanged"] = "new" if stored is None else "appended" if added else "unchanged"
    return keep(table, latest(table), Fetched(row.id, outcome, added=added))


def _fetch_contracts(row: SeriesInfo, store: Store, now: pd.Timestamp, **asked: Any) -> Fetched:
    """Add what the vendor still has to what is stored: an expired contract cannot be fetched again."""
    stored, note = _stored(row, store, now)
    answer = yahoo_futures.fetch(row, None, now, **asked)
    table = answer if stored is None else validate(yahoo_futures.joined(stored, answer), row, "Yahoo and the store")
    for at, what, _ in row_faults(table, row, now):
        raise BadAnswer(row.id, f"{label(table['date'].iloc[at], row)}: {what}; it was not kept", LATER)
    added = len(table) - (0 if stored is None else len(stored))
    outcome: Literal["new", "appended", "unchanged"] = "new" if stored is None else "appended" if added else "unchanged"
    return _keep(table, answer, Fetched(row.id, outcome, added=added, note=note), row, store, now)


def _keep(
    table: pd.DataFrame, answer: pd.DataFrame, result: Fetched, row: SeriesInfo, store: Store, now: pd.Timestamp
) -> Fetched:
    missing = overdue(answer, row, now)
    snapshot = store.put(table, id=row.id, source=NAME, fetched_at=now.isoformat(timespec="seconds"))
    store.set_head(snapshot)
    return replace(result, snapshot=snapshot, gaps=missing)
