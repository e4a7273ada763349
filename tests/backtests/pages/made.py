"""One page of each kind, made once for the tests of all pages: `make(folder)` gives their paths by name."""

import os
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from unittest import mock

SOURCE = "simulated:lead=10,strength=0.1,seed=1"
SPAN = ("--start", "2018-01-01", "--end", "2020-12-31")
SETTLES = """\
date,contract,settle
2022-08-31,2022-08,97.67
2022-09-12,2022-09,97.4475
2022-09-12,2022-10,96.94
2022-09-12,2022-11,96.43
2022-09-12,2022-12,96.24
2022-09-12,2023-01,96.115
"""
COSTS = ("-s", "trend.lookback=10,20,40", "-s", "costs.slippage_bps=0,5,40")
# Name -> the words of the command, and the page that it writes.
PAGES = {
    "run": (("run", "bearish_view_short", *SPAN), "tearsheet.html"),
    "sweep": (
        ("sweep", "small_cap_trend", *SPAN, "-s", "trend.lookback=10:90:10", "-s", "threshold=0:0.04:0.01"),
        "sweep.html",
    ),
    "sweep of costs": (("sweep", "small_cap_trend", *SPAN, *COSTS), "sweep.html"),
    "walk-forward": (
        ("sweep", "small_cap_trend", *SPAN, "-s", "trend.lookback=10,20,40", "--walk-forward", "1y/6m"),
        "sweep.html",
    ),
    "compare": (("compare", "small_cap_trend", "hold_eth", "own_trend"), "compare.html"),
    "signal": (("signal", "small_cap_momentum", *SPAN), "signal.html"),
    "lead": (("lead", *SPAN), "lead.html"),
    "evidence": (("evidence", "small_cap_trend"), "evidence.html"),
    "stress": (("stress", "small_cap_trend", *SPAN), "stress.html"),
    "today": (("today", "--as-of", "2020-06-30", "--html"), "today.html"),
    "fedwatch": (("fedwatch",), "fedwatch.html"),
}


def make(folder):
    """Make every page below `folder`."""
    (folder / "history" / "futures").mkdir(parents=True)
    (folder / "history" / "futures" / "zq.csv").write_text(SETTLES)
    found = {}
    for name, (words, page) in PAGES.items():
        out, source = Path(folder) / name.replace(" ", "-"), SOURCE
        found[name] = out / page
        if name == "fedwatch":
            out, source = found[name], f"folder:{folder / 'history'}"
        call(folder / "home", *words, "--source", source, "--out", out)
    return found


def call(home, *words):
    """Run one command as a person does, quietly."""
    from backtests.cli import main

    argv = ["harbinger", *map(str, words)]
    with (
        mock.patch.dict(os.environ, {"HARBINGER_HOME": str(home)}),
        mock.patch("sys.argv", argv),
        redirect_stdout(StringIO()),
    ):
        try:
            main()
        except SystemExit as end:
            if end.code:
                raise
