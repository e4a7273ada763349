"""When: New York's sessions, federal business days, UTC days, and the instant at which each number could be known."""
