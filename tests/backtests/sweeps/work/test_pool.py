"""Workers of a sweep: forked of the command where it has one thread, from a server elsewhere; none outlives it."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from backtests.sweeps.work import pool
from tests.backtests.sweeps.test_sweep import MANY, SLOW, STUDY, start, wait_for_rows

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="other systems have no fork to rely on, nor /proc"),
]
THREAD = "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n"
WORDS = ("sweep", "slow.toml", "--source", "simulated", *MANY, "--out", "s", "--json")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HARBINGER_HOME", str(tmp_path / "home"))
    (tmp_path / "slow.py").write_text(SLOW)
    (tmp_path / "slow.toml").write_text(STUDY)
    return tmp_path


def said(pid):
    """Return the command line of a process, its parts a space apart."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()


def below(pid):
    """Return the processes that a process has started, and theirs."""
    own = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*own, *(far for child in own for far in below(child))]


def gone(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("threads", [0, 1])
def test_workers_are_forked_where_there_is_one_thread_and_end_with_a_command_that_is_killed(folder, threads):
    process = start(folder, *WORDS, first=THREAD * threads)
    wait_for_rows(folder / "s" / "trials.csv.part", 1_001, process)
    workers = below(process.pid)
    served = [pid for pid in workers if "forkserver" in said(pid)]
    assert (len(served) == 0, len(workers) >= 2) == (not threads, True)
    process.kill()
    process.communicate(timeout=60)
    deadline = time.monotonic() + 30
    while not all(map(gone, workers)):
        assert time.monotonic() < deadline, [said(pid) for pid in workers if not gone(pid)]
        time.sleep(0.01)


def test_a_sweep_whose_forked_worker_is_killed_is_checked_all_the_same(folder):
    process = start(folder, *WORDS)
    wait_for_rows(folder / "s" / "trials.csv.part", 1_001, process)
    os.kill(below(process.pid)[0], signal.SIGKILL)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    assert err.count("code: slow.py runs") == 1  # by the command, for all that it starts
    done = json.loads(out)
    assert (done["sets"], done["parity_checked"] >= 20, done["parity_max_rel"] < 1e-9) == (4_200, True, True)


REFUSED = """
import errno, os
fork, begun = os.fork, []
def refused():
    begun.append(1)
    if len(begun) == {at}:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
    return fork()
os.fork = refused
"""


@pytest.mark.parametrize("at", [1, 2])
def test_a_system_that_refuses_a_process_is_asked_in_another_way(folder, at):
    words = ("sweep", "slow.toml", "--source", "simulated", "-s", "trend.lookback=20:29:1", "--out", "s", "--json")
    out, err = start(folder, *words, first=REFUSED.format(at=at)).communicate(timeout=240)
    assert json.loads(out)["parity_checked"] == 10, err


@pytest.mark.parametrize(("processors", "many"), [(1, 2), (2, 2), (5, 5), (64, 8)])
def test_there_is_a_process_for_each_processor_and_one_fewer_beside_a_walk(monkeypatch, processors, many):
    monkeypatch.setattr(pool, "processors", lambda: processors)
    assert (pool.usual(), pool.usual(walks=True)) == (many, many - 1)
