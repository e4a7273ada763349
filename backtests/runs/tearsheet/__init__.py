"""The page of a run: its picture, its months, and the chapter that quantstats draws."""
