"""What may stand at the cursor: names of the policy, values of a field, commands."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from routekit.policy.model import SWITCH, CheckedPolicy, Field, Let, Segment, Titled
from routekit.policy.operators.functions import FUNCTIONS
from routekit.policy.operators.registry import tests
from routekit.policy.outcome_parts import parts_of
from routekit.policy.outcomes import names_in
from routekit.repl.commands import COMMANDS, command_named
from routekit.repl.session import Session, fields_of
from routekit.schema.types import Choice, Flag, SetOf, Type, describe, listed_name
from routekit.translation import t

__all__ = ["Completion", "completions"]

_WORD = re.compile(r"[\w.]*$")
_PATH_BEFORE = re.compile(
    r"([^\W\d]\w*)\s*\.\s*([^\W\d]\w*)\s*(?:=|==|!=|<=|>=|<|>|is\s+not|is|not\s+in|in|has\s+any|has\s+all|has)\s*"
    r"(?:\{[^{}]*|[\w.\"]*\s*)$"
)
_SWITCH = re.compile(rf"(?:^|[\s,]){SWITCH}\s+(?:(\w+)\s+)?\w*$")
_REACHED = re.compile(r"\breach(?:es)?\b(.*)$", re.DOTALL)
_PART_BEFORE = re.compile(
    r"\b(\w+)\s+(?:(?:is(?:\s+not)?|(?:not\s+)?in|has(?:\s+(?:any|all))?)\s*)?(?:\{[^{}]*)?$"
)
_STATES = ("missing", "known")
MOST_FILES = 200


@dataclass(frozen=True, slots=True)
class Completion:
    """A text for the last ``length`` characters before the cursor, and what it is."""

    text: str
    length: int
    meaning: str = ""


def completions(session: Session, before: str) -> list[Completion]:
    """Tells what may stand at the cursor, behind the text before it."""
    good = session.versions.good
    if '"' in before and before.count('"') % 2:
        return []
    word = _WORD.search(before)
    begun = word.group() if word else ""
    policy = good.policy.checked if good else None
    if policy is None:
        return _matching(_commands(), begun) if before.strip() == begun else []
    head, _, tail = before.lstrip().partition(" ")
    command = command_named(head) if before.lstrip() != head else None
    if command is not None and command.takes == "question":
        asked = _outcomes(policy, before[: len(before) - len(begun)])
        if asked:
            return _matching(asked, begun)
    elif command is not None and "=" not in tail:
        found = _behind(session, policy, command.takes, tail)
        if command.takes == "file":
            return _matching(found, tail.lstrip())
        if found or command.takes != "fact":
            return _matching(found, begun)
    owner, dot, _ = begun.rpartition(".")
    if dot:
        return _matching(_members(session, policy, owner), begun)
    field = _field_before(policy, before[: len(before) - len(begun)])
    if field is not None:
        return _matching(_values(field, before), begun)
    at_start = not before[: len(before) - len(begun)].strip()
    known = [*_paths(policy), *_definitions(policy)]
    return _matching([*(_commands() if at_start else _words(policy)), *known], begun)


def _matching(found: Iterable[tuple[str, str]], begun: str) -> list[Completion]:
    """Those that begin as was begun, in any case; else those that hold it in their middle."""
    items = dict(reversed(list(found)))
    ordered = [(text, items[text]) for text in reversed(items)]
    wanted = begun.casefold()
    first = [(text, meaning) for text, meaning in ordered if text.casefold().startswith(wanted)]
    chosen = first or [(text, meaning) for text, meaning in ordered if wanted in text.casefold()]
    return [Completion(text, len(begun), meaning) for text, meaning in chosen]


def _commands() -> Iterator[tuple[str, str]]:
    return ((command.name, command.help) for command in COMMANDS)


def _behind(session: Session, policy: CheckedPolicy, takes: str, tail: str) -> list[tuple[str, str]]:
    match takes:
        case "command":
            return list(_commands())
        case "name":
            rules = [(rule.name, rule.title or "rule") for rule, *_ in policy.written_rules()]
            adjusting = [(rule.name, rule.title or "rule") for rule in policy.adjustments]
            return [*rules, *adjusting, *_offers(policy)]
        case "offer":
            return _offers(policy)
        case "message":
            return _messages(policy, tail)
        case "set":
            facts = [(".".join(path), session.written(given)) for path, given in session.facts.items()]
            return [*facts, ("now", t("the clock")), ("shown", t("the offers shown"))]
        case "file":
            return list(_files(tail.lstrip()))
        case "fact":
            return _switches(policy, tail)
        case _:
            return []


def _switches(policy: CheckedPolicy, tail: str) -> list[tuple[str, str]]:
    """What stands behind ``switch``, as an example writes it: the name of one, then whether it is on."""
    found = _SWITCH.search(tail)
    if found is None:
        return []
    if found[1] is not None:
        return [("yes", "switch"), ("no", "switch")]
    paths = (path for path in fields_of(policy) if path[0] == SWITCH)
    return [(name, policy.titles.get(("field", f"{SWITCH}.{name}"), "switch")) for _, name in paths]


def _outcomes(policy: CheckedPolicy, before: str) -> list[tuple[str, str]]:
    """What stands behind the ``reach`` of a question: parts of the outcome, and the names that they have."""
    question = _REACHED.search(before)
    if question is None:
        return [] if before.split()[1:] else [("can", t("a contact")), ("who", t("which contacts"))]
    parts = [part for part in parts_of(policy) if part.promised]
    asked = _PART_BEFORE.search(question[1])
    if asked is not None:
        word = {"offer": "offers"}.get(asked[1], asked[1])
        part = next((each for each in parts if each.name == word), None)
        if part is not None and part.names:
            return [(name, part.word) for name in names_in(policy, part)]
        if part is not None or word == "outcome":
            return []
    said = t("part of the outcome")
    words = [(f"outcome.{part.word}" if part.field else part.word, said) for part in parts]
    return [*words, ("a machine", ""), ("a person", ""), *((word, "") for word in ("and", "or", "not"))]


def _offers(policy: CheckedPolicy) -> list[tuple[str, str]]:
    return [(offer.name, offer.title or "offer") for offer in policy.offers]


def _messages(policy: CheckedPolicy, tail: str) -> list[tuple[str, str]]:
    """The messages, and behind the name of one the channels that it has a wording for."""
    named = tail.split(" ")[:-1]
    if not named:
        return [(name, policy.titles.get(("message", name), "message")) for name in policy.messages]
    message = policy.messages.get(named[0])
    return [] if message is None else [(channel, "channel") for channel in message.wordings]


def _files(begun: str) -> Iterator[tuple[str, str]]:
    folder = Path(begun) if begun.endswith("/") else Path(begun).parent
    try:
        for number, item in enumerate(sorted(folder.iterdir())):
            if number == MOST_FILES:
                return
            if not item.name.startswith("."):
                yield f"{item.as_posix()}{'/' if item.is_dir() else ''}", ""
    except (OSError, ValueError):
        return


def _paths(policy: CheckedPolicy) -> Iterator[tuple[str, str]]:
    for (owner, member), field in fields_of(policy).items():
        if owner not in policy.queues:
            yield f"{owner}.{member}", _told(policy, ("field", f"{owner}.{member}"), field.type)
    if policy.live:
        yield from ((f"{queue}.", t("signals of the queue")) for queue in policy.queues)


def _members(session: Session, policy: CheckedPolicy, owner: str) -> list[tuple[str, str]]:
    live = "live." if owner == "live" or owner.startswith("live.") else ""
    if owner == "live":
        return [(f"live.{queue}.", "") for queue in policy.queues] if policy.live else []
    found = fields_of(policy)
    return [
        (f"{live}{record}.{member}", _meaning(session, (record, member), field))
        for (record, member), field in found.items()
        if record == owner.removeprefix("live.")
    ]


def _meaning(session: Session, path: tuple[str, str], field: Field) -> str:
    given = session.facts.get(path)
    told = describe(field.type)
    return t("{told}, now {value}", told=told, value=session.value(given)) if given else told


def _field_before(policy: CheckedPolicy, before: str) -> Field | None:
    """The field whose value is wanted: the one in front of an operator."""
    match = _PATH_BEFORE.search(before[-400:])
    return fields_of(policy).get((match[1], match[2])) if match else None


def _values(field: Field, before: str) -> Iterator[tuple[str, str]]:
    type_: Type = field.type.element if isinstance(field.type, SetOf) else field.type
    if isinstance(type_, Choice):
        yield from ((listed_name(name), describe(field.type)) for name in type_.names)
    elif isinstance(type_, Flag):
        yield from (("yes", "flag"), ("no", "flag"))
    if not before.rstrip().endswith(("{", ",")):
        yield from ((word, "") for word in _STATES[: 1 + before.rstrip().endswith("is")])


def _definitions(policy: CheckedPolicy) -> Iterator[tuple[str, str]]:
    for item in policy.definitions:
        match item:
            case Segment(name):
                yield name, policy.titles.get(("segment", name), "segment")
            case Let(name, _, type_):
                yield name, _told(policy, ("let", name), type_)


def _told(policy: CheckedPolicy, key: tuple[Titled, str], type_: Type) -> str:
    """The title of a value, where it has one, and its type."""
    title = policy.titles.get(key)
    return f"{title}: {describe(type_)}" if title else describe(type_)


def _words(policy: CheckedPolicy) -> Iterator[tuple[str, str]]:
    yield from ((name, "calendar") for name in policy.calendars)
    yield from ((name, "function") for name in FUNCTIONS)
    named = (row.name for row in tests() if row.name[0].isalpha())
    yield from ((word, "") for word in (*named, "and", "or", "not", "now", "today", "missing", "known"))
