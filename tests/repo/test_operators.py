"""Every operator and every kind of expression is known to all that must know it, and is what its row says.

A row that is added is tested here without another line; what a reader lacks, or a row says wrongly, fails.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import get_args

import pyarrow as pa
import pytest

from routekit import Engine, Policy
from routekit.analysis import ask, diff, prove
from routekit.diagnostics import Reporter, Source
from routekit.engine.errors import PolicyError
from routekit.intake import Intake
from routekit.layout import laid_out
from routekit.policy import expressions as e
from routekit.policy.operators import Operator
from routekit.policy.operators.arithmetic import ARITHMETIC, Arithmetic
from routekit.policy.operators.functions import FUNCTIONS, Function, Second
from routekit.policy.operators.order import COMPARISONS, RANGE, RANGE_WITHOUT_END
from routekit.policy.operators.registry import operators
from routekit.policy.operators.registry import tests as rows_of_tests
from routekit.policy.operators.sets import IS_EMPTY, MEMBER, SET_TESTS, SetTest
from routekit.policy.operators.text import TEXT_TESTS, Takes, TextTest
from routekit.policy.patterns import compile_pattern
from routekit.prover.supported import unsupported_in
from routekit.reasons.words import Words
from routekit.reference import decide
from routekit.schema.types import (
    Choice,
    Date,
    Duration,
    Flag,
    Integer,
    Number,
    SetOf,
    Text,
    Time,
    Type,
    Value,
    describe,
)
from routekit.syntax import tree
from routekit.syntax.automaton import grammar
from routekit.syntax.parser import parse
from routekit.testing.choices import seeded
from tests.generate.policies import write_policy
from tests.markdown import CASES, read_cases

ROOT = Path(__file__).parents[2]
ROWS = operators()
KINDS: tuple[type, ...] = get_args(e.Expr)
CLOCK = datetime(2026, 11, 23, 12, tzinfo=UTC)

HEAD = """policy rows
record contact {
  channel one of web = web
  t text ?
  n integer 0..3 ?
  m integer 1..2 = 1
  s set of one of a, b = {}
  at time ?
  born date ?
}
channel web { self_service }
queue hit { on web }
queue other { on web }
list words = {"ab", "b."}
"""
TEXTS = ("", "a", "ab", "b.", "xab", "abx", "xabx", "b", "B.", "a\nb.", None)
MOMENTS = (
    "2026-01-01T00:10:00Z",
    "2026-01-05T12:00:00Z",
    "2026-07-31T23:30:00Z",
    "2024-02-29T02:00:00Z",
    None,
)


ARGUMENTS: dict[Takes, Value] = {
    Takes.TEXT: "ab",
    Takes.PATTERN: "^a.*b",
    Takes.TEXTS: frozenset({"ab", "b."}),
}
"""What conditions ask texts for."""

SAMPLES = [sample for row in TEXT_TESTS.values() for sample in row.samples(ARGUMENTS[row.takes])]


def condition_of(row: Operator) -> str:
    """A test of the record of the head that asks by an operator."""
    match row:
        case TextTest(takes=Takes.TEXT):
            return f'contact.t {row.name} "ab"'
        case TextTest(takes=Takes.PATTERN):
            return f'contact.t {row.name} "^a.*b"'
        case TextTest(takes=Takes.TEXTS):
            return f"contact.t {row.name} words"
        case Function():
            kind, result = next(iter(row.of.items()))
            more = {Second.SEED: ', "menu-7"', Second.MORE: ", contact.m"}.get(row.second, "")
            test = RESULTS.get(row.name) or f"is {_literal_of(result)}"
            return f"{row.name}({FIELDS[kind]}{more}) {test}"
        case _:
            return {
                **{name: f"contact.n {name} 2" for name in COMPARISONS},
                **{name: f"contact.n {name} contact.m >= 2" for name in ARITHMETIC},
                RANGE.name: "contact.n in 1..2",
                RANGE_WITHOUT_END.name: "contact.n in 1..<3",
                MEMBER.name: "contact.s has a",
                **{name: f"contact.s {name} {{a, b}}" for name in SET_TESTS},
                IS_EMPTY.name: "contact.s is empty",
            }[row.name]


RESULTS = {
    "clock": "in 8h..<18h",
    "share": "< 30",
    "length": ">= 3",
    "size": ">= 2",
    "years": ">= 26",
    "anniversary": "is today",
    "max": ">= 2",
    "min": ">= 1",
}
"""What is asked of a function whose result of small values is not the first of its type."""

FIELDS: dict[type[Type], str] = {
    Text: "contact.t",
    Integer: "contact.n",
    SetOf: "contact.s",
    Time: "contact.at",
    Date: "contact.born",
}


def _literal_of(type_: Type) -> str:
    match type_:
        case Choice(names):
            return names[0]
        case Integer(low):
            return str(low or 0)
        case Text():
            return '"ab"'
        case Date():
            return "2026-01-05"
        case _:
            raise AssertionError(f"say how a function that gives {describe(type_)} is compared here")


def policy_of(condition: str, more: str = "") -> Policy:
    route = f"route {{ rule found when {condition} then queue hit  otherwise queue other }}\n"
    return Policy.from_text(HEAD + route + more)


def every_contact(condition: str) -> Iterator[dict[str, dict[str, object]]]:
    """Contacts with all small values of what a condition reads."""
    domains: dict[str, tuple[object, ...]] = {
        "t": (*TEXTS, *SAMPLES),
        "n": (0, 1, 2, 3, None),
        "m": (1, 2),
        "s": ([], ["a"], ["b"], ["a", "b"]),
        "at": MOMENTS,
        "born": ("2000-11-23", "2000-01-05", "2025-11-23", "2030-01-01", None),
    }
    read = [name for name in domains if re.search(rf"\bcontact\.{name}\b", condition)]
    for values in product(*(domains[name] for name in read)):
        yield {
            "contact": {name: value for name, value in zip(read, values, strict=True) if value is not None}
        }


def queues_by_reference(policy: Policy, contacts: list[dict[str, dict[str, object]]]) -> list[str]:
    intake = Intake(policy.checked)
    return [decide(policy.checked, intake.read(contact, CLOCK)).queue for contact in contacts]


each_row = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
each_text_test = pytest.mark.parametrize("row", TEXT_TESTS.values(), ids=list(TEXT_TESTS))


# ── everything is written, tried, said, laid out and told of ──────────────────


def _parts(policy: Policy) -> Iterator[e.Expr]:
    checked = policy.checked
    for rule in checked.rules:
        yield from e.parts(rule.condition) if rule.condition is not None else ()
    for definition in checked.definitions:
        yield from e.parts(getattr(definition, "expr", None) or getattr(definition, "condition"))  # noqa: B009
    for guarantee in checked.guarantees:
        yield from e.parts(guarantee.promise)


def _names(part: e.Expr) -> set[str]:
    """The kind of an expression, and the operator that makes it."""
    kind = type(part).__name__
    match part:
        case e.Compare(name) | e.SetTest(name) | e.TextTest(name) | e.Arithmetic(name) | e.Call(name):
            return {kind, name}
        case e.InRange(without_end=True):
            return {kind, RANGE_WITHOUT_END.name}
        case e.InRange() | e.InSet():
            return {kind, RANGE.name}
        case e.Member():
            return {kind, MEMBER.name}
        case e.IsEmpty():
            return {kind, IS_EMPTY.name}
        case _:
            return {kind}


EVERYTHING = {kind.__name__ for kind in KINDS} | {row.name for row in ROWS}


def test_the_strategies_write_every_kind_and_every_operator() -> None:
    missing = set(EVERYTHING)
    for seed in range(400):
        for part in _parts(Policy.from_text(write_policy(seeded(seed)))):
            missing -= _names(part)
        if not missing:
            return
    assert not missing


def test_cases_try_every_kind_and_every_operator(tmp_path: Path) -> None:
    missing = set(EVERYTHING)
    for path in sorted(CASES.glob("*.md")):
        for number, case in enumerate(read_cases(path)):
            if not case.policy or any(mark.severity == "error" for mark in case.marks):
                continue
            folder = tmp_path / f"{path.stem}-{number}"
            folder.mkdir()
            try:
                policy = Policy.from_path(case.write(folder))
            except PolicyError:
                continue
            for part in _parts(policy):
                missing -= _names(part)
    assert not missing


@each_row
def test_the_page_of_the_language_tells_of_it(row: Operator) -> None:
    assert row.name in (ROOT / "docs" / "language.md").read_text(encoding="utf-8")


@each_row
def test_it_is_said_as_it_is_written(row: Operator) -> None:
    policy = policy_of(condition_of(row))
    condition = policy.checked.rules[0].condition
    assert condition is not None
    said = Words(policy.checked).expr(condition)
    assert row.name in said
    assert policy_of(said).checked.rules[0].condition == condition


@each_row
def test_it_is_laid_out_and_read_again(row: Operator) -> None:
    policy = HEAD + f"segment  x   when not({condition_of(row)})   and contact.n is known\n"
    policy += "route { otherwise queue other }"
    text = laid_out(policy)
    assert laid_out(text) == text
    assert Policy.from_text(text).checked.definitions == Policy.from_text(policy).checked.definitions


@each_row
def test_reasons_tell_what_is_so_from_what_is_not(row: Operator) -> None:
    condition = condition_of(row)
    engine = Engine(policy_of(condition))
    said: dict[str, set[str]] = {"hit": set(), "other": set()}
    for contact in every_contact(condition):
        explanation = engine.explain(contact, now=CLOCK)
        said[explanation.decision.queue].add(str(explanation))
    assert said["hit"]
    assert said["other"]
    assert said["hit"].isdisjoint(said["other"])


def test_every_test_of_the_grammar_has_a_row() -> None:
    known = {row.name for row in rows_of_tests()} | {"is not", "not in"}
    for text in _tests_of_the_grammar():
        reporter = Reporter()
        parsed = parse(Source("a.route", f"segment x when {text}\n"), reporter)
        assert not reporter.found, text
        (segment,) = parsed.declarations
        assert isinstance(segment, tree.SegmentNode)
        test = segment.condition
        assert isinstance(test, tree.Test), text
        assert test.operator in known, f"`{text}` has no row in policy/operators"


def _tests_of_the_grammar() -> Iterator[str]:
    rule = re.search(r"^\?test: .*?(?=^\S)", grammar(), re.MULTILINE | re.DOTALL)
    assert rule is not None
    for line in rule[0].splitlines()[1:]:
        if line.strip():
            yield from _spelled(line.partition("|")[2].rpartition("->")[0].strip())


def _spelled(production: str) -> Iterator[str]:
    """The texts of a production, with and without each part that may be left out."""
    match = re.search(r"\[([^\]]*)\]", production)
    if match is not None:
        for choice in ("", *match[1].split("|")):
            yield from _spelled(production.replace(match[0], choice, 1))
        return
    words = {"value": "contact.n", "COMPARISON": "<"}
    yield " ".join(words.get(word, word.strip('"')) for word in production.split())


# ── a row is true ─────────────────────────────────────────────────────────────


SCALARS = (0, 1, 2, -3, 10**12)
SETS = tuple(frozenset(values) for values in ("", "a", "b", "ab", "abc"))


def _operands(row: Operator) -> list[tuple[Value, ...]]:
    match row:
        case TextTest():
            arguments = _arguments(row)
            return [(text, argument) for text in TEXTS if text is not None for argument in arguments]
        case _ if row is RANGE or row is RANGE_WITHOUT_END:
            return list(product(SCALARS, SCALARS, SCALARS))
        case _ if row is MEMBER:
            return list(product("abc", SETS))
        case SetTest():
            return list(product(SETS, SETS))
        case _ if row is IS_EMPTY:
            return [(members,) for members in SETS]
        case _:
            return list(product(SCALARS, SCALARS))


def _arguments(row: TextTest) -> list[Value]:
    match row.takes:
        case Takes.TEXT:
            return ["", "a", "ab", "b.", "[", "\\", "\n", "日本"]
        case Takes.PATTERN:
            return ["", "^a", "b\\.$", "[ab]+x"]
        case Takes.TEXTS:
            return [frozenset(), frozenset({"ab"}), frozenset({"b.", "x"}), frozenset({"", "a|b"})]


@pytest.mark.parametrize("row", [row for row in ROWS if row.code], ids=lambda row: row.name)
def test_its_code_does_what_it_means(row: Operator) -> None:
    code = compile(ast.parse(row.code, mode="eval"), row.name, "eval")
    for operands in _operands(row):
        by_code = eval(code, dict(zip(row.operands, operands, strict=True)))
        assert by_code == row.meaning(*operands), operands


@each_text_test
def test_its_pattern_is_found_in_the_texts_that_pass(row: TextTest) -> None:
    assert row.pattern is not None
    for argument in _arguments(row):
        finds = compile_pattern(row.pattern(argument))
        for text in (*(text for text in TEXTS if text is not None), "[", "\\n", "日本語", "a|b"):
            assert finds(text) == row.meaning(text, argument), (text, argument)


@each_text_test
def test_its_samples_pass(row: TextTest) -> None:
    for argument in _arguments(row):
        for sample in row.samples(argument):
            assert row.meaning(sample, argument)
            around = {"start": f"{sample}~", "anywhere": f"~{sample}~", "end": f"~{sample}", None: sample}
            assert row.meaning(around[row.place], argument)


@pytest.mark.parametrize("row", COMPARISONS.values(), ids=list(COMPARISONS))
def test_a_comparison_is_true_where_its_row_says(row: Operator) -> None:
    comparison = COMPARISONS[row.name]
    for left, right in product(SCALARS, SCALARS):
        where = comparison.below if left < right else comparison.above if left > right else comparison.equal
        assert comparison.meaning(left, right) is where
        assert comparison.mirrored.meaning(right, left) is where
        assert comparison.opposite is None or comparison.opposite.meaning(left, right) is not where


@pytest.mark.parametrize("row", ARITHMETIC.values(), ids=list(ARITHMETIC))
def test_monotone_arithmetic_lies_between_its_corners(row: Operator) -> None:
    arithmetic = ARITHMETIC[row.name]
    for low, high, from_, to in ((0, 3, 1, 4), (-3, 2, 2, 5), (-4, -1, -3, -1), (-2, 2, -2, 2)):
        if not arithmetic.is_monotone or (arithmetic.but_for_zero and from_ <= 0 <= to):
            continue
        corners = [arithmetic.meaning(a, b) for a in (low, high) for b in (from_, to)]
        for a, b in product(range(low, high + 1), range(from_, to + 1)):
            assert min(corners) <= arithmetic.meaning(a, b) <= max(corners)  # type: ignore[operator, type-var]


@pytest.mark.parametrize("row", FUNCTIONS.values(), ids=list(FUNCTIONS))
def test_a_function_gives_what_its_row_says(row: Function) -> None:
    samples: dict[type[Type], Value] = {
        Text: "aB",
        Flag: True,
        Integer: 2,
        Number: 2.5,
        Choice: "a",
        Duration: timedelta(minutes=1),
        SetOf: frozenset("ab"),
        Time: datetime(2024, 2, 29, 23, 59, tzinfo=UTC),
        Date: date(2024, 2, 29),
    }
    for taken, given in row.of.items():
        more = {
            Second.SEED: ("menu-7",),
            Second.MORE: (samples[taken],),
        }.get(row.second, (date(2026, 11, 23),) if row.of_today else ())
        value = row.meaning(samples[taken], *more)
        match given:
            case Choice(names):
                assert value in names or not names
            case Number(low, high) if low is not None and high is not None:
                assert isinstance(value, float)
                assert low <= value <= high
            case Integer(int(low), int(high)):
                assert isinstance(value, int)
                assert low <= value <= high
            case _:
                assert isinstance(value, KINDS_OF_VALUES[type(given)])


KINDS_OF_VALUES: dict[type[Type], type] = {
    Text: str,
    Integer: int,
    Number: float,
    Date: date,
    Time: datetime,
    Duration: timedelta,
}


# ── proofs ────────────────────────────────────────────────────────────────────


def is_told(row: Operator) -> bool:
    """Whether a row tells proofs what they must know."""
    if isinstance(row, Function):
        condition = policy_of(condition_of(row)).checked.rules[0].condition
        return condition is not None and unsupported_in(condition) is None
    match row:
        case SetTest(wants=None) | TextTest(pattern=None) | Arithmetic(is_monotone=False):
            return False
        case _:
            return True


@each_row
def test_a_proof_says_what_enumerating_says(row: Operator) -> None:
    condition = condition_of(row)
    promises = f"guarantee hits when {condition} then queue is hit\nguarantee never then queue is other\n"
    policy = policy_of(condition, promises)
    queues = queues_by_reference(policy, list(every_contact(condition)))
    assert {"hit", "other"} == set(queues)
    answers = {promise.name: promise.answer for promise in prove(policy).guarantees}
    reply = ask(policy, "can contact.m is 1 reach queue is hit").answer
    if is_told(row):
        assert answers == {"hits": "proved", "never": "counterexample"}
        assert reply == "yes"
    else:
        assert answers["never"] == reply == "unknown"
    assert diff(policy, policy_of(f"not ({condition})")).answer == "different"


@cache
def _weird(text: str, other: object) -> bool:
    return len(text) % 2 == 1


def _without_data() -> Iterator[tuple[dict[str, object], Operator]]:
    for row in TEXT_TESTS.values():
        bare = TextTest(name=row.name, takes=row.takes, denied=row.denied, meaning=_weird)
        yield TEXT_TESTS, bare  # type: ignore[misc]
    for asked in SET_TESTS.values():
        yield SET_TESTS, replace(asked, wants=None, code="")  # type: ignore[misc]
    for call in FUNCTIONS.values():
        yield FUNCTIONS, replace(call, known=None, is_total=False)  # type: ignore[misc]
    for arithmetic in ARITHMETIC.values():
        yield ARITHMETIC, replace(arithmetic, is_monotone=False)  # type: ignore[misc]


@pytest.mark.parametrize(("table", "row"), [pytest.param(*item, id=item[1].name) for item in _without_data()])
def test_an_operator_of_which_nothing_is_known_is_decided_right_and_never_proved(
    table: dict[str, Operator], row: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(table, row.name, row)
    condition = condition_of(row)
    policy = policy_of(condition, "guarantee never then queue is other\n")
    contacts = list(every_contact(condition))
    expected = queues_by_reference(policy, contacts)
    engine = Engine(policy)
    assert [engine.decide(contact, now=CLOCK).queue for contact in contacts] == expected
    rows = [contact["contact"] for contact in contacts]
    table = pa.table({f"contact.{name}": [row.get(name) for row in rows] for name in {*rows[0], *rows[-1]}})
    assert pa.table(engine.decide_batch(table, now=CLOCK))["queue"].to_pylist() == expected
    for contact in contacts:
        assert engine.explain(contact, now=CLOCK).decision.queue
    (promise,) = prove(policy).guarantees
    assert promise.answer == "unknown"
    assert f"`{row.name}`" in promise.reason
    assert ask(policy, "can contact.m is 1 reach queue is hit").answer == "unknown"
    assert diff(policy, policy_of(f"{condition} and contact.m is 1")).answer != "same"
