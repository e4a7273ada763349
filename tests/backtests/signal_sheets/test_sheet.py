"""The profile of a signal: by hand, on planted and null worlds, and from nothing that came later."""

import json
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from backtests.runs.record import InputRecord
from backtests.runs.subject import of_signal, signal_of
from backtests.signal_sheets import events, forward, quantiles
from backtests.signal_sheets.decay import decay
from backtests.signal_sheets.distribution import autocorrelation
from backtests.signal_sheets.headline import aside, headline
from backtests.signal_sheets.judgements import LEVEL, corrected_of, judgements
from backtests.signal_sheets.page import looks
from backtests.signal_sheets.sample import (
    BETA_BARS,
    Sample,
    coin_hedge,
    equity_hedge,
    hedge_bars,
    hedges_of,
    sample,
)
from backtests.signal_sheets.sheet import SECTIONS, profile
from backtests.signal_sheets.stability import Period, stability
from backtests.statistics.multiple import holm
from backtests.statistics.regression import forward_sums
from data.catalogue import lookup
from data.errors import BadSpec, DataError, MissingSeries
from data.market import Market
from data.sources.folder.source import FolderSource
from data.sources.simulated.source import SimulatedSource
from signals.small_cap_momentum import SmallCapMomentum
from tests.contracts import make_market, make_tables
from tests.records import plain

END = pd.Timestamp("2022-06-30")


@pytest.fixture(scope="module")
def planted():
    """The profile of small caps' trend where a lead of 60 sessions is planted."""
    return profile(of_signal(SmallCapMomentum()), SimulatedSource())


@dataclass
class Changed:
    """A source whose tables are changed on the way; its name is the source's own."""

    source: object
    change: object
    simulated: bool = True

    @property
    def name(self):
        return self.source.name

    def load(self, row):
        return self.change(row, self.source.load(row))


def made(n=900, seed=0, x=None, y=None):
    """A sample of random rows without a market."""
    rng = np.random.default_rng(seed)
    labels = pd.date_range("2019-01-01", periods=n)
    past = rng.normal(0, 0.03, n)
    x = rng.normal(0, 1, n) if x is None else x
    y = np.r_[rng.normal(0, 0.03, n - 2), np.nan, np.nan] if y is None else y
    decisions = (labels + pd.Timedelta(days=1)).tz_localize("UTC")
    return Sample(labels, decisions, x, y, 100 * np.exp(np.cumsum(past)), past, {}, {}, (x > 0).astype(float), "zero")


# The sample: what is beside what


def test_a_row_is_a_decision_and_the_return_from_the_next_open():
    market = make_market(["traded"], max_age_days=3.0)
    values = market["leader"].values
    rows = sample(market, values, {})
    opens = market.bars["open"].to_numpy()
    for i in (0, 7, 400):
        assert rows.y[i] == pytest.approx(np.log(opens[i + 2] / opens[i + 1]), rel=1e-12)
        known = values[values.index <= market.decisions[i]]
        assert rows.x[i] == known.iloc[-1] if len(known) else np.isnan(rows.x[i])
    assert np.isnan(rows.y[-2:]).all()
    assert np.isfinite(rows.y[:-2]).all()
    assert forward_sums(rows.y, 5)[3] == pytest.approx(np.log(opens[9] / opens[4]), rel=1e-9)


def test_a_part_takes_no_return_from_beyond_its_end():
    rows = made()
    part = rows.between(pd.Timestamp("2019-03-01"), pd.Timestamp("2019-04-30"))
    assert (len(part), part.labels[0], part.labels[-1]) == (61, pd.Timestamp("2019-03-01"), pd.Timestamp("2019-04-30"))
    assert np.isnan(part.y[-2:]).all()
    np.testing.assert_array_equal(part.y[:-2], rows.y[59 : 59 + 59])
    assert np.isfinite(rows.y[59:120]).all()  # the cut itself left nothing standing


def test_the_hedge_uses_a_beta_of_the_past_alone():
    tables = make_tables({"ETH-USD", "IWM", "BTC-USD"})
    market = Market.from_tables(tables, traded="ETH-USD", leader="IWM", source="test")
    hedge = hedge_bars(market, tables["BTC-USD"])
    rows = sample(market, market["leader"].values, {"hedged": coin_hedge(market, hedge)})
    own, other = (np.log(bars["close"]).diff() for bars in (market.bars, hedge))
    i = 700
    window = slice(i - BETA_BARS + 1, i + 1)
    beta = np.cov(own.iloc[window], other.iloc[window])[0, 1] / other.iloc[window].var()
    moved = np.log(hedge["open"].iloc[i + 2] / hedge["open"].iloc[i + 1])
    assert rows.hedged["hedged"][i] == pytest.approx(rows.y[i] - beta * moved, rel=1e-9)
    later = hedge.copy()
    later.iloc[i + 3 :] *= 3
    altered = sample(market, market["leader"].values, {"hedged": coin_hedge(market, later)})
    np.testing.assert_array_equal(altered.hedged["hedged"][: i + 1], rows.hedged["hedged"][: i + 1])
    assert np.isnan(rows.hedged["hedged"][: BETA_BARS // 2 - 1]).all()


def test_the_hedge_for_equities_moves_with_the_sessions_that_end_in_the_bar():
    """SPY's close of D is known before the bar of D closes: bar D holds the move to it from the close before."""
    tables = make_tables({"ETH-USD", "IWM", "SPY"})
    market = Market.from_tables(tables, traded="ETH-USD", leader="IWM", source="test")
    rows = sample(market, market["leader"].values, hedges_of(market, None))
    assert rows.no_hedge == {"hedged": "test has no BTC-USD"}
    spy = np.log(tables["SPY"].set_index("date")["close"])
    moves = spy.diff().reindex(market.bars.index).fillna(0.0)  # none on days without a session
    own = np.log(market.bars["close"]).diff()
    i = market.bars.index.get_loc(pd.Timestamp("2021-03-03"))  # a Wednesday; the return is that of Thursday's bar
    window = slice(i - BETA_BARS + 1, i + 1)
    beta = np.cov(own.iloc[window], moves.iloc[window])[0, 1] / moves.iloc[window].var()
    assert rows.hedged["hedged_spy"][i] == pytest.approx(rows.y[i] - beta * moves.iloc[i + 1], rel=1e-9)
    friday = market.bars.index.get_loc(pd.Timestamp("2021-03-05"))
    assert rows.hedged["hedged_spy"][friday] == rows.y[friday]  # Saturday's bar: no equity moved
    later = tables | {"SPY": tables["SPY"].copy()}
    later["SPY"].loc[later["SPY"]["date"] > "2021-03-04", ["open", "high", "low", "close"]] *= 3
    other = Market.from_tables(later, traded="ETH-USD", leader="IWM", source="test")
    changed = sample(other, other["leader"].values, hedges_of(other, None))
    np.testing.assert_array_equal(changed.hedged["hedged_spy"][: i + 1], rows.hedged["hedged_spy"][: i + 1])


def test_equities_that_carry_a_signal_leave_nothing_once_they_are_hedged():
    """ETH that is half SPY: a signal that knows SPY's next session says much of ETH and nothing of what is left."""
    tables = make_tables({"ETH-USD", "IWM", "SPY"}, span=(pd.Timestamp("2015-01-01"), pd.Timestamp("2022-03-31")))
    market = Market.from_tables(tables, traded="ETH-USD", leader="IWM", source="test")
    hedge = equity_hedge(market)
    own = 0.5 * np.nan_to_num(hedge.past) + np.random.default_rng(1).normal(0, 0.01, len(hedge.past))
    close = 100 * np.exp(np.cumsum(own))
    tables["ETH-USD"] = tables["ETH-USD"].assign(
        open=np.r_[100.0, close[:-1]], close=close, high=np.maximum(np.r_[100.0, close[:-1]], close) * 1.001,
        low=np.minimum(np.r_[100.0, close[:-1]], close) / 1.001,
    )  # fmt: skip
    market = Market.from_tables(tables, traded="ETH-USD", leader="IWM", source="test")
    ahead = pd.Series(hedge.following, index=market.decisions)  # the cheat that a hedge must leave nothing of
    found = {e.returns: e for e in forward.forward(sample(market, ahead, hedges_of(market, None)), (1,))}
    assert found["plain"].correlation > 0.4
    assert abs(found["hedged_spy"].correlation) < 0.1


def test_a_perfect_hedge_leaves_nothing():
    tables = make_tables({"ETH-USD", "IWM"})
    market = Market.from_tables(tables, traded="ETH-USD", leader="IWM", source="test")
    rows = sample(market, market["leader"].values, {"hedged": coin_hedge(market, market.bars**0.5)})
    assert np.nanmax(np.abs(rows.hedged["hedged"])) < 1e-9
    assert np.nanmax(np.abs(rows.y)) > 0.01


def test_why_there_is_no_hedge():
    eth, btc = make_market(["traded"]), make_market(["traded"], traded="BTC-USD")
    assert "traded asset itself" in hedge_bars(btc, None)
    assert hedge_bars(eth, None) == "test has no BTC-USD"
    assert "days of BTC-USD" in hedge_bars(make_market(["traded"], traded="IWM"), None)
    assert equity_hedge(eth) == "test has no SPY"
    assert equity_hedge(make_market(["traded"], traded="SPY")) == "SPY is the traded asset itself"


def test_the_middle_of_a_signal():
    market = make_market(["traded"])
    walk = pd.Series(np.random.default_rng(1).normal(0, 1, len(market.decisions)), index=market.decisions)
    rows = sample(market, walk, {})
    assert rows.middle == "zero"
    np.testing.assert_array_equal(rows.state, (walk > 0).astype(float))
    high = sample(market, walk + 50, {})
    assert high.middle == "the median of its own past"
    assert np.isnan(high.state[:59]).all()
    assert high.state[300] == float(walk.iloc[300] > walk.iloc[:301].median())
    gate = sample(market, (walk > 1).astype(float), {})
    assert gate.middle == "its lower value"
    np.testing.assert_array_equal(gate.state, (walk > 1).astype(float))


# Estimates


def test_at_one_bar_the_correlation_is_pearson_s_and_at_more_it_is_close():
    rng = np.random.default_rng(3)
    y = np.r_[rng.normal(0, 1, 1198), np.nan, np.nan]
    x = np.convolve(rng.normal(0, 1, 1219), np.ones(20), "valid") + 0.5 * np.nan_to_num(y)
    one = forward.estimate(x, y, 1, "hac")
    assert one.correlation == pytest.approx(np.corrcoef(x[:-2], y[:-2])[0, 1], rel=1e-12)
    assert one.low < one.correlation < one.high
    assert one.slope_pct == pytest.approx(100 * one.correlation * np.std(y[:-2]), rel=1e-9)
    five, total = forward.estimate(x, y, 5, "hodrick"), forward_sums(y, 5)
    assert five.correlation == pytest.approx(np.corrcoef(x[:-6], total[:-6])[0, 1], abs=0.02)


def test_too_few_spans_are_not_judged():
    rows = made(n=150)
    found = forward.estimate(rows.x, rows.y, 20, "hodrick")
    assert found.correlation is found.p_value is None
    assert found.missing == "129 rows; 200 are needed for 10 spans of 20 bars"


def test_ranks_are_spearman_s_and_do_not_mind_the_scale():
    from scipy.stats import spearmanr

    rows = made()
    found = {r.horizon: r for r in forward.ranks(rows)}
    total = forward_sums(rows.y, 5)
    whole = np.isfinite(total)
    assert found[5].rho == pytest.approx(spearmanr(rows.x[whole], total[whole]).statistic, rel=1e-12)
    assert (found[5].n, found[5].n_apart) == (894, 179)
    assert forward.ranks(replace(rows, x=np.exp(3 * rows.x))) == forward.ranks(rows)


@pytest.mark.slow
def test_holm_by_the_book():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.5]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.slow
def test_the_planted_lead_is_found_and_survives_the_hedge(planted):
    assert planted.looks.smallest < 0.001
    judged = forward.primary(planted.forward) + forward.primary(planted.forward, "hedged")
    assert all(e.correlation > 0 and e.p_value < 0.05 for e in judged)
    assert planted.headline.startswith("High values of small_cap_momentum were followed by higher returns of ETH-USD")
    assert "the sign expected of it" in planted.headline
    assert "Net of BTC beta it stays" in planted.headline
    assert "Net of SPY beta it stays" in planted.headline


@pytest.mark.slow
def test_holm_counts_every_p_value_of_the_sheet(planted):
    found = planted.looks.judgements
    assert planted.looks.p_values == len(found) > 50
    assert [j.corrected for j in found] == pytest.approx(holm([j.p_value for j in found]))
    assert {j.returns for j in found} == {"plain", "hedged", "hedged_spy"}
    parts = {"correlation", "rank correlation", "after FOMC decisions", *(p.name for p in planted.stability)}
    assert {j.part for j in found} == parts
    for e, corrected in zip(forward.primary(planted.forward), planted.looks.holm, strict=True):
        assert corrected == corrected_of(found, e) >= e.p_value
    assert planted.looks.smallest == min(planted.looks.holm)
    beyond = [j for j in found if j.corrected < LEVEL]
    said = looks(planted)
    assert f"After it {len(beyond)} are below 5%: " in said
    assert said.count("(p ") == 3 <= len(beyond)  # the smallest are named, others counted
    assert f" and {len(beyond) - 3} more. " in said


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_null_is_rejected_at_the_nominal_rate():
    """Slow and fast signals of 16 worlds without a lead: 80 judgements of 5% each make 4, and 11 are one in 500."""
    rejected = looked = 0
    for seed in range(16):
        source = SimulatedSource(strength=0.0, seed=seed)
        tables = {id: source.load(lookup(id)) for id in ("ETH-USD", "IWM")}
        market = Market.from_tables(tables, traded="ETH-USD", leader="IWM", source="test")
        rows = sample(market, SmallCapMomentum(20 + 10 * (seed % 5)).compute(market), {})
        found = forward.primary(forward.forward(rows))
        looked += len(found)
        rejected += sum(e.p_value < 0.05 for e in found)
    assert looked == 80
    assert rejected <= 11


def judged_of(found):
    """The judgements of a sheet that shows these estimates alone."""
    return judgements({"forward": found, "ranks": (), "stability": (), "after_decisions": ()})


@pytest.mark.slow
def test_a_null_result_is_told_as_one():
    rows = made(seed=4)
    found = tuple(forward.primary(forward.forward(rows)))
    said = headline("noise", "+", "ETH-USD", found, judged_of(found))
    assert said.startswith(
        "No sign that noise says anything of ETH-USD's returns to come: over all bars it is at none of 5 horizons"
    )
    assert aside("+", found, judged_of(found)) == ""
    judged = forward.primary(found)
    best = replace(judged[2], p_value=0.02)
    near = [best if e is judged[2] else replace(e, p_value=0.5) for e in judged]
    said = headline("noise", "+", "ETH-USD", near, judged_of(near))
    assert said.startswith("Nothing beyond chance in noise")
    assert "p 0.020, 0.10 after correction for all 5 p-values of the sheet" in said
    lost = [replace(e, correlation=-0.2, p_value=1e-5) for e in judged]
    said = headline("noise", "+", "ETH-USD", lost, judged_of(lost))
    assert "followed by lower returns" in said
    assert "The sign expected of it is the opposite." in said
    beside = [replace(e, returns="hedged", correlation=0.2, p_value=1e-5) for e in judged]
    said = headline("noise", "+", "ETH-USD", found + tuple(beside), judged_of(found + tuple(beside)))
    assert said.startswith("No sign")
    assert "Net of BTC beta there is something: correlation +0.20" in said
    assert "Too little history" in headline("noise", "+", "ETH-USD", judged, ())


def in_periods(found, *periods):
    """The judgements of a sheet that shows these estimates and these periods of them."""
    return judgements({"forward": found, "ranks": (), "stability": periods, "after_decisions": ()})


def a_period(name, e):
    span = {"start": "2025-10-08", "end": "2026-06-04", "bars": 240, "n": 240, "mean": 0.0, "asset_return": 0.0}
    return Period(name=name, **span, estimates=(e,))


def test_a_part_that_is_beyond_chance_does_not_overturn_a_null_result_and_the_headline_says_why():
    """The headline said "No sign" and the foot of the same screen p = 0.029, with no word of how they go together."""
    judged = [replace(e, p_value=0.5) for e in forward.primary(forward.forward(made(n=400, seed=4)))]
    claimed = a_period("since the claim", replace(judged[0], correlation=-0.21, p_value=0.001))
    found = in_periods(judged, claimed)
    said = headline("noise", "+", "ETH-USD", judged, found)
    assert said.startswith("No sign that noise says anything of ETH-USD's returns to come: over all bars")
    said = aside("+", judged, found, (claimed,))
    corrected = 0.001 * len(found)
    assert (
        f"one thing is beyond chance after the same correction: since the claim, plain returns, 1 bar (p = {corrected:.3f}); "
        in said
    )
    assert "since the claim the correlation is -0.21, against the sign expected. That does not decide: " in said
    assert "against" not in aside("-", judged, found, (claimed,))
    near = [replace(judged[0], p_value=0.04), *judged[1:]]
    both = claimed, a_period("2022", replace(judged[1], correlation=0.2, p_value=0.002))
    assert headline("noise", "+", "ETH-USD", near, in_periods(near, *both)).startswith("Nothing beyond chance")
    said = aside("+", near, in_periods(near, *both), both)
    assert "2 things are beyond chance after the same correction: since the claim, " in said
    chance = a_period("since the claim", replace(judged[0], p_value=0.4))
    assert aside("+", judged, in_periods(judged, chance), (chance,)) == ""
    sure = [replace(e, p_value=1e-6) for e in judged]
    assert aside("+", sure, in_periods(sure, claimed), (claimed,)) == ""  # the headline is beyond chance itself


# Groups, hits, decay


def test_group_means_and_errors_by_brute_force():
    rows = made(n=400, seed=5)
    h = 5
    found, means = quantiles.group_returns(rows, [h])
    assert [g.name for g in found] == ["lowest", "2", "3", "4", "highest"]
    group, mean = found[-1], means[-1]
    chosen = [i for i in range(400 - h - 1) if rows.x[i] >= group.lowest]
    assert mean.n == len(chosen)
    assert mean.mean_pct == pytest.approx(100 * np.mean([rows.y[i : i + h].sum() for i in chosen]), rel=1e-9)
    uses = np.zeros(400)
    for i in chosen:
        uses[i : i + h] += 1
    deviations = np.nan_to_num(rows.y - np.nanmean(rows.y))
    reach = 100 * 1.959963985 * np.sqrt(np.sum(uses**2 * deviations**2)) / len(chosen)
    assert mean.high_pct - mean.mean_pct == pytest.approx(reach, rel=1e-6)


def test_group_bands_hold_the_truth_nineteen_times_in_twenty():
    """Overlap of 20 bars and a slow signal: errors that ignored it would hold it in about one of three."""
    held = judged = 0
    for seed in range(60):
        slow = np.convolve(np.random.default_rng([9, seed]).normal(0, 1, 1059), np.ones(60), "valid")
        rows = made(n=1000, seed=seed, x=slow)
        for mean in quantiles.group_returns(rows, [20])[1]:
            judged += 1
            held += mean.low_pct <= 0 <= mean.high_pct
    assert judged == 300
    assert 0.9 <= held / judged <= 0.985


def test_a_gate_is_grouped_by_its_values():
    rows = made()
    found, codes = quantiles.groups(np.where(rows.x > 0.5, 1.0, np.where(rows.x < -3, np.nan, 0.0)))
    assert [(g.name, g.lowest, g.highest) for g in found] == [("0", 0.0, 0.0), ("1", 1.0, 1.0)]
    assert sum(g.n for g in found) == np.isfinite(codes).sum()
    mostly_zero = np.where(rows.x > 0, rows.x, 0.0)
    found, codes = quantiles.groups(mostly_zero)
    assert 2 <= len(found) < 5
    assert sum(g.n for g in found) == len(rows)
    assert (found[0].name, found[-1].name) == ("lowest", "highest")


def test_wilson_and_hits():
    assert quantiles.wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert quantiles.wilson(0, 50)[0] == 0.0
    y = np.r_[np.where(np.arange(898) % 3 == 0, -0.01, 0.02), np.nan, np.nan]
    right = made(x=np.where(np.nan_to_num(y) > 0, 1.0, -1.0), y=y)
    (hit,) = quantiles.hits(right, "+", [1])
    assert (hit.n, hit.hits, hit.rate) == (898, 898, 1.0)
    (hit,) = quantiles.hits(right, "-", [1])
    assert hit.rate == 0.0
    assert hit.by_chance == pytest.approx(2 * (1 / 3) * (2 / 3), abs=0.01)
    assert [h.n for h in quantiles.hits(made(), "+")] == [898, 179, 89, 44, 14]
    assert quantiles.hits(made(), "+")[-1].missing == "14 rows without overlap; 20 are needed"


def test_a_span_shorter_than_the_lags_has_none_beyond_it(planted):
    short = replace(planted.rows, x=planted.rows.x[:32], y=planted.rows.y[:32])
    lags = decay(short)
    assert [lag.n for lag in lags[31:]] == [0] * (len(lags) - 31)
    assert {lag.correlation for lag in lags[31:]} == {None}


def test_decay_finds_the_bar_that_is_planted():
    rng = np.random.default_rng(6)
    x, ahead = rng.normal(0, 1, 1500), 7
    y = 0.03 * rng.normal(0, 1, 1500)
    y[ahead - 1 :] += 0.01 * x[: 1500 - ahead + 1]
    y[-2:] = np.nan
    found = decay(made(n=1500, x=x, y=y), 20)
    beyond = [lag.ahead for lag in found if abs(lag.correlation) > 1.5 * lag.reach]
    assert beyond == [ahead]
    assert found[ahead - 2].response_pct == pytest.approx(0, abs=0.5)
    assert found[ahead - 1].response_pct == pytest.approx(1, abs=0.5)
    assert found[19].low_pct < found[19].response_pct < found[19].high_pct


def test_autocorrelation_by_hand():
    x = np.array([1.0, 2.0, 4.0, 3.0, 5.0, np.nan, 6.0, 8.0])
    pairs = np.array([(1, 2), (2, 4), (4, 3), (3, 5), (6, 8)], dtype=float)
    assert autocorrelation(x, 1)[0] == pytest.approx(np.corrcoef(pairs.T)[0, 1], rel=1e-12)
    assert autocorrelation(np.ones(50), 2) == (None, None)


def test_periods_stand_apart():
    n = 2900
    rows = made(n=n)
    rows = replace(rows, labels=pd.date_range("2018-06-01", periods=n))
    found = stability(rows)
    assert [p.name for p in found] == ["2018-19", "2020-21", "2022", "2023 to the claim", "since the claim"]
    assert sum(p.bars for p in found) == n
    assert found[-1].start == "2025-10-08"
    assert found[3].end == "2025-10-07"
    # a poisoned return of the next period changes nothing in this one
    later = rows.y.copy()
    later[rows.labels >= "2022-01-01"] = 9.0
    assert stability(replace(rows, y=later))[:2] == found[:2]


# Events


def test_an_announcement_falls_in_the_bar_that_holds_it():
    rows = made()
    at, outside = events._positions(pd.DatetimeIndex(["2020-03-15 21:00+00:00", "2020-03-16 00:00+00:00"]), rows)
    assert [f"{rows.labels[i]:%Y-%m-%d}" for i in at] == ["2020-03-15", "2020-03-16"]
    assert outside == 0
    early = pd.DatetimeIndex(["2018-12-01 12:00+00:00", "2019-01-03 12:00+00:00", "2029-01-01 12:00+00:00"])
    at, outside = events._positions(early, rows)
    assert (len(at), outside) == (0, 1)


def test_catalysts_without_a_time_of_day_are_taken_at_noon():
    from data.calendars.events import eth_events

    table = eth_events()
    instants = events._noon(table).set_axis(table["name"]).dt.tz_localize(None)
    assert instants["Frontier (mainnet genesis)"] == np.datetime64("2015-07-30T15:26:13")
    assert instants["Spot ETH ETFs begin trading"] == np.datetime64("2024-07-23T13:30:00")
    assert instants["SEC declares spot ETH ETFs effective"] == np.datetime64("2024-07-22T12:00:00")
    assert instants["GENIUS Act signed"] == np.datetime64("2025-07-18T12:00:00")


def test_the_band_of_random_dates_holds_the_null():
    """30 random dates of a market without events, 100 times: on 95 of 100 days the average lies in the band."""
    rng = np.random.default_rng(7)
    matrix = rng.normal(0, 1, (1500, 31)).cumsum(axis=1)
    inside = [
        31 - events._path(matrix, rng.choice(1500, 30, replace=False), np.arange(1500)).outside for _ in range(40)
    ]
    assert 0.9 <= np.sum(inside) / (40 * 31) <= 0.99


def test_a_planted_response_to_decisions_is_found():
    rows = made(n=2000)
    study = {s.name: s for s in events.event_studies(rows)}["FOMC decisions"]
    assert study.asset.average[events.BEFORE - 1] == pytest.approx(0, abs=1e-9)
    at = rows.labels.get_indexer(pd.DatetimeIndex(study.dates))
    assert (at >= 0).all()
    past = rows.past.copy()
    past[at] += 0.05
    moved = replace(rows, past=past, close=100 * np.exp(np.cumsum(past)))
    found = {s.name: s for s in events.event_studies(moved)}["FOMC decisions"]
    gain = found.asset.average[events.BEFORE] - study.asset.average[events.BEFORE]
    assert gain == pytest.approx(5, abs=0.5)
    assert found.asset.average[events.BEFORE] > found.asset.high[events.BEFORE]
    assert study.asset.low[events.BEFORE] < study.asset.average[events.BEFORE] < study.asset.high[events.BEFORE]
    assert events.event_studies(rows) == events.event_studies(rows)


def test_returns_after_decisions_by_the_signal_s_side():
    rows = made(n=2000, seed=8)
    plain = {c.horizon: c for c in events.after_decisions(rows)}[1]
    state = np.where(np.nan_to_num(rows.y) > 0, 1.0, 0.0)
    known = {c.horizon: c for c in events.after_decisions(replace(rows, state=state))}[1]
    assert known.high_pct > 0 > known.low_pct
    assert known.difference_pct == pytest.approx(known.high_pct - known.low_pct)
    assert known.p_value == pytest.approx(1 / 2001)
    assert plain.p_value > 0.01
    always = events.after_decisions(replace(rows, state=np.ones(2000)))[0]
    assert always.p_value is None
    assert "0 with a low one; 5 of each are needed" in always.missing


def test_what_is_too_rare_for_a_study_is_said():
    few = {s.name: s for s in events.event_studies(made(n=200))}
    assert few["FOMC cuts"].signal is None
    assert "5 are needed" in few["FOMC cuts"].missing


# The whole


def test_the_sheet_as_json(planted):
    content = plain(planted)
    text = json.dumps(content, allow_nan=False)
    assert set(SECTIONS) < set(content)
    assert (content["signal"], content["simulated"], content["source"]) == (
        "small_cap_momentum",
        True,
        SimulatedSource().name,
    )
    assert content["params"] == {"lookback": 60}
    assert content["spec"].startswith(
        '[signal]\nuse = "small_cap_momentum"\nlookback = 60\n\n[market]\ntraded = "ETH-USD"'
    )
    assert content["n"] == content["coverage"]["with_value"]
    assert (
        text.count('"p_value":') - text.count('"p_value": null') == 2 * content["looks"]["p_values"]
    )  # each beside what is corrected
    assert {e["method"] for e in content["forward"]} == {"hac", "hodrick", "nonoverlapping"}
    assert {e["method"] for e in content["forward"] if e["horizon"] == 1} == {"hac"}
    assert all(
        {"hodrick", "nonoverlapping"} == {e["method"] for e in content["forward"] if e["horizon"] == h} for h in (5, 60)
    )


@pytest.mark.slow
def test_every_gap_has_a_reason():
    content = plain(profile(of_signal(SmallCapMomentum()), SimulatedSource(), start=pd.Timestamp("2025-08-01")))
    gaps = []

    def walk(node):
        if isinstance(node, dict):
            if "missing" in node and any(value is None for name, value in node.items() if name != "missing"):
                gaps.append(node["missing"])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(
        {
            name: content[name]
            for name in ("forward", "ranks", "group_returns", "hits", "decay", "stability", "events", "after_decisions")
        }
    )
    assert len(gaps) > 20
    assert all(gaps)


def test_coverage_and_the_ladder(planted):
    found = planted.coverage
    assert (found.decisions, found.with_value) == (3653, 3653 - 90)
    assert found.first_value == "2016-04-01T00:00Z"
    assert found.empty_after_first == 0
    assert found.ladder == (InputRecord("IWM", "2025-12-31", "2025-12-31T21:01Z", 2.98),)
    (read,) = found.inputs
    assert read.ages.median == pytest.approx(4 / 24 - 1 / 1440, abs=1e-3)
    assert 1.3 < found.days_between_updates < 1.6  # a value a session, 365 days a year
    assert planted.warnings == ("no value before 2016-03-31 (90 decisions): the signal is warming up",)


@pytest.mark.slow
def test_kin_are_all_the_others_and_what_lacks_is_named(planted):
    from backtests.runs.subject import built_in_signals

    own, *others = planted.kin.names
    assert own == "small_cap_momentum"
    assert set(others) | set(planted.kin.missing) == set(built_in_signals()) - {own}
    assert "has no ZQ" in planted.kin.missing["fed_watch"]
    matrix = np.array(planted.kin.correlations, dtype=float)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-12)
    np.testing.assert_allclose(np.diag(matrix), 1)
    rows = planted.rows
    values = signal_of("own_momentum").compute(planted.market)
    both = pd.DataFrame({"a": rows.x, "b": planted.market.asof(values).to_numpy()}).dropna()
    assert matrix[0, planted.kin.names.index("own_momentum")] == pytest.approx(
        both.corr("spearman").iloc[0, 1], rel=1e-9
    )
    tuned = profile(of_signal(SmallCapMomentum(20)), SimulatedSource(), start=pd.Timestamp("2022-01-01"))
    assert tuned.kin.names[0] == "small_cap_momentum"
    assert "small_cap_momentum (defaults)" in tuned.kin.names[1:]


@pytest.mark.uncounted
@pytest.mark.slow
def test_prices_after_the_end_change_nothing():
    """All prices and rates after the end times 3, or gone: no number of the sheet changes but the data's fingerprint."""

    def tripled(row, table):
        later, numbers = table["date"] > END, table.columns.drop(["date"])
        table = table.copy()
        if row.has_prices:
            table.loc[later, numbers] *= 3
        return table

    def gone(row, table):
        return table[table["date"] <= END].reset_index(drop=True)

    def sheet(change):
        source = Changed(SimulatedSource(seed=2), change)
        found = profile(of_signal(SmallCapMomentum()), source, start=pd.Timestamp("2018-01-01"), end=END)
        content = plain(found)
        return content.pop("data_fingerprint"), content, found.rows.table()

    (own, content, rows), *changed = (sheet(change) for change in (lambda row, table: table, tripled, gone))
    for fingerprint, other, table in changed:
        assert fingerprint != own
        assert other == content
        pd.testing.assert_frame_equal(table, rows)
    assert content["end"] == "2022-06-30"
    assert content["coverage"]["last_value"] == "2022-07-01T00:00Z"


@pytest.mark.uncounted
@pytest.mark.slow
def test_an_earlier_price_does_change_the_sheet():
    def raised(row, table):
        table = table.copy()
        if row.id == "ETH-USD":
            table.loc[table["date"] > END, table.columns.drop("date")] *= 1.1
        return table

    sheets = [
        profile(of_signal(SmallCapMomentum()), Changed(SimulatedSource(), change))
        for change in (lambda row, table: table, raised)
    ]
    assert sheets[0].forward != sheets[1].forward


@pytest.mark.slow
def test_what_cannot_be_profiled_is_said():
    target, source = of_signal(SmallCapMomentum()), SimulatedSource()
    with pytest.raises(BadSpec, match="--end 2020-01-01 is before --start 2021-01-01"):
        profile(target, source, start=pd.Timestamp("2021-01-01"), end=pd.Timestamp("2020-01-01"))
    with pytest.raises(DataError, match="begins 2016-01-01, after --end 2010-01-01"):
        profile(target, source, end=pd.Timestamp("2010-01-01"))
    with pytest.raises(DataError, match=r"ETH-USD has 10 bars from 2025-12-22 to 2025-12-31; 20 are needed"):
        profile(target, source, start=pd.Timestamp("2025-12-22"))
    with pytest.raises(DataError, match=r"0 values at the decisions of .*; 20 are needed: IWM has \d+ observations"):
        profile(target, source, end=pd.Timestamp("2016-03-01"))
    with pytest.raises(MissingSeries, match="has no ZQ"):
        profile(of_signal(signal_of("fed_watch")), source)


@pytest.mark.uncounted
@pytest.mark.slow
def test_on_real_history_by_a_clock_of_its_own(shared_market):
    """Bars cut an hour after New York's close: other decisions, other opens, no hedge without hours of BTC."""
    target = of_signal(SmallCapMomentum(), ["market.bar=NYSE close +1h"])
    found = profile(
        target, FolderSource(shared_market), start=pd.Timestamp("2022-01-01"), end=pd.Timestamp("2024-12-31")
    )
    assert {f"{at:%H:%M}" for at in found.rows.decisions} == {"18:00", "19:00", "21:00", "22:00"}  # half days too
    assert "BTC-USD-1H" in found.rows.no_hedge["hedged"]
    assert set(found.rows.hedged) == {"hedged_spy"}
    assert found.coverage.share == 1.0
    assert found.coverage.ages.median == pytest.approx(1 / 24 - 1 / 1440, abs=1e-3)
    opens = found.market.bars["open"].reindex(found.rows.labels)
    assert found.rows.y[10] == pytest.approx(np.log(opens.iloc[12] / opens.iloc[11]), rel=1e-12)


@pytest.mark.uncounted
@pytest.mark.slow
def test_small_caps_trend_on_real_history(shared_market):
    span = {"start": pd.Timestamp("2018-01-01"), "end": pd.Timestamp("2026-05-31")}
    found = profile(of_signal(SmallCapMomentum()), FolderSource(shared_market), **span)
    assert found.headline.startswith("No sign that small_cap_momentum says anything of ETH-USD's returns to come")
    assert found.aside == ""
    assert (found.coverage.decisions, found.coverage.share) == (3073, 1.0)
    assert [p.bars for p in found.stability] == [730, 731, 365, 1011, 236]
    assert {s.name: s.n for s in found.events} == {
        "FOMC decisions": 70, "FOMC cuts": 11, "Ethereum upgrades": 16, "Ethereum regulation and access": 7,
    }  # fmt: skip
    assert {"calm", "credit_spread"} <= set(found.kin.missing)
