"""How do I begin my own? A signal, a strategy or a study that works, with its test."""
