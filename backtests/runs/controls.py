"""Controls: what a rule must beat, by the same costs, execution and market. Cash is none where the asset rose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from backtests.engine import loop
from backtests.engine.ledger import Decisions, Floats, Ledger
from backtests.experiments.experiment import Experiment
from backtests.runs.decisions import decide, span
from backtests.runs.timing import timing
from backtests.statistics.sharpe_ratio import NO_ROOM
from backtests.statistics.superior import mean_block, spa
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


@dataclass(frozen=True, eq=False)
class Judged:
    """The controls that a run is held against: their excess returns, its own at the volatility of each, what lacks."""

    controls: dict[str, Floats]
    matched: dict[str, Floats]
    missing: dict[str, str]

    @classmethod
    def of(cls, experiment: Experiment, market: Market, ledger: Ledger, net: Floats) -> Judged:
        """Run the controls beside a run of excess returns `net` (n,)."""
        controls: dict[str, Floats] = {}
        missing: dict[str, str] = {}
        for name in JUDGED:
            control = control_returns(name, experiment, market, ledger.decisions)[: len(net)]
            if len(control) < len(net):
                missing[name] = f"{name} ended in ruin"
            elif np.ptp(control) <= NO_ROOM:
                missing[name] = f"{name} never traded"
            else:
                controls[name] = control
        matched = {name: at_volatility_of(control, net)[:, None] for name, control in controls.items()}
        return cls(controls, matched, missing)

    @cached_property
    def block(self) -> float:
        """The mean block of the differences of means."""
        return mean_block(*(self.matched[name] - control[:, None] for name, control in self.controls.items()))

    def p_values(self, drawn: Floats) -> tuple[dict[str, float | None], dict[str, str]]:
        """Return the p-value of being better than each, and why one is not known; `drawn`: counts at `block`."""
        tests = {
            name: spa(control, self.matched[name], drawn, block=self.block) for name, control in self.controls.items()
        }
        missing = self.missing | {name: f"it is {name} itself" for name, test in tests.items() if test is None}
        p_values = {name: test.p_value for name, test in tests.items() if test is not None}
        return {name: p_values.get(name) for name in JUDGED}, missing


def control_returns(name: str, experiment: Experiment, market: Market, decisions: Decisions) -> Floats:
    """Return a control's net returns in excess of cash at the costs of `experiment`; ruin ends them."""
    own = decisions_of_control(name, experiment, market, decisions)
    ledger = loop.run(own, experiment.costs, experiment.execution, experiment.study.cash_usd)
    return timing(ledger, experiment.costs).net


def at_volatility_of(benchmark: Floats, returns: Floats) -> Floats:
    """Return excess returns (n,) or (n, k) at the volatility of a benchmark (n,); as they are where they have none."""
    spread = np.std(returns, axis=0, ddof=1)
    scale = np.divide(np.std(benchmark, ddof=1), spread, out=np.ones_like(spread), where=spread > NO_ROOM)
    return np.asarray(returns * scale)
