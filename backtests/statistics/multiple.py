"""What many looks at once do to p-values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected by Holm (1979) for having looked at all of them, in the order given.

    The k-th smallest of n is multiplied by n - k + 1, is never less than the one before it, and at most 1. NaN stays
    NaN, is counted as a look, and changes no other.
    """
    p = np.asarray(p_values, dtype=float)
    rising = np.argsort(p)
    corrected = np.empty(len(p))
    corrected[rising] = np.minimum(np.maximum.accumulate(p[rising] * np.arange(len(p), 0, -1)), 1.0)
    return [float(value) for value in corrected]
