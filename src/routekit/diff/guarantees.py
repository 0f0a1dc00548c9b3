"""What is promised no longer, or only now, or kept by one version alone."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from routekit.diff.changed_parts import Side
from routekit.diff.declarations import in_one_line
from routekit.diff.declared_parts import goes_beyond, not_alike, speaks_of_rules
from routekit.diff.joined_fields import as_it_comes
from routekit.diff.joined_policy import Joined
from routekit.diff.results import Became, Kept, Open, PromiseChange
from routekit.intake import Intake
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy, Guarantee
from routekit.prover.domains.terms import NOON
from routekit.prover.encoding.space import Found, Space, Unsettled
from routekit.prover.sat.formula import FALSE
from routekit.prover.witness import Check, Witness, Witnesses
from routekit.reference import decide, first_break
from routekit.translation import t

__all__ = ["compare_guarantees", "promises_are_same"]

_Answer = tuple[Kept, Witness | None, Unsettled | None]


def compare_guarantees(
    space: Space, joined: Joined, sides: tuple[Side, Side], *, is_same: bool
) -> tuple[tuple[PromiseChange, ...], tuple[Open, ...]]:
    """Lists the guarantees that changed, and tells whether the new version keeps each.

    ``is_same``: it is proved that every contact is treated as before.
    """
    promises = _Promises(space, joined, sides, is_same)
    changes = tuple(promises.changes())
    return changes, tuple(promises.open)


def promises_are_same(space: Space, joined: Joined, sides: tuple[Side, Side], *, is_same: bool) -> bool:
    """Tells whether both promise the same, and break it to the same contacts, as is proved."""
    was, is_ = ({item.name: item for item in side.guarantees} for side in (joined.old, joined.new))
    if was.keys() != is_.keys() or joined.limits:
        return False
    for name, item in was.items():
        other = is_[name]
        said = item.condition, item.promise, item.held
        if said != (other.condition, other.promise, other.held) or _goes_beyond(item, joined.old, joined.new):
            return False
        if not is_same:
            kept = [side.outcomes.kept(item) for side in sides]
            unlike = space.gates.either(
                space.gates.both(kept[0], -kept[1]), space.gates.both(-kept[0], kept[1])
            )
            if space.possible([space.true(item.condition), unlike]) is not False:
                return False
    return True


def _goes_beyond(item: Guarantee, old: CheckedPolicy, new: CheckedPolicy) -> bool:
    """Whether a guarantee may be kept otherwise though nobody is treated otherwise, by another rule too."""
    return speaks_of_rules(item) or goes_beyond(item, old, new)


class _Promises:
    def __init__(self, space: Space, joined: Joined, sides: tuple[Side, Side], is_same: bool) -> None:
        self.space, self.sides, self._is_same = space, sides, is_same
        self.open: list[Open] = []
        self._said = (
            {item.name: item for item in joined.old.guarantees},
            {item.name: item for item in joined.new.guarantees},
        )
        self._written = tuple({item.name: item for item in side.policy.guarantees} for side in sides)
        self._policies = joined.old, joined.new
        self._loose = bool(joined.limits)

    def changes(self) -> Iterator[PromiseChange]:
        was, is_ = self._said
        for name in dict.fromkeys((*was, *is_)):
            other = self._renamed(name)
            if other is not None:
                if name in was:
                    yield from self._in_both(name, other)
            elif name not in is_:
                now, witness = self._noted(name, 0, 1)
                yield self._change(name, "removed", now, witness)
            elif name not in was:
                now, witness = self._noted(name, 1, 1)
                yield self._change(name, "added", now, witness)
            else:
                yield from self._in_both(name, name)

    def _renamed(self, name: str) -> str | None:
        """The other name under which the other version promises the same."""
        was, is_ = self._said
        if name in was and name in is_:
            return None
        item, others, taken = (was[name], is_, was) if name in was else (is_[name], was, is_)
        same = (
            other.name
            for other in others.values()
            if other.name not in taken
            and (other.condition, other.promise, other.held) == (item.condition, item.promise, item.held)
        )
        return next(same, None)

    def _in_both(self, before_name: str, name: str) -> Iterator[PromiseChange]:
        """Compares a promise that both make, each under its name."""
        was, is_ = self._said[0][before_name], self._said[1][name]
        unlike = self.space.gates.xor(*(self.space.true(item.condition) for item in (was, is_)))
        is_about_others = unlike != FALSE and self.space.possible([unlike]) is not False
        if (was.promise, was.held) != (is_.promise, is_.held) or is_about_others:
            yield self._change(name, "changed", *self._noted(name, 1, 1))
            return
        is_same = self._is_same and not _goes_beyond(is_, *self._policies)
        if is_same or self._may_break(before_name, 0) == self._may_break(name, 1) is not None:
            return
        (now, witness), (before, _) = self._noted(name, 1, 1), self._noted(before_name, 0, 0)
        if now == "broken" and before == "kept":
            yield self._change(name, "broken", now, witness)
        elif now == "kept" and before == "broken":
            yield self._change(name, "kept", now, None)

    def _may_break(self, name: str, side: int) -> bool | None:
        """Whether a version breaks its own promise; None where that is not to be told so quickly."""
        about, kept = self._literals(name, side, side)
        found = self.space.possible([about, -kept])
        return found if isinstance(found, bool) and not self._loose else None

    def _change(
        self,
        name: str,
        kind: Became,
        now: Kept,
        witness: Witness | None,
    ) -> PromiseChange:
        before, after = (self._written[place].get(name) for place in (0, 1))
        title = (after or before).title  # type: ignore[union-attr]
        return PromiseChange(name, title, kind, _text(before), _text(after), now, witness)

    def _literals(self, name: str, said_by: int, kept_by: int) -> tuple[int, int]:
        item = self._said[said_by][name]
        return self.space.true(item.condition), self.sides[kept_by].outcomes.kept(item)

    def _noted(self, name: str, said_by: int, kept_by: int) -> tuple[Kept, Witness | None]:
        answer, witness, why = self._keeps(name, said_by, kept_by)
        if why is not None:
            self.open.append(Open(t("guarantee {name}", name=name), why))
        return answer, witness

    def _keeps(self, name: str, said_by: int, kept_by: int) -> _Answer:
        """Whether a version keeps what it, or the other, promises."""
        if self._loose and said_by != kept_by:
            return "unknown", None, None
        item = self._written[said_by][name]
        apart = not_alike(item, *(side.policy for side in self.sides)) if said_by != kept_by else None
        if apart is not None:
            return "unknown", None, _apart(apart)
        about, kept = self._literals(name, said_by, kept_by)
        reader, decider = self.sides[said_by].policy, self.sides[kept_by].policy
        found = _Replays(self.space, self.sides[kept_by], reader, decider, item).broken([about, -kept])
        if found is None:
            return ("unknown" if self._loose else "kept"), None, None
        if isinstance(found, Unsettled):
            return "unknown", None, found
        return "broken", found, None


class _Replays(Witnesses):
    """Looks for contacts to whom one policy breaks what another, or it itself, promises."""

    def __init__(
        self, space: Space, side: Side, reader: CheckedPolicy, decider: CheckedPolicy, item: Guarantee
    ) -> None:
        super().__init__(space, side.outcomes)
        self._reader = replace(
            reader,
            channels={**reader.channels, **decider.channels},
            queues={**reader.queues, **decider.queues},
        )
        self._intakes = Intake(reader), Intake(decider)
        self.decider, self._item = decider, item

    def broken(self, wanted: list[int]) -> Witness | Unsettled | None:
        """Finds the smallest contact to whom it is broken."""
        return self.find(wanted, self._breaks)

    def _breaks(self, facts: Facts, decision: Decision) -> bool:
        return first_break(self._reader, self._item, facts, decision) is not None

    def contact(self, found: Found) -> tuple[dict[str, object], datetime | None]:
        """Writes the contact, each value under the name that it comes by."""
        contact, now = super().contact(found)
        return as_it_comes(contact), now

    def tried(self, contact: Mapping[str, object], now: datetime | None, check: Check) -> Witness | None:
        """Makes a witness of a contact, read by the one who promises and decided by the other."""
        facts = self._intakes[0].read(contact, now or NOON)
        decision = decide(self.decider, self._intakes[1].read(contact, now or NOON))
        return Witness(contact, now, decision) if check(facts, decision) else None


def _apart(name: str) -> Unsettled:
    return Unsettled(
        t("the two do not declare `outcome.{name}` alike, of which it speaks", name=name),
        t("`outcome.{name}` as it was, or a guarantee that does not speak of it", name=name),
    )


def _text(item: Guarantee | None) -> str:
    """What a guarantee says, as it is written, in one line."""
    return "" if item is None else in_one_line(item.span)
