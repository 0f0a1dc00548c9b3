"""What came of one example, and why, in the words of an example."""

from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter

from routekit.engine.engine import Engine
from routekit.engine.examples import Mismatch, clock_of, contact_of, mismatches
from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy, Example
from routekit.schema import writing
from routekit.schema.times import zone

__all__ = ["Result", "as_text", "given_in", "place_of", "run_example", "title_of", "why"]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an example: it passed where nothing differs. ``why`` is told of one that did not."""

    example: Example
    decision: Decision
    mismatches: tuple[Mismatch, ...]
    why: str = ""
    seconds: float = field(default=0.0, compare=False)

    @property
    def passed(self) -> bool:
        return not self.mismatches


def run_example(engine: Engine, example: Example) -> Result:
    """Decides the contact of an example and compares what is expected.

    >>> from routekit import Policy
    >>> policy = Policy.from_text('''
    ...     policy care "Care"
    ...     record contact { channel one of voice, web }
    ...     channel voice { assisted cost 4.20 }
    ...     queue general { on voice }
    ...     route { otherwise queue general }
    ...     example "anybody" given contact.channel web expect priority 1
    ... ''')
    >>> [result] = [run_example(Engine(policy), example) for example in policy.checked.examples]
    >>> result.passed, result.mismatches
    (False, (Mismatch(what='priority', expected=1, actual=5),))
    """
    started = perf_counter()
    decision, found = mismatches(engine, example)
    seconds = perf_counter() - started
    reason = _why(engine, example, found) if found else ""
    return Result(example, decision, found, reason, seconds)


def _why(engine: Engine, example: Example, found: tuple[Mismatch, ...]) -> str:
    expected = next((str(mismatch.expected) for mismatch in found if mismatch.what == "rule"), None)
    policy = engine.policy.checked
    given = given_in(example, policy)
    reason = why(engine, contact_of(example), clock_of(policy), expected)
    return f"given {given}\n{reason}" if given else reason


def as_text(result: Result) -> str:
    """Returns what differs, expected and actual side by side, and why; several lines.

    >>> decision = Decision("care", "1", "otherwise", "voice", "general")
    >>> differs = (Mismatch("queue", "vip", "general"),)
    >>> print(as_text(Result(Example("gold", (), ()), decision, differs, "rule otherwise decided")))
           expected  actual
    queue  vip       general
    rule otherwise decided
    """
    from rich.cells import cell_len

    rows = [("", "expected", "actual")]
    rows += [
        (item.what, item.as_written(item.expected), item.as_written(item.actual))
        for item in result.mismatches
    ]
    widths = [max(cell_len(row[place]) for row in rows) for place in (0, 1)]
    table = [
        "  ".join(
            [
                *(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=False)),
                row[2],
            ]
        )
        for row in rows
    ]
    return "\n".join([*table, *([result.why] if result.why else [])])


# ── why ────────────────────────────────────────────────────────────────────────


def why(engine: Engine, contact: object, now: datetime, expected_rule: str | None = None) -> str:
    """Returns which rule decided a contact and why; where another was expected, what kept that one from it.

    Several lines of text. ``now`` is the clock for a contact without ``contact.at``.
    """
    decision = engine.decide(contact, now=now)
    asked = expected_rule if expected_rule != decision.rule else None
    explanation = engine.explain(contact, now=now, rule=asked, show_private=True)
    lines = [explanation.summary]
    if decision.because:
        lines.append(f"the rule says: {decision.because}")
    for answer in explanation.answers:
        lines.append(f"not by {answer.name}: {answer.text}")
        lines += [f"it would decide with {change.text}" for change in answer.changes[:1]]
    lines += [f"wrong with the contact: {problem}" for problem in explanation.problems]
    return "\n".join(lines)


# ── in the words of an example ─────────────────────────────────────────────────


def given_in(example: Example, policy: CheckedPolicy) -> str:
    """Returns what an example gives, as ``given`` writes it; empty where that is nothing."""
    types = {(record.name, field.name): field.type for record in policy.records for field in record.fields}
    signals = {field.name: field.type for field in policy.live}
    local = zone(policy.timezone)
    return ", ".join(
        f"{'.'.join(given.path)} {writing.as_text(given.value, type_, local)}"
        for given in example.given
        for type_ in [signals[given.path[1]] if given.live else types[given.path]]
    )


def title_of(example: Example) -> str:
    """Returns what people call an example, one without a title too."""
    if example.title:
        return example.title
    return f"example in line {example.span.line}" if example.span else "example"


def place_of(example: Example) -> tuple[str, int]:
    """Returns the file and the line of an example."""
    return (example.span.source.name, example.span.line) if example.span else ("", 0)
