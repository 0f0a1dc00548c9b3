"""Channels, queues and messages: what there is besides calendars."""

from routekit.checker.context import Context
from routekit.policy.model import Channel, Message, Queue
from routekit.syntax import tree
from routekit.translation import t

__all__ = ["check_channels", "check_messages", "check_queues"]


def check_channels(context: Context) -> dict[str, Channel]:
    """Returns the channels; each is served by a person or by a machine."""
    return {name: _channel(context, node) for name, node in context.names.channels.items()}


def _channel(context: Context, node: tree.ChannelNode) -> Channel:
    words = [clause.word for clause in node.clauses]
    _report_repeated(context, node.clauses)
    if ("assisted" in words) == ("self_service" in words):
        context.reporter.report(
            "RK306",
            t("channel `{name}` is either `assisted` or `self_service`", name=node.name.name),
            node.name.span,
            help=t("`assisted` where a person answers, `self_service` where a machine does"),
        )
    cost = None
    for clause in node.clauses:
        if clause.word == "cost" and isinstance(clause.value, tree.Literal):
            cost = float(clause.value.text)
    return Channel(node.name.name, "assisted" in words, cost)


def _report_repeated(context: Context, clauses: tuple[tree.Clause, ...]) -> None:
    first: dict[str, tree.Clause] = {}
    for clause in clauses:
        known = first.setdefault(clause.word, clause)
        if known is not clause:
            context.report_twice(clause.word, clause.span, known.span)


# ── queues and messages ───────────────────────────────────────────────────────


def check_queues(context: Context) -> dict[str, Queue]:
    """Returns the queues; each is served on some channel."""
    return {name: _queue(context, node) for name, node in context.names.queues.items()}


def _queue(context: Context, node: tree.QueueNode) -> Queue:
    _report_repeated(context, node.clauses)
    channels: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
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
            case _:
                (name,) = clause.names
                if context.known("calendar", name, context.names.calendars):
                    calendar = name.name
    if not any(clause.word == "on" for clause in node.clauses):
        context.reporter.report(
            "RK306",
            t("queue `{name}` says no channel", name=node.name.name),
            node.name.span,
            help=t("say on which channels it is served: `on voice, chat`"),
        )
    return Queue(node.name.name, channels, skills, calendar)


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
            if context.known("channel", wording.channel, channels):
                wordings[channel] = wording.text
        if not node.wordings:
            context.reporter.report(
                "RK306", t("message `{name}` says nothing", name=name), node.name.span, help='`sms "…"`'
            )
        messages[name] = Message(name, wordings)
    return messages
