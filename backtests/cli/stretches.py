"""What of a wide table fits on a terminal at once: its first column, and as many of the others as stand there whole."""

from __future__ import annotations

from collections.abc import Container, Sequence

from rich.cells import cell_len

GAP, WORD = 2, 16  # characters between columns; of text, what a column wraps at and not within


def stretches(
    columns: Sequence[str], rows: Sequence[Sequence[str]], whole: Container[int], width: int
) -> list[list[int]]:
    """Return the positions of the columns of each table to print, below one another, `width` characters wide.

    Columns at `whole` are never cut: a number without its last digits is another number. The first column stands in
    every table; all of them are in one where they fit.
    """
    needs = [_needed([name, *(row[at] for row in rows)], at == 0 or at in whole) for at, name in enumerate(columns)]
    found: list[list[int]] = [[0]]
    for at in range(1, len(columns)):
        if len(found[-1]) > 1 and sum(needs[one] + GAP for one in [*found[-1], at]) - GAP > width:
            found.append([0])
        found[-1].append(at)
    return found


def _needed(cells: Sequence[str], whole: bool) -> int:
    if whole:
        return max((cell_len(line) for cell in cells for line in cell.splitlines()), default=0)
    return min(WORD, max((cell_len(word) for cell in cells for word in cell.split()), default=0))
