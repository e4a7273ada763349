"""docs/evidence_results.md and the chapter of docs/findings.md: two rows computed again, and each held to the other."""

import re

import pytest

from tests.docs import evidence_table
from tests.docs.evidence_table import PAGE, STUDIES, SWEEPS, rows_elsewhere, study_row
from tests.docs.findings.page import luck

COMMAND = "run: python -m tests.docs.evidence_table FOLDER"


def rows(text):
    """The cells of every row of every table."""
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]


def trials():
    """The number of trials that every row is judged after."""
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    return int(re.search(r"judged after ([\d,]+) trials", text).group(1).replace(",", ""))


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("name", ["small_cap_trend", "vol_target_hold"])
def test_a_row_is_what_its_command_gives(name, shared_market, tmp_path):
    from backtests import run
    from backtests.evidence.recorded import run_and_record

    result = run(name, source=f"folder:{shared_market}", **evidence_table.SPAN)
    record = run_and_record(result.experiment, out=tmp_path / "e", of=result.run_id, prior=trials() - 1).record
    assert record.n_trials == trials()
    assert study_row(name, record) in rows(PAGE.read_text(encoding="utf-8")), COMMAND


def test_every_study_and_sweep_stands_and_every_page_is_counted():
    text = PAGE.read_text(encoding="utf-8")
    studies, sweeps = text.split("## The sweeps")
    named = [row[1] for row in rows(studies.split("## The studies")[1]) if row[0] in set(STUDIES.values())]
    assert named == list(STUDIES)
    assert [row[0] for row in rows(sweeps)[2:]] == list(SWEEPS)
    assert trials() - rows_elsewhere() > sum(int(row[1]) for row in rows(sweeps)[2:]), COMMAND


def test_the_chapter_says_what_the_page_says():
    page, chapter = PAGE.read_text(encoding="utf-8"), luck()
    shown = {row[1]: row for row in rows(page.split("## Another leader")[0])}
    for name in STUDIES:
        row = next(row for row in rows(chapter) if len(row) > 2 and row[1] == name)
        whole = shown[name]
        assert [f"**{row[2]}**", *row[3:7]] == [whole[2], whole[4], *whole[6:8], whole[9]]
    assert [row for row in rows(chapter) if row[0] in SWEEPS and len(row) == 10] == rows(
        page.split("## The sweeps")[1]
    )[2:]
    for claim in ("T12", "T13", "T14"):
        assert any(row[0] == claim and "not shown" in row[2] for row in rows(chapter))
    found = re.search(
        r"Sharpe ratios? (?:is )?(-?\+?[\d.]+ \(.*?\))", " ".join(chapter.split("add to ETH's own?")[1].split())
    )
    assert found.group(1) in " ".join(page.split())
