"""The row of a run, a sheet or an examination, made again from its folder; no code that a specification names runs."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backtests.experiments.toml import parse, uses
from backtests.registry import Entry, as_json, experiment_hash, text_hash, trial_hash
from backtests.registry.database import INTERRUPTED
from data.errors import BadFile
from signals.discovery import names

LOOKS = {"signal": "signal.json", "lead": "lead.json"}
RESULTS = ("plan.json", "run.json", *LOOKS.values(), "spec.toml")


def folders(roots: Iterable[Path]) -> Iterator[Path]:
    """Yield every folder of results in or below `roots`, links apart; BadFile for a root that is no folder."""
    for root in roots:
        if not root.is_dir():
            raise BadFile(root, "", "is no folder", "name the folders that hold results, such as runs")
        for folder in sorted({root, *(path.parent for path in root.rglob("*") if path.name in RESULTS)}):
            if any((folder / name).is_file() for name in RESULTS):
                yield folder.resolve()


def row_of(folder: Path) -> Entry:
    """Return the row that a folder without a sweep is of; one without its JSON was interrupted.

    OSError, ValueError or KeyError where the files are not those of a run, a sheet or an examination. The row has no
    hashes, so that it answers for no other run.
    """
    for kind, name in LOOKS.items():
        if (folder / name).is_file():
            return _look(kind, _json(folder / name), folder)
    spec = (folder / "spec.toml").read_text(encoding="utf-8")
    if (folder / "run.json").is_file():
        run = _json(folder / "run.json")
        ended = {"status": run["status"], "reason": "; ".join(run["warnings"]), "metrics": as_json(run["metrics"])}
        market = run["market"]["traded"]
        own = {**_common(run, folder), "study": run["study"], "traded": market, **ended}
    else:
        own = _stopped(tomllib.loads(spec), folder)
    return Entry(**own, spec=spec, spec_hash=_spec_hash(spec), trial_hash=idea_of(spec))


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
    bare = {name: table for name, table in tomllib.loads(spec).items() if name not in ("study", "data")}
    return text_hash(json.dumps(bare, sort_keys=True, default=str)).hex()


def _spec_hash(spec: str) -> str:
    return text_hash(spec).hex() if names_code(spec) else experiment_hash(parse(spec.encode(), "spec.toml"))


def _common(content: dict[str, Any], folder: Path) -> dict[str, str]:
    return {
        "run_id": content["run_id"],
        "created_at": created_at(content["run_id"], folder),
        "source": content["source"],
        "start": content["start"] or "",
        "end": content["end"] or "",
        "data_fingerprint": content["data_fingerprint"],
        "code_hash": "",
        "versions": as_json(content.get("versions", {})),
        "path": str(folder),
    }


def _look(kind: str, content: dict[str, Any], folder: Path) -> Entry:
    ended = {"kind": kind, "status": "ok", "metrics": as_json(None)}
    if kind == "signal":
        identity, reason = text_hash(content["spec"]).hex(), "; ".join(content["warnings"])
        own = {**_common(content, folder), "study": content["signal"], "spec": content["spec"], "trial_hash": identity}
    else:
        windows = content["windows"]
        asked = f"leader = {content['leader']}, traded = {content['traded']}, windows = {windows['kind']}"
        identity, reason = text_hash(asked).hex(), content["verdict"]
        pinned = {**content, "source": windows["source"], "data_fingerprint": windows["fingerprint"]}
        name = f"lead-{content['leader']}-{content['traded']}"
        own = {**_common(pinned, folder), "study": name, "spec": asked}
    return Entry(**own, **ended, traded=content["traded"], reason=reason, spec_hash=identity)


def _stopped(spec: dict[str, Any], folder: Path) -> dict[str, str]:
    """Return the row of a run that was stopped before its run.json; its id, which is lost, is made of its folder."""
    study, data = spec.get("study", {}), spec.get("data", {})
    at = created_at("", folder)
    run_id = f"{datetime.fromisoformat(at):%Y%m%d-%H%M%S}-interrupted-{text_hash(str(folder)).hex()[:6]}"
    return {
        "run_id": run_id,
        "created_at": at,
        "study": study.get("name", ""),
        "source": data.get("source", ""),
        "traded": spec.get("market", {})["traded"],
        "start": study.get("start", ""),
        "end": study.get("end", ""),
        "data_fingerprint": data.get("fingerprint", ""),
        "code_hash": "",
        "status": INTERRUPTED,
        "reason": "recovered from a folder without run.json",
        "metrics": as_json(None),
        "versions": "{}",
        "path": str(folder),
    }


def _json(path: Path) -> dict[str, Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"{path.name} holds no record")
    return content
