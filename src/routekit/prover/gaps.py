"""What no row of a table is for: all of it, in the policy's words, each part beside contacts that show it."""

from collections.abc import Iterator, Sequence
from functools import partial

from routekit.diagnostics import Span
from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import OTHERWISE, Let
from routekit.policy.references import conjuncts
from routekit.prover.encoding.space import Space, Unsettled
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.regions import Box, Regions
from routekit.prover.results import Finding, Gap
from routekit.prover.witness import Check, Witness, Witnesses
from routekit.reasons.words import Words
from routekit.reference import Scope
from routekit.translation import t

__all__ = ["let_gap", "table_gaps"]

_MOST_WITH_CONTACTS = 12
"""Parts of a gap, the largest, that are shown with contacts: nobody looks at more, and each takes time."""


def table_gaps(space: Space, outcomes: Outcomes, witnesses: Witnesses) -> Iterator[Finding]:
    """Looks for gaps of a table behind which there is no rule but ``otherwise``."""
    rules = space.policy.rules[:-1]
    if not rules or rules[-1].table is None:
        return
    table = rules[-1].table
    places = [place for place, rule in enumerate(rules) if rule.table == table]
    free = [-outcomes.taken[place] for place in range(places[0])]
    inside = [space.true(group.condition) for group in rules[-1].groups]
    rows = [own for place in places if (own := rules[place].own) is not None]
    if len(rows) < len(places):
        return

    def falls(facts: Facts, decision: Decision) -> bool:
        scope = Scope(space.policy, facts)
        return decision.rule == OTHERWISE and not any(scope.is_true(row) for row in rows)

    message = t(
        "table `{table}` has a gap: no row is for such a contact, and `otherwise` takes it", table=table
    )
    find = partial(_gap, space, witnesses, t("table `{table}`", table=table), message, falls)
    yield from find(table, rows, [*free, *inside], rules[places[0]].span)


def let_gap(space: Space, witnesses: Witnesses, let: Let, cases: e.Cases) -> Iterator[Finding]:
    """Looks for contacts for which a value by cases is missing, since no case holds."""
    rows = [case.condition for case in cases.cases]

    def falls(facts: Facts, _: Decision) -> bool:
        scope = Scope(space.policy, facts)
        return not any(scope.is_true(row) for row in rows)

    message = t(
        "`{name}` has a gap: without `otherwise` the value is missing where nothing holds", name=let.name
    )
    yield from _gap(space, witnesses, f"`{let.name}`", message, falls, let.name, rows, [], cases.span)


def _gap(
    space: Space,
    witnesses: Witnesses,
    whose: str,
    message: str,
    falls: Check,
    subject: str,
    rows: Sequence[e.Expr],
    inside: Sequence[int],
    span: Span | None,
) -> Iterator[Finding]:
    nothing = -space.gates.any(space.true(row) for row in rows)
    found = witnesses.find([*inside, nothing], falls, whole=True)
    if isinstance(found, Unsettled):
        unsure = t("whether {whose} has a gap is unknown", whose=whose)
        yield Finding.left_open(subject, unsure, found, span)
    elif found is not None:
        tests = [test for row in rows for test in conjuncts(row)]
        boxes, are_all = Regions(space, tests).boxes(inside, nothing)
        words = Words(space.policy, whole=True)
        gaps = tuple(
            _shown(witnesses, words, box, [*inside, nothing, *box.literals], falls)
            if place < _MOST_WITH_CONTACTS
            else Gap(_said(words, box), None, None, False)
            for place, box in enumerate(boxes)
        )
        yield Finding("gap", subject, message, witness=found, span=span, gaps=gaps, are_all=are_all)


def _shown(witnesses: Witnesses, words: Words, box: Box, wanted: Sequence[int], falls: Check) -> Gap:
    def shows(facts: Facts, decision: Decision) -> bool:
        return falls(facts, decision) and Scope(witnesses.policy, facts).is_true(box.condition)

    smallest = witnesses.find(wanted, shows, whole=True)
    known = witnesses.most_known(wanted, shows)
    return Gap(
        _said(words, box),
        smallest if isinstance(smallest, Witness) else None,
        known,
        known is not None and witnesses.space.possible([*wanted, *witnesses.smaller.known()]) is True,
    )


def _said(words: Words, box: Box) -> str:
    return "" if box.condition is None else words.expr(box.condition)
