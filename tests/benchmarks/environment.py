"""`.venv-bench`: the Python that has the peers of `peers.txt`, made once; and what a whole process spends."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.paths import ROOT

BENCH = ROOT / ".venv-bench"
WANTED = Path(__file__).with_name("peers.txt")
SETUP_SECONDS = 1_800  # of its own: what is measured has none of it


class NoPeers(Exception):
    """The peers could not be installed or started."""


def python_of_peers():
    """Return the Python that has the peers, made by uv where it is missing or they have changed; NoPeers if it cannot be."""
    python, ready = BENCH / "bin" / "python", BENCH / "ready"
    wanted = hashlib.sha256(WANTED.read_bytes()).hexdigest()
    if ready.exists() and ready.read_text() == wanted:
        return python
    print(f"making {BENCH.name} (once)", flush=True)  # noqa: T201  # a script that a person runs
    uv = str(Path(sys.executable).with_name("uv"))
    try:
        for words in (
            ("venv", "-q", "--clear", "--python", sys.executable, str(BENCH)),
            ("pip", "install", "-q", "--compile-bytecode", "--python", str(python), "-r", str(WANTED)),
        ):
            subprocess.run([uv, *words], check=True, capture_output=True, text=True, timeout=SETUP_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        last = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1:]
        raise NoPeers(
            f"{BENCH.name} could not be made ({' '.join(last)}); try again with a package index in reach"
        ) from error
    ready.write_text(wanted)
    return python


@dataclass(frozen=True)
class Spent:
    """What one process spent: seconds by the wall, and of processors by all that it started; the peak of its memory in MB."""

    wall: float
    cpu: float
    mb: float
    output: str = ""


# In a small process of its own: the peak of memory that the system keeps begins with that of whoever started a process.
# It takes in what a process leaves behind (on Linux), so that the workers of a check or a pool count too.
START = """
import contextlib, ctypes, json, os, subprocess, sys, time
with contextlib.suppress(AttributeError, OSError):
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
began = time.perf_counter()
process = subprocess.Popen(sys.argv[2:])
_, status, used = os.wait4(process.pid, 0)
wall, cpu = time.perf_counter() - began, used.ru_utime + used.ru_stime
with contextlib.suppress(ChildProcessError):
    while True:
        _, _, left = os.wait4(-1, 0)
        cpu += left.ru_utime + left.ru_stime
with open(sys.argv[1], "w") as file:
    json.dump([os.waitstatus_to_exitcode(status), wall, cpu, used.ru_maxrss / 1024], file)
"""


def spent(words, *, env=None, cwd=None):
    """Return what a whole process spends; CalledProcessError where it fails."""
    env = {**os.environ, **(env or {})}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # as on a user's machine: what Python compiled is kept
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder) / "spent.json"
        start = [sys.executable, "-I", "-S", "-c", START, str(note), *map(str, words)]
        output = subprocess.run(start, env=env, cwd=cwd, stdout=subprocess.PIPE, text=True, check=True).stdout
        code, *used = json.loads(note.read_text())
    if code:
        raise subprocess.CalledProcessError(code, words)
    return Spent(*used, output)
