"""The old name of `signals.parameters`: signal and strategy files written before 0.2 import `Param` from here."""

from __future__ import annotations

from signals.parameters import Parameter as Param

__all__ = ["Param"]
