"""What differs between two decisions about one contact."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from routekit.diff.callbacks import DueOtherwise, due_otherwise
from routekit.diff.declared_parts import Datum, DeclaredParts, StepDatum
from routekit.diff.renames import Rename, Renamed, find_renames
from routekit.policy.decision import Decision, PlanStep
from routekit.policy.model import CheckedPolicy, Outcome, Plan, Step, WorkOutPart
from routekit.policy.outcome_parts import (
    NOTICED_PARTS,
    PLAIN,
    STEP_PARTS,
    Kind,
    Part,
    Saying,
    differing,
    leading,
    step_words,
)
from routekit.policy.outcomes import computed_by, outcome_of
from routekit.reasons.words import Words
from routekit.schema.times import format_duration
from routekit.schema.writing import quoted
from routekit.translation import t

__all__ = [
    "ASPECTS",
    "WEIGHED",
    "Change",
    "Comparer",
    "Key",
    "SaidStep",
    "holds_several",
    "said_step",
    "service",
    "step_text",
]

WEIGHED = leading(NOTICED_PARTS, "queue", "channel", "agent", "priority", "skills", "plan", "message")
"""The parts that somebody notices, the heaviest first."""
ASPECTS = ("service", *(part.name for part in WEIGHED), "ranking")
"""What can change for a contact, in the order of its weight: who answers, the parts, the order of offers."""

_STEP_ORDER = leading(STEP_PARTS, "queue", "any_agent", "agent", "priority", "skills", "callback_within")


@dataclass(frozen=True, slots=True)
class SaidStep(PlanStep):
    """A step as it is said: its agent is the expression that names one, and its callback has no instant but
    the ``calendar`` whose open time it counts. ``plan`` is where it is declared, if in a named plan."""

    calendar: str | None = None
    plan: Plan | None = field(default=None, compare=False)

    def to_dict(self) -> dict[str, object]:
        """Returns the step as JSON has it.

        >>> SaidStep(timedelta(seconds=30), callback_within=timedelta(hours=4), calendar="office").to_dict()
        {'after': 30, 'callback_within': 14400, 'calendar': 'office'}
        """
        said = PlanStep.to_dict(self)
        return said if self.calendar is None else {**said, "calendar": self.calendar}


Thing = str | int | SaidStep | Datum | StepDatum | DueOtherwise | None


@dataclass(frozen=True, slots=True)
class Change:
    """One part of a decision, before and after.

    Of skills, plan and offers: what is there only before, and only after. ``service`` is who answers on
    the channel (``assisted``, ``self_service``), ``ranking`` the order of offers that are made both times.
    An agent is told by the expression of the rule that names one.
    """

    part: str
    before: tuple[Thing, ...]
    after: tuple[Thing, ...]
    always: bool = field(default=True, compare=False)
    """Of a group: whether it changes so for all of it."""


Key = tuple[Change, ...]
"""What a group has in common: where contacts go, or else the first thing that changes."""


def holds_several(part: Part) -> bool:
    """Tells whether a part holds several things, of which some come and some go."""
    return part.kind in (Kind.NAMES, Kind.RANKING, Kind.STEPS, Kind.DATA)


class Comparer:
    """Tells what differs between the decisions of two policies, ``renames`` aside."""

    def __init__(self, old: CheckedPolicy, new: CheckedPolicy, renames: tuple[Rename, ...] = ()) -> None:
        old = find_renames(old, new)[1] if renames else old
        self.old, self.new = old, new
        self._anew = Renamed(old, renames).decision
        self._outcomes = outcome_of(old), outcome_of(new)
        self._declared = DeclaredParts(old, new)
        self._words = Words(old, whole=True), Words(new, whole=True)

    def changes(self, before: Decision, after: Decision) -> tuple[Change, ...]:
        """Lists what differs, in the order of its weight; the deciding rule alone is no difference."""
        before = self._anew(before)
        found: list[Change] = []
        who, later = service(self.old, before.channel), service(self.new, after.channel)
        if who != later:
            found.append(Change("service", (who,), (later,)))
        for part in differing(before, after, WEIGHED):
            one, other = self._both(part, before, after)
            if holds_several(part):
                one, other = _only(one, other), _only(other, one)
            if one or other:
                found.append(Change(part.name, one, other))
        both = frozenset(before.offers) & frozenset(after.offers)
        if [x for x in before.offers if x in both] != [x for x in after.offers if x in both]:
            found.append(Change("ranking", (), ()))
        return tuple(found)

    def _both(
        self, part: Part, before: Decision, after: Decision
    ) -> tuple[tuple[Thing, ...], tuple[Thing, ...]]:
        if part.kind is Kind.DATA:
            return self._declared.changed(before, after)
        one, other = self._told(part, 0, before), self._told(part, 1, after)
        if part.kind is Kind.STEPS:
            gone, come = self._declared.changed_by_steps(before, after)
            due = due_otherwise(*zip((before, after), self._given(before, after), strict=True))
            return (*one, *gone), (*other, *come, *due)
        return one, other

    def _given(self, before: Decision, after: Decision) -> tuple[Outcome, Outcome]:
        """What the rules give that decided."""
        return self._outcomes[0](before), self._outcomes[1](after)

    def _told(self, part: Part, place: int, decision: Decision) -> tuple[Thing, ...]:
        """The value of a part; of one that is worked out, the words of the rule for it."""
        value = getattr(decision, part.name)
        if part.kind is Kind.STEPS:
            return tuple(self._steps(place, decision))
        if holds_several(part):
            return tuple(value)
        if part.computed:
            expr = computed_by(self._outcomes[place](decision)).get(part.name)
            value = None if value is None or expr is None else self._words[place].expr(expr)
        return (value,)

    def _steps(self, place: int, decision: Decision) -> Iterator[SaidStep]:
        steps = {step.after: step for step in self._outcomes[place](decision).plan}
        for step in decision.plan:
            values = {part.name: getattr(step, part.name) for part in STEP_PARTS if part.name != "data"}
            if any(value is not None and value is not False for value in values.values()):
                yield said_step(steps.get(step.after, Step(step.after, ())), values, self._words[place])

    def key(self, before: Decision, after: Decision, changes: tuple[Change, ...]) -> Key:
        """Gives the group of a contact: its queues and what rules give as priority, or what else changes."""
        before = self._anew(before)
        found = {change.part: change for change in changes}
        leading = tuple(found[part] for part in ("service", "queue", "channel") if part in found)
        if "queue" in found:
            one, other = (outcome.priority for outcome in self._given(before, after))
            given = (Change("given", (one,), (other,)),) if one != other else ()
            return (*(change for change in leading if change.part != "channel"), *given)
        return leading or changes[:1]


def said_step(step: Step, values: Mapping[str, object], words: Words) -> SaidStep:
    """Says a step with the values that it comes to; what is worked out by its expression, in words."""
    said = {**values, "callback_by": None}
    if step.callback_within is not None:
        said["callback_within"] = step.callback_within
    for action in step.actions:
        if isinstance(action, WorkOutPart) and said.get(action.part) is not None:
            said[action.part] = words.expr(action.expr)
    return SaidStep(step.after, **said, calendar=step.calendar, plan=step.plan)  # type: ignore[arg-type]


def service(policy: CheckedPolicy, channel: str) -> str:
    """Tells who answers on a channel."""
    return "assisted" if policy.channels[channel].assisted else "self_service"


def _only(some: tuple[Thing, ...], others: tuple[Thing, ...]) -> tuple[Thing, ...]:
    """The things that are not among the others, in an order of their own."""

    def key(thing: Thing) -> tuple[timedelta, str]:
        match thing:
            case SaidStep(after):
                return after, ""
            case StepDatum(after) | DueOtherwise(after):
                return after, str(thing)
            case _:
                return timedelta(0), str(thing)

    return tuple(sorted(dict.fromkeys(thing for thing in some if thing not in others), key=key))


def step_text(step: PlanStep, said: Saying = PLAIN) -> str:
    """Writes a step of a plan as a policy writes it, with the named plan that it is of."""
    text = step_words(step, _STEP_ORDER, said)
    if not isinstance(step, SaidStep):
        return text
    if step.agent is not None:
        text = text.replace(f"agent {quoted(step.agent)}", f"agent {step.agent}", 1)
    if step.calendar is not None and step.callback_within is not None:
        within = f"callback within {format_duration(step.callback_within)}"
        calendar = said.titles.get(("calendar", step.calendar)) or step.calendar
        text = text.replace(within, f"{within} of {calendar}", 1)
    return text if step.plan is None else t("{text} (of the plan `{plan}`)", text=text, plan=step.plan)
