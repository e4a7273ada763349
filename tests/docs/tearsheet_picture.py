"""The README's picture of a tearsheet, from real history: `python -m tests.docs.tearsheet_picture FOLDER` takes it again."""

import os
import sys
import tempfile
from pathlib import Path

from backtests.experiments.experiment import with_settings
from backtests.experiments.studies import load
from backtests.runs.recorded import run_and_record
from tests.browser import browse
from tests.paths import DOCS

PICTURE = DOCS / "tearsheet.png"
SPAN = ("study.start=2018-01-01", "study.end=2026-05-31")


def main(folder):
    """Take the first screen of the page."""
    with tempfile.TemporaryDirectory() as out:
        os.environ["HARBINGER_HOME"] = str(Path(out) / "home")  # its trials are its own
        experiment = with_settings(load("small_cap_trend"), SPAN)
        done = run_and_record(experiment, f"folder:{folder}", Path(out) / "run")
        with browse(done.tearsheet) as page:
            page.picture(PICTURE, 1200, 900)


if __name__ == "__main__":
    main(sys.argv[1])
