"""The single conditions of a policy, as the author wrote them, beside what the evaluators see of them.

A checked condition does not know where it was written. So the policy's text is read once more, and each
condition of the tree is walked beside the checked one: ``and``, ``or`` and ``not`` have the same shape
in both, and what is left is a single condition.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from routekit.diagnostics import Reporter, Source, Span
from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy
from routekit.syntax import tree
from routekit.syntax.parser import parse

__all__ = ["Conditions", "Single", "single_conditions"]

LONGEST_TEXT = 100


@dataclass(frozen=True, slots=True)
class Single:
    """A single condition: how it is written, where, and what it means."""

    text: str
    span: Span
    expr: e.Expr


@dataclass(frozen=True, slots=True)
class Conditions:
    """The single conditions of each part of a policy, by the part's name; of a ``never``, by its place."""

    rules: dict[str, tuple[Single, ...]]
    groups: dict[str, tuple[Single, ...]]
    adjustments: dict[str, tuple[Single, ...]]
    offers: dict[str, tuple[Single, ...]]
    nevers: tuple[tuple[Single, ...], ...]
    group_spans: dict[str, Span]
    arm_spans: dict[str, tuple[Span, ...]]


def single_conditions(policy: CheckedPolicy) -> Conditions:
    """The single conditions of a policy's rules, rows, groups, adjustments, offers and ``never`` lines.

    One that is written out as ``yes`` or ``no`` is left out: it has nothing to tell.
    """
    nodes = _Nodes(policy)
    rules: dict[str, tuple[Single, ...]] = {}
    groups: dict[str, tuple[Single, ...]] = {}
    for rule, *_ in policy.written_rules():
        node = nodes.items.get(rule.table or rule.name)
        match node:
            case tree.RuleNode(condition=condition):
                rules[rule.name] = tuple(_pairs(condition, rule.own))
            case tree.TableNode():
                rules[rule.name] = tuple(_cells(node, rule.name, rule.own))
            case _:
                rules[rule.name] = ()
        for group in rule.groups:
            if group.name not in groups:
                groups[group.name] = tuple(_pairs(nodes.groups[group.name].condition, group.condition))
    return Conditions(
        rules,
        groups,
        {
            item.name: tuple(_pairs(nodes.adjustments[item.name], item.condition))
            for item in policy.adjustments
        },
        {offer.name: tuple(_pairs(nodes.offers[offer.name], offer.condition)) for offer in policy.offers},
        tuple(
            tuple(_pairs(nodes.nevers.get(_place(never.span)), never.condition)) for never in policy.nevers
        ),
        {name: node.span for name, node in nodes.groups.items()},
        {
            name: tuple(arm.span for arm in node.body.arms)
            for name, node in nodes.items.items()
            if isinstance(node, tree.RuleNode) and isinstance(node.body, tree.SplitNode)
        },
    )


class _Nodes:
    """The nodes of a policy's text, by their names."""

    def __init__(self, policy: CheckedPolicy) -> None:
        self.items: dict[str, tree.RuleNode | tree.TableNode] = {}
        self.groups: dict[str, tree.GroupNode] = {}
        self.adjustments: dict[str, tree.Expression | None] = {}
        self.offers: dict[str, tree.Expression | None] = {}
        self.nevers: dict[tuple[str, int], tree.Expression] = {}
        for source in _sources(policy):
            for declaration in parse(source, Reporter()).declarations:
                self._add(declaration)

    def _add(self, declaration: tree.Declaration) -> None:
        match declaration:
            case tree.Route(items=items):
                pending = list(items)
                while pending:
                    item = pending.pop()
                    if isinstance(item, tree.GroupNode):
                        self.groups[item.name.name] = item
                        pending.extend(item.items)
                    elif not isinstance(item, tree.OtherwiseNode):
                        self.items[item.name.name] = item
            case tree.Adjust(rules=rules):
                self.adjustments.update((rule.name.name, rule.condition) for rule in rules)
            case tree.Offers(items=parts):
                for part in parts:
                    if isinstance(part, tree.OfferNode):
                        self.offers[part.name.name] = _condition_of(part)
                    elif isinstance(part, tree.NeverNode):
                        self.nevers[_place(part.span)] = part.condition
            case _:
                pass


def _place(span: Span | None) -> tuple[str, int]:
    return (span.source.name, span.start) if span is not None else ("", 0)


def _sources(policy: CheckedPolicy) -> list[Source]:
    """The texts that the policy was read from, as far as rules, offers and the like stand in them."""
    spans = [
        *(rule.span for rule in policy.rules),
        *(adjustment.span for adjustment in policy.adjustments),
        *(offer.span for offer in policy.offers),
        *(never.span for never in policy.nevers),
    ]
    return list({span.source.name: span.source for span in spans if span is not None}.values())


def _condition_of(offer: tree.OfferNode) -> tree.Expression | None:
    for clause in offer.clauses:
        if isinstance(clause, tree.Clause) and clause.word == "when":
            return clause.value
    return None


def _pairs(node: tree.Expression | None, expr: e.Expr | None) -> Iterator[Single]:
    match node, expr:
        case tree.Logic(operands=nodes), (e.All(operands) | e.Any(operands)):
            for inner, operand in zip(nodes, operands, strict=True):
                yield from _pairs(inner, operand)
        case tree.Negated(operand=inner), e.Not(operand):
            yield from _pairs(inner, operand)
        case (None, _) | (_, None) | (_, e.Constant()):
            return
        case _:
            yield Single(_short(node.span.text), node.span, expr)


def _cells(table: tree.TableNode, name: str, own: e.Expr | None) -> Iterator[Single]:
    """The cells of a row, but for those that match anything."""
    row = table.rows[int(name[len(table.name.name) + 1 : -1]) - 1]
    cells = [(column, cell) for column, cell in zip(table.columns, row.cells, strict=True) if cell.tests]
    tests = own.operands if isinstance(own, e.All) and len(cells) > 1 else (own,) if own is not None else ()
    for (column, cell), test in zip(cells, tests, strict=True):
        yield Single(_cell_text(column, cell), cell.span, test)


def _cell_text(column: tree.Expression, cell: tree.Cell) -> str:
    if len(cell.tests) > 1:
        joint = ": "
    elif isinstance(cell.tests[0].value, tree.Range):
        joint = " in "
    else:
        joint = " " if cell.span.text[0] in "<>=!" else " is "
    return _short(f"{column.span.text}{joint}{cell.span.text}")


def _short(text: str) -> str:
    text = " ".join(text.split())
    if text.startswith("(") and text.endswith(")") and not set("()") & set(text[1:-1]):
        text = text[1:-1]
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"
