"""Cells of decision tables: tests without their left side, which is the column."""

from collections.abc import Iterable, Sequence

from routekit.checker.condition_lints import lint_condition
from routekit.checker.context import Context
from routekit.checker.expressions import cell_test, lower
from routekit.checker.typed import Typed, called
from routekit.diagnostics import Advice, Fix, Label, Span
from routekit.policy.expressions import All, Any, Compare, Constant, Expr, InSet, Not
from routekit.schema.types import Value
from routekit.syntax import tree
from routekit.translation import t

__all__ = ["cell", "columns", "row_tests"]


def columns(context: Context, nodes: Sequence[tree.Expression]) -> list[Typed | None]:
    """Checks what the columns of a table ask; None stands for one that has been reported."""
    return [lower(context, column) for column in nodes]


def row_tests(
    context: Context,
    columns: Sequence[Typed | None],
    cells: Sequence[tree.Cell],
    table: Span,
    given: Iterable[Expr] = (),
) -> list[Expr] | None:
    """Checks the cells of a row: what must all hold for it; None where something has been reported.

    ``given`` are conditions that hold wherever the row is tried.
    """
    if len(cells) != len(columns):
        context.reporter.report(
            "RK308",
            t(
                "this row has {count} cells, the table has {other_count} columns",
                count=len(cells),
                other_count=len(columns),
            ),
            cells[0].span.to(cells[-1].span),
            others=[Label(table, t("of this table"))],
            help=t("a cell `_` matches anything"),
        )
        return None
    tests: list[Expr | None] = []
    for column, node in zip(columns, cells, strict=True):
        if node.alternatives and column is not None:
            tests.append(cell(context, column, node))
    known = [test for test in tests if test is not None]
    lint_condition(context, All(tuple(known)), given)
    return None if len(known) < len(tests) or None in columns else known


def cell(context: Context, column: Typed, node: tree.Cell) -> Expr | None:
    """What a cell asks of its column: one of its alternatives, each of tests that hold together."""
    found: list[Expr] = []
    complete = True
    for alternative in node.alternatives:
        tests = [cell_test(context, column, test) for test in alternative]
        known = tuple(test for test in tests if test is not None)
        complete = complete and len(known) == len(tests)
        if len(known) > 1:
            found.append(All(known, span=alternative[0].span.to(alternative[-1].span)))
        else:
            found += known
    if not complete:
        return None
    if len(found) == 1:
        return found[0]
    _report_always_true(context, column, node, found)
    return Any(tuple(found), span=node.span)


def _report_always_true(context: Context, column: Typed, node: tree.Cell, found: list[Expr]) -> None:
    """Warns of alternatives that each leave out what another lets in: ``!= a, != b``."""
    refused = [values for values in map(_refused, found) if values is not None]
    if len(refused) < 2 or frozenset.intersection(*refused):
        return
    advice = Advice(t("commas are `or`: join what must hold together by `and`"))
    tests = [alternative[0] for alternative in node.alternatives]
    if len(refused) == len(tests) and all(test.operator == "is not" for test in tests):
        instead = f"not in {{{', '.join(test.value.span.text for test in tests)}}}"
        fix = Fix.replace(node.span, instead)
        advice = Advice(t("commas are `or`; for none of these, write `{instead}`", instead=instead), fix)
    context.reporter.report(
        "RK404",
        t("this cell is true of every known value of {column}", column=called(column)),
        node.span,
        help=advice,
    )


def _refused(test: Expr) -> frozenset[Value] | None:
    """The values for which alone a test is false; None where it is no such test."""
    match test:
        case Not(Compare("is", _, Constant(value))):
            return frozenset({value})
        case Not(InSet(_, values)):
            return frozenset(values)
        case _:
            return None
