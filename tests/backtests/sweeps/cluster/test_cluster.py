"""`--dask` on a real scheduler and real workers: the files of a local sweep to the bit, whatever dies in between."""

import json
from pathlib import Path

import pytest

from backtests.registry import Registry
from tests.backtests.sweeps.cluster.local import cluster

SMALL = ("sweep", "small_cap_trend", "--source", "simulated", "--end", "2018-12-31")
AXES = ("-s", "trend.lookback=20:59:1", "-s", "threshold=0:0.02:0.01", "-s", "costs.slippage_bps=0,5,10")  # 360 sets
FILES = ("trials.csv", "subperiods.csv", "equity.csv")
OWN = {"sweep_id", "seconds"}


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    with cluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """Many pieces of few sets, in several blocks each."""
    from backtests.sweeps import runner

    monkeypatch.setattr(runner, "BLOCK", 10)
    monkeypatch.setattr(runner, "PIECE", 25)


@pytest.mark.slow
def test_a_sweep_on_a_cluster_is_the_local_sweep_to_the_bit(harbinger, local):
    code, out, err = harbinger(*SMALL, *AXES, "--dask", local.address, "--out", "far", "--json")
    assert (code, err) == (0, "")
    far = json.loads(out)
    near = json.loads(harbinger(*SMALL, *AXES, "--out", "near", "--json")[1])
    assert far["sets"] == 360
    assert {k: v for k, v in far.items() if k not in OWN} == {k: v for k, v in near.items() if k not in OWN}
    for name in FILES:
        assert Path("far", name).read_bytes() == Path("near", name).read_bytes()
    sweeps = Registry().sweeps.newest()
    rows = [Registry().sweeps.rows(sweep).drop(columns="sweep_id") for sweep in sweeps]
    assert len(rows[0]) == 360
    assert rows[0].equals(rows[1])
