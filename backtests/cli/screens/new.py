"""harbinger new: what it does and prints."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import cast

import click

from backtests.templates.written import Kind, write


def new(kind: str, name: str, out: Path) -> None:
    """Write the files, and say how they are tried."""
    paths = write(cast("Kind", kind), name, out)
    for path in paths:
        click.echo(f"wrote {path}")
    subject = shlex.quote(str(next((path for path in paths if path.suffix == ".toml"), paths[0])))
    shows = "signal" if kind == "signal" else "run"
    click.echo(f"try:  harbinger {shows} {subject} --source simulated")
    click.echo(f"      harbinger check lookahead {subject}")
    click.echo(f"      python -m pytest {shlex.quote(str(paths[-1]))}")
