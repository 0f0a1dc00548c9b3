"""What goes wrong for some contact: each fault once, with the smallest contact that shows it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TypeAlias

from routekit.contact_map.results import Finding, Kind
from routekit.contact_map.served import Served
from routekit.diagnostics import MAP_CODES, Span
from routekit.policy import expressions as e
from routekit.policy.contact_map import Matter
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy
from routekit.policy.references import path_of
from routekit.prover.encoding.space import Space, Unsettled, time_up
from routekit.prover.limits import TimeUpError
from routekit.prover.moved import moved
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.sat.formula import FALSE
from routekit.prover.which import which
from routekit.prover.witness import Check, Witness, Witnesses
from routekit.reasons.words import joined
from routekit.reference import Fault, Scope, faults, is_queue_open, is_solved
from routekit.schema.times import format_duration
from routekit.translation import t

__all__ = ["Found", "Search", "all_unknown"]

Found: TypeAlias = tuple[Finding, int]
"""A finding, and the literal that holds of the contacts that show it."""

_MOST_SMALL = 60
"""Contacts that are made the smallest there are; others are shown as they are found."""

_MOST_RULES = 8
"""Rules that are told one by one for the same matter."""

Told: TypeAlias = Callable[[Witness], tuple[str, Span | None]]
"""What is said of a fault that a contact shows, and where."""


class Search:
    """The contacts of a policy, of which it is asked what goes wrong for them."""

    def __init__(self, space: Space, outcomes: Outcomes, served: Served, witnesses: Witnesses) -> None:
        self._policy = space.policy
        self._space, self._outcomes, self._served, self._witnesses = space, outcomes, served, witnesses
        self._shown_small = 0
        self._rules = {rule.name: rule.span for rule in space.policy.rules}
        self._queues = {queue.name: queue.span for queue in space.policy.queues.values()}

    def findings(self, step: Callable[[str], None]) -> Iterator[Found]:
        """Yields all that goes wrong, each fault once; ``step`` is told what is looked at."""
        self._space.foresee(self._questions())
        for matter in self._policy.contact_map.matters:
            step(matter.name)
            yield from self._timely("blind", matter.name, matter.span, self._blind(matter))
        for matter in self._policy.contact_map.matters:
            step(matter.name)
            yield from self._timely("misplaced", matter.name, matter.span, self._misplaced(matter))
        name = self._policy.name
        step(t("ways between queues"))
        yield from self._timely("loop", name, None, self._loops())
        yield from self._timely("handoff", name, None, self._handoffs())
        yield from self._timely("moved", name, None, self._moved())

    def _timely(self, kind: Kind, about: str, span: Span | None, found: Iterator[Found]) -> Iterator[Found]:
        """Findings as long as there is time; then that others are not known."""
        try:
            yield from found
        except TimeUpError:
            yield _unknown(kind, about, time_up(), span), FALSE

    def _questions(self) -> Iterator[list[int]]:
        """Yields what is asked of matters, as literals that are to hold together."""
        for matter in self._policy.contact_map.matters:
            about = [*self._about(), self._served.has(matter)]
            for targets in (self._served.blind(matter), self._served.misplaced(matter)):
                yield from ([*about, literal] for literal in targets.values())

    # ── matters ───────────────────────────────────────────────────────────────

    def _blind(self, matter: Matter) -> Iterator[Found]:
        targets = self._served.blind(matter)
        is_ever = -self._space.gates.any(targets.values())

        def told(witness: Witness) -> tuple[str, Span | None]:
            decision = witness.decision
            message = t(
                "contacts with `{matter}` that rule `{rule}` leads to `{queue}` on {channel} find no channel "
                "that solves it, then or later",
                matter=matter.name,
                rule=decision.rule,
                queue=decision.queue,
                channel=decision.channel,
            )
            return message, self._rules[decision.rule]

        whole = t("no contact with `{matter}` comes to a channel that solves it", matter=matter.name)
        yield from self._of_matter("blind", matter, targets, is_ever, told, whole)

    def _misplaced(self, matter: Matter) -> Iterator[Found]:
        served, gates = self._served, self._space.gates
        targets = served.misplaced(matter)
        is_ever = gates.any(
            gates.both(way.decides, served.solved_at(matter, way.stands[0])) for way in served.itineraries.all
        )

        def told(witness: Witness) -> tuple[str, Span | None]:
            decision, (queue, channel) = witness.decision, self._elsewhere(matter, witness)
            message = t(
                "rule `{rule}` leads contacts with `{matter}` to `{queue}` on {channel}, where it is not "
                "solved, though `{other}` is open on {elsewhere}",
                matter=matter.name,
                rule=decision.rule,
                queue=decision.queue,
                channel=decision.channel,
                other=queue,
                elsewhere=channel,
            )
            return message, self._rules[decision.rule]

        whole = t(
            "no contact with `{matter}` is led at arrival to a channel that solves it, "
            "though a queue is open on one",
            matter=matter.name,
        )
        yield from self._of_matter("misplaced", matter, targets, is_ever, told, whole)

    def _of_matter(
        self,
        kind: Kind,
        matter: Matter,
        targets: Mapping[str, int],
        is_ever: int,
        told: Told,
        whole: str,
    ) -> Iterator[Found]:
        """A finding for each rule that serves a matter so; one for all where it is served well by none."""
        about = [*self._about(), self._served.has(matter)]
        self._space.begin_anew()
        found = list(which(self._space, targets, about))
        if len(found) > 1 and self._space.possible([*about, is_ever]) is False:
            wanted = [*about, self._space.gates.any(targets[rule] for rule, _ in found)]
            check = self._shows(kind, lambda fault: fault.matter == matter.name)
            yield from self._one(kind, matter.name, wanted, check, lambda _: (whole, matter.span))
            return
        known = {rule for rule, _ in found}
        rules = [rule for rule in self._rules if rule in known]
        for rule in rules[:_MOST_RULES]:
            check = self._shows(
                kind,
                lambda fault, rule=rule: (fault.matter, fault.rule) == (matter.name, rule),  # type: ignore[misc]
            )
            yield from self._one(kind, matter.name, [*about, targets[rule]], check, told)
        rest = rules[_MOST_RULES:]
        if rest:
            wanted = [*about, self._space.gates.any(targets[rule] for rule in rest)]
            check = self._shows(kind, lambda fault: fault.matter == matter.name and fault.rule in rest)
            text = t("other rules do so with `{matter}` too: {rules}", matter=matter.name, rules=joined(rest))
            yield from self._one(kind, matter.name, wanted, check, lambda _: (text, self._rules[rest[0]]))

    def _elsewhere(self, matter: Matter, witness: Witness) -> tuple[str, str]:
        """An open queue and a channel of it that solves a matter of a contact."""
        scope = Scope(self._policy, self._witnesses.facts(witness))
        return next(
            (queue.name, channel)
            for queue in self._policy.queues.values()
            for channel in queue.channels
            if is_queue_open(scope, queue.name) and is_solved(scope, matter, (channel,))
        )

    # ── ways ──────────────────────────────────────────────────────────────────

    def _loops(self) -> Iterator[Found]:
        targets = self._served.loops()
        for rule, queue in sorted({key for key, _ in which(self._space, targets, self._about())}):

            def is_it(fault: Fault, rule: str = rule, queue: str = queue) -> bool:
                return (fault.rule, fault.queue) == (rule, queue)

            def told(witness: Witness, is_it: Callable[[Fault], bool] = is_it) -> tuple[str, Span | None]:
                fault = self._shown(witness, "loop", is_it)
                message = t(
                    "rule `{rule}` leads back to `{queue}` after {span}, and no person was between",
                    rule=fault.rule,
                    queue=fault.queue,
                    span=format_duration(fault.after),
                )
                return message, self._rules[fault.rule]

            wanted = [*self._about(), targets[rule, queue]]
            yield from self._one("loop", queue, wanted, self._shows("loop", is_it), told)

    def _handoffs(self) -> Iterator[Found]:
        targets = self._served.handoffs()
        found: dict[tuple[str, str], list[e.FieldRef]] = {}
        for (channel, queue, ref), _ in which(self._space, targets, self._about()):
            found.setdefault((channel, queue), []).append(ref)
        for (channel, queue), refs in sorted(found.items()):
            yield from self._handoff(channel, queue, refs, [targets[channel, queue, ref] for ref in refs])

    def _handoff(
        self, channel: str, queue: str, refs: Sequence[e.FieldRef], literals: Sequence[int]
    ) -> Iterator[Found]:
        gates = self._space.gates
        asked = [ref for ref in self._policy.queues[queue].asks_for if ref in refs]

        def is_it(fault: Fault) -> bool:
            return (fault.queue, fault.channel) == (queue, channel)

        def told(witness: Witness) -> tuple[str, Span | None]:
            fault = self._shown(witness, "handoff", is_it)
            fields = joined([f"`{path_of(ref)}`" for ref in asked])
            said = {"queue": queue, "fields": fields, "channel": channel, "rule": fault.rule}
            message = (
                t(
                    "`{queue}` asks again for {fields}, which {channel} does not hand over: rule `{rule}`, "
                    "after {span}",
                    **said,
                    span=format_duration(fault.after),
                )
                if fault.after > timedelta(0)
                else t(
                    "`{queue}` asks again for {fields}, which {channel} does not hand over: rule `{rule}`, "
                    "at arrival",
                    **said,
                )
            )
            return message, self._queues[queue] or self._rules[fault.rule]

        together = gates.all(literals)
        wanted = together if self._space.possible([*self._about(), together]) is True else gates.any(literals)
        yield from self._one("handoff", queue, [*self._about(), wanted], self._shows("handoff", is_it), told)

    def _moved(self) -> Iterator[Found]:
        for found, where in moved(self._space, self._outcomes, self._witnesses, by_rule=True):
            kind: Kind = "unknown" if found.kind == "unknown" else "moved"
            rule = "" if found.witness is None else found.witness.decision.rule
            code, about = MAP_CODES["moved"], found.subject
            told = found.message, rule, found.witness, found.reason, found.takes, found.span
            yield Finding(kind, code, about, *told), where

    # ── contacts ──────────────────────────────────────────────────────────────

    def _about(self) -> list[int]:
        """Literals that hold of contacts without problems."""
        return self._witnesses.smaller.whole()

    def _one(
        self, kind: Kind, about: str, wanted: Sequence[int], check: Check, told: Told
    ) -> Iterator[Found]:
        """The finding of a fault with the smallest contact that shows it, if there is one."""
        witness = (
            self._witnesses.find(wanted, check, whole=True)
            if self._shown_small < _MOST_SMALL
            else self._witnesses.quick(wanted, check)
        )
        self._shown_small += 1
        if isinstance(witness, Unsettled):
            yield _unknown(kind, about, witness, None), self._space.gates.all(wanted)
        elif witness is not None:
            message, span = told(witness)
            finding = Finding(
                kind, MAP_CODES[kind], about, message, witness.decision.rule, witness, span=span
            )
            yield finding, self._space.gates.all(wanted)

    def _shows(self, kind: Kind, is_it: Callable[[Fault], bool]) -> Check:
        def shows(facts: Facts, decision: Decision) -> bool:
            return any(fault.kind == kind and is_it(fault) for fault in faults(self._policy, facts, decision))

        return shows

    def _shown(self, witness: Witness, kind: Kind, is_it: Callable[[Fault], bool]) -> Fault:
        found = faults(self._policy, self._witnesses.facts(witness), witness.decision)
        return next(fault for fault in found if fault.kind == kind and is_it(fault))


def all_unknown(policy: CheckedPolicy, why: Unsettled) -> Iterator[Finding]:
    """Yields that nothing is known of what goes wrong for contacts, by kind and name."""
    kinds: tuple[Kind, ...] = ("blind", "misplaced")
    for kind in kinds:
        for matter in policy.contact_map.matters:
            yield _unknown(kind, matter.name, why, matter.span)
    kinds = "loop", "handoff", "moved"
    for kind in kinds:
        yield _unknown(kind, policy.name, why, None)


def _unknown(kind: Kind, about: str, why: Unsettled, span: Span | None) -> Finding:
    message = {
        "blind": t(
            "whether some contact with `{about}` finds no channel that solves it is unknown", about=about
        ),
        "misplaced": t(
            "whether some contact with `{about}` is led to a channel that does not solve it is unknown",
            about=about,
        ),
        "loop": t("whether steps lead in a circle in `{about}` is unknown", about=about),
        "handoff": t("whether `{about}` asks again for what was told is unknown", about=about),
        "moved": t("whether contacts of `{about}` are moved to another channel is unknown", about=about),
    }[kind]
    return Finding("unknown", MAP_CODES[kind], about, message, reason=why.reason, takes=why.takes, span=span)
