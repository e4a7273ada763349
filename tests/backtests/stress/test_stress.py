"""A stress test end to end: each case is what a plain run says, nothing is ranked, all of it is counted apart."""

import json
from pathlib import Path

import pytest

from backtests.registry import Registry
from backtests.stress.inputs import dropped, late, noise
from data.catalogue import lookup
from data.sources.simulated.source import SimulatedSource
from data.table import validate
from tests.contracts import make_tables

SPAN = ("--start", "2017-01-01", "--end", "2019-12-31")
SOURCE = ("--source", "simulated:seed=4")
KEYS = [
    "format", "run_id", "of", "study", "simulated", "source", "data_fingerprint", "start", "end", "cases", "metrics", "holding",
    "break_even", "groups", "missing", "params", "sharpe_interval_95", "versions",
]  # fmt: skip


def stressed(harbinger, *words):
    code, out, err = harbinger("stress", *words, "--out", "s", "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def group(content, name):
    return next(one for one in content["groups"] if one["group"] == name)


def run(harbinger, *settings, span=SPAN, study="small_cap_trend"):
    words = [word for setting in settings for word in ("-s", setting)]
    return json.loads(harbinger("run", study, *SOURCE, *span, *words, "--no-tearsheet", "--json")[1])["metrics"]


@pytest.mark.uncounted
@pytest.mark.slow
def test_every_case_of_settings_is_a_plain_run(harbinger):
    content = stressed(harbinger, "small_cap_trend", *SOURCE, *SPAN)
    assert list(content) == KEYS
    assert content == json.loads(Path("s/stress.json").read_text())
    assert content["metrics"] == run(harbinger)
    for name, case in (("costs", 4), ("delay", 2), ("join", 0), ("trend.lookback", 0), ("rebalance band", 5)):
        one = group(content, name)["cases"][case]
        assert one["metrics"] == run(harbinger, *(f"{path}={value}" for path, value in one["settings"].items())), name
    start = group(content, "start month")["cases"][7]
    assert start["metrics"] == run(harbinger, span=("--start", start["settings"]["study.start"], "--end", "2019-12-31"))
    assert content["holding"] == run(harbinger, study="hold_eth")
    # What moves the result most stands first, and each assumption has exactly one case as assumed.
    own = content["metrics"]["sharpe"]
    reach = [max(one["high"], own) - min(one["low"], own) for one in content["groups"] if one["low"] is not None]
    assert reach == sorted(reach, reverse=True)
    for one in content["groups"]:
        if one["cases"][0]["settings"] and one["group"] not in ("vendor", "fill clock"):
            assert [case["metrics"] for case in one["cases"] if case["as_assumed"]] == [content["metrics"]], one[
                "group"
            ]
    assert content["cases"] == sum(len(one["cases"]) for one in content["groups"])
    assert set(content["missing"]) == {"fill clock", "vendor", "to bounds"}
    far = group(content, "trend.lookback, to its bounds")["cases"]
    assert [case["settings"]["trend.lookback"] for case in far] == [1, 5, 27, 60, 144, 756]
    for case in (far[0], far[-1]):
        assert case["metrics"] == run(harbinger, f"trend.lookback={case['name']}"), case["name"]


@pytest.mark.uncounted
@pytest.mark.slow
def test_every_axis_is_asked_where_the_source_has_what_it_takes(harbinger, shared_market):
    source = ("--source", f"folder:{shared_market}", "--start", "2021-01-01", "--end", "2022-12-31")
    content = stressed(harbinger, "small_cap_trend", *source)
    asked = {one["group"]: {case["name"]: case["settings"] for case in one["cases"]} for one in content["groups"]}
    assert set(content["missing"]) == {"to bounds"}
    why = "threshold: no bound on one side or both; asked around the own value alone"
    assert content["missing"]["to bounds"] == why
    assert set(asked.pop("trend.lookback, to its bounds")) == {"1", "5", "27", "60", "144", "756"}
    assert {name: tuple(asked.pop(name).values()) for name in ("trend.lookback", "threshold")} == {
        "trend.lookback": tuple({"trend.lookback": value} for value in (20, 30, 45, 60, 75, 90, 120)),
        "threshold": tuple({"threshold": value} for value in (0.0, 0.01, 0.02)),
    }
    assert asked == {
        "costs": {f"{n:g} times": {"costs.commission_bps": 10 * n, "costs.slippage_bps": 5 * n}
                  for n in (0, 0.5, 1, 2, 3, 4)},
        "delay": {str(n): {"execution.delay_bars": n} for n in range(4)},
        "fill clock": {
            "1 h after New York": {"market.bar": "NYSE close +1h"},
            "4 h after New York": {"market.bar": "NYSE close +4h"},
            "24 h after New York": {"market.bar": "NYSE close +0h"},  # its own close is known at the bar after
        },
        "join": {name: {"market.join": name} for name in ("flat", "hold", "us_sessions_only")},
        "staleness, days": {f"{n}": {"market.max_age_days": n} for n in (2, 4, 7, 14, 30)},
        "start month": {f"2021-{n:02d}": {"study.start": f"2021-{n:02d}-01"} for n in range(1, 13)},
        "rebalance band": {f"{n:g}": {"execution.rebalance_band": n} for n in (0, 0.01, 0.02, 0.05, 0.1, 0.2)},
        "vendor": {"ETHUSDT-BINANCE": {"market.traded": "ETHUSDT-BINANCE"}},
        "input dropped": {"IWM": {}},
        "input late by a row": {"IWM": {}},
        "input made noise": {f"IWM, draw {n}": {} for n in range(1, 6)},
    }  # fmt: skip
    for name in ("fill clock", "vendor"):
        for case in group(content, name)["cases"]:
            ((path, value),) = case["settings"].items()
            words = ("run", "small_cap_trend", *source, "-s", f"{path}={value}", "--no-tearsheet", "--json")
            assert case["metrics"] == json.loads(harbinger(*words)[1])["metrics"], case["name"]


@pytest.mark.uncounted
@pytest.mark.slow
def test_a_worse_input_gives_what_a_run_on_such_files_gives(harbinger, tmp_path):
    tables = {id: SimulatedSource(seed=4).load(lookup(id)) for id in ("ETH-USD", "IWM", "DGS3MO")}
    content = stressed(harbinger, "small_cap_trend", *folder_of(tables, tmp_path / "sound"), *SPAN)
    iwm = validate(tables["IWM"], lookup("IWM"), "simulated")
    worse = {"input late by a row": late(iwm), "input dropped": dropped(iwm),
             "input made noise": noise(iwm, lookup("IWM"), seed=3)}  # fmt: skip
    for name, table in worse.items():
        case = group(content, name)["cases"][3 if name == "input made noise" else 0]
        source = folder_of(tables | {"IWM": table}, tmp_path / name.replace(" ", "-"))
        words = ("run", "small_cap_trend", *source, *SPAN, "--no-tearsheet", "--json")
        assert case["metrics"] == json.loads(harbinger(*words)[1])["metrics"], name
        assert case["metrics"] != content["metrics"], name


def folder_of(tables, folder):
    folder.mkdir()
    for id, table in tables.items():
        table.to_parquet(folder / f"{id}.parquet")
    return ("--source", f"folder:{folder}")


@pytest.mark.uncounted
@pytest.mark.slow
def test_break_even_is_where_the_run_meets_nothing_and_where_it_meets_holding(harbinger):
    own = ("-s", "costs.commission_bps=3", "-s", "costs.slippage_bps=12")
    content = stressed(harbinger, "small_cap_trend", "--source", "simulated:seed=4", *SPAN, *own)

    def left(study, cost):
        words = ("run", study, "--source", "simulated:seed=4", *SPAN, "--no-tearsheet", "--json")
        costs = ("-s", f"costs.commission_bps={cost / 5}", "-s", f"costs.slippage_bps={cost * 4 / 5}")
        return json.loads(harbinger(*words, *costs)[1])["metrics"]["total_return"]

    nothing, holding = (content["break_even"][name] for name in ("nothing_bps", "holding_bps"))
    assert 15 < nothing < 1_000
    assert left("small_cap_trend", nothing - 2) > 0 > left("small_cap_trend", nothing + 2)
    assert 0 < holding < 1_000
    beyond = [left("small_cap_trend", holding + at) - left("hold_eth", holding + at) for at in (-2, 2)]
    assert beyond[0] > 0 > beyond[1]


@pytest.mark.uncounted
@pytest.mark.slow
def test_a_series_of_other_days_is_held_against_these_days(harbinger, shared_market):
    source = ("--source", f"folder:{shared_market}")
    span = ("--start", "2016-06-01", "--end", "2019-12-31")
    content = stressed(harbinger, "small_cap_trend", *source, *span)
    (case,) = group(content, "vendor")["cases"]
    first, last = case["reason"].split(" to ")
    assert first > "2017"
    for study, name in (("small_cap_trend", "assumed_sharpe"), ("hold_eth", "holding_sharpe")):
        words = ("run", study, *source, "--start", first, "--end", last, "--no-tearsheet", "--json")
        assert case[name] == json.loads(harbinger(*words)[1])["metrics"]["sharpe"], study
    own = content["metrics"]["sharpe"]
    assert case["assumed_sharpe"] < own  # the years before were better: that is no doing of the vendor
    said = f"Sharpe ratio {case['metrics']['sharpe']:.2f}. Over the same days as assumed {case['assumed_sharpe']:.2f}, holding "
    assert said in Path("s/stress.html").read_text()
    printed = " ".join(harbinger("stress", "small_cap_trend", *source, *span, "--out", "screen")[1].split())
    assert f"vendor: Over the same days as assumed {case['assumed_sharpe']:.2f}, holding " in printed
    assert all(one["assumed_sharpe"] is None for one in group(content, "costs")["cases"])


@pytest.mark.slow
def test_a_later_start_is_held_against_holding_from_there(harbinger):
    content = stressed(harbinger, "small_cap_trend", *SOURCE, *SPAN)
    case = group(content, "start month")["cases"][7]
    span = ("--start", case["settings"]["study.start"], "--end", "2019-12-31")
    assert case["holding_sharpe"] == run(harbinger, span=span, study="hold_eth")["sharpe"]
    code, out, err = harbinger("run", "small_cap_trend", *SOURCE, *SPAN, "--no-tearsheet", "--json")
    assert (code, json.loads(out)["sharpe_interval_95"]) == (0, content["sharpe_interval_95"]), err
    pairs = [
        (case["metrics"]["sharpe"], case["holding_sharpe"] or content["holding"]["sharpe"])
        for one in content["groups"] for case in one["cases"] if not case["as_assumed"] and case["metrics"]["sharpe"]
    ]  # fmt: skip
    said = f"{sum(own < held for own, held in pairs)} of {len(pairs)} cases are below holding over the same span"
    page = Path("s/stress.html").read_text()
    assert said in page
    assert "Begun in other months, to the same end, it has" in page
    held = [case["holding_sharpe"] for case in group(content, "start month")["cases"]]
    assert f"Holding from the same days has {min(held):.2f} to {max(held):.2f}." in page


@pytest.mark.slow
def test_a_parameter_at_its_bounds_stands_apart_from_the_assumptions(harbinger):
    """The rule at the end of its bounds is another rule: its fall is not what moves this one most."""
    content = stressed(harbinger, "hold_eth", *SOURCE, *SPAN)
    widest = next(one for one in content["groups"] if one["group"] != "start month")
    assert widest["group"] == "weight, to its bounds"
    assert [case["settings"]["weight"] for case in widest["cases"]] == [-3.0, -1.5, 0.0, 1.0, 1.5, 3.0]
    assert [case["as_assumed"] for case in widest["cases"]] == [value == 1 for value in (-3, -1.5, 0, 1, 1.5, 3)]
    assert "to bounds" not in content["missing"]
    page = Path("s/stress.html").read_text()
    assert "<h2>weight, to its bounds</h2>" in page
    apart = sum(one["group"] != widest["group"] for one in content["groups"])
    verdict = page.split('<p class="verdict">')[1].split("</p>")[0]
    assert "to its bounds" not in verdict
    assert f"of {apart} assumptions" in verdict


@pytest.mark.slow
def test_what_cannot_be_asked_says_why(harbinger, tmp_path):
    short = (
        "--start",
        "2017-01-01",
        "--end",
        "2017-06-30",
        "-s",
        "costs.commission_bps=0",
        "-s",
        "costs.slippage_bps=0",
    )
    content = stressed(harbinger, "small_cap_trend", *SOURCE, *short, "-s", "threshold=9")
    assert set(content["missing"]) == {"costs", "fill clock", "start month", "vendor", "to bounds"}
    assert not {"costs", "start month"} & {one["group"] for one in content["groups"]}
    assert content["break_even"] == {"nothing_bps": None, "holding_bps": None, "most_bps": 1000.0}
    assert "bp" not in Path("s/stress.html").read_text().partition("A fill may cost")[2][:40], "there is no fill"
    tables = {id: SimulatedSource(seed=4).load(lookup(id)) for id in ("ETH-USD", "IWM", "DGS3MO")}
    words = ("run", "small_cap_trend", *folder_of(tables, tmp_path / "files"), *SPAN, "--no-tearsheet", "--out", "r")
    assert harbinger(*words)[0] == 0
    there = json.loads(harbinger("stress", "r", "--out", "u", "--json")[1])
    assert "the source has no hours" in there["missing"]["fill clock"], "its files name no place, the registry does"
    (tmp_path / "files").rename(tmp_path / "elsewhere")
    gone = json.loads(harbinger("stress", "r", "--out", "t", "--json")[1])
    assert all("cannot be read any more" in gone["missing"][name] for name in ("vendor", "fill clock"))


@pytest.mark.slow
def test_the_folder_of_a_sweep_is_no_run_and_is_refused_with_what_to_do(harbinger):
    """The study under the sweep was stressed without a word of it, which no set of the sweep need be."""
    words = ("sweep", "small_cap_trend", *SOURCE, *SPAN, "-s", "trend.lookback=20,40", "--out", "swept")
    assert harbinger(*words)[0] == 0
    for words in (("stress", "swept"), ("compare", "./swept", "hold_eth")):
        code, _, err = harbinger(*words)
        assert (code, err.count("\n")) == (2, 1), err
        assert (
            "swept is a sweep, not a run; make a run of one of its sets first: harbinger runs rerun ID --set N" in err
        )
    assert [entry.kind for entry in Registry().runs.newest()] == []


@pytest.mark.slow
def test_files_that_name_no_place_are_not_said_to_be_unreadable(harbinger, tmp_path):
    tables = {id: SimulatedSource(seed=4).load(lookup(id)) for id in ("ETH-USD", "IWM", "DGS3MO")}
    away = tmp_path.parent / f"{tmp_path.name}-away"
    words = ("run", "small_cap_trend", *folder_of(tables, away), *SPAN, "--no-tearsheet", "--out", "r")
    assert harbinger(*words)[0] == 0
    Path("r/run.json").unlink()  # no id: the registry cannot say where its source is
    content = json.loads(harbinger("stress", "r", "--out", "s", "--json")[1])
    for name in ("vendor", "fill clock"):
        assert "names no place to read from" in content["missing"][name]
        assert "any more" not in content["missing"][name]


def test_a_strategy_that_makes_its_own_orders_is_refused_before_it_is_run(harbinger):
    code, _, err = harbinger("stress", "mine.py:Mine", *SOURCE)
    assert (code, err.count("\n"), "makes its own orders" in err) == (2, 1, True), err
    assert Registry().runs.newest() == []


@pytest.mark.slow
def test_a_run_is_stressed_on_what_it_ran_on_whatever_its_files_hold_by_now(harbinger, tmp_path):
    """Its leader is another vendor's series of what it trades, of which cases ask the source: not this one."""
    tables = make_tables(("ETH-USD", "ETHUSDT-BINANCE", "DGS3MO"))
    words = ("run", "small_cap_trend", *folder_of(tables, tmp_path / "files"), "-s", "market.leader=ETHUSDT-BINANCE")
    assert harbinger(*words, "--start", "2019-09-02", "--end", "2021-12-31", "--no-tearsheet", "--out", "r")[0] == 0
    made = make_tables(("ETH-USD", "ETHUSDT-BINANCE", "DGS3MO"), seed=1)["ETHUSDT-BINANCE"]
    made.to_parquet(tmp_path / "files" / "ETHUSDT-BINANCE.parquet")
    ran = json.loads(Path("r/run.json").read_text())["metrics"]
    assert stressed(harbinger, "r")["metrics"] == ran
    (tmp_path / "files" / "ETHUSDT-BINANCE.parquet").write_bytes(b"broken")
    code, out, err = harbinger("stress", "r", "--out", "t", "--json")
    assert code == 0, err
    assert json.loads(out)["metrics"] == ran


@pytest.mark.slow
def test_it_is_counted_apart_and_a_run_can_be_stressed(harbinger):
    harbinger("run", "small_cap_trend", *SOURCE, *SPAN, "--no-tearsheet", "--out", "r")
    before = Registry().count("ETH-USD", simulated=True)
    content = stressed(harbinger, "r")
    assert Registry().count("ETH-USD", simulated=True) == before
    entry = Registry().runs.show(content["run_id"])
    assert (entry.kind, entry.status, json.loads(entry.metrics)) == ("stress", "ok", {"cases": content["cases"]})
    code, out, _ = harbinger("stress", "r", "--out", "again")
    assert code == 0
    assert "SIMULATED" in out
    assert "What moves small_cap_trend most" in " ".join(out.split())
    page = Path("again/stress.html").read_text()
    assert "SIMULATED" in page
    assert "What moves small_cap_trend most" in page


@pytest.mark.slow
def test_a_dropped_input_leaves_no_opinion_and_a_strategy_without_inputs_says_so(harbinger):
    content = stressed(harbinger, "own_trend", *SOURCE, *SPAN)
    assert "reads nothing but ETH-USD" in content["missing"]["inputs"]
    other = json.loads(harbinger("stress", "small_cap_trend", *SOURCE, *SPAN, "--out", "t", "--json")[1])
    (case,) = group(other, "input dropped")["cases"]
    assert (case["name"], case["metrics"]["orders"]) == ("IWM", 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing_such",), "run or study"),
        (("small_cap_trend", "-s", "trend.lookbak=3"), "trend.lookback"),
        (("small_cap_trend", "--start", "never"), "YYYY-MM-DD"),
    ],
)
def test_what_cannot_be_stressed_is_refused_in_one_line(harbinger, words, said):
    code, _, err = harbinger("stress", *words, *SOURCE[:0], "--out", "s")
    assert (code, said in err) == (2, True), err
    assert not Path("s/stress.json").exists()


def test_settings_are_for_studies(harbinger):
    harbinger("run", "small_cap_trend", *SOURCE, *SPAN, "--no-tearsheet", "--out", "r")
    code, _, err = harbinger("stress", "r", "-s", "threshold=0.1", "--out", "s")
    assert (code, "was run already" in err) == (2, True)
