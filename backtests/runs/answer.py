"""Answer: what a run says in one sentence. It stands first on its page, on its screen and on its card.

What beat what and by how much, over which span, how sure that is, after how many trials. All of it is read off the
record of the run.
"""

from __future__ import annotations

from backtests.pages.text import interval, number, signed
from backtests.runs.evidence import RunEvidence
from backtests.runs.record import Numbers, RunRecord


def answer(run: RunRecord) -> str:
    """Return the whole answer: `comparison`, then `certainty`."""
    return " ".join(part for part in (comparison(run), certainty(run.evidence)) if part)


def comparison(run: RunRecord) -> str:
    """Return which was better, the run or holding the traded asset: by the Sharpe ratio, and in money beside it."""
    own, held, name = run.metrics, run.held, f"holding {run.market.traded}"
    span = f"from {run.start} to {run.end}"
    ratios = own["sharpe"], held["sharpe"]
    if run.status == "ruin":
        return f"{run.study} ended in ruin {span}; {name} returned {_money(held)}."
    if ratios[0] is None or ratios[1] is None:
        return f"{run.study} returned {_money(own)} {span}, {name} {_money(held)}; a Sharpe ratio is undefined."
    if number("sharpe", ratios[0]) == number("sharpe", ratios[1]):
        return f"{run.study} and {name} did as well {span}: {_both(own, held)}."
    won = ratios[0] > ratios[1]
    first, second = (run.study, name) if won else (_capital(name), run.study)
    better, worse = (own, held) if won else (held, own)
    money = (better["total_return"] or 0.0) >= (worse["total_return"] or 0.0)
    return f"{first} beat {second}{'' if money else ' by risk, not by return,'} {span}: {_both(better, worse)}."


def certainty(evidence: RunEvidence | None) -> str:
    """Return how sure that is: the verdict on luck, what timing added with its interval, and the number of trials."""
    if evidence is None:
        return ""
    word, tried = _capital(evidence.verdict), f"{evidence.n_trials:,} trial{'s' * (evidence.n_trials != 1)}"
    if evidence.active_sharpe is None or evidence.active_interval is None:
        why = "; ".join(dict.fromkeys(evidence.missing.values()))
        return f"{word}: {why}." if why else f"{word}."
    bounds = interval(*evidence.active_interval)
    return f"{word}: active Sharpe ratio {signed(evidence.active_sharpe)} (95% {bounds}) after {tried}."


def _both(better: Numbers, worse: Numbers) -> str:
    ratios = (number("sharpe", numbers["sharpe"]) for numbers in (better, worse))
    return f"Sharpe ratio {' against '.join(ratios)}, return {_money(better)} against {_money(worse)}"


def _money(numbers: Numbers) -> str:
    value = numbers["total_return"]
    return number("total_return", value) if value is None or abs(value) < 1 else f"{value:,.0%}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
