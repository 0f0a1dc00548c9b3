"""A line in, its answer out: which command, fact or question it is, and what is said."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from routekit.checker.adhoc_expressions import AdhocError, Setting
from routekit.diagnostics import closest
from routekit.reasons.words import Words
from routekit.repl.commands import COMMANDS, Command, command_named
from routekit.repl.contact_commands import contact_from
from routekit.repl.facts import as_given, hint_for, is_fact, set_facts
from routekit.repl.policy_commands import error_lines, good_lines
from routekit.repl.query_commands import evaluated
from routekit.repl.session import ARRIVAL, RefusedError, Session, fields_of
from routekit.repl.wording import (
    Paint,
    as_before,
    changes,
    in_short,
    plain,
    problem_lines,
    underlined,
    visible,
)
from routekit.syntax.lexer import RAW_TOKEN
from routekit.translation import t

__all__ = ["PROMPT", "Answer", "Conversation", "goes_on", "play"]

_WORD = re.compile(r"\s*([^\W\d]\w*|\?)(?=\s|$)\s*(.*)", re.DOTALL)
_OPERATORS = "is|in|not|and|or|has|contains|starts|ends|matches|else"
_OPERATES = re.compile(rf"(?:{_OPERATORS})\b|[-+*/<>=!]")
_VALUE = re.compile(rf'(\w+\.\w+)\s+((?!(?:{_OPERATORS})\b)[\w"{{].*)', re.DOTALL)
MOST_LINE = 100_000
MOST_ERRORS = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a line; not ``ok`` where it could not be done, ``leaves`` where it was the last."""

    text: str
    ok: bool = True
    leaves: bool = False


def goes_on(text: str) -> bool:
    """Checks whether a line goes on in the next one: a bracket is open, or a backslash ends it.

    >>> goes_on("contact.intent in {billing,"), goes_on("customer.id = \\"{\\""), goes_on("why \\\\")
    (True, False, True)
    """
    if text.endswith("\\"):
        return True
    if text.lstrip().startswith("{"):
        return _is_open_json(text)
    depth, position = 0, 0
    while position < len(text):
        match = RAW_TOKEN.match(text, position)
        piece = match.group() if match else text[position]
        depth += (piece in ("(", "{", "[")) - (piece in (")", "}", "]"))
        position += len(piece)
    return depth > 0


def _is_open_json(text: str) -> bool:
    outside = re.sub(r'"(?:[^"\\]|\\.)*"?', "", text, flags=re.DOTALL)
    return sum(letter in "{[" for letter in outside) > sum(letter in "}]" for letter in outside)


class Conversation:
    """Answers the lines of one session; it knows no terminal."""

    def __init__(self, session: Session, paint: Paint = plain) -> None:
        self.session = session
        self.paint = paint
        self._told = session.versions.errors

    def greeting(self) -> Answer:
        """Tells what is said first: the policy, or what is wrong with it."""
        errors = self.session.versions.errors
        if errors:
            return Answer("\n".join(error_lines(self.session, self.paint)), ok=False)
        policy = self.session.version.policy
        title = f': "{policy.title}"' if policy.title else ""
        known = ", ".join(
            f"{len(items)} {word if len(items) != 1 else word[:-1]}"
            for items, word in (
                (policy.checked.rule_names, "rules"),
                (policy.checked.queues, "queues"),
                (policy.checked.examples, "examples"),
            )
        )
        return Answer(
            t(
                "{policy}\n{known}. `help` shows what you can type, Tab completes.",
                policy=self.paint("lead", policy.name) + title,
                known=known,
            )
        )

    def answer(self, line: str) -> Answer:
        """Answers one line, which may hold line ends; a changed policy is read first."""
        said = list(self._news())
        text = line.replace("\\\n", " \n").strip()
        if not text or text.startswith("#"):
            return Answer("\n".join(said))
        command: Command | None = None
        try:
            if len(text) > MOST_LINE:
                raise RefusedError(
                    t(
                        "a line has {most_line:,} characters at most; `load` takes a contact from a file",
                        most_line=MOST_LINE,
                    )
                )
            command, rest = self._command(text)
            said.extend(self._run(command, rest, text))  # what was said before a failure stays
        except AdhocError as error:
            said += self._not_understood(text, error)
            return Answer("\n".join(said), ok=False)
        except RefusedError as error:
            said += self._refused(str(error))
            return Answer("\n".join(said), ok=False)
        return Answer("\n".join(said), leaves=command is not None and command.leaves)

    # ── what a line is ────────────────────────────────────────────────────────

    def _command(self, text: str) -> tuple[Command | None, str]:
        match = _WORD.fullmatch(text)
        command = command_named(match[1]) if match else None
        if command is None or match is None or is_fact(text):
            return None, text
        if _OPERATES.match(match[2]) and (match[1] == "now" or self._defines(match[1])):
            return None, text
        return command, match[2].strip()

    def _defines(self, name: str) -> bool:
        """Whether the policy has a let or segment that is called like a command."""
        good = self.session.versions.good
        return good is not None and any(item.name == name for item in good.policy.checked.definitions)

    def _run(self, command: Command | None, rest: str, text: str) -> Iterator[str]:
        if command is not None:
            state = self.session.state()
            yield from command.run(self.session, rest, self.paint)
            if command.changes and (rest or self.session.state() != state):
                yield from self._decision()
        elif text.startswith("{"):
            yield from contact_from(self.session, text, self.paint)
            yield from self._decision()
        elif is_fact(text):
            name, _, value = text.partition("=")
            if name.strip() == "now":
                now = command_named("now")
                assert now is not None
                yield from now.run(self.session, value.strip(), self.paint)
            else:
                for setting in set_facts(self.session, as_given(text)):
                    yield from self._note(setting)
            yield from self._decision()
        else:
            yield from evaluated(self.session, text, self.paint)

    def _note(self, setting: Setting) -> Iterator[str]:
        """What else comes of a fact that was set."""
        policy = self.session.version.policy.checked
        if setting.given is None:
            field = fields_of(policy)[setting.path]
            if field.default is not None:
                default = Words(policy).value(field.default, field.type)
                yield t(
                    "{path} is not set, so its default {default} is taken",
                    path=".".join(setting.path),
                    default=default,
                )
        elif setting.path == ARRIVAL and self.session.brings_time and self.session.clock is not None:
            self.session.clock = None
            yield t("contact.at is the time of the decision now")

    def _decision(self) -> Iterator[str]:
        """The decision in a line, what changed in another."""
        policy = self.session.version.policy.checked
        before, decision = self.session.before, self.session.decide()
        self.session.before = decision
        told = changes(before, decision, self.paint) if before is not None else ""
        if before is not None and not told:
            yield as_before(decision, self.paint)
        else:
            yield in_short(decision, policy, self.paint)
        if told:
            yield t("changed: {told}", told=told)
        yield from problem_lines(decision.problems, self.paint)

    def _news(self) -> Iterator[str]:
        """What became of the policy on disk since the last line; errors are told once."""
        again = self.session.refresh()
        if again is None:
            return
        if not again.errors:
            yield from good_lines(self.session, again, self.paint)
        elif again.errors != self._told:
            yield from error_lines(self.session, self.paint)
        self._told = again.errors

    # ── mistakes ──────────────────────────────────────────────────────────────

    def _refused(self, text: str) -> Iterator[str]:
        first, *more = text.splitlines()
        yield t("{head}: {text}", head=self.paint("error", t("error")), text=first)
        yield from (f"  {line}" for line in more)

    def _not_understood(self, text: str, error: AdhocError) -> Iterator[str]:
        if text.startswith("given"):
            text, hint = "", ""
        else:
            hint = hint_for(self.session, as_given(text), error) if is_fact(text) else self._likely(text)
        for found in error.diagnostics[:MOST_ERRORS]:
            yield from underlined(found, self.paint, text, hint)
            hint = ""

    def _likely(self, text: str) -> str:
        """What a line that is no expression may have been meant as."""
        policy = self.session.version.policy.checked
        word = text.split(None, 1)[0]
        if word in {*policy.rule_names} | {offer.name for offer in policy.offers}:
            return t("`whynot {word}` asks about that rule or offer", word=word)
        command = closest(word, [command.name for command in COMMANDS]) if word.isidentifier() else None
        if command is not None:
            return t("did you mean the command `{command}`?", command=command)
        path = _VALUE.fullmatch(text)
        return t("to set it: `{path} = {value}`", path=path[1], value=visible(path[2])) if path else ""


# ── lines that are piped in ────────────────────────────────────────────────────


PROMPT, MORE = "> ", ". "


def play(conversation: Conversation, lines: Iterable[str], say: Callable[[str], None]) -> bool:
    """Answers all lines up to `quit`; whether all could be done.

    Each line is said as it would stand at a prompt, so that the output reads as the conversation it was.
    """
    all_done, begun = True, ""
    pending: list[str] = []
    for line in lines:
        typed = line.rstrip("\r\n")
        if not pending and not typed.strip():
            continue
        say(f"{MORE if pending else PROMPT}{visible(typed)}")
        pending.append(typed)
        begun = "\n".join(pending)
        if goes_on(begun):
            continue
        pending = []
        answer = conversation.answer(begun)
        all_done = all_done and answer.ok
        if answer.text:
            say(answer.text)
        if answer.leaves:
            return all_done
    if pending:
        answer = conversation.answer(begun)
        say(answer.text)
        return all_done and answer.ok
    return all_done
