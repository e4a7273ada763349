"""Pieces of a question on a cluster of dask.distributed: other machines compute, this process writes."""
