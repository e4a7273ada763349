"""No file that harbinger writes into a folder of results names an absolute path or the user, and all of it runs again."""

from pathlib import Path

import pytest

from tests.contracts import make_tables

SIGNAL = """
from dataclasses import dataclass
from signals.base import Signal

@dataclass(frozen=True)
class Mine(Signal):
    unit = "log return"

    @property
    def needs(self):
        return ("leader",)

    @property
    def history(self):
        return 2

    def compute(self, market):
        prices = market["leader"].values
        return prices / prices.shift(1) - 1
"""
STUDY = '[strategy]\nuse = "long_flat"\n[strategy.trend]\nuse = "{use}"\n'
SPAN = ("--start", "2020-01-01", "--end", "2021-06-30")


@pytest.fixture(scope="module")
def tables():
    return make_tables(["ETH-USD", "IWM", "SPY", "QQQ", "BTC-USD"])


@pytest.fixture
def laid(harbinger, tables, tmp_path, monkeypatch):
    """Lay history and code below a folder, stand elsewhere, and return the words that name them."""
    monkeypatch.setenv("HOME", str(tmp_path / "zq-user"))

    def lay(place, stand):
        for folder in (tmp_path / place / "history", tmp_path / stand):
            folder.mkdir(parents=True, exist_ok=True)
        for id, table in tables.items():
            table.to_csv(tmp_path / place / "history" / f"{id}.csv", index=False, date_format="%Y-%m-%d")
        code = tmp_path / place / "mine.py"
        code.write_text(SIGNAL)
        monkeypatch.chdir(tmp_path / stand)
        Path("study.toml").write_text(STUDY.format(use=code))
        return code, ("--source", f"folder:{tmp_path / place / 'history'}")

    return lay


def clean(tmp_path, *folders):
    files = [file for folder in folders for file in Path(folder).rglob("*") if file.is_file()]
    assert files
    for file in files:
        content = file.read_bytes()
        for secret in (str(tmp_path), "zq-user", str(Path(__file__).resolve().parent.parent.parent)):
            at = content.find(secret.encode())
            assert at < 0, (str(file), content[max(at - 100, 0) : at + 100])


@pytest.mark.uncounted
@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "stand"), [("zq-user/work", "zq-user/work"), ("zq-user/files", "desk"), ("disk", "desk")]
)
def test_a_run_names_no_place_and_runs_again(harbinger, laid, tmp_path, monkeypatch, place, stand):
    _, source = laid(place, stand)
    code, _, err = harbinger("run", "study.toml", *source, *SPAN, "--out", "a", "--no-tearsheet")
    assert (code, err) == (0, "")
    clean(tmp_path, "a")
    run_id = harbinger("runs", "list", "--json")[1].partition('"run_id": "')[2].partition('"')[0]
    monkeypatch.chdir(tmp_path)
    assert harbinger("runs", "rerun", run_id)[0] == 0  # the registry, in the user's own folder, knows the place
    again = harbinger("run", tmp_path / stand / "a" / "spec.toml", "--out", "b", "--no-tearsheet")
    if place == "disk":
        assert (again[0], "the folder of this file is not written" in again[2]) == (2, True)
    else:
        assert again[0] == 0
        assert Path("b/equity.csv").read_bytes() == (tmp_path / stand / "a" / "equity.csv").read_bytes()


@pytest.mark.uncounted
@pytest.mark.slow
def test_no_verb_names_a_place(harbinger, laid, tmp_path):
    code, source = laid("zq-user/deep/files", "desk")
    for words in (
        ("run", "study.toml", *SPAN, "--out", "a"),
        ("sweep", "study.toml", *SPAN, "-s", "threshold=0,0.01", "-s", "market.traded=ETH-USD,XRP-USD", "--out", "s"),
        ("signal", code, "--end", "2021-06-30", "--out", "g"),
        ("lead", "--end", "2021-06-30", "--out", "l"),
        ("compare", "a", "hold_eth", "--out", "c"),
    ):
        status, _, err = harbinger(*words, *source)
        assert status == 0, err
    clean(tmp_path, "a", "s", "g", "l", "c")
    assert "XRP-USD" in Path("s/trials.csv").read_text()
