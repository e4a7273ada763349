"""The index: one self-contained page of all work. Its cards are drawn from JSON, fifty at a time: that is quick."""

from __future__ import annotations

from collections.abc import Sequence

from backtests.pages import html
from backtests.pages.shell import own
from backtests.pages.text import many
from backtests.site.cards import TONES
from backtests.site.work import Work, parted

TITLE = "All work"
SORTS = {
    "newest": "newest first",
    "sharpe": "Sharpe ratio",
    "return": "return",
    "drawdown": "smallest drawdown",
    "trials": "most trials",
    "name": "name",
}
FOOTER = (
    "Curves on one log scale: blue the work's own, grey beside it (holding; of a sweep its best point, the blue is its "
    "best region). Bars are 95% intervals, of a stress test the range of each assumption; dashes mark zero. Notes and "
    "tags: harbinger runs note ID. What has no page links to its numbers. This page again: harbinger site."
)


def render(work: Sequence[Work], *, live: str = "") -> bytes:
    """Return the page as UTF-8. `live` is the address under which a server answers; empty on a page for the disk."""
    return html.page(
        TITLE,
        _answer(work),
        _filters(),
        f'<p id="count" role="status"{_live(live)}></p><p id="state" role="status"></p>',
        '<ol class="work" id="work"></ol><button id="more" type="button" hidden>Show more</button>',
        _pair(),
        html.embedded([one.content() for one in work], "rows", is_plain=True),
        footer=FOOTER,
        script=own("site/site.js"),
        style=own("site/site.css"),
        asks=bool(live),
    )


def _answer(work: Sequence[Work]) -> str:
    """Return what all of it comes to, in one sentence: how much, and what the verdicts on luck say of it."""
    standing, failed = parted(work)
    real = [one for one in standing if not one.answer.simulated]
    beside = f", and {many(len(failed), 'failed attempt')}" if failed else ""
    said = f"{many(len(standing), 'piece')} of work, {len(real):,} on real history{beside}."
    return html.paragraph(f"{said}{_verdicts(real)}", "lead")


def _verdicts(work: Sequence[Work]) -> str:
    """Return how many runs have which verdict; `work` has none on simulated markets, whose truth was planted."""
    words = [one.answer.verdict for one in work if one.answer.kind == "run" and one.answer.verdict]
    told = ", ".join(f"{word} {words.count(word):,}" for word in TONES if word in words)
    return f" Verdicts on luck of {many(len(words), 'run')} on it: {told}." if words else ""


def _filters() -> str:
    sorts = "".join(f'<option value="{name}">{words}</option>' for name, words in SORTS.items())
    data = '<option value="">all</option><option value="real">real</option><option value="simulated">simulated</option>'
    return (
        '<div class="controls" role="search">'
        '<label>Search (/)<input type="search" id="search" placeholder="name, id, #tag, note" '
        'autocomplete="off"></label>'
        '<label>Kind<select id="kind"></select></label><label>Verdict<select id="verdict"></select></label>'
        f'<label>Data<select id="data">{data}</select></label><label>Tag<select id="tag"></select></label>'
        f'<label>Sort by<select id="sort">{sorts}</select></label>'
        '<label class="check"><input type="checkbox" id="failed">failed attempts</label></div>'
    )


def _pair() -> str:
    return (
        '<div class="bar" id="pair" role="status" hidden>Hold the two side by side: <code id="command"></code>'
        '<button id="copy" type="button">copy</button> <a id="compared" hidden>their comparison</a></div>'
    )


def _live(address: str) -> str:
    return f' data-live="{address}"' if address else ""
