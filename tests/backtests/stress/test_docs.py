"""The documented tables are what their commands give."""

import pytest

from tests.docs import stress_table, walk_forward_table


def column(page, mark, name):
    """Return the cells below a head of the generated table."""
    text = page.read_text(encoding="utf-8").split(mark)[1]
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    at = next(place for place, cell in enumerate(lines[0]) if name in cell)
    return {line[0]: line[at] for line in lines[2:] if len(line) > at}


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_stress_of_own_trend_is_as_documented(shared_market, tmp_path):
    record = stress_table.stressed("own_trend", shared_market, tmp_path)
    documented = column(stress_table.PAGE, stress_table.MARK, "`own_trend`")
    for name in stress_table.GROUPS:
        assert documented[name] == stress_table._range(record, name), "run: python -m tests.docs.stress_table FOLDER"
    far = stress_table._own(record, stress_table.to_bounds(record))
    assert documented["its own parameters, to their bounds"] == far
    assert documented["cases"] == str(record.cases)


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_walk_forward_of_own_trend_is_as_documented(shared_market, tmp_path, monkeypatch):
    monkeypatch.setattr("backtests.runs.tearsheet.page.render", lambda *_: b"a page")
    row = walk_forward_table.row(walk_forward_table.walked("own_trend", shared_market, tmp_path))
    text = walk_forward_table.PAGE.read_text(encoding="utf-8")
    assert f"| {' | '.join(row)} |\n" in text, "run: python -m tests.docs.walk_forward_table FOLDER"
