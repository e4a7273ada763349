"""A file of the user's: what runs is what was hashed, with what lies beside it, and with nothing else."""

import hashlib
import importlib.util
import os
import py_compile
import sys
from pathlib import Path

import pytest

from data.errors import BadSpec
from signals import user_code
from signals.base import Signal
from signals.discovery import find, user_files

SIGNAL = """
from dataclasses import dataclass
from helper import NUMBER, Base
from package.inner import WORD

@dataclass(frozen=True)
class Mine(Base):
    number = NUMBER
    word = WORD

    def compute(self, market):
        return market["leader"].values * NUMBER
"""
HELPER = """
from __future__ import annotations
from dataclasses import dataclass
from typing import Annotated
from signals.base import Signal
from signals.parameters import Parameter
NUMBER = {number}

@dataclass(frozen=True)
class Base(Signal):
    lookback: Annotated[int, Parameter("sessions", 2, 10)] = 3

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return self.lookback
"""


def write(folder, number):
    (folder / "package").mkdir(parents=True, exist_ok=True)
    (folder / "package" / "__init__.py").write_text("")
    (folder / "package" / "inner.py").write_text(f"WORD = 'word {number}'\n")
    (folder / "helper.py").write_text(HELPER.format(number=number))
    (folder / "mine.py").write_text(SIGNAL)
    return str(folder / "mine.py")


def test_what_lies_beside_is_imported_and_two_folders_are_apart(tmp_path):
    first, second = (find(write(tmp_path / str(n), n), Signal) for n in (1, 2))
    assert (first.number, first.word, second.number, second.word) == (1, "word 1", 2, "word 2")
    assert "helper" not in sys.modules
    assert "package" not in sys.modules
    assert first(lookback=4).history == 4


def test_the_files_of_a_signal_are_all_that_ran(tmp_path):
    names = {file.name for file in user_files(find(write(tmp_path, 1), Signal)())}
    assert names == {"mine.py", "helper.py", "__init__.py", "inner.py"}


def test_an_edited_file_beside_is_loaded_again(tmp_path):
    use = write(tmp_path, 1)
    assert find(use, Signal) is find(use, Signal)
    write(tmp_path, 5)
    assert find(use, Signal).number == 5


def test_each_file_is_told_before_it_runs(tmp_path, monkeypatch):
    heard = []
    monkeypatch.setattr(user_code, "heard_by", [lambda file, digest: heard.append((file.name, digest))])
    file = tmp_path / "told.py"
    file.write_text("raise ValueError('ran')\n")
    with pytest.raises(BadSpec, match="ran"):
        user_code.load(file)
    assert heard == [("told.py", hashlib.sha256(file.read_bytes()).hexdigest())]


def test_bytecode_beside_is_neither_believed_nor_written(tmp_path):
    write(tmp_path, 1)
    helper = tmp_path / "helper.py"
    honest = helper.read_text()
    helper.write_text(honest.replace("NUMBER = 1", "NUMBER = 6"))
    py_compile.compile(str(helper), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    helper.write_text(honest)
    assert find(str(tmp_path / "mine.py"), Signal).number == 1
    assert [file.name for file in tmp_path.rglob("*.pyc")] == [Path(importlib.util.cache_from_source("helper.py")).name]


def test_nothing_beside_stands_in_for_what_is_installed_or_for_what_others_ask_for(tmp_path):
    for name in ("numpy", "signals", "data", "fractions", "no_such_library"):
        (tmp_path / f"{name}.py").write_text("raise ValueError('a file beside ran')")
    (tmp_path / "optional").mkdir()
    (tmp_path / "asks.py").write_text(
        "import numpy, signals.base, data.files, fractions\n"
        "assert numpy.__version__\n"
        "import tests.signals.asks_for_a_library as other\n"
        "assert other.have is False\n"
    )
    sys.modules.pop("tests.signals.asks_for_a_library", None)
    user_code.load(tmp_path / "asks.py")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import sys\nsys.exit(0)\n", "SystemExit: 0"),
        ("import nothing_of_this_name\n", "No module named 'nothing_of_this_name'"),
        ("def f(:\n", "SyntaxError"),
        ("x = 1\0\n", "null bytes"),
        ("import broken\n", "a file beside is broken"),
    ],
)
def test_a_file_that_does_not_load_is_one_error(tmp_path, text, says):
    (tmp_path / "bad.py").write_text(text)
    (tmp_path / "broken.py").write_text("raise OSError('a file beside is broken')")
    for _ in range(2):
        with pytest.raises(BadSpec, match=says):
            user_code.load(tmp_path / "bad.py")
    assert "broken" not in sys.modules


def test_a_file_that_cannot_be_read_is_said(tmp_path, monkeypatch):
    def refuse(self):
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(BadSpec, match="Permission denied"):
        user_code.load(tmp_path / "closed.py")
