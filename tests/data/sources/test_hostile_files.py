"""Files that are no files, that are too large, cut, or of another make: one line each, and no memory without end."""

import gzip
import os
import re
import resource
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from data.catalogue import lookup
from data.errors import BadFile
from data.sources.folder import table_file
from data.sources.folder.source import FolderSource
from tests.paths import ROOT

IWM, DGS2 = lookup("IWM"), lookup("DGS2")
HEADER = "Date,Open,High,Low,Close"
LINES = [f"2024-01-{day:02d},100,101,99,100.5" for day in (2, 3, 4, 5, 8, 9, 10, 11, 12)]
WHOLE = "\n".join((HEADER, *LINES)) + "\n"


def refusal(folder, row=IWM):
    with pytest.raises(BadFile) as caught:
        FolderSource(folder).load(row)
    said = str(caught.value)
    assert "\n" not in said
    assert str(folder) in said
    assert "; " in said  # the remedy
    return said


@pytest.mark.parametrize("left_out", range(1, 6))
@pytest.mark.parametrize("name", ["IWM.csv", "IWM.csv.gz"])
def test_a_file_that_is_cut_inside_its_last_line_is_refused(tmp_path, name, left_out):
    content = WHOLE[:-left_out].encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    assert "line 10: the line does not end: the file may be cut inside its last number" in refusal(tmp_path)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_whole_file_ends_its_last_line(tmp_path, end):
    (tmp_path / "IWM.csv").write_bytes(WHOLE.replace("\n", end).encode())
    assert len(FolderSource(tmp_path).load(IWM)) == len(LINES)


def test_a_file_that_unfolds_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(table_file, "MOST_BYTES", 2**20)
    with gzip.open(tmp_path / "IWM.csv.gz", "wb") as file:
        file.write(f"{HEADER}\n".encode())
        for _ in range(20):
            file.write(f"{LINES[0]}\n".encode() * 10_000)
    assert "it unfolds to more than 1,048,576 bytes" in refusal(tmp_path)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "IWM.csv").open("wb") as file:
        file.truncate(2**40)  # a hole: it takes no room
    assert re.search(r"1,099,511,627,776 bytes; 268,435,456 are the most", refusal(tmp_path))


@pytest.mark.parametrize(("id", "most"), [("IWM", 100_000), ("DGS2", 100_000), ("ETHUSDT-1H", 1_000_000)])
def test_a_file_of_more_rows_than_the_series_can_have_is_refused(tmp_path, id, most):
    row = lookup(id)
    line = "2024-01-02,4.3\n" if row.kind == "rate" else "2024-01-02,100,101,99,100.5\n"
    head = "date,value\n" if row.kind == "rate" else f"{HEADER}\n"
    (tmp_path / f"{id}.csv").write_text(head + line * (most + 1))
    assert f"rows; a file of {id} has {most:,} at most" in refusal(tmp_path, row)


@pytest.mark.parametrize("name", ["IWM.csv", "IWM.csv.gz", "IWM.parquet"])
def test_a_pipe_a_folder_and_a_device_are_no_files(tmp_path, name):
    os.mkfifo(tmp_path / name)
    assert "a pipe, socket or device, not a file" in refusal(tmp_path)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    assert "a folder, not a file" in refusal(tmp_path)
    (tmp_path / name).rmdir()
    (tmp_path / name).symlink_to("/dev/zero")
    assert "a pipe, socket or device, not a file" in refusal(tmp_path)
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to(tmp_path / name)
    assert "cannot be read" in refusal(tmp_path)


def frame(**more):
    days = pd.DatetimeIndex([line[:10] for line in LINES])
    return pd.DataFrame({"Date": days, "Open": 100.0, "High": 101.0, "Low": 99.0, "Close": 100.5} | more)


PARQUETS = {
    "no Parquet at all": lambda path: path.write_bytes(b"PAR1 and no more"),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: (frame().to_parquet(path), path.write_bytes(path.read_bytes()[:-40])),
    "text": lambda path: path.write_text(WHOLE),
    "lists": lambda path: frame(Close=[[1.0]] * 9).to_parquet(path),
    "dictionaries": lambda path: frame(Open=[{"a": 1}] * 9).to_parquet(path),
    "bytes": lambda path: frame(Open=[b"\xff"] * 9).to_parquet(path),
    "booleans": lambda path: frame(Open=True).to_parquet(path),
    "nothing in a number": lambda path: frame(Open=[None, *[1.0] * 8]).to_parquet(path),
    "nothing in a date": lambda path: frame(Date=[None, *pd.date_range("2024-01-03", periods=8)]).to_parquet(path),
    "hours": lambda path: frame(Date=pd.date_range("2024-01-03", periods=9, freq="h")).to_parquet(path),
    "durations": lambda path: frame(Date=pd.timedelta_range("1D", periods=9)).to_parquet(path),
    "infinite": lambda path: frame(Open=np.inf).to_parquet(path),
    "no columns": lambda path: frame()[[]].to_parquet(path),
    "no rows": lambda path: frame().iloc[:0].to_parquet(path),
    "two indices": lambda path: frame().set_index(["Date", "Open"]).to_parquet(path),
}


@pytest.mark.parametrize("what", PARQUETS)
def test_a_parquet_file_that_is_not_one_of_bars_is_named(tmp_path, what):
    PARQUETS[what](tmp_path / "IWM.parquet")
    refusal(tmp_path)


def test_a_parquet_file_of_a_thousand_million_rows_is_refused_by_its_foot(tmp_path, monkeypatch):
    monkeypatch.setitem(table_file.MOST_ROWS, "bars", 8)
    frame().to_parquet(tmp_path / "IWM.parquet")
    assert "9 rows; a file of IWM has 8 at most" in refusal(tmp_path)


READ = """
import resource, sys
from pathlib import Path
from data.catalogue import lookup
from data.errors import BadFile
from data.sources.folder.source import FolderSource
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    FolderSource(Path(sys.argv[1])).load(lookup("NFCI"))
except BadFile as error:
    assert "rows" not in str(error), error
print(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_the_largest_file_that_is_read_stays_below_a_gigabyte_and_a_half(tmp_path):
    """Vintages are the largest: 4 million rows may be read. A tenth of them may take a tenth of 1.4 GB, and no more."""
    rows = table_file.MOST_ROWS["vintages"] // 10
    weeks = [f"{day:%Y-%m-%d}" for day in pd.date_range("2000-01-07", periods=1_000, freq="7D")]
    releases = [f"{day:%Y-%m-%d}" for day in pd.date_range("2019-03-06", periods=rows // 1_000, freq="7D")]
    with (tmp_path / "NFCI.csv").open("w") as file:
        file.write("date,vintage,value\n")
        for release in releases:
            file.write("".join(f"{week},{release},-0.25\n" for week in weeks))
    done = subprocess.run(
        [sys.executable, "-c", READ, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    before, most = map(int, done.stdout.split())
    assert most - before < 140_000  # kB
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # of this process: the file was not read in it
