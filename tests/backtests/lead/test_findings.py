"""docs/findings.md: held to its command, and its own tests held to worlds where the answer is known."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from backtests.signal_sheets.forward import Estimate
from data.errors import MissingSeries
from tests.docs.findings import claims, tables
from tests.docs.findings.page import PAGE, page, wrapped
from tests.docs.findings.signal_claims import SignalClaim, signal_claim
from tests.docs.findings.tables import CLAIMS, corrected, p, placebo
from tests.paths import ROOT


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_page_is_what_its_command_writes(shared_market):
    """Every number again: six cases, each with its lab, its signal, its events."""
    assert page(shared_market) == PAGE.read_text(encoding="utf-8")


def test_the_tests_stand_before_the_numbers():
    text = PAGE.read_text(encoding="utf-8")
    asked, answered = text.index("## What is asked"), text.index("## The answers")
    for id in CLAIMS:
        assert asked < text.index(f"| {id}: ") < answered < text.index(f"| {id} |"), id
        assert f"## {id}: " in text
    assert "## Since the claim was published, 2025-10-08" in text
    assert "## What would change the answer" in text
    assert not re.search(r"\bnan\b|-0\.0+\b[^0-9]|[{}]", text)


def test_the_slid_calendar_has_its_size_and_finds_a_fall():
    rng = np.random.default_rng(1)
    days = pd.date_range("2018-01-01", periods=1000, freq="D")
    found = []
    for _ in range(300):
        shocks = rng.standard_normal(1000) * np.exp(0.5 * np.sin(np.arange(1000) / 60))
        at = np.sort(rng.choice(1000, 15, replace=False))
        found.append(claims.slid(claims.fall(shocks), at, days).p_value)
    assert 0.02 < np.mean(np.array(found) <= 0.05) < 0.09
    assert np.mean(found) == pytest.approx(0.5, abs=0.06)
    at = np.arange(100, 900, 60)
    lower = rng.standard_normal(1000)
    for i in at:
        lower[i : i + 10] -= 1.0
    planted = claims.slid(claims.fall(lower), at, days)
    assert planted.p_value < 0.02
    assert planted.mean == pytest.approx(-1 + 10 / 60, abs=0.3)
    assert (planted.n, planted.dates[0]) == (14, "2018-04-11")


def test_a_fall_is_the_mean_after_less_the_mean_before():
    values = np.arange(200.0) ** 1.5
    found = claims.fall(values)
    assert found[100] == pytest.approx(values[100:110].mean() - values[40:100].mean())
    assert np.isnan(found[59])
    assert np.isfinite(found[60])
    assert np.isfinite(found[190])
    assert np.isnan(found[191])


def test_events_without_a_whole_window_do_not_count():
    values = np.array([np.nan, 1.0, 2.0, 3.0, np.nan])
    found = claims.slid(values, [0, 2, 4], pd.date_range("2020-01-01", periods=5))
    assert (found.n, found.mean, found.dates) == (1, 2.0, ("2020-01-03",))
    assert found.p_value == pytest.approx(2 / 3)  # slid, two places have a value: 3 and 1


def lab(x, y):
    days = pd.date_range("2018-01-01", periods=len(x), freq="B", tz="UTC")
    windows = SimpleNamespace(leader="IWM", table=pd.DataFrame({"IWM": x, "traded": y}, days))
    return SimpleNamespace(windows=windows)


@pytest.mark.uncounted
@pytest.mark.slow
def test_a_hedge_is_found_and_a_fall_is_not_called_one():
    rng = np.random.default_rng(2)
    x, e = 0.01 * rng.standard_normal((2, 2500))
    hedge = claims.hedge(lab(x, e - x))
    assert hedge.p_value < 0.01
    assert hedge.beta[1] < -1 < hedge.beta[2]
    assert hedge.tail[2] < 0.1
    fell = claims.hedge(lab(x, e + x))
    assert fell.p_value > 0.99
    assert fell.beta[1] > 0
    assert fell.tail[1] > 0.1
    worst = claims.worst(lab(x, e + x))
    assert worst.high < 0
    none = [claims.hedge(lab(*(0.01 * rng.standard_normal((2, 600))))) for _ in range(60)]
    assert 0.3 < np.mean([h.p_beta for h in none]) < 0.7
    assert np.mean([h.p_value < 0.05 for h in none]) < 0.15


def test_an_asset_that_gains_in_crashes_alone_is_no_hedge():
    """Above 0 on the worst sessions, and down with the leader on the others: the beta where it falls says so."""
    rng = np.random.default_rng(3)
    x, e = 0.01 * rng.standard_normal((2, 2500))
    y = np.where(x < np.quantile(x, 0.02), 0.01, x + e)
    assert claims.hedge(lab(x, y)).p_value > 0.2


def test_slopes_of_draws_are_those_of_the_rows_drawn():
    rng = np.random.default_rng(4)
    x, y = rng.standard_normal((2, 200))
    times = rng.integers(0, 3, (3, 200)).astype(float)
    by_hand = [np.polyfit(np.repeat(x, t.astype(int)), np.repeat(y, t.astype(int)), 1)[0] for t in times]
    np.testing.assert_allclose(claims.drawn_slopes(times, x, y), by_hand)


def test_cuts_begin_at_the_close_of_their_bar():
    labels = pd.date_range("2019-01-01", "2020-01-31", freq="D")
    close = np.exp(np.arange(len(labels)) / 100)
    after = labels.get_loc(pd.Timestamp("2019-08-01"))
    close[after:] *= 2
    rows = SimpleNamespace(labels=labels, decisions=(labels + pd.Timedelta(days=1)).tz_localize("UTC"), close=close)
    rows = type("Rows", (), {"__len__": lambda self: len(labels), **vars(rows)})()
    found = claims.after_cuts(rows)
    assert found.dates == ("2019-07-31", "2019-09-18", "2019-10-30")
    assert found.values == pytest.approx((20 + 100 * np.log(2), 20, 20))


def test_small_things_of_the_page():
    case = SimpleNamespace(p_values={"a": 0.01, "b": 0.02, "c": 0.5})
    assert corrected(case) == pytest.approx({"a": 0.03, "b": 0.04, "c": 0.5})
    assert (p(0.0004), p(0.0195)) == ("<0.001", "0.019")
    assert placebo("no coin") == "none"
    assert placebo(SimpleNamespace(p_value_searched=0.025)) == "**0.025**"
    assert placebo(SimpleNamespace(p_value=0.026)) == "0.026"
    assert wrapped("a\nb") == "a b"
    assert wrapped("* one\n  more\n* two") == "* one more\n* two"
    assert wrapped("| a |\n| b |") == "| a |\n| b |"


def estimate_of(t=2.0, p_value=0.04):
    """An estimate of 20 bars: +3% per standard deviation, error 1.5."""
    return Estimate("plain", 20, "hodrick", 900, 0.1, 0.0, 0.2, 3.0, 0.06, 5.94, t, p_value)


def claim_of(text, sign, **more):
    whole = estimate_of(**more)
    return SignalClaim("T4", text, sign, whole, whole, whole, whole)


def test_a_signal_s_p_value_is_on_the_side_that_is_expected_of_it():
    assert claim_of("a", "+").p_value == pytest.approx(0.02)
    assert claim_of("a", "-").p_value == pytest.approx(0.98)
    assert claim_of("a", "two-sided").p_value == pytest.approx(0.04)
    assert claim_of("a", "+", t=-2.0).p_value == pytest.approx(0.98)
    assert SignalClaim("T10", "sentiment", "two-sided", missing="the history has no FNG").p_value is None


def test_the_power_beside_a_signal_is_that_of_its_error():
    """An effect of 2.49 errors is found in four of five samples on one side at 5%; of 2.80 on two."""
    assert claim_of("a", "+").smallest_pct == pytest.approx(1.5 * 2.487, rel=1e-2)
    assert claim_of("a", "two-sided").smallest_pct == pytest.approx(1.5 * 2.802, rel=1e-2)
    rng = np.random.default_rng(5)
    t = 2.487 + rng.standard_normal(20_000)
    assert (t > 1.645).mean() == pytest.approx(0.8, abs=0.01)


@pytest.mark.uncounted
@pytest.mark.slow
def test_every_p_value_of_the_page_is_a_look():
    tables.SHOWN.clear()
    assert p(0.001) == "0.001"
    found = [
        claim_of("a", "+", t=9.0, p_value=2e-5),
        claim_of("b", "+"),
        SignalClaim("T10", "c", "+", missing="nothing"),
    ]
    tables.signal_parts_table(found)
    text = tables.signal_table(found)
    assert len(tables.SHOWN) == 1 + 2 * 3 + 2
    assert "| works |" in text
    assert "| not shown |" in text
    assert "not testable: nothing" in text
    assert tables.over_the_page()[1e-5] == pytest.approx(9e-5)  # the least of nine


def test_what_a_history_lacks_is_named():
    class Empty:
        name, simulated = "folder:x", False

        def load(self, row):
            raise MissingSeries(f"folder:x has no {row.id}: looked for it")

    found = signal_claim("T10", "sentiment", Empty())
    assert (found.whole, found.p_value) == (None, None)
    assert found.missing.startswith("the history has no ")


def test_what_other_pages_quote_of_the_lead_is_what_this_one_says():
    """Own part and whole leader, everywhere: a share without its part would be read as the larger claim."""
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    possible = re.search(r"up to (\S+%) of the next session's variance through IWM's own part, (\S+%) through", text)
    found = re.search(r"would have been: (\S+%) through the own part .*?, (\S+%) through the whole of IWM", text)
    for name in ("README.md", "docs/lead.md"):
        quoted = " ".join((ROOT / name).read_text(encoding="utf-8").split())
        own, whole = possible.groups()
        assert f"up to {own} of the next session's variance through IWM's own part" in quoted, name
        assert f"{whole} through the whole of I" in quoted, name
        own, whole = found.groups()
        assert f"{own} through the own part" in quoted, name
        assert f"{whole} through the whole" in quoted, name
