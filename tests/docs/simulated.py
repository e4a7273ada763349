"""Measures the simulated market from its tables alone, apart from backtests/ and from the model.

`python -m tests.docs.simulated` prints the facts of docs/simulated.md.
"""

import sys
from functools import cache

import numpy as np
import pandas as pd

from data.calendars.publication import nyse_closes
from data.sources.simulated.source import DEFAULT_LEAD, DEFAULT_STRENGTH, SimulatedSource, simulate

ETFS = ("SPY", "QQQ", "IWM")
START = pd.Timestamp("2018-01-01")


def returns(tables, id):
    """Simple close-to-close returns on the label of the bar."""
    return tables[id].set_index("date")["close"].pct_change().dropna()


def known_sessions(tables):
    """How many sessions had closed when each ETH bar opened."""
    closes = pd.DatetimeIndex(nyse_closes().loc[tables["IWM"]["date"]])
    return closes.searchsorted(pd.DatetimeIndex(tables["ETH-USD"]["date"]).tz_localize("UTC"), side="right")


def on_bars(tables, per_session):
    """The last value of a per-session array known at each ETH bar's open; NaN before there is one."""
    return np.concatenate([[np.nan], per_session])[known_sessions(tables)]


def own_moves(tables):
    """IWM's daily return less what SPY and QQQ explain (OLS over the whole history), by session; NaN on the first."""
    us = pd.DataFrame({id: returns(tables, id) for id in ETFS})
    x = np.column_stack([np.ones(len(us)), us["SPY"], us["QQQ"]])
    coefficients = np.linalg.lstsq(x, us["IWM"].to_numpy(), rcond=None)[0]
    return np.concatenate([[np.nan], us["IWM"].to_numpy() - x @ coefficients])


def trailing(values, n):
    """The sum of the last n values."""
    return pd.Series(values).rolling(n).sum().to_numpy()


def regress(y, x):
    """Slope, White's t value and R2 of y on a constant and x, rows with a NaN left out."""
    kept = np.isfinite(x) & np.isfinite(y)
    y, x = y[kept] - y[kept].mean(), x[kept] - x[kept].mean()
    slope = (x @ y) / (x @ x)
    residual = y - slope * x
    return slope, (x @ y) / np.sqrt(((x * residual) ** 2).sum()), 1 - (residual @ residual) / (y @ y)


def autocorrelation(values, lag):
    """The autocorrelation of a plain array."""
    centred = values - values.mean()
    return (centred[lag:] @ centred[:-lag]) / (centred @ centred)


def net_returns(weights, opens, closes, commission=0.0010, slippage=0.0005):
    """Daily returns, costs paid, of a long or flat rule whose weight (0 or 1) is taken at each bar's open."""
    held = np.concatenate([[0.0], weights[:-1]])
    gap = 1 + held * (opens / np.concatenate([opens[:1], closes[:-1]]) - 1)
    buy, sell = 1 / ((1 + slippage) * (1 + commission)), (1 - slippage) * (1 - commission)
    trade = np.where(weights > held, buy, np.where(weights < held, sell, 1.0))
    return gap * trade * (1 + weights * (closes / opens - 1)) - 1


def sharpe(daily):
    """Annual Sharpe ratio of daily returns on 365 days, cash at zero."""
    return daily.mean() / daily.std(ddof=1) * np.sqrt(365)


def rising(tables, id, sessions=60):
    """1 on ETH bars that open with the last close of a US series above its close `sessions` earlier, else 0."""
    close = tables[id]["close"].to_numpy()
    up = np.concatenate([np.full(sessions, np.nan), close[sessions:] > close[:-sessions]])
    return np.nan_to_num(on_bars(tables, up))


RULES = {
    "IWM above 60 sessions ago": lambda tables: rising(tables, "IWM"),
    "SPY above 60 sessions ago": lambda tables: rising(tables, "SPY"),
    "QQQ above 60 sessions ago": lambda tables: rising(tables, "QQQ"),
    "VIX below 20": lambda tables: (on_bars(tables, tables["VIX"]["close"].to_numpy()) < 20).astype(float),
    "ETH above 28 bars ago": lambda tables: own_trend(tables),
    "IWM and ETH above": lambda tables: rising(tables, "IWM") * own_trend(tables),
}


def own_trend(tables, bars=28):
    """1 on bars that open with ETH's last close above its close `bars` earlier, else 0."""
    close = tables["ETH-USD"]["close"].to_numpy()
    up = np.zeros(len(close))
    up[bars + 1 :] = close[bars:-1] > close[: -bars - 1]
    return up


def race(tables, weights, id="ETH-USD"):
    """Net Sharpe ratios from START on: of the rule, and of holding."""
    at = (tables[id]["date"] >= START).to_numpy()
    opens, closes = (tables[id][column].to_numpy()[at] for column in ("open", "close"))
    return tuple(sharpe(net_returns(w, opens, closes)) for w in (weights[at], np.ones(at.sum())))


def facts(tables):
    """What docs/simulated.md states of one world."""
    us = pd.DataFrame({id: returns(tables, id) for id in ETFS})
    eth, btc = returns(tables, "ETH-USD"), returns(tables, "BTC-USD")
    on_sessions = eth.reindex(us.index)
    weekend = np.asarray(eth.index.day_of_week >= 5)
    vix = np.log(tables["VIX"].set_index("date")["close"])
    log = np.log(tables["ETH-USD"].set_index("date")["close"])
    middle = (tables["DFEDTARU"].set_index("date")["value"] + tables["DFEDTARL"].set_index("date")["value"]) / 2
    ease = middle - tables["DGS1"].set_index("date")["value"]
    cut = middle - middle.shift(-365)
    stressed = (tables["VIX"].set_index("date")["close"].shift() > 22).reindex(us.index)
    return {
        "corr(IWM, SPY)": us["IWM"].corr(us["SPY"]),
        "corr(IWM, QQQ)": us["IWM"].corr(us["QQQ"]),
        "corr(SPY, QQQ)": us["SPY"].corr(us["QQQ"]),
        "share of IWM's variance that SPY and QQQ explain": 1 - np.nanvar(own_moves(tables)) / us["IWM"].var(ddof=0),
        "corr(IWM, ETH), same label, sessions": us["IWM"].corr(on_sessions),
        "the same, after a VIX above 22": us["IWM"][stressed].corr(on_sessions[stressed]),
        "the same, after a VIX of 22 or less": us["IWM"][~stressed].corr(on_sessions[~stressed]),
        "corr(ETH, BTC)": eth.corr(btc),
        "daily sd of ETH, percent": 100 * eth.std(),
        "daily sd of IWM, percent": 100 * us["IWM"].std(),
        "sd of ETH on weekends over weekdays": eth[weekend].std() / eth[~weekend].std(),
        "excess kurtosis of ETH": eth.kurt(),
        "excess kurtosis of IWM": us["IWM"].kurt(),
        "autocorrelation of |ETH|, 5 bars": autocorrelation(eth.abs().to_numpy(), 5),
        "autocorrelation of |IWM|, 5 sessions": autocorrelation(us["IWM"].abs().to_numpy(), 5),
        "mean VIX": np.exp(vix).mean(),
        "corr(change of log VIX, SPY)": vix.diff().corr(us["SPY"]),
        "ETH's last close over its first": np.exp(log.iloc[-1] - log.iloc[0]),
        "sd of midpoint - DGS1, points": ease.std(),
        "corr(midpoint - DGS1, cuts of the next 365 days)": ease.corr(cut),
        "sd of DGS2's daily change, points": tables["DGS2"]["value"].diff().std(),
    }


@cache
def races(strength, seeds):
    """Rule by rule, the pairs of net Sharpe ratios over the worlds of `seeds`."""
    worlds = (simulate(DEFAULT_LEAD, strength, seed) for seed in range(*seeds))
    rows = [{name: race(tables, rule(tables)) for name, rule in RULES.items()} for tables in worlds]
    return {name: np.array([row[name] for row in rows]) for name in RULES}


def planted(lead, strength, seed):
    """Slope, White's t value and R2 of ETH's bar on small caps' own moves of the last `lead` sessions known."""
    tables = simulate(lead, strength, seed)
    own = on_bars(tables, trailing(own_moves(tables), lead) / np.sqrt(lead))
    return regress(tables["ETH-USD"]["close"].pct_change().to_numpy(), own)


def show_looks():
    """Print the facts of twenty null worlds."""
    worlds = pd.DataFrame([facts(simulate(DEFAULT_LEAD, 0.0, seed)) for seed in range(1, 21)])
    write("SIMULATED null worlds, seeds 1..20")
    write(worlds.describe().T[["mean", "min", "max"]].round(2).to_string())


def show_planted():
    """Print what a regression finds of the planted lead."""
    for lead, strength in ((60, 0.0), (60, 0.03), (1, 0.03)):
        table = np.array([planted(lead, strength, seed) for seed in range(201, 301)])
        slope, share = table[:, 0], table[:, 2]
        write(f"\nSIMULATED lead={lead}, strength={strength}, seeds 201..300: ETH's bar on the planted sum")
        write(f"slope {slope.mean():.3f} (sd over worlds {slope.std():.3f}), R2 {share.mean():.4f} ({share.std():.4f})")
        write(f"|t| above 1.96 in {int((np.abs(table[:, 1]) > 1.96).sum())} of 100")


def show_races():
    """Print how the rules fare against holding."""
    for strength in (0.0, DEFAULT_STRENGTH):
        for seeds in ((1, 21), (101, 201)):
            name = SimulatedSource(strength=strength, seed=seeds[0]).name
            write(f"\nSIMULATED {name} .. {seeds[1] - 1}: mean net Sharpe from {START:%Y-%m-%d}")
            for rule, pairs in races(strength, seeds).items():
                wins, mean = int((pairs[:, 0] > pairs[:, 1]).sum()), pairs.mean(axis=0)
                write(f"{rule:27} {mean[0]:5.2f}  hold {mean[1]:5.2f}  better in {wins:3} of {len(pairs)}")


def write(line):
    """Print one line."""
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    show_looks()
    show_planted()
    show_races()
