"""How does its page look now? The page of anything in the registry, drawn again from the registry and the store."""
