"""A contact that one may change a little: what if the value were 80?"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from routekit.intake.contact import UNREADABLE, sent_as
from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts, Shown
from routekit.policy.model import CheckedPolicy, Field, Segment
from routekit.policy.references import ARRIVAL, declared
from routekit.reasons.trace import Definitions, Source
from routekit.reference import Scope
from routekit.schema.reading import is_a, plain_text
from routekit.schema.times import zone
from routekit.schema.types import Time, Value
from routekit.schema.writing import as_json

__all__ = [
    "Decide",
    "DecisionModel",
    "OffersShown",
    "Setting",
    "Situation",
    "Spend",
    "Variable",
    "changed",
    "path_of",
    "plain",
]


@dataclass(frozen=True, slots=True)
class OffersShown:
    """The offers that the customer has been shown, which the caps count."""


Variable: TypeAlias = Source | OffersShown
"""What can be changed of a contact; the clock, where it does not bring its own time."""

Setting: TypeAlias = Value | tuple[Shown, ...] | None
"""What it is set to; None makes it missing."""

Decide: TypeAlias = Callable[[object, datetime], Decision]
"""Decides a contact by a clock."""


Spend: TypeAlias = Callable[[int], None]
"""Told how many situations were looked at; raises where that is enough."""


class DecisionModel:
    """Decides the counterfactual contacts of one policy, and knows which variables they have."""

    def __init__(self, policy: CheckedPolicy, decide: Decide) -> None:
        self.policy = policy
        self.definitions = Definitions(policy)
        self.decide = decide
        self.fields = dict[Variable, Field](declared(policy).items())
        arrival = self.fields.get(ARRIVAL)
        self.clock: Variable = ARRIVAL if arrival is not None and isinstance(arrival.type, Time) else e.Now()
        """What sets the time of the decision."""

    def variable(self, source: Source) -> Variable:
        """Returns what to change so that a source changes."""
        return self.clock if isinstance(source, e.Now) else source


class _Lets(dict[str, "Value | None"]):
    def __init__(self, scope: "LateScope") -> None:
        self._scope = scope

    def __missing__(self, name: str) -> Value | None:
        self._scope.work_out(name)
        return self[name]


class _Segments(dict[str, bool]):
    def __init__(self, scope: "LateScope") -> None:
        self._scope = scope

    def __missing__(self, name: str) -> bool:
        self._scope.work_out(name)
        return self[name]


class LateScope(Scope):
    """The reference's scope, which works out a let or segment only when it is asked for."""

    def __init__(self, model: DecisionModel, facts: Facts) -> None:
        self.policy = model.policy
        self.facts = facts
        self.outcome = None
        self.lets = _Lets(self)
        self.segments = _Segments(self)
        self._definitions = model.definitions

    def work_out(self, name: str) -> None:
        """Works out a definition, behind those that it needs."""
        for needed in self._definitions.up_to(name):
            definition = self._definitions.all[needed]
            if isinstance(definition, Segment):
                if needed not in self.segments:
                    self.segments[needed] = self.is_true(definition.condition)
            elif needed not in self.lets:
                self.lets[needed] = self.value(definition.expr)


@dataclass(frozen=True, slots=True)
class Situation:
    """The facts of a contact, perhaps changed, and the clock for one without a time of its own."""

    model: DecisionModel
    facts: Facts
    clock: datetime

    def scope(self) -> Scope:
        return LateScope(self.model, self.facts)

    def get(self, variable: Variable) -> Setting:
        match variable:
            case e.FieldRef(record, field):
                return self.facts.fields[record, field]
            case e.SignalRef(queue, signal):
                return self.facts.signals[queue, signal]
            case e.Now():
                return self.facts.now
            case OffersShown():
                return self.facts.shown

    def put(self, variable: Variable, setting: Setting) -> "Situation":
        """Returns the same, but for one thing."""
        facts, clock = self.facts, self.clock
        match variable, setting:
            case e.FieldRef(record, field), value if not isinstance(value, tuple):
                facts = replace(facts, fields={**facts.fields, (record, field): value})
                facts = replace(facts, unreadable=facts.unreadable - {variable})
                if variable == self.model.clock:
                    facts = replace(facts, now=value if isinstance(value, datetime) else clock)
                    facts = replace(facts, unreadable=facts.unreadable - {e.Now()})
            case e.SignalRef(queue, signal), value if not isinstance(value, tuple):
                facts = replace(facts, signals={**facts.signals, (queue, signal): value})
                facts = replace(facts, unreadable=facts.unreadable - {variable})
            case e.Now(), datetime() as moment:
                facts, clock = replace(facts, now=moment), moment
            case OffersShown(), tuple() as shown:
                facts = replace(facts, shown=shown)
        return Situation(self.model, facts, clock)

    def decide(self) -> Decision:
        return self.model.decide(self.contact(), self.clock)

    def contact(self) -> dict[str, object]:
        """Returns a contact that reads as these facts."""
        contact: dict[str, object] = {}
        unreadable = self.facts.unreadable
        for (record, field), value in self.facts.fields.items():
            sent = UNREADABLE if e.FieldRef(record, field) in unreadable else value
            contact.setdefault(record, {})[field] = sent  # type: ignore[index]
        live: dict[str, dict[str, object]] = {}
        for (queue, signal), value in self.facts.signals.items():
            sent = UNREADABLE if e.SignalRef(queue, signal) in unreadable else value
            live.setdefault(queue, {})[signal] = sent
        return {**contact, "live": live, "offers_shown": sent_as(self.facts.shown)}


def plain(setting: Setting, timezone: str) -> object:
    """Returns a setting as JSON has it: times with their offset, durations in seconds, sets in order.

    >>> from datetime import timedelta
    >>> plain(timedelta(minutes=3), "UTC"), plain(frozenset({"b", "a"}), "UTC")
    (180, ['a', 'b'])
    """
    local = zone(timezone)
    match setting:
        case None:
            return None
        case tuple():
            return sent_as(setting, lambda at: as_json(at, local))
        case _:
            return as_json(setting, local)


def path_of(variable: Variable) -> tuple[str, ...]:
    """Returns where in a contact it stands; of the clock: nowhere."""
    match variable:
        case e.FieldRef(record, field):
            return record, field
        case e.SignalRef(queue, signal):
            return "live", queue, signal
        case OffersShown():
            return ("offers_shown",)
        case e.Now():
            return ()


def changed(contact: object, settings: Mapping[tuple[str, ...], object]) -> dict[str, object]:
    """Returns a contact with some of its members set, and all others as they were.

    >>> changed({"customer": {"id": "c-1"}}, {("customer", "value"): 80})
    {'customer': {'id': 'c-1', 'value': 80}}
    """
    result = _members(contact)
    for path, value in settings.items():
        place = result
        for part in path[:-1]:
            inner = _members(place.get(part))
            place[part] = inner
            place = inner
        place[path[-1]] = value
    return result


def _members(raw: object) -> dict[str, object]:
    """A copy of an object that may be anything; what is none has no members.

    Keys that are no texts are left out: no field is called so, and their comparisons are foreign code.
    """
    if not is_a(raw, dict):
        return {}
    items: Iterable[tuple[object, object]] = dict.items(raw)  # type: ignore[arg-type]
    return {name: value for key, value in items if (name := plain_text(key)) is not None}
