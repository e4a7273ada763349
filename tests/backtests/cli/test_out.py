"""What `--out` may not be is refused before anything is computed or replaced."""

import os
from pathlib import Path

import pytest

from backtests.runs import recorded

VERBS = {
    "run": ("run", "own_trend"),
    "sweep": ("sweep", "own_trend", "-s", "trend.lookback=20,40"),
    "signal": ("signal", "own_trend"),
    "lead": ("lead",),
    "compare": ("compare", "own_trend", "hold_eth"),
    "demo": ("demo",),
}
FILES = {"fedwatch": ("fedwatch",), "export": ("runs", "export")}


@pytest.fixture
def laid(tmp_path):
    """Lay what no result may be written over; return its path by kind."""
    os.mkfifo(tmp_path / "a pipe")
    (tmp_path / "a file").write_text("mine")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    (tmp_path / "loop").symlink_to("loop")
    for name, target in (("linked", "a file"), ("linked.parquet", "a file")):
        (tmp_path / name).symlink_to(tmp_path / target)
    for kind in ("a link inside", "a folder inside", "a pipe inside"):
        (tmp_path / kind).mkdir()
    (tmp_path / "a link inside" / "run.json").symlink_to(tmp_path / "a file")
    (tmp_path / "a folder inside" / "equity.csv").mkdir()
    os.mkfifo(tmp_path / "a pipe inside" / "sweep.html")
    return tmp_path


def refused(harbinger, words, out, monkeypatch):
    def compute(*_, **__):
        raise AssertionError("computed first")

    monkeypatch.setattr(recorded, "freeze", compute)
    before = sorted((str(p), p.lstat().st_mode) for p in Path().rglob("*") if "home" not in str(p))
    code, printed, err = harbinger(*words, "--out", out)
    assert (code, printed) == (2, ""), err
    said = [line for line in err.splitlines() if line and not line.startswith(("Usage:", "Try ", "2 sets by"))]
    assert len(said) == 1
    assert sorted((str(p), p.lstat().st_mode) for p in Path().rglob("*") if "home" not in str(p)) == before
    assert Path("a file").read_text() == "mine"
    return err


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    "out",
    ["/dev/null", "a pipe", "a file", "a file/below", "linked", "nowhere", "loop", "loop/x", "a" * 300, "a link inside",
     "a folder inside", "a pipe inside"],
)  # fmt: skip
def test_a_folder_of_results(harbinger, laid, monkeypatch, verb, out):
    if (verb, out.rpartition(" ")[2]) != ("demo", "inside"):  # it writes into folders below it
        refused(harbinger, VERBS[verb], out, monkeypatch)


@pytest.mark.parametrize("verb", FILES)
@pytest.mark.parametrize(
    "out",
    ["/dev/null", "a pipe", "linked", "linked.parquet", "nowhere", "loop", "a link inside", "a file/x", "b" * 300],
)
def test_a_file_of_results(harbinger, laid, monkeypatch, verb, out):
    refused(harbinger, FILES[verb], out, monkeypatch)


def test_a_folder_that_a_link_leads_to_is_one(harbinger, tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "runs").symlink_to(tmp_path / "disk")
    assert harbinger("run", "own_trend", "--source", "simulated:null", "--no-tearsheet", "--out", "runs/a")[0] == 0
    assert (tmp_path / "disk" / "a" / "run.json").is_file()


def test_a_folder_without_the_right_to_write(harbinger, monkeypatch, tmp_path):
    monkeypatch.setattr(os, "access", lambda *_: False)
    code, _, err = harbinger("run", "own_trend", "--source", "simulated:null", "--out", "x")
    assert (code, "may not be written into" in err) == (2, True)
