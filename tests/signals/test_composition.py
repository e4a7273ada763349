"""Signals made of signals: their values, and that they are written in TOML and with -s like any other."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from backtests.experiments.experiment import with_settings
from backtests.experiments.toml import dump, parse
from data.errors import BadSpec, OutOfBounds, UnknownName
from signals.combine import Combine
from signals.coupling import Coupling
from signals.ease_change import EaseChange
from signals.gate_by import GateBy
from signals.own_momentum import OwnMomentum
from signals.rank import Rank
from signals.small_cap_momentum import SmallCapMomentum
from signals.smooth import Smooth
from signals.zscore import Zscore
from tests.contracts import make_market, make_tables

MEMORIES = ("rolling", "expanding")


class Fixed(SmallCapMomentum):
    """A base that says what it is told."""

    def compute(self, market):
        return market


def base_of(values, freq="D"):
    return pd.Series(np.asarray(values, float), pd.date_range("2020-01-01", periods=len(values), freq=freq, tz="UTC"))


def say(signal, values):
    """What a composition of one base says of these values."""
    return signal.compute(base_of(values))


def test_zscore_by_hand():
    found = say(Zscore(Fixed(), window=3), [1, 2, 3, 5, 5, 5])
    assert found.iloc[:2].isna().all()
    assert found.iloc[2:5].tolist() == pytest.approx([1, (5 - 10 / 3) / np.std([2, 3, 5], ddof=1), (5 - 13 / 3) / np.std([3, 5, 5], ddof=1)])  # fmt: skip
    assert np.isnan(found.iloc[5])  # no spread, no score: not 0 and not infinite


def test_zscore_of_the_whole_past():
    found = say(Zscore(Fixed(), window=3, memory="expanding"), [1, 2, 3, 6])
    assert found.iloc[:2].isna().all()
    assert found.iloc[2:].tolist() == pytest.approx([1, 3 / np.std([1, 2, 3, 6], ddof=1)])


@pytest.mark.parametrize("memory", MEMORIES)
def test_a_constant_is_no_score(memory):
    assert say(Zscore(Fixed(), window=60, memory=memory), np.full(200, 0.1)).isna().all()


def test_rank_by_hand():
    assert say(Rank(Fixed(), window=4), [1, 2, 3, 4, 0, 3, 3]).iloc[3:].tolist() == [1, 0.25, 0.625, 0.625]
    assert say(Rank(Fixed(), window=3, memory="expanding"), [1, 2, 3, 0]).iloc[2:].tolist() == [1, 0.25]


def test_smooth_by_hand():
    found = say(Smooth(Fixed(), window=3), [1, 2, 6, 7])
    assert found.iloc[:2].isna().all()
    assert found.iloc[2:].tolist() == pytest.approx([3, 5])


@pytest.mark.parametrize("signal", [Zscore(Fixed(), 3), Rank(Fixed(), 3), Smooth(Fixed(), 3)])
def test_a_missing_value_is_missing_until_it_leaves_the_window(signal):
    found = say(signal, [1, 2, 4, np.nan, 3, 1, 5, 6])
    assert found.notna().tolist() == [False, False, True, False, False, False, True, True]


@pytest.mark.parametrize("signal", [Zscore(Fixed(), 3, memory="expanding"), Rank(Fixed(), 3, memory="expanding")])
def test_the_whole_past_leaves_out_what_is_missing(signal):
    found = say(signal, [1, 2, 4, np.nan, 3])
    without = say(signal, [1, 2, 4, 3])
    assert np.isnan(found.iloc[3])
    assert found.iloc[4] == pytest.approx(without.iloc[3])


# Steps of a hundredth: squares of numbers near 1e-160 vanish, and with them any property of a spread.
numbers = arrays(float, st.integers(8, 60), elements=st.integers(-(10**6), 10**6).map(lambda i: i / 100))


@settings(max_examples=60, deadline=None)
@given(numbers, st.data(), st.sampled_from([Zscore, Rank]), st.sampled_from(MEMORIES))
def test_later_values_change_nothing_earlier(values, data, kind, memory):
    cut = data.draw(st.integers(1, len(values) - 1))
    later = data.draw(arrays(float, len(values) - cut, elements=st.floats(-1e9, 1e9)))
    signal = kind(Fixed(), window=5, memory=memory)
    whole, changed, short = (say(signal, v) for v in (values, np.r_[values[:cut], later], values[:cut]))
    assert whole.iloc[:cut].equals(changed.iloc[:cut])
    assert whole.iloc[:cut].equals(short)


@settings(max_examples=60, deadline=None)
@given(numbers, st.sampled_from([Zscore, Rank]))
def test_what_left_the_window_is_forgotten_to_the_bit(values, kind):
    signal = kind(Fixed(), window=5)
    assert np.array_equal(say(signal, values).iloc[-1:], say(signal, values[-5:]).iloc[-1:], equal_nan=True)


@settings(max_examples=60, deadline=None)
@given(numbers, st.sampled_from(MEMORIES))
def test_bounds_of_rank_and_score(values, memory):
    ranks, scores = (say(kind(Fixed(), window=5, memory=memory), values).dropna() for kind in (Rank, Zscore))
    assert ranks.between(0, 1).all()
    assert ranks.gt(0).all()
    n = 5 if memory == "rolling" else len(values)
    assert (scores.abs() <= (n - 1) / n**0.5 + 1e-6).all()  # no point of n lies further out


def test_combine_counts_what_is_new_at_once():
    market = make_market(())
    trend, own = SmallCapMomentum(5), OwnMomentum(7)
    found = Combine(trend, own, first_weight=2.0, second_weight=-0.5).compute(market)
    first, second = trend.compute(market), own.compute(market)
    assert found.index.equals(first.index.union(second.index))
    # Monday's NYSE close: the new trend beside the own trend of the bar that closed at Monday's 00:00.
    close, before = pd.Timestamp("2021-03-08 21:01", tz="UTC"), pd.Timestamp("2021-03-08", tz="UTC")
    assert found[close] == 2 * first[close] - 0.5 * second[before]
    # And at 00:00 the new own trend beside Friday's close, over a weekend.
    assert found[before] == 2 * first[pd.Timestamp("2021-03-05 21:01", tz="UTC")] - 0.5 * second[before]


def test_combine_with_a_stale_part_is_no_opinion():
    tables = make_tables({"ETH-USD", "IWM"})
    tables["IWM"] = tables["IWM"][tables["IWM"]["date"] < "2021-06-01"].reset_index(drop=True)
    market = make_market((), tables=tables)
    for signal in (Combine(SmallCapMomentum(5), OwnMomentum(7)), GateBy(OwnMomentum(7), SmallCapMomentum(5))):
        found = signal.compute(market)
        assert found["2021-05-01":"2021-06-04 12:00"].notna().all()
        assert found["2021-06-06":].isna().all()


@pytest.mark.parametrize(("closed", "out"), [("zero", 0.0), ("nan", np.nan)])
def test_gate_shuts_when_it_is_known_to(closed, out):
    market = make_market(())
    base, gate = SmallCapMomentum(5), OwnMomentum(7)
    found = GateBy(base, gate, threshold=0.01, closed=closed).compute(market)
    trend, allowed = base.compute(market), gate.compute(market)
    assert found.index.equals(trend.index.union(allowed.index))
    expected = [
        np.nan if np.isnan(now := allowed.asof(t)) or t < allowed.index[0] else trend[:t].iloc[-1:].sum(skipna=False, min_count=1) if now > 0.01 else out
        for t in found.index[40:200]
    ]  # fmt: skip
    assert np.array_equal(found.iloc[40:200], expected, equal_nan=True)
    assert len(set(np.isnan(found[40:200]) if closed == "nan" else found[40:200] == 0)) == 2


def test_a_closed_gate_needs_no_base():
    """Out is out: while the gate is shut the base may be missing, as in the strategy `gated`."""
    tables = make_tables({"ETH-USD", "IWM"})
    tables["IWM"] = tables["IWM"][tables["IWM"]["date"] < "2021-06-01"].reset_index(drop=True)
    market = make_market((), tables=tables)
    gate = OwnMomentum(7).compute(market)["2021-07-01":]
    found = GateBy(SmallCapMomentum(5), OwnMomentum(7)).compute(market)["2021-07-01":]
    assert (found[gate <= 0] == 0).all()
    assert found[gate > 0].isna().all()
    assert (gate > 0).any()
    assert (gate <= 0).any()


# --- written down ---

TOML = b"""
[strategy]
use = "long_flat"
threshold = 0.5
[strategy.trend]
use = "gate_by"
threshold = 0.2
[strategy.trend.base]
use = "zscore"
window = 120
[strategy.trend.base.base]
use = "small_cap_momentum"
[strategy.trend.gate]
use = "coupling"
"""
ZSCORE = b"""
[strategy]
use = "long_flat"
[strategy.trend]
use = "zscore"
[strategy.trend.base]
use = "small_cap_momentum"
"""


def test_compositions_are_written_in_toml():
    experiment = parse(TOML, "x")
    assert experiment.strategy.trend == GateBy(Zscore(SmallCapMomentum(), window=120), Coupling(), threshold=0.2)
    assert experiment.needs == ("DGS3MO", "ETH-USD", "IWM")
    assert parse(dump(experiment).encode(), "again") == experiment
    assert {"trend.threshold", "trend.base.window", "trend.base.base.lookback", "trend.gate.lookback"} <= {
        parameter.path for parameter in experiment.parameters()
    }


def test_settings_reach_the_parts():
    experiment = with_settings(
        parse(ZSCORE, "x"), ["trend.base.lookback=90", "trend.window=60", "trend.memory=expanding"]
    )
    assert experiment.strategy.trend == Zscore(SmallCapMomentum(90), window=60, memory="expanding")
    assert parse(dump(experiment).encode(), "again") == experiment


def test_needs_and_signals_of_a_strategy_reach_the_parts():
    text = b"[strategy]\nuse='long_flat'\n[strategy.trend]\nuse='combine'\n[strategy.trend.first]\nuse='rank'\n"
    text += b"[strategy.trend.first.base]\nuse='ease_change'\n[strategy.trend.second]\nuse='small_vs_large'"
    experiment = parse(text, "x")
    assert experiment.needs == ("DGS2", "DGS3MO", "ETH-USD", "IWM", "SPY")
    assert EaseChange() in experiment.strategy.signals


@pytest.mark.parametrize(
    ("setting", "error", "says"),
    [
        (
            "trend.base.lookback=757",
            OutOfBounds,
            r"trend\.base\.lookback = 757 is out of bounds: from 1 to 756 sessions",
        ),
        ("trend.base.lokback=3", UnknownName, r"did you mean trend\.base\.lookback"),
        ("trend.base=3", UnknownName, "unknown parameter 'trend.base'"),
        ("trend.memory=all", OutOfBounds, r"trend\.memory = 'all' is out of bounds: one of rolling, expanding"),
        ("trend.window=2", OutOfBounds, r"trend\.window = 2 is out of bounds: from 3 to 2520 values"),
    ],
)
def test_wrong_settings_of_a_part(setting, error, says):
    with pytest.raises(error, match=says):
        with_settings(parse(ZSCORE, "x"), [setting])


@pytest.mark.parametrize(
    ("old", "new", "error", "says"),
    [
        (
            b'[strategy.trend.base]\nuse = "small_cap_momentum"\n',
            b"",
            BadSpec,
            r"zscore needs base: add \[strategy.trend.base\]",
        ),
        (b'use = "small_cap_momentum"', b'use = "small_cap_trnd"', UnknownName, "did you mean small_cap_momentum"),
        (b'use = "small_cap_momentum"', b'use = "long_flat"', UnknownName, "unknown signal 'long_flat'"),
        (
            b'use = "small_cap_momentum"',
            b'use = "small_cap_momentum"\nlookback = 0',
            OutOfBounds,
            r"trend\.base\.lookback = 0",
        ),
        (
            b'use = "small_cap_momentum"',
            b'use = "small_cap_momentum"\nwindow = 3',
            UnknownName,
            "parameter of small_cap_momentum",
        ),
        (
            b'[strategy.trend.base]\nuse = "small_cap_momentum"',
            b"base = 3",
            BadSpec,
            r"strategy.trend.base: a table with use",
        ),
    ],
)
def test_wrong_parts_of_a_file(old, new, error, says):
    text = ZSCORE.replace(old, new)
    assert text != ZSCORE
    with pytest.raises(error, match=says):
        parse(text, "x.toml")


def test_a_part_from_a_file_of_the_user_s(tmp_path):
    from tests.backtests.experiments.test_experiment import SIGNAL

    (tmp_path / "mine.py").write_text(SIGNAL)
    text = ZSCORE.replace(b'use = "small_cap_momentum"', b'use = "mine.py"\nlookback = 20')
    experiment = parse(text, "x", near=tmp_path)
    assert experiment.needs == ("DGS3MO", "ETH-USD", "IWM", "SPY")
    assert (experiment.strategy.trend.base.sign, experiment.strategy.trend.sign) == ("two-sided", "two-sided")
    assert parse(dump(experiment).encode(), "elsewhere") == experiment
    values = experiment.strategy.trend.compute(make_market(("SPY",)))
    assert values.notna().sum() > 300


def test_a_composition_runs_from_the_command_line(harbinger, tmp_path):
    (tmp_path / "gated.toml").write_bytes(TOML)
    words = (
        "run",
        tmp_path / "gated.toml",
        "--source",
        "simulated",
        "--no-tearsheet",
        "-s",
        "trend.base.base.lookback=20",
    )
    code, out, err = harbinger(*words)
    assert (code, err) == (0, "")
    code, out, _ = harbinger("signals")
    assert code == 0
    assert "takes: base (Signal), gate (Signal)" in " ".join(out.split())
    assert "expected sign: two-sided" in out
