"""Not of the user's: asks for a library that is not installed, as pandas and others do."""

try:
    import no_such_library  # noqa: F401
except ImportError:
    have = False
else:
    have = True
