"""Outcomes, plans and changes: what stands behind ``then``, ``after`` and in ``adjust``."""

from dataclasses import dataclass, replace
from datetime import timedelta

from routekit.checker.constants import duration, whole_number
from routekit.checker.context import Context
from routekit.checker.expressions import lower
from routekit.diagnostics import Label
from routekit.policy.expressions import Expr, FieldRef, SignalRef
from routekit.policy.model import (
    USUAL_PRIORITY,
    AddSkills,
    AnyAgent,
    Callback,
    Change,
    Outcome,
    PlanAction,
    Queue,
    RemoveSkills,
    Say,
    SetPriority,
    SetSkills,
    ShiftPriority,
    Step,
    ToQueue,
)
from routekit.schema.types import Choice, Text, Type, describe, family
from routekit.syntax import tree

__all__ = ["Leads", "check_changes", "check_named", "check_outcome"]

_IN_OUTCOMES = frozenset({"queue", "agent", "priority", "skills", "message"})
_IN_STEPS = frozenset({"queue", "any agent", "priority", "skills", "message", "callback"})
_IN_ADJUST = frozenset({"priority", "skills", "message"})


@dataclass(frozen=True, slots=True)
class Leads:
    """Where an outcome leads: to one queue, or to the one of several that a field names."""

    queues: tuple[str, ...]
    channel: str | None = None
    chosen_by: FieldRef | SignalRef | None = None


def check_named(
    context: Context, node: tree.Outcome, queues: dict[str, Queue], place: str, why: str
) -> Outcome | None:
    """The outcome of a place where the queue is named outright; None where it is not known."""
    found = check_outcome(context, node, queues)
    if found is None:
        return None
    leads, (outcome, *_) = found
    if leads.chosen_by is not None:
        action = next(action for action in node.actions if action.word == "queue")
        _report_unnamed(context, action, place, why)
        return None
    return outcome


def _report_unnamed(context: Context, action: tree.Action, place: str, why: str) -> None:
    assert action.value is not None
    written = " ".join(action.span.text.split())
    context.reporter.report("RK306", f"`{written}` cannot stand in {place}", action.value.span, help=why)


def check_outcome(
    context: Context, node: tree.Outcome, queues: dict[str, Queue]
) -> tuple[Leads, tuple[Outcome, ...]] | None:
    """Where a rule or a row leads, with an outcome for each queue; None where that is not known."""
    _report_repeated(context, node.actions)
    leads: Leads | None = None
    agent: Expr | None = None
    priority, skills, message = USUAL_PRIORITY, frozenset[str](), None
    for action in node.actions:
        if action.word not in _IN_OUTCOMES or action.sign:
            _misplaced(context, action, "an outcome")
            continue
        match action.word:
            case "queue":
                leads = _queue(context, action, queues)
            case "agent":
                agent = _agent(context, action)
            case "priority":
                number = _priority(context, action)
                priority = priority if number is None else number
            case "skills":
                skills = frozenset(name.name for name in action.names)
            case _:
                message = _message(context, action)
    plan = _plan(context, node.steps, queues)
    if not any(action.word == "queue" for action in node.actions):
        context.reporter.report(
            "RK306",
            "this outcome names no queue",
            node.span,
            help="say where the contact waits: `queue …`",
        )
    if leads is None:
        return None
    first, *others = leads.queues
    outcome = Outcome(first, leads.channel, agent, priority, skills, message, plan)
    return leads, (outcome, *(replace(outcome, queue=queue) for queue in others))


def _misplaced(context: Context, action: tree.Action, place: str) -> None:
    word = f"{action.word} {action.sign}".strip()
    where = {
        "any agent": "it belongs in a step: `after 30s any agent`",
        "callback": "it belongs in a step: `after 2m callback within 4h`",
    }.get(action.word, "it belongs in `adjust`" if action.sign else "it belongs in an outcome")
    context.reporter.report("RK306", f"`{word}` cannot stand in {place}", action.span, help=where)


def _report_repeated(context: Context, actions: tuple[tree.Action, ...]) -> None:
    first: dict[str, tree.Action] = {}
    for action in actions:
        known = first.setdefault(action.word, action)
        if known is not action:
            context.reporter.report(
                "RK306",
                f"`{action.word}` stands twice",
                action.span,
                others=[Label(known.span, "first given here")],
            )


def _queue(context: Context, action: tree.Action, queues: dict[str, Queue]) -> Leads | None:
    if action.name is None:
        return _chosen(context, action, queues)
    if not context.known("queue", action.name, queues):
        return None
    queue = queues[action.name.name]
    channel = _channel(context, action)
    if action.channel is not None and channel is not None and channel not in queue.channels:
        context.reporter.report(
            "RK307",
            f"queue `{queue.name}` is not served on `{channel}`",
            action.channel.span,
            help=f"it is served on {', '.join(queue.channels)}",
        )
    return Leads((queue.name,), channel)


def _channel(context: Context, action: tree.Action) -> str | None:
    if action.channel is None or not context.known("channel", action.channel, context.names.channels):
        return None
    return action.channel.name


def _chosen(context: Context, action: tree.Action, queues: dict[str, Queue]) -> Leads | None:
    """The queue that a field names: any of its values that are served on the channel, if one is given."""
    assert isinstance(action.value, tree.Path)
    field = lower(context, action.value)
    if field is None or not isinstance(field.expr, FieldRef | SignalRef):
        return None
    channel = _channel(context, action)
    if not isinstance(field.type, Choice) or not all(name in queues for name in field.type.names):
        _report_no_queues(context, action.value, field.type, queues)
        return None
    served = tuple(name for name in field.type.names if channel is None or channel in queues[name].channels)
    if not served and action.channel is not None:
        context.reporter.report(
            "RK307",
            f"no queue that `{action.value.dotted}` can name is served on `{channel}`",
            action.channel.span,
        )
    return Leads(served, channel, field.expr) if served else None


def _report_no_queues(context: Context, node: tree.Path, type_: Type, queues: dict[str, Queue]) -> None:
    if isinstance(type_, Choice):
        other = next(name for name in type_.names if name not in queues)
        if other in context.names.lost:
            return
        message = f"`{node.dotted}` can be `{other}`, and no queue is called so"
    else:
        message = f"`{node.dotted}` does not name a queue: it is of the type `{describe(type_)}`"
    listed = ", ".join(list(queues)[:3])
    context.reporter.report(
        "RK309",
        message,
        node.span,
        help=f"a field that names a queue is `one of` queues: `one of {listed}`" if queues else "",
    )


def _agent(context: Context, action: tree.Action) -> Expr | None:
    assert action.value is not None
    agent = lower(context, action.value, Text())
    if agent is None:
        return None
    if not isinstance(agent.type, Text):
        context.reporter.report(
            "RK201", f"an agent is named by a text, not by {family(agent.type)}", action.value.span
        )
        return None
    return agent.expr


def _priority(context: Context, action: tree.Action) -> int | None:
    assert isinstance(action.value, tree.Literal)
    return whole_number(context, action.value, "a priority")


def _message(context: Context, action: tree.Action) -> str | None:
    assert action.name is not None
    known = context.known("message", action.name, context.names.messages)
    return action.name.name if known else None


def _plan(context: Context, nodes: tuple[tree.Step, ...], queues: dict[str, Queue]) -> tuple[Step, ...]:
    steps: list[Step] = []
    last: timedelta | None = None
    for node in nodes:
        after = duration(context, node.after)
        if after is None:
            continue
        if last is not None and after <= last:
            context.reporter.report(
                "RK305",
                "the times of a plan must increase: they all count from the contact's arrival",
                node.after.span,
                help="write the steps in the order in which they come",
            )
        last = after
        _report_repeated(context, node.actions)
        actions = [_step_action(context, action, queues) for action in node.actions]
        steps.append(Step(after, tuple(action for action in actions if action is not None)))
    return tuple(steps)


def _step_action(context: Context, action: tree.Action, queues: dict[str, Queue]) -> PlanAction | None:
    if action.word not in _IN_STEPS or action.sign:
        _misplaced(context, action, "a step")
        return None
    if action.channel is not None:
        context.reporter.report(
            "RK306",
            "a step names a queue alone: who waits stays on his channel",
            action.channel.span,
            help=f"remove `on {action.channel.name}`",
        )
    match action.word:
        case "queue":
            leads = _queue(context, action, queues)
            if leads is not None and leads.chosen_by is not None:
                _report_unnamed(context, action, "a step", "a step names its queue outright")
            return None if leads is None else ToQueue(leads.queues[0])
        case "any agent":
            return AnyAgent()
        case "callback":
            assert isinstance(action.value, tree.Literal)
            within = duration(context, action.value)
            return None if within is None else Callback(within)
        case "priority":
            priority = _priority(context, action)
            return None if priority is None else SetPriority(priority)
        case "skills":
            return SetSkills(frozenset(name.name for name in action.names))
        case _:
            message = _message(context, action)
            return None if message is None else Say(message)


def check_changes(context: Context, node: tree.Outcome) -> tuple[Change, ...]:
    """What a rule of ``adjust`` changes."""
    changes: list[Change] = []
    for step in node.steps:
        context.reporter.report(
            "RK306", "`adjust` changes the outcome at arrival; a step belongs in `route`", step.span
        )
    for action in node.actions:
        if action.word not in _IN_ADJUST or (action.word == "skills" and not action.sign):
            _misplaced_change(context, action)
            continue
        match action.word:
            case "priority":
                number = _priority(context, action)
                if number is not None and not action.sign:
                    changes.append(SetPriority(number))
                elif number is not None:
                    changes.append(ShiftPriority(number if action.sign == "+" else -number))
            case "skills":
                skills = frozenset(name.name for name in action.names)
                changes.append(AddSkills(skills) if action.sign == "+" else RemoveSkills(skills))
            case _:
                message = _message(context, action)
                if message is not None:
                    changes.append(Say(message))
    return tuple(changes)


def _misplaced_change(context: Context, action: tree.Action) -> None:
    context.reporter.report(
        "RK306",
        f"`{action.word}` cannot stand in `adjust`",
        action.span,
        help="write `skills + {…}` or `skills - {…}`"
        if action.word == "skills"
        else "`adjust` changes priority, skills and message; where the contact goes is said in `route`",
    )
