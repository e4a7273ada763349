"""Comparing parameter sets: which ones, their weights, the kernel over all of them, the check against backtrader."""
