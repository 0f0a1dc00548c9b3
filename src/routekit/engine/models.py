"""Between records of a policy and pydantic models: a model for a policy, and the fields of a model."""

import math
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from types import MappingProxyType, NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    WithJsonSchema,
    create_model,
)
from pydantic import Field as ModelField
from pydantic.fields import FieldInfo

from routekit.policy.model import CheckedPolicy, Field, Record, Titled
from routekit.schema.reading import Fault, reader
from routekit.schema.times import format_duration, zone
from routekit.schema.types import (
    Choice,
    Date,
    Duration,
    Flag,
    Integer,
    Number,
    SetOf,
    Text,
    Time,
    Type,
    Value,
)
from routekit.schema.writing import as_json

__all__ = ["contact_model", "fields_of"]

Annotation: TypeAlias = Any
"""A type annotation as a value; Python has no narrower type for it."""


_PRIVATE = "x-private"
"""Marks personal data in a JSON Schema."""


# ── a model for a policy ──────────────────────────────────────────────────────


def contact_model(policy: CheckedPolicy) -> type[BaseModel]:
    """Returns a model of the contacts of a policy: one member for each record, `live` and `offers_shown`.

    Values of private fields show neither in its errors nor in its representation.
    """
    members: dict[str, Any] = {}
    for record in policy.records:
        model = _record_model(policy, record)
        required = any(field.is_required for field in record.fields)
        members[record.name] = (model, ...) if required else (model, model)
    if policy.live:
        signals = _record_model(policy, Record("live_signals", policy.live))
        queues = dict.fromkeys(policy.queues, (signals | None, None))
        members["live"] = (_model("Live", queues) | None, None)
    shown = _model("OfferShown", {"offer": (str, ...), "at": (_annotation(Time(), policy.timezone), ...)})
    members["offers_shown"] = (list[shown] | None, None)  # type: ignore[valid-type]
    if policy.care.reaches:
        made = _model("ReachMade", {"name": (str, ...), "at": (_annotation(Time(), policy.timezone), ...)})
        members["reached"] = (list[made] | None, None)  # type: ignore[valid-type]
    name = policy.name.title().replace("_", "")
    hides = any(field.private for record in policy.records for field in record.fields)
    return _model(f"{name}Contact", members, policy.title or policy.name, hides=hides)


def _record_model(policy: CheckedPolicy, record: Record) -> type[BaseModel]:
    members: dict[str, tuple[Any, Any]] = {}
    for field in record.fields:
        annotation = _annotation(field.type, policy.timezone)
        if field.is_required:
            members[field.name] = (annotation, ...)
        else:
            members[field.name] = (annotation | None, _shown_default(field.default))
    private = [field.name for field in record.fields if field.private]
    titles = {field.name: policy.titles.get(_titled(policy, record, field)) for field in record.fields}
    name = record.name.title().replace("_", "")
    title = policy.titles.get(("record", record.name))
    return _model(name, members, title, titles=titles, private=private, hides=bool(private))


def _titled(policy: CheckedPolicy, record: Record, field: Field) -> tuple[Titled, str]:
    return (
        ("signal", field.name) if record.fields is policy.live else ("field", f"{record.name}.{field.name}")
    )


def _shown_default(default: Value | None) -> object:
    return format_duration(default) if isinstance(default, timedelta) else default


def _model(
    name: str,
    members: Mapping[str, tuple[Any, Any]],
    title: str | None = None,
    *,
    titles: Mapping[str, str | None] = MappingProxyType({}),
    private: Collection[str] = (),
    hides: bool = False,
) -> type[BaseModel]:
    """A model whose members may have any name: each goes by an alias, its own name clashes with nothing."""
    fields: dict[str, Any] = {}
    for place, (member, (annotation, default)) in enumerate(members.items()):
        made: dict[str, Any]
        made = {"default_factory": default} if isinstance(default, type) else {"default": default}
        if member in private:
            made |= {"repr": False, "json_schema_extra": {_PRIVATE: True}}
        info = ModelField(alias=member, title=titles.get(member), **made)
        safe = member if member.isidentifier() and not _clashes(member) else f"field_{place}"
        fields[safe] = (annotation, info)
    config = ConfigDict(
        extra="ignore",
        frozen=True,
        populate_by_name=True,
        serialize_by_alias=True,
        title=title,
        arbitrary_types_allowed=True,
        hide_input_in_errors=hides,
    )
    return create_model(name, __config__=config, **fields)


def _clashes(name: str) -> bool:
    return name.startswith("_") or hasattr(BaseModel, name)


def _annotation(type_: Type, timezone: str) -> Annotation:
    """A type as pydantic has it; values are read by the very reader that a decision uses."""
    read = reader(type_, zone(timezone))

    def validate(raw: object) -> Value:
        value = read(raw)
        if isinstance(value, Fault):
            raise ValueError(value.text)
        return value

    return Annotated[
        Any,
        BeforeValidator(validate),
        PlainSerializer(_as_json, when_used="json"),
        WithJsonSchema(_schema(type_)),
    ]


def _as_json(value: object) -> object:
    """A value in a form in which it can be sent again."""
    if isinstance(value, frozenset):
        return [_as_json(member) for member in sorted(value, key=str)]
    return as_json(value, style="stored") if isinstance(value, timedelta) else value


def _schema(type_: Type) -> dict[str, Any]:
    match type_:
        case Text():
            return {"type": "string"}
        case Flag():
            return {"type": "boolean"}
        case Integer(low, high):
            return {"type": "integer", **_limits(low, high)}
        case Number(low, high):
            return {"type": "number", **_limits(low, high)}
        case Choice(names):
            return {"enum": list(names), "type": "string"}
        case Time():
            return {"type": "string", "format": "date-time", **_between(type_)}
        case Date():
            return {"type": "string", "format": "date", **_between(type_)}
        case Duration():
            return {
                "anyOf": [
                    {"type": "number", **_limits(_seconds(type_.low), _seconds(type_.high))},
                    {"type": "string", "pattern": r"^(\d+d)?(\d+h)?(\d+m)?(\d+s)?$"},
                ],
                "description": "seconds, or text such as 3m or 1h30m",
            }
        case SetOf(element):
            return {"type": "array", "items": _schema(element), "uniqueItems": True}


def _limits(low: float | None, high: float | None) -> dict[str, float]:
    limits = {"minimum": low, "maximum": high}
    return {key: limit for key, limit in limits.items() if limit is not None}


def _seconds(bound: timedelta | None) -> float | None:
    return None if bound is None else bound.total_seconds()


def _between(type_: Time | Date) -> dict[str, str]:
    """The bounds of moments, in the words of JSON Schema's validators that know them."""
    limits = {"formatMinimum": type_.low, "formatMaximum": type_.high}
    return {key: limit.isoformat() for key, limit in limits.items() if limit is not None}


# ── the fields of a model ─────────────────────────────────────────────────────


def fields_of(model: type[BaseModel]) -> tuple[Field, ...]:
    """Returns the fields of a service's own model that the language has a type for; any other is left out.

    One with ``json_schema_extra={"x-private": True}`` is private.
    """
    fields = []
    for name, info in model.model_fields.items():
        field = _field(info.serialization_alias or name, info)
        if field is not None:
            fields.append(field)
    return tuple(fields)


def _field(name: str, info: FieldInfo) -> Field | None:
    annotation, optional = _without_none(info.annotation)
    type_ = _type(annotation, info.metadata)
    if type_ is None:
        return None
    default = None if info.is_required() or info.default_factory else _default(info.default)
    extra = info.json_schema_extra
    private = isinstance(extra, dict) and extra.get(_PRIVATE) is True
    return Field(name, type_, (optional or not info.is_required()) and default is None, default, private)


def _default(value: object) -> Value | None:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, set | frozenset | list | tuple):
        return frozenset(value)
    known = isinstance(value, str | bool | int | float | datetime | date | timedelta)
    return value if known else None  # type: ignore[return-value]


def _without_none(annotation: Annotation) -> tuple[Annotation, bool]:
    origin: Any = get_origin(annotation)
    if origin in (Union, UnionType):
        members = [member for member in get_args(annotation) if member is not NoneType]
        return (members[0], True) if len(members) == 1 else (annotation, False)
    return annotation, False


_PLAIN: tuple[tuple[type, Type], ...] = (
    (bool, Flag()),
    (str, Text()),
    (datetime, Time()),
    (date, Date()),
    (timedelta, Duration()),
)


def _type(annotation: Annotation, metadata: list[Any]) -> Type | None:
    origin: Any = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _type(inner, [*metadata, *more])
    if origin is Literal:
        return _choice(get_args(annotation))
    if origin in (set, frozenset, list, tuple):
        element = _type(get_args(annotation)[0], []) if get_args(annotation) else None
        return None if element is None or isinstance(element, SetOf) else SetOf(element)
    if not isinstance(annotation, type):
        return None
    if issubclass(annotation, Enum):
        return _choice(tuple(member.value for member in annotation))
    for known, type_ in _PLAIN:
        if issubclass(annotation, known):
            return type_
    low, high = _bounds(metadata)
    if issubclass(annotation, int):
        return Integer(None if low is None else math.ceil(low), None if high is None else math.floor(high))
    return Number(low, high) if issubclass(annotation, float | Decimal) else None


def _choice(values: tuple[object, ...]) -> Type | None:
    names = tuple(value for value in values if isinstance(value, str))
    return Choice(names) if names and len(names) == len(values) else None


def _bounds(metadata: list[Any]) -> tuple[float | None, float | None]:
    low = high = None
    for item in metadata:
        low = getattr(item, "ge", low)
        high = getattr(item, "le", high)
    return low, high
