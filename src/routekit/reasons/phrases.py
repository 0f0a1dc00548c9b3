"""A fact in plain words: what is so, with its value, and what was asked."""

from collections.abc import Iterable
from datetime import date, datetime

from routekit.policy import expressions as e
from routekit.policy.kept_facts import KeptFact
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
from routekit.translation import t

__all__ = ["Phrases"]

_TODAY = e.Call("date", (e.Now(),))
MOST_INPUTS = 6
MOST_CLAUSES = 2


class Phrases:
    """Says the facts of one contact."""

    def __init__(self, words: Words, scope: Scope) -> None:
        self.words = words
        self._scope = scope
        self._policy: CheckedPolicy = scope.policy
        self._kept = {fact.name: fact for fact in scope.policy.facts}

    def fact(self, fact: Fact) -> str:
        """Returns what is so, and what was asked."""
        return self._within(fact, ())

    def reasons(self, facts: Iterable[Fact]) -> str:
        """Returns the facts that keep a rule from applying, by the segments in which they stand."""
        by_label: dict[str, list[str]] = {}
        for fact in facts:
            label = fact.within[-1] if fact.within else ""
            by_label.setdefault(label, []).append(self._within(fact, fact.within[:-1]))
        return t("; ").join(
            (f"{label} – " if label else "") + t("; ").join(texts) for label, texts in by_label.items()
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
            return (
                t("{expr} is missing", expr=self.words.expr(missing[0])) if missing else self._unknown(fact)
            )
        said, extra = self._said(fact.test, fact.truth, False)
        if not is_own and not fact.truth and isinstance(fact.test, e.Compare | e.InRange | e.InSet):
            said = said.partition(t(", not "))[0]
        return said + self._brackets([extra, *self._inputs(fact)])

    def _within(self, fact: Fact, within: tuple[str, ...]) -> str:
        if fact.truth is None:
            return self._unknown(fact)
        said, extra = self._said(fact.test, fact.truth, True)
        return said + self._brackets([extra, *within, *self._inputs(fact)])

    def _brackets(self, extras: Iterable[str]) -> str:
        shown = [extra for extra in extras if extra]
        return t(" ({listed})", listed=t(", ").join(shown)) if shown else ""

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
        return t("{name} is {value}", name=self.words.expr(expr), value=self.value(expr, type_, exact=True))

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
                end = t(COMPARISONS["<"].bounds[_kind(type_)]).format(end) if test.without_end else end
                ends = t("{low} to {end}", low=self._operand(low, type_), end=end)
                return self._against(self._is(operand, type_), ends, truth)
            case e.InSet(operand, values, named):
                return self._in_set(operand, values, named, truth, asked)
            case e.Member() | e.SetTest() | e.IsEmpty():
                return self._of_set(test, truth)
            case e.IsKnown(operand):
                known = (
                    t("{operand} is known", operand=self.words.expr(operand))
                    if truth
                    else t("{operand} is missing", operand=self.words.expr(operand))
                )
                return known, self.value(operand) if truth else ""
            case e.TextTest(operator, operand, argument):
                does = operator if truth else TEXT_TESTS[operator].denied
                return t(
                    "{operand}, which {does} {argument}",
                    operand=self._is(operand),
                    does=t(does),
                    argument=self._operand(argument, None),
                ), ""
            case e.CalendarOpen(calendar, at):
                return self._hours(calendar, at, truth)
            case e.Constant():
                return (t("this is always `yes`") if truth else t("this is always `no`")), ""
            case _:
                return t("{name} is {value}", name=self.words.expr(test), value=self._flag(test, truth)), ""

    def _flag(self, test: e.Expr, truth: bool) -> str:
        return HIDDEN if self.words.hides(test) else "yes" if truth else "no"

    def _subject_first(self, left: e.Expr, right: e.Expr) -> tuple[e.Expr, e.Expr]:
        return (right, left) if isinstance(left, e.Constant) else (left, right)

    def _operand(self, expr: e.Expr, type_: Type | None) -> str:
        """What a value is compared with: written out, or with its own value."""
        if isinstance(expr, e.Constant):
            return self.words.expr(expr, type_)
        return t(
            "{name}, which is {value},",
            name=self.words.expr(expr, type_),
            value=self.value(expr, exact=True),
        )

    def _same(self, subject: e.Expr, other: e.Expr, truth: bool) -> tuple[str, str]:
        type_ = self.words.type_of(subject)
        said = self._is(subject, type_)
        if isinstance(other, e.Constant):
            return said if truth else t(
                "{said}, not {other}", said=said, other=self.words.expr(other, type_)
            ), ""
        if truth:
            return t("{said}, and so is {other}", said=said, other=self.words.expr(other)), ""
        return t("{said}, but {other}", said=said, other=self._is(other)), ""

    def _bound(
        self, row: Comparison, subject: e.Expr, other: e.Expr, order: Choice | None, truth: bool
    ) -> tuple[str, str]:
        type_ = order or self.words.type_of(subject)
        if truth and row.equal and self._scope.value(subject) == self._scope.value(other):
            if isinstance(other, e.Constant):
                return self._is(subject, type_), ""
            return t(
                "{subject}, and so is {other}", subject=self._is(subject, type_), other=self.words.expr(other)
            ), ""
        bound = t(row.bounds[_kind(type_)]).format(self._operand(other, type_).removesuffix(","))
        return self._against(self._is(subject, type_), bound, truth)

    def _against(self, said: str, asked: str, truth: bool) -> tuple[str, str]:
        return (said, asked) if truth else (t("{said}, not {asked}", said=said, asked=asked), "")

    def _in_set(
        self, operand: e.Expr, values: frozenset[Scalar], named: str, truth: bool, asked: bool
    ) -> tuple[str, str]:
        type_ = self.words.type_of(operand)
        said = self._is(operand)
        if named:
            return (
                t("{said}, in the list {called}", said=said, called=self._policy.called("list", named))
                if truth
                else t(
                    "{said}, not in the list {called}", said=said, called=self._policy.called("list", named)
                )
            ), ""
        if truth and (not asked or len(values) == 1):
            return said, ""
        items = [self.words.value(item, type_) for item in in_order(values, type_)]
        if len(items) > 8:
            items = [*items[:6], t("{number:,} more", number=len(items) - 6)]
        shown = joined(items, " or ")
        return (
            (said, t("one of {shown}", shown=shown))
            if truth
            else (t("{said}, not {shown}", said=said, shown=shown), "")
        )

    def _of_set(self, test: e.Member | e.SetTest | e.IsEmpty, truth: bool) -> tuple[str, str]:
        words = self.words
        match test:
            case e.Member(element, container) if isinstance(element, e.Constant):
                wanted = words.expr(element, words.element(container))
                return (
                    t("{container}, with {wanted}", container=self._is(container), wanted=wanted)
                    if truth
                    else t("{container}, without {wanted}", container=self._is(container), wanted=wanted)
                ), ""
            case e.Member(element, container):
                holder = self._operand(container, None).removesuffix(",")
                return (
                    t("{element}, in {holder}", element=self._is(element), holder=holder)
                    if truth
                    else t("{element}, not in {holder}", element=self._is(element), holder=holder)
                ), ""
            case e.SetTest(operator, operand, values, named):
                row = SET_TESTS[operator]
                which = self._members(operand, values, named)
                return t(
                    "{said}, {how} {which}",
                    said=self._is(operand),
                    how=t(row.told if truth else row.denied),
                    which=which,
                ), ""
            case e.IsEmpty(operand):
                if truth:
                    return t("{operand} is empty", operand=words.expr(operand)), ""
                return t("{operand}, not empty", operand=self._is(operand)), ""

    def _members(self, operand: e.Expr, values: frozenset[Scalar], named: str) -> str:
        return (
            t("the list {called}", called=self._policy.called("list", named))
            if named
            else self.words.listed(values, self.words.element(operand))
        )

    def _hours(self, calendar: str, at: e.Expr, truth: bool) -> tuple[str, str]:
        moment = self._scope.value(at)
        assert isinstance(moment, datetime)
        is_ = (
            t("{called} is open", called=self.words.called("calendar", calendar))
            if truth
            else t("{called} is closed", called=self.words.called("calendar", calendar))
        )
        if self.words.hides(at):
            now = self.words.time(moment, weekday=True, seconds=False)
            return is_, t("it is {now}", now=now) if isinstance(at, e.Now) else t(
                "{name} is {value}", name=self.words.expr(at), value=HIDDEN
            )
        told = self.on_wall(calendar, moment)
        is_now = isinstance(at, e.Now)
        when = (
            t("it is {now}", now=told)
            if is_now
            else t("{name} is {value}", name=self.words.expr(at), value=told)
        )
        opens = None if truth else self._policy.calendars[calendar].next_opening(moment)
        return is_, when if opens is None else t(
            "{when}, opens {opens}", when=when, opens=self.words.time(opens, weekday=True)
        )

    def on_wall(self, calendar: str, moment: datetime) -> str:
        """Returns a time, also on the wall of a calendar elsewhere, and what that says of the day alone."""
        asked = self._policy.calendars[calendar]
        told = [self.words.time(moment, weekday=True, seconds=False)]
        if asked.timezone != self._policy.timezone:
            there = time_text(moment, zone(asked.timezone), seconds=False)
            told.append(t("{time} in {timezone}", time=there, timezone=asked.timezone))
        special = [str(clause) for clause in asked.says(moment) if clause.is_special]
        told += special[:MOST_CLAUSES]
        return t(", ").join(told)

    # ── what it rests on ──────────────────────────────────────────────────────

    def _inputs(self, fact: Fact) -> list[str]:
        """The values behind what a contact does not bring along itself."""
        if isinstance(fact.test, e.CalendarOpen) and isinstance(fact.test.at, e.Now):
            return []
        said: set[e.Expr] = {fact.test, *e.children(fact.test)}
        lets = {part.name for part in e.parts(fact.test) if isinstance(part, e.LetRef)}
        kept = [self._kept[name] for name in self._kept if name in lets]
        if len(kept) == len(lets) > 0:
            said.add(e.Now())  # the period of each is told
        hidden = [source for source in fact.sources if source not in said]
        shown = [self._input(source) for source in hidden[:MOST_INPUTS]]
        periods = [text for each in kept if (text := self._period(each, is_alone=len(kept) == 1))]
        return [*periods, *shown, *(["…"] if len(hidden) > MOST_INPUTS else [])]

    def _period(self, fact: KeptFact, *, is_alone: bool) -> str:
        """When the value of a kept fact holds; without its name where nothing else is asked."""
        today = self._scope.value(_TODAY)
        value = fact.on(today) if isinstance(today, date) else None
        if value is None or (value.since is None and value.until is None):
            return ""
        if value.since is None:
            text = t("until {day}", day=value.until)
        elif value.until is None:
            text = t("since {day}", day=value.since)
        else:
            text = t("{since} to {until}", since=value.since, until=value.until)
        name = self.words.expr(e.LetRef(fact.name))
        return text if is_alone else t("{name} {period}", name=name, period=text)

    def _input(self, source: Source) -> str:
        return t("{name} is {value}", name=self.words.expr(source), value=self.value(source))

    def _unknown(self, fact: Fact) -> str:
        missing = [source for source in fact.sources if self._scope.value(source) is None]
        asked = t("`{as_written}` cannot be answered", as_written=self.words.as_written(fact.test))
        if missing:
            names = joined(dict.fromkeys(self.words.expr(source) for source in missing))
            return (
                t("{names} is missing, so {asked}", names=names, asked=asked)
                if len(missing) == 1
                else t("{names} are missing, so {asked}", names=names, asked=asked)
            )
        empty = next((part for part in e.parts(fact.test) if self._scope.value(part) is None), fact.test)
        inputs = joined(self._input(source) for source in fact.sources[:MOST_INPUTS])
        what = next((part for part in e.children(fact.test) if self._scope.value(part) is None), empty)
        return (
            t("{name} has no value", name=self.words.expr(what))
            + (t(" ({listed})", listed=inputs) if inputs else "")
            + t(", so {asked}", asked=asked)
        )

    def values(self, fact: Fact) -> dict[Source, Value | None]:
        """Returns the values that a fact rests on."""
        return {source: self._scope.value(source) for source in fact.sources}


def _labelled(texts: list[str], label: str) -> str:
    """Facts with the segment that they lead to."""
    closing = t(")")
    if len(texts) == 1 and texts[0].endswith(closing):
        return t("{text}, {label})", text=texts[0].removesuffix(closing), label=label)
    return t("{text} ({label})", text=joined(texts), label=label)


def _kind(type_: Type) -> str:
    match type_:
        case Time() | Date():
            return "moment"
        case Choice():
            return "name"
        case _:
            return "amount"
