"""Facts as they are typed, in the policy's words: values, the clock, offers shown; or a contact as JSON."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from routekit.checker.adhoc_expressions import AdhocError, Setting
from routekit.diagnostics import closest
from routekit.intake.cells import columns_of
from routekit.intake.unknown import UnknownField, UnknownFields
from routekit.policy.facts import Shown
from routekit.policy.model import Given
from routekit.readers import TableSettings, UnreadableContactsError, kind_of, open_contacts
from routekit.reasons.words import joined, quoted
from routekit.repl.session import RefusedError, Session, fields_of
from routekit.repl.wording import visible
from routekit.schema.reading import REQUIRED
from routekit.schema.times import in_bounds, parse_duration, parse_time, zone
from routekit.schema.types import Text
from routekit.syntax.lexer import RAW_TOKEN
from routekit.translation import t

__all__ = [
    "as_given",
    "hint_for",
    "is_fact",
    "json_contact",
    "load_contact",
    "moment",
    "set_contact",
    "set_facts",
    "shown",
]

_FACT = re.compile(r"\s*[^\W\d]\w*(?:\s*\.\s*[^\W\d]\w*)*\s*=(?!=)")
_LIVE = re.compile(r"\blive\s*\.(?=\s*\w+\s*\.)")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")
_BARE_TEXT = re.compile(r"=?\s*([^\s\"{,][^\s\",]*)\s*")
MOST_NAMED = 5


# ── one after another ─────────────────────────────────────────────────────────


def is_fact(line: str) -> bool:
    """Checks whether a line sets something.

    >>> is_fact("customer.tier = gold"), is_fact("customer.tier is gold"), is_fact("customer.value == 3")
    (True, False, False)
    """
    return _FACT.match(line) is not None


def as_given(line: str) -> str:
    """Returns the line as ``given`` has it, each character at its place.

    >>> as_given('live.general.waiting = 12, customer.name = "a = b"')
    '     general.waiting   12, customer.name   "a = b"'
    """
    pieces, position = [], 0
    while position < len(line):
        match = RAW_TOKEN.match(line, position)
        piece = match.group() if match else line[position]
        pieces.append(" " if piece == "=" else piece)
        position += len(piece)
    text = "".join(pieces)
    return _LIVE.sub(lambda found: " " * len(found.group()), text)


def set_facts(session: Session, text: str) -> tuple[Setting, ...]:
    """Sets what a text gives, all of it or nothing. Raises ``AdhocError`` where something does not fit."""
    settings = session.version.adhoc.settings(text)
    for setting in settings:
        session.put(setting.path, setting.given)
    return settings


def hint_for(session: Session, text: str, error: AdhocError) -> str:
    """Tells what was likely meant, where the value of a text field stands without quotes."""
    if any(found.help for found in error.diagnostics):
        return ""
    path, _, value = text.strip().partition(" ")
    owner, _, member = path.partition(".")
    field = fields_of(session.version.policy.checked).get((owner, member))
    bare = _BARE_TEXT.fullmatch(value.strip())
    if field is not None and isinstance(field.type, Text) and bare:
        return t('a text stands in quotes: `{path} = "{text}"`', path=path, text=bare[1])
    return ""


# ── the clock and the caps ────────────────────────────────────────────────────


def moment(session: Session, text: str) -> datetime | None:
    """Reads a time as it is typed: in full, its hours alone for today, or ``3d ago``; None for no time."""
    local = zone(session.version.policy.checked.timezone)
    text = " ".join(text.split())
    if _CLOCK.fullmatch(text):
        text = f"{session.read().now.astimezone(local).date()} {text}"
    if text.endswith(" ago"):
        span = parse_duration(text.removesuffix(" ago"))
        try:
            then = None if span is None else session.read().now - span
        except OverflowError:
            return None
        return then if then is not None and in_bounds(then) else None
    return parse_time(text, local)


def shown(session: Session, text: str) -> Shown:
    """Reads an offer that the customer has been shown: ``fibre_1g 3d ago``."""
    policy = session.version.policy.checked
    name, _, when = text.strip().partition(" ")
    offers = [offer.name for offer in policy.offers]
    if name not in offers:
        likely = closest(name, offers)
        hint = (
            t("did you mean `{likely}`?", likely=likely)
            if likely
            else t("there are {listed}", listed=joined(offers))
            if offers
            else ""
        )
        raise RefusedError(
            t("the policy has no offer `{name}`\n{hint}", name=visible(name)[:100], hint=hint).rstrip()
        )
    at = moment(session, when) if when.strip() else session.read().now
    if at is None:
        raise RefusedError(
            t(
                "`{text}` is no time\nwrite `3d ago`, or a time such as 2026-11-01 09:00",
                text=visible(when.strip())[:100],
            )
        )
    return Shown(name, at)


# ── a whole contact ───────────────────────────────────────────────────────────


def load_contact(session: Session, text: str) -> Iterator[str]:
    """Takes a contact of a file, ``FILE`` the first, ``FILE:3`` that of the third line or row."""
    name, _, number = text.strip().strip('"').rpartition(":")
    if not name or not number.isdigit() or len(number) > 9:
        name, number = text.strip().strip('"'), ""
    try:
        with Path(name).open("rb"):
            if not Path(name).is_file():
                raise RefusedError(t("`{name}` is no file", name=visible(name)))
        columns = columns_of(session.version.policy.checked)
        mapped = {name: field for name, field in session.columns.items() if not field or field in columns}
        settings = TableSettings(columns=mapped)
        contacts = open_contacts(name, kind_of(name) or "jsonl", columns, settings)
        with closing(contacts):
            row = next((row for row in contacts.rows if not number or row.number >= int(number)), None)
    except UnreadableContactsError as error:
        raise RefusedError(visible(f"{error}\n{error.hint}".rstrip())) from None
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        raise RefusedError(
            t("`{name}` cannot be read: {reason}", name=visible(name), reason=reason)
        ) from None
    if row is None or (number and row.number != int(number)):
        raise RefusedError(
            t("`{name}` has no contact in line {number}", name=visible(name), number=number)
            if number
            else t("`{name}` has no contact", name=visible(name))
        )
    if row.broken:
        raise RefusedError(visible(f"{row.place} {row.broken}"))
    yield from map(visible, contacts.notes)
    yield from set_contact(session, _as_object(row.contact), contacts.unknown.found())


def json_contact(text: str) -> Mapping[str, object]:
    """Returns the contact that a JSON object holds."""
    try:
        contact = json.loads(text)
    except json.JSONDecodeError as error:
        where = (
            t("line {line}, column {column}", line=error.lineno, column=error.colno)
            if error.lineno > 1
            else t("column {column}", column=error.colno)
        )
        raise RefusedError(
            t(
                'this is no JSON: {error} in {where}\na contact looks like {{"contact": '
                '{{"channel": "voice"}}, "customer": {{"value": 92}}}}',
                error=error.msg.lower(),
                where=where,
            )
        ) from None
    except (ValueError, RecursionError):
        raise RefusedError(t("this holds a number or a nesting that is too large")) from None
    return _as_object(contact)


def _as_object(contact: object) -> Mapping[str, object]:
    if not isinstance(contact, dict):
        raise RefusedError(t('a contact is an object: {"contact": {"channel": "voice"}}'))
    return contact


def set_contact(
    session: Session, contact: Mapping[str, object], others: Iterable[UnknownField] | None = None
) -> Iterator[str]:
    """Puts a contact in the place of what was set; what of it is left out, and why.

    ``others`` are the fields that came with it and that the policy does not have, by default its own.
    """
    version = session.version
    policy = version.policy.checked
    facts = version.intake.read(contact, session.now())
    session.reset()
    for key, value in facts.fields.items():
        if value is not None and _sends(contact.get(key[0]), key[1]) and not _is_wrong(facts.problems, key):
            session.put(key, Given(key, live=False, value=value))
    live = contact.get("live")
    for key, value in facts.signals.items():
        sent = live.get(key[0]) if isinstance(live, dict) else None
        if value is not None and _sends(sent, key[1]) and not _is_wrong(facts.problems, ("live", *key)):
            session.put(key, Given(key, live=True, value=value))
    offers = {offer.name for offer in policy.offers}
    session.shown = tuple(item for item in facts.shown if item.offer in offers and item.times == 1)
    for problem in facts.problems:
        if problem.message != t(REQUIRED):
            yield t("left out: {problem}", problem=problem)
    if others is None:
        unknown = UnknownFields(columns_of(policy))
        unknown.note(contact)
        others = unknown.found()
    found = [quoted(field.name)[1:-1] + _likely(field) for field in others if field.contacts]
    if found:
        more = t(" and {number} more", number=len(found) - MOST_NAMED) if len(found) > MOST_NAMED else ""
        yield t(
            "not in the policy, so without effect: {listed}{more}",
            listed=t(", ").join(found[:MOST_NAMED]),
            more=more,
        )


def _likely(field: UnknownField) -> str:
    return t(" (did you mean `{likely}`?)", likely=field.likely) if field.likely is not None else ""


def _sends(container: object, key: str) -> bool:
    return isinstance(container, dict) and container.get(key) is not None


def _is_wrong(problems: object, key: tuple[str, ...]) -> bool:
    path = ".".join(key)
    return any(problem.path == path for problem in problems)  # type: ignore[attr-defined]
