"""Combinatorial purged cross-validation: every choice of blocks is tested on what the others were trained on.

Lopez de Prado (2018), Advances in financial machine learning, chapter 12. Unlike walk-forward, training follows testing
too, so that what a feature looks back on must be kept out of it: the embargo.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class CombinatorialPurgedCV:
    """Rows in `blocks` equal parts, of which every choice of `tested` is tested once and the rest trained on.

    Training leaves out `purge` rows before each tested part (rows whose label reaches into it) and `embargo` rows after
    it (rows whose features look back into it). ValueError unless 1 <= tested < blocks and both gaps are 0 or more.
    """

    blocks: int = 6
    tested: int = 2
    purge: int = 0
    embargo: int = 0

    def __post_init__(self) -> None:
        """Refuse what makes no choice."""
        if not 1 <= self.tested < self.blocks:
            raise ValueError(f"tested = {self.tested} must be 1 or more and below blocks = {self.blocks}")
        if self.purge < 0 or self.embargo < 0:
            raise ValueError(f"purge = {self.purge} and embargo = {self.embargo} must be 0 rows or more")

    @property
    def splits(self) -> int:
        """How many choices there are: C(blocks, tested)."""
        return comb(self.blocks, self.tested)

    @property
    def paths(self) -> int:
        """How many whole histories the tested parts make: each part is tested as often."""
        return self.splits * self.tested // self.blocks

    def split(self, n: int) -> Iterator[tuple[Ints, Ints]]:
        """Yield (rows trained on, rows tested), ascending, of n rows; ValueError where a block would be empty."""
        if n < self.blocks:
            raise ValueError(f"n = {n} rows: blocks = {self.blocks} need one each")
        edges = np.linspace(0, n, self.blocks + 1).astype(np.int64)
        for chosen in combinations(range(self.blocks), self.tested):
            test, kept = np.zeros(n, dtype=bool), np.ones(n, dtype=bool)
            for block in chosen:
                first, end = edges[block], edges[block + 1]
                test[first:end] = True
                kept[max(first - self.purge, 0) : end + self.embargo] = False
            yield np.flatnonzero(kept), np.flatnonzero(test)

    def path_of(self) -> dict[tuple[int, int], int]:
        """Return {(split, block): path}: the tested parts with one path make one whole history."""
        seen = [0] * self.blocks
        found: dict[tuple[int, int], int] = {}
        for split, chosen in enumerate(combinations(range(self.blocks), self.tested)):
            for block in chosen:
                found[split, block] = seen[block]
                seen[block] += 1
        return found
