"""A registry that is gone: it is said, and `runs recover` makes its rows again, from nothing but the folders."""

import json
import re
import shutil
from pathlib import Path

import pytest

from backtests.registry import Registry
from tests.backtests.registry.test_ideas import write

pytestmark = pytest.mark.slow
RUN = ("run", "own_trend", "--source", "simulated:null", "--end", "2017-06-30", "--no-tearsheet")
SPAN = ("--source", "simulated:null", "--end", "2018-06-30")


@pytest.fixture(scope="module")
def everything(tmp_path_factory):
    """A folder of results of every verb, and the registry that knows them."""
    from click.testing import CliRunner

    from backtests.cli.app import app

    root = tmp_path_factory.mktemp("everything")
    write(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARBINGER_HOME", str(root / "home"))
        patch.chdir(root)
        for words in (
            ("run", "own_trend", *SPAN, "--no-tearsheet", "--out", "runs/a"),
            ("run", "mine.toml", *SPAN, "--no-tearsheet", "--out", "runs/b"),
            (
                "sweep",
                "own_trend",
                *SPAN,
                "-s",
                "trend.lookback=20,28",
                "-s",
                "costs.slippage_bps=0,5.5",
                "--out",
                "runs/c",
            ),
            ("signal", "own_momentum", *SPAN, "--out", "runs/deep/d"),
            ("lead", *SPAN, "--start", "2018-01-01", "--out", "runs/e"),
            ("compare", "runs/a", "runs/b", "--out", "runs/f"),
        ):
            done = CliRunner().invoke(app, words, catch_exceptions=False)
            assert done.exit_code == 0, done.output
            (root / f"{words[0]}.screen").write_text(done.output)
    return root


def test_every_screen_and_page_says_what_was_tried(everything):
    said = "Tried so far on SIMULATED ETH over days that overlap these: "
    for verb, page in (("sweep", "c/sweep"), ("signal", "deep/d/signal"), ("lead", "e/lead"), ("compare", "f/compare")):
        (line,) = re.findall(r'<p class="trials">(.*?)</p>', (everything / "runs" / f"{page}.html").read_text())
        assert line.startswith(said), verb
        assert line in " ".join((everything / f"{verb}.screen").read_text().split()), verb
    assert "6 ideas (6 counting each span apart, 6 evaluations), 2 looks at signals and leads." in line
    assert said in " ".join((everything / "run.screen").read_text().split())


@pytest.fixture
def left(everything, own_home, monkeypatch, tmp_path):
    """The results, in the current folder, with the store and without the registry."""
    shutil.copytree(everything / "runs", tmp_path / "runs")
    shutil.copytree(everything / "home" / "store", own_home / "store")
    monkeypatch.chdir(tmp_path)
    return Registry(everything / "home")


def rows(registry):
    """What of each row must come back."""
    kept = ("study", "source", "traded", "start", "end", "status", "kind", "metrics", "data_fingerprint", "created_at")
    return {entry.run_id: [getattr(entry, name) for name in kept] for entry in registry.runs.newest(1000)}


def test_what_is_gone_is_said_until_it_is_recovered(harbinger, left):
    for words in (("runs", "list"), ("runs", "trials", "--simulated")):
        code, _, err = harbinger(*words)
        assert (code, "The registry that was there before" in err, "runs recover" in err) == (0, True, True), words
    out = " ".join(harbinger(*RUN, "--out", "new")[1].split())
    assert re.search(r"\d sets? of frozen inputs and \d folders in runs/ tell of earlier runs", out)
    assert "is gone" in harbinger("runs", "list")[2]  # a new row does not hide it
    assert harbinger("runs", "recover")[0] == 0
    code, out, err = harbinger("runs", "list")
    assert (code, err) == (0, "")
    assert "is gone" not in harbinger(*RUN, "--out", "newer", "--fresh")[1]


def test_rows_come_back_as_they_were(harbinger, left):
    code, out, err = harbinger("runs", "recover")
    assert (code, err) == (0, "")
    assert (
        out
        == "recovered: 2 runs, 1 sweep, 1 signal, 1 lead, 1 comparison, 0 judgements, 0 stress tests; 4 sets of sweeps; 0 were known\n"
    )
    assert rows(Registry()) == rows(left)
    count, then = (registry.count("ETH-USD", simulated=True) for registry in (Registry(), left))
    assert vars(count) == vars(then)
    ((sweep,), (was,)) = (registry.sweeps.newest() for registry in (Registry(), left))
    assert (sweep.sweep_id, sweep.status, sweep.axes, sweep.sets) == (was.sweep_id, "done", was.axes, was.sets)
    assert Registry().sweeps.rows(sweep).equals(left.sweeps.rows(was))
    hashes = {entry.run_id: entry.trial_hash for entry in Registry().runs.newest() if entry.study != "mine"}
    assert hashes == {entry.run_id: entry.trial_hash for entry in left.runs.newest() if entry.study != "mine"}
    assert harbinger("runs", "recover")[1].endswith("; 0 sets of sweeps; 6 were known\n")


def said(registry):
    """What the screens say was tried, and what the list shows."""
    count = registry.count("ETH-USD", simulated=True)
    looks = {
        entry.run_id: (entry.kind, "" if entry.kind == "run" else entry.spec) for entry in registry.runs.newest(1000)
    }
    return vars(count), looks, [(sweep.sweep_id, sweep.sets) for sweep in registry.sweeps.newest(1000)]


SHORT = '[strategy]\nuse = "long_flat"\n[strategy.trend]\nuse = "own_momentum"\n[study]\nend = "2018-06-30"\n'


WALKED = ("-s", "trend.lookback=20,28", "--walk-forward", "6m/3m", "--tearsheets")
QUESTIONS = {
    "run": ("run", "own_trend", *SPAN),
    "sweep": ("sweep", "own_trend", *SPAN, *WALKED),
    "signal": ("signal", "own_momentum", *SPAN),
    "lead": ("lead", *SPAN, "--controls", "HYG"),
    "evidence": ("evidence", "short.toml", *SPAN[:2]),
    "evidence of code": ("evidence", "mine.toml", *SPAN[:2]),
    "stress": ("stress", "own_trend", *SPAN),
    "compare": ("compare", "own_trend", "hold_eth", *SPAN, "-s", "costs.slippage_bps=0,5"),
}


@pytest.mark.uncounted
@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_counts_after_it_was_lost_as_before(harbinger, own_home, question, tmp_path):
    write(tmp_path)
    (tmp_path / "short.toml").write_text(SHORT)
    assert harbinger(*QUESTIONS[question])[0] == 0
    before = said(Registry())
    assert before[1]
    (own_home / "registry.sqlite").unlink()
    assert harbinger("runs", "recover")[::2] == (0, "")
    assert said(Registry()) == before
    assert harbinger("runs", "recover")[::2] == (0, "")
    assert said(Registry()) == before


def test_the_run_behind_an_answer_is_one_run_whichever_folder_is_read_first(harbinger, own_home, tmp_path):
    (tmp_path / "short.toml").write_text(SHORT)
    assert harbinger("run", "short.toml", *SPAN[:2], "--no-tearsheet", "--out", "runs/a")[0] == 0
    assert harbinger("evidence", "runs/a", "--out", "runs/b")[0] == 0
    before = said(Registry())
    (own_home / "registry.sqlite").unlink()
    assert harbinger("runs", "recover", "runs/b")[1].startswith("recovered: 1 run, 0 sweeps, ")
    assert [entry.path for entry in Registry().runs.newest() if entry.kind == "run"] == [""]
    assert harbinger("runs", "recover", "runs/a")[1].startswith("recovered: 1 run, 0 sweeps, ")
    assert said(Registry()) == before
    (run,) = (entry for entry in Registry().runs.newest() if entry.kind == "run")
    assert run.path == str(tmp_path / "runs/a")
    assert json.loads(run.metrics) == json.loads(Path("runs/a/run.json").read_text())["metrics"]


def test_an_answer_without_what_it_was_asked_about_is_named_and_one_that_was_stopped_counts(
    harbinger, own_home, tmp_path
):
    (tmp_path / "short.toml").write_text(SHORT)
    for verb in ("evidence", "stress"):
        assert harbinger(verb, "short.toml", *SPAN[:2], "--out", f"runs/{verb}")[0] == 0
    (own_home / "registry.sqlite").unlink()
    (Path("runs/evidence") / "evidence.json").unlink()
    (Path("runs/stress") / "spec.toml").unlink()
    code, _, err = harbinger("runs", "recover")
    assert (code, "has no spec.toml beside it" in err) == (1, True)
    assert [(entry.kind, entry.status) for entry in Registry().runs.newest()] == [("evidence", "interrupted")]
    assert Registry().count("ETH-USD", simulated=True).ideas == 1


def test_a_recovered_run_is_shown_and_repeated_but_does_not_answer(harbinger, left):
    harbinger("runs", "recover")
    run_id = json.loads(Path("runs/a/run.json").read_text())["run_id"]
    assert harbinger("runs", "show", run_id)[0] == 0
    assert harbinger("runs", "rerun", run_id)[0] == 0
    content = json.loads(harbinger("run", "own_trend", *SPAN, "--no-tearsheet", "--json")[1])
    assert content["run_id"] != run_id


def test_no_code_that_a_folder_names_is_run(harbinger, left, tmp_path):
    (tmp_path / "mine.py").write_text("raise SystemExit('ran')")
    spec = Path("runs/b/spec.toml")
    assert "mine.py" in spec.read_text()
    spec.write_text(spec.read_text().replace("mine.py", str(tmp_path / "mine.py")))
    code, out, err = harbinger("runs", "recover", "runs/b")
    assert (code, out.startswith("recovered: 1 run,")) == (0, True)
    assert Registry().count("ETH-USD", simulated=True).ideas == 1


def test_what_was_stopped_comes_back_as_interrupted_and_counts(harbinger, left):
    (Path("runs/a") / "run.json").unlink()
    (Path("runs/c") / "sweep.json").unlink()
    table = Path("runs/c/trials.csv")
    table.rename("runs/c/trials.csv.part")
    with Path("runs/c/trials.csv.part").open("a") as file:
        file.write("99,0.01,0.5")
    assert harbinger("runs", "recover", "runs/a", "runs/c")[0] == 0
    assert [entry.status for entry in Registry().runs.newest()] == ["interrupted"]
    assert Registry().sweeps.newest()[0].status == "interrupted"
    found = Registry().count("ETH-USD", simulated=True)
    assert (found.ideas, found.from_runs, found.from_sweeps, found.evaluations) == (5, 1, 4, 5)
    assert harbinger("runs", "recover", "runs/a", "runs/c")[1].endswith("2 were known\n")


def test_a_folder_that_cannot_be_read_is_named_and_the_others_recovered(harbinger, left):
    Path("runs/a/run.json").write_text("{")
    Path("runs/e/lead.json").write_text("[]")
    code, out, err = harbinger("runs", "recover")
    assert (code, out.startswith("recovered: 1 run, 1 sweep, 1 signal, 0 leads")) == (1, True)
    assert "runs/a: " in err
    assert "runs/e: " in err
    assert "2 folders cannot be read and are not counted" in err
    code, _, err = harbinger("runs", "recover", "nowhere")
    assert (code, "nowhere: is no folder" in err) == (1, True)


@pytest.mark.parametrize("deep", ["[" * 200_000, '{"a":' * 5_000 + "1" + "}" * 5_000])
def test_brackets_in_brackets_are_named_as_what_cannot_be_read(harbinger, left, deep):
    Path("runs/a/run.json").write_text(deep)
    code, out, err = harbinger("runs", "recover")
    assert (code, out.startswith("recovered: 1 run, 1 sweep, 1 signal, 1 lead")) == (1, True)
    assert "runs/a: " in err
    assert "1 folder cannot be read and is not counted" in err
    assert harbinger("site")[1].startswith("5 pieces of work")  # all but that run
    assert harbinger("open", "runs/a")[0] == 2


def test_a_run_whose_json_is_gone_is_not_counted_again_beside_its_row(harbinger, own_home, tmp_path):
    assert harbinger(*RUN, "--out", "runs/a")[0] == 0
    before = said(Registry())
    Path("runs/a/run.json").unlink()
    assert harbinger("runs", "recover")[1].endswith("; 1 were known\n")
    assert said(Registry()) == before


def test_a_first_registry_is_no_lost_one(harbinger):
    assert harbinger("sweep", "own_trend", *SPAN, "-s", "trend.lookback=20,28", "--estimate")[0] == 0
    assert "is gone" not in "".join(harbinger("runs", "list")[1:])
    out = harbinger(*RUN, "--out", "first")[1]
    assert "Tried so far" in out
    assert "is gone" not in " ".join(out.split())


def test_an_emptied_registry_is_a_lost_one(harbinger, left):
    Registry().runs.newest()
    assert "is gone" in harbinger("runs", "list")[2]
    harbinger("runs", "recover")
    with Registry().database.open(write=True) as database:
        for table in ("runs", "sweeps", "blocks"):
            database.execute(f"DELETE FROM {table}")
    assert "is gone" in harbinger("runs", "list")[2]
