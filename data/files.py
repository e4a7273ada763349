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


ELIDED = "..."


def shown(path: Path) -> str:
    """Return a path as it stands in files that may be passed on: no absolute path, no name of a user.

    Relative to the current folder where it lies there, from `~` where it lies below the user's home, else `.../name`.
    """
    whole = path.expanduser().resolve()
    for folder, word in ((Path.cwd(), Path()), (Path.home().resolve(), Path("~"))):
        if whole.is_relative_to(folder):
            return (word / whole.relative_to(folder)).as_posix()
    return f"{ELIDED}/{whole.name}"


def is_elided(path: str) -> bool:
    """Whether `shown` left the folder of a path out."""
    return path.startswith(f"{ELIDED}/")


def without_places(text: str) -> str:
    """Return a message for files that may be passed on: absolute paths below the known folders made short."""
    for folder, word in ((home(), "HARBINGER_HOME/"), (Path.cwd(), ""), (Path.home().resolve(), "~/")):
        if len(folder.parts) > 1:
            text = text.replace(f"{folder}{os.sep}", word).replace(str(folder), word.rstrip("/") or ".")
    return text


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
