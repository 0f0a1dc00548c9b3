"""Rules, rows and cases that hold together and give different things: the first of them decides."""

from collections.abc import Iterator, Sequence

from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.outcome_parts import NOTICED_PARTS
from routekit.prover.encoding.space import Space, Unsettled
from routekit.prover.looked_through import Entry, entries
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.results import Finding
from routekit.prover.sat.formula import FALSE
from routekit.prover.witness import Witness, Witnesses
from routekit.reasons.words import Words
from routekit.reference import Scope
from routekit.translation import t

__all__ = ["overlaps"]


def overlaps(space: Space, outcomes: Outcomes, witnesses: Witnesses) -> Iterator[Finding]:
    """Looks for two entries that hold for a contact of which the first decides, and the other would else."""
    for looked_through in entries(space, outcomes):
        written = looked_through[:-1] if _ends_otherwise(looked_through) else looked_through
        for place, first in enumerate(written):
            for other, apart in _together(space, first, written[place + 1 :]):
                yield from _overlap(space, witnesses, first, other, apart)


def _ends_otherwise(looked_through: Sequence[Entry]) -> bool:
    """Whether the last is ``otherwise``, which holds beside all others on purpose."""
    last = looked_through[-1] if looked_through else None
    return last is not None and (not last.let or last.conditions == (e.Constant(True),))


def _together(space: Space, first: Entry, later: Sequence[Entry]) -> Iterator[tuple[Entry, int]]:
    """The later entries that may hold where one decides and give something else, and where they do."""
    gates = space.gates
    apart: dict[int, Entry] = {}
    for other in later:
        literal = _apart(space, first, other)
        if literal != FALSE:
            apart.setdefault(literal, other)
    found: list[int] = []
    left = dict(apart)
    while left and not space.is_refuted([gates.any(left)]):
        held = [literal for literal in left if space.solver.holds(literal)]
        for literal in held or list(left):
            found.append(literal)
            del left[literal]
    yield from ((other, literal) for literal, other in apart.items() if literal in found)


def _apart(space: Space, first: Entry, other: Entry) -> int:
    """Where one decides, and another that takes the contact too gives something else."""
    gates = space.gates
    alike = (
        gates.both(mine, theirs)
        for given, mine in first.gives
        for other_given, theirs in other.gives
        if given == other_given
    )
    return gates.both(first.decides, other.takes, -gates.any(alike))


def _overlap(space: Space, witnesses: Witnesses, first: Entry, other: Entry, apart: int) -> Iterator[Finding]:
    def together(facts: Facts, decision: Decision) -> bool:
        scope = Scope(space.policy, facts)
        decides = bool(first.let) or decision.rule == first.name
        return decides and all(
            any(scope.is_true(condition) for condition in entry.conditions) for entry in (first, other)
        )

    found = witnesses.find([apart], together)
    subject = first.let or first.name
    if isinstance(found, Witness):
        unlike = _unlike(Words(space.policy, whole=True), first, other)
        message = t(
            "{said} and {other_said} hold together and differ ({unlike}): the first decides",
            said=first.said,
            other_said=other.said,
            unlike=unlike,
        )
        yield Finding("overlap", subject, message, taken_by=(other.name,), witness=found, span=first.span)
    elif isinstance(found, Unsettled):
        message = t(
            "whether {said} and {other_said} hold together is unknown", said=first.said, other_said=other.said
        )
        yield Finding.left_open(subject, message, found, first.span)


def _unlike(words: Words, first: Entry, other: Entry) -> str:
    """In what two entries differ."""
    (one, _), (two, _) = first.gives[0], other.gives[0]
    if not isinstance(one, tuple) or not isinstance(two, tuple):
        values = [words.expr(given) for given in (one, two) if not isinstance(given, tuple)]
        return t(" and ").join(values)
    unlike = []
    for part in NOTICED_PARTS:
        mine, theirs = (getattr(given[0], part.name, None) for given in (one, two))
        if mine == theirs:
            continue
        plain = all(isinstance(value, str | int) for value in (mine, theirs))
        unlike.append(
            t("{name} {mine} and {theirs}", name=t(part.name), mine=mine, theirs=theirs)
            if plain
            else t(part.name)
        )
    return t(", ").join(unlike) or t("arms")
