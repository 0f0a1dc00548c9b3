"""Outcomes, plans and changes: what stands behind ``then``, ``after`` and in ``adjust``."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from routekit.checker.constants import constant, duration, literal, whole_number
from routekit.checker.context import Context
from routekit.checker.expressions import condition, lower
from routekit.checker.outcome_data import expected_data, report_repeated_data, setting_of
from routekit.diagnostics import Label
from routekit.policy.decision import Data, PlanStep
from routekit.policy.expressions import Expr, FieldRef, SignalRef
from routekit.policy.model import (
    OTHERWISE,
    AddNames,
    Change,
    Outcome,
    Plan,
    Queue,
    RemoveNames,
    SetData,
    SetPart,
    ShiftPart,
    Step,
    WorkOutPart,
)
from routekit.policy.outcome_parts import PART, PARTS, Kind, Part
from routekit.schema.times import format_duration, on_wall, zone
from routekit.schema.types import Choice, Flag, Text, Type, describe, family
from routekit.syntax import tree
from routekit.translation import t

__all__ = [
    "Destination",
    "check_changes",
    "check_named",
    "check_outcome",
    "check_plans",
    "declared_names",
    "expected_plan",
    "report_misplaced",
    "report_repeated",
    "value_of",
]

_BY_WORD = {part.word: part for part in PARTS} | {"=": PART["data"]}


def declared_names(context: Context, part: Part) -> tuple[str, ...]:
    """Returns the names that a part may have, as far as they are declared; of tables no rows."""
    names = context.names
    match part.names:
        case "rule":
            return (
                *(name for name, item in names.rules.items() if isinstance(item, tree.RuleNode)),
                OTHERWISE,
            )
        case "channel":
            return tuple(names.channels)
        case "queue":
            return tuple(names.queues)
        case "message":
            return tuple(names.messages)
        case "offer":
            return tuple(names.offers)
        case "skill":
            return tuple(sorted(names.skills))
        case _:
            raise AssertionError(f"`{part.name}` is given by no name")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an outcome leads: to one queue, or to the one of several that a field names."""

    queues: tuple[str, ...]
    channel: str | None = None
    chosen_by: FieldRef | SignalRef | None = None


def check_named(
    context: Context, node: tree.Outcome, queues: dict[str, Queue], place: str, why: str
) -> Outcome | None:
    """Returns the outcome of a place where the queue is named outright; None where it is not known."""
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
    context.reporter.report(
        "RK306",
        t("`{written}` cannot stand in {place}", written=written, place=place),
        action.value.span,
        help=why,
    )


def with_article(word: str) -> str:
    """A part of the outcome, as one of its kind."""
    noun = t(word)
    return t("an {noun}", noun=noun) if word[0] in "aeiou" else t("a {noun}", noun=noun)


def check_outcome(
    context: Context, node: tree.Outcome, queues: dict[str, Queue]
) -> tuple[Destination, tuple[Outcome, ...]] | None:
    """Tells where a rule or a row leads, with an outcome for each queue; None where that is not known."""
    report_repeated(context, node.actions)
    leads: Destination | None = None
    given: dict[str, object] = {}
    data: list[SetData] = []
    for action in node.actions:
        part = _BY_WORD[action.word]
        if part.kind is Kind.STEPS:
            continue
        if not part.in_outcome or action.sign:
            report_misplaced(context, action, part, t("an outcome"))
        elif part.name == "queue":
            leads = _queue(context, action, queues)
        elif part.kind is Kind.DATA:
            data += _setting(context, action)
        else:
            value = _expression(context, action, part) if part.computed else value_of(context, action, part)
            given |= {} if value is None else {part.name: value}
    plan = _plan(context, node, queues)
    if not any(action.word == "queue" for action in node.actions):
        context.reporter.report(
            "RK306",
            t("this outcome names no queue"),
            node.span,
            help=t("say where the contact waits: `queue …`"),
        )
    if leads is None:
        return None
    first, *others = leads.queues
    outcome = Outcome(first, leads.channel, data=tuple(data), plan=plan, **given)  # type: ignore[arg-type]  # by their kinds
    return leads, (outcome, *(replace(outcome, queue=queue) for queue in others))


def _is_data(action: tree.Action) -> bool:
    return _BY_WORD[action.word].kind is Kind.DATA


def _setting(context: Context, action: tree.Action) -> tuple[SetData, ...]:
    found = setting_of(context, action)
    return () if found is None else (found,)


def report_misplaced(context: Context, action: tree.Action, part: Part, place: str) -> None:
    """Reports a part that belongs elsewhere."""
    word = _word(action)
    if part.follows:
        where = t(
            "it belongs in what an example expects; a step says how soon: `callback within 4h of office`"
        )
    elif part.kind is Kind.STEPS:
        where = t("it belongs in an outcome, whose steps it adds to")
    elif part.in_step and not part.in_outcome:
        where = t("it belongs in a step: `{sample}`", sample=part.sample)
    else:
        where = t("it belongs in `adjust`") if action.sign else t("it belongs in an outcome")
    context.reporter.report(
        "RK306", t("`{word}` cannot stand in {place}", word=word, place=place), action.span, help=where
    )


def _word(action: tree.Action) -> str:
    """What an action begins with."""
    if action.word == "=" and action.name is not None:
        return f"{action.name.name} ="
    return f"{action.word} {action.sign}".strip()


def report_repeated(context: Context, actions: tuple[tree.Action, ...]) -> None:
    """Reports what is said twice."""
    report_repeated_data(context, actions)
    first: dict[str, tree.Action] = {}
    for action in actions:
        word = action.word
        if word == "=":
            continue
        if _BY_WORD[word].kind is Kind.STEPS and action.name is not None:
            word = f"{word} {action.name.name}"
        known = first.setdefault(word, action)
        if known is not action:
            context.report_twice(word, action.span, known.span)


def _queue(context: Context, action: tree.Action, queues: dict[str, Queue]) -> Destination | None:
    if action.name is None:
        return _chosen(context, action, queues)
    if not context.known("queue", action.name, queues):
        return None
    queue = queues[action.name.name]
    channel = _channel(context, action)
    if action.channel is not None and channel is not None and channel not in queue.channels:
        context.reporter.report(
            "RK307",
            t("queue `{name}` is not served on `{channel}`", name=queue.name, channel=channel),
            action.channel.span,
            help=t("it is served on {listed}", listed=t(", ").join(queue.channels)),
        )
    return Destination((queue.name,), channel)


def _channel(context: Context, action: tree.Action) -> str | None:
    if action.channel is None or not context.known("channel", action.channel, context.names.channels):
        return None
    return action.channel.name


def _chosen(context: Context, action: tree.Action, queues: dict[str, Queue]) -> Destination | None:
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
            t(
                "no queue that `{dotted}` can name is served on `{channel}`",
                dotted=action.value.dotted,
                channel=channel,
            ),
            action.channel.span,
        )
    return Destination(served, channel, field.expr) if served else None


def _report_no_queues(context: Context, node: tree.Path, type_: Type, queues: dict[str, Queue]) -> None:
    if isinstance(type_, Choice):
        other = next(name for name in type_.names if name not in queues)
        if other in context.names.lost:
            return
        message = t("`{dotted}` can be `{other}`, and no queue is called so", dotted=node.dotted, other=other)
    else:
        message = t(
            "`{dotted}` does not name a queue: it is of the type `{type}`",
            dotted=node.dotted,
            type=describe(type_),
        )
    listed = ", ".join(list(queues)[:3])
    context.reporter.report(
        "RK309",
        message,
        node.span,
        help=t("a field that names a queue is `one of` queues: `one of {listed}`", listed=listed)
        if queues
        else "",
    )


def _expression(context: Context, action: tree.Action, part: Part) -> Expr | None:
    """What a part is worked out by from the contact's values."""
    assert action.value is not None
    found = lower(context, action.value, Text())
    if found is None:
        return None
    if not isinstance(found.type, Text):
        context.reporter.report(
            "RK201",
            t(
                "{part} is named by a text, not by {family}",
                part=with_article(part.word),
                family=family(found.type),
            ),
            action.value.span,
        )
        return None
    return found.expr


def value_of(
    context: Context, action: tree.Action, part: Part
) -> str | int | bool | timedelta | datetime | frozenset[str] | None:
    """What is written for a part; None where that is reported."""
    match part.kind, action.value:
        case Kind.NAME, None if action.name is not None:
            known = context.known(part.names, action.name, declared_names(context, part))
            return action.name.name if known else None
        case Kind.NAMES, None:
            return frozenset(name.name for name in action.names)
        case Kind.FLAG, None:
            return True
        case Kind.FLAG, tree.Path() as value:
            flag = constant(context, value, Flag())
            return flag if isinstance(flag, bool) else None
        case Kind.INTEGER, tree.Literal() as number:
            return whole_number(context, number, with_article(part.word))
        case Kind.DURATION, tree.Literal() as span:
            return duration(context, span)
        case Kind.TIME, tree.Literal() as time:
            moment = literal(context, time)
            if moment is None or not isinstance(moment[0], datetime):
                return None
            return on_wall(moment[0], zone(context.timezone))
        case Kind.TEXT, tree.Literal() as text:
            found = literal(context, text)
            return None if found is None else str(found[0])
        case _:
            raise AssertionError(f"the grammar writes no `{part.word}` like this")


def check_plans(context: Context, queues: dict[str, Queue]) -> None:
    """Checks the steps of named plans, which outcomes add to their own."""
    for name, node in context.names.plans.items():
        context.plans[name] = _steps(context, node.steps, queues, Plan(name, node.title))


def _plan(context: Context, node: tree.Outcome, queues: dict[str, Queue]) -> tuple[Step, ...]:
    """The steps that an outcome says, and those of the plans that it names, in the order of their times."""
    steps = list(_steps(context, node.steps, queues))
    named = {action.name.name: action for action in node.actions if action.word == "plan" and action.name}
    for name, action in named.items():
        assert action.name is not None
        if context.known("plan", action.name, context.names.plans):
            _report_clashes(context, action, steps, context.plans[name])
            steps += context.plans[name]
    return tuple(sorted(steps, key=lambda step: step.after))


def _report_clashes(
    context: Context, action: tree.Action, steps: Iterable[Step], added: Iterable[Step]
) -> None:
    """Reports each step of a plan that comes at the same time as another one."""
    known = {step.after: step for step in steps}
    for step in added:
        other = known.get(step.after)
        if other is None or other.span is None or step.span is None:
            continue
        assert action.name is not None
        context.reporter.report(
            "RK305",
            (
                t(
                    "two steps come after {span}: plan `{name}` has one, and this outcome",
                    span=format_duration(step.after),
                    name=action.name.name,
                )
                if other.plan is None
                else t(
                    "two steps come after {span}: plan `{name}` has one, and plan `{other}`",
                    span=format_duration(step.after),
                    name=action.name.name,
                    other=other.plan.name,
                )
            ),
            action.span,
            others=[Label(other.span, t("one of them")), Label(step.span, t("the other"))],
            help=t("let one of them come earlier or later, or say both in one step"),
        )


def _steps(
    context: Context, nodes: tuple[tree.Step, ...], queues: dict[str, Queue], plan: Plan | None = None
) -> tuple[Step, ...]:
    steps: list[Step] = []
    last: timedelta | None = None
    for node in nodes:
        after = duration(context, node.after)
        if after is None:
            continue
        if last is not None and after <= last:
            context.reporter.report(
                "RK305",
                t("the times of a plan must increase: they all count from the contact's arrival"),
                node.after.span,
                help=t("write the steps in the order in which they come"),
            )
        last = after
        holds = None if node.condition is None else condition(context, node.condition)
        steps.append(
            Step(
                after, _step_actions(context, node, queues), holds, _calendar(context, node), plan, node.span
            )
        )
    return tuple(steps)


def _calendar(context: Context, node: tree.Step) -> str | None:
    """The calendar by whose open time a step calls back."""
    for action in node.actions:
        if action.word == PART["callback_within"].word and action.name is not None:
            known = context.known("calendar", action.name, context.names.calendars)
            return action.name.name if known else None
    return None


def _step_actions(
    context: Context, node: tree.Step, queues: dict[str, Queue]
) -> tuple[Change | WorkOutPart, ...]:
    report_repeated(context, node.actions)
    words = {action.word: action for action in node.actions}
    if PART["any_agent"].word in words and PART["agent"].word in words:
        context.reporter.report(
            "RK306",
            t("a step that wishes for an agent cannot let go of the wish"),
            words[PART["any_agent"].word].span,
            others=[Label(words[PART["agent"].word].span, t("wished for here"))],
            help=t("remove one of them"),
        )
    actions = [_step_action(context, action, queues) for action in node.actions]
    return tuple(action for action in actions if action is not None)


def _step_action(
    context: Context, action: tree.Action, queues: dict[str, Queue]
) -> Change | WorkOutPart | None:
    part = _BY_WORD[action.word]
    if not part.in_step or part.follows:
        report_misplaced(context, action, part, t("a step"))
        return None
    if action.channel is not None:
        context.reporter.report(
            "RK306",
            t("a step names a queue alone: who waits stays on his channel"),
            action.channel.span,
            help=t("remove `on {name}`", name=action.channel.name),
        )
    if part.name == "queue":
        leads = _queue(context, action, queues)
        if leads is not None and leads.chosen_by is not None:
            _report_unnamed(context, action, t("a step"), t("a step names its queue outright"))
        return None if leads is None else SetPart(part.name, leads.queues[0])
    if part.kind is Kind.DATA:
        return setting_of(context, action)
    if part.computed:
        expr = _expression(context, action, part)
        return None if expr is None else WorkOutPart(part.name, expr)
    return _change(context, action, part)


def _change(context: Context, action: tree.Action, part: Part) -> Change | None:
    """What is written for a part, as a change of what it was."""
    match value_of(context, action, part):
        case None:
            return None
        case frozenset() as names if action.sign:
            return (AddNames if action.sign == "+" else RemoveNames)(part.name, names)
        case int() as number if action.sign:
            return ShiftPart(part.name, number if action.sign == "+" else -number)
        case value:
            return SetPart(part.name, value)


def expected_plan(context: Context, nodes: tuple[tree.Step, ...]) -> tuple[PlanStep, ...] | None:
    """Returns the steps that an example expects, each with what it comes to; None where that is not known."""
    steps: list[PlanStep] = []
    for node in nodes:
        after = duration(context, node.after)
        report_repeated(context, node.actions)
        if node.condition is not None:
            context.reporter.report(
                "RK306",
                t("an example expects a step, or it does not: its condition stands in the plan"),
                node.condition.span,
                help=t("remove `when … then`"),
            )
            return None
        data = {
            action.name.name: expected_data(context, action)
            for action in node.actions
            if _is_data(action) and action.name is not None
        }
        others = (action for action in node.actions if not _is_data(action))
        values = {_BY_WORD[action.word].name: _expected(context, action) for action in others}
        if after is None or None in (*values.values(), *data.values()):
            return None
        values["data"] = Data(data)
        steps.append(PlanStep(after, **values))  # type: ignore[arg-type]  # by their kinds
    if any(later.after <= step.after for step, later in pairwise(steps)):
        context.reporter.report(
            "RK305",
            t("the times of a plan must increase: they all count from the contact's arrival"),
            nodes[0].span.to(nodes[-1].span),
            help=t("write the steps in the order in which they come"),
        )
        return None
    return tuple(steps)


def _expected(context: Context, action: tree.Action) -> object:
    """What an example expects a step to come to; None where that is reported."""
    part = _BY_WORD[action.word]
    if not part.in_step:
        report_misplaced(context, action, part, t("a step"))
        return None
    if action.sign or (part.kind is Kind.DURATION and action.name is not None):
        how = t("the instant: `callback by 2026-11-24 09:30`") if action.name else f"`{part.word} …`"
        context.reporter.report(
            "RK306",
            t("an example expects what a step comes to, not how"),
            action.span,
            help=t("write what comes of it: {how}", how=how),
        )
        return None
    if part.computed and not (isinstance(action.value, tree.Literal) and action.value.kind == "text"):
        context.reporter.report(
            "RK201",
            t("this is no {word} that could be expected", word=t(part.word)),
            action.span,
            help=t("a text in quotes: `{sample}`", sample=part.sample),
        )
        return None
    return value_of(context, action, part)


def check_changes(context: Context, node: tree.Outcome) -> tuple[Change, ...]:
    """Tells what a rule of ``adjust`` changes."""
    changes: list[Change] = []
    for step in node.steps:
        context.reporter.report(
            "RK306",
            t("a step belongs in `route`; what `adjust` changes reaches the steps there"),
            step.span,
        )
    for action in node.actions:
        part = _BY_WORD[action.word]
        if not part.in_adjust or (part.kind is Kind.NAMES and not action.sign):
            _misplaced_change(context, action, part)
            continue
        if part.kind is Kind.DATA:
            changes += _setting(context, action)
            continue
        change = _change(context, action, part)
        changes += [] if change is None else [change]
    return tuple(changes)


def _misplaced_change(context: Context, action: tree.Action, part: Part) -> None:
    word = _word(action)
    if part.in_adjust:
        where = t("write `{word} + {{…}}` or `{word} - {{…}}`", word=word)
    else:
        *others, last = (part.word for part in PARTS if part.in_adjust)
        where = t(
            "`adjust` changes {listed} and {last}; where the contact goes is said in `route`",
            listed=t(", ").join(others),
            last=last,
        )
    context.reporter.report(
        "RK306", t("`{word}` cannot stand in `adjust`", word=word), action.span, help=where
    )
