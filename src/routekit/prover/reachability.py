"""What no contact can reach: segments, rules, arms, steps, offers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from routekit.diagnostics import Span
from routekit.policy import expressions as e
from routekit.policy.model import Offer, Rule, Segment, Step
from routekit.prover.blockers import Dead, Reasons
from routekit.prover.earlier_rules import EarlierRules
from routekit.prover.encoding.space import Space, Unsettled
from routekit.prover.gaps import table_gaps
from routekit.prover.outcome.outcome import Outcomes, Way
from routekit.prover.results import Finding, Kind
from routekit.prover.sat.formula import TRUE
from routekit.prover.unreached_cases import case_findings
from routekit.prover.witness import Witnesses
from routekit.schema.times import format_duration
from routekit.translation import msgid, t

__all__ = ["Unreached"]


class Unreached:
    """Looks at all that a contact should be able to reach; ``step`` is told what comes next."""

    def __init__(
        self, space: Space, outcomes: Outcomes, witnesses: Witnesses, step: Callable[[str], None]
    ) -> None:
        self.space = space
        self.policy = space.policy
        self.outcomes = outcomes
        self.witnesses = witnesses
        self.earlier = EarlierRules(space, outcomes)
        self.reasons = Reasons(space, outcomes, self.earlier)
        self._step = step
        self.ways = self._written_ways()
        """The ways of each rule by its name; those of a rule whose queue a field chooses are one."""
        self.places: dict[str, range] = {}
        """Where each rule stands: at several places where a field chooses its queue."""
        place = 0
        for rules in self.policy.written_rules():
            self.places[rules[0].name] = range(place, place + len(rules))
            place += len(rules)

    def _written_ways(self) -> dict[str, list[Way]]:
        found: dict[str, list[Way]] = {}
        for way in self.outcomes.ways:
            found.setdefault(way.rule.name, []).append(way)
        return {name: [self._joint(ways)] if ways[0].rule.chosen_by else ways for name, ways in found.items()}

    def _joint(self, ways: Sequence[Way]) -> Way:
        gates, first = self.space.gates, ways[0]
        wanted, decides = gates.any(way.wanted for way in ways), gates.any(way.decides for way in ways)
        return Way(first.rule, None, first.outcome, wanted, decides)

    def findings(self) -> Iterator[Finding]:
        yield from self._segments()
        yield from self._rules()
        yield from self._named_plans()
        yield from table_gaps(self.space, self.outcomes, self.witnesses)
        yield from case_findings(self.space, self.witnesses)
        yield from self._adjustments()
        yield from self._offers()

    def _impossible(
        self,
        possible: bool | Unsettled,
        kind: Kind,
        subject: str,
        span: Span | None,
        why: Callable[[], Dead],
    ) -> Iterator[Finding]:
        if possible is True:
            return
        if isinstance(possible, Unsettled):
            what = t(_WHAT[kind], subject=subject)
            message = t("whether {what} ever happens is unknown", what=what)
            yield Finding.left_open(subject, message, possible, span)
            return
        dead = why()
        yield Finding(
            kind,
            subject,
            t("{cannot}: {reason}", cannot=t(_CANNOT[kind], subject=subject), reason=dead.reason),
            dead.taken_by,
            span=span,
        )

    def _segments(self) -> Iterator[Finding]:
        for definition in self.policy.definitions:
            self._step(f"`{definition.name}`")
            if isinstance(definition, Segment):
                wanted = [self.space.true(e.SegmentRef(definition.name))]
                yield from self._impossible(
                    self.space.possible(wanted),
                    "empty-segment",
                    definition.name,
                    definition.span,
                    lambda: Dead(t("its condition can never be true")),
                )

    def is_reached(self, rule: Rule) -> bool | Unsettled:
        """Whether a rule decides of any contact."""
        reached = self.earlier.is_reached(self.places[rule.name])
        return reached if reached is not None else self.space.possible(self._first(self.ways[rule.name]))

    def _first(self, ways: Sequence[Way]) -> list[int]:
        """Literals that hold where a rule comes to one of some ways, and no earlier rule decides."""
        wanted = self.space.gates.any(way.wanted for way in ways)
        refusals = self.earlier.refusals(self.places[ways[0].rule.name])
        return list(dict.fromkeys([wanted, *refusals.values()]))

    def _rules(self) -> Iterator[Finding]:
        for rules in self.policy.written_rules():
            rule, places = rules[0], self.places[rules[0].name]
            self._step(t("rule {name}", name=rule.name))
            ways = self.ways[rule.name]
            kind: Kind = "unreachable-rule" if rule.table is None else "unreachable-row"
            found = list(
                self._impossible(
                    self.is_reached(rule),
                    kind,
                    rule.name,
                    rule.span,
                    lambda p=places: self.reasons.of_rule(p),  # type: ignore[misc]
                )
            )
            yield from found
            if not found:
                if len(ways) > 1:
                    for way in ways:
                        yield from self._arm(places, way)
                yield from self._plan(ways)

    def _arm(self, places: range, way: Way) -> Iterator[Finding]:
        yield from self._impossible(
            self.space.possible(self._first([way])),
            "unreachable-arm",
            f"{way.rule.name}` arm `{way.arm}",
            way.rule.span,
            lambda: self.reasons.of_arm(places, way),
        )

    def _plan(self, ways: Sequence[Way]) -> Iterator[Finding]:
        for way in ways:
            for step in way.outcome.plan:
                if step.plan is not None or self.outcomes.plans.there(step) == TRUE:
                    continue
                name, where = way.rule.name, f"`{way.rule.name}`"
                if way.arm is not None:
                    where = t("`{name}` arm {arm}", name=name, arm=way.arm)
                    name = f"{name}` arm `{way.arm}"
                if self.space.possible(self._first([way])) is not False:
                    yield from self._of_step([way.decides], name, step, where, way.rule.span)

    def _named_plans(self) -> Iterator[Finding]:
        """Steps of named plans that no contact has, whichever outcome adds them."""
        found = self.space.gates.gathered(
            ((step.plan.name, step), course.decides)
            for course in self.outcomes.plans.courses
            for step in course.outcome.plan
            if step.plan is not None
        )
        for (name, step), given in found.items():
            if self.outcomes.plans.there(step) != TRUE and self.space.possible([given]) is not False:
                yield from self._of_step([given], name, step, t("plan `{name}`", name=name), step.span)

    def _of_step(
        self, given: list[int], subject: str, step: Step, where: str, span: Span | None
    ) -> Iterator[Finding]:
        def why() -> Dead:
            plans = self.outcomes.plans
            if self.space.possible([*given, self.space.true(step.condition)]) is False:
                return Dead(t("its condition is never true for the contacts of {where}", where=where))
            if step.queue is not None and self.space.possible([*given, plans.is_open(step)]) is False:
                return Dead(
                    t(
                        "`{queue}` is always closed by then for the contacts of {where}",
                        queue=step.queue,
                        where=where,
                    )
                )
            if step.calendar is not None and self.space.possible([*given, plans.is_called(step)]) is False:
                return Dead(t("`{calendar}` never opens enough for its callback", calendar=step.calendar))
            return Dead(
                t("its condition and the hours exclude each other for the contacts of {where}", where=where)
            )

        yield from self._impossible(
            self.space.possible([*given, self.outcomes.plans.there(step)]),
            "unreachable-step",
            f"{subject}` step `after {format_duration(step.after)}",
            span,
            why,
        )

    def _adjustments(self) -> Iterator[Finding]:
        for adjustment in self.policy.adjustments:
            self._step(t("rule {name}", name=adjustment.name))
            yield from self._impossible(
                self.space.possible([self.space.true(adjustment.condition)]),
                "unreachable-adjustment",
                adjustment.name,
                adjustment.span,
                lambda: Dead(t("its condition can never be true")),
            )

    # ── offers ────────────────────────────────────────────────────────────────

    def _offers(self) -> Iterator[Finding]:
        for number, never in enumerate(self.policy.nevers, 1):
            self._step("never")
            yield from self._impossible(
                self.space.possible([self.space.true(never.condition)]),
                "unreachable-never",
                f"never {number}" if len(self.policy.nevers) > 1 else "never",
                never.span,
                lambda: Dead(t("its condition can never be true")),
            )
        for offer in self.policy.offers:
            self._step(t("offer {name}", name=offer.name))
            eligible = self.outcomes.eligible()[offer.name]
            found = list(
                self._impossible(
                    self.space.possible([eligible]),
                    "unreachable-offer",
                    offer.name,
                    offer.span,
                    lambda o=offer: self.reasons.of_offer(o),  # type: ignore[misc]
                )
            )
            yield from found
            if not found:
                yield from self._impossible(
                    self.space.possible([self.outcomes.shown()[offer.name]]),
                    "never-shown-offer",
                    offer.name,
                    offer.span,
                    lambda o=offer: self._hidden(o),  # type: ignore[misc]
                )

    def _hidden(self, offer: Offer) -> Dead:
        """Why an offer is never shown, as far as that is so."""
        dead = self.reasons.of_hidden(offer)
        clause = self.outcomes.as_far_as([self.outcomes.in_doubt.shown()[offer.name]])
        if not clause:
            return dead
        return replace(dead, reason=t("{reason}, {clause}", reason=dead.reason, clause=clause))


_CANNOT: dict[Kind, str] = {
    "unreachable-rule": msgid("rule `{subject}` can never decide"),
    "unreachable-row": msgid("row `{subject}` can never decide"),
    "unreachable-arm": msgid("rule `{subject}` can never be taken"),
    "unreachable-step": msgid("rule `{subject}` can never happen"),
    "unreachable-adjustment": msgid("rule `{subject}` of `adjust` can never apply"),
    "empty-segment": msgid("segment `{subject}` holds no contact"),
    "unreachable-never": msgid("`{subject}` can never hold"),
    "unreachable-offer": msgid("offer `{subject}` can never be eligible"),
    "never-shown-offer": msgid("offer `{subject}` can be eligible but is never shown"),
}
_WHAT: dict[Kind, str] = {
    "unreachable-rule": msgid("rule `{subject}`"),
    "unreachable-row": msgid("row `{subject}`"),
    "unreachable-arm": msgid("rule `{subject}`"),
    "unreachable-step": msgid("rule `{subject}`"),
    "unreachable-adjustment": msgid("rule `{subject}` of `adjust`"),
    "empty-segment": msgid("segment `{subject}`"),
    "unreachable-never": "`{subject}`",
    "unreachable-offer": msgid("offer `{subject}`"),
    "never-shown-offer": msgid("offer `{subject}`"),
}
