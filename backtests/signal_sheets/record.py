"""SignalSheetRecord: what signal.json says of one signal."""

from __future__ import annotations

from dataclasses import dataclass

from backtests.signal_sheets.coverage import Coverage
from backtests.signal_sheets.decay import Lag
from backtests.signal_sheets.distribution import Distribution
from backtests.signal_sheets.events import Conditional, EventStudy
from backtests.signal_sheets.forward import Estimate, RankEstimate
from backtests.signal_sheets.judgements import Judgement
from backtests.signal_sheets.quantiles import Group, GroupReturn, Hits
from backtests.signal_sheets.related import RelatedSignals
from backtests.signal_sheets.stability import Period
from signals.parameters import Value


@dataclass(frozen=True, eq=False)
class Looks:
    """How often one has looked: every p-value of the sheet, and Holm's of each among all of them (`judgements`).

    `holm` holds those of the horizons on plain returns by the method to judge by, in the order of the horizons;
    `smallest` is the least of them.
    """

    p_values: int
    horizons: tuple[int, ...]
    holm: tuple[float | None, ...]
    smallest: float | None
    at_horizon: int | None
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True)
class HedgeRecord:
    """The asset that returns are hedged for; `missing` says why there are none."""

    asset: str
    missing: str | None


@dataclass(frozen=True, kw_only=True)
class SignalSheetRecord:
    """One signal's sheet: what is undefined is None, with the reason in `missing` beside it.

    `aside` names what is beyond chance where the headline is not, and why it does not decide.
    `n` counts the decisions with a value, `middle` says what high and low are told apart by; `accept` names the errors
    of `data check` that were accepted (ID:DATE), `asked` are the first and the last day that were asked for, "" where
    none was.
    """

    run_id: str
    signal: str
    headline: str
    aside: str = ""
    simulated: bool
    source: str
    data_fingerprint: str
    spec: str
    params: dict[str, Value]
    unit: str
    sign: str
    traded: str
    leader: str
    decided_at: str
    start: str
    end: str
    n: int
    hedge: HedgeRecord
    hedge_spy: HedgeRecord
    middle: str
    warnings: tuple[str, ...]
    looks: Looks
    coverage: Coverage
    distribution: Distribution
    forward: tuple[Estimate, ...]
    ranks: tuple[RankEstimate, ...]
    groups: tuple[Group, ...]
    group_returns: tuple[GroupReturn, ...]
    hits: tuple[Hits, ...]
    decay: tuple[Lag, ...]
    stability: tuple[Period, ...]
    events: tuple[EventStudy, ...]
    after_decisions: tuple[Conditional, ...]
    kin: RelatedSignals
    accept: tuple[str, ...] = ()
    asked: tuple[str, str] | None = None
