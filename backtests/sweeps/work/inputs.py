"""The frozen inputs of a sweep: every series that any of its sets reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product

from backtests.experiments.experiment import as_date
from backtests.runs.batch.shared_bars import SharedBarsByMarket
from backtests.runs.run import is_simulated
from backtests.sweeps.plans.plan import Plan
from data.checks.in_use import inspect
from data.errors import DataError, UsageError
from data.files import without_places
from data.market import load_tables, stand_in_notes
from data.sources.base import Source
from data.sources.open import load_some
from data.store import Store
from signals.parameters import Value


@dataclass(frozen=True, eq=False)
class Inputs:
    """What a sweep runs on, and what `data.checks` has to say of it (`notes`)."""

    stages: SharedBarsByMarket
    source: str
    fingerprint: str
    notes: tuple[str, ...] = ()

    @property
    def simulated(self) -> bool:
        """Whether the numbers are made."""
        return is_simulated(self.source)


def freeze(plan: Plan, source: Source, store: Store | None) -> Inputs:
    """Return the inputs from a source, frozen in `store`; without one they are only to be measured.

    A series that only some sets need fails those if it is missing, or has an error that the base does not accept;
    SuspectData if all sets need it.
    """
    wanted = list(_needs(plan))
    always = set.intersection(*(needs for needs, _ in wanted)) if wanted else set[str]()
    tables, lacking = load_some(source, set().union(*(optional for _, optional in wanted)))
    tables |= load_tables(source, always - set(tables))
    for id in sorted(set().union(*(needs for needs, _ in wanted)) - always - set(tables)):
        try:
            tables |= load_tables(source, [id])
        except DataError as error:
            lacking[id] = without_places(str(error))
    end = None if "study.end" in plan.paths else as_date("study.end", plan.base.study.end)
    found = inspect(tables, simulated=source.simulated, accept=plan.base.accept, end=end, needed=always)
    tables = {id: table for id, table in tables.items() if id not in found.refused}
    lacking |= found.refused
    fetched_at = datetime.now(UTC).isoformat(timespec="seconds")
    fingerprint = store.freeze(tables, source=source.name, fetched_at=fetched_at) if store else ""
    needed = sorted(set().union(*(needs for needs, _ in wanted)))
    notes = (*found.notes, *stand_in_notes(needed, tables, source.name))
    return Inputs(SharedBarsByMarket(tables, source.name, lacking), source.name, fingerprint, notes)


def thaw(fingerprint: str, store: Store, lacking: Mapping[str, str], notes: Iterable[str] = ()) -> Inputs:
    """Return the inputs frozen earlier, why others were lacking and what was said; DataError if they are not here."""
    frozen = store.thaw(fingerprint)
    if frozen is None:
        raise DataError(f"the inputs {fingerprint} are not in this store; sweep again, on a source (--source)")
    source, tables = frozen
    return Inputs(SharedBarsByMarket(tables, source, lacking), source, fingerprint, tuple(notes))


def _needs(plan: Plan) -> Iterator[tuple[set[str], set[str]]]:
    """Yield what cannot be missing and what can, of every market that the sets name, and of each other axis' values."""
    markets = [at for at, path in enumerate(plan.paths) if path.startswith("market.")]
    for values in _markets(plan, markets):
        yield from _of(plan, {plan.paths[at]: value for at, value in zip(markets, values, strict=True)})
    for axis in plan.axes:
        if not axis.path.startswith(("market.", "execution.", "study.")):
            for value in axis.values:
                yield from _of(plan, {axis.path: value})


def _markets(plan: Plan, places: list[int]) -> set[tuple[Value, ...]]:
    """Return the values of the axes of the market that sets have together; of a search, those that they may have."""
    if plan.method == "tpe":
        return set(product(*(plan.axes[at].values or (plan.axes[at].at(0.0),) for at in places)))
    return {tuple(values[at] for at in places) for values in plan.sets}


def _of(plan: Plan, settings: dict[str, Value]) -> Iterator[tuple[set[str], set[str]]]:
    try:
        experiment = plan.base.with_values(settings)
        yield set(experiment.needs) - set(experiment.optional), set(experiment.optional)
    except UsageError:
        return  # does not go with the base; it may with other values, and needs nothing more
