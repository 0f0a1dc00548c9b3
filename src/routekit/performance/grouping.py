"""Which contacts belong together: by parts of the decision, by fields, by what the policy says of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from routekit.diagnostics.diagnostic import closest
from routekit.intake import Intake
from routekit.performance.log_entries import Contact, Step, instant, time_of
from routekit.policy import expressions as e
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy, Segment
from routekit.policy.references import Reads, ValueRef, defined, key_of, parts_through, path_of
from routekit.reference import Scope
from routekit.schema.times import zone
from routekit.schema.types import Value
from routekit.service.decision_log.records import FORMAT_VERSION
from routekit.translation import t

__all__ = [
    "BESIDE",
    "DEFAULT_MATTER",
    "NOTHING",
    "PARTS",
    "ContactReader",
    "UnknownGroupError",
    "usual_groups",
]

BESIDE = ", "
"""Stands between segments, or matters, of one contact."""
NOTHING = "–"
"""Stands for a value that a contact does not have, or the log does not tell."""

DEFAULT_MATTER = "contact.intent"

PARTS = (
    "channel", "inbound", "queue", "rule", "arm", "policy", "revision", "message", "segment", "matter",
    "day", "weekday", "hour",
)  # fmt: skip
"""What contacts can be grouped by, beside fields by their paths."""

_OF_POLICY = ("segment",)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MOST_KEPT = 20_000
_ARRIVAL = ("contact", "at")


class UnknownGroupError(ValueError):
    """Something that contacts cannot be grouped by; the message says what is meant."""


def usual_groups(policy: CheckedPolicy | None) -> tuple[str, ...]:
    """Returns what contacts are grouped by where nobody says: channel, segment where there are some, matter.

    >>> usual_groups(None)
    ('channel', 'matter')
    """
    has_segments = policy is not None and any(isinstance(item, Segment) for item in policy.definitions)
    return ("channel", *(("segment",) if has_segments else ()), "matter")


class ContactReader:
    """Makes contacts of the records of a log.

    ``by`` are parts of the decision or paths of fields; ``matter`` is the path of the field that says what a
    contact is about, where ``policy`` declares no matters. Customers are told apart by the field ``key``, or
    by its pseudonym. Raises :class:`UnknownGroupError`.
    """

    def __init__(
        self,
        by: Sequence[str],
        *,
        policy: CheckedPolicy | None = None,
        matter: str = DEFAULT_MATTER,
        key: str = "customer.id",
    ) -> None:
        self._by = tuple(by)
        self._matter = tuple(matter.split("."))
        self._key = tuple(key.split("."))
        self._policy = None if policy is None else _Policy(policy, wants_segments="segment" in by)
        self._local = zone("UTC" if policy is None else policy.timezone)
        for name in self._by:
            self._check(name)

    @property
    def timezone(self) -> tzinfo:
        """The clock by which days and hours are told: that of the policy, else UTC."""
        return self._local

    def _check(self, name: str) -> None:
        if name in _OF_POLICY and self._policy is None:
            raise UnknownGroupError(
                t("only a policy says which `{name}` a contact is in: add --policy", name=name)
            )
        if name in PARTS or "." in name:
            return
        meant = closest(name, PARTS)
        raise UnknownGroupError(
            t("contacts cannot be grouped by `{name}`; did you mean `{meant}`?", name=name, meant=meant)
            if meant is not None
            else t(
                "contacts cannot be grouped by `{name}`: name {parts}, or a field by its path",
                name=name,
                parts=t(", ").join(PARTS),
            )
        )

    def __call__(self, record: Mapping[str, object]) -> Contact:
        """Returns the contact of a record; raises ``ValueError`` where it is none."""
        if record["format_version"] != FORMAT_VERSION:
            raise ValueError(
                t("is not of format version {version}, the one that is read here", version=FORMAT_VERSION)
            )
        id, at, fields = record.get("id"), time_of(record), record.get("contact")
        if not isinstance(id, str) or not id:
            raise ValueError(t("lacks `{name}`", name="id"))
        if not isinstance(fields, dict):
            raise ValueError(t("lacks `{name}`", name="contact"))
        channel = _text(record.get("channel"))
        known = None if self._policy is None else self._policy.of(record, fields, at)
        matter = known.matter if known is not None and known.matter else _text(_at(fields, self._matter))
        cost, is_served = (None, None) if self._policy is None else self._policy.channel(channel)
        offers = record.get("offers")
        return Contact(
            id,
            at,
            self._customer(record, fields),
            matter,
            _text(_at(fields, ("contact", "channel"))),
            channel,
            _text(record.get("queue")),
            _text(record.get("rule")),
            tuple(self._value(name, record, fields, at, known, matter) for name in self._by),
            len(offers) if isinstance(offers, list) else 0,
            cost,
            is_served,
            _plan(record.get("plan")),
            () if known is None else known.doubts,
        )

    def _customer(self, record: Mapping[str, object], fields: Mapping[str, object]) -> str | None:
        value = _at(fields, self._key)
        if value is None:
            pseudonyms = record.get("pseudonyms")
            value = pseudonyms.get(".".join(self._key)) if isinstance(pseudonyms, dict) else None
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None

    def _value(
        self,
        name: str,
        record: Mapping[str, object],
        fields: Mapping[str, object],
        at: float,
        known: "_Known | None",
        matter: str,
    ) -> str:
        match name:
            case "matter":
                return matter
            case "segment":
                return NOTHING if known is None else known.segments
            case "inbound":
                return _text(_at(fields, ("contact", "channel")))
            case "day" | "weekday" | "hour":
                local = instant(at).astimezone(self._local)
                if name == "weekday":
                    return _WEEKDAYS[local.weekday()]
                return f"{local:%Y-%m-%d}" if name == "day" else f"{local:%H}"
        return _text(_at(fields, tuple(name.split("."))) if "." in name else record.get(name))


def _text(value: object) -> str:
    match value:
        case None | "":
            return NOTHING
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(_text, value)) or NOTHING
        case dict():
            return NOTHING
    return str(value)


def _at(value: object, path: tuple[str, ...]) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _plan(plan: object) -> tuple[Step, ...]:
    steps = plan if isinstance(plan, list) else ()
    found = []
    for step in steps:
        after = _number(step.get("after")) if isinstance(step, dict) else None
        if after is not None:
            queue = step.get("queue")
            within = _number(step.get("callback_within"))
            found.append(Step(after, queue if isinstance(queue, str) else None, within))
    return tuple(found)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


# ── what only the policy says ─────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Known:
    """What the policy says of a contact: the segments it is in, the matters it has, and of which it is in
    doubt since the log leaves values out."""

    segments: str
    matter: str
    doubts: tuple[str, ...]


class _LazyScope(Scope):
    """A contact of which only those definitions are worked out that somebody asks for."""

    def __init__(self, policy: CheckedPolicy, facts: Facts, bodies: Mapping[e.Expr, e.Expr]) -> None:
        self.policy = policy
        self.facts = facts
        self.outcome = None
        self.is_called_back = False
        self.lets, self.segments = {}, {}
        self._bodies = bodies

    def value(self, expr: e.Expr) -> Value | None:
        """Returns the value of an expression, as every scope does."""
        if isinstance(expr, e.LetRef) and expr.name not in self.lets:
            self.lets[expr.name] = self.value(self._bodies[expr])
        elif isinstance(expr, e.SegmentRef) and expr.name not in self.segments:
            self.segments[expr.name] = self.is_true(self._bodies[expr])
        return super().value(expr)


class _Condition:
    """A segment or matter: whether a contact has it, worked out once for all that look alike to it."""

    def __init__(self, name: str, expr: e.Expr | None, reads: Reads, bodies: Mapping[e.Expr, e.Expr]) -> None:
        self.name = name
        self._expr = expr
        self._body = bodies.get(expr, expr) if expr is not None else None
        leaves = frozenset[ValueRef]() if expr is None else reads(expr)
        self._paths = frozenset(map(path_of, leaves))
        self._keys = sorted(map(key_of, leaves))
        if expr is not None and _asks_the_clock(expr, bodies):
            self._keys.append(_ARRIVAL)
            self._is_clocked = True
        else:
            self._is_clocked = False
        self._kept: dict[tuple[object, ...], tuple[bool, bool]] = {}

    def of(
        self, fields: Mapping[str, object], at: float, hidden: frozenset[str], scope: Callable[[], Scope]
    ) -> tuple[bool, bool]:
        """Tells whether a contact surely has it, and whether that is in doubt since values are left out."""
        values = [repr(_at(fields, key)) for key in self._keys]
        key = (*values, at if self._is_clocked else None, self._paths & hidden)
        known = self._kept.get(key)
        if known is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            known = self._kept[key] = self._worked_out(hidden, scope())
        return known

    def _worked_out(self, hidden: frozenset[str], scope: Scope) -> tuple[bool, bool]:
        if scope.is_true(self._expr):
            return True, False
        # false whatever stood where a value is missing
        is_ruled_out = self._body is not None and scope.value(self._body) is False
        return False, bool(self._paths & hidden) and not is_ruled_out


def _asks_the_clock(expr: e.Expr, bodies: Mapping[e.Expr, e.Expr]) -> bool:
    return any(isinstance(part, e.Now | e.CalendarOpen) for part in parts_through((expr,), bodies))


class _Policy:
    """The segments and matters of contacts, by the reference."""

    def __init__(self, policy: CheckedPolicy, *, wants_segments: bool) -> None:
        self._policy = policy
        self._intake = Intake(policy)
        self._bodies = defined(policy)
        reads = Reads(policy)
        segments = [item for item in policy.definitions if isinstance(item, Segment) and wants_segments]
        self._segments = [
            _Condition(item.name, e.SegmentRef(item.name), reads, self._bodies) for item in segments
        ]
        self._matters = [
            _Condition(matter.name, matter.condition, reads, self._bodies)
            for matter in policy.contact_map.matters
        ]

    def channel(self, name: str) -> tuple[float | None, bool | None]:
        """Returns what a contact costs on a channel, and whether people serve it there."""
        channel = self._policy.channels.get(name)
        return (None, None) if channel is None else (channel.cost, channel.assisted)

    def of(self, record: Mapping[str, object], fields: Mapping[str, object], at: float) -> _Known:
        """Returns what the policy says of a contact, as far as the log has the values that it asks for."""
        masked = record.get("masked")
        hidden = frozenset(map(str, masked)) if isinstance(masked, list) else frozenset[str]()
        made: list[Scope] = []

        def scope() -> Scope:
            if not made:
                made.append(_LazyScope(self._policy, self._intake.read(fields, instant(at)), self._bodies))
            return made[0]

        doubts: list[str] = []

        def told(conditions: Sequence[_Condition]) -> str:
            names = []
            for condition in conditions:
                has_it, in_doubt = condition.of(fields, at, hidden, scope)
                names += [condition.name] if has_it else []
                doubts.extend([condition.name] if in_doubt else [])
            return BESIDE.join(names)

        segments, matters = told(self._segments), told(self._matters)
        return _Known(segments or NOTHING, matters, tuple(doubts))
