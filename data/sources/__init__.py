"""Where data come from: one file a source, one method to fill."""
