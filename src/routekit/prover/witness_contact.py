"""Contacts in JSON made of what the search found."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from itertools import count
from math import inf

from routekit.policy import expressions as e
from routekit.policy.model import Cap, Field
from routekit.policy.ordinals import another, ends_of, simplest
from routekit.prover.domains.terms import ARRIVAL, Base
from routekit.prover.encoding.space import Found, Space
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.sat.formula import FALSE, TRUE
from routekit.schema.times import zone
from routekit.schema.types import Choice, Flag, SetOf, Text, Type, Value
from routekit.schema.writing import JSON, as_json

__all__ = ["Contacts"]


class Contacts:
    """Writes down contacts of a space; what does not matter is left out."""

    def __init__(self, space: Space, outcomes: Outcomes) -> None:
        self.space = space
        self.outcomes = outcomes
        self.zone = zone(space.policy.timezone)

    def contact(self, found: Found, *, full: bool = False) -> tuple[dict[str, object], datetime | None]:
        """A contact, and the clock to decide it at, where its own time does not tell.

        ``full``: each field is written down that need not be missing, and each signal that is asked for.
        """
        space = self.space
        clock, speaks_of_time = self._clock(found)
        values: dict[Base, Value | None] = {e.Now(): clock}
        contact: dict[str, object] = {}
        live: dict[str, dict[str, object]] = {}
        own_time = False
        missing_arrival = -space.arrival_known in found.literals
        for base, item in space.fields.items():
            if base == ARRIVAL and space.has_arrival:
                is_asked = full or speaks_of_time or space.arrival_known in found.literals
                own_time = not missing_arrival and (is_asked or item.is_required)
                value: Value | None = clock if own_time else None
                if item.default is not None and not speaks_of_time and not full:
                    value, own_time = None, True
            elif base in space.sets:
                value = self._members(base, item, found)
            else:
                value = self._value(base, item, found)
            if full and value is None:
                value = self._filled(base, item, found)
            values[base] = value if value is not None else item.default
            if value is None:
                continue
            if isinstance(base, e.SignalRef):
                live.setdefault(base.queue, {})[base.signal] = self._plain(value)
            elif isinstance(base, e.FieldRef):
                record = contact.setdefault(base.record, {})
                assert isinstance(record, dict)
                record[base.field] = self._plain(value)
        self._put_among(found, values, contact)
        if live:
            contact["live"] = live
        shown = self._shown(found, clock)
        if shown:
            contact["offers_shown"] = shown
        contact.setdefault("contact", {})
        needs_clock = (speaks_of_time or bool(shown)) and not own_time
        return contact, clock if needs_clock else None

    def _clock(self, found: Found) -> tuple[datetime, bool]:
        base = e.Now()
        if base in found.point:
            return found.point[base], True  # type: ignore[return-value]
        mask = found.masks.get(base)
        if mask is None:
            return self.space.noon, False
        for place, cell in enumerate(self.space.cells[base].cells):
            if mask >> place & 1 and cell.samples:
                return cell.samples[0], True  # type: ignore[return-value]
        return self.space.noon, True

    def _value(self, base: Base, item: Field, found: Found) -> Value | None:
        """The value to send; None to send nothing."""
        space = self.space
        cells = space.cells.get(base)
        if base in found.point:
            value = found.point[base]
            return None if value == item.default and type(value) is type(item.default) else value
        mask = found.masks.get(base)
        if cells is None or mask is None:
            if not item.is_required:
                return None
            return _some(item.type) if cells is None else cells.cells[0].samples[0]
        if not item.is_required:
            place = space.place_of(base, item.default)
            if place >= 0 and mask >> place & 1:
                return None
        for place, cell in enumerate(cells.cells):
            if mask >> place & 1 and cell.samples:
                return cell.samples[0]
        return None

    def _filled(self, base: Base, item: Field, found: Found) -> Value | None:
        """The value of a field that could be left out; None where it has to be missing."""
        space = self.space
        if base == ARRIVAL and space.has_arrival:
            return None
        if base in space.sets:
            if item.default is not None:
                return item.default
            return None if -space.sets[base].known in found.literals else frozenset()
        if base in found.point:
            return found.point[base]
        cells = space.cells.get(base)
        if cells is None:
            if isinstance(base, e.SignalRef):
                return None
            return _some(item.type) if item.default is None else item.default
        mask = found.masks.get(base, cells.all)
        default = space.place_of(base, item.default)
        if item.default is not None and default >= 0 and mask >> default & 1:
            return item.default
        samples = (
            cell.samples[0] for place, cell in enumerate(cells.cells) if mask >> place & 1 and cell.samples
        )
        return next((value for value in samples if value is not None), None)

    def _members(self, base: Base, item: Field, found: Found) -> Value | None:
        space = self.space
        there = space.sets[base]
        held = found.literals
        if -there.known in held:
            return None
        touched = {there.known, there.others, -there.others} | {
            sign * on for on in there.has.values() for sign in (1, -1)
        }
        if not touched & held - {TRUE, FALSE}:
            return frozenset() if item.is_required else None
        default = item.default if isinstance(item.default, frozenset) else None
        assert isinstance(item.type, SetOf)
        wanted = {value for value, on in there.has.items() if on in held}
        refused = {value for value, on in there.has.items() if -on in held}
        if default is not None and wanted <= default and not refused & default:
            extra = bool(default - set(there.has))
            if not (extra and -there.others in held) and not (not extra and there.others in held):
                return None
        members = set(wanted)
        if there.others in held and there.others != FALSE:
            other = another(item.type.element, set(there.has))
            assert other is not None
            members.add(other)
        return frozenset(members)  # type: ignore[arg-type]

    def _put_among(self, found: Found, values: dict[Base, Value | None], contact: dict[str, object]) -> None:
        for element, container in self.space.among(found.literals):
            there = {base: values.get(base) for base in self.space.terms.bases(element) if base != e.Now()}
            scope = self.space.evaluator.at({**there, **values})
            value = scope.value(self.space.terms.written_out(element))
            if isinstance(container, e.FieldRef) and value is not None:
                record = contact.setdefault(container.record, {})
                assert isinstance(record, dict)
                listed = record.setdefault(container.field, [])
                assert isinstance(listed, list)
                if self._plain(value) not in listed:
                    listed.append(self._plain(value))

    def _shown(self, found: Found, clock: datetime) -> list[dict[str, object]]:
        """As few offers shown before as use up the caps that are wanted, as long ago as counts."""
        entries: list[dict[str, object]] = []
        named: list[str] = []
        used_up = self.outcomes.caps_in(found.literals)
        for offer, cap in sorted(used_up, key=lambda item: (item[1].per, item[1].is_shared, item[1].most)):
            shorter = [
                other.per
                for name, other in self.outcomes.caps
                if (name == offer or cap.is_shared or other.is_shared) and other.per < cap.per
            ]
            outside = max(shorter, default=timedelta(0))
            back = outside + min((cap.per - outside) / 2, timedelta(days=1))
            counted = sum(cap.counts(shown, offer) for shown in named)
            for _ in range(cap.most - counted):
                name = self._countable(cap, used_up, named) if cap.is_shared else offer
                entries.append({"offer": name, "at": self._plain(clock - back)})
                named.append(name)
        return entries

    def _countable(self, cap: Cap, used_up: Sequence[tuple[str, Cap]], named: Sequence[str]) -> str:
        """An offer that a cap over several counts, and that its own caps leave the most room to be shown.

        Where all that is shown counts, that is one which no policy has any more.
        """
        if cap.over is None:
            return self._gone
        places = {offer.name: place for place, offer in enumerate(self.space.policy.offers)}
        # a cap of the version before counts offers that the present one may not have
        offers = sorted(cap.over, key=lambda name: (places.get(name, len(places)), name))
        return max(offers, key=lambda name: self._room(name, used_up, named))

    @cached_property
    def _gone(self) -> str:
        known = {offer.name for offer in self.space.policy.offers} | {name for name, _ in self.outcomes.caps}
        return next(name for name in map("another_{}".format, count(1)) if name not in known)

    def _room(self, name: str, used_up: Sequence[tuple[str, Cap]], named: Sequence[str]) -> float:
        """How often an offer can be shown before one of its own caps is used up that is not to be."""
        own = [cap.most for offer, cap in self.outcomes.caps if offer == name and (name, cap) not in used_up]
        return min(own, default=inf) - 1 - named.count(name)

    def _plain(self, value: Value) -> JSON:
        return as_json(value, self.zone, "shown")


def _some(type_: Type) -> Value:
    """A plain value of a type."""
    match type_:
        case Choice(names):
            return names[0]
        case Flag():
            return False
        case Text():
            return "x"
        case SetOf():
            return frozenset()
        case _:
            ends = ends_of(type_)
            assert ends is not None
            return simplest(*ends)
