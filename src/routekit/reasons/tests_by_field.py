"""What a policy asks of each field: an index of its tests, made once."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from routekit.policy import expressions as e
from routekit.policy.calendars import Calendar
from routekit.policy.model import CheckedPolicy, Rule
from routekit.policy.outcomes import outcomes_of
from routekit.policy.references import INBOUND, conditions
from routekit.reasons.candidate_values import Asked
from routekit.reasons.counterfactuals import Lever, Theatre

__all__ = ["Index", "Questions"]


@dataclass(slots=True)
class Questions:
    """All that is asked of one field.

    ``mixed`` are the tests that reach it through arithmetic or a function, or compare it with another
    field; ``functions``, ``calendars`` and ``dates`` are what a time in it is asked for.
    """

    asked: Asked = field(default_factory=Asked)
    mixed: dict[e.Expr, None] = field(default_factory=dict)
    functions: set[str] = field(default_factory=set)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    dates: dict[date, None] = field(default_factory=dict)


class Index:
    """The questions of a policy, by the field that they are asked of."""

    def __init__(self, theatre: Theatre) -> None:
        self._theatre = theatre
        self._reached: dict[str, dict[Lever, None]] = {}
        self._bases: dict[str, dict[Lever, None]] = {}
        self.questions: dict[Lever, Questions] = defaultdict(Questions)
        self.tests: set[e.Expr] = set()
        definitions = theatre.definitions
        for name in definitions.all:
            expr = definitions.expr(name)
            self._reached[name] = self.levers(expr)
            self._bases[name] = self._stands_alone(expr)
        for expr in (*map(definitions.expr, definitions.all), *conditions(theatre.policy)):
            for part in e.parts(expr):
                if isinstance(part, e.Test) and part not in self.tests:
                    self.tests.add(part)
                    self._add(part)
                elif isinstance(part, e.Call):
                    for lever in self.levers(part.argument):
                        self.questions[lever].functions.add(part.function)
        if INBOUND in theatre.fields:
            served = [channel for queue in theatre.policy.queues.values() for channel in queue.channels]
            self.questions[INBOUND].asked.values |= dict.fromkeys(served)
        for rule in theatre.policy.rules:
            for name in _calendars(theatre.policy, rule):
                self.questions[theatre.clock].calendars[name] = theatre.policy.calendars[name]

    def levers(self, expr: e.Expr) -> dict[Lever, None]:
        """All that the value of an expression may depend on."""
        found: dict[Lever, None] = {}
        for part in e.parts(expr):
            match part:
                case e.FieldRef() | e.SignalRef() | e.Now():
                    found[self._theatre.lever(part)] = None
                case e.LetRef(name) | e.SegmentRef(name):
                    found |= self._reached[name]
        return found

    def _stands_alone(self, expr: e.Expr) -> dict[Lever, None]:
        """The fields whose value is the value of the expression."""
        match expr:
            case e.FieldRef() | e.SignalRef() | e.Now():
                return {self._theatre.lever(expr): None}
            case e.LetRef(name):
                return self._bases.get(name, {})
            case e.Else(first, second):
                return self._stands_alone(first) | self._stands_alone(second)
            case _:
                return {}

    def _add(self, test: e.Expr) -> None:
        alone: dict[Lever, None] = {}
        inner = e.children(test)
        for child in inner:
            for lever in self._stands_alone(child):
                alone[lever] = None
                self.questions[lever].asked.add(test, child)
        constants = sum(isinstance(child, e.Constant) for child in inner)
        is_plain = len(inner) - constants == 1
        for lever in self.levers(test):
            questions = self.questions[lever]
            if isinstance(test, e.CalendarOpen):
                questions.calendars[test.calendar] = self._theatre.policy.calendars[test.calendar]
            if not (is_plain and lever in alone):
                questions.mixed[test] = None
                questions.dates |= dict.fromkeys(_dates(test))


def _calendars(policy: CheckedPolicy, rule: Rule) -> Iterator[str]:
    for outcome in outcomes_of(rule.body):
        calendar = policy.queues[outcome.queue].calendar
        if calendar is not None:
            yield calendar


def _dates(test: e.Expr) -> Iterator[date]:
    """The dates that are written in a test."""
    match test:
        case e.InSet(_, values):
            yield from (value for value in values if type(value) is date)
        case _:
            for child in e.children(test):
                if isinstance(child, e.Constant) and type(child.value) is date:
                    yield child.value
