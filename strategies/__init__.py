"""Floor 3: signals into target weights, one positioning rule a file."""
