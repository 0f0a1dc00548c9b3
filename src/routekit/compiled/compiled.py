"""A policy compiled: one generated function that leads from a contact to its decision."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Protocol, cast

from routekit.compiled.doubt import CompiledDoubt
from routekit.compiled.finish import Candidate, Finisher
from routekit.compiled.main import Clock, Told, Writer
from routekit.compiled.masks import NO_TEXT
from routekit.compiled.outcomes import PLACES, values_of
from routekit.compiled.program import plan_program
from routekit.compiled.reading import ReadShown
from routekit.intake import Intake
from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy, Field
from routekit.policy.references import INBOUND
from routekit.schema.times import utc_now
from routekit.schema.types import Choice, Text

__all__ = ["Compiled", "Decide", "DecideNow"]

Plain = list[Decision | None]

_PROBLEMS = PLACES["problems"]


class Decide(Protocol):
    """Decides for one contact; ``clock``, by default the machine's, is asked only where it matters."""

    def __call__(self, contact: object, clock: Clock = ...) -> Decision: ...


class DecideNow(Protocol):
    """Decides for one contact by the machine's clock; what decides with an option is given apart."""

    def __call__(self, contact: object, *, now: datetime | None = ..., strict: bool = ...) -> Decision: ...


class Compiled:
    """Decides by one policy exactly as the reference does; immutable for its users, safe to share.

    One generated function does it all. ``decide`` calls it by a clock; ``decide_now`` gives it away as it is,
    to be called without a detour.
    """

    __slots__ = ("_doubt", "_function", "_intake", "_module", "_names", "_queues", "_records")

    def __init__(self, policy: CheckedPolicy) -> None:
        self._intake = Intake(policy)
        self._records = [_members(record.name, record.fields) for record in policy.records]
        self._queues = [_members(queue, policy.live) for queue in policy.queues]
        self._doubt = CompiledDoubt(policy)
        program = plan_program(policy)
        self._module = program.module
        plain = _places_by_channel(policy, program.rows.count)
        shared: dict[tuple[int, object, int], Decision] = {}
        name = Writer(program).write(plain, shared)
        self._names = names = self._module.build()
        candidates = program.candidates(names)
        finisher = Finisher(policy, candidates, program.extras(names), shared)
        _fill(plain, candidates, finisher)
        names |= {"slow": self._slow, "finish": finisher.finish, "given": None, "handed_over": False}
        self._function = cast("Callable[..., Decision]", names[name])

    def decide(self, contact: object, clock: Clock = utc_now) -> Decision:
        """Decides for one contact, any Python value at all; ``clock`` is asked only where it matters."""
        return self._function(contact, now=Told((clock, False)))

    def decide_now(self, given: Callable[[object, datetime | None, bool], Decision]) -> DecideNow:
        """The function of an engine, without a call in between: ``given`` decides where an option is used."""
        self._names["given"] = given
        self._function.__qualname__ = "decide"  # as errors of its callers name it
        return self._function

    def hand_over(self) -> None:
        """From now on ``given`` decides every contact, for those too who kept the function."""
        self._names["handed_over"] = True

    @property
    def source(self) -> str:
        """The generated code; tracebacks show its lines."""
        return self._module.source

    def _slow(self, contact: object, clock: Clock) -> Decision:
        """The way of a contact that has a problem or may have one: read in full, then decided like any."""
        moment = clock if isinstance(clock, datetime) else clock()
        facts = self._intake.read(contact, moment)
        trusted = partial(self._doubt.withheld, facts) if facts.unreadable else True
        decision = self._function(self._as_sent(facts), now=Told((moment, trusted)))
        if not facts.problems:
            return decision
        values = [*values_of(decision)]
        values[_PROBLEMS] = facts.problems
        return Decision(*values)

    def _as_sent(self, facts: Facts) -> dict[str, object]:
        """A contact that reads as these facts and has nothing wrong."""
        fields, signals = facts.fields, facts.signals
        contact: dict[str, object] = {
            record: {name: fields[key] for name, key in members} for record, members in self._records
        }
        if signals is not self._intake.no_signals:
            contact["live"] = {
                queue: {name: signals[key] for name, key in members} for queue, members in self._queues
            }
        contact["offers_shown"] = ReadShown(facts.shown)
        return contact


def _members(owner: str, fields: Iterable[Field]) -> tuple[str, list[tuple[str, tuple[str, str]]]]:
    """An owner of fields, and the names of these, with their keys among facts."""
    return owner, [(field.name, (owner, field.name)) for field in fields]


def _places_by_channel(policy: CheckedPolicy, rows: int) -> Plain | dict[str, Plain]:
    """Room for the decisions that need nothing worked out: by the place of the winner, and before it by the
    inbound channel, where that makes a difference."""
    type_ = next(
        (
            field.type
            for record in policy.records
            for field in record.fields
            if e.FieldRef(record.name, field.name) == INBOUND
        ),
        None,
    )
    served = {channel for queue in policy.queues.values() for channel in queue.channels}
    elsewhere: Plain = [None] * (rows + 1)
    match type_:
        case Choice(names):
            known = {name: [*elsewhere] if name in served else elsewhere for name in names}
        case Text():
            known = {name: [*elsewhere] for name in served}
        case _:
            return elsewhere
    return {**known, NO_TEXT: elsewhere}


def _fill(plain: Plain | dict[str, Plain], candidates: Sequence[Candidate], finisher: Finisher) -> None:
    by_channel = plain if isinstance(plain, dict) else {NO_TEXT: plain}
    for place, candidate in zip(range(len(by_channel[NO_TEXT]) - 1, 0, -1), candidates, strict=False):
        if not candidate.is_plain:
            continue
        ready = candidate.arms[0][1]
        made = {channel: finisher.plain(candidate, channel) for channel in {*ready.channels, ready.channel}}
        for channel, decisions in by_channel.items():
            decisions[place] = made.get(channel, made[ready.channel])
