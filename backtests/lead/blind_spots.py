"""What the rule cannot see, or sees badly, in a sample: said beside every verdict, with how often in calibration.md."""

from __future__ import annotations

from backtests.lead import horizon
from backtests.lead.deciding import LAGS, LATE
from backtests.lead.verdict import Decision
from backtests.lead.windows import Windows

FAINT = 0.2
"""Below this correlation of the same session labels a day off cannot be told from a lead."""


def blind_spots(windows: Windows, decision: Decision) -> tuple[str, ...]:
    """Return one sentence a blind spot, those of this sample first; nothing where no verdict was given."""
    if not decision.partial or not decision.correlation:
        return ()
    leader, traded = windows.leader, windows.traded
    own = [
        f"{windows.n:,} sessions are fewer than {horizon.LEAST_SESSIONS}: trends and stretches are not asked"
        * (decision.horizon is None),
        f"the first lag is at most {LATE:.0%} of the same session, which late labels of some sessions would show by "
        "themselves: it is left out" * decision.late,
        f"at a correlation of {decision.correlation.value:.2f} in the same session labels that are all a day off "
        "cannot be told from a lead" * (abs(decision.correlation.value) < FAINT),
        f"the windows of {traded} trail {leader}'s by 3 to 7 hours: what happens in these hours after the close is not "
        "seen" * (windows.kind == "days"),
    ]
    always = (
        f"lags beyond {LAGS} sessions: seen only as far as they move the sign of a trend",
        f"a lead in a short part of the sample, such as its last two years: mostly missed; a lead after {leader}'s "
        "falls alone is described, not judged",
        f"a lead through {leader}'s own autocorrelation, or through a drift that both share: taken for moving together",
        f"a series other than {windows.beside} that leads {traded} and moves with {leader} may pass for {leader}'s "
        "lead: give it by --controls",
        "labels that are late on single sessions and leave no repeated return",
        f"a lead of the other sign, in which {traded} falls after {leader} rose, is no verdict",
    )
    return (*(sentence for sentence in own if sentence), *always)
