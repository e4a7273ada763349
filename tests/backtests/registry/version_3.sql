PRAGMA user_version = 3;
BEGIN TRANSACTION;
CREATE TABLE notes (name TEXT NOT NULL PRIMARY KEY, note TEXT NOT NULL);
CREATE TABLE runs (run_id TEXT NOT NULL PRIMARY KEY, "created_at" TEXT NOT NULL DEFAULT '', "study" TEXT NOT NULL DEFAULT '', "source" TEXT NOT NULL DEFAULT '', "traded" TEXT NOT NULL DEFAULT '', "start" TEXT NOT NULL DEFAULT '', "end" TEXT NOT NULL DEFAULT '', "spec_hash" TEXT NOT NULL DEFAULT '', "data_fingerprint" TEXT NOT NULL DEFAULT '', "code_hash" TEXT NOT NULL DEFAULT '', "status" TEXT NOT NULL DEFAULT '', "reason" TEXT NOT NULL DEFAULT '', "metrics" TEXT NOT NULL DEFAULT '', "versions" TEXT NOT NULL DEFAULT '', "path" TEXT NOT NULL DEFAULT '', "spec" TEXT NOT NULL DEFAULT '', "kind" TEXT NOT NULL DEFAULT 'run', "trial_hash" TEXT NOT NULL DEFAULT '', "removed_at" TEXT NOT NULL DEFAULT '', "owner" TEXT NOT NULL DEFAULT '', "hashes" TEXT NOT NULL DEFAULT '');
INSERT INTO "runs" VALUES('20261127-044257-small_cap_trend-2c3527','2026-11-27T04:42:57+00:00','small_cap_trend','simulated:null,seed=5','ETH-USD','2016-01-01','2018-12-31','921b65a7cbac6432','6c7f9f3e5f697660','f04f269ad703298c','ok','no opinion before 2016-03-31 (90 bars): the signals are warming up; cash earned 0% on 4 bars, the first 2016-01-01: no DGS3MO was known, or one older than 7 days','{"cagr": 0.23066970458599134, "calmar": 0.4353531072938442, "costs_paid_usd": 11279.413460405194, "max_drawdown": -0.529845086026455, "orders": 47, "sharpe": 0.6102220593406581, "sortino": 0.9076658891783513, "time_in_market": 0.656021897810219, "total_return": 0.8649684626934424, "turnover_per_year": 15.640557710993379, "volatility": 0.6617000269894743}','{"backtrader": "1.9.78.123", "exchange_calendars": "4.13.2", "harbinger-eth": "0.2.0", "numpy": "2.4.6", "pandas": "3.1.1", "python": "3.11.7", "quantstats": "0.0.86", "yfinance": "1.7.0"}','/data/o3/a','[study]
name = "small_cap_trend"
why = "Long ETH while small caps trend up, else in cash (C1)."
start = ""
end = "2018-12-31"
cash_usd = 100000.0

[costs]
commission_bps = 10.0
slippage_bps = 5.0
borrow_pct_per_year = 10.95
cash_yield = "DGS3MO"
funding = ""

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
fingerprint = "6c7f9f3e5f697660"
','run','7caa67370dba3282','','11761 58581','{"equity.csv": "a60427a178953db753ceb498e3b31470da4343be169849886d65f8d2ca6d88e1", "orders.csv": "65791eaa2852ad3913c6edb0267d33dec680d994e14eeadebc2b9ed2c07e2d7e", "run.json": "469e82adbf75b0ff8f09a0cfc894a2fc81f51f73fe5454df6912108c05b17dbf", "spec.toml": "45b51e6292805c22ee8e631cb5fd6d46a51c18391f93b45637aed34259aa2887"}');
CREATE TABLE sweeps (number INTEGER PRIMARY KEY, sweep_id TEXT NOT NULL UNIQUE, "created_at" TEXT NOT NULL DEFAULT '', "study" TEXT NOT NULL DEFAULT '', "source" TEXT NOT NULL DEFAULT '', "traded" TEXT NOT NULL DEFAULT '', "start" TEXT NOT NULL DEFAULT '', "end" TEXT NOT NULL DEFAULT '', "data_fingerprint" TEXT NOT NULL DEFAULT '', "code_hash" TEXT NOT NULL DEFAULT '', "status" TEXT NOT NULL DEFAULT '', "versions" TEXT NOT NULL DEFAULT '', "path" TEXT NOT NULL DEFAULT '', "spec" TEXT NOT NULL DEFAULT '', "axes" TEXT NOT NULL DEFAULT '', "sets" TEXT NOT NULL DEFAULT '', "removed_at" TEXT NOT NULL DEFAULT '', "owner" TEXT NOT NULL DEFAULT '');
INSERT INTO "sweeps" VALUES(1,'20261127-044315-sweep-small_cap_trend-648167','2026-11-27T04:43:15+00:00','small_cap_trend','simulated:null,seed=5','ETH-USD','2016-01-01','2018-12-31','6c7f9f3e5f697660','5b5333d6fcb519c3','done','{"backtrader": "1.9.78.123", "exchange_calendars": "4.13.2", "harbinger-eth": "0.2.0", "numpy": "2.4.6", "pandas": "3.1.1", "python": "3.11.7", "quantstats": "0.0.86", "yfinance": "1.7.0"}','/data/o3/b','[study]
name = "small_cap_trend"
why = "Long ETH while small caps trend up, else in cash (C1)."
start = ""
end = "2018-12-31"
cash_usd = 100000.0

[costs]
commission_bps = 10.0
slippage_bps = 5.0
borrow_pct_per_year = 10.95
cash_yield = "DGS3MO"
funding = ""

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
fingerprint = "6c7f9f3e5f697660"
','["trend.lookback"]','2','','11969 60154');
CREATE TABLE trials (sweep INTEGER NOT NULL, position INTEGER NOT NULL, trial BLOB NOT NULL, "values" TEXT, status TEXT NOT NULL, reason TEXT NOT NULL, total_return REAL, cagr REAL, volatility REAL, sharpe REAL, sortino REAL, max_drawdown REAL, calmar REAL, time_in_market REAL, turnover_per_year REAL, orders REAL, costs_paid_usd REAL, traded TEXT, start TEXT, "end" TEXT, PRIMARY KEY (sweep, position)) WITHOUT ROWID;
INSERT INTO "trials" VALUES(1,0,X'7CAA67370DBA3282','[60]','ok','',8.64968462693442408095e-01,2.30669704585991341971e-01,6.61700026989474276994e-01,6.10222059340658096182e-01,9.07665889178351337207e-01,-0.529845086026455,4.35353107293844188152e-01,0.656021897810219,1.56405577109933791035e+01,47.0,1.12794134604051942002e+04,NULL,NULL,NULL);
INSERT INTO "trials" VALUES(1,1,X'EBB6E127DF1A83A0','[90]','ok','',6.86470619797475700707e-01,1.90119471578833909575e-01,6.56545801489028746367e-01,5.58791547495836815606e-01,8.31257153030090512046e-01,-6.30620597519909065198e-01,3.01479958514726031904e-01,6.55109489051094895373e-01,8.31940669731728199565e+00,25.0,5.45983277814967732409e+03,NULL,NULL,NULL);
CREATE INDEX runs_by_spec ON runs (spec_hash);
COMMIT;
