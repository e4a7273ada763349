"""`python -m tests.goldens` (make goldens) writes the golden results again; look at what changed before you keep it."""

import json
import os
import tempfile
from pathlib import Path

FOLDER = Path(__file__).parent
SOURCE, START, END = "simulated:seed=11", "2018-06-01", "2020-12-31"


def compute(study, out):
    """Return what is held golden of one study: its numbers, and equity at every hundredth bar."""
    from backtests.experiments.experiment import with_settings
    from backtests.experiments.studies import load
    from backtests.runs.recorded import run_and_record

    experiment = with_settings(load(study), [f"study.start={START}", f"study.end={END}"])
    done = run_and_record(experiment, SOURCE, Path(out), tearsheet=False)
    names = (
        "data_fingerprint",
        "params",
        "metrics",
        "metrics_gross",
        "benchmark_metrics",
        "sharpe_interval_95",
        "warnings",
    )
    equity = done.result.ledger.equity_table()["equity_usd"].iloc[::100]
    return {name: done.content[name] for name in names} | {
        "equity_usd": {f"{label:%Y-%m-%d}": value for label, value in equity.items()}
    }


def main():
    """Write one file a study."""
    from backtests.experiments.studies import study_names

    for study in study_names():
        with tempfile.TemporaryDirectory() as out:
            os.environ["HARBINGER_HOME"] = out
            (FOLDER / f"{study}.json").write_text(json.dumps(compute(study, out), indent=1) + "\n")


if __name__ == "__main__":
    main()
