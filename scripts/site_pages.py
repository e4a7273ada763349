"""Pages of the site that stand elsewhere in the project: README, CONTRIBUTING, CHANGELOG, SECURITY, and the tutorial.

A hook of mkdocs (see mkdocs.yml). Their links are those of the repository; here they become those of the site.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md",
         "SECURITY.md": "reporting.md"}  # fmt: skip


def on_files(files: Files, config: Any) -> Files:
    """Add the pages; the notebook's own file gives way to its page."""
    for source, page in PAGES.items():
        files.append(File.generated(config, page, content=of_site((ROOT / source).read_text(encoding="utf-8"))))
    notebook = files.get_file_from_path("tutorial.ipynb")
    if notebook is not None:
        files.remove(notebook)
    files.append(File.generated(config, "tutorial.md", content=tutorial(ROOT / "docs" / "tutorial.ipynb")))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Turn links of the repository into those of the site."""
    return of_site(markdown)


def of_site(markdown: str) -> str:
    """Return the text with links to files of the repository as links to pages."""
    markdown = re.sub(r"\]\((?:\.\./)?docs/", "](", markdown).replace("tutorial.ipynb", "tutorial.md")
    for source, page in PAGES.items():
        markdown = re.sub(rf"\]\((?:\.\./)?{re.escape(source)}", f"]({page}", markdown)
    return markdown


def tutorial(path: Path) -> str:
    """Return the notebook as a page: its text, its code, and what the code gave."""
    cells = nbformat.read(path, as_version=4).cells  # type: ignore[no-untyped-call]  # nbformat is untyped
    parts: list[str] = []
    for cell in cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
        else:
            parts += [f"```python\n{cell.source}\n```", *(shown(output) for output in cell.get("outputs", []))]
    return "\n\n".join(part for part in parts if part)


def shown(output: Any) -> str:
    """Return one output of a cell: HTML as it is, else text."""
    data = output.get("data", {})
    if "text/html" in data:
        return f'<div class="output">\n{data["text/html"]}\n</div>'
    text = output.get("text") or data.get("text/plain", "")
    return f"```text\n{text.rstrip()}\n```" if text else ""
