"""No number without a row: whatever stops a run, and whatever is wrong with the registry."""

import json
import os
import resource
import sqlite3
import subprocess
import sys
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from backtests.experiments.studies import load
from backtests.registry import Registry
from backtests.registry.schema import VERSION
from backtests.runs import recorded
from backtests.runs.recorded import run_and_record
from data.errors import DataError
from tests.paths import ROOT

RUN = ("run", "own_trend", "--source", "simulated:null", "--end", "2017-06-30", "--no-tearsheet")
NUMBERS = {"equity.csv", "orders.csv", "run.json", "tearsheet.html"}
WAYS = ("kill", "interrupt", "full")


def looks(step):
    return step["families"]


def ideas(step):
    return step["ideas"]


def rows(step):
    return len(step["statuses"])


# What is recorded: the files that hold numbers, and what says that they are counted.
KINDS = {
    "run": (NUMBERS, ideas),
    "sheet": ({"signal.csv", "signal.html", "signal.json"}, looks),
    "lead": ({"lead.html", "lead.json"}, looks),
    "evidence": ({"evidence.html", "evidence.json"}, ideas),
    "stress": ({"stress.html", "stress.json"}, rows),
}


def stops(kind, folder):
    """What stands after `kind` was stopped at each of its steps, in each of three ways (`killed.py`)."""
    code = f"import runpy, sys; sys.path.insert(0, {str(ROOT)!r}); runpy.run_path(sys.argv.pop(1), run_name='__main__')"
    words = [sys.executable, "-P", "-c", code, str(ROOT / "tests/backtests/runs/killed.py"), kind, str(folder)]
    done = subprocess.run([*words, *WAYS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_number_stands_on_the_disk_that_nobody_counts(kind, tmp_path):
    numbers, counted = KINDS[kind]
    stopped = stops(kind, tmp_path)
    for how in WAYS:
        steps = [step for step in stopped if step["how"] == how]
        assert len(steps) > 20
        assert (steps[-1]["ended"], steps[-1]["statuses"], counted(steps[-1])) == (0, ["ok"], 1)
        assert numbers <= set(steps[-1]["files"])
        for at, step in enumerate(steps):
            if numbers & set(step["files"]):
                assert counted(step) == 1, (at, step)
            if step["statuses"] == ["failed"]:
                assert not numbers & set(step["files"]), (at, step)
            assert "running" not in step["statuses"], (at, step)
        assert any(numbers & set(step["files"]) and step["ended"] for step in steps)


def test_the_row_stands_while_the_run_computes(monkeypatch, tmp_path):
    seen = []

    def run_on(*words):
        (entry,) = Registry().runs.newest()
        seen.append((entry.status, Registry().count("ETH-USD", simulated=True).ideas, list(tmp_path.glob("out/*"))))
        return run(*words)

    run = recorded.run_on
    monkeypatch.setattr(recorded, "run_on", run_on)
    done = run_and_record(load("own_trend"), "simulated:null", tmp_path / "out", tearsheet=False)
    assert seen == [("running", 1, [])]
    (entry,) = Registry().runs.newest()
    assert (entry.run_id, entry.status, entry.start) == (done.run_id, "ok", done.record.start)


def test_what_fails_before_a_number_is_no_trial(monkeypatch, tmp_path):
    monkeypatch.setattr(recorded, "run_on", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run_and_record(load("own_trend"), "simulated:null", tmp_path / "out", tearsheet=False)
    (entry,) = Registry().runs.newest()
    assert (entry.status, entry.reason) == ("failed", "ZeroDivisionError: division by zero")
    assert Registry().count("ETH-USD", simulated=True).ideas == 0


def test_what_fails_after_a_number_is_a_trial(monkeypatch, tmp_path):
    def write(*_):
        raise DataError("no space left")

    monkeypatch.setattr(recorded.files, "write", write)
    with pytest.raises(DataError, match="no space left"):
        run_and_record(load("own_trend"), "simulated:null", tmp_path / "out", tearsheet=False)
    (entry,) = Registry().runs.newest()
    assert (entry.status, entry.reason) == ("interrupted", "DataError: no space left")
    assert Registry().count("ETH-USD", simulated=True).ideas == 1


# The registry cannot be opened or written


@contextmanager
def garbage(file):
    file.write_bytes(b"this is no database at all" * 100)
    yield


@contextmanager
def cut(file):
    """Half of a registry."""
    Registry().runs.newest()
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    yield


@contextmanager
def overwritten(file):
    """A registry with a page of noise in it."""
    Registry().runs.newest()
    content = bytearray(file.read_bytes())
    content[4096:8192] = b"\xa7" * 4096
    file.write_bytes(bytes(content))
    yield


@contextmanager
def folder(file):
    file.mkdir()
    yield


@contextmanager
def dangling(file):
    file.symlink_to(file.parent / "nowhere" / "registry.sqlite")
    yield


@contextmanager
def loop(file):
    file.symlink_to(file)
    yield


@contextmanager
def newer(file):
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("PRAGMA user_version = 99")
    yield


@contextmanager
def foreign(file):
    """A file of this version by its number, without its tables."""
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE songs (title TEXT)")
        database.execute(f"PRAGMA user_version = {VERSION}")
    yield


@contextmanager
def busy(file):
    Registry().runs.newest()
    with closing(sqlite3.connect(file)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def home_is_a_file(file):
    file.parent.rmdir()
    file.parent.write_text("")
    yield


@contextmanager
def read_only(file):
    """A file system that may be read (mounted by root), else a folder and a file without the right to write."""
    Registry().runs.newest()
    if os.geteuid() == 0 and subprocess.run(["mount", "--bind", file.parent, file.parent], check=False).returncode == 0:
        subprocess.run(["mount", "-o", "remount,bind,ro", file.parent], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", file.parent], check=True)
        return
    file.chmod(0o400), file.parent.chmod(0o500)
    try:
        yield
    finally:
        file.parent.chmod(0o700)


@contextmanager
def quota(file):
    """No file may grow: the nearest to a full disk that a process can make by itself."""
    Registry().runs.newest()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def full(file):
    """A disk of a hundred kilobytes, full but for the registry (mounted by root), else as `quota`."""
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=100k", "none", file.parent], check=False, capture_output=True
    )
    if os.geteuid() != 0 or made.returncode:
        with quota(file):
            yield
        return
    try:
        Registry().runs.newest()
        with suppress(OSError), (file.parent / "rest").open("wb", buffering=0) as rest:
            while True:
                rest.write(b"0" * 1024)
        yield
    finally:
        subprocess.run(["umount", file.parent], check=True)


DAMAGED, CLOSED, SPACE = "it is damaged", "check the permissions", "free some space"
REFUSED = {
    garbage: DAMAGED, cut: DAMAGED, overwritten: DAMAGED, folder: CLOSED, dangling: CLOSED, loop: CLOSED,
    newer: "install a newer one", foreign: "not those of a registry", busy: "wait until it ends", home_is_a_file: CLOSED,
    read_only: CLOSED, quota: SPACE, full: SPACE,
}  # fmt: skip
VERBS = (
    RUN, ("sweep", "own_trend", "--source", "simulated:null", "--end", "2017-06-30", "-s", "trend.lookback=20,30"),
    ("signal", "own_momentum", "--source", "simulated:null", "--end", "2017-06-30"),
    ("lead", "--source", "simulated:null", "--end", "2018-06-30"),
    ("compare", "own_trend", "hold_eth", "--source", "simulated:null"),
    ("evidence", "own_trend", "--source", "simulated:null"),
)  # fmt: skip


@pytest.fixture
def nothing_computes(monkeypatch):
    def computes(*_, **__):
        raise AssertionError("computed without a row in the registry")

    for place in (
        "runs.recorded.run_on",
        "sweeps.sweep.Work",
        "signal_sheets.recorded.profile",
        "lead.recorded.examine",
    ):
        monkeypatch.setattr(f"backtests.{place}", computes)


@pytest.mark.parametrize("verb", VERBS, ids=lambda words: words[0])
@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused.__name__)
def test_a_registry_that_is_refused_stops_a_verb_before_it_computes(
    harbinger, own_home, monkeypatch, nothing_computes, refused, verb, tmp_path
):
    monkeypatch.setattr("backtests.registry.database.WAIT_SECONDS", 0.05)
    own_home.mkdir()
    with refused(own_home / "registry.sqlite"):
        code, out, err = harbinger(*verb, "--out", "out")
    assert (code, out) == (1, "")
    line = err.splitlines()[-1]
    assert line.startswith("harbinger: ")
    assert "registry" in line
    assert REFUSED[refused] in line
    assert ("under another name" in line) == (REFUSED[refused] == DAMAGED)
    assert "move" not in line
    assert not Path("out").exists()
