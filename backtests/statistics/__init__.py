"""Estimators on plain arrays: no market, no signal, no clock. Whoever calls says what is known when."""
