"""Who gets what: a policy read from its outcomes, each with those who come to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic

from routekit.policy.model import CheckedPolicy, Outcome, Rule
from routekit.prover.encoding.space import Found, Unsettled, time_up
from routekit.prover.limits import TIMEOUT, YEARS, Deadline, TimeUpError, Years, checked_years
from routekit.prover.outcome.outcome import Way
from routekit.prover.prove import Prover
from routekit.prover.sat.formula import FALSE
from routekit.prover.supported import TAKES, unsupported
from routekit.translation import t

__all__ = ["Comers", "Outline", "Row", "outline"]

_MOST_EARLIER = 12


@dataclass(frozen=True, slots=True)
class Comers:
    """Those whom a rule, or an arm of it (from 1), leads to an outcome.

    They meet the condition of the rule, and none of the rules ``unless`` has taken them before; where not
    ``are_all``, there are more of these. ``come`` is None where it is not known whether there is anybody.
    """

    rule: Rule
    arm: int | None
    unless: tuple[str, ...]
    are_all: bool
    come: bool | None


@dataclass(frozen=True, slots=True)
class Row:
    """An outcome, the channels on which contacts are served by it, and all who come to it."""

    outcome: Outcome
    channels: tuple[str, ...]
    comers: tuple[Comers, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """The outcomes of a policy, by queue in the order in which it declares them, then by priority.

    What rules of ``adjust`` change is left out of account. ``reason`` and ``takes`` say why who comes to them
    is not known, and what it would take; they are empty where it is.
    """

    policy: CheckedPolicy
    rows: tuple[Row, ...]
    seconds: float
    years: Years = YEARS
    reason: str = ""
    takes: str = ""


def outline(
    policy: CheckedPolicy,
    *,
    timeout: float = TIMEOUT,
    years: Years = YEARS,
    progress: Callable[[int, int, str], None] = lambda *_: None,
) -> Outline:
    """Says who gets each outcome of a policy, as far as ``timeout`` seconds suffice."""
    start = monotonic()
    years = checked_years(years)
    rows, why = _rows(policy, Deadline(timeout), years, progress)
    places = {queue: place for place, queue in enumerate(policy.queues)}
    rows.sort(key=lambda row: (places[row.outcome.queue], row.outcome.priority))
    reason, takes = ("", "") if why is None else (why.reason, why.takes)
    return Outline(policy, tuple(rows), monotonic() - start, years, reason, takes)


def _rows(
    policy: CheckedPolicy, deadline: Deadline, years: Years, progress: Callable[[int, int, str], None]
) -> tuple[list[Row], Unsettled | None]:
    untold = unsupported(policy)
    if untold is not None:
        return [], Unsettled(untold, t(TAKES))
    rows: list[Row] = []
    try:
        outlining = _Outlining(Prover(policy, deadline, lambda *_: None, years))
        ways = outlining.ways()
        for number, (outcome, comers) in enumerate(ways.items()):
            progress(number, len(ways), t("queue {queue}", queue=outcome.queue))
            row = outlining.row(outcome, comers)
            rows += [row] if row.comers else []
    except TimeUpError:
        return rows, time_up()
    return rows, None


class _Outlining:
    def __init__(self, prover: Prover) -> None:
        self._space, self._outcomes = prover.space, prover.outcomes
        self._rules = prover.policy.rules
        self._places = {id(rule): place for place, rule in enumerate(self._rules)}
        decides: dict[int, list[int]] = {id(rule): [] for rule in self._rules}
        for way in self._outcomes.ways:
            decides[id(way.rule)].append(way.decides)
        self._decides = [self._space.gates.any(literals) for literals in decides.values()]
        self._free = self._outcomes.free
        self._unless: dict[int, tuple[tuple[str, ...], bool]] = {}

    def ways(self) -> dict[Outcome, list[Way]]:
        """Each outcome once, with all that come to it; a rule whose queue a field names is one for each."""
        found: dict[Outcome, list[Way]] = {}
        for way in self._outcomes.ways:
            found.setdefault(way.outcome, []).append(way)
        return found

    def row(self, outcome: Outcome, ways: list[Way]) -> Row:
        """Raises ``TimeUpError`` when the time is up."""
        region = self._space.gates.any(way.decides for way in ways)
        served = (
            channel
            for channel, where in self._outcomes.deciding.channels(outcome)
            if self._space.possible([self._space.gates.both(region, where)]) is not False
        )
        comers = (self._comers(way) for way in ways)
        return Row(outcome, tuple(dict.fromkeys(served)), tuple(filter(_is_told, comers)))

    def _comers(self, way: Way) -> Comers:
        self._space.deadline.check()
        possible = self._space.possible([way.decides])
        come = None if isinstance(possible, Unsettled) else possible
        place = self._places[id(way.rule)]
        if place not in self._unless:
            takers = list(self._takers(place))
            self._unless[place] = tuple(dict.fromkeys(takers[:_MOST_EARLIER])), len(takers) <= _MOST_EARLIER
        return Comers(way.rule, way.arm, *self._unless[place], come)

    def _takers(self, place: int) -> Iterator[str]:
        """The earlier rules that take contacts who meet the condition of a rule, found one by one."""
        if self._rules[place].condition is None:
            return
        taken: set[int] = set()
        earlier = range(place)
        while len(taken) <= _MOST_EARLIER:
            self._space.deadline.check()
            others = (-self._decides[other] for other in taken)
            wanted = [self._outcomes.conditions[place], -self._free[place], *others]
            if FALSE in wanted or not isinstance(self._space.find(wanted), Found):
                break
            holds = self._space.solver.holds
            taken.add(next(other for other in earlier if holds(self._decides[other])))
        for other in sorted(taken):
            yield self._rules[other].name


def _is_told(comers: Comers) -> bool:
    """Whether it is worth a word: a field that names the queue of a rule need not name each there is."""
    return comers.come is not False or not comers.rule.chosen_by
