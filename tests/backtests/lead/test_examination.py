"""The lab whole: its JSON, its parts against known answers, its command."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from backtests.lead.breaks import find_breaks, standardised
from backtests.lead.comovement import PERIODS, beta, gaussian_tail, tails, worst
from backtests.lead.correlogram import correlogram
from backtests.lead.examination import examine
from backtests.lead.placebos import shifted, time_reversed
from backtests.lead.regressions import FIRST_FORECAST, expanding_forecasts, granger_tests, out_of_sample_tests
from backtests.lead.sample import Sample
from backtests.lead.verdict import LEADS, NOT_ENOUGH, NOT_SHOWN
from data.sources.folder.source import FolderSource
from data.sources.simulated.source import SimulatedSource
from tests.calibration.worlds import BY_NAME
from tests.records import plain

KEYS = ["format", "run_id", "verdict", "leader", "traded", "windows", "n", "start", "end", "effect", "interval", "lag_sessions", "p_value",
        "p_value_searched", "p_value_family", "power", "upper_bound_r2", "upper_bound_r2_whole", "useful_r2",
        "smallest_r2_own", "smallest_r2_whole", "horizon", "stretch", "blind_spots", "controls", "comovement", "placebos",
        "tests", "accept", "asked"]  # fmt: skip
STATISTIC = ["p_value", "p_value_searched", "p_value_family", "effect", "interval", "n", "term", "sessions",
             "upper_bound_r2", "smallest_r2_own", "smallest_r2_whole", "missing"]  # fmt: skip
PLACEBOS = ["SPY", "QQQ", "BTC", "reversed direction", "time reversed", "circularly shifted", "wrong labels"]


@pytest.fixture(scope="module")
def found():
    return examine(SimulatedSource(lead=1, strength=0.02, seed=2), start=pd.Timestamp("2017-01-01"))


@pytest.mark.slow
def test_json_is_what_is_promised(found):
    content = plain(found)
    assert list(content) == KEYS
    assert content["verdict"] == LEADS
    assert (content["leader"], content["traded"], content["lag_sessions"]) == ("IWM", "ETH-USD", 1)
    low, high = content["interval"]
    assert 0 < low < content["effect"] < high
    assert content["p_value"] <= content["p_value_searched"] <= 0.025
    assert content["windows"]["simulated"] is True
    assert content["windows"]["kind"] == "days"
    assert list(content["placebos"]) == PLACEBOS
    assert content["placebos"]["circularly shifted"]["p_value"] == 0.01
    assert content["placebos"]["SPY"]["p_value_searched"] > 0.025
    names = [test["name"] for test in content["tests"]]
    assert len(names) == len(set(names))
    for test in content["tests"]:
        assert (test["missing"] is None) == (test["p_value"] is not None)
    assert content["power"]["at_r2"]["0.015"] > 0.9
    assert content["p_value_searched"] <= content["p_value_family"] <= 0.025
    assert 0.005 < content["smallest_r2_own"] == content["power"]["smallest_r2"] < 0.02
    assert 0.005 < content["smallest_r2_whole"] < 0.02
    assert content["upper_bound_r2"] > content["useful_r2"] == 0.001
    assert content["controls"] == ["SPY", "QQQ"]
    assert len(content["blind_spots"]) >= 6
    assert all(isinstance(spot, str) and spot for spot in content["blind_spots"])
    for name in ("horizon", "stretch"):
        statistic = content[name]
        assert list(statistic) == STATISTIC
        assert statistic["missing"] is None
        assert statistic["p_value_searched"] <= statistic["p_value_family"] + 1e-3
        low, high = statistic["interval"]
        assert low < statistic["effect"] < high
    assert "-session trend" in content["horizon"]["term"]
    first, last = content["stretch"]["sessions"]
    assert content["start"] <= first < last <= content["end"]
    assert content["horizon"]["smallest_r2_own"] < content["horizon"]["smallest_r2_whole"]


@pytest.mark.slow
def test_the_paragraph_says_the_numbers_and_where_they_are_from(found):
    assert found.paragraph.startswith("SIMULATED data. IWM leads ETH-USD beyond what SPY and QQQ")
    assert f"{found.decision.partial.effect:+.2f}% of ETH-USD for 1% of IWM" in found.paragraph
    assert f"a Sharpe ratio of {found.decision.power.sharpe:.1f} before costs" in found.paragraph
    assert f"{found.n:,} sessions" in found.paragraph


def test_not_enough_data_is_a_verdict_with_its_reason():
    few = examine(SimulatedSource(seed=1), start=pd.Timestamp("2025-07-01"))
    content = plain(few)
    assert list(content) == KEYS
    assert content["verdict"] == NOT_ENOUGH
    assert (content["effect"], content["interval"], content["power"], content["comovement"]) == (
        None,
        [None, None],
        None,
        None,
    )
    assert content["tests"][0]["missing"] == f"{few.n} joint sessions; at least 250 are needed"
    assert few.paragraph == f"SIMULATED data. Not enough data for a verdict: {content['tests'][0]['missing']}."


def test_a_year_has_short_lags_alone_and_says_so():
    content = plain(examine(SimulatedSource(seed=1), start=pd.Timestamp("2024-09-01")))
    assert 250 <= content["n"] < 500
    assert content["p_value_family"] == content["p_value_searched"]
    for name in ("horizon", "stretch"):
        assert content[name]["p_value_family"] is None
        assert content[name]["missing"] == f"{content['n']} sessions; at least 500 are needed"
    assert content["blind_spots"][0].endswith("trends and stretches are not asked")


@pytest.mark.slow
def test_what_is_not_shown_comes_with_what_is_left_possible():
    found = examine(SimulatedSource(strength=0, seed=3), start=pd.Timestamp("2019-01-01"))
    limits = found.decision.bounds
    assert found.decision.verdict == NOT_SHOWN
    for share in (limits.upper_own, limits.upper_whole, limits.smallest_own, limits.smallest_whole, limits.trend_whole):
        assert f"{share:.2%}" in found.paragraph
    assert "no lead of IWM is shown" in found.paragraph
    assert "does not lead" not in found.paragraph


@pytest.mark.slow
def test_bitcoin_may_be_traded_and_has_no_placebo_of_itself():
    content = plain(examine(SimulatedSource(seed=1), traded="BTC-USD", start=pd.Timestamp("2021-01-01")))
    assert content["traded"] == "BTC-USD"
    assert "no BTC-USD beside BTC-USD" in content["placebos"]["BTC"]["missing"]


def test_sub_periods_cover_every_session_from_2018_once(found):
    day = pd.DatetimeIndex(found.windows.table.index)
    counted = sum(part.n for part in found.comovement.parts)
    assert counted == (day >= pd.Timestamp("2018-01-01", tz="UTC")).sum()
    assert len(PERIODS) == 5
    assert found.comovement.parts[-1].name == "since the claim, 2025-10-08"
    assert [p.name for p in found.periods] == [p.name for p in found.comovement.parts]
    assert found.periods[-1].lead is None
    assert "at least 250" in found.periods[-1].missing


def test_regimes_split_what_is_known(found):
    trend, other, low, high = found.comovement.regimes
    assert trend.n + other.n == found.n - 60
    assert low.n + high.n == found.n


@pytest.mark.uncounted
@pytest.mark.slow
def test_correlogram_finds_the_lag_and_keeps_its_size():
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((2, 1500))
    y[4:] += 0.2 * x[:-4]
    found = correlogram(x, y)
    assert found.lags[int(np.argmax(np.abs(found.correlation)))] == 4
    assert found.correlation[found.lags.index(4)] == pytest.approx(np.corrcoef(x[:-4], y[4:])[0, 1], abs=0.01)
    assert found.p_value == found.p_value_leads == 0.001
    assert found.p_value_led > 0.05
    assert (found.band_searched > found.band).all()
    assert found.band.mean() == pytest.approx(1.96 / np.sqrt(1480), rel=0.15)
    false = sum(correlogram(*rng.standard_normal((2, 400))).p_value <= 0.05 for _ in range(20))
    assert false <= 4


def test_breaks_see_a_change_of_correlation_and_not_one_of_volatility():
    rng = np.random.default_rng(3)
    days = pd.date_range("2018-01-01", periods=1600, freq="B", tz="UTC")
    x, e = rng.standard_normal((2, 1600))
    rho = np.where(np.arange(1600) < 800, 0.0, 0.6)
    louder = np.where(np.arange(1600) < 800, 1.0, 3.0)
    broken = find_breaks(pd.Series(x, days), pd.Series(rho * x + np.sqrt(1 - rho**2) * e, days))
    assert broken.p_value < 0.001
    assert len(broken.dates) == 1
    assert abs((broken.dates[0].date - days[800]).days) < 60
    assert (broken.dates[0].before, broken.dates[0].after) == pytest.approx((0.0, 0.6), abs=0.12)
    steady = find_breaks(pd.Series(louder * x, days), pd.Series(louder * (0.4 * x + 0.9 * e), days))
    assert steady.p_value > 0.05
    assert steady.dates == ()


def test_returns_are_standardised_by_the_past_alone():
    rng = np.random.default_rng(4)
    x = pd.Series(rng.standard_normal(300))
    poisoned = x.copy()
    poisoned[200:] *= 50
    pd.testing.assert_series_equal(standardised(x)[:140], standardised(poisoned)[:140])
    assert standardised(poisoned).abs().max() == 3


def test_tails_and_betas_of_known_laws():
    rng = np.random.default_rng(5)
    x, e = rng.standard_normal((2, 6000))
    y = 0.6 * x + 0.8 * e
    for tail in tails(x, y):
        assert tail.low < tail.gaussian < tail.high
        assert tail.gaussian == pytest.approx(gaussian_tail(0.6, tail.quantile), abs=0.02)
    assert gaussian_tail(0.0, 0.05) == pytest.approx(0.05, abs=1e-4)
    kinked = np.where(x < 0, 2.0, 0.5) * x + 0.1 * e
    down, up = beta(x, kinked, x < 0), beta(x, kinked, x > 0)
    assert down.slope == pytest.approx(2.0, abs=4 * down.se)
    assert up.slope == pytest.approx(0.5, abs=4 * up.se)
    assert 0 < down.se < 0.01


def test_the_worst_sessions_by_hand():
    x = np.log1p(np.array([-0.10, -0.05, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08]))
    y = np.log1p(np.array([-0.20, 0.10, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.08]))
    found = worst(x, y, 0.2, "session")
    assert (found.n, found.traded_fell) == (2, 0.5)
    assert found.leader_mean == pytest.approx(-0.075)
    assert found.traded_mean == pytest.approx(-0.05)
    assert found.traded_mean_otherwise == pytest.approx(0.01)


def test_forecasts_use_the_past_alone():
    rng = np.random.default_rng(6)
    x = np.column_stack([np.ones(700), rng.standard_normal((700, 2))])
    y = rng.standard_normal(700)
    found = expanding_forecasts(y, x)
    for t in (FIRST_FORECAST, 600, 699):
        slope = np.linalg.lstsq(x[:t], y[:t], rcond=None)[0]
        assert found[t - FIRST_FORECAST] == pytest.approx(x[t] @ slope)


def test_granger_and_forecasts_see_a_strong_lead_one_way():
    rng = np.random.default_rng(7)
    x, a, y = rng.standard_normal((3, 2000))
    y[1:] += 0.2 * x[:-1]
    sample = Sample(y, x, {"a": a}, x)
    leads, led = granger_tests(sample)
    assert leads.p_value < 1e-6
    assert led.p_value > 0.05
    assert leads.effect is None
    for test in out_of_sample_tests(sample):
        assert test.p_value < 0.01
        assert test.effect == pytest.approx(0.038, abs=0.02)


def test_placebos_of_a_planted_lead_stay_silent():
    sample = BY_NAME["own part leads 1.5%"].draw(3)
    assert not time_reversed(sample).found
    circle = shifted(sample, 39)
    assert circle.p_value == 1 / 40
    assert circle.t > 3


@pytest.mark.slow
def test_the_command_prints_writes_and_keeps_its_mouth_shut(harbinger, tmp_path):
    words = ("lead", "--source", "simulated:null,seed=3", "--start", "2019-01-01")
    code, out, _ = harbinger(*words, "--out", "here")
    assert code == 0
    assert f"SIMULATED  IWM and ETH-USD: {NOT_SHOWN}" in out
    assert f"report: {tmp_path}/here/lead.html" in out.replace("\n", "")
    written = json.loads(Path("here/lead.json").read_text())
    assert sorted(p.name for p in Path("here").iterdir()) == ["lead.html", "lead.json"]
    again = json.loads(harbinger(*words, "--json")[1])
    (folder,) = Path("runs").iterdir()
    assert re.fullmatch(r"\d{8}-\d{6}-lead-IWM-ETH-USD-[0-9a-f]{6}", folder.name)
    assert json.loads((folder / "lead.json").read_text()) == again
    assert again.pop("run_id") == folder.name != written.pop("run_id")
    assert again == written


@pytest.mark.slow
def test_further_controls_are_held_fixed(harbinger):
    words = ("lead", "--source", "simulated:null,seed=3", "--start", "2021-01-01", "--json")
    code, out, _ = harbinger(*words, "--controls", "HYG,TLT, UUP,VIX")
    held = json.loads(out)
    assert code == 0
    assert held["controls"] == ["SPY", "QQQ", "HYG", "TLT", "UUP", "VIX"]
    assert held["tests"][0]["name"].startswith("1. short lags: lag")
    bare = json.loads(harbinger(*words)[1])
    assert bare["n"] == held["n"]
    assert bare["effect"] != held["effect"]
    for ids, said in (
        ("DGS2", "a bar a NYSE session"),
        ("SPY", "have their seats already"),
        ("HYG,HYG", "each once"),
        ("HYGG", "HYG"),
    ):
        code, _, err = harbinger(*words, "--controls", ids)
        assert (code, said in err) == (2, True), (ids, err)


def test_the_command_refuses_a_span_turned_round(harbinger):
    words = ("lead", "--source", "simulated", "--start")
    code, _, err = harbinger(*words, "2020-01-01", "--end", "2019-01-01")
    assert (code, "--end 2019-01-01 is before --start 2020-01-01" in err) == (2, True)
    code, _, err = harbinger(*words, "yesterday")
    assert (code, "--start = 'yesterday' is not a date" in err) == (2, True)


@pytest.mark.uncounted
@pytest.mark.slow
def test_real_history(shared_market):
    found = examine(FolderSource(shared_market), start=pd.Timestamp("2017-11-09"), end=pd.Timestamp("2026-05-31"))
    assert found.windows.kind == "hours"
    assert found.decision.verdict == NOT_SHOWN
    assert all(lead.p_value_family > 0.2 for lead in found.decision.own)
    assert "through IWM's own part" in found.paragraph
    assert "through the whole of it" in found.paragraph
    assert found.n == 2132
    assert found.comovement.whole.value == pytest.approx(0.304, abs=0.002)
    assert found.trap.correlations["close date"][2] == pytest.approx(0.289, abs=0.002)
    assert found.trap.p_value["close date"] < 0.001 < found.trap.p_value["matched"]
    assert json.dumps(plain(found), allow_nan=False)
