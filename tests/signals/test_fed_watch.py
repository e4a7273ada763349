"""The signals `fed_watch` and `expected_rate_change`: what they say by hand, that it is the table's, and its speed on real history."""

import re
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
from signals.inputs import shortcomings
from signals.zscore import Zscore

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


@pytest.mark.slow
@pytest.mark.parametrize("name", SIGNALS)
def test_a_gap_names_the_contracts_that_would_close_it(real, name):
    """Given the contracts that are named, and no others, the value is there."""
    values = compute(real, name)
    named = 0
    for at in range(6_300, len(values), 97):
        day, instant = real.rates.days[at], real.rates.known_at[at]
        why = SIGNALS[name].gap(Futures(real), instant)
        assert bool(why) == np.isnan(values.iloc[at]), day
        months = re.findall(r"\d{4}-\d{2}(?!-)", why)
        if why and "calendar" not in why and "schedule" not in why:
            named += 1
            assert why.startswith(f"ZQ of {day:%Y-%m-%d}: no settle of {months[0]}")
            given = pd.DataFrame(
                {"observed": day, "contract": pd.to_datetime(months), "known_at": instant, "value": 95.0}
            )
            frame = pd.concat([real.frame[real.frame["observed"] <= day], given])
            whole = type(real)(real.id, frame.sort_values(["observed", "contract"]), real.unit, real.source)
            assert np.isfinite(compute(whole, name).iloc[-1]), why
            for month in months:
                without = whole.frame[~(whole.frame["contract"].eq(f"{month}-01") & whole.frame["observed"].eq(day))]
                less = type(real)(real.id, without, real.unit, real.source)
                assert np.isnan(compute(less, name).iloc[-1]), (month, why)
    assert named > 5


def test_before_the_calendar_of_meetings_the_gap_says_so(real):
    why = FedWatch().gap(Futures(real), pd.Timestamp("2014-06-02 21:00", tz="UTC"))
    assert "ZQ of 2014-06-02: no meeting to come on the calendar, which begins with 2015-01" in why


def test_the_shortcoming_of_a_run_is_the_missing_contract_and_not_a_short_history():
    few = curve("2022-08-09", [2.5, 2.5, 2.4])
    market = Futures(few)
    market.max_age_days, market.decisions = 7.0, pd.DatetimeIndex(["2022-08-10"], tz="UTC")
    for signal in (ExpectedRateChange(), Zscore(ExpectedRateChange(), 60)):
        (line,) = shortcomings(signal, market)
        assert line.startswith("ZQ of 2022-08-09: no settle of 2023-02; give files that have it")
    assert "declared" in shortcomings(FedWatch(), market)[0]  # which has a value of these
    market.decisions = pd.DatetimeIndex(["2022-09-10"], tz="UTC")
    assert "older than market.max_age_days" in shortcomings(ExpectedRateChange(), market)[0]


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
