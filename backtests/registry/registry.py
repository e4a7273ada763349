"""Registry: the one face of every run, sweep and trial below one folder."""

from __future__ import annotations

from pathlib import Path

from backtests.registry.annotations import Annotations
from backtests.registry.count import TrialCount, count
from backtests.registry.database import Database
from backtests.registry.runs import Entry, Filter, Runs
from backtests.registry.sweeps import SweepEntry, Sweeps
from data.errors import Ambiguous


class Registry:
    """What was run below one folder (default: the user's data folder): runs, sweeps, both at once, notes."""

    def __init__(self, root: Path | None = None) -> None:
        self.database = Database(root)
        self.runs, self.sweeps = Runs(self.database), Sweeps(self.database)
        self.annotations = Annotations(self.database)

    @property
    def path(self) -> Path:
        """The file."""
        return self.database.path

    def newest(self, most: int = 50, wanted: Filter | None = None) -> list[Entry | SweepEntry]:
        """Return the newest runs and sweeps together, newest first."""
        entries: list[Entry | SweepEntry] = [*self.runs.newest(most, wanted), *self.sweeps.newest(most, wanted)]
        return sorted(entries, key=lambda entry: entry.created_at, reverse=True)[:most]

    def find(self, id: str) -> Entry | SweepEntry:
        """Return the run or the sweep of an id or of its unambiguous beginning; UnknownName with the close matches."""
        runs, sweeps = self.runs.named(id), self.sweeps.named(id)
        whole = id in runs or id in sweeps
        if runs and sweeps and not whole:
            raise Ambiguous("runs and sweeps", id, [*runs, *sweeps])
        if sweeps and id not in runs:
            return self.sweeps.show(id)
        return self.runs.show(id)

    def remove(self, entry: Entry | SweepEntry) -> str:
        """Leave a tombstone of a run or a sweep, whose trials stay counted; return its id."""
        if isinstance(entry, Entry):
            return self.runs.remove(entry.run_id).run_id
        return self.sweeps.remove(entry.sweep_id).sweep_id

    def count(
        self, traded: str, start: str = "", end: str = "", *, simulated: bool = False, prior: int = 0, own: str = ""
    ) -> TrialCount:
        """Return how much was tried on the underlying of `traded` (see `registry.count.count`)."""
        return count(self.database, traded, start, end, simulated=simulated, prior=prior, own=own)
