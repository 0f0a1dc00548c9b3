"""A whole file of contacts, by one process or by several; a decision log."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING

from routekit.backtest.both import Both, Change
from routekit.backtest.tally import MOST_PLACES, Tally, quarter_of
from routekit.diff import Key
from routekit.engine.engine import Engine
from routekit.engine.policy import Policy
from routekit.policy.outcome_parts import PART
from routekit.readers import Contacts, Part, Row
from routekit.service.decision_log.replay import Decider, Logged

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["run", "run_log"]

_AT_ONCE = 4_096
"""Rows that a process is given, where they come one by one."""
_AHEAD = 2
"""Pieces that wait for each process, so that none of them rests."""

Broken = Callable[[Row], None]


def run(change: Change, contacts: Contacts, broken: Broken, *, jobs: int = 1) -> Tally:
    """Decides all contacts of a file by both versions; ``broken`` is told each line that cannot be read.

    The counts are the same whatever the number of processes, ``jobs``. Raises what the reader raises.
    """
    tally = Both(change).nothing()
    work = _work(contacts, tally, broken)
    if jobs == 1:
        both = Both(change)
        for piece in work:
            tally.merge(piece.located(piece.counted(both), tally))
        return tally
    with ProcessPoolExecutor(jobs, get_context("spawn"), _begin, (change,)) as pool:
        ahead: deque[tuple[_Piece, Future[Tally]]] = deque()
        for piece in work:
            ahead.append((piece, pool.submit(_count, piece.sent())))
            if len(ahead) > jobs * _AHEAD:
                _take(ahead, tally)
        while ahead:
            _take(ahead, tally)
    return tally


def run_log(old: Policy, new: Policy, change: Change, log: Iterable[Logged], moved: dict[str, Key]) -> Tally:
    """Decides logged contacts by both versions, each at its time; who rests on masked values is in doubt.

    Puts what changes for those who move into ``moved``, by the ids of their decisions.
    """
    both = Both(change)
    tally = both.nothing()
    deciders = Decider(Engine(old)), Decider(Engine(new))
    kept: dict[Key, Key] = {}
    for logged in log:
        (before, doubt), (now, more) = (decider.decision(logged) for decider in deciders)
        # whom an expression wishes for is told by the expression, whatever it comes to
        if any(key not in PART or not PART[key].computed for key in doubt.keys | more.keys):
            tally.in_doubt += 1
        key = both.add(tally, before, now)
        if key is not None:
            moved[logged.id] = kept.setdefault(key, key)
        tally.locate(key, (logged.id,))
        both.arrive(tally, (before, now), quarter_of(logged.at))
    return tally


# ── pieces of a file ──────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some rows, one by one or as a table."""

    rows: Sequence[Row] = ()
    part: Part | None = None

    def sent(self) -> "pa.RecordBatch | list[tuple[object, str]]":
        """What a process needs of it."""
        if self.part is not None:
            return self.part.batch
        return [(row.contact, row.place) for row in self.rows]

    def counted(self, both: Both) -> Tally:
        return _counted(both, self.sent())

    def located(self, tally: Tally, before: Tally) -> Tally:
        """The tally of a table with the places of its rows, as far as they are told."""
        if self.part is None:
            return tally
        wanted = {
            int(place)
            for key, places in tally.places.items()
            for place in places[: MOST_PLACES - len(before.places.get(key, ()))]
        }
        names = {}
        if wanted:
            for number, row in enumerate(islice(self.part.rows(), max(wanted) + 1)):
                if number in wanted:
                    names[number] = row.place
        tally.places = {
            key: tuple(names[int(place)] for place in places if int(place) in names)
            for key, places in tally.places.items()
        }
        return tally


def _work(contacts: Contacts, tally: Tally, broken: Broken) -> Iterator[_Piece]:
    """The pieces of a file, without the lines that are broken, which are counted."""
    if contacts.parts is None:
        yield from _chunks(contacts.rows, tally, broken)
        return
    for part in contacts.parts:
        for row in part.broken:
            tally.broken += 1
            broken(row)
        if part.batch is None:
            yield from _chunks(part.rows(), tally, broken)
        else:
            yield _Piece(part=part)


def _chunks(rows: Iterator[Row], tally: Tally, broken: Broken) -> Iterator[_Piece]:
    while taken := list(islice(rows, _AT_ONCE)):
        kept = []
        for row in taken:
            if row.broken:
                tally.broken += 1
                broken(row)
            else:
                kept.append(row)
        if kept:
            yield _Piece(kept)


def _take(ahead: "deque[tuple[_Piece, Future[Tally]]]", tally: Tally) -> None:
    piece, future = ahead.popleft()
    tally.merge(piece.located(future.result(), tally))


# ── within a process ──────────────────────────────────────────────────────────

_both: list[Both] = []


def _begin(change: Change) -> None:
    _both[:] = [Both(change)]


def _count(sent: "pa.RecordBatch | list[tuple[object, str]]") -> Tally:
    return _counted(_both[0], sent)


def _counted(both: Both, sent: "pa.RecordBatch | list[tuple[object, str]]") -> Tally:
    if not isinstance(sent, list):
        return both.count_table(sent)
    tally = both.nothing()
    for contact, place in sent:
        both.count(tally, contact, place)
    return tally
