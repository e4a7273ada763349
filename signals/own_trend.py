"""The earlier name of `signals.own_momentum`: files written before import `OwnTrend` from here."""

from __future__ import annotations

from signals.own_momentum import OwnMomentum as OwnTrend

__all__ = ["OwnTrend"]
