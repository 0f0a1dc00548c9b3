"""The decision tables of the DMN Technology Compatibility Kit, imported and asked.

``python -m tests.dmn_kit TestCases`` counts them.
"""

import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from routekit import Engine, Policy
from routekit.importers.dmn.document import DmnError, Table, read_model
from routekit.importers.dmn.translate import Imported, import_dmn

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


@dataclass(frozen=True)
class Case:
    """A result that the kit expects: how it came out, ``right``, ``wrong`` or ``refused``."""

    file: str
    decision: str
    verdict: str
    expected: object = None
    found: object = None


def cases(kit: Path) -> Iterator[Case]:
    """All results of the models of levels 2 and 3 that hold a decision table."""
    for path in sorted(kit.glob("compliance-level-[23]/*/*.dmn")):
        try:
            model = read_model(path.read_bytes())
            logics = [each.logic for each in model.decisions]
            logics += [each.logic for each in model.functions.values()]
            if not any(isinstance(logic, Table) for logic in logics):
                continue
            found = import_dmn(path.read_bytes(), source=path.name)
        except DmnError:
            continue
        engine = Engine(Policy.from_text(found.text))
        for test in sorted(path.parent.glob("*.xml")):
            for case in ET.parse(test).getroot():
                if _local(case) == "testCase":
                    yield from _case(path.name, found, engine, case)


def _case(file: str, found: Imported, engine: Engine, case: ET.Element) -> Iterator[Case]:
    contact: dict[str, dict[str, object]] = {}
    for node in case:
        if _local(node) == "inputNode":
            for called, value in _flat(node.get("name", ""), _value(node)):
                if called in found.inputs:
                    record, field = found.inputs[called].split(".")
                    contact.setdefault(record, {})[field] = _sent(value)
    data = engine.decide(contact).data.to_dict()
    for node in case:
        if _local(node) != "resultNode":
            continue
        name = node.get("name", "")
        expected = _value(next(each for each in node if _local(each) == "expected"))
        mine = {called: data[part] for called, part in found.parts.items() if _is_of(called, name)}
        if not mine:
            yield Case(file, name, "refused")
            continue
        got = _result(name, mine)
        if isinstance(got, list) and not isinstance(expected, list):
            expected = [] if expected is None else [expected]
        yield Case(file, name, "right" if _same(got, expected) else "wrong", expected, got)


def _is_of(called: str, name: str) -> bool:
    return called == name or called.startswith((f"{name}.", f"{name}["))


def _result(name: str, mine: Mapping[str, object]) -> object:
    """The parts of a decision as the kit has it: a value, a structure, or a list of either."""
    numbered = {called: value for called, value in mine.items() if called.endswith("]")}
    if not numbered:
        return mine[name] if name in mine else {key[len(name) + 1 :]: value for key, value in mine.items()}
    rows: dict[int, dict[str, object]] = {}
    for called, value in numbered.items():
        head, _, number = called[:-1].rpartition("[")
        if value is not None:
            rows.setdefault(int(number), {})[head[len(name) + 1 :]] = value
    return [row.get("", row) for _, row in sorted(rows.items())]


def _same(got: object, expected: object) -> bool:
    if isinstance(got, bool) or isinstance(expected, bool):
        return got is expected
    if isinstance(got, int | float) and isinstance(expected, float):
        return abs(got - expected) < 1e-8
    if isinstance(got, list) and isinstance(expected, list):
        return len(got) == len(expected) and all(map(_same, got, expected))
    if isinstance(got, dict) and isinstance(expected, dict):
        return got.keys() == expected.keys() and all(_same(got[key], expected[key]) for key in got)
    return got == expected


def _flat(name: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(f"{name}.{key}", inner)
    else:
        yield name, value


_SPAN = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def _sent(value: object) -> object:
    """A value as a contact sends it."""
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None or not any(found.groups()):
        return value
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds).total_seconds()


def _value(node: ET.Element) -> object:
    for child in node:
        if _local(child) == "component":
            return {each.get("name", ""): _value(each) for each in node if _local(each) == "component"}
        if _local(child) == "list":
            return [_value(item) for item in child if _local(item) == "item"]
        if _local(child) == "value" and child.get(f"{_XSI}nil") != "true":
            kind, said = (child.get(f"{_XSI}type") or "").rpartition(":")[2], child.text or ""
            if kind in ("decimal", "double", "integer", "int", "float"):
                return float(said)
            return said == "true" if kind == "boolean" else said
    return None


def _local(node: ET.Element) -> str:
    return node.tag.rpartition("}")[2]


if __name__ == "__main__":
    found = list(cases(Path(sys.argv[1])))
    for each in found:
        if each.verdict == "wrong":
            print(each)
    by_decision: dict[tuple[str, str], set[str]] = {}
    for each in found:
        by_decision.setdefault((each.file, each.decision), set()).add(each.verdict)
    print(Counter("+".join(sorted(verdicts)) for verdicts in by_decision.values()))
