"""The whole text of the policy: what is known, what there is, who gets what."""

from pathlib import PurePath

from routekit.importers.names import WHOLE, Names, slug, visible
from routekit.importers.twilio.attributes import CONTACT, TYPES, Field
from routekit.importers.twilio.conditions import FALSE, TRUE, Condition, all_of, text_of
from routekit.importers.twilio.context import Context
from routekit.importers.twilio.report import Place, Warned
from routekit.importers.twilio.stages import Entry, Stage, Step, duration, entries
from routekit.importers.twilio.targets import OPAQUE, UNROUTED
from routekit.importers.twilio.workflow import Filter, Workflow
from routekit.layout import writing
from routekit.layout.writing import block, noted, section
from routekit.schema.writing import quoted

__all__ = ["document", "late_agents", "notes", "otherwise", "rules_of"]

CHANNELS = ("voice", "chat", "sms", "email", "video")
"""The channels that TaskRouter has of itself, and e-mail."""


def document(workflow: Workflow, name: str, source: str, context: Context, rules: list[str]) -> str:
    """Writes all sections of the policy in the order in which they are read, with the ``rules`` of its route.

    Raises :class:`UnreadablePolicyError` where they do not parse.
    """
    title = visible(workflow.title) or name.replace("_", " ").strip().capitalize()
    parts = [
        _head(workflow, source, context),
        f"policy {name} {quoted(title)}",
        *_known(context),
        *_there(context),
        section("who gets what: the first rule whose condition is true decides")
        + "\n"
        + block("route", ["\n\n".join(rule for rule in rules if rule)]),
    ]
    if context.queues.has_unrouted:
        parts.append(
            section("what we promise, for every contact there can ever be")
            + '\nguarantee every_task_is_routed "The filters take every task"'
            + f"\n  then queue is not {UNROUTED}"
        )
    return writing.policy_text(*parts)


def _comment(text: str, *, hanging: str = "") -> str:
    return writing.comment(visible(text, WHOLE), hanging=hanging)


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _head(workflow: Workflow, source: str, context: Context) -> str:
    count = len(workflow.filters)
    what = f"{count} filter" + ("" if count == 1 else "s")
    origin = f" `{visible(PurePath(source).name)}`" if source and source != "-" else ""
    priorities = (
        "TaskRouter's larger priority is the more urgent, here it is the smaller one:"
        f" {context.priorities.words()}."
    )
    return _lines(
        _comment(f"Imported from the Twilio TaskRouter workflow{origin}: {what}, tried in their order."),
        _comment(
            "Targets are a queue and the steps behind it; times count from the arrival of the task."
            " Whatever could not be kept is marked with `!`."
        ),
        _comment(priorities) if context.priorities.levels else "",
    )


# ── what is known, what there is ───────────────────────────────────────────────


def _known(context: Context) -> list[str]:
    fields = context.attributes.fields()
    parts = [
        _lines(
            section("what we know about a contact"),
            _comment("A task may lack any attribute, so every field may be missing (`?`)."),
            _record(CONTACT, [item for item in fields if item.record == CONTACT], context),
        )
    ]
    records = dict.fromkeys(item.record for item in fields if item.record != CONTACT)
    parts += [_record(name, [item for item in fields if item.record == name], context) for name in records]
    if context.flags:
        flags = [noted(f"{name} flag = no", visible(words, WHOLE)) for name, words in context.flags.items()]
        parts.append(
            _lines(
                _comment(
                    "Conditions that the policy cannot say: the service works them out and sends yes or no."
                ),
                block("record untranslated", flags),
            )
        )
    return parts


def _record(record: str, fields: list[Field], context: Context) -> str:
    lines = []
    if record == CONTACT and "channel" not in {item.name for item in fields}:
        lines.append(f"channel one of {', '.join(CHANNELS)} ?")
    lines += [noted(f"{item.name} {TYPES[item.kind]}", _note(item, context)) for item in fields]
    if record == CONTACT and context.clock.is_asked:
        lines.append(noted("at time ?", "when the task came, for the hours below"))
    return block(f"record {record}", lines)


def _note(item: Field, context: Context) -> str:
    """Which attribute a field is, where its name does not tell."""
    plain = item.name if item.record == CONTACT else f"{item.record}.{item.name}"
    notes = [] if plain == item.attribute else [f"the attribute {visible(item.attribute)}"]
    if not context.attributes.uses.get(tuple(item.attribute.split("."))):
        notes.append("only asked whether it is there; text is a guess")
    return "; ".join(notes)


def _there(context: Context) -> list[str]:
    on = f"on {', '.join(CHANNELS)}"
    queues = context.queues.rows()
    parts = [
        _lines(
            section("what we have"),
            _comment("A workflow does not say which channels a queue serves: here each serves all."),
            *(f"channel {name} {{ assisted }}" for name in CHANNELS),
        ),
        _lines(*(_queue(name, on, origin) for name, origin in queues)),
    ]
    if context.clock.calendars:
        calendars = (
            f"calendar {name} {{ timezone UTC  open {hours} }}"
            for hours, name in context.clock.calendars.items()
        )
        parts.append(_lines(_comment("TaskRouter's clock is in UTC."), *calendars))
    if context.signals:
        signals = [noted(f"{name} integer 0.. ?", note) for name, note in context.signals.items()]
        parts.append(_lines(_comment("What a skip_if asks of its queue."), block("live queue", signals)))
    renamed = context.renamed_skills()
    if renamed:
        skills = ", ".join(f"{name} is {visible(text, 80)!r}" for name, text in renamed)
        parts.append(_comment(f"Skills: {skills}."))
    return parts


def _queue(name: str, on: str, origin: str) -> str:
    """A queue with the name that people gave it as its title; an id, or a placeholder, stands behind it."""
    is_given = name == UNROUTED or OPAQUE.fullmatch(origin) or not set("${}").isdisjoint(origin)
    if origin and not is_given:
        return f"queue {name} {quoted(visible(origin))} {{ {on} }}"
    return noted(f"queue {name} {{ {on} }}", visible(origin))


# ── who gets what ──────────────────────────────────────────────────────────────


def rules_of(item: Filter, condition: Condition, stages: tuple[Stage, ...], names: Names) -> list[str]:
    """Returns the rules of one filter."""
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


def otherwise(stages: tuple[Stage, ...], unrouted: str) -> str:
    """Returns the end of the route: the default filter, or the queue of what is not routed."""
    return f"otherwise {_body(entries(stages)[0])}" if stages else f"otherwise queue {unrouted}"


def notes(found: list[Warned]) -> str:
    """Returns comments for what was not kept as it was."""
    written = []
    for item in found:
        where = f", target {item.place.target}" if item.place.target else ""
        words = visible(item.text[item.start : item.end], WHOLE)
        text = f": {words}" if words and words not in item.message else ""
        written.append(_comment(f"! {item.kind}{where}: {item.message}{text}", hanging="  "))
    return _lines(*written)


def _rule(name: str, title: str, condition: Condition, entry: Entry, expression: str) -> str:
    return writing.rule(
        name,
        visible(title),
        when="" if condition == TRUE else text_of(condition),
        body=f"then {_body(entry)}",
        because=visible(expression),
    )


def _body(entry: Entry) -> str:
    return _lines(_outcome(entry.first), *_plan(entry))


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
        if changes := _changes(before, step, had_agent):
            written.append(f"after {duration(step.after)} {changes}")
        had_agent = had_agent and bool(step.stage.agent)
        before = step.stage
    return written


def _changes(before: Stage, step: Step, had_agent: bool) -> str:
    """What a step changes, if anything."""
    after = step.stage
    parts = [f"queue {after.queue}"] if after.queue != before.queue else []
    if had_agent and not after.agent:
        parts.append("any agent")
    if after.level != before.level and after.level is not None:
        parts.append(f"priority {after.level}")
    if set(after.skills) != set(before.skills):
        parts.append(f"skills {{{', '.join(after.skills)}}}")
    return ", ".join(parts)


def late_agents(stages: tuple[Stage, ...], place: Place) -> list[tuple[Place, str]]:
    """Returns the targets that name a worker whom a step of a plan cannot name."""
    found = []
    for entry in entries(stages):
        before = entry.first
        for step in entry.steps:
            if step.stage.agent and step.stage.agent != before.agent:
                found.append((Place(place.filter, place.title, step.stage.number), step.stage.agent))
            before = step.stage
    return found
