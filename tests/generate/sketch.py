"""What a generated policy declares: the description that its text is written from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache

from routekit.policy.expressions import FieldRef, SignalRef
from routekit.policy.model import CheckedPolicy, Let
from routekit.policy.references import declared, path_of
from routekit.schema.types import (
    WEEKDAYS,
    Choice,
    Date,
    Duration,
    Flag,
    Integer,
    Number,
    SetOf,
    Text,
    Time,
    Type,
    listed_name,
)
from routekit.testing.choices import Dice

__all__ = [
    "QueueSketch",
    "Slot",
    "World",
    "are_comparable",
    "literals",
    "some_type",
]


@dataclass(frozen=True, slots=True)
class Slot:
    """Something that has a value: a field, a signal or a let, and how it is written."""

    path: str
    type: Type


@dataclass(frozen=True, slots=True)
class QueueSketch:
    name: str
    channels: tuple[str, ...]
    is_always_open: bool


@dataclass(slots=True)
class World:
    """All that conditions and outcomes can speak of."""

    slots: list[Slot] = field(default_factory=list)
    signals: list[Slot] = field(default_factory=list)
    lets: list[Slot] = field(default_factory=list)
    lists: list[Slot] = field(default_factory=list)
    segments: list[str] = field(default_factory=list)
    calendars: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    queues: list[QueueSketch] = field(default_factory=list)
    choosers: list[str] = field(default_factory=list)
    """Fields that name a queue, the first one among others."""
    messages: list[str] = field(default_factory=list)
    matters: list[str] = field(default_factory=list)
    switches: list[str] = field(default_factory=list)
    data: list[Slot] = field(default_factory=list)
    """The parts of a decision that the policy declares."""
    offers: list[str] = field(default_factory=list)
    reaches: list[str] = field(default_factory=list)
    skills: tuple[str, ...] = ("english", "patience", "铁路", "retention")
    rules: list[str] = field(default_factory=list)
    tables: dict[str, int] = field(default_factory=dict)
    written: Mapping[type[Type], tuple[str, ...]] = field(default_factory=dict)
    """The values that are written of some types, in place of the usual ones."""
    has_clock: bool = True

    @classmethod
    def of(
        cls, policy: CheckedPolicy, written: Mapping[type[Type], tuple[str, ...]], *, has_clock: bool
    ) -> "World":
        """What a policy declares."""
        values = [
            (Slot(path_of(ref).removeprefix("live."), item.type), ref)
            for ref, item in declared(policy).items()
        ]
        lets = [item for item in policy.definitions if isinstance(item, Let)]
        queues = [
            QueueSketch(queue.name, queue.channels, queue.calendar is None)
            for queue in policy.queues.values()
        ]
        return cls(
            slots=[slot for slot, ref in values if isinstance(ref, FieldRef)],
            signals=[slot for slot, ref in values if isinstance(ref, SignalRef)],
            lets=[Slot(item.name, item.type) for item in lets],
            calendars=[*policy.calendars],
            channels=[*policy.channels],
            queues=queues,
            choosers=[
                slot.path
                for slot, _ in values
                if isinstance(slot.type, Choice) and policy.queues.keys() >= {*slot.type.names}
            ],
            messages=[*policy.messages],
            data=[Slot(item.name, item.type) for item in policy.data],
            skills=tuple(dict.fromkeys(skill for queue in policy.queues.values() for skill in queue.skills)),
            written=written,
            has_clock=has_clock,
        )

    def literals(self, type_: Type) -> tuple[str, ...]:
        """Values of a type as a policy writes them, within its bounds, the lowest first."""
        is_bounded = isinstance(type_, Time | Date | Duration) and type_.low is not None
        return (None if is_bounded else self.written.get(type(type_))) or literals(type_)

    def literal(self, dice: Dice, type_: Type) -> str:
        """A value of a type, written out; the simple ones are those in the middle."""
        known = self.literals(type_)
        middle = len(known) // 2
        return known[(middle + dice.below(len(known))) % len(known)]

    @property
    def names(self) -> dict[str, list[str]]:
        """The names that parts of an outcome can have, by what they are of."""
        return {
            "rule": ["otherwise", *self.rules],
            "channel": self.channels,
            "queue": [queue.name for queue in self.queues],
            "skill": [*self.skills],
            "message": self.messages,
            "offer": self.offers,
        }

    def some_fields(self, dice: Dice) -> list[str]:
        """One to three fields of the contact."""
        return dice.some([slot.path for slot in self.slots], 1, 3)

    def values(self) -> list[Slot]:
        return [*self.slots, *self.signals, *self.lets]

    def comparable(self, type_: Type) -> list[Slot]:
        return [slot for slot in self.values() if are_comparable(slot.type, type_)]

    def open_queues(self) -> list[QueueSketch]:
        return [queue for queue in self.queues if queue.is_always_open]


# ── types ─────────────────────────────────────────────────────────────────────

_CHOICES = (
    Choice(("bronze", "silver", "gold", "platinum"), ordered=True),
    Choice(("north", "south", "east", "west")),
    Choice(("low", "medium", "high"), ordered=True),
    Choice(("east", "west", "北京")),
    Choice(("queue", "rule", "open", "other", "table")),
    Choice(("gold", "low", "of", "time", "none")),
    Choice(("low", "VERY LOW", "self-employed"), ordered=True),
    WEEKDAYS,
)
_BOUNDS = ((0, 100), (None, None), (0, None), (None, 50), (-5, 5), (7, 7))
_FRACTIONS = ((None, None), (-1, 1), (0, None), (0.5, 2.25))


def some_scalar(dice: Dice) -> Type:
    match dice.below(12):
        case 0 | 1:
            return Integer(*dice.pick(_BOUNDS))
        case 2 | 3:
            return dice.pick(_CHOICES)
        case 4 | 5:
            return Text()
        case 6:
            return Flag()
        case 7:
            return Number(*dice.pick(_FRACTIONS))
        case 8:
            return _CHOICES[0]
        case 9:
            return dice.pick((Time(), Time(), Time(datetime(2026, 1, 1, 12, tzinfo=UTC))))
        case 10:
            return dice.pick((Date(), Date(), Date(date(1970, 1, 1), date(2026, 12, 25))))
        case _:
            return dice.pick((Duration(), Duration(), Duration(timedelta(0), timedelta(days=1))))


def some_type(dice: Dice) -> Type:
    return SetOf(some_scalar(dice)) if dice.chance(15) else some_scalar(dice)


def are_comparable(left: Type, right: Type) -> bool:
    match left, right:
        case ((Integer() | Number()), (Integer() | Number())):
            return True
        case Choice(names), Choice(others):
            return not set(names).isdisjoint(others)
        case SetOf(element), SetOf(other):
            return are_comparable(element, other)
        case _:
            return type(left) is type(right)


# ── literals ──────────────────────────────────────────────────────────────────

_TEXTS = (
    '"zh"', '"en"', '""', '"c-1"', '"Zürich"', '"say \\"hi\\""', '"a\\\\b"', '"日本 語"', '"{x} # 1"', '"ﬁ"',
)  # fmt: skip
_INTEGERS = (
    -(2**53) - 1,
    -5,
    -1,
    0,
    1,
    2,
    5,
    7,
    20,
    49,
    50,
    51,
    80,
    99,
    100,
    10**17,
    999_999_999_999_999_999,
)
_NUMBERS = (
    "-3",
    "-1",
    "-0.5",
    "0",
    "0.000001",
    "0.1",
    "0.5",
    "0.75",
    "1",
    "1.5",
    "2.25",
    "20",
    "80",
    "1000000.5",
)
_TIMES = (
    "0002-01-01 00:00", "1970-01-01 00:00", "2024-02-29T00:00Z", "2026-01-01 12:00",
    "2026-03-29 02:30",
    "2026-10-25T02:30:00", "2026-11-23 10:00", "2026-11-27 09:00:00.5", "2026-12-31T23:59:59+08:00",
    "2027-03-14 02:30-05:00", "9998-12-31 00:00",
)  # fmt: skip
_DATES = (
    "0001-01-01", "1970-01-01", "2000-02-29", "2026-01-01", "2026-11-23", "2026-12-25",
    "2027-02-28", "9999-12-31",
)  # fmt: skip
_DURATIONS = ("0s", "1s", "30s", "90s", "3m", "1h30m", "8h", "1d", "14d", "400d", "9999d", "9000000d")


def _is_within(text: str, low: float | None, high: float | None) -> bool:
    return (low is None or float(text) >= low) and (high is None or float(text) <= high)


@cache
def literals(type_: Type) -> tuple[str, ...]:
    """Values of a type as a policy writes them, within its bounds, the lowest first."""
    match type_:
        case Text():
            return _TEXTS
        case Flag():
            return "no", "yes"
        case Integer(low, high):
            edges = {edge for edge in (low, high) if edge is not None}
            written = tuple(str(value) for value in sorted({*_INTEGERS, *edges}))
            return tuple(text for text in written if _is_within(text, low, high))
        case Number(low, high):
            return tuple(text for text in _NUMBERS if _is_within(text, low, high))
        case Choice(names):
            return tuple(map(listed_name, names))
        case Time():
            return tuple(text for text in _TIMES if type_.low is None or text >= "2026-03")
        case Date():
            return tuple(text for text in _DATES if type_.low is None or "1970-01-01" <= text <= "2026-12-25")
        case Duration():
            return _DURATIONS if type_.low is None else _DURATIONS[:8]
        case SetOf(element):
            first, *others = literals(element)
            return "{}", f"{{{first}}}", f"{{{', '.join((first, *others[:2]))}}}"
