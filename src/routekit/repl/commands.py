"""The commands: one table, each with its help. A new one is a function and its row."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from routekit.diagnostics import closest
from routekit.repl.answer_commands import say_message
from routekit.repl.contact_commands import add_shown, load, reset, set_given, set_now, show_facts, unset
from routekit.repl.policy_commands import diff, reload, save_example, test
from routekit.repl.query_commands import (
    ask,
    compare,
    contact_map,
    decide,
    prove,
    queues,
    rules,
    segments,
    why,
    why_not,
)
from routekit.repl.session import RefusedError, Session, stands_alone
from routekit.repl.wording import (
    Paint,
    visible,
)
from routekit.translation import msgid, t

__all__ = ["COMMANDS", "Command", "Run", "command_named"]

Run: TypeAlias = Callable[[Session, str, Paint], Iterator[str]]
"""Does what is asked, line by line; raises ``RefusedError`` or ``AdhocError`` where it cannot."""

Takes: TypeAlias = Literal["", "command", "fact", "file", "message", "name", "offer", "question", "set"]
"""What is completed behind a command: ``set`` are facts that are set, ``name`` rules and offers, and what a
``question`` asks about are conditions and parts of the outcome."""


@dataclass(frozen=True, slots=True)
class Command:
    """A word that a line may begin with; ``changes`` the contact, so that the decision is told behind it."""

    name: str
    usage: str
    help: str
    run: Run
    takes: Takes = ""
    changes: bool = False
    leaves: bool = False


def command_named(name: str) -> Command | None:
    """Returns the command that a word calls."""
    return _BY_NAME.get(_ALIASES.get(name, name))


def _help(session: Session, rest: str, paint: Paint) -> Iterator[str]:  # noqa: ARG001 - as all commands
    if rest:
        command = command_named(rest)
        if command is None:
            raise RefusedError(unknown_command(rest))
        yield t("{head}: {text}", head=paint("name", command.usage), text=t(command.help))
        return
    rows = [*_TYPED, *((command.usage, command.help) for command in COMMANDS)]
    width = max(len(usage) for usage, _ in rows)
    for usage, text in rows:
        yield f"{paint('name', usage)}{' ' * (width - len(usage))}  {t(text)}"
    yield t("A line goes on behind an open bracket or `\\`. Tab completes, Ctrl-C clears, Ctrl-D leaves.")


def unknown_command(name: str) -> str:
    """Tells that there is no such command, and which was likely meant."""
    likely = closest(name, [*_BY_NAME, *_ALIASES])
    hint = t("did you mean `{likely}`?", likely=likely) if likely else t("`help` lists them")
    return t("there is no command `{name}`\n{hint}", name=visible(name)[:100], hint=hint)


def _quit(session: Session, rest: str, _: Paint) -> Iterator[str]:  # noqa: ARG001 - as all commands
    stands_alone("quit", rest)
    yield from ()


_TYPED = (
    ("customer.value = 92", msgid("Set a fact, written as in the policy; `= missing` takes it away.")),
    ("customer.value >= 80", msgid("Ask anything that a condition can say, or a value.")),
    ('{"contact": {…}}', msgid("Put a contact in JSON in the place of the facts.")),
)

COMMANDS: tuple[Command, ...] = (
    Command("facts", "facts", msgid("Show what is set, and the time."), show_facts),
    Command(
        "given", "given FACTS", msgid("Set facts as an example writes them."), set_given, "fact", changes=True
    ),
    Command(
        "unset",
        "unset FACT",
        msgid("Forget a fact, a record, `shown` or `now`."),
        unset,
        "set",
        changes=True,
    ),
    Command("reset", "reset", msgid("Forget everything that is set."), reset, changes=True),
    Command("now", "now [TIME]", msgid("Show or set the time of the decision."), set_now, changes=True),
    Command(
        "shown",
        "shown OFFER [WHEN]",
        msgid("Note an offer made before, for caps."),
        add_shown,
        "offer",
        changes=True,
    ),
    Command("load", "load FILE[:LINE]", msgid("Take a contact from a file."), load, "file", changes=True),
    Command("decide", "decide", msgid("Show the whole decision."), decide),
    Command("why", "why [all]", msgid("Say why it is decided so, and what would change it."), why),
    Command("whynot", "whynot RULE|OFFER", msgid("Say why not, and what would make it so."), why_not, "name"),
    Command(
        "ask",
        "ask can WHEN reach THEN",
        msgid("Ask of all contacts there can be; or `ask who reaches THEN`."),
        ask,
        "question",
    ),
    Command(
        "map",
        "map",
        msgid("Draw the contact map, and tell where service breaks."),
        contact_map,
    ),
    Command("prove", "prove", msgid("Prove the guarantees for all contacts there can be."), prove),
    Command(
        "compare",
        "compare FILE",
        msgid("Tell who is treated differently than by another policy."),
        compare,
        "file",
    ),
    Command(
        "say",
        "say [MESSAGE [CHANNEL]]",
        msgid("Say a message with the facts of its day, or what this contact is told."),
        say_message,
        "message",
    ),
    Command("rules", "rules", msgid("List the rules; → decides."), rules),
    Command("queues", "queues", msgid("List the queues, and which are open."), queues),
    Command("segments", "segments", msgid("List the segments, and which hold."), segments),
    Command(
        "save", 'save "NAME"', msgid("Add what was just tried to the policy as an example."), save_example
    ),
    Command("test", "test [WORDS]", msgid("Run the policy's examples, or those with such a name."), test),
    Command("diff", "diff", msgid("Show what changed since the start, or since `save`."), diff),
    Command("reload", "reload", msgid("Read the policy again; a changed file is read by itself."), reload),
    Command("help", "help [COMMAND]", msgid("Show this, or one command."), _help, "command"),
    Command("quit", "quit", msgid("Leave; so does Ctrl-D."), _quit, leaves=True),
)

_BY_NAME = {command.name: command for command in COMMANDS}
_ALIASES = {"show": "facts", "exit": "quit", "?": "help", "why_not": "whynot"}
