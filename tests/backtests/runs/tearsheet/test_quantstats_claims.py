"""The lines under quantstats' drawings are the numbers of what it draws."""

import numpy as np
import pandas as pd
import pytest

from backtests.runs.tearsheet.quantstats_claims import claims

DAYS = pd.date_range("2020-01-01", "2021-12-31", freq="D")
NAMES = {"vol_returns", "monthly_dist", "daily_returns", "rolling_beta", "rolling_vol", "rolling_sharpe",
         "rolling_sortino", "dd_periods", "dd_plot", "returns_dist"}  # fmt: skip


def series(values, name="hold ETH-USD"):
    return pd.Series(values, index=DAYS[: len(values)], name=name, dtype=float)


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(3)
    held = rng.normal(0.001, 0.04, len(DAYS))
    return series(0.5 * held + rng.normal(0, 0.01, len(DAYS)), "net"), series(held)


def test_each_line_is_quantstats_own_number(drawn):
    import quantstats.stats as qs

    r, held = drawn
    said = claims(r, held, 365, "net")
    assert said.keys() == NAMES
    window = 183
    own = {"rolling_sharpe": qs.rolling_sharpe(r, 0, window, True, 365), "rolling_vol": qs.rolling_volatility(r, window, 365),
           "rolling_sortino": qs.rolling_sortino(r, 0, window, True, 365), "rolling_beta": qs.rolling_greeks(r, held, window)["beta"]}  # fmt: skip
    for place, values in own.items():
        known, form = values.dropna(), ".0%" if place == "rolling_vol" else "+.2f"
        assert f": {known.min():{form}} to {known.max():{form}}, {known.iloc[-1]:{form}} at the end" in said[place]
    beside = qs.rolling_volatility(held, window, 365).iloc[-1]
    assert f"(hold ETH-USD {beside:.0%})" in said["rolling_vol"]
    depth = qs.to_drawdown_series(r)
    assert (
        said["dd_plot"]
        == f"Deepest {depth.min():.1%} on {depth.idxmin():%Y-%m-%d}; dashed: the mean, {depth.mean():.1%}."
    )
    worst = qs.drawdown_details(depth).sort_values("max drawdown")["max drawdown"].head(5)
    assert ", ".join(f"{one / 100:.1%}" for one in worst) in said["dd_periods"]
    scaled = qs.comp(r / r.std() * held.std())
    assert (
        said["vol_returns"]
        == f"Scaled to the volatility of hold ETH-USD: net {scaled:+,.1%}, hold ETH-USD {qs.comp(held):+,.1%}."
    )
    months = qs.monthly_returns(r, eoy=False).to_numpy().ravel()
    assert f"24 months, {(months > 0).sum()} of them gains" in said["monthly_dist"]
    assert f"the worst {months.min():+.1%}, the best {months.max():+.1%}." in said["monthly_dist"]
    assert f"add up to {r.sum():+.1%} before" in said["daily_returns"]


def test_half_a_year_in_cash_is_said_to_be_the_ratio_of_its_yield(drawn):
    r, held = drawn
    assert "in cash alone" not in claims(r, held, 365, "net")["rolling_sharpe"]
    cash = r.copy()
    cash.iloc[100:300] = 1e-4 + 1e-6 * np.arange(200)
    said = claims(cash, held, 365, "net")["rolling_sharpe"]
    assert " at the end; a window in cash alone has the ratio of its yield, which hardly moves; below zero in" in said


def test_a_fall_that_is_not_over_is_said():
    r = series([0.1, -0.2, 0.5, -0.1, 0.05])
    assert claims(r, r, 365, "net")["dd_periods"] == (
        "Below its highest close on 60% of the bars; the worst falls: -20.0%, -10.0%; it ends 5.5% below it."
    )
    assert (
        claims(series([0.1, 0.2]), series([0.1, 0.2]), 365, "net")["dd_periods"]
        == "It never stood below its highest close."
    )


def test_what_is_too_short_or_still_says_so():
    said = claims(series([0.0] * 40), series([0.0] * 40), 365, "net")
    assert said["vol_returns"] == "One of the two never moves: there is no volatility to match."
    for place in ("rolling_beta", "rolling_vol", "rolling_sharpe", "rolling_sortino"):
        assert said[place].endswith("no window of the run has one.")
    flat = claims(series([0.0] * 400), series([0.0] * 400), 365, "net")
    assert flat["rolling_sharpe"].endswith("no window of the run has one.")
    assert flat["rolling_vol"].startswith("Annual volatility over half a year: 0% to 0%, 0% at the end")
