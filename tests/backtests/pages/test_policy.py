"""The policy of pages (Content-Security-Policy): ours run, nothing else does, nothing is loaded or sent."""

import base64
import hashlib
import re

import pytest

from backtests.pages import html
from backtests.pages.shell import policy
from tests.browser import browse, find_browser
from tests.paths import ROOT

INJECTED = (
    "<script>document.title = 'owned'</script>",
    "<img src=x onerror=\"document.title = 'owned'\">",
    "<svg onload=\"document.title = 'owned'\"></svg>",
    "<iframe srcdoc=\"<script>parent.document.title = 'owned'</script>\"></iframe>",
    "<a id=link href=\"javascript:document.title='owned'\">x</a>",
    "<script src=\"data:text/javascript,document.title='owned'\"></script>",
    "<form id=form action=https://example.org><input name=a></form>",
    "<base href=https://example.org>",
)


def test_every_template_has_a_policy_before_anything_that_it_rules():
    templates = sorted((ROOT / "backtests").rglob("*.html"))
    assert templates
    for template in templates:
        head, mark, rest = template.read_text().partition("<!--harbinger:policy-->")
        assert mark, template
        assert not re.search("<(script|style|link|title|img)", head), template


def test_a_page_names_the_hash_of_each_script_that_runs():
    page = html.page("a", html.figure([{"x": [1], "y": [2]}], says="x"), script="const mine = 1;\n").decode()
    [allowed] = re.findall("script-src ([^;]*);", page)
    scripts = re.findall("<script>(.*?)</script>", page, re.S)
    assert len(scripts) == 2
    assert allowed.split() == [
        f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts
    ]
    assert "unsafe-inline" not in allowed


def test_a_page_without_scripts_allows_none():
    assert "script-src 'none'" in policy()
    assert "default-src 'none'" in policy()


@pytest.mark.slow
@pytest.mark.browser
def test_what_was_injected_does_not_run_and_ours_does(tmp_path):
    find_browser()
    figure = html.figure([{"type": "scatter", "x": [1, 2], "y": [2, 3]}], says="a line")
    file = tmp_path / "page.html"
    table = html.table(["a"], [[1], [2]], sortable=True)
    file.write_bytes(html.page("honest", *INJECTED, figure, table, script="document.body.dataset.ours = 'ran';"))
    with browse(file) as page:
        for click in ("document.getElementById('link').click()", "document.getElementById('form').submit()"):
            page.evaluate(click)
        assert page.evaluate("document.title") == "honest"
        assert page.evaluate("document.body.dataset.ours") == "ran"
        assert page.evaluate("document.querySelectorAll('.js-plotly-plot .scatterlayer path').length") > 0
        page.evaluate("document.querySelector('th').click()")
        assert page.evaluate("document.querySelector('td').textContent") == "2"
        sent = [url for url in page.requests if not url.startswith(("file:", "data:", "about:"))]
        assert sent == []
        assert any("Content Security Policy" in str(problem) for problem in page.problems)
