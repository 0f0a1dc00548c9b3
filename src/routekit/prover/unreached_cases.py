"""What no contact reaches of values by cases, and the contacts for which a let with tables has no value."""

from collections.abc import Iterator

from routekit.policy import expressions as e
from routekit.policy.references import lets_by_cases
from routekit.prover.encoding.space import Space, Unsettled
from routekit.prover.gaps import let_gap
from routekit.prover.results import Finding
from routekit.prover.sat.formula import TRUE
from routekit.prover.witness import Witnesses
from routekit.translation import t

__all__ = ["case_findings", "register_cases"]


def register_cases(space: Space) -> None:
    """Takes note of the conditions of all cases; raises ``TimeUpError`` when the time is up."""
    for _, cases in lets_by_cases(space.policy):
        for case in cases.cases:
            space.register(case.condition)


def case_findings(space: Space, witnesses: Witnesses) -> Iterator[Finding]:
    """Lists the cases that are never the first to hold, and a contact for each table that leaves one out."""
    for let, cases in lets_by_cases(space.policy):
        if cases.gather != "first":
            continue
        left = TRUE
        for place, case in enumerate(cases.cases, start=1):
            holds = space.true(case.condition)
            yield from _unreached(space, let.name, place, case, space.gates.both(left, holds))
            left = space.gates.both(left, -holds)
        if any(case.row is not None for case in cases.cases):
            yield from let_gap(space, witnesses, let, cases)


def _unreached(space: Space, name: str, place: int, case: e.Case, first: int) -> Iterator[Finding]:
    which = t("case {place}", place=place) if case.row is None else t("row {row}", row=case.row)
    subject = f"{name} case {place}" if case.row is None else f"{name} row {case.row}"
    possible = space.possible([first])
    if isinstance(possible, Unsettled):
        message = t("whether {which} of `{name}` ever gives the value is unknown", which=which, name=name)
        yield Finding.left_open(subject, message, possible, case.span)
    elif not possible:
        is_torn = space.possible([space.true(case.condition)]) is False
        why = t("its condition can never be true") if is_torn else t("earlier ones take all of its contacts")
        message = t("{which} of `{name}` can never give the value: {why}", which=which, name=name, why=why)
        yield Finding("unreachable-case", subject, message, span=case.span)
