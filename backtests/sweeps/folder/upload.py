"""A finished sweep elsewhere: `--out s3://bucket/path`. It is made in a folder here, and sent when it is whole.

Its inputs first, then its files, and last objects.json, which lists each file with its SHA-256: a place without it is
not finished. Each object is whole or not there, and is read back. What an interruption left is found again by its hash,
so that the sweep's `--resume` goes on with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from data import store_elsewhere
from data.errors import BadFile, BadSpec, MissingSeries
from data.files import home, write_atomic
from data.objects import Objects
from data.store import Store

MANIFEST, UNFINISHED = "objects.json", "unfinished.txt"
Say = Callable[[str], None]


def remember(sweep_id: str, url: str) -> None:
    """Keep where a sweep is to be uploaded until it is: in the user's own folder, for a plan.json may be anybody's."""
    write_atomic(_place(sweep_id), f"{url}\n".encode())


def destination(sweep_id: str) -> str:
    """Return where a sweep is still to be uploaded; empty where that is nowhere, or done."""
    place = _place(sweep_id)
    return place.read_text(encoding="utf-8").strip() if place.is_file() else ""


def forget(sweep_id: str) -> None:
    """Say that a sweep is uploaded."""
    _place(sweep_id).unlink(missing_ok=True)


def _place(sweep_id: str) -> Path:
    return home() / "uploads" / f"{hashlib.sha256(sweep_id.encode()).hexdigest()[:16]}.txt"


def check(url: str) -> None:
    """Raise before anything is computed where `url` cannot be asked or written to, or holds a finished sweep."""
    objects = Objects(url)
    if objects.read(MANIFEST) is not None:
        raise BadSpec(f"--out {url}: a finished sweep is there already; name another place")
    objects.write(UNFINISHED, f"A sweep is on its way here; {MANIFEST} will say that it is whole.\n".encode())


def inputs_of(objects: Objects) -> str:
    """Return the fingerprint of the inputs of the sweep below a URL; DataError where no finished one is there."""
    payload = objects.read(MANIFEST)
    if payload is None:
        raise MissingSeries(f"{objects.url}: no finished sweep is there; name the fingerprint of what to pull")
    try:
        return str(json.loads(payload)["inputs"])
    except (ValueError, KeyError, TypeError) as error:
        raise BadFile(f"{objects.url}/{MANIFEST}", "", "not what a sweep wrote", "upload it again") from error


def upload(folder: Path, url: str, fingerprint: str, store: Store, say: Say = lambda _: None) -> None:
    """Bring the files of a finished sweep, and its inputs, below `url`."""
    objects = Objects(url)
    say(f"uploading the inputs to {url}")
    store_elsewhere.push(store, fingerprint, objects)
    digests = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix()
        say(f"uploading {name}")
        digests[name] = objects.write_file(name, file)
    manifest = {"format": 1, "inputs": fingerprint, "files": digests}
    objects.write(MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode())
    objects.remove(UNFINISHED)
