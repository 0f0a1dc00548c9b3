"""The command that says messages, with the facts of the contact's time in them."""

from collections.abc import Iterator

from routekit.diagnostics import closest
from routekit.engine.answering import Answering
from routekit.policy.answers import Said, day_of, say, sms_text
from routekit.policy.model import CheckedPolicy
from routekit.reasons.words import joined
from routekit.repl.session import RefusedError, Session
from routekit.repl.wording import Paint, visible
from routekit.translation import t

__all__ = ["say_message"]


def say_message(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Says a message on one of its channels, or on all; without a name, what is said to this contact."""
    policy = session.version.policy.checked
    if not rest:
        yield from _to_the_contact(session, paint)
        return
    name, *channels = rest.split()
    if name not in policy.messages:
        raise RefusedError(_unknown(name, policy))
    day = day_of(policy, session.read().now)
    for channel in channels or policy.messages[name].wordings:
        try:
            said = say(policy, name, channel, day)
        except KeyError as unknown:
            raise RefusedError(str(unknown.args[0])) from None
        if said is None:
            yield t("{name} has no wording on {channel}", name=name, channel=channel)
        else:
            yield from _lines(said, paint)


def _to_the_contact(session: Session, paint: Paint) -> Iterator[str]:
    policy = session.version.policy.checked
    decision = session.decide()
    answering = Answering(policy, session.contact(), session.now())
    said = answering.said(decision.message, decision.channel)
    found = [] if said is None else [said]
    found += [answer.said for answer in answering.answers(decision.channel)]
    if not found:
        yield t("nothing is said on {channel}", channel=decision.channel)
    for each in dict.fromkeys(found):
        yield from _lines(each, paint)


def _lines(said: Said, paint: Paint) -> Iterator[str]:
    size = "" if said.parts is None else t("  ({size})", size=sms_text(said))
    yield f"{paint('name', f'{said.message}, {said.channel}')}  {visible(said.text)}{size}"
    if said.missing:
        text = t("nothing fills {names}", names=joined(f"`{name}`" for name in said.missing))
        yield t("{head}: {text}", head=paint("warning", t("note")), text=text)


def _unknown(name: str, policy: CheckedPolicy) -> str:
    likely = closest(name, policy.messages)
    hint = t("did you mean `{likely}`?", likely=likely) if likely else ""
    message = t("the policy has no message `{name}`", name=visible(name))
    return f"{message}\n{hint}" if hint else message
