"""Rows to fill a registry with, each field given by name."""

from backtests.metrics.performance import NAMES
from backtests.registry import Entry, SweepEntry, TrialRow


def run_entry(run_id="r1", idea="idea", **more):
    """A run that ended well; `idea` is any text of up to eight letters."""
    fields = dict.fromkeys(("study", "spec_hash", "data_fingerprint", "code_hash", "reason", "path", "spec"), "x")
    known = {"run_id": run_id, "created_at": "2026-11-22", "source": "yahoo", "traded": "ETH-USD", "start": "2018-01-01",
             "end": "2020-12-31", "status": "ok", "metrics": "null", "versions": "{}", "kind": "run",
             "trial_hash": hashed(idea).hex()}  # fmt: skip
    return Entry(**(fields | known | more))


def look_entry(run_id, kind, look, **more):
    """A signal's sheet or a lead's examination."""
    trial_hash = hashed(look).hex() if kind == "signal" else ""
    return run_entry(run_id, kind=kind, **{"trial_hash": trial_hash, "spec_hash": hashed(look).hex()} | more)


def sweep_entry(sweep_id="s1", **more):
    """A sweep that is under way."""
    known = {"sweep_id": sweep_id, "created_at": "2026-11-22T10:00:00+00:00", "study": "study", "source": "folder:x",
             "traded": "ETH-USD", "start": "2018-01-01", "end": "2026-05-31", "data_fingerprint": "f", "code_hash": "c",
             "status": "running", "versions": "{}", "path": "/p", "spec": "spec", "axes": '["a"]', "sets": "3"}  # fmt: skip
    return SweepEntry(**(known | more))


def trial_row(idea, status="ok", **more):
    """One set of a sweep."""
    return TrialRow(hashed(idea), (idea,), status, "", (1.0,) * len(NAMES), **more)


def hashed(idea):
    """Eight bytes of a name."""
    return idea.encode().ljust(8)
