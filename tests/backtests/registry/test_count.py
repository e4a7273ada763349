"""How many trials there have been: held to a count by hand over drawn registries."""

import json
import re
import time
from collections import Counter
from dataclasses import astuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtests.registry import Registry
from backtests.registry.count import TRADED as TRADED_SO_FAR
from backtests.registry.count import TRIED
from backtests.registry.packed import pack
from backtests.registry.runs import INSERT
from backtests.registry.sweeps import INSERT as INSERT_SWEEP
from tests.backtests.registry.entries import look_entry, run_entry, sweep_entry, trial_row

DAYS = ("", "2018-01-01", "2019-06-30", "2020-12-31", "2022-03-01")
ON_ETH = ("ETH-USD", "ETHUSDT-BINANCE")
TRADED = (*ON_ETH, "BTC-USD", "no-such-series")
STATUSES = ("ok", "ruin", "failed", "running", "interrupted")


def test_ideas_spans_and_evaluations(tmp_path):
    registry = Registry(tmp_path)
    registry.runs.add(run_entry("r1", "a"))
    registry.runs.add(run_entry("r2", "a", data_fingerprint="the next day's"))
    registry.runs.add(run_entry("r3", "a", end="2021-12-31"))
    registry.runs.add(run_entry("r4", "b", status="failed"))
    registry.sweeps.begin(sweep_entry())
    registry.sweeps.add("s1", 0, [trial_row("a"), trial_row("c"), trial_row("d", "failed")])
    found = registry.count("ETH-USD")
    assert (found.ideas, found.ideas_by_span, found.evaluations) == (2, 4, 5)
    assert (found.trials, found.from_runs, found.from_sweeps, found.tried) == (2, 1, 2, 2)


def test_a_run_under_way_counts_once(tmp_path):
    registry = Registry(tmp_path)
    found = registry.count("ETH-USD", own="ab")
    assert (found.ideas, found.from_runs, found.from_sweeps) == (1, 1, 0)
    registry.runs.add(run_entry("r1", "a"))
    known = registry.runs.show("r1").trial_hash
    assert registry.count("ETH-USD", "2018-01-01", "2026-05-31", own=known).ideas == 1
    assert registry.count("ETH-USD", "2018-01-01", "2026-05-31", own="ab").ideas == 2
    assert registry.count("ETH-USD").ideas == 1


def test_series_of_one_underlying_are_counted_together(tmp_path):
    registry = Registry(tmp_path)
    for at, traded in enumerate(TRADED):
        registry.runs.add(run_entry(f"r{at}", f"idea{at}", traded=traded))
    assert [registry.count(id).ideas for id in ("ETH-USD", "ETHUSDT-BINANCE", "ETHUSDT-1H", "ETHUSD-GEMINI-1H")] == [
        2
    ] * 4
    assert registry.count("BTC-USD").ideas == 1
    assert registry.count("SOL-USD").ideas == 0
    assert registry.count("no-such-series").ideas == 1
    assert registry.count("ETHUSDT-1H").underlying == "ETH"


def test_looks_at_signals_and_leads_are_families(tmp_path):
    registry = Registry(tmp_path)
    registry.runs.add(look_entry("l1", "lead", "IWM"))
    registry.runs.add(look_entry("l2", "lead", "IWM", data_fingerprint="the next day's"))
    registry.runs.add(look_entry("l3", "lead", "SPY"))
    registry.runs.add(look_entry("s1", "signal", "trend"))
    registry.runs.add(look_entry("s2", "signal", "calm", status="failed"))
    found = registry.count("ETH-USD")
    assert (found.families, found.from_signals, found.trials, found.ideas, found.evaluations) == (3, 1, 1, 0, 0)


def test_what_was_tried_elsewhere_is_added(tmp_path):
    registry = Registry(tmp_path)
    registry.runs.add(run_entry())
    found = registry.count("ETH-USD", prior=40)
    assert (found.ideas, found.prior, found.tried) == (1, 40, 41)
    assert "Elsewhere: 40 trials." in found.line


def test_what_says_no_span_overlaps_every_span(tmp_path):
    registry = Registry(tmp_path)
    registry.runs.add(run_entry("killed", "a", start="", end="", status="running"))
    registry.sweeps.begin(sweep_entry(start="", end=""))
    registry.sweeps.add("s1", 0, [trial_row("b")])
    assert registry.count("ETH-USD", "2024-01-01", "2024-12-31").ideas == 2


def test_spans_that_share_a_day_overlap(tmp_path):
    registry = Registry(tmp_path)
    registry.runs.add(run_entry("r1", "a", start="2018-01-01", end="2020-12-31"))
    registry.sweeps.begin(sweep_entry(start="2018-01-01", end="2020-12-31"))
    registry.sweeps.add("s1", 0, [trial_row("b")])
    for start, end, ideas in (
        ("", "2017-12-31", 0), ("", "2018-01-01", 2), ("2020-12-31", "", 2), ("2021-01-01", "", 0),
    ):  # fmt: skip
        assert registry.count("ETH-USD", start, end).ideas == ideas, (start, end)


def test_a_set_with_a_span_or_an_asset_of_its_own_counts_there(tmp_path):
    registry = Registry(tmp_path)
    registry.sweeps.begin(sweep_entry())
    rows = [
        trial_row("a"),
        trial_row("a", start="2024-01-01"),
        trial_row("a", end="2019-12-31"),
        trial_row("b", traded="BTC-USD"),
    ]
    registry.sweeps.add("s1", 0, rows)
    assert registry.count("ETH-USD").ideas_by_span == 3
    assert registry.count("ETH-USD", end="2023-12-31").ideas_by_span == 2
    assert registry.count("ETH-USD", start="2020-01-01").ideas_by_span == 2
    assert registry.count("BTC-USD").ideas == 1
    found = registry.count("ETH-USD")
    assert (found.ideas, found.from_runs, found.from_sweeps) == (1, 0, 1)


def test_runs_over_the_days_of_a_sweep_are_pairs_of_their_own_where_their_idea_is(tmp_path):
    registry, days = Registry(tmp_path), {"start": "2018-01-01", "end": "2020-12-31"}
    registry.sweeps.begin(sweep_entry())
    registry.sweeps.add("s1", 0, [trial_row("a"), trial_row("b")])
    registry.sweeps.finish("s1", *days.values())
    registry.runs.add(run_entry("r1", "a", **days))
    assert registry.count("ETH-USD").ideas_by_span == 2
    registry.runs.add(run_entry("r2", "c", **days))
    registry.runs.add(run_entry("r3", "a", **days | {"end": "2021-12-31"}))
    found = registry.count("ETH-USD")
    assert (found.ideas, found.ideas_by_span, found.evaluations) == (3, 4, 5)


def test_what_is_written_after_a_sweep_ended_counts(tmp_path):
    registry = Registry(tmp_path)
    registry.sweeps.begin(sweep_entry())
    registry.sweeps.add("s1", 0, [trial_row("a"), trial_row("b", "failed")])
    registry.sweeps.finish("s1", "2018-01-01", "2020-12-31")
    assert (pieces(registry), registry.count("ETH-USD").ideas) == ([8], 1)
    registry.sweeps.begin(sweep_entry())
    registry.sweeps.add("s1", 1, [trial_row("b"), trial_row("c")])
    assert (pieces(registry), registry.count("ETH-USD").ideas) == ([], 3)
    registry.sweeps.finish("s1", "2018-01-01", "2020-12-31")
    registry.sweeps.remove("s1")
    assert (pieces(registry), registry.count("ETH-USD").ideas) == ([24], 3)
    assert registry.count("ETH-USD", "2021-01-01").ideas == 0


def test_the_sets_of_a_sweep_that_was_killed_are_packed_by_the_next(tmp_path):
    registry = Registry(tmp_path)
    with registry.database.open(write=True) as database:
        database.execute(INSERT_SWEEP, astuple(sweep_entry("killed", owner="1 0")))
    registry.sweeps.add("killed", 0, [trial_row("a")])
    assert (pieces(registry), registry.count("ETH-USD").ideas) == ([], 1)
    registry.sweeps.begin(sweep_entry("s2", path="/other"))
    registry.sweeps.finish("s2", "", "")
    assert (pieces(registry), registry.count("ETH-USD").ideas) == ([8, 0], 1)


@pytest.mark.parametrize("query", [TRADED_SO_FAR, TRIED])
def test_the_sets_of_sweeps_that_are_packed_are_not_gone_through(tmp_path, query):
    """Else every run waits longer with every sweep: a quarter of a second at a million sets."""
    with Registry(tmp_path).database.open() as database:
        database.create_function("idea_of", 2, lambda *_: b"", deterministic=True)
        values = dict.fromkeys(("start", "end", "simulated", "own"), "") | {"ids": "[]", "apart": "[]"}
        plan = " ".join(row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {query}", values))
    assert "SEARCH blocks" in plan
    assert "SCAN blocks" not in plan.replace("SCAN blocks USING INDEX blocks_apart", "")


def pieces(registry):
    """The lengths of the pieces of the sweeps that are packed."""
    with registry.database.open() as database:
        return [len(piece) for (piece,) in database.execute("SELECT trials FROM packed ORDER BY sweep")]


def test_the_line_says_the_numbers(tmp_path):
    registry = Registry(tmp_path)
    registry.runs.add(run_entry())
    registry.runs.add(look_entry("l1", "lead", "IWM"))
    assert registry.count("ETH-USD").line == (
        "Tried so far on ETH over days that overlap these: 1 idea (1 counting each span apart, 1 evaluation), "
        "1 look at signals and leads."
    )
    assert registry.count("ETH-USD", simulated=True).line.startswith("Tried so far on SIMULATED ETH")


span = st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).filter(lambda days: not all(days) or days[0] <= days[1])
attempt = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(("run", "run", "sweep", "evidence", "signal", "lead")),
        "idea": st.sampled_from("abcd"),
        "traded": st.sampled_from(TRADED),
        "span": span,
        "status": st.sampled_from(STATUSES),
        "source": st.sampled_from(("yahoo", "folder:x", "simulated:null")),
        "removed": st.booleans(),
        "done": st.booleans(),
        "apart": st.booleans(),
    }
)


@pytest.mark.slow
@settings(max_examples=40)
@given(attempts=st.lists(attempt, max_size=12), wanted=span, simulated=st.booleans())
def test_the_count_is_the_count_by_hand(tmp_path_factory, attempts, wanted, simulated):
    registry = Registry(tmp_path_factory.mktemp("drawn"))
    write(registry, attempts)
    overlapping = [
        (known["kind"], known["idea"], known["span"])
        for known in attempts
        if known["status"] != "failed"
        and known["traded"] in ON_ETH
        and known["source"].startswith("simulated") == simulated
        and overlaps(known["span"], wanted)
    ]
    tried = Counter((idea, days) for kind, idea, days in overlapping if kind in ("run", "sweep", "evidence"))
    looks = {(kind, idea) for kind, idea, _ in overlapping if kind in ("signal", "lead")}
    found = registry.count("ETH-USD", *wanted, simulated=simulated)
    assert (found.ideas, found.ideas_by_span) == (len({idea for idea, _ in tried}), len(tried))
    assert (found.evaluations, found.families) == (tried.total(), len(looks))
    assert found.from_signals == sum(kind == "signal" for kind, _ in looks)
    assert found.ideas <= found.ideas_by_span <= found.evaluations


def overlaps(days, wanted):
    return (not wanted[1] or days[0] <= wanted[1]) and (not wanted[0] or not days[1] or days[1] >= wanted[0])


def write(registry, attempts):
    """Write drawn attempts in few transactions: a file kept safe for each of them would take the most of the time."""
    runs, sweeps, sets = [], [], []
    for at, known in enumerate(attempts):
        start, end = known["span"]
        where = {"traded": known["traded"], "start": start, "end": end, "source": known["source"]}
        where["removed_at"] = "2026-11-23" if known["removed"] else ""
        if known["kind"] == "sweep":
            apart = {"traded": known["traded"], "start": start, "end": end} if known["apart"] else {}
            where |= {"traded": "BTC-USD", "start": "2022-03-01", "end": "2022-03-01"} if apart else {}
            sweeps.append(sweep_entry(f"x{at}", status="done" if known["done"] else "running", **where))
            sets.append((f"x{at}", trial_row(known["idea"], known["status"], **apart)))
        elif known["kind"] in ("run", "evidence"):
            runs.append(run_entry(f"x{at}", known["idea"], status=known["status"], kind=known["kind"], **where))
        else:
            runs.append(look_entry(f"x{at}", known["kind"], known["idea"], status=known["status"], **where))
    with registry.database.open(write=True) as database:
        database.executemany(INSERT, map(astuple, runs))
        database.executemany(INSERT_SWEEP, map(astuple, sweeps))
    for sweep_id, row in sets:
        registry.sweeps.add(sweep_id, 0, [row])
    with registry.database.open(write=True) as database:
        pack(database)


@pytest.mark.uncounted
def test_thousands_of_runs_are_counted_and_listed_at_once(tmp_path):
    registry = Registry(tmp_path)
    rows = [run_entry(f"r{at:05}", f"{at % 900}", status="running", owner="1 0") for at in range(5_000)]
    with registry.database.open(write=True) as database:
        database.executemany(INSERT, map(astuple, rows))
    began = time.process_time()
    assert (registry.count("ETH-USD").ideas, registry.count("ETH-USD").evaluations) == (900, 5_000)
    assert len(registry.runs.newest(50)) == 50
    assert registry.runs.show("r04711").status == "interrupted"
    assert time.process_time() - began < 2  # measured: 0.05 s


@pytest.mark.parametrize(
    "words", [("--start", "nonsense"), ("--end", "2020-13-01"), ("--start", "2021-01-01", "--end", "2020-01-01")]
)
def test_dates_are_dates(harbinger, words):
    code, out, err = harbinger("runs", "trials", *words)
    assert (code, out) == (2, "")
    assert words[1] in err


@pytest.mark.parametrize(
    "text", ["nonsense", "today", "now", "2020-1-5", "20200105", "٢٠٢٠-01-05", "2020-02-30", "2020-01-05T00:00"]
)
@pytest.mark.parametrize(
    "words",
    [
        ("runs", "trials", "--start"), ("runs", "list", "--since"), ("runs", "export", "--out", "x", "--since"),
        ("run", "small_cap_trend", "--source", "simulated", "--start"),
        ("run", "small_cap_trend", "--source", "simulated", "-s", "study.end"),
        ("sweep", "small_cap_trend", "--estimate", "--source", "simulated", "-s", "threshold=0,1", "--end"),
        ("signal", "own_momentum", "--source", "simulated", "--start"), ("lead", "--source", "simulated", "--end"),
        ("check", "lookahead", "own_trend", "--source", "simulated", "--start"), ("today", "--source", "simulated", "--as-of"),
        ("fedwatch", "--date"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_date_option_takes_what_is_no_date(harbinger, words, text):
    said = [*words[:-1], f"{words[-1]}={text}"] if words[-1].startswith("study.") else [*words, text]
    code, out, err = harbinger(*said)
    assert (code, out) == (2, "")
    assert "is not a date; write YYYY-MM-DD" in err


@pytest.mark.parametrize("verb", [("signal", "own_momentum"), ("lead",), ("check", "lookahead", "own_trend")])
def test_an_empty_span_is_refused(harbinger, verb):
    code, _, err = harbinger(*verb, "--source", "simulated", "--start", "2020-01-02", "--end", "2020-01-01")
    assert (code, "give a span that is not empty" in err) == (2, True)


def test_the_command_shows_three_numbers_and_adds_what_was_tried_elsewhere(harbinger):
    registry = Registry()
    registry.runs.add(run_entry("r1", "a", source="simulated"))
    registry.runs.add(run_entry("r2", "a", source="simulated", end="2021-01-01"))
    registry.runs.add(run_entry("r3", "a", source="simulated"))
    content = json.loads(harbinger("runs", "trials", "--simulated", "--prior-trials", "7", "--json")[1])
    assert content == {
        "traded": "ETH-USD", "start": "", "end": "", "simulated": True, "trials": 1, "from_runs": 1, "from_sweeps": 0,
        "from_signals": 0, "ideas": 1, "ideas_by_span": 2, "evaluations": 3, "families": 0, "prior": 7, "underlying": "ETH", "note": "",
    }  # fmt: skip
    out = harbinger("runs", "trials", "--simulated", "--prior-trials", "7")[1]
    assert "8 distinct trials" in out
    for row in ("ideas +1 ", "ideas x spans +2 ", "evaluations +3 ", "families +0 "):
        assert re.search(row, out), row
