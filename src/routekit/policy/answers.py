"""What a company says: messages with the facts of a day in them, and answers by matter and channel."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from routekit.policy.contact_map import Matter
from routekit.policy.kept_facts import KeptValue
from routekit.policy.model import CheckedPolicy
from routekit.policy.references import INBOUND, declared
from routekit.policy.sms import is_sms, measure_sms
from routekit.policy.wordings import filled, placeholders
from routekit.schema.times import on_wall, utc_now, zone
from routekit.schema.types import Choice
from routekit.translation import plural, t

__all__ = ["Answer", "Said", "all_answers", "day_of", "say", "sms_text"]


@dataclass(frozen=True, slots=True)
class Said:
    """A message as it is said on a channel on a day.

    ``facts`` are those in it, by name. ``missing`` names the places that nothing filled, which stand in the
    text as they are written, `{pay_url}`; ``expired`` those of them that are facts without a value on that
    day. ``length`` counts what is sent: characters, or, where SMS are sent, what ``encoding`` sends in so
    many ``parts``.
    """

    message: str
    channel: str
    text: str
    on: date
    facts: tuple[tuple[str, KeptValue], ...] = ()
    missing: tuple[str, ...] = ()
    expired: tuple[str, ...] = ()
    length: int = 0
    encoding: Literal["GSM-7", "UCS-2"] | None = None
    parts: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every place was filled, so that it can be said."""
        return not self.missing

    def to_dict(self) -> dict[str, object]:
        """Returns all of it for JSON; of each fact its value, and until when it holds and who keeps it."""
        return {
            "message": self.message,
            "channel": self.channel,
            "text": self.text,
            "missing": list(self.missing),
            "expired": list(self.expired),
            "facts": {
                name: {
                    "value": value.said,
                    "until": None if value.until is None else value.until.isoformat(),
                    "kept_by": value.kept_by or None,
                }
                for name, value in self.facts
            },
            "length": self.length,
            "encoding": self.encoding,
            "parts": self.parts,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said about a matter on a channel, by one of its messages."""

    matter: Matter
    said: Said

    def to_dict(self) -> dict[str, object]:
        """Returns the matter, with its title, and what is said."""
        return {"matter": self.matter.name, "title": self.matter.title, **self.said.to_dict()}


def sms_text(said: Said) -> str:
    """Tells how an SMS goes out, as in `47 of GSM-7 in 1 part`; empty for what is none."""
    if said.parts is None:
        return ""
    parts = plural("{number} part", "{number} parts", said.parts)
    return t("{length} of {encoding} in {parts}", length=said.length, encoding=said.encoding, parts=parts)


def day_of(policy: CheckedPolicy, on: date | None) -> date:
    """Returns the day that is meant: that of a time by the policy's clock; today where none is given."""
    if on is not None and not isinstance(on, datetime):
        return on
    moment = utc_now() if on is None else on
    return moment.date() if moment.tzinfo is None else on_wall(moment, zone(policy.timezone)).date()


def say(
    policy: CheckedPolicy, message: str, channel: str, day: date, fills: Mapping[str, object] | None = None
) -> Said | None:
    """Says a message on a channel; None where it has no wording for that.

    A place that is called like a fact is filled with the fact, whatever ``fills`` holds, any other from
    ``fills``. Raises ``KeyError`` for a message or channel that the policy does not have.
    """
    if message not in policy.messages:
        raise KeyError(t("the policy has no message `{name}`", name=message))
    wordings = policy.messages[message].wordings
    if channel not in wordings:
        if channel not in _channels(policy):
            raise KeyError(t("the policy has no channel `{name}`", name=channel))
        return None
    wording = wordings[channel]
    places = placeholders(wording)
    kept = {fact.name: fact.on(day) for fact in policy.facts if fact.name in places}
    facts = tuple((name, value) for name in places if (value := kept.get(name)) is not None)
    values = {name: str(value) for name, value in (fills or {}).items() if name not in kept}
    values |= {name: value.said for name, value in facts}
    text = filled(wording, values)
    missing = tuple(name for name in places if name not in values)
    expired = tuple(name for name in missing if name in kept)
    sms = measure_sms(text) if is_sms(channel) else None
    if sms is None:
        return Said(message, channel, text, day, facts, missing, expired, len(text))
    return Said(message, channel, text, day, facts, missing, expired, sms.length, sms.encoding, sms.parts)


def _channels(policy: CheckedPolicy) -> frozenset[str]:
    """The channels of the policy, and those by which a contact can come in."""
    inbound = declared(policy).get(INBOUND)
    names = inbound.type.names if inbound is not None and isinstance(inbound.type, Choice) else ()
    return frozenset((*policy.channels, *names))


def all_answers(
    policy: CheckedPolicy,
    day: date,
    *,
    channel: str | None = None,
    matter: str | None = None,
    fills: Mapping[str, object] | None = None,
) -> Iterator[Answer]:
    """Yields the answers of a policy, in the order of its matters, messages and wordings.

    Only those on one channel, or about one matter, where that is given.
    """
    for known in policy.contact_map.matters:
        if matter not in (None, known.name):
            continue
        for message in policy.messages.values():
            if known.name not in message.about:
                continue
            for spoken in message.wordings:
                if channel in (None, spoken):
                    said = say(policy, message.name, spoken, day, fills)
                    if said is not None:
                        yield Answer(known, said)
