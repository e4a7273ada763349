"""Stage: the bars that sets share, and the weights that each set decides on them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from backtests.engine.ledger import Decisions, Floats
from backtests.experiments.costs import Costs
from backtests.experiments.experiment import Experiment, MarketSection, StudySection, market_of
from backtests.runs import carry
from backtests.runs.batch.cache import CachedMarket, cached
from backtests.runs.decisions import days_ahead, decided_by, span
from backtests.runs.run import is_simulated
from data.catalogue import lookup
from data.errors import MissingSeries
from data.market import held_as

MOST_ROWS = 2_000  # weight series kept for later blocks; about 25 KB each on nine years of days


@dataclass(frozen=True, eq=False)
class SharedBars:
    """Bars of one market from start to end, on which any number of sets run."""

    market: CachedMarket
    inside: np.ndarray[tuple[int], np.dtype[np.bool_]]
    open: Floats
    close: Floats
    days: Floats
    labels: pd.DatetimeIndex
    rows: OrderedDict[Hashable, Floats] = field(default_factory=OrderedDict)
    accrued: dict[tuple[float | str, str], tuple[Floats, Floats]] = field(default_factory=dict)

    def accruing(self, costs: Costs) -> tuple[Floats, Floats]:
        """Return what cash yields (percent a year) and what a position pays (fraction of its value) in each bar."""
        key = (costs.cash_yield, costs.funding)
        if key not in self.accrued:
            earned = carry.cash_yield(costs, self.market)
            named = None if earned is None else earned[self.inside]
            paid = carry.funding(costs, self.market, self.inside)
            bars = Decisions(self.market.bars[self.inside], self.open, self.days, named, paid)
            self.accrued[key] = bars.yields(costs), bars.funded(costs)
        return self.accrued[key]

    def decided(self, experiment: Experiment) -> Floats:
        """Return the weight decided at each bar, before the bound on leverage."""
        delay = experiment.execution.delay_bars if self.market.join == "flat" else 0
        key = (experiment.strategy, delay)
        row = self.rows.get(key)
        if row is None:
            weights = cached(experiment.strategy).weights(self.market)
            row = self.rows[key] = np.ascontiguousarray(decided_by(weights, experiment, self.market)[self.inside])
            if len(self.rows) > MOST_ROWS:
                self.rows.popitem(last=False)
        return row


@dataclass(frozen=True, eq=False)
class SharedBarsByMarket:
    """The stages of a sweep on one set of frozen tables; `lacking` says why a series is not among them."""

    tables: Mapping[str, pd.DataFrame]
    source: str
    lacking: Mapping[str, str] = field(default_factory=dict)
    markets: dict[MarketSection, CachedMarket] = field(default_factory=dict)
    stages: dict[tuple[MarketSection, StudySection], SharedBars] = field(default_factory=dict)

    def of(self, experiment: Experiment) -> SharedBars:
        """Return the stage of an experiment; DataError where its series or bars are not there."""
        key = (experiment.market, experiment.study)
        if self.lacking or key not in self.stages:  # another strategy or other costs may need more than those before
            self._check(experiment)
        if key not in self.stages:
            self.stages[key] = self._stage(experiment)
        return self.stages[key]

    def _check(self, experiment: Experiment) -> None:
        for id in experiment.needs:
            if held_as(id, self.tables) is None and id not in experiment.optional:
                raise MissingSeries(self._why(id))

    def _why(self, id: str) -> str:
        """Return why a series is not among the tables, nor one that stands in for it."""
        reasons = (self.lacking.get(name) for name in (id, lookup(id).stand_in))
        return next(filter(None, reasons), f"{id} is not among the frozen inputs of this sweep")

    def _stage(self, experiment: Experiment) -> SharedBars:
        if experiment.market not in self.markets:
            market = market_of(experiment.market, self.tables, self.source, simulated=is_simulated(self.source))
            self.markets[experiment.market] = CachedMarket.of(market)
        market = self.markets[experiment.market]
        inside = span(experiment, market)
        bars = market.bars[inside]
        open_, close = (np.ascontiguousarray(bars[name].to_numpy(dtype=np.float64)) for name in ("open", "close"))
        labels, days = pd.DatetimeIndex(bars.index), days_ahead(bars, market)
        return SharedBars(market, inside, open_, close, days, labels)
