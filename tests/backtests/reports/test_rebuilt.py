"""harbinger report: every page comes back from the registry and the store, and none says under its id what it did not."""

import json
import shutil
from pathlib import Path

import pytest

from backtests.registry import Registry
from backtests.reports.asked import lead_asked
from tests.backtests.registry.entries import run_entry

pytestmark = pytest.mark.slow
SPAN = ("--source", "simulated", "--start", "2018-01-01", "--end", "2020-06-30")
PAGES = {"run": "tearsheet.html", "sweep": "sweep.html", "signal": "signal.html", "lead": "lead.html",
         "evidence": "evidence.html", "stress": "stress.html", "compare": "compare.html"}  # fmt: skip


COMPOSED = "combine(own_momentum, zscore(own_momentum, window=60))"


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """A folder of results of every verb with a page, and the registry and the store that know them."""
    from click.testing import CliRunner

    from backtests.cli.app import app

    root = tmp_path_factory.mktemp("everything")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARBINGER_HOME", str(root / "home"))
        patch.chdir(root)
        for words in (
            ("run", "own_trend", *SPAN, "--out", "runs/run"),
            ("run", "hold_eth", *SPAN, "--out", "runs/held", "--no-tearsheet"),
            ("sweep", "own_trend", *SPAN, "-s", "trend.lookback=20,28", "--out", "runs/sweep"),
            (
                "signal",
                COMPOSED,
                *SPAN,
                "-s",
                "first.lookback=14",
                "-s",
                "market.max_age_days=5",
                "--out",
                "runs/signal",
            ),
            ("lead", *SPAN, "--out", "runs/lead"),
            ("evidence", "runs/run", "--out", "runs/evidence"),
            ("stress", "runs/run", "--out", "runs/stress"),
            ("compare", "runs/run", "runs/held", "--out", "runs/compare"),
        ):
            done = CliRunner().invoke(app, words, catch_exceptions=False)
            assert done.exit_code == 0, done.output
    return root


@pytest.fixture
def left(everything, own_home, monkeypatch, tmp_path):
    """A copy of all of it, its registry with the paths of the copy; the ids by kind."""
    shutil.copytree(everything / "runs", tmp_path / "runs")
    shutil.copytree(everything / "home", own_home)
    monkeypatch.chdir(tmp_path)
    registry = Registry()
    with registry.database.open(write=True) as database:
        for table in ("runs", "sweeps"):
            database.execute(f"UPDATE {table} SET path = replace(path, ?, ?)", (str(everything), str(tmp_path)))
    ids = {entry.kind: entry.run_id for entry in registry.runs.newest() if entry.path and entry.study != "hold_eth"}
    return ids | {"sweep": registry.sweeps.newest()[0].sweep_id}


def bare(page):
    """A page without the ids of its figures, which count on in one process, and without the count of trials."""
    import re

    text = re.sub(r"(figure|chart)-\d+", "figure", page)
    return re.sub(r"Tried so far on .*?leads\.|<svg.*?</svg>|<img[^>]*>", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_that_is_gone_comes_back_as_it_was(harbinger, left, kind):
    page = Path("runs") / kind / PAGES[kind]
    was = page.read_text()
    page.unlink()
    code, out, err = harbinger("report", left[kind])
    assert (code, err[:500]) == (0, "")
    assert out.splitlines() == [f"report: {page.resolve()}"]
    assert bare(page.read_text()) == bare(was)


def test_a_run_without_files_gets_all_of_them_and_answers_again(harbinger, left):
    was = {path.name: path.read_bytes() for path in Path("runs/run").iterdir() if path.suffix != ".html"}
    shutil.rmtree("runs/run")
    assert harbinger("report", left["run"])[0] == 0
    assert {name: (Path("runs/run") / name).read_bytes() for name in was if name != "run.json"} == {
        name: content for name, content in was.items() if name != "run.json"
    }
    now, then = json.loads(Path("runs/run/run.json").read_text()), json.loads(was["run.json"])
    assert {key for key in then if now[key] != then[key]} <= {"evidence"}  # there are more trials by now
    out = harbinger("run", "own_trend", *SPAN, "--json")[1]
    assert json.loads(out)["run_id"] == left["run"]  # the hashes of the registry are those of the new files


def test_other_numbers_are_not_put_under_its_id(harbinger, left):
    registry = Registry()
    with registry.database.open(write=True) as database:
        database.execute(
            "UPDATE runs SET metrics = json_set(metrics, '$.sharpe', 9.5) WHERE run_id = ?", (left["run"],)
        )
    before = Path("runs/run/tearsheet.html").read_bytes()
    code, out, err = harbinger("report", left["run"])
    assert (code, out) == (1, "")
    assert "sharpe: 9.5 then" in err
    assert "--out" in err
    assert Path("runs/run/tearsheet.html").read_bytes() == before
    code, out, _ = harbinger("report", left["run"], "--out", "again")
    assert code == 0
    assert "not as it was: sharpe: 9.5 then" in " ".join(out.split())
    assert sorted(path.name for path in Path("again").iterdir()) == ["tearsheet.html"]


def test_a_folder_is_named_too_where_it_was_moved(harbinger, left):
    Path("runs/run").rename("moved here")
    Path("moved here/tearsheet.html").unlink()
    code, out, err = harbinger("report", "moved here")
    assert (code, out, err) == (0, f"report: {Path('moved here/tearsheet.html').resolve()}\n", "")
    assert not Path("runs/run").exists()
    Path("empty").mkdir()
    assert "empty holds no result" in harbinger("report", "empty")[2]
    with Registry().database.open(write=True) as database:
        database.execute("DELETE FROM runs WHERE run_id = ?", (left["run"],))
    code, _, err = harbinger("report", "moved here")
    assert (code, "the registry does not know" in err, "runs recover 'moved here'" in err) == (2, True, True)
    harbinger("runs", "recover", "moved here")
    assert harbinger("report", "moved here")[0] == 0


@pytest.mark.parametrize(("kind", "words"), [("signal", ("signal", "small_cap_momentum")), ("lead", ("lead",))])
def test_a_look_at_a_whole_folder_is_drawn_again(harbinger, shared_market, kind, words):
    """Without days that were asked for: from the first day that there was, what lies before it would be missing."""
    place = ("--source", f"folder:{shared_market}", "--out", "look")
    assert harbinger(*words, *place)[0] == 0
    page = Path("look", PAGES[kind])
    was = page.read_text()
    page.unlink()
    code, _, err = harbinger("report", "look")
    assert (code, err) == (0, "")
    assert bare(page.read_text()) == bare(was)


@pytest.mark.parametrize("kind", ["signal", "lead"])
def test_other_data_are_noticed_where_the_numbers_of_then_are_gone(harbinger, left, kind):
    Path("runs", kind, f"{kind}.json").unlink()
    with Registry().database.open(write=True) as database:
        database.execute("UPDATE runs SET source = 'simulated:seed=2' WHERE run_id = ?", (left[kind],))
    before = Path("runs", kind, PAGES[kind]).read_bytes()
    code, out, err = harbinger("report", left[kind])
    assert (code, out) == (1, "")
    assert "would say something else now (data: " in err
    assert Path("runs", kind, PAGES[kind]).read_bytes() == before
    assert harbinger("report", left[kind], "--out", "again")[0] == 0


def nudged(value, by):
    """The same JSON, every number in it that is no whole one a little larger."""
    if isinstance(value, dict):
        return {key: nudged(one, by) for key, one in value.items()}
    if isinstance(value, list):
        return [nudged(one, by) for one in value]
    return value * (1 + by) if isinstance(value, float) else value


@pytest.mark.parametrize("kind", ["evidence", "compare"])
@pytest.mark.parametrize(("by", "code"), [(1e-13, 0), (1e-6, 1)])
def test_the_order_of_sums_is_no_other_number(harbinger, left, kind, by, code):
    file = Path("runs", kind, f"{kind}.json")
    file.write_text(json.dumps(nudged(json.loads(file.read_text()), by)))
    found, _, err = harbinger("report", left[kind])
    assert (found, "would say something else now" in err) == (code, bool(code)), err


def test_what_cannot_be_drawn_says_why(harbinger, left):
    registry = Registry()
    registry.runs.add(run_entry("broke", status="failed", reason="no history"))
    registry.runs.add(run_entry("gone"))
    registry.runs.remove("gone")
    for id, code, words in (("broke", 2, "failed (no history)"), ("gone", 2, "was removed"), ("what", 2, "what")):
        answer = harbinger("report", id)
        assert (answer[0], answer[1]) == (code, "")
        assert words in answer[2]
    Path("runs/signal/signal.json").write_text("{")
    code, out, err = harbinger("report", left["signal"])
    assert (code, out, "signal.json: cannot be read" in err) == (1, "", True)
    (Path("runs/stress") / "stress.json").unlink()
    code, _, err = harbinger("report", left["stress"])
    assert (code, err) == (
        1,
        "harbinger: stress.json of this stress is gone, and nothing else holds its numbers: run it again\n",
    )


def test_what_a_lead_asked_for_is_read_off_its_row():
    assert lead_asked("leader = IWM, traded = ETH-USD, windows = daily, controls = HYG, TLT") == (
        "IWM", "ETH-USD", "daily", ("HYG", "TLT"),
    )  # fmt: skip
    assert lead_asked("leader = IWM, traded = ETH-USD, windows = whichever the source has")[2:] == (None, ())
