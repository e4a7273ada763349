"""On real history: the claims that the data must reproduce, the studies, and nothing that looks ahead."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from backtests.experiments.studies import load, study_names
from data.catalogue import lookup
from data.sources.folder.source import FolderSource
from data.table import to_series
from tests.paths import ROOT

SPAN = ("--start", "2018-01-01", "--end", "2026-05-31")


def equity_lines(folder):
    return Path(folder, "equity.csv").read_text().splitlines()


def copy_history(market, folder, ids, change):
    """Copy the files of `ids` into `folder`, each through `change(rows)`."""
    folder.mkdir()
    for id in ids:
        file = next(market.glob(f"*/{id}.csv"))
        header, *rows = file.read_text().splitlines()
        (folder / file.name).write_text("\n".join([header, *change(rows)]) + "\n")
    return folder


def test_t16_the_rise_of_small_caps(shared_market):
    """T16, "over 42% since earlier this year": the Russell 2000 from its low of April 2025 to its high of October."""
    row = lookup("^RUT")
    series = to_series(FolderSource(shared_market).load(row), row, "folder").frame.set_index("observed")["value"]
    low, high = series[pd.Timestamp("2025-04-08")], series[pd.Timestamp("2025-10-06")]
    assert (round(low, 2), round(high, 2)) == (1760.71, 2486.35)
    assert round(100 * (high / low - 1), 1) == 41.2
    year = series["2025-01-01":"2025-10-06"]
    assert (year.idxmin(), year.idxmax()) == (pd.Timestamp("2025-04-08"), pd.Timestamp("2025-10-06"))


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("study", study_names())
def test_cutting_every_file_changes_no_earlier_row(harbinger, shared_market, tmp_path, study):
    def run(source, out):
        code, _, err = harbinger("run", study, "--source", f"folder:{source}", *SPAN, "--out", out, "--no-tearsheet")
        assert (code, err) == (0, "")
        return equity_lines(out)

    ids = load(study).needs
    whole = run(shared_market, "whole")
    for cut in ("2019-07-05", "2020-03-15", "2022-11-24", "2025-10-09"):
        folder = copy_history(
            shared_market, tmp_path / cut, ids, lambda rows, cut=cut: [r for r in rows if r[:10] <= cut]
        )
        part = run(folder, f"cut-{cut}")
        before = [line for line in part[1:] if line[:10] < cut]
        assert len(before) > 500
        assert before == whole[1 : 1 + len(before)]
        assert part[-1][:10] == cut


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize("study", study_names())
def test_poisoning_the_future_changes_no_earlier_row(harbinger, shared_market, tmp_path, study):
    cut = "2021-05-19"

    def poison(rows):
        head = [r for r in rows if r[:10] <= cut]
        later = [r.split(",") for r in rows if r[:10] > cut]
        # Every later number a tenth larger: shapes stay sound, levels do not, and no check takes it for damage.
        return head + [",".join([r[0], *(repr(float(v) * 1.1) if v else v for v in r[1:])]) for r in later]

    folder = copy_history(shared_market, tmp_path / "poisoned", load(study).needs, poison)
    for source, out in ((shared_market, "clean"), (folder, "dirty")):
        assert harbinger("run", study, "--source", f"folder:{source}", *SPAN, "--out", out, "--no-tearsheet")[0] == 0
    clean, dirty = equity_lines("clean"), equity_lines("dirty")
    n = sum(line[:10] <= cut for line in clean[1:])
    assert clean[: 1 + n] == dirty[: 1 + n]
    assert clean[1 + n :] != dirty[1 + n :]


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_documented_table_is_what_the_command_gives(harbinger, shared_market):
    """docs/results.md holds what the studies gave on this history; it cannot drift."""
    text = (ROOT / "docs" / "results.md").read_text()
    rows = re.findall(r"^\| (.+?) \| `([0-9a-f]{16})` \| (.+) \|$", text, flags=re.MULTILINE)
    assert len(rows) >= 6
    from tests.docs.results import CASES, cells

    assert [row[0] for row in rows] == list(CASES)
    of = {name: figures.split(" | ") for name, _, figures in rows}["small_cap_trend"]
    said = " ".join((ROOT / "README.md").read_text().split())
    assert f"a Sharpe ratio of {of[1]} after costs (95%: {of[2]}) where holding gave {of[7]}" in said
    for (name, fingerprint, figures), words in zip(rows, CASES.values(), strict=True):
        words = (
            "run",
            *words,
            "--source",
            f"folder:{shared_market}",
            *SPAN,
            "--json",
            "--no-tearsheet",
            "--out",
            fingerprint + name.replace("/", "-"),
        )
        code, out, _ = harbinger(*words)
        assert code == 0
        run = json.loads(out)
        equity = pd.read_csv(Path(words[-1]) / "equity.csv", parse_dates=["date"], index_col="date")
        assert (run["data_fingerprint"], " | ".join(cells(run, equity))) == (fingerprint, figures), name


@pytest.mark.uncounted
@pytest.mark.slow
def test_the_documented_sweep_is_what_the_command_gives(shared_market, tmp_path):
    from tests.docs.sweep_table import MARK, PAGE, example, figures

    done = example(shared_market, tmp_path)
    assert len(done.trials) == 10_000
    assert PAGE.read_text(encoding="utf-8").split(MARK)[1] == figures(done.content), (
        "run: python -m tests.docs.sweep_table"
    )
