"""A signal with its defaults, for tests over all of them; one that is made of others gets small parts."""

from dataclasses import fields

from signals.own_momentum import OwnMomentum
from signals.parameters import declared_parameters
from signals.small_cap_momentum import SmallCapMomentum

TRADED, LEADER = "ETH-USD", "IWM"


def build_signal(cls, parts=None):
    """Return the signal of `cls`; its parts are of two calendars, the one that speaks first standing first."""
    small = iter(parts or (SmallCapMomentum(5), OwnMomentum(14), SmallCapMomentum(20)))
    return cls(**{f.name: next(small) for f in fields(cls) if f.name not in declared_parameters(cls)})


def ids(needs):
    """Return the catalogue ids of needs, the leader and the traded asset among them."""
    return {{"leader": LEADER, "traded": TRADED}.get(id, id) for id in (*needs, "leader", "traded")}
