"""The server: alive for who knows the token, shut for everybody else and for every path that leads out."""

import http.client
import json
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from backtests.registry import Registry
from backtests.site.served import FILES, SiteServer
from tests.backtests.registry.entries import run_entry, sweep_entry, trial_row
from tests.backtests.site.works import a_run

RUN, OTHER = "20261122-183000-mine-a1b2c3", "20261122-183001-mine-a1b2c3"
PAGE = "<!DOCTYPE html><html><body><p>page</p></body></html>"


@pytest.fixture
def served(tmp_path, monkeypatch):
    monkeypatch.setattr("backtests.site.alive.FRESH_SECONDS", 0.0)
    for id, name in ((RUN, "a"), (OTHER, "b")):
        folder = a_run(tmp_path / "runs" / name, id=id)
        (folder / "tearsheet.html").write_text(PAGE)
        Registry().runs.add(run_entry(id, path=str(folder), created_at=f"2026-11-22T18:30:0{name == 'b':d}"))
    with SiteServer(tmp_path / "runs") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


def ask(server, path, *, method="GET", host=None, token=None):
    """Return status, headers and body; `path` goes out as it stands, behind the token unless it is given whole."""
    way = path if token is None else f"/{token}/{path}"
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.putrequest(method, way, skip_host=True)
    connection.putheader("Host", host or f"127.0.0.1:{server.server_port}")
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.headers), body


def get(server, path, **more):
    return ask(server, path, token=server.token, **more)


def test_it_listens_to_this_machine_alone(served):
    assert served.server_address[0] == "127.0.0.1"
    assert urlsplit(served.url).path == f"/{served.token}/"
    assert len(served.token) >= 32


def test_the_index_is_alive(served):
    status, headers, body = get(served, "")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert f'data-live="/{served.token}"'.encode() in body
    assert b"connect-src 'self'" in body
    assert (headers["Referrer-Policy"], headers["Cache-Control"], headers["X-Frame-Options"]) == (
        "no-referrer",
        "no-store",
        "DENY",
    )
    work = json.loads(get(served, "work.json")[2])
    assert [one["page"] for one in work] == [f"work/{OTHER}/tearsheet.html", f"work/{RUN}/tearsheet.html"]


def test_a_page_links_to_the_index_its_neighbours_and_its_files(served):
    body = get(served, f"work/{RUN}/tearsheet.html")[2].decode()
    for address in ("../../", f"../{OTHER}/tearsheet.html", "spec.toml", "equity.csv"):
        assert f'href="{address}"' in body
    assert "<p>page</p>" in body
    assert get(served, f"work/{RUN}/run.json")[1]["Content-Type"] == "application/json"


@pytest.mark.parametrize("token", ["", "x", "A" * 32])
def test_who_does_not_know_the_token_learns_nothing(served, token):
    for path in ("", "live.json", f"work/{RUN}/run.json", "nothing"):
        assert ask(served, path, token=token)[::2] == (404, b"not found\n")
    assert ask(served, "/")[0] == 404


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example"]
)
def test_another_host_is_refused(served, host):
    assert get(served, "", host=host)[0] == 403
    assert get(served, "", host=f"localhost:{served.server_port}")[0] == 200


OUT = [
    "work/{run}/../secret.json", "work/{run}/%2e%2e/secret.json", "work/{run}/..%2fsecret.json", "work/{run}/%2fetc%2fpasswd",
    "work/../secret.json", "work/{run}/..\\secret.json", "work/{run}//run.json", "work/{run}/run.json%00.html", "work/{run}/.",
    "work/{run}/", "work/{run}", "work/unknown/run.json", "work/{run}/sub/deep/run.json", "work/{run}/notes.json",
    "work/{run}/link/run.json", "work/{run}/lead.json", "secret.json", "index.html", "../live.json",
]  # fmt: skip


@pytest.mark.parametrize("way", OUT)
def test_no_path_leads_out(served, tmp_path, way):
    (tmp_path / "secret.json").write_text("secret")
    folder = tmp_path / "runs" / "a"
    (folder / "notes.json").write_text("secret")  # no verb of ours writes a file of this name
    (folder / "lead.json").symlink_to(tmp_path / "secret.json")
    (folder / "link").symlink_to(tmp_path / "runs" / "b")
    status, _, body = get(served, way.format(run=RUN))
    assert (status, body) == (404, b"not found\n")


def test_it_is_read_only(served, tmp_path):
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and "registry" not in path.name}
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert get(served, "", method=method)[0] == 501
    status, headers, body = get(served, "", method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 1_000
    assert before == {path: path.read_bytes() for path in before}


def test_a_sweep_under_way_moves_and_a_new_run_appears(served, tmp_path):
    state = json.loads(get(served, "live.json")[2])
    assert state["running"] == []
    sweeps = Registry().sweeps
    sweeps.begin(sweep_entry("s", sets="4"))
    first = json.loads(get(served, "live.json")[2])
    assert first["stamp"] != state["stamp"]
    assert first["running"] == [{"id": "s", "study": "study", "done": 0, "sets": 4, "seconds_left": None}]
    sweeps.add("s", 0, [trial_row("abc"[at]) for at in range(3)])
    (moved,) = json.loads(get(served, "live.json")[2])["running"]
    assert moved["done"] == 3
    assert 0 <= moved["seconds_left"] < 60
    sweeps.finish("s", "2018-01-01", "2018-02-01")
    assert json.loads(get(served, "live.json")[2])["running"] == []


def test_a_registry_that_cannot_be_read_is_said_and_asked_again(served, monkeypatch):
    from data.errors import DataError

    def busy():
        raise DataError("another process is writing")

    with monkeypatch.context() as patch:
        patch.setattr(served.alive, "_now", busy)
        assert get(served, "live.json")[::2] == (503, b"cannot be read now\n")
    assert get(served, "live.json")[0] == 200


def test_a_folder_of_the_user_s_own_shows_results_only(served, tmp_path):
    """A run whose --out is a folder with other files: what no verb writes is not to be had."""
    assert {Path(name).suffix for name in FILES} == {".html", ".json", ".csv", ".toml"}
    (tmp_path / "runs" / "a" / "private.csv").write_text("secret")
    assert get(served, f"work/{RUN}/private.csv")[0] == 404


def test_the_page_of_a_browser_takes_what_is_new(served, tmp_path):
    from tests.browser import browse

    with browse(served.url) as page:
        assert page.problems == []
        assert page.evaluate('document.querySelectorAll("#work > li").length') == 2
        sweeps = Registry().sweeps
        sweeps.begin(sweep_entry("s", sets="4"))
        sweeps.add("s", 0, [trial_row("a")])
        wait = 'new Promise(done => { const look = () => document.querySelector("#work progress") ? done() : setTimeout(look, 50); look(); })'
        page.send("Runtime.evaluate", expression=wait, awaitPromise=True)
        assert page.evaluate('document.querySelector("#work progress").value') == 1
        assert {urlsplit(address).netloc for address in page.requests} == {f"127.0.0.1:{served.server_port}"}
