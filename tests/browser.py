"""A page in real Chromium, over the DevTools protocol: what it logged, what it asked the network for, what it holds."""

import base64
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from websockets.sync.client import connect

ASKED = itertools.count(1)
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--remote-debugging-port=0", "about:blank",
)  # fmt: skip


def find_browser():
    """Return the browser's path; without one the test skips, unless HARBINGER_REQUIRE_BROWSER=1."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        if os.environ.get("HARBINGER_REQUIRE_BROWSER") == "1":
            pytest.fail("HARBINGER_REQUIRE_BROWSER=1 and no Chromium is installed")
        pytest.skip(f"no browser found ({', '.join(NAMES)}): pages are not rendered here")
    return found


@dataclass
class Page:
    """What a page did while it loaded."""

    problems: list = field(default_factory=list)
    requests: list = field(default_factory=list)
    send: object = None

    def evaluate(self, script):
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True)
        return answer["result"].get("value")

    def size(self, width, height, *, dark=False):
        """Show the page at a size, on light or on dark."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.send("Runtime.evaluate", expression="new Promise(r => setTimeout(r, 150))", awaitPromise=True)

    def wait_for(self, script):
        """Return what a promise gives."""
        answer = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def picture(self, path, width=1200, height=1600, *, dark=False):
        """Write a PNG of the top of the page."""
        self.size(width, height, dark=dark)
        self.send("Runtime.evaluate", expression="new Promise(r => setTimeout(r, 300))", awaitPromise=True)
        data = self.send("Page.captureScreenshot", format="png")["data"]
        Path(path).write_bytes(base64.b64decode(data))

    def clip(self, path, box):
        """Write a PNG of a part of the page; `box` is its bounding rectangle as JSON, on the page as last sized."""
        found = json.loads(box)
        area = {name: found[name] for name in ("x", "y", "width", "height")} | {"scale": 1}
        data = self.send("Page.captureScreenshot", format="png", clip=area, captureBeyondViewport=True)["data"]
        Path(path).write_bytes(base64.b64decode(data))


class Session:
    """One page in a tab; collects events while it waits for answers."""

    def __init__(self, socket, page):
        self.socket, self.page = socket, page
        self.loaded = False
        page.send = self.send

    def send(self, method, **params):
        asked = next(ASKED)
        self.socket.send(json.dumps({"id": asked, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv(timeout=30))
            if message.get("id") == asked:
                assert "error" not in message, message
                return message["result"]
            self.take(message)

    def take(self, message):
        method, params = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.page.requests.append(params["request"]["url"])
        elif method == "Runtime.exceptionThrown":
            self.page.problems.append(params["exceptionDetails"])
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.page.problems.append(params["args"])
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.page.problems.append(params["entry"])
        elif method == "Page.loadEventFired":
            self.loaded = True

    def open(self, address):
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.send(f"{domain}.enable")
        self.send("Page.navigate", url=address)
        while not self.loaded:
            self.take(json.loads(self.socket.recv(timeout=30)))
        self.send("Runtime.evaluate", expression="new Promise(r => setTimeout(r, 200))", awaitPromise=True)


@contextmanager
def browse(path):
    """Open a file in Chromium: `page.problems`, `page.requests`, `page.evaluate(js)`, `page.picture(png)`."""
    with tab() as visit:
        yield visit(path)


@contextmanager
def tab():
    """Start Chromium once: `visit(path)` opens a file (or an http address) in its one tab and returns the Page, as often as is wanted."""
    with ExitStack() as stack:
        profile = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        words = [find_browser(), f"--user-data-dir={profile}", *FLAGS]
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stack.callback(process.wait, 10)
        stack.callback(process.terminate)
        port = wait_for_port(profile / "DevToolsActivePort")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=30) as answer:
            found = next(t for t in json.load(answer) if t["type"] == "page")
        socket = stack.enter_context(connect(found["webSocketDebuggerUrl"], max_size=None))

        def visit(path):
            session = Session(socket, Page())
            session.open(path if str(path).startswith("http:") else Path(path).resolve().as_uri())
            return session.page

        yield visit


def wait_for_port(file):
    deadline = time.monotonic() + 30
    while not (file.exists() and file.read_text().strip()):
        assert time.monotonic() < deadline, "Chromium did not start"
        time.sleep(0.05)
    return file.read_text().split()[0]
