"""Wordings that are too long for their channel, and facts that have no value soon."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from routekit.contact_map.results import Finding
from routekit.diagnostics import MAP_CODES
from routekit.policy import expressions as e
from routekit.policy.kept_facts import KeptFact
from routekit.policy.model import Channel, CheckedPolicy, Message
from routekit.policy.references import care_expressions, expressions
from routekit.policy.sms import Sms, is_sms, measure_sms
from routekit.policy.wordings import filled, placeholders
from routekit.reasons.words import joined
from routekit.translation import t

__all__ = ["expired", "too_long"]

_SOON = 60
"""Days, today being none of them."""
_SMS = 160
"""Letters of an SMS of one part."""


# ── what is too long ──────────────────────────────────────────────────────────


def too_long(policy: CheckedPolicy, on: date, fills: Mapping[str, str]) -> Iterator[Finding]:
    """Yields the wordings that are longer than their channel carries, from a day on.

    Facts are put in by their longest values; of what else is to be filled in, only ``fills`` are.
    """
    for message in policy.messages.values():
        for name, wording in message.wordings.items():
            channel = policy.channels.get(name)
            if channel is not None and channel.carries is not None:
                yield from _too_long(message, channel, list(_texts(policy, wording, on, fills)))


def _texts(policy: CheckedPolicy, wording: str, on: date, fills: Mapping[str, str]) -> Iterator[str]:
    """A wording with the longest values of its facts; and with each of those that change its encoding."""
    said = {
        fact.name: [value.said for value in fact.values if value.until is None or value.until >= on]
        for fact in policy.facts
        if fact.name in placeholders(wording)
    }
    longest = {name: max(values, key=len) for name, values in said.items() if values}
    in_septets = {name: max(values, key=_septets) for name, values in said.items() if values}
    rest = {name: fills.get(name, "") for name in placeholders(wording) if name not in longest}
    yield from (filled(wording, rest | values) for values in (longest, in_septets))
    for name, values in said.items():
        for value in values:
            if _septets(value) == 0:
                yield filled(wording, rest | longest | {name: value})


def _septets(value: str) -> int:
    """How long a value is in an SMS; 0 where that goes out otherwise because of it."""
    measured = measure_sms(value)
    return measured.length if measured.encoding == "GSM-7" else 0


def _too_long(message: Message, channel: Channel, texts: list[str]) -> Iterator[Finding]:
    most = channel.carries or 0
    said = {"message": message.name, "channel": channel.name, "most": most}
    if is_sms(channel.name):
        sms = max(map(measure_sms, texts), key=lambda item: (item.parts, item.length))
        if not _is_carried(sms, most):
            text = t(
                "the wording of `{message}` for {channel} is {length} long in {encoding} and takes {parts} "
                "SMS; it carries {most} letters",
                **said,
                length=sms.length,
                encoding=sms.encoding,
                parts=sms.parts,
            )
            yield Finding("too long", MAP_CODES["too long"], message.name, text, span=message.span)
        return
    letters = max(map(len, texts))
    if letters > most:
        text = t(
            "the wording of `{message}` for {channel} has {letters} letters; it carries {most}",
            **said,
            letters=letters,
        )
        yield Finding("too long", MAP_CODES["too long"], message.name, text, span=message.span)


def _is_carried(sms: Sms, most: int) -> bool:
    return sms.length <= most and sms.parts <= -(-most // _SMS)


# ── what has no value soon ────────────────────────────────────────────────────


def expired(policy: CheckedPolicy, on: date) -> Iterator[Finding]:
    """Yields the facts that have no value on a day soon, and that a message or a condition needs."""
    asked = {
        part.name for expr in _expressions(policy) for part in e.parts(expr) if isinstance(part, e.LetRef)
    }
    for fact in policy.facts:
        needing = [
            t("message `{message}`", message=message.name)
            for message in policy.messages.values()
            if any(fact.name in placeholders(wording) for wording in message.wordings.values())
        ]
        needing += [t("a condition")] if fact.name in asked else []
        days = (on + timedelta(days=number) for number in range(_SOON + 1))
        day = next((day for day in days if fact.on(day) is None), None)
        if needing and day is not None:
            yield _expired(fact, day, needing)


def _expired(fact: KeptFact, day: date, needing: list[str]) -> Finding:
    before = [value for value in fact.values if value.until is not None and value.until < day]
    last = before[-1] if before else fact.values[0]
    kept = t(", kept by {who}", who=last.kept_by) if last.kept_by else ""
    text = t(
        "the fact `{fact}`{kept} has no value on {day}, and {needing} need it",
        fact=fact.name,
        kept=kept,
        day=day.isoformat(),
        needing=joined(needing),
    )
    return Finding("expired", MAP_CODES["expired"], fact.name, text, span=last.span)


def _expressions(policy: CheckedPolicy) -> Iterator[e.Expr]:
    """All that a decision, care or the map may ask for."""
    yield from expressions(policy)
    yield from care_expressions(policy)
    for matter in policy.contact_map.matters:
        for condition in (matter.condition, *(item.condition for item in matter.solved)):
            if condition is not None:
                yield condition
