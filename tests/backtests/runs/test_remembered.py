"""A remembered answer is what was written then, to the byte, or it is no answer."""

import json
import shutil
from pathlib import Path

import pytest

from backtests.registry import Registry

RUN = ("run", "own_trend", "--source", "simulated:null", "--end", "2017-06-30", "--no-tearsheet", "--json")


@pytest.fixture
def first(harbinger):
    """A run, and its folder."""
    content = json.loads(harbinger(*RUN)[1])
    return content, Path("runs") / content["run_id"]


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def better(path):
    path.write_text(path.read_text().replace('"sharpe": ', '"sharpe": 9', 1))


def gone(path):
    path.unlink()


CHANGES = [(name, flip) for name in ("run.json", "equity.csv", "orders.csv", "spec.toml")]
CHANGES += [("run.json", better), *((name, gone) for name in ("run.json", "equity.csv", "orders.csv", "spec.toml"))]


@pytest.mark.parametrize(("name", "change"), CHANGES, ids=lambda value: getattr(value, "__name__", value))
def test_a_changed_file_is_named_and_the_run_computed_again(harbinger, first, name, change):
    content, folder = first
    change(folder / name)
    code, out, err = harbinger(*RUN)
    assert code == 0
    assert json.loads(out)["run_id"] != content["run_id"]
    assert {**json.loads(out), "run_id": ""} == {**content, "run_id": ""}
    said = "is gone" if change is gone else "was changed"
    assert err == f"harbinger: {folder}: {name} {said} since run {content['run_id']} wrote it; computed again\n"
    assert json.loads(harbinger(*RUN)[1])["run_id"] == json.loads(out)["run_id"]  # the whole one answers from now on


def test_the_screen_says_it_too(harbinger, first):
    flip(first[1] / "equity.csv")
    out = harbinger(*RUN[:-1])[1]
    assert "equity.csv was changed" in " ".join(out.split())
    assert "answered from the registry" not in out


@pytest.mark.parametrize("setting", ["name=mine", "why=Because it went up."])
def test_a_run_under_another_name_or_reason_says_those_and_answers_the_next(harbinger, first, setting):
    content, _ = first
    words = (*RUN, "-s", f"study.{setting}")
    done = json.loads(harbinger(*words)[1])
    name, _, value = setting.partition("=")
    assert (done["params"][f"study.{name}"], done["run_id"] != content["run_id"]) == (value, True)
    assert (done["metrics"], done["evidence"]["n_trials"]) == (content["metrics"], content["evidence"]["n_trials"])
    assert json.loads(harbinger(*words)[1])["run_id"] == done["run_id"]
    assert json.loads(harbinger(*RUN)[1])["run_id"] == content["run_id"]


def test_a_folder_that_was_cleared_away_is_no_news(harbinger, first):
    shutil.rmtree(first[1])
    code, out, err = harbinger(*RUN)
    assert (code, err) == (0, "")
    assert json.loads(out)["run_id"] != first[0]["run_id"]


@pytest.mark.slow
def test_a_folder_that_another_run_wrote_into_is_no_news(harbinger):
    one = json.loads(harbinger(*RUN, "--out", "x")[1])
    shutil.rmtree("x")
    harbinger(*RUN, "--out", "x", "-s", "trend.lookback=40")
    code, out, err = harbinger(*RUN)
    assert (code, err) == (0, "")
    assert json.loads(out)["run_id"] != one["run_id"]


def test_a_row_without_hashes_does_not_answer(harbinger, first):
    with Registry().database.open(write=True) as database:
        database.execute("UPDATE runs SET hashes = ''")
    assert json.loads(harbinger(*RUN)[1])["run_id"] != first[0]["run_id"]


def test_a_run_without_a_page_does_not_answer_for_one_that_somebody_put_there(harbinger, first):
    (first[1] / "tearsheet.html").write_text("<h1>Sharpe ratio 9</h1>")
    code, out, err = harbinger(*RUN)
    assert json.loads(out)["run_id"] != first[0]["run_id"]
    assert "tearsheet.html was put there" in err


@pytest.mark.slow
@pytest.mark.parametrize("change", [flip, gone])
def test_a_page_that_is_not_what_was_drawn_is_drawn_again(harbinger, monkeypatch, change):
    monkeypatch.setattr("backtests.runs.tearsheet.page.chapter", lambda *_: str)
    words = (*RUN[:-2], "--json")
    page = Path("runs") / json.loads(harbinger(*words)[1])["run_id"] / "tearsheet.html"
    change(page)
    code, out, err = harbinger(*words)
    assert (code, json.loads(out)["run_id"] != page.parent.name) == (0, True)
    assert ("tearsheet.html is gone" if change is gone else "tearsheet.html was changed") in err
    without = json.loads(harbinger(*RUN)[1])["run_id"]
    assert (Path("runs") / without / "tearsheet.html").is_file()


@pytest.mark.slow
def test_the_page_and_the_screen_end_with_the_count(harbinger, monkeypatch):
    monkeypatch.setattr("backtests.runs.tearsheet.page.chapter", lambda *_: str)
    for lookback in (20, 30, 30):
        out = harbinger(*RUN[:-2], "-s", f"trend.lookback={lookback}", "--out", f"o{lookback}", "--fresh")[1]
    line = (
        "Tried so far on SIMULATED ETH over days that overlap these: 2 ideas (2 counting each span apart, "
        "3 evaluations), 0 looks at signals and leads."
    )
    assert line in " ".join(out.split())
    assert line in Path("o30/tearsheet.html").read_text()
    out = harbinger(*RUN[:-2], "-s", "trend.lookback=30", "--out", "o30")[1]
    assert "answered from the registry" in " ".join(out.split())
    assert line in " ".join(out.split())
