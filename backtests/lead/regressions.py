"""The field's usual tests beside the deciding one: predictive regressions, Granger, out-of-sample R2.

None of them decides: each asks of the leader's raw lags, or without correction for the search, what the partial
statistic asks with both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from backtests.lead.deciding import LAGS, lagged
from backtests.lead.family import Array
from backtests.lead.sample import Sample
from backtests.statistics.regression import Method, bandwidth, predictive

HORIZONS = (1, 5, 20, 60)
FIRST_FORECAST = 500


@dataclass(frozen=True)
class Test:
    """One test: `statistic` against `null`, its p-value, the effect with its 95% interval where it has one."""

    name: str
    statistic: float | None
    p_value: float | None
    n: int
    null: str
    reference: str
    effect: float | None = None
    interval: tuple[float, float] | None = None
    missing: str | None = None


def predictive_tests(sample: Sample) -> list[Test]:
    """Return the regressions of the next 1, 5, 20 and 60 sessions on the leader's last one.

    Raw, and with the last sessions of the traded asset and of the other equities as controls. HAC at one session,
    Hodrick (1992) 1B and HAC beyond; slopes for a return of 1 of the leader.
    """

    y, x = sample.traded[1:], sample.leader[:-1]
    beside = np.column_stack([sample.traded[:-1], *(z[:-1] for z in sample.controls.values())])
    found = []
    for horizon in HORIZONS:
        methods: tuple[Method, ...] = ("hac",) if horizon == 1 else ("hodrick", "hac")
        for method in methods:
            reference = "Newey-West 1987" if method == "hac" else "Hodrick 1992, 1B"
            for controls, text in ((None, "raw"), (beside, "with controls")):
                ahead = "next session" if horizon == 1 else f"next {horizon} sessions"
                name = f"{ahead} on the last, {text}, {reference.split()[0]}"
                if sample.n < 4 * horizon + LAGS:
                    reason = f"{sample.n} sessions are too few for a horizon of {horizon}"
                    found.append(Test(name, None, None, sample.n, "slope 0", reference, missing=reason))
                    continue
                fit = predictive(y, x, horizon, method, controls)
                found.append(
                    Test(name, fit.t, fit.p_value, fit.n, "slope 0", reference, fit.slope, (fit.low, fit.high))
                )
    return found


def granger_tests(sample: Sample) -> list[Test]:
    """Return the Wald tests of ten lags in both directions, with HAC errors (the F test rejects 17% at 5%)."""
    leads = _granger("Granger, leader to traded", sample.traded, sample.leader)
    led = _granger("Granger, traded to leader", sample.leader_next, sample.traded, sample.leader)
    return [leads, led]


def _granger(name: str, target: Array, tested: Array, own: Array | None = None) -> Test:
    import statsmodels.api as sm  # noqa: PLC0415  # heavy: loaded when it is needed

    y = target[LAGS:]
    x = sm.add_constant(np.column_stack([lagged(target if own is None else own), lagged(tested)]))
    model = sm.OLS(y, x).fit(cov_type="HAC", cov_kwds={"maxlags": bandwidth(len(y), 1), "use_correction": True})
    restriction = np.eye(x.shape[1])[1 + LAGS :]
    wald = model.wald_test(restriction, use_f=False, scalar=True)
    return Test(name, float(wald.statistic), float(wald.pvalue), len(y), f"all {LAGS} lags 0", "Granger 1969, HAC Wald")


def out_of_sample_tests(sample: Sample) -> list[Test]:
    """Return the forecasts of the next session, each fitted on the past alone, against the same without the leader."""
    y, x = sample.traded[1:], sample.leader[:-1]
    beside = np.column_stack([sample.traded[:-1], *(z[:-1] for z in sample.controls.values())])
    cases = (("the mean", np.empty((len(y), 0))), ("controls", beside))
    return [_clark_west(y, others, x, text) for text, others in cases]


def _clark_west(y: Array, others: Array, x: Array, text: str) -> Test:
    """Return the out-of-sample R2 (Campbell and Thompson 2008) with the test of Clark and West (2007), one-sided."""
    name, reference = f"out-of-sample R2 of the last beside {text}", "Clark-West 2007"
    if len(y) < 2 * FIRST_FORECAST:
        reason = f"{len(y)} sessions; {2 * FIRST_FORECAST} are needed"
        return Test(name, None, None, len(y), "no better forecast", reference, missing=reason)
    small = np.column_stack([np.ones(len(y)), others])
    first, second = expanding_forecasts(y, small), expanding_forecasts(y, np.column_stack([small, x]))
    actual = y[FIRST_FORECAST:]
    loss_1, loss_2 = (actual - first) ** 2, (actual - second) ** 2
    adjusted = loss_1 - loss_2 + (first - second) ** 2
    t = float(adjusted.mean() / (adjusted.std(ddof=1) / math.sqrt(len(adjusted))))
    r2 = 1 - float(loss_2.sum() / loss_1.sum())
    p_value = 0.5 * math.erfc(t / math.sqrt(2))
    return Test(name, t, p_value, len(actual), "no better forecast", reference, effect=r2)


def expanding_forecasts(y: Array, x: Array) -> Array:
    """Return the forecast of y[t] from x[t] by least squares on rows before t, for t from FIRST_FORECAST on."""
    scale = x.std(axis=0) + (x.std(axis=0) == 0)
    x = x / scale
    squares = np.cumsum(x[:, :, None] * x[:, None, :], axis=0)[FIRST_FORECAST - 1 : -1]
    products = np.cumsum(x * y[:, None], axis=0)[FIRST_FORECAST - 1 : -1]
    slopes = np.linalg.solve(squares, products[:, :, None])[:, :, 0]
    forecasts: Array = (slopes * x[FIRST_FORECAST:]).sum(axis=1)
    return forecasts
