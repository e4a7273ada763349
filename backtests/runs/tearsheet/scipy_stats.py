"""What a page asks of scipy.stats, without scipy: it is a fifth of the time that a run and its page take.

quantstats and seaborn take three names from it as they load, and meet these instead. What else is asked of one of them
is scipy's own, loaded then.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from backtests.engine.ledger import Floats
from backtests.statistics.sharpe_ratio import NORMAL

NAME = "scipy.stats"
Numbers = npt.ArrayLike


@contextmanager
def stood_in() -> Iterator[None]:
    """Let `from scipy.stats import ...` find the names of this module, unless scipy.stats is loaded already."""
    if NAME in sys.modules:
        yield
        return
    module = ModuleType(NAME)
    vars(module).update(norm=Normal(), linregress=linregress, gaussian_kde=gaussian_kde)
    sys.modules[NAME] = module
    try:
        yield
    finally:
        del sys.modules[NAME]


class Normal:
    """The standard normal distribution: `scipy.stats.norm`."""

    def cdf(self, x: Numbers) -> Any:
        """Return the probability of at most `x`, of any shape."""
        return _each(NORMAL.cdf, x)

    def pdf(self, x: Numbers) -> Any:
        """Return the density at `x`, of any shape."""
        return _each(NORMAL.pdf, x)

    def ppf(self, q: Numbers, loc: Numbers = 0.0, scale: Numbers = 1.0) -> Any:
        """Return the quantile of `q`, of any shape; NaN where `scale` is not above 0."""
        spread = np.where(np.asarray(scale) > 0, scale, np.nan)
        return (np.asarray(loc) + spread * _each(NORMAL.inv_cdf, q))[()]

    def __getattr__(self, name: str) -> Any:
        from scipy.stats import norm  # noqa: PLC0415  # only who asks for more loads it

        return getattr(norm, name)


def linregress(x: Floats, y: Floats) -> Any:
    """Return slope, intercept, correlation, and NaN for its p-value and error, which no page asks for."""
    spread_x, shared, _, spread_y = np.cov(x, y, bias=True).flat
    if not spread_x or not spread_y:
        from scipy.stats import linregress as whole  # noqa: PLC0415  # it says what is wrong with a constant

        return whole(x, y)
    slope = shared / spread_x
    r = shared / np.sqrt(spread_x * spread_y)
    return slope, np.mean(y) - slope * np.mean(x), min(max(r, -1.0), 1.0), np.nan, np.nan


def gaussian_kde(dataset: Floats, bw_method: Any = None, weights: Any = None) -> Any:
    """Return a kernel density: the copy of scipy's that seaborn carries, for where there is no scipy."""
    from seaborn.external.kde import gaussian_kde as carried  # noqa: PLC0415  # seaborn itself is loading before

    class Density(carried):  # type: ignore[misc]  # untyped
        def __getattr__(self, name: str) -> Any:
            if name.startswith("_"):
                raise AttributeError(name)
            from scipy.stats import gaussian_kde as whole  # noqa: PLC0415  # only who asks for more loads it

            return getattr(whole(self.dataset, bw_method=self.factor, weights=weights), name)

    return Density(dataset, bw_method=bw_method, weights=weights)


def _each(function: Callable[[float], float], values: Numbers) -> Any:
    return np.vectorize(function, otypes=[np.float64])(values)[()]
