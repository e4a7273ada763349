"""What is drawn against everything that reads: CSV files, experiments in TOML, words of the command line, constraints.

Each target is a property of one argument that a strategy draws: whatever comes, the answer is a result that holds or one
line of ours, never another error. What was found stands as an `example` of its target, for ever. `python -m tests.fuzz`
draws for ten minutes, `make test` a hundred of each.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

import click
import numpy as np
import pandas as pd
from hypothesis import strategies as st

from backtests.cli import main
from backtests.experiments.studies import load, study_names
from backtests.experiments.toml import dump, parse
from backtests.metrics.performance import NAMES
from backtests.sweeps.plans.axes import split
from backtests.sweeps.plans.constraint import Constraint
from data.catalogue import lookup
from data.errors import HarbingerError, refused
from data.sources.folder.source import FolderSource
from data.table import validate
from tests.contracts import make_tables
from tests.mistakes import VALUES, WORDS, base_of, commands, line_of

IDS = ("ETH-USD", "IWM", "DGS2", "NFCI")
SCRATCH = tempfile.TemporaryDirectory(prefix="harbinger-fuzz-")
NOW = pd.Timestamp("2022-01-10", tz="UTC")
STUDIES = {name: dump(load(name)) for name in study_names()}


def said(error: Exception) -> None:
    """Hold an error to one line that can be read."""
    text = str(refused(error) if isinstance(error, OSError) else error)
    assert "\n" not in text, text
    assert len(text) < 3_000, text


# Tables


def _histories() -> dict[str, bytes]:
    tables = make_tables(["ETH-USD", "IWM", "DGS2"])
    csv = {id: table.tail(40).to_csv(index=False, date_format="%Y-%m-%d").encode() for id, table in tables.items()}
    return csv | {"NFCI": b"date,vintage,value\n2021-12-03,2021-12-08,-0.5\n2021-12-10,2021-12-15,-0.51\n"}


HISTORIES = _histories()
CELLS = ("", ".", "nan", "inf", "-1", "0", "1e308", "1e-320", "1,5", '"1', "1.5.2", "\uff12", "0x1", "2021-13-01", "2021-12-31", "12/31/2021",
         "1638316800", "2021-12-31T00:00:00+09:00", "null", "=1+1", "\t", "1_000", "9" * 400, "True", "-0")  # fmt: skip


@st.composite
def csv_files(draw):
    """Draw (series, suffix, content): a history with cells changed, lines doubled, moved, cut, bytes flipped."""
    id = draw(st.sampled_from(IDS))
    lines = [line.split(b",") for line in HISTORIES[id].splitlines()]
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 5)):
            case 0 if lines[at]:
                lines[at][draw(st.integers(0, len(lines[at]) - 1))] = draw(st.sampled_from(CELLS)).encode()
            case 1:
                lines.insert(at, list(lines[draw(st.integers(0, len(lines) - 1))]))
            case 2 if len(lines) > 1:
                del lines[at]
            case 3:
                lines[at] = lines[at][: draw(st.integers(0, 6))]
            case 4:
                lines[at] = [*lines[at], draw(st.text(max_size=5)).encode("utf-8", "surrogatepass")]
            case _:
                lines[at] = [draw(st.binary(max_size=20))]
    content = draw(st.sampled_from((b"\n", b"\r\n", b"\r"))).join(b",".join(line) for line in lines)
    if draw(st.booleans()):
        content += b"\n"
    if draw(st.integers(0, 9)) == 0:
        at = draw(st.integers(0, len(content)))
        content = content[:at] + draw(st.binary(max_size=8)) + content[at + draw(st.integers(0, 8)) :]
    return id, draw(st.sampled_from((".csv", ".csv", ".csv", ".csv.gz", ".parquet"))), content


def reads_csv(case):
    """A file is refused in one line, or its table is one that harbinger's own rules accept."""
    id, suffix, content = case
    with tempfile.TemporaryDirectory(dir=SCRATCH.name) as folder:
        (Path(folder) / f"{id}{suffix}").write_bytes(content)
        source = FolderSource(Path(folder), now=lambda: NOW)
        try:
            table = source.load(lookup(id))
        except HarbingerError as error:
            said(error)
        else:
            validate(table, lookup(id), source.name)
            numbers = table.select_dtypes("float").drop(columns="volume", errors="ignore").to_numpy()
            assert np.isfinite(numbers).all() or lookup(id).kind == "vintages"


# Experiments

SCALARS = st.one_of(
    st.integers(), st.floats(), st.booleans(), st.text(max_size=20), st.dates(), st.times(), st.datetimes()
)
VALUE_TEXTS = st.sampled_from(VALUES) | SCALARS.map(lambda value: _toml(value))


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, str):
        return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in value) + '"'
    return value.isoformat() if hasattr(value, "isoformat") else repr(value)


@st.composite
def toml_files(draw):
    """Draw a study with values changed, lines doubled, moved and left out, characters put in."""
    lines = STUDIES[draw(st.sampled_from(sorted(STUDIES)))].splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        key, equals, _ = lines[at].partition(" = ")
        match draw(st.integers(0, 4)):
            case 0 | 1 if equals:
                lines[at] = f"{key} = {draw(VALUE_TEXTS)}"
            case 2:
                lines.insert(at, draw(st.sampled_from(lines)))
            case 3 if len(lines) > 1:
                del lines[at]
            case _:
                lines[at] += draw(st.text(max_size=10))
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def reads_toml(content):
    """A file is refused in one line, or is an experiment that its own file gives back."""
    try:
        experiment = parse(content, "drawn.toml", near=Path(SCRATCH.name))
    except (HarbingerError, OSError) as error:
        said(error)
    else:
        assert parse(dump(experiment).encode(), "again") == experiment


# Constraints and axes

BASE_STUDY = load("small_cap_trend")
KNOWN = (*(parameter.path for parameter in BASE_STUDY.parameters()), *NAMES)
ATOMS = st.sampled_from(
    (
        *KNOWN[-8:],
        "trend.lookback",
        "threshold",
        "sharpe",
        "0",
        "1.5",
        "1e999",
        "'hold'",
        "nan",
        "-1",
        "unknown",
        "a.b.c",
        "()",
        "[1]",
    )
)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(("+", "-", "*", "/", "<", "<=", "==", "!=", ">", "and", "or", "**", "//", "in", "is", "%")), inner).map(" ".join),
        st.tuples(st.sampled_from(("abs", "min", "max", "not", "-", "print", "__import__", "lambda:", "~")), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(st.sampled_from(("abs", "min", "max")), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        inner.map(lambda text: f"({text})"),
    ),
    max_leaves=12,
)  # fmt: skip
COLUMNS = {name: np.array([0.5, np.nan, -1.0]) for name in KNOWN} | {"market.join": "hold", "study.name": "x"}


def reads_constraint(text):
    """A condition is refused in one line, or says yes or no of each set."""
    try:
        answer = Constraint.parse(text, KNOWN).holds(COLUMNS, 3)
    except HarbingerError as error:
        said(error)
    else:
        assert answer.dtype == bool
        assert answer.shape == (3,)


@st.composite
def settings_words(draw):
    """Draw words after -s: a path or nearly one, with values, lists and ranges."""
    path = draw(st.sampled_from(KNOWN[: -len(NAMES)]) | st.text(max_size=10))
    number = st.integers(-5, 500).map(str) | st.floats().map(repr) | st.text(max_size=6)
    values = st.lists(number, min_size=1, max_size=4)
    return f"{path}={draw(st.sampled_from((',', ':'))).join(draw(values))}"


def reads_settings(word):
    """Settings are refused in one line, or give values and axes of the study."""
    try:
        fixed, axes = split(BASE_STUDY, [word])
    except HarbingerError as error:
        said(error)
    else:
        assert len(fixed) + len(axes) == 1
        assert all(isinstance(value, int | float | str | bool) for axis in axes for value in axis.values)


# Commands

LEFT_OUT = ("demo", "data fetch")  # what asks the network, and what lacks no data and would run for long
SERVES_NOTHING = patch("backtests.site.served.SiteServer.serve_forever", lambda _: None)  # what serves does not end
PARAMETERS = [(name, parameter) for name, command in commands() if name not in LEFT_OUT for parameter in command.params]


@st.composite
def command_words(draw):
    """Draw the words of a call that ends for want of data, with one or two options or arguments wrong."""
    name, parameter = draw(st.sampled_from(PARAMETERS))
    value = draw(st.sampled_from(WORDS) | st.text(max_size=30))
    if isinstance(parameter, click.Argument):
        words = [value, *base_of(name)[1:]]
    elif parameter.is_flag:
        words = [*base_of(name), parameter.opts[-1], *([value] if draw(st.booleans()) else [])]
    else:
        value = f"out/{value.replace('/', '-').replace('.', '-')}" if "--out" in parameter.opts else value
        words = [*base_of(name), parameter.opts[-1], value]
    return [*name.split(), *draw(st.permutations(words) if draw(st.integers(0, 9)) == 0 else st.just(words))]


def reads_words(words):
    """A command ends with 0, 1 or 2 and, where it is wrong, one line of its own."""
    if any(word.startswith(("simulated", "folder:/")) for word in words) or words[0] == "-":
        return
    out, err = io.StringIO(), io.StringIO()
    kept = Path.cwd(), sys.argv, os.environ["HARBINGER_HOME"]
    with tempfile.TemporaryDirectory(dir=SCRATCH.name) as folder:
        os.chdir(folder)
        os.environ["HARBINGER_HOME"] = str(Path(folder) / "home")
        sys.argv = ["harbinger", *words]
        code = 0
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), SERVES_NOTHING:
                main()
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            os.chdir(kept[0])
            sys.argv = kept[1]
            os.environ["HARBINGER_HOME"] = kept[2]
    wrong = line_of(code, err.getvalue())
    assert not wrong, f"{wrong}: {err.getvalue()[-400:]}"


TARGETS = {
    "CSV": (reads_csv, csv_files()),
    "TOML": (reads_toml, toml_files() | st.binary(max_size=60)),
    "constraint": (reads_constraint, EXPRESSIONS | st.text(max_size=30)),
    "settings": (reads_settings, settings_words()),
    "CLI": (reads_words, command_words()),
}
# What was found, kept for ever.
FOUND: dict[str, list] = {
    "CSV": [("NFCI", ".csv", b"date,vintage,value\n2021-12-03,2021-12-08,-0.5,\n2021-12-10,2021-12-15\n")],
    "TOML": [
        b"a = " + b"9" * 5_000, b"costs = 3\n[strategy]\nuse = 'hold'", b"data = []\n[strategy]\nuse = 'hold'",
        b'[strategy]\nuse = "a\\u0000.py"', b"[data]\nfingerprint = '../../x'\n[strategy]\nuse = 'hold'", b"a = " + b"[" * 20_000,
    ],
    "constraint": [],
    "settings": ["trend.lookback=" + "9" * 400, "costs.cash_yield=:0", "costs.cash_yield=0:", "threshold=0:1e999999:1", "threshold=0:1:1e-999999", "threshold=0:1e5000:1", "study.name=0,\n,0", "threshold=0:\n:0"],
    "CLI": [["runs", "list", "--most", "9" * 400], ["run", "own_trend", "--out", "out/\0"], ["runs", "show", "\udcff"], ["runs", "list", "--json", "\n"], ["sweep", "own_trend", "-s", "trend.lookback=20,40", "--dask", "\n"], ["new", "--"], ["check", "warmup", "~0"]],
}  # fmt: skip
