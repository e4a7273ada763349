"""A file of one's own to begin with, and its test: written as text, run by nobody."""

from __future__ import annotations

import keyword
import re
import sys
from importlib.machinery import PathFinder
from importlib.resources import files
from pathlib import Path
from typing import Literal

from backtests.experiments.studies import study_names
from data.errors import UsageError
from data.files import check_folder, write_atomic
from signals.discovery import names
from signals.earlier_names import TODAY

Kind = Literal["signal", "strategy", "study"]
PARTS: dict[Kind, dict[str, str]] = {  # the name of each file, by its template
    "signal": {"signal.py.txt": "{name}.py", "signal.test.txt": "test_{name}.py"},
    "strategy": {
        "strategy.py.txt": "{name}.py",
        "strategy.toml.txt": "{name}.toml",
        "strategy.test.txt": "test_{name}.py",
    },
    "study": {"study.toml.txt": "{name}.toml", "study.test.txt": "test_{name}.py"},
}
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
RULE = "a small letter, then at most 39 small letters, digits and _"


def write(kind: Kind, name: str, out: Path = Path()) -> list[Path]:
    """Write the files of a new signal, strategy or study into `out`; return them, what is to be edited first.

    UsageError for a name that is none, or is taken, and where a file is there already: nothing is replaced.
    """
    _check(kind, name)
    check_folder(out)
    paths = {template: out / file.format(name=name) for template, file in PARTS[kind].items()}
    there = [str(path) for path in paths.values() if path.exists() or path.is_symlink()]
    if there:
        raise UsageError(f"{', '.join(there)}: already there, and nothing is replaced; choose another name or folder")
    camel = "".join(word.capitalize() for word in name.split("_"))
    for template, path in paths.items():
        text = files("backtests").joinpath("templates", template).read_text(encoding="utf-8")
        write_atomic(path, text.replace("CLASS", camel).replace("NAME", name).encode())
    return list(paths.values())


def _check(kind: Kind, name: str) -> None:
    if not NAME.fullmatch(name) or keyword.iskeyword(name) or not name.strip("_"):
        raise UsageError(f"{name!r} is no name of a {kind}: {RULE}, and no word of Python's")
    known = {"signal": "signals", "strategy": "strategies"}.get(kind)
    if name in (names(known) if known else study_names()):
        raise UsageError(f"{name} is a built-in {kind} already; choose another name")
    if kind == "signal" and name in TODAY:
        raise UsageError(f"{name} is the earlier name of the built-in signal {TODAY[name]}; choose another name")
    if name in sys.stdlib_module_names or PathFinder.find_spec(name) is not None:
        raise UsageError(
            f"{name} is a module of Python or of a library, which a file {name}.py would hide; choose another"
        )
