"""harbinger new: what it writes works as it stands, and nothing is ever replaced or hidden."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.paths import ROOT

WRITTEN = {
    "signal": ["mine.py", "test_mine.py"],
    "strategy": ["mine.py", "mine.toml", "test_mine.py"],
    "study": ["mine.toml", "test_mine.py"],
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", WRITTEN)
def test_it_works_as_it_stands(harbinger, own_home, kind):
    code, out, err = harbinger("new", kind, "mine", "--out", "own")
    assert (code, err) == (0, "")
    assert sorted(path.name for path in Path("own").iterdir()) == WRITTEN[kind]
    subject = next(f"own/{name}" for name in reversed(WRITTEN[kind][:-1]))
    assert harbinger("check", "lookahead", subject, "--source", "simulated", "--cuts", "5")[0] == 0
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        os.devnull,
        "--rootdir",
        ".",
        "test_mine.py",
    ]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(words, cwd="own", env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_nothing_is_replaced(harbinger):
    Path("test_mine.py").write_text("mine")
    code, out, err = harbinger("new", "signal", "mine")
    assert (code, out) == (2, "")
    assert err == "harbinger: test_mine.py: already there, and nothing is replaced; choose another name or folder\n"
    assert not Path("mine.py").exists()
    assert Path("test_mine.py").read_text() == "mine"


NAMES = [
    "Mine",
    "9lives",
    "a-b",
    "../up",
    "a b",
    "",
    "x" * 41,
    "class",
    "_",
    "a.py",
    "own_momentum",
    "own_trend",
    "json",
    "pandas",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_that_hides_nothing(harbinger, tmp_path, name):
    code, out, err = harbinger("new", "signal", name)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert list(tmp_path.rglob("*.py")) == []
