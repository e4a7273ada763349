"""The browser of the person at the terminal: asked only where there is a display."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path


def opened(page: Path) -> bool:
    """Open a page in the browser; return whether there was one to ask.

    A browser of the terminal itself is not asked: it would take the terminal away.
    """
    return has_display() and webbrowser.open(page.resolve().as_uri())


def has_display() -> bool:
    """Whether a window can be shown: always on macOS and Windows; where $BROWSER names what to ask, too."""
    if sys.platform in ("darwin", "win32"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
