"""Floor 4: money, cost, time, proof. In Python: `from backtests import run, sweep, compare`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backtests.api import compare as compare
    from backtests.api import run as run
    from backtests.api import sweep as sweep
else:

    def __getattr__(name: str) -> object:
        if name in __all__:
            from backtests import api  # noqa: PLC0415  # `harbinger --help` loads this package: it must not load pandas

            return getattr(api, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted(__all__)


__all__ = ["compare", "run", "sweep"]
