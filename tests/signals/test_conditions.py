"""Financial conditions by vintages and crypto sentiment, by hand."""

import numpy as np
import pandas as pd
import pytest

from backtests.checks.warmup import check_warmup
from backtests.runs.subject import of_signal
from data.errors import DataError, OutOfBounds
from signals.financial_conditions import FinancialConditions
from signals.inputs import shortcomings
from signals.sentiment import Sentiment
from signals.smooth import Smooth
from tests.contracts import make_market, make_tables

NEEDS = ("NFCI", "FNG")


def by_hand(table, lookback):
    """The loosening by plain words: of each release, its newest week and the one `lookback` weeks before."""
    found = {}
    for vintage, rows in table.groupby("vintage"):
        values = rows.set_index("date")["value"]
        newest = values.index[-1]
        found[vintage] = values.get(newest - pd.Timedelta(weeks=lookback), np.nan) - values[newest]
    return pd.Series(found)


@pytest.mark.parametrize("lookback", [1, 13, 26])
def test_financial_conditions_takes_both_ends_from_the_newest_vintage(lookback):
    tables = make_tables({"ETH-USD", "IWM", "NFCI"})
    values = FinancialConditions(lookback).compute(make_market(("NFCI",), tables=tables))
    wanted = by_hand(tables["NFCI"], lookback)
    np.testing.assert_allclose(values.to_numpy(), wanted.to_numpy(), rtol=1e-12)
    local = pd.DatetimeIndex(values.index).tz_convert("America/New_York")
    assert list(local.tz_localize(None)) == [day + pd.Timedelta(hours=8, minutes=31) for day in wanted.index]
    # A vintage has a scale of its own: ends of two vintages would give another number.
    firsts = tables["NFCI"].groupby("date")["value"].first()
    assert not np.allclose(values.dropna(), -firsts.diff(lookback).dropna())


def test_a_decision_takes_the_vintage_known_by_then():
    tables = make_tables({"ETH-USD", "IWM", "NFCI"})
    market = make_market(("NFCI",), tables=tables)
    seen, wanted = market.asof(FinancialConditions(4).compute(market)), by_hand(tables["NFCI"], 4)
    # The week to Friday 2021-06-04 came on Wednesday the 9th at 12:31 UTC.
    assert seen[pd.Timestamp("2021-06-09", tz="UTC")] == pytest.approx(wanted["2021-06-02"])
    assert seen[pd.Timestamp("2021-06-10", tz="UTC")] == pytest.approx(wanted["2021-06-09"])


def test_a_later_vintage_changes_no_earlier_value():
    tables = make_tables({"ETH-USD", "IWM", "NFCI"})
    whole = FinancialConditions().compute(make_market(("NFCI",), tables=tables))
    late = (tables["NFCI"]["vintage"] > "2021-01-01").to_numpy()
    tables["NFCI"].loc[late, "value"] = np.random.default_rng(9).normal(0, 1, late.sum())
    poisoned = FinancialConditions().compute(make_market(("NFCI",), tables=tables))
    assert poisoned[:"2021-01-01"].equals(whole[:"2021-01-01"])
    assert not np.isclose(poisoned["2021-01-07":], whole["2021-01-07":]).any()


def test_todays_vintage_is_refused_and_with_the_users_word_taken():
    tables = make_tables({"ETH-USD", "IWM", "NFCI"})
    table = tables["NFCI"]
    tables["NFCI"] = table[table["vintage"] == table["vintage"].iloc[-1]].drop(columns="vintage").reset_index(drop=True)
    with pytest.raises(DataError, match=r"today's vintage.*look-ahead.*market\.allow_revised"):
        FinancialConditions().compute(make_market(("NFCI",), tables=tables))
    market = make_market(("NFCI",), tables=tables, allow_revised=True)
    values = FinancialConditions(13).compute(market)
    assert values.iloc[13] == tables["NFCI"]["value"].iloc[0] - tables["NFCI"]["value"].iloc[13]
    assert values.iloc[:13].isna().all()


def test_the_declared_history_of_a_mean_over_vintages_suffices():
    """A further value takes another whole vintage: the declared one is of the longest there can be."""
    target = of_signal(Smooth(FinancialConditions(4), window=5))
    assert target.parts[-1].node.history == 5 + 4 * FinancialConditions().pace
    outcome = check_warmup(target, make_tables({"ETH-USD", "IWM", "NFCI"}), instants=6)[-1]
    assert outcome.suffices, outcome


def test_a_vintage_too_old_is_named_with_the_remedy():
    tables = make_tables({"ETH-USD", "IWM", "NFCI"})
    tables["NFCI"] = tables["NFCI"][tables["NFCI"]["vintage"] < "2022-01-01"].reset_index(drop=True)
    market = make_market(("NFCI",), tables=tables)
    (line,) = shortcomings(FinancialConditions(), market)
    assert line.startswith("NFCI ends 2021-12-24, ")
    assert "older than market.max_age_days = 7; give test a newer NFCI" in line


def test_sentiment_is_a_score_of_its_past():
    tables = make_tables({"ETH-USD", "IWM", "FNG"})
    values = Sentiment().compute(make_market(("FNG",), tables=tables))
    last = tables["FNG"]["value"].to_numpy()[-30:]
    assert values.iloc[-1] == pytest.approx((last[-1] - last.mean()) / last.std(ddof=1))
    assert values.iloc[:29].isna().all()
    assert values.iloc[29:].notna().all()
    assert values.index[0] == pd.Timestamp(tables["FNG"]["date"].iloc[0] + pd.Timedelta(days=1), tz="UTC")


def test_contrarian_is_the_other_side():
    market = make_market(("FNG",))
    momentum, contrarian = (Sentiment(60, view).compute(market) for view in ("momentum", "contrarian"))
    assert contrarian.equals(-momentum)
    assert Sentiment().sign == "two-sided"
    with pytest.raises(OutOfBounds, match="momentum, contrarian"):
        Sentiment(view="fade")


def test_sentiment_that_does_not_move_is_no_opinion():
    tables = make_tables({"ETH-USD", "IWM", "FNG"})
    tables["FNG"].loc[100:140, "value"] = 50.0
    values = Sentiment(30).compute(make_market(("FNG",), tables=tables))
    assert values.iloc[129:141].isna().all()
    assert values.iloc[[128, 141]].notna().all()
