"""A stress test end to end: each case is what a plain run says, nothing is ranked, all of it is counted apart."""

import json
from pathlib import Path

import pytest

from backtests.registry import Registry

SPAN = ("--start", "2017-01-01", "--end", "2019-12-31")
SOURCE = ("--source", "simulated:seed=4")
KEYS = [
    "format", "run_id", "of", "study", "simulated", "source", "data_fingerprint", "start", "end", "cases", "metrics", "holding",
    "break_even", "groups", "missing", "params", "versions",
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
    assert set(content["missing"]) == {"fill clock", "vendor"}


@pytest.mark.slow
def test_break_even_is_where_the_run_and_its_cost_meet(harbinger):
    content = stressed(harbinger, "small_cap_trend", "--source", "simulated:seed=1", *SPAN)
    cost = content["break_even"]["nothing_bps"]
    assert 15 < cost < 1_000
    ends = [
        json.loads(harbinger("run", "small_cap_trend", "--source", "simulated:seed=1", *SPAN, "--no-tearsheet", "--json",
                             "-s", f"costs.commission_bps={at * 2 / 3}", "-s", f"costs.slippage_bps={at / 3}")[1])
        for at in (cost - 2, cost + 2)
    ]  # fmt: skip
    assert ends[0]["metrics"]["total_return"] > 0 > ends[1]["metrics"]["total_return"]


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
