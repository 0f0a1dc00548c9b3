"""Commands about the contact: what is set, and the time."""

from collections.abc import Iterable, Iterator

from routekit.diagnostics import closest
from routekit.policy.model import CheckedPolicy
from routekit.repl.facts import json_contact, load_contact, moment, set_contact, set_facts
from routekit.repl.facts import shown as shown_offer
from routekit.repl.session import RefusedError, Session, stands_alone
from routekit.repl.wording import (
    Paint,
    column,
    counted,
    problem_lines,
    time_told,
    visible,
)
from routekit.translation import t

__all__ = ["add_shown", "contact_from", "load", "reset", "set_given", "set_now", "show_facts", "unset"]

_UNSET_TOO = ("now", "shown", "offers_shown")


def show_facts(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Tells what is set, and the time."""
    stands_alone("facts", rest)
    policy = session.version.policy.checked
    if not session.facts and not session.shown:
        yield t("nothing is set yet: write {sample}", sample=paint("name", _sample(policy)))
    filled = column(".".join(path) for path in session.facts)
    for path, given in session.facts.items():
        name = ".".join(path)
        yield f"{paint('name', filled(name))} = {visible(session.value(given))}"
    for item in session.shown:
        yield t(
            "{shown} {offer} at {time}",
            shown=paint("name", "shown"),
            offer=visible(item.offer or ""),
            time=time_told(item.at, policy.timezone),
        )
    yield _time(session)
    yield from problem_lines(session.decide().problems, paint)


def _sample(policy: CheckedPolicy) -> str:
    record = next(record for record in policy.records if record.name == "contact")
    field = next((field.name for field in record.fields if field.name == "channel"), "")
    channel = next(iter(policy.channels), "voice")
    return f"contact.channel = {channel}" if field else "RECORD.FIELD = VALUE"


def set_given(session: Session, rest: str, _: Paint) -> Iterator[str]:
    """Sets facts as an example writes them."""
    if not rest:
        raise RefusedError(t("`given` names facts as an example does: `given customer.value 92`"))
    set_facts(session, rest)
    yield from ()


def unset(session: Session, rest: str, _: Paint) -> Iterator[str]:
    """Forgets facts."""
    names = rest.replace(",", " ").split()
    if not names:
        raise RefusedError(t("say what to forget: `unset customer.value`; `reset` forgets everything"))
    known = {".".join(path): path for path in session.facts}
    names = [name.removeprefix("live.") for name in names]
    for name in names:
        if name not in (*known, *_UNSET_TOO, *(owner for owner, _ in session.facts)):
            raise _not_set(name, [*known, "shown", "now"])
    for name in names:
        if name == "now":
            session.clock = None
        elif name in _UNSET_TOO:
            session.shown = ()
        for path in [path for path in session.facts if name in (path[0], ".".join(path))]:
            session.put(path, None)
    yield from ()


def _not_set(name: str, known: list[str]) -> RefusedError:
    likely = closest(name, known)
    hint = t("did you mean `{likely}`?", likely=likely) if likely else t("`facts` shows what is set")
    return RefusedError(t("`{name}` is not set\n{hint}", name=visible(name)[:100], hint=hint))


def reset(session: Session, rest: str, _: Paint) -> Iterator[str]:
    """Forgets everything."""
    stands_alone("reset", rest)
    session.reset()
    session.clock = None
    yield t("everything is forgotten, the time is the real one")


def set_now(session: Session, rest: str, _: Paint) -> Iterator[str]:
    """Shows or sets the time."""
    policy = session.version.policy.checked
    if rest in ("missing", "real"):
        session.clock = None
    elif rest:
        found = moment(session, rest)
        if found is None:
            raise RefusedError(
                t(
                    "`{rest}` is no time\nwrite `now 2026-11-23 10:00`, or `now 10:00` for today",
                    rest=visible(rest)[:100],
                )
            )
        if session.brings_time:
            at = time_told(session.read().now, policy.timezone)
            raise RefusedError(
                t(
                    "`contact.at` is set ({at}), and that is the time of the decision\nset "
                    "`contact.at`, or `unset contact.at` first",
                    at=at,
                )
            )
        session.clock = found
    yield _time(session)


def _time(session: Session) -> str:
    policy = session.version.policy.checked
    told = t(
        "now is {time} in {timezone}",
        time=time_told(session.read().now, policy.timezone),
        timezone=policy.timezone,
    )
    if session.brings_time:
        return t("{told}, by contact.at", told=told)
    return told if session.clock else t("{told}, the real time; `now TIME` sets another", told=told)


def add_shown(session: Session, rest: str, _: Paint) -> Iterator[str]:
    """Notes an offer that was made before."""
    policy = session.version.policy.checked
    if not rest:
        raise RefusedError(t("name the offer that the customer has seen: `shown OFFER 3d ago`"))
    item = shown_offer(session, rest)
    session.shown = (*session.shown, item)
    yield t(
        "offer {offer} was shown at {time}",
        offer=item.offer,
        time=time_told(item.at, policy.timezone),
    )
    if not any(offer.caps for offer in policy.offers if offer.name == item.offer):
        yield t("no cap counts it: {offer} may be made as often as it fits", offer=item.offer)


def load(session: Session, rest: str, _: Paint) -> Iterator[str]:
    """Takes a contact from a file."""
    if not rest:
        raise RefusedError(t("name a file of contacts: `load contacts.jsonl`, or `load contacts.jsonl:3`"))
    yield from _told(session, load_contact(session, rest))


def contact_from(session: Session, text: str, _: Paint) -> Iterator[str]:
    """Puts the contact that a JSON object holds in the place of the facts."""
    yield from _told(session, set_contact(session, json_contact(text)))


def _told(session: Session, lines: Iterable[str]) -> Iterator[str]:
    yield from map(visible, lines)
    yield t("a new contact with {facts}", facts=counted(len(session.facts) + len(session.shown), "fact"))
