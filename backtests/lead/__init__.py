"""The lead lab: do small caps lead the traded asset, or do the two move together? The rule: docs/lead.md."""
