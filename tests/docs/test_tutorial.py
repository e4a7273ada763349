"""The tutorial notebook: its saved outputs are what the code gives."""

import json
import re
import time

import pytest

from tests.docs.tutorial import PAGE, execute, load, texts


@pytest.fixture(scope="module")
def saved():
    return load()


@pytest.mark.slow
def test_a_new_execution_says_what_is_saved(saved, monkeypatch, tmp_path):
    monkeypatch.setenv("HARBINGER_HOME", str(tmp_path))
    began = time.monotonic()
    again = texts(execute(saved))
    assert again == texts(saved), "run: python -m tests.docs.tutorial"
    assert time.monotonic() - began < 60
    assert not list(tmp_path.iterdir())  # the page keeps to a folder of its own


def test_every_cell_ran_and_none_failed(saved):
    cells = [cell for cell in saved.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert {output["output_type"] for output in outputs} == {"execute_result", "stream"}
    assert {output["name"] for output in outputs if output["output_type"] == "stream"} == {"stdout"}
    cards = [output["data"]["text/html"] for output in outputs if "text/html" in output.get("data", {})]
    assert sum('class="harbinger"' in card for card in cards) == 3


def test_everything_on_it_is_simulated_and_of_no_machine(saved):
    text = PAGE.read_text()
    assert not re.search(r"/tmp/|/home/|/root/|/work/|[A-Z]:\\\\", text)
    for word in ("yahoo", "folder:"):
        assert word not in text
    cards = re.findall(r'class=\\"harbinger\\".*?</div>', text)
    assert len(cards) == 3
    assert all("SIMULATED" in card for card in cards)
    assert json.loads(text)["nbformat"] == 4


def test_it_does_what_it_promises(saved):
    code = "\n".join(cell.source for cell in saved.cells if cell.cell_type == "code")
    for word in (
        "run(",
        "sweep(",
        "compare(",
        "Registry().count",
        "assert_no_lookahead",
        ".equity",
        ".orders",
        ".trials",
        ".best",
    ):
        assert word in code, word
    said = "\n".join(line for cell in texts(saved) for line in cell)
    assert "TrialCount(trials=" in said
    assert "next_bar: the weight of" in said
