"""The shell of a page: a template whose marks, <!--harbinger:name-->, are filled."""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from importlib.resources import files

MARK = re.compile(r"<!--harbinger:(\w+)-->")


def fill(template: str, *, text: dict[str, str], html: dict[str, str]) -> str:
    """Return `template` with every mark filled: `text` is escaped, `html` stands as it is; neither is read again.

    KeyError for a mark that nothing fills.
    """
    filled = {name: escape(part) for name, part in text.items()} | html
    return MARK.sub(lambda mark: filled[mark[1]], template)


def policy(*scripts: str, asks: bool = False) -> str:
    """Return the policy (Content-Security-Policy) of a page: it loads nothing, sends nothing, and runs `scripts` alone.

    With `asks` it may ask the server that it came from (`harbinger serve`), and no other.
    Each is named by the hash of its text, so that what slipped through the escaping of a name would not run.
    """
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    runs = " ".join(f"'sha256-{digest}'" for digest in hashes) or "'none'"
    allowed = f"script-src {runs}; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    allowed += "; connect-src 'self'" if asks else ""
    return f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; {allowed}">'


def own(name: str) -> str:
    """Return the text of a file of this package: a template, a style sheet or a script."""
    return files("backtests").joinpath(name).read_text(encoding="utf-8")
