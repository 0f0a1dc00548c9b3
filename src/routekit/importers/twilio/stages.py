"""From the targets of a filter to its stages, and from these to rules with their plans.

A target is left when its time is up, counted from the arrival of the task, or at once where its
``skip_if`` holds. So a filter is as many rules as it has targets at which a task can begin: the first,
and each one behind a target with a ``skip_if``.
"""

from dataclasses import dataclass
from datetime import timedelta

from routekit.importers.twilio.conditions import TRUE, Condition
from routekit.importers.twilio.context import Context
from routekit.importers.twilio.meaning import Unsayable, literal
from routekit.importers.twilio.parsed import ParsedTarget
from routekit.importers.twilio.report import Place
from routekit.importers.twilio.targets import Agent, Workers, known_worker, workers_of
from routekit.importers.twilio.template import has_placeholder
from routekit.importers.twilio.workflow import Amount
from routekit.schema.times import format_duration

__all__ = ["Entry", "Stage", "Step", "agents_of", "duration", "entries", "stages_of"]

_LONGEST_TIMEOUT = 10**9
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A target, with what it inherits: its queue's name and its priority's level.

    ``stays`` is the condition under which a task that comes here waits; None where it always does.
    ``timeout`` is in seconds; None where there is none.
    """

    number: int
    queue: str
    level: int | None
    workers: Workers
    agent: str
    skills: tuple[str, ...]
    timeout: int | None
    stays: Condition | None


@dataclass(frozen=True, slots=True)
class Step:
    """A later stage and the seconds after which it comes."""

    after: int
    stage: Stage


@dataclass(frozen=True, slots=True)
class Entry:
    """A stage at which a task can begin, what must hold for that, and the steps behind it."""

    condition: Condition
    first: Stage
    steps: tuple[Step, ...]


def agents_of(targets: tuple[ParsedTarget, ...]) -> list[tuple[str, ...]]:
    """Returns the attributes of a task that name its worker."""
    agents = [_agent(target, Workers()) for target in targets]
    agents += [workers_of(target.workers).agent for target in targets if target.workers]
    return [agent.attribute for agent in agents if agent is not None and agent.attribute]


def stages_of(targets: tuple[ParsedTarget, ...], place: Place, context: Context) -> tuple[Stage, ...]:
    """Returns the stages that a task can come to; none where the filter has no queue."""
    first = targets[0].target.queue if targets else None
    if first is None:
        context.report.warn(
            "no-target",
            place,
            "the first target has no queue, so the filter is left out",
            "name the queue of the first target",
        )
        return ()
    queue, urgency = first, None
    stages: list[Stage] = []
    is_cut = False
    for number, item in enumerate(targets, 1):
        target = item.target
        queue = target.queue or queue
        name = context.queues.of(queue)
        urgency = _priority(target.priority, item.place, context, urgency)
        timeout, is_unknown = _timeout(target.timeout, item.place, context)
        workers = (
            workers_of(item.workers, target.expression, context.skills_from) if item.workers else Workers()
        )
        _report_workers(item, workers, context)
        agent = _agent(item, workers)
        stays = context.stays(item.skip, name, target, item.place) if item.skip else TRUE
        stages.append(
            Stage(
                number,
                name,
                context.priorities.level(urgency),
                workers,
                _named(agent, item, context),
                tuple(context.skill(skill) for skill in workers.skills),
                timeout,
                None if stays == TRUE else stays,
            )
        )
        if is_unknown and stages[-1].stays is None:
            is_cut = True
            break
    return _reachable(tuple(stages), targets, is_cut, context)


def _reachable(
    stages: tuple[Stage, ...], targets: tuple[ParsedTarget, ...], is_cut: bool, context: Context
) -> tuple[Stage, ...]:
    """The stages up to the one that is never left; reports what is behind it, and what it leaves open."""
    count = reached(stages)
    if count < len(stages):
        context.report.warn(
            "unreachable-target",
            targets[count].place,
            f"no task comes here: target {count} has neither a timeout nor a skip_if",
            "give that target a timeout, or remove what is behind it",
        )
    stages = stages[:count]
    if not is_cut and count == len(targets) and stages[-1].timeout is not None:
        total = duration(sum(stage.timeout or 0 for stage in stages))
        context.report.warn(
            "timeout-at-end",
            targets[count - 1].place,
            f"after {total} the task goes on to the next filter that takes it, or is cancelled;"
            " the policy lets it wait",
            "add a step for what should come then, such as a callback",
        )
    for stage, target in list(zip(stages, targets, strict=False))[1:]:
        if stage.stays is not None and stages[stage.number - 2].timeout is not None:
            context.report.warn(
                "skip-if",
                target.place,
                "skip_if is asked where a task begins here, not when a plan comes to this step",
                "check whether the step should be in the plan",
                target.target.skip_if,
            )
    return stages


def _priority(amount: Amount, place: Place, context: Context, inherited: int | None) -> int | None:
    if isinstance(amount, int) and amount >= 0:
        return amount
    if amount is not None:
        _report_amount("priority", amount, place, context)
    return inherited


def _timeout(amount: Amount, place: Place, context: Context) -> tuple[int | None, bool]:
    """The seconds, and whether there is a timeout whose seconds are not known."""
    if isinstance(amount, int) and 0 < amount < _LONGEST_TIMEOUT:
        return amount, False
    if amount is None:
        return None, False
    _report_amount("timeout", amount, place, context)
    return None, True


def _report_amount(word: str, amount: int | str, place: Place, context: Context) -> None:
    is_placeholder = isinstance(amount, str) and has_placeholder(amount)
    after = "; the targets behind it are left out" if word == "timeout" else ""
    context.report.warn(
        "placeholder" if is_placeholder else "bad-number",
        place,
        f"the {word} `{amount}` is no whole number" + (" above zero" if word == "timeout" else "") + after,
        "fill in the template before the import" if is_placeholder else "write a number",
    )


def _report_workers(item: ParsedTarget, workers: Workers, context: Context) -> None:
    target, report = item.target, context.report
    skills = f", or take skills from it: `--skills-from {workers.lists[0]}`" if workers.lists else ""
    for span in workers.left:
        report.warn(
            "worker-expression",
            item.place,
            "the policy cannot say which workers may take it",
            f"make a queue of these workers, or a skill that they have{skills}",
            target.expression,
            span,
        )
    if workers.identity:
        report.warn(
            "known-worker",
            item.place,
            f"the worker is named by `{workers.identity}`, and TaskRouter waits for him;"
            " the policy wishes for that agent",
            "let the service look the agent up by it",
            target.expression,
        )
    if workers.is_nobody:
        until = (
            f"for {duration(target.timeout)}"
            if isinstance(target.timeout, int) and 0 < target.timeout < _LONGEST_TIMEOUT
            else ""
        )
        report.warn(
            "worker-expression",
            item.place,
            f"no worker fulfils the expression, so nobody takes the task here {until}".rstrip()
            + "; in the policy it waits in the queue",
            "send it to a queue that nobody serves, if it has to wait",
            target.expression,
        )
    if target.order_by:
        report.warn(
            "order-by",
            item.place,
            "which worker comes first is not in the policy",
            "let the routing service order the workers of the queue",
            target.order_by,
        )


def _agent(item: ParsedTarget, workers: Workers) -> Agent | None:
    return known_worker(item.target.known_worker) if item.target.known_worker else workers.agent


def _named(agent: Agent | None, item: ParsedTarget, context: Context) -> str:
    """The agent as the policy names him; nothing where there is none."""
    if agent is None:
        return ""
    if agent.attribute:
        return context.place(agent.attribute, "text")
    if has_placeholder(agent.text):
        context.report.warn(
            "placeholder",
            item.place,
            f"the worker `{agent.text}` is kept as text",
            "fill in the template before the import",
        )
    try:
        return literal(agent.text)
    except Unsayable:
        return ""


def entries(stages: tuple[Stage, ...]) -> tuple[Entry, ...]:
    """Returns the rules that a filter's stages make, in the order in which they are tried."""
    found = []
    for place, stage in enumerate(stages):
        found.append(Entry(TRUE if stage.stays is None else stage.stays, stage, _steps(stages, place)))
        if stage.stays is None:
            break
    return tuple(found)


def reached(stages: tuple[Stage, ...]) -> int:
    """Returns how many stages a task can come to at all."""
    for place, stage in enumerate(stages):
        if stage.timeout is None and stage.stays is None:
            return place + 1
    return len(stages)


def _steps(stages: tuple[Stage, ...], first: int) -> tuple[Step, ...]:
    found = []
    for place in range(first + 1, len(stages)):
        if stages[place - 1].timeout is None:
            break
        after = sum(stage.timeout or 0 for stage in stages[:place])
        found.append(Step(after, stages[place]))
    return tuple(found)


def duration(seconds: int) -> str:
    """Writes seconds as the language does."""
    return format_duration(timedelta(seconds=seconds))
