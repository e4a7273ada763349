"""Two commands into one folder at once: the second is refused, and the files are those of one."""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from backtests.comparisons import recorded
from backtests.registry import Filter, Registry
from backtests.registry.runs import Runs
from backtests.registry.sweeps import Sweeps

SPAN = ("-s", "study.start=2018-01-01", "-s", "study.end=2019-12-31")
ASKED = {
    "compare": ("compare", "a", "b"),
    "evidence": ("evidence", "own_trend"),
    "stress": ("stress", "own_trend", *SPAN),
    "lead": ("lead", "--start", "2018-01-01"),
    "signal": ("signal", "own_momentum", "--start", "2018-01-01"),
}
ALSO = {
    "run": ("run", "own_trend", "--no-tearsheet"),
    "sweep": ("sweep", "own_trend", "-s", "trend.lookback=20,40"),
}


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("verb", ASKED)
def test_the_second_is_refused_and_the_files_are_of_one(tmp_path, own_home, harbinger, verb):
    words, source = ASKED[verb], ("--source", "simulated")
    if verb == "compare":  # of runs that are there, for which it writes nothing but its own files
        for study, out in (("own_trend", "a"), ("hold_eth", "b")):
            assert harbinger("run", study, *SPAN, *source, "--no-tearsheet", "--out", out)[0] == 0
        source = ()
    command = [sys.executable, "-m", "backtests", *words, *source, "--out", "one", "--json"]
    both = [
        subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    ended = [(*process.communicate(timeout=120), process.returncode) for process in both]
    assert sorted(code for *_, code in ended) == [0, 2], ended
    (answer,) = (json.loads(out) for out, _, code in ended if code == 0)
    (told,) = (err for _, err, code in ended if code == 2)
    assert "is being written there by another process" in told or "holds results already" in told, told
    assert json.loads((tmp_path / "one" / f"{verb}.json").read_text()) == answer
    if verb in ("compare", "evidence", "stress"):  # whose pages name their id
        id = answer["comparison_id" if verb == "compare" else "run_id"]
        assert id in (tmp_path / "one" / f"{verb}.html").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("verb", [*ASKED, "run", "sweep"])
def test_whoever_begins_when_another_has_ended_there_is_refused_too(harbinger, own_home, monkeypatch, verb):
    """Both found the folder empty; the first began and ended before the second began."""
    for study, out in (("own_trend", "a"), ("hold_eth", "b")):
        assert harbinger("run", study, *SPAN, "--source", "simulated", "--no-tearsheet", "--out", out)[0] == 0
    source = () if verb == "compare" else ("--source", "simulated")
    words = (*(ASKED | ALSO)[verb], *source, "--out", "one")
    kind = Sweeps if verb == "sweep" else Runs
    begin = kind.begin

    def late(self, entry, *rest):
        Path("one").mkdir(exist_ok=True)
        Path("one/run.json").write_text("{}")  # another's
        return begin(self, entry, *rest)

    monkeypatch.setattr(kind, "begin", late)
    kept = Registry().sweeps.newest if verb == "sweep" else partial(Registry().runs.newest, wanted=Filter(kind=verb))
    before = len(kept())
    code, _, err = harbinger(*words)
    assert (code, "one holds results already (run.json)" in err) == (2, True), err
    assert Path("one/run.json").read_text() == "{}"
    assert [path.name for path in Path("one").iterdir()] == ["run.json"]
    assert len(kept()) == before


@pytest.mark.slow
def test_a_comparison_into_a_folder_of_one_under_way_is_refused(harbinger, monkeypatch, own_home):
    for study, out in (("own_trend", "a"), ("hold_eth", "b")):
        assert harbinger("run", study, *SPAN, "--source", "simulated", "--no-tearsheet", "--out", out)[0] == 0
    words, compare, second = ("compare", "a", "b", "--out", "one"), recorded.compare, []

    def meanwhile(*args, **options):
        command = [sys.executable, "-m", "backtests", *words]
        second.append(subprocess.run(command, check=False, capture_output=True, text=True))
        return compare(*args, **options)

    monkeypatch.setattr(recorded, "compare", meanwhile)
    assert harbinger(*words)[0] == 0
    assert second[0].returncode == 2
    assert "is being written there by another process" in second[0].stderr
    assert [entry.status for entry in Registry().runs.newest(wanted=Filter(kind="compare"))] == ["ok"]


def test_a_comparison_that_is_stopped_leaves_a_row_that_says_so(harbinger, monkeypatch):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(recorded, "render", stopped)
    words = ("compare", "own_trend", "hold_eth", *SPAN, "--source", "simulated", "--out", "one")
    assert harbinger(*words)[0] == 130
    _, out, _ = harbinger("runs", "list")
    assert out.count("interrupted") == 1, out
    assert "compare" in out
    monkeypatch.setattr(recorded, "compare", stopped)
    assert harbinger(*words)[0] == 130
    _, out, _ = harbinger("runs", "list")
    assert "; , " not in out
    assert ", , " not in out
