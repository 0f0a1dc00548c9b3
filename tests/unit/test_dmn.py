"""Decision tables of DMN: what is translated comes out as DMN has it, all else is refused by name."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given

from routekit import Engine, Policy
from routekit.testing.choices import Dice, seeded
from tests.strategies import seeds
from tests.unit.test_cli import routekit

pytest.importorskip("defusedxml", reason="DMN files need defusedxml: install routekit[tables]")

from routekit.importers.dmn.document import DmnError
from routekit.importers.dmn.export import exported
from routekit.importers.dmn.feel import NotSaidError, Value, cell, expression
from routekit.importers.dmn.translate import Imported, import_dmn

HEAD = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="approval" id="m">'
INPUTS = """
<inputData id="age" name="Age"><variable name="Age" typeRef="number"/></inputData>
<inputData id="risk" name="Risk Category"><variable name="Risk Category" typeRef="string"/></inputData>
<inputData id="who" name="Applicant"><variable name="Applicant" typeRef="tApplicant"/></inputData>
<itemDefinition name="tApplicant">
  <itemComponent name="Born"><typeRef>date</typeRef></itemComponent>
  <itemComponent name="Home">
    <itemComponent name="Own"><typeRef>boolean</typeRef></itemComponent>
  </itemComponent>
</itemDefinition>
"""


def table(
    rows: str,
    hit: str = 'hitPolicy="UNIQUE"',
    outputs: str = '<output typeRef="string"/>',
    columns: tuple[str, ...] = ("Age", "Risk Category"),
) -> str:
    """A table, a row a line, cells and outputs apart by ``|``."""
    count = len(re.findall(r"<output[ />]", outputs))
    asked = (f"<inputExpression><text>{each}</text></inputExpression>" for each in columns)
    inputs = "".join(f"<input>{each}</input>" for each in asked)
    rules = ""
    for line in rows.strip().splitlines():
        cells = [part.strip().replace("<", "&lt;") for part in line.split("|")]
        entries = "".join(f"<inputEntry><text>{each}</text></inputEntry>" for each in cells[:-count])
        given_ = "".join(f"<outputEntry><text>{each}</text></outputEntry>" for each in cells[-count:])
        rules += f"<rule>{entries}{given_}</rule>"
    return f"<decisionTable {hit}>{inputs}{outputs}{rules}</decisionTable>"


def decision(logic: str, name: str = "Approval", needs: str = "", type_: str = "") -> str:
    required = f'<requiredDecision href="#{needs}"/>' if needs else ""
    need = f"<informationRequirement>{required}</informationRequirement>"
    typed = f' typeRef="{type_}"' if type_ else ""
    return f'<decision id="{name}" name="{name}"><variable name="{name}"{typed}/>{need}{logic}</decision>'


def model(*parts: str) -> bytes:
    return f"{HEAD}{INPUTS}{''.join(parts)}</definitions>".encode()


def decided(found: Imported, **values: object) -> Mapping[str, object]:
    """What comes of inputs, by the names of the model."""
    contact: dict[str, dict[str, object]] = {}
    for called, path in found.inputs.items():
        record, name = path.split(".")
        key = called.replace(" ", "_").replace(".", "_").lower()
        if key in values:
            contact.setdefault(record, {})[name] = values[key]
    data = Engine(Policy.from_text(found.text)).decide(contact).data.to_dict()
    return {called: data[name] for called, name in found.parts.items()}


ROWS = """
>= 18        | "Medium", "Low" | "yes"
[12..18)     | "Medium"        | "maybe"
< 12         | not("High")     | "no"
"""


def test_a_unique_table_decides_as_dmn_has_it() -> None:
    found = import_dmn(model(decision(table(ROWS))))
    assert found.notes == ()
    for values, expected in (
        ({"age": 18, "risk_category": "Low"}, "yes"),
        ({"age": 17.5, "risk_category": "Medium"}, "maybe"),
        ({"age": 18, "risk_category": "High"}, None),
        ({"age": 3}, "no"),  # of null, not("High") holds
        ({"risk_category": "Low"}, None),
    ):
        assert decided(found, **values)["Approval"] == expected


def test_rows_of_a_unique_table_that_overlap_are_found_with_an_input() -> None:
    found = import_dmn(model(decision(table('>= 18 | - | "a"\n< 30 | - | "b"'))))
    (note,) = found.notes
    assert note.kind == "overlap"
    assert "row 1 of `approval` and row 2 of `approval` hold together" in note.message
    assert "'age': 18" in note.message
    assert (
        import_dmn(model(decision(table('>= 18 | - | "a"\n< 30 | - | "b"', 'hitPolicy="FIRST"')))).notes == ()
    )


ORDERED = '<output typeRef="string"><outputValues><text>"high", "mid", "low"</text></outputValues></output>'
SOME = '>= 10 | - | "low"\n>= 20 | - | "high"\n>= 15 | - | "mid"'


@pytest.mark.parametrize(
    ("hit", "expected"),
    [
        ('hitPolicy="PRIORITY"', {"Approval": "high"}),
        ('hitPolicy="OUTPUT ORDER"', {"Approval[1]": "high", "Approval[2]": "mid", "Approval[3]": "low"}),
        ('hitPolicy="RULE ORDER"', {"Approval[1]": "low", "Approval[2]": "high", "Approval[3]": "mid"}),
        ('hitPolicy="COLLECT"', {"Approval[1]": "low", "Approval[2]": "high", "Approval[3]": "mid"}),
    ],
)
def test_several_rows_that_hold_give_what_the_hit_policy_says(hit: str, expected: Mapping[str, str]) -> None:
    found = import_dmn(model(decision(table(SOME, hit, ORDERED))))
    assert found.notes == ()
    assert decided(found, age=30) == expected
    fewer = decided(found, age=12)
    assert [value for value in fewer.values() if value is not None] == ["low"]
    assert set(decided(found, age=1).values()) == {None}


@pytest.mark.parametrize(
    ("aggregation", "of_all", "of_none"),
    [("SUM", 60, None), ("MIN", 10, None), ("MAX", 30, None), ("COUNT", 3, 0)],
)
def test_aggregations(aggregation: str, of_all: int, of_none: int | None) -> None:
    rows = ">= 10 | - | 10\n>= 20 | - | 20\n>= 15 | - | 30"
    hit = f'hitPolicy="COLLECT" aggregation="{aggregation}"'
    found = import_dmn(model(decision(table(rows, hit, '<output typeRef="number"/>'))))
    assert decided(found, age=30)["Approval"] == of_all
    assert decided(found, age=1)["Approval"] == of_none
    default = '<output typeRef="number"><defaultOutputEntry><text>7</text></defaultOutputEntry></output>'
    found = import_dmn(model(decision(table(rows, hit, default))))
    assert decided(found, age=1)["Approval"] == 7


def literal(said: str) -> str:
    return f"<literalExpression><text>{said}</text></literalExpression>"


def test_chains_functions_and_arithmetic_are_values_of_values() -> None:
    score = decision(literal("if Age &gt; 60 then Age * 2 else Age + 1"), "Score", type_="number")
    function = (
        '<businessKnowledgeModel name="Grade"><encapsulatedLogic><formalParameter name="x"/>'
        + table('>= 100 | "A"\n< 100 | "B"', columns=("x",))
        + "</encapsulatedLogic></businessKnowledgeModel>"
    )
    graded = decision(literal("Grade(Score - 22)"), "Graded", "Score", "string")
    binding = f'<binding><parameter name="x"/>{literal("Score")}</binding>'
    called = f"<invocation>{literal('Grade')}{binding}</invocation>"
    found = import_dmn(model(graded, score, function, decision(called, "Called", "Score", "string")))
    assert found.notes == ()
    assert decided(found, age=61) == {"Score": 122, "Graded": "A", "Called": "A"}
    assert decided(found, age=60) == {"Score": 61, "Graded": "B", "Called": "B"}


def test_dates_flags_nulls_and_components() -> None:
    rows = 'date("2000-01-01") | true | "x"\n> date("2000-01-01") | - | null\nnull | false | "y"'
    found = import_dmn(
        model(decision(table(rows, 'hitPolicy="FIRST"', columns=("Applicant.Born", "Applicant.Home.Own"))))
    )
    assert found.notes == ()
    assert decided(found, applicant_born="2000-01-01", applicant_home_own=True) == {"Approval": "x"}
    assert decided(found, applicant_born="2001-01-01", applicant_home_own=True) == {"Approval": None}
    assert decided(found, applicant_home_own=False) == {"Approval": "y"}


@pytest.mark.parametrize(
    ("logic", "named"),
    [
        (table('- | - | substring("a", 1)'), "the function `substring(…)`"),
        (table('- | - | "a" + "b"'), "texts put together"),
        (table("- | - | [1, 2]"), "a list"),
        (table('? > 3 | - | "a"'), "the name `?`"),
        (table('Age + 1 | - | "a"'), "`Age + 1` as a test"),
        (table('- | - | "a"', 'hitPolicy="PRIORITY"'), "priorities without values in their order"),
        (table("- | - | Unknown"), "the name `Unknown`"),
        ("<context/>", "logic that is a context"),
        ("", "a decision without logic"),
        ("<literalExpression><text>Age ** 2</text></literalExpression>", "the power"),
        ("<literalExpression><text>for x in [1] return x</text></literalExpression>", "`for …`"),
    ],
)
def test_what_cannot_be_said_is_refused_with_what_rests_on_it(logic: str, named: str) -> None:
    rests = decision("<literalExpression><text>Approval</text></literalExpression>", "Rests", "Approval")
    found = import_dmn(model(decision(logic), rests))
    assert [note.kind for note in found.notes] == ["refused", "refused"]
    first, second = found.notes
    assert named in first.message
    assert first.where.startswith('line 11: decision "Approval"')
    assert second.message == "not translated: it needs `Approval`, which was refused"
    assert found.parts == {}
    assert Policy.from_text(found.text).warnings == ()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no XML"),
        (b"<a/>", "no DMN model"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "entities"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>', "entities"),
        (HEAD.encode() + b"<x>" * 100, "more elements, or deeper"),
        (HEAD.encode() + b"<x/>" * 300_000 + b"</definitions>", "more elements"),
        (HEAD.encode() + b" " * 9_000_000 + b"</definitions>", "larger than"),
        (model(decision("", "A", "B"), decision("", "B", "A")), "needs itself"),
    ],
)
def test_xml_of_strangers_is_read_within_bounds(data: bytes, said: str) -> None:
    with pytest.raises(DmnError, match=said):
        import_dmn(data)


def test_an_output_can_be_the_queue_of_a_decision() -> None:
    both = '<output name="To" typeRef="string"/><output name="Rank" typeRef="number"/>'
    rows = '>= 18 | - | "Adult desk" | 2\n< 18 | - | "Youth desk" | 1'
    data = model(decision(table(rows, outputs=both)))
    found = import_dmn(data, parts={"Approval.To": "queue", "Approval.Rank": "priority"})
    engine = Engine(Policy.from_text(found.text))
    told = [engine.decide({"input": {"age": age}}) for age in (30, 3, None)]
    expected = [("adult_desk", 2), ("youth_desk", 1), ("everyone", 5)]
    assert [(each.queue, each.priority) for each in told] == expected
    with pytest.raises(DmnError, match="no output"):
        import_dmn(data, parts={"Approval": "queue"})


# ── there and back ────────────────────────────────────────────────────────────

POLICY = """
policy care
record contact {{ channel one of voice = voice }}
record customer {{
  tier ordered bronze < silver < gold ?
  age integer 0..120 ?
  since date ?
  vip flag ?
  name text ?
}}
channel voice {{ assisted }}
queue a {{ on voice }}
queue b {{ on voice }}
queue c {{ on voice }}
route {{
  table desk (customer.tier, customer.age, customer.since, customer.vip, customer.name) {{
    {rows}
  }}
  otherwise queue c
}}
"""
CELLS = (
    ("_", "gold", ">= silver", "in {gold, bronze}", "is missing", "not in {silver}", "bronze, gold"),
    ("_", "18..65", "18..<65", "< 12", ">= 65", "> 17 and <= 30", "is known", "7, 9", "!= 18"),
    ("_", ">= 2020-01-01", "2020-01-01..2021-06-30", "is missing"),
    ("_", "yes", "no"),
    ("_", '"x"', '"x", "y \\" z"', 'not in {"x"}', "is known"),
)
VALUES = (
    (None, "bronze", "silver", "gold"),
    (None, 0, 7, 17, 18, 30, 64, 65, 120),
    (None, "2019-12-31", "2020-01-01", "2021-06-30", "2021-07-01"),
    (None, True, False),
    (None, "x", 'y " z', "w"),
)


@given(seeds)
def test_a_table_there_and_back_decides_the_same(seed: int) -> None:
    dice = seeded(seed)
    rows = []
    for place in range(1, 2 + dice.between(0, 3)):
        cells = " | ".join(_one(dice, each) for each in CELLS)
        rows.append(f"{cells} -> queue {_one(dice, ('a', 'b'))}, priority {place}")
    policy = Policy.from_text(POLICY.format(rows="\n    ".join(rows)))
    found = import_dmn(exported(policy.checked, "desk").encode())
    assert not [note for note in found.notes if note.kind == "refused"]
    there, back = Engine(policy), Engine(Policy.from_text(found.text))
    for _ in range(20):
        names = ("tier", "age", "since", "vip", "name")
        values = {name: _one(dice, each) for name, each in zip(names, VALUES, strict=True)}
        customer = {name: value for name, value in values.items() if value is not None}
        one, other = there.decide({"customer": customer}), back.decide({"customer": customer})
        data = other.data.to_dict()
        told = (data["desk_queue"], data["desk_priority"])
        expected = (None, None) if one.rule == "otherwise" else (one.queue, one.priority)
        assert told == expected, (rows, customer)


Thing = TypeVar("Thing")


def _one(dice: Dice, among: tuple[Thing, ...]) -> Thing:
    return dice.pick(among)


def test_what_dmn_cannot_say_is_refused_by_name() -> None:
    policy = Policy.from_path("rules/bank.route")
    with pytest.raises(NotSaidError, match=r"row `lending_desk\[4\]`: steps of a plan"):
        exported(policy.checked, "lending_desk")


# ── commands ──────────────────────────────────────────────────────────────────


def test_the_commands_translate_there_and_back(tmp_path: Path) -> None:
    ran = routekit("export", "dmn", "rules/telecom.route", "fault_desk", "-o", tmp_path / "desk.dmn")
    assert ran.status == 0
    ran = routekit("import", "dmn", tmp_path / "desk.dmn", "-o", f"{tmp_path}/rules/", "--format", "json")
    assert ran.status == 0
    said = json.loads(ran.out)
    assert said["outputs"]["fault_desk.queue"] == "fault_desk_queue"
    assert routekit("check", said["output"]).status == 0
    assert routekit("export", "dmn", "rules/telecom.route", "nothing").status == 2
    (tmp_path / "none.dmn").write_text("<a/>")
    ran = routekit("import", "dmn", tmp_path / "none.dmn")
    assert (ran.status, ran.out) == (2, "")
    (tmp_path / "some.dmn").write_bytes(model(decision("<context/>")))
    ran = routekit("import", "dmn", tmp_path / "some.dmn")
    assert ran.status == 1
    assert 'line 11: decision "Approval": not translated: logic that is a context' in ran.err


# ── FEEL ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("-", "_"),
        ("", "_"),
        ('"a","b"', '"a", "b"'),
        ("]1..5[", "> 1 and < 5"),
        ("[-5..5]", "-5..5"),
        ('not("a", "b")', 'not in {"a", "b"}, is missing'),
        ("not(< 5)", ">= 5"),
        ("not([1..5])", "not in 1..5"),
        ("not(< 5, [7..9])", ">= 5 and not in 7..9"),
        ("< 5, > 10", "< 5, > 10"),
        ('duration("P1DT2H")', "1d2h"),
        (">= My Limit", ">= input.my_limit"),
        ("My Limit", "is input.my_limit"),
        ("not(My Limit)", "is not input.my_limit, is missing"),
        ("null", "is missing"),
        ('"say \\"hi\\" \\u00e9"', '"say \\"hi\\" é"'),
    ],
)
def test_cells(said: str, expected: str) -> None:
    assert cell(said, {"My Limit": Value("input.my_limit", "number")}) == expected


@pytest.mark.parametrize("said", ["not(< 5, (1..2))", "1 + 2", "x in [1]", '"a', "[1..2", "{a: 1}", "@"])
def test_cells_that_are_refused(said: str) -> None:
    with pytest.raises(NotSaidError):
        cell(said, {})


NAMES = {"Pre-bureau risk": "pre", "Pre": "short", "risk": "r"}


def test_names_with_blanks_and_signs_are_read_whole() -> None:
    names = {name: Value(called, "number") for name, called in NAMES.items()}
    assert expression("Pre-bureau risk - risk * 2", names).text == "pre - (r * 2)"


# ── the kit ───────────────────────────────────────────────────────────────────

KIT = os.environ.get("ROUTEKIT_DMN_TCK", "")


@pytest.mark.skipif(not KIT, reason="ROUTEKIT_DMN_TCK does not name the TestCases of the DMN kit")
def test_nothing_of_the_compatibility_kit_comes_out_wrong() -> None:
    from tests.dmn_kit import cases

    wrong = [str(each) for each in cases(Path(KIT)) if each.verdict == "wrong"]
    assert wrong == []
