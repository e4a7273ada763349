"""harbinger export and load: the tables of any work, in other programs' files, in which no name computes anything."""

import importlib.util
import json
from pathlib import Path

import pandas as pd
import pytest

from backtests import load
from backtests.registry import Registry
from data.errors import BadSpec, DataError, UnknownName
from tests.backtests.registry.entries import run_entry
from tests.backtests.site.works import a_run, put

RUN = "20261122-183000-mine-a1b2c3"
FORMULA = '=HYPERLINK("http://x.example","y")'


@pytest.fixture
def registered(harbinger):
    folder = a_run(
        Path("runs/a").resolve(), study=FORMULA, params={"=1+1": "@SUM(A1)", "trend.lookback": 60, "a": -5.0}
    )
    Registry().runs.add(run_entry(RUN, path=str(folder)))
    return folder


def test_load_gives_tables_a_card_and_a_figure(registered):
    work = load(RUN[:15])
    assert (work.id, work.kind) == (RUN, "run")
    assert list(work.to_frame().columns) == ["close", "equity_usd"]
    assert work.to_frame().index[-1] == "2018-01-03"
    assert work.tables["values"].loc["metrics.sharpe", "value"] == 0.75
    assert work.tables["values"].loc["sharpe_interval_95", "value"] == "[0.07, 1.45]"
    figure = work.plot()
    assert [len(trace.x) for trace in figure.data] == [3, 3]
    assert figure.layout.title.text.startswith("SIMULATED")
    card = work._repr_html_()
    assert 'class="harbinger"' in card
    assert "SIMULATED" in card
    assert "<script" not in card
    assert load("runs/a").id == RUN


def test_what_is_not_there_is_said(registered):
    Path("empty").mkdir()
    with pytest.raises(BadSpec, match="holds no result"):
        load("empty")
    with pytest.raises(UnknownName):
        load("nothing")
    Registry().runs.add(run_entry("python", path=""))
    with pytest.raises(DataError, match="harbinger report python"):
        load("python")


def test_csv_and_parquet_are_tables_of_the_same_names(harbinger, registered):
    for format in ("csv", "parquet"):
        code, out, err = harbinger("export", RUN, "--format", format)
        assert (code, out, err) == (0, f"SIMULATED  run {RUN}: {RUN}-{format}\n", "")
    names = [sorted(path.stem for path in Path(f"{RUN}-{format}").iterdir()) for format in ("csv", "parquet")]
    assert names == [["equity", "values"]] * 2
    assert pd.read_parquet(f"{RUN}-parquet/equity.parquet")["equity_usd"].tolist()[0] == 100
    assert (
        Path(f"{RUN}-csv/equity.csv").read_text()
        == "date,close,equity_usd\n2018-01-01,1,100.0\n2018-01-02,2,\n2018-01-03,4,400.0\n"
    )


def test_no_name_computes_anything(harbinger, registered):
    harbinger("export", RUN, "--format", "csv")
    text = Path(f"{RUN}-csv/values.csv").read_text()
    assert "study,\"'=HYPERLINK(" in text
    assert "params.=1+1,'@SUM(A1)" in text
    assert "params.a,-5.0" in text  # a number stays one


def test_a_workbook_holds_text_where_a_formula_would_stand(harbinger, registered):
    import openpyxl

    assert harbinger("export", RUN, "--format", "xlsx", "--out", "book.xlsx")[0] == 0
    book = openpyxl.load_workbook("book.xlsx")
    assert book.sheetnames == ["equity", "values"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}  # no "f", a formula
    assert f"'{FORMULA}" in {cell.value for cell in cells}


def test_a_library_that_is_missing_is_named(harbinger, registered, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in ("openpyxl", "nbformat") else find(name)
    )
    for format, words in (
        ("xlsx", "openpyxl: pip install 'harbinger-eth[xlsx]'"),
        ("ipynb", "nbformat: pip install 'harbinger-eth[notebook]'"),
    ):
        assert harbinger("export", RUN, "--format", format) == (2, "", f"harbinger: --format {format} needs {words}\n")


def test_nothing_is_replaced(harbinger, registered):
    Path("there.ipynb").write_text("mine")
    code, out, err = harbinger("export", RUN, "--format", "ipynb", "--out", "there.ipynb")
    assert (code, out) == (2, "")
    assert "is there already" in err
    assert Path("there.ipynb").read_text() == "mine"


@pytest.mark.slow
def test_a_notebook_runs_as_it_is(harbinger, registered):
    import nbformat
    from nbclient import NotebookClient

    assert harbinger("export", RUN, "--format", "ipynb", "--out", "n.ipynb")[0] == 0
    notebook = nbformat.read("n.ipynb", as_version=4)
    nbformat.validate(notebook)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    shown = [output["data"] for cell in notebook.cells for output in cell.get("outputs", [])]
    assert 'class="harbinger"' in shown[0]["text/html"]
    assert any("application/vnd.plotly.v1+json" in data for data in shown)


def test_every_kind_has_tables_and_a_figure(tmp_path):
    lead = {
        "run_id": "l",
        "verdict": "is led",
        "effect": 0.1,
        "interval": [-0.1, 0.3],
        "tests": [{"name": "a", "p": 0.1}, {"name": "b", "p": None}],
    }
    work = load(put(tmp_path / "l", "lead.json", lead))
    assert work.tables["tests"]["name"].tolist() == ["a", "b"]
    assert work.to_frame().loc["interval", "value"] == "[-0.1, 0.3]"
    assert list(work.plot().data[0].x) == [0.1]
    json.dumps(work.content)
