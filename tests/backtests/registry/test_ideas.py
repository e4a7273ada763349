"""What makes another idea: the content of the user's own files, never their place, their name or the data."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtests.experiments.costs import Costs
from backtests.experiments.studies import load
from backtests.experiments.toml import parse
from backtests.registry import Registry, code_hash, experiment_hash, look_hash, trial_hash, trial_lines
from backtests.runs.subject import of_signal, signal_of
from backtests.sweeps.plans.axes import Axis, axis
from backtests.sweeps.plans.plan import Plan
from backtests.sweeps.plans.sets import Settings

SIGNAL = '''"""The leader's return, times a number."""

from dataclasses import dataclass
from typing import Annotated

from factor import FACTOR

from signals.base import Signal
from signals.parameters import Parameter


@dataclass(frozen=True)
class Mine(Signal):
    """FACTOR x {times} times the leader's last return; NaN at first."""

    unit = "return"
    lag: Annotated[int, Parameter("sessions", 1, 9)] = 1

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 10

    def compute(self, market):
        return market["leader"].values.pct_change(self.lag) * FACTOR * {times}
'''
SPEC = '[strategy]\nuse = "long_flat"\n[strategy.trend]\nuse = "{file}"\n[study]\nname = "mine"\nend = "2018-12-31"\n'


def write(folder, times=1, factor=1):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mine.py").write_text(SIGNAL.format(times=times))
    (folder / "factor.py").write_text(f"FACTOR = {factor}\n")
    (folder / "mine.toml").write_text(SPEC.format(file="mine.py"))
    return folder


def idea(folder):
    return trial_hash(load(str(folder / "mine.toml")))


@pytest.mark.slow
def test_four_edits_of_one_file_are_four_ideas(harbinger, tmp_path):
    for times in (1, 2, 3, 4):
        write(tmp_path, times)
        words = ("run", "mine.toml", "--source", "simulated:null,seed=5", "--no-tearsheet", "--out", f"out{times}")
        code, _, err = harbinger(*words)
        assert code == 0, err
    assert Registry().count("ETH-USD", simulated=True).ideas == 4
    assert len({entry.code_hash for entry in Registry().runs.newest()}) == 4


@pytest.mark.slow
@settings(max_examples=25)
@given(drawn=st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3), st.sampled_from("ab")), min_size=1, max_size=6))
def test_ideas_are_contents_wherever_they_stand(tmp_path_factory, drawn):
    root = tmp_path_factory.mktemp("drawn")
    found = {idea(write(root / place, times, factor)): (times, factor) for times, factor, place in drawn}
    assert sorted(found.values()) == sorted({(times, factor) for times, factor, _ in drawn})


def test_a_sheet_of_an_edited_signal_is_another_look(tmp_path):
    hashes = set()
    for times, factor in ((1, 1), (1, 1), (2, 1), (1, 2)):
        target = of_signal(signal_of(str(write(tmp_path, times, factor) / "mine.py")))
        hashes.add(look_hash(target.parts[-1].node, target.market))
    assert len(hashes) == 3


def test_a_set_of_a_sweep_is_the_idea_of_the_run_with_its_values(tmp_path):
    base = load(str(write(tmp_path) / "mine.toml"))
    for experiment, path in ((base, "trend.lag"), (load("small_cap_trend"), "trend.lookback")):
        plan = Plan(experiment, (axis(experiment, path, "2,3"), axis(experiment, "threshold", "0,0.1")))
        hashed = Settings(plan).trial_hash
        for values in plan.sets:
            alone = experiment.with_values(dict(zip(plan.paths, values, strict=True)))
            assert hashed(values) == trial_hash(alone), values


def test_ideas_of_built_in_parts_have_the_hash_that_they_had():
    """As the code of version 2 wrote it: its rows and new ones are one idea."""
    text = (Path(__file__).parent / "version_2.sql").read_text()
    assert "'5faa3f27efa23093'" in text
    spec = text[text.index('[study]\nname = "small_cap_trend"') :].partition("','run'")[0]
    assert trial_hash(parse(spec.encode(), "version 2")).hex() == "5faa3f27efa23093"


def test_to_accept_what_the_data_hold_is_no_other_idea():
    base = load("small_cap_trend")
    accepting = replace(base, accept=("ETH-USD:2017-03-10",))
    assert trial_hash(accepting) == trial_hash(base)
    assert experiment_hash(accepting) != experiment_hash(base)  # but it may be another run: it is said in its spec


def test_a_file_edited_or_gone_after_it_was_loaded_is_what_ran(tmp_path):
    experiment = load(str(write(tmp_path) / "mine.toml"))
    before = trial_hash(experiment), code_hash(experiment.strategy)
    write(tmp_path, 7, 7)
    assert (trial_hash(experiment), code_hash(experiment.strategy)) == before
    (tmp_path / "mine.py").unlink()
    assert (trial_hash(experiment), code_hash(experiment.strategy)) == before


def test_a_parameter_that_came_later_makes_no_other_idea_while_it_does_what_was_done_before():
    base = replace(load("small_cap_trend_and_cuts"), costs=Costs(cash_yield=1.5))
    text = dict(trial_lines(base))
    assert text["costs.cash_yield"] == "cash_yield_pct_per_year = 1.5"
    assert (text["costs.funding"], text["gate.yields"]) == (None, None)
    others = [
        base.with_value(path, value) for path, value in (("gate.yields", "treasury"), ("costs.cash_yield", "DGS3MO"))
    ]
    assert len({trial_hash(one) for one in (base, *others)}) == 3
    plan = Plan(base, (Axis("gate.yields", ("h15", "treasury")), Axis("costs.cash_yield", (1.5, "DGS3MO"))))
    hashed = Settings(plan).trial_hash
    for values in plan.sets:
        assert hashed(values) == trial_hash(Settings(plan).experiment(values)), values
