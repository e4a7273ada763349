"""The page of a sweep: what was chosen, its tables, its walk-forward, and sweep.js, which draws on it."""
