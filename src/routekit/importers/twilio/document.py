"""The whole text of the policy: what is known, what there is, who gets what."""

from pathlib import PurePath

from routekit.importers.twilio.attributes import CONTACT, TYPES, Field
from routekit.importers.twilio.context import Context
from routekit.importers.twilio.layout import block, comment, one_line_blocks, section
from routekit.importers.twilio.names import visible
from routekit.importers.twilio.queues import UNROUTED
from routekit.importers.twilio.workflow import Workflow
from routekit.schema.writing import quoted

__all__ = ["document"]

CHANNELS = ("voice", "chat", "sms", "email", "video")
"""The channels that TaskRouter has of itself, and e-mail."""


def document(workflow: Workflow, name: str, source: str, context: Context, rules: list[list[str]]) -> str:
    """All sections of the policy, in the order in which they are read."""
    title = visible(workflow.title) or name.replace("_", " ").strip().capitalize()
    parts = [
        _head(workflow, source, context),
        [f"policy {name} {quoted(title)}"],
        *_known(context),
        *_there(context),
        _route(rules),
    ]
    if context.queues.has_unrouted:
        parts.append(
            [
                section("what we promise, for every contact there can ever be"),
                'guarantee every_task_is_routed "The filters take every task"',
                f"  then queue is not {UNROUTED}",
            ]
        )
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _head(workflow: Workflow, source: str, context: Context) -> list[str]:
    count = len(workflow.filters)
    what = f"{count} filter" + ("" if count == 1 else "s")
    origin = f" `{visible(PurePath(source).name)}`" if source and source != "-" else ""
    lines = comment(f"Imported from the Twilio TaskRouter workflow{origin}: {what}, tried in their order.")
    lines += comment(
        "Targets are a queue and the steps behind it; times count from the arrival of the task."
        " Whatever could not be kept is marked with `!`."
    )
    if context.priorities.levels:
        lines += comment(
            "TaskRouter's larger priority is the more urgent, here it is the smaller one:"
            f" {context.priorities.words()}."
        )
    return lines


def _known(context: Context) -> list[list[str]]:
    fields = context.attributes.fields()
    parts: list[list[str]] = [
        [
            section("what we know about a contact"),
            *comment("A task may lack any attribute, so every field may be missing (`?`)."),
            *_record(CONTACT, [item for item in fields if item.record == CONTACT], context),
        ]
    ]
    records = dict.fromkeys(item.record for item in fields if item.record != CONTACT)
    parts += [_record(name, [item for item in fields if item.record == name], context) for name in records]
    if context.flags:
        parts.append(
            [
                *comment(
                    "Conditions that the policy cannot say: the service works them out and sends yes or no."
                ),
                *block(
                    "record untranslated",
                    [(name, "flag = no", visible(words, 200)) for name, words in context.flags.items()],
                ),
            ]
        )
    return parts


def _record(record: str, fields: list[Field], context: Context) -> list[str]:
    rows: list[tuple[str, str, str]] = []
    names = {item.name for item in fields}
    if record == CONTACT and "channel" not in names:
        rows.append(("channel", f"one of {', '.join(CHANNELS)} ?", ""))
    rows += [(item.name, TYPES[item.kind], _note(item, context)) for item in fields]
    if record == CONTACT and context.clock.is_asked:
        rows.append(("at", "time ?", "when the task came, for the hours below"))
    return block(f"record {record}", rows)


def _note(item: Field, context: Context) -> str:
    """Which attribute a field is, where its name does not tell."""
    plain = item.name if item.record == CONTACT else f"{item.record}.{item.name}"
    notes = [] if plain == item.attribute else [f"the attribute {visible(item.attribute)}"]
    if not context.attributes.uses.get(tuple(item.attribute.split("."))):
        notes.append("only asked whether it is there; text is a guess")
    return "; ".join(notes)


def _there(context: Context) -> list[list[str]]:
    on = f"on {', '.join(CHANNELS)}"
    parts = [
        [
            section("what we have"),
            *comment("A workflow does not say which channels a queue serves: here each serves all."),
            *one_line_blocks("channel", [(name, "assisted", "") for name in CHANNELS]),
        ],
        one_line_blocks("queue", [(name, on, visible(origin)) for name, origin in context.queues.rows()]),
    ]
    if context.clock.calendars:
        calendars = [(name, f"open {hours}", "") for hours, name in context.clock.calendars.items()]
        parts.append([*comment("TaskRouter's clock is in UTC."), *one_line_blocks("calendar", calendars)])
    if context.signals:
        rows = [(name, "integer 0.. ?", note) for name, note in context.signals.items()]
        parts.append([*comment("What a skip_if asks of its queue."), *block("live queue", rows)])
    renamed = context.renamed_skills()
    if renamed:
        parts.append(
            comment(
                "Skills: " + ", ".join(f"{name} is {visible(text, 80)!r}" for name, text in renamed) + "."
            )
        )
    return parts


def _route(rules: list[list[str]]) -> list[str]:
    inner = "\n\n".join("\n".join(rule) for rule in rules if rule)
    return [
        section("who gets what: the first rule whose condition is true decides"),
        "route {",
        inner,
        "}",
    ]
