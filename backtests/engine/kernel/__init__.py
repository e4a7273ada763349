"""The contract compiled: many runs at once through the same arithmetic, with the numbers of each.

`machine_code` is the way in, for `runs.batch.sets` and `.windows`: it keeps what numba made of `run_sets` and
`run_windows` (`ways_in`), which call `account`, the engine, and `measures`, the numbers. These three are imported only
to compile. So nothing in them asks for memory, which callers bring as room, or raises, and what is compiled needs numba
no more.

Every float operation stands in the order of `engine.contract` and `metrics.performance`, without fast-math, so that
equity is equal to the reference engine's to the bit; sums go pairwise as numpy's do, so that the numbers are too.
"""
