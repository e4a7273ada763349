"""What stands in the folder of a sweep, whole or half written, and where it is taken."""
