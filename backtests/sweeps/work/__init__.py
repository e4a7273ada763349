"""The running of a sweep: every set, block by block, and the check of some by backtrader."""
