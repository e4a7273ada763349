"""A doctored plan.json: refused before anything that it names has run."""

import json
import shutil
from pathlib import Path

import pytest

from backtests.registry import Registry
from backtests.sweeps.folder import planned
from data.errors import HarbingerError
from signals import user_code

SIGNAL = """
from dataclasses import dataclass
from helper import SCALE
from signals.base import Signal
{first}
@dataclass(frozen=True)
class Mine(Signal):
    unit = "log return"

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 2

    def compute(self, market):
        prices = market["leader"].values
        return SCALE * (prices / prices.shift(1) - 1)
"""
STUDY = '[strategy]\nuse = "long_flat"\n[strategy.trend]\nuse = "mine.py"\n'
RAN = 'open("ran.txt", "a").write("it ran")\n'
SWEEP = ("sweep", "study.toml", "--source", "simulated", "--end", "2016-12-31", "-s", "threshold=0,0.01", "--out", "s")


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """A sweep of a user's signal, as an interruption leaves it, and the home that knows it."""
    from backtests.api import sweep

    folder = tmp_path_factory.mktemp("interrupted")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARBINGER_HOME", str(folder / "home"))
        patch.chdir(folder)
        Path("helper.py").write_text("SCALE = 1.0\n")
        Path("mine.py").write_text(SIGNAL.format(first=""))
        Path("study.toml").write_text(STUDY)
        sweep("study.toml", {"threshold": (0.0, 0.01)}, source="simulated", end="2016-12-31", out="s")
    (folder / "s" / "sweep.json").unlink()
    return folder


@pytest.fixture
def copy(interrupted, harbinger, tmp_path, monkeypatch):
    """A copy to doctor, in the current folder."""
    shutil.copytree(interrupted, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("HARBINGER_HOME", str(interrupted / "home"))
    # the copy's own files lie elsewhere than those that the registry names: stand where the sweep began
    monkeypatch.chdir(interrupted)
    yield tmp_path / "s"
    assert not (interrupted / "ran.txt").exists()


def doctored(folder, change):
    note = json.loads((folder / "plan.json").read_text())
    note["plan"] = json.loads(note["plan"])
    change(note)
    note["plan"] = json.dumps(note["plan"])
    (folder / "plan.json").write_text(json.dumps(note))


def refused(harbinger, folder, says):
    code, out, err = harbinger("sweep", "--resume", folder)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1
    assert harbinger.code == []  # no file of the user's ran
    assert not Path("ran.txt").exists()


def test_the_plan_names_no_absolute_path(interrupted):
    text = (interrupted / "s" / "plan.json").read_text() + (interrupted / "s" / "spec.toml").read_text()
    assert str(interrupted) not in text
    assert str(Path.home()) not in text
    assert '"beside": [\n  [\n   "helper.py"\n  ]\n ]' in text


@pytest.mark.slow
def test_an_honest_plan_goes_on_from_any_folder(harbinger, copy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path / "home")
    monkeypatch.setattr(user_code, "_files", {})
    code, _, err = harbinger("sweep", "--resume", copy)
    assert (code, err) == (0, "")
    assert len(harbinger.code) == 2
    assert (copy / "sweep.json").is_file()


def test_another_file_in_the_plan_never_runs(harbinger, copy):
    evil = copy.parent / "evil.py"
    evil.write_text(RAN)

    def change(note):
        note["plan"]["base"] = note["plan"]["base"].replace("mine.py", str(evil))

    doctored(copy, change)
    refused(harbinger, copy, "began with, so nothing of it runs")


@pytest.mark.parametrize("name", ["mine.py", "helper.py"])
def test_an_edited_file_never_runs(harbinger, copy, interrupted, name):
    honest = (interrupted / name).read_text()
    (interrupted / name).write_text(RAN + honest)
    try:
        refused(harbinger, copy, "a file of yours has changed since the sweep began")
    finally:
        (interrupted / name).write_text(honest)


def test_a_plan_that_hides_a_file_beside_is_refused(harbinger, copy):
    doctored(copy, lambda note: note.update(beside=[[]]))
    refused(harbinger, copy, "has changed since the sweep began")


def test_a_plan_that_no_registry_knows_runs_no_file(harbinger, copy):
    evil = copy.parent / "evil.py"
    evil.write_text(RAN)

    def change(note):
        note["sweep_id"] = "20260101-000000-sweep-other-abcdef"
        note["plan"]["base"] = note["plan"]["base"].replace("mine.py", str(evil))

    doctored(copy, change)
    refused(harbinger, copy, "the registry does not know this sweep")


def test_other_axes_are_not_written_among_those_of_the_sweep(harbinger, copy):
    def change(note):
        note["plan"]["axes"][0]["path"] = "costs.slippage_bps"

    doctored(copy, change)
    assert harbinger("sweep", "--resume", copy)[0] == 2
    assert json.loads(Registry().sweeps.newest()[0].axes) == ["threshold"]


BAD = (None, 3, -1, True, "", "\0", [], [3], {}, {"a": [[]]}, "../../etc/passwd", 1e400)


@pytest.mark.parametrize("key", ["sweep_id", "created_at", "code_hash", "lacking", "beside", "plan"])
def test_no_value_of_a_plan_makes_more_than_a_line(copy, key):
    honest = (copy / "plan.json").read_text()
    for bad in BAD:
        note = json.loads(honest)
        note[key] = bad
        (copy / "plan.json").write_text(json.dumps(note))
        check_line(copy, (key, bad))
    note = json.loads(honest)
    del note[key]
    (copy / "plan.json").write_text(json.dumps(note))
    check_line(copy, key)


@pytest.mark.parametrize("key", ["base", "axes", "method", "n", "seed", "constraint", "metric", "curves"])
def test_no_value_inside_a_plan_makes_more_than_a_line(copy, key):
    for bad in (*BAD, [{"path": 3}], [{"path": "threshold", "values": 3}], [{"path": "threshold", "values": [[]]}]):
        honest = (copy / "plan.json").read_text()
        doctored(copy, lambda note, bad=bad: note["plan"].update({key: bad}))
        check_line(copy, (key, bad))
        (copy / "plan.json").write_text(honest)


def check_line(folder, case):
    says = ""
    try:
        planned.read(folder)
    except HarbingerError as error:
        says = str(error)
    assert "\n" not in says, (case, says)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '"a"', "\0\xff", "[" * 5000, "{" + '"a":{' * 5000, "null"])
def test_what_is_no_plan_at_all_is_a_line(copy, text):
    (copy / "plan.json").write_text(text)
    check_line(copy, text[:20])
    (copy / "plan.json").unlink()
    (copy / "plan.json").mkdir()
    check_line(copy, "a folder")
