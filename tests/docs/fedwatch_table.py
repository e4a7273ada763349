"""docs/fedwatch.md, its figures from real history: `python -m tests.docs.fedwatch_table FOLDER` writes it again."""

import itertools
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from data.calendars.events import fomc_decisions
from data.fed_funds.fedwatch import load_contracts, path_of, watch
from data.fed_funds.rate_path import STEP_BP, convolve, distribution, missing
from data.sources.folder.source import FolderSource
from signals.expected_rate_change import ExpectedRateChange
from signals.fed_watch import FedWatch
from tests.paths import DOCS

PAGE = DOCS / "fedwatch.md"
FIRST, LAST = pd.Timestamp("2015-01-01"), pd.Timestamp("2023-08-31")
BINS = (0.0, 0.02, 0.1, 0.3, 0.7, 0.9, 0.98, 1.0)
SIGNALS = {
    "fed_watch": FedWatch(),
    "expected_rate_change, 6 months": ExpectedRateChange(months=6),
    "expected_rate_change, 12 months": ExpectedRateChange(months=12),
}


class Futures:
    """A market that holds nothing but the futures: what the signal reads."""

    def __init__(self, contracts):
        self.contracts = contracts

    def __getitem__(self, id):
        return self.contracts


def published(folder):
    """Return CME's published distributions as {(date, meeting): {low bound in bp: probability}}."""
    files = sorted((Path(folder) / "fedwatch").glob("published_*.csv.gz"))
    table = pd.concat([pd.read_csv(file, parse_dates=["date", "meeting"]) for file in files])
    return {
        key: dict(zip(part["lo_bp"], part["prob"], strict=True)) for key, part in table.groupby(["date", "meeting"])
    }


def against_cme(contracts, odds):
    """Return date, meeting, error (largest difference of a probability), reason: a row each pair of meetings that CME has.

    CME's distribution after a meeting, convolved with our move at the next, is compared with CME's after the next.
    """
    rates, rows = contracts.rates, []
    for day in sorted({day for day, _ in odds}):
        meetings = sorted(meeting for at, meeting in odds if at == day)
        at = int(rates.days.searchsorted(day))
        if rates.days[at] != day:
            rows += [(day, meeting, np.nan, "no settle on the date") for meeting in meetings[1:]]
            continue
        path = path_of(rates, slice(at, at + 1), day)
        ours = {move.meeting: move for move in path.moves()}
        for before, after in itertools.pairwise(meetings):
            why = missing(ours[after], 0, path.rate_of) if after in ours else "not on the agenda"
            error = np.nan if why else largest_difference(odds[day, before], ours[after], odds[day, after])
            rows.append((day, after, error, why))
    return pd.DataFrame(rows, columns=["date", "meeting", "error", "why"])


def largest_difference(before, move, after):
    """Return the largest difference of a probability between CME's next distribution and ours."""
    made = convolve(before, {STEP_BP * k: p for k, p in distribution(float(move.steps[0])).items()})
    return max(abs(made.get(low, 0.0) - after.get(low, 0.0)) for low in {*made, *after})


def eves(contracts):
    """Return a row each scheduled decision: date, before, p_move, expected and actual change in bp."""
    rates, rows = contracts.rates, []
    table = fomc_decisions()
    table = table[(table["type"] == "scheduled") & table["decision_date"].between(FIRST, LAST)]
    for day, change in table[["decision_date", "change_bp"]].itertuples(index=False):
        before = rates.days[rates.days.searchsorted(day) - 1]
        meeting = watch(contracts, (0, STEP_BP), before).meetings[0]
        assert meeting.date == day
        rows.append((day, before, 1 - meeting.probabilities.get((0, STEP_BP), 0.0), meeting.expected_change_bp, change))
    return pd.DataFrame(rows, columns=["date", "before", "p_move", "expected", "actual"])


def scores(rows):
    """Return decisions, moves, Brier score, Brier score of the share of moves, mean absolute error of the change in bp."""
    moved = (rows["actual"] != 0).astype(float)
    return {
        "n": len(rows), "moves": int(moved.sum()), "brier": float(((rows["p_move"] - moved) ** 2).mean()),
        "climate": float(moved.mean() * (1 - moved.mean())), "mae": float((rows["expected"] - rows["actual"]).abs().mean()),
    }  # fmt: skip


def coverage(contracts):
    """Return the share of settle dates with a value by measure and year."""
    found = {name: signal.compute(Futures(contracts)).notna() for name, signal in SIGNALS.items()}
    table = pd.DataFrame(found)
    table = table[table.index >= FIRST.tz_localize("UTC")]
    return table.groupby(table.index.year).agg(["mean", "size"])


def reliability(rows):
    """Return the reliability table: a line each bin of P(move)."""
    moved = rows["actual"] != 0
    lines = ["| P(move) the day before | decisions | mean P(move) | moved | share moved |", "|---|---|---|---|---|"]
    for low, high in itertools.pairwise(BINS):
        top = rows["p_move"] <= high if high == 1 else rows["p_move"] < high
        inside = (rows["p_move"] >= low) & top
        if inside.any():
            n, k = int(inside.sum()), int(moved[inside].sum())
            lines.append(f"| {low:g} to {high:g} | {n} | {rows['p_move'][inside].mean():.3f} | {k} | {k / n:.3f} |")
    return "\n".join(lines)


def figures(folder):
    """Return the generated part of the page."""
    contracts = load_contracts(FolderSource(Path(folder)))
    cme = against_cme(contracts, published(folder))
    errors = 100 * cme["error"].dropna()
    rows = eves(contracts)
    score = scores(rows)
    years = coverage(contracts)
    worst = rows.assign(miss=(rows["p_move"] - (rows["actual"] != 0)).abs()).nlargest(5, "miss")
    text = f"""\
### Against CME's published probabilities

CME's published distribution after a meeting, convolved with our move at the next, against CME's after the next:
{len(cme):,} pairs of meetings on {cme["date"].nunique()} dates, {cme["date"].min():%Y-%m-%d} to {cme["date"].max():%Y-%m-%d}. The months are present for {len(errors)} of them.

| pairs | median of the largest difference | 90th percentile | largest |
|---|---|---|---|
| {len(errors)} | {errors.median():.2f} pp | {errors.quantile(0.9):.2f} pp | {errors.max():.2f} pp |

| meeting | pairs compared | largest difference | pairs not compared | reason |
|---|---|---|---|---|
"""
    for meeting, part in cme.groupby("meeting"):
        gone = part["why"].dropna()
        largest = f"{100 * part['error'].max():.2f} pp" if part["error"].notna().any() else ""
        why = "; ".join(f"{reason} ({n})" for reason, n in gone.value_counts().items())
        text += f"| {meeting:%Y-%m-%d} | {part['error'].notna().sum()} | {largest} | {len(gone)} | {why} |\n"
    text += f"""
### P(move) on the day before each decision

The {score["n"]} scheduled decisions from {rows["date"].min():%Y-%m-%d} to {rows["date"].max():%Y-%m-%d}, at the last settle before the day of the
decision; {score["moves"]} moved the range. The meeting of 2020-03-18, which was withdrawn, is not among them, nor are the moves of
2020-03-03 and 2020-03-15, which were on no schedule: no table of an earlier date shows them.

| decisions | Brier score | Brier score of the share of moves ({score["moves"]}/{score["n"]}) | mean absolute error of the expected change |
|---|---|---|---|
| {score["n"]} | {score["brier"]:.4f} | {score["climate"]:.4f} | {score["mae"]:.1f} bp |

{reliability(rows)}

The five largest misses:

| decision | day before | P(move) | expected change | change |
|---|---|---|---|---|
"""
    for row in worst.itertuples():
        text += f"| {row.date:%Y-%m-%d} | {row.before:%Y-%m-%d} | {row.p_move:.3f} | {row.expected:+.1f} bp | {row.actual:+.0f} bp |\n"
    text += "\n### Coverage\n\nShare of settle dates on which the signals have a value.\n\n"
    text += f"| year | settle dates | {' | '.join(f'`{m}`' for m in SIGNALS)} |\n|---|---|---|---|---|\n"
    for year, row in years.iterrows():
        shares = " | ".join(f"{row[m, 'mean']:.1%}" for m in SIGNALS)
        text += f"| {year} | {int(row['fed_watch', 'size'])} | {shares} |\n"
    return text


MARK = "<!-- figures -->\n"


def page(folder):
    """Return the whole page with its figures made again."""
    head, _, foot = PAGE.read_text(encoding="utf-8").split(MARK)
    return MARK.join([head, figures(folder), foot])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.docs.fedwatch_table FOLDER (with futures/ and fedwatch/ in it)")
    PAGE.write_text(page(sys.argv[1]), encoding="utf-8")
