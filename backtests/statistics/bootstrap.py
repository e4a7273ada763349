"""Blocks of rows drawn again: the stationary bootstrap of Politis and Romano (1994), by arch."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
DRAWS, SEED = 999, 20251008
SHORTEST_BLOCK = 5.0


def block_length(*series: Floats) -> float:
    """Return the longest optimal mean block (Politis and White 2004) of the series and of their squares, 5 at least."""
    from arch.bootstrap import optimal_block_length  # noqa: PLC0415  # heavy: loaded when it is needed

    found = [float(optimal_block_length(x)["stationary"].iloc[0]) for y in series for x in (y, y**2)]
    return max([SHORTEST_BLOCK, *(length for length in found if np.isfinite(length))])


def counts(n: int, block: float, *, draws: int = DRAWS, seed: int = SEED) -> Floats:
    """Return (draws, n): how often each row stands in each draw of blocks of mean length `block`; each sums to n."""
    from arch.bootstrap import StationaryBootstrap  # noqa: PLC0415  # heavy: loaded when it is needed

    boot = StationaryBootstrap(round(block), np.arange(n), seed=np.random.default_rng(seed))
    return np.stack([np.bincount(drawn[0], minlength=n) for drawn, _ in boot.bootstrap(draws)]).astype("float64")
