"""Evidence: attacks on a result."""

CUTS, CUTS_OF_MANY, MANY_ROWS = 200, 40, 100_000
"""Instants at which `check lookahead` cuts, unless told: fewer where there are more raw rows than MANY_ROWS."""
INSTANTS, SEED = 24, 1
"""Instants at which `check warmup` measures, and the seed of every draw."""
