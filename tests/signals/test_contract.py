"""The contract of every signal: a new file in signals/ is under it by itself."""

import inspect
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from data.calendars import RULES
from data.market import Market
from signals.base import Signal
from signals.discovery import find, names
from signals.knobs import knobs, parameters
from tests.contracts import make_market, make_tables, truncated

EVERY = names("signals")


@pytest.fixture(params=EVERY)
def signal(request):
    return find(request.param, Signal)()


@pytest.fixture
def tables(signal):
    return make_tables(
        {{"leader": "IWM", "traded": "ETH-USD"}.get(id, id) for id in (*signal.needs, "leader", "traded")}
    )


def compute(signal, tables):
    return signal.compute(make_market(signal.needs, tables=tables))


def test_there_are_signals():
    assert {"small_cap_trend", "ease_level", "ease_change", "own_trend"} <= set(EVERY)


def test_is_documented(signal):
    text = inspect.getdoc(type(signal)) or ""
    assert "Source:" in text
    assert "NaN" in text or signal.history == 1
    assert signal.unit
    assert any(mark in text for mark in "=/-")  # a formula
    assert signal.needs
    assert signal.history >= 1


def test_every_field_is_a_parameter(signal):
    assert [field.name for field in fields(signal)] == list(parameters(type(signal)))
    for knob in knobs(signal):
        assert knob.param.unit
        for value in knob.param.grid:
            type(signal)(**{knob.path: value})


def test_stands_on_known_at(signal, tables):
    values = compute(signal, tables)
    assert isinstance(values.index, pd.DatetimeIndex)
    assert str(values.index.tz) == "UTC"
    assert values.index.is_monotonic_increasing
    assert values.index.is_unique
    assert values.dtype == np.float64
    assert not np.isinf(values).any()
    assert values.notna().mean() > 0.5


@pytest.mark.parametrize("cut", ["2020-03-15", "2020-11-26", "2021-05-31", "2021-10-11", "2022-02-14"])
def test_files_cut_at_a_date_change_no_earlier_value(signal, tables, cut):
    whole, part = compute(signal, tables), compute(signal, truncated(tables, pd.Timestamp(cut)))
    # What a file cut after day D says at an instant of D or before must be what the whole file says.
    until = pd.Timestamp(cut, tz="UTC")
    assert part[:until].equals(whole[:until])
    assert len(part[:until]) > 50


def test_until_is_a_cut(signal, tables):
    market = make_market(signal.needs, tables=tables)
    for instant in market.decisions[[300, 301, 555, 700]]:
        assert signal.compute(market.until(instant)).equals(signal.compute(market)[:instant])


def test_noise_in_the_future_changes_no_earlier_value(signal, tables):
    clean, rng = compute(signal, tables), np.random.default_rng(1)
    cut = pd.Timestamp("2021-03-03")
    noisy = {}
    for id, table in tables.items():
        later = (table["date"] > cut).to_numpy()
        factor = np.where(later, rng.uniform(0.5, 2), 1.0)
        noisy[id] = table.assign(**{c: table[c] * factor for c in table.columns if c != "date"})
    until = pd.Timestamp(cut, tz="UTC")
    assert compute(signal, noisy)[:until].equals(clean[:until])


def test_declared_history_suffices(signal, tables):
    market = make_market(signal.needs, tables=tables)
    for instant in market.decisions[[400, 650, 800]]:
        seen = market.until(instant)
        short = {id: series.__class__(id, series.frame.tail(signal.history), series.unit, series.source)
                 for id, series in seen.series.items()}  # fmt: skip
        whole, part = signal.compute(seen), signal.compute(replace(seen, series=short))
        assert part.iloc[-1] == pytest.approx(whole.iloc[-1], rel=1e-9, abs=1e-12)


def test_too_little_history_is_nan_not_a_number(signal, tables):
    values = compute(signal, tables)
    defined = values.notna().to_numpy()
    first = int(np.argmax(defined))
    assert first < signal.history
    assert defined[first:].all()


def test_reads_only_what_it_needs(signal, tables):
    named = {"leader": "IWM", "traded": "ETH-USD"}
    market = make_market(signal.needs, tables=tables)
    only = {named.get(id, id) for id in signal.needs}
    lean = Market(
        series={id: s for id, s in market.series.items() if id in only}, bars=market.bars, traded=market.traded,
        leader=market.leader, source="test", fingerprint="",
    )  # fmt: skip
    assert signal.compute(lean).equals(signal.compute(market))


def test_rules_are_all_described():
    assert all(rule.text for rule in RULES.values())
