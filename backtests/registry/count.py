"""How many trials there have been, and the one line that says so wherever numbers are shown."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from backtests.registry.database import Database
from backtests.registry.lost import note
from backtests.registry.packed import Trials, read, trials_of
from backtests.registry.tried import Span, Tried
from data.catalogue import lookup
from data.errors import UnknownName

# One row an attempt that gave a number, or may have, of what is asked for: of a set that says no traded asset or span
# its sweep says it. The sets of most sweeps are read in one piece (`packed`): a registry may hold millions. CROSS JOIN
# is SQLite's word for "the sweeps first": else it goes through the sets of all to find those of a few.
ASKED = """
    (source LIKE 'simulated%') = :simulated AND traded IN (SELECT value FROM json_each(:ids))
    AND (:end = '' OR start <= :end) AND (:start = '' OR "end" = '' OR "end" >= :start)
"""
RUNS = f"""
SELECT kind, idea_of(trial_hash, spec_hash) AS idea, start, "end" FROM runs WHERE status != 'failed' AND {ASKED}
"""  # noqa: S608  # constants only
SETS = f"""
SELECT 'sweep', trial, start, "end" FROM (
    SELECT trial, source, coalesce(trials.traded, sweeps.traded) AS traded,
            coalesce(trials.start, sweeps.start) AS start, coalesce(trials."end", sweeps."end") AS "end"
        FROM sweeps CROSS JOIN trials ON trials.sweep = sweeps.number
        WHERE trials.status != 'failed' AND sweeps.number IN (SELECT value FROM json_each(:apart))
) WHERE {ASKED}
"""  # noqa: S608  # constants only
SWEEPS = f"""
SELECT number, start, "end", packed.sweep IS NOT NULL, trials, {ASKED}
    FROM sweeps LEFT JOIN packed ON packed.sweep = sweeps.number
"""  # noqa: S608  # constants only
TRIED = f"""
{RUNS} AND kind IN ('run', 'evidence') UNION ALL {SETS} UNION ALL SELECT 'run', :own, :start, :end WHERE :own != x''
"""
LOOKS = f"""
SELECT total(kind = 'signal'), count(*)
    FROM (SELECT DISTINCT kind, idea FROM ({RUNS}) WHERE kind IN ('signal', 'lead'))
"""  # noqa: S608  # constants only
TRADED = """
SELECT traded FROM runs UNION SELECT traded FROM sweeps UNION
SELECT trials.traded FROM sweeps CROSS JOIN trials ON trials.sweep = sweeps.number
    WHERE sweeps.number IN (SELECT sweep FROM blocks WHERE apart)
"""


@dataclass(frozen=True)
class TrialCount:
    """How much was tried on one underlying over days that overlap a span; what failed without a number is no trial.

    `ideas`: distinct strategies with costs, execution and market, of runs and of each set of each sweep;
    `ideas_by_span`: distinct pairs of an idea and the days it was run over; `evaluations`: all runs and sets, repeats
    too; `families`: distinct looks at a signal or at a lead, each a family of tests; `prior`: what was tried elsewhere.
    `trials`: distinct ideas and signals, of which `from_runs`, `from_sweeps` and `from_signals` (an idea may be of
    both runs and sweeps). `note`: that there were earlier runs which are not counted (`registry.lost`); mostly empty.
    """

    trials: int
    from_runs: int
    from_sweeps: int
    from_signals: int
    ideas: int = 0
    ideas_by_span: int = 0
    evaluations: int = 0
    families: int = 0
    prior: int = 0
    underlying: str = ""
    simulated: bool = False
    note: str = ""

    @property
    def tried(self) -> int:
        """The number of attempts that a best result was picked from: distinct ideas and signals, and `prior`."""
        return self.trials + self.prior

    @property
    def line(self) -> str:
        """The count in one sentence, for screens and pages."""
        mark = "SIMULATED " if self.simulated else ""
        elsewhere = f" Elsewhere: {_many(self.prior, 'trial')}." if self.prior else ""
        return (
            f"Tried so far on {mark}{self.underlying} over days that overlap these: {_many(self.ideas, 'idea')} "
            f"({self.ideas_by_span:,} counting each span apart, {_many(self.evaluations, 'evaluation')}), "
            f"{_many(self.families, 'look')} at signals and leads.{elsewhere}{' ' * bool(self.note)}{self.note}"
        )


def count(
    database: Database,
    traded: str,
    start: str = "",
    end: str = "",
    *,
    simulated: bool = False,
    prior: int = 0,
    own: str = "",
) -> TrialCount:
    """Return what was tried on the underlying of `traded` over days that overlap start..end (YYYY-MM-DD; empty: any).

    Across data fingerprints, spans, removals and every series of the underlying (`data.catalogue`). A row that says
    nothing of its first or last day overlaps. Ideas tried on simulated data are counted apart (`simulated`). `own`
    is the `trial_hash` (hexadecimal) of a run under way: it counts, and once only if it is known already.
    """
    wanted = underlying_of(traded)
    with database.open() as opened:
        opened.create_function("idea_of", 2, _idea, deterministic=True)
        ids = [id for (id,) in opened.execute(TRADED) if id is not None and underlying_of(id) == wanted]
        values = {"ids": json.dumps(ids), "start": start, "end": end, "simulated": simulated, "own": bytes.fromhex(own)}
        sets, apart = _sets(opened, values)
        rows = opened.execute(TRIED, values | {"apart": json.dumps(apart)}).fetchall()
        looks = opened.execute(LOOKS, values).fetchone()
        unknown = note(opened, database.path.parent)
    tried = Tried.of(rows, sets)
    signals, families = map(int, looks)
    return TrialCount(
        trials=tried.ideas + signals,
        from_runs=tried.from_runs,
        from_sweeps=tried.from_sweeps,
        from_signals=signals,
        ideas=tried.ideas,
        ideas_by_span=tried.ideas_by_span,
        evaluations=tried.evaluations,
        families=families,
        prior=prior,
        underlying=wanted,
        simulated=simulated,
        note=unknown,
    )


def _sets(database: sqlite3.Connection, values: Mapping[str, object]) -> tuple[dict[Span, list[Trials]], list[int]]:
    """Return the trials of sweeps by their span, and the sweeps whose sets have to be looked at one by one."""
    found, apart = dict[Span, list[Trials]](), list[int]()
    for number, start, end, is_packed, piece, asked in database.execute(SWEEPS, values).fetchall():
        trials = read(piece) if is_packed else trials_of(database, number)
        if trials is None:
            apart.append(number)
        elif asked:
            found.setdefault((start, end), []).append(trials)
    return found, apart


def _idea(trial_hash: str, spec_hash: str) -> bytes:
    """Return what tells the idea of a run from others, as the trials of sweeps have it."""
    try:
        return bytes.fromhex(trial_hash or spec_hash)
    except ValueError:  # no hash of ours: by its letters
        return (trial_hash or spec_hash).encode()


def underlying_of(traded: str) -> str:
    """Return what the price of a series is of; a name that the catalogue does not know stands for itself."""
    try:
        return lookup(traded).underlying
    except UnknownName:
        return traded


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"
