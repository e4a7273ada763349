"""Statistics that stand beside the verdict and decide nothing: what the three of the rule leave unasked."""

from __future__ import annotations

import numpy as np

from backtests.lead import horizon
from backtests.lead.deciding import fit, search
from backtests.lead.family import Array, Strongest, draws
from backtests.lead.sample import Sample


def described(sample: Sample) -> dict[str, Strongest]:
    """Return the leads after the leader's falls and after its rises alone, and the trend of each other equity."""
    found: dict[str, Strongest] = {"after falls alone": after(sample, -1), "after rises alone": after(sample, 1)}
    if sample.n >= horizon.LEAST_SESSIONS:
        found |= {f"{id} as leader": trend_of(sample, id) for id in sample.controls}
    return found


def after(sample: Sample, side: int) -> Strongest:
    """Return the short lags of the leader's falls (side -1) or rises (1), beyond the same of all controls.

    Each series is split in two, its falls and its rises; all halves are held fixed but the one that is tested.
    """
    controls = [half for x in sample.beside for half in (_side(x, -1), _side(x, 1))]
    tested, other = _side(sample.leader, side), _side(sample.leader, -side)
    return search({"": fit(sample.traded, tested, [sample.traded, other, *controls]).terms})


def _side(x: Array, side: int) -> Array:
    half: Array = side * np.maximum(side * x, 0.0)
    return half


def trend_of(sample: Sample, id: str) -> Strongest:
    """Return the trends of another equity beyond those of the leader and the rest."""
    rest = [x for name, x in {"leader": sample.leader, **sample.controls, **sample.others}.items() if name != id]
    (terms,) = horizon.trend_terms(sample.traded, [sample.controls[id]], rest, [sample.controls[id], *rest])
    (drawn,) = draws(terms.scaled)
    return horizon.searched({"": terms}, drawn[0])[0]
