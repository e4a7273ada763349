"""The words of docs/findings.md; every number in them is filled in. Lines are wrapped when the page is put together."""

HEAD = """\
# What the lab says on real history

Six claims of the article, one by one, and six more as signals, on daily and hourly history from {start} to {end}. Made by
one command, and held to it by a test:

    python -m tests.docs.findings history      # writes this page again

## What is asked, and by which test

One p-value a claim, so that they can be corrected for one another (Holm 1979, six claims, level {level:.0%}). Every test is
one-sided, in the direction that the claim has. What else stands under a claim describes it and decides nothing. T1 and T2
are the lab's own rule; the other four were chosen with the windows of 10, 20 and 60 that the lab and the event studies
have, T3, T11 and T15 before their p-values were computed. T2's rule and T17's test were changed once, after a first
version of this page: T2 asked short lags alone, T17 whether ETH's mean is above 0 on IWM's worst sessions, which is no
hedge but a gain. Neither held then or now. T3 names both; its p-value is ETH's, IWM stands beside.

| claim | p-value of |
|---|---|
| T1: ETH and the Russell 2000 move together | the correlation of the same session above 0, HC3 ([lead.md](lead.md), question 4) |
| T2: the Russell 2000 leads ETH | the strongest of three statistics of IWM beyond SPY, QQQ and ETH's own past: lags 1 to 10, trends over 20 to 120 sessions, lags within a stretch of the sample; corrected for the search and for one another ([lead.md](lead.md), question 1) |
| T3: a dovish Fed and expected cuts lift both | ETH's next 20 bars on `ease_change` (minus the 20-session change of the 2-year yield), slope above 0, Hodrick 1B |
| T11: ETH decouples on its own catalysts | the product of the two standardised returns over 10 sessions from a catalyst on, less that of the 60 sessions before: the mean over catalysts against the same calendar slid around the history by every number of sessions, below |
| T15: the excitement of cuts dissipates | ETH's log return over the 20 bars after the bar in which a cut was announced: the mean over cuts against the same calendar slid around the history by every number of bars, below |
| T17: ETH hedges against the weaknesses of small caps | ETH's beta where IWM falls below 0, and the share of IWM's worst tenth of sessions that is ETH's too below the tenth that chance gives: the larger p of the two, stationary bootstrap |

T4 to T8 and T10 are asked of signals, each with one p-value: ETH's next 20 bars on the signal, Hodrick 1B, on the side that the
signal's expected sign names, on both where it names none. They are corrected for every p-value of this page.

T1, T2, T11 and T17 are on matched windows ([timing](timing.md)); T3 and T15 on ETH's own daily bars, T3 from the next
open on. Catalysts and cuts are those whose date is verified (`data/calendars/eth_events.csv`, `data/calendars/fomc_decisions.csv`); only
those with the whole of their window count. Slid together, events keep
their distances and the history keeps its clusters.
"""

ANSWERS = """\
## The answers

IWM and ETH-USD, ETH at the New York close from hours, {n:,} sessions. The verdict of the lab: **{verdict}**.

{table}

Held after the correction: {held}. "Not shown" is not "shown to be false": what the sample leaves possible and could have
shown stands under each claim and at the end of this page.
"""

SIDE = """\
## Side by side

p before Holm, and after it in brackets, within the column. The columns are not independent: all of them are one history. T3 and T15 use
no equities and no hours, so that columns with the same daily bars repeat them.

{table}

What the lab says of each. Hours: Binance's ETHUSDT at the New York close; days: bars between 00:00 UTC, whose windows
trail the leader's.

{verdicts}
"""

T1 = """\
## T1: move together

The correlation over 60 sessions ran from {low} to {high}; the last one is {last}. The test of one correlation all along
gives p {break_p}. Dated breaks: {breaks}. Parts whose interval of the same session
includes 0: {without}.

{periods}

States are known the day before. The last column is the statistic of T2 within the part; it needs 250 sessions.
"""

T2 = """\
## T2: lead

{three}

No lead is shown. Left possible (95%): a lead that explains up to {upper} of the next session's variance through IWM's
own part, {upper_whole} through the whole of it; both are above {useful}, the smallest that would be of use, so that "does not
lead" may not be said. Found in four samples of five would have been: {own} through the own part (a Sharpe ratio of
{sharpe} before costs), {whole} through the whole of IWM ({whole_sharpe}, as a lead of equities), and by the sign of its
60-session trend {trend} through the own part, {trend_whole} through the whole. Described alone: after IWM's falls p {falls};
short lags on the part of each window that a decision at 00:00 UTC can still earn p {after}.

{lags}

Raw lags, corrected for the search: IWM's p {corr_p}, ETH's p {led_p}. Granger, HAC: p {granger}. Out-of-sample R2 of
IWM's last session, beside the mean and beside controls: {oos}.

Wrong labels: under the date on which it closes, ETH's daily bar has a correlation of {false} with IWM's session before
(p {false_p}); matched windows have {matched} (p {matched_p}).

Placebos, p after the search; a find at 2.5% in bold. Six placebos at 2.5% find something in about one sample in seven
where there is nothing; the columns share one history, so that one find appears in several of them. BTC in the leader's
seat is bitcoin's past beyond the equities', on windows between 00:00 UTC; it says nothing of small caps.

{placebos}
"""

T3 = """\
## T3: expected cuts

Correlation of `ease_change` with the returns to come, 95% in brackets, two-sided p (HAC at one bar, Hodrick 1B beyond;
bars of IWM are sessions):

{horizons}

"Lift both" on the same date, no forecast: correlation of the session with the fall of the 2-year yield of that date, IWM
{iwm}, ETH {eth}. `fed_watch` is not testable here: fed funds futures have no front months from 2023-09-16 to 2026-05.
"""

SIGNALS = """\
## T4 to T8 and T10: signals

T4: liquidity cycles amplify it. T5: risk appetite binds them. T6: small caps' debt makes them fragile to tightening
credit. T7: mega-cap "winner takes all" undermines the rally. T8: records in small-cap indices confirm. T10: sentiment
beside the Russell.

ETH's log return of the next 20 bars, from the next open on, that goes with a signal one standard deviation higher; before
costs, no rule is traded. The smallest effect that 4 of 5 samples as long would show at 5%, before any correction, stands
beside: a smaller one may be there.

{table}

Before the claim was published and since (at most {since_n} bars with a whole return: too few to confirm anything); and of the
returns less SPY's share, beta of 180 bars. An interval without zero is a p-value below 5%: these count as looks too.

{parts}

`small_cap_momentum` by itself stands beside its gate: what credit adds is the difference. That risk-off hits both at once is
under T1 (by VIX) and T17. "Not testable" is what the history lacks.{stand_ins}
"""

LOOKS = """\
## How often this page has looked

{n} p-values stand above, each counted as often as it stands, in a table or in the text, and every interval of the signals' second
table. Of as
many that are independent and mean nothing about {chance} lie below 5% by chance; {below} do. After Holm's correction for all
of them {left} do. They are not independent, for all are of one history; the correction holds all the same, and is stricter
than it need be.

{table}

What was looked at elsewhere, the registry counts: `harbinger runs list`.
"""

T11 = """\
## T11: own catalysts

Over {n} catalysts the product of standardised returns, whose mean is the correlation, changed by {mean} (p {p}); slid
calendars are at {low} or below in 5%. A break of the correlation by itself is under T1. By catalyst: {catalysts}.

ETH's own price around them, from the close before: {price}.
"""

T15 = """\
## T15: after cuts

Average log return in percent from the close before the announcement; in brackets 95% of as many random dates, each day
by itself:

{path}

The test begins at the close of day 0: over the 20 bars after {n} cuts ETH's mean is {mean}%, median {median}%, {fell} of {n}
below zero (p {p}; slid calendars are at {low}% or below in 5%). Without the lowest, {lowest}%, the mean is {rest}%. By cut: {cuts}.
"""

T17 = """\
## T17: hedge

Over the {falls} sessions in which IWM fell, ETH's beta is {down} ({down_low} to {down_high}; p {beta_p} for one below 0).
Of IWM's worst tenth of sessions {tail} are ETH's too ({tail_low} to {tail_high}; p {tail_p} for fewer than the 10% that
chance gives). Both at once: p {p}. Where IWM rises the beta is {up}.

On IWM's worst 5% of sessions ({n}, mean {leader}) ETH's mean is {mean} ({low} to {high}); it fell in {fell} of them, and
its mean on the others is {otherwise}. In IWM's worst tenth of months ({months}, mean {month_leader}) ETH's mean is {month},
it fell in {month_fell}; on the others {month_otherwise}. Without the worst 5% of sessions the correlation is {without}, with
them {whole}.

{tails}

The normal copula has the correlation of the whole sample.
"""

SINCE = """\
## Since the claim was published, 2025-10-08

{n} sessions on hours, IWM {iwm} and ETH {eth}. Too few to confirm anything; no p-value is taken of them.

| claim | since 2025-10-08 |
|---|---|
| T1 | correlation {t1} |
| T2 | correlation with IWM's session before {t2}; the deciding statistic is not asked: {why} |
| T3 | correlation of `ease_change` with the next 20 bars {t3}, {t3_n} bars |
| T11 | {t11_n} catalysts with a whole window: {t11} |
| T15 | {t15_n} cuts: {t15} over the 20 bars after |
| T17 | {t17_n} of IWM's worst 5% of sessions: ETH's mean {t17} |
"""

CHANGE = """\
## What would change the answer

* T2: a lead through the part of IWM that SPY and QQQ do not share, above {r2} of next-session variance (a Sharpe ratio of
  {sharpe}; {whole} through the whole of IWM), would have been found in 4 of 5 samples of {n} sessions. To find a weaker one as often takes, by share of
  variance: {sizes}. The verdict becomes `leads` where the p of the three falls to {level}; the rule stays as it is.
* T1: an interval of the same session's correlation that reaches 0.
* T3: the interval reaches {t3}% per standard deviation of the signal and 20 bars; an effect of that size is not excluded.
  Front-month fed funds futures for 2023-09 to 2026-05 would make `fed_watch` testable.
* T11: a mean change of {t11} or less over {t11_n} catalysts for p 5% before Holm, or more catalysts with a verified date.
* T15: a mean of {t15}% or less over {t15_n} cuts for p 5% before Holm, or more cuts.
* T17: a beta below 0 where IWM falls, and less than a tenth of its worst tenth of sessions shared.
* Hours of BTC: BTC is compared on days alone.
* Another history: one path of nine years, of one vendor a series, stands behind every number here. Of ETH there are two.
"""

RECIPE = """\
## The recipe

The history is daily CSV files as downloaded from Yahoo Finance and FRED and hours of ETHUSDT in one folder; it is the
vendors' own and is not part of this project. With the same files the fingerprints above come out again, and with them
every number. The test suite holds this page to the command wherever the same history stands beside the checkout. Each
verdict by itself, with its page:

    harbinger lead --source folder:history --start 2017-11-09 --end 2026-05-31 --out lead
    harbinger lead --leader RUT --source folder:history --start 2017-11-09 --end 2026-05-31 --out rut
"""
