"""What trading costs and how a decision becomes a position: the same objects in every engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

from data.catalogue import lookup
from data.errors import BadSpec
from signals.parameters import Parameter, check_bounds, present_name

BILLS = "DGS3MO"  # what cash earns unless an experiment says otherwise, where the source has it
PERCENT = "percent a year"
FUNDING = "ETHUSDT-FUNDING"


@dataclass(frozen=True)
class Costs:
    """Commission is a fraction of the value of a fill, slippage of the open.

    Borrow and cash yield accrue by calendar day, a year being 365 days.
    Borrow is paid on the value of a short position and on negative cash; its default is 0.01% every 8 hours, the base
    rate of perpetual futures (docs/metrics.md). The cash yield is earned on max(min(cash, equity), 0), so that the
    proceeds of a short sale earn nothing: a number, or a yield of the catalogue as known at each close
    (`backtests.runs.carry`). With `funding` the position is a perpetual future: what it pays or receives by that series
    stands in the place of borrow.
    """

    commission_bps: Annotated[float, Parameter("basis points", 0, 1000, grid=(5.0, 10.0, 25.0))] = 10.0
    slippage_bps: Annotated[float, Parameter("basis points", 0, 1000, grid=(0.0, 5.0, 10.0))] = 5.0
    borrow_pct_per_year: Annotated[float, Parameter(PERCENT, 0, 200)] = 10.95
    cash_yield: Annotated[
        float | str, Parameter(f"{PERCENT}, or the series of it", 0, 50, formerly="cash_yield_pct_per_year")
    ] = BILLS
    funding: Annotated[str, Parameter("series of funding rates; empty: none", absent="")] = ""

    def __post_init__(self) -> None:
        check_bounds(self)
        if isinstance(self.cash_yield, str):
            row = lookup(self.cash_yield)
            if row.kind != "rate" or row.unit != PERCENT:
                raise BadSpec(f"costs.cash_yield = {row.id} is no yield in {PERCENT}; name one, such as {BILLS}")
        if self.funding and lookup(self.funding).kind != "funding":
            raise BadSpec(f"costs.funding = {self.funding} has no funding rates; name a series such as {FUNDING}")

    @staticmethod
    def of_old(plain: dict[str, Any]) -> dict[str, Any]:
        """Return the fields of a file with an earlier name replaced."""
        return {present_name(Costs, name): value for name, value in plain.items()}

    @property
    def needs(self) -> tuple[str, ...]:
        """Catalogue ids of the series that accrue."""
        named = (self.cash_yield if isinstance(self.cash_yield, str) else "", self.funding)
        return tuple(lookup(id).id for id in named if id)

    @property
    def fixed_yield_pct(self) -> float:
        """The cash yield in percent a year where it is a number, else 0."""
        return 0.0 if isinstance(self.cash_yield, str) else self.cash_yield

    @property
    def charged_borrow_pct(self) -> float:
        """The borrow in percent a year that is charged: 0 where funding stands in its place."""
        return 0.0 if self.funding else self.borrow_pct_per_year

    @property
    def charges_shorts(self) -> bool:
        """Whether a short position pays, or receives, what it costs to hold one."""
        return self.borrow_pct_per_year > 0 or bool(self.funding)

    @property
    def gross(self) -> Costs:
        """The same without commission, slippage, borrow and funding: cash still earns."""
        return replace(self, commission_bps=0.0, slippage_bps=0.0, borrow_pct_per_year=0.0, funding="")


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
