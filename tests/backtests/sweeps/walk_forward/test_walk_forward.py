"""A walk-forward end to end: each fold is what two plain runs say, the stitched curve is a run of its own file."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtests import sweep
from backtests.metrics.performance import NAMES
from backtests.registry import Registry
from data.catalogue import lookup
from data.sources.simulated.source import SimulatedSource

WORDS = ("sweep", "small_cap_trend", "--source", "simulated:seed=4", "--start", "2016-01-01", "--end", "2021-12-31")
AXES = ("-s", "trend.lookback=20,60,120", "-s", "threshold=0,0.03")
WALK = ("--walk-forward", "2y/1y")
KEYS = [
    "train", "test", "anchored", "choose", "metric", "purge_bars", "run_id", "folder", "start", "end", "folds", "metrics",
    "beside", "decay", "offsets", "sharpe_interval_95", "evidence", "status",
]  # fmt: skip


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """One walk-forward, by the function, its pages left out: home, folder, record."""
    folder = tmp_path_factory.mktemp("walk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARBINGER_HOME", str(folder / "home"))
        patch.setattr("backtests.runs.tearsheet.page.render", lambda *_: b"a page")
        axes = {"trend.lookback": [20, 60, 120], "threshold": [0.0, 0.03]}
        span = {"start": "2016-01-01", "end": "2021-12-31", "source": "simulated:seed=4"}
        done = sweep("small_cap_trend", axes, **span, walk_forward="2y/1y", out=folder / "s")
    return folder, json.loads((done.folder / "sweep.json").read_text())


@pytest.fixture
def walked(once, harbinger, tmp_path, monkeypatch):
    """That walk-forward in the folder of this test."""
    folder, content = once
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("HARBINGER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("backtests.runs.tearsheet.page.render", lambda *_: b"a page")
    return content


@pytest.mark.slow
def test_the_curves_beside_are_plain_runs_over_the_same_bars(harbinger, walked):
    walk, rows = walked["walk_forward"], pd.read_csv("s/walk_forward_beside.csv")
    assert list(rows) == ["date", "holding_usd", "fixed_usd", "own_trend_usd"]
    assert list(rows["date"]) == list(pd.read_csv("s/walk_forward.csv")["date"])
    for column, study in (
        ("holding_usd", "hold_eth"),
        ("fixed_usd", "small_cap_trend"),
        ("own_trend_usd", "own_trend"),
    ):
        words = ("--source", "simulated:seed=4", "--start", walk["start"], "--end", walk["end"], "--no-tearsheet")
        assert harbinger("run", study, *words, "--out", study)[0] == 0
        assert list(rows[column]) == list(pd.read_csv(Path(study) / "equity.csv")["equity_usd"]), column


@pytest.mark.uncounted
@pytest.mark.slow
def test_each_fold_is_two_plain_runs_and_the_stitched_curve_is_a_run_of_its_own_file(harbinger, walked):
    walk = walked["walk_forward"]
    assert list(walk) == KEYS
    assert (walk["train"], walk["test"], walk["anchored"], walk["choose"], walk["purge_bars"]) == (
        "2y",
        "1y",
        False,
        "region",
        1,
    )
    assert [fold["test"][0] for fold in walk["folds"]] == ["2018-01-01", "2019-01-01", "2020-01-01", "2021-01-01"]
    for fold in walk["folds"][:3]:
        for window, numbers in (("train", "in_sample"), ("test", "out_of_sample")):
            settings = [f"{path}={value}" for path, value in fold["params"].items()]
            words = [word for setting in settings for word in ("-s", setting)]
            start, end = fold[window]
            run = harbinger("run", "s/spec.toml", *words, "--start", start, "--end", end, "--no-tearsheet", "--json")[1]
            assert json.loads(run)["metrics"] == fold[numbers], "to the bit"
    rows = pd.read_csv("s/walk_forward.csv")
    assert list(rows) == ["date", "fold", "equity_usd", "weight_target"]
    again = harbinger("run", "s/walk-forward/spec.toml", "--fresh", "--out", "again", "--no-tearsheet", "--json")
    assert json.loads(again[1])["metrics"] == walk["metrics"]
    bars = pd.read_csv("again/equity.csv")
    for name in ("date", "equity_usd", "weight_target"):
        assert bars[name].equals(rows[name]), name
    for at, fold in enumerate(walk["folds"], 1):
        days = rows.loc[rows["fold"] == at, "date"]
        assert [days.iloc[0], days.iloc[-1]] == fold["test"]
    # The seams cost what orders cost: nothing is handed over for nothing.
    orders = pd.read_csv("again/orders.csv")
    assert walk["metrics"]["orders"] == len(orders)


@pytest.mark.slow
def test_the_numbers_beside_it_are_those_of_runs_over_the_same_bars(harbinger, walked):
    walk = walked["walk_forward"]
    assert list(walk["beside"]) == ["hold ETH-USD", "IWM (leader)", "small_cap_trend, fixed", "own_trend"]
    span = ("--start", walk["start"], "--end", walk["end"], "--source", "simulated:seed=4", "--no-tearsheet", "--json")
    for study, name in (("small_cap_trend", "small_cap_trend, fixed"), ("own_trend", "own_trend")):
        assert json.loads(harbinger("run", study, *span)[1])["metrics"] == walk["beside"][name]
    folds = walk["folds"]
    pairs = [(fold["in_sample"]["sharpe"], fold["out_of_sample"]["sharpe"]) for fold in folds]
    assert walk["decay"]["in_sample"] == pytest.approx(np.mean([a for a, b in pairs if None not in (a, b)]))
    assert walk["decay"]["worse"] == np.mean([b < a for a, b in pairs if None not in (a, b)])
    offsets = walk["offsets"]
    sharpes = [variant["sharpe"] for variant in offsets["variants"]]
    assert (offsets["low"], offsets["high"]) == (min(sharpes), max(sharpes))
    assert offsets["start"] >= max(fold["test"][0] for fold in folds[:1])
    assert Registry().runs.show(walk["run_id"]).status == "ok"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The simulated history as files, to be poisoned."""
    folder = tmp_path_factory.mktemp("history")
    source = SimulatedSource(seed=4)
    for id in ("ETH-USD", "IWM", "DGS3MO"):
        source.load(lookup(id)).to_parquet(folder / f"{id}.parquet")
    return folder


def poisoned(files, day, folder):
    """Another history after `day`, joined without a jump."""
    shutil.copytree(files, folder)
    for path in folder.glob("*.parquet"):
        table = pd.read_parquet(path)
        if "close" not in table:
            continue
        other, late = SimulatedSource(seed=5).load(lookup(path.stem)), table["date"] > day
        joint = table.loc[~late, "close"].iloc[-1] / other.loc[~late, "close"].iloc[-1]
        for name in ("open", "high", "low", "close", "adj_close"):
            if name in table:
                table.loc[late, name] = joint * other.loc[late, name]
        table.to_parquet(path)
    return folder


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("choose", ["region", "point"])
def test_no_choice_changes_with_what_comes_after_its_training(files, tmp_path, monkeypatch, choose):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("backtests.runs.tearsheet.page.render", lambda *_: b"a page")
    study = tmp_path / "study.toml"
    study.write_text(
        '[study]\nstart = "2016-01-01"\nend = "2020-12-31"\n[strategy]\nuse = "long_flat"\n[strategy.trend]\nuse = "small_cap_momentum"\n'
    )
    axes = {"trend.lookback": [20, 60, 120], "threshold": [0.0, 0.03]}
    how = {"walk_forward": "2y/1y", "choose": choose}
    folds = sweep(study, axes, source=f"folder:{files}", out="whole", **how).record.walk_forward.folds
    day = pd.Timestamp(folds[1].train[1])
    other = poisoned(files, day, tmp_path / "poisoned")
    again = sweep(study, axes, source=f"folder:{other}", out="again", **how).record.walk_forward.folds
    for before, after in zip(folds[:2], again[:2], strict=True):
        assert (before.params, before.in_sample) == (after.params, after.in_sample)
    assert folds[1].out_of_sample != again[1].out_of_sample
    assert folds[2].in_sample != again[2].in_sample


@pytest.mark.slow
@pytest.mark.parametrize("ran", [2, 6])
def test_it_goes_on_where_it_was_killed(harbinger, walked, ran):
    """After some of its sets, or all: those that are left are scored at their own places."""
    Path("s/sweep.json").unlink()
    for name in ("trials", "subperiods"):
        rows = Path(f"s/{name}.csv").read_bytes().splitlines(keepends=True)
        Path(f"s/{name}.csv.part").write_bytes(b"".join(rows[: 1 + ran]))
        Path(f"s/{name}.csv").unlink()
    shutil.rmtree("s/walk-forward")
    Path("s/walk_forward.csv").unlink()
    resumed = json.loads(harbinger("sweep", "--resume", "s", "--json")[1])["walk_forward"]
    own = {"run_id", "evidence"}  # one more trial by then
    assert {k: v for k, v in resumed.items() if k not in own} == {
        k: v for k, v in walked["walk_forward"].items() if k not in own
    }


@pytest.mark.slow
def test_the_screen_and_the_page_say_the_answer_first(harbinger):
    code, out, _ = harbinger(*WORDS, *AXES, "--walk-forward", "3y/1y", "--anchored", "--choose", "point", "--out", "s")
    walk = json.loads(Path("s/sweep.json").read_text())["walk_forward"]
    assert (code, walk["anchored"], walk["choose"]) == (0, True, "point")
    assert {fold["train"][0] for fold in walk["folds"]} == {"2016-01-01"}
    page = Path("s/sweep.html").read_text()
    for text in (" ".join(out.split()), page):
        assert "with the point chosen on the whole past, traded for 1y" in text
    decay = walk["decay"]
    assert f"a change of {decay['out_of_sample'] - decay['in_sample']:+.2f}, 95% " in page
    assert f"<code>harbinger run s/{walk['folder']}/spec.toml</code>" in page  # as it is called from here
    assert set(walk["metrics"]) == set(NAMES)
    assert (Path("s") / walk["folder"] / "tearsheet.html").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--walk-forward", "2y"), "write TRAIN/TEST, such as 2y/6m"),
        (("--walk-forward", "2y/6q"), "'6q' is no length"),
        (("--walk-forward", "0y/6m"), "'0y' is no length"),
        (("--walk-forward", "9y/1y"), "9y is longer than 2016-01-01..2021-12-31: take shorter windows"),
        (("--walk-forward", "99999y/1y"), "99999y is longer than"),
        (("--walk-forward", "1y/99999d"), "99999d is longer than"),
        (("--walk-forward", "5y/2y"), "holds 1 fold, 2 are needed: take shorter windows"),
        (("--walk-forward", "10d/100d"), "9 bars to choose in, 30 are needed: take a longer TRAIN"),
        (("--walk-forward", "100d/1d"), "1 bar to trade in, 20 are needed: take a longer TEST"),
        (("--anchored",), "go with --walk-forward"),
        (("--choose", "point"), "go with --walk-forward"),
        ((*WALK, "-s", "costs.slippage_bps=0,5"), "chooses parameters of the strategy only"),
        ((*WALK, "-s", "execution.delay_bars=0,1"), "chooses parameters of the strategy only"),
    ],
)
def test_what_cannot_be_walked_is_refused_in_one_line(harbinger, words, said):
    code, _, err = harbinger(*WORDS, *AXES, *words, "--out", "s")
    assert (code, said in " ".join(err.split())) == (2, True), err
    assert not Path("s").exists()
