"""How the command ends: nothing is called an interrupt that is none, and nothing ends without a word."""

import os
import subprocess
import sys
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from backtests.sweeps.work import backtrader_check
from data.errors import RunError

START = "from backtests import cli\nimport backtests.cli.app as app\ndef main(*_, **__):\n    {what}\napp.app.main = main\ncli.main()"


def run(what, folder, **more):
    code = START.format(what=what)
    return subprocess.run([sys.executable, "-c", code], cwd=folder, text=True, timeout=60, check=False, **more)


@pytest.mark.parametrize(
    "what",
    [
        "import click; from click.exceptions import Abort\n    try:\n        raise EOFError('Ran out of input')\n    except EOFError as e:\n        raise Abort() from e",
        "raise BrokenPipeError(32, 'Broken pipe')",
    ],
)
def test_the_end_of_a_file_or_a_process_is_said(tmp_path, what):
    done = run(what, tmp_path, capture_output=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("harbinger: a file or a process of harbinger's ended before its time")
    assert done.stderr.count("\n") == 1


def test_an_interrupted_command_ends_before_a_library_can_abort_it(tmp_path):
    code = (
        "import atexit, os\natexit.register(os.abort)\nfrom backtests import cli\ndef work():\n"
        "    print('half', end='')\n    raise KeyboardInterrupt\ncli._run = work\ncli.command()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "half", "harbinger: interrupted\n")


LEFT = """
import atexit, os, threading
from backtests import cli
import backtests.cli.app as app
atexit.register(print, "on the way out", end=" ", flush=True)
threading._register_atexit(os.write, 1, b"waited for a thread ")
def main(*_, **__):
    print("said", end=" ", flush=True)
    {what}
app.app.main = main
cli.command()
"""


@pytest.mark.parametrize(("what", "code"), [("", 0), ("raise SystemExit(3)", 3), ("raise SystemExit('why')", 1)])
def test_a_command_says_all_and_leaves_without_waiting(tmp_path, what, code):
    words = [sys.executable, "-c", LEFT.format(what=what)]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    ended_by_python = "why" in what
    said = "said waited for a thread on the way out " if ended_by_python else "said on the way out "
    assert (done.returncode, done.stdout, done.stderr) == (code, said, "why\n" if ended_by_python else "")


def test_a_profiler_writes_what_it_saw(tmp_path):
    words = [sys.executable, "-m", "cProfile", "-o", "seen", Path(sys.executable).with_name("harbinger"), "--version"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "seen").stat().st_size > 1_000


def _held_back(code, folder, output):
    """Run some code whose output goes out at its end."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    how = {"cwd": folder, "stdout": output, "stderr": subprocess.PIPE, "text": True, "env": env}
    return subprocess.run([sys.executable, "-c", code], **how, check=False)


@pytest.mark.parametrize(("what", "code"), [("print('said')", 1), ("print('said'); raise SystemExit(3)", 3), ("", 0)])
def test_an_output_that_nobody_reads_is_said_to_nobody(tmp_path, what, code):
    reads, writes = os.pipe()
    os.close(reads)
    done = _held_back(START.replace("main()", "command()").format(what=what or "pass"), tmp_path, writes)
    os.close(writes)
    assert (done.returncode, done.stderr) == (code, "")


@pytest.mark.skipif(sys.platform != "linux", reason="a device that is always full")
@pytest.mark.parametrize("what", ["", "import sys; sys.stdout.flush()"])
def test_an_output_that_cannot_be_written_is_said_in_one_line(tmp_path, what):
    code = START.replace("main()", "command()").format(what=f"print('said'); {what}")
    with Path("/dev/full").open("w") as full:
        done = _held_back(code, tmp_path, full)
    assert done.returncode == 1
    assert done.stderr == (
        "harbinger: what it has to say cannot be written ([Errno 28] No space left on device); free some space, or send "
        "it elsewhere\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_command_whose_output_is_closed_ends_as_ever(tmp_path, closed):
    command = f"{sys.executable} -m backtests studies {closed}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert done.stderr == ""


@pytest.mark.slow
def test_a_reader_that_has_enough_is_no_failure_to_speak_of(tmp_path):
    command = f'{sys.executable} -c "from backtests.cli import main; main()" studies | head -1'
    done = subprocess.run(
        ["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.count("\n"), done.stderr) == (1, "")


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
@pytest.mark.parametrize(("said", "threads"), [(None, 1), ("2", 2)])
def test_products_take_one_thread_unless_more_are_asked_for(tmp_path, said, threads):
    """They took none of a run's time off, spun on a processor that a sweep has use for, and added up otherwise."""
    what = "import os, numpy as np\n    np.ones((999, 3000)) @ np.ones(3000)\n    print(len(os.listdir('/proc/self/task')))"
    env = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    done = run(what, tmp_path, capture_output=True, env=env | ({"OPENBLAS_NUM_THREADS": said} if said else {}))
    assert (done.stdout.strip(), done.stderr) == (str(min(threads, len(os.sched_getaffinity(0)))), "")


class Pool:
    """Stands for a pool of processes whose server is gone the first few times."""

    left, _processes = 0, None

    def __init__(self, *_):
        pass

    def submit(self, function, inputs, text, judged):
        if Pool.left:
            Pool.left -= 1
            raise Pool.error
        answer = Future()
        answer.set_result(f"the answer to {text}")
        return answer

    def shutdown(self, **_):
        pass


LOST = [EOFError("unexpected EOF"), ConnectionRefusedError(111, "Connection refused"), BrokenPipeError(32, "Broken pipe"),
        BrokenProcessPool("a child ended"), OSError(12, "Cannot allocate memory")]  # fmt: skip


@pytest.mark.parametrize("error", LOST, ids=lambda error: type(error).__name__)
def test_a_lost_server_of_processes_is_replaced_once_and_then_said(monkeypatch, tmp_path, error):
    monkeypatch.setattr(backtrader_check, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(backtrader_check, "dump", lambda experiment: experiment)
    Pool.left, Pool.error = 1, error
    assert backtrader_check.Auditors(tmp_path, "x").ask("a")() == "the answer to a"
    Pool.left = 2
    with pytest.raises(RunError, match="its process ended without an answer"):
        backtrader_check.Auditors(tmp_path, "x").ask("a")


@pytest.mark.slow
def test_a_check_that_cannot_be_made_ends_the_sweep(harbinger, monkeypatch):
    def refuse(self, experiment, *, judged):
        raise RunError("its process ended without an answer")

    monkeypatch.setattr(backtrader_check.Auditors, "ask", refuse)
    code, out, err = harbinger("sweep", "own_trend", "--source", "simulated:null", "--end", "2016-12-31",
                               "-s", "trend.lookback=20,40", "--json", "--out", "s")  # fmt: skip
    assert (code, out) == (1, "")
    assert "its process ended without an answer" in err
    assert err.count("\n") == 1
