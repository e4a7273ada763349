"""How a vendor is asked: patiently, and in tests through a server on this machine.

`HARBINGER_VENDOR_URL=http://127.0.0.1:PORT` sends every request for Yahoo or FRED to a local server, so that the real
clients and the whole command can be tested without a network. Only loopback addresses are accepted.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

from data.errors import BadAnswer, Offline, RateLimited, UsageError

VARIABLE = "HARBINGER_VENDOR_URL"
VENDOR_HOST = "X-Vendor-Host"
TRIES, FIRST_WAIT_S, LONGEST_WAIT_S = 6, 2.0, 30.0

T = TypeVar("T")


class Redirect(HTTPAdapter):
    """Sends every request to one local server; the host that was meant travels in the `X-Vendor-Host` header."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.netloc = loopback(url)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send `request` to the local server instead."""
        meant = urlsplit(request.url or "")
        local = request.copy()
        local.url = urlunsplit(("http", self.netloc, meant.path, meant.query, ""))
        local.headers[VENDOR_HOST] = meant.hostname or ""
        return super().send(local, *args, **kwargs)


def loopback(url: str) -> str:
    """Return `host:port` of a plain http address of this machine; UsageError for any other."""
    parts = urlsplit(url)
    try:
        ours = parts.scheme == "http" and parts.port and ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        ours = False
    if not ours:
        raise UsageError(
            f"{VARIABLE}={url!r} is not http://127.0.0.1:PORT; it may name a test server on this machine only: unset it"
        )
    return parts.netloc


def redirected_session(url: str | None = None) -> requests.Session | None:
    """Return a session whose every request goes to `url` (default: $HARBINGER_VENDOR_URL), or None where not set."""
    target = os.environ.get(VARIABLE) if url is None else url
    if not target:
        return None
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", Redirect(target))
    session.mount("http://", Redirect(target))
    return session


def with_backoff(ask: Callable[[], T], *, sleep: Callable[[float], None], tries: int = TRIES) -> T:
    """Return what `ask` returns; after RateLimited, Offline or BadAnswer wait (2, 4, 8, 16, 30 s) and ask again.

    The last error is raised as it came, with the number of tries; any other error at once.
    """
    for tried in range(1, tries + 1):
        try:
            return ask()
        except (RateLimited, Offline, BadAnswer) as error:
            if tried == tries:
                many = "once" if tries == 1 else f"{tries} times"
                raise type(error)(error.series, f"{error.what} (asked {many})", error.remedy) from error
            sleep(min(FIRST_WAIT_S * 2 ** (tried - 1), LONGEST_WAIT_S))
    raise ValueError(f"tries = {tries} is not at least 1")
