"""The program of a policy: its conditions as masks, its outcomes made ready, what is left to be tested."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

from routekit.compiled import codegen as c
from routekit.compiled.bases import CLOCK, Bases
from routekit.compiled.cases import CaseFunctions
from routekit.compiled.clock import Wall
from routekit.compiled.finish import Candidate, Extras
from routekit.compiled.frames import Asked, Bound, Frames, Function
from routekit.compiled.masks import Attribute, Blocks, bits, first_block
from routekit.compiled.outcomes import make_ready
from routekit.compiled.rows import Literal, Rows, rows_of
from routekit.compiled.truths import attribute_of
from routekit.policy import expressions as e
from routekit.policy.closures import Closures
from routekit.policy.model import CheckedPolicy, Outcome, Rule, Split
from routekit.policy.outcomes import (
    all_settings,
    expressions_in,
    expressions_of,
    has_same_plan,
    is_same_for_all,
    outcomes_of,
    step_expressions,
)

__all__ = ["Program", "RowMasks", "plan_program", "row_masks"]


@dataclass(frozen=True, slots=True)
class RowMasks:
    """The conditions of a policy: which rows the values of each base allow, and what is left to be tested."""

    rows: Rows
    attributes: tuple[Attribute, ...]
    bases: Bases
    closures: Closures


@dataclass
class Program:
    """What the decision function is written from.

    ``asked`` are the functions over frames; what they are called is known before they can be called, so the
    places of the finisher that need them are filled by ``bind``.
    """

    policy: CheckedPolicy
    module: c.Module
    rows: Rows
    blocks: Blocks
    attributes: tuple[Attribute, ...]
    wall: Wall | None
    cases: CaseFunctions
    frames: Frames
    tests: dict[int, Asked] = field(default_factory=dict)
    values: dict[int, Asked] = field(default_factory=dict)
    known: dict[tuple[Literal, ...], Asked] = field(default_factory=dict)

    def ask_all(self) -> None:
        """Writes the functions over frames that rules, adjustments, nevers and offers need."""
        for row, left in self.rows.residual.items():
            if left not in self.known:
                self.known[left] = self.frames.test([_as_asked(literal) for literal in left])
            self.tests[row] = self.known[left]
        for rule in self.policy.rules:
            if isinstance(rule.body, Split):
                self._ask("key", rule.body.key)
            for outcome in outcomes_of(rule.body):
                for name, expr in expressions_of(outcome).items():
                    self._ask(name, expr)
                for expr in step_expressions(outcome):
                    self._ask("step", expr)
        for adjustment in self.policy.adjustments:
            for name, expr in expressions_in(adjustment.changes).items():
                self._ask(name, expr)
        for offer in self.policy.offers:
            self._ask(f"worth of {offer.name}", offer.worth)
        self.frames.finish()

    def _ask(self, hint: str, expr: e.Expr | None) -> None:
        if expr is not None and id(expr) not in self.values:
            self.values[id(expr)] = self.frames.value(hint, expr)

    @property
    def decides_at_once(self) -> bool:
        """Whether each decision is known as soon as its rule and channel are."""
        return (
            self.rows.count == len(self.policy.rules)
            and not self.rows.residual
            and all(
                isinstance(rule.body, Outcome) and is_same_for_all(self.policy, rule.body)
                for rule in self.policy.rules
            )
        )

    @property
    def finish_uses_now(self) -> bool:
        """Whether a decision may need the time after its rule is found."""
        return (
            self.frames.uses_now
            or any(offer.caps for offer in self.policy.offers)
            or any(self._asks_calendar(rule) for rule in self.policy.rules)
            or any(
                not has_same_plan(self.policy, outcome)
                for rule in self.policy.rules
                for outcome in outcomes_of(rule.body)
            )
        )

    def _asks_calendar(self, rule: Rule) -> bool:
        """Whether it is left to the finisher to see that a rule's queue is open."""
        calendars = [self.policy.queues[outcome.queue].calendar for outcome in outcomes_of(rule.body)]
        # the opening hours of an outcome stand among the rows' conditions, those of arms do not
        return isinstance(rule.body, Split) and any(calendar is not None for calendar in calendars)

    def candidates(self, names: dict[str, object]) -> list[Candidate]:
        """The rules made ready, in their order; ``names`` are those of the built module."""
        bind = _Binding(self, names)
        numbers = count()
        return [
            Candidate(
                rule,
                bind.test(row),
                tuple(
                    (up_to, make_ready(self.policy, outcome, next(numbers), bind.function))
                    for up_to, outcome in _arms(rule)
                ),
                bind.value(rule.body.key) if isinstance(rule.body, Split) else None,
                rule.body.seed if isinstance(rule.body, Split) else "",
                self._asks_calendar(rule),
            )
            for row, rule in enumerate(self.policy.rules)
        ]

    def extras(self, names: dict[str, object]) -> Extras:
        """Adjustments, nevers and offers, by their bits."""
        bind = _Binding(self, names)
        policy = self.policy
        first = len(policy.rules)
        last = self.rows.count - 1
        adjustments = {last - first - place: found for place, found in enumerate(policy.adjustments)}
        first += len(policy.adjustments)
        nevers = sum(1 << (last - first - place) for place in range(len(policy.nevers)))
        first += len(policy.nevers)
        offers = {last - first - place: offer for place, offer in enumerate(policy.offers)}
        tests = {
            last - row: test for row in self.tests if row >= len(policy.rules) and (test := bind.test(row))
        }
        worths = {bit: worth for bit, offer in offers.items() if (worth := bind.value(offer.worth))}
        return Extras(adjustments, nevers, offers, tests, worths, self._data(bind))

    def _data(self, bind: "_Binding") -> dict[int, Function]:
        """What works out the parts that the policy declares, by the identity of their expressions."""
        exprs = (setting.expr for setting in all_settings(self.policy))
        return {id(expr): bind.function(expr) for expr in exprs if not isinstance(expr, e.Constant)}


class _Binding:
    """Leads from what was asked for to the functions of the built module."""

    def __init__(self, program: Program, names: dict[str, object]) -> None:
        self._program = program
        self._bound = Bound(program.frames, names)

    def test(self, row: int) -> Function | None:
        """What is left to test of a row."""
        asked = self._program.tests.get(row)
        return None if asked is None else self._bound.function(asked)

    def value(self, expr: e.Expr | None) -> Function | None:
        """What works out an expression."""
        return None if expr is None else self.function(expr)

    def function(self, expr: e.Expr) -> Function:
        """What works out an expression that was asked for."""
        return self._bound.function(self._program.values[id(expr)])


def row_masks(policy: CheckedPolicy) -> RowMasks:
    """Takes a policy's conditions apart into masks and what is left to be tested."""
    bases = Bases(policy)
    closures = Closures(policy)
    rows = rows_of(policy, bases, closures)
    attributes = tuple(
        attribute_of(base, asking, rows.possible, bases, closures)
        for base, asking in rows.masked.items()
        if base != CLOCK
    )
    return RowMasks(rows, attributes, bases, closures)


def plan_program(policy: CheckedPolicy) -> Program:
    """Plans the decision function of a policy."""
    module = c.Module()
    masks = row_masks(policy)
    rows, attributes, closures = masks.rows, masks.attributes, masks.closures
    rules = len(policy.rules)
    blocks = Blocks(rules, rows.count - rules, first_block(_chances(rows, attributes)[:rules]))
    wall = None
    if CLOCK in rows.masked:
        asked = list(rows.masked[CLOCK].items())
        wall = Wall(asked, rows.possible, closures, policy.calendars.values(), policy.timezone, blocks)
    cases = CaseFunctions(module, policy, masks.bases, closures)
    frames = Frames(module, policy, cases)
    program = Program(policy, module, rows, blocks, attributes, wall, cases, frames)
    program.ask_all()
    return program


def _chances(rows: Rows, attributes: Iterable[Attribute]) -> list[float]:
    """How likely each row's condition is true, were all cells equally usual and no test left over."""
    chances = [1.0] * rows.count
    for attribute in attributes:
        known = len(attribute.cells.samples) - 1
        for satisfied, asking in attribute.tests.items():
            chance = min(satisfied.bit_count() / known, 1.0)
            for bit in bits(asking):
                chances[rows.count - 1 - bit] *= chance
    return chances


def _as_asked(literal: Literal) -> tuple[e.Expr, bool, bool]:
    return literal.expr, literal.wanted.side, literal.wanted.is_denied


def _arms(rule: Rule) -> list[tuple[int, Outcome]]:
    if isinstance(rule.body, Split):
        return [(arm.up_to, arm.outcome) for arm in rule.body.arms]
    return [(0, rule.body)]
