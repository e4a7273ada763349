"""What may be wrong with a table: gaps, doubles, units, shifted dates, jumps."""
