"""The tables of docs/findings.md."""

from backtests.lead.family import ALPHA
from backtests.lead.horizon import Trend
from backtests.lead.wording import effect
from backtests.pages.text import interval, signed
from backtests.statistics.multiple import holm
from tests.docs.findings.claims import TENTH, ease_change, estimates, strongest

CLAIMS = {
    "T1": "ETH and the Russell 2000 move together",
    "T2": "the Russell 2000 leads ETH",
    "T3": "expected cuts lift both",
    "T11": "ETH decouples on its own catalysts",
    "T15": "the excitement of cuts dissipates",
    "T17": "ETH hedges against the weaknesses of small caps",
}
LEVEL = 0.05


SHOWN = []
"""Every p-value that the page being made shows, as often as it shows it; `after` what a correction leaves of one."""


def p(value):
    """Return a p-value in three digits, and count it as a look."""
    SHOWN.append(float(value))
    return after(value)


def after(value):
    """Return a corrected p-value in three digits: no look of its own."""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def over_the_page():
    """Return {p-value: what Holm leaves of it among every one shown so far}."""
    return dict(zip(SHOWN, holm(SHOWN), strict=True))


def md(columns, rows):
    """Return a table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def of_20(c):
    """Return the estimate at 20 bars."""
    return next(e for e in c.ease if e.horizon == 20)


def corrected(c):
    """Return each claim's p-value after Holm over the six claims of a case."""
    return dict(zip(c.p_values, holm(list(c.p_values.values())), strict=True))


def answer_table(c):
    """Return a row a claim: its effect, p, p after Holm, and whether it holds."""
    same, ease = c.found.decision.correlation, of_20(c)
    effects = {
        "T1": f"correlation {same.value:.2f} ({same.low:.2f} to {same.high:.2f})",
        "T2": t2_effect(c),
        "T3": f"{signed(ease.slope_pct, 1)}% per sd ({signed(ease.slope_low_pct, 1)} to {signed(ease.slope_high_pct, 1)})",
        "T11": f"product {signed(c.catalysts.mean, 2)}, {c.catalysts.n} catalysts",
        "T15": f"{signed(c.cuts.mean, 1)}% over 20 bars, {c.cuts.n} cuts",
        "T17": hedge_effect(c.hedge),
    }
    raw, left = c.p_values, corrected(c)
    answers = {id: "holds" if id in held(c) else "not shown" for id in CLAIMS}
    if "T2" not in held(c):
        limits = c.found.decision.bounds
        answers["T2"] += f"; up to {limits.upper_own:.2%} (own part) and {limits.upper_whole:.2%} (whole) left possible"
    if c.hedge.beta[1] > 0 and c.hedge.tail[1] > TENTH:
        answers["T17"] += "; the opposite is: both intervals lie above"
    rows = [[id, said, effects[id], p(raw[id]), after(left[id]), answers[id]] for id, said in CLAIMS.items()]
    return md(["", "claim", "effect (95%)", "p", "p after Holm", ""], rows)


def t2_effect(c):
    """Return the effect of the strongest statistic of T2."""
    lead = strongest(c.found.decision)
    if isinstance(lead, Trend):
        return f"{effect(lead)}, {lead.where} ({interval(lead.low, lead.high)})"
    return f"{signed(lead.effect, 2)}% for 1%, {c.found.term(lead)} ({interval(lead.low, lead.high)})"


def hedge_effect(hedge):
    """Return the beta where the leader falls and the share of its worst tenth."""
    beta, tail = hedge.beta, hedge.tail
    return (
        f"beta in falls {beta[0]:.2f} ({beta[1]:.2f} to {beta[2]:.2f}), worst tenth shared {tail[0]:.0%} "
        f"({tail[1]:.0%} to {tail[2]:.0%})"
    )


def held(c):
    """Return the claims that hold after the correction."""
    return [id for id, value in corrected(c).items() if value <= LEVEL]


def side_table(cases):
    """Return p before and after Holm of each claim, a column a case."""
    rows = [[id, *(f"{p(c.p_values[id])} ({after(corrected(c)[id])})" for c in cases)] for id in CLAIMS]
    return md(["claim", *(c.name for c in cases)], rows)


def verdict_table(cases):
    """Return what the lab says of each case."""
    rows = []
    for c in cases:
        d, days = c.found.decision, c.found.windows.table.index
        limits = d.bounds
        rows.append(
            [c.name, d.verdict, f"{c.found.n:,}", f"{days[0]:%Y-%m-%d}, {days[-1]:%Y-%m-%d}", f"{d.correlation.value:.2f}",
             *(p(x.p_value_judged) for x in (*d.own, *d.of_equities, d.reverse)),
             f"{limits.upper_own:.2%}, {limits.upper_whole:.2%}", f"{limits.smallest_own:.2%}, {limits.smallest_whole:.2%}",
             f"{limits.trend_own:.2%}, {limits.trend_whole:.2%}", f"`{c.found.windows.market.fingerprint}`"]
        )  # fmt: skip
    columns = ["case", "verdict", "sessions", "from, to", "same session", "p, short lags", "p, trend", "p, a stretch",
               "p, equities' lags", "p, their trend", "p, led", "left possible: own part, whole",
               "found in 4 of 5, lag 1: own part, whole", "by the 60-session trend: own part, whole", "data"]  # fmt: skip
    return md(columns, rows)


def three_table(c):
    """Return the three statistics of T2, each with its term, effect and p-values."""
    d = c.found.decision
    names = ("short lags", "traded horizon", "a stretch of the sample")
    rows = []
    for name, x in zip(names, d.own, strict=True):
        trend = isinstance(x, Trend)
        size = effect(x) if trend else f"{signed(x.effect, 2)}% for 1%"
        p_values = map(p, (x.p_value, x.p_value_searched, x.p_value_judged))
        rows.append([name, c.found.term(x), size, interval(x.low, x.high), *p_values])
    columns = ["statistic", "strongest", "effect", "95%, corrected", "p by itself", "p after its search"]
    return md([*columns, "p of the three"], rows)


def period_table(c):
    """Return the correlations by sub-period and state, and the deciding statistic in the sub-periods."""
    leads = {period.name: period for period in c.found.periods}
    rows = []
    for part in (*c.found.comovement.parts, *c.found.comovement.regimes):
        lead = leads[part.name].lead if part.name in leads else None
        asked = p(lead.p_value_searched) if lead else "too few" if part.name in leads else ""
        pairs = [f"{signed(v.value, 2)} ({interval(v.low, v.high)})" for v in (part.same, part.eve)]
        rows.append([part.name, f"{part.n:,}", *pairs, asked])
    return md(["part", "sessions", "same session", "with the leader's session before", "p of a lead"], rows)


def lag_table(c):
    """Return the correlogram's first lags on both sides."""
    lags = c.found.correlogram
    shown = [-10, -5, -3, -2, -1, 0, 1, 2, 3, 5, 10]
    at = [lags.lags.index(lag) for lag in shown]
    rows = [["correlation", *(signed(lags.correlation[i], 3) for i in at)],
            ["band of one lag", *(f"{lags.band[i]:.3f}" for i in at)]]  # fmt: skip
    return md(["lag in sessions (above 0: IWM first)", *shown], rows)


def placebo_table(cases):
    """Return the p-value of each placebo, a column a case."""
    names = list(cases[0].found.placebos)
    rows = [[name, *(placebo(c.found.placebos[name]) for c in cases)] for name in names]
    return md(["placebo", *(c.name for c in cases)], rows)


def placebo(result):
    """Return the p-value of one placebo, marked where it is a find."""
    if isinstance(result, str):
        return "none"
    value = result.p_value_searched if hasattr(result, "p_value_searched") else result.p_value
    return f"**{p(value)}**" if value <= ALPHA else p(value)


def ease_table(cases, source):
    """Return what followed S13 at each horizon, for ETH, Binance's ETH, BTC and IWM."""
    chosen = {c.found.windows.traded: c.ease for c in cases} | {"IWM": estimates(ease_change(source, "IWM"))}
    rows = [
        [name, *(f"{signed(e.correlation, 3)} ({interval(e.low, e.high)}), p {p(e.p_value)}" for e in found)]
        for name, found in chosen.items()
    ]
    return md(["correlation with the next", *(f"{e.horizon} bars" for e in cases[0].ease)], rows)


def cut_table(cases):
    """Return the average path around decisions and cuts, a row a traded asset."""
    rows = []
    for c in {c.found.windows.traded: c for c in cases}.values():
        for name in ("FOMC decisions", "FOMC cuts"):
            path, days = c.events[name].asset, c.events[name].days
            cells = [
                f"{signed(path.average[days.index(d)], 1)} ({signed(path.low[days.index(d)], 1)} to "
                f"{signed(path.high[days.index(d)], 1)})"
                for d in (0, 1, 5, 10, 20)
            ]
            rows.append([c.found.windows.traded, f"{name} ({c.events[name].n})", *cells])
    return md(["traded", "event", "day 0", "day 1", "day 5", "day 10", "day 20"], rows)


def tail_table(c):
    """Return the tail dependence of both sides."""
    rows = [
        [f"{t.side} {t.quantile:.0%}", f"{t.dependence:.0%} ({t.low:.0%} to {t.high:.0%})", f"{t.gaussian:.0%}", t.n]
        for t in c.found.comovement.tails
    ]
    return md(["tail", "of IWM's sessions also ETH's", "normal copula", "sessions"], rows)


def signal_table(found):
    """Return a row a signal of T4 to T8 and T10: what followed it, its p, what the page leaves of it, its answer.

    The last table to be made: what it shows itself counts too.
    """
    raw = {c: p(c.p_value) for c in found if c.p_value is not None}
    left = over_the_page()
    rows = []
    for c in found:
        if c.whole is None:
            rows.append([c.claim, f"`{c.text}`", c.sign, "", "", "", "", "", f"not testable: {c.missing}"])
            continue
        answer = "works" if left[c.p_value] <= LEVEL else "not shown"
        rows.append([c.claim, f"`{c.text}`", c.sign, f"{c.whole.n:,}", per_sd(c.whole), raw[c], after(left[c.p_value]),
                     f"{c.smallest_pct:.1f}%", answer])  # fmt: skip
    columns = ["claim", "signal", "sign", "bars", "% per sd (95%)", "p", "p, Holm over the page",
               "smallest found in 4 of 5 samples", ""]  # fmt: skip
    return md(columns, rows)


def signal_parts_table(found):
    """Return each testable signal's effect before and since the claim, and on returns less SPY's share."""
    looks = [(c, (c.before, c.since, c.hedged)) for c in found if c.whole]
    SHOWN.extend(e.p_value for _, estimates in looks for e in estimates if e.p_value is not None)
    rows = [[c.claim, f"`{c.text}`", *map(per_sd, estimates)] for c, estimates in looks]
    return md(["claim", "signal", "before 2025-10-08", "since", "net of SPY beta"], rows)


def per_sd(e):
    """Return an effect in percent per standard deviation with its 95%, or why there is none."""
    if e.correlation is None:
        return e.missing
    return f"{signed(e.slope_pct, 1)} ({signed(e.slope_low_pct, 1)} to {signed(e.slope_high_pct, 1)})"


def looks_table(cases, found):
    """Return p and what Holm over the page leaves of it, a row a claim of the first case and a signal."""
    left = over_the_page()
    rows = [[id, said, after(cases[0].p_values[id]), after(left[cases[0].p_values[id]])] for id, said in CLAIMS.items()]
    rows += [[c.claim, f"`{c.text}`", after(c.p_value), after(left[c.p_value])] for c in found if c.whole]
    return md(["", "claim or signal", "p", "after Holm over the page"], rows)


def listed(found, form):
    """Return each event with its own number."""
    return ", ".join(f"{date} {form.format(v + 0.0)}" for date, v in zip(found.dates, found.values, strict=True))
