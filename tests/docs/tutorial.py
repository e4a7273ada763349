"""The notebooks of docs/, executed: `python -m tests.docs.tutorial [NAME ...]` runs them and saves their outputs; a test holds
them to the code."""

import copy
import re
import sys
import tempfile

import nbformat
from nbclient import NotebookClient

from tests.paths import DOCS

NAMES = ("tutorial_claim", "tutorial_signal", "tutorial_sweeps", "tutorial_evidence")
RUN_ID = re.compile(r"\d{8}-\d{6}-[\w-]+-[0-9a-f]{6}")
SECONDS = re.compile(r"\b\d+(\.\d+)? s\b")
FIGURE = "application/vnd.plotly.v1+json"


def page(name):
    """Return the file of a notebook."""
    return DOCS / f"{name}.ipynb"


def load(name):
    """Return a notebook as it is saved."""
    return nbformat.read(page(name), as_version=4)


def execute(notebook):
    """Return a copy with its outputs made again, in an empty folder."""
    made = copy.deepcopy(notebook)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(made, timeout=120, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    for cell in made.cells:
        cell.metadata.pop("execution", None)  # when each cell ran: nothing that a reader needs
        for output in cell.get("outputs", []):
            if FIGURE in output.get("data", {}):  # the figure itself; its text is what Python says of an object
                output["data"] = {FIGURE: output["data"][FIGURE], "text/plain": "a figure"}
                output["data"][FIGURE].get("layout", {}).pop("template", None)  # 7 kB of plotly's own defaults
    return made


def texts(notebook):
    """Return the text of every output by cell, run ids and seconds left out."""
    return [[said(output) for output in cell.get("outputs", [])] for cell in notebook.cells]


def said(output):
    """Return an output as plain text."""
    text = output["text"] if output["output_type"] == "stream" else output.get("data", {}).get("text/plain", "")
    return SECONDS.sub("N s", RUN_ID.sub("RUN", text))


if __name__ == "__main__":
    for chosen in sys.argv[1:] or NAMES:
        nbformat.write(execute(load(chosen)), page(chosen))
