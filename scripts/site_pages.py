"""Pages of the site that stand elsewhere in the project: README, CONTRIBUTING, CHANGELOG, SECURITY, and the notebooks.

A hook of mkdocs (see mkdocs.yml). Their links are those of the repository; here they become those of the site.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from itertools import count
from pathlib import Path
from typing import Any

import nbformat
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md",
         "SECURITY.md": "reporting.md"}  # fmt: skip

NOTEBOOKS = ("tutorial_claim", "tutorial_signal", "tutorial_sweeps", "tutorial_evidence")
FIGURE = "application/vnd.plotly.v1+json"
DRAW = (
    'for (const place of document.querySelectorAll("div.plotly")) {'
    "const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);"
    "Plotly.newPlot(place, figure.data, figure.layout, {displayModeBar: false, responsive: true}); }"
)


def on_files(files: Files, config: Any) -> Files:
    """Add the pages; the notebook's own file gives way to its page."""
    for source, page in PAGES.items():
        files.append(File.generated(config, page, content=of_site((ROOT / source).read_text(encoding="utf-8"))))
    for name in NOTEBOOKS:
        notebook = files.get_file_from_path(f"{name}.ipynb")
        if notebook is not None:
            files.remove(notebook)
        files.append(File.generated(config, f"{name}.md", content=page_of(ROOT / "docs" / f"{name}.ipynb")))
    files.append(File.generated(config, "plotly.min.js", content=plotly()))
    return files


def plotly() -> str:
    """Return plotly's script as its package has it."""
    return resources.files("plotly").joinpath("package_data/plotly.min.js").read_text(encoding="utf-8")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Turn links of the repository into those of the site."""
    return of_site(markdown)


def of_site(markdown: str) -> str:
    """Return the text with links to files of the repository as links to pages."""
    markdown = re.sub(r"\]\((?:\.\./)?docs/", "](", markdown)
    markdown = re.sub(r"(tutorial_\w+)\.ipynb", r"\1.md", markdown)
    for source, page in PAGES.items():
        markdown = re.sub(rf"\]\((?:\.\./)?{re.escape(source)}", f"]({page}", markdown)
    return markdown


def page_of(path: Path) -> str:
    """Return the notebook as a page: its text, its code, and what the code gave."""
    cells = nbformat.read(path, as_version=4).cells  # type: ignore[no-untyped-call]  # nbformat is untyped
    parts: list[str] = []
    shapes = count()
    for cell in cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
        else:
            parts += [f"```python\n{cell.source}\n```", *(shown(output, shapes) for output in cell.get("outputs", []))]
    drawn = any('class="plotly"' in part for part in parts)
    if drawn:
        parts.append(f'<script src="plotly.min.js"></script><script>{DRAW}</script>')
    return "\n\n".join(part for part in parts if part)


def shown(output: Any, shapes: Iterator[int]) -> str:
    """Return one output of a cell: a figure to be drawn, HTML as it is, else text."""
    data = output.get("data", {})
    if FIGURE in data:
        figure = json.dumps(data[FIGURE]).replace("<", "\\u003c")
        name = f"figure-{next(shapes)}"
        return (
            f'<div class="plotly" data-figure="{name}" role="img" aria-label="figure of the cell above"></div>\n'
            f'<script type="application/json" id="{name}">{figure}</script>'
        )
    if "text/html" in data:
        return f'<div class="output">\n{data["text/html"]}\n</div>'
    text = output.get("text") or data.get("text/plain", "")
    return f"```text\n{text.rstrip()}\n```" if text else ""
