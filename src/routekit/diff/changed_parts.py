"""Where the outcomes of two policies differ, as literals."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias, TypeVar

from routekit.diff.changes import Change, service
from routekit.policy import expressions as e
from routekit.policy.decision import Decision, PlanStep
from routekit.policy.model import CheckedPolicy, Outcome
from routekit.prover.encoding.space import Space
from routekit.prover.outcome.outcome import Outcomes, Way
from routekit.prover.sat.formula import FALSE, TRUE
from routekit.reasons.words import Words
from routekit.reference import planned

__all__ = ["Parts", "Side", "outcomes_of"]

_LATER = ("agent", "priority", "skills", "plan", "message", "offers", "ranking")
"""The parts behind queue and channel, in the order of their weight."""

Literals: TypeAlias = Mapping[object, int]
K = TypeVar("K")


class Side:
    """One of the two: ``policy`` as it was read, its outcomes in the names of both."""

    def __init__(self, policy: CheckedPolicy, outcomes: Outcomes) -> None:
        self.policy = policy
        self.outcomes = outcomes
        self._words = Words(policy)
        self.agents: dict[str, e.Expr] = {}
        """What names an agent: as it is written, and in the names of both."""
        self._agent_of: list[str | None] = []
        for rule, said in zip(policy.rules, outcomes.policy.rules, strict=True):
            for mine, outcome in zip(outcomes_of(rule.body), outcomes_of(said.body), strict=True):
                written = None
                if mine.agent is not None and outcome.agent is not None:
                    written = self._words.expr(mine.agent)
                    self.agents[written] = outcome.agent
                self._agent_of.append(written)

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Where the rules of each name stand: one, or one for each queue that a field may name."""
        found: dict[str, list[int]] = {}
        for place, rule in enumerate(self.policy.rules):
            found.setdefault(rule.name, []).append(place)
        return found

    def place_of(self, decision: Decision) -> int:
        """The place of the rule that decided; of a queue that a field names, that of this queue."""
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
        """Where each rule decides."""
        found: dict[int, list[int]] = {id(rule): [] for rule in self.outcomes.policy.rules}
        for way in self.ways:
            found[id(way.rule)].append(way.decides)
        return [self.outcomes.gates.any(literals) for literals in found.values()]

    def key(self, ways: Sequence[Way], agents: Sequence[str | None]) -> object:
        """All that makes a rule decide as it does."""
        return tuple(
            (
                way.wanted,
                way.outcome.queue,
                tuple(self.outcomes.deciding.channels(way.outcome)),
                None if agent is None else self.agents[agent],
                way.outcome.priority,
                way.outcome.skills,
                way.outcome.message,
                tuple(self._steps(way.outcome)),
            )
            for way, agent in zip(ways, agents, strict=True)
        )

    @cached_property
    def keys(self) -> list[object]:
        """For each rule, all that makes it decide as it does."""
        found: dict[int, tuple[list[Way], list[str | None]]] = {
            id(rule): ([], []) for rule in self.outcomes.policy.rules
        }
        for way, agent in zip(self.ways, self._agent_of, strict=True):
            found[id(way.rule)][0].append(way)
            found[id(way.rule)][1].append(agent)
        return [self.key(ways, agents) for ways, agents in found.values()]

    def ways_of(self, place: int) -> list[Way]:
        rule = self.outcomes.policy.rules[place]
        return [way for way in self.ways if way.rule is rule]

    def _steps(self, outcome: Outcome) -> list[tuple[PlanStep, int]]:
        return [
            (planned(step), TRUE if step.queue is None else self.outcomes.open(step.queue, step.after))
            for step in outcome.plan
        ]

    @cached_property
    def plan(self) -> Literals:
        """For each step, where the plan has it."""
        gates = self.outcomes.gates
        return _gathered(
            gates.any,
            (
                (step, gates.both(way.decides, open_))
                for way in self.ways
                for step, open_ in self._steps(way.outcome)
            ),
        )

    @cached_property
    def given(self) -> Literals:
        """For each priority that rules give, before it is adjusted, where it is given."""
        return _gathered(self.outcomes.gates.any, ((way.outcome.priority, way.decides) for way in self.ways))

    @cached_property
    def named(self) -> Literals:
        """For each expression that names an agent, where it is the one and is known."""
        space, gates = self.outcomes.space, self.outcomes.gates
        pairs = zip(self.ways, self._agent_of, strict=True)
        found = _gathered(gates.any, ((agent, way.decides) for way, agent in pairs if agent is not None))
        return {
            agent: gates.both(literal, space.true(e.IsKnown(self.agents[str(agent)])))
            for agent, literal in found.items()
        }

    def part(self, name: str) -> Literals:
        """For each value of a part of the outcome, where it has it."""
        return {value: literal for value, literal in self.outcomes.part(name).items()}  # noqa: C416 - its type

    @cached_property
    def skills(self) -> Literals:
        """For each skill, where the outcome has it."""
        return {skill: literal for skill, literal in self.outcomes.skills().items()}  # noqa: C416 - its type

    @cached_property
    def shown(self) -> Literals:
        """For each offer, where it is shown."""
        return {offer: literal for offer, literal in self.outcomes.shown().items()}  # noqa: C416 - its type

    @cached_property
    def channel(self) -> Mapping[tuple[str, str], int]:
        """For each channel with its service, where it is chosen."""
        return {
            (str(name), service(self.policy, str(name))): literal
            for name, literal in self.outcomes.part("channel").items()
        }


def outcomes_of(body: object) -> list[Outcome]:
    """What a rule may come to, arm by arm."""
    return [body] if isinstance(body, Outcome) else [arm.outcome for arm in getattr(body, "arms", ())]


def _gathered(any_: Callable[[Iterable[int]], int], pairs: Iterable[tuple[object, int]]) -> dict[object, int]:
    found: dict[object, list[int]] = {}
    for thing, literal in pairs:
        found.setdefault(thing, []).append(literal)
    return {thing: any_(literals) for thing, literals in found.items()}


class Parts:
    """The two sides over one space. ``meet`` comes before the space is closed, all else after."""

    def __init__(self, space: Space, old: Side, new: Side) -> None:
        self.space, self.gates = space, space.gates
        self.old, self.new = old, new

    def meet(self) -> None:
        """Takes note of the tests that tell agents and the order of offers apart."""
        for one in self.old.agents.values():
            self.space.meet(e.IsKnown(one))
            for other in self.new.agents.values():
                if one != other:
                    self.space.meet(e.Compare("is", one, other))
        for other in self.new.agents.values():
            self.space.meet(e.IsKnown(other))
        for pair in self._pairs_of_offers():
            for side in (self.old, self.new):
                self._first(side, *pair)

    # ── where they differ ─────────────────────────────────────────────────────

    @cached_property
    def differ(self) -> dict[str, int]:
        """For each part of the outcome, where it is not the same."""
        any_ = self.gates.any
        return {
            "queue": self._other(self.old.part("queue"), self.new.part("queue")),
            "channel": self._other(self.old.channel, self.new.channel),
            "agent": any_(self._agents_differ(a, b) for a, b in self._agent_pairs()),
            "priority": self._other(self.old.part("priority"), self.new.part("priority")),
            "skills": any_(self._each_differs(self.old.skills, self.new.skills)),
            "plan": any_(self._each_differs(self.old.plan, self.new.plan)),
            "message": self._other(self.old.part("message"), self.new.part("message")),
            "offers": any_(self._each_differs(self.old.shown, self.new.shown)),
            "ranking": any_(self._ranked_otherwise(a, b) for a, b in self._pairs_of_offers()),
        }

    @cached_property
    def anything(self) -> int:
        """Where anything differs."""
        return self.gates.any(self.differ.values())

    def _other(self, one: Mapping[K, int], other: Mapping[K, int]) -> int:
        gates = self.gates
        return gates.any(gates.both(literal, -other.get(value, FALSE)) for value, literal in one.items())

    def _xor(self, one: int, other: int) -> int:
        if one == other:
            return FALSE
        return self.gates.either(self.gates.both(one, -other), self.gates.both(-one, other))

    def _each_differs(self, one: Literals, other: Literals) -> list[int]:
        return [
            self._xor(one.get(thing, FALSE), other.get(thing, FALSE))
            for thing in dict.fromkeys((*one, *other))
        ]

    # ── agents ────────────────────────────────────────────────────────────────

    def _agent_pairs(self) -> list[tuple[str | None, str | None]]:
        pairs = [(a, b) for a in (*self.old.agents, None) for b in (*self.new.agents, None)]
        return [(a, b) for a, b in pairs if a is not None or b is not None]

    def _agents_differ(self, one: str | None, other: str | None) -> int:
        gates = self.gates
        if one is None:
            return gates.both(self.new.named.get(other, FALSE), *(-x for x in self.old.named.values()))
        if other is None:
            return gates.both(self.old.named.get(one, FALSE), *(-x for x in self.new.named.values()))
        there = gates.both(self.old.named.get(one, FALSE), self.new.named.get(other, FALSE))
        left, right = self.old.agents[one], self.new.agents[other]
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
        shown = [side.shown[name] for side in (self.old, self.new) for name in (one, other)]
        turned = self._xor(self._first(self.old, one, other), self._first(self.new, one, other))
        return self.gates.both(*shown, turned)

    # ── one change ────────────────────────────────────────────────────────────

    def of_key(self, key: Sequence[Change]) -> int:
        """Where a group is: it changes so, and nothing of more weight does."""
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
        wanted += [-self.differ[part] for part in _LATER[: _LATER.index(key[0].part)]]
        return gates.all(wanted)

    def differs(self, part: str) -> int:
        """Where a part is not the same."""
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
        """Where one part changes just so."""
        gates, (old, new) = self.gates, (self.old, self.new)
        match change.part:
            case "queue" | "priority" | "message":
                return self._from_to(change, old.part(change.part), new.part(change.part))
            case "given":
                return self._from_to(change, old.given, new.given)
            case "channel" | "service":
                return self._channels({change.part: change}, loosely=True)
            case "agent":
                return self._agents_differ(change.before[0], change.after[0])  # type: ignore[arg-type]
            case "skills":
                return gates.all(self._gone_and_come(change, old.skills, new.skills))
            case "plan":
                return gates.all(self._gone_and_come(change, old.plan, new.plan))
            case "offers":
                return gates.all(self._gone_and_come(change, old.shown, new.shown))
            case _:
                return self.differ["ranking"]

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
                wanted.append(-self._xor(one, other))
        return wanted
