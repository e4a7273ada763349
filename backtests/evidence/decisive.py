"""The decisive comparison: own trend AND small caps' (C5) less own trend alone (C4), at one volatility."""

from __future__ import annotations

from dataclasses import replace

from backtests.engine.ledger import Floats
from backtests.evidence.kernel_runs import Bars, net_returns
from backtests.evidence.record import DifferenceRecord
from backtests.experiments.experiment import Experiment
from backtests.experiments.studies import load
from backtests.runs.decisions import decide
from backtests.statistics.paired import paired
from data.errors import HarbingerError
from data.market import Market

C5, C4 = "own_trend_and_small_caps", "own_trend"
NONE = DifferenceRecord(None, None, None)


def c5_minus_c4(experiment: Experiment, market: Market, bars: Bars) -> tuple[DifferenceRecord, str]:
    """Return the difference on the bars, at the costs and with the leader of an experiment; else why there is none."""
    try:
        first, second = (_net(name, experiment, market, bars) for name in (C5, C4))
    except HarbingerError as error:
        return NONE, str(error)
    found = paired(first, second, bars.periods_per_year)
    if found.sharpe is None or found.sharpe_95 is None:
        return DifferenceRecord(found.sharpe, None, None), found.missing or "one of the two never traded"
    return DifferenceRecord(found.sharpe, found.sharpe_95, found.sharpe_p_value), ""


def _net(name: str, experiment: Experiment, market: Market, bars: Bars) -> Floats:
    rule = replace(experiment, strategy=load(name).strategy)
    decided: Floats = decide(rule, market)[bars.inside]
    net: Floats = net_returns(bars, decided[None], rule)[0]
    return net
