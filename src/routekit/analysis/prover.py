"""What a policy does to every contact: guarantees, and what nothing can reach."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TypeAlias

from routekit.analysis.gates import FALSE
from routekit.analysis.outcomes import Outcomes, Way
from routekit.analysis.results import Finding, Kind, Promise, Proof
from routekit.analysis.space import Space, Unsettled
from routekit.analysis.witness import Witness, Witnesses
from routekit.diagnostics import Span
from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import OTHERWISE, CheckedPolicy, Guarantee, Offer, Rule, Segment
from routekit.reference import Scope, holds
from routekit.schema.times import format_duration

__all__ = ["TIMEOUT", "Progress", "Prover", "deadline", "prove", "prove_guarantees"]

TIMEOUT = 60.0
"""Seconds for everything that is asked of one policy."""

Progress: TypeAlias = Callable[[int, int, str], None]
"""Told how much is done, of how much, and what is looked at."""

_MOST_NAMED = 6


def deadline(seconds: float) -> Callable[[], bool]:
    """Says whether the time is up."""
    until = monotonic() + seconds
    return lambda: monotonic() > until


def prove(policy: CheckedPolicy, *, timeout: float = TIMEOUT, progress: Progress | None = None) -> Proof:
    """Proves or refutes each guarantee, and finds what no contact can reach."""
    start = monotonic()
    prover = Prover(policy, deadline(timeout), progress or (lambda *_: None))
    promises = tuple(prover.guarantees())
    findings = tuple(prover.findings())
    return Proof(policy.name, policy.revision, promises, findings, prover.checked(), monotonic() - start)


def prove_guarantees(policy: CheckedPolicy, *, timeout: float = TIMEOUT) -> tuple[Promise, ...]:
    """Proves or refutes each guarantee, and looks for nothing else."""
    return tuple(Prover(policy, deadline(timeout), lambda *_: None).guarantees())


@dataclass(frozen=True, slots=True)
class _Dead:
    """Why something cannot happen: by itself, or since earlier rules take its contacts."""

    reason: str
    taken_by: tuple[str, ...] = ()


class Prover:
    """One policy made ready to be asked."""

    def __init__(self, policy: CheckedPolicy, late: Callable[[], bool], progress: Progress) -> None:
        self.policy = policy
        self.space = Space(policy, late)
        self.outcomes = Outcomes(self.space)
        self.outcomes.meet()
        self.outcomes.meet_ranking()
        for definition in policy.definitions:
            if isinstance(definition, Segment):
                self.space.meet(e.SegmentRef(definition.name))
        for guarantee in policy.guarantees:
            self.space.meet(guarantee.condition)
            self.outcomes.meet_promise(guarantee.promise)
        self._groups = {group.name: group for rule in policy.rules for group in rule.groups}
        for group in self._groups.values():
            self.space.meet(group.condition)
        self.space.close()
        self.outcomes.build()
        self.witnesses = Witnesses(self.space, self.outcomes)
        self._ways = self._written_ways()
        self._progress = progress
        self._done = 0
        self._all = (
            len(policy.guarantees)
            + len(policy.rule_names)
            + len(policy.definitions)
            + len(policy.adjustments)
            + len(policy.nevers)
            + len(policy.offers)
        )

    def _written_ways(self) -> dict[str, list[Way]]:
        """The ways of each rule, those of a rule whose queue a field chooses as one."""
        found: dict[str, list[Way]] = {}
        for way in self.outcomes.ways:
            found.setdefault(way.rule.name, []).append(way)
        return {name: [self._joint(ways)] if ways[0].rule.chosen_by else ways for name, ways in found.items()}

    def _joint(self, ways: Sequence[Way]) -> Way:
        gates, first = self.space.gates, ways[0]
        wanted, decides = gates.any(way.wanted for way in ways), gates.any(way.decides for way in ways)
        return Way(first.rule, None, first.outcome, wanted, decides)

    def _step(self, what: str) -> None:
        self._progress(self._done, self._all, what)
        self._done += 1

    def checked(self) -> tuple[tuple[str, int], ...]:
        policy = self.policy
        counts = (
            ("rules", sum(rule.table is None for rule, *_ in policy.written_rules()) - 1),
            ("rows", sum(rule.table is not None for rule, *_ in policy.written_rules())),
            ("arms", sum(way.arm is not None for way in self.outcomes.ways)),
            ("steps", sum(len(way.outcome.plan) for ways in self._ways.values() for way in ways)),
            ("segments", sum(isinstance(item, Segment) for item in policy.definitions)),
            ("adjustments", len(policy.adjustments)),
            ("offers", len(policy.offers)),
            ("nevers", len(policy.nevers)),
        )
        return tuple((what, count) for what, count in counts if count > 0)

    # ── guarantees ────────────────────────────────────────────────────────────

    def guarantees(self) -> Iterator[Promise]:
        for guarantee in self.policy.guarantees:
            self._step(f"guarantee {guarantee.name}")
            yield self._guarantee(guarantee)

    def _guarantee(self, guarantee: Guarantee) -> Promise:
        about = self.space.true(guarantee.condition)
        kept = self.outcomes.promise(guarantee.promise)[0]

        def breaks(facts: Facts, _: Decision) -> bool:
            return not holds(self.policy, guarantee, facts)

        found = self.witnesses.find([about, -kept], breaks)
        said = guarantee.name, guarantee.title
        if isinstance(found, Witness):
            return Promise(*said, "counterexample", found, span=guarantee.span)
        if isinstance(found, Unsettled):
            return Promise(*said, "unknown", None, found.reason, found.takes, guarantee.span)
        empty = guarantee.condition is not None and self.space.possible([about]) is False
        return Promise(
            *said, "proved", reason="no contact meets its `when`" if empty else "", span=guarantee.span
        )

    # ── what nothing reaches ──────────────────────────────────────────────────

    def findings(self) -> Iterator[Finding]:
        yield from self._segments()
        yield from self._rules()
        yield from self._gaps()
        yield from self._adjustments()
        yield from self._offers()

    def _impossible(
        self, wanted: Sequence[int], kind: Kind, subject: str, span: Span | None, why: Callable[[], _Dead]
    ) -> Iterator[Finding]:
        possible = self.space.possible(wanted)
        if possible is True:
            return
        if isinstance(possible, Unsettled):
            what = _WHAT[kind].format(subject=subject)
            yield Finding(
                "unknown",
                subject,
                f"whether {what} ever happens is unknown",
                reason=possible.reason,
                takes=possible.takes,
                span=span,
            )
            return
        dead = why()
        yield Finding(
            kind, subject, f"{_CANNOT[kind].format(subject=subject)}: {dead.reason}", dead.taken_by, span=span
        )

    def _segments(self) -> Iterator[Finding]:
        for definition in self.policy.definitions:
            self._step(f"`{definition.name}`")
            if isinstance(definition, Segment):
                wanted = [self.space.true(e.SegmentRef(definition.name))]
                yield from self._impossible(
                    wanted,
                    "empty-segment",
                    definition.name,
                    definition.span,
                    lambda: _Dead("its condition can never be true"),
                )

    def _rules(self) -> Iterator[Finding]:
        place = 0
        for rules in self.policy.written_rules():
            rule, places = rules[0], range(place, place + len(rules))
            place = places.stop
            self._step(f"rule {rule.name}")
            ways = self._ways[rule.name]
            if rule.name == OTHERWISE:
                yield from self._plan(ways)
                continue
            kind: Kind = "unreachable-rule" if rule.table is None else "unreachable-row"
            decides = self.space.gates.any(way.decides for way in ways)
            found = list(
                self._impossible(
                    [decides],
                    kind,
                    rule.name,
                    rule.span,
                    lambda p=places, r=rule: self._why_dead(p, r),  # type: ignore[misc]
                )
            )
            yield from found
            if not found:
                if len(ways) > 1:
                    for way in ways:
                        yield from self._arm(places.start, way)
                yield from self._plan(ways)

    def _arm(self, place: int, way: Way) -> Iterator[Finding]:
        yield from self._impossible(
            [way.decides],
            "unreachable-arm",
            f"{way.rule.name}` arm `{way.arm}",
            way.rule.span,
            lambda: self._why_no_arm(place, way),
        )

    def _why_no_arm(self, place: int, way: Way) -> _Dead:
        if self.space.possible([way.wanted]) is False:
            rule = way.rule
            if way.wanted == FALSE:
                return _Dead("its share is 0%")
            opens = self.outcomes.open(way.outcome.queue)
            if self.space.possible([self.outcomes.conditions[place], opens]) is False:
                return _Dead(
                    f"`{way.outcome.queue}` is never open when the condition of `{rule.name}` is true"
                )
            return _Dead("no key of such a contact falls on it")
        return self._taken_by([way.wanted], place)

    def _why_dead(self, places: range, rule: Rule) -> _Dead:
        gates, outcomes = self.space.gates, self.outcomes
        taken = gates.any(outcomes.taken[place] for place in places)
        dead = self._taken_by([taken], places.start)
        if dead.taken_by:
            return dead
        if self.space.possible([gates.any(outcomes.conditions[place] for place in places)]) is False:
            own = rule.own is None or self.space.possible([self.space.true(rule.own)]) is not False
            if rule.groups and own:
                return _Dead(f"its condition can never be true within `{rule.groups[-1].name}`")
            return _Dead("its condition can never be true")
        if self.space.possible([taken]) is False:
            ways = (way for way in self.outcomes.ways if way.rule.name == rule.name)
            queues = sorted({way.outcome.queue for way in ways})
            verb = "is" if len(queues) == 1 else "are"
            return _Dead(f"{_names(queues)} {verb} never open when its condition is true")
        return dead

    def _taken_by(self, wanted: Sequence[int], place: int) -> _Dead:
        earlier = [-self.outcomes.taken[number] for number in range(place)]
        culprits = [literal for literal in dict.fromkeys(earlier) if literal not in (FALSE, -FALSE)]
        names: list[str] = []
        if FALSE in earlier:
            names = [self.policy.rules[earlier.index(FALSE)].name]
        else:
            core = set(self.space.core(wanted, culprits))
            seen: set[int] = set()
            for number, literal in enumerate(earlier):
                if literal in core and literal not in seen:
                    seen.add(literal)
                    names.append(self.policy.rules[number].name)
        names = list(dict.fromkeys(names))
        verb = "takes" if len(names) == 1 else "take"
        return _Dead(f"{_names(names)} {verb} all its contacts", tuple(names))

    def _plan(self, ways: Sequence[Way]) -> Iterator[Finding]:
        for way in ways:
            for step in way.outcome.plan:
                if step.queue is None or self.policy.queues[step.queue].calendar is None:
                    continue
                opens = self.outcomes.open(step.queue, step.after)
                where = f"`{way.rule.name}`" if way.arm is None else f"`{way.rule.name}` arm {way.arm}"
                queue = step.queue
                if self.space.possible([way.decides]) is False:
                    continue
                yield from self._impossible(
                    [way.decides, opens],
                    "unreachable-step",
                    f"{way.rule.name}` step `after {format_duration(step.after)}",
                    way.rule.span,
                    lambda w=where, q=queue: _Dead(f"`{q}` is always closed by then for the contacts of {w}"),  # type: ignore[misc]
                )

    def _gaps(self) -> Iterator[Finding]:
        """Tables with no rule behind them but ``otherwise``."""
        rules = self.policy.rules[:-1]
        if not rules or rules[-1].table is None:
            return
        table = rules[-1].table
        places = [place for place, rule in enumerate(rules) if rule.table == table]
        gates = self.space.gates
        free = [-self.outcomes.taken[place] for place in range(places[0])]
        inside = [self.space.true(group.condition) for group in rules[-1].groups]
        unmatched = [-self.space.true(rules[place].own) for place in places]
        names = {rules[place].name for place in places}

        def falls(_: Facts, decision: Decision) -> bool:
            return decision.rule == OTHERWISE and decision.rule not in names

        wanted = [gates.all([*free, *inside, *unmatched])]
        found = self.witnesses.find(wanted, falls, whole=True)
        span = rules[places[0]].span
        if isinstance(found, Witness):
            yield Finding(
                "gap",
                table,
                f"table `{table}` has a gap: no row is for such a contact, and `otherwise` takes it",
                witness=found,
                span=span,
            )
        elif isinstance(found, Unsettled):
            yield Finding(
                "unknown",
                table,
                f"whether table `{table}` has a gap is unknown",
                reason=found.reason,
                takes=found.takes,
                span=span,
            )

    def _adjustments(self) -> Iterator[Finding]:
        for adjustment in self.policy.adjustments:
            self._step(f"rule {adjustment.name}")
            yield from self._impossible(
                [self.space.true(adjustment.condition)],
                "unreachable-adjustment",
                adjustment.name,
                adjustment.span,
                lambda: _Dead("its condition can never be true"),
            )

    # ── offers ────────────────────────────────────────────────────────────────

    def _offers(self) -> Iterator[Finding]:
        for number, never in enumerate(self.policy.nevers, 1):
            self._step("never")
            yield from self._impossible(
                [self.space.true(never.condition)],
                "unreachable-never",
                f"never {number}" if len(self.policy.nevers) > 1 else "never",
                never.span,
                lambda: _Dead("its condition can never be true"),
            )
        for offer in self.policy.offers:
            self._step(f"offer {offer.name}")
            eligible = self.outcomes.eligible()[offer.name]
            found = list(
                self._impossible(
                    [eligible],
                    "unreachable-offer",
                    offer.name,
                    offer.span,
                    lambda o=offer: self._why_no_offer(o),  # type: ignore[misc]
                )
            )
            yield from found
            if not found:
                yield from self._impossible(
                    [self.outcomes.shown()[offer.name]],
                    "never-shown-offer",
                    offer.name,
                    offer.span,
                    lambda o=offer: self._why_not_shown(o),  # type: ignore[misc]
                )

    def _why_no_offer(self, offer: Offer) -> _Dead:
        space, gates = self.space, self.space.gates
        condition = space.true(offer.condition)
        if space.possible([condition]) is False:
            return _Dead("its condition can never be true")
        if any(cap.most == 0 for cap in offer.caps):
            return _Dead("its cap allows none")
        nevers = [-space.true(never.condition) for never in self.policy.nevers]
        if space.possible([condition, *nevers]) is False:
            return _Dead("a `never` is true of all its contacts")
        if offer.channels is not None:
            channels = self.outcomes.part("channel")
            on = gates.any(channels.get(channel, FALSE) for channel in sorted(offer.channels))
            if space.possible([condition, on]) is False:
                return _Dead(
                    f"no contact for whom its condition is true is served on {_names(sorted(offer.channels))}"
                )
        return _Dead("its condition, its channels and every `never` are never met at once")

    def _why_not_shown(self, offer: Offer) -> _Dead:
        if self.policy.show == 0:
            return _Dead("`show 0` shows none")
        eligible = self.outcomes.eligible()
        better = [
            other.name
            for number, other in enumerate(self.policy.offers)
            if other is not offer
            and self.space.possible(
                [
                    eligible[offer.name],
                    -self.space.gates.both(
                        eligible[other.name],
                        self.outcomes.beats(other, offer, number < self.policy.offers.index(offer)),
                    ),
                ]
            )
            is False
        ]
        shown = f"`show {self.policy.show}`"
        if better:
            verb = "is" if len(better) == 1 else "are"
            return _Dead(
                f"{_names(better)} {verb} always eligible too and worth as much or more; {shown} ends there",
                tuple(better),
            )
        return _Dead(f"others are always worth more, and {shown} ends there")


_CANNOT: dict[Kind, str] = {
    "unreachable-rule": "rule `{subject}` can never decide",
    "unreachable-row": "row `{subject}` can never decide",
    "unreachable-arm": "rule `{subject}` can never be taken",
    "unreachable-step": "rule `{subject}` can never happen",
    "unreachable-adjustment": "rule `{subject}` of `adjust` can never apply",
    "empty-segment": "segment `{subject}` holds no contact",
    "unreachable-never": "`{subject}` can never hold",
    "unreachable-offer": "offer `{subject}` can never be eligible",
    "never-shown-offer": "offer `{subject}` can be eligible but is never shown",
}
_WHAT: dict[Kind, str] = {
    "unreachable-rule": "rule `{subject}`",
    "unreachable-row": "row `{subject}`",
    "unreachable-arm": "rule `{subject}`",
    "unreachable-step": "rule `{subject}`",
    "unreachable-adjustment": "rule `{subject}` of `adjust`",
    "empty-segment": "segment `{subject}`",
    "unreachable-never": "`{subject}`",
    "unreachable-offer": "offer `{subject}`",
    "never-shown-offer": "offer `{subject}`",
}


def _names(names: Sequence[str]) -> str:
    quoted = [f"`{name}`" for name in names[:_MOST_NAMED]]
    if len(names) > _MOST_NAMED:
        return f"{', '.join(quoted)} and {len(names) - _MOST_NAMED} more"
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def meets(scope: Scope, condition: e.Expr | None) -> bool:
    """Whether a contact meets a condition."""
    return scope.is_true(condition)
