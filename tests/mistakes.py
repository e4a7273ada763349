"""Ordinary mistakes, drawn by the hundred: wrong types in TOML, wrong words on the command line, wrong files and rights.

Each generator yields (name, what to call); `tests/project/test_mistakes.py` holds every case to one line of its own,
`python -m tests.docs.security` counts and runs them.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from backtests.cli.app import VERBS, app
from backtests.experiments.studies import load
from backtests.experiments.toml import dump

LONGEST = 1_500  # characters of a line that can be read
# What stands in TOML in a value's place.
VALUES = (
    "3", "-1", "0", "1.5", "true", '""', '"x"', '"ä\\u007f\\u0000"', "[]", "[1]", "[[1], [\"a\"]]", "{}", "{ a = 1 }", "{ use = 3 }", "nan",
    "inf", "-inf", "1e308", "9" * 400, "-" + "9" * 5000, "1979-05-27", "1979-05-27T07:32:00Z", "07:32:00", '"' + "y" * 100_000 + '"',
    '"2018-02-30"', '"0001-01-01"', '"9999-12-31"', '" "', '"\\n"', "0x10", "0.1e-400", '"nan"', '"1_0"', "[" * 200 + "]" * 200,
)  # fmt: skip
WHOLE = {
    "empty": b"", "binary": bytes(range(256)), "utf-16": "[strategy]".encode("utf-16"), "half a character": b'[strategy]\nuse = "\xff"',
    "cut": b'[strategy]\nuse = "long', "deep": b"a = " + b"[" * 20_000, "deep tables": b"[" + b".".join([b"a"] * 5_000) + b"]",
    "twice": b'[strategy]\nuse = "long_flat"\n[strategy]\n', "strategy = 3": b"strategy = 3", "study = 3": b'study = 3\n[strategy]\nuse = "hold"',
    "data = []": b'data = []\n[strategy]\nuse = "hold"', "costs = text": b'costs = "a"\n[strategy]\nuse = "hold"',
    "market = [[]]": b'[[market]]\n[strategy]\nuse = "hold"', "no strategy": b"[study]\nname = 'x'", "a list of strategies": b"[[strategy]]\nuse = 'hold'",
    "a part that is text": b"[strategy]\nuse = 'long_flat'\ntrend = 'own_momentum'", "a part without use": b"[strategy]\nuse = 'long_flat'\n[strategy.trend]\n",
    "a part of another kind": b"[strategy]\nuse = 'long_flat'\n[strategy.trend]\nuse = 'long_flat'", "json": b'{"strategy": {"use": "hold"}}',
    "source = 3": b"[data]\nsource = 3\n[strategy]\nuse = 'hold'", "fingerprint = a path": b"[data]\nfingerprint = '../../x'\n[strategy]\nuse = 'hold'",
    "fingerprint of zeros": b"[data]\nfingerprint = '\\u0000'\n[strategy]\nuse = 'hold'", "use a folder": b"[strategy]\nuse = '/tmp/.py'",
    "use nothing": b"[strategy]\nuse = ''", "use .py": b"[strategy]\nuse = '.py'", "use .py:": b"[strategy]\nuse = '.py:X'", "use a zero byte": b'[strategy]\nuse = "a\\u0000.py"',
    "use a long name": b'[strategy]\nuse = "' + b"a" * 5_000 + b'.py"', "use up": b"[strategy]\nuse = '../../../../../../etc/passwd.py'",
    "a signal of itself": b"[strategy]\nuse = 'long_flat'\n" + b"".join(b"[strategy.trend" + b".base" * n + b"]\nuse = 'smooth'\n" for n in range(60)),
}  # fmt: skip
# Words in the place of an option's value.
WORDS = (
    "", " ", "x", "-1", "0", "nan", "inf", "1e400", "9" * 400, "é\x7f", "../..", "/dev/null", "a folder", "a file", "a=b=c", "=", ",", ":",
    "folder:", "folder:\x00", "simulated:,", "simulated:lead=nan", "simulated:seed=" + "9" * 400, "simulated:strength=inf", "simulated:x",
    "2018-02-30", "0001-01-01", "9999-12-31", "\udcff", "a" * 5_000, "IWM,SPY", "%s%n", "--", "study.start=x", "trend.lookback=1:2:0", "\n",
)  # fmt: skip
BASE = {
    "demo": (), "run": ("own_trend",), "signal": ("own_momentum",), "lead": (), "sweep": ("own_trend", "-s", "trend.lookback=20,40"),
    "compare": ("own_trend", "hold_eth"), "data list": (), "data check": (), "data fetch": ("NOTHING",), "today": (), "fedwatch": (),
    "check lookahead": ("own_trend",), "check warmup": ("own_trend",), "signals": (), "strategies": (), "studies": (),
    "runs list": (), "runs show": ("x",), "runs rerun": ("x",), "runs rm": ("x", "--yes"), "runs trials": (), "runs export": ("--out", "x.parquet"),
    "runs recover": (), "evidence": ("own_trend",),
}  # fmt: skip
NOT_FOR_THE_DEMO = ("/dev/null", "a file")


def toml_cases() -> Iterator[tuple[str, bytes]]:
    """Yield files with each key of a whole experiment replaced by each value, and files that are wrong as a whole."""
    lines = dump(load("small_cap_trend_and_cuts")).splitlines()
    for at, line in enumerate(lines):
        key, equals, _ = line.partition(" = ")
        for value in VALUES if equals else ("[" + line, line + "]", "x" + line, line + "\n" + line):
            changed = f"{key} = {value}" if equals else value
            yield f"{line[:40]} -> {changed[:60]}", "\n".join([*lines[:at], changed, *lines[at + 1 :]]).encode()
    yield from WHOLE.items()


def valid_toml(content: bytes) -> bool:
    """Whether a case is TOML at all."""
    try:
        tomllib.loads(content.decode())
    except (ValueError, RecursionError):
        return False
    return True


def base_of(name: str) -> tuple[str, ...]:
    """Return the arguments with which a command can be called; a new one that is not in BASE takes none or one."""
    return BASE.get(name, ("x",))


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command with the words that call it."""
    for verb in VERBS:
        command = app.get_command(click.Context(app), verb)
        if isinstance(command, click.Group):
            for name, below in command.commands.items():
                yield f"{verb} {name}", below
        else:
            yield verb, command


def word_cases(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the words of calls: each option and each argument of each command with each wrong value."""
    (folder / "a folder").mkdir(exist_ok=True)
    (folder / "a file").write_bytes(bytes(range(256)))
    for name, command in commands():
        for parameter in command.params:
            if isinstance(parameter, click.Option) and parameter.is_flag:
                continue
            for word in WORDS:
                if word == "--" and isinstance(parameter, click.Argument):
                    continue  # no word at all: `data fetch` would ask the network
                if isinstance(parameter, click.Argument):
                    words = [*name.split(), word, *(base_of(name)[1:] if parameter.nargs == 1 else ())]
                elif name == "demo" and word not in NOT_FOR_THE_DEMO:
                    continue  # it lacks no data, and would run
                else:
                    words = [*name.split(), *base_of(name), parameter.opts[-1], word]
                yield f"{' '.join(words)[:90]!r}", words


Laid = Callable[[Path], None]


def _garbage(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(range(256)) * 4)


def _empty(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")


def _folder(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)


def _loop(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(path.name)


def _closed(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    path.chmod(0)


def _closed_folder(path: Path) -> None:
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0)


LAID = {
    "garbage": _garbage,
    "empty": _empty,
    "a folder": _folder,
    "a loop of links": _loop,
    "closed": _closed,
    "a closed folder": _closed_folder,
}
# What is laid where, below the current folder, and who reads it.
PLACES = {
    "study.toml": [["run", "study.toml"], ["sweep", "study.toml", "-s", "threshold=0,1"], ["check", "lookahead", "study.toml"], ["compare", "study.toml", "hold_eth"], ["today", "study.toml"]],
    "mine.py": [["run", "mine.py:Mine"], ["signal", "mine.py"], ["check", "lookahead", "mine.py"], ["sweep", "mine.py:Mine", "-s", "x=1,2"]],
    "history": [["run", "own_trend", "--source", "folder:history"], ["data", "check", "--source", "folder:history"], ["fedwatch", "--source", "folder:history"], ["today", "--source", "folder:history"]],
    "history/ETH-USD.csv": [["run", "own_trend", "--source", "folder:history"], ["data", "check", "ETH-USD", "--source", "folder:history"]],
    "history/ETH-USD.csv.gz": [["data", "check", "ETH-USD", "--source", "folder:history"]],
    "history/ETH-USD.parquet": [["data", "check", "ETH-USD", "--source", "folder:history"]],
    "history/futures": [["data", "check", "ETH-USD", "--source", "folder:history"], ["fedwatch", "--source", "folder:history"]],
    "history/vintages/NFCI.csv": [["data", "check", "NFCI", "--source", "folder:history"]],
    "home": [["runs", "list"], ["run", "own_trend"], ["data", "list"], ["lead"], ["runs", "trials"]],
    "home/registry.sqlite": [["runs", "list"], ["runs", "show", "x"], ["runs", "trials"], ["runs", "export", "--out", "x.parquet"], ["run", "own_trend"]],
    "home/store": [["data", "list"], ["run", "own_trend"], ["data", "check"], ["today"]],
    "home/store/heads": [["data", "list"], ["data", "check"]],
    "home/store/heads/yahoo/ETH-USD.json": [["data", "list"], ["run", "own_trend"], ["data", "check", "ETH-USD"]],
    "home/plugins": [["signals"], ["strategies"], ["run", "own_trend"], ["signal", "x"]],
    "home/plugins/mine.py": [["signals"], ["strategies"], ["signal", "mine"]],
    "r": [["compare", "r", "hold_eth"], ["sweep", "--resume", "r"], ["run", "own_trend", "--out", "r"], ["lead", "--out", "r"], ["sweep", "own_trend", "-s", "trend.lookback=20,40", "--out", "r"]],
    "r/run.json": [["compare", "r", "hold_eth"], ["run", "own_trend", "--out", "r"]],
    "r/plan.json": [["sweep", "--resume", "r"]],
    "r/spec.toml": [["run", "r/spec.toml"], ["run", "own_trend", "--out", "r"]],
    "r/equity.csv": [["compare", "r", "hold_eth"], ["run", "own_trend", "--out", "r"]],
    "runs": [["run", "own_trend"], ["signal", "own_momentum"], ["lead"], ["sweep", "own_trend", "-s", "trend.lookback=20,40"]],
    "page.html": [["fedwatch", "--out", "page.html"], ["runs", "export", "--out", "page.html"]],
    "x": [["fedwatch", "--out", "x/page.html"], ["runs", "export", "--out", "x/y.parquet"], ["run", "own_trend", "--out", "x/y"]],
}  # fmt: skip


def file_cases() -> Iterator[tuple[str, str, Laid, list[str]]]:
    """Yield (name, place, what to lay there, the words that meet it)."""
    for place, calls in PLACES.items():
        for kind, lay in LAID.items():
            for words in calls:
                yield f"{place} is {kind}: {' '.join(words)}", place, lay, words


def undone(folder: Path) -> None:
    """Give back the rights below `folder`, so that it can be removed."""
    for root, folders, _ in os.walk(folder):
        for name in folders:
            path = Path(root) / name
            if not path.is_symlink():
                path.chmod(0o755)


def line_of(code, err):
    """Return what is wrong with what a command said of a mistake; nothing if all is well."""
    if "should not happen" in err or "Traceback" in err:
        return "the last line of defence"
    if code not in (0, 1, 2):
        return f"exit code {code}"
    said = [
        line
        for line in err.splitlines()
        if line and not line.startswith(("Usage:", "Try ", "harbinger: SIMULATED", "2 sets by", "code: "))
    ]
    if code == 2 and len(said) != 1:
        return f"{len(said)} lines"
    return "a line too long to read" if any(len(line) > LONGEST for line in said) else ""
