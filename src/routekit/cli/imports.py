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


@click.group()
def command() -> None:
    """Translate the routing rules of another system into a policy.

    \b
    Examples:
      routekit import twilio workflow.json -o care.route
      routekit import twilio workflow.json --name care | less
    then, as with rules/telecom.route:
      routekit check care.route
    """


@command.command()
@click.argument("workflow", metavar="WORKFLOW")
@click.option(
    "-o", "--output", metavar="FILE", help=msgid("Where the policy goes; by default to standard output.")
)
@click.option("--force", is_flag=True, help=msgid("Write over FILE where there is one."))
@click.option(
    "--name", metavar="NAME", help=msgid("The name of the policy; by default the workflow's or the file's.")
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["pretty", "json"]),
    default="pretty",
    show_default=True,
    help=msgid("How warnings are written; json goes to standard output where the policy goes to a file."),
)
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
    if name is not None and not re.fullmatch(r"[^\W\d]\w{0,99}", name):
        raise fail(
            t("`{name}` is no name of a policy", name=name),
            t("letters, digits and _, not beginning with a digit"),
        )
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
    count = len(warnings)
    kept = plural("{number} warning", "{number} warnings", count) if count else t("all was kept")
    if output is None:
        say(t("imported: {kept}; save it with -o FILE", kept=kept), err=True)
        return
    say(t("imported into {output}: {kept}", output=output, kept=kept), err=True)
    say(t("next: `routekit check {output}`, then `routekit prove {output}`", output=output), err=True)
