"""What a terminal shows: help by question, completion, the answer alone, progress on anything that takes its time."""

import os
import pty
import re
import select
import subprocess
import sys

import pytest

from backtests.cli.app import GROUPS, VERBS
from tests.paths import ROOT

PLAIN = ("--source", "simulated:null", "--start", "2024-01-01", "--no-tearsheet")
ENTRY = [sys.executable, "-m", "backtests"]


def test_every_verb_answers_one_question(harbinger):
    named = [verb for verbs in GROUPS.values() for verb in verbs]
    assert len(named) == len(set(named))
    assert set(VERBS) <= set(named)
    out = harbinger("--help")[1]
    assert [out.index(f"{question}:") for question in GROUPS] == sorted(out.index(f"{q}:") for q in GROUPS)
    for verb, text in VERBS.items():
        assert re.search(rf"^  {verb} +{re.escape(text)}$", out, re.M), verb  # one line each at 80 columns


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "  run    Run one study or experiment file and write its report."),
        (("data",), "  check  Check series: gaps, doubles, outliers, age, units, dates."),
    ],
)
def test_a_group_named_alone_shows_its_help(harbinger, words, line):
    _, out, err = harbinger(*words)
    assert line in (out + err).splitlines()
    assert "Error" not in out + err


def test_no_line_of_a_groups_help_is_cut_off(harbinger):
    for group in ("data", "runs", "check"):
        listed = harbinger(group, "--help")[1].split("Commands:\n")[1].split("\n\n")[0]
        assert "..." not in listed, listed


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_of_the_shell(harbinger, shell):
    code, out, err = harbinger("completion", shell)
    assert (code, err) == (0, "")
    assert f"_HARBINGER_COMPLETE={shell}_complete" in out


def test_completion_knows_verbs_and_studies(harbinger, monkeypatch):
    monkeypatch.setenv("_HARBINGER_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_CWORD", "2")
    for words, name in (
        ("harbinger run hold", "hold_eth"),
        ("harbinger evidence own_trend_", "own_trend_and_small_caps"),
    ):
        monkeypatch.setenv("COMP_WORDS", words)
        assert f"plain,{name}" in harbinger()[1]
    monkeypatch.setenv("COMP_CWORD", "1")
    monkeypatch.setenv("COMP_WORDS", "harbinger compl")
    assert harbinger()[1] == "plain,completion\n"


def test_quiet_leaves_the_answer_and_the_files(harbinger):
    code, out, err = harbinger("run", "own_trend", *PLAIN, "--out", "x", "--quiet")
    assert (code, err) == (0, "")
    *answer, files = out.splitlines()
    assert files.startswith("files: ")
    assert "after 1 trial." in " ".join(answer)
    assert len(answer) <= 5
    assert "Turnover" in harbinger("run", "own_trend", *PLAIN)[1]  # and only where it is asked for
    assert "own_trend" in harbinger("runs", "list", "--quiet")[1]  # a list is itself the answer


def on_a_terminal(words, width, folder):
    """Run the command on a terminal of that width; return its exit code and what it wrote."""
    main, other = pty.openpty()
    env = {**os.environ, "COLUMNS": str(width), "LINES": "40", "TERM": "xterm", "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([*ENTRY, *words], stdin=other, stdout=other, stderr=other, env=env, cwd=folder)
    os.close(other)
    text = b""
    while True:
        ready, _, _ = select.select([main], [], [], 120)
        try:
            got = os.read(main, 65_536) if ready else b""
        except OSError:  # the other end is closed
            got = b""
        if not got:
            return process.wait(), text.decode()
        text += got


@pytest.mark.slow
def test_a_sweep_on_a_terminal_says_its_rate_and_what_is_left(tmp_path, own_home):
    words = (
        "sweep",
        "own_trend",
        "-s",
        "trend.lookback=20:120:1",
        "-s",
        "threshold=0:0.2:0.01",
        "--source",
        "simulated:null",
    )
    code, text = on_a_terminal(words, 120, tmp_path)
    assert code == 0, text
    assert re.search(r"[\d,]+ sets/s", text)
    assert re.search(r"\d:\d\d:\d\d", text)  # what is left


@pytest.mark.slow
@pytest.mark.parametrize("width", [80, 120])
def test_no_line_of_a_run_is_wider_than_its_terminal(tmp_path, own_home, width):
    words = ("run", "small_cap_trend", *PLAIN, "--out", "x")
    code, text = on_a_terminal(words, width, tmp_path)
    assert code == 0, text
    lines = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line).rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    shown = [line.split("\r")[-1] for line in lines if not line.startswith(("files:", "report:", "note:"))]
    assert max(map(len, shown)) <= width
    answer = next(at for at, line in enumerate(shown) if "from 2024-01-01 to" in line)
    assert answer < next(at for at, line in enumerate(shown) if line.startswith("Total return"))
