"""The rules of the policy as text: conditions, outcomes, plans, and what is to be known beside them."""

from routekit.importers.twilio.conditions import FALSE, TRUE, Condition, all_of, lines
from routekit.importers.twilio.layout import comment
from routekit.importers.twilio.names import Names, slug, visible
from routekit.importers.twilio.plans import Entry, Stage, Step, duration, entries
from routekit.importers.twilio.report import Place, Warned
from routekit.importers.twilio.workflow import Filter
from routekit.schema.writing import quoted

__all__ = ["notes", "otherwise", "rules_of"]


def rules_of(item: Filter, condition: Condition, stages: tuple[Stage, ...], names: Names) -> list[list[str]]:
    """The rules of one filter, each as its lines."""
    name = slug(item.title, "rule") if item.title else f"filter_{item.number}"
    found = []
    for entry in entries(stages):
        whole = all_of(condition, entry.condition)
        if whole == FALSE:
            continue
        is_first = entry.first.number == 1
        title = (
            item.title
            if is_first
            else f"{item.title or f'Filter {item.number}'}, target {entry.first.number}"
        )
        wish = name if is_first else f"{name}_target_{entry.first.number}"
        found.append(_rule(names.unique(wish), title, whole, entry, item.expression or ""))
    return found


def otherwise(stages: tuple[Stage, ...], unrouted: str) -> list[str]:
    """The end of the route: the default filter, or the queue of what is not routed."""
    if not stages:
        return [f"  otherwise queue {unrouted}"]
    first = entries(stages)[0]
    return [f"  otherwise {_outcome(first.first)}", *_plan(first)]


def notes(found: list[Warned]) -> list[str]:
    """Comments for what was not kept as it was."""
    written: list[str] = []
    for item in found:
        where = f", target {item.place.target}" if item.place.target else ""
        words = visible(item.text[item.start : item.end], 80)
        text = f": {words}" if words and words not in item.message else ""
        written += comment(f"! {item.kind}{where}: {item.message}{text}", 2, hanging="  ")
    return written


def _rule(name: str, title: str, condition: Condition, entry: Entry, expression: str) -> list[str]:
    shown = visible(title)
    written = [f"  rule {name}" + (f" {quoted(shown)}" if shown else "")]
    if condition != TRUE:
        first, *rest = lines(condition, 9)
        written += [f"    when {first.lstrip()}", *rest]
    written += [f"    then {_outcome(entry.first)}", *_plan(entry)]
    if expression.strip():
        written.append(f"    because {quoted(visible(expression))}")
    return written


def _outcome(stage: Stage) -> str:
    parts = [f"queue {stage.queue}"]
    if stage.level is not None:
        parts.append(f"priority {stage.level}")
    if stage.agent:
        parts.append(f"agent {stage.agent}")
    if stage.skills:
        parts.append(f"skills {{{', '.join(stage.skills)}}}")
    return ", ".join(parts)


def _plan(entry: Entry) -> list[str]:
    written = []
    before = entry.first
    had_agent = bool(before.agent)
    for step in entry.steps:
        written.append(f"      after {duration(step.after)} {_changes(before, step, had_agent)}")
        had_agent = had_agent and bool(step.stage.agent)
        before = step.stage
    return written


def _changes(before: Stage, step: Step, had_agent: bool) -> str:
    """What a step changes; it names the queue where it changes nothing."""
    after = step.stage
    parts = [f"queue {after.queue}"] if after.queue != before.queue else []
    if had_agent and not after.agent:
        parts.append("any agent")
    if after.level != before.level and after.level is not None:
        parts.append(f"priority {after.level}")
    if set(after.skills) != set(before.skills):
        parts.append(f"skills {{{', '.join(after.skills)}}}")
    return ", ".join(parts or [f"queue {after.queue}"])


def late_agents(stages: tuple[Stage, ...], place: Place) -> list[tuple[Place, str]]:
    """The targets that name a worker whom a step of a plan cannot name."""
    found = []
    for entry in entries(stages):
        before = entry.first
        for step in entry.steps:
            if step.stage.agent and step.stage.agent != before.agent:
                found.append((Place(place.filter, place.title, step.stage.number), step.stage.agent))
            before = step.stage
    return found
