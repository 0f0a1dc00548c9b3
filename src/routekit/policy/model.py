"""The checked policy: everything that an evaluator needs, nothing of how it was written.

Groups and tables are flattened into rules, each with its whole condition; the order of the rules is
their precedence. Names refer to the mappings of ``CheckedPolicy``, which hold them all.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import ClassVar, Literal, TypeAlias

from routekit.diagnostics import Span
from routekit.policy.calendars import Calendar
from routekit.policy.contact_map import ContactMap
from routekit.policy.decision import PlanStep
from routekit.policy.expressions import Expr, FieldRef, SignalRef
from routekit.policy.facts import Shown
from routekit.policy.kept_facts import Event, KeptFact
from routekit.policy.offers import Cap, Group, Never, Offer
from routekit.policy.reaches import Care
from routekit.schema.types import Scalar, Type, Value

__all__ = [
    "LOWEST_PRIORITY",
    "HISTORY",
    "SWITCH",
    "OUTCOME",
    "OTHERWISE",
    "TOP_PRIORITY",
    "USUAL_PRIORITY",
    "AddNames",
    "Adjustment",
    "Arm",
    "Cap",
    "Change",
    "Channel",
    "CheckedPolicy",
    "Example",
    "Expected",
    "Feature",
    "Field",
    "Given",
    "Group",
    "Guarantee",
    "Held",
    "Let",
    "Message",
    "Never",
    "Offer",
    "Outcome",
    "Plan",
    "Queue",
    "Record",
    "RemoveNames",
    "Rule",
    "Segment",
    "Sameness",
    "SetData",
    "SetPart",
    "ShiftPart",
    "Split",
    "Step",
    "Switch",
    "Titled",
    "Varied",
    "WorkOutPart",
]

TOP_PRIORITY, LOWEST_PRIORITY, USUAL_PRIORITY = 1, 10, 5
OTHERWISE = "otherwise"
HISTORY = "history"
"""The record that holds what is known of a customer's earlier contacts."""
SWITCH = "switch"
"""The record that holds which switches are on."""

OUTCOME = "outcome"
"""What a guarantee reads the parts of a decision from that the policy declares itself."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record, a signal of a queue, or a part of a decision that the policy declares itself.

    It is required where it is neither ``optional`` nor has a ``default``. ``private`` marks personal data,
    which is masked wherever values are written down.
    """

    name: str
    type: Type
    optional: bool = False
    default: Value | None = None
    private: bool = False

    @property
    def is_required(self) -> bool:
        return not self.optional and self.default is None

    @property
    def may_be_missing(self) -> bool:
        return self.default is None


@dataclass(frozen=True, slots=True)
class Record:
    """The fields that a part of a contact has."""

    name: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Feature:
    """A field of the record ``history``, as a store works it out of a customer's earlier contacts.

    ``kind`` is ``count``, ``last`` or ``open``. ``what`` is what the last contact is asked for: ``queue``,
    ``channel``, ``rule``, ``agent``, or the record and name of a field. Only contacts that came in by one
    of ``channels`` (empty: by any), have the same value of the field ``about`` as this contact (None: any
    at all) and came not longer ago than ``within`` (None: ever) are looked at.
    """

    name: str
    kind: Literal["count", "last", "open"]
    what: str | tuple[str, str] | None = None
    channels: tuple[str, ...] = ()
    about: tuple[str, str] | None = None
    within: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """A condition that the service turns on and off: a flag of the record ``switch``, off by default."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Let:
    """A value with a name, worked out by ``expr``."""

    name: str
    expr: Expr
    type: Type


@dataclass(frozen=True, slots=True)
class Segment:
    """A condition with a name."""

    name: str
    condition: Expr
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to be served; the cost is per contact, in the policy's one currency.

    ``carries`` is the greatest number of letters of a message, None where there is no such bound.
    ``hands_over`` are the fields that are still known where a contact leaves it for another channel, None for
    all; ``in_person`` is one where customer and company meet face to face.
    """

    name: str
    assisted: bool
    cost: float | None = None
    in_person: bool = False
    carries: int | None = None
    hands_over: tuple[FieldRef, ...] | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """Where contacts wait; ``calendar`` is None for a queue that is always open.

    ``asks_for`` is what its people must know of a contact, or ask the customer again.
    """

    name: str
    channels: tuple[str, ...]
    skills: tuple[str, ...] = ()
    calendar: str | None = None
    asks_for: tuple[FieldRef, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Message:
    """What is said to the customer: a wording for each channel that has one; an answer where it is ``about``
    matters."""

    name: str
    wordings: Mapping[str, str]
    about: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


# ── plans ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SetPart:
    """Gives a part of the outcome, or of a step of the plan, a value."""

    part: str
    value: str | int | bool | timedelta | datetime | frozenset[str]


@dataclass(frozen=True, slots=True)
class WorkOutPart:
    """Gives a part what an expression of the contact's values comes to at arrival."""

    part: str
    expr: Expr


@dataclass(frozen=True, slots=True)
class SetData:
    """Gives a part that the policy declares under ``outcome`` the value of an expression."""

    part: ClassVar[str] = "data"
    name: str
    expr: Expr


@dataclass(frozen=True, slots=True)
class ShiftPart:
    """Makes a number of the outcome larger, or smaller."""

    part: str
    by: int


@dataclass(frozen=True, slots=True)
class AddNames:
    """Adds names to a set of the outcome."""

    part: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class RemoveNames:
    """Takes names from a set of the outcome."""

    part: str
    names: frozenset[str]


Change: TypeAlias = SetPart | SetData | ShiftPart | AddNames | RemoveNames


@dataclass(frozen=True, slots=True)
class Plan:
    """The name and title under which steps are declared for several outcomes."""

    name: str
    title: str = ""

    def __str__(self) -> str:
        return self.title or self.name


@dataclass(frozen=True, slots=True)
class Step:
    """What happens once the contact has waited so long, counted from its arrival.

    It is there only where ``condition`` is true at arrival (None: always), the queue that it leads to will be
    open, and ``calendar``, whose open time its callback counts, opens enough. ``plan`` is the one that the
    step was declared in, None where the outcome itself says it.
    """

    after: timedelta
    actions: tuple[Change | WorkOutPart, ...]
    condition: Expr | None = None
    calendar: str | None = None
    plan: Plan | None = field(default=None, compare=False)
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def queue(self) -> str | None:
        """The queue that the step leads to, if it leads to one."""
        return next((act.value for act in self._set("queue") if isinstance(act.value, str)), None)

    @property
    def callback_within(self) -> timedelta | None:
        """How soon the customer is called back, if he is; of the calendar's open time where it has one."""
        return next((a.value for a in self._set("callback_within") if isinstance(a.value, timedelta)), None)

    def _set(self, part: str) -> Iterator[SetPart]:
        return (act for act in self.actions if isinstance(act, SetPart) and act.part == part)


# ── rules ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule gives. ``channel`` is the one named outright, ``agent`` the person wished for."""

    queue: str
    channel: str | None = None
    agent: Expr | None = None
    priority: int = USUAL_PRIORITY
    skills: frozenset[str] = frozenset()
    message: str | None = None
    data: tuple[SetData, ...] = ()
    plan: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Arm:
    """A part of a split; ``up_to`` is the share of this arm and all before it, in 10⁻⁶ of a percent."""

    up_to: int
    outcome: Outcome
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Split:
    """Spreads contacts over arms by the hash of a key, as ``splits`` says."""

    key: Expr
    seed: str
    arms: tuple[Arm, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, or a row of a table.

    ``condition`` is the whole of it, the groups around it included (None: always); ``own`` is what the
    rule itself says. ``table`` names the table of a row.

    A rule whose queue is named by a field is one ``Rule`` for each queue that may be, one behind the other
    under one name; ``chosen_by`` is that field, and ``condition`` asks it for the queue of the outcome.
    """

    name: str
    title: str
    condition: Expr | None
    own: Expr | None
    body: Outcome | Split
    because: str
    groups: tuple[Group, ...] = ()
    table: str | None = None
    chosen_by: FieldRef | SignalRef | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A rule of ``adjust``, or a row of a table there.

    ``condition`` is the whole of it, the groups around it included; where it is None it always holds.
    """

    name: str
    title: str
    condition: Expr | None
    changes: tuple[Change, ...]
    because: str
    groups: tuple[Group, ...] = ()
    table: str | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


# ── guarantees and examples ───────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Held:
    """When a promise must be kept: at arrival; ``throughout``, after each step too; or ``within`` a time, at
    arrival or after some step that comes no later."""

    throughout: bool = False
    within: timedelta | None = None

    @property
    def at_arrival(self) -> bool:
        """Whether it speaks of the arrival alone."""
        return not self.throughout and self.within is None


@dataclass(frozen=True, slots=True)
class Guarantee:
    """``promise`` speaks of the outcome, as ``held`` says, through ``OutcomeRef`` and ``IsAssisted``."""

    name: str
    title: str
    condition: Expr | None
    promise: Expr
    held: Held = Held()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Varied:
    """A field or signal that may differ, over ``values`` alone where there are some."""

    ref: FieldRef | SignalRef
    values: frozenset[Scalar] | None = None


@dataclass(frozen=True, slots=True)
class Sameness:
    """A promise that two contacts which differ in ``varied`` alone are treated the same in some parts.

    Both meet ``condition``. The parts are those of a decision by their names, ``data.sla`` of a declared one.
    """

    name: str
    title: str
    condition: Expr | None
    varied: tuple[Varied, ...]
    parts: tuple[str, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Given:
    """A value of the contact; ``path`` is a record and its field, or a queue and its signal."""

    path: tuple[str, str]
    live: bool
    value: Value


@dataclass(frozen=True, slots=True)
class Expected:
    """``what`` is the name of a part of a decision; ``value`` is what it holds there: of offers a tuple of
    names in their order, of skills a set of names, of the plan all its steps, None for nothing at all."""

    what: str
    value: Value | tuple[str, ...] | tuple[PlanStep, ...] | None


@dataclass(frozen=True, slots=True)
class Example:
    """An example, or a row of an example table, whose number ``row`` stands behind the table's title.

    ``shown`` are offers that were shown before, ``reached`` the reaches that were made.
    """

    title: str
    given: tuple[Given, ...]
    expected: tuple[Expected, ...]
    because: str = ""
    row: int | None = None
    shown: tuple[Shown, ...] = ()
    reached: tuple[Shown, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


Titled: TypeAlias = Literal[
    "type",
    "list",
    "let",
    "segment",
    "record",
    "field",
    "signal",
    "channel",
    "calendar",
    "queue",
    "message",
]
"""What may have a title, beside rules, groups, tables, offers and guarantees, which hold their own."""


@dataclass(frozen=True, slots=True)
class CheckedPolicy:
    """A whole policy that has no errors.

    ``records`` hold one called ``history``, with a field for each feature of ``history``, where it has any,
    and one called ``switch``, with a flag for each switch.
    ``definitions`` stand in an order in which each needs only those before it.
    ``facts`` are kept and ``events`` announced by the company; among the definitions each fact is a ``Let``
    and each event a ``Segment`` of its name.
    ``show`` is the largest number of offers, None for all; ``data`` are the parts under ``outcome``.
    """

    name: str
    title: str
    revision: str
    timezone: str
    records: tuple[Record, ...]
    live: tuple[Field, ...]
    history: tuple[Feature, ...]
    switches: tuple[Switch, ...]
    definitions: tuple[Let | Segment, ...]
    channels: Mapping[str, Channel]
    calendars: Mapping[str, Calendar]
    queues: Mapping[str, Queue]
    messages: Mapping[str, Message]
    rules: tuple[Rule, ...]
    adjustments: tuple[Adjustment, ...]
    offers: tuple[Offer, ...]
    nevers: tuple[Never, ...]
    show: int | None
    guarantees: tuple[Guarantee, ...]
    examples: tuple[Example, ...]
    data: tuple[Field, ...] = ()
    samenesses: tuple[Sameness, ...] = ()
    care: Care = field(default_factory=Care)
    contact_map: ContactMap = field(default_factory=ContactMap)
    facts: tuple[KeptFact, ...] = ()
    events: tuple[Event, ...] = ()
    titles: Mapping[tuple[Titled, str], str] = field(default_factory=dict, compare=False, repr=False)

    def called(self, kind: Titled, name: str) -> str:
        """The title of what has this name, or the name where it has none; a field's holds its record."""
        return self.titles.get((kind, name)) or name

    @property
    def kept_names(self) -> frozenset[str]:
        """The names of the definitions that are facts and events of the company."""
        return frozenset((*(fact.name for fact in self.facts), *(event.name for event in self.events)))

    @property
    def counted_offers(self) -> frozenset[str] | None:
        """The offers whose showings some cap counts; None where a cap counts all that is shown."""
        caps = [(offer.name, cap) for offer in self.offers for cap in offer.caps]
        if any(cap.over is None for _, cap in caps):
            return None
        return frozenset[str]().union(*((cap.over or {name}) for name, cap in caps))

    @property
    def rule_names(self) -> tuple[str, ...]:
        """The names of the rules as they are written, each once, in their order."""
        return tuple(dict.fromkeys(rule.name for rule in self.rules))

    def written_rules(self) -> Iterator[tuple[Rule, ...]]:
        """Returns the rules as they are written: one, or one for each queue that a field may choose."""
        return (tuple(same) for _, same in groupby(self.rules, key=lambda rule: rule.name))

    def rule_of(self, name: str, queue: str) -> Rule:
        """Returns the rule of a decision."""
        return next(rule for rule in self.rules if rule.name == name and _can_lead_to(rule, queue))


def _can_lead_to(rule: Rule, queue: str) -> bool:
    return rule.chosen_by is None or (isinstance(rule.body, Outcome) and rule.body.queue == queue)
