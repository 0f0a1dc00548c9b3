"""Looks for every way in which two policies treat a contact differently, until none is left."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain
from time import monotonic

from routekit.diff.affected_rules import Affected, affected
from routekit.diff.align_rules import (
    align,
    changed_in_text,
    finishing,
    is_same_text,
    lemma,
    names_changed,
    notes_of,
)
from routekit.diff.changed_parts import Parts, Side
from routekit.diff.changes import ASPECTS, Change, Comparer, Key
from routekit.diff.declared_parts import not_alike
from routekit.diff.describe import Descriptions
from routekit.diff.edits import find_edits
from routekit.diff.guarantees import compare_guarantees, promises_are_same
from routekit.diff.joined_fields import as_it_comes
from routekit.diff.joined_policy import Joined, join
from routekit.diff.renames import Rename, Renamed, find_renames
from routekit.diff.results import Description, Difference, Group, Open, PromiseChange, Twice
from routekit.diff.samenesses import compare_samenesses
from routekit.diff.settings import compare_settings, rename_settings
from routekit.diff.wording import title
from routekit.intake import Intake
from routekit.policy import expressions as e
from routekit.policy.clock_values import ClockValues
from routekit.policy.model import CheckedPolicy
from routekit.policy.outcome_parts import differing, saying
from routekit.policy.references import expressions
from routekit.prover.domains.terms import NOON
from routekit.prover.encoding.space import Found, Space, Unsettled, time_up
from routekit.prover.limits import YEARS, Deadline, TimeUpError, Years, checked_years
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.prove import Progress
from routekit.prover.sat.formula import FALSE
from routekit.prover.supported import TAKES, unsupported, unsupported_in
from routekit.prover.witness import Check, Witness, Witnesses
from routekit.reference import decide
from routekit.translation import plural, t

__all__ = ["MOST_GROUPS", "compare"]

MOST_GROUPS = 200
"""How many kinds of change are told apart."""

_MOST_DESCRIBED = 60
_MOST_WAYS = 3
_MOST_PROBED = 40
_PROBED_HOURS = 3


def _odd() -> Unsettled:
    return Unsettled(
        t("a contact that should be treated differently was not when it was replayed"),
        t("simpler tests: arithmetic, patterns or types that overlap, apart from the other changes"),
    )


def compare(
    old: CheckedPolicy, new: CheckedPolicy, *, timeout: float, progress: Progress, years: Years = YEARS
) -> Difference:
    """Tells who is treated differently, of those who come in these years."""
    start = monotonic()
    years = checked_years(years)
    reason = unsupported(old) or unsupported(new)
    if reason is not None:
        found = _unknown(old, new, Unsettled(reason, TAKES))
        return replace(found, seconds=monotonic() - start, years=years)
    is_told = not any(map(unsupported_in, chain(expressions(old), expressions(new))))
    renames, said = find_renames(old, new) if is_told else ((), old)
    try:
        found = _in_new_names(old, new, (renames, said), Deadline(timeout), progress, years)
    except TimeUpError:
        found = _unknown(old, new, time_up())
    edits = find_edits(said, new, renames) if is_told else ()
    seconds = monotonic() - start
    return replace(found, edits=edits, seconds=seconds, years=years, said=saying(old, new))


def _in_new_names(
    old: CheckedPolicy,
    new: CheckedPolicy,
    anew: tuple[tuple[Rename, ...], CheckedPolicy],
    deadline: Deadline,
    progress: Progress,
    years: Years,
) -> Difference:
    """Compares in the names of the new version, where all contacts that show it come under both alike."""
    renames, said = anew
    if not renames:
        return _compare(old, new, deadline, progress, years)
    found = _compare(said, new, deadline, progress, years)
    groups = [_replayed(group, old, Renamed(said, renames)) for group in found.groups]
    if None in groups:
        return _compare(old, new, deadline, progress, years)
    settings = (*rename_settings(renames), *found.settings)
    kept = tuple(group for group in groups if group is not None)
    return replace(found, groups=kept, settings=settings, renames=renames)


def _replayed(group: Group, old: CheckedPolicy, renamed: Renamed) -> Group | None:
    """The group with what the old version itself decides; None where that is another thing."""
    witness = group.witness
    contact = renamed.contact(witness.contact)
    before = decide(old, Intake(old).read(contact, witness.now or NOON))
    if differing(renamed.decision(before), witness.before):
        return None
    return replace(group, witness=replace(witness, contact=contact, before=before, said=witness.before))


def _compare(
    old: CheckedPolicy, new: CheckedPolicy, deadline: Deadline, progress: Progress, years: Years
) -> Difference:
    joined = join(old, new)
    if is_same_text(joined):
        settings = compare_settings(old, new)
        notes = notes_of(names_changed(old, new))
        said = (old.name, old.revision), (new.name, new.revision)
        promises, open_ = compare_samenesses(joined, (old, new), deadline, years, is_same=True)
        return Difference(*said, (), False, Description(), settings, promises, open_, notes)
    near = affected(old, new, joined)
    if near is None:
        comparison = Comparison(old, new, joined, deadline, progress, years)
        groups = comparison.groups()
        promises, open_ = comparison.promises()
    else:
        comparison = Comparison(near.old, near.new, near.joined, deadline, progress, years, near)
        groups = comparison.groups()
        promises, open_ = (), ()
        if (old.guarantees or new.guarantees) and not comparison.promises_are_same():
            whole = Comparison(old, new, joined, deadline, progress, years)
            promises, open_ = whole.promises(is_same=comparison.is_same)
    more = compare_samenesses(joined, (old, new), deadline, years, is_same=comparison.is_same)
    promises, open_ = (*promises, *more[0]), (*open_, *more[1])
    return Difference(
        (old.name, old.revision),
        (new.name, new.revision),
        groups,
        comparison.more,
        comparison.common(groups),
        compare_settings(old, new),
        promises,
        (*comparison.unknown, *open_),
        comparison.notes(),
    )


def _unknown(old: CheckedPolicy, new: CheckedPolicy, why: Unsettled) -> Difference:
    said = (old.name, old.revision), (new.name, new.revision)
    return Difference(
        *said, (), False, Description(), compare_settings(old, new), (), (Open(t("a contact"), why),), ()
    )


class PairWitnesses(Witnesses):
    """Contacts that both policies decide, each in its own reading."""

    def __init__(
        self,
        space: Space,
        side: Side,
        policies: tuple[CheckedPolicy, CheckedPolicy],
        readings: tuple[Intake, Intake],
        loose: bool,
    ) -> None:
        super().__init__(space, side.outcomes)
        self._old, self._new = zip(policies, readings, strict=True)
        self.decider = policies[1]
        # where the versions read the time differently, the clock matters though the contact has a time
        self._loose = loose

    def decided(self, contact: Mapping[str, object], now: datetime | None) -> Twice:
        """Lets each policy decide."""
        now = now or (NOON if self._loose else None)
        before, after = (
            decide(policy, intake.read(contact, now or NOON)) for policy, intake in (self._old, self._new)
        )
        return Twice(contact, now, after, before)

    def tried(self, contact: Mapping[str, object], now: datetime | None, check: Check) -> Witness | None:
        facts = self._new[1].read(contact, now or NOON)
        twice = self.decided(contact, now)
        return twice if check(facts, twice) else None  # type: ignore[arg-type]

    def contact(self, found: Found) -> tuple[dict[str, object], datetime | None]:
        """Writes the contact, each value under the name that it comes by."""
        contact, now = super().contact(found)
        return as_it_comes(contact), now

    def _timeless(self, witness: Witness, check: Check) -> Witness:
        return witness if self._loose else super()._timeless(witness, check)

    def _tells_time(self, witness: Witness) -> bool:
        is_told_before = isinstance(witness, Twice) and self._clock_values_before(witness.before)
        return is_told_before or super()._tells_time(witness)

    @cached_property
    def _clock_values_before(self) -> ClockValues:
        policy, _ = self._old
        return ClockValues(policy)

    def first(self, found: Found) -> Twice:
        """Makes up the first contact that comes to mind."""
        return self.decided(*self.contact(found))


class Comparison:
    """Two policies made ready to be asked about every contact."""

    def __init__(
        self,
        old: CheckedPolicy,
        new: CheckedPolicy,
        joined: Joined,
        deadline: Deadline,
        progress: Progress,
        years: Years,
        near: Affected | None = None,
    ) -> None:
        """Takes ``near`` where some rules are left out."""
        self.joined, self._near = joined, near
        fields = joined.fields
        space = self.space = Space(joined.policy, deadline, fields.fields, fields.guards, years=years)
        one = Outcomes(space, self.joined.old, self.joined.inbound[0])
        other = Outcomes(space, self.joined.new, self.joined.inbound[1], one.caps)
        self.sides = Side(old, one), Side(new, other)
        self.parts = Parts(space, *self.sides)
        self.descriptions = Descriptions(space, self.joined, self.sides)
        for outcomes in (one, other):
            outcomes.register()
            outcomes.register_ranking()
            for side in (self.joined.old, self.joined.new):
                for guarantee in side.guarantees:
                    if side is outcomes.policy or not_alike(guarantee, old, new) is None:
                        outcomes.register_guarantee(guarantee)
        self.parts.register()
        for left, right in self.joined.fields.apart:
            space.register(e.IsKnown(left))
            space.register(e.IsKnown(right))
        space.close()
        for left, right in self.joined.fields.apart:
            space.gates.add((-space.true(e.IsKnown(left)), -space.true(e.IsKnown(right))))
        one.build()
        other.build()
        self.alignment = align(*self.sides)
        self.comparer = Comparer(old, new)
        loose = bool(joined.limits)
        whole = (old, new) if near is None else near.whole
        readings = Intake(whole[0]), Intake(whole[1])
        self.witnesses = PairWitnesses(space, self.sides[0], (old, new), readings, loose)
        self._replayed = PairWitnesses(space, self.sides[0], whole, readings, loose)
        self._found: dict[Key, int] = {}
        self.unknown: list[Open] = [Open("everything", limit) for limit in self.joined.limits]
        self.more = False
        self._progress = progress

    def groups(self) -> tuple[Group, ...]:
        """Looks for all differences, and tells who they concern."""
        self._look()
        groups = list(self._told())
        if self.joined.limits:
            groups += self._probe()
        return tuple(sorted(groups, key=_weight))

    @property
    def is_same(self) -> bool:
        """Tells whether it is proved that nobody is treated differently."""
        return not self._found and not self.unknown

    def promises(self, *, is_same: bool | None = None) -> tuple[tuple[PromiseChange, ...], tuple[Open, ...]]:
        """Tells what is promised no longer, or only now, or kept by one version alone."""
        same = self.is_same if is_same is None else is_same
        return compare_guarantees(self.space, self.joined, self.sides, is_same=same)

    def promises_are_same(self) -> bool:
        """Tells whether both promise the same, and break it to the same contacts, as is proved."""
        return promises_are_same(self.space, self.joined, self.sides, is_same=self.is_same)

    # ── looking ───────────────────────────────────────────────────────────────

    def _look(self) -> None:
        """Asks first where a rule without a match decides, then where all else may differ."""
        old, new = self.sides
        targets = [(old.decides[place], old.policy.rules[place].name) for place in self.alignment.gone]
        targets += [(new.decides[place], new.policy.rules[place].name) for place in self.alignment.come]
        if finishing(old) != finishing(new):
            targets.append((lemma(old, new, self.alignment), t("adjustments and offers")))
        left = self.parts.anything if targets else FALSE
        for number, (target, what) in enumerate(targets):
            self._progress(number, len(targets), what)
            while True:
                found = self.space.find([target, left])
                if found is None:
                    break
                if isinstance(found, Unsettled):
                    self._open(what, found)
                    break
                key = self._key(self.witnesses.first(found))
                if not key or key in self._found:
                    self._open(what, Unsettled(found.doubt, t(TAKES)) if found.doubt else _odd())
                    break
                where = self._found[key] = self.parts.of_key(key)
                left = self.space.gates.both(left, -where)
                if len(self._found) >= MOST_GROUPS:
                    self.more = True
                    return

    def _probe(self) -> Iterator[Group]:
        """Where no proof is to be had: a contact of each rule, tried at the hours of a week."""
        seen = set(self._found)
        for side in self.sides:
            for way in side.ways[:_MOST_PROBED]:
                found = self.space.find([way.decides])
                if not isinstance(found, Found):
                    continue
                contact, _ = self.witnesses.contact(found)
                for hour in range(0, 7 * 24, _PROBED_HOURS):
                    if self.space.late():
                        return
                    twice = self.witnesses.decided(*self._at(contact, NOON + timedelta(hours=hour)))
                    key = self._key(twice)
                    if key and key not in seen:
                        seen.add(key)
                        changes = self.comparer.changes(twice.before, twice.decision)
                        rules = ((twice.before.rule, twice.decision.rule),)
                        some = tuple(replace(change, always=False) for change in changes)
                        yield Group(key, some, (), twice, Description(), rules)

    def _at(self, contact: dict[str, object], moment: datetime) -> tuple[dict[str, object], datetime | None]:
        """The contact at another time."""
        record = contact.get("contact")
        if not self.space.has_arrival or not isinstance(record, dict):
            return contact, moment
        return {**contact, "contact": {**record, "at": moment.isoformat()}}, moment

    def _open(self, what: str, why: Unsettled) -> None:
        if all(known.why != why for known in self.unknown):
            self.unknown.append(Open(what, why))

    # ── telling ───────────────────────────────────────────────────────────────

    def _key(self, twice: Twice) -> Key:
        both = twice.before, twice.decision
        changes = self.comparer.changes(*both)
        return self.comparer.key(*both, changes) if changes else ()

    def _told(self) -> Iterator[Group]:
        for number, (key, where) in enumerate(sorted(self._found.items(), key=lambda item: _rank(item[0]))):
            self._progress(number, len(self._found), t("who is concerned"))
            witness = self.witnesses.find([where], self._shows(key))
            if not isinstance(witness, Twice):
                witness = self._any(where, key)
            if witness is None:
                self._open(t("everything"), _odd())
                continue
            changes, more = self._changes(where, witness)
            described = number < _MOST_DESCRIBED and not self.joined.limits
            who, rules = (
                self.descriptions.describe(where, witness, self.witnesses.first)
                if described
                else (Description(), ((witness.before.rule, witness.decision.rule),))
            )
            replayed = self._replayed.decided(witness.contact, witness.now)
            if self._key(replayed) == key:
                yield Group(key, changes, more, replayed, who, rules)
            else:
                self._open(t("everything"), _odd())

    def common(self, groups: Sequence[Group]) -> Description:
        """Says what is true of all contacts that are treated differently."""
        if len(groups) < 2 or self.more or self.joined.limits:
            return Description()
        rules = [pair for group in groups for pair in group.rules]
        return self.descriptions.common(self.space.gates.any(self._found.values()), rules)

    def _any(self, where: int, key: Key) -> Twice | None:
        found = self.space.find([where])
        witness = self.witnesses.first(found) if isinstance(found, Found) else None
        return witness if witness is not None and self._key(witness) == key else None

    def _shows(self, key: Key) -> Check:
        def shows(_: object, twice: object) -> bool:
            assert isinstance(twice, Twice)
            return self._key(twice) == key

        return shows

    def _changes(self, where: int, witness: Twice) -> tuple[tuple[Change, ...], tuple[str, ...]]:
        """All that changes in a group, each with whether for all of it; and the parts with more to it."""
        space, gates = self.space, self.space.gates
        shown = {change.part: change for change in self.comparer.changes(witness.before, witness.decision)}
        found: list[Change] = []
        more: list[str] = []
        for part in ASPECTS:
            left = gates.both(where, self.parts.differs(part))
            ways = [shown[part]] if part in shown else []
            left = gates.both(left, *(-self.parts.so(change) for change in ways))
            while True:
                other = space.find([left]) if left != FALSE else None
                if not isinstance(other, Found):
                    break
                twice = self.witnesses.first(other)
                there = {
                    change.part: change for change in self.comparer.changes(twice.before, twice.decision)
                }
                if part not in there or there[part] in ways:
                    break
                if len(ways) >= _MOST_WAYS:
                    more.append(part)
                    break
                ways.append(there[part])
                left = gates.both(left, -self.parts.so(there[part]))
            found += [replace(change, always=self._is_always(change, where)) for change in ways]
        return tuple(found), tuple(more)

    def _is_always(self, change: Change, where: int) -> bool:
        """Whether it is proved of all contacts of a group; what is not compared by proof is not."""
        return not self.joined.limits and self.space.is_refuted([where, -self.parts.so(change)])

    def notes(self) -> tuple[str, ...]:
        """Says what changed in the rules without any consequence."""
        others, put_back = ((), ()) if self._near is None else (self._near.others, self._near.moved)
        renamed, moved, texts = changed_in_text(*self.sides, self.alignment, others, put_back)
        notes = notes_of((renamed, 0 if self._found else moved, texts))
        old, new = self.sides
        gone = [old.keys[place] for place in self.alignment.gone]
        come = (new.policy.rules[place].name for place in self.alignment.come if new.keys[place] not in gone)
        other = list(dict.fromkeys(come))
        if other and not self._found:
            told = plural(
                "{listed} is new or said otherwise",
                "{listed} are new or said otherwise",
                len(other),
                listed=t(", ").join(other),
            )
            notes = (*notes, told)
        return notes


def _rank(key: Key) -> tuple[int, ...]:
    return tuple(ASPECTS.index(change.part) for change in key if change.part in ASPECTS)


def _weight(group: Group) -> tuple[object, ...]:
    """The heaviest first: who answers, where, how soon; what is lost before what is gained."""
    lost = any(change.part == "service" and change.after == ("self_service",) for change in group.changes)
    return (not lost, _rank(group.key), -len(group.changes), title(group.key))
