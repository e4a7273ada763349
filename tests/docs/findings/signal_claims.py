"""T4 to T8 and T10 of docs/findings.md: each claim as signals, each signal beside ETH's next 20 bars."""

from dataclasses import dataclass

import pandas as pd

from backtests.lead.comovement import CLAIM
from backtests.runs.subject import of_signal, signal_of
from backtests.signal_sheets.forward import Estimate, estimate, methods
from backtests.signal_sheets.sample import hedges_of, sample
from data.errors import DataError, MissingSeries
from data.market import load_tables
from tests.docs.findings.claims import END, START

HORIZON, TRADED = 20, "ETH-USD"
ONE_SIDED, TWO_SIDED = 1.645, 1.960  # standard normal quantiles of 95% and 97.5%
POWER_80 = 0.842
SIGNALS = (
    ("T4", "net_liquidity"),
    ("T4", "financial_conditions"),
    ("T5", "calm(require=level)"),
    ("T5", "calm"),
    ("T5", "credit"),
    ("T6", "gate_by(small_cap_momentum, credit)"),
    ("T6", "small_cap_momentum"),
    ("T6", "credit_spread"),
    ("T7", "small_vs_tech"),
    ("T7", "small_vs_large"),
    ("T8", "record_high"),
    ("T8", "breakout"),
    ("T10", "sentiment"),
)


@dataclass(frozen=True, eq=False)
class SignalClaim:
    """One signal of a claim: what followed it over the whole span, before and since the claim; or why it has no answer.

    `hedged`: of the returns less SPY's share. `stand_in`: what stands in for a series that the history lacks.
    """

    claim: str
    text: str
    sign: str
    whole: Estimate | None = None
    before: Estimate | None = None
    since: Estimate | None = None
    hedged: Estimate | None = None
    missing: str = ""
    stand_in: str = ""

    @property
    def p_value(self):
        """On the side that the signal's sign expects, of both where it expects none; None where there is no answer."""
        if self.whole is None:
            return None
        if self.sign not in ("+", "-"):
            return self.whole.p_value
        right = (self.whole.t > 0) == (self.sign == "+")
        return self.whole.p_value / 2 if right else 1 - self.whole.p_value / 2

    @property
    def smallest_pct(self):
        """The smallest true effect, in percent per standard deviation, that 4 of 5 such samples would show at 5%."""
        error = (self.whole.slope_high_pct - self.whole.slope_low_pct) / (2 * TWO_SIDED)
        return error * ((ONE_SIDED if self.sign in ("+", "-") else TWO_SIDED) + POWER_80)


def signal_claims(source):
    """Return the answer of every signal on a source."""
    return [signal_claim(id, text, source) for id, text in SIGNALS]


def signal_claim(id, text, source):
    """Return the answer of one signal; without one where the source lacks what it reads."""
    signal = signal_of(text)
    target = of_signal(signal, [f"market.traded={TRADED}"])
    try:
        market = target.rebuilt(load_tables(source, {*target.needs, "SPY"}), source.name)
        values = signal.compute(market)
    except MissingSeries as error:
        return SignalClaim(id, text, signal.sign, missing=f"the history has no {lacked(str(error))}")
    except DataError:
        return SignalClaim(id, text, signal.sign, missing=f"the history has no vintages of {', '.join(signal.needs)}")
    rows = sample(market, values, hedges_of(market, None)).between(START, END)
    found = {name: estimate(part.x, part.y, HORIZON, methods(HORIZON)[0]) for name, part in parts(rows).items()}
    hedged = estimate(rows.x, rows.hedged["hedged_spy"], HORIZON, methods(HORIZON)[0], "hedged_spy")
    stand_in = "; ".join(market.stand_ins(signal.needs)).partition(" has no ")[2]
    return SignalClaim(id, text, signal.sign, **found, hedged=hedged, stand_in=stand_in)


def lacked(error):
    """Return the series that an error of a source names."""
    return error.partition(" has no ")[2].split(":")[0].split(";")[0]


def parts(rows):
    """Return the whole span, what lies before the day of the claim, and what lies from it on."""
    claimed = pd.Timestamp(CLAIM)
    before = rows.between(None, claimed - pd.Timedelta(days=1))
    return {"whole": rows, "before": before, "since": rows.between(claimed, None)}
