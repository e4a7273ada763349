"""What is asked: an experiment as a file says it, its costs and its strategy."""
