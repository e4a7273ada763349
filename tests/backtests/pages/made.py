"""One page of each kind, made once for the tests of all pages: `make(folder)` gives their paths by name."""

import os
from pathlib import Path
from unittest import mock

SOURCE = "simulated:lead=10,strength=0.1,seed=1"
SPAN = ("--start", "2018-01-01", "--end", "2021-12-31")
# Name -> the words of the command, and the page that it writes.
PAGES = {
    "run": (("run", "small_cap_trend", *SPAN), "tearsheet.html"),
    "sweep": (
        ("sweep", "small_cap_trend", *SPAN, "-s", "trend.lookback=10:90:10", "-s", "threshold=0:0.04:0.01"),
        "sweep.html",
    ),
    "sweep of costs": (
        ("sweep", "small_cap_trend", *SPAN, "-s", "trend.lookback=10,20,40", "-s", "costs.slippage_bps=0,5,40"),
        "sweep.html",
    ),
    "run short": (("run", "bearish_view_short", *SPAN), "tearsheet.html"),
}


def make(folder):
    """Make every page below `folder`."""
    from backtests.cli import main

    found = {}
    for name, (words, page) in PAGES.items():
        out = Path(folder) / name.replace(" ", "-")
        argv = ["harbinger", *words, "--source", SOURCE, "--out", str(out)]
        with mock.patch.dict(os.environ, {"HARBINGER_HOME": str(folder / "home")}), mock.patch("sys.argv", argv):
            try:
                main()
            except SystemExit as end:
                if end.code:
                    raise
        found[name] = out / page
    return found
