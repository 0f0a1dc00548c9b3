"""A fact in plain words: what is so, with its value, and what was asked."""

from collections.abc import Iterable
from datetime import datetime

from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy
from routekit.policy.operators.order import COMPARISONS, Comparison
from routekit.policy.operators.sets import SET_TESTS
from routekit.policy.operators.text import TEXT_TESTS
from routekit.reasons.trace import Fact, Source
from routekit.reasons.words import HIDDEN, Words, joined
from routekit.reference import Scope
from routekit.schema.times import zone
from routekit.schema.types import Choice, Date, Scalar, Time, Type, Value
from routekit.schema.writing import in_order, time_text

__all__ = ["Phrases"]

MOST_INPUTS = 6
MOST_CLAUSES = 2


class Phrases:
    """Says the facts of one contact."""

    def __init__(self, words: Words, scope: Scope) -> None:
        self.words = words
        self._scope = scope
        self._policy: CheckedPolicy = scope.policy

    def fact(self, fact: Fact) -> str:
        """Returns what is so, and what was asked."""
        return self._within(fact, ())

    def reasons(self, facts: Iterable[Fact]) -> str:
        """Returns the facts that keep a rule from applying, by the segments in which they stand."""
        by_label: dict[str, list[str]] = {}
        for fact in facts:
            label = fact.within[-1] if fact.within else ""
            by_label.setdefault(label, []).append(self._within(fact, fact.within[:-1]))
        return "; ".join(
            (f"{label} – " if label else "") + "; ".join(texts) for label, texts in by_label.items()
        )

    def because(self, facts: Iterable[Fact]) -> list[str]:
        """Returns the facts that make a rule apply, each once, those of one segment together."""
        said: set[str] = set()
        by_label: dict[str, list[str]] = {}
        for fact in facts:
            label = fact.within[0] if fact.within else ""
            text = self._plain_fact(fact, is_own=not fact.within)
            if text not in said:
                said.add(text)
                by_label.setdefault(label, []).append(text)
        return [
            phrase
            for label, texts in by_label.items()
            for phrase in ([_labelled(texts, label)] if label else texts)
        ]

    def _plain_fact(self, fact: Fact, *, is_own: bool) -> str:
        """A fact that helped, without what is plain from its segment."""
        if fact.truth is None:
            missing = [source for source in fact.sources if self._scope.value(source) is None]
            return f"{self.words.expr(missing[0])} is missing" if missing else self._unknown(fact)
        said, extra = self._said(fact.test, fact.truth, False)
        if not is_own and not fact.truth and isinstance(fact.test, e.Compare | e.InRange | e.InSet):
            said = said.partition(", not ")[0]
        return said + self._brackets([extra, *self._inputs(fact)])

    def _within(self, fact: Fact, within: tuple[str, ...]) -> str:
        if fact.truth is None:
            return self._unknown(fact)
        said, extra = self._said(fact.test, fact.truth, True)
        return said + self._brackets([extra, *within, *self._inputs(fact)])

    def _brackets(self, extras: Iterable[str]) -> str:
        shown = [extra for extra in extras if extra]
        return f" ({', '.join(shown)})" if shown else ""

    # ── what is so ────────────────────────────────────────────────────────────

    def value(self, expr: e.Expr, type_: Type | None = None, *, exact: bool = False) -> str:
        """The value of an expression, in the author's words; ``now`` to the minute, unless ``exact``."""
        value = self._scope.value(expr)
        if value is not None and self.words.hides(expr):
            return HIDDEN
        if isinstance(value, datetime) and isinstance(expr, e.Now):
            return self.words.time(value, weekday=True, seconds=exact)
        return self.words.value(value, type_ or self.words.type_of(expr))

    def _is(self, expr: e.Expr, type_: Type | None = None) -> str:
        if isinstance(expr, e.Constant):
            return self.value(expr, type_)
        return f"{self.words.expr(expr)} is {self.value(expr, type_, exact=True)}"

    def _said(self, test: e.Expr, truth: bool, asked: bool) -> tuple[str, str]:
        """What is so, and what may stand in brackets behind it."""
        match test:
            case e.Compare("is", left, right):
                return self._same(*self._subject_first(left, right), truth)
            case e.Compare(operator, left, right, order):
                row = COMPARISONS[operator]
                if isinstance(left, e.Constant):
                    row = row.mirrored
                subject, other = self._subject_first(left, right)
                return self._bound(row, subject, other, order, truth)
            case e.InRange(operand, low, high, order):
                type_ = order or self.words.type_of(operand)
                end = self._operand(high, type_)
                end = COMPARISONS["<"].bounds[_kind(type_)].format(end) if test.without_end else end
                ends = f"{self._operand(low, type_)} to {end}"
                return self._against(self._is(operand, type_), ends, truth)
            case e.InSet(operand, values, named):
                return self._in_set(operand, values, named, truth, asked)
            case e.Member() | e.SetTest() | e.IsEmpty():
                return self._of_set(test, truth)
            case e.IsKnown(operand):
                known = f"{self.words.expr(operand)} is {'known' if truth else 'missing'}"
                return known, self.value(operand) if truth else ""
            case e.TextTest(operator, operand, argument):
                does = operator if truth else TEXT_TESTS[operator].denied
                return f"{self._is(operand)}, which {does} {self._operand(argument, None)}", ""
            case e.CalendarOpen(calendar, at):
                return self._hours(calendar, at, truth)
            case e.Constant():
                return f"this is always `{'yes' if truth else 'no'}`", ""
            case _:
                return f"{self.words.expr(test)} is {self._flag(test, truth)}", ""

    def _flag(self, test: e.Expr, truth: bool) -> str:
        return HIDDEN if self.words.hides(test) else "yes" if truth else "no"

    def _subject_first(self, left: e.Expr, right: e.Expr) -> tuple[e.Expr, e.Expr]:
        return (right, left) if isinstance(left, e.Constant) else (left, right)

    def _operand(self, expr: e.Expr, type_: Type | None) -> str:
        """What a value is compared with: written out, or with its own value."""
        if isinstance(expr, e.Constant):
            return self.words.expr(expr, type_)
        return f"{self.words.expr(expr, type_)}, which is {self.value(expr, exact=True)},"

    def _same(self, subject: e.Expr, other: e.Expr, truth: bool) -> tuple[str, str]:
        type_ = self.words.type_of(subject)
        said = self._is(subject, type_)
        if isinstance(other, e.Constant):
            return said if truth else f"{said}, not {self.words.expr(other, type_)}", ""
        if truth:
            return f"{said}, and so is {self.words.expr(other)}", ""
        return f"{said}, but {self._is(other)}", ""

    def _bound(
        self, row: Comparison, subject: e.Expr, other: e.Expr, order: Choice | None, truth: bool
    ) -> tuple[str, str]:
        type_ = order or self.words.type_of(subject)
        if truth and row.equal and self._scope.value(subject) == self._scope.value(other):
            if isinstance(other, e.Constant):
                return self._is(subject, type_), ""
            return f"{self._is(subject, type_)}, and so is {self.words.expr(other)}", ""
        bound = row.bounds[_kind(type_)].format(self._operand(other, type_).removesuffix(","))
        return self._against(self._is(subject, type_), bound, truth)

    def _against(self, said: str, asked: str, truth: bool) -> tuple[str, str]:
        return (said, asked) if truth else (f"{said}, not {asked}", "")

    def _in_set(
        self, operand: e.Expr, values: frozenset[Scalar], named: str, truth: bool, asked: bool
    ) -> tuple[str, str]:
        type_ = self.words.type_of(operand)
        said = self._is(operand)
        if named:
            return f"{said}, {'' if truth else 'not '}in the list {self._policy.called('list', named)}", ""
        if truth and (not asked or len(values) == 1):
            return said, ""
        items = [self.words.value(item, type_) for item in in_order(values, type_)]
        if len(items) > 8:
            items = [*items[:6], f"{len(items) - 6:,} more"]
        shown = joined(items, " or ")
        return (said, f"one of {shown}") if truth else (f"{said}, not {shown}", "")

    def _of_set(self, test: e.Member | e.SetTest | e.IsEmpty, truth: bool) -> tuple[str, str]:
        words = self.words
        match test:
            case e.Member(element, container) if isinstance(element, e.Constant):
                wanted = words.expr(element, words.element(container))
                return f"{self._is(container)}, {'with' if truth else 'without'} {wanted}", ""
            case e.Member(element, container):
                holder = self._operand(container, None).removesuffix(",")
                return f"{self._is(element)}, {'' if truth else 'not '}in {holder}", ""
            case e.SetTest(operator, operand, values, named):
                row = SET_TESTS[operator]
                which = self._members(operand, values, named)
                return f"{self._is(operand)}, {row.told if truth else row.denied} {which}", ""
            case e.IsEmpty(operand):
                if truth:
                    return f"{words.expr(operand)} is empty", ""
                return f"{self._is(operand)}, not empty", ""

    def _members(self, operand: e.Expr, values: frozenset[Scalar], named: str) -> str:
        return (
            f"the list {self._policy.called('list', named)}"
            if named
            else self.words.listed(values, self.words.element(operand))
        )

    def _hours(self, calendar: str, at: e.Expr, truth: bool) -> tuple[str, str]:
        moment = self._scope.value(at)
        assert isinstance(moment, datetime)
        is_ = f"{self.words.called('calendar', calendar)} is {'open' if truth else 'closed'}"
        if self.words.hides(at):
            now = self.words.time(moment, weekday=True, seconds=False)
            return is_, f"it is {now}" if isinstance(at, e.Now) else f"{self.words.expr(at)} is {HIDDEN}"
        what = "it" if isinstance(at, e.Now) else self.words.expr(at)
        when = f"{what} is {self.on_wall(calendar, moment)}"
        opens = None if truth else self._policy.calendars[calendar].next_opening(moment)
        return is_, when if opens is None else f"{when}, opens {self.words.time(opens, weekday=True)}"

    def on_wall(self, calendar: str, moment: datetime) -> str:
        """Returns a time, also on the wall of a calendar elsewhere, and what that says of the day alone."""
        asked = self._policy.calendars[calendar]
        told = [self.words.time(moment, weekday=True, seconds=False)]
        if asked.timezone != self._policy.timezone:
            there = time_text(moment, zone(asked.timezone), seconds=False)
            told.append(f"{there} in {asked.timezone}")
        special = [str(clause) for clause in asked.says(moment) if clause.is_special]
        told += special[:MOST_CLAUSES]
        return ", ".join(told)

    # ── what it rests on ──────────────────────────────────────────────────────

    def _inputs(self, fact: Fact) -> list[str]:
        """The values behind what a contact does not bring along itself."""
        if isinstance(fact.test, e.CalendarOpen) and isinstance(fact.test.at, e.Now):
            return []
        said: set[e.Expr] = {fact.test, *e.children(fact.test)}
        hidden = [source for source in fact.sources if source not in said]
        shown = [self._input(source) for source in hidden[:MOST_INPUTS]]
        return [*shown, *(["…"] if len(hidden) > MOST_INPUTS else [])]

    def _input(self, source: Source) -> str:
        return f"{self.words.expr(source)} is {self.value(source)}"

    def _unknown(self, fact: Fact) -> str:
        missing = [source for source in fact.sources if self._scope.value(source) is None]
        asked = f"`{self.words.as_written(fact.test)}` cannot be answered"
        if missing:
            names = joined(dict.fromkeys(self.words.expr(source) for source in missing))
            return f"{names} {'is' if len(missing) == 1 else 'are'} missing, so {asked}"
        empty = next((part for part in e.parts(fact.test) if self._scope.value(part) is None), fact.test)
        inputs = joined(self._input(source) for source in fact.sources[:MOST_INPUTS])
        what = next((part for part in e.children(fact.test) if self._scope.value(part) is None), empty)
        return f"{self.words.expr(what)} has no value" + (f" ({inputs})" if inputs else "") + f", so {asked}"

    def values(self, fact: Fact) -> dict[Source, Value | None]:
        """Returns the values that a fact rests on."""
        return {source: self._scope.value(source) for source in fact.sources}


def _labelled(texts: list[str], label: str) -> str:
    """Facts with the segment that they lead to."""
    if len(texts) == 1 and texts[0].endswith(")"):
        return f"{texts[0].removesuffix(')')}, {label})"
    return f"{joined(texts)} ({label})"


def _kind(type_: Type) -> str:
    match type_:
        case Time() | Date():
            return "moment"
        case Choice():
            return "name"
        case _:
            return "amount"
