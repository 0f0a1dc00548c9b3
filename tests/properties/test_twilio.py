"""An imported workflow takes the filter that TaskRouter would take, and nothing at all breaks an import.

The interpreter here knows nothing of the importer: it works on the trees that the strategies draw, by what
TaskRouter's documentation says of expressions.
"""

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from routekit import Engine, Policy
from routekit.importers.twilio.translate import import_workflow
from routekit.importers.twilio.workflow import WorkflowError

Tree = tuple[Any, ...]

TEXTS = ("gold", "it's", 'a "b"', "", "1", "true", "Ünï", "c:\\d")
NUMBERS = (-1, 0, 1, 2.5, 10)
PATHS = {
    "text": ("tier", "customer.tier", "customer.home.city", "type"),
    "number": ("attempts", "callBackData.attempts", "age"),
    "flag": ("vip", "customer.verified"),
    "list": ("languages", "routing.skills"),
    "mixed": ("answer",),
}
KIND_OF_PATH = {path: kind for kind, paths in PATHS.items() for path in paths}

TYPES = " AND ".join(
    {"text": "{0} == 'x'", "number": "{0} > 0", "flag": "{0} == true", "list": "{0} HAS 'x'"}[kind].format(
        path
    )
    for path, kind in KIND_OF_PATH.items()
    if kind != "mixed"
)
"""Tells the type of every attribute, and never holds where it is joined to what is false."""


# ── expressions, as trees and as text ─────────────────────────────────────────


def _comparisons() -> st.SearchStrategy[Tree]:
    text, number = st.sampled_from(TEXTS), st.sampled_from(NUMBERS)
    key = {kind: st.sampled_from(paths).map(lambda path: ("key", path)) for kind, paths in PATHS.items()}
    constant = {
        "text": text.map(lambda value: ("value", value)),
        "number": number.map(lambda value: ("value", value)),
        "flag": st.booleans().map(lambda value: ("value", value)),
    }
    any_constant = st.one_of(*constant.values())
    equal, order = st.sampled_from(["==", "!=", "="]), st.sampled_from(["<", "<=", ">", ">="])
    membership = st.sampled_from(["in", "not in"])
    not_mixed = st.sampled_from([path for path in KIND_OF_PATH if path != "answer"])
    scalars = st.one_of(
        *(st.tuples(equal, key[kind], constant[kind]) for kind in constant),
        *(st.tuples(equal, constant[kind], key[kind]) for kind in constant),
        *(st.tuples(equal, key[kind], key[kind]) for kind in constant),
        st.tuples(equal, key["mixed"], any_constant),
        st.tuples(equal, not_mixed.map(lambda path: ("key", path)), st.just(("value", None))),
        st.tuples(equal, any_constant, any_constant),
        st.tuples(order, key["number"], constant["number"]),
        st.tuples(order, constant["number"], key["number"]),
        st.tuples(order, key["number"], key["number"]),
        st.tuples(st.just("contains"), key["text"], constant["text"]),
    )
    lists = st.one_of(
        st.tuples(membership, key["text"], _listing(constant["text"])),
        st.tuples(membership, key["number"], _listing(constant["number"])),
        st.tuples(membership, key["mixed"], _listing(any_constant)),
        st.tuples(st.just("has"), key["list"], constant["text"]),
        st.tuples(st.just("has"), key["list"], key["text"]),
        st.tuples(membership, constant["text"], key["list"]),
        st.tuples(membership, key["text"], key["list"]),
    )
    bare = key["flag"].map(lambda term: ("bare", term))
    return st.one_of(scalars, lists, bare)


def _listing(items: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.lists(items, min_size=1, max_size=4).map(lambda found: ("list", tuple(found)))


def _trees() -> st.SearchStrategy[Tree]:
    return st.recursive(
        _comparisons(),
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: ("and", tuple(parts))),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: ("or", tuple(parts))),
            inner.map(lambda part: ("not", part)),
        ),
        max_leaves=6,
    )


def _written(tree: Tree, style: Callable[[str], str]) -> str:
    """The tree as text, with brackets only where they are needed."""
    match tree:
        case ("key", path):
            return str(path)
        case ("value", None):
            return style("null")
        case ("value", bool(value)):
            return style(str(value).lower())
        case ("value", str(value)):
            quote = "'" if '"' in value else '"'
            escaped = value.replace("\\", "\\\\").replace(quote, f"\\{quote}")
            return f"{quote}{escaped}{quote}"
        case ("value", value):
            return str(value)
        case ("list", items):
            return f"[{', '.join(_written(item, style) for item in items)}]"
        case ("bare", term):
            return _written(term, style)
        case ("not", part):
            inner = _written(part, style)
            return f"{style('not')} ({inner})" if part[0] in ("and", "or") else f"{style('not')} {inner}"
        case ("and" | "or" as word, parts):
            listed = [
                f"({_written(part, style)})" if word == "and" and part[0] == "or" else _written(part, style)
                for part in parts
            ]
            return f" {style(word)} ".join(listed)
        case (operator, left, right):
            return f"{_written(left, style)} {style(operator)} {_written(right, style)}"
    raise AssertionError(tree)


# ── what TaskRouter makes of them ─────────────────────────────────────────────


def _holds(tree: Tree, task: dict[str, Any]) -> bool:
    match tree:
        case ("and", parts):
            return all(_holds(part, task) for part in parts)
        case ("or", parts):
            return any(_holds(part, task) for part in parts)
        case ("not", part):
            return not _holds(part, task)
        case ("bare", term):
            return _value(term, task) is True
    operator, left, right = tree[0], _value(tree[1], task), _value(tree[2], task)
    match operator:
        case "==" | "=":
            return _equal(left, right)
        case "!=":
            return not _equal(left, right)
        case "contains":
            return isinstance(left, str) and isinstance(right, str) and right in left
        case "has":
            return isinstance(left, list) and any(_equal(item, right) for item in left)
        case "in":
            return isinstance(right, list) and any(_equal(item, left) for item in right)
        case "not in":
            return isinstance(right, list) and not any(_equal(item, left) for item in right)
    if not (_is_number(left) and _is_number(right)):
        return False
    return bool({"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator])


def _value(term: Tree, task: dict[str, Any]) -> Any:
    match term:
        case ("value", value):
            return value
        case ("list", items):
            return [_value(item, task) for item in items]
    found: Any = task
    for part in term[1].split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(left: Any, right: Any) -> bool:
    if _is_number(left) and _is_number(right):
        return bool(left == right)
    return type(left) is type(right) and not isinstance(left, list) and bool(left == right)


# ── tasks ─────────────────────────────────────────────────────────────────────


@st.composite
def _tasks(draw: st.DrawFn) -> dict[str, Any]:
    values: dict[str, st.SearchStrategy[Any]] = {
        "text": st.sampled_from(TEXTS),
        "number": st.sampled_from(NUMBERS),
        "flag": st.booleans(),
        "list": st.lists(st.sampled_from(TEXTS), max_size=3),
    }
    values["mixed"] = st.one_of(values["text"], values["number"], values["flag"])
    task: dict[str, Any] = {}
    for path, kind in KIND_OF_PATH.items():
        if draw(st.booleans()):
            *records, name = path.split(".")
            place = task
            for record in records:
                place = place.setdefault(record, {})
            place[name] = draw(values[kind])
    return task


def _contact(task: dict[str, Any]) -> dict[str, Any]:
    """The task as a contact: each value in the field of its attribute, and in those for other types."""
    contact: dict[str, Any] = {"contact": {}}
    for name, value in task.items():
        if isinstance(value, dict):
            contact[name] = {
                "_".join(part for part in (key, inner) if part): found
                for key, item in value.items()
                for inner, found in (item.items() if isinstance(item, dict) else [("", item)])
            }
            continue
        for suffix in ("", "_as_text", "_as_number", "_as_flag"):
            contact["contact"][name + suffix] = value
    return contact


@given(
    trees=st.lists(_trees(), min_size=1, max_size=4),
    tasks=st.lists(_tasks(), min_size=1, max_size=8),
    style=st.sampled_from([str.upper, str.lower, str.title]),
)
@settings(max_examples=150, deadline=None)
def test_the_policy_takes_the_filter_that_the_workflow_takes(
    trees: list[Tree], tasks: list[dict[str, Any]], style: Callable[[str], str]
) -> None:
    filters = [
        {
            "filter_friendly_name": f"f{number}",
            "expression": _written(tree, style),
            "targets": [{"queue": f"q{number}"}],
        }
        for number, tree in enumerate(trees)
    ]
    filters.append({"expression": f"1 == 2 AND {TYPES}", "targets": [{"queue": "none"}]})
    imported = import_workflow(json.dumps({"task_routing": {"filters": filters}}))
    assert {"untranslated", "unreadable-expression"}.isdisjoint(item.kind for item in imported.warnings)
    engine = Engine(Policy.from_text(imported.text))
    for task in tasks:
        taken = next((f"f{number}" for number, tree in enumerate(trees) if _holds(tree, task)), "otherwise")
        decision = engine.decide(_contact(task))
        assert decision.rule == taken, (imported.text, task)
        assert decision.queue == ("unrouted" if taken == "otherwise" else taken.replace("f", "q"))


# ── nothing breaks an import ──────────────────────────────────────────────────

_JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_CODE = """
    a task.b worker.sid workers.available taskrouter.currentTime taskrouter.dayOfWeek 'x' "y" 800 -1.5e3 true
    999999999999999999999999999999 null ${P} [ ] ( ) , and or not in has contains is == != < >= ! a-b rule
    when queue.now ['a',1,null] contact.x live.y untranslated.z \u202e '\u200b' # customer.a.b[2]
"""
_WORDS = st.sampled_from(_CODE.split())
_EXPRESSION = st.lists(_WORDS, max_size=8).map(" ".join)
_NAME = st.one_of(
    st.text(max_size=12), st.sampled_from(["otherwise", "rule", "when", "unrouted", "route", "{", "#"])
)
_LIKELY = st.one_of(_EXPRESSION, _NAME, _JUNK)


def _objects(keys: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keys)


_TARGET = _objects(
    {
        "queue": st.one_of(_NAME, _JUNK),
        "expression": _LIKELY,
        "priority": st.one_of(st.integers(-3, 2000), _JUNK),
        "timeout": st.one_of(st.integers(-3, 10**6), _JUNK),
        "skip_if": _LIKELY,
        "known_worker_sid": st.one_of(st.just("task.agent.sid"), _LIKELY),
        "order_by": _LIKELY,
        "colour": _JUNK,
    }
)
_FILTER = _objects(
    {
        "filter_friendly_name": _NAME,
        "expression": _LIKELY,
        "targets": st.one_of(st.lists(_TARGET, max_size=4), _JUNK),
    }
)
_DOCUMENT = st.one_of(
    _JUNK,
    _objects(
        {
            "friendly_name": _NAME,
            "task_routing": st.one_of(
                _JUNK,
                _objects(
                    {
                        "filters": st.one_of(st.lists(_FILTER, max_size=4), _JUNK),
                        "default_filter": st.one_of(_TARGET, _FILTER, _JUNK),
                    }
                ),
            ),
        }
    ),
)


def _checks(text: str) -> None:
    """An import gives a policy that checks, or says what is wrong."""
    try:
        imported = import_workflow(text)
    except WorkflowError as error:
        said = str(error)
    else:
        said = Policy.from_text(imported.text).name
    assert said


@given(document=_DOCUMENT)
@settings(max_examples=200, deadline=None)
def test_any_document_is_a_policy_or_an_error_in_words(document: object) -> None:
    _checks(json.dumps(document))


@given(text=st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_text_is_a_policy_or_an_error_in_words(text: str) -> None:
    _checks(text)
    _checks(f'{{"task_routing": {{"filters": [{text}]}}}}')
