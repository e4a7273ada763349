"""The pictures of docs/gallery.md: `python -m tests.docs.gallery` takes them again, of pages from a SIMULATED market.

`python -m tests.docs.gallery folder:HISTORY FOLDER` takes the same of real history, into a folder of your own.
"""

import os
import sys
import tempfile
from pathlib import Path

from click.testing import CliRunner

from backtests.cli.app import app
from tests.browser import tab
from tests.paths import DOCS

PICTURES = DOCS / "gallery"
SOURCE = "simulated:lead=10,strength=0.1,seed=1"
STUDY, SPAN = "small_cap_trend", ("--start", "2018-01-01", "--end", "2025-12-31")
WIDTH, HEIGHT = 1200, 820
PAGES = {  # the verb's words, and its page, by the name of the picture
    "run": (("run", STUDY, "-s", "trend.lookback=10"), "tearsheet.html"),
    "sweep": (("sweep", STUDY, "-s", "trend.lookback=5:60:5", "-s", "threshold=0,0.01,0.02,0.03"), "sweep.html"),
    "signal": (("signal", "small_cap_momentum", "-s", "lookback=10"), "signal.html"),
    "lead": (("lead",), "lead.html"),
    "evidence": (("evidence", "runs/run"), "evidence.html"),
    "stress": (("stress", "runs/run"), "stress.html"),
    "compare": (("compare", "runs/run", "runs/held"), "compare.html"),
}
HELD = ("run", "hold_eth", "--no-tearsheet")


def main(source=SOURCE, pictures=PICTURES):
    """Make every page in a folder that is gone afterwards, and take the first screen of each."""
    pictures = Path(pictures).resolve()
    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HARBINGER_HOME"] = str(Path(folder) / "home")
        os.chdir(folder)
        call(*HELD, *SPAN, "--source", source, "--out", "runs/held")
        for name, (words, _) in PAGES.items():
            span = () if words[-1].startswith("runs/") else (*SPAN, "--source", source)
            call(*words, *span, "--out", f"runs/{name}")
        call("site")
        with tab() as visit:
            for name, (_, page) in PAGES.items():
                visit(Path("runs") / name / page).picture(pictures / f"{name}.png", WIDTH, HEIGHT)
            visit(Path("runs/index.html")).picture(pictures / "site.png", WIDTH, HEIGHT)


def call(*words):
    """Run a verb in this process."""
    done = CliRunner().invoke(app, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output


if __name__ == "__main__":
    main(*sys.argv[1:])
