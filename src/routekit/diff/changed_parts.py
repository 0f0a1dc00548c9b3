"""Where the outcomes of two policies differ, as literals."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias, TypeVar, assert_never

from routekit.diff.callbacks import Callbacks
from routekit.diff.changes import ASPECTS, WEIGHED, Change, SaidStep, holds_several, said_step, service
from routekit.diff.declared_parts import DeclaredParts
from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy, Outcome
from routekit.policy.outcome_parts import PART, Kind, Part
from routekit.policy.outcomes import computed_by, given_by, outcomes_of
from routekit.prover.encoding.space import Space
from routekit.prover.outcome.outcome import Outcomes, Way
from routekit.prover.sat.formula import FALSE
from routekit.reasons.words import Words
from routekit.schema.types import Value

__all__ = ["Parts", "Side"]

Literals: TypeAlias = Mapping[object, int]
K = TypeVar("K")


class Side:
    """One of the two: ``policy`` as it was read, its outcomes in the names of both."""

    def __init__(self, policy: CheckedPolicy, outcomes: Outcomes) -> None:
        self.policy = policy
        self.outcomes = outcomes
        self._words = Words(policy, whole=True)
        self.worked_out: dict[str, dict[str, e.Expr]] = {part.name: {} for part in WEIGHED if part.computed}
        """For each part that rules work out, what by: as it is written, and in the names of both."""
        self._said: list[Mapping[str, str]] = []
        self._written: list[Outcome] = []
        for rule, said in zip(policy.rules, outcomes.policy.rules, strict=True):
            for mine, outcome in zip(outcomes_of(rule.body), outcomes_of(said.body), strict=True):
                written = {name: self._words.expr(expr) for name, expr in computed_by(mine).items()}
                for name, expr in computed_by(outcome).items():
                    self.worked_out[name][written[name]] = expr
                self._said.append(written)
                self._written.append(mine)

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Maps each name to where its rules stand: one, or one for each queue that a field may name."""
        found: dict[str, list[int]] = {}
        for place, rule in enumerate(self.policy.rules):
            found.setdefault(rule.name, []).append(place)
        return found

    def place_of(self, decision: Decision) -> int:
        """Finds the place of the rule that decided; of a queue that a field names, that of this queue."""
        places = self.places[decision.rule]
        return next(
            place
            for place in places
            if len(places) == 1 or getattr(self.policy.rules[place].body, "queue", None) == decision.queue
        )

    @property
    def ways(self) -> list[Way]:
        return self.outcomes.ways

    @cached_property
    def decides(self) -> list[int]:
        """Lists where each rule decides."""
        found: dict[int, list[int]] = {id(rule): [] for rule in self.outcomes.policy.rules}
        for way in self.ways:
            found[id(way.rule)].append(way.decides)
        return [self.outcomes.gates.any(literals) for literals in found.values()]

    @cached_property
    def keys(self) -> list[object]:
        """Lists, for each rule, all that makes it decide as it does."""
        found: dict[int, list[object]] = {id(rule): [] for rule in self.outcomes.policy.rules}
        for way, said in zip(self.ways, self._said, strict=True):
            key = (
                way.wanted,
                tuple(self.outcomes.deciding.channels(way.outcome)),
                tuple((name, self.worked_out[name][text]) for name, text in said.items()),
                tuple(given_by(way.outcome).values()),
                way.outcome.data,
                tuple((step, self.outcomes.plans.there(step)) for step in way.outcome.plan),
            )
            found[id(way.rule)].append(key)
        return [tuple(keys) for keys in found.values()]

    def ways_of(self, place: int) -> list[Way]:
        rule = self.outcomes.policy.rules[place]
        return [way for way in self.ways if way.rule is rule]

    @cached_property
    def plan(self) -> Literals:
        """Maps each step, said with what it comes to, to where the plan has it."""
        return self.outcomes.gates.gathered(self._said_steps())

    def _said_steps(self) -> Iterator[tuple[SaidStep, int]]:
        written = {id(way): mine for way, mine in zip(self.ways, self._written, strict=True)}
        for course in self.outcomes.plans.courses:
            mine = written[id(course.ways[0])]  # as it was read, before it was said in the names of both
            for place, step in enumerate(mine.plan):
                for values, where in course.said(place):
                    if all(value is None for value in values.values()):
                        continue
                    yield said_step(step, values, self._words), where

    @cached_property
    def given(self) -> Literals:
        """Maps each priority that rules give, before it is adjusted, to where it is given."""
        return self.outcomes.gates.gathered((way.outcome.priority, way.decides) for way in self.ways)

    @cached_property
    def known(self) -> dict[str, Literals]:
        """Maps each part that rules work out to where each expression is the one for it and is known."""
        space, gates = self.outcomes.space, self.outcomes.gates
        found: dict[str, Literals] = {}
        for name, exprs in self.worked_out.items():
            pairs = zip(self.ways, self._said, strict=True)
            decides = gates.gathered((said[name], way.decides) for way, said in pairs if name in said)
            found[name] = {
                text: gates.both(literal, space.true(e.IsKnown(exprs[str(text)])))
                for text, literal in decides.items()
            }
        return found

    def part(self, name: str) -> Literals:
        """Maps each value of a part of the outcome, or thing that it holds, to where it has it."""
        part = PART[name]
        match part.kind:
            case Kind.NAME | Kind.INTEGER | Kind.TEXT | Kind.FLAG | Kind.DURATION | Kind.TIME:
                found: Mapping[Value | None, int] | Mapping[str, int] = self.outcomes.part(name)
            case Kind.NAMES | Kind.RANKING:
                found = self.outcomes.members(name)
            case Kind.STEPS:
                return self.plan
            case Kind.DATA | Kind.VALUE | Kind.PROBLEMS:
                raise AssertionError(f"`{name}` is not compared")
            case _:
                assert_never(part.kind)
        return {value: literal for value, literal in found.items()}  # noqa: C416 - its type

    @cached_property
    def channel(self) -> Mapping[tuple[str, str], int]:
        """Maps each channel with its service to where it is chosen."""
        return {
            (str(name), service(self.policy, str(name))): literal
            for name, literal in self.outcomes.part("channel").items()
        }


class Parts:
    """The two sides over one space. ``meet`` comes before the space is closed, all else after."""

    def __init__(self, space: Space, old: Side, new: Side) -> None:
        self.space, self.gates = space, space.gates
        self.old, self.new = old, new
        self._declared = DeclaredParts(old.policy, new.policy)
        self._callbacks = Callbacks(space, old.outcomes, new.outcomes)

    def register(self) -> None:
        """Takes note of the tests that tell what is worked out and the order of offers apart."""
        for name, exprs in self.old.worked_out.items():
            others = self.new.worked_out[name].values()
            for one in exprs.values():
                self.space.register(e.IsKnown(one))
                for other in others:
                    if one != other:
                        self.space.register(e.Compare("is", one, other))
            for other in others:
                self.space.register(e.IsKnown(other))
        self._callbacks.register()
        self._declared.register(self.space, self.old.outcomes.policy, self.new.outcomes.policy)
        for pair in self._pairs_of_offers():
            for side in (self.old, self.new):
                self._first(side, *pair)

    # ── where they differ ─────────────────────────────────────────────────────

    @cached_property
    def differ(self) -> dict[str, int]:
        """Maps each part of the outcome to where it is not the same."""
        found = {part.name: self._differs(part) for part in WEIGHED}
        turned = (self._ranked_otherwise(one, other) for one, other in self._pairs_of_offers())
        return {**found, "ranking": self.gates.any(turned)}

    def _differs(self, part: Part) -> int:
        gates = self.gates
        if part.name == "channel":
            return self._other(self.old.channel, self.new.channel)
        if part.computed:
            pairs = self._expressions(part.name)
            return gates.any(self._worked_out_otherwise(part.name, one, other) for one, other in pairs)
        old, new = self._both(part)
        return gates.any(self._each_differs(old, new)) if holds_several(part) else self._other(old, new)

    def _both(self, part: Part) -> tuple[Literals, Literals]:
        """Maps what a part has in each of the two to where it has it."""
        if part.kind is Kind.DATA:
            return self._data
        old, new = self.old.part(part.name), self.new.part(part.name)
        if part.kind is Kind.STEPS:
            before, after = self._data_of_steps
            return {**old, **before}, {**new, **after, **self._callbacks.literals()}
        return old, new

    @cached_property
    def _data_of_steps(self) -> tuple[Literals, Literals]:
        return self._declared.literals_of_steps(self.old.outcomes, self.new.outcomes)

    @cached_property
    def _data(self) -> tuple[Literals, Literals]:
        return self._declared.literals(self.old.outcomes, self.new.outcomes)

    def differs_in(self, name: str) -> int:
        """Tells where one part of a decision is not the same: the rule, or ``data.sla``, are parts too."""
        owner, _, declared = name.partition(".")
        if declared:
            old, new = self._declared.alone(declared).literals(self.old.outcomes, self.new.outcomes)
            return self.gates.any(self._each_differs(old, new))
        match owner:
            case "rule":
                return self._other(self.old.part(owner), self.new.part(owner))
            case "offers":
                return self.gates.either(self.differ[owner], self.differ["ranking"])
            case _:
                return self.differ[owner]

    @cached_property
    def anything(self) -> int:
        """Tells where anything differs."""
        return self.gates.any(self.differ.values())

    def _other(self, one: Mapping[K, int], other: Mapping[K, int]) -> int:
        gates = self.gates
        return gates.any(gates.both(literal, -other.get(value, FALSE)) for value, literal in one.items())

    def _each_differs(self, one: Literals, other: Literals) -> list[int]:
        return [
            self.gates.xor(one.get(thing, FALSE), other.get(thing, FALSE))
            for thing in dict.fromkeys((*one, *other))
        ]

    # ── what is worked out ────────────────────────────────────────────────────

    def _expressions(self, name: str) -> list[tuple[str | None, str | None]]:
        """What works out a part in both, as it is written; None where a rule gives nothing for it."""
        old, new = self.old.worked_out[name], self.new.worked_out[name]
        return [(a, b) for a in (*old, None) for b in (*new, None) if a is not None or b is not None]

    def _worked_out_otherwise(self, name: str, one: str | None, other: str | None) -> int:
        """Where both work a part out by these, and it does not come to the same."""
        gates = self.gates
        old, new = self.old.known[name], self.new.known[name]
        if one is None:
            return gates.both(new.get(other, FALSE), *(-literal for literal in old.values()))
        if other is None:
            return gates.both(old.get(one, FALSE), *(-literal for literal in new.values()))
        there = gates.both(old.get(one, FALSE), new.get(other, FALSE))
        left, right = self.old.worked_out[name][one], self.new.worked_out[name][other]
        if left == right or there == FALSE:
            return FALSE
        return gates.both(there, -self.space.true(e.Compare("is", left, right)))

    # ── the order of offers ───────────────────────────────────────────────────

    def _pairs_of_offers(self) -> list[tuple[str, str]]:
        """The offers of both whose order may have changed: their worth did, or their places."""
        old, new = self.old.outcomes.policy.offers, self.new.outcomes.policy.offers
        was = {offer.name: (place, offer.worth) for place, offer in enumerate(old)}
        is_ = {offer.name: (place, offer.worth) for place, offer in enumerate(new)}
        names = [name for name in was if name in is_]
        return [
            (one, other)
            for number, one in enumerate(names)
            for other in names[number + 1 :]
            if was[one][1] != is_[one][1]
            or was[other][1] != is_[other][1]
            or (was[one][0] < was[other][0]) != (is_[one][0] < is_[other][0])
        ]

    def _first(self, side: Side, one: str, other: str) -> int:
        """Where one offer stands before another."""
        offers = {offer.name: (place, offer) for place, offer in enumerate(side.outcomes.policy.offers)}
        (place, offer), (behind, second) = offers[one], offers[other]
        return side.outcomes.beats(offer, second, place < behind)

    def _ranked_otherwise(self, one: str, other: str) -> int:
        shown = [side.outcomes.shown()[name] for side in (self.old, self.new) for name in (one, other)]
        turned = self.gates.xor(self._first(self.old, one, other), self._first(self.new, one, other))
        return self.gates.both(*shown, turned)

    # ── one change ────────────────────────────────────────────────────────────

    def of_key(self, key: Sequence[Change]) -> int:
        """Tells where a group is: it changes so, and nothing of more weight does."""
        changed = {change.part: change for change in key}
        gates, wanted = self.gates, [self.so(change) for change in key if change.part != "service"]
        if "queue" in changed:
            served = changed.get("service")
            moved = [
                gates.both(one, other)
                for (_, who), one in self.old.channel.items()
                for (_, later), other in self.new.channel.items()
                if ((who, later) == (served.before[0], served.after[0]) if served else who == later)
            ]
            if "given" not in changed:
                old, new = self.old.given, self.new.given
                alike = (gates.both(old[given], new.get(given, FALSE)) for given in old)
                wanted.append(gates.any(alike))
            return gates.all([*wanted, gates.any(moved)])
        wanted.append(-self.differ["queue"])
        if "channel" in changed or "service" in changed:
            return gates.both(self._channels(changed), *wanted)
        wanted.append(-self.differ["channel"])
        later = ASPECTS[ASPECTS.index("channel") + 1 :]
        wanted += [-self.differ[part] for part in later[: later.index(key[0].part)]]
        return gates.all(wanted)

    def differs(self, part: str) -> int:
        """Tells where a part is not the same."""
        if part in ("channel", "service"):
            return self._channel_differs[part]
        return self.differ[part]

    @cached_property
    def _channel_differs(self) -> dict[str, int]:
        found: dict[str, list[int]] = {"channel": [], "service": []}
        for (name, who), literal in self.old.channel.items():
            for (then, later), other in self.new.channel.items():
                both = self.gates.both(literal, other)
                if name != then:
                    found["channel"].append(both)
                if who != later:
                    found["service"].append(both)
        return {part: self.gates.any(literals) for part, literals in found.items()}

    def so(self, change: Change) -> int:
        """Tells where one part changes just so."""
        gates, name = self.gates, change.part
        match name:
            case "given":
                return self._from_to(change, self.old.given, self.new.given)
            case "channel" | "service":
                return self._channels({name: change}, loosely=True)
            case "ranking":
                return self.differ[name]
            case _ if PART[name].computed:
                return self._worked_out_otherwise(name, change.before[0], change.after[0])  # type: ignore[arg-type]
        old, new = self._both(PART[name])
        if holds_several(PART[name]):
            return gates.all(self._gone_and_come(change, old, new))
        return self._from_to(change, old, new)

    def _from_to(self, change: Change, old: Literals, new: Literals) -> int:
        return self.gates.both(old.get(change.before[0], FALSE), new.get(change.after[0], FALSE))

    def _channels(self, changed: Mapping[str, Change], *, loosely: bool = False) -> int:
        """Where the channel, and who answers on it, changes so; what is not named stays, but ``loosely``."""
        gates, found = self.gates, []
        channel, served = changed.get("channel"), changed.get("service")
        for (name, who), literal in self.old.channel.items():
            for (then, later), other in self.new.channel.items():
                fits = (name, then) == (channel.before[0], channel.after[0]) if channel else name == then
                serves = (who, later) == (served.before[0], served.after[0]) if served else who == later
                if (fits or (loosely and not channel)) and (serves or (loosely and not served)):
                    found.append(gates.both(literal, other))
        return gates.any(found)

    def _gone_and_come(self, change: Change, old: Literals, new: Literals) -> list[int]:
        wanted: list[int] = []
        for thing in dict.fromkeys((*old, *new)):
            one, other = old.get(thing, FALSE), new.get(thing, FALSE)
            if thing in change.before:
                wanted += [one, -other]
            elif thing in change.after:
                wanted += [-one, other]
            else:
                wanted.append(-self.gates.xor(one, other))
        return wanted
