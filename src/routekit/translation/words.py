"""The nouns that messages put into their places: kinds of declarations, of values and of parts."""

from routekit.translation.saying import msgids

__all__ = ["NOUNS"]

NOUNS = msgids(
    (
        # declarations and what stands in them
        "agent",
        "arm",
        "block",
        "calendar",
        "channel",
        "definition",
        "example",
        "feature",
        "field",
        "group",
        "guarantee",
        "inbound channel",
        "let",
        "list",
        "message",
        "offer",
        "part of the outcome",
        "plan",
        "policy",
        "queue",
        "record",
        "row",
        "rule",
        "segment",
        "signal",
        "switch",
        "table",
        "type",
        # parts of an outcome
        "any agent",
        "callback",
        "offers",
        "priority",
        "problems",
        "skill",
        "skills",
        "steps",
        # kinds of values
        "date",
        "day of the week",
        "duration",
        "flag",
        "integer",
        "listed name",
        "month",
        "name",
        "number",
        "set",
        "text",
        "time",
        "timezone",
    )
)
"""A place for a noun is filled by ``t(noun)``; this tuple is where catalogues find them."""
