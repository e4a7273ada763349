"""Saved: one piece of work as it lies in its folder, for a notebook: a card, tables, a figure. Nothing is run."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from backtests.exports.figures import equity, intervals, marked
from backtests.pages.card import card
from backtests.pages.notebook import figures_of
from backtests.pages.text import number
from backtests.registry import Registry
from backtests.site.answers import FILES, answer_of, page_name
from backtests.site.gathered import id_of
from backtests.site.work import Answer
from data.errors import BadSpec, DataError
from data.files import shown

if TYPE_CHECKING:
    import plotly.graph_objects as go

CSV = ("equity", "orders", "trials", "subperiods", "walk_forward", "signal")
SHOWN = ("sharpe", "total_return", "max_drawdown")
WORDS = {"sharpe": "Sharpe ratio", "total_return": "Total return", "max_drawdown": "Worst drawdown"}


@dataclass(frozen=True, eq=False)
class Saved:
    """A run, sweep, sheet, examination, judgement, stress test or comparison on disk.

    `answer` is what its card says, `content` its JSON, `tables` its CSV files and the lists in its JSON, by name.
    """

    folder: Path
    answer: Answer

    @property
    def id(self) -> str:
        """Its id."""
        return self.answer.id

    @property
    def kind(self) -> str:
        """What it is: run, sweep, walk-forward, signal, lead, evidence, stress or compare."""
        return self.answer.kind

    @cached_property
    def content(self) -> dict[str, Any]:
        """The content of its JSON."""
        name = next(name for name in FILES if (self.folder / name).is_file())
        content: dict[str, Any] = json.loads((self.folder / name).read_text(encoding="utf-8"))
        return content

    @cached_property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Its tables by name: the CSV files (dates as the index), `values` (all single values), each list of rows."""
        found = {name: _csv(path) for name in CSV if (path := self.folder / f"{name}.csv").is_file()}
        rows = {name: pd.json_normalize(value) for name, value in self.content.items() if _is_rows(value)}
        plain = {name: value for name, value in self.content.items() if not _is_rows(value)}
        values = pd.Series(_flat(plain), name="value", dtype=object).rename_axis("name").to_frame()
        return {**found, "values": values, **{name: table for name, table in rows.items() if name not in found}}

    def to_frame(self) -> pd.DataFrame:
        """Return its first table: of a run its equity, of a sweep its sets, else its values."""
        first = {"run": "equity", "sweep": "trials", "walk-forward": "trials", "signal": "signal"}.get(
            self.kind, "values"
        )
        return self.tables.get(first, self.tables["values"])

    @cached_property
    def figures(self) -> list[go.Figure]:
        """The figures of its page, in their order, as plotly's own; none without a page."""
        page = self.folder / page_name(self.kind)
        found = figures_of(page.read_text(encoding="utf-8")) if page.is_file() else []
        return [marked(figure, self.answer) for figure in found]

    def plot(self) -> go.Figure:
        """Return its figure, plotly's: equity on a log scale where it has one, else the first of its page.

        Without a page: its 95% intervals. `figures` are all of its page.
        """
        if self.kind in ("run", "sweep", "walk-forward") and "equity" in self.tables:
            return equity(self.tables["equity"], self.answer)
        return self.figures[0] if self.figures else intervals(self.answer)

    def _repr_html_(self) -> str:
        told = self.answer
        numbers = {name: getattr(told, name) for name in SHOWN if getattr(told, name) is not None}
        return card(
            told.study,
            simulated=told.source if told.simulated else "",
            facts={
                "kind": told.kind,
                "bars": f"{told.start} to {told.end}",
                "verdict": told.verdict or "-",
                "id": told.id,
            },
            columns=["", ""],
            rows=[[WORDS[name], number(name, value)] for name, value in numbers.items()],
            notes=[told.sentence],
        )

    def __repr__(self) -> str:
        mark = "SIMULATED " if self.answer.simulated else ""
        return f"<Saved {mark}{self.kind} {self.id}: {self.answer.verdict or 'no verdict'}>"


def load(id: str | Path) -> Saved:
    """Return what lies on disk of an id, of its beginning, or in a folder of results.

    UnknownName with the close ids; BadSpec for a folder that holds no result; DataError where the files are gone.
    """
    folder = Path(id)
    if folder.is_dir():
        answer = answer_of(folder)
        if answer is None:
            raise BadSpec(f"{folder} holds no result of harbinger's; name the folder of a run, a sweep, ..., or an id")
        return Saved(folder, answer)
    entry = Registry().find(str(id))
    answer = answer_of(Path(entry.path)) if entry.path else None
    if answer is None or answer.id != id_of(entry):
        place = f" in {shown(Path(entry.path))}" if entry.path else ""
        raise DataError(
            f"{id_of(entry)} has no files{place}: harbinger report {id_of(entry)} makes those of a run again"
        )
    return Saved(Path(entry.path), answer)


def _csv(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path)
    return table.set_index("date") if "date" in table.columns else table


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _flat(plain: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return single values by path; lists of plain values as text."""
    found: dict[str, Any] = {}
    for name, value in plain.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = json.dumps(value) if isinstance(value, list) else value
    return found
