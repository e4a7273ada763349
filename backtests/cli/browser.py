"""The browser of the person at the terminal: asked only where there is a display."""

from __future__ import annotations

import os
import sys


def opened(address: str) -> bool:
    """Open an address in the browser; return whether there was one to ask.

    A browser of the terminal itself is not asked: it would take the terminal away.
    """
    import webbrowser  # noqa: PLC0415  # only where it is asked for

    return has_display() and webbrowser.open(address)


def has_display() -> bool:
    """Whether a window can be shown: always on macOS and Windows; where $BROWSER names what to ask, too."""
    if sys.platform in ("darwin", "win32"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
