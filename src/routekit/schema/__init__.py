"""Types, the values they have, how values are read from what callers send, and the language's functions."""
