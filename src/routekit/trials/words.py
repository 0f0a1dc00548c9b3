"""What is expected and what came of it, in the words of an example."""

from routekit.policy.model import CheckedPolicy, Example
from routekit.schema.times import zone
from routekit.schema.writing import as_text

__all__ = ["given_in", "place_of", "title_of"]


def given_in(example: Example, policy: CheckedPolicy) -> str:
    """What an example gives, as ``given`` writes it; empty where that is nothing."""
    types = {(record.name, field.name): field.type for record in policy.records for field in record.fields}
    signals = {field.name: field.type for field in policy.live}
    local = zone(policy.timezone)
    return ", ".join(
        f"{'.'.join(given.path)} {as_text(given.value, type_, local)}"
        for given in example.given
        for type_ in [signals[given.path[1]] if given.live else types[given.path]]
    )


def title_of(example: Example) -> str:
    """What people call an example, one without a title too."""
    if example.title:
        return example.title
    return f"example in line {example.span.line}" if example.span else "example"


def place_of(example: Example) -> tuple[str, int]:
    """The file and the line of an example."""
    return (example.span.source.name, example.span.line) if example.span else ("", 0)
