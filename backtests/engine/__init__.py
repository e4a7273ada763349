"""The engine: decisions into fills, cash and equity."""
