"""How a vendor is asked: patiently, and in tests through a server on this machine.

`HARBINGER_VENDOR_URL=http://127.0.0.1:PORT` sends every request for Yahoo or FRED to a local server, so that the real
clients and the whole command can be tested without a network. Only loopback addresses are accepted.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError, ContentDecodingError
from requests.utils import get_environ_proxies, select_proxy

from data.errors import BadAnswer, Offline, RateLimited, Redirected, Unreachable, UsageError

VARIABLE = "HARBINGER_VENDOR_URL"
VENDOR_HOST = "X-Vendor-Host"
TRIES, FIRST_WAIT_S, LONGEST_WAIT_S = 6, 2.0, 30.0
DEADLINE_S = 60.0  # for a whole answer: the time limits of requests are for each byte of it
NAME_S = 4.0
MOST_BYTES = 64 * 2**20
OFFLINE = (
    "check the connection; without one --source simulated, --source folder:PATH and what is stored "
    "(harbinger data list) still work"
)

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
        except Unreachable:
            raise
        except (RateLimited, Offline, BadAnswer) as error:
            if tried == tries:
                many = "once" if tries == 1 else f"{tries} times"
                raise type(error)(error.series, f"{error.what} (asked {many})", error.remedy) from error
            sleep(min(FIRST_WAIT_S * 2 ** (tried - 1), LONGEST_WAIT_S))
    raise ValueError(f"tries = {tries} is not at least 1")


def within(seconds: float, ask: Callable[[], T]) -> T:
    """Return `ask()`, or raise TimeoutError after `seconds`, whatever it waits for: a name, a byte, the last byte.

    What is not done by then goes on in a thread that ends with the process; its outcome is not used.
    """
    outcome: list[T] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            outcome.append(ask())
        except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
            failure.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(seconds)
    if failure:
        raise failure[0]
    if not outcome:
        raise TimeoutError(f"no whole answer within {seconds:g} s")
    return outcome[0]


def find_host(series: str, url: str) -> None:
    """Raise Unreachable where the name of a vendor, or of the proxy on the way to it, is not found within NAME_S."""
    proxy = select_proxy(url, get_environ_proxies(url))
    host = urlsplit(proxy or url).hostname or ""
    try:
        within(NAME_S, lambda: socket.getaddrinfo(host, None))
    except TimeoutError as error:
        raise Unreachable(series, f"no answer to the question where {host} is, within {NAME_S:g} s", OFFLINE) from error
    except OSError as error:
        raise Unreachable(series, f"the name {host} is not found ({error.strerror or error})", OFFLINE) from error


def redirected(series: str, vendor: str, place: str) -> Redirected:
    """Return the error for an answer that sends us elsewhere, ready to be raised."""
    remedy = "log in to the network (a browser shows its page), or fetch again later"
    return Redirected(series, f"{vendor} redirects to {place[:100]!r} instead of answering", remedy)


def whole_answer(
    series: str,
    vendor: str,
    session: requests.Session,
    url: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    timeout_s: tuple[float, float],
) -> tuple[int, str]:
    """Return (HTTP status, text) of a plain request, whole within DEADLINE_S and no longer than MOST_BYTES.

    Raises Offline, RateLimited, Redirected, or BadAnswer for one that is cut or too long; other codes are the caller's.
    """
    host = urlsplit(url).hostname
    try:
        response, content = within(DEADLINE_S, lambda: _body(session, url, query, headers, timeout_s))
    except (ChunkedEncodingError, ContentDecodingError) as error:
        raise BadAnswer(series, f"{vendor}'s answer is cut ({error})", "try again later") from error
    except TimeoutError as error:
        raise Offline(series, f"{host}: {error}", OFFLINE) from error
    except requests.RequestException as error:
        raise Offline(series, f"no answer from {host} ({type(error).__name__})", OFFLINE) from error
    if response.status_code == requests.codes.too_many_requests:
        raise RateLimited(series, f"{vendor} asks to slow down (HTTP 429)", "wait some minutes, then fetch again")
    if 300 <= response.status_code < 400:
        raise redirected(series, vendor, response.headers.get("location", ""))
    if len(content) > MOST_BYTES:
        what = f"{vendor}'s answer has more than {MOST_BYTES:,} bytes"
        raise BadAnswer(series, what, "try again later")
    return response.status_code, content.decode("utf-8", errors="replace")


def _body(
    session: requests.Session,
    url: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    timeout_s: tuple[float, float],
) -> tuple[requests.Response, bytes]:
    """Return an answer and its body, or the first bytes of one that is too long."""
    with session.get(
        url, params=query, headers=headers, timeout=timeout_s, stream=True, allow_redirects=False
    ) as response:
        content = bytearray()
        for chunk in response.iter_content(2**16):
            content += chunk
            if len(content) > MOST_BYTES:
                break
    return response, bytes(content)
