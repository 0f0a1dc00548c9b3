"""How fast a policy decides on this machine, measured on contacts of one's own."""

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from time import perf_counter, perf_counter_ns

from routekit.engine.engine import Engine
from routekit.engine.policy import Policy
from routekit.schema.times import utc_now
from routekit.translation import msgid, t

__all__ = ["DisagreementError", "Pace", "Speed", "measure"]

_LEAST_ROUNDS = 3
_FEWEST_FOR_P99 = 300
_MOST_LATENCIES = 100_000
_ROWS = 10_000


class DisagreementError(Exception):
    """The fast evaluator and the reference decide a contact differently: an error of this library."""


@dataclass(frozen=True, slots=True)
class Pace:
    """One way to decide: seconds per contact; for single decisions the median and the 99th percentile."""

    name: str
    seconds: float
    p50: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured: seconds to make the engine, then each way, the first ``one by one``.

    ``left_out`` says why a way is not among them.
    """

    contacts: int
    compiling: float
    paces: tuple[Pace, ...]
    left_out: tuple[str, ...]


def measure(
    policy: Policy, contacts: Sequence[object], *, seconds: float = 2.0, step: Callable[[str], None] = print
) -> Speed:
    """Times an engine of a policy over contacts; each way takes about so many ``seconds``.

    All contacts are first decided by the reference as well. ``step`` is told what is about to be measured.
    Raises ``ValueError`` without contacts, :class:`DisagreementError` where the decisions differ.

    >>> policy = Policy.from_text('''
    ...     policy care
    ...     record contact { channel one of voice }
    ...     channel voice { assisted }
    ...     queue general { on voice }
    ...     route { otherwise queue general }
    ... ''')
    >>> speed = measure(policy, [{"contact": {"channel": "voice"}}], seconds=0.01, step=lambda _: None)
    >>> speed.paces[0].name
    'one by one'
    """
    if not contacts:
        raise ValueError(t("no contacts to decide"))
    step(t("making the engine"))
    gc.collect()
    start = perf_counter()
    engine = Engine(policy)
    compiling = perf_counter() - start
    reference = Engine(policy, evaluator="reference")
    step(t("comparing with the reference"))
    _compare(engine, reference, contacts)
    step(t("one by one"))
    single = _single(msgid("one by one"), engine, contacts, seconds)
    paces, left_out = [single], []
    step(t("as a table"))
    try:
        paces.append(_table(engine, contacts, seconds))
    except _NoTableError as error:
        left_out.append(t("as a table: {error}", error=error))
    step(t("by the reference"))
    paces.append(_single(msgid("by the reference"), reference, contacts, seconds))
    return Speed(len(contacts), compiling, tuple(paces), tuple(left_out))


class _NoTableError(Exception):
    """Why contacts cannot be decided as a table."""


def _compare(engine: Engine, reference: Engine, contacts: Sequence[object]) -> None:
    now = utc_now()
    for number, contact in enumerate(contacts, 1):
        if engine.decide(contact, now=now) != reference.decide(contact, now=now):
            raise DisagreementError(
                t("contact {number} is decided differently by the reference", number=number)
            )


def _single(name: str, engine: Engine, contacts: Sequence[object], seconds: float) -> Pace:
    decide = engine.decide
    best = float("inf")
    for _ in _rounds(seconds / 2):
        start = perf_counter()
        for contact in contacts:
            decide(contact)
        best = min(best, (perf_counter() - start) / len(contacts))
    taken = []
    until = perf_counter_ns() + int(seconds / 2 * 1e9)
    for contact in islice(cycle(contacts), _MOST_LATENCIES):
        before = perf_counter_ns()
        decide(contact)
        after = perf_counter_ns()
        taken.append(after - before)
        if after > until:
            break
    taken.sort()
    p99 = taken[len(taken) * 99 // 100] / 1e9 if len(taken) >= _FEWEST_FOR_P99 else None
    return Pace(name, best, taken[len(taken) // 2] / 1e9, p99)


def _table(engine: Engine, contacts: Sequence[object], seconds: float) -> Pace:
    try:
        import numpy  # noqa: F401
        import pyarrow as pa
    except ImportError:
        raise _NoTableError(t("needs pyarrow and numpy: install `routekit[arrow]`")) from None
    good = [_as_rows(contact) for contact in contacts if not engine.decide(contact).problems]
    try:
        table = pa.Table.from_pylist(good)
    except (pa.ArrowException, AttributeError, TypeError, ValueError, OverflowError):
        raise _NoTableError(t("values of one field have different types, so they make no column")) from None
    if not good:
        raise _NoTableError(t("all contacts have problems"))
    table = pa.concat_tables([table] * -(-_ROWS // len(good))).combine_chunks()
    best = float("inf")
    for _ in _rounds(seconds):
        start = perf_counter()
        engine.decide_batch(table)
        best = min(best, (perf_counter() - start) / table.num_rows)
    return Pace(msgid("as a table"), best)


def _as_rows(value: object) -> object:
    """Lists in place of sets, which a column cannot hold."""
    if isinstance(value, dict):
        return {key: _as_rows(member) for key, member in value.items()}
    return list(value) if isinstance(value, set | frozenset) else value


def _rounds(seconds: float) -> Iterator[int]:
    """Rounds until the time is used up, a few at least."""
    until = perf_counter() + seconds
    number = 0
    while number < _LEAST_ROUNDS or perf_counter() < until:
        yield number
        number += 1
