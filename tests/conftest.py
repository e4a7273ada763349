"""Fixtures shared by every floor's tests."""

import gc
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.paths import ROOT

# Thousands of files are written here, each waited for until the disk has it: in memory, where there is some to spare and
# programs may start from it, they take no time. All of it goes at the end, with what killed children left; to look at the
# files of a test, name a TMPDIR.
SPARE = Path("/dev/shm")
if (
    "TMPDIR" not in os.environ
    and os.access(SPARE, os.W_OK)
    and shutil.disk_usage(SPARE).free > 4 * 2**30
    and not os.statvfs(SPARE).f_flag & os.ST_NOEXEC
):
    MEMORY = tempfile.TemporaryDirectory(prefix="harbinger-suite-", dir=SPARE, ignore_cleanup_errors=True)
    Path(MEMORY.name).chmod(0o755)  # some tests are another user
    os.environ["TMPDIR"] = tempfile.tempdir = MEMORY.name
# Also what runs while tests are collected keeps its files out of the user's own folder.
COLLECTING = tempfile.TemporaryDirectory(prefix="harbinger-tests-")
os.environ["HARBINGER_HOME"] = COLLECTING.name
# Many small products: threads of one library would wait for one another, thirty times as long on busy cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Python keeps what it compiled, as on a user's machine: hundreds of processes start here, each with a thousand modules,
# and every worker would compile the tests themselves again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# A suite in the background of a script starts with Ctrl-C ignored, and its children would inherit that: tests that
# interrupt one need the default. A handler of our own is back to the default in every program that is started.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# The suite draws the same examples each time; `make fuzz` draws many new ones and prints how to draw a failing one again.
settings.register_profile("fixed", derandomize=True, deadline=None)
settings.register_profile(
    "nightly", max_examples=5_000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


def pytest_collection_finish():
    """What is collected stays to the end: no search for garbage looks through it again, 0.2 s each."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Run what is marked `uncounted` without the tracer of branches."""
    tracer = sys.gettrace()
    if tracer is None or not item.get_closest_marker("uncounted"):
        return (yield)
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """Every test keeps what it stores in a folder of its own."""
    home = tmp_path / "harbinger-home"
    monkeypatch.setenv("HARBINGER_HOME", str(home))
    monkeypatch.delenv("HARBINGER_PLUGINS", raising=False)
    return home


@pytest.fixture(scope="session")
def shared_market():
    """The folder of real market history; absent in a lone clone, where the tests that need it skip."""
    folder = ROOT.parent / "shared" / "market"
    if not folder.is_dir():
        if os.environ.get("HARBINGER_REQUIRE_SHARED") == "1":
            pytest.fail(f"HARBINGER_REQUIRE_SHARED=1 and {folder} is absent")
        pytest.skip("no ../shared/market beside the checkout: tests on real history need it")
    return folder


@pytest.fixture
def harbinger(monkeypatch, capsys, tmp_path):
    """Call the command in this process, in an empty folder: `harbinger("run", ...)` -> (exit code, stdout, stderr).

    The lines that say which files of the user's ran are taken out of stderr and kept, of the last call, in
    `harbinger.code`.
    """
    import re

    from backtests.cli import main

    monkeypatch.chdir(tmp_path)

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["harbinger", *map(str, words)])
        code = 0
        try:
            main()
        except SystemExit as error:
            code = int(error.code or 0)
        seen = capsys.readouterr()
        call.code = re.findall(r"^code: .* runs, SHA-256 [0-9a-f]{16}\n", seen.err, re.M)
        return code, seen.out, re.sub(r"^code: .* runs, SHA-256 [0-9a-f]{16}\n", "", seen.err, flags=re.M)

    return call
