"""The contract of every strategy: a new file in strategies/ is under it by itself."""

import inspect
from dataclasses import fields
from typing import get_type_hints

import numpy as np
import pandas as pd
import pytest

from signals.base import Signal
from signals.discovery import find, names
from signals.own_momentum import OwnMomentum
from signals.parameters import declared_parameters
from signals.small_cap_momentum import SmallCapMomentum
from strategies.base import Strategy
from strategies.long_short import LongShort
from tests.contracts import make_market, make_tables, truncated

EVERY = names("strategies")


def build(cls):
    """Fill the signal and strategy fields of a strategy with small members."""
    hints, params = get_type_hints(cls), declared_parameters(cls)
    parts = [f.name for f in fields(cls) if f.name not in params]
    signals = iter([SmallCapMomentum(20), OwnMomentum(14), SmallCapMomentum(5), SmallCapMomentum(40)])
    return cls(**{p: next(signals) if hints[p] is Signal else LongShort(SmallCapMomentum(20)) for p in parts})


@pytest.fixture(params=EVERY)
def strategy(request):
    return build(find(request.param, Strategy))


@pytest.fixture
def tables(strategy):
    return make_tables(
        {{"leader": "IWM", "traded": "ETH-USD"}.get(i, i) for i in (*strategy.needs, "leader", "traded")}
    )


def weights(strategy, tables, **kwargs):
    market = make_market(strategy.needs, tables=tables, **kwargs)
    return market, strategy.weights(market)


def test_there_are_strategies():
    assert {"hold", "long_flat", "long_short", "gated", "vol_target"} <= set(EVERY)


def test_is_documented(strategy):
    text = inspect.getdoc(type(strategy)) or ""
    assert "w = " in text or "w =" in text
    assert "NaN" in text or "NaN" in (inspect.getdoc(type(strategy).weights) or "")


def test_one_weight_a_decision(strategy, tables):
    market, found = weights(strategy, tables)
    assert found.index.equals(market.decisions)
    assert not np.isinf(found).any()
    assert found.abs().max() <= 3
    assert found.notna().mean() > 0.8


@pytest.mark.parametrize("cut", ["2020-03-15", "2020-11-26", "2021-05-31", "2022-02-14"])
@pytest.mark.parametrize("join", ["hold", "flat", "us_sessions_only"])
def test_files_cut_at_a_date_change_no_earlier_weight(strategy, tables, cut, join):
    market, whole = weights(strategy, tables, join=join)
    shorter, part = weights(strategy, truncated(tables, pd.Timestamp(cut)), join=join)
    until = pd.Timestamp(cut, tz="UTC")
    assert shorter.joined(part)[:until].equals(market.joined(whole)[:until])


def test_needs_name_every_input(strategy):
    assert set(strategy.needs) <= {"leader", "traded"}
    for signal in strategy.signals:
        assert set(signal.needs) <= set(strategy.needs)


def test_stale_inputs_are_no_opinion(strategy, tables):
    iwm = tables["IWM"]
    tables["IWM"] = iwm[iwm["date"] < "2021-06-01"]
    _, found = weights(strategy, tables)
    late = found["2021-06-15":]
    if "leader" in strategy.needs:  # no opinion, but where another signal alone says out
        assert late.isna().any()
        assert set(late.dropna()) <= {0.0}
    else:
        assert late.notna().all()
