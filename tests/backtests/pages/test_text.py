import pandas as pd
import pytest

from backtests.metrics.labels import LABELS
from backtests.pages import text
from backtests.runs.known_inputs import stamp


@pytest.mark.parametrize("name", LABELS)
def test_every_metric_has_a_form_and_an_undefined_one_is_a_dash(name):
    assert text.number(name, 1.0) in ("100.0%", "1", "1.00")
    assert text.number(name, None) == "-"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("total_return", 12.3456, "1,234.6%"),
        ("max_drawdown", -0.5, "-50.0%"),
        ("sharpe", 1.237, "1.24"),
        ("sharpe", -0.003, "0.00"),
        ("cagr", -0.0001, "0.0%"),
        ("orders", 1234, "1,234"),
        ("costs_paid_usd", 1234.4, "1,234"),
    ],
)
def test_a_metric_is_written_in_its_own_unit(name, value, expected):
    assert text.number(name, value) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (text.signed(0.126), "+0.13"),
        (text.signed(-0.001), "+0.00"),
        (text.signed(-0.0004, 3), "+0.000"),
        (text.signed(1.5, 1, "%"), "+1.5%"),
        (text.signed(None), "-"),
        (text.signed_percent(0.1234), "+12.3%"),
        (text.signed_percent(-0.0001), "+0.0%"),
        (text.signed_percent(None), "-"),
        (text.interval(-0.1, 0.25), "-0.10 to +0.25"),
        (text.interval(-0.001, 0.25), "+0.00 to +0.25"),
        (text.interval(-0.1, 0.25, "+z.1%"), "-10.0% to +25.0%"),
        (text.interval(0.1, 0.25, ".2f", " "), "0.10 0.25"),
        (text.interval(None, 0.25), "-"),
        (text.interval(0.1, None), "-"),
    ],
)
def test_signs_and_intervals(written, expected):
    assert written == expected


@pytest.mark.parametrize(
    ("p", "alone", "in_a_sentence"),
    [
        (0.0, "<0.001", "p < 0.001"),
        (0.000999, "<0.001", "p < 0.001"),
        (0.001, "0.001", "p = 0.001"),
        (0.0204, "0.020", "p = 0.020"),
        (0.0999, "0.100", "p = 0.100"),
        (0.1, "0.10", "p = 0.10"),
        (1.0, "1.00", "p = 1.00"),
    ],
)
def test_a_p_value(p, alone, in_a_sentence):
    assert (text.p_value(p), text.p_equation(p)) == (alone, in_a_sentence)


@pytest.mark.parametrize(
    ("why", "short"),
    [
        (
            "x has no FNG: looked for FNG.csv; it has 41 data files; put it there",
            "x has no FNG: looked for FNG.csv; put it there",
        ),
        ("simulated has no FNG; it has IWM, SPY", "simulated has no FNG"),
        ("x has no FNG; near: FNX; put it there", "x has no FNG; near: FNX; put it there"),
    ],
)
def test_a_reason_in_short_keeps_its_remedy(why, short):
    assert text.in_short(why) == short


def test_an_undefined_p_value_is_a_dash():
    assert text.p_value(None) == "-"


@pytest.mark.parametrize(
    ("hours", "expected"), [(0, "0.0 h"), (47.94, "47.9 h"), (48, "2.0 d"), (60, "2.5 d"), (None, "-")]
)
def test_an_age_is_in_hours_below_two_days(hours, expected):
    assert text.age(hours) == expected


def test_an_instant_reads_the_same_from_memory_and_from_json():
    at = pd.Timestamp("2025-10-08 16:15", tz="UTC")
    assert text.instant(at) == text.instant(stamp(at)) == "2025-10-08 16:15"
    assert text.instant(None) == "-"
