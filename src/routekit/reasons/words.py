"""Values and expressions back in the author's words."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.decision import Data, Decision, PlanStep
from routekit.policy.inference import Types
from routekit.policy.model import OUTCOME, CheckedPolicy, Let, Step, Titled, WorkOutPart
from routekit.policy.operators.arithmetic import ARITHMETIC
from routekit.policy.operators.functions import FUNCTIONS, Function
from routekit.policy.outcomes import computed_by, outcomes_of, values_set
from routekit.schema.times import zone
from routekit.schema.types import (
    Choice,
    Scalar,
    SetOf,
    Text,
    Type,
    Value,
)
from routekit.schema.writing import as_text, in_order, time_text
from routekit.schema.writing import quoted as literal
from routekit.translation import msgid, msgids, plural, t

__all__ = [
    "DAYS",
    "HIDDEN",
    "Words",
    "count",
    "joined",
    "masked",
    "name_of",
    "ordinal",
    "quoted",
    "shortened",
]

HIDDEN = "(private)"
"""What stands in the place of a value that must not be said."""

LONGEST_TEXT = 60
MOST_LISTED = 6
_ALWAYS = e.Constant(True)
_TODAY = e.Call("date", (e.Now(),))
DAYS = msgids(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))

_OR, _AND, _NOT, _TEST, _ELSE, _SUM, _, _ATOM = range(8)
"""How tightly an operator binds; products do so more than sums."""


_ORDINALS = {0: msgid("{number}th"), 1: msgid("{number}st"), 2: msgid("{number}nd"), 3: msgid("{number}rd")}


def joined(items: Iterable[str], last: str = " and ") -> str:
    """Returns items as a sentence lists them.

    >>> joined(["a", "b", "c"]), joined(["a", "b"], " or ")
    ('a, b and c', 'a or b')
    """
    *head, tail = [*items] or [""]
    last = t(last)
    if last == t(" and ") and any(last in item for item in (*head, tail)):
        last = t(", and ")
    return f"{t(', ').join(head)}{last}{tail}" if head else tail


def count(number: int, word: str) -> str:
    """Returns a number of things.

    >>> count(1, "rule"), count(2, "rule")
    ('1 rule', '2 rules')
    """
    return plural("{number:,} {noun}", "{number:,} {noun}s", number, noun=t(word))


def ordinal(number: int) -> str:
    """Returns a place in a row.

    >>> ordinal(1), ordinal(12), ordinal(23)
    ('1st', '12th', '23rd')
    """
    ending = 0 if number % 100 in (11, 12, 13) else number % 10
    return t(_ORDINALS.get(ending, _ORDINALS[0]), number=number)


def quoted(text: str, most: int | None = LONGEST_TEXT) -> str:
    """Writes a text as a policy does, shortened, and with nothing in it that a terminal would obey.

    >>> print(quoted('say "hi"'), quoted("a\\x1bb"))
    "say \\"hi\\"" "a\\u{1b}b"
    """
    shown = text if most is None or len(text) <= most else f"{text[: most - 1]}…"
    return "".join(letter if letter.isprintable() else f"\\u{{{ord(letter):x}}}" for letter in literal(shown))


_TEXT = r'"(?:\\.|[^"\\])*"'
_LIST = re.compile(rf'\{{((?:{_TEXT}|[^"{{}}])*)\}}|({_TEXT})', re.DOTALL)
_ITEM = re.compile(rf'(?:{_TEXT}|[^",])+', re.DOTALL)


def shortened(whole: str) -> str:
    """Cuts the long lists and texts in what is written in full, as far as texts still differ.

    >>> shortened("customer.plan in {a, b, c, d, e, f, g, h}")
    'customer.plan in {a, b, c, d, e, f and 2 more}'
    """
    texts = {_unquoted(text) for text in re.findall(_TEXT, whole, re.DOTALL)}
    alike = Counter(map(quoted, texts))

    def short(found: re.Match[str]) -> str:
        if found[2] is not None:
            text = _unquoted(found[2])
            cut = quoted(text)
            return cut if alike[cut] == 1 else quoted(text, None)
        items = [_LIST.sub(short, item.strip()) for item in _ITEM.findall(found[1])]
        return f"{{{_and_more(items[:MOST_LISTED], len(items) - MOST_LISTED)}}}"

    return _LIST.sub(short, whole)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def _and_more(items: list[str], more: int) -> str:
    """Lists some items, and says how many more there are."""
    shown = ", ".join(items)
    return t("{shown} and {more:,} more", shown=shown, more=more) if more > 0 else shown


def _hidden(policy: CheckedPolicy) -> frozenset[e.Expr]:
    """The private fields and declared parts, and the lets that are worked out of such fields."""
    found: set[e.Expr] = {
        e.FieldRef(record.name, field.name)
        for record in policy.records
        for field in record.fields
        if field.private
    }
    found |= {e.DataRef(field.name) for field in policy.data if field.private}
    for definition in policy.definitions:
        if isinstance(definition, Let) and any(part in found for part in e.parts(definition.expr)):
            found.add(e.LetRef(definition.name))
    return frozenset(found)


Named: TypeAlias = e.FieldRef | e.SignalRef | e.LetRef | e.SegmentRef | e.OutcomeRef


def _tried(cases: Sequence[e.Case]) -> Sequence[e.Case]:
    """The cases up to the first that always holds, behind which none is ever tried."""
    ends = (place for place, case in enumerate(cases, 1) if case.condition == _ALWAYS)
    return cases[: next(ends, None)]


def name_of(expr: Named) -> str:
    """Writes the name of a value.

    >>> name_of(e.FieldRef("customer", "value")), name_of(e.SegmentRef("rising"))
    ('customer.value', 'rising')
    """
    match expr:
        case e.FieldRef(owner, member) | e.SignalRef(owner, member):
            return f"{owner}.{member}"
        case e.LetRef(name) | e.SegmentRef(name) | e.OutcomeRef(name):
            return name


class Words:
    """How one policy's authors say things: by its types, and by its clock.

    Where they are ``masked``, what is worked out of a private field is not said; where they are ``whole``, a
    text or a set is written in full, however long, so that it can be read again. Where they are ``titled``,
    what has a title is called by it.
    """

    def __init__(
        self, policy: CheckedPolicy, *, masked: bool = False, whole: bool = False, titled: bool = False
    ) -> None:
        self._policy = policy
        self._titled = titled
        self._whole = whole
        self._hidden = _hidden(policy) if masked else frozenset()
        self._zone = zone(policy.timezone)
        self._types = Types(policy)

    def hides(self, expr: e.Expr) -> bool:
        """Checks whether a value must not be said, since it tells of a private field."""
        return bool(self._hidden) and any(part in self._hidden for part in e.parts(expr))

    # ── types ─────────────────────────────────────────────────────────────────

    def type_of(self, expr: e.Expr) -> Type:
        """Returns the type of a value; of a name that is written out: text."""
        return self._types.of(expr)

    # ── names ─────────────────────────────────────────────────────────────────

    def name(self, expr: Named) -> str:
        """Returns the title of what has one, else how it is written."""
        match expr:
            case e.FieldRef():
                return self._policy.called("field", name_of(expr))
            case e.SignalRef(queue, signal) if ("signal", signal) in self._policy.titles:
                return t(
                    "{signal} of {queue}",
                    signal=self._policy.called("signal", signal),
                    queue=self._policy.called("queue", queue),
                )
            case e.LetRef(name):
                return self._policy.called("let", name)
            case e.SegmentRef(name):
                return self._policy.called("segment", name)
            case _:
                return name_of(expr)

    def called(self, kind: Titled, name: str) -> str:
        """Returns the title of what has this name, or the name."""
        return self._policy.called(kind, name) if self._titled else name

    def as_written(self, expr: e.Expr) -> str:
        """Returns an expression as the policy would write it, without titles."""
        return Words(self._policy).expr(expr) if self._titled else self.expr(expr)

    # ── values ────────────────────────────────────────────────────────────────

    def value(self, value: Value | None, type_: Type) -> str:
        """Returns a value as the policy would write it; if not whole, a long text or set shortened."""
        match value:
            case _ if self._whole:
                return as_text(value, type_, self._zone)
            case str() if not isinstance(type_, Choice):
                return quoted(value)
            case frozenset():
                element = type_.element if isinstance(type_, SetOf) else Text()
                return f"{{{self.listed(value, element)}}}"
            case _:
                return as_text(value, type_, self._zone)

    def listed(self, values: frozenset[Scalar], type_: Type, most: int = MOST_LISTED) -> str:
        """Returns the values of a set, in their order; a few at most, unless they are whole."""
        items = in_order(values, type_)
        shown = [self.value(item, type_) for item in (items if self._whole else items[:most])]
        return _and_more(shown, len(items) - len(shown))

    def time(self, moment: datetime, *, weekday: bool = False, seconds: bool = True) -> str:
        """Returns a time by the clock on the wall, its seconds only where it has some."""
        day = f"{t(DAYS[moment.astimezone(self._zone).weekday()])} " if weekday else ""
        return day + time_text(moment, self._zone, seconds=seconds)

    # ── expressions ───────────────────────────────────────────────────────────

    def expr(self, expr: e.Expr, type_: Type | None = None) -> str:
        """Returns an expression as the policy would write it; bare names are read in a type."""
        return self._written(expr, type_)[0]

    def _inner(self, expr: e.Expr, least: int, type_: Type | None = None) -> str:
        text, binding = self._written(expr, type_)
        return text if binding >= least else f"({text})"

    def _written(self, expr: e.Expr, type_: Type | None) -> tuple[str, int]:
        match expr:
            case e.Constant(value, named):
                return named or self.value(value, type_ or self.type_of(expr)), _ATOM
            case e.FieldRef() | e.SignalRef() | e.LetRef() | e.SegmentRef() | e.OutcomeRef():
                return self.name(expr) if self._titled else name_of(expr), _ATOM
            case e.DataRef(name):
                return f"{OUTCOME}.{name}", _ATOM
            case e.Now():
                return "now", _ATOM
            case e.Call(function, arguments):
                return self._called(expr, FUNCTIONS[function], arguments), _ATOM
            case e.Any(operands):
                return " or ".join(self._inner(part, _AND) for part in operands), _OR
            case e.All(operands):
                return " and ".join(self._inner(part, _NOT) for part in operands), _AND
            case e.Not(operand):
                return self._negated(operand)
            case e.Else(first, second):
                wanted = type_ or self.type_of(expr)
                return f"{self._inner(first, _SUM, wanted)} else {self._inner(second, _ELSE, wanted)}", _ELSE
            case e.Bounded(operand):
                return self._written(operand, type_)
            case e.Cases(gather, cases):
                return self._cases(gather, cases, type_ or self.type_of(expr)), _ATOM
            case e.Arithmetic(operator, left, right):
                level = _SUM + ARITHMETIC[operator].precedence
                return f"{self._inner(left, level)} {operator} {self._inner(right, level + 1)}", level
            case _:
                return self._test(expr, ""), _TEST

    def _called(self, expr: e.Call, row: Function, arguments: tuple[e.Expr, ...]) -> str:
        if not self._whole and expr == _TODAY and (expr.span is None or expr.span.text == "today"):
            return "today"
        written = arguments[:-1] if row.of_today else arguments
        given = (self.expr(argument, expr.order) for argument in written)
        return f"{row.name}({', '.join(given)})"

    def _cases(self, gather: e.Gather, cases: Sequence[e.Case], type_: Type) -> str:
        """Returns cases as a let has them, a few at most unless they are whole."""
        if gather == "first":
            cases = _tried(cases)
        shown = cases if self._whole else cases[:MOST_LISTED]
        parts = []
        for case in shown:
            value = self.expr(case.value, type_)
            is_last = gather == "first" and case.condition == _ALWAYS
            parts.append(
                f"otherwise {value}" if is_last else f"when {self.expr(case.condition)} then {value}"
            )
        more = len(cases) - len(shown)
        if more:
            parts.append(t("and {more:,} more", more=more))
        word = "" if gather == "first" else f"{gather} "
        return f"{word}{{ {'  '.join(parts)} }}"

    def _negated(self, operand: e.Expr) -> tuple[str, int]:
        match operand:
            case e.Compare("is") | e.InSet() | e.InRange() | e.IsEmpty() | e.CalendarOpen() | e.IsKnown():
                return self._test(operand, "not "), _TEST
            case _:
                return f"not {self._inner(operand, _NOT)}", _NOT

    def _test(self, test: e.Test | e.IsAssisted, no: str) -> str:
        match test:
            case e.Compare(operator, left, right, order):
                type_ = order or self.shared_type(left, right)
                asked = f"is {no}".strip() if operator == "is" else operator
                return f"{self._inner(left, _ELSE, type_)} {asked} {self._inner(right, _ELSE, type_)}"
            case e.InRange(operand, low, high):
                type_ = self.type_of(operand)
                dots = "..<" if test.without_end else ".."
                ends = f"{self._inner(low, _ELSE, type_)}{dots}{self._inner(high, _ELSE, type_)}"
                return f"{self._inner(operand, _ELSE)} {no}in {ends}"
            case e.InSet(operand, values, named):
                return (
                    f"{self._inner(operand, _ELSE)} {no}in {self.set(values, named, self.type_of(operand))}"
                )
            case e.Member(element, container):
                inner = self.element(container)
                if isinstance(element, e.Constant):
                    return f"{self._inner(container, _ELSE)} has {self._inner(element, _ELSE, inner)}"
                return f"{self._inner(element, _ELSE)} in {self._inner(container, _ELSE)}"
            case e.SetTest(name, operand, values, named):
                return (
                    f"{self._inner(operand, _ELSE)} {name} {self.set(values, named, self.element(operand))}"
                )
            case e.IsEmpty(operand):
                return f"{self._inner(operand, _ELSE)} is {no}empty"
            case e.IsKnown(operand):
                return f"{self._inner(operand, _ELSE)} is {'missing' if no else 'known'}"
            case e.TextTest(operator, operand, argument):
                return f"{self._inner(operand, _ELSE)} {operator} {self._inner(argument, _ELSE)}"
            case e.CalendarOpen(calendar, at):
                when = "" if isinstance(at, e.Now) else f" at {self.expr(at)}"
                return f"{calendar} is {no}open{when}"
            case e.IsAssisted(assisted):
                return f"channel is {'assisted' if assisted else 'self_service'}"

    def set(self, values: frozenset[Scalar], named: str, type_: Type) -> str:
        """Returns a set as it is written: by the name of its list, or by its values."""
        return named or f"{{{self.listed(values, type_)}}}"

    def element(self, container: e.Expr) -> Type:
        """Returns the type of what is in a set."""
        type_ = self.type_of(container)
        return type_.element if isinstance(type_, SetOf) else Text()

    def shared_type(self, left: e.Expr, right: e.Expr) -> Type:
        """Returns the type in which both sides of a comparison are read."""
        return self.type_of(right if isinstance(left, e.Constant) else left)


# ── without what is private ────────────────────────────────────────────────────


def masked(decision: Decision, policy: CheckedPolicy, words: Words) -> Decision:
    """The decision without what private fields give, such as the agent, where their values are not said."""
    body = policy.rule_of(decision.rule, decision.queue).body
    outcome = outcomes_of(body)[(decision.arm or 1) - 1]
    hidden = {
        name: HIDDEN
        for name, expr in computed_by(outcome).items()
        if getattr(decision, name) is not None and words.hides(expr)
    }
    steps = {step.after: step for step in outcome.plan}
    plan = tuple(
        replace(_masked_step(step, steps.get(step.after), words), data=_masked_data(step.data, policy, words))
        for step in decision.plan
    )
    data = _masked_data(decision.data, policy, words)
    return replace(decision, plan=plan, data=data, **hidden)  # type: ignore[arg-type]  # they are texts


def _masked_data(data: Data, policy: CheckedPolicy, words: Words) -> Data:
    """What the policy declares, without the parts that may tell what is private."""
    if not data:
        return data
    hidden = {
        field.name
        for field in policy.data
        if any(map(words.hides, (e.DataRef(field.name), *values_set(policy, field.name))))
    }
    return Data(
        {name: HIDDEN if name in hidden and value is not None else value for name, value in data.items()}
    )


def _masked_step(taken: PlanStep, step: Step | None, words: Words) -> PlanStep:
    hidden = {
        action.part: HIDDEN
        for action in (() if step is None else step.actions)
        if isinstance(action, WorkOutPart)
        and getattr(taken, action.part) is not None
        and words.hides(action.expr)
    }
    return replace(taken, **hidden) if hidden else taken  # type: ignore[arg-type]  # they are texts
