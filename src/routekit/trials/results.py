"""What came of one example."""

from dataclasses import dataclass, field
from time import perf_counter

from routekit.engine.engine import Engine
from routekit.engine.examples import Mismatch, clock_of, contact_of, mismatches
from routekit.policy.decision import Decision
from routekit.policy.model import Example
from routekit.trials.reasons import why
from routekit.trials.words import given_in

__all__ = ["Result", "as_text", "run_example"]


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
    """What differs, expected and actual side by side, and why; several lines.

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
