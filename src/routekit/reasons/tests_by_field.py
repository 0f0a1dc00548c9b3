"""What a policy asks of each field: an index of its tests, made once."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from routekit.policy import expressions as e
from routekit.policy.calendars import Calendar
from routekit.policy.constraints import constants_in, region_of
from routekit.policy.model import CheckedPolicy, Rule
from routekit.policy.operators.functions import FUNCTIONS, Known
from routekit.policy.outcomes import outcomes_of
from routekit.policy.references import INBOUND, conditions
from routekit.reasons.candidate_values import Asked
from routekit.reasons.counterfactuals import DecisionModel, Variable

__all__ = ["Index", "Questions"]

_QUARTERS = {timedelta(minutes=minute): None for minute in range(0, 24 * 60, 15)}
"""At one of which the hours of any timezone begin."""


@dataclass(slots=True)
class Questions:
    """All that is asked of one field.

    ``mixed`` are the tests that reach it through arithmetic or a function, or compare it with another
    field, ``plain`` all others; ``functions``, ``calendars`` and ``dates`` are what a time in it is asked
    for.
    """

    asked: Asked = field(default_factory=Asked)
    mixed: dict[e.Expr, None] = field(default_factory=dict)
    plain: dict[e.Expr, None] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    clocks: dict[timedelta, None] = field(default_factory=dict)
    """Times on the clock of a wall."""
    calendars: dict[str, Calendar] = field(default_factory=dict)
    dates: dict[date, None] = field(default_factory=dict)


class Index:
    """The questions of a policy, by the field that they are asked of."""

    def __init__(self, model: DecisionModel) -> None:
        self._model = model
        self._reached: dict[str, dict[Variable, None]] = {}
        self._bases: dict[str, dict[Variable, None]] = {}
        self.questions: dict[Variable, Questions] = defaultdict(Questions)
        self.tests: set[e.Expr] = set()
        self.dealt: set[Variable] = set()
        """What contacts are dealt out by, in shares."""
        definitions = model.definitions
        for name in definitions.all:
            expr = definitions.expr(name)
            self._reached[name] = self.variables(expr)
            self._bases[name] = self._stands_alone(expr)
        for expr in (*map(definitions.expr, definitions.all), *conditions(model.policy)):
            for part in e.parts(expr):
                if isinstance(part, e.Test) and part not in self.tests:
                    self.tests.add(part)
                    self._add(part)
                elif isinstance(part, e.Call):
                    known = FUNCTIONS[part.function].known
                    if known is Known.POINT:
                        self.dealt |= self.variables(part).keys()
                    if known is Known.WALL and len(part.arguments) > 1:  # whose hours begin when ours do not
                        for variable in self.variables(part):
                            self.questions[variable].clocks |= _QUARTERS
                    for argument in part.arguments:
                        for variable in self.variables(argument):
                            self.questions[variable].functions.add(part.function)
        if INBOUND in model.fields:
            served = [channel for queue in model.policy.queues.values() for channel in queue.channels]
            self.questions[INBOUND].asked.values |= dict.fromkeys(served)
        for rule in model.policy.rules:
            for name in _calendars(model.policy, rule):
                self.questions[model.clock].calendars[name] = model.policy.calendars[name]

    def variables(self, expr: e.Expr) -> dict[Variable, None]:
        """Returns all that the value of an expression may depend on."""
        found: dict[Variable, None] = {}
        for part in e.parts(expr):
            match part:
                case e.FieldRef() | e.SignalRef() | e.Now():
                    found[self._model.variable(part)] = None
                case e.LetRef(name) | e.SegmentRef(name):
                    found |= self._reached[name]
        return found

    def _stands_alone(self, expr: e.Expr) -> dict[Variable, None]:
        """The fields whose value is the value of the expression."""
        match expr:
            case e.FieldRef() | e.SignalRef() | e.Now():
                return {self._model.variable(expr): None}
            case e.LetRef(name):
                return self._bases.get(name, {})
            case e.Else(first, second):
                return self._stands_alone(first) | self._stands_alone(second)
            case e.Call(function, (argument,)) if FUNCTIONS[function].known is Known.SPELLING:
                return self._stands_alone(argument)
            case e.Bounded(operand):
                return self._stands_alone(operand)
            case e.Cases(_, cases):
                found: dict[Variable, None] = {}
                for each in cases:
                    found |= self._stands_alone(each.value)
                return found
            case _:
                return {}

    def _add(self, test: e.Expr) -> None:
        alone: dict[Variable, None] = {}
        inner = e.children(test)
        for child in inner:
            if isinstance(child, e.Call):
                self._add_call(test, child)
        for child in inner:
            for variable in self._stands_alone(child):
                alone[variable] = None
                self.questions[variable].asked.add(test, child)
        constants = sum(isinstance(child, e.Constant) for child in inner)
        is_plain = len(inner) - constants == 1
        for variable in self.variables(test):
            questions = self.questions[variable]
            if isinstance(test, e.CalendarOpen):
                questions.calendars[test.calendar] = self._model.policy.calendars[test.calendar]
            if is_plain and variable in alone:
                questions.plain[test] = None
            else:
                questions.mixed[test] = None
                questions.dates |= dict.fromkeys(_dates(test))

    def _add_call(self, test: e.Expr, call: e.Call) -> None:
        """Takes note of lengths, sizes and times on the clock that are asked for."""
        region, known = region_of(test), FUNCTIONS[call.function].known
        if region is None:
            return
        for variable in self.variables(call.arguments[0]):
            asked = self.questions[variable].asked
            if known in (Known.LENGTH, Known.SIZE):
                asked.counts |= {
                    int(edge): None for edge in region.constants if isinstance(edge, int | float)
                }
            elif known is Known.WALL:
                spans = (edge for edge in region.constants if isinstance(edge, timedelta))
                self.questions[variable].clocks |= dict.fromkeys(spans)


def _calendars(policy: CheckedPolicy, rule: Rule) -> Iterator[str]:
    for outcome in outcomes_of(rule.body):
        calendar = policy.queues[outcome.queue].calendar
        if calendar is not None:
            yield calendar


def _dates(test: e.Expr) -> Iterator[date]:
    """The dates that are written in a test."""
    for part in (test, *e.children(test)):
        yield from (value for value in constants_in(part) if type(value) is date)
