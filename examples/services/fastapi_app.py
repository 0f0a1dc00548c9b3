"""Routing over HTTP: contacts in, decisions out, with what running it day and night takes.

uvicorn examples.services.fastapi_app:app
python -m examples.services.fastapi_app
"""

import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, FiniteFloat
from pydantic_core import from_json, to_json

from examples.services.bodies import body_of
from examples.services.desk import Desk, NotReadyError
from examples.services.settings import Settings
from examples.services.validation import contact_schema, refusal
from routekit.service import EventKind, Routed, Router, StoreError
from routekit.service.telemetry import exposition

__all__ = ["app"]

MOST_BYTES = 1_000_000
JSON = "application/json"

settings = Settings.from_environment()
desk = Desk(settings)
app = FastAPI(title="Routing by routekit", version="1", lifespan=desk.lifespan)


# ── contacts ──────────────────────────────────────────────────────────────────

_A_CONTACT = {
    "requestBody": {
        "required": True,
        "content": {JSON: {"schema": {"$ref": "#/components/schemas/RoutedContact"}}},
    }
}


@app.post("/contacts", openapi_extra=_A_CONTACT)
async def contacts(request: Request, strict: bool = False) -> Response:
    """Who gets what. Every contact gets a decision, and what was wrong with it stands in `problems`.

    Whoever can still correct a contact, as a form can, asks for `strict`: then one that the policy does not
    expect is refused with 422 and what is wrong with it, and nothing is decided.
    """
    contact = await _contact(request)
    if strict and (problems := refusal(desk.serving.current.engine, contact)):
        return JSONResponse({"problems": problems}, status_code=422)
    return _answer(await desk.router.route(contact))


@app.post("/constant", openapi_extra=_A_CONTACT)
async def constant(request: Request, strict: bool = False) -> Response:
    """What the load script compares with: the same, but for the routing."""
    contact = await _contact(request)
    if strict and (problems := refusal(desk.serving.current.engine, contact)):
        return JSONResponse({"problems": problems}, status_code=422)
    return _answer(_CONSTANT)


_CONSTANT = Routed("constant", "", "otherwise", "voice", "general")


async def _contact(request: Request) -> object:
    """The body of a request: any JSON at all, which is what a router takes."""
    body = await body_of(request, MOST_BYTES)
    try:
        return from_json(body)
    except ValueError as error:
        raise HTTPException(400, f"the body is no JSON: {error}") from None


def _answer(routed: Routed) -> Response:
    return Response(to_json(routed.to_dict()), media_type=JSON)


def _remembering() -> Router:
    """The router, for what needs a history."""
    if settings.history == "off":
        raise HTTPException(409, "this service runs without a history")
    return desk.router


class Told(BaseModel):
    """What became of a contact: `resolved`, `abandoned`, …, and the answer that was given."""

    result: str = Field(min_length=1, max_length=100)
    note: str = Field("", max_length=4_000)


# ── how the service is ────────────────────────────────────────────────────────


@app.get("/health")
async def health() -> Response:
    """Whether there is a policy to decide by, and what is wrong beside: a log that hangs stops nobody."""
    if desk.is_ready:
        return JSONResponse({"ready": True, **desk.router.health().to_dict()})
    return JSONResponse({"ready": False, "reason": desk.reason}, status_code=503)


@app.get("/status")
def status() -> dict[str, Any]:
    """How all parts are: the policy and what was refused of it, customers, history, log, live signals."""
    if desk.is_ready:
        return {"ready": True, **desk.router.status()}
    return {"ready": False, "reason": desk.reason, "policy": desk.source.status()}


@app.get("/metrics")
def metrics() -> Response:
    """The figures, for Prometheus."""
    return Response(exposition(desk.router.meters), media_type="text/plain; version=0.0.4")


# ── administration ────────────────────────────────────────────────────────────


def administrator(authorization: Annotated[str, Header()] = "") -> None:
    """Lets through whoever sends the token, and everybody where none is set."""
    expected = f"Bearer {settings.admin_token}"
    if settings.admin_token and not hmac.compare_digest(authorization.encode(), expected.encode()):
        raise HTTPException(401, "this takes `Authorization: Bearer …`", {"WWW-Authenticate": "Bearer"})


admin = APIRouter(dependencies=[Depends(administrator)])


@admin.post("/decisions/{id}/outcome", status_code=202)
async def outcome(id: str, told: Told) -> None:
    """Tells what became of a decided contact; it is written down behind the answer."""
    _remembering().conclude(id, result=told.result, note=told.note)


class Happening(BaseModel):
    """One thing that happened to a contact: `answered`, `abandoned`, `rated`, …; by default now."""

    kind: EventKind
    at: datetime | None = None
    queue: str | None = Field(None, max_length=256)
    agent: str | None = Field(None, max_length=256)
    channel: str | None = Field(None, max_length=256)
    score: FiniteFloat | None = None
    worth: FiniteFloat | None = None
    note: str = Field("", max_length=4_000)


@admin.post("/decisions/{id}/events", status_code=202)
async def happened(id: str, told: Happening) -> None:
    """Tells what happened to a decided contact, in any order; told twice, it happened once."""
    if settings.history == settings.log == "off":
        raise HTTPException(409, "this service runs without a history and without a log")
    try:
        desk.router.happened(id, **told.model_dump())
    except ValueError as error:
        raise HTTPException(422, str(error)) from None


@admin.put("/live/{queue}", status_code=204)
async def live(queue: str, signals: dict[str, float | str | bool | None]) -> None:
    """Tells how a queue is: `{"waiting": 12, "longest_wait": "3m"}`. A signal is believed for a minute."""
    policy = desk.serving.current.policy.checked
    if queue not in policy.queues:
        raise HTTPException(404, f"no such queue; the policy has {', '.join(policy.queues)}")
    known = [signal.name for signal in policy.live]
    if not signals.keys() <= set(known):
        raise HTTPException(422, f"no such signal; the policy has {', '.join(known)}")
    desk.router.signal(queue, **signals)


class Opened(BaseModel):
    """A matter that runs across channels until it is closed."""

    customer: str = Field(min_length=1, max_length=256)
    about: str | None = None
    title: str = Field("", max_length=1_000)
    queue: str | None = None


@admin.post("/incidents", status_code=202)
async def open_incident(opened: Opened) -> dict[str, str]:
    """Opens an incident; the customer's next contacts know of it."""
    told = opened.model_dump(exclude={"customer"})
    try:
        return {"id": _remembering().open_incident(opened.customer, **told).id}
    except ValueError as error:
        raise HTTPException(422, str(error)) from None


@admin.post("/incidents/{id}/close", status_code=202)
async def close_incident(id: str) -> None:
    _remembering().close_incident(id)


@admin.delete("/customers/{id:path}")  # an id may have slashes
async def erase(id: str) -> dict[str, int]:
    """Erases all that is remembered of a customer."""
    try:
        return {"erased": await desk.router.erase(id)}
    except ValueError as error:
        raise HTTPException(422, str(error)) from None
    except StoreError as error:
        raise HTTPException(503, f"nothing was erased: {error.reason}") from None


@admin.post("/policy/reload")
def reload() -> dict[str, Any]:
    """Looks for a new version now; a file that changes is seen by itself."""
    return _moved(desk.source.refresh)


@admin.post("/policy/rollback")
def rollback(serial: int | None = None) -> dict[str, Any]:
    """Goes back to the revision before, or to that of a serial."""
    return _moved(lambda: desk.router.rollback(serial))


@admin.post("/policy/promote")
def promote() -> dict[str, Any]:
    """Has the new version, met by a share of the customers so far, serve everybody."""
    return _moved(desk.router.promote)


@admin.post("/policy/withdraw")
def withdraw() -> dict[str, Any]:
    """Takes the new version back."""
    return _moved(desk.router.withdraw)


def _moved(step: Callable[[], object]) -> dict[str, Any]:
    before = desk.serving
    try:
        step()
    except ValueError as error:
        raise HTTPException(409, str(error)) from None
    return {"changed": desk.serving is not before, **desk.source.status()}


app.include_router(admin)


# ── what is said of it all ────────────────────────────────────────────────────


@app.exception_handler(NotReadyError)
async def not_ready(_: Request, error: Exception) -> Response:
    return JSONResponse({"detail": f"not ready: {error}"}, status_code=503, headers={"Retry-After": "1"})


@app.exception_handler(RequestValidationError)
async def misunderstood(_: Request, error: Exception) -> Response:
    """What is wrong with a request, in the form of a decision's problems, and never its values."""
    assert isinstance(error, RequestValidationError)
    problems = [
        {"path": ".".join(map(str, detail["loc"][1:])), "message": detail["msg"]} for detail in error.errors()
    ]
    return Response(json.dumps({"problems": problems}), status_code=422, media_type=JSON)


def openapi() -> dict[str, Any]:
    """The description of the interface, with the contact as the policy that serves now expects it."""
    schema = get_openapi(title=app.title, version=app.version, description=__doc__, routes=app.routes)
    contact = contact_schema(desk.serving.current.policy) if desk.is_ready else {"RoutedContact": {}}
    schema.setdefault("components", {}).setdefault("schemas", {}).update(contact)
    return schema


app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend it

if __name__ == "__main__":
    uvicorn.run(app, host=settings.host, port=8000 if settings.port is None else settings.port)
