"""All examples of one policy, run together."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import perf_counter

from routekit.diagnostics import Diagnostic
from routekit.engine.engine import Engine
from routekit.engine.errors import PolicyError
from routekit.engine.examples import Mismatch, clock_of, contact_of, mismatches
from routekit.engine.policy import Policy
from routekit.policy.decision import Decision
from routekit.policy.model import SWITCH, CheckedPolicy, Example, Given
from routekit.schema import writing
from routekit.schema.times import zone
from routekit.schema.types import Time
from routekit.translation import t
from routekit.trials.coverage import Coverage, Observer

__all__ = [
    "Broken",
    "Result",
    "Running",
    "Trial",
    "as_text",
    "given_in",
    "path_given",
    "place_of",
    "run_example",
    "start",
    "title_of",
    "why",
]


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
    >>> result.passed, [str(mismatch) for mismatch in result.mismatches]
    (False, ['priority 5 instead of 1'])
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

    >>> from routekit.policy.outcome_parts import PART
    >>> decision = Decision("care", "1", "otherwise", "voice", "general")
    >>> differs = (Mismatch(PART["queue"], "vip", "general"),)
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
        lines.append(t("the rule says: {because}", because=decision.because))
    for answer in explanation.answers:
        lines.append(t("not by {name}: {text}", name=answer.name, text=answer.text))
        lines += [t("it would decide with {text}", text=change.text) for change in answer.changes[:1]]
    lines += [t("wrong with the contact: {problem}", problem=problem) for problem in explanation.problems]
    return "\n".join(lines)


# ── in the words of an example ─────────────────────────────────────────────────


def given_in(example: Example, policy: CheckedPolicy) -> str:
    """Returns what an example gives, as ``given`` writes it; empty where that is nothing."""
    types = {(record.name, field.name): field.type for record in policy.records for field in record.fields}
    signals = {field.name: field.type for field in policy.live}
    local = zone(policy.timezone)
    said = [
        f"{path_given(given)} {writing.as_text(given.value, type_, local)}"
        for given in example.given
        for type_ in [signals[given.path[1]] if given.live else types[given.path]]
    ]
    said += [f"shown {shown.offer} {writing.as_text(shown.at, Time(), local)}" for shown in example.shown]
    return ", ".join(said)


def path_given(given: Given) -> str:
    """Returns as what a value is given: ``customer.value``, ``switch storm``."""
    return (" " if given.path[0] == SWITCH and not given.live else ".").join(given.path)


def title_of(example: Example) -> str:
    """Returns what people call an example, one without a title too."""
    if example.title:
        return example.title
    return t("example in line {line}", line=example.span.line) if example.span else "example"


def place_of(example: Example) -> tuple[str, int]:
    """Returns the file and the line of an example."""
    return (example.span.source.name, example.span.line) if example.span else ("", 0)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a policy's examples; ``skipped`` counts those that were not selected."""

    path: str
    policy: Policy
    results: tuple[Result, ...]
    coverage: Coverage
    skipped: int = 0

    @property
    def failed(self) -> tuple[Result, ...]:
        return tuple(result for result in self.results if not result.passed)


@dataclass(frozen=True, slots=True)
class Broken:
    """A policy that cannot be tried, with its errors."""

    path: str
    diagnostics: tuple[Diagnostic, ...]


class Running:
    """A policy whose examples are being run, one at a time."""

    def __init__(self, path: str, policy: Policy, words: str = "") -> None:
        self._path = path
        self.policy = policy
        examples = policy.checked.examples
        self.selected = tuple(example for example in examples if _is_selected(example, words))
        self._skipped = len(examples) - len(self.selected)
        self._results: list[Result] = []
        self.observer = Observer(policy.checked)

    def results(self) -> Iterator[Result]:
        """Runs the examples in their order."""
        engine = Engine(self.policy)
        clock = clock_of(self.policy.checked).astimezone(UTC)
        for example in self.selected:
            result = run_example(engine, example)
            self.observer.observe(contact_of(example), clock, result.decision)
            self._results.append(result)
            yield result

    def trial(self) -> Trial:
        """Returns what came of the examples that have been run."""
        return Trial(self._path, self.policy, tuple(self._results), self.observer.coverage(), self._skipped)


def start(path: str, words: str = "") -> Running | Broken:
    """Makes the examples of a policy ready, those alone whose titles hold all the words, in any case.

    Raises ``OSError`` where the file cannot be read.
    """
    try:
        return Running(path, Policy.from_path(path), words)
    except PolicyError as error:
        return Broken(path, tuple(found for found in error.diagnostics if found.severity == "error"))


def _is_selected(example: Example, words: str) -> bool:
    title = title_of(example).casefold()
    return all(word in title for word in words.casefold().split())
