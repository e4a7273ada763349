PRAGMA user_version = 0;
BEGIN TRANSACTION;
CREATE TABLE runs (run_id TEXT NOT NULL PRIMARY KEY, created_at TEXT NOT NULL, study TEXT NOT NULL, source TEXT NOT NULL, traded TEXT NOT NULL, start TEXT NOT NULL, end TEXT NOT NULL, spec_hash TEXT NOT NULL, data_fingerprint TEXT NOT NULL, code_hash TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL, metrics TEXT NOT NULL, versions TEXT NOT NULL, path TEXT NOT NULL, spec TEXT NOT NULL);
INSERT INTO "runs" VALUES('20261127-005124-small_cap_trend-ad1ade','2026-11-27T00:51:24+00:00','small_cap_trend','simulated:null,seed=5','ETH-USD','2016-01-01','2018-12-31','4012ea96c37c6963','19218bce6cd439c8','88d3cb67d9e0c253','ok','no opinion before 2016-03-31 (90 bars): the signals are warming up','{"cagr": 0.22194141511360033, "calmar": 0.41887982160604376, "costs_paid_usd": 11108.971079445164, "max_drawdown": -0.5298450860264549, "orders": 47, "sharpe": 0.6322633564873115, "sortino": 0.9414365176704486, "time_in_market": 0.656021897810219, "total_return": 0.8255328309445964, "turnover_per_year": 15.640557710993383, "volatility": 0.6617130978430203}','{"backtrader": "1.9.78.123", "exchange_calendars": "4.13.2", "harbinger-eth": "0.2.0", "numpy": "2.4.6", "pandas": "3.1.1", "python": "3.11.7", "quantstats": "0.0.86", "yfinance": "1.7.0"}','/data/o1','[study]
name = "small_cap_trend"
why = "Long ETH while small caps trend up, else in cash (C1)."
start = ""
end = "2018-12-31"
cash_usd = 100000.0

[costs]
commission_bps = 10.0
slippage_bps = 5.0
borrow_pct_per_year = 0.0
cash_yield_pct_per_year = 0.0

[execution]
rebalance_band = 0.02
delay_bars = 0
max_leverage = 1.0

[market]
traded = "ETH-USD"
leader = "IWM"
join = "hold"
max_age_days = 7.0

[strategy]
use = "long_flat"
threshold = 0.0

[strategy.trend]
use = "small_cap_trend"
lookback = 60

[data]
source = "simulated:null,seed=5"
fingerprint = "19218bce6cd439c8"
');
INSERT INTO "runs" VALUES('20261127-005130-small_cap_trend-81b744','2026-11-27T00:51:30+00:00','small_cap_trend','simulated:null,seed=5','ETH-USD','2016-01-01','2018-12-31','1bc1cd433b35f84a','19218bce6cd439c8','88d3cb67d9e0c253','ok','no opinion before 2016-05-12 (132 bars): the signals are warming up','{"cagr": 0.1813242386078988, "calmar": 0.2859930978350461, "costs_paid_usd": 5360.868861909703, "max_drawdown": -0.6340161352861817, "orders": 25, "sharpe": 0.580552366543123, "sortino": 0.8645236959115439, "time_in_market": 0.6551094890510949, "total_return": 0.6493226247376864, "turnover_per_year": 8.319406697317282, "volatility": 0.6565577763150212}','{"backtrader": "1.9.78.123", "exchange_calendars": "4.13.2", "harbinger-eth": "0.2.0", "numpy": "2.4.6", "pandas": "3.1.1", "python": "3.11.7", "quantstats": "0.0.86", "yfinance": "1.7.0"}','/data/o1','[study]
name = "small_cap_trend"
why = "Long ETH while small caps trend up, else in cash (C1)."
start = ""
end = "2018-12-31"
cash_usd = 100000.0

[costs]
commission_bps = 10.0
slippage_bps = 5.0
borrow_pct_per_year = 0.0
cash_yield_pct_per_year = 0.0

[execution]
rebalance_band = 0.02
delay_bars = 0
max_leverage = 1.0

[market]
traded = "ETH-USD"
leader = "IWM"
join = "hold"
max_age_days = 7.0

[strategy]
use = "long_flat"
threshold = 0.0

[strategy.trend]
use = "small_cap_trend"
lookback = 90

[data]
source = "simulated:null,seed=5"
fingerprint = "19218bce6cd439c8"
');
COMMIT;
