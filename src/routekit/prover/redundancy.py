"""What may go without changing what any contact gets: rules, rows, cases; and guarantees that others say."""

from collections.abc import Iterator, Sequence

from routekit.policy import expressions as e
from routekit.policy.model import Guarantee
from routekit.policy.operators.order import COMPARISONS
from routekit.policy.references import conditions, conjuncts
from routekit.prover.blockers import listed
from routekit.prover.encoding.space import Space, Unsettled
from routekit.prover.looked_through import Entry, Given, entries
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.results import Finding
from routekit.prover.sat.formula import FALSE
from routekit.translation import plural, t

__all__ = ["redundancies"]


def redundancies(space: Space, outcomes: Outcomes) -> Iterator[Finding]:
    """Lists what may go, all of it together: a contact then gets the same, by what carries it."""
    named = _names_asked_for(space)
    for looked_through in entries(space, outcomes):
        is_route = not looked_through or not looked_through[0].let
        yield from _entries(space, looked_through, named if is_route else frozenset())
    yield from _guarantees(space)


def _names_asked_for(space: Space) -> frozenset[object]:
    """The texts that conditions and promises compare with: a rule of such a name may be what they mean."""
    policy = space.policy
    asked = [*conditions(policy), *(guarantee.promise for guarantee in policy.guarantees)]
    found: set[object] = set()
    for expr in asked:
        for part in e.parts(expr):
            if isinstance(part, e.Constant):
                found.add(part.value)
            elif isinstance(part, e.InSet):
                found |= part.values
    return frozenset(found)


# ── rules, rows and cases ─────────────────────────────────────────────────────


def _entries(space: Space, looked_through: Sequence[Entry], named: frozenset[object]) -> Iterator[Finding]:
    """From the last to the first, so that what goes is carried by what stays."""
    gates = space.gates
    carried: dict[Given, int] = {}
    """For each thing given, where the first of the later entries that stay gives it."""
    kept: list[Entry] = []
    found: list[Finding] = []
    for entry in reversed(looked_through):
        is_last = not entry.let and entry is looked_through[-1]
        lost = [
            gates.both(entry.decides, wanted, -carried.get(given, FALSE)) for given, wanted in entry.gives
        ]
        changes = True if is_last or entry.name in named else space.possible([gates.any(lost)])
        if changes is False:
            if space.possible([entry.decides]) is True:  # what never decides is told as such
                found.append(_redundant(entry, _carriers(space, entry, kept)))
            continue
        if isinstance(changes, Unsettled):
            found.append(_unknown(entry, changes))
        carried = {given: gates.both(-entry.takes, literal) for given, literal in carried.items()}
        for given, wanted in entry.gives:
            carried[given] = gates.either(carried.get(given, FALSE), wanted)
        kept.insert(0, entry)
    yield from reversed(found)


def _carriers(space: Space, entry: Entry, kept: Sequence[Entry]) -> list[Entry]:
    """The later entries that decide for the contacts of one that goes."""
    found = []
    left = entry.decides
    for other in kept:
        taken = space.gates.both(left, other.takes)
        if taken != FALSE and space.possible([taken]) is not False:
            found.append(other)
            left = space.gates.both(left, -other.takes)
    return found


def _redundant(entry: Entry, carriers: Sequence[Entry]) -> Finding:
    names = tuple(other.name for other in carriers)
    message = plural(
        "{said} may go: {listed} gives its contacts the same",
        "{said} may go: {listed} give its contacts the same",
        len(names),
        said=entry.said,
        listed=listed(names),
    )
    return Finding("redundant", entry.let or entry.name, message, taken_by=names, span=entry.span)


def _unknown(entry: Entry, why: Unsettled) -> Finding:
    message = t("whether {said} may go is unknown", said=entry.said)
    return Finding.left_open(entry.let or entry.name, message, why, entry.span)


# ── guarantees ────────────────────────────────────────────────────────────────


def _guarantees(space: Space) -> Iterator[Finding]:
    kept = list(space.policy.guarantees)
    found: list[Finding] = []
    for guarantee in reversed(space.policy.guarantees):
        carriers = [other for other in kept if other is not guarantee and _says(other, guarantee)]
        if not _cover(space, carriers, guarantee):
            continue
        for other in list(carriers):
            fewer = [carrier for carrier in carriers if carrier is not other]
            if _cover(space, fewer, guarantee):
                carriers = fewer
        kept.remove(guarantee)
        names = tuple(carrier.name for carrier in carriers)
        message = plural(
            "guarantee `{name}` may go: {listed} says as much",
            "guarantee `{name}` may go: {listed} say as much",
            len(names),
            name=guarantee.name,
            listed=listed(names),
        )
        found.append(Finding("redundant", guarantee.name, message, taken_by=names, span=guarantee.span))
    yield from reversed(found)


def _cover(space: Space, carriers: Sequence[Guarantee], guarantee: Guarantee) -> bool:
    """Whether whoever a guarantee speaks of, one of the others speaks of too."""
    if not carriers:
        return False
    others = [-space.true(carrier.condition) for carrier in carriers]
    return space.possible([space.true(guarantee.condition), *others]) is False


def _says(one: Guarantee, other: Guarantee) -> bool:
    """Whether what one promises is at least what another does, whatever is decided."""
    if one.held != other.held and not (one.held.throughout and other.held.at_arrival):
        return False
    said = list(conjuncts(one.promise))
    return all(any(_implies(mine, theirs) for mine in said) for theirs in conjuncts(other.promise))


def _implies(one: e.Expr, other: e.Expr) -> bool:
    if one == other:
        return True
    match one, other:
        case e.Compare(first, left, e.Constant(low), None), e.Compare(second, right, e.Constant(high), None):
            if left != right or not isinstance(low, int) or not isinstance(high, int):
                return False
            near = {value + step for value in (low, high) for step in (-1, 0, 1)}
            meanings = COMPARISONS[first].meaning, COMPARISONS[second].meaning
            return all(meanings[1](value, high) for value in near if meanings[0](value, low))
        case e.Compare("is", left, e.Constant(value)), e.InSet(right, values):
            return left == right and value in values
        case e.InSet(left, fewer), e.InSet(right, values):
            return left == right and fewer <= values
        case _:
            return False
