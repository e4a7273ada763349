"""The notebooks: their saved outputs are what the code gives, short, of no machine, and of simulated markets alone."""

import json
import os
import re

import pytest

from tests.docs.tutorial import FIGURE, NAMES, execute, load, page, texts

PROMISED = {
    "tutorial_claim": ("run(", "compare(", "Registry().count", ".equity", ".orders", ".plot()"),
    "tutorial_signal": ("signal_sheet(", "assert_no_lookahead", "assert_warm", ".figures", "write("),
    "tutorial_sweeps": ("sweep(", ".best_region", ".trials", "walk_forward", ".plot()"),
    "tutorial_evidence": ("evidence_of(", "sweep(", ".plot()"),
}
SAID = {
    "tutorial_claim": "TrialCount(trials=",
    "tutorial_signal": "with what was published",
    "tutorial_sweeps": "of the best",
    "tutorial_evidence": "does not survive",
}
MOST_BYTES = 400_000


def spent_in_children():
    """Processor seconds of all processes that were started here and have ended: a notebook runs in one."""
    times = os.times()
    return times.children_user + times.children_system


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_new_execution_says_what_is_saved(name, monkeypatch, tmp_path):
    monkeypatch.setenv("HARBINGER_HOME", str(tmp_path))
    saved, began = load(name), spent_in_children()
    assert texts(execute(saved)) == texts(saved), f"run: python -m tests.docs.tutorial {name}"
    assert 0 < spent_in_children() - began < 60  # measured: 3 to 8 s
    assert not list(tmp_path.iterdir())  # the page keeps to a folder of its own


@pytest.mark.parametrize("name", NAMES)
def test_every_cell_ran_and_none_failed(name):
    cells = [cell for cell in load(name).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert {output["output_type"] for output in outputs} <= {"execute_result", "display_data", "stream"}
    assert {output["name"] for output in outputs if output["output_type"] == "stream"} <= {"stdout"}
    assert any(FIGURE in output.get("data", {}) for output in outputs)


@pytest.mark.parametrize("name", NAMES)
def test_everything_on_it_is_simulated_small_and_of_no_machine(name):
    text = page(name).read_text()
    assert not re.search(r"/tmp/|/home/|/root/|/work/|[A-Z]:\\\\", text)
    for word in ("yahoo", "folder:"):
        assert word not in text
    cards = re.findall(r'class=\\"harbinger\\".*?</div>', text)
    assert cards
    assert all("SIMULATED" in card for card in cards)
    figures = [
        output["data"][FIGURE]
        for cell in load(name).cells
        for output in cell.get("outputs", [])
        if FIGURE in output.get("data", {})
    ]
    titles = [figure["layout"].get("title", {}).get("text", "") for figure in figures]
    assert all(title.startswith("SIMULATED") for title in titles)
    assert len(text) < MOST_BYTES
    assert json.loads(text)["nbformat"] == 4


@pytest.mark.parametrize("name", NAMES)
def test_it_does_what_it_promises(name):
    saved = load(name)
    code = "\n".join(cell.source for cell in saved.cells if cell.cell_type == "code")
    for word in PROMISED[name]:
        assert word in code, word
    assert SAID[name] in "\n".join(line for cell in texts(saved) for line in cell)
