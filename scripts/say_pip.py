"""pip, saying what it does: which package it is at and how many it has had, instead of a minute of silence.

`python scripts/say_pip.py install -c constraints.txt -e ".[dev]"` takes what pip takes and exits as pip does. On a
terminal one line is written over and over, elsewhere one for every 25 packages; all of pip's words where it fails.
"""

import re
import subprocess
import sys
import time

COLLECTED = re.compile(r"^\s*(?:Collecting|Requirement already satisfied:) ([A-Za-z0-9._-]+)")
INSTALLING = re.compile(r"^\s*Installing collected packages: (.*)")


def main() -> int:
    """Run pip with the arguments of this command."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *sys.argv[1:]]
    began, count, words = time.monotonic(), 0, []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        for line in pip.stdout or ():
            words.append(line)
            if found := COLLECTED.match(line):
                count += 1
                say(f"{count} packages looked up: {found[1]}", always=count % 25 == 0)
            elif found := INSTALLING.match(line):
                say(f"unpacking {len(found[1].split(','))} packages, half a minute", always=True)
    if sys.stdout.isatty():
        sys.stdout.write("\r\x1b[K")
    if pip.returncode:
        sys.stdout.writelines(words[-40:])
    else:
        say(f"done in {time.monotonic() - began:.0f} s", always=True, last=True)
    return pip.returncode


def say(text: str, *, always: bool, last: bool = False) -> None:
    """Write over the last line of a terminal, or a line of its own elsewhere where it is `always` to be said."""
    if sys.stdout.isatty():
        sys.stdout.write(f"\r\x1b[K  {text[:76]}{chr(10) * last}")
    elif always:
        sys.stdout.write(f"  {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
