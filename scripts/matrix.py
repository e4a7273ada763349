"""The fast tests on every Python from 3.11 that is on this machine, and with the lowest declared versions.

`make matrix` or `python scripts/matrix.py [3.12 lowest ...]`. Each cell has an environment of its own below .matrix,
made by uv, which also finds (or, where it may, installs) the Pythons. A Python that cannot be had is named at the end.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".matrix"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
OLDEST = PYTHONS[0]
# What the tests need beside the project; the declared lower bounds are those of the project alone.
TOOLS = ("build", "editables", "hatchling", "hypothesis", "ipykernel", "nbclient", "nbformat", "pytest", "pytest-cov",
         "pytest-timeout", "pytest-xdist", "websockets")  # fmt: skip
EXTRAS = f"{ROOT}[xlsx,notebook,cluster,search,storage]"
FAST = ("-q", "-n", os.environ.get("JOBS", "2"), "-p", "no:cacheprovider", "-m", "not live and not slow")


def main(wanted: list[str]) -> int:
    """Run the cells that are asked for, by default all; return 1 if one failed."""
    cells = wanted or [*PYTHONS, "lowest"]
    outcomes = {cell: run(cell) for cell in cells}
    print()
    for cell, outcome in outcomes.items():
        print(f"{cell:8} {outcome}")
    return int(
        any(outcome.startswith("FAILED") for outcome in outcomes.values())
        or not any(outcome.startswith("passed") for outcome in outcomes.values())
    )


def run(cell: str) -> str:
    """Return how one cell ended."""
    began, python = time.monotonic(), OLDEST if cell == "lowest" else cell
    folder = HOME / cell
    shutil.rmtree(folder, ignore_errors=True)
    if uv("venv", "--quiet", "--python", find(python), folder).returncode:
        return f"not on this machine, and cannot be installed: Python {python}"
    install = (*UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", folder / "bin" / "python")
    steps = (
        *(
            [(*install, "--resolution", "lowest-direct", "-e", EXTRAS), (*install, *TOOLS)]
            if cell == "lowest"
            else [
                (*install, "-c", ROOT / "constraints.txt", "-e", EXTRAS),
                (*install, "-c", ROOT / "constraints.txt", *TOOLS),
            ]
        ),
        (folder / "bin" / "harbinger", "--help"),
        (folder / "bin" / "python", "-m", "pytest", *FAST),
    )
    for step in steps:
        print(f"\n== {cell}: {' '.join(Path(word).name if isinstance(word, Path) else word for word in step)}")
        sys.stdout.flush()
        quiet = subprocess.DEVNULL if step[-1] == "--help" else None
        if subprocess.run(list(map(str, step)), cwd=ROOT, check=False, stdout=quiet).returncode:
            return f"FAILED at {Path(step[0]).name} {step[1]}, after {time.monotonic() - began:.0f} s"
    return f"passed in {time.monotonic() - began:.0f} s"


def find(python: str) -> str:
    """Return a path to this Python where pyenv has one, else its version for uv to find."""
    kept = sorted((Path.home() / ".pyenv" / "versions").glob(f"{python}.*/bin/python"))
    return str(kept[-1]) if kept else python


UV = (sys.executable, "-m", "uv")


def uv(*words: object) -> subprocess.CompletedProcess[bytes]:
    """Call uv."""
    return subprocess.run([*UV, *map(str, words)], cwd=ROOT, check=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
