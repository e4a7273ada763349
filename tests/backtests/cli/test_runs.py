"""harbinger runs: what a person needs to tell one run from another, at any width; JSON stays as it is."""

import json
from pathlib import Path

import pytest

from backtests.experiments.experiment import with_settings
from backtests.experiments.studies import load
from backtests.experiments.toml import dump
from backtests.registry import Registry
from backtests.runs.defaults import changed
from tests.backtests.registry.entries import run_entry, sweep_entry

NUMBERS = json.dumps({"sharpe": 0.7512345678, "total_return": 2501.253, "max_drawdown": -0.91234567, "orders": 167})
ID = "20261127-044012-own_trend_and_small_caps-e5f0c1"


@pytest.fixture
def rows(own_home):
    spec = dump(with_settings(load("small_cap_trend"), ["trend.lookback=90", "costs.slippage_bps=10"]))
    registry = Registry()
    registry.runs.add(
        run_entry(ID, study="small_cap_trend", source="simulated:null,seed=7", metrics=NUMBERS, spec=spec)
    )
    for at, reason in enumerate(("UsageError: no such folder", "DataError: ETH-USD jumps")):
        registry.runs.add(run_entry(f"broken-{at}", status="failed", reason=reason))
    registry.sweeps.begin(sweep_entry(axes='["trend.lookback", "threshold"]', sets="63"))
    return registry


def test_the_list_has_all_that_tells_runs_apart_at_80_columns(harbinger, rows):
    out = harbinger("runs", "list")[1]
    (numbers,) = [line for line in out.splitlines() if ID in line]
    assert numbers.split() == ["0.75", "250,125.3%", "-91.2%", ID]
    details = out.splitlines()[out.splitlines().index(numbers) + 1]
    for part in ("SIMULATED", "simulated:null,seed=7", "ETH-USD", "2018-01-01 to 2020-12-31"):
        assert part in details
    assert "trend.lookback=90" in details
    assert "costs.slippage_bps=10" in details
    assert "threshold=" not in details  # as the study has it
    assert "63 parameter sets" in out
    rows.annotations.change(ID, "the one to beat", add=["keep"])
    assert "the one to beat #keep" in harbinger("runs", "list")[1]
    assert "over trend.lookback, threshold" in out


def test_a_folder_is_named_alike_whoever_wrote_its_row(harbinger, rows):
    rows.runs.add(run_entry("placed", source="folder:/srv/history/market"))
    rows.runs.add(run_entry("passed-on", source="folder:.../market"))
    out = harbinger("runs", "list")[1]
    assert out.count("    folder:.../market, ETH-USD") == 2
    assert "/srv/history" not in out


def test_failures_fold_away_and_keep_their_reason(harbinger, rows):
    out = harbinger("runs", "list")[1]
    assert "2 failed, the last of them broken-1: ETH-USD jumps; all: harbinger runs list --status failed" in out
    assert "broken-0" not in out
    every = harbinger("runs", "list", "--status", "failed")[1]
    assert every.count("failed: ") == 2
    assert "no such folder" in every


def test_show_rounds_and_json_does_not(harbinger, rows):
    out = harbinger("runs", "show", ID)[1]
    assert "0.7512" not in out
    assert "-91.2%" in out
    assert json.loads(harbinger("runs", "show", ID, "--json")[1])["metrics"]["sharpe"] == 0.7512345678


def test_an_unknown_run_names_few(harbinger, rows):
    for at in range(50):
        rows.runs.add(run_entry(f"20270101-{at:06d}-x"))
    code, _, err = harbinger("runs", "show", "zzz")
    assert (code, err.count("2027")) == (2, 0)
    assert "harbinger runs list" in err
    assert len(err) < 250


def test_the_parts_of_a_count_add_up(harbinger, own_home):
    """256 = 5 + 252 + 1, an idea of both a run and a sweep counted once, was not to be understood."""
    from tests.backtests.registry.entries import trial_row

    registry = Registry()
    for id, idea in (("r1", "a"), ("r2", "b")):
        registry.runs.add(run_entry(id, idea))
    registry.sweeps.begin(sweep_entry())
    registry.sweeps.add("s1", 0, [trial_row("b"), trial_row("c"), trial_row("d")])
    first, second = harbinger("runs", "trials")[1].splitlines()[:2]
    assert first == "ETH: 4 distinct trials"
    assert second.strip() == "1 by runs alone + 2 by sweeps alone + 1 by both"


def test_a_study_of_ones_own_has_no_defaults_to_differ_from():
    assert changed("mine", "[strategy]\nuse = 'long_flat'") == {}
    assert changed("small_cap_trend", "no TOML [") == {}


def test_what_code_a_spec_names_does_not_run_for_a_list(harbinger, own_home):
    Path("bad.py").write_text("raise SystemExit('ran')")
    Registry().runs.add(run_entry("r", study="own_trend", spec="[strategy]\nuse = 'bad.py:X'"))
    code, out, _ = harbinger("runs", "list")
    assert (code, "use=bad.py:X" in out) == (0, True)
