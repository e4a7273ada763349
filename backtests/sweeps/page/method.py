"""How a sweep was made: the facts at the foot of its page."""

from __future__ import annotations

from typing import Any

from backtests.pages import html
from backtests.sweeps.plans.axes import Axis
from backtests.sweeps.record import SweepRecord
from backtests.sweeps.result import Sweep


def method(sweep: Sweep) -> list[str]:
    """Return the facts and every setting, folded at the foot of the page."""
    record = sweep.record
    settings = [[path, _swept(sweep.plan.axes, path, value)] for path, value in record.params.items()]
    return [html.facts(_facts(record)), html.section("Every setting", html.table(["parameter", "value"], settings))]


def _facts(record: SweepRecord) -> dict[str, str]:
    return {
        "Span": f"{record.start} to {record.end}",
        "Source": record.source,
        "Data fingerprint": record.data_fingerprint,
        "Parameter sets": f"{record.sets:,} ({record.method})",
        "Failed, ruined": f"{record.failed:,}, {record.ruined:,}",
        "Engine": record.engine + _parity(record),
        "Constraint": record.constraint or "none",
        "Time": f"{record.seconds:.1f} s",
        "Versions": ", ".join(f"{name} {record.versions[name]}" for name in ("harbinger-eth", "numpy", "pandas")),
    }


def _parity(record: SweepRecord) -> str:
    """Return how the sets that backtrader ran too compare, in words; empty where none was."""
    if not record.parity_checked or record.parity_max_rel is None:
        return ""
    worst = record.parity_max_rel
    return f"; {record.parity_checked} sets by backtrader too, " + ("identical" if not worst else f"within {worst:.1e}")


def _swept(axes: tuple[Axis, ...], path: str, value: Any) -> str:
    axis = next((axis for axis in axes if axis.path == path), None)
    if axis is None:
        return str(value)
    if not axis.values:
        return f"swept: {axis.low:g} to {axis.high:g}"
    values = [str(v) for v in axis.values]
    return "swept: " + (
        ", ".join(values) if len(values) <= 12 else f"{values[0]} .. {values[-1]} ({len(values)} values)"
    )
