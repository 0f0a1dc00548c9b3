"""What a policy does to every contact: guarantees, and what nothing can reach."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from time import monotonic
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy, Guarantee, Held, Segment, Step
from routekit.policy.outcome_parts import PART, saying
from routekit.policy.outcomes import outcome_of
from routekit.prover.encoding.space import Space, Unsettled, time_up
from routekit.prover.limits import TIMEOUT, YEARS, Deadline, TimeUpError, Years, checked_years
from routekit.prover.moved import moved, register_moved
from routekit.prover.outcome.offers import speaks_of_offers
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.overlaps import overlaps
from routekit.prover.reachability import Unreached
from routekit.prover.redundancy import redundancies
from routekit.prover.results import Finding, Promise, Proof
from routekit.prover.supported import TAKES, unsupported
from routekit.prover.unreached_cases import register_cases
from routekit.prover.witness import Witness, Witnesses
from routekit.reference import first_break
from routekit.schema.times import format_duration
from routekit.translation import t

__all__ = ["TIMEOUT", "Progress", "Prover", "prove", "prove_guarantees"]

Progress: TypeAlias = Callable[[int, int, str], None]
"""Told how much is done, of how much, and what is looked at."""


def prove(
    policy: CheckedPolicy,
    *,
    timeout: float = TIMEOUT,
    progress: Progress | None = None,
    years: Years = YEARS,
    with_overlaps: bool = False,
    with_redundant: bool = False,
) -> Proof:
    """Proves or refutes each guarantee, and finds what no contact can reach; and what else is asked for."""
    start = monotonic()
    years = checked_years(years)
    prover = _prover(policy, timeout, progress or (lambda *_: None), years)
    if isinstance(prover, Unsettled):
        open_ = _unknown(policy.guarantees, prover), (_open(policy, prover),), ()
        return Proof(policy.name, policy.revision, *open_, monotonic() - start, years, saying(policy))
    promises, findings = tuple(prover.guarantees()), list[Finding]()
    try:
        findings += prover.findings()
        if with_overlaps:
            findings += overlaps(prover.space, prover.outcomes, prover.witnesses)
        if with_redundant:
            findings += redundancies(prover.space, prover.outcomes)
    except TimeUpError:
        findings.append(_open(policy, time_up()))
    found = promises, tuple(findings), prover.checked()
    return Proof(policy.name, policy.revision, *found, monotonic() - start, years, saying(policy))


def prove_guarantees(
    policy: CheckedPolicy, *, timeout: float = TIMEOUT, years: Years = YEARS
) -> tuple[Promise, ...]:
    """Proves or refutes each guarantee, and looks for nothing else."""
    prover = _prover(policy, timeout, lambda *_: None, checked_years(years))
    return (
        _unknown(policy.guarantees, prover) if isinstance(prover, Unsettled) else tuple(prover.guarantees())
    )


def _prover(policy: CheckedPolicy, timeout: float, progress: Progress, years: Years) -> "Prover | Unsettled":
    reason = unsupported(policy)
    if reason is not None:
        return Unsettled(reason, t(TAKES))
    try:
        return Prover(policy, Deadline(timeout), progress, years)
    except TimeUpError:
        return time_up()


def _unknown(guarantees: Iterable[Guarantee], why: Unsettled) -> tuple[Promise, ...]:
    return tuple(
        Promise(item.name, item.title, "unknown", None, why.reason, why.takes, item.span)
        for item in guarantees
    )


def _open(policy: CheckedPolicy, why: Unsettled) -> Finding:
    message = t("what of `{name}` can never be reached is unknown", name=policy.name)
    return Finding.left_open(policy.name, message, why)


class Prover:
    """One policy made ready to be asked."""

    def __init__(
        self, policy: CheckedPolicy, deadline: Deadline, progress: Progress, years: Years = YEARS
    ) -> None:
        """Raises ``TimeUpError`` when the time is up."""
        self.policy = policy
        self.space = Space(policy, deadline, years=years)
        self.outcomes = Outcomes(self.space)
        self.outcomes.register()
        self.outcomes.register_ranking()
        register_moved(self.outcomes)
        for definition in policy.definitions:
            if isinstance(definition, Segment):
                self.space.register(e.SegmentRef(definition.name))
        register_cases(self.space)
        for guarantee in policy.guarantees:
            self.outcomes.register_guarantee(guarantee)
        groups = {group.name: group for rule in policy.rules for group in rule.groups}
        for group in groups.values():
            self.space.register(group.condition)
        self.space.close()
        self.outcomes.build()
        self.witnesses = Witnesses(self.space, self.outcomes)
        self.unreached = Unreached(self.space, self.outcomes, self.witnesses, self._step)
        self._proved: list[Guarantee] = []
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

    def _step(self, what: str) -> None:
        self._progress(self._done, self._all, what)
        self._done += 1

    def checked(self) -> tuple[tuple[str, int], ...]:
        policy = self.policy
        counts = (
            ("rules", sum(rule.table is None for rule, *_ in policy.written_rules()) - 1),
            ("rows", sum(rule.table is not None for rule, *_ in policy.written_rules())),
            ("arms", sum(way.arm is not None for way in self.outcomes.ways)),
            ("steps", sum(len(way.outcome.plan) for ways in self.unreached.ways.values() for way in ways)),
            ("segments", sum(isinstance(item, Segment) for item in policy.definitions)),
            ("adjustments", len(policy.adjustments)),
            ("offers", len(policy.offers)),
            ("nevers", len(policy.nevers)),
        )
        return tuple((what, count) for what, count in counts if count > 0)

    # ── guarantees ────────────────────────────────────────────────────────────

    def guarantees(self) -> Iterator[Promise]:
        for guarantee in self.policy.guarantees:
            self._step(t("guarantee {name}", name=guarantee.name))
            try:
                yield self._guarantee(guarantee)
            except TimeUpError:
                yield from _unknown((guarantee,), time_up())

    def _guarantee(self, guarantee: Guarantee) -> Promise:
        about = self.space.true(guarantee.condition)
        kept = self.outcomes.kept(guarantee)

        def breaks(facts: Facts, decision: Decision) -> bool:
            return first_break(self.policy, guarantee, facts, decision) is not None

        found = self.witnesses.find([about, -kept], breaks)
        said = guarantee.name, guarantee.title
        if isinstance(found, Witness):
            return Promise(*said, "counterexample", found, span=guarantee.span)
        if isinstance(found, Unsettled):
            return Promise(*said, "unknown", None, found.reason, found.takes, guarantee.span)
        self._proved.append(guarantee)
        return Promise(*said, "proved", reason=self._as_far_as(guarantee, about), span=guarantee.span)

    def _as_far_as(self, guarantee: Guarantee, about: int) -> str:
        """What is to be told of a guarantee that holds."""
        if guarantee.condition is not None and self.space.possible([about]) is False:
            return t("no contact meets its `when`")
        if not speaks_of_offers(guarantee.promise):
            return ""
        return self.outcomes.as_far_as([about, -self.outcomes.in_doubt.kept(guarantee)])

    # ── what nothing reaches ──────────────────────────────────────────────────

    def broken_later(self) -> Iterator[Finding]:
        """Yields the guarantees that hold at arrival, as is proved, and are broken by a step."""
        for guarantee in self._proved:
            if not guarantee.held.at_arrival or not _is_changed_by_steps(guarantee.promise):
                continue
            throughout = replace(guarantee, held=Held(throughout=True))

            def breaks(facts: Facts, decision: Decision, item: Guarantee = throughout) -> bool:
                return first_break(self.policy, item, facts, decision) is not None

            about = self.space.true(guarantee.condition)
            broken = self.outcomes.plans.broken(guarantee.promise)
            found = self.witnesses.find([about, broken], breaks)
            subject = guarantee.name
            if isinstance(found, Witness):
                step = self._breaking_step(throughout, found)
                of = "" if step.plan is None else t(" of the plan `{plan}`", plan=step.plan)
                when = format_duration(step.after)
                message = t(
                    "guarantee `{subject}` holds at arrival; broken after {when} by a step{of}",
                    subject=subject,
                    when=when,
                    of=of,
                )
                yield Finding("broken-later", subject, message, witness=found, span=guarantee.span)
            elif isinstance(found, Unsettled):
                message = t("whether a step breaks the guarantee `{subject}` is unknown", subject=subject)
                yield Finding.left_open(subject, message, found, guarantee.span)

    def _breaking_step(self, guarantee: Guarantee, witness: Witness) -> Step:
        """The step after which a contact's guarantee is broken first."""
        facts = self.witnesses.facts(witness)
        moment = first_break(self.policy, guarantee, facts, witness.decision)
        assert moment is not None
        steps = outcome_of(self.policy)(witness.decision).plan
        return next(step for step in steps if step.after == moment.after)

    def findings(self) -> Iterator[Finding]:
        yield from self.broken_later()
        yield from self.unreached.findings()
        # the last, since what it asks would burden all other questions
        yield from (finding for finding, _ in moved(self.space, self.outcomes, self.witnesses))


def _is_changed_by_steps(promise: e.Expr) -> bool:
    """Whether a promise speaks of what steps of a plan change."""
    parts = {part.part for part in e.parts(promise) if isinstance(part, e.OutcomeRef)}
    if any(isinstance(part, e.IsAssisted) for part in e.parts(promise)):
        parts.add("channel")
    return any(name == "channel" or PART[name].in_step for name in parts)
