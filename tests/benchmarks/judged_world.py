"""One SIMULATED world judged by the whole verdict on luck, as `harbinger evidence` judges a sweep and a run."""

import math
import time
from dataclasses import dataclass, field
from functools import cached_property

DRAWS = 499


@dataclass(frozen=True)
class Judged:
    """What was found in one world: the best of the sweep, and one rule by itself (the first; planted: the last).

    `effective` is how many independent trials the sets are worth, `as_a_run` the verdict on the
    best judged as a run of its own after the same number of trials, `deflated_run` and `spa_run` what it stands on;
    `active` its annual active Sharpe ratio.
    """

    verdict: str
    deflated: float
    deflated_raw: float
    spa: float
    placebo_best: float
    cost: float
    psr_one: float
    spa_one: float
    placebo_one: float
    best_is_planted: bool
    as_a_run: str
    deflated_run: float
    spa_run: float
    active: float
    effective: float
    seconds: float = field(default=0.0, compare=False)


def judge(task):
    """Judge the best of the 200 sets of one world (name, seed) by the whole rule, as a sweep's and as a run of its own."""
    from backtests.statistics.slides import slides
    from tests.calibration.rules import BY_NAME

    name, seed = task
    began, world = time.process_time(), World.of(name, seed)
    best, one = world.best, len(world.decided) - 1 if BY_NAME[name].planted else 0
    drawn, active, alone = world.drawn(best), world.moments(best), world.moments(one)
    every = tuple(range(len(world.decided)))
    sweep = world.grounds(best, every, drawn, world.variance, world.effective)
    run = world.grounds(best, (best,), world.drawn_of_run(best, drawn), 0.0)
    return Judged(
        verdict=verdict_of(sweep),
        deflated=sweep.deflated_sharpe,
        deflated_raw=world.deflated(world.raw(best), 0.0),
        spa=max(sweep.spa.values()),
        placebo_best=sweep.placebo_p_value,
        cost=sweep.break_even_cost_bps,
        psr_one=world.deflated(alone, 0.0, trials=1),
        spa_one=max(world.spa((one,)).values()),
        placebo_one=slides(world.weights[one], world.asset).p_value,
        best_is_planted=best == len(world.decided) - 1,
        as_a_run=verdict_of(run),
        deflated_run=run.deflated_sharpe,
        spa_run=max(run.spa.values()),
        active=active.sharpe * math.sqrt(365),
        effective=world.effective,
        seconds=time.process_time() - began,
    )


def verdict_of(grounds):
    """Return the word of the rule."""
    from backtests.statistics.verdict import verdict

    return verdict(grounds).word


@dataclass(frozen=True, eq=False)
class World:
    """One world seen by the lab: what every set and control earned (n, k) beyond cash, and what sets held (k, n)."""

    decided: object
    weights: object
    asset: object
    net: object
    controls: dict

    @classmethod
    def of(cls, name, seed, noise=None):
        """Return the sets and controls of a world, filled by the kernel at the default costs."""
        import numpy as np

        from backtests.evidence.kernel_runs import Bars, net_returns
        from backtests.experiments.experiment import Experiment
        from backtests.runs.controls import JUDGED
        from strategies.hold import Hold
        from tests.calibration.rules import BY_NAME, YEAR, draw

        close, decided = draw(BY_NAME[name], seed, noise)
        n, opened = len(close), np.concatenate([[close[0]], close[:-1]])
        bars = Bars(np.ones(n, bool), opened, close, np.ones(n), np.zeros(n), np.zeros(n), YEAR)
        asset = np.concatenate([[0.0], close[1:] / close[:-1] - 1])
        rules = np.vstack([decided, vol_targeted(asset), own_trend(close)])
        net = net_returns(bars, rules, Experiment(Hold())).T
        weights = np.concatenate([np.zeros((len(decided), 1)), decided[:, :-1]], axis=1)
        return cls(decided, weights, asset, net[:, :-2], dict(zip(JUDGED, net[:, -2:].T, strict=True)))

    @property
    def best(self):
        """The column of the highest Sharpe ratio."""
        return int((self.net.mean(axis=0) / self.net.std(axis=0, ddof=1)).argmax())

    @cached_property
    def every_active(self):
        """The active returns (n, k) of every set."""
        from backtests.evidence.among_trials import active_of

        return active_of(self.net, self.weights, self.asset)

    @property
    def variance(self):
        """The variance of the sets' active Sharpe ratios per bar."""
        import numpy as np

        from backtests.evidence.among_trials import ratios

        return float(np.var(ratios(self.every_active), ddof=1))

    @cached_property
    def effective(self):
        """How many independent trials the sets are worth."""
        from backtests.statistics.deflation import effective_trials

        return effective_trials(self.every_active, self.every_against[2]).trials

    @cached_property
    def every_against(self):
        """What `against` returns of all sets."""
        return self.against(range(len(self.decided)))

    def active(self, at):
        """Return the active returns of a set."""
        from backtests.statistics.active import active_returns

        return active_returns(self.net[:, at], self.asset, self.weights[at])

    def moments(self, at):
        """Return the moments of a set's active returns."""
        from backtests.statistics.sharpe_ratio import moments

        return moments(self.active(at))

    def raw(self, at):
        """Return the moments of a set's net returns."""
        from backtests.statistics.sharpe_ratio import moments

        return moments(self.net[:, at])

    def deflated(self, own, variance, trials=None):
        """Return the deflated Sharpe ratio of moments after all sets, as `runs.evidence.Measured.deflated` does."""
        from backtests.statistics.deflation import deflated_sharpe

        spread, count = max(variance, 1 / (own.n - 1)), trials or len(self.decided)
        return deflated_sharpe(own.sharpe, own.n, count, spread, skewness=own.skewness, kurtosis=own.kurtosis)

    def drawn(self, at):
        """Return (bootstrap counts, mean block) by a set's net returns, as for a sweep."""
        from backtests.statistics.bootstrap import block_length, counts

        block = block_length(self.net[:, at])
        return counts(len(self.asset), block, draws=DRAWS), block

    def drawn_of_run(self, at, drawn):
        """Return the same as for a run, whose block looks at active returns too; `drawn` where it is as long."""
        from backtests.statistics.bootstrap import block_length, counts

        block = max(drawn[1], block_length(self.active(at)))
        return drawn if block == drawn[1] else (counts(len(self.asset), block, draws=DRAWS), block)

    def against(self, columns):
        """Return (some sets at the volatility of each control, the mean block of their differences, its counts)."""
        from backtests.runs.controls import at_volatility_of
        from backtests.statistics.bootstrap import counts
        from backtests.statistics.superior import mean_block

        sets = self.net[:, list(columns)]
        matched = {name: at_volatility_of(control, sets) for name, control in self.controls.items()}
        block = mean_block(*(matched[name] - control[:, None] for name, control in self.controls.items()))
        return matched, block, counts(len(sets), block, draws=DRAWS)

    def spa(self, columns):
        """Return the p-value of some sets against each control."""
        from backtests.statistics.superior import spa

        every = len(columns) == len(self.decided)
        matched, block, drawn = self.every_against if every else self.against(columns)
        return {
            name: spa(control, matched[name], drawn, block=block).p_value for name, control in self.controls.items()
        }

    def grounds(self, best, columns, drawn, variance, effective=None):
        """Return what the verdict on a set judges by, chosen among `columns`, worth so many independent trials."""
        from backtests.statistics.intervals import of_draws
        from backtests.statistics.slides import slides
        from backtests.statistics.verdict import Grounds
        from tests.calibration.rules import YEAR

        active = self.active(best)
        return Grounds(
            active_interval=of_draws(active, drawn[0], YEAR),
            deflated_sharpe=self.deflated(self.moments(best), variance, effective),
            trials=len(self.decided),
            effective=effective,
            spa=self.spa(columns),
            placebo_p_value=slides(self.weights[list(columns)], self.asset).p_value,
            break_even_cost_bps=self.break_even(best, active),
        )

    def break_even(self, at, active):
        """Return the cost of an order at which a set's timing earns nothing, basis points."""
        import numpy as np

        from backtests.statistics.verdict import DEFAULT_COST_BPS

        turnover = float(np.abs(np.diff(self.weights[at])).sum())
        return max(DEFAULT_COST_BPS + 1e4 * float(active.sum()) / max(turnover, 1), 0.0)


def vol_targeted(asset):
    """Return 40% over the volatility of the last thirty bars, at most 1; nothing before."""
    import numpy as np
    import pandas as pd

    realised = pd.Series(asset).rolling(30).std().to_numpy() * math.sqrt(365)
    return np.minimum(0.4 / realised, 1.0)


def own_trend(close):
    """Return 1 while the last 28 bars are up."""
    import numpy as np

    found = np.full(len(close), np.nan)
    found[28:] = close[28:] > close[:-28]
    return found
