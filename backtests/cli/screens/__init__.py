"""What each verb does and prints: one file a verb, loaded by its one hop."""
