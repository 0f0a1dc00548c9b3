"""What of a policy its examples reach, worked out with the reference evaluator.

A part counts as covered once some example reaches it, a single condition once examples have seen it both
true and false at the moment when first match really asks it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, TypeAlias, get_args

from routekit.diagnostics import Span
from routekit.intake import Intake
from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy, Rule, Split
from routekit.policy.references import lets_by_cases
from routekit.policy.targets import Target, asked_steps
from routekit.reference import Scope
from routekit.reference.decide import asks
from routekit.translation import t

__all__ = [
    "Coverage",
    "KINDS",
    "Kind",
    "Observer",
    "Single",
    "Unit",
    "joined",
    "single_conditions",
]

# ── single conditions ─────────────────────────────────────────────────────────

LONGEST_TEXT = 100
_BEGINS_WITH_TEST = re.compile(r"[<>=!]|(?:is|not|in|contains|starts|ends|matches|has)\b")
"""Of a cell: it is written as behind the column, but for a value or a range alone."""


@dataclass(frozen=True, slots=True)
class Single:
    """A single condition: how it is written, where, and what it means."""

    text: str
    span: Span
    expr: e.Expr


def single_conditions(condition: e.Expr | None) -> Iterator[Single]:
    """Divides a condition into its single ones; a cell of a table is one, whatever it lists.

    One that is written out as ``yes`` or ``no`` is left out: it has nothing to tell.
    """
    match condition:
        case None | e.Constant():
            return
        case e.All(operands) | e.Any(operands) if _column_of(condition) is None:
            for operand in operands:
                yield from single_conditions(operand)
        case e.Not(operand) if operand.span != condition.span:
            yield from single_conditions(operand)
        case _ if condition.span is not None:
            yield Single(_text(condition, condition.span), condition.span, condition)


def _column_of(test: e.Expr) -> Span | None:
    """The place of the column, where a test stands in a cell: what it asks of is written elsewhere."""
    asked: e.Expr | None = test
    while isinstance(asked, e.Not | e.Any):
        asked = e.children(asked)[0]
    asked = next(iter(e.children(asked)), None) if isinstance(asked, e.Test) else None
    if asked is None or asked.span is None or test.span is None:
        return None
    return None if test.span.start <= asked.span.start < test.span.end else asked.span


def _text(test: e.Expr, span: Span) -> str:
    column = _column_of(test)
    if column is None:
        return _short(span.text)
    if isinstance(test, e.Any):
        joint = ": "
    elif _BEGINS_WITH_TEST.match(span.text):
        joint = " "
    else:
        joint = " in " if isinstance(test, e.InRange) else " is "
    return _short(f"{column.text}{joint}{span.text}")


def _short(text: str) -> str:
    text = " ".join(text.split())
    if text.startswith("(") and text.endswith(")") and not set("()") & set(text[1:-1]):
        text = text[1:-1]
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


# ── what is covered ───────────────────────────────────────────────────────────

Kind: TypeAlias = Literal["cases", "rules", "rows", "arms", "adjustments", "offers", "nevers", "conditions"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Unit:
    """A part that examples can reach: how often they did, and in words what is missing, if anything is.

    ``part`` is the rule or offer in which a single condition stands. ``hits`` counts the examples; of a
    condition those that got an answer, until it had been true and false. ``missing`` is what contacts would
    have to reach for it to be covered.
    """

    kind: Kind
    name: str
    span: Span | None
    hits: int
    gap: str = ""
    part: str = ""
    missing: tuple[Target, ...] = field(default=(), compare=False, repr=False)

    @property
    def is_covered(self) -> bool:
        return not self.gap

    @property
    def where(self) -> str:
        """File and line, as ``rules/telecom.route:88``; of the row of a spreadsheet, its first cell."""
        if self.span is not None and self.span.cell:
            return self.span.place
        return f"{self.span.source.name}:{self.span.line}" if self.span else ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """All units, in the order of the policy."""

    units: tuple[Unit, ...]

    @property
    def gaps(self) -> tuple[Unit, ...]:
        return tuple(unit for unit in self.units if not unit.is_covered)

    @property
    def covered(self) -> int:
        return sum(unit.is_covered for unit in self.units)

    @property
    def percent(self) -> float:
        """Of all units; 100 where there are none."""
        return 100 * self.covered / len(self.units) if self.units else 100.0

    def by_kind(self) -> dict[Kind, tuple[int, int]]:
        """Counts how many of each kind that the policy has are covered, and of how many."""
        totals = Counter(unit.kind for unit in self.units)
        reached = Counter(unit.kind for unit in self.units if unit.is_covered)
        return {kind: (reached[kind], totals[kind]) for kind in KINDS if totals[kind]}


def joined(coverages: Iterable[Coverage]) -> Coverage:
    """Returns the coverage of several policies as one."""
    return Coverage(tuple(unit for coverage in coverages for unit in coverage.units))


class Observer:
    """Follows decisions with the reference evaluator, and counts what each reached."""

    def __init__(self, policy: CheckedPolicy) -> None:
        self._policy = policy
        self._intake = Intake(policy)
        self._steps = asked_steps(policy)
        self._singles = {part: tuple(single_conditions(holds)) for part, holds in _conditions(policy)}
        self._reached: Counter[tuple[Kind, str]] = Counter()
        self._answers: Counter[tuple[int, bool | None]] = Counter()
        self._settled: set[int] = set()

    def observe(self, contact: object, clock: datetime, decision: Decision) -> None:
        """Counts what a contact reached, whose decision is known; ``clock`` is its ``now``, in UTC."""
        scope = Scope(self._policy, self._intake.read(contact, clock))
        self._observe_cases(scope)
        self._observe_route(scope, decision)
        for adjustment in self._policy.adjustments:
            self._ask(scope, t("adjust rule {name}", name=adjustment.name))
            if scope.is_true(adjustment.condition):
                self._reached["adjustments", adjustment.name] += 1
        self._observe_offers(scope, decision)

    def _observe_cases(self, scope: Scope) -> None:
        """The cases that give the value of a let, or a part of it."""
        for let, cases in lets_by_cases(self._policy):
            for place, case in enumerate(cases.cases, start=1):
                if scope.is_true(case.condition):
                    self._reached["cases", f"{let.name} {place}"] += 1
                    if cases.gather == "first":
                        break

    def _observe_route(self, scope: Scope, decision: Decision) -> None:
        """The rules in their order, as far as first match tries them."""
        entered: dict[str, bool] = {}
        for rule, *_ in self._policy.written_rules():
            self._try(scope, rule, entered)
            if rule.name == decision.rule:
                self._reached["rules", rule.name] += 1
                if decision.arm is not None:
                    self._reached["arms", f"{rule.name} {decision.arm}"] += 1
                self._observe_steps(scope, decision)
                return

    def _observe_steps(self, scope: Scope, decision: Decision) -> None:
        for part, asked in self._steps.items():
            if (decision.rule, decision.arm) in asked.given and asks(scope, asked.step):
                self._ask(scope, part)

    def _try(self, scope: Scope, rule: Rule, entered: dict[str, bool]) -> None:
        for group in rule.groups:
            if group.name not in entered:
                entered[group.name] = scope.is_true(group.condition)
                self._ask(scope, t("group {name}", name=group.name))
            if not entered[group.name]:
                return
        self._ask(scope, _part(rule))

    def _observe_offers(self, scope: Scope, decision: Decision) -> None:
        silent = False
        for number, never in enumerate(self._policy.nevers):
            self._ask(scope, t("never {number}", number=number + 1))
            if scope.is_true(never.condition):
                silent = True
                self._reached["nevers", str(number + 1)] += 1
        if silent:
            return
        for offer in self._policy.offers:
            if offer.channels is None or decision.channel in offer.channels:
                self._ask(scope, t("offer {name}", name=offer.name))
        for name in decision.offers:
            self._reached["offers", name] += 1

    def _ask(self, scope: Scope, part: str) -> None:
        for condition in self._singles[part]:
            key = id(condition)
            if key in self._settled:
                continue
            answer = scope.value(condition.expr)
            self._answers[key, answer if isinstance(answer, bool) else None] += 1
            if self._answers[key, True] and self._answers[key, False]:
                self._settled.add(key)

    # ── what was seen ─────────────────────────────────────────────────────────

    def coverage(self) -> Coverage:
        """Returns what the decisions so far have reached."""
        return Coverage(tuple(self._units()))

    def has_seen(self, target: Target) -> bool:
        """Whether a contact so far has reached a part, or seen its condition come to the value."""
        if target.condition is not None:
            answers = (
                self._answers[id(single), target.value]
                for part in _parts_of(target)
                for single in self._singles.get(part, ())
                if single.expr is target.condition
            )
            return any(answers)
        match target.owner:
            case "case":
                return self._reached["cases", f"{target.name} {target.place}"] > 0
            case "rule" if target.place:
                return self._reached["arms", f"{target.name} {target.place}"] > 0
            case "rule":
                return self._reached["rules", target.name] > 0
            case "adjustment":
                return self._reached["adjustments", target.name] > 0
            case "offer":
                return self._reached["offers", target.name] > 0
            case _:
                return self._reached["nevers", str(target.place)] > 0

    def _units(self) -> Iterator[Unit]:
        named: set[str] = set()
        for let, cases in lets_by_cases(self._policy):
            for place, case in enumerate(cases.cases, start=1):
                part = (
                    t("{name} case {place}", name=let.name, place=place)
                    if case.row is None
                    else t("{name} row {row}", name=let.name, row=case.row)
                )
                hits = self._reached["cases", f"{let.name} {place}"]
                gap = t("{part} is taken in no example", part=part)
                target = Target("case", let.name, place)
                yield _counted(Unit("cases", part, case.span, hits, gap, part), target)
        for rule, *_ in self._policy.written_rules():
            for group in rule.groups:
                if group.name not in named:
                    named.add(group.name)
                    yield from self._conditions(
                        t("group {name}", name=group.name), Target("group", group.name)
                    )
            yield from self._rule(rule)
        for part in self._steps:
            yield from self._conditions(part, Target("step", part))
        for item in self._policy.adjustments:
            part, target = t("adjust rule {name}", name=item.name), Target("adjustment", item.name)
            hits = self._reached["adjustments", item.name]
            gap = t("{part} is applied in no example", part=part)
            yield _counted(Unit("adjustments", item.name, item.span, hits, gap, part), target)
            yield from self._conditions(part, target)
        for offer in self._policy.offers:
            part, target = t("offer {name}", name=offer.name), Target("offer", offer.name)
            hits = self._reached["offers", offer.name]
            gap = t("{part} is shown in no example", part=part)
            yield _counted(Unit("offers", offer.name, offer.span, hits, gap, part), target)
            yield from self._conditions(part, target)
        for number, never in enumerate(self._policy.nevers, start=1):
            part, target = t("never {number}", number=number), Target("never", "", number)
            hits = self._reached["nevers", str(number)]
            gap = t("{part} keeps back the offers of no example", part=part)
            yield _counted(Unit("nevers", part, never.span, hits, gap, part), target)
            yield from self._conditions(part, target)

    def _rule(self, rule: Rule) -> Iterator[Unit]:
        kind: Kind = "rows" if rule.table else "rules"
        part, target = _part(rule), Target("rule", rule.name)
        hits = self._reached["rules", rule.name]
        gap = t("{part} is decided by no example", part=part)
        yield _counted(Unit(kind, rule.name, rule.span, hits, gap, part), target)
        yield from self._conditions(part, target)
        if isinstance(rule.body, Split):
            for number, arm in enumerate(rule.body.arms, start=1):
                name = f"{rule.name} {number}"
                hits = self._reached["arms", name]
                gap = t("arm {number} of {part} is taken in no example", number=number, part=part)
                unit = Unit("arms", f"{rule.name} arm {number}", arm.span, hits, gap, part)
                yield _counted(unit, replace(target, place=number))

    def _conditions(self, part: str, owner: Target) -> Iterator[Unit]:
        for condition in self._singles[part]:
            true, false, unknown = (self._answers[id(condition), answer] for answer in (True, False, None))
            if true and false:
                missing = ""
            elif true or false:
                missing = t("was never false") if true else t("was never true")
            else:
                missing = t("was never known") if unknown else t("was never asked")
            gap = f"{part}: {condition.text} {missing}" if missing else ""
            unseen = tuple(
                replace(owner, condition=condition.expr, value=value)
                for value, seen in ((True, true), (False, false))
                if not seen
            )
            yield Unit("conditions", condition.text, condition.span, true + false, gap, part, unseen)


def _counted(unit: Unit, target: Target) -> Unit:
    """The unit without its gap, if it was hit; else with what is missing."""
    return replace(unit, gap="") if unit.hits else replace(unit, missing=(target,))


def _parts_of(target: Target) -> tuple[str, ...]:
    """What a part with conditions may be called."""
    match target.owner:
        case "rule":
            return t("rule {name}", name=target.name), t("row {name}", name=target.name)
        case "adjustment":
            return (t("adjust rule {name}", name=target.name),)
        case "never":
            return (t("never {number}", number=target.place),)
        case "step":
            return (target.name,)
        case _:
            return (f"{target.owner} {target.name}",)


def _part(rule: Rule) -> str:
    return t("row {name}", name=rule.name) if rule.table else t("rule {name}", name=rule.name)


def _conditions(policy: CheckedPolicy) -> Iterator[tuple[str, e.Expr | None]]:
    """The conditions of a policy's parts, each with what its part is called."""
    for rule in policy.rules:
        yield _part(rule), rule.own
        yield from ((t("group {name}", name=group.name), group.condition) for group in rule.groups)
    yield from ((part, asked.step.condition) for part, asked in asked_steps(policy).items())
    yield from ((t("adjust rule {name}", name=item.name), item.condition) for item in policy.adjustments)
    yield from ((t("offer {name}", name=offer.name), offer.condition) for offer in policy.offers)
    yield from (
        (t("never {number}", number=number), never.condition)
        for number, never in enumerate(policy.nevers, start=1)
    )
