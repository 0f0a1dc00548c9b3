"""A whole model as a policy: its inputs as records, its decisions as values that the outcome carries."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePath

from routekit.engine.errors import PolicyError
from routekit.engine.policy import Policy
from routekit.importers.dmn.document import (
    Decision,
    DmnError,
    Function,
    InputData,
    Invocation,
    Item,
    Logic,
    Model,
    Place,
    Said,
    Table,
    read_model,
)
from routekit.importers.dmn.feel import NotSaidError, Value, conditional, expression
from routekit.importers.dmn.routed import Routed, routed
from routekit.importers.dmn.tables import Part, Written, placed, type_of, written_table
from routekit.importers.names import Names, slug, visible
from routekit.layout.writing import block, comment, policy_text, rule, section
from routekit.schema.writing import quoted

__all__ = ["Imported", "Noted", "import_dmn"]

CHANNEL, QUEUE = "any", "everyone"
_RECORD = "input"
_MOST_DECISIONS = 400
_DEEPEST_CALLS = 12


@dataclass(frozen=True, slots=True)
class Noted:
    """What was refused, or found: its kind, where in the file, and what it is."""

    kind: str
    where: str
    message: str


@dataclass(frozen=True, slots=True)
class Imported:
    """A policy, and what was not said in it.

    ``parts`` maps the names of the model, ``Approval.Status``, to the parts of the outcome that carry them.
    ``inputs`` maps those of its inputs to fields.
    """

    name: str
    text: str
    notes: tuple[Noted, ...]
    parts: Mapping[str, str]
    inputs: Mapping[str, str]


@dataclass(slots=True)
class _State:
    """What was said so far."""

    model: Model
    names: dict[str, Value] = field(default_factory=dict)
    taken: Names = field(default_factory=Names)
    inputs: dict[str, str] = field(default_factory=dict)
    records: dict[str, list[str]] = field(default_factory=dict)
    lets: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    notes: list[Noted] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    """The ids of what cannot be said."""
    tables: dict[str, tuple[Decision, Table, Written]] = field(default_factory=dict)
    """Tables by the first value that they give."""


def import_dmn(
    data: bytes,
    *,
    name: str | None = None,
    source: str = "model.dmn",
    parts: Mapping[str, str] | None = None,
) -> Imported:
    """Translates a model; raises :class:`DmnError` for what is none.

    Every decision that can be said the same becomes a value of the policy and a part of its outcome, under a
    name made of the model's; every other is refused by name, and so is whatever rests on it. ``parts`` maps
    names of the model, ``Approval`` or ``Approval.Status``, to ``queue``, ``priority`` or ``message`` of a
    decision: each value that such an output writes out is then a queue, a priority or a message of its own.
    """
    model = read_model(data)
    if len(model.decisions) > _MOST_DECISIONS:
        raise DmnError(f"the model has more than {_MOST_DECISIONS} decisions", "split the model")
    state = _State(model)
    state.taken.unique("contact")
    for each in model.inputs.values():
        _take_input(state, each)
    for kind, place in model.others:
        state.notes.append(Noted("refused", place.words, f"a {_KINDS[kind]} is not translated"))
    policy = name or slug(model.name or PurePath(source).stem, "model")
    for decision in _in_order(model):
        _take(state, decision, policy)
    lead = routed({part.called: part for part in state.parts}, parts or {})
    text = _text(state, policy, model.name, source, lead)
    checked = Policy.from_text(text)
    state.notes += _overlapping(state, checked)
    return Imported(
        policy, text, tuple(state.notes), {part.called: part.name for part in state.parts}, dict(state.inputs)
    )


_KINDS = {
    "decisionService": "decision service",
    "import": "model that is imported",
}


# ── inputs ────────────────────────────────────────────────────────────────────


def _take_input(state: _State, data: InputData) -> None:
    try:
        item = state.model.items.get(data.type)
        if item is None or not item.components:
            if item is not None and item.is_list:
                raise NotSaidError(f"`{data.name}` is a list")
            field = state.taken.unique(slug(data.name, "field"))
            _declare(state, data.name, _RECORD, field, type_of(data.type, state.model.items))
            return
        if item.is_list:
            raise NotSaidError(f"`{data.name}` is a list")
        record = state.taken.unique(slug(data.name, "record"))
        _take_components(state, data, item, record, data.name, (), Names())
    except NotSaidError as error:
        state.refused.add(data.id)
        state.notes.append(_refused(error, data.place))


def _take_components(
    state: _State, data: InputData, item: Item, record: str, called: str, path: tuple[str, ...], taken: Names
) -> None:
    """Declares a field for each component; those of a component bear its name in front of theirs."""
    for component in item.components.values():
        name, inner = f"{called}.{component.name}", (*path, component.name)
        told = component
        if not told.components and told.type in state.model.items and len(path) < _DEEPEST_CALLS:
            told = state.model.items[told.type]
        try:
            if component.is_list or told.is_list:
                raise NotSaidError(f"`{name}` is a list")
            if told.components:
                _take_components(state, data, told, record, name, inner, taken)
                continue
            type_ = type_of(component.type, state.model.items)
        except NotSaidError as error:
            state.notes.append(_refused(error, data.place))
            continue
        _declare(state, name, record, taken.unique(slug(" ".join(inner), "field")), type_)


def _declare(state: _State, called: str, record: str, field: str, type_: str) -> None:
    type_ = type_ or "text"
    state.records.setdefault(record, []).append(f"{field} {type_} ?")
    state.inputs[called] = f"{record}.{field}"
    state.names[called] = Value(f"{record}.{field}", type_)


# ── decisions ─────────────────────────────────────────────────────────────────


def _in_order(model: Model) -> Iterator[Decision]:
    """The decisions, each behind those that it needs; raises :class:`DmnError` where they go in a circle."""
    by_id = {decision.id: decision for decision in model.decisions}
    done: set[str] = set()
    open_: list[tuple[str, bool]] = [(id_, False) for id_ in reversed(by_id)]
    path: set[str] = set()
    while open_:
        id_, is_left = open_.pop()
        if is_left:
            path.discard(id_)
            if id_ not in done:
                done.add(id_)
                yield by_id[id_]
            continue
        if id_ in done:
            continue
        if id_ in path:
            raise DmnError(f"the decision `{by_id[id_].name}` needs itself")
        path.add(id_)
        open_.append((id_, True))
        open_ += [(need, False) for need in by_id[id_].needs if need in by_id and need not in done]


def _take(state: _State, decision: Decision, policy: str) -> None:
    """Says a decision, or refuses it; one that the checker does not take is refused too."""
    kept = Names(set(state.taken.taken))
    try:
        for need in decision.needs:
            if need in state.refused:
                raise NotSaidError(f"it needs {state.model.called(need)}, which was refused", decision.place)
        written = _written(state, decision)
        lets, parts = [*state.lets, *written.text], [*state.parts, *written.parts]
        _checked(policy, state.records, lets, parts, decision)
    except NotSaidError as error:
        state.taken = kept
        state.refused.add(decision.id)
        state.notes.append(_refused(error, decision.place))
        return
    state.lets, state.parts = lets, parts
    for part in written.parts:
        state.names[part.called] = Value(part.name, part.type)
    if isinstance(decision.logic, Table) and written.parts:
        state.tables[written.parts[0].name] = decision, decision.logic, written


def _refused(error: NotSaidError, place: Place) -> Noted:
    return Noted("refused", (error.place or place).words, f"not translated: {error}")


def _written(state: _State, decision: Decision) -> Written:
    scope = _Scope(state, decision.name, dict(state.names))
    written = scope.written(decision.logic, decision.name, decision.type, decision.place)
    return Written((*scope.before, *written.text), written.parts, written.rows)


@dataclass(slots=True)
class _Scope:
    """What names mean within a decision, and what is declared ``before`` it for what it calls."""

    state: _State
    owner: str
    names: dict[str, Value]
    before: list[str] = field(default_factory=list)
    depth: int = 0

    def __post_init__(self) -> None:
        if self.depth > _DEEPEST_CALLS:
            raise NotSaidError("functions that call each other")
        for function in self.state.model.functions.values():
            called = partial(self._called, function)
            self.names.setdefault(function.name, Value("", "function", called))

    def namer(self, words: str) -> str:
        return self.state.taken.unique(slug(words, "value"))

    def written(self, logic: Logic, name: str, type_: str, place: Place) -> Written:
        """The declarations of what a decision, or a function, comes to."""
        match logic:
            case Table():
                return written_table(logic, name, type_, self.names, self.state.model.items, self.namer)
            case Said():
                return self._literal(logic, name, type_)
            case Invocation():
                return self._invoked(logic, name, type_)
            case "":
                raise NotSaidError("a decision without logic", place)
            case _:
                raise NotSaidError(f"logic that is a {logic}", place)

    def _literal(self, said: Said, name: str, named: str) -> Written:
        try:
            cases, last = conditional(said.text, self.names)
            type_ = type_of(named, self.state.model.items)
        except NotSaidError as error:
            raise error.at(said.place) from None
        type_ = type_ or last.type or "number"
        part = Part(self.namer(name), name, type_)
        if not cases:
            return Written((f"let {part.name} {type_} = {last.operand}",), (part,))
        lines = [f"when {condition.text} then {value.operand}" for condition, value in cases]
        if last.type != "null":
            lines.append(f"otherwise {last.operand}")
        return Written((block(f"let {part.name} {type_}", lines),), (part,))

    # ── functions ─────────────────────────────────────────────────────────────

    def _invoked(self, call: Invocation, name: str, type_: str) -> Written:
        function = self.state.model.functions.get(call.function)
        if function is None:
            raise NotSaidError(f"the function `{call.function}`, which the model does not have", call.place)
        given = {
            parameter: placed(said, lambda said=said: expression(said.text, self.names))  # type: ignore[misc]
            for parameter, said in call.arguments.items()
        }
        return self._applied(function, given, name, type_ or function.type)

    def _called(self, function: Function, arguments: list[Value]) -> Value:
        if len(arguments) != len(function.parameters):
            raise NotSaidError(f"`{function.name}` with {len(arguments)} arguments", function.place)
        given = dict(zip(function.parameters, arguments, strict=True))
        made = self._applied(function, given, f"{self.owner} {function.name}", function.type)
        self.before += made.text
        if len(made.parts) != 1:
            raise NotSaidError(f"`{function.name}(…)`, which gives several values", function.place)
        return Value(made.parts[0].name, made.parts[0].type)

    def _applied(self, function: Function, given: Mapping[str, Value], name: str, type_: str) -> Written:
        """A function as it is for these arguments, each of which gets a name where it is worked out."""
        names = dict(self.state.names)
        for parameter in function.parameters:
            value = given.get(parameter, Value("missing", "null"))
            if not value.is_plain and not isinstance(value.literal, int | float):
                held = self.namer(f"{name} {parameter}")
                self.before.append(f"let {held} = {value.text}")
                value = Value(held, value.type)
            names[parameter] = value
        inner = _Scope(self.state, name, names, self.before, self.depth + 1)
        return inner.written(function.logic, name, type_, function.place)


def _checked(
    policy: str, records: Mapping[str, list[str]], lets: list[str], parts: list[Part], decision: Decision
) -> None:
    """Asks the checker; raises :class:`NotSaidError` with what it says."""
    try:
        Policy.from_text(_policy(policy, "", records, lets, parts))
    except PolicyError as error:
        first = next(item for item in error.diagnostics if item.severity == "error")
        raise NotSaidError(f"what it says ({first.message})", decision.place) from None


# ── the policy ────────────────────────────────────────────────────────────────


def _text(state: _State, policy: str, title: str, source: str, lead: Routed) -> str:
    head = comment(f"Translated from {visible(PurePath(source).name)}, a DMN model.")
    refused = [
        comment(f"refused: {visible(note.where)}: {visible(note.message)}", hanging="  ")
        for note in state.notes
    ]
    comments = head, "\n".join(refused)
    return _policy(policy, title, state.records, state.lets, state.parts, *comments, lead=lead)


def _policy(
    policy: str,
    title: str,
    records: Mapping[str, list[str]],
    lets: list[str],
    parts: list[Part],
    *comments: str,
    lead: Routed | None = None,
) -> str:
    named = f"policy {policy}" + (f" {quoted(visible(title))}" if title else "")
    outcome = [f"{part.name} {part.type} ?" for part in parts]
    given = "".join(f", {part.name} = {part.name}" for part in parts)
    return policy_text(
        named,
        *comments,
        section("what comes in"),
        block("record contact", [f"channel one of {CHANNEL} = {CHANNEL}", "at time ?"]),
        *(block(f"record {record}", fields) for record, fields in records.items()),
        block(f"channel {CHANNEL}", ["assisted"]),
        *(block(f"queue {queue}", [f"on {CHANNEL}"]) for queue in ((lead and lead.queues) or (QUEUE,))),
        *((lead and lead.messages) or ()),
        section("what is decided"),
        *lets,
        block("outcome", outcome) if outcome else "",
        _route(lead, given),
        block("adjust", lead.adjusted) if lead is not None and lead.adjusted else "",
    )


def _route(lead: Routed | None, given: str) -> str:
    """The rules, one for each queue; each sets all parts of the outcome."""
    rules = () if lead is None else lead.rules
    last = QUEUE if lead is None or not lead.queues else lead.queues[-1]
    return block(
        "route",
        [
            *(rule(name, when=when, body=f"then queue {queue}{given}") for name, when, queue in rules),
            f"otherwise queue {last}{given}",
        ],
    )


def _overlapping(state: _State, policy: Policy) -> Iterator[Noted]:
    """Rules of tables that must not hold together and do, each with a contact that shows it."""
    from routekit.analysis import prove

    strict = {name: each for name, each in state.tables.items() if each[1].hit in ("UNIQUE", "ANY")}
    if not strict:
        return
    for finding in prove(policy, overlaps=True).findings:
        if finding.subject not in strict or finding.kind not in ("overlap", "unknown"):
            continue
        decision, table, _ = strict[finding.subject]
        shown = "" if finding.witness is None else f", for {finding.witness.contact}"
        message = f"the hit policy is {table.hit}, but {finding.message}{shown}"
        yield Noted("overlap", decision.place.words, message)
