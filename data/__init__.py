"""Floor 1: what was known, and when."""
