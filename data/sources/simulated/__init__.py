"""Simulated markets with known truth: a planted lead, or none."""
