"""What a policy declares, thing by thing and part by part, as its authors say it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

from routekit.diagnostics import Span
from routekit.diff.contact_map import ABOUT, channel_parts, map_things
from routekit.diff.kept_facts import fact_things
from routekit.diff.settings import cost_text, feature_text
from routekit.diff.things import Bit, Name, Said, Thing, present, texts, thing
from routekit.policy.calendars import Calendar
from routekit.policy.model import (
    HISTORY,
    OUTCOME,
    SWITCH,
    AddNames,
    Adjustment,
    Cap,
    Change,
    CheckedPolicy,
    Field,
    Let,
    Offer,
    Outcome,
    Rule,
    SetData,
    SetPart,
    ShiftPart,
    Split,
    Step,
)
from routekit.policy.outcome_parts import PART, PARTS, Kind, written
from routekit.policy.outcomes import all_outcomes
from routekit.policy.references import body_of, lists_of, path_of
from routekit.policy.splits import WHOLE
from routekit.reasons.words import Words, joined
from routekit.schema.times import format_duration, zone
from routekit.schema.types import Choice, SetOf, Text, listed_name
from routekit.schema.writing import as_text, number_text, quoted, type_text

__all__ = ["Table", "declarations", "in_one_line", "tables"]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a table of rules, each with all that makes it what it is."""

    rows: tuple[tuple[object, Thing], ...]


def in_one_line(span: Span | None) -> str:
    """Writes what stands in a place without comments, in one line; empty where it has no place."""
    if span is None:
        return ""
    lines = [line.partition("#")[0] for line in span.text.splitlines()]
    return " ".join(" ".join(lines).split())


def declarations(policy: CheckedPolicy) -> dict[Name, Thing]:
    """Maps all that a policy declares, but tables, promises and examples, to what it says of it."""
    said = _Declarations(policy)
    return dict(said.all())


def tables(policy: CheckedPolicy) -> dict[Name, Table]:
    """Maps the tables of rules and of adjustments to their rows."""
    said = _Declarations(policy)
    found: dict[Name, list[tuple[object, Thing]]] = {}
    for rule in _written(policy):
        if rule.table is not None:
            key = rule.condition, rule.body, rule.because
            found.setdefault(("table", rule.table), []).append((key, said.rule(rule)))
    for item in policy.adjustments:
        if item.table is not None:
            row = (item.condition, item.changes, item.because), said.adjustment(item)
            found.setdefault(("table", item.table), []).append(row)
    return {name: Table(tuple(rows)) for name, rows in found.items()}


def _written(policy: CheckedPolicy) -> Iterator[Rule]:
    return (rules[0] for rules in policy.written_rules())


class _Declarations:
    def __init__(self, policy: CheckedPolicy) -> None:
        self._policy = policy
        self._words = Words(policy, whole=True)
        self._local: tzinfo = zone(policy.timezone)

    def all(self) -> Iterator[tuple[Name, Thing]]:
        policy = self._policy
        yield (
            ("policy", policy.name),
            thing({"title": texts(policy.title), "timezone": texts(policy.timezone)}),
        )
        yield from self._fields()
        yield from self._lists()
        yield from fact_things(policy)
        kept = policy.kept_names
        for definition in policy.definitions:
            if definition.name in kept:
                continue
            body = body_of(definition)
            kind = "let" if isinstance(definition, Let) else "segment"
            yield (kind, definition.name), Thing({"": body}, self._words.expr(body))
        for channel in policy.channels.values():
            who = "assisted" if channel.assisted else "self_service"
            told = thing({"": texts(who), "cost": texts(cost_text(channel.cost))})
            parts = {**told.parts, **channel_parts(channel)}
            yield ("channel", channel.name), Thing(present(parts), told.text)
        for calendar in policy.calendars.values():
            yield ("calendar", calendar.name), thing(_calendar(calendar))
        for queue in policy.queues.values():
            parts = {
                "on": texts(*queue.channels),
                "skills": texts(*sorted(queue.skills)),
                "open": texts(queue.calendar or "always"),
                "asks for": texts(*map(path_of, queue.asks_for)),
            }
            yield ("queue", queue.name), thing(parts)
        for message in policy.messages.values():
            wordings = {channel: texts(quoted(text)) for channel, text in message.wordings.items()}
            yield ("message", message.name), thing({**wordings, ABOUT: texts(*message.about)})
        yield from map_things(policy.contact_map, self._words)
        yield from self._plans()
        yield from self._groups()
        for rule in _written(policy):
            if rule.table is None:
                yield ("rule", rule.name), self.rule(rule)
        for item in policy.adjustments:
            if item.table is None:
                yield ("adjustment", item.name), self.adjustment(item)
        yield from self._offers()

    # ── what comes in ─────────────────────────────────────────────────────────

    def _fields(self) -> Iterator[tuple[Name, Thing]]:
        for record in self._policy.records:
            if record.name not in (HISTORY, SWITCH):
                for item in record.fields:
                    yield ("field", f"{record.name}.{item.name}"), self._field(item)
        for item in self._policy.live:
            yield ("signal", item.name), self._field(item)
        for feature in self._policy.history:
            yield ("field", f"{HISTORY}.{feature.name}"), thing({"": texts(feature_text(feature))})
        for switch in self._policy.switches:
            yield ("switch", switch.name), thing({"title": texts(switch.title)})
        for item in self._policy.data:
            yield ("field", f"{OUTCOME}.{item.name}"), self._field(item)

    def _field(self, item: Field) -> Thing:
        if item.default is not None:
            there = f"= {as_text(item.default, item.type, self._local)}"
        else:
            there = "may be missing" if item.optional else "required"
        parts = {"": texts(there), "private": texts("private") if item.private else ()}
        type_, inner = type_text(item.type), item.type.element if isinstance(item.type, SetOf) else item.type
        if isinstance(inner, Choice):
            type_ = type_.removesuffix(type_text(inner)) + ("ordered" if inner.ordered else "one of")
            parts["names"] = tuple(map(Bit.of, map(listed_name, inner.names)))
        optional = {"required": "", "may be missing": " ?"}.get(there, f" {there}")
        whole = type_text(item.type) + optional + (" private" if item.private else "")
        return Thing(present({"type": texts(type_), **parts}), whole, item)

    def _lists(self) -> Iterator[tuple[Name, Thing]]:
        for (name, _), values in lists_of(self._policy).items():
            entries = sorted(as_text(value, Text(), self._local) for value in values)
            yield ("list", name), thing({"": texts(*entries)})

    # ── what comes out ────────────────────────────────────────────────────────

    def _plans(self) -> Iterator[tuple[Name, Thing]]:
        steps = (step for outcome in all_outcomes(self._policy) for step in outcome.plan)
        found: dict[str, dict[Step, None]] = {}
        for step in steps:
            if step.plan is not None:
                found.setdefault(step.plan.name, {}).setdefault(step)
        for name, same in found.items():
            yield ("plan", name), thing({"": tuple(map(_step, same))})

    def _groups(self) -> Iterator[tuple[Name, Thing]]:
        grouped: tuple[Rule | Offer, ...] = (*self._policy.rules, *self._policy.offers)
        for group in dict.fromkeys(group for item in grouped for group in item.groups):
            parts: dict[str, Said] = {"condition": group.condition, "title": texts(group.title)}
            yield ("group", group.name), Thing(present(parts), self._words.expr(group.condition))

    def rule(self, rule: Rule) -> Thing:
        parts: dict[str, Said] = {
            "title": texts(rule.title),
            "group": texts(" / ".join(group.name for group in rule.groups)),
            "reason": texts(rule.because),
        }
        if rule.own is not None:
            parts["condition"] = rule.own
        if isinstance(rule.body, Split):
            parts["split by"] = rule.body.key
            parts["seed"] = texts(quoted(rule.body.seed))
            used = 0
            for number, arm in enumerate(rule.body.arms, start=1):
                share = texts(f"{number_text(100 * (arm.up_to - used) / WHOLE)}%")
                used = arm.up_to
                inner = self._outcome(arm.outcome)
                parts |= {f"arm {number}": share} | {f"arm {number}: {k}": v for k, v in inner.items()}
        else:
            parts |= self._outcome(rule.body)
            if rule.chosen_by is not None:
                parts["queue"] = texts(self._words.expr(rule.chosen_by))
        return Thing(present(parts), in_one_line(rule.span))

    def _outcome(self, outcome: Outcome) -> dict[str, Said]:
        parts: dict[str, Said] = {}
        for part in PARTS:
            if not part.in_outcome or part.kind in (Kind.DATA, Kind.STEPS):
                continue
            value = getattr(outcome, part.name)
            if part.computed:
                parts |= {} if value is None else {part.phrase: value}
            elif isinstance(value, frozenset):
                parts[part.phrase] = texts(*sorted(value))
            elif value is not None:
                parts[part.phrase] = texts(written(part, value))
        if outcome.channel is not None:
            parts["on"] = texts(outcome.channel)
        parts |= {_setting(item.name): item.expr for item in outcome.data}
        own = tuple(_step(step) for step in outcome.plan if step.plan is None)
        named = dict.fromkeys(step.plan.name for step in outcome.plan if step.plan is not None)
        return parts | {"plan": texts(*named), "steps": own}

    def adjustment(self, item: Adjustment) -> Thing:
        parts: dict[str, Said] = {"title": texts(item.title), "reason": texts(item.because)}
        if item.condition is not None:
            parts["condition"] = item.condition
        parts["change"] = tuple(Bit(self._change(change), change) for change in item.changes)
        return Thing(present(parts), in_one_line(item.span))

    def _change(self, change: Change) -> str:
        phrase = PART[change.part].phrase
        match change:
            case SetData(name, expr):
                return f"{name} = {self._words.expr(expr)}"
            case SetPart(part, value):
                return f"{phrase} {written(PART[part], value)}"
            case ShiftPart(_, by):
                return f"{phrase} {'+' if by > 0 else '-'} {abs(by)}"
            case _:
                sign = "+" if isinstance(change, AddNames) else "-"
                return f"{phrase} {sign} {{{', '.join(sorted(change.names))}}}"

    def _offers(self) -> Iterator[tuple[Name, Thing]]:
        policy = self._policy
        for offer in policy.offers:
            yield ("offer", offer.name), self._offer(offer)
        if policy.offers:
            show = "all" if policy.show is None else str(policy.show)
            nevers = tuple(Bit(self._words.expr(item.condition), item.condition) for item in policy.nevers)
            yield ("offers", ""), thing({"show": texts(show), "never when": nevers})

    def _offer(self, offer: Offer) -> Thing:
        parts: dict[str, Said] = {
            "title": texts(offer.title),
            "group": texts(" / ".join(group.name for group in offer.groups)),
            "on": texts(*sorted(offer.channels or ())),
            "at most": tuple(Bit.of(_cap(cap)) for cap in offer.caps),
        }
        parts |= {} if offer.own is None else {"condition": offer.own}
        parts |= {} if offer.worth is None else {"worth": offer.worth}
        return Thing(present(parts), in_one_line(offer.span))


_OF_RULES = {"title", "group", "reason", "condition", "seed", "on", "plan", "steps"}
_OF_RULES |= {part.phrase for part in PARTS}


def _setting(name: str) -> str:
    """What a declared part is called beside the parts that every rule has."""
    return f"{OUTCOME}.{name}" if name in _OF_RULES else name


def _cap(cap: Cap) -> str:
    most = f"{cap.most} per {format_duration(cap.per)}"
    if not cap.is_shared:
        return most
    return f"{most} of {'all offers' if cap.over is None else cap.group or joined(sorted(cap.over))}"


def _step(step: Step) -> Bit:
    return Bit(in_one_line(step.span), step)


def _calendar(calendar: Calendar) -> dict[str, Said]:
    parts: dict[str, Said] = {"timezone": texts(calendar.timezone)}
    for clause in sorted(set(calendar.clauses), key=str):
        word = "open" if clause.opens else "closed"
        label, text = (word, clause.days) if clause.hours is None else (f"{word} {clause.days}", clause.hours)
        parts[label] = (*parts.get(label, ()), *texts(str(text)))  # type: ignore[misc]  # no expression
    return parts
