"""Tables on a narrow terminal: every column stands somewhere, and no number loses a digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from backtests.cli import screen
from backtests.cli.stretches import GAP, stretches

CELLS = st.lists(st.text("0123456789.-%", min_size=1, max_size=12), min_size=1, max_size=14)


@given(cells=CELLS, width=st.integers(20, 130))
def test_every_column_stands_once_beside_the_first_and_fits(cells, width):
    columns = ["what", *(f"n{at}" for at in range(len(cells)))]
    found = stretches(columns, [["a row", *cells]], range(1, len(columns)), width)
    assert [at for kept in found for at in kept if at] == list(range(1, len(columns)))
    needs = [max(cell_len(name), cell_len(cell)) for name, cell in zip(columns, ["a row", *cells], strict=True)]
    for kept, after in zip(found, [*found[1:], None], strict=True):
        assert kept[0] == 0
        taken = sum(needs[at] + GAP for at in kept) - GAP
        assert taken <= width or len(kept) == 2  # one beside the first stands there whatever it needs
        assert after is None or taken + GAP + needs[after[1]] > width  # no more would have fitted


def test_a_table_without_rows_and_one_of_a_column_are_printed():
    assert stretches(["a", "b"], [], (1,), 80) == [[0, 1]]
    assert stretches(["a"], [["x"]], (), 80) == [[0]]


def test_a_head_of_two_lines_is_as_wide_as_the_wider_one():
    heads = ["meeting", *["325-\n350"] * 8]
    assert stretches(heads, [["2026-09-16", *["59.0%"] * 8]], range(1, 9), 66) == [list(range(9))]


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_digit_of_a_number_is_cut(monkeypatch, capsys, width):
    monkeypatch.setattr(screen.OUT, "width", width)
    numbers = [f"-{at}.{at:05d}%" for at in range(1, 13)]
    screen.table("net", ["", *map(str, range(1, 13))], [["Turnover a year (times equity)", *numbers]], range(1, 13))
    out = capsys.readouterr().out
    assert [number for number in numbers if number not in out.split()] == []
    assert max(map(len, out.splitlines())) <= width
