"""The list of series: one row to add one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from data.calendars.publication import RULES, Rule
from data.errors import UnknownName

Calendar = Literal["utc_day", "nyse", "federal", "daily", "weekly", "weekly_friday", "utc_hour", "utc_8h"]


@dataclass(frozen=True)
class SeriesInfo:
    """One series of the catalogue.

    `kind` is "bars" (open, high, low, close), "rate" (one number a date), "contracts" (a settle a month and date) or
    "vintages" (one number a date and release, for a series whose past is estimated again), "hours" (as bars, of which
    `data.calendars.clock` builds bars with another cut; `own_hours` names them where they are not `<id>-1H`) or
    "funding" (what a long position in a perpetual future pays at an instant, a fraction of its value);
    `vendor` and `symbol` say where it is fetched; `calendar` gives the dates on which an observation is due;
    `low`..`high` are the magnitudes outside which the unit must be wrong. The value of bars that pay dividends is the
    total-return close. `underlying` is what the price is of: trials on two series of one underlying are trials of one
    luck, and are counted together (empty: the series is its own).
    """

    id: str
    kind: Literal["bars", "rate", "contracts", "vintages", "hours", "funding"]
    vendor: Literal["yahoo", "fred", "alfred", "treasury", "file"]
    symbol: str
    calendar: Calendar
    rule_name: str
    unit: str
    low: float
    high: float
    title: str
    pays_dividends: bool = False
    own_hours: str = ""
    stand_in: str = ""
    underlying: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "underlying", self.underlying or self.id)

    @property
    def rule(self) -> Rule:
        """The known-at rule."""
        return RULES[self.rule_name]

    @property
    def periods_per_year(self) -> int:
        """Bars a year, for annualisation: 365 on UTC days, 252 on NYSE sessions."""
        return PERIODS_PER_YEAR[self.calendar]

    @property
    def has_prices(self) -> bool:
        """Whether its table has open, high, low and close."""
        return self.kind in ("bars", "hours")

    @property
    def is_hourly(self) -> bool:
        """Whether its labels have a time of day."""
        return self.kind in ("hours", "funding")

    @property
    def hours(self) -> str:
        """Id of the hourly series that bars of this asset with another cut are built from."""
        return self.own_hours or f"{self.id}-1H"


PERIODS_PER_YEAR: dict[str, int] = {"utc_day": 365, "nyse": 252}


def _crypto(
    symbol: str, title: str, underlying: str, vendor: Literal["yahoo", "file"] = "yahoo", hours: str = ""
) -> SeriesInfo:
    return SeriesInfo(
        symbol, "bars", vendor, symbol, "utc_day", "utc_day", "USD", 1e-9, 1e8, title,
        own_hours=hours, underlying=underlying,
    )  # fmt: skip


def _hours(id: str, symbol: str, title: str, underlying: str) -> SeriesInfo:
    return SeriesInfo(
        id, "hours", "file", symbol, "utc_hour", "utc_hour", "USD", 1e-9, 1e8, title, underlying=underlying
    )


def _yahoo_hours(coin: str, title: str) -> SeriesInfo:
    id, pair = f"{coin}-USD-1H", f"{coin}-USD"
    return replace(_hours(id, pair, f"{title} on Yahoo, hours of the last 730 days", coin), vendor="yahoo")


def _etf(symbol: str, title: str, underlying: str = "") -> SeriesInfo:
    return SeriesInfo(
        symbol, "bars", "yahoo", symbol, "nyse", "nyse_close", "USD, total return", 0.01, 1e5, title, True,
        underlying=underlying,
    )  # fmt: skip


def _index(id: str, title: str, rule: str = "nyse_close", high: float = 1e6) -> SeriesInfo:
    return SeriesInfo(id, "bars", "yahoo", f"^{id}", "nyse", rule, "index points", 1.0, high, title)


def _rate(id: str, title: str, rule: str = "h15", calendar: Calendar = "federal") -> SeriesInfo:
    return SeriesInfo(id, "rate", "fred", id, calendar, rule, "percent a year", -5.0, 30.0, title)


def _par_yield(id: str, column: str, title: str) -> SeriesInfo:
    name = f"Treasury par yield of the same evening, {title}"
    return replace(_rate(id, name, "treasury"), vendor="treasury", symbol=column)


PAR_YIELDS = (
    ("UST3MO", "3 Mo", "3 months"),
    ("UST6MO", "6 Mo", "6 months"),
    ("UST1", "1 Yr", "1 year"),
    ("UST2", "2 Yr", "2 years"),
    ("UST5", "5 Yr", "5 years"),
    ("UST10", "10 Yr", "10 years"),
)

ROWS = (
    _crypto("ETH-USD", "Ether in US dollars", "ETH", hours="ETHUSDT-1H"),
    _crypto("BTC-USD", "Bitcoin in US dollars", "BTC"),
    _crypto(
        "ETHUSDT-BINANCE",
        "Ether in Tether on Binance, a second opinion on every ETH result",
        "ETH",
        "file",
        "ETHUSDT-1H",
    ),
    replace(_hours("ETHUSDT-1H", "eth_usdt_1h", "Ether in Tether on Binance, hours", "ETH"), stand_in="ETH-USD-1H"),
    _yahoo_hours("ETH", "Ether in US dollars"),
    _yahoo_hours("BTC", "Bitcoin in US dollars"),
    _hours("ETHUSD-GEMINI-1H", "eth_usd_gemini_1h", "Ether in US dollars on Gemini, hours", "ETH"),
    _etf("IWM", "iShares Russell 2000 ETF: US small caps", "RUT"),
    _etf("SPY", "SPDR S&P 500 ETF: US large caps", "GSPC"),
    _etf("QQQ", "Invesco Nasdaq-100 ETF: US mega-cap technology"),
    _etf("HYG", "iShares high-yield corporate bonds ETF"),
    _etf("LQD", "iShares investment-grade corporate bonds ETF"),
    _etf("TLT", "iShares 20+ year Treasury bonds ETF"),
    _etf("GLD", "SPDR gold ETF"),
    _etf("UUP", "Invesco US dollar index ETF"),
    _index("RUT", "Russell 2000 price index"),
    _index("GSPC", "S&P 500 price index"),
    _index("IXIC", "Nasdaq Composite price index"),
    _index("VIX", "CBOE volatility index", "vix_close", 500.0),
    _index("VIX3M", "CBOE volatility index of three months", "vix_close", 500.0),
    _rate("DGS3MO", "Treasury yield, 3 months"),
    _rate("DGS6MO", "Treasury yield, 6 months"),
    _rate("DGS1", "Treasury yield, 1 year"),
    _rate("DGS2", "Treasury yield, 2 years"),
    _rate("DGS5", "Treasury yield, 5 years"),
    _rate("DGS10", "Treasury yield, 10 years"),
    *(_par_yield(*tenor) for tenor in PAR_YIELDS),
    _rate("BAA10Y", "Moody's Baa corporate yield minus 10-year Treasury"),
    _rate("DFEDTARU", "Federal funds target range, upper bound", "target_range", "daily"),
    _rate("DFEDTARL", "Federal funds target range, lower bound", "target_range", "daily"),
    _rate("DFF", "Effective federal funds rate", "effr", "daily"),
    _rate("SOFR", "Secured overnight financing rate", "sofr"),
    SeriesInfo(
        "WALCL", "rate", "fred", "WALCL", "weekly", "h41", "USD million", 1e5, 1e8, "Federal Reserve total assets"
    ),
    SeriesInfo(
        "WDTGAL",
        "rate",
        "fred",
        "WDTGAL",
        "weekly",
        "h41",
        "USD million",
        1e2,
        1e7,
        "Treasury general account, Wednesday",
        stand_in="WTREGEN",
    ),
    SeriesInfo(
        "WTREGEN",
        "rate",
        "fred",
        "WTREGEN",
        "weekly",
        "h41",
        "USD million",
        1e2,
        1e7,
        "Treasury general account, week average",
    ),
    SeriesInfo(
        "RRPONTSYD",
        "rate",
        "fred",
        "RRPONTSYD",
        "federal",
        "rrp",
        "USD billion",
        0.0,
        1e4,
        "Overnight reverse repurchases",
    ),
    SeriesInfo(
        "ZQ",
        "contracts",
        "yahoo",
        "ZQ",
        "nyse",
        "zq_settle",
        "100 minus percent",
        70.0,
        105.0,
        "30-day fed funds futures",
    ),
    SeriesInfo(
        "NFCI",
        "vintages",
        "alfred",
        "NFCI",
        "weekly_friday",
        "nfci",
        "index points",
        -5.0,
        10.0,
        "Chicago Fed national financial conditions index",
    ),
    SeriesInfo(
        "FNG", "rate", "file", "FNG", "utc_day", "utc_day", "index points", 0.0, 100.0, "Crypto fear and greed index"
    ),
    SeriesInfo(
        "ETHUSDT-FUNDING",
        "funding",
        "file",
        "eth_usdt_funding",
        "utc_8h",
        "instant",
        "fraction of the position's value",
        -0.05,
        0.05,
        "Funding rate of the perpetual future of Ether in Tether, paid every 8 hours by long positions to short ones",
    ),
)
BY_ID = {row.id: row for row in ROWS}
# Futures are asked by month and day of their own (`harbinger fedwatch`), not as one history.
# Vintages are many requests, and are asked for by name (`data fetch NFCI`).
# The Treasury's par yields, one request a year, are asked for by whoever chooses them (`yields = "treasury"`).
DEFAULT_FETCH = tuple(row.id for row in ROWS if row.vendor in ("yahoo", "fred") and row.kind in ("bars", "rate"))
DEFAULT_HOURS = tuple(row.id for row in ROWS if row.vendor == "yahoo" and row.kind == "hours")


def lookup(id: str) -> SeriesInfo:
    """Return the row of a series id (`IWM`, `^RUT`), or one made by Yahoo's own naming for a crypto pair (`SOL-USD`).

    Raises UnknownName with the close matches: a series whose calendar is not known cannot be given a time.
    """
    name = id.removeprefix("^")
    if name in BY_ID:
        return BY_ID[name]
    if re.fullmatch(r"[A-Z0-9]{2,10}-USD", name):
        coin = name.removesuffix("-USD")
        title = f"{coin} in US dollars"
        return replace(BY_ID["ETH-USD"], id=name, symbol=name, title=title, own_hours="", underlying=coin)
    if re.fullmatch(r"[A-Z0-9]{2,10}-USD-1H", name):
        coin = name.removesuffix("-USD-1H")
        return _yahoo_hours(coin, f"{coin} in US dollars")
    raise UnknownName("series", id, BY_ID, remedy="(a new series is one row in data/catalogue.py)")
