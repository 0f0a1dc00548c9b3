"""Hypothesis strategies of contacts for any policy, for properties of your own (``routekit[testing]``)."""

try:
    import hypothesis  # noqa: F401 - asked here, so that what to do is said
except ImportError as error:
    raise ImportError("`routekit.testing` needs hypothesis: install `routekit[testing]`") from error

from routekit.testing.strategies import clocks, contacts, malformed_contacts

__all__ = ["clocks", "contacts", "malformed_contacts"]
