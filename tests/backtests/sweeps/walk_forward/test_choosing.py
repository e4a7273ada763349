"""What a walk-forward chooses, when it begins to trade it and what other cuts would have given, each by plain commands."""

import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from backtests import run, sweep
from backtests.registry import Registry
from backtests.sweeps.walk_forward import stitched_run
from data.catalogue import lookup
from data.errors import RunError
from data.sources.simulated.source import SimulatedSource

DELAY = 2
STUDY = f"""
[study]
start = "2016-01-01"
end = "2019-06-30"
[execution]
delay_bars = {DELAY}
[strategy]
use = "vol_target"
[strategy.base]
use = "hold"
"""  # its weight changes with every bar and every set: a seam that is a bar off is seen
AXES = {"lookback": [5, 30, 250], "target_vol_pct": [20.0, 60.0]}
SOURCE = "simulated:seed=4"
POINT = {"choose": "point", "metric": "calmar", "constraint": "volatility > 0.15"}
REGION = {"choose": "region", "metric": "max_drawdown"}


@pytest.fixture(scope="module")
def walks(tmp_path_factory):
    """Two walk-forwards, by point and by region: the folder, their records, and the ideas that were counted after each."""
    folder = tmp_path_factory.mktemp("walks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HARBINGER_HOME", str(folder / "home"))
        patch.chdir(folder)
        patch.setattr("backtests.runs.tearsheet.page.render", lambda *_: b"a page")
        (folder / "study.toml").write_text(STUDY)
        found, ideas = {}, []
        for how in (POINT, REGION):
            done = sweep("study.toml", AXES, source=SOURCE, walk_forward="1y/6m", out=folder / how["choose"], **how)
            found[how["choose"]] = done.record.walk_forward
            ideas.append(Registry().count("ETH-USD", simulated=True).ideas)
    return folder, found, ideas


@pytest.fixture
def walked(walks, monkeypatch):
    """Those walk-forwards: their records by how they chose; the test works in their folder."""
    monkeypatch.chdir(walks[0])
    monkeypatch.setattr("backtests.runs.tearsheet.page.render", lambda *_: b"a page")
    return walks[1]


@pytest.fixture(autouse=True)
def few_audits(monkeypatch):
    """Only what is chosen is run by backtrader too: other tests hold that all sets are equal there."""
    monkeypatch.setattr("backtests.sweeps.judged.SAMPLE", 0)


def plain_sweep(span, out, **how):
    how = {name: value for name, value in how.items() if name != "choose"}
    return sweep("study.toml", AXES, source=SOURCE, start=span[0], end=span[1], out=out, **how)


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("how", [POINT, REGION], ids=["point", "region"])
def test_each_choice_is_that_of_a_plain_sweep_over_its_training_window(walked, tmp_path, how):
    walk, free = walked[how["choose"]], []
    for at, fold in enumerate(walk.folds[:3]):
        before = plain_sweep(fold.train, tmp_path / f"a{at}", **how)
        chosen = before.best_region if how is REGION else before.best
        assert (at, fold.params) == (at, chosen)
        ranks = before.metrics[:, 6 if how is POINT else 5]
        free.append(before.trials.iloc[int(np.nanargmax(ranks))][list(AXES)].to_dict())
        after = plain_sweep(fold.test, tmp_path / f"b{at}", **how)
        column = walk.metric if walk.metric == "calmar" else "max_drawdown_fraction"
        both = pd.DataFrame({"a": before.trials[column], "b": after.trials[column]})
        assert fold.rank_correlation == pytest.approx(both.corr(method="spearman").iloc[0, 1])
    # The constraint, and the region, decided something: otherwise this test would hold nothing.
    assert free != [fold.params for fold in walk.folds[:3]]


@pytest.mark.slow
def test_training_ends_before_the_decisions_whose_profit_the_window_pays(walked):
    walk = walked["point"]
    assert walk.purge_bars == DELAY + 1
    for fold in walk.folds:
        left_out = pd.Timestamp(fold.test[0]) - pd.Timestamp(fold.train[1])
        assert left_out == pd.Timedelta(days=1 + DELAY + 1), "a bar a day"


@pytest.mark.uncounted
@pytest.mark.slow
def test_each_fold_trades_its_own_set_from_its_first_bar_and_pays_for_the_seam(walked):
    walk = walked["point"]
    rows = pd.read_csv("point/walk_forward.csv").set_index("date")
    orders = pd.read_csv("point/walk-forward/orders.csv")
    for at, fold in enumerate(walk.folds, 1):
        done = run("study.toml", source=SOURCE, settings=fold.params, start=walk.start, end=walk.end)
        own = pd.Series(done.ledger.targets, index=rows.index)
        traded = rows.index[rows["fold"] == at]
        assert own[traded].equals(rows.loc[traded, "weight_target"]), at
    seams = 0
    for before, after in pairwise(walk.folds):
        paid = orders.loc[orders["date"].str.startswith(after.test[0])]
        if before.params["target_vol_pct"] != after.params["target_vol_pct"]:
            seams += 1
            assert len(paid) == 1
            assert paid["commission_usd"].iloc[0] > 0
    assert seams > 0


@pytest.mark.uncounted
@pytest.mark.slow
def test_other_cuts_are_walk_forwards_of_their_own_over_the_bars_that_all_trade_in(walked, tmp_path):
    walk = walked["point"]
    found = walk.offsets
    assert [(one.train, one.late_days) for one in found.variants] == [
        ("1y", 45), ("1y", 90), ("1y", 135), ("182d", 0), ("548d", 0),
    ]  # fmt: skip
    cuts = [("point", found.asked)]
    for at, one in enumerate(found.variants):
        start = f"{pd.Timestamp('2016-01-01') + pd.Timedelta(days=one.late_days):%Y-%m-%d}"
        how = {"source": SOURCE, "start": start, "walk_forward": f"{one.train}/6m", **POINT}
        other = sweep("study.toml", AXES, out=tmp_path / f"cut{at}", **how).record.walk_forward
        assert len(other.folds) == one.folds
        cuts.append((tmp_path / f"cut{at}", one.sharpe))
    for folder, sharpe in cuts:
        done = run(f"{folder}/walk-forward/spec.toml", start=found.start, end=found.end)
        assert done.metrics["sharpe"] == sharpe, folder
    rest = [one.sharpe for one in found.variants]
    assert len({found.asked, *rest}) > 4
    assert (found.low, found.median, found.high) == (min(rest), np.median(rest), max(rest))
    assert found.lower == np.mean([sharpe < found.asked for sharpe in rest])


@pytest.mark.slow
def test_each_set_and_each_stitched_run_is_counted_once(walks):
    _, _, ideas = walks
    sets = len(AXES["lookback"]) * len(AXES["target_vol_pct"])
    assert ideas == [sets + 1, sets + 2]


@pytest.mark.slow
def test_what_it_says_is_said_with_how_sure_that_is(walked):
    walk = walked["point"]
    pairs = np.array([(fold.in_sample["calmar"], fold.out_of_sample["calmar"]) for fold in walk.folds], dtype=float)
    change = (pairs[:, 1] - pairs[:, 0])[~np.isnan(pairs).any(axis=1)]
    ranks = [fold.rank_correlation for fold in walk.folds]
    for values, found in ((change, walk.decay.change_95), (ranks, walk.decay.rank_correlation_95)):
        known = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
        assert found == pytest.approx(known)
    assert walk.decay.folds == len(change)
    said = json.loads(Path("point/walk-forward/run.json").read_text())
    low, high = walk.sharpe_interval_95
    assert [low, high] == said["sharpe_interval_95"]
    assert walk.evidence.n_trials == said["evidence"]["n_trials"] > 5
    page = " ".join(Path("point/sweep.html").read_text().split())
    held = walk.beside["hold ETH-USD"]["volatility"]
    worse, lower = int(np.sum(change < 0)), sum(one.sharpe < walk.offsets.asked for one in walk.offsets.variants)
    for before, after in pairs[~np.isnan(pairs).any(axis=1)]:
        assert f"<td>{before:.2f}</td><td>{after:.2f}</td>" in page
    for text in (
        f"(95% {low:.2f} to {high:.2f}) from {walk.start} to {walk.end} with the point",
        f"it was worse in {worse} of {len(change)}. A longer window has another Calmar ratio by its length alone",
        f"above {lower} of 5.",
        f"after {walk.evidence.n_trials} trials",
        f"{walk.metrics['sharpe']:.2f}</td><td>{walk.metrics['sharpe'] * held:+.1%}</td>",
    ):
        assert text in page, text


@pytest.mark.slow
def test_a_stitched_run_that_is_not_what_the_kernel_says_is_refused(walks, tmp_path, monkeypatch):
    """As where a seam falls on another bar in one of them: here the run alone pays a basis point less."""
    monkeypatch.chdir(walks[0])
    honest = stitched_run.experiment_of

    def cheaper(*given):
        experiment = honest(*given)
        costs = experiment.costs
        return experiment.with_values({"costs.slippage_bps": costs.slippage_bps - 1})

    monkeypatch.setattr(stitched_run, "experiment_of", cheaper)
    few = {"lookback": [30, 250], "target_vol_pct": [60.0]}
    with pytest.raises(RunError, match="the kernel and backtrader differ on the stitched run"):
        sweep("study.toml", few, source=SOURCE, walk_forward="1y/6m", out=tmp_path / "s", **POINT)


@pytest.mark.slow
def test_where_lower_is_better_what_is_worse_is_higher(walks, tmp_path, monkeypatch):
    monkeypatch.chdir(walks[0])
    monkeypatch.setattr("backtests.runs.tearsheet.page.render", lambda *_: b"a page")
    how = {"metric": "volatility", "walk_forward": "1y/6m", "source": SOURCE}
    walk = sweep("study.toml", AXES, out=tmp_path / "s", **how).record.walk_forward
    pairs = [(fold.in_sample["volatility"], fold.out_of_sample["volatility"]) for fold in walk.folds]
    assert walk.decay.worse == np.mean([after > before for before, after in pairs])
    assert walk.decay.worse != np.mean([after < before for before, after in pairs])


@pytest.mark.slow
def test_a_window_in_which_nothing_can_be_chosen_is_named_with_its_days(walks, tmp_path, monkeypatch):
    monkeypatch.chdir(walks[0])
    how = {"source": SOURCE, "walk_forward": "1y/6m", "constraint": "sharpe > 9"}
    why = "no set can be chosen on 2016-01-01..2016-12-28: of 6 sets 6 ran to its end, 6 with a sharpe, none"
    with pytest.warns(UserWarning, match=re.escape(why)):
        done = sweep("study.toml", AXES, out=tmp_path / "s", **how)
    assert why in done.record.notes[-1]
    assert (done.record.walk_forward, done.record.sets, done.status.count("ok")) == (None, 6, 6)


@pytest.mark.slow
def test_a_sweep_without_its_walk_forward_is_whole_and_says_so_last(walks, harbinger, tmp_path, monkeypatch):
    monkeypatch.chdir(walks[0])
    axes = ("-s", "lookback=30,60,90", "--constraint", "sharpe > 9", "--walk-forward", "1y/6m")
    code, out, err = harbinger("sweep", "study.toml", *axes, "--source", SOURCE, "--out", tmp_path / "s", "--json")
    assert (code, json.loads(out)["walk_forward"]) == (1, None)
    assert err.splitlines()[-1].startswith("harbinger: walk-forward: no set can be chosen on 2016-01-01..2016-12-28")
    assert "the sweep itself is whole in" in err
    assert Registry().sweeps.newest()[0].status == "done"
    page = (tmp_path / "s" / "sweep.html").read_text()
    assert "no set can be chosen on 2016-01-01..2016-12-28" in page


@pytest.mark.slow
def test_another_cut_that_cannot_choose_does_not_refuse_the_one_asked_for(walks, tmp_path, monkeypatch):
    monkeypatch.chdir(walks[0])
    monkeypatch.setattr("backtests.runs.tearsheet.page.render", lambda *_: b"a page")
    few = {"lookback": [30, 250], "target_vol_pct": [20.0, 60.0]}
    how = {"source": SOURCE, "walk_forward": "1y/6m", "constraint": "orders > 45", "choose": "point"}
    walk = sweep("study.toml", few, out=tmp_path / "s", **how).record.walk_forward
    sharpes = {one.train: one.sharpe for one in walk.offsets.variants}
    assert sharpes["182d"] is None
    assert sharpes["548d"] is not None
    assert walk.offsets.low is not None


RUINED = STUDY.replace(f"delay_bars = {DELAY}", "max_leverage = 3.0").replace('use = "vol_target"', 'use = "hold"')
RUINED = RUINED.replace('[strategy.base]\nuse = "hold"\n', "weight = 3.0\n")
FALLS = pd.Timestamp("2017-03-10")


@pytest.mark.slow
def test_ruin_in_a_window_is_said_first_and_not_held_against_other_bars(harbinger, tmp_path, monkeypatch):
    monkeypatch.setattr("backtests.runs.tearsheet.page.render", lambda *_: b"a page")
    (tmp_path / "files").mkdir()
    for id in ("ETH-USD", "IWM", "DGS3MO"):
        table = SimulatedSource(seed=4).load(lookup(id))
        if id == "ETH-USD":  # up by a tenth a month, and down by half on one day
            days = (table["date"] - table["date"].iloc[0]).dt.days
            close = 100 * 1.1 ** (days / 30 + np.sin(days) / 10) * np.where(table["date"] < FALLS, 1.0, 0.5)
            table = table.assign(open=close.shift(1).fillna(close), close=close)
            table = table.assign(high=table[["open", "close"]].max(axis=1), low=table[["open", "close"]].min(axis=1))
        table.to_parquet(tmp_path / "files" / f"{id}.parquet")
    (tmp_path / "study.toml").write_text(RUINED)
    words = ("sweep", "study.toml", "--source", f"folder:{tmp_path}/files", "-s", "weight=3,0.5", "--end", "2018-06-30")
    how = ("--walk-forward", "6m/3m", "--metric", "total_return", "--accept", "ETH-USD:2017-03-10")
    code, out, err = harbinger(*words, *how, "--out", "s")
    assert code == 0, err
    walk = json.loads(Path("s/sweep.json").read_text())["walk_forward"]
    assert (walk["status"], walk["end"]) == ("ruin", "2017-03-10")
    assert pd.read_csv("s/walk_forward.csv")["date"].iloc[-1] == walk["end"]
    fixed = pd.read_csv("s/walk_forward_beside.csv").set_index("date")["fixed_usd"]  # it falls on that day too
    assert fixed[: walk["end"]].notna().all()
    assert fixed.index[-1] > walk["end"]
    assert fixed[fixed.index > walk["end"]].isna().all()
    page = " ".join(Path("s/sweep.html").read_text().split())
    for text in (" ".join(out.split()), page):
        assert f"Ruin on 2017-03-10, from {walk['start']}" in text
        assert "it ended in ruin on" in text
        assert "begins with a new account" in text
    assert "over the same bars:" not in page
