"""Which columns of a switch's call detail records say what: a map in TOML, as people write it."""

import tomllib
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from routekit.diagnostics.diagnostic import closest
from routekit.schema.times import zone_of
from routekit.service.contact_events import KINDS, EventKind
from routekit.translation import t

__all__ = ["CallRecordsMap", "Cell", "EventColumns", "MapError", "When", "read_map"]


class MapError(ValueError):
    """A map that cannot be used; the message says where and why."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Cell(_Strict):
    """Where a value comes from: a ``column``, or the same ``value`` for all."""

    column: str | None = None
    value: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _written(cls, given: Any) -> Any:
        return {"column": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _one(self) -> "Cell":
        if (self.column is None) == (self.value is None):
            raise ValueError(t("name a column, or give one `value`"))
        return self


class When(_Strict):
    """A condition of a row: the cell of a ``column`` is one of some texts, or a number above one."""

    column: str
    is_: tuple[str, ...] = Field(default=(), alias="is")
    above: float | None = None

    @model_validator(mode="before")
    @classmethod
    def _written(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("is"), str):
            return {**given, "is": [given["is"]]}
        return given

    @model_validator(mode="after")
    def _one(self) -> "When":
        if bool(self.is_) == (self.above is not None):
            raise ValueError(t("say what the column is, or above what"))
        return self


class EventColumns(_Strict):
    """Where an event comes from: its time ``at``, or so long ``after`` the contact came, ``when`` it did.

    Without ``when`` it happened where its time is there.
    """

    at: str | None = None
    after: str | None = None
    when: When | None = None
    queue: str | None = None
    agent: str | None = None
    channel: str | None = None
    score: str | None = None
    worth: str | None = None

    @model_validator(mode="after")
    def _one(self) -> "EventColumns":
        if (self.at is None) == (self.after is None):
            raise ValueError(
                t("name the column of its time: `at`, or `after` for a time since the contact came")
            )
        return self


class CallRecordsMap(_Strict):
    """What the columns of call detail records say.

    ``id`` tells contacts apart; where they were ``decided`` by a router it is the decision's, and only events
    are brought in. ``at`` is when a contact came, by ``timezone`` where it names no zone, as ``format``
    writes it where it is not ISO 8601. ``fields`` fill the contact, by their paths; ``values`` give names of
    the switch those of the policy, by column. What is in ``plain`` (``customer.id``, ``agent``) is written as
    it is; else only a pseudonym of it.
    """

    id: str
    at: str
    timezone: str = "UTC"
    format: str | None = None
    decided: bool = False
    customer: str | None = None
    channel: Cell | None = None
    inbound: Cell | None = None
    queue: Cell | None = None
    fields: dict[str, Cell] = Field(default_factory=dict)
    events: dict[EventKind, EventColumns] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    plain: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _usable(self) -> "CallRecordsMap":
        if zone_of(self.timezone) is None:
            raise ValueError(t("there is no timezone `{name}`", name=self.timezone))
        if not self.decided and self.channel is None:
            raise ValueError(t("say by `channel` how contacts were served: a column, or one `value` for all"))
        for path in self.fields:
            if path.count(".") != 1:
                raise ValueError(t("`{path}` is no path of a field, such as `contact.intent`", path=path))
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that must be there."""
        cells = [self.channel, self.inbound, self.queue, *self.fields.values()]
        named = [self.id, self.at, self.customer, *(cell.column for cell in cells if cell is not None)]
        for event in self.events.values():
            named += [
                event.at,
                event.after,
                event.queue,
                event.agent,
                event.channel,
                event.score,
                event.worth,
            ]
            named += [event.when.column] if event.when is not None else []
        return tuple(dict.fromkeys(name for name in named if name is not None))


_NAMES = tuple(CallRecordsMap.model_fields)


def read_map(text: str) -> CallRecordsMap:
    """Reads a map; raises :class:`MapError`, which names what is wrong by its place.

    >>> read_map('id = "call"\\nat = "start"\\nchanel = "media"')
    Traceback (most recent call last):
    ...
    routekit.performance.call_records_map.MapError: `chanel` is unknown; did you mean `channel`?
    """
    try:
        return CallRecordsMap.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise MapError(t("is no TOML: {error}", error=str(error).lower())) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise MapError(_said(first)) from None


def _said(error: Any) -> str:
    path = ".".join(str(part) for part in error["loc"] if part != "[key]")
    name = str(error["loc"][-1]) if error["loc"] else ""
    if error["type"] == "extra_forbidden":
        meant = closest(name, _known(error["loc"]))
        return (
            t("`{path}` is unknown; did you mean `{meant}`?", path=path, meant=meant)
            if meant is not None
            else t("`{path}` is unknown", path=path)
        )
    if error["type"] == "missing":
        return t("`{path}` is missing", path=path)
    if error["type"] == "literal_error":
        kind = str(error["loc"][-2]) if name == "[key]" else name
        meant = closest(kind, KINDS)
        hint = f"`{meant}`" if meant is not None else t(", ").join(KINDS)
        return t("`{path}` is no kind of event; there is {hint}", path=path, hint=hint)
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"`{path}`: {message}" if path else message


def _known(place: tuple[Any, ...]) -> tuple[str, ...]:
    if place[0] == "events":
        return ("column", "is", "above") if "when" in place[:-1] else tuple(EventColumns.model_fields)
    return _NAMES if len(place) == 1 else ("column", "value")
