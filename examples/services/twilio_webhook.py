"""Twilio's webhooks: what a call or a message becomes, as TwiML.

    uvicorn examples.services.twilio_webhook:app --port 8001

Point a number's "a call comes in" at /twilio/voice and "a message comes in" at /twilio/message; a TaskRouter
workflow's assignment callback at /twilio/assignment and its workspace's events at /twilio/events.
"""

import json
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from functools import wraps
from urllib.parse import parse_qsl, urlencode
from xml.etree.ElementTree import Element

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from examples.services.bodies import body_of
from examples.services.desk import Desk, NotReadyError
from examples.services.settings import Settings
from examples.services.twiml import Form, is_signed, twiml, verb
from routekit.service import EventKind, Routed

__all__ = ["app"]

SETTINGS = Settings.from_environment()
AUTH_TOKEN = os.environ.get("TWILIO_AUTH_TOKEN")
"""Signs Twilio's requests; without one they are taken unsigned, for trying out on one machine."""
if AUTH_TOKEN == "":
    sys.exit("TWILIO_AUTH_TOKEN: is empty; give it, or leave it out")
PUBLIC_URL = os.environ.get("TWILIO_PUBLIC_URL", "")
"""The service as Twilio sees it, ``https://…``, where a proxy stands in between: that URL is signed."""
WORKFLOW = os.environ.get("TWILIO_WORKFLOW_SID", "")
"""The TaskRouter workflow that takes calls, ``WW…``; without one they wait in Twilio's queues by name."""
PERSON_QUEUE = os.environ.get("TWILIO_PERSON_QUEUE", "general")
"""Where callers wait for a person when the policy cannot be asked, or names no queue with people."""
MOST_BYTES = 64_000

MENU = {
    "1": "billing",
    "2": "fault",
    "3": "how_to",
    "4": "upgrade",
    "5": "cancel",
    "6": "complaint",
    "7": "other",
}
MENU_TEXT = (
    "For bills press 1, for a fault 2, for help 3, for something new 4, to leave us 5, to complain 6, "
    "for anything else 7."
)
WORDS = {
    "bill": "billing",
    "broken": "fault",
    "down": "fault",
    "how": "how_to",
    "cancel": "cancel",
    "upgrade": "upgrade",
}
"""What a message is about, by a word in it: stands for the classifier that a real service has."""

EVENTS: dict[str, EventKind] = {
    "task-queue.entered": "queued",
    "reservation.accepted": "answered",
    "task.transfer-completed": "transferred",
    "task.canceled": "abandoned",
    "task.completed": "resolved",
}
"""What an event of TaskRouter says of the contact behind its task."""

Fields = dict[str, str]
Endpoint = Callable[[Request, Fields], Awaitable[Response]]
desk = Desk(SETTINGS, key="customer.phone")


# ── calls ─────────────────────────────────────────────────────────────────────


async def voice(request: Request, call: Fields) -> Response:
    """A call has come in, or its caller has pressed a key."""
    intent = MENU.get(call.get("Digits", ""), "other" if "asked" in request.query_params else "")
    if not intent:
        say = verb("Say", MENU_TEXT)
        asked = verb("Gather", say, action="/twilio/voice?asked=1", numDigits="1", timeout="6")
        return _answer(asked, verb("Redirect", "/twilio/voice?asked=1"))
    routed = await desk.router.route(_contact(call, "voice", intent))
    return _answer(*_for_caller(routed))


def _for_caller(routed: Routed) -> Iterator[Element]:
    said, texted = desk.wording(routed, "voice"), desk.wording(routed, "sms")
    if routed.channel == "voice":
        if said:
            yield verb("Say", said)
        yield _enqueue(routed, routed.queue)
    elif routed.channel == "ivr":
        # what a menu of your own does with the keys stands behind this; here each of them leads to a person
        pressed = "/twilio/person?" + urlencode({"queue": _person_queue(routed), "decision": routed.id})
        menu = verb("Say", desk.wording(routed, "ivr") or "")
        yield verb("Gather", menu, action=pressed, numDigits="1", timeout="10")
        yield verb("Redirect", pressed)
    else:
        if said:
            yield verb("Say", said)
        if texted:
            yield verb("Sms", texted)
        yield verb("Pause", length="10")
        yield _enqueue(routed, _person_queue(routed))


async def person(request: Request, _: Fields) -> Response:
    """A caller in the menu wants a person, or has pressed nothing."""
    asked = request.query_params
    return _answer(_queue(asked.get("queue", PERSON_QUEUE), {"decision": asked.get("decision", "")}, 5))


def _person_queue(routed: Routed) -> str:
    """Where somebody who was led to a machine finds a person: the next queue of the plan."""
    return next((step.queue for step in routed.plan if step.queue), PERSON_QUEUE)


def _enqueue(routed: Routed, queue: str) -> Element:
    attributes = {**routed.to_dict(), "decision": routed.id, "queue": queue}
    return _queue(queue, attributes, routed.priority)


def _queue(queue: str, attributes: dict[str, object], priority: int) -> Element:
    if not WORKFLOW:
        return verb("Enqueue", queue)
    # TaskRouter's greater numbers are the more urgent ones
    task = verb("Task", json.dumps(attributes), priority=str(10 - priority))
    return verb("Enqueue", task, workflowSid=WORKFLOW)


# ── messages ──────────────────────────────────────────────────────────────────


async def message(_: Request, sent: Fields) -> Response:
    """A message has come in: answered in the words of the policy, where it has any for an SMS."""
    words = sent.get("Body", "").lower()
    intent = next((intent for word, intent in WORDS.items() if word in words), "other")
    routed = await desk.router.route(_contact(sent, "sms", intent))
    said = desk.wording(routed, "sms")
    return _answer(*([verb("Message", said)] if said else []))


# ── TaskRouter ────────────────────────────────────────────────────────────────


async def assignment(_: Request, task: Fields) -> Response:
    """A worker is reserved for a task: the waiting call is put through to him."""
    return JSONResponse({"instruction": "dequeue"} if "WorkerSid" in task else {"instruction": "reject"})


async def events(_: Request, event: Fields) -> Response:
    """What became of a task is what became of the decision that made it."""
    kind = EVENTS.get(event.get("EventType", ""))
    decision = _attributes(event).get("decision")
    if kind and isinstance(decision, str) and decision:
        desk.router.happened(
            decision,
            kind,
            at=_time(event.get("TimestampMs", "")),
            queue=event.get("TaskQueueName"),
            agent=event.get("WorkerName"),
            note=event.get("TaskCompletedReason", ""),
        )
    return Response(status_code=204)


def _time(milliseconds: str) -> datetime | None:
    """When Twilio saw it; now where it does not say."""
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _attributes(event: Fields) -> dict[str, object]:
    try:
        attributes = json.loads(event.get("TaskAttributes", ""))
    except (ValueError, RecursionError):
        return {}
    return attributes if isinstance(attributes, dict) else {}


# ── what all of them share ────────────────────────────────────────────────────


def _contact(fields: Fields, channel: str, intent: str) -> dict[str, object]:
    """The contact that a request tells of; who the customer is, the directory knows by the number."""
    contact = {"channel": channel, "intent": intent}
    if "FromCountry" in fields:
        contact["language"] = "zh" if fields["FromCountry"] == "CN" else "en"
    return {"contact": contact, "customer": {"phone": fields.get("From", "").removeprefix("whatsapp:")}}


def _answer(*verbs: Element) -> Response:
    return Response(twiml(*verbs), media_type="application/xml")


def from_twilio(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
    """Hands on the fields of a request that Twilio has signed; a caller is never left without an answer."""

    @wraps(endpoint)
    async def checked(request: Request) -> Response:
        body = await body_of(request, MOST_BYTES)
        try:
            form: Form = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=500)
        except ValueError:
            return PlainTextResponse("this is no form", status_code=400)
        query = f"?{request.url.query}" if request.url.query else ""
        url = f"{PUBLIC_URL.rstrip('/')}{request.url.path}{query}" if PUBLIC_URL else str(request.url)
        given = request.headers.get("x-twilio-signature", "")
        if AUTH_TOKEN and not is_signed(AUTH_TOKEN, url, form, given):
            return PlainTextResponse("this was not signed by Twilio", status_code=403)
        try:
            return await endpoint(request, dict(form))
        except NotReadyError:
            if endpoint is voice:
                return _answer(_queue(PERSON_QUEUE, {}, 5))
            return PlainTextResponse("the policy cannot be read", status_code=503)

    return checked


async def health(_: Request) -> Response:
    return JSONResponse({"ready": desk.is_ready}, status_code=200 if desk.is_ready else 503)


_ENDPOINTS = {
    "voice": voice,
    "person": person,
    "message": message,
    "assignment": assignment,
    "events": events,
}
app = Starlette(
    routes=[
        *(
            Route(f"/twilio/{name}", from_twilio(endpoint), methods=["POST"])
            for name, endpoint in _ENDPOINTS.items()
        ),
        Route("/health", health),
    ],
    lifespan=desk.lifespan,
)
