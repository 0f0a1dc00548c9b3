"""Contacts made up by dice at once: a bit of every number stands for one of them, a member.

A literal has the members for which it holds, and those for which it does not. A member has the simplest value
of each cell in which it lies, so tests of several bases are worked out for it, unless there are many such
values; then neither is known.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from routekit.prover.domains.terms import Atom, Base, bases_of
from routekit.prover.encoding.field_variables import FieldVariables, runs
from routekit.prover.encoding.multi_field_tests import JointTests
from routekit.prover.encoding.open_text_tests import OpenTextTests
from routekit.prover.limits import Deadline
from routekit.prover.sat.formula import TRUE, Formula
from routekit.schema.types import Value

__all__ = ["Nature", "Population"]

_FOR_EACH = 4
"""Members for each literal that is aimed at."""
_ODD = 3
"""One of 2 to the power of it is unusual all the same."""
_MOST_WORKED_OUT = 4_000
_AT_ONCE = 256
"""After so many literals it is asked whether it got late."""


@dataclass(frozen=True, slots=True)
class Nature:
    """What contacts are made of, and how long that may take."""

    gates: Formula
    places: FieldVariables
    texts: OpenTextTests
    joint: JointTests
    deadline: Deadline


class Population:
    """Members, some for each literal of ``aims``, such that it may hold.

    The rest of a member is by dice, ``free`` variables too; of half of them it is mostly as ``usual``
    literals have it, since most of what is asked holds for contacts with which there is little special.
    """

    def __init__(
        self, nature: Nature, aims: Sequence[int], free: Sequence[int], usual: Sequence[int], dice: Random
    ) -> None:
        """Raises ``TimeUpError`` when the time is up, as all that is asked does."""
        self._gates, self._places = nature.gates, nature.places
        self._joint, self._deadline = nature.joint, nature.deadline
        self.size = _FOR_EACH * len(aims)
        self._everybody = (1 << self.size) - 1
        self._worked_out: dict[Atom, Mapping[bool | None, int]] = {}
        self._yes, self._no = {TRUE: self._everybody}, {TRUE: 0}
        rows = {base: _Row(len(cells.cells)) for base, cells in self._places.cells.items()}
        flags = {variable: _Row(2) for variable in free}
        pools = [(texts, _Row(count)) for count, texts in nature.texts.pools()]
        for number, aim in enumerate(aims):
            self._deadline.check()
            masks, held = self._aim([aim], dice)
            bits = [1 << _FOR_EACH * number + beside for beside in range(_FOR_EACH)]
            for base, mask in masks.items():
                rows[base].choose(bits, _listed(mask), dice)
            for texts, row in pools:
                row.choose(bits, _fitting(texts, held, row.everywhere), dice)
            for variable in held.keys() & flags.keys():
                flags[variable].choose(bits, [int(held[variable])], dice)
        masks, held = self._aim(usual, dice)
        plain = dice.getrandbits(self.size)
        self._rows = {base: row.dealt(self.size, dice, plain, masks.get(base)) for base, row in rows.items()}
        self._flags = {
            variable: row.dealt(self.size, dice, plain, 1 << held[variable] if variable in held else None)[1]
            for variable, row in flags.items()
        }
        for texts, row in pools:
            members = row.dealt(self.size, dice)
            self._flags |= {variable: _inside(members, places) for variable, places in texts.items()}
        self._below = {base: _sums(row) for base, row in self._rows.items()}

    def members(self, wanted: Iterable[int]) -> int:
        """The members for whom all of these literals hold."""
        left = self._everybody
        for literal in wanted:
            if abs(literal) not in self._yes:
                self._look(literal)
            left &= self._yes[literal] if literal > 0 else self._no[-literal]
            if not left:
                break
        return left

    def without(self, literal: int) -> int:
        """The members for whom a literal does not hold."""
        return self.members((-literal,))

    # ── who they are ──────────────────────────────────────────────────────────

    def _aim(self, literals: Sequence[int], dice: Random) -> tuple[dict[Base, int], dict[int, bool]]:
        """Cells and flags that make literals hold, as far as it goes."""
        masks: dict[Base, int] = {}
        held: dict[int, bool] = {}
        waiting = list(literals)
        while waiting:
            literal = waiting.pop()
            variable = abs(literal)
            if variable in self._places.meaning:
                base, mask = self._places.meaning[variable]
                everywhere = self._places.everywhere[base]
                before = masks.get(base, everywhere)
                masks[base] = before & (mask if literal > 0 else everywhere & ~mask) or before
            elif variable in self._gates.parts:
                parts = self._gates.parts[variable]
                waiting += parts if literal > 0 else [-_picked(parts, dice)]
            else:
                held[variable] = literal > 0
        return masks, held

    # ── what holds for them ───────────────────────────────────────────────────

    def _look(self, literal: int) -> None:
        """Finds the members for whom a literal holds, and those for whom it does not."""
        yes, no, everybody = self._yes, self._no, self._everybody
        parts_of, meaning = self._gates.parts, self._places.meaning
        for place, variable in enumerate(self._unseen(abs(literal))):
            if place % _AT_ONCE == 0:
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
                yes[variable], no[variable] = all_, refused
            elif variable in meaning:
                base, mask = meaning[variable]
                below, inside = self._below[base], 0
                for first, end in runs(mask):
                    inside |= below[end] ^ below[first]
                yes[variable], no[variable] = inside, everybody ^ inside
            elif variable in self._joint.meaning:
                atom, truth = self._joint.meaning[variable]
                members = self._told(atom)
                inside = members.get(truth, 0)
                told = members[True] | members[False] | members[None]
                yes[variable], no[variable] = inside, told & ~inside
            else:
                held = self._flags.get(variable)
                yes[variable], no[variable] = held or 0, 0 if held is None else everybody ^ held

    def _unseen(self, variable: int) -> list[int]:
        """The variables that one rests on, those of gates after their parts; not those looked at."""
        yes, parts_of = self._yes, self._gates.parts
        found, waiting = {variable}, [variable]
        while waiting:
            for part in parts_of.get(waiting.pop(), ()):
                inner = abs(part)
                if inner not in found and inner not in yes:
                    found.add(inner)
                    waiting.append(inner)
        return sorted(found)

    def _told(self, atom: Atom) -> Mapping[bool | None, int]:
        """The members for which a test of several bases comes out in each way; none where they are many."""
        known = self._worked_out.get(atom)
        if known is None:
            known = self._worked_out[atom] = self._work_out(atom)
        return known

    def _work_out(self, atom: Atom) -> Mapping[bool | None, int]:
        found: dict[bool | None, int] = {True: 0, False: 0, None: 0}
        bases = bases_of(atom)
        every = self._places.cells
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


class _Row:
    """A place for each member: one that was chosen, or any."""

    def __init__(self, places: int) -> None:
        self._chosen = [0] * places
        self._bound = 0

    @property
    def everywhere(self) -> int:
        """All places."""
        return (1 << len(self._chosen)) - 1

    def choose(self, bits: Sequence[int], among: Sequence[int], dice: Random) -> None:
        """Gives each of some members one of these places."""
        for bit in bits:
            self._chosen[_picked(among, dice)] |= bit
            self._bound |= bit

    def dealt(self, count: int, dice: Random, plain: int = 0, usual: int | None = None) -> list[int]:
        """The members in each place, of so many; those that are ``plain`` mostly in the ``usual`` places."""
        row, left = list(self._chosen), (1 << count) - 1 & ~self._bound
        waiting: list[tuple[int, Sequence[int]]] = []
        if usual:
            odd = left
            for _ in range(_ODD):
                odd &= dice.getrandbits(count)
            waiting.append((left & plain & ~odd, _listed(usual)))
            left &= ~plain | odd
        waiting.append((left, range(len(row))))
        while waiting:
            members, places = waiting.pop()
            if members and len(places) == 1:
                row[places[0]] |= members
            elif members and places:
                middle, some = len(places) // 2, members & dice.getrandbits(count)
                waiting += (some, places[:middle]), (members ^ some, places[middle:])
        return row


def _picked(among: Sequence[int], dice: Random) -> int:
    return among[int(dice.random() * len(among))]


def _listed(places: int) -> list[int]:
    return [place for low, behind in runs(places) for place in range(low, behind)]


def _fitting(texts: Mapping[int, int], held: Mapping[int, bool], everything: int) -> list[int]:
    """The texts for which variables hold as they are held to, as far as that goes."""
    left = everything
    for variable, wanted in held.items():
        if variable in texts:
            left = left & (texts[variable] if wanted else everything & ~texts[variable]) or left
    return _listed(left)


def _inside(row: Sequence[int], places: int) -> int:
    """The members in some places of a row."""
    found = 0
    for place in _listed(places):
        found |= row[place]
    return found


def _sums(row: Sequence[int]) -> list[int]:
    """The members in the first cells: in none, in one, in two and so on."""
    found = [0]
    for members in row:
        found.append(found[-1] | members)
    return found
