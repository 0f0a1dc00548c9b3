"""What is legal but surely not meant, as far as it can be seen without a solver."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from routekit.checker.context import Context
from routekit.checker.idle_steps import idle_steps
from routekit.diagnostics import Label
from routekit.policy.constraints import Region, operand_of, region_of
from routekit.policy.expressions import Cases, Compare, Constant, Expr, FieldRef, InSet, SetTest, parts
from routekit.policy.model import HISTORY, OTHERWISE, Adjustment, Feature, Let, Queue, Rule, Segment
from routekit.policy.outcomes import outcomes_of
from routekit.policy.reaches import Care
from routekit.policy.references import body_of, conjuncts, path_of
from routekit.translation import plural, t

__all__ = ["lint"]

T = TypeVar("T")


def lint(
    context: Context,
    rules: tuple[Rule, ...],
    queues: Mapping[str, Queue],
    history: tuple[Feature, ...],
    definitions: tuple[Let | Segment, ...],
    adjustments: tuple[Adjustment, ...],
    care: Care,
) -> None:
    """Reports unused segments, queues that nothing feeds, what nothing reaches, steps that do nothing."""
    for name, node in context.names.segments.items():
        if name not in context.used_segments:
            context.reporter.report(
                "RK402",
                t("nobody uses the segment `{name}`", name=name),
                node.name.span,
                help=t("use it, or remove it"),
            )
    # the last queue of a customer is one to which something else has led before
    given = [(rule, outcome) for rule in rules for outcome in outcomes_of(rule.body)]
    fed: set[str | None] = {outcome.queue for rule, outcome in given if not _leads_back(rule, history)}
    fed.update(step.queue for _, outcome in given for step in outcome.plan)
    fed.update(reach.queue for reach in care.reaches)
    for name, queue in context.names.queues.items():
        if name not in fed:
            context.reporter.report(
                "RK403",
                t("no rule feeds the queue `{name}`", name=name),
                queue.name.span,
                help=t("send contacts to it, or remove it"),
            )
    _lint_case(context)
    conditions = (*(rule.condition for rule in rules), *(item.condition for item in adjustments))
    asked = (*map(body_of, definitions), *(condition for condition in conditions if condition is not None))
    _lint_case_of_fields(context, asked)
    _lint_reach(context, rules, queues)
    for span in idle_steps((outcome for _, outcome in given), adjustments, queues):
        context.reporter.report(
            "RK413",
            t("this step does nothing: what it says holds already by then"),
            span,
            help=t("say what should change, or remove it"),
        )
    for definition in definitions:
        if isinstance(definition, Let) and isinstance(definition.expr, Cases):
            _lint_cases(context, definition.name, definition.expr)


def _lint_case(context: Context) -> None:
    """Reports the values of lists' files that differ from an earlier one in capitals only, once a list."""
    for name, file in context.names.list_files.items():
        known: dict[str, tuple[int, str]] = {}
        for number, value in file.values:
            line, other = known.setdefault(value.casefold(), (number, value))
            if other != value:
                context.reporter.report(
                    "RK414",
                    t(
                        "line {number} of `{name}`, `{value}`, differs from line {line} in case only",
                        number=number,
                        name=file.name,
                        value=value,
                        line=line,
                    ),
                    context.names.lists[name].name.span,
                    help=t("keep the one that contacts bring; a value is compared with its capitals"),
                )
                break


def _lint_case_of_fields(context: Context, exprs: Iterable[Expr]) -> None:
    """Reports the lists with a value that a field is also compared with in other capitals, once a list."""
    reported: set[str] = set()
    for field, sources in _texts_by_field(exprs).items():
        if len(sources) < 2 or not any(sources):
            continue
        known: dict[str, tuple[str, str]] = {}
        for name, values in sorted(sources.items(), key=lambda item: len(item[1])):
            for value in sorted(values):
                other, of = known.setdefault(value.casefold(), (value, name))
                listed, shown = (name, value) if name else (of, other)
                if other == value or of == name or listed in reported:
                    continue
                reported.add(listed)
                context.reporter.report(
                    "RK414",
                    t(
                        "`{value}` of the list `{name}` differs in case only from `{other}`, "
                        "with which `{field}` is compared too",
                        value=shown,
                        name=listed,
                        other=other if name else value,
                        field=field,
                    ),
                    context.names.lists[listed].name.span,
                    help=t("keep the one that contacts bring; a value is compared with its capitals"),
                )


def _texts_by_field(exprs: Iterable[Expr]) -> dict[str, dict[str, set[str]]]:
    """The texts that each field is compared with, by the list that they are of, which may be none."""
    found: dict[str, dict[str, set[str]]] = {}
    for expr in exprs:
        for part in parts(expr):
            match part:
                case Compare("is", FieldRef() as field, Constant(str() as text)):
                    values: Iterable[object] = (text,)
                    named = ""
                case InSet(FieldRef() as field, values, named) | SetTest(
                    _, FieldRef() as field, values, named
                ):
                    pass
                case _:
                    continue
            texts = found.setdefault(path_of(field), {}).setdefault(named, set())
            texts.update(value for value in values if isinstance(value, str))
    return found


def _lint_reach(context: Context, rules: tuple[Rule, ...], queues: Mapping[str, Queue]) -> None:
    """Reports the rules that nothing reaches; of one whose queue a field chooses, no queue is reached."""
    left = Counter(rule.name for rule in rules)
    takers: dict[str, dict[str, Rule]] = {}
    asked = [
        # a rule whose queue can be closed passes contacts on
        (rule, rule.condition, any(queues[outcome.queue].calendar for outcome in outcomes_of(rule.body)))
        for rule in rules
        if rule.name != OTHERWISE
    ]
    for rule, taker in _unreachable(asked):
        taken_by = takers.setdefault(rule.name, {})
        if taker is not None:
            taken_by[taker.name] = taker
        left[rule.name] -= 1
        if left[rule.name] or rule.span is None:
            continue
        if not taken_by:
            message = t("no contact reaches `{name}`: its tests exclude each other", name=rule.name)
            context.reporter.report("RK401", message, rule.span)
            continue
        names = t(", ").join(f"`{name}`" for name in taken_by)
        context.reporter.report(
            "RK401",
            plural(
                "no contact reaches `{name}`: {names} takes all of its contacts",
                "no contact reaches `{name}`: {names} take all of its contacts",
                len(taken_by),
                name=rule.name,
                names=names,
            ),
            rule.span,
            others=[
                Label(taker.span, t("decided here already")) for taker in taken_by.values() if taker.span
            ],
            help=t("move it up, or make the earlier one narrower"),
        )


def _lint_cases(context: Context, name: str, expr: Cases) -> None:
    """Reports the cases of a let that nothing reaches."""
    asked = [
        (case, None if case.condition == Constant(True) else case.condition, expr.gather != "first")
        for case in expr.cases
    ]
    for case, taker in _unreachable(asked):
        what = (
            t("this case of `{name}`", name=name)
            if case.row is None
            else t("this row of `{name}`", name=name)
        )
        if case.span is None:
            continue
        if taker is None:
            message = t("no contact reaches {what}: its tests exclude each other", what=what)
            context.reporter.report("RK401", message, case.span)
            continue
        context.reporter.report(
            "RK401",
            t("no contact reaches {what}: an earlier one takes all of its contacts", what=what),
            case.span,
            others=[Label(taker.span, t("decided here already"))] if taker.span else [],
            help=t("move it up, or make the earlier one narrower"),
        )


def _leads_back(rule: Rule, history: tuple[Feature, ...]) -> bool:
    """Whether a rule leads to the queue in which the customer was last."""
    last = {feature.name for feature in history if feature.what == "queue"}
    return (
        isinstance(rule.chosen_by, FieldRef)
        and rule.chosen_by.record == HISTORY
        and rule.chosen_by.field in last
    )


# ── what no contact reaches ─────────────────────────────────────────────────────


MOST_COMPARISONS = 200_000


@dataclass(frozen=True, slots=True)
class _Box:
    regions: Mapping[int, Region]
    others: frozenset[int]
    asked: int
    """A bit for each of the operands and each of the others: what asks more cannot hold what asks less."""

    @property
    def is_empty(self) -> bool:
        return any(region.is_empty for region in self.regions.values())

    def holds(self, other: "_Box") -> bool:
        return not self.asked & ~other.asked and all(
            region.holds(other.regions[operand]) for operand, region in self.regions.items()
        )

    def own_keys(self) -> list[Hashable]:
        """The most telling things that any box within this one shares with it; one of each list is enough."""
        if self.others:
            return [next(iter(self.others))]
        for operand, region in self.regions.items():
            if region.values is not None:
                return [(operand, value) for value in region.values]
        return [next(iter(self.regions))]

    def search_keys(self) -> Iterable[Hashable]:
        """All keys under which a box that holds this one can be found."""
        yield from self.others
        for operand, region in self.regions.items():
            yield operand
            if region.values:
                yield (operand, next(iter(region.values)))


def _unreachable(asked: Iterable[tuple[T, Expr | None, bool]]) -> Iterable[tuple[T, T | None]]:
    """The rules, or cases, that no contact reaches, each with the earlier one that takes its contacts.

    All are given with their conditions, and whether they pass on contacts for which those hold.
    """
    boxes: dict[Hashable, list[tuple[_Box, T]]] = {}
    taker: T | None = None
    comparisons = 0
    number_of = _Interner()
    for rule, condition, passes_on in asked:
        box = _box(condition, number_of)
        if box.is_empty:
            yield rule, None
            continue
        found = taker
        if found is None and comparisons < MOST_COMPARISONS:
            for key in box.search_keys():
                candidates = boxes.get(key, ())
                comparisons += len(candidates)
                beyond = ~box.asked
                found = next(
                    (
                        earlier
                        for other, earlier in candidates
                        if not other.asked & beyond and other.holds(box)
                    ),
                    None,
                )
                if found is not None:
                    break
        if found is not None:
            yield rule, found
            continue
        if passes_on:
            continue
        if not box.regions and not box.others:
            taker = rule
            continue
        for key in box.own_keys():
            boxes.setdefault(key, []).append((box, rule))


class _Interner:
    """A number for each expression, the same for equal ones; one that stands in many rules is hashed once."""

    def __init__(self) -> None:
        self._by_value: dict[Expr, int] = {}
        self._by_identity: dict[int, tuple[Expr, int]] = {}

    def __call__(self, expr: Expr) -> int:
        known = self._by_identity.get(id(expr))
        if known is None:
            known = expr, self._by_value.setdefault(expr, len(self._by_value))
            self._by_identity[id(expr)] = known
        return known[1]


def _box(condition: Expr | None, number_of: _Interner) -> _Box:
    regions: dict[int, Region] = {}
    others: set[int] = set()
    for part in conjuncts(condition):
        region = region_of(part)
        if region is None:
            others.add(number_of(part))
        else:
            operand = number_of(operand_of(part) or part)
            regions[operand] = regions[operand].narrowed(region) if operand in regions else region
    # a flag may be asked by itself in one rule and be compared in another
    asked = sum(1 << 2 * number for number in regions) | sum(2 << 2 * number for number in others)
    return _Box(regions, frozenset(others), asked)
