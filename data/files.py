"""Files: where harbinger keeps its own, and how a file is written whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from data.errors import DataError


def home() -> Path:
    """Return the folder of everything harbinger keeps: `HARBINGER_HOME`, else the user's data folder."""
    named = os.environ.get("HARBINGER_HOME")
    if named:
        return Path(named).expanduser().resolve()
    import platformdirs  # noqa: PLC0415  # only where it is asked for

    return Path(platformdirs.user_data_dir("harbinger"))


def write_atomic(path: Path, payload: bytes) -> None:
    """Write `payload` to `path` whole or not at all (temporary file in the same folder, fsync, rename).

    DataError when the system refuses (disk full, no permission); what stood at `path` before then still does.
    """
    try:
        _write_and_rename(path, payload)
    except OSError as error:
        remedy = "free some space, or choose another folder (HARBINGER_HOME, --out)"
        raise DataError(f"{path}: cannot be written ({error.strerror or error}); {remedy}") from error


def _write_and_rename(path: Path, payload: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.tmp")
    try:
        with part.open("xb") as file:  # not mkstemp: its files are closed to the group, whatever the user's umask says
            file.write(payload)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
