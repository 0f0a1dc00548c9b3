"""That something can be is mostly shown by a contact made up by dice, which is far cheaper than a search.

That something cannot be is never concluded from such contacts.
"""

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush
from random import Random

from routekit.prover.encoding.population import Nature, Population
from routekit.prover.sat.formula import TRUE

__all__ = ["SampledContacts"]

_MOST_AIMS = 5_000
_WORTH_IT = 20
"""Questions that are left to the search, since few of them cost less than making up contacts."""
_GATES_A_MEMBER = 60
"""How many gates a search looks at in the time in which a member is made up and asked."""
_SEED = 7


class SampledContacts:
    """Contacts of a space; none, until some are invited and much is asked."""

    def __init__(self, nature: Nature) -> None:
        self._nature = nature
        self._here: Population | None = None
        self._aims: list[int] = []
        self._free: list[int] = []
        self._usual: list[int] = []
        self._asked = 0
        self._met: set[frozenset[int]] = set()
        self._dice = Random(_SEED)  # noqa: S311  the same contacts in each run

    def invite(self, aims: Iterable[int], flags: Iterable[int], usual: Iterable[int]) -> None:
        """Asks for some contacts for each literal, such that it may hold.

        ``flags`` are free variables; half of the contacts are mostly as the ``usual`` literals have it.
        """
        self._usual = list(usual)
        self._aims = list(aims)[:_MOST_AIMS]
        self._free = list(dict.fromkeys(abs(flag) for flag in flags if abs(flag) != TRUE))

    def foresee(self, questions: Iterable[Sequence[int]]) -> None:
        """Remembers which questions some contact answers; makes up others as long as that is worth it."""
        left = {frozenset(question) for question in questions} - self._met
        if not self._aims or len(left) < _WORTH_IT:
            return
        here = self._here or self._others()
        while True:
            met = {question for question in left if here.members(question)}
            self._met |= met
            left -= met
            if len(met) * self._nature.gates.count <= here.size * _GATES_A_MEMBER:
                return
            here = self._others()

    def has(self, wanted: Sequence[int]) -> bool:
        """Whether there is a contact for which all of these literals hold, or was before."""
        self._asked += 1
        here = self._here
        if here is None and self._aims and self._asked > _WORTH_IT:
            here = self._others()
        if here is not None and here.members(wanted):
            return True
        return bool(self._met) and frozenset(wanted) in self._met

    def refusing(self, wanted: Sequence[int], culprits: Sequence[int]) -> list[int]:
        """A few literals of which one fails for each contact for which all the wanted ones hold."""
        here = self._here
        left, found = 0 if here is None else here.members(wanted), list[int]()
        if here is None or not left:
            return []
        largest = [
            (-members.bit_count(), place, members)
            for place, literal in enumerate(culprits)
            if (members := left & here.without(literal))
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

    def _others(self) -> Population:
        self._here = Population(self._nature, self._aims, self._free, self._usual, self._dice)
        return self._here
