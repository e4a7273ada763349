"""Files of other programs: CSV and Parquet (a folder of tables), a workbook, a notebook that loads the work.

Text that a spreadsheet would take for a formula (it begins with = + - @, a tab or a return) gets an apostrophe in
front: a name that somebody chose must not compute anything in CSV or in a workbook.
"""

from __future__ import annotations

import importlib.util
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from backtests.exports.saved import Saved
from data.errors import UsageError
from data.files import check_file, check_folder, write_atomic

Format = Literal["csv", "parquet", "xlsx", "ipynb"]
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
MOST_ROWS, LONGEST_SHEET = 1_048_575, 31  # of a workbook
EXTRAS = {"xlsx": ("openpyxl", "xlsx"), "ipynb": ("nbformat", "notebook")}  # the library, and the extra that brings it


def export(work: Saved, format: Format, out: Path | None = None) -> Path:
    """Write `work` as `format` and return where it is: a folder of tables (csv, parquet), or one file.

    Default: the id with the format's name in the current folder. UsageError where something is there already, or a
    library is missing.
    """
    _check(format)
    tables = format in ("csv", "parquet")
    place = out if out is not None else Path(f"{work.id}-{format}" if tables else f"{work.id}.{format}")
    (check_folder if tables else check_file)(place)
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise UsageError(f"{place} is there already, and nothing is replaced; choose another place (--out)")
    for path, content in WRITE[format](work, place).items():
        write_atomic(path, content)
    return place


def _check(format: Format) -> None:
    library, extra = EXTRAS.get(format, ("pandas", ""))
    if importlib.util.find_spec(library) is None:
        raise UsageError(f"--format {format} needs {library}: pip install 'harbinger-eth[{extra}]'")


def _csv(work: Saved, place: Path) -> dict[Path, bytes]:
    return {
        place / f"{name}.csv": harmless(table).to_csv(index=_is_named(table), lineterminator="\n").encode()
        for name, table in work.tables.items()
    }


def _parquet(work: Saved, place: Path) -> dict[Path, bytes]:
    found = {}
    for name, table in work.tables.items():
        payload = io.BytesIO()
        _as_text(table.reset_index() if _is_named(table) else table).to_parquet(payload, index=False)
        found[place / f"{name}.parquet"] = payload.getvalue()
    return found


def _xlsx(work: Saved, place: Path) -> dict[Path, bytes]:
    payload = io.BytesIO()
    with pd.ExcelWriter(payload, engine="openpyxl") as book:
        for name, table in work.tables.items():
            rows = _as_text(harmless(table)).head(MOST_ROWS).map(_printable)
            rows.to_excel(book, sheet_name=name[:LONGEST_SHEET], index=_is_named(table))
    return {place: payload.getvalue()}


def _ipynb(work: Saved, place: Path) -> dict[Path, bytes]:
    import nbformat  # noqa: PLC0415  # an extra

    v4: Any = nbformat.v4  # untyped
    mark = "SIMULATED " if work.answer.simulated else ""
    head = f"# {mark}{work.kind} `{work.id.replace('`', '')}`\n\nIt reads what lies on disk; nothing is run."
    code = (
        f"from backtests import load\n\nwork = load({work.id!r})\nwork",
        "work.plot()",
        "work.to_frame()",
        "{name: table.shape for name, table in work.tables.items()}",
    )
    cells = [v4.new_markdown_cell(head), *map(v4.new_code_cell, code)]
    for at, cell in enumerate(cells):
        cell["id"] = f"cell-{at}"  # the same each time
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return {place: f"{v4.writes(v4.new_notebook(cells=cells, metadata=kernel))}\n".encode()}


WRITE: Mapping[Format, Callable[[Saved, Path], dict[Path, bytes]]] = {
    "csv": _csv,
    "parquet": _parquet,
    "xlsx": _xlsx,
    "ipynb": _ipynb,
}


def harmless(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table in which no text, name of a column or label begins as a formula does."""
    plain = table.map(_harmless)
    plain.columns = pd.Index([_harmless(str(name)) for name in table.columns])
    if _is_named(table):
        plain.index = pd.Index([_harmless(label) for label in table.index], name=table.index.name)
    return plain


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _printable(value: Any) -> Any:
    """Return a value without the control characters that no workbook can hold."""
    return CONTROL.sub("", value) if isinstance(value, str) else value


def _is_named(table: pd.DataFrame) -> bool:
    return table.index.name is not None


def _as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose columns of several types are text, as Parquet and workbooks want them."""
    mixed = [name for name, column in table.items() if column.dtype == object]
    return table.assign(**{str(name): table[name].map(lambda v: None if v is None else str(v)) for name in mixed})
