"""Is it luck? One rule, or the best of a sweep, held against its trials, its controls, placebos and its own halves."""
