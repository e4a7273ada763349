"""The figures of docs/architecture.md, from the code: `python -m tests.docs.house` writes them; a test holds them."""

import ast
import re
import tomllib

from tests.paths import DOCS, ROOT

PAGE = DOCS / "architecture.md"
PACKAGES = ("data", "signals", "strategies", "backtests")
MARK = "<!-- figures -->"
# Measured on 2026-11-24, before the house was rebuilt (commit 7c8b42b), by these same functions.
BEFORE = {
    "loose modules in `backtests/`": 28,
    "folders in `backtests/`": 9,
    "layers of the import contract inside `backtests`": 21,
    "imports of our own modules inside functions": 149,
    'reads of an untyped `content["..."]`': 122,
    "modules over 400 lines": 0,
    "functions over 60 lines": 1,
}


def files(root=ROOT):
    return sorted(file for package in PACKAGES for file in (root / package).rglob("*.py"))


def own_imports_in_functions(root=ROOT):
    """Return (file, line) of every import of our own modules inside a function."""
    found = set()
    for file in files(root):
        for function in ast.walk(ast.parse(file.read_text())):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(function):
                name = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
                if name.split(".")[0] in PACKAGES:
                    found.add((str(file.relative_to(root)), node.lineno))
    return sorted(found)


def layers(root=ROOT):
    contracts = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return next(len(c["layers"]) for c in contracts if c.get("containers") == ["backtests"])


def long_functions(root=ROOT):
    return [
        (file, node.name)
        for file in files(root)
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno + 1 > 60
    ]


def figures(root=ROOT):
    texts = [file.read_text() for file in files(root)]
    rooms = [path for path in (root / "backtests").iterdir() if path.is_dir() and list(path.glob("*.py"))]
    return {
        "loose modules in `backtests/`": len(list((root / "backtests").glob("*.py"))),
        "folders in `backtests/`": len(rooms),
        "layers of the import contract inside `backtests`": layers(root),
        "imports of our own modules inside functions": len(own_imports_in_functions(root)),
        'reads of an untyped `content["..."]`': sum(len(re.findall(r"\bcontent\[[\"']", text)) for text in texts),
        "modules over 400 lines": sum(text.count("\n") > 400 for text in texts),
        "functions over 60 lines": len(long_functions(root)),
    }


def table():
    rows = "".join(f"| {what} | {BEFORE[what]} | {now} |\n" for what, now in figures().items())
    return f"\n| what | before | now |\n|---|---|---|\n{rows}"


def page():
    head, _, foot = PAGE.read_text().split(MARK)
    return MARK.join([head, table(), foot])


if __name__ == "__main__":
    PAGE.write_text(page())
