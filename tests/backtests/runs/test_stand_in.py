"""A series that stands in for one that the source lacks: taken on every path, and said in every report."""

import json
from pathlib import Path

import pytest

from tests.contracts import make_tables

STUDY = """\
[study]
name = "liquidity"

[strategy]
use = "long_flat"

[strategy.trend]
use = "net_liquidity"
"""
SAID = "has no WDTGAL (Treasury general account, Wednesday): WTREGEN (Treasury general account, week average) stands in"


@pytest.fixture
def words(tmp_path):
    """A folder that has the week's average and not Wednesday's account."""
    folder = tmp_path / "history"
    folder.mkdir()
    for id, table in make_tables(["ETH-USD", "IWM", "WALCL", "WTREGEN", "RRPONTSYD"]).items():
        table.to_csv(folder / f"{id}.csv", index=False, date_format="%Y-%m-%d")
    (tmp_path / "liquidity.toml").write_text(STUDY)
    return "--source", f"folder:{folder}"


def test_a_run_says_so_and_runs_again_from_its_frozen_inputs(harbinger, words):
    code, out, _ = harbinger("run", "liquidity.toml", *words, "--out", "out", "--no-tearsheet")
    assert (code, SAID in " ".join(out.split())) == (0, True)
    content = json.loads(Path("out/run.json").read_text())
    assert any(SAID in warning for warning in content["warnings"])
    assert harbinger("run", "out/spec.toml", "--out", "again", "--no-tearsheet")[0] == 0
    assert Path("again/equity.csv").read_text() == Path("out/equity.csv").read_text()


@pytest.mark.slow
def test_the_board_and_the_sheet_say_so(harbinger, words):
    board = json.loads(harbinger("today", "liquidity.toml", *words, "--as-of", "2022-03-01", "--json")[1])
    signal = next(signal for signal in board["signals"] if signal["name"] == "net_liquidity")
    assert (signal["missing"], SAID in signal["note"]) == (None, True)
    assert [entry["id"] for entry in signal["inputs"]] == ["WALCL", "WTREGEN", "RRPONTSYD"]
    assert SAID in board["studies"][0]["note"]
    sheet = json.loads(harbinger("signal", "net_liquidity", *words, "--json", "--out", "sheet")[1])
    assert any(SAID in warning for warning in sheet["warnings"])


@pytest.mark.slow
def test_the_checks_and_a_sweep_take_it(harbinger, words):
    for kind in ("lookahead", "warmup"):
        code, _, err = harbinger("check", kind, "net_liquidity", *words, "--cuts", 12)
        assert (code, SAID in " ".join(err.split())) == (0, True), kind
    axis = ("-s", "trend.lookback=4,13")
    code, _, err = harbinger("sweep", "liquidity.toml", *words, *axis, "--out", "sweep", "--workers", 1)
    assert code == 0, err
    assert any(SAID in note for note in json.loads(Path("sweep/sweep.json").read_text())["notes"])


def test_without_either_the_one_that_is_wanted_is_named(harbinger, words):
    Path(words[1].removeprefix("folder:"), "WTREGEN.csv").unlink()
    code, _, err = harbinger("run", "liquidity.toml", *words, "--out", "out")
    assert (code, "WDTGAL" in err, "WTREGEN" in err) == (1, True, False)
