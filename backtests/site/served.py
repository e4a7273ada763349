"""The index alive, on this machine alone: read only, behind a token, for pages of results and nothing else.

Three doors are shut. Who does not know the token in the address gets 404. A page of another site that a browser was
led to (DNS rebinding) names another host, and gets 403. A path that leads out of a folder of results, or to a file that
no verb writes, gets 404.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from backtests.pages.places import WORDS, with_links
from backtests.site.alive import Alive
from backtests.site.page import render
from data.errors import HarbingerError

HOST = "127.0.0.1"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".toml": "text/plain; charset=utf-8",
}
PAGES = ("tearsheet.html", *(f"{kind}.html" for kind in ("sweep", "signal", "lead", "evidence", "stress", "compare")))
FILES = frozenset(
    (
        *PAGES,
        *(f"{kind}.json" for kind in ("run", "sweep", "plan", "signal", "lead", "evidence", "stress", "compare")),
        *(f"{name}.csv" for name in ("equity", "orders", "trials", "subperiods", "walk_forward", "signal")),
        "spec.toml",
    )
)
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # the token stands in the address
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
NOT_IN_A_NAME = frozenset("/\\\0")
DEEPEST = 2  # a file of a folder of results, or of a folder of results in it
PATIENCE_SECONDS = 30
TOKEN_BYTES = 24


class SiteServer(ThreadingHTTPServer):
    """The server on 127.0.0.1; `url` is the address of the index, with its token. Port 0 is any that is free."""

    daemon_threads = True

    def __init__(self, root: Path, folders: Sequence[Path] = (), port: int = 0) -> None:
        self.token, self.alive = secrets.token_urlsafe(TOKEN_BYTES), Alive(root, folders)
        super().__init__((HOST, port), SiteHandler)

    @property
    def url(self) -> str:
        """The address of the index."""
        return f"http://{HOST}:{self.server_port}/{self.token}/"

    @property
    def names(self) -> tuple[str, ...]:
        """What a request of this machine's browser may call the server."""
        return tuple(f"{name}:{self.server_port}" for name in (HOST, "localhost"))

    def handle_error(self, request: object, client_address: object) -> None:  # http.server's signature
        """Say nothing of a reader that went away; anything else is a defect, and is shown as http.server shows it."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # what it was called with


class SiteHandler(BaseHTTPRequestHandler):
    """One request. GET and HEAD alone: http.server answers 501 to every other method."""

    server: SiteServer
    server_version, sys_version = "harbinger", ""
    timeout = PATIENCE_SECONDS

    def do_GET(self) -> None:  # the name that http.server calls
        """Answer, or say no."""
        if self.headers.get("Host", "") not in self.server.names:
            self._send(HTTPStatus.FORBIDDEN, b"another host\n", "text/plain")
            return
        token, *path = urlsplit(self.path).path.removeprefix("/").split("/")
        if not secrets.compare_digest(token.encode(), self.server.token.encode()):
            self._send(HTTPStatus.NOT_FOUND, b"not found\n", "text/plain")
            return
        try:
            found = self._content([unquote(part, errors="replace") for part in path])
        except (HarbingerError, OSError):  # a registry that is busy, a file that went away: the page asks again
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, b"cannot be read now\n", "text/plain")
            return
        if found is None:
            self._send(HTTPStatus.NOT_FOUND, b"not found\n", "text/plain")
        else:
            self._send(HTTPStatus.OK, *found)

    do_HEAD = do_GET  # noqa: N815  # the name that http.server calls

    def _content(self, path: list[str]) -> tuple[bytes, str] | None:
        """Return the content and its type; None where there is none to give."""
        alive = self.server.alive
        match path:
            case [""]:
                return render(alive.work(), live=f"/{self.server.token}"), TYPES[".html"]
            case ["live.json"]:
                return json.dumps(alive.state()).encode(), TYPES[".json"]
            case ["work.json"]:
                return json.dumps([one.content() for one in alive.work()]).encode(), TYPES[".json"]
            case ["work", id, *way] if 0 < len(way) <= DEEPEST:
                return self._file(id, way)
        return None

    def _file(self, id: str, way: list[str]) -> tuple[bytes, str] | None:
        folder = self.server.alive.folder_of(id)
        path = folder.joinpath(*way) if folder is not None else None
        if folder is None or path is None or not is_result(path, folder, way):
            return None
        content = path.read_bytes()
        if path.name in PAGES:
            content = with_links(content, self._links(id, path.parent, len(way)))
        return content, TYPES[path.suffix]

    def _links(self, id: str, folder: Path, depth: int) -> dict[str, str]:
        """Return the links of a page: the index, its neighbours in time, the files beside it."""
        up = "../" * depth
        links = {"All work": f"{up}../"}
        if depth == 1:
            links |= {word: up + quote(other, safe="/") for word, other in self.server.alive.neighbours(id).items()}
        return links | {WORDS[name]: name for name in WORDS if (folder / name).is_file()}

    def _send(self, status: HTTPStatus, content: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **HEADERS}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the address holds the token."""


def is_result(path: Path, folder: Path, way: list[str]) -> bool:
    """Whether `path`, `way` below `folder`, is a file that a verb wrote there: by its name, no link, not elsewhere."""
    plain = all(part not in ("", ".", "..") and NOT_IN_A_NAME.isdisjoint(part) for part in way)
    if not plain or way[-1] not in FILES or not path.is_file():
        return False
    return path.resolve() == folder.resolve().joinpath(*way)
