"""Files of the user's own, as downloaded from Yahoo Finance, FRED or CME."""
