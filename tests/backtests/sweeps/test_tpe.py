"""`--tpe`: the same sets whether interrupted or not, each one a trial, and nothing that looks ahead."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from backtests.registry import Registry
from backtests.sweeps.folder.table import SetRow
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.tpe import STARTUP, Search
from backtests.sweeps.work import runner

WORDS = ("sweep", "small_cap_trend", "--source", "simulated", "--end", "2017-12-31", "-s", "trend.lookback=5:250",
         "-s", "threshold=0:0.1", "-s", "costs.slippage_bps=0,5")  # fmt: skip


def plan(n, *settings, constraint="", metric="sharpe", seed=1):
    from backtests.experiments.studies import load
    from backtests.sweeps.plans.axes import split

    experiment = load("small_cap_trend")
    return Plan(experiment, tuple(split(experiment, settings)[1]), "tpe", n, seed, constraint, metric)


def searched(of, score, n):
    """Return the sets that a search tries where a set's metric is `score`."""
    from backtests.metrics.performance import NAMES

    search, found = Search(of), []
    while len(found) < n and (values := search.next_set()) is not None:
        search.tell(values, SetRow(values, [score(*values)] * len(NAMES), [], "ok", ""))
        found.append(values)
    return found


def near_a_peak(lookback, threshold):
    return -abs(lookback - 90) / 100 - abs(threshold - 0.07) * 10


AXES = ("trend.lookback=5:250", "threshold=0:0.1")


@pytest.mark.slow  # loads optuna
def test_it_begins_with_the_sets_of_sobol_and_then_seeks_what_was_good():
    of = plan(80, *AXES)
    found = searched(of, near_a_peak, 80)
    spread = replace(of, method="sobol").sets
    assert found[:STARTUP] == replace(of, method="sobol", n=STARTUP).sets
    assert len(set(found)) == 80
    mean = lambda sets: sum(near_a_peak(*values) for values in sets) / len(sets)  # noqa: E731
    assert mean(found[40:]) > mean(spread) + 0.2
    assert max(near_a_peak(*values) for values in found) > max(near_a_peak(*values) for values in spread)
    assert found == searched(of, near_a_peak, 80)
    assert found != searched(plan(80, *AXES, seed=2), near_a_peak, 80)


@pytest.mark.slow
def test_the_seed_is_that_of_the_sampler_too(monkeypatch):
    import optuna

    seeds, honest = [], optuna.samplers.TPESampler
    monkeypatch.setattr(optuna.samplers, "TPESampler", lambda **how: seeds.append(how["seed"]) or honest(**how))
    for seed in (1, 5):
        Search(plan(20, *AXES, seed=seed))
    assert seeds == [1, 5]


@pytest.mark.slow
def test_a_lower_metric_is_better_where_the_plan_says_so():
    found = searched(plan(60, *AXES, metric="volatility"), lambda *values: -near_a_peak(*values), 60)
    assert abs(sum(lookback for lookback, _ in found[30:]) / 30 - 90) < 30


@pytest.mark.slow
def test_a_grid_is_exhausted_and_no_set_runs_twice():
    found = searched(plan(100, "trend.lookback=20,40,60,10", "threshold=0,0.01"), near_a_peak, 100)
    assert len(found) == len(set(found)) == 8


@pytest.mark.slow
def test_what_a_constraint_leaves_out_is_never_run():
    of = plan(40, *AXES, constraint="trend.lookback < 60")
    assert max(lookback for lookback, _ in searched(of, near_a_peak, 40)) < 60


@pytest.mark.slow
def test_sets_that_may_not_be_called_best_repel():
    of = plan(60, *AXES, constraint="sharpe > -0.5", metric="volatility")  # the lowest that is above a bound
    sought, spread = searched(of, near_a_peak, 60), replace(of, method="sobol").sets
    allowed = [sum(near_a_peak(*values) > -0.5 for values in sets[30:]) for sets in (sought, spread)]
    assert allowed[0] > 1.5 * allowed[1]


@pytest.mark.slow
def test_a_search_that_was_interrupted_ends_as_the_whole(harbinger, monkeypatch):
    code, out, err = harbinger(*WORDS, "--tpe", "60", "--out", "whole", "--json")
    assert (code, err) == (0, "")
    whole = json.loads(out)
    assert (whole["method"], whole["sets"], whole["parity_checked"] >= 20) == ("tpe", 60, True)
    assert any("--tpe" in note for note in whole["notes"])
    assert Registry().count("ETH-USD", simulated=True).ideas == 60
    honest, blocks = runner.Table.add, []

    def dies(self, rows):
        honest(self, rows)
        blocks.append(len(rows))
        if len(blocks) == 2:
            for file in (self.trials, self.subperiods):
                file.keep(31)  # as a kill amid the second block leaves it
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(runner.Table, "add", dies)
        code, _, err = harbinger(*WORDS, "--tpe", "60", "--out", "s")
    assert (code, "of 60 sets; go on with: harbinger sweep --resume" in err) == (130, True)
    assert harbinger("sweep", "--resume", "s", "--json")[0] == 0
    for name in ("trials.csv", "subperiods.csv", "equity.csv"):
        assert Path("s", name).read_bytes() == Path("whole", name).read_bytes()
    rows = Registry().sweeps.rows(Registry().sweeps.newest()[0])
    assert rows["set"].tolist() == list(range(60))
    assert Registry().count("ETH-USD", simulated=True).ideas == 60
    rerun = json.loads(harbinger("runs", "rerun", whole["sweep_id"], "--set", "59", "--json")[1])
    assert rerun["same"] is True


@pytest.mark.slow
def test_sets_that_a_search_chose_are_judged_as_one_trial_each(harbinger):
    harbinger(
        "sweep", "small_cap_trend", "--source", "simulated", "-s", "trend.lookback=5:250", "--tpe", "20", "--out", "s"
    )
    code, out, err = harbinger("evidence", "s", "--json", "--out", "judged")
    assert code == 0, err
    told = json.loads(out)
    assert (told["n_trials_effective"], told["deflated_sharpe_effective"], told["n_trials"]) == (None, None, 20)
    assert "chosen by the results" in told["missing"]["n_trials_effective"]
    assert "after 20 trials; 0.95 is due" in Path("judged/evidence.html").read_text()


@pytest.mark.slow
def test_another_search_than_the_one_that_began_is_not_gone_on_with(harbinger):
    harbinger(*WORDS, "--tpe", "20", "--out", "s")
    Path("s/sweep.json").unlink()
    lines = Path("s/trials.csv").read_text().splitlines()
    Path("s/trials.csv.part").write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    Path("s/subperiods.csv").rename("s/subperiods.csv.part")
    code, _, err = harbinger("sweep", "--resume", "s")
    assert (code, "sweep again" in err) == (1, True)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--walk-forward", "2y/6m"), "the search has seen the whole history"),
        (("--sobol", "4"), "choose one of"),
        (("--dask", "tcp://127.0.0.1:1"), "a cluster has no work"),
        (("-s", "study.start=2016-01-01,2017-01-01"), "no ranking to learn from"),
    ],
)
def test_what_a_search_cannot_be(harbinger, more, says):
    code, _, err = harbinger(*WORDS, "--tpe", "20", "--out", "s", *more)
    assert (code, says in err, Path("s").exists()) == (2, True, False), err


def test_where_the_extra_is_missing_one_line_says_how_to_install_it(harbinger, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    code, _, err = harbinger(*WORDS, "--tpe", "20", "--out", "s", "--json")
    assert (code, err.count("\n"), Path("s").exists()) == (2, 1, False)
    assert 'pip install "harbinger-eth[search]"' in err
