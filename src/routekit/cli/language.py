"""The language of the commands: what asks for it, and help and complaints of click in it."""

import inspect
from collections.abc import Iterable, Mapping, Sequence
from copy import copy

import click

from routekit.diagnostics.folding import fold, padded, width_of
from routekit.translation import LANGUAGES, from_environment, language, language_called, msgids, t

__all__ = ["chosen", "complaint", "language_option", "translated"]

OPTION = "--lang"
_HEADS = msgids(("Options", "Commands"))


def chosen(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[str, list[str]]:
    """Returns the language of a command line, and its arguments without ``--lang``, wherever that stood.

    Raises:
        UnknownLanguageError: for a language that is not there.

    >>> chosen(["check", "--lang", "zh", "a.route"], {})
    ('zh', ['check', 'a.route'])
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    asked, rest = None, list[str]()
    place = 0
    while place < end:
        name, given, value = arguments[place].partition("=")
        place += 1
        if name != OPTION:
            rest.append(arguments[place - 1])
        elif given:
            asked = value
        elif place < end:
            asked = arguments[place]
            place += 1
        else:
            rest.append(name)  # click says that its value is missing
    found = from_environment(environment) if asked is None else language_called(asked)
    return found, [*rest, *arguments[end:]]


def translated(command: click.Command) -> click.Command:
    """Returns a command whose help is in the language of the moment."""
    said = copy(command)
    said.context_class = _Context
    said.help = t(inspect.cleandoc(command.help)) if command.help else command.help
    said.params = [_translated(param) for param in command.params]
    if isinstance(said, click.Group):
        said.commands = {name: translated(each) for name, each in said.commands.items()}
    return said


def _translated(param: click.Parameter) -> click.Parameter:
    if not isinstance(param, click.Option) or not param.help:
        return param
    said = copy(param)
    said.help = t(param.help)
    return said


def language_option(command: click.Command) -> click.Command:
    """Gives the command of all commands ``--lang``, for its help; :func:`chosen` has taken it by then."""
    option = click.Option(
        [OPTION],
        type=click.Choice(list(LANGUAGES)),
        expose_value=False,
        help=t("The language, before or behind a command; else ROUTEKIT_LANG, else the locale."),
    )
    command.params = [option, *command.params]
    return command


# ── click in other languages ────────────────────────────────────────────────────


class _Formatter(click.HelpFormatter):
    """Help whose heads are translated, and whose lines are folded where wide letters may be."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, t("Usage: ") if prefix is None else prefix)

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{t('{heading}:', heading=t(heading))}\n")

    def write_text(self, text: str) -> None:
        if language() == "en":
            super().write_text(text)
            return
        indent = " " * self.current_indent
        paragraphs = []
        for paragraph in text.split("\n\n"):
            if paragraph.startswith("\b"):
                lines = [f"{indent}{line}" for line in paragraph.removeprefix("\b\n").splitlines()]
            else:
                lines = fold(" ".join(paragraph.split("\n")), self.width, indent, indent)
            paragraphs.append("\n".join(lines))
        self.write("\n\n".join(paragraphs) + "\n")

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        if language() == "en":
            super().write_dl(list(rows), col_max, col_spacing)
            return
        rows = list(rows)
        widest = min(max((width_of(name) for name, _ in rows), default=0), col_max)
        column = self.current_indent + widest + col_spacing
        for name, text in rows:
            start = " " * self.current_indent + padded(name, widest + col_spacing)
            if width_of(name) > widest:
                self.write(f"{' ' * self.current_indent}{name}\n")
                start = " " * column
            room = " " * column
            first, *more = fold(_of_click(text), self.width, room, room) or [room]
            self.write("\n".join([f"{start}{first.removeprefix(room)}".rstrip(), *more]) + "\n")


class _Context(click.Context):
    formatter_class = _Formatter


def _of_click(text: str) -> str:
    """What click itself says in the help of an option."""
    said = {
        "Show this message and exit.": t("Show this message and exit."),
        "Show the version and exit.": t("Show the version and exit."),
    }
    return said.get(text, text).replace("[default: ", t("[default: ")).replace("[required]", t("[required]"))


def complaint(error: click.ClickException) -> tuple[str, str]:
    """Returns what is wrong with a command line, and where to read how it is written."""
    match error:
        case click.NoSuchOption():
            message = t("there is no option `{name}`", name=error.option_name)
        case click.MissingParameter():
            name = error.param.make_metavar(error.ctx) if error.param and error.ctx else error.param_hint
            message = t("`{name}` is missing", name=str(name))
        case click.BadParameter():
            name = error.param.opts[0] if error.param and error.param.opts else error.param_hint
            message = t("`{name}` does not fit: {reason}", name=str(name), reason=error.message)
        case _:
            message = error.format_message()
    context = error.ctx if isinstance(error, click.UsageError) else None
    return message, "" if context is None else t("`{command} --help` says how", command=context.command_path)
