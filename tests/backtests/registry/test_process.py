"""Whether the process of a row still runs: its id and its start, where the system tells them."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from backtests.registry import Registry, process
from data.errors import UsageError
from tests.backtests.registry.entries import run_entry, sweep_entry


@pytest.fixture
def child():
    started = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield started
    started.kill()
    started.wait()
    started.stdin.close()


def owner(pid):
    return f"{pid} {process._started(pid)}".strip()


def test_one_is_alive_until_it_ends(child):
    text = owner(child.pid)
    assert process.is_alive(process.mine())
    assert process.is_alive(text)
    child.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # ended, and not asked for yet: a zombie
    if Path("/proc/self/stat").exists():
        assert not process.is_alive(text)
    child.wait()
    assert not process.is_alive(text)


def test_a_later_process_with_the_same_id_is_another():
    pid, _, started = process.mine().partition(" ")
    if not started:
        pytest.skip("this system does not tell when a process started")
    assert not process.is_alive(f"{pid} {int(started) + 1}")
    assert process.is_alive(pid)  # from where no start is told


@pytest.mark.parametrize("text", ["", "x", "-1 5", "0x10", "4194304999 1"])
def test_what_names_no_process_is_not_alive(text):
    assert not process.is_alive(text)


@pytest.mark.parametrize("table", ["runs", "sweeps"])
def test_two_processes_do_not_write_into_one_folder(child, table, tmp_path):
    registry, place = Registry(), str(tmp_path / "out")
    registry.runs.begin(run_entry("theirs", path=place)) if table == "runs" else registry.sweeps.begin(
        sweep_entry("theirs", path=place)
    )
    registry.runs.begin(run_entry("own", path=place))  # of one process: a larger question writes into its own folder
    with registry.database.open(write=True) as database:
        name = "run_id" if table == "runs" else "sweep_id"
        database.execute(f"UPDATE {table} SET owner = ? WHERE {name} = 'theirs'", (owner(child.pid),))
    begins = {
        "run": lambda: registry.runs.begin(run_entry("mine", path=place)),
        "sweep": lambda: registry.sweeps.begin(sweep_entry("mine", path=place)),
        "resumed": lambda: registry.sweeps.check_free(place),
    }
    for begin in begins.values():
        with pytest.raises(UsageError, match="theirs is being written there by another process"):
            begin()
    registry.runs.begin(run_entry("beside", path=f"{place}2"))
    registry.runs.begin(run_entry("nowhere", path=""))
    child.kill()
    child.wait()
    for begin in begins.values():
        begin()


def test_systems_that_tell_less(monkeypatch):
    monkeypatch.setattr(process, "Path", lambda _: Path("/nowhere"))
    assert process.mine() == str(os.getpid())
    assert process.is_alive(process.mine())

    def forbidden(*_):
        raise PermissionError

    monkeypatch.setattr(os, "kill", forbidden)
    assert process.is_alive("1")  # another user's
    monkeypatch.setattr(os, "name", "nt")
    assert process._exists(1)  # asking would end it there


def test_rows_of_a_process_that_ended_are_interrupted_and_counted(tmp_path, child):
    registry = Registry(tmp_path)
    registry.runs.begin(run_entry("mine", "a"))
    registry.runs.add(run_entry("other", "b", status="running", owner=owner(child.pid)))
    registry.sweeps.begin(sweep_entry("s1"))
    with registry.database.open(write=True) as database:
        database.execute("UPDATE sweeps SET owner = ?", (owner(child.pid),))
    assert {entry.status for entry in registry.newest()} == {"running"}
    child.kill()
    child.wait()
    assert [entry.status for entry in registry.runs.newest()] == ["interrupted", "running"]
    assert (registry.runs.show("other").status, registry.sweeps.show("s1").status) == ("interrupted", "interrupted")
    from backtests.registry import Filter

    assert [entry.run_id for entry in registry.runs.newest(wanted=Filter(status="interrupted"))] == ["other"]
    assert [entry.run_id for entry in registry.runs.newest(wanted=Filter(status="running"))] == ["mine"]
    assert registry.count("ETH-USD").ideas == 2
    registry.sweeps.begin(sweep_entry("s1"))  # resumed by this process
    assert registry.sweeps.show("s1").status == "running"


def test_a_row_removed_while_it_runs_stays_removed(tmp_path):
    registry = Registry(tmp_path)
    row = registry.runs.begin(run_entry("mine", "a"))
    registry.runs.remove("mine")
    registry.runs.finish(replace(row, status="ok", metrics='{"sharpe": 9}', path="/somewhere"))
    kept = registry.runs.show("mine")
    assert (kept.metrics, kept.path, bool(kept.removed_at)) == ("null", "", True)
    assert registry.count("ETH-USD").ideas == 1


@pytest.mark.parametrize("status", ["running", "interrupted", "failed"])
def test_there_is_nothing_to_repeat_or_compare_of_what_has_no_numbers(harbinger, status):
    mine = process.mine() if status == "running" else ""
    Registry().runs.add(run_entry("20260101-a", "a", status=status, owner=mine))
    for words in (("runs", "rerun", "20260101-a"), ("compare", "20260101-a", "hold_eth")):
        code, _, err = harbinger(*words)
        assert (code, status in err) == (2, True), err
    assert harbinger("runs", "show", "20260101-a")[0] == 0
    assert status in harbinger("runs", "list")[1]
