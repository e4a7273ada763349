"""The site: built with strict links, it loads nothing from elsewhere, and its search works from a disk."""

import os
import re
import subprocess
import sys

import pytest

from tests.browser import browse
from tests.paths import DOCS, ROOT

pytestmark = pytest.mark.slow
SEARCH = """(() => {
  const field = document.querySelector('[data-md-component="search-query"]');
  document.querySelector('#__search').click();
  field.focus();
  field.value = "staleness";
  field.dispatchEvent(new Event("input", {bubbles: true}));
  field.dispatchEvent(new KeyboardEvent("keyup", {bubbles: true}));
})()"""
WAIT = "new Promise(r => setTimeout(r, 250))"
HITS = "[...document.querySelectorAll('.md-search-result__link')].map(a => a.getAttribute('href')).join(' ')"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    built = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_nothing_is_loaded_from_elsewhere(site):
    for page in site.rglob("*.html"):
        loads = re.findall(r"<(?:script|img|iframe|source)[^>]* src=\"?(?:https?:)?//[^\" >]+", page.read_text())
        loads += re.findall(r"<link(?![^>]*rel=\"?canonical)[^>]* href=\"?(?:https?:)?//[^\" >]+", page.read_text())
        assert not loads, page


def test_every_document_is_a_page_of_the_site(site):
    for document in DOCS.rglob("*.md"):
        assert (site / document.relative_to(DOCS)).with_suffix(".html").is_file(), document


@pytest.mark.browser
def test_search_works_from_a_disk(site):
    with browse(site / "index.html") as page:
        page.evaluate(SEARCH)
        for _ in range(40):
            page.send("Runtime.evaluate", expression=WAIT, awaitPromise=True)
            hits = page.evaluate(HITS)
            if hits:
                break
        assert "?h=staleness#" in hits
        assert all(url.startswith(("file:", "data:", "blob:")) for url in page.requests)
        assert not page.problems
