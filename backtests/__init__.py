"""Floor 4: money, cost, time, proof. In Python: `from backtests import run, sweep, compare`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backtests.api import compare as compare
    from backtests.api import run as run
    from backtests.api import sweep as sweep
    from backtests.looks import evidence_of as evidence_of
    from backtests.looks import lead_test as lead_test
    from backtests.looks import load as load
    from backtests.looks import signal_sheet as signal_sheet
    from backtests.statistics import deflated_sharpe as deflated_sharpe
    from backtests.statistics import min_backtest_length as min_backtest_length
    from backtests.statistics import min_track_record_length as min_track_record_length
    from backtests.statistics import pbo as pbo
    from backtests.statistics import psr as psr
else:
    LOOKS = ("evidence_of", "lead_test", "load", "signal_sheet")

    def __getattr__(name: str) -> object:
        if name in LOOKS:
            from backtests import looks  # noqa: PLC0415  # loads what only they need

            return getattr(looks, name)
        if name in __all__:
            from backtests import api, statistics  # noqa: PLC0415  # `harbinger --help` loads this: it must not load pandas

            return getattr(api if hasattr(api, name) else statistics, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted(__all__)


__all__ = [
    "compare",
    "deflated_sharpe",
    "evidence_of",
    "lead_test",
    "load",
    "min_backtest_length",
    "min_track_record_length",
    "pbo",
    "psr",
    "run",
    "signal_sheet",
    "sweep",
]
