"""What targets name: a queue, the workers they ask for, a priority; and what the policy says for each."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from routekit.importers.names import Names, slug
from routekit.importers.twilio.attributes import task_path
from routekit.importers.twilio.expression_parser import (
    All,
    Compare,
    Expression,
    Key,
    Value,
    comparisons,
)
from routekit.importers.twilio.meaning import constant
from routekit.importers.twilio.workflow import QueueRef, Workflow

__all__ = [
    "OPAQUE",
    "SKILLS",
    "UNROUTED",
    "Agent",
    "Priorities",
    "Queues",
    "Workers",
    "known_worker",
    "levels_for",
    "priorities_of",
    "queues_of",
    "workers_of",
]

# ── workers ────────────────────────────────────────────────────────────────────

_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", re.DOTALL)
_OPENING, _CLOSING = re.compile(r"\(\s*\Z"), re.compile(r"\s*\)")
_NEGATION = re.compile(r"(?:\bnot|!)\s*\Z", re.IGNORECASE)
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
    lists: tuple[str, ...] = ()


SKILLS = frozenset({"skills", "routing.skills"})
"""The attributes of a worker that hold skills, as TaskRouter's own console keeps them."""


def workers_of(expression: Expression, text: str = "", skills_from: Collection[str] = SKILLS) -> Workers:
    """Returns what an expression on workers asks for, of the parts that are joined by ``AND``.

    ``skills_from`` are the attributes of workers whose members are skills; ``lists`` of the result names
    others that are asked for a member, and are not kept. ``text`` is that of the expression.

    >>> from routekit.importers.twilio.expression_parser import parse
    >>> found = workers_of(parse("worker.skills HAS 'fr' AND worker.roles HAS 'supervisor'"))
    >>> found.skills, found.lists
    (('fr',), ('worker.roles',))
    """
    agent, identity, is_nobody = None, "", False
    skills: list[str] = []
    left: list[tuple[int, int]] = []
    lists: list[str] = []
    for part in expression.parts if isinstance(expression, All) else (expression,):
        fixed = constant(part)
        if fixed is not None:
            is_nobody = is_nobody or not fixed
        elif (member := _member(part)) is not None and _attribute(member[0]) in skills_from:
            skills.append(member[1])
        elif (named := _identity(part)) is not None and agent is None:
            agent, identity = named
        else:
            left.append(_extent(part, text))
            if member is not None:
                lists.append(f"worker.{_attribute(member[0])}")
    return Workers(
        agent,
        identity,
        tuple(dict.fromkeys(skills)),
        is_nobody,
        tuple(left),
        tuple(dict.fromkeys(lists)),
    )


def known_worker(text: str) -> Agent:
    """Returns the worker that ``known_worker_sid`` or ``known_worker_friendly_name`` names.

    >>> known_worker("task.agent.sid").attribute, known_worker("WK12").text
    (('agent', 'sid'), 'WK12')
    """
    first, *rest = text.split(".")
    if first.strip().lower() == "task" and rest and all(part.strip().isidentifier() for part in rest):
        return Agent(attribute=tuple(part.strip() for part in rest))
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    return Agent(text=text)


def _member(part: Expression) -> tuple[tuple[str, ...], str] | None:
    """A list of the worker, and the text that it has to hold."""
    match part:
        case Compare("has", Key(path), Value(str(text))) | Compare("in", Value(str(text)), Key(path)):
            return (path, text) if path[0].lower() != "task" else None
        case _:
            return None


def _attribute(path: tuple[str, ...]) -> str:
    """An attribute of workers as the console shows it, without ``worker``."""
    inner = path[1:] if path[0].lower() == "worker" and len(path) > 1 else path
    return ".".join(inner)


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


def _extent(part: Expression, text: str) -> tuple[int, int]:
    """From the first comparison of a part to its last, with the negations and brackets around it."""
    leaves = list(comparisons(part))
    start, end = min(leaf.start for leaf in leaves), max(leaf.end for leaf in leaves)
    plain = _QUOTED.sub(lambda found: "_" * len(found.group()), text)
    opened = plain.count("(", start, end) - plain.count(")", start, end)
    while True:
        closing = _CLOSING.match(plain, end)
        opening = _OPENING.search(plain, 0, start)
        if opened > 0 and closing:
            opened, end = opened - 1, closing.end()
        elif opened < 0 and opening:
            opened, start = opened + 1, opening.start()
        elif negation := _NEGATION.search(plain, 0, start):
            start = negation.start()
        elif opening and closing:
            start, end = opening.start(), closing.end()
        else:
            return start, end


# ── queues ─────────────────────────────────────────────────────────────────────

UNROUTED = "unrouted"
OPAQUE = re.compile(r"WQ(?:[0-9a-f]{32}|[xX]{8,})")
"""A SID, which says nothing to a reader."""


@dataclass(slots=True)
class Queues:
    """The name of each queue, by how the workflow calls it."""

    names: dict[str, str] = field(default_factory=dict)
    has_unrouted: bool = False
    used: set[str] = field(default_factory=set)

    def of(self, queue: QueueRef) -> str:
        return self.names[queue.key]

    def rows(self) -> list[tuple[str, str]]:
        """Lists the name and origin of each that is used."""
        listed = [(name, "" if key == name else key) for key, name in self.names.items() if name in self.used]
        return listed + (
            [(UNROUTED, "nobody takes these: the workflow has no filter for them")]
            if self.has_unrouted
            else []
        )


def queues_of(workflow: Workflow, taken: set[str]) -> Queues:
    """Returns names for all queues of a workflow, none of them among those that are ``taken``.

    A friendly name, a placeholder or any text that can be read is the name; a SID is called after the one
    filter that uses it.
    """
    has_unrouted = not workflow.default
    names = Names({*taken, UNROUTED} if has_unrouted else set(taken))
    users: dict[str, list[str]] = {}
    queues: dict[str, QueueRef] = {}
    for item in workflow.filters:
        for target in item.targets:
            if target.queue is not None:
                queues.setdefault(target.queue.key, target.queue)
                users.setdefault(target.queue.key, []).append(item.title or f"filter {item.number}")
    for target in workflow.default:
        if target.queue is not None:
            queues.setdefault(target.queue.key, target.queue)
            users.setdefault(target.queue.key, []).append("default queue")
    found = Queues(has_unrouted=has_unrouted)
    for key, queue in queues.items():
        wanted = queue.title or key
        if OPAQUE.fullmatch(wanted):
            different = list(dict.fromkeys(users[key]))
            wanted = "default queue" if "default queue" in different else different[0]
        found.names[key] = names.unique(slug(wanted, "queue"))
    return found


# ── priorities ─────────────────────────────────────────────────────────────────

# TaskRouter's larger number is the more urgent, the policy's the smaller one, of 1 to 10.

NORMAL, LEAST = 5, 10


@dataclass(frozen=True, slots=True)
class Priorities:
    """The level of each priority of a workflow; the order is kept, and a task without one has 0."""

    levels: dict[int, int]

    @property
    def is_crowded(self) -> bool:
        """Whether two priorities share a level."""
        return len(set(self.levels.values())) < len(self.levels)

    def level(self, priority: int | None) -> int | None:
        """Maps a priority to the one to write; None for the usual one, which is not written."""
        level = self.levels.get(priority or 0, NORMAL)
        return None if level == NORMAL and not priority else level

    def words(self) -> str:
        """Returns the levels, the most urgent first: ``10 is 1, none is 5``."""
        listed = sorted(self.levels.items(), reverse=True)
        return ", ".join(f"{priority or 'none'} is {level}" for priority, level in listed)


def priorities_of(workflow: Workflow) -> Priorities:
    """Returns the levels for all priorities that a workflow names.

    Up to four take 1 to 4, so that a task without one keeps the usual 5; more take 1 to 9, and then a task
    without one has 10.
    """
    targets = [target for item in workflow.filters for target in item.targets] + list(workflow.default)
    return levels_for(target.priority for target in targets if isinstance(target.priority, int))


def levels_for(priorities: Iterable[int]) -> Priorities:
    """Returns the levels for some priorities.

    >>> levels_for([10, 1000]).levels
    {1000: 1, 10: 2, 0: 5}
    """
    urgent = sorted({priority for priority in priorities if priority > 0}, reverse=True)
    if not urgent:
        return Priorities({})
    if len(urgent) < NORMAL:
        return Priorities({**{priority: place for place, priority in enumerate(urgent, 1)}, 0: NORMAL})
    last = LEAST - 1
    share = max(1, (len(urgent) + last - 1) // last)
    return Priorities({**{priority: place // share + 1 for place, priority in enumerate(urgent)}, 0: LEAST})
