"""The parts of an outcome: a row each, by which every other module reads, writes and compares them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum, auto
from functools import cached_property
from itertools import chain
from typing import TypeVar, cast

from routekit.policy.decision import NO_DATA, Data, Decision, PlanStep, Problem, as_seconds
from routekit.policy.model import LOWEST_PRIORITY, TOP_PRIORITY, CheckedPolicy, Field, Outcome
from routekit.schema.times import format_duration, zone
from routekit.schema.types import Duration, Value
from routekit.schema.writing import as_text, quoted, time_text

T = TypeVar("T")

__all__ = [
    "DECISION_PARTS",
    "LOGGED_PARTS",
    "NOTICED_PARTS",
    "PART",
    "PARTS",
    "PLAIN",
    "STEP_PARTS",
    "UNWRITTEN",
    "Kind",
    "Part",
    "Saying",
    "as_json",
    "declared_part",
    "differing",
    "is_given",
    "leading",
    "parts_of",
    "saying",
    "step_parts",
    "step_words",
    "told_once",
    "values_of",
    "written",
]


class Kind(Enum):
    """What the value of a part is, by which it is read, written, compared and proved."""

    NAME = auto()
    """A name that the policy declares."""
    TEXT = auto()
    INTEGER = auto()
    FLAG = auto()
    DURATION = auto()
    TIME = auto()
    NAMES = auto()
    """A set of names."""
    RANKING = auto()
    """Names, the best first."""
    DATA = auto()
    """All that the policy declares under ``outcome``."""
    VALUE = auto()
    """One of these, of a type of its own."""
    STEPS = auto()
    PROBLEMS = auto()


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of an outcome, of a decision, or of a step of a plan.

    ``name`` is its key in JSON and its attribute of a ``Decision`` or a ``PlanStep``; ``word`` begins it in
    an outcome, ``phrase`` writes it before its value. ``names`` says what its names are of (``queue``,
    ``skill``); an integer is held between ``least`` and ``most``; ``sample`` shows how it is written.

    One that a policy declares under ``outcome`` is called ``data.sla``; ``field`` is its declaration, and
    times are written by the clock of ``local``.
    """

    name: str
    kind: Kind
    field: Field | None = None
    local: tzinfo = UTC
    names: str = ""
    least: int | None = None
    most: int | None = None
    word: str = ""
    phrase: str = ""
    sample: str = ""

    in_outcome: bool = False
    """A rule gives it at arrival."""
    in_step: bool = False
    """A step of a plan gives it."""
    in_adjust: bool = False
    """A rule of ``adjust`` changes it."""
    computed: bool = False
    """A rule gives an expression of the contact's values for it; else what is written is its value."""
    follows: bool = False
    """A step has it by what else it says; nobody writes it in a policy but in what an example expects."""
    reaches_steps: bool = False
    """What changes it at arrival changes alike what later steps set outright."""
    promised: bool = False
    """Guarantees and questions speak of it."""
    expected: bool = False
    """Examples expect it."""
    saved: bool = False
    """The conversation expects it in the examples that it saves."""
    noticed: bool = True
    """The customer or the agent notices it: what differs in it alone is another decision."""
    logged: bool = True
    """It stands in the log of decisions."""
    late: bool = False
    """It came after version 1 of the log's format, whose records may lack it."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "word", self.word or self.name)
        object.__setattr__(self, "phrase", self.phrase or self.word)
        if self.computed and (self.in_adjust or self.promised):
            raise ValueError(f"`{self.name}` depends on the contact, so that only outcomes can give it")
        if self.kind is Kind.INTEGER and self.in_adjust and None in (self.least, self.most):
            raise ValueError(f"`{self.name}` can be made larger without end")

    @cached_property
    def of_decision(self) -> bool:
        """Whether a decision has it, and not only a step."""
        return self.name in _FIELDS or self.field is not None

    @cached_property
    def may_be_missing(self) -> bool:
        """Whether a decision may be without it."""
        if self.field is not None:
            return self.field.may_be_missing
        return self.of_decision and _FIELDS[self.name].default is None

    @cached_property
    def is_set(self) -> bool:
        """Whether it holds several names, of which each is there or not."""
        return self.kind in (Kind.NAMES, Kind.RANKING)

    def of(self, holder: object) -> object:
        """Returns what a decision, or a step of a plan, has of it."""
        if self.field is None:
            return getattr(holder, self.name)
        return getattr(holder, "data").get(self.field.name)  # noqa: B009 - of a decision or of a step

    def bounded(self, value: T) -> T:
        """Returns a value within the part's bounds."""
        if isinstance(value, int) and self.least is not None and self.most is not None:
            return min(max(value, self.least), self.most)  # type: ignore[return-value]  # a number, as before
        return value


_FIELDS = {field.name: field for field in fields(Decision)}

PARTS: tuple[Part, ...] = (
    Part(
        name="rule", kind=Kind.NAME, names="rule", noticed=False, promised=True, expected=True, saved=True,
    ),
    Part(name="channel", kind=Kind.NAME, names="channel", promised=True, expected=True, saved=True),
    Part(
        name="queue", kind=Kind.NAME, names="queue", in_outcome=True, in_step=True,
        promised=True, expected=True, saved=True,
    ),
    Part(name="any_agent", kind=Kind.FLAG, word="any agent", in_step=True, sample="after 30s any agent"),
    Part(
        name="agent", kind=Kind.TEXT, in_outcome=True, in_step=True, computed=True, expected=True,
        sample='agent "e-1"',
    ),
    Part(
        name="priority", kind=Kind.INTEGER, least=TOP_PRIORITY, most=LOWEST_PRIORITY, in_outcome=True,
        in_step=True, in_adjust=True, reaches_steps=True, promised=True, expected=True, saved=True,
        sample="priority 2",
    ),
    Part(
        name="skills", kind=Kind.NAMES, names="skill", in_outcome=True, in_step=True, in_adjust=True,
        reaches_steps=True, promised=True, expected=True,
    ),
    Part(name="offers", kind=Kind.RANKING, names="offer", promised=True, expected=True, saved=True),
    Part(
        name="message", kind=Kind.NAME, names="message", in_outcome=True, in_step=True, in_adjust=True,
        promised=True, expected=True,
    ),
    Part(
        name="data", kind=Kind.DATA, in_outcome=True, in_step=True, in_adjust=True, expected=True, late=True,
    ),
    Part(
        name="callback_within", kind=Kind.DURATION, word="callback", phrase="callback within", in_step=True,
        sample="after 2m callback within 4h",
    ),
    Part(name="callback_by", kind=Kind.TIME, word="callback by", in_step=True, follows=True),
    Part(name="plan", kind=Kind.STEPS, expected=True, sample="plan {after 2m callback within 4h}"),
    Part(name="arm", kind=Kind.INTEGER, least=1, expected=True, noticed=False, sample="arm 1"),
    Part(name="problems", kind=Kind.PROBLEMS, noticed=False, logged=False),
    Part(name="revision", kind=Kind.NAME, names="revision", noticed=False, logged=False),
)  # fmt: skip
"""In the order in which JSON, tables and the log have them."""

UNWRITTEN = frozenset({"policy", "because"})
"""What a decision says of the policy alone, and no table or log repeats for each contact."""

DECISION_PARTS = tuple(part for part in PARTS if part.of_decision)
STEP_PARTS = tuple(part for part in PARTS if part.in_step)
"""What a step of a plan has beside ``after``, its time."""
LOGGED_PARTS = tuple(part for part in DECISION_PARTS if part.logged)

PART = {part.name: part for part in PARTS}


def declared_part(field: Field, timezone: str = "UTC") -> Part:
    """Returns the part of a decision that a policy declares by a field.

    >>> declared_part(Field("sla", Duration())).name
    'data.sla'
    """
    return Part(
        name=f"data.{field.name}", kind=Kind.VALUE, field=field, local=zone(timezone), word=field.name,
        phrase=f"{field.name} =", in_outcome=True, in_adjust=True, promised=True, expected=True, saved=True,
        late=True,
    )  # fmt: skip


def parts_of(policy: CheckedPolicy, parts: Iterable[Part] = DECISION_PARTS) -> tuple[Part, ...]:
    """Returns the parts for decisions of one policy: for ``data`` one for each that the policy declares."""
    declared = tuple(declared_part(field, policy.timezone) for field in policy.data)
    return tuple(chain.from_iterable(declared if part.kind is Kind.DATA else (part,) for part in parts))


def step_parts(declared: Iterable[Field]) -> tuple[Part, ...]:
    """Returns the parts of steps of a policy, with ``data`` only where it declares some."""
    return tuple(part for part in STEP_PARTS if part.kind is not Kind.DATA or any(declared))


def leading(parts: Iterable[Part], *names: str) -> tuple[Part, ...]:
    """Returns the parts in another order: those of the names first, all others behind.

    >>> [part.name for part in leading(STEP_PARTS, "skills", "message")]
    ['skills', 'message', 'queue', 'any_agent', 'agent', 'priority', 'data', 'callback_within', 'callback_by']
    """
    places = {name: place for place, name in enumerate(names)}
    return tuple(sorted(parts, key=lambda part: places.get(part.name, len(places))))


NOTICED_PARTS = leading((part for part in DECISION_PARTS if part.noticed), "queue")


def _check_fields(holder: type, names: Iterable[str]) -> None:
    """Raises where a field has no row, or a row no field: no room would read it."""
    lacking = {field.name for field in fields(holder)}.symmetric_difference(names)
    if lacking:
        raise TypeError(
            f"{holder.__name__} and the parts of an outcome differ in {', '.join(sorted(lacking))}"
        )


_check_fields(Decision, (*UNWRITTEN, *(part.name for part in PARTS if part.in_outcome or not part.in_step)))
_check_fields(Outcome, ("channel", "plan", *(part.name for part in PARTS if part.in_outcome)))
_check_fields(PlanStep, ("after", *(part.name for part in STEP_PARTS)))


# ── decisions compared ────────────────────────────────────────────────────────


def values_of(decision: Decision) -> dict[str, object]:
    """Returns the value of each part of a decision."""
    return {part.name: getattr(decision, part.name) for part in DECISION_PARTS}


def differing(
    one: Decision | Mapping[str, object],
    other: Decision | Mapping[str, object],
    parts: Iterable[Part] = NOTICED_PARTS,
) -> tuple[Part, ...]:
    """Returns the parts in which two decisions differ, by default of those that somebody notices.

    >>> old = Decision("care", "1", "gold", "voice", "general")
    >>> new = Decision("care", "2", "gold_first", "voice", "best", priority=2)
    >>> [part.name for part in differing(old, new)]
    ['queue', 'priority']
    """
    before = values_of(one) if isinstance(one, Decision) else one
    after = values_of(other) if isinstance(other, Decision) else other
    return tuple(part for part in parts if before[part.name] != after[part.name])


def is_given(value: object) -> bool:
    """Checks whether a value of a part is there: neither missing nor a set, a list or a plan of nothing."""
    return value is not None and value not in ((), frozenset(), NO_DATA)


# ── values written ────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Saying:
    """How policies call what they declare: ``titles`` by kind and name, ``data`` by its names."""

    titles: Mapping[tuple[str, str], str]
    data: Mapping[str, Part]


PLAIN = Saying({}, {})
"""Names as they are written."""


def saying(*policies: CheckedPolicy) -> Saying:
    """Returns how policies call what they declare; the last one's titles come before all others'."""
    titles: dict[tuple[str, str], str] = {}
    data: dict[str, Part] = {}
    for policy in policies:
        titles.update(policy.titles.items())
        data |= {field.name: declared_part(field, policy.timezone) for field in policy.data}
    return Saying(titles, data)


def written(part: Part, value: object, said: Saying = PLAIN) -> str:
    """Returns a value as a policy writes it; what is ``said`` otherwise by its title.

    >>> written(PART["offers"], ("gift", "points")), written(PART["agent"], "e-1"), written(PART["arm"], None)
    ('{gift, points}', '"e-1"', 'missing')
    """
    if part.field is not None:
        return as_text(cast("Value | None", value), part.field.type, part.local)
    match value:
        case None:
            return "missing"
        case Data():
            return f"{{{', '.join(_settings(value, said))}}}"
        case bool():
            return "yes" if value else "no"
        case frozenset():
            return f"{{{', '.join(sorted(value))}}}"
        case timedelta():
            return format_duration(value)
        case datetime():
            return time_text(value, value.tzinfo or UTC)
        case str() if part.kind is Kind.TEXT:
            return quoted(value)
        case str() if part.kind is Kind.NAME:
            return said.titles.get((part.names, value)) or value
        case tuple() if part.kind is Kind.STEPS:
            return f"{{{'  '.join(step_words(step, said=said) for step in value)}}}"
        case tuple():
            return f"{{{', '.join(map(str, value))}}}"
        case _:
            return str(value)


def _settings(data: Data, said: Saying) -> list[str]:
    """What is set, as a policy writes it; where the part is not known, as far as values tell their type."""
    texts = {
        name: written(said.data[name], value) if name in said.data else as_text(value, Duration(), UTC)
        for name, value in data.items()
    }
    return [f"{name} = {text}" for name, text in texts.items()]


def step_words(step: PlanStep, parts: Iterable[Part] = STEP_PARTS, said: Saying = PLAIN) -> str:
    """Returns a step of a plan as an example expects it, its actions in the order of the parts.

    Where it has the instant of a callback, that is written for how soon it is.

    >>> step_words(PlanStep(timedelta(minutes=3), queue="general", priority=2))
    'after 3m queue general, priority 2'
    """
    told = told_once(step)
    actions = [words for part in parts for words in _action_words(part, getattr(told, part.name), said)]
    return f"after {format_duration(step.after)} {', '.join(actions)}"


def _action_words(part: Part, value: object, said: Saying) -> list[str]:
    """What a step does to a part, nothing where it leaves it."""
    match value:
        case None:
            return []
        case Data():
            return _settings(value, said)
        case bool() if not part.of_decision:
            return [part.phrase] if value else []
        case _:
            return [f"{part.phrase} {written(part, value, said)}"]


def told_once(step: PlanStep) -> PlanStep:
    """Returns a step that tells its callback in one way: by its instant, where it has one."""
    return step if step.callback_by is None else replace(step, callback_within=None)


def as_json(value: object) -> object:
    """Returns a value of a part as JSON has it, durations in seconds.

    >>> as_json(frozenset({"zh", "gold"})), as_json(timedelta(minutes=3))
    (['gold', 'zh'], 180)
    """
    match value:
        case frozenset():
            return sorted(value)
        case tuple():
            return [as_json(item) for item in value]
        case PlanStep():
            return value.to_dict()
        case Data():
            return value.to_dict()
        case Problem(path, message):
            return {"path": path, "message": message}
        case timedelta():
            return as_seconds(value)
        case datetime():
            return value.isoformat()
        case _:
            return value
