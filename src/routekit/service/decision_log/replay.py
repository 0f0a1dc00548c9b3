"""Logged contacts decided again, and what comes out otherwise."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal, TypeAlias

from routekit.engine.engine import Engine
from routekit.intake import Intake
from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy, SetData
from routekit.policy.outcome_parts import PART, Kind
from routekit.policy.references import Reads, declared, expressions, key_of, path_of
from routekit.schema.times import parse_time
from routekit.schema.types import (
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
)
from routekit.schema.writing import as_json
from routekit.service.decision_log.masking import AGENT, MASKED, OFFERS_SHOWN, STEP_AGENT, STEP_DATA
from routekit.service.decision_log.records import FORMAT_VERSION
from routekit.service.decision_log.uncertainty import (
    ARRIVAL,
    INBOUND,
    TOLD,
    Uncertainty,
    uncertainty_of,
)

__all__ = [
    "Change",
    "Decider",
    "Logged",
    "NotARecordError",
    "Replay",
    "Summary",
    "Verdict",
    "is_imported",
    "read_record",
]

VerdictKind: TypeAlias = Literal["same", "outcome", "rule", "in doubt"]
Outcome: TypeAlias = Mapping[str, object]

_UNSAID = f"{MASKED} "
MOST_IDS = 5
"""The decisions that are named of each group."""


class NotARecordError(ValueError):
    """A line that is no record of a decision; the message says why, and holds nothing of the line."""


@dataclass(frozen=True, slots=True)
class Logged:
    """A decision as a log has it."""

    id: str
    at: datetime
    policy: str
    revision: str
    outcome: Outcome
    contact: Mapping[str, object]
    masked: frozenset[str]


@dataclass(frozen=True, slots=True)
class Change:
    """A part of a decision as it was and as it is."""

    what: str
    before: object
    after: object

    def __str__(self) -> str:
        part = PART.get(self.what)
        tells_values, tells_too_much = Kind.TEXT, Kind.STEPS
        if part is not None and part.kind not in (tells_values, tells_too_much):
            return f"{self.what} {_told(self.before)} → {_told(self.after)}"
        return f"{self.what} otherwise"


def _told(value: object) -> str:
    if isinstance(value, list):
        return "{" + ", ".join(map(str, value)) + "}"
    return "none" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a logged decision came out.

    ``rule`` says that another rule came to the same; ``in doubt`` that nothing is known to differ, but the
    ``parts`` of the decision might, since the values at ``paths`` are masked.
    """

    kind: VerdictKind
    changes: tuple[Change, ...] = ()
    parts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


def is_imported(found: object) -> bool:
    """Checks whether a line of a log tells of a contact that no router saw, brought in from elsewhere."""
    return isinstance(found, dict) and "imported" in found


def read_record(found: object) -> Logged:
    """Reads a line of a log, as JSON reads it; raises :class:`NotARecordError`."""
    if not isinstance(found, dict) or "format_version" not in found:
        raise NotARecordError("is no record of a decision")
    if found["format_version"] != FORMAT_VERSION:
        raise NotARecordError(f"is not of format version {FORMAT_VERSION}, the one that is read here")
    needed = (part.name for part in TOLD if not part.late)
    missing = [key for key in ("id", "at", "policy", "revision", *needed, "contact") if key not in found]
    if missing:
        raise NotARecordError(f"lacks `{missing[0]}`")
    at = parse_time(found["at"], UTC) if isinstance(found["at"], str) else None
    masked = found.get("masked", [])
    if at is None or not isinstance(found["contact"], dict) or not isinstance(masked, list):
        raise NotARecordError("has a time, a contact or a list of masked paths that is none")
    return Logged(
        str(found["id"]), at, str(found["policy"]), str(found["revision"]),
        {
            **{part.name: found.get(part.name, _NOTHING.get(part.name)) for part in TOLD},
            **_declared(found.get("data")),
        },
        found["contact"], frozenset(map(str, masked)),
    )  # fmt: skip


class Decider:
    """Decides logged contacts by one policy, and knows what of it the masked values leave in doubt.

    What is masked was known. So something else stands in for it, and only what rests on the value itself is
    in doubt.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._policy: CheckedPolicy = engine.policy.checked
        self._intake = Intake(self._policy)
        self._reads = Reads(self._policy)
        self._fields = {path_of(leaf): (leaf, field) for leaf, field in declared(self._policy).items()}
        asked = {leaf for expr in expressions(self._policy) for leaf in self._reads(expr)}
        self._has_caps = any(offer.caps for offer in self._policy.offers)
        self._asked = asked | {ARRIVAL, INBOUND}

    def made(self, logged: Logged) -> bool:
        """Tells whether a logged decision was made by this very policy."""
        return logged.revision == self._policy.revision

    def decide(self, logged: Logged) -> tuple[Outcome, Uncertainty]:
        """What is decided now, as JSON has it, and what of it is in doubt."""
        decision, doubt = self.decision(logged)
        return _outcome(decision), doubt

    def decision(self, logged: Logged) -> tuple[Decision, Uncertainty]:
        """The decision that is made now, and what of it is in doubt."""
        masked = [self._fields[path] for path in logged.masked if path in self._fields]
        contact = logged.contact
        for leaf, its in masked:
            contact = _with(contact, key_of(leaf), _stand_in(its.type, path_of(leaf)))
        decision = self._engine.decide(contact, now=logged.at)
        hidden = frozenset(leaf for leaf, _ in masked) & self._asked
        is_own = self.made(logged)
        doubt = Uncertainty()
        if OFFERS_SHOWN in logged.masked and not is_own and self._has_caps:  # which may count another offer
            doubt = Uncertainty({"offers"}, {OFFERS_SHOWN})
        if not hidden:
            return decision, doubt
        facts = self._intake.read(contact, logged.at)
        unsaid = frozenset(leaf for leaf, its in masked if is_own and not its.private)
        found = uncertainty_of(self._policy, self._reads, facts, decision, hidden, unsaid)
        return decision, Uncertainty(found.keys | doubt.keys, found.paths | doubt.paths)


def _with(contact: Mapping[str, object], key: tuple[str, ...], value: object) -> dict[str, object]:
    """The contact with a value at a place that has none."""
    first, *rest = key
    part = contact.get(first)
    inner = part if isinstance(part, dict) else {}
    return {**contact, first: _with(inner, tuple(rest), value) if rest else value}


def _stand_in(type_: Type, path: str) -> object:
    """Some value of a type, as JSON has it; a text that no other field has."""
    match type_:
        case Text():
            return f"{_UNSAID}{path}"
        case Flag():
            return False
        case Integer(low, high) | Number(low, high):
            return low if low is not None else high if high is not None else 0
        case Choice(names):
            return names[0]
        case Time(low, high):
            return (low or high or datetime(2000, 1, 1, tzinfo=UTC)).isoformat()
        case Date(low, high):
            return (low or high or date(2000, 1, 1)).isoformat()
        case Duration(low, high):
            return as_json(low or high or timedelta(0))
        case SetOf(element):
            return [_stand_in(element, path)]


def _outcome(decision: Decision) -> Outcome:
    told: dict[str, object] = json.loads(json.dumps(decision.to_dict()))
    return {**{part.name: told[part.name] for part in TOLD}, **_declared(told.get("data"))}


def _declared(data: object) -> dict[str, object]:
    """The parts that a policy declares itself, each under a key of its own."""
    return {f"{SetData.part}.{name}": value for name, value in data.items()} if isinstance(data, dict) else {}


_NOTHING = _outcome(Decision("", "", "", "", ""))
"""What a record lacks that was written before a part came."""


class Replay:
    """Compares what is logged with what a policy decides now; or what two policies decide of it.

    With ``against`` it is the decisions of the two that are compared, contact by contact.
    """

    def __init__(self, policy: Engine, against: Engine | None = None) -> None:
        self._before = None if against is None else Decider(policy)
        self._after = Decider(against or policy)

    def compare(self, logged: Logged) -> Verdict:
        after, doubt = self._after.decide(logged)
        if self._before is None:
            before, more = _filled_in(logged, after, is_own=self._after.made(logged))
        else:
            before, more = self._before.decide(logged)
        keys, paths = doubt.keys | more.keys, doubt.paths | more.paths
        order = [part.name for part in TOLD]
        order += [key for key in after if key in before and key not in order]
        changes = tuple(
            Change(what, before[what], after[what]) for what in order if before[what] != after[what]
        )
        for change in changes:
            unsaid = set[str]()
            if _may_be_equal(change.before, change.after, unsaid):
                keys.add(change.what)
                paths |= unsaid
        sure = tuple(change for change in changes if change.what not in keys)
        if any(map(_is_noticed, sure)):
            return Verdict("outcome", sure)
        if keys:
            parts = tuple(what for what in dict.fromkeys((*order, *sorted(keys))) if what in keys)
            return Verdict("in doubt", changes, parts, tuple(sorted(paths)))
        return Verdict("rule", sure) if sure else Verdict("same")


# ── what a log leaves out ─────────────────────────────────────────────────────


def _filled_in(logged: Logged, after: Outcome, *, is_own: bool) -> tuple[Outcome, Uncertainty]:
    """The outcome of a log, with what it leaves out as it comes out now.

    By the policy that decided then it is as it was; by any other that is in doubt.
    """
    before, masked, doubt = dict(logged.outcome), logged.masked, Uncertainty()
    if AGENT in masked:  # somebody was wished for, and nobody can tell who
        before["agent"] = after["agent"] or f"{_UNSAID}{AGENT}"
        doubt.keys |= {"agent"} if after["agent"] else set()
    hidden = masked & after.keys() - before.keys()
    before |= {path: after[path] for path in hidden}
    doubt.keys |= hidden
    doubt.paths |= hidden
    steps = {path for path in masked if path == STEP_AGENT or path.startswith(STEP_DATA)}
    if STEP_AGENT in steps:
        before["plan"] = _as_wished(before["plan"], after["plan"])
    if steps:
        before["plan"] = _with_data(before["plan"], after["plan"], masked)
        doubt.keys |= {"plan"} if before["plan"] == after["plan"] else set()
    doubt.paths |= {path for path in (AGENT, *steps) if path.partition(".")[0] in doubt.keys}
    return before, Uncertainty() if is_own else doubt


def _as_wished(before: object, after: object) -> object:
    """The steps of a log without the agents whom they wish for, with those whom they wish for now."""
    if not isinstance(before, list | tuple) or not isinstance(after, list | tuple):
        return before
    now = {step["after"]: step for step in after if isinstance(step, dict) and "agent" in step}
    return [
        {**step, "agent": now[step["after"]]["agent"]}
        if isinstance(step, dict) and step.get("after") in now
        else step
        for step in before
    ]


def _with_data(before: object, after: object, masked: Iterable[str]) -> object:
    """The steps of a log with what they set now of parts that the log leaves out."""
    if not isinstance(before, list | tuple) or not isinstance(after, list | tuple):
        return before
    names = {path.removeprefix(STEP_DATA) for path in masked if path.startswith(STEP_DATA)}
    now = {step["after"]: step.get("data", {}) for step in after if isinstance(step, dict)}
    found: list[object] = []
    for step in before:
        data = now.get(step.get("after"), {}) if isinstance(step, dict) and "data" in step else {}
        more = {name: value for name, value in data.items() if name in names}
        found.append({**step, "data": {**more, **step["data"]}} if more else step)
    return found


def _may_be_equal(before: object, after: object, unsaid: set[str]) -> bool:
    """Whether two values may be equal though they do not look so: other texts stand in for what is masked.

    Puts into ``unsaid`` the paths of these.
    """
    if before == after:
        return True
    if isinstance(before, str) and isinstance(after, str):
        paths = {text.removeprefix(_UNSAID) for text in (before, after) if text.startswith(_UNSAID)}
        unsaid |= paths
        return bool(paths)
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(
            _may_be_equal(value, after[key], unsaid) for key, value in before.items()
        )
    if isinstance(before, list) and isinstance(after, list):
        return len(before) == len(after) and all(
            _may_be_equal(one, other, unsaid) for one, other in zip(before, after, strict=True)
        )
    return False


@dataclass(slots=True)
class Group:
    """Decisions that came out otherwise in the same way."""

    change: str
    count: int = 0
    ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Summary:
    """What many verdicts come to."""

    decisions: int = 0
    kinds: Counter[VerdictKind] = field(default_factory=Counter)
    revisions: Counter[tuple[str, str]] = field(default_factory=Counter)
    doubts: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = field(default_factory=Counter)
    """By the parts that may differ, and the paths of the masked values behind that."""
    groups: dict[str, Group] = field(default_factory=dict)

    def add(self, logged: Logged, verdict: Verdict) -> None:
        self.decisions += 1
        self.kinds[verdict.kind] += 1
        self.revisions[logged.policy, logged.revision] += 1
        if verdict.kind == "in doubt":
            self.doubts[verdict.parts, verdict.paths] += 1
        if verdict.kind in ("outcome", "rule"):
            group = self.groups.setdefault(_telling(verdict), Group(_telling(verdict)))
            group.count += 1
            if len(group.ids) < MOST_IDS:
                group.ids.append(logged.id)

    @property
    def by_size(self) -> list[Group]:
        return sorted(self.groups.values(), key=lambda group: (-group.count, group.change))


def _is_noticed(change: Change) -> bool:
    """Whether somebody notices it; each part that a policy declares itself is there for somebody."""
    return change.what not in PART or PART[change.what].noticed


def _telling(verdict: Verdict) -> str:
    """The difference that says most: where the contact went, before by which rule."""
    outcome = [change for change in verdict.changes if _is_noticed(change)]
    return str((outcome or list(verdict.changes))[0])
