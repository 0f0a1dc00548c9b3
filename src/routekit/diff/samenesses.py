"""Proves that contacts which differ in some fields alone are treated the same, or shows two that are not.

The policy is compared with itself over contacts that are read twice, each time with other values of these
fields; values that are worked out of them vary with them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from routekit.diff.changed_parts import Parts, Side
from routekit.diff.declarations import in_one_line
from routekit.diff.joined_fields import AFTER, fields_apart, raw_name
from routekit.diff.joined_policy import Joined, Names, join
from routekit.diff.results import Became, Kept, Open, PromiseChange
from routekit.intake import Intake
from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy, Sameness
from routekit.policy.references import declared, defined, parts_through
from routekit.prover.domains.terms import NOON
from routekit.prover.encoding.space import Space, Unsettled, time_up
from routekit.prover.limits import Deadline, TimeUpError, Years, checked_years
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.results import Promise
from routekit.prover.supported import TAKES, unsupported
from routekit.prover.witness import Check, Pair, Witness, Witnesses
from routekit.reference import Scope, decide
from routekit.schema.types import Value
from routekit.translation import t

__all__ = ["compare_samenesses", "prove_samenesses"]

_DATA = "data."
_KEPT: Mapping[str, Kept] = {"proved": "kept", "counterexample": "broken"}


def prove_samenesses(policy: CheckedPolicy, *, timeout: float, years: Years) -> tuple[Promise, ...]:
    """Proves or refutes each, over pairs of contacts without problems."""
    return tuple(_prove(policy, item, Deadline(timeout), checked_years(years)) for item in policy.samenesses)


def compare_samenesses(
    joined: Joined,
    policies: tuple[CheckedPolicy, CheckedPolicy],
    deadline: Deadline,
    years: Years,
    *,
    is_same: bool,
) -> tuple[tuple[PromiseChange, ...], tuple[Open, ...]]:
    """Lists those that changed, or that one version alone keeps, each proved of the policy itself.

    ``is_same``: it is proved that every contact is treated as before.
    """
    promises = _Changes(joined, policies, deadline, years, is_same)
    changes = tuple(promises.changes())
    return changes, tuple(promises.open)


class _Changes:
    def __init__(
        self,
        joined: Joined,
        policies: tuple[CheckedPolicy, CheckedPolicy],
        deadline: Deadline,
        years: Years,
        is_same: bool,
    ) -> None:
        self._policies, self._deadline, self._years = policies, deadline, years
        self._shared, self._is_same = joined.shared, is_same
        self._was, self._is = ({item.name: item for item in policy.samenesses} for policy in policies)
        self.open: list[Open] = []

    def changes(self) -> Iterator[PromiseChange]:
        for name in dict.fromkeys((*self._was, *self._is)):
            was, is_ = self._was.get(name), self._is.get(name)
            if is_ is None:
                assert was is not None
                yield self._change(was, None, "removed", *self._noted(1, was))
            elif was is None:
                yield self._change(None, is_, "added", *self._noted(1, is_))
            elif replace(was, title=is_.title) != is_:
                yield self._change(was, is_, "changed", *self._noted(1, is_))
            else:
                yield from self._in_both(was, is_)

    def _in_both(self, was: Sameness, is_: Sameness) -> Iterator[PromiseChange]:
        if self._is_same and self._is_read_alike(is_) and "rule" not in is_.parts:
            return
        (now, witness), (before, _) = self._noted(1, is_), self._noted(0, was)
        if now == "broken" and before == "kept":
            yield self._change(was, is_, "broken", now, witness)
        elif now == "kept" and before == "broken":
            yield self._change(was, is_, "kept", now, None)

    def _is_read_alike(self, item: Sameness) -> bool:
        """Whether both versions read the same of all that a promise speaks of."""
        old, new = self._policies
        about = [] if item.condition is None else [*e.parts(item.condition)]
        if any(part.name not in self._shared for part in about if isinstance(part, e.SegmentRef | e.LetRef)):
            return False
        about = [*parts_through(about, defined(new))]
        fields = [declared(policy) for policy in self._policies]
        read = [*(varied.ref for varied in item.varied)]
        read += [part for part in about if isinstance(part, e.FieldRef | e.SignalRef)]
        calendars = {part.calendar for part in about if isinstance(part, e.CalendarOpen)}
        data = {f"{_DATA}{field.name}" for field in new.data if field in old.data}
        return (
            old.timezone == new.timezone
            and all(old.calendars.get(name) == new.calendars.get(name) for name in calendars)
            and all(fields[0].get(ref) == fields[1].get(ref) is not None for ref in read)
            and all(part in data for part in item.parts if part.startswith(_DATA))
        )

    def _noted(self, side: int, item: Sameness) -> tuple[Kept, Witness | None]:
        """Whether a version keeps a promise, its own or the other's."""
        policy = self._policies[side]
        if item in policy.samenesses or self._is_read_alike(item):
            answer = _prove(policy, item, self._deadline, self._years)
        else:
            reason = t("it speaks of what only one of the versions declares, or declares otherwise")
            takes = t("the change of what it speaks of made apart from the other changes")
            answer = Promise(item.name, item.title, "unknown", None, reason, takes)
        now = _KEPT.get(answer.answer, "unknown")
        if now == "unknown":
            why = Unsettled(answer.reason, answer.takes)
            self.open.append(Open(t("guarantee {name}", name=item.name), why))
        return now, answer.witness

    def _change(
        self, was: Sameness | None, is_: Sameness | None, kind: Became, now: Kept, witness: Witness | None
    ) -> PromiseChange:
        said = is_ or was
        assert said is not None
        before, after = ("" if item is None else in_one_line(item.span) for item in (was, is_))
        return PromiseChange(said.name, said.title, kind, before, after, now, witness)


def _prove(policy: CheckedPolicy, item: Sameness, deadline: Deadline, years: Years) -> Promise:
    reason = unsupported(policy)
    try:
        found = Unsettled(reason, t(TAKES)) if reason is not None else _find(policy, item, deadline, years)
    except TimeUpError:
        found = time_up()
    said = item.name, item.title
    if isinstance(found, Witness):
        return Promise(*said, "counterexample", found, span=item.span)
    if isinstance(found, Unsettled):
        return Promise(*said, "unknown", None, found.reason, found.takes, item.span)
    return Promise(*said, "proved", span=item.span)


def _find(
    policy: CheckedPolicy, item: Sameness, deadline: Deadline, years: Years
) -> Witness | Unsettled | None:
    joined = join(policy, policy, fields_apart(policy, [varied.ref for varied in item.varied]))
    if joined.limits:
        return joined.limits[0]
    fields = joined.fields
    space = Space(joined.policy, deadline, fields.fields, fields.guards, years=years)
    one = Outcomes(space, joined.old, joined.inbound[0])
    other = Outcomes(space, joined.new, joined.inbound[1], one.caps)
    parts = Parts(space, Side(policy, one), Side(policy, other))
    for outcomes in (one, other):
        outcomes.register()
        outcomes.register_ranking()
    parts.register()
    asked: list[e.Expr] = []
    for said, leaves in ((joined.old, fields.old), (joined.new, fields.new)):
        names = {
            mine.name: theirs.name for mine, theirs in zip(policy.definitions, said.definitions, strict=True)
        }
        inside = Names(leaves, names)
        asked += [inside.put_in(item.condition)] if item.condition is not None else []
        asked += [
            e.InSet(leaves[varied.ref], varied.values) for varied in item.varied if varied.values is not None
        ]
    for test in asked:
        space.register(test)
    space.close()
    one.build()
    other.build()
    differs = space.gates.any(parts.differs_in(part) for part in item.parts)
    pairs = _Pairs(space, one, policy)
    return pairs.find(
        [*(space.true(test) for test in asked), differs], _breaks(policy, item, pairs), whole=True
    )


class _Pairs(Witnesses):
    """Pairs of contacts, written as one with some values twice."""

    def __init__(self, space: Space, outcomes: Outcomes, policy: CheckedPolicy) -> None:
        super().__init__(space, outcomes)
        self.mine = policy
        self.read = Intake(policy).read
        self.clock = NOON
        self._varied = [ref for ref in space.fields if _is_second(ref)]

    def tried(self, contact: Mapping[str, object], now: datetime | None, check: Check) -> Witness | None:
        first, second = (_one_of(contact, other=other, varied=self._varied) for other in (False, True))
        self.clock = now or self.space.noon
        facts = self.read(first, self.clock), self.read(second, self.clock)
        decisions = [decide(self.mine, each) for each in facts]
        pair = Pair(first, now, decisions[0], second, decisions[1])
        if any(each.problems for each in facts) or not check(facts[0], pair):  # type: ignore[arg-type]
            return None
        return pair

    def _timeless(self, witness: Witness, check: Check) -> Witness:  # noqa: ARG002 - both are said as found
        return witness


def _is_second(ref: object) -> bool:
    name = ref.field if isinstance(ref, e.FieldRef) else ref.signal if isinstance(ref, e.SignalRef) else ""
    return name.endswith(AFTER)


def _one_of(contact: Mapping[str, object], *, other: bool, varied: Sequence[object]) -> dict[str, object]:
    """The first contact of a pair, or the other one."""
    found: dict[str, object] = {}
    for key, part in contact.items():
        if not isinstance(part, dict):
            found[key] = part
            continue
        if key == "live":
            found[key] = _one_of(part, other=other, varied=varied)
            continue
        twice = {
            raw_name(ref.field if isinstance(ref, e.FieldRef) else ref.signal)
            for ref in varied
            if (isinstance(ref, e.FieldRef) and ref.record == key)
            or (isinstance(ref, e.SignalRef) and ref.queue == key)
        }
        found[key] = {
            raw_name(name): value
            for name, value in part.items()
            if raw_name(name) not in twice or (name.endswith(AFTER) is other)
        }
    return found


def _breaks(policy: CheckedPolicy, item: Sameness, pairs: _Pairs) -> Callable[[Facts, Decision], bool]:
    def breaks(facts: Facts, pair: object) -> bool:
        assert isinstance(pair, Pair)
        assert pair.other_decision is not None
        second = pairs.read(pair.other, pairs.clock)
        for each in (facts, second):
            if not Scope(policy, each).is_true(item.condition):
                return False
            if any(one.values is not None and _value(each, one.ref) not in one.values for one in item.varied):
                return False
        return any(_part(pair.decision, name) != _part(pair.other_decision, name) for name in item.parts)

    return breaks


def _value(facts: Facts, ref: e.FieldRef | e.SignalRef) -> Value | None:
    if isinstance(ref, e.FieldRef):
        return facts.fields[ref.record, ref.field]
    return facts.signals[ref.queue, ref.signal]


def _part(decision: Decision, name: str) -> object:
    owner, _, declared = name.partition(".")
    return decision.data[declared] if declared else getattr(decision, owner)
