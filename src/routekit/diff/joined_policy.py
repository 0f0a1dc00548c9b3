"""Two policies in one set of names, so that one space of contacts is asked about both."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from routekit.diff.joined_fields import AFTER, BEFORE, Fields, as_records, join_fields
from routekit.policy import expressions as e
from routekit.policy.calendars import Calendar
from routekit.policy.inference import Types
from routekit.policy.model import (
    Change,
    CheckedPolicy,
    Guarantee,
    Let,
    Offer,
    Outcome,
    Queue,
    Record,
    Rule,
    Segment,
    SetData,
    Split,
    Step,
    WorkOutPart,
)
from routekit.policy.operators.functions import FUNCTIONS, Known
from routekit.policy.outcomes import all_outcomes, computed_by, worked_out_later
from routekit.policy.references import INBOUND, body_of, lists_of
from routekit.prover.encoding.space import Unsettled
from routekit.schema.types import Choice, Time
from routekit.translation import t

__all__ = ["Joined", "join"]

Action = TypeVar("Action", Change, "Change | WorkOutPart")


@dataclass(slots=True)
class Names:
    """What stands for the names of one policy where two are looked at together.

    ``more`` are names that only the other policy's lists have: they come behind those of an order, so
    that a test of it can be asked of them, though nothing depends on the answer. ``clock`` has the types of
    a policy by whose timezone each look at the clock is said, where the two go by different ones.
    """

    leaves: Mapping[e.Expr, e.Expr]
    definitions: dict[str, str] = field(default_factory=dict)
    calendars: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    more: tuple[str, ...] = ()
    clock: tuple[Types, str] | None = None
    _known: dict[e.Expr, e.Expr] = field(default_factory=dict)

    @property
    def are_plain(self) -> bool:
        """Tells whether every expression stays as it is."""
        named = self.definitions or self.calendars or self.lists
        return not (named or self.more or self.clock) and all(
            leaf == other for leaf, other in self.leaves.items()
        )

    def put_in(self, expr: e.Expr) -> e.Expr:
        """Says an expression in the names that both policies share."""
        known = self._known.get(expr)
        if known is None:
            known = self._known[expr] = self._put_in(expr)
        return known

    def forget(self) -> None:
        """Reads expressions anew, after names were changed."""
        self._known.clear()

    def _put_in(self, expr: e.Expr) -> e.Expr:
        match expr:
            case e.FieldRef() | e.SignalRef():
                return self.leaves.get(expr, expr)
            case e.LetRef(name):
                return e.LetRef(self.definitions.get(name, name))
            case e.SegmentRef(name):
                return e.SegmentRef(self.definitions.get(name, name))
            case e.Call(function, (moment,)) if self.clock is not None and _is_of_wall(function):
                types, timezone = self.clock
                place = (e.Constant(timezone),) if isinstance(types.of(moment), Time) else ()
                return replace(expr, arguments=(self.put_in(moment), *place))
            case _:
                return self._of_parts(expr)

    def _of_parts(self, expr: e.Expr) -> e.Expr:
        changed: dict[str, object] = {}
        for item in fields(expr):
            part = getattr(expr, item.name)
            if isinstance(part, tuple):
                put_in: object = tuple(self.put_in(inner) for inner in part)
            elif isinstance(part, e.Expr):
                put_in = self.put_in(part)
            elif isinstance(part, Choice) and item.name == "order":
                more = tuple(name for name in self.more if name not in part.rank)
                put_in = Choice((*part.names, *more), True) if more else part
            elif isinstance(expr, e.CalendarOpen) and item.name == "calendar":
                put_in = self.calendars.get(expr.calendar, expr.calendar)
            elif isinstance(expr, e.Constant | e.InSet | e.SetTest) and item.name == "named":
                put_in = self.lists.get(expr.named, expr.named)
            else:
                continue
            if put_in != part or self.lists:  # the names of lists are no part of what expressions mean
                changed[item.name] = put_in
        return replace(expr, **changed) if changed else expr  # type: ignore[arg-type]


def _is_of_wall(function: str) -> bool:
    return FUNCTIONS[function].known is Known.WALL


@dataclass(frozen=True, slots=True)
class Joined:
    """``policy`` declares what both are about; ``old`` and ``new`` are the two, said in its names.

    ``shared`` names the segments and lets that mean the same in both; ``limits`` is what the space of
    contacts does not tell rightly.
    """

    policy: CheckedPolicy
    old: CheckedPolicy
    new: CheckedPolicy
    fields: Fields
    inbound: tuple[e.Expr, e.Expr]
    shared: frozenset[str]
    limits: tuple[Unsettled, ...]


def join(old: CheckedPolicy, new: CheckedPolicy, fields: Fields | None = None) -> Joined:
    """Says two policies in the same names, by default with all fields that both declare read alike."""
    fields = fields or join_fields(old, new)
    limits = list(fields.limits)
    changed = {
        name
        for name, calendar in old.calendars.items()
        if name in new.calendars and new.calendars[name] != calendar
    }
    lists = _changed_lists(old, new)
    before, after = (
        Names(
            leaves,
            calendars={name: name + mark for name in changed},
            lists={name: name + mark for name in lists},
            more=fields.more,
            clock=None if old.timezone == new.timezone else (Types(policy), policy.timezone),
        )
        for policy, leaves, mark in ((old, fields.old, BEFORE), (new, fields.new, AFTER))
    )
    shared = _define(old, new, before, after)
    one = _said(old, before)
    other = _in_its_words(_said(new, after), one)
    limits += _agents_apart(one, other)
    calendars = {**_calendars(old, before), **_calendars(new, after)}
    known = {item.name for item in one.definitions}
    policy = replace(
        other,  # whose expressions ask for what is declared here
        records=tuple(Record(name, items) for name, items in as_records(fields.fields).items()),
        live=tuple(
            {
                item.name: item for leaf, item in fields.fields.items() if isinstance(leaf, e.SignalRef)
            }.values()
        ),
        definitions=(*one.definitions, *(item for item in other.definitions if item.name not in known)),
        calendars=calendars,
        queues={**one.queues, **other.queues},
        channels={**old.channels, **new.channels},
        messages={**old.messages, **new.messages},
    )
    inbound = before.put_in(INBOUND), after.put_in(INBOUND)
    return Joined(policy, one, other, fields, inbound, shared, tuple(limits))


def _changed_lists(old: CheckedPolicy, new: CheckedPolicy) -> set[str]:
    """The lists that both policies ask of, and that hold other values now."""
    was, is_ = lists_of(old), lists_of(new)
    return {name for name, kind in was.keys() & is_.keys() if was[name, kind] != is_[name, kind]}


def _agents_apart(one: CheckedPolicy, other: CheckedPolicy) -> Iterator[Unsettled]:
    """The limit of a comparison in which steps work out otherwise for whom a customer waits."""
    was, is_ = ({*_worked_out(policy)} for policy in (one, other))
    if any(not isinstance(expr, e.Constant) for expr in was ^ is_):
        yield Unsettled(
            t("the agents whom steps wish for are worked out otherwise, which is not compared by proof"),
            t("the change of these steps made apart from the other changes"),
        )


def _worked_out(policy: CheckedPolicy) -> Iterator[e.Expr]:
    for outcome in all_outcomes(policy):
        yield from worked_out_later(outcome)


def _define(old: CheckedPolicy, new: CheckedPolicy, before: Names, after: Names) -> frozenset[str]:
    """Finds the names that do not mean the same, and calls them by what they mean before and now."""
    was = {item.name: item for item in old.definitions}
    is_ = {item.name: item for item in new.definitions}
    changed: set[str] = set()
    for name in [item.name for item in new.definitions if item.name in was]:
        if _inner(was[name], before) != _inner(is_[name], after) or type(was[name]) is not type(is_[name]):
            changed.add(name)
            before.definitions[name], after.definitions[name] = name + BEFORE, name + AFTER
            before.forget()
            after.forget()
    return frozenset(was) & frozenset(is_) - changed


def _inner(item: Let | Segment, names: Names) -> e.Expr:
    return names.put_in(body_of(item))


def _calendars(policy: CheckedPolicy, names: Names) -> dict[str, Calendar]:
    return {names.calendars.get(name, name): calendar for name, calendar in policy.calendars.items()}


def _said(policy: CheckedPolicy, names: Names) -> CheckedPolicy:
    """A policy in other names."""
    if names.are_plain:
        return policy
    return replace(
        policy,
        definitions=tuple(_definition(item, names) for item in policy.definitions),
        calendars=_calendars(policy, names),
        queues={name: _queue(queue, names) for name, queue in policy.queues.items()},
        rules=tuple(_rule(rule, names) for rule in policy.rules),
        adjustments=tuple(
            replace(
                item,
                condition=_maybe(item.condition, names),
                changes=tuple(_change(change, names) for change in item.changes),
            )
            for item in policy.adjustments
        ),
        offers=tuple(_offer(item, names) for item in policy.offers),
        nevers=tuple(replace(item, condition=names.put_in(item.condition)) for item in policy.nevers),
        guarantees=tuple(_guarantee(item, names) for item in policy.guarantees),
    )


def _in_its_words(policy: CheckedPolicy, other: CheckedPolicy) -> CheckedPolicy:
    """The same with the very conditions of another where they are equal: each is worked out once."""
    known = {rule.condition: rule.condition for rule in other.rules}
    rules = tuple(replace(rule, condition=known.get(rule.condition, rule.condition)) for rule in policy.rules)
    return replace(policy, rules=rules)


def _maybe(expr: e.Expr | None, names: Names) -> e.Expr | None:
    return None if expr is None else names.put_in(expr)


def _definition(item: Let | Segment, names: Names) -> Let | Segment:
    name = names.definitions.get(item.name, item.name)
    if isinstance(item, Let):
        return replace(item, name=name, expr=names.put_in(item.expr))
    return replace(item, name=name, condition=names.put_in(item.condition))


def _queue(queue: Queue, names: Names) -> Queue:
    calendar = queue.calendar
    return queue if calendar is None else replace(queue, calendar=names.calendars.get(calendar, calendar))


def _rule(rule: Rule, names: Names) -> Rule:
    groups = tuple(replace(group, condition=names.put_in(group.condition)) for group in rule.groups)
    body: Outcome | Split
    if isinstance(rule.body, Outcome):
        body = _outcome(rule.body, names)
    else:
        arms = tuple(replace(arm, outcome=_outcome(arm.outcome, names)) for arm in rule.body.arms)
        body = replace(rule.body, key=names.put_in(rule.body.key), arms=arms)
    return replace(
        rule,
        condition=_maybe(rule.condition, names),
        own=_maybe(rule.own, names),
        groups=groups,
        body=body,
    )


def _outcome(outcome: Outcome, names: Names) -> Outcome:
    said: dict[str, Any] = {name: names.put_in(expr) for name, expr in computed_by(outcome).items()}
    if outcome.data:
        said["data"] = tuple(replace(setting, expr=names.put_in(setting.expr)) for setting in outcome.data)
    if outcome.plan:
        said["plan"] = tuple(_step(step, names) for step in outcome.plan)
    return replace(outcome, **said) if said else outcome


def _step(step: Step, names: Names) -> Step:
    calendar = None if step.calendar is None else names.calendars.get(step.calendar, step.calendar)
    actions = tuple(_change(action, names) for action in step.actions)
    return replace(step, actions=actions, condition=_maybe(step.condition, names), calendar=calendar)


def _change(change: Action, names: Names) -> Action:
    if isinstance(change, SetData):
        return replace(change, expr=names.put_in(change.expr))
    if isinstance(change, WorkOutPart):
        return replace(change, expr=names.put_in(change.expr))
    return change


def _offer(offer: Offer, names: Names) -> Offer:
    return replace(offer, condition=_maybe(offer.condition, names), worth=_maybe(offer.worth, names))


def _guarantee(item: Guarantee, names: Names) -> Guarantee:
    return replace(item, condition=_maybe(item.condition, names), promise=names.put_in(item.promise))
