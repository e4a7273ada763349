"""The shell of a page: a template whose marks, <!--harbinger:name-->, are filled. Jinja escapes what is plain text."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files


def fill(template: str, *, text: dict[str, str], html: dict[str, str]) -> str:
    """Return `template` with every mark filled: `text` is escaped, `html` stands as it is.

    jinja2.UndefinedError for a mark that nothing fills. The marks are HTML comments, so that templates of quantstats,
    which have braces of their own, and style sheets can be filled too.
    """
    from jinja2 import StrictUndefined  # noqa: PLC0415  # only where a page is drawn
    from jinja2.sandbox import SandboxedEnvironment  # noqa: PLC0415  # the same
    from markupsafe import Markup  # noqa: PLC0415  # the same

    shells = SandboxedEnvironment(
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        variable_start_string="<!--harbinger:",
        variable_end_string="-->",
        block_start_string="<!--harbinger-block:",
        block_end_string="-->",
        comment_start_string="<!--harbinger-note:",
        comment_end_string="-->",
    )
    return shells.from_string(template).render({**text, **{name: Markup(part) for name, part in html.items()}})  # noqa: S704


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
