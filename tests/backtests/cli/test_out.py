"""What `--out` may not be is refused before anything is computed or replaced."""

import errno
import os
from pathlib import Path

import pytest

from backtests.runs import recorded
from data import files

VERBS = {
    "run": ("run", "own_trend"),
    "sweep": ("sweep", "own_trend", "-s", "trend.lookback=20,40"),
    "signal": ("signal", "own_momentum"),
    "lead": ("lead",),
    "compare": ("compare", "own_trend", "hold_eth"),
    "demo": ("demo",),
}
SOURCE = ("--source", "simulated:null")
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


@pytest.mark.parametrize("words", [VERBS["run"], ("site",), ("new", "signal", "mine")])
def test_a_folder_is_not_named_as_a_file(harbinger, words):
    code, _, err = harbinger(*words, "--out", "page.html")
    assert (code, Path("page.html").exists()) == (2, False)
    assert err == "harbinger: page.html would be a folder with the name of a file; choose another folder (--out)\n"


def test_a_folder_without_the_right_to_write(harbinger, monkeypatch, tmp_path):
    monkeypatch.setattr(os, "access", lambda *_: False)
    code, _, err = harbinger("run", "own_trend", "--source", "simulated:null", "--out", "x")
    assert (code, "may not be written into" in err) == (2, True)


OCCUPIED = ("run.json", "sweep.json", "compare.json", "signal.json", "lead.json", "evidence.json", "stress.json")


@pytest.mark.parametrize("verb", [*VERBS, "evidence", "stress"])
def test_results_never_take_the_place_of_earlier_ones_without_a_word(harbinger, monkeypatch, verb):
    """A second sweep into the same folder replaced the first, while the registry still listed the first there."""
    words = VERBS.get(verb, (verb, "own_trend"))
    folder = Path("here/null") if verb == "demo" else Path("here")
    folder.mkdir(parents=True)
    Path("a file").write_text("mine")
    for name in OCCUPIED[:: 1 if verb == "sweep" else 3]:
        (folder / name).write_text("earlier")
        source = ("--source", "simulated:null") if verb != "demo" else ()
        code, out, err = harbinger(*words, *source, "--out", "here")
        assert (code, out) == (2, ""), err
        assert f"holds results already ({name}); choose another folder (--out), or remove it" in err
        assert {p.name: p.read_text() for p in folder.iterdir()} == {name: "earlier"}
        (folder / name).unlink()


def test_an_interrupted_sweep_is_resumed_and_not_replaced(harbinger):
    Path("here").mkdir()
    Path("here/plan.json").write_text("{}")
    code, _, err = harbinger("sweep", "own_trend", "-s", "trend.lookback=20,40", "--out", "here")
    assert (code, "harbinger sweep --resume here" in err) == (2, True)


@pytest.mark.slow
def test_the_same_run_may_be_written_again_and_another_may_not(harbinger):
    words = ("run", "own_trend", "--source", "simulated:null", "--start", "2024-01-01", "--no-tearsheet", "--out", "x")
    assert harbinger(*words)[0] == 0
    assert harbinger(*words, "--fresh")[0] == 0
    code, _, err = harbinger(*words, "-s", "trend.lookback=90")
    assert (code, "holds results already" in err) == (2, True)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
@pytest.mark.parametrize(
    "words",
    [
        ("run", "own_trend", *SOURCE),
        ("sweep", "own_trend", "-s", "trend.lookback=10,20", *SOURCE),
        ("compare", "own_trend", "hold_eth", *SOURCE),
        ("signal", "own_momentum", *SOURCE),
        ("lead", *SOURCE),
        ("evidence", "own_trend", *SOURCE),
        ("stress", "own_trend", *SOURCE),
        ("today", *SOURCE),
        ("demo",),
    ],
    ids=lambda words: words[0],
)
def test_what_a_disk_does_not_allow_is_seen_before_the_run(harbinger, monkeypatch, words, number):
    """The rights may allow what a full or a read-only disk does not."""

    def refused(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files.tempfile, "TemporaryFile", refused)
    code, out, err = harbinger("--quiet", *words, "--out", "new/deep")
    assert (code, out) == (2, "")
    assert f"{os.strerror(number)}); choose another folder (--out)" in err
    assert err.count("\n") == 1
    assert not Path("new").exists()


def test_a_second_demo_has_a_folder_of_its_own(tmp_path):
    assert files.free_folder(tmp_path / "demo") == tmp_path / "demo"
    (tmp_path / "demo" / "planted").mkdir(parents=True)
    assert files.free_folder(tmp_path / "demo") == tmp_path / "demo-2"


def test_a_folder_that_another_process_took_away_meanwhile_is_tried_again(tmp_path, monkeypatch):
    """Two that try one new folder at once each take away what they made: neither says that nothing can be written."""
    real, taken = files.tempfile.TemporaryFile, []

    def meanwhile(dir):
        if len(taken) < 3:
            taken.append(dir)
            dir.rmdir()
        return real(dir=dir)

    monkeypatch.setattr(files.tempfile, "TemporaryFile", meanwhile)
    files.try_to_write(tmp_path / "new")
    assert len(taken) == 3
    assert not (tmp_path / "new").exists()
    files.try_to_write(tmp_path / "stays", keep=True)
    assert (tmp_path / "stays").is_dir()
