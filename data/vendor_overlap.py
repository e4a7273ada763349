"""Where a vendor's answer differs from what is stored of the same dates."""

from __future__ import annotations

import numpy as np
import pandas as pd

# Yahoo settles the volume of a day for days after it; no return is made of it.
NOT_COMPARED = ("date", "volume")
RELATIVE, ABSOLUTE = 1e-6, 1e-9


def first_difference(stored: pd.DataFrame, answer: pd.DataFrame) -> pd.Timestamp | None:
    """Return the first date from the answer's beginning to the stored end on which the two differ, or None.

    A date that only one of them has is a difference, as is a number off by more than one part in a million; volume is
    not compared. An answer that begins after the stored end differs from its beginning.
    """
    first, end = answer["date"].iloc[0], stored["date"].iloc[-1]
    if first > end:
        return pd.Timestamp(first)
    left = stored[stored["date"] >= first].set_index("date")
    right = answer[answer["date"] <= end].set_index("date")
    columns = [c for c in left.columns.union(right.columns) if c not in NOT_COMPARED]
    dates = left.index.union(right.index)
    a, b = (frame.reindex(index=dates, columns=columns).to_numpy() for frame in (left, right))
    same = np.isclose(a, b, rtol=RELATIVE, atol=ABSOLUTE).all(axis=1)
    return None if same.all() else pd.Timestamp(dates[~same][0])
