"""The profile of one signal before any strategy: what it is, how fresh it is, and what followed it."""
