"""Work to fill an index with, and folders as each question leaves them."""

import json

from backtests.site.work import Answer, Thumbnail, Work

KINDS = ("run", "run", "run", "sweep", "signal", "lead", "evidence", "stress", "compare", "walk-forward")
VERDICTS = {"survives": "good", "does not survive": "bad", "cannot tell yet": "unsure"}


def many(n):
    """Return `n` cards of every kind, as long as real ones, the newest first."""
    made = []
    for at in range(n):
        kind, (word, tone) = KINDS[at % len(KINDS)], list(VERDICTS.items())[at % 3]
        id = f"20261122-{at:06d}-small_cap_trend-a1b2c3"
        answer = Answer(
            id=id, kind=kind, verdict=word, tone=tone, study=f"study_{at % 40}", simulated=at % 4 == 0,
            sentence=f"Sharpe ratio {at / 1000:.2f} (0.07 to 1.45), hold ETH-USD 1.19; return 2,620.7% over the span.",
            sharpe=at / 1000, total_return=at / 10, max_drawdown=-0.5, trials=at, source="folder:../history",
            start="2018-01-01", end="2026-05-31", settings=f"threshold=0.02, trend.lookback={at}",
            related=(f"20261122-{at - 1:06d}-small_cap_trend-a1b2c3",) if kind == "evidence" else (),
            thumbnail=Thumbnail("ABCDEFGHIJKLMNOP" * 3, "PONMLKJIHGFEDCBA" * 3) if at % 2 else Thumbnail(intervals=((-0.5, 0.1, 0.6),) * 6),
        )  # fmt: skip
        status = "failed" if at % 50 == 49 else "ok"
        tags = ("article",) if at % 100 == 0 else ()
        made.append(
            Work(answer=answer, created_at=f"2026-11-22T{at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}+00:00", status=status,
                 traded="ETH-USD", tags=tags, note="look again" if tags else "", page=f"{id}/page.html", spec=f"{id}/spec.toml")
        )  # fmt: skip
    return made[::-1]


def put(folder, name, content, **files):
    """Write a JSON of results and what stands beside it; `page` is its page, `equity` the lines of its curve."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(content))
    for file, text in files.items():
        (folder / file.replace("__", ".")).write_text(text)
    return folder


def a_run(folder, id="20261122-183000-mine-a1b2c3", **more):
    """The folder of a run with a page, a curve of three bars and a specification."""
    content = {"format": 1, "run_id": id, "study": "mine", "start": "2018-01-01", "end": "2018-01-03", "source": "simulated:null",
               "simulated": True, "params": {"trend.lookback": 60, "costs.slippage_bps": 5.0},
               "metrics": {"sharpe": 0.75, "total_return": 26.2, "max_drawdown": -0.9},
               "benchmark_metrics": {"hold ETH-USD": {"sharpe": 1.19}}, "sharpe_interval_95": [0.07, 1.45],
               "evidence": {"verdict": "cannot tell yet", "n_trials": 7}}  # fmt: skip
    table = "date,close,equity_usd\n2018-01-01,1,100\n2018-01-02,2,\n2018-01-03,4,400\n"
    return put(folder, "run.json", content | more, tearsheet__html="<html>", spec__toml="[study]", equity__csv=table)
