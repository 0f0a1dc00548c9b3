"""``routekit import``: routing rules of other systems, as policies."""

import json
import re
import sys
from pathlib import Path

import click

from routekit.cli.output import FINDINGS, fail, paint, reason, say, uses_colour, write
from routekit.importers.twilio.report import Warned, as_objects, pretty
from routekit.importers.twilio.translate import Imported, import_workflow
from routekit.importers.twilio.workflow import MOST_CHARACTERS, WorkflowError
from routekit.translation import msgid, plural, t

__all__ = ["command"]

FORMAT_VERSION = 1

_force_option = click.option("--force", is_flag=True, help=msgid("Write over FILE where there is one."))
_format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(["pretty", "json"]),
    default="pretty",
    show_default=True,
    help=msgid("How warnings are written; json goes to standard output where the policy goes to a file."),
)


@click.group()
def command() -> None:
    """Translate the routing rules of another system into a policy.

    \b
    Examples:
      routekit import twilio workflow.json -o care.route
      routekit import twilio workflow.json --name care | less
      routekit import dmn approval.dmn -o approval.route
    then, as with rules/telecom.route:
      routekit check care.route
    """


@command.command()
@click.argument("workflow", metavar="WORKFLOW")
@click.option(
    "-o", "--output", metavar="FILE", help=msgid("Where the policy goes; by default to standard output.")
)
@_force_option
@click.option(
    "--name", metavar="NAME", help=msgid("The name of the policy; by default the workflow's or the file's.")
)
@_format_option
@click.option(
    "--skills-from",
    "skills_from",
    multiple=True,
    metavar="ATTRIBUTE",
    help=msgid(
        "A list of workers whose members are skills, besides worker.skills and worker.routing.skills."
    ),
)
def twilio(
    workflow: str,
    output: str | None,
    force: bool,
    name: str | None,
    format_: str,
    skills_from: tuple[str, ...],
) -> None:
    """Translate a Twilio TaskRouter workflow.

    WORKFLOW is the JSON of a workflow's configuration, or - for standard input. Filters become rules,
    targets queues and plans, attributes records. Placeholders of a template stay as text. What cannot be
    translated is a named warning, and a comment at its place in the policy.
    Exit status: 0 all was kept, 1 with warnings, 2 where it is no workflow or cannot be written.

    \b
    Examples:
      routekit import twilio workflow.json -o care.route
      routekit import twilio workflow.json --format json > /dev/null
      twilio api:taskrouter:v1:workspaces:workflows:fetch … -o json | routekit import twilio -
    The policy is then one like rules/telecom.route.
    """
    _require_name(name)
    try:
        imported = import_workflow(_read(workflow), name=name, source=workflow, skills_from=skills_from)
    except WorkflowError as error:
        raise fail(f"`{workflow}`: {error}" if workflow != "-" else str(error), error.hint) from None
    if output is None:
        write(imported.text, nl=False)
    else:
        _write(imported.text, output, over=force)
    if format_ == "json":
        write(_as_json(imported, output), err=output is None)
    else:
        _tell(imported.warnings, output)
    if imported.warnings:
        raise click.exceptions.Exit(FINDINGS)


@command.command()
@click.argument("model", metavar="MODEL")
@click.option(
    "-o",
    "--output",
    metavar="FILE|FOLDER",
    help=msgid("Where the policy goes, a folder getting a file of its name; by default to standard output."),
)
@_force_option
@click.option(
    "--name", metavar="NAME", help=msgid("The name of the policy; by default the model's or the file's.")
)
@click.option(
    "--map",
    "mapped",
    metavar="OUTPUT=PART",
    multiple=True,
    help=msgid("An output of the model that is the queue, priority or message of the decision."),
)
@_format_option
def dmn(
    model: str, output: str | None, force: bool, name: str | None, mapped: tuple[str, ...], format_: str
) -> None:
    """Translate the decision tables of a DMN model.

    MODEL is a file of Decision Model and Notation. Inputs become records, decisions become values by cases,
    which the outcome carries: `decision.data`. With --map an output is the queue, the priority or the message
    instead, a rule for each of its values. What cannot be said the same is refused by name at its place, and
    so is what rests on it; that rows of a unique table overlap is found by proof, with an input that shows
    it.
    Exit status: 0 all was kept, 1 something was refused or found, 2 where it is no model, or not written.

    \b
    Examples:
      routekit import dmn approval.dmn -o rules/
      routekit import dmn approval.dmn --map Approval=queue --format json -o approval.route
    """
    from routekit.importers.dmn.document import DmnError
    from routekit.importers.dmn.translate import import_dmn

    _require_name(name)
    try:
        imported = import_dmn(_bytes(model), name=name, source=model, parts=dict(map(_mapping, mapped)))
    except DmnError as error:
        raise fail(f"`{model}`: {error}", error.hint) from None
    path = output
    if output is not None and (output.endswith("/") or Path(output).is_dir()):
        Path(output).mkdir(parents=True, exist_ok=True)
        path = (Path(output) / f"{imported.name}.route").as_posix()
    if path is None:
        write(imported.text, nl=False)
    else:
        _write(imported.text, path, over=force)
    if format_ == "json":
        document = {
            "format_version": FORMAT_VERSION,
            "policy": imported.name,
            "output": path,
            "inputs": dict(imported.inputs),
            "outputs": dict(imported.parts),
            "warnings": [
                {"kind": note.kind, "where": note.where, "message": note.message} for note in imported.notes
            ],
        }
        write(json.dumps(document, indent=2), err=path is None)
    else:
        for note in imported.notes:
            kind = paint("warning", note.kind) if uses_colour(to_error=True) else note.kind
            say(f"{kind}: {note.where}: {note.message}", err=True)
        _next(len(imported.notes), path)
    if imported.notes:
        raise click.exceptions.Exit(FINDINGS)


def _mapping(text: str) -> tuple[str, str]:
    called, equals, part = text.rpartition("=")
    if not equals or not called.strip():
        raise click.UsageError(t("`{text}` maps nothing: write `Approval=queue`", text=text))
    return called.strip(), part.strip()


def _bytes(path: str) -> bytes:
    from routekit.importers.dmn.document import MOST_BYTES

    try:
        with Path(path).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise fail(t("the model `{path}` cannot be read: {error}", path=path, error=reason(error))) from None


def _require_name(name: str | None) -> None:
    if name is not None and not re.fullmatch(r"[^\W\d]\w{0,99}", name):
        raise fail(
            t("`{name}` is no name of a policy", name=name),
            t("letters, digits and _, not beginning with a digit"),
        )


def _read(path: str) -> str:
    try:
        if path == "-":
            data = sys.stdin.buffer.read(4 * MOST_CHARACTERS)
        else:
            with Path(path).open("rb") as file:
                data = file.read(4 * MOST_CHARACTERS)
    except OSError as error:
        raise fail(
            t("the workflow `{path}` cannot be read: {error}", path=path, error=reason(error)),
            t("name a file of JSON, or - for standard input"),
        ) from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise fail(t("the workflow `{path}` is not UTF-8", path=path), t("save it as UTF-8")) from None


def _write(text: str, path: str, *, over: bool) -> None:
    try:
        with Path(path).open("w" if over else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise fail(
            t("`{path}` is there already", path=path), t("add --force to write over it, or name another file")
        ) from None
    except OSError as error:
        raise fail(t("`{path}` cannot be written: {error}", path=path, error=reason(error))) from None


def _as_json(imported: Imported, output: str | None) -> str:
    document = {
        "format_version": FORMAT_VERSION,
        "policy": imported.name,
        "output": output,
        "warnings": as_objects(imported.warnings),
    }
    return json.dumps(document, ensure_ascii=True, indent=2)


def _tell(warnings: tuple[Warned, ...], output: str | None) -> None:
    """Says to standard error what could not be kept, and what to do next."""
    colour = uses_colour(to_error=True)
    for item in warnings:
        text = pretty(item, paint) if colour else pretty(item)
        say(f"{text}\n", err=True)
    _next(len(warnings), output)


def _next(count: int, output: str | None) -> None:
    """Says how much was kept, and what to do next."""
    kept = plural("{number} warning", "{number} warnings", count) if count else t("all was kept")
    if output is None:
        say(t("imported: {kept}; save it with -o FILE", kept=kept), err=True)
        return
    say(t("imported into {output}: {kept}", output=output, kept=kept), err=True)
    say(t("next: `routekit check {output}`, then `routekit prove {output}`", output=output), err=True)
