"""Floor 4: money, cost, time, proof. In Python: `from backtests import run, sweep, compare`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backtests.api import compare as compare
    from backtests.api import run as run
    from backtests.api import sweep as sweep
    from backtests.statistics import deflated_sharpe as deflated_sharpe
    from backtests.statistics import min_backtest_length as min_backtest_length
    from backtests.statistics import min_track_record_length as min_track_record_length
    from backtests.statistics import pbo as pbo
    from backtests.statistics import psr as psr
else:

    def __getattr__(name: str) -> object:
        if name in __all__:
            from backtests import api, statistics  # noqa: PLC0415  # `harbinger --help` loads this: it must not load pandas

            return getattr(api if hasattr(api, name) else statistics, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted(__all__)


__all__ = [
    "compare",
    "deflated_sharpe",
    "min_backtest_length",
    "min_track_record_length",
    "pbo",
    "psr",
    "run",
    "sweep",
]
