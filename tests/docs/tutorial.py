"""docs/tutorial.ipynb, executed: `python -m tests.docs.tutorial` runs it and saves its outputs; a test holds it to the code."""

import copy
import re
import tempfile

import nbformat
from nbclient import NotebookClient

from tests.paths import DOCS

PAGE = DOCS / "tutorial.ipynb"
RUN_ID = re.compile(r"\d{8}-\d{6}-[\w-]+-[0-9a-f]{6}")
SECONDS = re.compile(r"\b\d+(\.\d+)? s\b")


def load():
    """Return the notebook as it is saved."""
    return nbformat.read(PAGE, as_version=4)


def execute(notebook):
    """Return a copy with its outputs made again, in an empty folder."""
    made = copy.deepcopy(notebook)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(made, timeout=120, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    for cell in made.cells:
        cell.metadata.pop("execution", None)  # when each cell ran: nothing that a reader needs
    return made


def texts(notebook):
    """Return the text of every output by cell, run ids and seconds left out."""
    return [[said(output) for output in cell.get("outputs", [])] for cell in notebook.cells]


def said(output):
    """Return an output as plain text."""
    text = output["text"] if output["output_type"] == "stream" else output.get("data", {}).get("text/plain", "")
    return SECONDS.sub("N s", RUN_ID.sub("RUN", text))


if __name__ == "__main__":
    nbformat.write(execute(load()), PAGE)
