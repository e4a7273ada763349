"""The Treasury's par yields: its CSV of a year, and the signals that take them on the evening of their own date."""

from contextlib import nullcontext
from types import SimpleNamespace

import pandas as pd
import pytest
import requests

from data.catalogue import DEFAULT_FETCH, lookup
from data.errors import BadAnswer, EmptyAnswer, Offline, RateLimited
from data.fetch import fetch_series
from data.sources import treasury
from data.store import Store
from signals.ease_change import EaseChange
from signals.ease_level import EaseLevel
from tests.contracts import make_market, make_tables

UST2 = lookup("UST2")
NOW = pd.Timestamp("2024-01-10 12:00", tz="UTC")
HEADER = 'Date,"1 Mo","3 Mo","1 Yr","2 Yr"\n'
YEARS = {
    2023: HEADER + "12/29/2023,5.60,5.40,4.79,4.23\n12/28/2023,5.57,5.45,4.82,4.26\n",
    2024: HEADER + "01/04/2024,5.56,5.41,4.85,4.38\n01/03/2024,5.54,5.48,4.81,N/A\n01/02/2024,5.55,5.46,4.80,4.33\n",
}


class Page:
    """A session that answers with the years it has, or as it is told to, and remembers what was asked."""

    def __init__(self, years=YEARS, status=200, error=None):
        self.years, self.status, self.error, self.asked = years, status, error, []

    def get(self, url, params, headers, timeout, stream, allow_redirects):
        assert (stream, allow_redirects) == (True, False)
        self.asked.append(url.split("/")[-2])
        assert url.startswith("https://home.treasury.gov/")
        assert params["field_tdr_date_value"] == self.asked[-1]
        if self.error:
            raise self.error
        body = self.years.get(int(self.asked[-1]), "Date\n")
        answer = SimpleNamespace(status_code=self.status, headers={}, iter_content=lambda size: [body.encode()])
        return nullcontext(answer)


def fetch(page, since="2023-12-29", row=UST2, tries=1):
    day = pd.Timestamp(since).date() if since else None
    return treasury.fetch(row, day, NOW, session=page, sleep=lambda _: None, tries=tries)


def test_years_are_put_together_oldest_first_without_what_is_missing():
    page = Page()
    table = fetch(page)
    assert [f"{day:%Y-%m-%d}" for day in table["date"]] == ["2023-12-29", "2024-01-02", "2024-01-04"]
    assert table["value"].tolist() == [4.23, 4.33, 4.38]
    assert page.asked == ["2023", "2024"]


def test_the_whole_history_begins_where_the_curve_does():
    page = Page()
    assert len(fetch(page, since=None)) == 4
    assert page.asked[0] == "1990"
    assert len(page.asked) == 35


def test_each_maturity_has_its_column():
    assert fetch(Page(), row=lookup("UST3MO"))["value"].tolist() == [5.40, 5.46, 5.48, 5.41]
    with pytest.raises(EmptyAnswer, match="no observation from 2023-12-29"):
        fetch(Page(), row=lookup("UST10"))  # a column that these years lack


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<html>down</html>", "where Date,... was due"),
        ("", "where Date,... was due"),
        (HEADER + "2024-01-02,5.55,5.46,4.80,4.33\n", "line 2 of 2024"),
        (HEADER + "01/02/2023,5.55,5.46,4.80,4.33\n", "line 2 of 2024"),
        (HEADER + "01/02/2024,5.55\n", "line 2 of 2024"),
        (HEADER + "01/02/2024,5.55,5.46,4.80,x\n", "line 2 of 2024"),
        (HEADER + "01/02/2024,1,1,1,4.33\n01/02/2024,1,1,1,4.34\n", "the date stands twice"),
    ],
)
def test_an_answer_that_is_not_whole_is_named(body, said):
    with pytest.raises(BadAnswer) as error:
        fetch(Page(YEARS | {2024: body}))
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("page", "error"),
    [
        (Page(status=429), RateLimited),
        (Page(status=503), BadAnswer),
        (Page(error=requests.ConnectionError("no route")), Offline),
        (Page(error=requests.exceptions.ChunkedEncodingError("cut")), BadAnswer),
    ],
)
def test_a_vendor_that_does_not_answer(page, error):
    with pytest.raises(error, match="asked 3 times"):
        fetch(page, tries=3)
    assert page.asked == ["2023"] * 3


def test_it_is_fetched_by_name_and_not_by_default(tmp_path):
    assert not any(lookup(id).vendor == "treasury" for id in DEFAULT_FETCH)
    store = Store(tmp_path)
    december = [f"12/{day}/2023,5.6,5.4,4.8,4.3" for day in (27, 26, 22, 21, 20, 19, 18, 15, 14, 13)]
    years = YEARS | {2023: YEARS[2023] + "\n".join(december) + "\n"}
    first = fetch_series(UST2, store, NOW, session=Page(years), sleep=lambda _: None, tries=1)
    assert (first.outcome, first.added) == ("new", 14)
    again = Page(years | {2024: YEARS[2024].replace(HEADER, HEADER + "01/05/2024,5.54,5.47,4.84,4.40\n")})
    second = fetch_series(UST2, store, NOW, session=again, sleep=lambda _: None, tries=1)
    assert (second.outcome, second.added) == ("appended", 1)
    assert again.asked == ["2023", "2024"]  # from the year of the overlap on


def test_the_option_is_the_same_number_a_business_day_sooner():
    tables = make_tables({"ETH-USD", "IWM", "DGS2", "UST2", "DGS1", "UST1", "DFEDTARU", "DFEDTARL"})
    tables |= {"UST2": tables["DGS2"], "UST1": tables["DGS1"]}
    market = make_market(tuple(tables), tables=tables)
    day = pd.Timestamp("2021-10-07")  # a Thursday; Monday the 11th is Columbus Day
    for late, early in (
        (EaseChange(), EaseChange(yields="treasury")),
        (EaseLevel(), EaseLevel(yields="treasury")),
    ):
        found, sooner = late.compute(market), early.compute(market)
        assert (
            sooner[day.tz_localize("UTC") + pd.Timedelta(hours=22, minutes=1)]
            == found[pd.Timestamp("2021-10-08 20:16", tz="UTC")]
        )
        assert len(sooner) > len(found)  # every date has an instant of its own
    assert EaseChange(yields="treasury").needs == ("UST2",)
    assert EaseLevel(yields="treasury").needs == ("DFEDTARU", "DFEDTARL", "UST1")
