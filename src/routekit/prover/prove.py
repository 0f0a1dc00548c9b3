"""What a policy does to every contact: guarantees, and what nothing can reach."""

from collections.abc import Callable, Iterator
from time import monotonic
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy, Guarantee, Segment
from routekit.prover.encoding.space import TIME_UP, Space, Unsettled
from routekit.prover.limits import TIMEOUT, YEARS, Deadline, TimeUpError, Years, checked_years
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.reachability import Unreached
from routekit.prover.results import Finding, Promise, Proof
from routekit.prover.supported import TAKES, unsupported
from routekit.prover.unreached_cases import register_cases
from routekit.prover.witness import Witness, Witnesses
from routekit.reference import Scope

__all__ = ["TIMEOUT", "Progress", "Prover", "prove", "prove_guarantees"]

Progress: TypeAlias = Callable[[int, int, str], None]
"""Told how much is done, of how much, and what is looked at."""


def prove(
    policy: CheckedPolicy,
    *,
    timeout: float = TIMEOUT,
    progress: Progress | None = None,
    years: Years = YEARS,
) -> Proof:
    """Proves or refutes each guarantee, and finds what no contact can reach."""
    start = monotonic()
    years = checked_years(years)
    prover = _prover(policy, timeout, progress or (lambda *_: None), years)
    if isinstance(prover, Unsettled):
        open_ = _unknown(policy, prover), (_open(policy, prover),), ()
        return Proof(policy.name, policy.revision, *open_, monotonic() - start, years)
    promises, findings = tuple(prover.guarantees()), tuple(prover.findings())
    checked = prover.checked()
    return Proof(policy.name, policy.revision, promises, findings, checked, monotonic() - start, years)


def prove_guarantees(
    policy: CheckedPolicy, *, timeout: float = TIMEOUT, years: Years = YEARS
) -> tuple[Promise, ...]:
    """Proves or refutes each guarantee, and looks for nothing else."""
    prover = _prover(policy, timeout, lambda *_: None, checked_years(years))
    return _unknown(policy, prover) if isinstance(prover, Unsettled) else tuple(prover.guarantees())


def _prover(policy: CheckedPolicy, timeout: float, progress: Progress, years: Years) -> "Prover | Unsettled":
    reason = unsupported(policy)
    if reason is not None:
        return Unsettled(reason, TAKES)
    try:
        return Prover(policy, Deadline(timeout), progress, years)
    except TimeUpError:
        return TIME_UP


def _unknown(policy: CheckedPolicy, why: Unsettled) -> tuple[Promise, ...]:
    return tuple(
        Promise(item.name, item.title, "unknown", None, why.reason, why.takes, item.span)
        for item in policy.guarantees
    )


def _open(policy: CheckedPolicy, why: Unsettled) -> Finding:
    message = f"what of `{policy.name}` can never be reached is unknown"
    return Finding("unknown", policy.name, message, reason=why.reason, takes=why.takes)


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
        for definition in policy.definitions:
            if isinstance(definition, Segment):
                self.space.register(e.SegmentRef(definition.name))
        register_cases(self.space)
        for guarantee in policy.guarantees:
            self.space.register(guarantee.condition)
            self.outcomes.register_promise(guarantee.promise)
        groups = {group.name: group for rule in policy.rules for group in rule.groups}
        for group in groups.values():
            self.space.register(group.condition)
        self.space.close()
        self.outcomes.build()
        self.witnesses = Witnesses(self.space, self.outcomes)
        self.unreached = Unreached(self.space, self.outcomes, self.witnesses, self._step)
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
            self._step(f"guarantee {guarantee.name}")
            yield self._guarantee(guarantee)

    def _guarantee(self, guarantee: Guarantee) -> Promise:
        about = self.space.true(guarantee.condition)
        kept = self.outcomes.promise(guarantee.promise)[0]

        def breaks(facts: Facts, decision: Decision) -> bool:
            scope = Scope(self.policy, facts, decision)
            return scope.is_true(guarantee.condition) and not scope.is_true(guarantee.promise)

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
        yield from self.unreached.findings()
