"""What the registry lost, read back out of the folders of results."""
