"""The earlier name of `signals.small_cap_momentum`: files written before import `SmallCapTrend` from here."""

from __future__ import annotations

from signals.small_cap_momentum import SmallCapMomentum as SmallCapTrend

__all__ = ["SmallCapTrend"]
