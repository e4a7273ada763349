"""What would I have earned? One experiment run, saved, registered, repeated."""
