"""docs/findings.md from its numbers: what was asked first, then what the history says, claim by claim."""

import math
import textwrap

import numpy as np

from backtests.lead.bounds import USEFUL_R2, sharpe
from backtests.lead.comovement import CLAIM
from backtests.lead.family import ALPHA
from backtests.pages.text import interval, signed
from tests.docs.findings import tables, text
from tests.docs.findings.claims import END, START, Kept, case, estimates, since
from tests.docs.findings.signal_claims import signal_claims
from tests.docs.findings.tables import listed, of_20, p
from tests.paths import DOCS

PAGE, MARK = DOCS / "findings.md", "<!-- evidence -->"
CASES = {
    "IWM, ETH, hours": ("IWM", "ETH-USD", "hours"),
    "IWM, ETH, days (Yahoo)": ("IWM", "ETH-USD", "days"),
    "IWM, ETH, days (Binance)": ("IWM", "ETHUSDT-BINANCE", "days"),
    "IWM, BTC, days": ("IWM", "BTC-USD", "days"),
    "RUT, ETH, hours": ("RUT", "ETH-USD", "hours"),
    "RUT, ETH, days (Yahoo)": ("RUT", "ETH-USD", "days"),
}


def page(folder):
    """Return the whole page, every number made again from the files of `folder`."""
    source = Kept(folder)
    tables.SHOWN.clear()
    cases = [case(name, source, *words) for name, words in CASES.items()]
    main = cases[0]
    claims = signal_claims(source)
    others = [
        text.HEAD.format(start=START.date(), end=END.date(), level=tables.LEVEL),
        text.ANSWERS.format(
            n=main.found.n,
            verdict=main.found.decision.verdict,
            table=tables.answer_table(main),
            held=", ".join(tables.held(main)) or "none",
        ),
        text.SIDE.format(table=tables.side_table(cases), verdicts=tables.verdict_table(cases)),
        text.T1.format(**t1(main), periods=tables.period_table(main)),
        text.T2.format(
            **t2(main),
            three=tables.three_table(main),
            lags=tables.lag_table(main),
            placebos=tables.placebo_table(cases),
        ),
        text.T3.format(**t3(main), horizons=tables.ease_table(cases, source)),
        None,
        text.T11.format(**t11(main), catalysts=listed(main.catalysts, "{:+.2f}")),
        text.T15.format(**t15(main), path=tables.cut_table(cases), cuts=listed(main.cuts, "{:+.1f}%")),
        text.T17.format(**t17(main), tails=tables.tail_table(main)),
        text.SINCE.format(**late(main)),
        text.CHANGE.format(**change(main)),
        text.RECIPE,
    ]
    # Last, for it says what is left after every look of the page, and then how many there were.
    by_signal = text.SIGNALS.format(**signals(claims))
    looks = text.LOOKS.format(**looked(cases, claims))
    parts = [by_signal if part is None else part for part in others]
    parts[-2:-2] = [looks, luck()]
    return "\n\n".join(wrapped(block) for part in parts for block in part.strip("\n").split("\n\n")) + "\n"


def luck():
    """Return the chapter on luck that stands in the page: `python -m tests.docs.evidence_table` writes it."""
    return MARK + PAGE.read_text(encoding="utf-8").split(MARK)[1] + MARK


def signals(found):
    """Return the numbers and tables of T4 to T8 and T10."""
    stand_ins = [c.stand_in for c in found if c.stand_in]
    return {
        "parts": tables.signal_parts_table(found),
        "table": tables.signal_table(found),  # after the other: what it shows counts too
        "since_n": max(c.since.n for c in found if c.whole),
        "stand_ins": "".join(f" The history has no {said}." for said in stand_ins),
    }


def looked(cases, found):
    """Return how often the page has looked, and what is left of it."""
    shown, left = tables.SHOWN, tables.over_the_page()
    return {
        "n": len(shown), "below": sum(v <= tables.LEVEL for v in shown), "chance": f"{tables.LEVEL * len(shown):.0f}",
        "left": sum(left[v] <= tables.LEVEL for v in shown), "table": tables.looks_table(cases, found),
    }  # fmt: skip


def wrapped(block):
    """Return a paragraph, or each point of a list, in lines of 120; tables, headings and code as they are."""
    if block.startswith(("|", "#", "    ")):
        return block
    points = block.removeprefix("* ").split("\n* ") if block.startswith("* ") else [block]
    indents = {"initial_indent": "* ", "subsequent_indent": "  "} if block.startswith("* ") else {}
    lines = (textwrap.fill(" ".join(point.split()), 120, break_on_hyphens=False, **indents) for point in points)
    return "\n".join(lines)


def t1(c):
    """Return the numbers of T1's paragraph."""
    together = c.found.comovement
    edges = "; ".join(
        f"{b.date:%Y-%m-%d}, {signed(b.before, 2)} before and {signed(b.after, 2)} after, "
        f"catalysts within 30 days: {', '.join(b.events) or 'none'}"
        for b in together.breaks.dates
    )
    return {
        "low": signed(together.rolling.min(), 2), "high": signed(together.rolling.max(), 2),
        "last": signed(together.rolling.iloc[-1], 2), "break_p": p(together.breaks.p_value), "breaks": edges or "none",
        "without": ", ".join(part.name for part in together.parts if part.same.low <= 0 <= part.same.high) or "none",
    }  # fmt: skip


def t2(c):
    """Return the numbers of T2's paragraph."""
    d, lags = c.found.decision, c.found.correlogram
    trap, limits = c.found.trap, d.bounds
    after = [t for t in c.found.tests if t.name.startswith("out-of-sample")]
    granger = next(t for t in c.found.tests if t.name == "Granger, leader to traded")
    return {
        "own": f"{limits.smallest_own:.2%}", "whole": f"{limits.smallest_whole:.2%}",
        "sharpe": f"{d.power.sharpe:.1f}", "whole_sharpe": f"{sharpe(limits.smallest_whole):.1f}",
        "trend": f"{limits.trend_own:.2%}", "trend_whole": f"{limits.trend_whole:.2%}",
        "upper": f"{limits.upper_own:.2%}", "upper_whole": f"{limits.upper_whole:.2%}", "useful": f"{USEFUL_R2:.1%}",
        "after": p(c.found.after.p_value_searched),
        "falls": p(c.found.described["after falls alone"].p_value_searched),
        "corr_p": p(lags.p_value_leads), "led_p": p(lags.p_value_led), "granger": p(granger.p_value),
        "oos": " and ".join(f"{signed(100 * t.effect, 1)}%" for t in after),
        "false": signed(trap.correlations["close date"][2], 2), "false_p": p(trap.p_value["close date"]),
        "matched": signed(trap.correlations["matched"][2], 2), "matched_p": p(trap.p_value["matched"]),
    }  # fmt: skip


def t3(c):
    """Return the numbers of T3's paragraph."""
    leader, traded = c.same_day
    return {"iwm": f"{signed(leader.value, 2)} ({interval(leader.low, leader.high)})",
            "eth": f"{signed(traded.value, 2)} ({interval(traded.low, traded.high)})"}  # fmt: skip


def t11(c):
    """Return the numbers of T11's paragraph."""
    own = [c.events[name] for name in ("Ethereum upgrades", "Ethereum regulation and access")]
    said = "; ".join(
        f"{study.name}: {study.n}, {signed(study.asset.average[10], 1)}% on the day and {signed(study.asset.average[-1], 1)}% "
        f"by day 20 (95% of random dates: {signed(study.asset.low[-1], 1)} to {signed(study.asset.high[-1], 1)})"
        for study in own
    )
    return {"mean": signed(c.catalysts.mean, 2), "n": c.catalysts.n, "p": p(c.catalysts.p_value),
            "low": signed(c.catalysts.low, 2), "price": said}  # fmt: skip


def t15(c):
    """Return the numbers of T15's paragraph."""
    fell = sum(value < 0 for value in c.cuts.values)
    return {"mean": signed(c.cuts.mean, 1), "n": c.cuts.n, "p": p(c.cuts.p_value), "low": signed(c.cuts.low, 1),
            "fell": fell, "median": signed(float(np.median(c.cuts.values)), 1),
            "lowest": signed(min(c.cuts.values), 1), "rest": signed(float(np.mean(sorted(c.cuts.values)[1:])), 1)}  # fmt: skip


def t17(c):
    """Return the numbers of T17's paragraph."""
    together = c.found.comovement
    months = together.months
    return {
        "mean": f"{c.worst.mean:+.1%}", "low": f"{c.worst.low:+.1%}", "high": f"{c.worst.high:+.1%}", "n": c.worst.n,
        "p": p(c.hedge.p_value), "fell": f"{together.stress.traded_fell:.0%}", "falls": c.hedge.n,
        "beta_p": p(c.hedge.p_beta), "tail_p": p(c.hedge.p_tail), "tail": f"{c.hedge.tail[0]:.0%}",
        "tail_low": f"{c.hedge.tail[1]:.0%}", "tail_high": f"{c.hedge.tail[2]:.0%}",
        "down_low": f"{c.hedge.beta[1]:.2f}", "down_high": f"{c.hedge.beta[2]:.2f}",
        "leader": f"{together.stress.leader_mean:+.1%}", "otherwise": f"{together.stress.traded_mean_otherwise:+.1%}",
        "down": f"{c.hedge.beta[0]:.2f}",
        "up": f"{together.upside.slope:.2f} ({together.upside.low:.2f} to {together.upside.high:.2f})",
        "months": months.n, "month_leader": f"{months.leader_mean:+.1%}", "month": f"{months.traded_mean:+.1%}",
        "month_fell": f"{months.traded_fell:.0%}", "month_otherwise": f"{months.traded_mean_otherwise:+.1%}",
        "without": f"{together.without_stress.value:.2f}", "whole": f"{together.whole.value:.2f}",
    }  # fmt: skip


def late(c):
    """Return what the sessions since the claim say of each claim."""
    part, period = c.found.comovement.parts[-1], c.found.periods[-1]
    rows = c.rows.between(c.rows.labels[c.rows.labels >= CLAIM][0], None)
    ease = next(e for e in estimates(rows) if e.horizon == 20)
    catalysts, cuts = (
        [v for date, v in zip(s.dates, s.values, strict=True) if date >= CLAIM] for s in (c.catalysts, c.cuts)
    )
    x, y = (c.found.windows.table[name].to_numpy()[since(c.found)] for name in ("IWM", "traded"))
    return {
        "n": part.n, "t1": f"{signed(part.same.value, 2)} ({interval(part.same.low, part.same.high)})",
        "t2": f"{signed(part.eve.value, 2)} ({interval(part.eve.low, part.eve.high)})", "why": period.missing,
        "t3": f"{signed(ease.correlation, 2)} ({interval(ease.low, ease.high)})", "t3_n": ease.n,
        "t11": ", ".join(signed(v, 2) for v in catalysts) or "none", "t11_n": len(catalysts),
        "t15": ", ".join(f"{signed(v, 1)}%" for v in cuts) or "none", "t15_n": len(cuts),
        "t17": f"{c.worst.since[1]:+.1%}", "t17_n": c.worst.since[0],
        "iwm": f"{np.expm1(x.sum()):+.0%}", "eth": f"{np.expm1(y.sum()):+.0%}",
    }  # fmt: skip


def change(c):
    """Return what it would take."""
    power, n = c.found.decision.power, c.found.n
    needed = {r2: math.ceil(n * power.smallest_r2 / r2) for r2 in (0.001, 0.003, 0.005)}
    return {
        "r2": f"{power.smallest_r2:.2%}", "whole": f"{c.found.decision.bounds.smallest_whole:.2%}",
        "sharpe": f"{power.sharpe:.1f}", "n": f"{n:,}", "level": f"{ALPHA:.1%}",
        "sizes": "; ".join(f"{r2:.1%}: {m:,} sessions, {m / 252:.0f} years" for r2, m in needed.items()),
        "t11": signed(c.catalysts.low, 2), "t11_n": c.catalysts.n, "t15": signed(c.cuts.low, 1), "t15_n": c.cuts.n,
        "t3": f"{of_20(c).slope_high_pct:.1f}",
    }  # fmt: skip
