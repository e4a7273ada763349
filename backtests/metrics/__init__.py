"""The numbers of a run, how they are written for a person, and their split by regime."""
