"""Controls: what a rule must beat, by the same costs, execution and market. Cash is none where the asset rose."""

from __future__ import annotations

from dataclasses import replace

from backtests.engine.ledger import Decisions, Floats
from backtests.experiments.experiment import Experiment
from backtests.runs.decisions import decide, span
from data.market import Market
from signals.own_momentum import OwnMomentum
from strategies.base import Strategy
from strategies.hold import Hold
from strategies.long_flat import LongFlat
from strategies.vol_target import VolTarget

HOLDING, VOL_TARGETED, OWN_TREND = "holding", "vol-targeted holding", "own trend"
RULES: dict[str, Strategy] = {
    HOLDING: Hold(),
    VOL_TARGETED: VolTarget(Hold()),
    OWN_TREND: LongFlat(OwnMomentum()),
}
JUDGED = (VOL_TARGETED, OWN_TREND)


def decisions_of_control(name: str, experiment: Experiment, market: Market, decisions: Decisions) -> Decisions:
    """Return `decisions` with the weights of a control instead: it holds ETH from the first bar that it can."""
    rule = replace(experiment, strategy=RULES[name])
    decided: Floats = decide(rule, market)[span(experiment, market)]
    bound = experiment.execution.max_leverage
    return replace(decisions, decided=decided.clip(-bound, bound))
