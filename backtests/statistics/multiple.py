"""What many looks at once do to p-values."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected by Holm (1979) for having looked at all of them, in the order given."""
    from statsmodels.stats.multitest import multipletests  # noqa: PLC0415  # heavy: loaded when it is needed

    return [float(p) for p in multipletests(p_values, method="holm")[1]] if len(p_values) else []
