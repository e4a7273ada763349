PRAGMA user_version = 2;
BEGIN TRANSACTION;
CREATE TABLE runs (run_id TEXT NOT NULL PRIMARY KEY, created_at TEXT NOT NULL DEFAULT '', study TEXT NOT NULL DEFAULT '', source TEXT NOT NULL DEFAULT '', traded TEXT NOT NULL DEFAULT '', start TEXT NOT NULL DEFAULT '', end TEXT NOT NULL DEFAULT '', spec_hash TEXT NOT NULL DEFAULT '', data_fingerprint TEXT NOT NULL DEFAULT '', code_hash TEXT NOT NULL DEFAULT '', status TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '', metrics TEXT NOT NULL DEFAULT '', versions TEXT NOT NULL DEFAULT '', path TEXT NOT NULL DEFAULT '', spec TEXT NOT NULL DEFAULT '', kind TEXT NOT NULL DEFAULT '', trial_hash TEXT NOT NULL DEFAULT '', removed_at TEXT NOT NULL DEFAULT '');
INSERT INTO "runs" VALUES('20261127-005029-small_cap_trend-f5e1ad','2026-11-27T00:50:29+00:00','small_cap_trend','simulated:null,seed=5','ETH-USD','2016-01-01','2018-12-31','d756fb27b7cb1284','19218bce6cd439c8','79604cec5b00a780','ok','no opinion before 2016-03-31 (90 bars): the signals are warming up','{"cagr": 0.22194141511360033, "calmar": 0.41887982160604376, "costs_paid_usd": 11108.971079445133, "max_drawdown": -0.5298450860264549, "orders": 47, "sharpe": 0.6322633564873115, "sortino": 0.9414365176704486, "time_in_market": 0.656021897810219, "total_return": 0.8255328309445964, "turnover_per_year": 15.640557710993383, "volatility": 0.6617130978430203}','{"backtrader": "1.9.78.123", "exchange_calendars": "4.13.2", "harbinger-eth": "0.2.0", "numpy": "2.4.6", "pandas": "3.1.1", "python": "3.11.7", "quantstats": "0.0.86", "yfinance": "1.7.0"}','/data/o2/a','[study]
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
allow_revised = false
bar = "daily"
hours = ""

[strategy]
use = "long_flat"
threshold = 0.0

[strategy.trend]
use = "small_cap_trend"
lookback = 60

[data]
source = "simulated:null,seed=5"
fingerprint = "19218bce6cd439c8"
','run','5faa3f27efa23093','');
INSERT INTO "runs" VALUES('20261127-005037-hold_eth-a6e7da','2026-11-27T00:50:37+00:00','hold_eth','simulated:null,seed=5','ETH-USD','2016-01-01','2018-12-31','968eff359426ea0c','19218bce6cd439c8','79604cec5b00a780','ok','','null','{"backtrader": "1.9.78.123", "exchange_calendars": "4.13.2", "harbinger-eth": "0.2.0", "numpy": "2.4.6", "pandas": "3.1.1", "python": "3.11.7", "quantstats": "0.0.86", "yfinance": "1.7.0"}','','','run','bbd09e1426a5a191','2026-11-27T00:51:09+00:00');
INSERT INTO "runs" VALUES('20261127-005101-signal-own_trend-1242e3','2026-11-27T00:51:01+00:00','own_trend','simulated:null,seed=5','ETH-USD','2016-01-01','2018-12-31','ecfe9bdbcaa5942c','faa0a40910c8eb1e','aed94223949ff2b7','ok','no value before 2016-01-29 (28 decisions): the signal is warming up','null','{"backtrader": "1.9.78.123", "exchange_calendars": "4.13.2", "harbinger-eth": "0.2.0", "numpy": "2.4.6", "pandas": "3.1.1", "python": "3.11.7", "quantstats": "0.0.86", "yfinance": "1.7.0"}','/data/o2/e','[signal]
use = "own_trend"
lookback = 28

[market]
traded = "ETH-USD"
leader = "IWM"
join = "hold"
max_age_days = 7.0
allow_revised = false
bar = "daily"
hours = ""
','signal','ecfe9bdbcaa5942c','');
INSERT INTO "runs" VALUES('20261127-005107-lead-IWM-ETH-USD-a66cd8','2026-11-27T00:51:07+00:00','lead-IWM-ETH-USD','simulated:null,seed=5','ETH-USD','2018-06-04','2018-12-31','ff62536b9bff4d81','364579ca7f7e97f9','','ok','not enough data: 146 joint sessions; at least 250 are needed','null','{"backtrader": "1.9.78.123", "exchange_calendars": "4.13.2", "harbinger-eth": "0.2.0", "numpy": "2.4.6", "pandas": "3.1.1", "python": "3.11.7", "quantstats": "0.0.86", "yfinance": "1.7.0"}','/data/o2/f','leader = IWM, traded = ETH-USD, windows = days','lead','','');
INSERT INTO "runs" VALUES('20261127-005112-mine-53b212','2026-11-27T00:51:12+00:00','mine','simulated:null,seed=5','ETH-USD','2016-01-01','2018-12-31','290f5847c70ea066','19218bce6cd439c8','76ff612ca8eb82e4','ok','no opinion before 2016-01-05 (4 bars): the signals are warming up','{"cagr": -0.19506530507758812, "calmar": -0.2476948585942276, "costs_paid_usd": 38665.53570345249, "max_drawdown": -0.7875226243478193, "orders": 357, "sharpe": -0.014026313878062675, "sortino": -0.020054504362935478, "time_in_market": 0.5565693430656934, "total_return": -0.4787767843254702, "turnover_per_year": 118.80223108552067, "volatility": 0.6446159100835798}','{"backtrader": "1.9.78.123", "exchange_calendars": "4.13.2", "harbinger-eth": "0.2.0", "numpy": "2.4.6", "pandas": "3.1.1", "python": "3.11.7", "quantstats": "0.0.86", "yfinance": "1.7.0"}','/data/o2/g','[study]
name = "mine"
why = ""
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
allow_revised = false
bar = "daily"
hours = ""

[strategy]
use = "long_flat"
threshold = 0.0

[strategy.trend]
use = "/data/mine.py"

[data]
source = "simulated:null,seed=5"
fingerprint = "19218bce6cd439c8"
','run','167596efe52f69c4','');
CREATE TABLE sweeps (number INTEGER PRIMARY KEY, sweep_id TEXT NOT NULL UNIQUE, created_at TEXT NOT NULL DEFAULT '', study TEXT NOT NULL DEFAULT '', source TEXT NOT NULL DEFAULT '', traded TEXT NOT NULL DEFAULT '', start TEXT NOT NULL DEFAULT '', end TEXT NOT NULL DEFAULT '', data_fingerprint TEXT NOT NULL DEFAULT '', code_hash TEXT NOT NULL DEFAULT '', status TEXT NOT NULL DEFAULT '', versions TEXT NOT NULL DEFAULT '', path TEXT NOT NULL DEFAULT '', spec TEXT NOT NULL DEFAULT '', axes TEXT NOT NULL DEFAULT '', sets TEXT NOT NULL DEFAULT '', removed_at TEXT NOT NULL DEFAULT '');
INSERT INTO "sweeps" VALUES(1,'20261127-005043-sweep-small_cap_trend-0aa2d5','2026-11-27T00:50:43+00:00','small_cap_trend','simulated:null,seed=5','ETH-USD','2016-01-01','2018-12-31','19218bce6cd439c8','deca7c0380b23899','done','{"backtrader": "1.9.78.123", "exchange_calendars": "4.13.2", "harbinger-eth": "0.2.0", "numpy": "2.4.6", "pandas": "3.1.1", "python": "3.11.7", "quantstats": "0.0.86", "yfinance": "1.7.0"}','/data/o2/d','[study]
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
allow_revised = false
bar = "daily"
hours = ""

[strategy]
use = "long_flat"
threshold = 0.0

[strategy.trend]
use = "small_cap_trend"
lookback = 60

[data]
source = "simulated:null,seed=5"
fingerprint = "19218bce6cd439c8"
','["trend.lookback"]','3','');
CREATE TABLE trials (sweep INTEGER NOT NULL, position INTEGER NOT NULL, trial BLOB NOT NULL, "values" TEXT, status TEXT NOT NULL, reason TEXT NOT NULL, total_return REAL, cagr REAL, volatility REAL, sharpe REAL, sortino REAL, max_drawdown REAL, calmar REAL, time_in_market REAL, turnover_per_year REAL, orders REAL, costs_paid_usd REAL, PRIMARY KEY (sweep, position)) WITHOUT ROWID;
INSERT INTO "trials" VALUES(1,0,X'5FAA3F27EFA23093','[60]','ok','',8.25532830944596396349e-01,2.21941415113600326591e-01,6.61713097843020348065e-01,6.32263356487311467546e-01,9.4143651767044855827e-01,-5.29845086026454858973e-01,4.18879821606043756254e-01,0.656021897810219,1.56405577109933826562e+01,47.0,1.11089710794451330001e+04);
INSERT INTO "trials" VALUES(1,1,X'D94BBCF223DC156B','[90]','ok','',6.49322624737686426854e-01,1.81324238607898813313e-01,6.56557776315021213164e-01,0.580552366543123,8.64523695911543876846e-01,-6.3401613528618172566e-01,2.85993097835046117261e-01,6.55109489051094895373e-01,8.31940669731728199565e+00,25.0,5.36086886190972472824e+03);
INSERT INTO "trials" VALUES(1,2,X'0B2B621D0DCAFEE5','[120]','ok','',0.524563079971353,1.50781217577238724203e-01,0.654978845536577,5.41030152616238324547e-01,0.79373298885649,-5.49353525969122347127e-01,2.74470282704099233228e-01,6.74270072992700697511e-01,2.32937404976410444845e+00,7.0,1.4965768717778564678e+03);
CREATE INDEX runs_by_spec ON runs (spec_hash);
COMMIT;
