"""Which is better, and how sure is that? Runs side by side on the bars that they share."""
