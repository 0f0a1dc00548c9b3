"""What becomes of a contact, as literals: which rule decides, and each part of the outcome."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from routekit.analysis.gates import FALSE, TRUE
from routekit.analysis.space import Pair, Space
from routekit.analysis.terms import ArmOf, put, walk
from routekit.policy import expressions as e
from routekit.policy.model import (
    LOWEST_PRIORITY,
    TOP_PRIORITY,
    AddSkills,
    Cap,
    CheckedPolicy,
    Offer,
    Outcome,
    RemoveSkills,
    Rule,
    Say,
    SetPriority,
    ShiftPriority,
    Split,
)
from routekit.schema.types import Choice, Text, Type, Value

__all__ = ["Outcomes", "Way"]

_INBOUND = e.FieldRef("contact", "channel")
_ZERO = e.Constant(0)


@dataclass(frozen=True, slots=True)
class Way:
    """One outcome of one rule, or of an arm of it; ``decides`` holds where it comes to that."""

    rule: Rule
    arm: int | None
    outcome: Outcome
    wanted: int
    decides: int


class Outcomes:
    """The outcome of a policy over a space. Made before the space is closed, ``build`` is called after."""

    def __init__(
        self,
        space: Space,
        policy: CheckedPolicy | None = None,
        inbound: e.Expr = _INBOUND,
        caps: "dict[tuple[str, Cap], int] | None" = None,
    ) -> None:
        self.space = space
        self.policy = policy or space.policy
        self._inbound_ref = inbound
        self.gates = space.gates
        self.ways: list[Way] = []
        self.taken: list[int] = []
        """For each rule: its condition holds, and the queue that it gives is open."""
        self.conditions: list[int] = []
        self._parts: dict[str, dict[Value | None, int]] = {}
        self._skills: dict[str, int] | None = None
        self._eligible: dict[str, int] | None = None
        self._shown: dict[str, int] | None = None
        self.caps: dict[tuple[str, Cap], int] = {} if caps is None else caps
        """Where each cap is used up; shared by policies that are asked about the same contacts."""
        self.met = False

    # ── before the space is closed ────────────────────────────────────────────

    def meet(self) -> None:
        """Takes note of all that decides."""
        policy, space = self.policy, self.space
        for rule in policy.rules:
            space.meet(rule.condition)
            for outcome, arm, split in _outcomes(rule):
                if split is not None and arm is not None:
                    self._arm(split, arm)
                    if arm == len(split.arms) - 1:
                        space.meet(e.IsKnown(split.key))
                self.open(outcome.queue)
                self._inbound(outcome)
                for step in outcome.plan:
                    if step.queue is not None:
                        self.open(step.queue, step.after)
        for adjustment in policy.adjustments:
            space.meet(adjustment.condition)
        for offer in policy.offers:
            space.meet(offer.condition)
        for never in policy.nevers:
            space.meet(never.condition)

    def meet_ranking(self) -> None:
        """Takes note of which offer is worth more than another, where not all are shown."""
        if self._is_cut_short():
            offers = self.policy.offers
            for place, offer in enumerate(offers):
                for other in offers[:place]:
                    self.beats(other, offer, True)
                    self.beats(offer, other, False)

    def meet_promise(self, promise: e.Expr) -> None:
        """Takes note of a condition that also speaks of the outcome."""
        match promise:
            case _ if not _speaks_of_outcome(promise):
                self.space.meet(promise)
            case e.Not() | e.All() | e.Any():
                for child in e.children(promise):
                    self.meet_promise(child)
            case e.IsAssisted():
                pass
            case e.Member(element, e.OutcomeRef(part)):
                if not isinstance(element, e.Constant):
                    self.space.meet(e.IsKnown(element))
                    for _, test in self._equal(element, self._all_names(part)):
                        self.space.meet(test)
            case _ if _set_in(promise) is None:
                for _, put_in in self._cases(promise, lambda part: [(TRUE, v) for v in self._possible(part)]):
                    self.space.meet(put_in)
            case _:
                pass

    # ── who decides ───────────────────────────────────────────────────────────

    def build(self) -> None:
        """Makes the literals of who decides."""
        gates = self.gates
        free = TRUE
        for rule in self.policy.rules:
            condition = self.space.true(rule.condition)
            wanted = [
                gates.both(condition, self._dealt(split, arm), self.open(outcome.queue))
                for outcome, arm, split in _outcomes(rule)
            ]
            for (outcome, arm, _), want in zip(_outcomes(rule), wanted, strict=True):
                number = None if arm is None else arm + 1
                self.ways.append(Way(rule, number, outcome, want, gates.both(free, want)))
            taken = gates.any(wanted)
            self.conditions.append(condition)
            self.taken.append(taken)
            free = gates.both(free, -taken)

    def open(self, queue: str, after: timedelta = timedelta(0)) -> int:
        calendar = self.policy.queues[queue].calendar
        if calendar is None:
            return TRUE
        moment: e.Expr = e.Now() if not after else e.Arithmetic("+", e.Now(), e.Constant(after))
        return self._ask(e.CalendarOpen(calendar, moment))

    def _ask(self, expr: e.Expr) -> int:
        if not self.space.is_closed:
            self.space.meet(expr)
            return FALSE
        return self.space.true(expr)

    def _arm(self, split: Split, arm: int) -> int:
        low = split.arms[arm - 1].up_to if arm else 0
        high = split.arms[arm].up_to
        if low >= high:
            return FALSE
        key = self.space.terms.expand(split.key)
        return self.space.atom(ArmOf(key, split.seed, low, high))[0]

    def _dealt(self, split: Split | None, arm: int | None) -> int:
        if split is None or arm is None:
            return TRUE
        found = self._arm(split, arm)
        if arm < len(split.arms) - 1:
            return found
        return self.gates.either(found, -self.space.true(e.IsKnown(split.key)))

    # ── parts of the outcome ──────────────────────────────────────────────────

    def part(self, name: str) -> dict[Value | None, int]:
        """For each value that a part of the outcome can have, where it has it."""
        known = self._parts.get(name)
        if known is None:
            known = self._parts[name] = self._part(name)
        return known

    def _part(self, name: str) -> dict[Value | None, int]:
        match name:
            case "rule":
                return self._gather((way.rule.name, way.decides) for way in self.ways)
            case "queue":
                return self._gather((way.outcome.queue, way.decides) for way in self.ways)
            case "channel":
                return self._gather(
                    (channel, self.gates.both(way.decides, on))
                    for way in self.ways
                    for channel, on in self.channels_of(way.outcome)
                )
            case "priority":
                return self._priorities()
            case "message":
                return self._messages()
            case _:
                raise AssertionError(f"no part of an outcome: {name}")

    def _gather(self, pairs: Iterable[tuple[Value | None, int]]) -> dict[Value | None, int]:
        found: dict[Value | None, list[int]] = {}
        for value, literal in pairs:
            found.setdefault(value, []).append(literal)
        return {value: self.gates.any(literals) for value, literals in found.items()}

    def _inbound(self, outcome: Outcome) -> dict[str, int]:
        """Where the contact comes in by a channel on which a queue is served."""
        served = self.policy.queues[outcome.queue].channels
        inbound = self._inbound_type()
        if outcome.channel is not None or not isinstance(inbound, Choice | Text):
            return {}
        return {
            channel: self._ask(e.Compare("is", self._inbound_ref, e.Constant(channel)))
            for channel in served
            if isinstance(inbound, Text) or channel in inbound.rank
        }

    def _inbound_type(self) -> Type | None:
        return next(
            (
                field.type
                for record in self.policy.records
                for field in record.fields
                if (record.name, field.name) == (_INBOUND.record, _INBOUND.field)
            ),
            None,
        )

    def channels_of(self, outcome: Outcome) -> list[tuple[str, int]]:
        """The channels on which a contact may be served, and where it is."""
        served = self.policy.queues[outcome.queue].channels
        if outcome.channel is not None:
            return [(outcome.channel, TRUE)]
        inbound = self._inbound(outcome)
        return [*inbound.items(), (served[0], self.gates.both(*(-literal for literal in inbound.values())))]

    def _priorities(self) -> dict[Value | None, int]:
        gates = self.gates
        values = self._gather((way.outcome.priority, way.decides) for way in self.ways)
        for adjustment in self.policy.adjustments:
            applies = self.space.true(adjustment.condition)
            for change in adjustment.changes:
                moved: dict[Value | None, list[int]] = {}
                for value, literal in values.items():
                    assert isinstance(value, int)
                    match change:
                        case SetPriority(priority):
                            after = priority
                        case ShiftPriority(by):
                            after = value + by
                        case _:
                            break
                    moved.setdefault(after, []).append(gates.both(literal, applies))
                    moved.setdefault(value, []).append(gates.both(literal, -applies))
                else:
                    values = {value: gates.any(literals) for value, literals in moved.items()}
        return self._gather(
            (min(max(value, TOP_PRIORITY), LOWEST_PRIORITY), literal)
            for value, literal in values.items()
            if isinstance(value, int)
        )

    def _messages(self) -> dict[Value | None, int]:
        gates = self.gates
        values = self._gather((way.outcome.message, way.decides) for way in self.ways)
        for adjustment in self.policy.adjustments:
            applies = self.space.true(adjustment.condition)
            for change in adjustment.changes:
                if isinstance(change, Say):
                    values = {value: gates.both(literal, -applies) for value, literal in values.items()}
                    values[change.message] = gates.either(values.get(change.message, FALSE), applies)
        return values

    def skills(self) -> dict[str, int]:
        """For each skill, where the outcome has it."""
        if self._skills is None:
            gates = self.gates
            found: dict[Value | None, int] = self._gather(
                (skill, way.decides) for way in self.ways for skill in way.outcome.skills
            )
            for adjustment in self.policy.adjustments:
                applies = self.space.true(adjustment.condition)
                for change in adjustment.changes:
                    match change:
                        case AddSkills(skills):
                            found.update({s: gates.either(found.get(s, FALSE), applies) for s in skills})
                        case RemoveSkills(skills):
                            found.update({s: gates.both(found.get(s, FALSE), -applies) for s in skills})
                        case _:
                            pass
            self._skills = {str(skill): literal for skill, literal in found.items()}
        return self._skills

    # ── offers ────────────────────────────────────────────────────────────────

    def eligible(self) -> dict[str, int]:
        """For each offer, where it is eligible."""
        if self._eligible is None:
            gates, space = self.gates, self.space
            silent = gates.any(space.true(never.condition) for never in self.policy.nevers)
            channels = self.part("channel")
            self._eligible = {}
            for offer in self.policy.offers:
                on = (
                    TRUE
                    if offer.channels is None
                    else gates.any(channels.get(channel, FALSE) for channel in sorted(offer.channels))
                )
                used = gates.any(self.used_up(offer, cap) for cap in offer.caps)
                self._eligible[offer.name] = gates.both(space.true(offer.condition), on, -used, -silent)
        return self._eligible

    def used_up(self, offer: Offer, cap: Cap) -> int:
        """Where a cap of an offer is used up; larger caps are used up with smaller ones."""
        if cap.most == 0:
            return TRUE
        if cap.per <= timedelta(0) or cap.most > 10_000:
            return FALSE
        key = offer.name, cap
        if key not in self.caps:
            literal = self.caps[key] = self.gates.variable()
            for (name, other), known in self.caps.items():
                if name == offer.name and other != cap:
                    if other.most <= cap.most and other.per >= cap.per:
                        self.gates.add((-literal, known))
                    if cap.most <= other.most and cap.per >= other.per:
                        self.gates.add((-known, literal))
        return self.caps[key]

    def cap_literals(self) -> list[int]:
        """The literals of all caps that were asked for."""
        return list(self.caps.values())

    def caps_in(self, literals: set[int]) -> list[tuple[str, Cap]]:
        """The caps that a contact has used up."""
        return [key for key, literal in self.caps.items() if literal in literals]

    def shown(self) -> dict[str, int]:
        """For each offer, where it is among those that are shown."""
        if self._shown is None:
            eligible, gates = self.eligible(), self.gates
            if not self._is_cut_short():
                self._shown = eligible
            else:
                most = self.policy.show or 0
                offers = self.policy.offers
                self._shown = {}
                for place, offer in enumerate(offers):
                    better = [
                        gates.both(eligible[other.name], self.beats(other, offer, number < place))
                        for number, other in enumerate(offers)
                        if number != place
                    ]
                    self._shown[offer.name] = gates.both(eligible[offer.name], -gates.at_least(better, most))
        return self._shown

    def _is_cut_short(self) -> bool:
        return self.policy.show is not None and self.policy.show < len(self.policy.offers)

    def beats(self, other: Offer, offer: Offer, earlier: bool) -> int:
        """Where an offer is worth more than another, or as much and stands earlier."""
        operator = ">=" if earlier else ">"
        return self._ask(e.Compare(operator, self._worth(other), self._worth(offer)))  # type: ignore[arg-type]

    def _worth(self, offer: Offer) -> e.Expr:
        if offer.worth is None:
            return _ZERO
        return offer.worth if isinstance(offer.worth, e.Constant) else e.Else(offer.worth, _ZERO)

    # ── promises ──────────────────────────────────────────────────────────────

    def promise(self, expr: e.Expr) -> Pair:
        """Where a condition that also speaks of the outcome is true, and where it is false."""
        gates = self.gates
        if not _speaks_of_outcome(expr):
            return self.space.pair(expr)
        match expr:
            case e.Not(operand):
                yes, no = self.promise(operand)
                return no, yes
            case e.All(operands):
                pairs = [self.promise(operand) for operand in operands]
                return gates.all(yes for yes, _ in pairs), gates.any(no for _, no in pairs)
            case e.Any(operands):
                pairs = [self.promise(operand) for operand in operands]
                return gates.any(yes for yes, _ in pairs), gates.all(no for _, no in pairs)
            case e.IsAssisted(assisted):
                yes = gates.any(
                    literal
                    for channel, literal in self.part("channel").items()
                    if self.policy.channels[str(channel)].assisted is assisted
                )
                return yes, -yes
            case _:
                return self._of_parts(expr)

    def _of_parts(self, expr: e.Expr) -> Pair:
        ref = _set_in(expr)
        if ref is not None:
            return self._of_set(expr, ref)
        gates = self.gates
        yes, no = [], []
        for where, put_in in self._cases(expr, lambda part: [(on, v) for v, on in self.part(part).items()]):
            truth = self.space.pair(put_in)
            yes.append(gates.both(where, truth[0]))
            no.append(gates.both(where, truth[1]))
        return gates.any(yes), gates.any(no)

    def _cases(
        self, expr: e.Expr, values: Callable[[str], list[tuple[int, Value | None]]]
    ) -> list[tuple[int, e.Expr]]:
        """A test for each value that the parts of the outcome in it can have."""
        ref = next((part for part in walk(expr) if isinstance(part, e.OutcomeRef)), None)
        if ref is None:
            return [(TRUE, expr)]
        return [
            (self.gates.both(where, inner), put_in)
            for where, value in values(ref.part)
            for inner, put_in in self._cases(put(expr, ref, e.Constant(value)), values)  # type: ignore[arg-type]
        ]

    def _possible(self, part: str) -> list[Value | None]:
        policy = self.policy
        match part:
            case "rule":
                return [rule.name for rule in policy.rules]
            case "queue":
                return list(policy.queues)
            case "channel":
                return list(policy.channels)
            case "priority":
                return list(range(TOP_PRIORITY, LOWEST_PRIORITY + 1))
            case _:
                return [*policy.messages, None]

    def _of_set(self, expr: e.Expr, ref: e.OutcomeRef) -> Pair:
        """A test of the skills or the offers."""
        gates, names = self.gates, self._all_names(ref.part)
        literals = self.skills() if ref.part == "skills" else self.shown()
        has = {name: literals.get(name, FALSE) for name in names}
        match expr:
            case e.Member(e.Constant(str(value)), e.OutcomeRef()):
                yes = has.get(value, FALSE)
            case e.HasAny(e.OutcomeRef(), values):
                yes = gates.any(has.get(str(value), FALSE) for value in values)
            case e.HasAll(e.OutcomeRef(), values):
                yes = gates.all(has.get(str(value), FALSE) for value in values)
            case e.IsEmpty(e.OutcomeRef()):
                yes = -gates.any(has.values())
            case e.IsKnown(e.OutcomeRef()):
                yes = TRUE
            case e.Compare("is", e.OutcomeRef(), e.Constant(frozenset() as values)) | e.Compare(
                "is", e.Constant(frozenset() as values), e.OutcomeRef()
            ):
                yes = gates.all(literal if name in values else -literal for name, literal in has.items())
                yes = gates.both(yes, TRUE if values <= set(names) else FALSE)
            case e.Member(element, e.OutcomeRef()):
                pairs = {name: self.space.pair(test) for name, test in self._equal(element, names)}
                known = self.space.true(e.IsKnown(element))
                yes = gates.any(gates.both(pairs[name][0], has[name]) for name in names)
                return gates.both(known, yes), gates.both(known, -yes)
            case _:
                return self.space.either_way(expr)
        return yes, -yes

    def _equal(self, element: e.Expr, names: list[str]) -> list[tuple[str, e.Expr]]:
        return [(name, e.Compare("is", element, e.Constant(name))) for name in names]

    def _all_names(self, part: str) -> list[str]:
        if part == "offers":
            return [offer.name for offer in self.policy.offers]
        return sorted(
            {
                skill
                for rule in self.policy.rules
                for outcome, _, _ in _outcomes(rule)
                for skill in outcome.skills
            }
            | {
                skill
                for adjustment in self.policy.adjustments
                for change in adjustment.changes
                if isinstance(change, AddSkills)
                for skill in change.skills
            }
        )


def _outcomes(rule: Rule) -> list[tuple[Outcome, int | None, Split | None]]:
    if isinstance(rule.body, Outcome):
        return [(rule.body, None, None)]
    return [(arm.outcome, place, rule.body) for place, arm in enumerate(rule.body.arms)]


def _speaks_of_outcome(expr: e.Expr) -> bool:
    return any(isinstance(part, e.OutcomeRef | e.IsAssisted) for part in walk(expr))


def _set_in(expr: e.Expr) -> e.OutcomeRef | None:
    """The set of the outcome that a test speaks of."""
    for part in walk(expr):
        if isinstance(part, e.OutcomeRef) and part.part in ("skills", "offers"):
            return part
    return None
