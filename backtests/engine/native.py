"""A backtrader strategy of the user's on the traded bars, with the signals as lines on its feed.

Bars are handed over one by one, when they close: nothing is preloaded, so that an index ahead of the bar finds nothing.
backtrader says which order is filled and at which price; the money is counted by the contract of `engine.ledger`
(`engine.broker`), with real cash, commission on every fill, and slippage on all but limits that the bar came to. An
order is filled on a later bar than the one it was made on.
"""

from __future__ import annotations

import contextlib
import io
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from backtests.engine.backtrader import BAR, Cerebro, Commission, DataBase, columns
from backtests.engine.ledger import Decisions, Floats, Ledger
from backtests.engine.native_broker import Broker
from backtests.experiments.costs import Costs
from data.errors import HarbingerError, RunError


@dataclass(frozen=True, eq=False)
class NativeRun:
    """A finished run: the ledger, the number of bars before the first call of `next`, and what was asked for.

    `asked_usd`: at each close, the value of the orders made on that bar (sells negative) less that of those cancelled.
    """

    ledger: Ledger
    silent_bars: int
    asked_usd: Floats


def run(
    decisions: Decisions,
    strategy: type[Any],
    params: Mapping[str, Any],
    lines: Mapping[str, Floats],
    costs: Costs,
    max_leverage: float,
    cash_usd: float,
    *,
    talk: TextIO | None = None,
    bars: int | None = None,
) -> NativeRun:
    """Run a strategy class over the bars of `decisions`, or over the first `bars` of them.

    `lines`: one value a bar, known at its close. What the class prints goes to `talk` (None: nowhere). OrderRejected
    for an order that cannot be filled, RunError for whatever else the class raises: both name the bar.
    """
    made: Any = Broker  # backtrader takes its params as keywords
    broker = made(cash=cash_usd, costs=costs, max_leverage=max_leverage, accruing=decisions.accruing(costs))
    broker.addcommissioninfo(Commission(commission=costs.commission_bps / 1e4, leverage=1.0))
    broker.lock()
    cerebro = Cerebro(stdstats=False)
    cerebro.setbroker(broker)
    count = len(decisions.bars) if bars is None else bars
    cerebro.adddata(_feed(tuple(lines))(bars=_one_by_one(decisions, lines), count=count, name="traded"))
    cerebro.addstrategy(strategy, **params)
    with contextlib.redirect_stdout(talk or io.StringIO()):
        try:
            ran = cerebro.run(preload=False, runonce=False)
        except HarbingerError:
            raise
        except (Exception, SystemExit) as error:  # whatever the user's own code raises: one line that names the place
            raise RunError(_told(error, strategy, broker)) from error
    if not ran:
        raise RunError(f"{strategy.__name__} skipped itself (StrategySkipError): nothing was run")
    nothing = np.full(len(decisions.decided), np.nan)
    position, cash, equity = (np.array(column) for column in zip(*broker.rows, strict=True))
    ledger = Ledger(decisions, nothing, position, cash, equity, broker.fills, cash_usd, broker.ruined)
    return NativeRun(ledger, min(int(ran[0]._minperiod) - 1, ledger.bars), np.array(broker.asked[: ledger.bars]))


def _one_by_one(decisions: Decisions, lines: Mapping[str, Floats]) -> Iterator[tuple[float, ...]]:
    """Yield the bars, each when the feed asks for it."""
    yield from zip(*columns(decisions, lines).values(), strict=True)


def _feed(names: tuple[str, ...]) -> Any:
    """Return a feed class with a line of each name, which loads a bar when it is asked for one."""

    def start(self: Any) -> None:
        super(made, self).start()
        self.filled = [getattr(self.lines, name) for name in (*BAR, *names)]

    def load(self: Any) -> bool:
        if len(self) > self.p.count:
            return False
        for line, value in zip(self.filled, next(self.p.bars), strict=True):
            line[0] = value
        return True

    made: Any = type(
        "SignalFeed",
        (DataBase,),
        {"lines": names, "params": (("bars", ()), ("count", 0)), "start": start, "_load": load},
    )
    return made


def _told(error: BaseException, strategy: type[Any], broker: Broker) -> str:
    file = str(Path(sys.modules[strategy.__module__].__file__ or ""))
    places = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    where = f" (line {places[-1].lineno} of {Path(file).name})" if places else ""
    ahead = isinstance(error, IndexError)
    hint = "; a line holds nothing ahead of the bar that has closed ([1]) and nothing before the first bar ([-1])"
    return f"{strategy.__name__}, bar {broker.day()}{where}: {type(error).__name__}: {error}{hint if ahead else ''}"
