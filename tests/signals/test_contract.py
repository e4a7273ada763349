"""The contract of every signal: a new file in signals/ is under it by itself."""

import inspect
from dataclasses import fields, replace
from typing import get_args, get_type_hints

import numpy as np
import pandas as pd
import pytest

from backtests.cli.screens.lists import signal_facts
from data.calendars.publication import RULES
from data.catalogue import lookup
from data.market import Market
from signals.base import ALL, Composed, Sign, Signal
from signals.coupling import Coupling
from signals.discovery import find, names
from signals.ease_change import EaseChange
from signals.ease_level import EaseLevel
from signals.net_liquidity import NetLiquidity
from signals.own_momentum import OwnMomentum
from signals.parameters import declared_parameters, parameters, with_value
from signals.rank import Rank
from signals.sentiment import Sentiment
from signals.small_cap_momentum import SmallCapMomentum
from signals.smooth import Smooth
from signals.zscore import Zscore
from tests.contracts import SPAN, make_market, make_tables, truncated
from tests.signals.parts import build_signal, ids

EVERY = names("signals")
COMPOSED = ["combine", "gate_by", "rank", "smooth", "zscore"]
LONG = 300  # a declared history that the span of the tests would not hold twice


@pytest.fixture(params=EVERY)
def signal(request):
    return build_signal(find(request.param, Signal))


@pytest.fixture
def tables(signal):
    return make_tables(ids(signal.needs))


def compute(signal, tables):
    return signal.compute(make_market(signal.needs, tables=tables))


def test_there_are_signals():
    first = {"small_cap_momentum", "ease_level", "ease_change", "own_momentum"}
    thesis = {
        "time_series_momentum",
        "moving_average_cross",
        "breakout",
        "record_high",
        "small_vs_large",
        "small_vs_tech",
    }
    rest = {"calm", "credit", "credit_spread", "net_liquidity", "coupling", "own_volatility"}
    rest |= {"financial_conditions", "sentiment"}
    assert first | thesis | rest | set(COMPOSED) <= set(EVERY)


def test_is_documented(signal):
    text = inspect.getdoc(type(signal)) or ""
    assert "Source:" in text
    assert "known" in text.lower()
    assert "NaN" in text or signal.history == 1
    assert signal.unit
    assert signal.sign in get_args(Sign)
    assert any(mark in text for mark in "=/-")  # a formula
    assert signal.needs
    assert signal.history >= 1
    assert signal.pace >= 1


def test_every_field_is_a_parameter_or_a_part(signal):
    hints, found = get_type_hints(type(signal)), declared_parameters(type(signal))
    assert all(field.name in found or issubclass(hints[field.name], Signal) for field in fields(signal))
    for parameter in parameters(signal):
        assert parameter.param.unit
        for value in parameter.param.grid or parameter.param.choices:
            assert {k.path: k.value for k in parameters(with_value(signal, parameter.path, value))}[
                parameter.path
            ] == value


def test_stands_on_known_at(signal, tables):
    values = compute(signal, tables)
    assert isinstance(values.index, pd.DatetimeIndex)
    assert str(values.index.tz) == "UTC"
    assert values.index.is_monotonic_increasing
    assert values.index.is_unique
    assert values.dtype == np.float64
    assert not np.isinf(values).any()
    assert values.notna().mean() > 0.5
    assert values.nunique() > 1


@pytest.mark.parametrize("cut", ["2020-03-15", "2020-11-26", "2021-05-31", "2021-10-11", "2022-02-14"])
def test_files_cut_at_a_date_change_no_earlier_value(signal, tables, cut):
    whole, part = compute(signal, tables), compute(signal, truncated(tables, pd.Timestamp(cut)))
    # What a file cut after day D says at an instant of D or before must be what the whole file says.
    until = pd.Timestamp(cut, tz="UTC")
    assert part[:until].equals(whole[:until])
    assert len(part[:until]) > 30


def test_until_is_a_cut(signal, tables):
    market = make_market(signal.needs, tables=tables)
    for instant in market.decisions[[300, 301, 555, 700]]:
        assert signal.compute(market.until(instant)).equals(signal.compute(market)[:instant])


def test_noise_in_the_future_changes_no_earlier_value(signal, tables):
    clean, rng = compute(signal, tables), np.random.default_rng(1)
    cut = pd.Timestamp("2021-03-03")
    noisy = {}
    for id, table in tables.items():
        later = (table.get("vintage", table["date"]) > cut).to_numpy()
        factor = np.where(later, rng.uniform(0.5, 2), 1.0)
        noisy[id] = table.assign(
            **{c: table[c] * factor for c in table.columns if c not in ("date", "contract", "vintage")}
        )
    until = pd.Timestamp(cut, tz="UTC")
    assert compute(signal, noisy)[:until].equals(clean[:until])


def takes_one_session(signal):
    """Whether one session may be enough: of futures, the settles of one date are, in most months."""
    return signal.history <= 10 or "ZQ" in signal.needs


def shortened(market, rows):
    """Return the market with the last `rows` observations of each series."""
    return replace(market, series={id: replace(s, frame=s.frame.tail(rows)) for id, s in market.series.items()})


def assert_history_suffices(signal):
    """One value from the declared history is the value from all of it, to 1e-9: also for the filters that forget."""
    days = 0 if signal.history < LONG or signal.history >= ALL else int(signal.history * 365 / 252 / signal.pace) + 400
    first = SPAN[0] - pd.Timedelta(days=days)
    market = make_market(signal.needs, tables=make_tables(ids(signal.needs), span=(first, SPAN[1])))
    for back in (633, 383, 233, *range(60, 0, -9)):  # decisions, counted from the last
        seen = market.until(market.decisions[-back])
        longest = max(len(series.frame) for series in seen.series.values())
        assert signal.history < longest or signal.history >= ALL
        whole, part = signal.compute(seen), signal.compute(shortened(seen, signal.history))
        assert not np.isnan(whole.iloc[-1])
        assert part.iloc[-1] == pytest.approx(whole.iloc[-1], rel=1e-9, abs=1e-12)


def test_declared_history_suffices(signal):
    assert_history_suffices(signal)


@pytest.mark.parametrize(
    "signal",
    [
        Zscore(EaseLevel(), window=120), Zscore(Coupling(20), window=60), Smooth(NetLiquidity(4), window=20),
        Smooth(Sentiment(), window=20),
        Rank(Smooth(Zscore(EaseChange(5), window=20), window=5), window=60),
        build_signal(find("combine", Signal), (Zscore(OwnMomentum(5), window=40), Zscore(SmallCapMomentum(5), window=40))),
        build_signal(find("gate_by", Signal), (Zscore(SmallCapMomentum(5), window=40), Coupling(20))),
        replace(find("time_series_momentum", Signal)(), com=5, lookback=20),
        replace(find("time_series_momentum", Signal)(), every="session"),
    ],
)  # fmt: skip
def test_declared_history_suffices_also_below(signal):
    assert_history_suffices(signal)


def test_too_little_history_is_nan_not_a_number(signal, tables):
    market = make_market(signal.needs, tables=tables)
    known = [market[id].values.index for id in signal.needs]
    ready = max(index[min(signal.history, len(index)) - 1] for index in known)
    values = signal.compute(market)
    defined = values.notna().to_numpy()
    first = int(np.argmax(defined))
    assert values.index[first] <= ready
    assert defined[first:].all()
    assert first > 0 or takes_one_session(signal)


def test_reads_only_what_it_needs(signal, tables):
    named = {"leader": "IWM", "traded": "ETH-USD"}
    market = make_market(signal.needs, tables=tables)
    only = {named.get(id, id) for id in signal.needs}
    lean = Market(
        series={id: s for id, s in market.series.items() if id in only}, bars=market.bars, traded=market.traded,
        leader=market.leader, source="test", fingerprint="",
    )  # fmt: skip
    assert signal.compute(lean).equals(signal.compute(market))


def test_nothing_yet_is_nothing(signal, tables):
    """At the first instants there is not one value, or no row: never an exception."""
    market = make_market(signal.needs, tables=tables)
    for instant in (market.decisions[0] - pd.Timedelta(days=30), market.decisions[1]):
        values = signal.compute(market.until(instant))
        assert values.isna().all() or takes_one_session(signal)
        assert str(pd.DatetimeIndex(values.index).tz) == "UTC"


def test_rules_are_all_described():
    assert all(rule.text for rule in RULES.values())


def test_a_composition_takes_unit_and_sign_from_its_parts():
    level, trend, coupling = EaseLevel(), SmallCapMomentum(), Coupling()
    combine, gate_by = find("combine", Signal), find("gate_by", Signal)
    assert (Smooth(level).unit, Smooth(level).sign, Smooth(coupling).sign) == (level.unit, "+", "gate")
    assert (Zscore(level).unit, Zscore(coupling).sign) == ("standard deviations", "gate")
    assert (combine(trend, OwnMomentum()).unit, combine(trend, OwnMomentum()).sign) == ("return", "+")
    assert combine(trend, level).unit == "weighted sum"
    assert combine(trend, OwnMomentum(), 1.0, -1.0).sign == combine(trend, coupling).sign == "two-sided"
    assert (gate_by(trend, coupling).unit, gate_by(trend, coupling).sign) == ("return", "+")
    assert Zscore(level, 20) == Zscore(level, 20) != Zscore(level, 21)
    assert "unit" not in repr(Smooth(level))


def test_a_composition_needs_what_its_parts_need():
    both = find("combine", Signal)(Zscore(EaseLevel(), 20), SmallCapMomentum(5))
    assert both.needs == ("DFEDTARU", "DFEDTARL", "DGS1", "leader")
    assert both.history == EaseLevel().history + 19 * EaseLevel().pace
    assert (SmallCapMomentum().pace, both.pace, Smooth(NetLiquidity()).pace) == (
        1,
        EaseLevel().pace,
        NetLiquidity().pace,
    )
    whole = Rank(SmallCapMomentum(), memory="expanding")
    assert whole.history == Smooth(whole, 5).history == Zscore(Smooth(whole, 5)).history == ALL


def test_the_lists_say_when_each_input_is_known(signal):
    text = "\n".join(signal_facts(type(signal)))
    assert type(signal).unit in text
    if isinstance(signal, Composed):
        parts = [field.name for field in fields(signal) if field.name not in declared_parameters(type(signal))]
        assert all(f"{part} (Signal)" in text for part in parts)
        return
    assert f"expected sign: {signal.sign}" in text
    for id in signal.needs:
        rule = lookup({"leader": "IWM", "traded": "ETH-USD"}.get(id, id)).rule
        assert any(line.startswith(f"input {id}") and rule.text in line for line in text.split("\n"))
