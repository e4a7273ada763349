"""The sets of a sweep on a cluster of dask.distributed: other machines compute, this process writes."""
