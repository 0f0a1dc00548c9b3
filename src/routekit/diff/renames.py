"""What the new version calls by another name, and the old version said in the names of the new one.

A thing is renamed where its name is gone, another has come, and what is declared under both is the same. It
is no guess: the two versions are then compared in the names of the new one, and what differs beyond the names
is told. Where a name stands in a place that cannot be read anew, nothing is taken for renamed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Literal, TypeAlias, TypeVar

from routekit.diagnostics import Span
from routekit.policy import expressions as e
from routekit.policy.calendars import Calendar
from routekit.policy.contact_map import ContactMap, Matter, Touchpoint
from routekit.policy.decision import Decision, PlanStep
from routekit.policy.inference import Types
from routekit.policy.kept_facts import Event
from routekit.policy.model import (
    Cap,
    CheckedPolicy,
    Field,
    Let,
    Message,
    Offer,
    Outcome,
    Queue,
    Segment,
    SetPart,
    Step,
    Varied,
)
from routekit.policy.outcome_parts import PART
from routekit.policy.outcomes import names_given, outcomes_of
from routekit.policy.reaches import Reach
from routekit.policy.references import body_of, declared
from routekit.schema.types import Choice, SetOf, Type, Value

__all__ = ["Kind", "Rename", "Renamed", "find_renames"]

Kind: TypeAlias = Literal["calendar", "let", "segment", "queue", "message", "offer", "matter", "touchpoint"]
T = TypeVar("T")

_SAID: tuple[Kind, ...] = ("queue", "message", "offer")
"""What a decision names."""


@dataclass(frozen=True, slots=True)
class Rename:
    """What was called ``before`` and is called ``now``; ``sent`` are the places of a contact that name it.

    ``sent`` are paths such as ``history.last_queue``, ``live`` for signals, or ``offers_shown``.
    """

    kind: Kind
    before: str
    now: str
    sent: tuple[str, ...] = ()

    @property
    def is_said(self) -> bool:
        """Tells whether decisions have the name."""
        return self.kind in _SAID


@dataclass(slots=True)
class _Names:
    """The new names by the old ones, of each kind."""

    of: dict[str, dict[str, str]] = field(default_factory=dict)

    def put(self, kind: str, name: T) -> T:
        return self.of.get(kind, {}).get(name, name)  # type: ignore[call-overload,no-any-return]

    @property
    def said(self) -> dict[str, str]:
        """The names that values may have."""
        return {before: now for kind in _SAID for before, now in self.of.get(kind, {}).items()}


class Renamed:
    """A version in the names of a newer one."""

    def __init__(self, policy: CheckedPolicy, renames: Iterable[Rename]) -> None:
        self._names = _Names()
        for item in renames:
            self._names.of.setdefault(item.kind, {})[item.before] = item.now
        self.policy = policy

    def decision(self, decision: Decision) -> Decision:
        """Says a decision of the old version in the new names."""
        if not self._names.of:
            return decision
        put = self._names.put
        return replace(
            decision,
            queue=put("queue", decision.queue),
            message=put("message", decision.message),
            offers=tuple(put("offer", offer) for offer in decision.offers),
            plan=tuple(map(self._step, decision.plan)),
        )

    def _step(self, step: PlanStep) -> PlanStep:
        put = self._names.put
        return replace(step, queue=put("queue", step.queue), message=put("message", step.message))

    def contact(self, contact: Mapping[str, object]) -> dict[str, object]:
        """Gives a contact its signals under the old names of queues too, so that both versions read them."""
        live = contact.get("live")
        if not isinstance(live, Mapping):
            return dict(contact)
        old = {before: live[now] for before, now in self._names.of.get("queue", {}).items() if now in live}
        return {**contact, "live": {**live, **old}} if old else dict(contact)


# ── finding ───────────────────────────────────────────────────────────────────


def find_renames(old: CheckedPolicy, new: CheckedPolicy) -> tuple[tuple[Rename, ...], CheckedPolicy]:
    """Finds what is renamed, and says the old version in the names of the new one."""
    names = _Names()
    anew = _Anew(old, new, names)
    for name, calendar in old.calendars.items():
        same = [
            other
            for other, item in new.calendars.items()
            if (item.timezone, item.layers) == (calendar.timezone, calendar.layers)
        ]
        _note(names, "calendar", name, same, old.calendars, new.calendars)
    was = {item.name: item for item in old.definitions}
    kept = old.kept_names
    is_ = {item.name: item for item in new.definitions}
    for name, definition in was.items():
        if name in is_ or name in kept:
            continue
        body, kind = anew.put_in(body_of(definition)), type(definition)
        same = [other for other, item in is_.items() if type(item) is kind and body_of(item) == body]
        _note(names, "let" if kind is Let else "segment", name, same, was, is_)
    uses = _uses(old), _uses(new)
    for queue in old.queues.values():
        same = [other.name for other in new.queues.values() if _alike(anew.put_in(queue), other)]
        _note(names, "queue", queue.name, same, old.queues, new.queues, uses)
    for message in old.messages.values():
        same = [other.name for other in new.messages.values() if other.wordings == message.wordings]
        _note(names, "message", message.name, same, old.messages, new.messages, uses)
    offers = ({item.name: item for item in policy.offers} for policy in (old, new))
    old_offers, new_offers = offers
    for offer in old.offers:
        same = [other for other, item in new_offers.items() if _is_same_offer(anew, offer, item)]
        _note(names, "offer", offer.name, same, old_offers, new_offers)
    _note_of_map(names, anew, old.contact_map, new.contact_map)
    if not any(names.of.values()):
        return (), old
    return _said_anew(old, new, names)


def _note_of_map(names: _Names, anew: "_Anew", old: ContactMap, new: ContactMap) -> None:
    """Takes note of the matters, and then the touchpoints, that are called otherwise."""
    for kind, some, others in (
        ("matter", old.matters, new.matters),
        ("touchpoint", old.touchpoints, new.touchpoints),
    ):
        was = {item.name: item for item in some}
        is_ = {item.name: item for item in others}
        for name, item in was.items():
            said = anew.put_in(item)
            same = [other for other, thing in is_.items() if replace(said, name=other) == thing]
            _note(names, kind, name, same, was, is_)


def _said_anew(
    old: CheckedPolicy, new: CheckedPolicy, names: _Names
) -> tuple[tuple[Rename, ...], CheckedPolicy]:
    anew = _Anew(old, new, names)
    said = anew.policy()
    if anew.is_doubtful:
        return (), old
    return tuple(
        Rename(kind, before, now, tuple(_sent(anew, old, kind, before)))  # type: ignore[arg-type]
        for kind, found in names.of.items()
        for before, now in found.items()
    ), said


def _note(
    names: _Names,
    kind: str,
    name: str,
    same: list[str],
    old: Mapping[str, object],
    new: Mapping[str, object],
    uses: tuple[Mapping[tuple[str, str], set[str]], Mapping[tuple[str, str], set[str]]] | None = None,
) -> None:
    """Takes note of a new name, where exactly one fits."""
    if name in new:
        return
    taken = set(names.of.get(kind, {}).values())
    free = [other for other in same if other not in old and other not in taken]
    if uses is not None:
        mine = uses[0].get((kind, name), set())
        shared = {other: len(mine & uses[1].get((kind, other), set())) for other in free}
        free = [other for other in free if shared[other] or not mine]
        most = max((shared[other] for other in free), default=0)
        free = [other for other in free if shared[other] == most]
    if len(free) == 1:
        names.of.setdefault(kind, {})[name] = free[0]


def _uses(policy: CheckedPolicy) -> dict[tuple[str, str], set[str]]:
    """By which rules and adjustments each queue and message is given."""
    found: dict[tuple[str, str], set[str]] = {}
    for rule in policy.rules:
        for kind in ("queue", "message"):
            for name in names_given(outcomes_of(rule.body), kind):
                found.setdefault((kind, name), set()).add(rule.name)
    for item in policy.adjustments:
        for change in item.changes:
            if isinstance(change, SetPart) and PART[change.part].names:
                found.setdefault((PART[change.part].names, str(change.value)), set()).add(item.name)
    return found


def _alike(one: Queue, other: Queue) -> bool:
    return (one.channels, set(one.skills), one.calendar) == (
        other.channels,
        set(other.skills),
        other.calendar,
    )


def _is_same_offer(anew: "_Anew", one: Offer, other: Offer) -> bool:
    said = anew.put_in(one)
    caps = tuple(replace(cap, over=_with(cap.over, one.name, other.name)) for cap in said.caps)
    said = replace(said, caps=caps)
    plain = (replace(item, name="", title="", groups=(), own=None) for item in (said, other))
    first, second = plain
    return first == second


def _with(names: frozenset[str] | None, old: str, new: str) -> frozenset[str] | None:
    """Names with one in the place of another."""
    return None if names is None else frozenset(new if name == old else name for name in names)


def _sent(anew: "_Anew", old: CheckedPolicy, kind: str, name: str) -> Iterator[str]:
    """The places of a contact in which a name stands."""
    yield from (path for path, names in anew.renamed_fields.items() if name in names)
    if kind == "queue" and old.live:
        yield "live"
    if kind == "offer" and any(cap.counts(name, offer.name) for offer in old.offers for cap in offer.caps):
        yield "offers_shown"


# ── saying ────────────────────────────────────────────────────────────────────


class _Anew:
    """Puts new names in the place of old ones.

    It ``is_doubtful`` where an old name is left in a place of which it is not known what it names.
    """

    def __init__(self, old: CheckedPolicy, new: CheckedPolicy, names: _Names) -> None:
        self._old, self._names = old, names
        self._types = Types(old)
        self.is_doubtful = False
        self.renamed_fields: dict[str, frozenset[str]] = {}
        self._choices: dict[Choice, Choice] = {}
        self._find_choices(old, new)

    def _find_choices(self, old: CheckedPolicy, new: CheckedPolicy) -> None:
        """The types of which the names of values are new."""
        said = self._names.said
        self.is_doubtful = len(said) < sum(len(self._names.of.get(kind, {})) for kind in _SAID)
        kept: set[Choice] = set()
        after = {ref: _choice(item.type) for ref, item in declared(new).items()}
        for ref, item in declared(old).items():
            choice = _choice(item.type)
            if choice is None or said.keys().isdisjoint(choice.names):
                continue
            anew = after.get(ref)
            if anew is not None and _is_said_anew(choice, anew, said):
                self._choices[choice] = anew
                path = f"{ref.record}.{ref.field}" if isinstance(ref, e.FieldRef) else f"live.{ref.signal}"
                self.renamed_fields[path] = frozenset(said) & frozenset(choice.names)
            else:
                kept.add(choice)
        self.is_doubtful |= not kept.isdisjoint(self._choices)

    def policy(self) -> CheckedPolicy:
        """Says the whole old version anew."""
        old, put = self._old, self._names.put
        said = self.put_in(replace(old, examples=(), titles={}))
        return replace(
            said,
            calendars={item.name: item for item in said.calendars.values()},
            queues={item.name: item for item in said.queues.values()},
            messages={item.name: item for item in said.messages.values()},
            titles={(kind, put(kind, name)): title for (kind, name), title in old.titles.items()},
            examples=old.examples,
        )

    def put_in(self, thing: T) -> T:
        """Says anything that a policy holds anew."""
        return self._put_in(thing)  # type: ignore[return-value]

    def _put_in(self, thing: object) -> object:
        match thing:
            case tuple():
                said = tuple(map(self._put_in, thing))
                return (
                    said if any(one is not other for one, other in zip(said, thing, strict=True)) else thing
                )
            case Mapping():
                return {key: self._put_in(value) for key, value in thing.items()}
            case Span() | None | str() | bool() | int() | float() | frozenset():
                return thing
            case Choice():
                return self._choices.get(thing, thing)
            case e.Constant(value):
                self._see(value)
                return thing
            case _ if is_dataclass(thing):
                return self._of_parts(thing)
            case _:
                return thing

    def _of_parts(self, thing: object) -> object:
        found = self._named(thing)
        for item in fields(thing):  # type: ignore[arg-type]
            if item.name not in found and item.init:
                found[item.name] = self._put_in(getattr(thing, item.name))
        changed = {name: value for name, value in found.items() if value is not getattr(thing, name)}
        return replace(thing, **changed) if changed else thing  # type: ignore[type-var]

    def _named(self, thing: object) -> dict[str, object]:
        """The fields of a thing that hold names, or values that are names."""
        put = self._names.put
        match thing:
            case Calendar(name):
                return {"name": put("calendar", name), "layers": thing.layers}
            case Segment(name) | e.SegmentRef(name):
                return {"name": put("segment", name)}
            case Let(name) | e.LetRef(name):
                return {"name": put("let", name)}
            case e.CalendarOpen(calendar):
                return {"calendar": put("calendar", calendar)}
            case e.SignalRef(queue):
                return {"queue": put("queue", queue)}
            case Queue():
                return {"name": put("queue", thing.name), "calendar": put("calendar", thing.calendar)}
            case Message(name):
                return {"name": put("message", name), "about": self._matters(thing.about)}
            case Matter(name):
                return {"name": put("matter", name)}
            case Touchpoint(name):
                return {"name": put("touchpoint", name), "about": self._matters(thing.about)}
            case Event():
                return {"about": self._matters(thing.about)}
            case Offer(name):
                return {"name": put("offer", name)}
            case Outcome():
                return {"queue": put("queue", thing.queue), "message": put("message", thing.message)}
            case Reach():
                return {"queue": put("queue", thing.queue), "message": put("message", thing.message)}
            case Step():
                return {"calendar": put("calendar", thing.calendar)}
            case SetPart(part, value):
                return {"value": put(PART[part].names, value)}
            case Cap(over=frozenset() as over):
                return {"over": frozenset(put("offer", name) for name in over)}
            case Field(type=type_, default=default) if default is not None:
                return {"default": self._value(default, self._choices_of(type_))}
            case Varied(ref, values) if values is not None:
                names = self._choices_of(self._types.of(ref))
                return {"values": frozenset(self._value(value, names) for value in values)}
            case _:
                return self._compared(thing)

    def _matters(self, names: tuple[str, ...]) -> tuple[str, ...]:
        said = tuple(self._names.put("matter", name) for name in names)
        return said if said != names else names

    def _compared(self, thing: object) -> dict[str, object]:
        """The values of a test, by what they are compared with."""
        match thing:
            case e.InSet(operand, values) | e.SetTest(_, operand, values):
                names = self._names_of([operand])
                return {"values": frozenset(self._value(value, names) for value in values)}
            case e.Compare(_, left, right):
                left, right = self._constants([left, right])
                return {"left": left, "right": right}
            case e.Else(first, second):
                first, second = self._constants([first, second])
                return {"first": first, "second": second}
            case e.Member(element, container):
                one, other = self._constants([element, container])
                return {"element": one, "container": other}
            case e.InRange(operand, low, high):
                one, start, end = self._constants([operand, low, high])
                return {"operand": one, "low": start, "high": end}
            case e.Call(_, arguments):
                return {"arguments": tuple(self._constants(arguments))}
            case e.Cases(_, cases, type_):
                names = self._choices_of(type_)
                return {"cases": tuple(self._case(case, names) for case in cases)}
            case _:
                return {}

    def _case(self, case: e.Case, names: Mapping[str, str]) -> e.Case:
        value = self._constant(case.value, names)
        return replace(case, condition=self.put_in(case.condition), value=value)

    def _constants(self, operands: Iterable[e.Expr]) -> list[e.Expr]:
        """Operands of which the constants are values of the type of the others."""
        operands = list(operands)
        names = self._names_of([expr for expr in operands if not isinstance(expr, e.Constant)])
        return [self._constant(expr, names) for expr in operands]

    def _constant(self, expr: e.Expr, names: Mapping[str, str]) -> e.Expr:
        if not isinstance(expr, e.Constant):
            return self.put_in(expr)
        value = self._value(expr.value, names)
        return expr if value == expr.value else replace(expr, value=value)

    def _names_of(self, exprs: Iterable[e.Expr]) -> Mapping[str, str]:
        """The new names of what expressions come to."""
        found: dict[str, str] = {}
        for expr in exprs:
            if isinstance(expr, e.OutcomeRef):
                found |= self._names.of.get(PART[expr.part].names, {})
            else:
                found |= self._choices_of(self._types.of(expr))
        return found

    def _choices_of(self, type_: Type) -> Mapping[str, str]:
        choice = _choice(type_)
        return self._names.said if choice in self._choices else {}

    def _value(self, value: T, names: Mapping[str, str]) -> T:
        if isinstance(value, frozenset):
            return frozenset(self._value(item, names) for item in value)  # type: ignore[return-value]
        if isinstance(value, str) and value in names:
            return names[value]  # type: ignore[return-value]
        self._see(value)  # type: ignore[arg-type]
        return value

    def _see(self, value: Value) -> None:
        """Takes note of an old name that is left as it is."""
        values = value if isinstance(value, frozenset) else (value,)
        if any(item in self._names.said for item in values):
            self.is_doubtful = True


def _is_said_anew(choice: Choice, anew: Choice, said: Mapping[str, str]) -> bool:
    """Whether a type has the names of another, the new ones in the place of the old."""
    names = tuple(said.get(name, name) for name in choice.names)
    if choice.ordered or anew.ordered:
        return (choice.ordered, names) == (anew.ordered, anew.names)
    return set(names) == set(anew.names)


def _choice(type_: Type) -> Choice | None:
    """The names of a type, or of the members of a set."""
    inner = type_.element if isinstance(type_, SetOf) else type_
    return inner if isinstance(inner, Choice) else None
