PRAGMA user_version = 5;
BEGIN TRANSACTION;
CREATE TABLE annotations (id TEXT NOT NULL PRIMARY KEY, note TEXT NOT NULL, tags TEXT NOT NULL);
CREATE TABLE notes (name TEXT NOT NULL PRIMARY KEY, note TEXT NOT NULL);
CREATE TABLE packed (sweep INTEGER NOT NULL PRIMARY KEY, trials BLOB);
INSERT INTO "packed" VALUES(1,X'7CAA67370DBA3282EBB6E127DF1A83A0');
INSERT INTO "packed" VALUES(2,NULL);
INSERT INTO "packed" VALUES(3,X'C0A0DACC5313115F7CAA67370DBA3282');
CREATE TABLE runs (run_id TEXT NOT NULL PRIMARY KEY, "created_at" TEXT NOT NULL DEFAULT '', "study" TEXT NOT NULL DEFAULT '', "source" TEXT NOT NULL DEFAULT '', "traded" TEXT NOT NULL DEFAULT '', "start" TEXT NOT NULL DEFAULT '', "end" TEXT NOT NULL DEFAULT '', "spec_hash" TEXT NOT NULL DEFAULT '', "data_fingerprint" TEXT NOT NULL DEFAULT '', "code_hash" TEXT NOT NULL DEFAULT '', "status" TEXT NOT NULL DEFAULT '', "reason" TEXT NOT NULL DEFAULT '', "metrics" TEXT NOT NULL DEFAULT '', "versions" TEXT NOT NULL DEFAULT '', "path" TEXT NOT NULL DEFAULT '', "spec" TEXT NOT NULL DEFAULT '', "kind" TEXT NOT NULL DEFAULT 'run', "trial_hash" TEXT NOT NULL DEFAULT '', "removed_at" TEXT NOT NULL DEFAULT '', "owner" TEXT NOT NULL DEFAULT '', "hashes" TEXT NOT NULL DEFAULT '');
INSERT INTO "runs" VALUES('20261127-235931-small_cap_trend-afbb51','2026-11-27T23:59:31+00:00','small_cap_trend','simulated:null,seed=5','ETH-USD','2016-01-01','2018-12-31','921b65a7cbac6432','50d2605c527338e5','255aa43470006e14','ok','no opinion before 2016-03-31 (90 bars): the signals are warming up; cash earned 0% on 4 bars, the first 2016-01-01: no DGS3MO was known, or one older than 7 days','{"cagr": 0.23066971284390303, "calmar": 0.43535312951530414, "costs_paid_usd": 11279.413208437436, "max_drawdown": -0.5298450779502073, "orders": 47, "sharpe": 0.6102220734976611, "sortino": 0.9076658539221859, "time_in_market": 0.656021897810219, "total_return": 0.8649685002700793, "turnover_per_year": 15.640557710993379, "volatility": 0.6617000352567151}','{"backtrader": "1.9.78.123", "exchange_calendars": "4.13.2", "harbinger-eth": "0.2.0", "numpy": "2.4.6", "pandas": "3.1.1", "python": "3.11.7", "quantstats": "0.0.86", "yfinance": "1.7.0"}','/data/o5/a','[study]
name = "small_cap_trend"
why = "Long ETH while small caps trend up, else in cash."
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
use = "small_cap_momentum"
lookback = 60

[data]
source = "simulated:null,seed=5"
fingerprint = "50d2605c527338e5"
','run','7caa67370dba3282','','27537 2251137','{"equity.csv": "51f2aa8d6a02a482106c1186f535a4a4406bdad9a239e473c94458c9a1aa4111", "orders.csv": "30f566454c5704b5689864986e8762f392c5712654f389227ead2be9e916ce41", "run.json": "a512e8534cb64f272e6131e9b45cd5d1f8bff98a8286a3341c7c1c285d41c4ec", "spec.toml": "4290a43f4511d54fb20a29eda4e78727821fb76917efba4deee237d7c91f5524"}');
CREATE TABLE sweeps (number INTEGER PRIMARY KEY, sweep_id TEXT NOT NULL UNIQUE, "created_at" TEXT NOT NULL DEFAULT '', "study" TEXT NOT NULL DEFAULT '', "source" TEXT NOT NULL DEFAULT '', "traded" TEXT NOT NULL DEFAULT '', "start" TEXT NOT NULL DEFAULT '', "end" TEXT NOT NULL DEFAULT '', "data_fingerprint" TEXT NOT NULL DEFAULT '', "code_hash" TEXT NOT NULL DEFAULT '', "status" TEXT NOT NULL DEFAULT '', "versions" TEXT NOT NULL DEFAULT '', "path" TEXT NOT NULL DEFAULT '', "spec" TEXT NOT NULL DEFAULT '', "axes" TEXT NOT NULL DEFAULT '', "sets" TEXT NOT NULL DEFAULT '', "removed_at" TEXT NOT NULL DEFAULT '', "owner" TEXT NOT NULL DEFAULT '');
INSERT INTO "sweeps" VALUES(1,'20261127-235933-sweep-small_cap_trend-bce951','2026-11-27T23:59:33+00:00','small_cap_trend','simulated:null,seed=5','ETH-USD','2016-01-01','2018-12-31','50d2605c527338e5','d4d1d9e386babdab','done','{"backtrader": "1.9.78.123", "exchange_calendars": "4.13.2", "harbinger-eth": "0.2.0", "numpy": "2.4.6", "pandas": "3.1.1", "python": "3.11.7", "quantstats": "0.0.86", "yfinance": "1.7.0"}','/data/o5/b','[study]
name = "small_cap_trend"
why = "Long ETH while small caps trend up, else in cash."
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
use = "small_cap_momentum"
lookback = 60

[data]
source = "simulated:null,seed=5"
fingerprint = "50d2605c527338e5"
','["trend.lookback"]','2','','27553 2251275');
INSERT INTO "sweeps" VALUES(2,'20261127-235934-sweep-small_cap_trend-277b04','2026-11-27T23:59:34+00:00','small_cap_trend','simulated:null,seed=5','ETH-USD','2016-01-01','2018-12-31','50d2605c527338e5','d4d1d9e386babdab','done','{"backtrader": "1.9.78.123", "exchange_calendars": "4.13.2", "harbinger-eth": "0.2.0", "numpy": "2.4.6", "pandas": "3.1.1", "python": "3.11.7", "quantstats": "0.0.86", "yfinance": "1.7.0"}','/data/o5/c','[study]
name = "small_cap_trend"
why = "Long ETH while small caps trend up, else in cash."
start = ""
end = ""
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
use = "small_cap_momentum"
lookback = 60

[data]
source = "simulated:null,seed=5"
fingerprint = "50d2605c527338e5"
','["study.end"]','3','','27565 2251427');
INSERT INTO "sweeps" VALUES(3,'20261127-235935-sweep-small_cap_trend-ad11c9','2026-11-27T23:59:35+00:00','small_cap_trend','simulated:null,seed=5','ETH-USD','2016-01-01','2018-12-31','50d2605c527338e5','d4d1d9e386babdab','done','{"backtrader": "1.9.78.123", "exchange_calendars": "4.13.2", "harbinger-eth": "0.2.0", "numpy": "2.4.6", "pandas": "3.1.1", "python": "3.11.7", "quantstats": "0.0.86", "yfinance": "1.7.0"}','','','["threshold"]','2','2026-11-28T00:00:07+00:00','27576 2251541');
CREATE TABLE trials (sweep INTEGER NOT NULL, position INTEGER NOT NULL, trial BLOB NOT NULL, "values" TEXT, status TEXT NOT NULL, reason TEXT NOT NULL, total_return REAL, cagr REAL, volatility REAL, sharpe REAL, sortino REAL, max_drawdown REAL, calmar REAL, time_in_market REAL, turnover_per_year REAL, orders REAL, costs_paid_usd REAL, traded TEXT, start TEXT, "end" TEXT, PRIMARY KEY (sweep, position)) WITHOUT ROWID;
INSERT INTO "trials" VALUES(1,0,X'7CAA67370DBA3282','[60]','ok','',8.64968500270079321268e-01,2.30669712843903029764e-01,6.6170003525671505784e-01,6.10222073497661110508e-01,9.07665853922185905666e-01,-5.29845077950207299366e-01,4.35353129515304138053e-01,0.656021897810219,1.56405577109933791035e+01,47.0,1.12794132084374359688e+04,NULL,NULL,NULL);
INSERT INTO "trials" VALUES(1,1,X'EBB6E127DF1A83A0','[90]','ok','',6.86470822768205479746e-01,1.90119519279834170433e-01,6.56545813383692222764e-01,5.58791612253119462927e-01,0.831257220185417,-6.3062057650270375575e-01,3.01480044203757513443e-01,6.55109489051094895373e-01,8.31940669731728199565e+00,25.0,5459.8330401847,NULL,NULL,NULL);
INSERT INTO "trials" VALUES(2,0,X'7CAA67370DBA3282','["2018-12-31"]','ok','',8.64968500270079321268e-01,2.30669712843903029764e-01,6.6170003525671505784e-01,6.10222073497661110508e-01,9.07665853922185905666e-01,-5.29845077950207299366e-01,4.35353129515304138053e-01,0.656021897810219,1.56405577109933791035e+01,47.0,1.12794132084374359688e+04,NULL,NULL,'2018-12-31');
INSERT INTO "trials" VALUES(2,1,X'7CAA67370DBA3282','["2019-12-31"]','ok','',4.72904501012917410918e+00,5.466457011941163735e-01,6.52529744670093503344e-01,9.6488323859659363979e-01,1.48045636838355543218e+00,-5.29845077950207299366e-01,1.03170855773333780547e+00,6.5366187542778919628e-01,1.47287942772490936253e+01,59.0,1.91773215150516043647e+04,NULL,NULL,'2019-12-31');
INSERT INTO "trials" VALUES(2,2,X'7CAA67370DBA3282','["1990-01-01"]','failed','ETH-USD has 0 bars from its first to 1990-01-01; it runs 2016-01-01..2025-12-31: choose a span inside',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'1990-01-01');
INSERT INTO "trials" VALUES(3,0,X'7CAA67370DBA3282',NULL,'ok','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "trials" VALUES(3,1,X'C0A0DACC5313115F',NULL,'ok','',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX runs_by_spec ON runs (spec_hash);
COMMIT;
