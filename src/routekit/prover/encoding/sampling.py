"""Contacts made up by dice, all of them looked at at once: a bit each.

That something can be is mostly shown by one of them, which is far cheaper than a search; that something
cannot be is never concluded from them. A literal has the members for which it holds, and those for which it
does not. A member has the simplest value of each cell in which it lies, so tests of several bases are worked
out for it, unless there are many such values; then neither is known.
"""

from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from random import Random

from routekit.prover.domains.terms import Atom, Base, bases_of
from routekit.prover.encoding.field_variables import FieldVariables, runs
from routekit.prover.encoding.multi_field_tests import JointTests
from routekit.prover.encoding.open_text_tests import OpenTextTests
from routekit.prover.limits import Deadline
from routekit.prover.sat.formula import TRUE, Formula
from routekit.schema.types import Value

__all__ = ["SampledContacts"]

_FOR_EACH = 4
_MOST = 20_000
_WORTH_IT = 20
"""Questions that are left to the search, since few of them cost less than making up contacts."""
_SEED = 7
_MOST_WORKED_OUT = 4_000
_AT_ONCE = 256
"""After so many literals it is asked whether it got late."""


class SampledContacts:
    """Members of a space; none, until some are gathered."""

    def __init__(
        self,
        gates: Formula,
        places: FieldVariables,
        texts: OpenTextTests,
        joint: JointTests,
        deadline: Deadline,
    ) -> None:
        self.gates = gates
        self._texts = texts
        self._joint = joint
        self._deadline = deadline
        self.places = places
        self._everybody = 0
        self._rows: dict[Base, list[int]] = {}
        self._worked_out: dict[Atom, Mapping[bool | None, int]] = {}
        self._below: dict[Base, list[int]] = {}
        self._flags: dict[int, int] = {}
        self._yes: list[int] = [0]
        self._no: list[int] = [0]
        self._aims: list[int] = []
        self._asked = 0
        self._dice = Random(_SEED)  # noqa: S311  the same contacts in each run

    def invite(self, aims: Iterable[int], flags: Iterable[int]) -> None:
        """Asks for some members for each literal, such that it may hold; ``flags`` are free variables."""
        self._aims = list(aims)
        self._flags = dict.fromkeys((abs(flag) for flag in flags if abs(flag) != TRUE), 0)

    def _gather(self) -> None:
        aimed = [aim for aim in self._aims for _ in range(_FOR_EACH)][:_MOST]
        self._aims = []
        everybody = (1 << len(aimed)) - 1
        rows = {base: [0] * len(cells.cells) for base, cells in self.places.cells.items()}
        every = [(base, row, range(len(row))) for base, row in rows.items()]
        pools = [(count, held, [0] * count) for count, held in self._texts.pools()]
        for first in range(0, len(aimed), _FOR_EACH):
            self._deadline.check()
            masks, held = self._aim(aimed[first])
            bits = [1 << number for number in range(first, min(first + _FOR_EACH, len(aimed)))]
            for base, row, anywhere in every:
                mask = masks.get(base)
                among: Sequence[int] = anywhere
                if mask is not None:
                    among = [place for low, behind in runs(mask) for place in range(low, behind)]
                for bit in bits:
                    row[self._pick(among)] |= bit
            for count, texts, row in pools:
                known = _fitting(texts, held, (1 << count) - 1)
                for bit in bits:
                    row[self._pick(known)] |= bit
            for flag in self._flags:
                for bit in bits:
                    if held.get(flag, self._dice.random() < 0.5):
                        self._flags[flag] |= bit
        for _, texts, row in pools:
            for variable, known_by in texts.items():
                self._flags[variable] = _members(row, known_by)
        self._rows = rows
        self._below = {base: _sums(row) for base, row in rows.items()}
        self._everybody = everybody
        self._worked_out.clear()
        self._yes, self._no = [0, everybody], [0, 0]

    def has(self, wanted: Sequence[int]) -> bool:
        """Whether all of these literals hold for a member."""
        return self._members(wanted) != 0

    def _members(self, wanted: Sequence[int]) -> int:
        if self._aims and self._asked >= _WORTH_IT:
            self._gather()
        self._asked += 1
        left = self._everybody
        if not left:
            return 0
        if self.gates.count >= len(self._yes):
            self._look()
        yes, no = self._yes, self._no
        for literal in wanted:
            left &= yes[literal] if literal > 0 else no[-literal]
            if not left:
                break
        return left

    def refusing(self, wanted: Sequence[int], culprits: Sequence[int]) -> list[int]:
        """A few literals of which one fails for each member for which all the wanted ones hold."""
        left, found = self._members(wanted), list[int]()
        if not left:
            return []
        yes, no = self._yes, self._no
        largest = [
            (-members.bit_count(), place, members)
            for place, literal in enumerate(culprits)
            if (members := left & (no[literal] if literal > 0 else yes[-literal]))
        ]
        heapify(largest)
        while left and largest:
            _, place, members = heappop(largest)
            rest = members & left
            if rest == members:
                found.append(culprits[place])
                left ^= members
            elif rest:  # some of them are refused by now
                heappush(largest, (-rest.bit_count(), place, rest))
        return found

    def _aim(self, literal: int) -> tuple[dict[Base, int], dict[int, bool]]:
        """Cells and flags that make a literal hold, as far as it goes."""
        masks: dict[Base, int] = {}
        held: dict[int, bool] = {}
        waiting = [literal]
        while waiting:
            literal = waiting.pop()
            variable = abs(literal)
            if variable in self.places.meaning:
                base, mask = self.places.meaning[variable]
                everywhere = self.places.everywhere[base]
                before = masks.get(base, everywhere)
                masks[base] = before & (mask if literal > 0 else everywhere & ~mask) or before
            elif variable in self.gates.parts:
                parts = self.gates.parts[variable]
                waiting += parts if literal > 0 else [-self._pick(parts)]
            else:
                held[variable] = literal > 0
        return masks, held

    def _pick(self, among: Sequence[int]) -> int:
        return among[int(self._dice.random() * len(among))]

    def _look(self) -> None:
        """Finds the members for whom the latest literals hold."""
        yes, no, everybody = self._yes, self._no, self._everybody
        parts_of, meaning = self.gates.parts, self.places.meaning
        for variable in range(len(yes), self.gates.count + 1):
            if variable % _AT_ONCE == 0:
                self._deadline.check()
            parts = parts_of.get(variable)
            if parts is not None:
                all_, refused = everybody, 0
                for part in parts:
                    if part > 0:
                        all_ &= yes[part]
                        refused |= no[part]
                    else:
                        all_ &= no[-part]
                        refused |= yes[-part]
                yes.append(all_)
                no.append(refused)
            elif variable in meaning:
                base, mask = meaning[variable]
                below, inside = self._below[base], 0
                for first, end in runs(mask):
                    inside |= below[end] ^ below[first]
                yes.append(inside)
                no.append(everybody ^ inside)
            elif variable in self._joint.meaning:
                atom, truth = self._joint.meaning[variable]
                members = self._told(atom)
                inside = members.get(truth, 0)
                yes.append(inside)
                no.append((members[True] | members[False] | members[None]) & ~inside)
            else:
                held = self._flags.get(variable)
                yes.append(held or 0)
                no.append(0 if held is None else everybody ^ held)

    def _told(self, atom: Atom) -> Mapping[bool | None, int]:
        """The members for which a test of several bases comes out in each way; none where they are many."""
        known = self._worked_out.get(atom)
        if known is None:
            known = self._worked_out[atom] = self._work_out(atom)
        return known

    def _work_out(self, atom: Atom) -> Mapping[bool | None, int]:
        found: dict[bool | None, int] = {True: 0, False: 0, None: 0}
        bases = bases_of(atom)
        every = self.places.cells
        if any(base not in self._rows or every[base].opened is not None for base in bases):
            return found
        groups: list[tuple[dict[Base, Value | None], int]] = [({}, self._everybody)]
        for base in bases:
            there = [
                (cell.samples[0], members)
                for cell, members in zip(every[base].cells, self._rows[base], strict=True)
                if cell.samples and members
            ]
            if len(groups) * len(there) > _MOST_WORKED_OUT:
                return found
            groups = [
                ({**point, base: value}, both)
                for point, members in groups
                for value, more in there
                if (both := members & more)
            ]
        evaluator = self._joint.evaluator
        for point, members in groups:
            found[evaluator.truth(atom, evaluator.at(point))] |= members
        return found


def _fitting(texts: Mapping[int, int], held: Mapping[int, bool], everything: int) -> Sequence[int]:
    """The texts for which variables hold as they are held to, as far as that goes."""
    left = everything
    for variable, wanted in held.items():
        if variable in texts:
            left = left & (texts[variable] if wanted else everything & ~texts[variable]) or left
    return [place for low, behind in runs(left) for place in range(low, behind)]


def _members(row: Sequence[int], places: int) -> int:
    """The members in some places of a row."""
    found = 0
    for low, behind in runs(places):
        for place in range(low, behind):
            found |= row[place]
    return found


def _sums(row: Sequence[int]) -> list[int]:
    """The members in the first cells: in none, in one, in two and so on."""
    found = [0]
    for members in row:
        found.append(found[-1] | members)
    return found
