"""Which files decide which numbers: a line is added to each source file in a copy, and the hashes that move are known."""

import shutil
from contextlib import contextmanager

import pytest

from backtests.registry.identity import DECIDE, deciding_files, hash_of
from tests.paths import ROOT

EVERY = {"run", "sweep", "stress", "signal", "lead", "evidence"}
MOVES = {
    "data": EVERY,
    "data/calendars": EVERY,
    "data/fed_funds": EVERY,
    "data/sources": EVERY,
    "data/sources/folder": EVERY,
    "data/sources/simulated": EVERY,
    "data/checks": set(),
    "signals": EVERY,
    "strategies": EVERY,
    "backtests": set(),
    "backtests/experiments": EVERY,
    "backtests/engine": EVERY,
    "backtests/engine/kernel": {"sweep", "stress", "evidence"},
    "backtests/metrics": EVERY,
    "backtests/runs": EVERY,
    "backtests/runs/batch": {"sweep", "stress", "evidence"},
    "backtests/runs/recovery": set(),
    "backtests/runs/tearsheet": {"run"},
    "backtests/statistics": EVERY,
    "backtests/sweeps": {"sweep"},
    "backtests/sweeps/page": set(),
    "backtests/sweeps/plans": {"sweep"},
    "backtests/sweeps/work": {"sweep"},
    "backtests/sweeps/folder": {"sweep"},
    "backtests/cluster": {"sweep", "evidence"},
    "backtests/sweeps/walk_forward": {"sweep"},
    "backtests/stress": {"stress"},
    "backtests/signal_sheets": {"signal"},
    "backtests/lead": {"lead"},
    "backtests/evidence": {"evidence"},
    "backtests/registry": set(),
    "backtests/pages": set(),
    "backtests/comparisons": set(),
    "backtests/today": set(),
    "backtests/checks": set(),
    "backtests/fedwatch": set(),
    "backtests/site": set(),
    "backtests/reports": set(),
    "backtests/exports": set(),
    "backtests/templates": set(),
    "backtests/cli": set(),
    "backtests/cli/screens": set(),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    root = tmp_path_factory.mktemp("copy")
    for package in ("data", "signals", "strategies", "backtests"):
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def hashes(root):
    return {question: hash_of(root, deciding_files(root, question)) for question in DECIDE}


def sources(root, folder):
    """Every file of a folder but a mark for type checkers and what a browser runs: whatever is read may decide."""
    return sorted(
        file for file in (root / folder).iterdir()
        if file.is_file() and file.name != "py.typed" and file.suffix not in (".js", ".css", ".html")
    )  # fmt: skip


@contextmanager
def changed(file):
    """A line more in a file, for as long as it takes."""
    content = file.read_bytes()
    file.write_bytes(content + b"# one more line\n")
    try:
        yield
    finally:
        file.write_bytes(content)


def test_every_folder_of_the_project_is_in_the_table(copy):
    folders = {str(file.parent.relative_to(copy)) for file in copy.rglob("*.py")}
    assert folders == set(MOVES), "a new folder: say here, and in registry/identity.py, which numbers it decides"


@pytest.mark.parametrize("folder", MOVES)
def test_a_file_decides_what_its_folder_does(copy, folder):
    """Which hashes each file is in; and of a folder with one line more in its last file, which hashes move."""
    deciding = {question: set(deciding_files(copy, question)) for question in DECIDE}
    before, files = hashes(copy), sources(copy, folder)
    for file in files:
        assert {question for question in DECIDE if file in deciding[question]} == MOVES[folder], file
    with changed(files[-1]):
        after = hashes(copy)
    assert {question for question in DECIDE if after[question] != before[question]} == MOVES[folder], folder


@pytest.mark.parametrize("question", DECIDE)
def test_a_line_more_in_any_file_moves_the_hash(copy, question):
    """Every file of the question, a folder of them at a time: a hash takes in whatever it is given."""
    for folder in DECIDE[question]:
        files = sources(copy, folder)
        before = hash_of(copy, files)
        for file in files:
            with changed(file):
                assert hash_of(copy, files) != before, file


def test_a_new_file_and_a_moved_one_are_seen(copy):
    before = hashes(copy)
    (copy / "signals" / "new.py").write_text("")
    assert all(hashes(copy)[question] != before[question] for question in DECIDE)
    (copy / "signals" / "new.py").rename(copy / "strategies" / "new.py")
    assert all(hashes(copy)[question] != before[question] for question in DECIDE)
    (copy / "strategies" / "new.py").unlink()
    assert hashes(copy) == before
