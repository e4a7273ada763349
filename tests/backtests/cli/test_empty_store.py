"""An empty store names all that is missing at once, with one command."""

import pytest

VERBS = {
    "run": (("run", "small_cap_trend"), ("ETH-USD", "IWM")),
    "run of many": (("run", "small_cap_trend_and_cuts"), ("DGS2", "ETH-USD", "IWM")),
    "sweep": (("sweep", "small_cap_trend", "-s", "trend.lookback=20,40"), ("ETH-USD", "IWM")),
    "signal": (("signal", "small_cap_momentum"), ("ETH-USD", "IWM")),
    "lead": (("lead",), ("ETH-USD", "IWM", "QQQ", "SPY")),
    "today": (("today", "small_cap_trend"), ("ETH-USD", "IWM")),
    "check": (("check", "lookahead", "small_cap_trend"), ("ETH-USD", "IWM")),
}


@pytest.mark.parametrize("verb", VERBS)
def test_all_missing_series_stand_in_one_line_with_one_command(harbinger, verb):
    words, ids = VERBS[verb]
    code, out, err = harbinger(*words)
    assert (code, out) == (1, "")
    (line,) = [line for line in err.splitlines() if "data fetch" in line]
    listed, _, command = line.partition("run: harbinger data fetch ")
    for id in ids:
        assert id in listed
        assert id in command.split(" (")[0].split()
    assert listed.count("is not in the store") == 0
    assert "--source simulated" in command  # what works at once, without a network
