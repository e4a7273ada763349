"""The links of a page to what stands beside it: the files of its folder, and the index of all work above them.

They are relative and name files of harbinger's own, so that a folder may be moved or passed on whole.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

INDEX = "index.html"
TITLE = b"<title>All work</title>"  # of the index: any other file of that name is none of ours
HEAD_BYTES = 4_096
ABOVE = 3  # folders above a page in which its index may stand: runs/demo/planted, runs/SWEEP/best-region
WORDS = {
    "spec.toml": "Experiment",
    "plan.json": "Plan",
    "equity.csv": "Equity",
    "orders.csv": "Orders",
    "trials.csv": "Every set",
}
BODY, NAV = re.compile(rb"<body[^>]*>"), re.compile(rb'<nav class="places".*?</nav>', re.DOTALL)
STYLE = (
    "display:flex;flex-wrap:wrap;gap:4px 18px;max-width:1160px;margin:0 auto;padding:8px 28px 0;font:12px/1.5 "
    "system-ui,-apple-system,&quot;Segoe UI&quot;,Roboto,&quot;DejaVu Sans&quot;,sans-serif"
)


def with_places(page: bytes, folder: Path, files: Sequence[str]) -> bytes:
    """Return `page`, which will stand in `folder`, with links to the index above it and to `files` beside it."""
    index = _index_above(folder)
    above = {} if index is None else {"All work": index}
    return with_links(page, {**above, **{WORDS.get(name, name): name for name in files}})


def with_links(page: bytes, links: Mapping[str, str]) -> bytes:
    """Return `page` with `links` (address by what it is called) as its first line, instead of those that it has."""
    bare = NAV.sub(b"", page, count=1)
    body = BODY.search(bare)
    if body is None or not links:
        return bare
    rows = "".join(f'<a href="{escape(address)}">{escape(name)}</a>' for name, address in links.items())
    line = f'<nav class="places" aria-label="Files and other work" style="{STYLE}">{rows}</nav>'
    return bare[: body.end()] + line.encode() + bare[body.end() :]


def _index_above(folder: Path) -> str | None:
    """Return the address, from `folder`, of the nearest index above it; None where there is none."""
    for above in [*folder.resolve().parents][:ABOVE]:
        path = above / INDEX
        if is_index(path):
            return Path(os.path.relpath(path, folder.resolve())).as_posix()
    return None


def is_index(path: Path) -> bool:
    """Whether a file is an index that harbinger wrote."""
    try:
        with path.open("rb") as file:
            return TITLE in file.read(HEAD_BYTES)
    except OSError:
        return False
