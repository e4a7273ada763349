"""One job by a peer, as its users would write it: `python peers.py LIBRARY VERB SETS FOLDER`.

Run by the python of `.venv-bench`, never imported by what runs in ours. LIBRARY is vectorbt, backtesting or backtrader;
VERB is run (numbers of one set), page (and its report as HTML) or sweep (SETS sets). The job: all of equity in ETH while
the log return over `lookback` days is above a threshold, filled at the next open, 10 bp commission, 5 bp slippage.
"""

import logging
import sys
import warnings
from itertools import islice, product
from pathlib import Path

warnings.simplefilter("ignore")
logging.getLogger("matplotlib").setLevel(logging.ERROR)

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402

LIBRARY, VERB, SETS, FOLDER = sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
FEES, SLIPPAGE, CASH = 0.001, 0.0005, 1e5
LOOKBACKS, THRESHOLDS = range(8, 208, 2), np.linspace(-0.1, 0.2, 100)
bars = pd.read_csv(FOLDER / "bars.csv", index_col=0, parse_dates=True)


def grid():
    """Return SETS pairs of lookback and threshold: the first thresholds of every lookback."""
    per = max(SETS // len(LOOKBACKS), 1)
    return list(islice(product(LOOKBACKS, THRESHOLDS[:per]), SETS))


def by_vectorbt():
    """All sets as columns, a thousand at a time, and the numbers of each."""
    import vectorbt as vbt

    log, sets = np.log(bars["close"].to_numpy()), grid()
    for first in range(0, len(sets), 1000):
        some = sets[first : first + 1000]
        targets = np.full((len(log), len(some)), np.nan)
        for at, (lookback, threshold) in enumerate(some):
            targets[lookback + 1 :, at] = (log[lookback:-1] - log[: -lookback - 1]) > threshold
        portfolio = vbt.Portfolio.from_orders(
            bars["close"].to_numpy()[:, None], size=np.asfortranarray(targets), size_type="targetpercent",
            price=bars["open"].to_numpy()[:, None], fees=FEES, slippage=SLIPPAGE, init_cash=CASH, freq="1D",
        )  # fmt: skip
        for number in ("total_return", "annualized_return", "annualized_volatility", "sharpe_ratio", "sortino_ratio",
                       "max_drawdown", "calmar_ratio"):  # fmt: skip
            getattr(portfolio, number)()
    return vbt.__version__


def by_backtesting():
    """`Backtest.run`, its plot, and its own optimize."""
    import backtesting
    from backtesting.lib import FractionalBacktest

    class Momentum(backtesting.Strategy):
        lookback, threshold = 60, 0.0

        def init(self):
            self.score = self.I(lambda close: pd.Series(np.log(close)).diff(self.lookback).to_numpy(), self.data.Close)

        def next(self):
            above = self.score[-1] > self.threshold
            if above and not self.position:
                self.buy(size=0.99)
            elif not above and self.position:
                self.position.close()

    globals()["Momentum"] = Momentum  # where the processes of optimize look for it
    Momentum.__qualname__ = "Momentum"
    table = bars.rename(columns=str.capitalize).assign(Volume=0.0)
    test = FractionalBacktest(table, Momentum, cash=CASH, commission=FEES, spread=2 * SLIPPAGE)
    if VERB == "sweep":
        sets = grid()
        test.optimize(
            lookback=sorted({pair[0] for pair in sets}), threshold=sorted({float(pair[1]) for pair in sets}),
            maximize="Sharpe Ratio",
        )  # fmt: skip
    else:
        test.run()
    if VERB == "page":
        test.plot(filename=str(FOLDER / "page.html"), open_browser=False)
    return backtesting.__version__


def by_backtrader():
    """Its default feed and analyzers; optstrategy for a sweep, quantstats for a page."""
    import backtrader as bt

    class Momentum(bt.Strategy):
        params = (("lookback", 60), ("threshold", 0.0))

        def __init__(self):
            self.then = self.data.close(-self.p.lookback)

        def next(self):
            above = np.log(self.data.close[0] / self.then[0]) > self.p.threshold
            if above != bool(self.position):
                self.order_target_percent(target=0.99 * above)

    globals()["Momentum"] = Momentum  # where the processes of optstrategy look for it
    Momentum.__qualname__ = "Momentum"
    cerebro = bt.Cerebro()
    cerebro.adddata(bt.feeds.PandasData(dataname=bars))
    cerebro.broker.setcash(CASH)
    cerebro.broker.setcommission(commission=FEES)
    cerebro.broker.set_slippage_perc(SLIPPAGE)
    for analyzer in (bt.analyzers.SharpeRatio, bt.analyzers.DrawDown, bt.analyzers.TimeReturn):
        cerebro.addanalyzer(analyzer)
    if VERB == "sweep":
        sets = grid()
        cerebro.optstrategy(
            Momentum, lookback=sorted({pair[0] for pair in sets}), threshold=sorted({pair[1] for pair in sets})
        )
        cerebro.run()
        return bt.__version__
    cerebro.addstrategy(Momentum)
    found = cerebro.run()[0]
    if VERB == "page":
        import quantstats

        returns = pd.Series(found.analyzers.timereturn.get_analysis()).rename_axis("date")
        returns.index = pd.DatetimeIndex(returns.index)
        quantstats.reports.html(returns, output=str(FOLDER / "page.html"), periods_per_year=365)
    return bt.__version__


if __name__ == "__main__":
    print({"vectorbt": by_vectorbt, "backtesting": by_backtesting, "backtrader": by_backtrader}[LIBRARY]())  # noqa: T201
