"""Which version of a library is installed, asked for several times in a run: read once, its first lines alone."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, distribution

BEGINS = "Version: "


@cache
def version(name: str) -> str:
    """Return the version of an installed library as its metadata say; PackageNotFoundError where it is not there.

    As `importlib.metadata.version`, which parses the whole text, the library's introduction too, as it would a mail.
    """
    lines = (distribution(name).read_text("METADATA") or "").splitlines()
    found = next((line for line in lines if line.startswith(BEGINS)), None)
    if found is None:
        raise PackageNotFoundError(name)
    return found.removeprefix(BEGINS).strip()
