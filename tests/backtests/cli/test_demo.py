"""The demo: a planted lead is found, a null is not, over twenty pairs of worlds."""

from pathlib import Path

import pytest

from backtests.experiments.studies import load
from backtests.record import read
from backtests.runs.answer import answer
from backtests.runs.record import RunRecord
from backtests.runs.run import run
from data.sources.simulated.source import DEFAULT_STRENGTH, SimulatedSource
from data.store import Store

SEEDS = range(1, 21)


def wins(strength, folder):
    """In how many worlds the demo's rule has the better net Sharpe ratio than holding."""
    experiment, store = load("small_cap_trend").with_value("study.start", "2018-01-01"), Store(folder)
    runs = [run(experiment, SimulatedSource(strength=strength, seed=seed), store) for seed in SEEDS]
    return sum(r.metrics["sharpe"] > r.benchmarks["hold ETH-USD"]["sharpe"] for r in runs)


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_planted_lead_is_found(tmp_path):
    assert wins(DEFAULT_STRENGTH, tmp_path) >= 16


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_null_is_not(tmp_path):
    assert wins(0.0, tmp_path) <= 14


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_screen_and_the_pages(harbinger):
    code, out, err = harbinger("demo", "--seed", "1")
    assert (code, err) == (0, "")
    planted, null = (answer(read(RunRecord, Path("runs/demo", kind, "run.json"))) for kind in ("planted", "null"))
    assert f"planted: {planted} null: {null}" in " ".join(out.split())
    assert "Survives: active" in planted
    assert "Does not survive" in null
    assert out.startswith("SIMULATED")
    for kind in ("planted", "null"):
        folder = Path("runs/demo", kind)
        assert {p.name for p in folder.iterdir()} == {
            "equity.csv", "orders.csv", "run.json", "spec.toml", "tearsheet.html"}  # fmt: skip
        assert str(folder.resolve() / "tearsheet.html") in out.replace("\n", "")
        assert "<title>SIMULATED" in (folder / "tearsheet.html").read_text()
    # One market is the other plus a lead: same IWM, other ETH.
    planted, null = ((Path("runs/demo") / kind / "equity.csv").read_text() for kind in ("planted", "null"))
    assert planted != null
