"""Between Amazon Connect and a policy: its event as a contact, a decision as the flat map that it wants."""

import json
from collections.abc import Mapping

from routekit import Decision
from routekit.intake.cells import Columns, nested

__all__ = ["MOST_BYTES", "answer_of", "contact_of", "parameters_of"]

MOST_BYTES = 32_000
"""What Connect takes in all."""

_CHANNELS = {"VOICE": "voice", "CHAT": "chat", "EMAIL": "email"}


def contact_of(event: object, columns: Columns) -> dict[str, object]:
    """The contact that an event tells of; whatever is missing or odd in it is left to the policy.

    The attributes of the flow and the parameters of its block are named after fields, as columns of a table
    are: ``contact.intent``, ``customer.id``, ``live.general.waiting``; ``intent`` is ``contact.intent``.
    Connect sends text alone, which is read by the type of its field. Other attributes are left alone.

    >>> data = {"Channel": "VOICE", "Attributes": {"intent": "billing", "x": "y"},
    ...         "CustomerEndpoint": {"Address": "+8613800001002"}}
    >>> contact_of({"Details": {"ContactData": data}}, {"contact.intent": str})
    {'contact': {'channel': 'voice', 'intent': 'billing'}, 'customer': {'phone': '+8613800001002'}}
    """
    details = _inner(event, "Details")
    data = _inner(details, "ContactData")
    found: dict[str, object] = {}
    channel, language = data.get("Channel"), data.get("LanguageCode")
    if isinstance(channel, str):
        found["contact.channel"] = _CHANNELS.get(channel, channel.lower())
    if isinstance(language, str):
        found["contact.language"] = language.partition("-")[0]
    for name, value in {**_inner(data, "Attributes"), **_inner(details, "Parameters")}.items():
        path = name if "." in name else f"contact.{name}"
        if path in columns and isinstance(value, str) and value:
            found[path] = columns[path](value)
    found["customer.phone"] = _inner(data, "CustomerEndpoint").get("Address")
    return nested(list(found), found.values())


def parameters_of(event: object) -> dict[str, str]:
    """What the block itself was given, as far as it is text."""
    given = _inner(_inner(event, "Details"), "Parameters")
    return {name: value for name, value in given.items() if isinstance(value, str)}


def _inner(value: object, name: str) -> Mapping[str, object]:
    inner = value.get(name) if isinstance(value, Mapping) else None
    return inner if isinstance(inner, Mapping) else {}


def answer_of(decision: Decision, more: Mapping[str, str]) -> dict[str, str]:
    """A decision as texts by plain names, within what Connect takes; ``more`` is added.

    What there is none of, such as an agent, is an empty text: a flow can test for that.

    >>> answer_of(Decision("care", "1", "otherwise", "voice", "general", priority=3), {})["priority"]
    '3'
    """
    answer = {
        "rule": decision.rule,
        "queue": decision.queue,
        "channel": decision.channel,
        "priority": str(decision.priority),
        "agent": decision.agent or "",
        "skills": ",".join(sorted(decision.skills)),
        "offers": ",".join(decision.offers),
        "message": decision.message or "",
        "because": decision.because,
        "plan": json.dumps([step.to_dict() for step in decision.plan]),
        "problems": "; ".join(map(str, decision.problems)),
        "revision": decision.revision,
        **more,
    }
    while len(json.dumps(answer)) > MOST_BYTES:
        answer[max(answer, key=lambda name: len(answer[name]))] = ""
    return answer
