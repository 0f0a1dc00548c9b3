"""A table of a policy as a DMN model: what FEEL says the same, all else refused by name.

A missing value is null, of which FEEL says other things than the language: ``not("x")`` holds of null, so
that ``not in {"x"}`` is written ``not("x", null)``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # it only writes

from routekit.importers.dmn.feel import NotSaidError
from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Let, Outcome, Rule
from routekit.policy.operators.order import COMPARISONS
from routekit.policy.references import declared
from routekit.schema.types import Choice, Date, Duration, Flag, Integer, Number, Text, Time, Type, Value
from routekit.schema.writing import as_json

__all__ = ["exported", "tables_of"]

_NAMESPACE = "https://www.omg.org/spec/DMN/20191111/MODEL/"
_TYPES: dict[type[Type], str] = {
    Text: "string",
    Choice: "string",
    Flag: "boolean",
    Integer: "number",
    Number: "number",
    Date: "date",
    Time: "dateTime",
    Duration: "dayTimeDuration",
}
_WRITTEN_PARTS = ("queue", "channel", "priority", "skills", "message", "agent")


@dataclass(frozen=True, slots=True)
class _Row:
    """A row: what it asks of each column, what it gives, and why."""

    tests: tuple[e.Expr, ...]
    given: Mapping[str, str]
    because: str


def exported(policy: CheckedPolicy, table: str) -> str:
    """Writes a table of ``route``, or of a value by cases, as a model with one decision.

    Its hit policy is FIRST; what its columns read are the inputs. Raises :class:`NotSaidError` for what DMN
    cannot say, ``KeyError`` where the policy has no such table.
    """
    rules = [rule for rule in policy.rules if rule.table == table]
    if rules:
        rows = [_of_rule(rule) for rule in rules]
    else:
        let = next(
            (item for item in policy.definitions if isinstance(item, Let) and item.name == table), None
        )
        if let is None or not isinstance(let.expr, e.Cases):
            raise KeyError(table)
        rows = list(_of_cases(table, let.expr))
    columns = list(dict.fromkeys(_operand(test) for row in rows for test in row.tests))
    return _Model(policy, table, columns, rows).text()


def tables_of(policy: CheckedPolicy) -> tuple[str, ...]:
    """Lists the tables that there are, those of values by cases behind those of ``route``."""
    lets = (item for item in policy.definitions if isinstance(item, Let))
    cases = [item.name for item in lets if isinstance(item.expr, e.Cases)]
    return tuple(dict.fromkeys([*(rule.table for rule in policy.rules if rule.table), *cases]))


def _of_rule(rule: Rule) -> _Row:
    if not isinstance(rule.body, Outcome):
        raise NotSaidError(f"row `{rule.name}`: shares of a split")
    if rule.chosen_by is not None:
        raise NotSaidError(f"row `{rule.name}`: a queue that a field names")
    outcome, given = rule.body, dict[str, str]()
    if outcome.plan:
        raise NotSaidError(f"row `{rule.name}`: steps of a plan")
    for part in _WRITTEN_PARTS:
        value = getattr(outcome, part)
        if isinstance(value, e.Constant):
            value = value.value
        if value is None or value == frozenset():
            continue
        if not isinstance(value, str | int | frozenset):
            raise NotSaidError(f"row `{rule.name}`: `{part}` that is worked out")
        given[part] = _literal(", ".join(sorted(map(str, value))) if isinstance(value, frozenset) else value)
    for data in outcome.data:
        if not isinstance(data.expr, e.Constant):
            raise NotSaidError(f"row `{rule.name}`: `{data.name}` that is worked out")
        given[data.name] = _literal(data.expr.value)
    return _Row(tuple(_conjuncts(rule.own)), given, rule.because)


def _of_cases(name: str, cases: e.Cases) -> Iterator[_Row]:
    if cases.gather != "first":
        raise NotSaidError(f"`{name}`: cases that are put together by `{cases.gather}`")
    for number, case in enumerate(cases.cases, start=1):
        if not isinstance(case.value, e.Constant):
            raise NotSaidError(f"`{name}`, case {number}: a value that is worked out")
        yield _Row(tuple(_conjuncts(case.condition)), {name: _literal(case.value.value)}, "")


def _conjuncts(condition: e.Expr | None) -> Iterator[e.Expr]:
    match condition:
        case None | e.Constant(True):
            return
        case e.All(operands):
            for operand in operands:
                yield from _conjuncts(operand)
        case _:
            yield condition


# ── tests ─────────────────────────────────────────────────────────────────────


def _operand(test: e.Expr) -> e.Expr:
    """What a test asks about, which is a column."""
    match test:
        case e.Not(operand):
            return _operand(operand)
        case e.Any(operands):
            found = {_operand(operand) for operand in operands}
            if len(found) == 1:
                return found.pop()
        case e.Compare(_, e.Constant(), operand) | e.Compare(_, operand, e.Constant()):
            return operand
        case e.InRange(operand) | e.InSet(operand) | e.IsKnown(operand):
            return operand
        case e.FieldRef() | e.LetRef() | e.SegmentRef():
            return test
        case _:
            pass
    raise NotSaidError("a test of several columns, of sets or of parts of a text")


def _cell(tests: Sequence[e.Expr]) -> str:
    """The tests of one column, of which all must hold."""
    if not tests:
        return "-"
    if len(tests) == 1:
        return _test(tests[0])
    ends = _range_of(tests)
    if ends is None:
        raise NotSaidError("several tests of one column that are no range")
    return ends


def _range_of(tests: Sequence[e.Expr]) -> str | None:
    """Two comparisons as a range."""
    lows, highs = list[tuple[str, str]](), list[tuple[str, str]]()
    for test in tests:
        match test:
            case e.Compare(operator, _, e.Constant(value)):
                pass
            case e.Compare(operator, e.Constant(value), _):
                operator = COMPARISONS[operator].mirrored.name
            case _:
                return None
        (lows if operator in (">", ">=") else highs).append((operator, _literal(value)))
    if len(lows) != 1 or len(highs) != 1 or highs[0][0] not in ("<", "<="):
        return None
    opening = "[" if lows[0][0] == ">=" else "("
    closing = "]" if highs[0][0] == "<=" else ")"
    return f"{opening}{lows[0][1]}..{highs[0][1]}{closing}"


def _test(test: e.Expr) -> str:
    match test:
        case e.Any(operands):
            return ", ".join(map(_test, operands))
        case e.Compare(operator, e.Constant(value), _, order):
            return _compared(COMPARISONS[operator].mirrored.name, value, order)
        case e.Compare(operator, _, e.Constant(value), order):
            return _compared(operator, value, order)
        case e.Not(e.Compare("is", e.Constant(value), _) | e.Compare("is", _, e.Constant(value))):
            return f"not({_literal(value)}, null)"
        case e.InRange(_, e.Constant(low), e.Constant(high), None):
            return f"[{_literal(low)}..{_literal(high)}{')' if test.without_end else ']'}"
        case e.InSet(_, values):
            return ", ".join(sorted(map(_literal, values)))
        case e.IsKnown():
            return "not(null)"
        case e.Not(e.IsKnown()):
            return "null"
        case e.Not(e.InSet(_, values)):
            return f"not({', '.join([*sorted(map(_literal, values)), 'null'])})"
        case e.Not(e.SegmentRef() | e.FieldRef() | e.LetRef()):
            return "false"
        case e.FieldRef() | e.LetRef() | e.SegmentRef():
            return "true"
        case _:
            raise NotSaidError(f"a test ({type(test).__name__}) that FEEL has not")


def _compared(operator: str, value: Value, order: Choice | None) -> str:
    if order is not None and operator != "is" and isinstance(value, str):
        row, rank = COMPARISONS[operator], order.names.index(value)
        kept = {-1: row.below, 0: row.equal, 1: row.above}
        places = enumerate(order.names)
        return ", ".join(_literal(name) for place, name in places if kept[(place > rank) - (place < rank)])
    return _literal(value) if operator == "is" else f"{operator} {_literal(value)}"


def _literal(value: Value) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case datetime():
            return f'date and time("{as_json(value)}")'
        case date():
            return f'date("{value.isoformat()}")'
        case timedelta():
            seconds = value // timedelta(seconds=1)
            if timedelta(seconds=seconds) != value or seconds < 0:
                raise NotSaidError("parts of a second, and durations before now")
            return f'duration("PT{seconds}S")'
        case int() | float():
            return str(value)
        case _:
            raise NotSaidError("a set")


# ── the model ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Model:
    policy: CheckedPolicy
    table: str
    columns: Sequence[e.Expr]
    rows: Sequence[_Row]

    def text(self) -> str:
        root = Element(
            "definitions", xmlns=_NAMESPACE, id="model", name=self.policy.name, namespace="routekit"
        )
        inputs = self._inputs()
        for name, fields in inputs.items():
            if fields:
                item = SubElement(root, "itemDefinition", name=f"t_{name}")
                for field, type_ in fields.items():
                    component = SubElement(item, "itemComponent", name=field)
                    SubElement(component, "typeRef").text = type_
                    values = self._values(name, field)
                    if values:
                        allowed = SubElement(component, "allowedValues")
                        SubElement(allowed, "text").text = ", ".join(map(_literal, values))
        for name, fields in inputs.items():
            data = SubElement(root, "inputData", id=f"input_{name}", name=name)
            SubElement(data, "variable", name=name, typeRef=f"t_{name}" if fields else self._type_of(name))
        decision = SubElement(root, "decision", id=f"decision_{self.table}", name=self.table)
        SubElement(decision, "variable", name=self.table)
        for name in inputs:
            need = SubElement(decision, "informationRequirement")
            SubElement(need, "requiredInput", href=f"#input_{name}")
        self._table(decision)
        indent(root)
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"

    def _inputs(self) -> dict[str, dict[str, str]]:
        """Records by their fields, and values of their own, which have none."""
        found: dict[str, dict[str, str]] = {}
        fields = declared(self.policy)
        for column in self.columns:
            match column:
                case e.FieldRef(record, field):
                    found.setdefault(record, {})[field] = _type(fields[column].type)
                case e.LetRef(name) | e.SegmentRef(name):
                    found.setdefault(name, {})
                case _:
                    raise NotSaidError("a column that is worked out, or a signal of a queue")
        return found

    def _values(self, record: str, field: str) -> tuple[str, ...]:
        type_ = declared(self.policy)[e.FieldRef(record, field)].type
        return type_.names if isinstance(type_, Choice) else ()

    def _type_of(self, name: str) -> str:
        for item in self.policy.definitions:
            if item.name == name and isinstance(item, Let):
                return _type(item.type)
        return "boolean"

    def _table(self, decision: Element) -> None:
        made = SubElement(decision, "decisionTable", id=f"table_{self.table}", hitPolicy="FIRST")
        for number, column in enumerate(self.columns, start=1):
            asked = SubElement(made, "input", id=f"in_{number}")
            expression = SubElement(asked, "inputExpression", typeRef=self._column_type(column))
            SubElement(expression, "text").text = _column(column)
        outputs = list(dict.fromkeys(name for row in self.rows for name in row.given))
        for number, name in enumerate(outputs, start=1):
            SubElement(made, "output", id=f"out_{number}", name=name if len(outputs) > 1 else "")
        SubElement(made, "annotation", name="because")
        for number, row in enumerate(self.rows, start=1):
            rule = SubElement(made, "rule", id=f"row_{number}")
            for column in self.columns:
                tests = [test for test in row.tests if _operand(test) == column]
                SubElement(SubElement(rule, "inputEntry"), "text").text = _cell(tests)
            for name in outputs:
                SubElement(SubElement(rule, "outputEntry"), "text").text = row.given.get(name, "null")
            SubElement(SubElement(rule, "annotationEntry"), "text").text = row.because

    def _column_type(self, column: e.Expr) -> str:
        match column:
            case e.FieldRef():
                return _type(declared(self.policy)[column].type)
            case e.LetRef(name) | e.SegmentRef(name):
                return self._type_of(name)
            case _:
                raise NotSaidError("a column that is worked out, or a signal of a queue")


def _column(column: e.Expr) -> str:
    match column:
        case e.FieldRef(record, field):
            return f"{record}.{field}"
        case e.LetRef(name) | e.SegmentRef(name):
            return name
        case _:
            raise NotSaidError("a column that is worked out, or a signal of a queue")


def _type(type_: Type) -> str:
    found = _TYPES.get(type(type_))
    if found is None:
        raise NotSaidError("a set as a column")
    return found
