"""What a field, a signal or the clock of a contact may be set to, the least change first."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from routekit.policy import expressions as e
from routekit.policy.facts import Shown
from routekit.policy.model import Field, Split
from routekit.policy.operators.functions import FUNCTIONS, Known
from routekit.policy.references import INBOUND
from routekit.reasons.candidate_times import dates_near, days_of, times_near, times_of
from routekit.reasons.candidate_values import values_near
from routekit.reasons.counterfactuals import DecisionModel, OffersShown, Setting, Situation, Spend, Variable
from routekit.reasons.solving import turning_points
from routekit.reasons.tests_by_field import Index, Questions
from routekit.schema.reading import LARGEST_INTEGER, MOST_TEXT
from routekit.schema.times import in_bounds
from routekit.schema.types import Choice, Date, Duration, Integer, Number, SetOf, Text, Time, Value

__all__ = ["Cost", "Options"]

Cost = tuple[int, float]
"""How reluctantly one would change it, and by how much it changes: from 0 to 1."""

MOST_MIXED = 30
_TURNING_OFTEN = (None, Known.WALL, Known.BOUNDS, Known.POINT)
MOST_REMEMBERED = 256
_DAY = timedelta(days=1)
_CLOCK = Field("now", Time())


class Options:
    """The settings that are worth trying under one policy."""

    def __init__(self, model: DecisionModel) -> None:
        self.index = Index(model)
        self._model = model
        self._timezone = model.policy.timezone
        self._fixed = {
            variable
            for rule in model.policy.rules
            if isinstance(rule.body, Split)
            for variable in self.index.variables(rule.body.key)
        } | self.index.dealt
        self._moments: dict[object, list[Value | None]] = {}

    def of(
        self, variable: Variable, situation: Situation, tests: Iterable[e.Expr], spend: Spend
    ) -> list[tuple[Cost, Setting]]:
        """Returns all settings worth trying with what each costs; ``tests`` are those that matter."""
        current = situation.get(variable)
        settings: Iterable[Setting]
        if isinstance(variable, OffersShown):
            settings = self._fewer_shown(situation)
        else:
            assert not isinstance(current, tuple)
            settings = self._values(variable, situation, current, tests, spend)
            if variable in situation.facts.unreadable:  # it may be what now stands in its place
                settings = [*dict.fromkeys([*([] if current is None else [current]), *settings])]
        return [(self.cost(variable, current, setting), setting) for setting in settings]

    def _declared(self, variable: Variable) -> Field:
        return self._model.fields.get(variable, _CLOCK)

    def _values(
        self,
        variable: Variable,
        situation: Situation,
        current: Value | None,
        tests: Iterable[e.Expr],
        spend: Spend,
    ) -> list[Value | None]:
        declared = self._declared(variable)
        questions = self.index.questions[variable]
        known = self.index.tests
        nearby = (test for test in tests if test in questions.mixed or test not in known)
        mixed = dict.fromkeys([*nearby, *questions.mixed])
        others: list[Value] = []
        for test in [*mixed][:MOST_MIXED]:
            others += self._others(test, variable, declared, situation, spend)
        if mixed and isinstance(declared.type, Integer | Number):
            others += [bound for bound in (declared.type.low, declared.type.high) if bound is not None]
        found = dict.fromkeys(values_near(declared, questions.asked, current, others))
        if isinstance(declared.type, Time | Date):
            found |= dict.fromkeys(self._moments_near(variable, situation, current, questions, spend))
        return [value for value in found if _is_allowed(value)]

    def _others(
        self, test: e.Expr, variable: Variable, declared: Field, situation: Situation, spend: Spend
    ) -> list[Value]:
        """Values that matter for this contact alone."""
        found: list[Value] = []
        if isinstance(declared.type, Text | SetOf):
            scope = situation.scope()
            for child in e.children(test):
                value = scope.value(child)
                if isinstance(value, frozenset):
                    found += sorted(value)[:10]
                elif value is not None:
                    found.append(value)
        elif not isinstance(declared.type, Choice) and not self._is_of_the_calendar(test, variable):
            found += turning_points(test, variable, declared.type, situation, spend)
        return found

    def _is_of_the_calendar(self, test: e.Expr, variable: Variable) -> bool:
        """Whether a test asks a value for hours, days or points, which turn at more than one place."""
        return isinstance(test, e.CalendarOpen) or any(
            isinstance(part, e.Call)
            and FUNCTIONS[part.function].known in _TURNING_OFTEN
            and variable in self.index.variables(part)
            for part in e.parts(test)
        )

    # ── times ─────────────────────────────────────────────────────────────────

    def _moments_near(
        self,
        variable: Variable,
        situation: Situation,
        current: Value | None,
        questions: Questions,
        spend: Spend,
    ) -> list[Value | None]:
        """The nearest time or date for each way in which the tests of it can turn out together."""
        if not (questions.functions or questions.calendars or questions.dates):
            return []
        tests: list[e.Expr] = [*[*questions.mixed][:MOST_MIXED], *[*questions.plain][:MOST_MIXED]]
        tests += [e.CalendarOpen(name, e.Now()) for name in questions.calendars]
        variables = dict.fromkeys(other for test in tests for other in self.index.variables(test))
        key = (variable, *(situation.get(other) for other in variables), situation.facts.now)
        known = self._moments.get(key)
        if known is None:
            base = current if isinstance(current, datetime | date) else situation.facts.now
            moments = sorted(
                self._moments_worth_trying(variable, base, questions),
                key=lambda moment: abs(_instant(moment) - _instant(base)),
            )
            classes: dict[tuple[object, ...], Value | None] = {}
            for moment in dict.fromkeys(moments):
                spend(1)
                scope = situation.put(variable, moment).scope()
                classes.setdefault(tuple(scope.value(test) for test in tests), moment)
            known = [*classes.values()]
            if len(self._moments) >= MOST_REMEMBERED:
                self._moments.clear()
            self._moments[key] = known
        return known

    def _moments_worth_trying(
        self, variable: Variable, base: datetime | date, questions: Questions
    ) -> list[datetime | date]:
        is_date = isinstance(self._declared(variable).type, Date)
        if is_date:
            day = base.date() if isinstance(base, datetime) else base
            return [*dates_near(day), *questions.dates, *days_of(_days_in(questions))]
        assert isinstance(base, datetime)
        calendars = [*questions.calendars.values()]
        found: list[datetime | date] = [
            *times_near(base, questions.functions, calendars, self._timezone, questions.clocks)
        ]
        found += times_of([*questions.dates, *_days_in(questions)], base, self._timezone)
        return found

    # ── offers shown ──────────────────────────────────────────────────────────

    def _fewer_shown(self, situation: Situation) -> list[tuple[Shown, ...]]:
        """The showings without the latest of one offer, the two latest, and so on."""
        shown = sorted(situation.facts.shown, key=lambda showing: showing.at)
        found: list[tuple[Shown, ...]] = []
        for offer in dict.fromkeys(showing.offer for showing in shown):
            rest = shown
            for showing in [showing for showing in reversed(shown) if showing.offer == offer]:
                rest = [other for other in rest if other is not showing]
                found.append(tuple(rest))
        return found

    # ── what it costs ─────────────────────────────────────────────────────────

    def reluctance(self, variable: Variable) -> int:
        """Returns how unlike it is to change: a time, an id, the channel by which somebody came in."""
        if isinstance(variable, OffersShown):
            return 0
        declared = self._declared(variable)
        if isinstance(declared.type, Time) or _is_id(declared) or variable in self._fixed:
            return 2
        return 1 if isinstance(declared.type, Date) or variable == INBOUND else 0

    def cost(self, variable: Variable, current: Setting, setting: Setting) -> Cost:
        """Returns what a change costs; to lose a value is something that one does not wish for either."""
        reluctance = self.reluctance(variable) + (setting is None)
        if isinstance(current, tuple) and isinstance(setting, tuple):
            fewer = len(current) - len(setting)
            return reluctance, fewer / (fewer + 1)
        declared = self._declared(variable)
        start = _usual(declared) if current is None else current
        apart = _distance(declared, start, setting)
        return reluctance, (1 + apart) / 2 if current is None else apart


def _days_in(questions: Questions) -> list[date]:
    """The days that a field is compared with."""
    days = (value.date() if isinstance(value, datetime) else value for value in questions.asked.values)
    return [day for day in days if isinstance(day, date)][:MOST_MIXED]


def _usual(declared: Field) -> Setting:
    """From where one goes to a value where there is none."""
    match declared.type:
        case Integer(low, high) | Number(low, high):
            return min(max(0, low or 0), high) if high is not None else max(0, low or 0)
        case Duration():
            return timedelta(0)
        case SetOf():
            return frozenset()
        case _:
            return None


def _is_id(declared: Field) -> bool:
    return isinstance(declared.type, Text) and (declared.name == "id" or declared.name.endswith("_id"))


def _is_allowed(value: Value | None) -> bool:
    """Whether a contact may hold it."""
    match value:
        case str():
            return len(value) <= MOST_TEXT
        case datetime():
            return in_bounds(value)
        case int() | float():
            return abs(value) <= LARGEST_INTEGER
        case _:
            return True


def _instant(moment: datetime | date) -> timedelta:
    if isinstance(moment, datetime):
        return moment - datetime(1, 1, 1, tzinfo=UTC)
    return timedelta(days=moment.toordinal())


def _distance(declared: Field, old: Setting, new: Setting) -> float:
    """How far two values of a field are apart, from 0 to 1; of a missing one: far."""
    match declared.type, old, new:
        case Choice(names, True), str(), str():
            return abs(names.index(old) - names.index(new)) / len(names)
        case Choice(names), _, str():
            return 0.5 + names.index(new) / (2 * len(names))
        case ((Integer(low, high) | Number(low, high)), (int() | float()), (int() | float())):
            apart = abs(new - old)
            if low is not None and high is not None:
                return apart / (high - low) if high > low else 0.0
            return apart / (apart + max(abs(old), 1))
        case _, datetime(), datetime():
            return _share(abs(new - old), _DAY)
        case _, date(), date():
            return (
                _share(abs(new - old), 30 * _DAY)
                if not isinstance(old, datetime) and not isinstance(new, datetime)
                else 1.0
            )
        case _, timedelta(), timedelta():
            seconds = abs(new.total_seconds() - old.total_seconds())
            return seconds / (seconds + max(abs(old.total_seconds()), 60))
        case _, frozenset(), frozenset():
            different = len(old ^ new)
            return different / (different + 1)
        case _:
            return 1.0


def _share(apart: timedelta, scale: timedelta) -> float:
    return apart / (apart + scale)
