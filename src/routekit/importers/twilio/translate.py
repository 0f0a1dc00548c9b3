"""A TaskRouter workflow, translated into a policy."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePath

from routekit.engine.errors import PolicyError
from routekit.engine.policy import Policy
from routekit.importers.names import Names, slug, visible
from routekit.importers.twilio.attributes import WORDS, Attributes
from routekit.importers.twilio.conditions import FALSE
from routekit.importers.twilio.context import Context
from routekit.importers.twilio.document import document, late_agents, notes, otherwise, rules_of
from routekit.importers.twilio.parsed import ParsedFilter, ParsedTarget, parsed
from routekit.importers.twilio.report import Place, Report, Warned
from routekit.importers.twilio.stages import agents_of, stages_of
from routekit.importers.twilio.targets import SKILLS, UNROUTED, priorities_of, queues_of
from routekit.importers.twilio.workflow import Workflow, WorkflowError, read_workflow
from routekit.layout import UnreadablePolicyError

__all__ = ["Imported", "import_workflow"]


@dataclass(frozen=True, slots=True)
class Imported:
    """A policy that was translated: its name, its text, and what could not be kept as it was."""

    name: str
    text: str
    warnings: tuple[Warned, ...]


def import_workflow(
    text: str, *, name: str | None = None, source: str = "", skills_from: Collection[str] = ()
) -> Imported:
    """Translates the JSON of a workflow into the text of a policy that checks without errors.

    ``name`` is the policy's, by default made of the workflow's friendly name or of ``source``, the path
    that the text was read from. ``skills_from`` are lists of workers that hold skills besides `skills`
    and `routing.skills`, such as ``worker.languages``. Raises :class:`WorkflowError` where the text is no
    workflow.

    >>> imported = import_workflow('{"task_routing": {"default_filter": {"queue": "everyone"}}}')
    >>> Policy.from_text(imported.text).name, imported.warnings
    ('workflow', ())
    """
    workflow = read_workflow(text)
    stem = PurePath(source).name.split(".")[0]
    name = name or slug(workflow.title or stem, "workflow")
    report = Report()
    try:
        more = {item.removeprefix("worker.") for item in skills_from}
        written = _written(workflow, name, source, report, SKILLS | more)
        policy = Policy.from_text(written)
    except (UnreadablePolicyError, PolicyError) as error:
        first = next(found for found in error.diagnostics if found.severity == "error")
        raise WorkflowError(
            f"the workflow does not fit a policy: {first.message}", "divide it into smaller workflows"
        ) from None
    for found in policy.warnings:
        place = Place(None, f"line {found.span.line} of the policy")
        report.warn("checker", place, f"{found.message} ({found.code})", found.help)
    return Imported(name, written, report.found)


def _written(workflow: Workflow, name: str, source: str, report: Report, skills_from: frozenset[str]) -> str:
    filters, default = parsed(workflow, report)
    attributes = Attributes()
    attributes.learn([item.expression for item in filters])
    _learn_skips([*(target for item in filters for target in item.targets), *default], attributes)
    for targets in (*(item.targets for item in filters), default):
        for path in agents_of(targets):
            attributes.use(path, "text")
    queues = queues_of(workflow, attributes.record_names())
    context = Context(report, attributes, queues, priorities_of(workflow), skills_from)
    _report_whole(workflow, context)

    names = Names({"otherwise"})
    rules: list[str] = []
    for item in filters:
        rules += _filter_rules(item, context, names)
    place = Place(None, "default filter")
    last = stages_of(default, place, context) if default else ()
    queues.used.update(stage.queue for stage in last)
    end = otherwise(last, UNROUTED)
    rules.append(_under(notes(report.about(place)), end))
    _report_types(context)
    return document(workflow, name, source, context, rules)


def _filter_rules(item: ParsedFilter, context: Context, names: Names) -> list[str]:
    """The rules of a filter, under comments on all that was reported of it."""
    report, place = context.report, item.place
    condition = context.meaning(place, item.filter.expression or "").of(item.expression)
    stages = stages_of(item.targets, place, context)
    rules: list[str] = []
    if condition == FALSE:
        report.warn(
            "never-matches",
            place,
            "no task can fulfil the expression, so the filter is left out",
            "remove the filter, or write what was meant",
            item.filter.expression or "",
        )
    elif stages:
        for where, agent in dict.fromkeys(late_agents(stages, place)):
            report.warn(
                "known-worker",
                where,
                f"a step of a plan cannot name an agent; `{agent}` is left out",
                "let the service offer the task to that agent",
            )
        context.queues.used.update(stage.queue for stage in stages)
        rules = rules_of(item.filter, condition, stages, names)
    about = notes(report.about(place))
    return [_under(about, rules[0]), *rules[1:]] if rules else [about]


def _under(comment: str, rule: str) -> str:
    return f"{comment}\n{rule}" if comment else rule


def _learn_skips(targets: list[ParsedTarget], attributes: Attributes) -> None:
    """Learns the attributes of tasks that a ``skip_if`` asks for; those of ``workers`` are signals."""
    skips = Attributes()
    skips.learn([target.skip for target in targets if target.skip is not None])
    for path, uses in skips.uses.items():
        if path[0].lower() != "workers":
            attributes.uses.setdefault(path, Counter())
            for kind, count in uses.items():
                for _ in range(count):
                    attributes.use(path, kind)


def _report_whole(workflow: Workflow, context: Context) -> None:
    report = context.report
    if not workflow.default:
        report.warn(
            "no-default",
            Place(),
            f"the workflow has no default filter: what no filter takes goes to the queue `{UNROUTED}`",
            "add a default filter, or let `routekit prove` show the contacts that come there",
        )
    for directive in dict.fromkeys(workflow.directives):
        report.warn(
            "template",
            Place(),
            f"the directive `{directive}` is left out, and what it repeats stands once",
            "fill in the template before the import",
        )
    if context.priorities.is_crowded:
        report.warn(
            "priority-levels",
            Place(),
            f"{len(context.priorities.levels) - 1} priorities share nine levels:"
            f" {visible(context.priorities.words())}",
            "see whether so many are needed",
        )


def _report_types(context: Context) -> None:
    for attribute in context.attributes.untold():
        context.report.warn(
            "unknown-type",
            Place(),
            f"nothing tells the type of `{attribute}`; it is read as text, and any other value as missing",
            "give the field its type in the policy",
        )
    for attribute, kinds in context.attributes.mixed():
        context.report.warn(
            "mixed-types",
            Place(),
            f"`{attribute}` is compared as {' and as '.join(WORDS[kind] for kind in kinds)};"
            " each has a field of its own",
            "send the value in the field that fits it, or compare it with one type",
        )
