"""harbinger.toml: a default source, accepted errors and names of columns, from the current folder alone."""

import json
import re
from pathlib import Path

import pytest

from backtests import api
from data.settings import FILE
from tests.wire import bars

THEIRS = {"open": "Erster", "high": "Hoch", "low": "Tief", "close": "Schluss", "volume": "Volumen"}
MAPPED = """
source = "folder:history"
accept = ["ETH-USD:2023-09-04", "ETH-USD:2023-09-05"]
[columns]
Datum = "date"
Erster = "open"
Hoch = "high"
Tief = "low"
Schluss = "close"
Volumen = "volume"
"""
RUN = ("run", "small_cap_trend", "--no-tearsheet", "--json")


@pytest.fixture
def foreign(tmp_path):
    """A folder of history under foreign names of columns, ETH with a day that a check calls an error."""
    (tmp_path / "history").mkdir()
    for at, id in enumerate(("ETH-USD", "IWM")):
        table = bars("2023-01-02", "2024-03-28", crypto=id == "ETH-USD", seed=at)
        if id == "ETH-USD":
            table.loc["2023-09-04", ["open", "high", "low", "close"]] *= 10
        table.rename(columns=THEIRS).to_csv(tmp_path / "history" / f"{id}.csv", index_label="Datum")
    return tmp_path


def test_columns_source_and_accepted_errors_make_foreign_files_a_source(harbinger, foreign):
    assert "no column date" in harbinger(*RUN, "--source", "folder:history")[2]
    Path(FILE).write_text(re.sub("accept.*", "", MAPPED))
    refused = harbinger(*RUN)[2]
    assert "ETH-USD 2023-09-04" in refused
    Path(FILE).write_text(MAPPED)
    code, out, err = harbinger(*RUN)
    assert code == 0, err
    assert "harbinger.toml of this folder is in force: source, accept, columns" in err
    run = json.loads(out)
    assert (run["source"], run["accept"]) == ("folder:history", ["ETH-USD:2023-09-04", "ETH-USD:2023-09-05"])
    assert harbinger("data", "list")[1].splitlines()[-1] == "source: folder:history"


def test_a_run_needs_the_file_no_more(harbinger, foreign):
    Path(FILE).write_text(MAPPED)
    first = json.loads(harbinger(*RUN, "--out", "here")[1])
    Path(FILE).unlink()
    code, out, _ = harbinger("run", "here/spec.toml", "--no-tearsheet", "--json")
    again = json.loads(out)
    assert (code, again["metrics"], again["data_fingerprint"]) == (0, first["metrics"], first["data_fingerprint"])


@pytest.mark.parametrize("verb", ["run", "compare", "sweep", "python"])
def test_a_saved_run_is_run_again_as_it_was_whatever_the_folder_accepts_by_now(harbinger, foreign, verb):
    Path(FILE).write_text(MAPPED)
    harbinger(*RUN, "--out", "here")
    saved = Path("here/spec.toml").read_bytes()
    Path(FILE).write_text(MAPPED.replace("accept = [", 'accept = ["IWM:2023-03-01", '))
    words = {
        "run": ("run", "here/spec.toml", "--no-tearsheet", "--fresh", "--out", "again"),
        "compare": ("compare", "here/spec.toml", "hold_eth", "--out", "again"),
        "sweep": ("sweep", "here/spec.toml", "-s", "trend.lookback=20,28", "--out", "again"),
    }
    if verb == "python":
        api.run("here/spec.toml", out="again")
    else:
        assert harbinger(*words[verb])[0] == 0
    name = "1-small_cap_trend/spec.toml" if verb == "compare" else "spec.toml"
    assert (Path("again") / name).read_bytes() == saved
    if verb == "compare":  # what pins nothing is a study of this folder
        assert "IWM:2023-03-01" in Path("again/2-hold_eth/spec.toml").read_text()


def test_a_saved_run_on_another_source_is_one_of_this_folder(harbinger, foreign):
    Path(FILE).write_text(MAPPED)
    harbinger(*RUN, "--out", "here")
    Path(FILE).write_text(MAPPED.replace("accept = [", 'accept = ["IWM:2023-03-01", '))
    words = ("run", "here/spec.toml", "--source", "folder:history", "--no-tearsheet", "--json")
    assert "IWM:2023-03-01" in json.loads(harbinger(*words)[1])["accept"]


def test_a_named_source_is_taken_before_it_and_python_reads_it_too(harbinger, foreign):
    Path(FILE).write_text(MAPPED)
    assert json.loads(harbinger("run", "hold_eth", *RUN[2:], "--source", "simulated:null")[1])["simulated"]
    assert api.run("hold_eth", start="2023-02-01").experiment.source == "folder:history"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sorce = 'simulated'", "did you mean source?"),
        ("source = 3", "source = 3; write it as after --source"),
        ("accept = 'ETH-USD:2023-09-04'", "write a list"),
        ("[columns]\nSchluss = 'cloze'", "did you mean close or"),
        ("columns = 3", "write a table [columns]"),
        ("source = ", "cannot be read"),
        ("# " + "x" * 70_000, "more than 65,536 bytes"),
        ("accept = ['ETH-USD:tomorrow']", "ETH-USD:tomorrow"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(harbinger, tmp_path, text, said):
    Path(FILE).write_text(text)
    code, out, err = harbinger("run", "hold_eth")
    assert (code, out, said in err.splitlines()[-1]) == (2, "", True), err


def test_only_the_current_folder_is_asked(harbinger, tmp_path, monkeypatch):
    Path(FILE).write_text("source = 'simulated:null'")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    assert "data fetch" in harbinger("run", "hold_eth")[2]
