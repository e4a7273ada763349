"""The signals `fed_watch` and `expected_rate_change`: what they say by hand, that it is the table's, and its speed on real history."""

import time

import numpy as np
import pandas as pd
import pytest

from data.catalogue import lookup
from data.errors import OutOfBounds
from data.fed_funds.fedwatch import load_contracts, watch
from data.futures import to_contracts
from data.sources.folder.source import FolderSource
from data.table import validate
from signals.expected_rate_change import ExpectedRateChange
from signals.fed_watch import FedWatch

ZQ = lookup("ZQ")


class Futures:
    """A market that holds nothing but the futures."""

    def __init__(self, contracts):
        self.contracts = contracts

    def __getitem__(self, id):
        assert id == "ZQ"
        return self.contracts


SIGNALS = {
    "p_cut_next": FedWatch(),
    "expected_change_6m": ExpectedRateChange(months=6),
    "expected_change_12m": ExpectedRateChange(months=12),
}


def compute(contracts, name):
    return SIGNALS[name].compute(Futures(contracts))


def curve(date, rates):
    """The contracts of one date from its month on, by their rates."""
    months = pd.period_range(date, periods=len(rates), freq="M").to_timestamp()
    rows = pd.DataFrame({"date": pd.Timestamp(date), "contract": months, "settle": 100 - np.array(rates)})
    return to_contracts(validate(rows, ZQ, "test"), ZQ, "test")


def only(contracts, name):
    (value,) = compute(contracts, name)
    return value


def test_by_hand():
    # 9 August 2022: the next meeting is in September; August and October have none.
    found = curve("2022-08-09", [2.5, 2.5, 2.4, *[2.0] * 3, 1.8, *[1.5] * 5, 1.2])
    assert only(found, "p_cut_next") == pytest.approx(0.4)  # 2.5 to 2.4, in steps of 0.25
    assert only(found, "expected_change_6m") == pytest.approx(1.8 - 2.5)
    assert only(found, "expected_change_12m") == pytest.approx(1.2 - 2.5)
    (instant,) = compute(found, "p_cut_next").index
    assert instant == pd.Timestamp("2022-08-09 19:01", tz="UTC")


def test_a_hike_is_no_cut_and_a_change_above_zero():
    found = curve("2022-08-09", [2.5, 2.5, 2.9, *[3.0] * 10])
    assert only(found, "p_cut_next") == 0
    assert not np.signbit(only(found, "p_cut_next"))
    assert only(found, "expected_change_6m") == pytest.approx(0.5)


def test_more_than_one_cut_is_a_cut_for_certain():
    assert only(curve("2022-08-09", [2.5, 2.5, 1.9, *[1.9] * 10]), "p_cut_next") == 1


def test_signs_and_units():
    assert (FedWatch().unit, FedWatch().sign) == ("probability", "+")
    assert (ExpectedRateChange().unit, ExpectedRateChange().sign) == ("percentage points", "-")
    with pytest.raises(OutOfBounds, match="from 1 to 24 months"):
        ExpectedRateChange(months=25)


def test_a_missing_month_is_nan():
    found = curve("2022-08-09", [2.5, 2.5, 2.4])
    assert only(found, "p_cut_next") == pytest.approx(0.4)
    assert np.isnan(only(found, "expected_change_6m"))
    assert np.isnan(only(curve("2022-08-09", [2.5]), "p_cut_next"))


@pytest.fixture(scope="module")
def real(shared_market):
    return load_contracts(FolderSource(shared_market))


def test_it_is_the_table_s_on_real_history(real):
    cut = compute(real, "p_cut_next")
    for at in range(6_400, len(cut), 61):
        day = real.rates.days[at]
        first = watch(real, (1000, 1025), day).meetings[0]
        expected = sum(p for (low, _), p in first.probabilities.items() if low < 1000) if not first.missing else np.nan
        assert cut.iloc[at] == pytest.approx(expected, nan_ok=True), day


def test_real_history_is_nan_where_front_months_are_missing(real):
    for name in SIGNALS:
        found = compute(real, name)
        assert found["2015-01-01":"2023-09-15"].notna().all()
        assert found["2024-10-01":"2026-05-31"].isna().all()
        assert found["2026-08-01":].notna().all()
        assert found[:"2014-11-30"].isna().all()


def test_real_history_knows_the_turns(real):
    change = compute(real, "expected_change_12m")
    assert change["2019-06-28"].iloc[0] < -0.6
    assert change["2022-03-15"].iloc[0] > 1.5
    assert compute(real, "p_cut_next")["2021-02-01":"2021-02-28"].max() < 0.15


@pytest.mark.uncounted
def test_nine_years_take_less_than_a_second(real):
    frame = real.frame[real.frame["observed"] >= "2015-01-01"]
    recent = type(real)(real.id, frame, real.unit, real.source)
    start = time.process_time()
    compute(recent, "p_cut_next")
    assert time.process_time() - start < 1.0
