"""The conversation in a terminal: highlighted, completed, with history; what knows prompt_toolkit."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from shutil import get_terminal_size

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, get_common_complete_suffix
from prompt_toolkit.completion import Completion as Item
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.output import ColorDepth, Output
from prompt_toolkit.shortcuts import CompleteStyle
from prompt_toolkit.styles import Style

from routekit.diagnostics.folding import fold
from routekit.diagnostics.render import width_of
from routekit.highlight import RouteLexer
from routekit.repl.completion import completions
from routekit.repl.conversation import MORE, PROMPT, Conversation, goes_on
from routekit.repl.session import Session

__all__ = ["PolicyCompleter", "history", "talk"]

_STYLE = Style.from_dict(
    {
        "prompt": "ansibrightblack",
        "pygments.keyword": "ansiblue",
        "pygments.operator.word": "ansiblue",
        "pygments.literal.string": "ansigreen",
        "pygments.literal.number": "ansimagenta",
        "pygments.literal.date": "ansimagenta",
        "pygments.name.attribute": "ansicyan",
        "pygments.name.function": "ansicyan",
        "auto-suggestion": "ansibrightblack",
    }
)


class PolicyCompleter(Completer):
    """Completes by the policy that answers."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002 - prompt_toolkit's interface
    ) -> Iterable[Item]:
        for found in completions(self._session, document.text_before_cursor):
            yield Item(found.text, start_position=-found.length, display_meta=found.meaning)


class _KeptHistory(FileHistory):
    """History in a file, which is left alone where it cannot be written or read."""

    def load_history_strings(self) -> Iterable[str]:
        try:
            return list(super().load_history_strings())
        except OSError:
            return []

    def store_string(self, string: str) -> None:
        try:
            super().store_string(string)
        except (OSError, ValueError):
            return


def history() -> History:
    """Tells what was typed before, in the user's folder for such things; in memory where there is none.

    The file is for its owner alone: what is typed may be about customers.
    """
    state = os.environ.get("XDG_STATE_HOME", "")
    try:
        folder = (Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state") / "routekit"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / "history"
        file.touch(mode=0o600)
    except (OSError, RuntimeError):
        return InMemoryHistory()
    return _KeptHistory(str(file))


def talk(
    conversation: Conversation,
    *,
    colour: bool,
    simple: bool = False,
    keys: Input | None = None,
    screen: Output | None = None,
) -> None:
    """Talks until Ctrl-D or `quit`; ``simple`` leaves out menus and suggestions, for screen readers."""
    prompt = _prompt(conversation, colour=colour, simple=simple, keys=keys, screen=screen)
    _say(conversation.greeting().text, colour=colour)
    while True:
        line = None
        try:  # Ctrl-C may come at any time, also while an answer is being written
            line = prompt()
            answer = conversation.answer(line)
            _say(answer.text, colour=colour)
        except KeyboardInterrupt:
            if line is not None:
                _say("stopped", colour=colour)
            continue
        except EOFError:
            return
        if answer.leaves:
            return


def _say(text: str, *, colour: bool) -> None:
    """Prints a text, its long lines broken between words where the terminal ends."""
    width = max(get_terminal_size().columns, 20)
    for line in text.splitlines():
        if _columns(line) > width:
            indent = line[: len(line) - len(line.lstrip())]
            line = "\n".join(fold(line.strip(), width, indent, f"{indent}  ", measure=_columns))
        click.echo(line, color=colour)


def _columns(text: str) -> int:
    return width_of(click.unstyle(text))


def _prompt(
    conversation: Conversation, *, colour: bool, simple: bool, keys: Input | None, screen: Output | None
) -> Callable[[], str]:
    completer = PolicyCompleter(conversation.session)
    session: PromptSession[str] = PromptSession(
        [("class:prompt", PROMPT)],
        lexer=PygmentsLexer(RouteLexer) if colour else None,
        style=_STYLE if colour else None,
        color_depth=None if colour else ColorDepth.DEPTH_1_BIT,
        completer=completer,
        complete_while_typing=not simple,
        complete_style=CompleteStyle.READLINE_LIKE if simple else CompleteStyle.COLUMN,
        auto_suggest=None if simple else AutoSuggestFromHistory(),
        reserve_space_for_menu=0 if simple else 8,
        history=history(),
        multiline=True,
        prompt_continuation=lambda width, number, wrapped: MORE,  # noqa: ARG005 - prompt_toolkit's interface
        key_bindings=_keys(completer),
        input=keys,
        output=screen,
    )
    return session.prompt


def _keys(completer: Completer) -> KeyBindings:
    """Enter ends the line, unless it goes on; Tab completes."""
    bindings = KeyBindings()

    @bindings.add("enter")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.document.is_cursor_at_the_end and goes_on(buffer.text):
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @bindings.add("tab")
    def _(event: KeyPressEvent) -> None:
        # the only one there is comes at once; a menu takes a moment, in which what is typed would undo it
        buffer = event.current_buffer
        found = list(completer.get_completions(buffer.document, CompleteEvent(completion_requested=True)))
        menu = buffer.complete_state
        if len(found) == 1 and (menu is None or menu.current_completion is None):
            buffer.apply_completion(found[0])
        elif menu is not None:
            buffer.complete_next()
        else:
            buffer.insert_text(get_common_complete_suffix(buffer.document, found))
            buffer.start_completion(select_first=False)

    return bindings
