"""What `data check` calls an error stops whatever would compute from it, unless the row is accepted by name."""

import json
from pathlib import Path

import pytest

from backtests import api
from backtests.experiments.experiment import Experiment
from backtests.experiments.studies import load
from backtests.experiments.toml import dump, parse
from backtests.registry.identity import experiment_hash, trial_hash
from data.catalogue import lookup
from data.errors import BadSpec, SuspectData, UnknownName
from data.sources.simulated.source import SimulatedSource

FIRST, LAST, JUMP = "2019-06-01", "2022-06-30", "2021-03-01"
IDS = ("ETH-USD", "IWM", "SPY", "QQQ", "BTC-USD", "VIX")
ACCEPT = f"ETH-USD:{JUMP}"


def write(folder, id, table):
    table.to_csv(folder / f"{id}.csv", index=False)


@pytest.fixture(scope="module")
def tables():
    world = SimulatedSource()
    loaded = {id: world.load(lookup(id)) for id in IDS}
    return {id: table[table["date"].between(FIRST, LAST)].reset_index(drop=True) for id, table in loaded.items()}


def raised(table, since, factor, until="2100-01-01"):
    table = table.copy()
    rows = (table["date"] >= since) & (table["date"] <= until)
    table.loc[rows, [name for name in table if name in ("open", "high", "low", "close", "adj_close")]] *= factor
    return table


@pytest.fixture(scope="module")
def sound(tables, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    for id, table in tables.items():
        write(folder, id, table)
    return f"folder:{folder}"


@pytest.fixture(scope="module")
def poisoned(tables, tmp_path_factory):
    """ETH x100 from a date on."""
    folder = tmp_path_factory.mktemp("poisoned")
    for id, table in tables.items():
        write(folder, id, raised(table, JUMP, 100) if id == "ETH-USD" else table)
    return f"folder:{folder}"


VERBS = {
    "run": ("run", "hold_eth", "--no-tearsheet"),
    "sweep": ("sweep", "small_cap_trend", "-s", "trend.lookback=20,40"),
    "estimate": ("sweep", "small_cap_trend", "-s", "trend.lookback=20,40", "--estimate"),
    "signal": ("signal", "small_cap_momentum"),
    "lead": ("lead",),
    "today": ("today", "hold_eth", "--as-of", "2022-06-29"),
    "compare": ("compare", "hold_eth", "small_cap_trend"),
    "lookahead": ("check", "lookahead", "small_cap_trend", "--cuts", "3"),
    "warmup": ("check", "warmup", "small_cap_trend", "--cuts", "3"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_stops_at_the_row_and_says_how_to_go_on(harbinger, poisoned, verb):
    code, out, err = harbinger(*VERBS[verb], "--source", poisoned)
    assert (code, out) == (1, "")
    (line,) = [line for line in err.splitlines() if "ETH-USD" in line]
    assert f"ETH-USD {JUMP}: the level jumps by a factor of" in line
    assert " to " in line.partition("(")[2]
    assert f"--accept {ACCEPT}" in line


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["run", "today", "compare", "warmup"])
def test_a_person_who_looked_goes_on_and_every_screen_says_so(harbinger, poisoned, verb):
    code, out, err = harbinger(*VERBS[verb], "--source", poisoned, "--accept", ACCEPT)
    assert code == 0
    assert f"accepted by --accept {ACCEPT}: the level jumps" in " ".join((out + err).split())


@pytest.mark.slow
def test_what_was_accepted_stands_in_every_file_of_a_run(harbinger, poisoned):
    code, out, _ = harbinger("run", "hold_eth", "--source", poisoned, "--accept", ACCEPT, "--out", "it", "--json")
    assert code == 0
    assert json.loads(out)["accept"] == [ACCEPT]
    assert f'accept = ["{ACCEPT}"]' in Path("it/spec.toml").read_text()
    assert f"accepted by --accept {ACCEPT}" in Path("it/tearsheet.html").read_text()
    code, again, _ = harbinger("run", "it/spec.toml", "--json", "--fresh", "--no-tearsheet")
    assert code == 0
    assert json.loads(again)["metrics"] == json.loads(out)["metrics"]


@pytest.mark.slow
def test_what_was_accepted_stands_in_every_file_of_a_sweep(harbinger, poisoned):
    code, out, _ = harbinger(*VERBS["sweep"], "--source", poisoned, "--accept", ACCEPT, "--out", "it", "--json")
    assert code == 0
    assert json.loads(out)["accept"] == [ACCEPT]
    assert any(ACCEPT in note for note in json.loads(out)["notes"])
    assert f"accepted by --accept {ACCEPT}" in Path("it/sweep.html").read_text()


@pytest.mark.slow
@pytest.mark.parametrize(("verb", "page"), [("signal", "signal.html"), ("lead", "lead.html")])
def test_what_was_accepted_stands_on_the_pages_of_a_signal_and_a_lead(harbinger, poisoned, verb, page):
    code, out, _ = harbinger(*VERBS[verb], "--source", poisoned, "--accept", ACCEPT, "--out", "it")
    assert code == 0
    assert ACCEPT in " ".join(out.split())
    assert f"accepted by --accept {ACCEPT}" in Path("it", page).read_text()
    assert json.loads(Path("it", f"{verb}.json").read_text())["accept"] == [ACCEPT]
    Path("it", page).unlink()
    assert harbinger("report", "it")[0] == 0  # what was accepted then is accepted again
    assert f"accepted by --accept {ACCEPT}" in Path("it", page).read_text()


def test_only_the_row_that_was_looked_at_is_accepted(tables, tmp_path, harbinger):
    for id, table in tables.items():
        write(tmp_path, id, raised(raised(table, JUMP, 100), "2022-01-03", 0.01) if id == "ETH-USD" else table)
    words = ("run", "hold_eth", "--no-tearsheet", "--source", f"folder:{tmp_path}")
    code, _, err = harbinger(*words)
    assert code == 1
    assert f"--accept {ACCEPT} --accept ETH-USD:2022-01-03" in err
    assert "2 errors, also ETH-USD 2022-01-03" in err
    assert harbinger(*words, "--accept", ACCEPT)[0] == 1
    assert harbinger(*words, "--accept", ACCEPT, "--accept", "ETH-USD:2022-01-03")[0] == 0


def test_rows_after_the_end_of_a_run_are_not_its_business_and_those_before_its_start_are(harbinger, poisoned):
    words = ("run", "hold_eth", "--no-tearsheet", "--source", poisoned)
    assert harbinger(*words, "--end", "2021-02-28")[0] == 0
    assert harbinger(*words, "--start", "2021-06-01")[0] == 1


@pytest.mark.slow
def test_a_series_that_is_not_in_use_stops_nothing(harbinger, tables, tmp_path):
    for id, table in tables.items():
        write(tmp_path, id, raised(table, JUMP, 4) if id in ("QQQ", "VIX") else table)
    source = f"folder:{tmp_path}"
    assert harbinger("run", "hold_eth", "--no-tearsheet", "--source", source)[0] == 0
    code, out, _ = harbinger("today", "hold_eth", "--as-of", "2022-06-29", "--source", source)
    assert code == 0
    assert f"--accept VIX:{JUMP}" in " ".join(out.split())  # the signals that need it have none


@pytest.mark.slow
def test_a_market_of_a_sweep_with_an_error_fails_its_sets_alone(harbinger, tables, tmp_path):
    for id, table in tables.items():
        write(tmp_path, id, raised(table, JUMP, 100) if id == "BTC-USD" else table)
    axes = ("-s", "market.traded=ETH-USD,BTC-USD")
    code, out, _ = harbinger(
        "sweep", "small_cap_trend", *axes, "--source", f"folder:{tmp_path}", "--out", "it", "--json"
    )
    assert (code, json.loads(out)["failed"]) == (0, 1)
    assert f"--accept BTC-USD:{JUMP}" in Path("it/trials.csv").read_text()


def test_warnings_of_the_series_in_use_are_notes_and_few(harbinger, tables, tmp_path):
    for id, table in tables.items():
        write(tmp_path, id, table.drop(index=[50, 90]) if id in ("ETH-USD", "IWM") else table)
    _, out, _ = harbinger("run", "hold_eth", "--no-tearsheet", "--json", "--source", f"folder:{tmp_path}")
    notes = [note for note in json.loads(out)["warnings"] if note.startswith("data check: ")]
    assert [note.split()[2] for note in notes] == ["ETH-USD", "IWM"]
    assert "due dates without an observation: 2" in notes[0]


def test_an_acceptance_that_names_no_error_is_said(harbinger, sound):
    words = ("run", "hold_eth", "--no-tearsheet", "--json", "--source", sound)
    code, out, _ = harbinger(*words, "--accept", ACCEPT)
    assert code == 0
    assert f"--accept {ACCEPT}: these data have no such error" in json.loads(out)["warnings"]


@pytest.mark.parametrize(
    ("text", "error"),
    [("ETH-USD", BadSpec), ("ETH-USD:", BadSpec), ("ETH-USD:2021-02-30", BadSpec), ("ETH-USD:1.3.21", BadSpec),
     (":2021-03-01", UnknownName), ("ETHUSD:2021-03-01", UnknownName)],
)  # fmt: skip
def test_an_acceptance_that_cannot_be_read_is_refused(text, error):
    with pytest.raises(error):
        Experiment(load("hold_eth").strategy, accept=(text,))


@pytest.mark.parametrize("value", ['"ETH-USD:2021-03-01"', "[1]", "true"])
def test_accept_of_a_file_is_a_list_of_texts(value):
    text = f'[strategy]\nuse = "long_flat"\n[strategy.trend]\nuse = "own_momentum"\n[data]\naccept = {value}\n'
    with pytest.raises(BadSpec, match="data.accept"):
        parse(text.encode(), "it.toml")


def test_accept_is_kept_by_the_file_and_is_no_new_idea():
    plain = load("small_cap_trend")
    accepted = Experiment(plain.strategy, accept=("IWM:2020-03-16", "ETH-USD:2021-03-01", "IWM:2020-03-16"))
    assert accepted.accept == ("ETH-USD:2021-03-01", "IWM:2020-03-16")
    assert parse(dump(accepted).encode(), "it") == accepted
    assert trial_hash(accepted) == trial_hash(Experiment(plain.strategy))
    assert experiment_hash(accepted) != experiment_hash(Experiment(plain.strategy))
    assert "accept" not in dump(plain)


def test_python_takes_and_refuses_the_same(poisoned):
    with pytest.raises(SuspectData, match=f"--accept {ACCEPT}"):
        api.run("hold_eth", source=poisoned)
    assert api.run("hold_eth", source=poisoned, accept=[ACCEPT]).experiment.accept == (ACCEPT,)
    with pytest.raises(SuspectData):
        api.sweep("small_cap_trend", {"trend.lookback": [20, 40]}, source=poisoned)


def test_a_failed_run_leaves_its_reason_in_the_registry(harbinger, poisoned):
    harbinger(*VERBS["run"], "--source", poisoned)
    _, out, _ = harbinger("runs", "list", "--json")
    (entry,) = json.loads(out)
    assert entry["status"] == "failed"
    assert f"ETH-USD {JUMP}" in entry["reason"]
    _, out, _ = harbinger("runs", "list")
    assert f"ETH-USD {JUMP}" in " ".join(out.split())
