"""What trading costs and how a decision becomes a position: the same objects in every engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from signals.parameters import Parameter, check_bounds


@dataclass(frozen=True)
class Costs:
    """Commission is a fraction of the value of a fill, slippage of the open.

    Borrow and cash yield accrue by calendar day, a year being 365 days.
    Borrow is paid on the value of a short position and on negative cash; the cash yield is earned on
    max(min(cash, equity), 0), so that the proceeds of a short sale earn nothing.
    """

    commission_bps: Annotated[float, Parameter("basis points", 0, 1000, grid=(5.0, 10.0, 25.0))] = 10.0
    slippage_bps: Annotated[float, Parameter("basis points", 0, 1000, grid=(0.0, 5.0, 10.0))] = 5.0
    borrow_pct_per_year: Annotated[float, Parameter("percent a year", 0, 200)] = 0.0
    cash_yield_pct_per_year: Annotated[float, Parameter("percent a year", 0, 50)] = 0.0

    def __post_init__(self) -> None:
        check_bounds(self)


@dataclass(frozen=True)
class Execution:
    """How a decision becomes a position.

    `rebalance_band`: no order while the weight is within this of its target, unless the target is 0 or changes sign.
    `delay_bars`: extra bars between the decision and its fill (0: the next open). `max_leverage` bounds |weight|.
    """

    rebalance_band: Annotated[float, Parameter("fraction of equity", 0, 1, grid=(0.0, 0.02, 0.05))] = 0.02
    delay_bars: Annotated[int, Parameter("bars", 0, 60, grid=(0, 1))] = 0
    max_leverage: Annotated[float, Parameter("times equity", 0, 10)] = 1.0

    def __post_init__(self) -> None:
        check_bounds(self)
