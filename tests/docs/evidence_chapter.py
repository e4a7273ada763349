"""The chapter of docs/findings.md on luck: what docs/evidence_results.md says of the article's three views."""

from tests.docs import evidence_table as results
from tests.docs.findings.page import MARK, PAGE, luck, wrapped

VIEWS = {
    "T12": "bullish: easing keeps risk on; small caps' trend while cuts are priced",
    "T13": "bearish: step out, or go short, on weakness, credit stress and fading cuts",
    "T14": "balanced: small caps while coupled, ETH's own trend when not",
}
CHAPTER = """\
## Is it luck? T12, T13 and T14 as strategies

What would have survived honest testing: the three views of the article, small caps' trend and its controls as studies
({span}), and sweeps around them, by the rule of [evidence](evidence.md) that was fixed before the numbers. Every row is
judged after {trials:,} trials, all rows and sets of every page of results. All figures, and how they are made, are in
[evidence_results](evidence_results.md).

{views}

Found in 4 of 5: the true active Sharpe ratio that four samples of five as long would have shown at 5%, as the only trial
and after all. "Not shown" is not "shown to be false": a smaller edge may be there. Before and since: 2025-10-08, when
the claim was published; {since:.1f} years can embarrass it, never confirm it.

{studies}

The best of each sweep, judged among its sets:

{sweeps}

Does small caps' trend add to ETH's own? At one volatility the difference of the Sharpe ratios is {c5}. {c5_says}

Active Sharpe ratio of the same rules with another leader in the seat of small caps, where they must not do as well:

{leaders}

{says}
"""
STUDY_COLUMNS = [
    "claim", "study", "verdict", "active Sharpe (95%)", "deflated", "SPA p", "placebo p", "before", "since", "found in 4 of 5",
]  # fmt: skip


def chapter(judged):
    """Return the chapter, from its mark to its mark."""
    any_of = judged.studies["own_trend"]
    c5 = any_of.c5_minus_c4
    sweeps = [results.sweep_row(name, e) for name, e in judged.sweeps.items()]
    text = CHAPTER.format(
        span=" to ".join(results.SPAN.values()),
        trials=any_of.n_trials,
        since=judged.since_years,
        views=results.table(
            ["claim", "view", "answer"], [[id, said, answer(id, judged)] for id, said in VIEWS.items()]
        ),
        studies=results.table(STUDY_COLUMNS, [study_row(name, judged) for name in judged.studies]),
        sweeps=results.table(results.SWEEP_COLUMNS, sweeps),
        c5=f"{c5.sharpe:+.2f} ({results.ends(c5.interval)})",
        c5_says=results.c5_says(judged),
        leaders=results.table(results.LEADER_COLUMNS, results.leader_rows(judged.studies)),
        says=results.summary(judged),
    )
    blocks = [wrapped(block) for block in text.strip("\n").split("\n\n")]
    return "\n\n".join([MARK, *(block.strip("\n") for block in blocks), MARK])


def answer(claim, judged):
    """Return whether a view works: by the verdicts on its studies and the sweep around it."""
    own = [e for name, e in judged.studies.items() if results.STUDIES[name] == claim]
    own += [e for name, e in judged.sweeps.items() if results.STUDIES[name] == claim]
    words = [e.verdict for e in own]
    if "survives" in words:
        return "works"
    lost = words.count("does not survive")
    needed = max(results.detectable(e.bars, e.n_trials) for e in own)
    alone = f" ({lost} of {len(words)} exclude a useful edge)" if lost else ""
    return f"not shown{alone}; an active Sharpe ratio of {needed:.1f} would have been, after all trials"


def study_row(name, judged):
    """Return a study's row."""
    e = judged.studies[name]
    _, _, early, late, first, all_of = results.split_row(name, judged)
    return [
        results.STUDIES[name], name, e.verdict, results.active(e), results.two(e.deflated_sharpe), results.two(e.spa_p_value),
        results.two(e.placebo_p_value), early, late, f"{first}; {all_of}",
    ]  # fmt: skip


def write(judged):
    """Put the chapter in the place of the one that stands in docs/findings.md."""
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(text.replace(luck(), chapter(judged)), encoding="utf-8")
