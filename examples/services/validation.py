"""What a policy expects of a contact: what is wrong with one, and the schema that callers read."""

from functools import lru_cache

from pydantic import ValidationError
from pydantic.json_schema import JsonSchemaValue

from routekit import Engine, Policy

__all__ = ["contact_schema", "refusal"]

REFERENCE = "#/components/schemas/{model}"

_model = lru_cache(maxsize=4)(Policy.contact_model)


def refusal(engine: Engine, contact: object) -> list[dict[str, str]]:
    """What is wrong with a contact, in the words of a decision's problems; nothing for a good one.

    >>> policy = Policy.from_path("rules/telecom.route")
    >>> contact = {"contact": {"channel": "voice", "intent": "billing"}, "customer": {"value": 101}}
    >>> refusal(Engine(policy), contact)
    [{'path': 'customer.value', 'message': 'is outside 0..100'}]
    """
    try:
        _model(engine.policy).model_validate(contact)
    except ValidationError as error:
        problems = engine.decide(contact).problems
        if problems:
            return [{"path": problem.path, "message": problem.message} for problem in problems]
        return [  # a null in the place of a record harms no decision, but is not what the schema says
            {"path": ".".join(map(str, detail["loc"])), "message": detail["msg"]} for detail in error.errors()
        ]
    return []


def contact_schema(policy: Policy) -> dict[str, JsonSchemaValue]:
    """The contact, as ``Contact``, and the schemas that it refers to."""
    schema = _model(policy).model_json_schema(ref_template=REFERENCE)
    parts: dict[str, JsonSchemaValue] = schema.pop("$defs", {})
    return {"RoutedContact": schema, **parts}
