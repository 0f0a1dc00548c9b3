"""What is looked through from first to last: the rules of the route, and the cases of a let."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from routekit.diagnostics import Span
from routekit.policy import expressions as e
from routekit.policy.model import Let, Outcome
from routekit.policy.references import lets_by_cases
from routekit.prover.encoding.space import Space
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.sat.formula import TRUE
from routekit.translation import t

__all__ = ["Entry", "Given", "entries"]

Given = tuple[Outcome, int | None] | e.Expr
"""What an entry gives: an outcome, of an arm of a split where there is one, or a value."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule, a row or a case: ``gives`` lists what it comes to, each with the literal that it would.

    ``takes`` holds where it comes to any of them, ``decides`` where it is the first to. One of ``conditions``
    is true then.
    """

    name: str
    kind: str
    span: Span | None
    conditions: tuple[e.Expr | None, ...]
    gives: tuple[tuple[Given, int], ...]
    takes: int
    decides: int
    let: str = ""

    @property
    def said(self) -> str:
        """What it is called in a sentence."""
        return (
            t("{kind} `{name}`", kind=t(self.kind), name=self.name)
            if not self.let
            else t("{name} of `{let}`", name=self.name, let=self.let)
        )


def entries(space: Space, outcomes: Outcomes) -> Iterator[Sequence[Entry]]:
    """Lists the rules, ``otherwise`` as the last, and the cases of each let where the first counts."""
    yield _rules(space, outcomes)
    for let, cases in lets_by_cases(space.policy):
        if cases.gather == "first":
            yield _cases(space, let, cases)


def _rules(space: Space, outcomes: Outcomes) -> list[Entry]:
    ways: dict[str, list[tuple[Given, int]]] = {}
    decides: dict[str, list[int]] = {}
    for way in outcomes.ways:
        ways.setdefault(way.rule.name, []).append(((way.outcome, way.arm), way.wanted))
        decides.setdefault(way.rule.name, []).append(way.decides)
    return [
        Entry(
            rule.name,
            "rule" if rule.table is None else "row",
            rule.span,
            tuple(same.condition for same in rules),
            tuple(ways[rule.name]),
            space.gates.any(wanted for _, wanted in ways[rule.name]),
            space.gates.any(decides[rule.name]),
        )
        for rules in space.policy.written_rules()
        for rule in rules[:1]
    ]


def _cases(space: Space, let: Let, cases: e.Cases) -> list[Entry]:
    found: list[Entry] = []
    left = TRUE
    for place, case in enumerate(cases.cases, start=1):
        holds = space.true(case.condition)
        kind, name = ("case", str(place)) if case.row is None else ("row", str(case.row))
        gives = ((case.value, holds),)
        first = space.gates.both(left, holds)
        found.append(
            Entry(f"{kind} {name}", kind, case.span, (case.condition,), gives, holds, first, let.name)
        )
        left = space.gates.both(left, -holds)
    return found
