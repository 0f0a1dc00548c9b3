"""Contacts made of what the search found, as small as can be, each replayed on the reference evaluator."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from routekit.analysis.cells import Cell
from routekit.analysis.enclose import Few
from routekit.analysis.gates import FALSE, TRUE
from routekit.analysis.ordinals import ends_of, simplest
from routekit.analysis.outcomes import Outcomes
from routekit.analysis.space import Found, Space, Unsettled
from routekit.analysis.terms import ARRIVAL, NOON, Base
from routekit.intake import Intake
from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy, Field
from routekit.reference import decide
from routekit.schema.times import format_duration, zone
from routekit.schema.types import Choice, Flag, SetOf, Text, Type, Value

__all__ = ["Witness", "Witnesses"]

_MOST_COUNTED = 24
_MOST_STEPS = 8
_MOST_CLOCKS = 400


@dataclass(frozen=True, slots=True)
class Witness:
    """A contact as a plain dict, ready to be decided, and what the reference decides for it.

    ``now`` is the clock to decide it at; None where the contact has a time, or the time does not matter.
    """

    contact: Mapping[str, object]
    now: datetime | None
    decision: Decision


Check = Callable[[Facts, Decision], bool]


class Witnesses:
    """Looks for contacts in the space of a policy."""

    def __init__(self, space: Space, outcomes: Outcomes) -> None:
        self.space = space
        self.outcomes = outcomes
        self.policy: CheckedPolicy = space.policy
        self.zone = zone(self.policy.timezone)
        self._intake = Intake(self.policy)
        self._usual: list[int] | None = None
        self._whole: list[int] | None = None

    def find(
        self, wanted: Sequence[int], check: Check, *, whole: bool = False
    ) -> "Witness | Unsettled | None":
        """The smallest contact for which the literals hold; None where it is proved that there is none.

        Contacts without problems are looked for first; ``whole``: no others.
        """
        found = self.space.find([*wanted, *self.whole()])
        also: Sequence[int] = self.whole()
        if found is None and not whole:
            also, found = (), self.space.find(wanted)
        if not isinstance(found, Found):
            return found
        best: Witness | None = None
        for result in (found, *self._smaller([*wanted, *also], found)):
            witness = self._replay(result, check)
            if witness is not None:
                witness = self._timeless(witness, check)
                if best is None or _size(witness) <= _size(best):
                    best = witness
        if best is None:
            return Unsettled(
                "the contact that was found did not come out as expected when it was replayed",
                "a report of this policy to the authors of routekit: it is an error of the analysis",
            )
        return best

    def _timeless(self, witness: Witness, check: Check) -> Witness:
        """The same without a time, where it comes out so at any."""
        clocks = self.space.cells.get(e.Now())
        record = witness.contact.get("contact")
        arrival = self.space.fields.get(ARRIVAL)
        if clocks is None or len(clocks.cells) > _MOST_CLOCKS or not isinstance(record, dict):
            return witness
        if arrival is not None and arrival.is_required:
            return witness
        if witness.now is None and ("at" not in record or not self.space.has_arrival):
            return witness
        if "offers_shown" in witness.contact:
            return witness
        plain = {**witness.contact, "contact": {key: value for key, value in record.items() if key != "at"}}
        last: Witness | None = witness
        for cell in reversed(clocks.cells):
            if self.space.late() or not cell.samples:
                return witness
            last = self.tried(plain, cell.samples[0], check)  # type: ignore[arg-type]
            if last is None:
                return witness
        return witness if last is None else replace(last, now=None)

    # ── smaller ones ──────────────────────────────────────────────────────────

    def whole(self) -> list[int]:
        """Literals that hold where no required field is missing."""
        if self._whole is None:
            space = self.space
            self._whole = []
            for base, item in space.fields.items():
                if not item.is_required:
                    continue
                if base == ARRIVAL and space.has_arrival:
                    self._whole.append(space.arrival_known)
                elif base in space.sets:
                    self._whole.append(space.sets[base].known)
                elif base in space.cells:
                    self._whole.append(-space.within(base, 1 << len(space.cells[base].cells) - 1))
        return self._whole

    def usual(self) -> list[int]:
        """Literals that hold where a field has its default, or an optional one is missing."""
        if self._usual is None:
            space, gates = self.space, self.space.gates
            self._usual = []
            for base, item in space.fields.items():
                if item.is_required or (base == ARRIVAL and space.has_arrival):
                    continue
                if base in space.sets:
                    known, has, others = space.sets[base].known, space.sets[base].has, space.sets[base].others
                    default = item.default
                    if isinstance(default, frozenset):
                        named = [on if value in default else -on for value, on in has.items()]
                        rest = others if default - set(has) else -others
                        self._usual.append(gates.all([*named, rest]))
                    else:
                        self._usual.append(-known)
                elif base in space.cells:
                    place = space.place_of(base, item.default)
                    if place >= 0:
                        self._usual.append(space.within(base, 1 << place))
            self._usual += [-literal for literal in self.outcomes.cap_literals()]
            self._usual = [literal for literal in self._usual if literal not in (TRUE, FALSE)]
        return self._usual

    def _smaller(self, wanted: Sequence[int], first: Found) -> "list[Found]":
        """What else was found, with ever fewer fields that differ from what they are by themselves."""
        space, usual = self.space, self.usual()
        # a contact that carries its own time shows more than a clock beside it
        kept: list[int] = []
        if space.arrival_known not in (TRUE, FALSE):
            usual = [space.arrival_known, *usual]
        results: list[Found] = []
        for literal in usual:
            if space.late():
                return results
            found = space.find([*wanted, *kept, literal])
            if isinstance(found, Found):
                kept.append(literal)
                results = [found]
        changed = [literal for literal in usual if literal not in kept]
        if len(changed) >= 2 and len(usual) <= _MOST_COUNTED:
            for most in range(len(changed) - 1, 0, -1):
                few = -space.gates.at_least([-literal for literal in usual], most + 1)
                found = space.find([*wanted, few])
                if not isinstance(found, Found):
                    break
                results, kept = [found], [few]
        last = results[-1] if results else first
        bounds = [*wanted, *kept]
        for base in [e.Now(), *space.cells]:
            simpler = self._simplest(bounds, base, last)
            if simpler is not None:
                last = simpler
                results.append(last)
            if base in last.masks:
                bounds.append(space.within(base, last.masks[base]))
        return results

    def _simplest(self, bounds: Sequence[int], base: Base, found: Found) -> Found | None:
        """The same with a simpler value of one base, if there is one."""
        space = self.space
        if base not in found.masks or space.late():
            return None
        best = None
        for _ in range(_MOST_STEPS):
            cells = space.cells[base].cells
            mask = (best or found).masks[base]
            order = [self._plainness(cell, place) for place, cell in enumerate(cells)]
            now = min(order[place] for place in range(len(cells)) if mask >> place & 1)
            lower = sum(1 << place for place, key in enumerate(order) if key < now)
            if not lower:
                break
            tried = space.find([*bounds, space.within(base, lower)])
            if not isinstance(tried, Found) or base not in tried.masks:
                break
            best = tried
        return best

    @staticmethod
    def _plainness(cell: Cell, place: int) -> float:
        """How far a cell is from the plainest value."""
        sample = cell.samples[0] if cell.samples else None
        match sample:
            case bool() | str() | None:
                return place
            case int() | float():
                return abs(sample)
            case timedelta():
                return abs(sample.total_seconds())
            case datetime() if (
                not isinstance(cell.domain, Few) and getattr(cell.domain, "parts", None) is None
            ):
                return abs((sample - NOON).total_seconds())
            case _:
                return place

    # ── a contact ─────────────────────────────────────────────────────────────

    def _replay(self, found: Found, check: Check) -> Witness | None:
        contact, now = self.contact(found)
        return self.tried(contact, now, check)

    def tried(self, contact: Mapping[str, object], now: datetime | None, check: Check) -> Witness | None:
        """The contact as a witness, if it comes out so."""
        facts = self._intake.read(contact, now or NOON)
        decision = decide(self.policy, facts)
        return Witness(contact, now, decision) if check(facts, decision) else None

    def contact(self, found: Found) -> tuple[dict[str, object], datetime | None]:
        space = self.space
        clock, speaks_of_time = self._clock(found)
        values: dict[Base, Value | None] = {e.Now(): clock}
        contact: dict[str, object] = {}
        live: dict[str, dict[str, object]] = {}
        own_time = False
        missing_arrival = -space.arrival_known in found.literals
        for base, item in space.fields.items():
            if base == ARRIVAL and space.has_arrival:
                own_time = not missing_arrival and (speaks_of_time or item.is_required)
                value: Value | None = clock if own_time else None
                if item.default is not None and not speaks_of_time:
                    value, own_time = None, True
            elif base in space.sets:
                value = self._members(base, item, found)
            else:
                value = self._value(base, item, found)
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
            return NOON, False
        for place, cell in enumerate(self.space.cells[base].cells):
            if mask >> place & 1 and cell.samples:
                return cell.samples[0], True  # type: ignore[return-value]
        return NOON, True

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
            return some(item.type) if cells is None else cells.cells[0].samples[0]
        if not item.is_required:
            place = space.place_of(base, item.default)
            if place >= 0 and mask >> place & 1:
                return None
        for place, cell in enumerate(cells.cells):
            if mask >> place & 1 and cell.samples:
                return cell.samples[0]
        return None

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
            members.add(another(item.type.element, set(there.has)))
        return frozenset(members)  # type: ignore[arg-type]

    def _put_among(self, found: Found, values: dict[Base, Value | None], contact: dict[str, object]) -> None:
        for element, container in self.space.among(found.literals):
            value = self.space.evaluator.at(values).value(self.space.terms.expand(element))
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
        counted: dict[str, int] = {}
        caps = sorted(self.outcomes.caps_in(found.literals), key=lambda item: item[1].per)
        for offer, cap in caps:
            shorter = [
                other.per for name, other in self.outcomes.caps if name == offer and other.per < cap.per
            ]
            outside = max(shorter, default=timedelta(0))
            back = outside + min((cap.per - outside) / 2, timedelta(days=1))
            entry: dict[str, object] = {"offer": offer, "at": self._plain(clock - back)}
            entries += [dict(entry) for _ in range(cap.most - counted.get(offer, 0))]
            counted[offer] = max(counted.get(offer, 0), cap.most)
        return entries

    def _plain(self, value: Value) -> object:
        """A value as a contact in JSON has it."""
        match value:
            case datetime():
                return value.astimezone(self.zone).isoformat()
            case date():
                return value.isoformat()
            case timedelta():
                whole = value >= timedelta(0) and not value.microseconds
                return format_duration(value) if whole else value.total_seconds()
            case frozenset():
                return [self._plain(member) for member in sorted(value, key=str)]
            case float():
                return int(value) if value.is_integer() and abs(value) < 1 << 53 else value
            case _:
                return value


def _size(witness: Witness) -> int:
    """How many values a contact has, its clock among them."""
    members = 0
    for record in witness.contact.values():
        parts = record.values() if isinstance(record, dict) else [record]
        for part in parts:
            members += len(part) if isinstance(part, dict | list) else 1
    return members + (witness.now is not None)


def some(type_: Type) -> Value:
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


def another(type_: Type, taken: set[Value]) -> Value:
    """A value of a type that is none of these."""
    match type_:
        case Choice(names):
            return next(name for name in names if name not in taken)
        case Flag():
            return next(value for value in (False, True) if value not in taken)
        case Text():
            return next(
                text for text in ("x", *(f"x{n}" for n in range(len(taken) + 1))) if text not in taken
            )
        case _:
            ends = ends_of(type_)
            assert ends is not None
            low, high = ends
            start = simplest(low, high)
            step: object = 1
            if isinstance(start, datetime | timedelta | date):
                step = timedelta(days=1)
            value = start
            while value in taken or not low <= value <= high:  # type: ignore[operator]
                value = value + step if low <= value + step <= high else value - step  # type: ignore[operator]
            return value
