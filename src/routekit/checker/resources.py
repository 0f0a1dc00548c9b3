"""Channels, queues and messages: what there is besides calendars."""

from routekit.checker.clauses import clauses_once, names_listed
from routekit.checker.constants import whole_number
from routekit.checker.context import Context
from routekit.checker.fields import fields_of
from routekit.policy.expressions import FieldRef
from routekit.policy.model import Channel, Message, Queue
from routekit.policy.wordings import strays
from routekit.syntax import tree
from routekit.translation import t

__all__ = ["check_channels", "check_messages", "check_queues"]


def check_channels(context: Context) -> dict[str, Channel]:
    """Returns the channels; each is served by a person or by a machine."""
    return {name: _channel(context, node) for name, node in context.names.channels.items()}


def _channel(context: Context, node: tree.ChannelNode) -> Channel:
    clauses = clauses_once(context, node.clauses)
    if ("assisted" in clauses) == ("self_service" in clauses):
        context.reporter.report(
            "RK306",
            t("channel `{name}` is either `assisted` or `self_service`", name=node.name.name),
            node.name.span,
            help=t("`assisted` where a person answers, `self_service` where a machine does"),
        )
    cost = clauses.get("cost")
    handed = clauses.get("hands over")
    return Channel(
        node.name.name,
        "assisted" in clauses,
        float(cost.value.text) if cost and isinstance(cost.value, tree.Literal) else None,
        "in_person" in clauses,
        _carried(context, clauses.get("carries")),
        None if handed is None else fields_of(context, handed.paths),
    )


def _carried(context: Context, clause: tree.Clause | None) -> int | None:
    """The greatest number of letters that a channel carries."""
    if clause is None or not isinstance(clause.value, tree.Literal):
        return None
    most = whole_number(context, clause.value, "`carries`")
    if most == 0:
        message = t("a channel that carries no letter says nothing")
        context.reporter.report("RK205", message, clause.value.span)
    return most


# ── queues and messages ───────────────────────────────────────────────────────


def check_queues(context: Context) -> dict[str, Queue]:
    """Returns the queues; each is served on some channel."""
    return {name: _queue(context, node) for name, node in context.names.queues.items()}


def _queue(context: Context, node: tree.QueueNode) -> Queue:
    clauses = clauses_once(context, node.clauses)
    channels: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    asked: tuple[FieldRef, ...] = ()
    calendar = None
    for clause in node.clauses:
        match clause.word:
            case "on":
                channels = tuple(
                    name.name
                    for name in clause.names
                    if context.known("channel", name, context.names.channels)
                )
            case "skills":
                skills = tuple(name.name for name in clause.names)
            case "asks for":
                asked = fields_of(context, clause.paths)
            case _:
                (name,) = clause.names
                if context.known("calendar", name, context.names.calendars):
                    calendar = name.name
    if "on" not in clauses:
        context.reporter.report(
            "RK306",
            t("queue `{name}` says no channel", name=node.name.name),
            node.name.span,
            help=t("say on which channels it is served: `on voice, chat`"),
        )
    return Queue(node.name.name, channels, skills, calendar, asked, node.span)


def check_messages(context: Context) -> dict[str, Message]:
    """Returns the messages with their wordings."""
    messages = {}
    channels = context.names.all_channels
    for name, node in context.names.messages.items():
        wordings: dict[str, str] = {}
        for wording in node.wordings:
            channel = wording.channel.name
            if channel in wordings:
                context.reporter.report(
                    "RK103",
                    t("message `{name}` has two wordings for `{channel}`", name=name, channel=channel),
                    wording.channel.span,
                )
            _report_strays(context, wording)
            if context.known("channel", wording.channel, channels):
                wordings[channel] = wording.text
        if not node.wordings:
            context.reporter.report(
                "RK306", t("message `{name}` says nothing", name=name), node.name.span, help='`sms "…"`'
            )
        about = names_listed(context, "matter", node.about, context.names.matters)
        messages[name] = Message(name, wordings, about, node.span)
    return messages


def _report_strays(context: Context, wording: tree.Wording) -> None:
    """Reports braces of a text that hold no place to be filled, once a text."""
    for stray in strays(wording.text):
        context.reporter.report(
            "RK432",
            t("`{text}` is no place that can be filled", text=stray.text)
            if stray.is_closed
            else t("a brace `{text}` stands alone", text=stray.text),
            wording.span,
            help=t("what is filled in is one name between braces: `{{pay_url}}`"),
        )
        return
