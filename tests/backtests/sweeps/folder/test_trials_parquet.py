"""trials.parquet holds what trials.csv and subperiods.csv hold, and stands for them where a sweep is very large."""

import csv

import numpy as np
import pandas as pd
import pytest

from backtests.metrics.performance import NAMES
from backtests.registry import Registry
from backtests.sweeps import recorded
from backtests.sweeps.folder import trials_parquet
from backtests.sweeps.folder.table import PARTS, SetRow, Table

PATHS = ("trend.lookback", "threshold", "study.start", "costs.cash_yield")
SWEEP = ("sweep", "small_cap_trend", "--source", "simulated", "--start", "2021-01-01", "--end", "2021-12-31",
         "-s", "trend.lookback=20,40", "-s", "threshold=0,0.01", "--workers", "1")  # fmt: skip


def rows(count):
    """Return rows of every kind: numbers that are hard to write, undefined ones, commas, ruin and failure."""
    draw = np.random.default_rng(3)
    found = []
    for at in range(count):
        metrics = [float(x) for x in draw.normal(size=len(NAMES)) * 10.0 ** draw.integers(-9, 18, len(NAMES))]
        metrics[NAMES.index("orders")] = float(at)
        parts = [float(x) for x in draw.normal(size=PARTS)]
        values = (20 + at, at / 3, f"2021-01-{at + 1:02d}", "DGS3MO" if at % 2 else 0.5)
        fate = ("ok", "ruin", "failed")[at % 3]
        if fate == "failed":
            metrics, parts = [np.nan] * len(NAMES), [np.nan] * PARTS
        found.append(SetRow(values, metrics, parts, fate, "" if fate == "ok" else 'a, "b"\nc'))
    return found


def test_it_reads_as_the_csv_does(tmp_path):
    made = rows(12)
    table = Table(tmp_path, PATHS, PARTS)
    table.begin()
    table.add(made)
    table.finish()
    trials_parquet.write(
        tmp_path, PATHS, [row.values for row in made], np.array([row.metrics for row in made]),
        np.array([row.parts for row in made]), [row.status for row in made], [row.reason for row in made],
    )  # fmt: skip
    with (tmp_path / "trials.csv").open(newline="") as file:
        header, *cells = csv.reader(file)
    assert list(trials_parquet.rows(tmp_path, PATHS)) == cells
    kept = pd.read_parquet(tmp_path / "trials.parquet")
    assert list(kept)[: len(header)] == header
    parts = pd.read_csv(tmp_path / "subperiods.csv")
    pd.testing.assert_frame_equal(kept[list(parts)], parts, check_exact=True)
    with pytest.raises(ValueError, match="columns"):
        list(trials_parquet.rows(tmp_path, PATHS[1:]))


def test_numbers_are_written_as_repr_does(tmp_path):
    table = Table(tmp_path, PATHS, PARTS)
    table.begin()
    made = rows(12)
    table.add(made)
    with (tmp_path / "trials.csv.part").open(newline="") as file:
        cells = list(csv.reader(file))[1:]
    at, orders = len(PATHS), NAMES.index("orders")
    for row, line in zip(made, cells, strict=True):
        wanted = ["" if x != x else repr(x) for x in row.metrics]
        wanted[orders] = wanted[orders].removesuffix(".0")
        assert line[at : at + len(NAMES)] == wanted


@pytest.mark.slow
def test_a_very_large_sweep_keeps_its_csv_on_request(harbinger, monkeypatch, tmp_path):
    monkeypatch.setattr(recorded, "MOST_CSV", 3)
    assert harbinger(*SWEEP, "--csv", "--out", "kept")[0] == 0
    assert (tmp_path / "kept" / "trials.csv").is_file()
    assert harbinger(*SWEEP, "--out", "s")[0] == 0
    assert not [*(tmp_path / "s").glob("*.csv.part"), *(tmp_path / "s").glob("[ts][ru][ib]*.csv")]
    before = Registry().sweeps.newest()[0]
    rows = Registry().sweeps.rows(before)
    Registry().database.path.unlink()
    assert harbinger("runs", "recover", "s")[0] == 0
    again = Registry().sweeps.rows(Registry().sweeps.show(before.sweep_id))
    pd.testing.assert_frame_equal(again, rows)
