"""Which workers a target asks for: what of it the policy can say, as skills and a named agent."""

from dataclasses import dataclass

from routekit.importers.twilio.attributes import task_path
from routekit.importers.twilio.expressions import (
    All,
    Compare,
    Expression,
    Key,
    Value,
    comparisons,
)
from routekit.importers.twilio.meaning import constant

__all__ = ["Agent", "Workers", "known_worker", "workers_of"]

_IDENTITIES = frozenset(
    {"sid", "friendly_name", "friendlyname", "contact_uri", "contacturi", "client_uri", "email", "id", "name"}
    | {"worker_sid", "workersid", "worker_id", "agent_id", "agentid", "full_name", "fullname", "username"}
)
"""Attributes of a worker that name one person."""


@dataclass(frozen=True, slots=True)
class Agent:
    """A worker that is named: by an attribute of the task, or outright."""

    attribute: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Workers:
    """What a target asks of its worker; ``left`` are the places of an expression that were not kept."""

    agent: Agent | None = None
    identity: str = ""
    skills: tuple[str, ...] = ()
    is_nobody: bool = False
    left: tuple[tuple[int, int], ...] = ()


def workers_of(expression: Expression) -> Workers:
    """What an expression on workers asks for, of the parts that are joined by ``AND``.

    >>> from routekit.importers.twilio.expressions import parse
    >>> workers_of(parse("worker.skills HAS 'fr' AND worker.level > 2")).skills
    ('fr',)
    """
    agent, identity, is_nobody = None, "", False
    skills: list[str] = []
    left: list[tuple[int, int]] = []
    for part in expression.parts if isinstance(expression, All) else (expression,):
        fixed = constant(part)
        if fixed is not None:
            is_nobody = is_nobody or not fixed
        elif (skill := _skill(part)) is not None:
            skills.append(skill)
        elif (named := _identity(part)) is not None and agent is None:
            agent, identity = named
        else:
            left.append(_extent(part))
    return Workers(agent, identity, tuple(dict.fromkeys(skills)), is_nobody, tuple(left))


def known_worker(text: str) -> Agent:
    """The worker that ``known_worker_sid`` or ``known_worker_friendly_name`` names.

    >>> known_worker("task.agent.sid").attribute, known_worker("WK12").text
    (('agent', 'sid'), 'WK12')
    """
    first, *rest = text.split(".")
    if first.strip().lower() == "task" and rest and all(part.strip().isidentifier() for part in rest):
        return Agent(attribute=tuple(part.strip() for part in rest))
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    return Agent(text=text)


def _skill(part: Expression) -> str | None:
    """The text that a list of the worker has to hold."""
    match part:
        case Compare("has", Key(path), Value(str(skill))) | Compare("in", Value(str(skill)), Key(path)):
            return skill if path[0].lower() != "task" else None
        case _:
            return None


def _identity(part: Expression) -> tuple[Agent, str] | None:
    """The agent, where a part asks for one by what names him, and the worker's attribute that does."""
    if not isinstance(part, Compare) or part.operator != "==":
        return None
    for worker, other in ((part.left, part.right), (part.right, part.left)):
        if not isinstance(worker, Key) or worker.path[0].lower() != "worker" or len(worker.path) != 2:
            continue
        if worker.path[1].lower() not in _IDENTITIES:
            continue
        identity = ".".join(worker.path)
        if isinstance(other, Value) and isinstance(other.value, str):
            return Agent(text=other.value), identity
        path = task_path(other)
        if path is not None and path[0].lower() != "worker":
            return Agent(attribute=path), identity
    return None


def _extent(part: Expression) -> tuple[int, int]:
    """From the first comparison of a part to its last."""
    leaves = list(comparisons(part))
    return min(leaf.start for leaf in leaves), max(leaf.end for leaf in leaves)
