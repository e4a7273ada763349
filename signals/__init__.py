"""Floor 2: pure functions of the past, one signal a file."""
