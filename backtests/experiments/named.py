"""What a study is called and why it is run, in words that are true of what it trades and follows.

The reason of a study may say {traded} and {leader}, which stand for those of the run at hand; a study that trades
another asset than by default says so behind its name: `hold_eth on BTC-USD`.
"""

from __future__ import annotations

from collections.abc import Mapping

from backtests.experiments.experiment import MarketSection
from data.catalogue import lookup
from signals.parameters import Value

SMALL_CAPS = lookup(MarketSection.leader).underlying


def traded(params: Mapping[str, Value]) -> str:
    """Return what the parameters of a run say is traded: a coin's own name, else the series id."""
    row = lookup(str(params.get("market.traded", MarketSection.traded)))
    return row.underlying if row.calendar == "utc_day" else row.id


def leader(params: Mapping[str, Value]) -> str:
    """Return what the parameters of a run say is followed: small caps, else the series id."""
    row = lookup(str(params.get("market.leader", MarketSection.leader)))
    return "small caps" if row.underlying == SMALL_CAPS else row.id


def title(study: str, params: Mapping[str, Value]) -> str:
    """Return the name of a study, and what it trades where that is not the series that studies trade by default."""
    id = params.get("market.traded", MarketSection.traded)
    return study if id == MarketSection.traded else f"{study} on {id}"


def reason(params: Mapping[str, Value]) -> str:
    """Return why a study is run, of what this run trades and follows."""
    why = str(params["study.why"])
    return why.replace("{traded}", traded(params)).replace("{leader}", leader(params))
