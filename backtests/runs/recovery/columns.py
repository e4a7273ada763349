"""What the rows of all kinds are made of when they are made again from a folder; no code that a text names runs."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from backtests.experiments.toml import parse, uses
from backtests.registry import as_json, experiment_hash, text_hash, trial_hash, without_folders
from signals.discovery import names
from signals.earlier_names import as_first_named


def created_at(run_id: str, folder: Path) -> str:
    """Return the instant that an id begins with, in ISO 8601 UTC; that of the folder's files where it has none."""
    try:
        at = datetime.strptime(run_id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        at = datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    return at.isoformat(timespec="seconds")


def names_code(spec: str) -> bool:
    """Whether a specification names a file of the user's: it is not read as an experiment, for that would run it."""
    return any(use not in {*names("signals"), *names("strategies")} for use in uses(spec))


def idea_of(spec: str) -> str:
    """Return the identity of the idea of a specification; of its text, where it names files of the user's."""
    if not names_code(spec):
        return trial_hash(parse(spec.encode(), "spec.toml")).hex()
    tables = tomllib.loads(without_folders(as_first_named(spec)))
    idea = {name: table for name, table in tables.items() if name not in ("study", "data")}
    return text_hash(json.dumps(idea, sort_keys=True, default=str)).hex()


def spec_hash(spec: str) -> str:
    """Return the identity of a specification; of its text, where it names files of the user's."""
    return text_hash(spec).hex() if names_code(spec) else experiment_hash(parse(spec.encode(), "spec.toml"))


def bare(run_id: str, folder: Path, kind: str) -> dict[str, str]:
    """Return what the rows of all kinds say alike; the code of then is not known, so that they answer for no other."""
    return {
        "run_id": run_id,
        "created_at": created_at(run_id, folder),
        "path": str(folder),
        "kind": kind,
        "status": "ok",
        "code_hash": "",
        "metrics": as_json(None),
        "versions": "{}",
    }
