"""Every command of the README runs, in its order, on a simulated market in place of what `data fetch` would bring."""

import re
import shlex
from pathlib import Path

import pytest

from backtests.runs.tearsheet import page
from data.settings import FILE
from data.sources.http import VARIABLE
from tests.paths import ROOT
from tests.wire import Wire, bars

README = (ROOT / "README.md").read_text()
LINES = re.findall(r"^    harbinger (.+)$", README, re.M)
COMMANDS = [shlex.split(part.removeprefix("harbinger "), comments=True) for line in LINES for part in line.split(" ; ")]
SHARED = ("fedwatch",)  # asks for a folder of real futures


def block(text, fence):
    """Return the first block of code of a language."""
    return re.search(rf"^```{fence}\n(.*?)^```$", text, re.M | re.S)[1]


def test_the_readme_has_the_commands_of_a_first_hour():
    verbs = {command[0] for command in COMMANDS}
    assert len(COMMANDS) > 20
    assert verbs >= {
        "data",
        "run",
        "signal",
        "lead",
        "sweep",
        "evidence",
        "stress",
        "compare",
        "runs",
        "today",
        "check",
    }


@pytest.mark.uncounted
@pytest.mark.slow
def test_every_command_runs(harbinger, monkeypatch, tmp_path):
    """Pages of quantstats, tested elsewhere, are left out; series that the wire does not have fail to be fetched."""
    monkeypatch.setattr(page, "render", lambda *_: b"<html></html>")
    Path(FILE).write_text('source = "simulated:null"\n')
    Path("mine.toml").write_text(block(README, "toml"))
    Path("trailing.py").write_text(block((ROOT / "docs" / "native.md").read_text(), "python"))
    market = ROOT.parent / "shared" / "market"
    if market.is_dir():
        Path("history").symlink_to(market)
    with Wire() as wire:
        monkeypatch.setenv(VARIABLE, wire.url)
        wire.quote("ETH-USD", bars("2023-06-01", "2024-06-28", crypto=True))
        for command in COMMANDS:
            if command[0] in SHARED and not market.is_dir():
                continue
            code, out, err = harbinger(*command)
            allowed = (0, 1) if command[:2] in (["data", "fetch"], ["data", "check"]) else (0,)
            assert code in allowed, (command, err)
            assert out, command
            assert "should not happen" not in err, (command, err)


@pytest.mark.uncounted
@pytest.mark.slow
def test_its_python_runs(monkeypatch, own_home):
    exec(compile(block(README, "python"), "README.md", "exec"), {})  # our own README


def test_its_targets_are_in_the_makefile():
    targets = set(re.findall(r"^    make (\S+)", README, re.M)) | set(re.findall(r"`make (\S+)`", README))
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    assert {"demo", "test"} <= targets <= known
