"""Where is all my work? One page of every run, sweep, sheet, examination and comparison, on disk or served."""
