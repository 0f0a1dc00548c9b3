"""``routekit explain-code``."""

import json
import re

import click

from routekit.cli.completion import complete_codes
from routekit.cli.output import console, fail, is_plain, plain_option, say, uses_colour, write
from routekit.diagnostics.codes import CODES, page
from routekit.diagnostics.diagnostic import closest
from routekit.diagnostics.folding import padded
from routekit.translation import t

__all__ = ["command"]

FORMAT_VERSION = 1

_SHOWN = re.compile(r"(?:error|warning)?\[?(?:RK)?([0-9]{1,3})\]?", re.IGNORECASE)
"""A code as people copy it from a report."""


@click.command()
@click.argument("code", required=False, metavar="[CODE]", shell_complete=complete_codes)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@plain_option
def command(code: str | None, format_: str) -> None:
    """Say what a code of a finding means, with a wrong policy and the mended one.

    Without CODE all codes are listed.
    Exit status: 0, or 2 for a code that there is not.

    \b
    Examples:
      routekit explain-code RK102
      routekit explain-code --format json

    The codes are those that `routekit check rules/telecom.route` reports.
    """
    if code is None:
        _list(format_)
        return
    id_ = _known(code)
    text = page(id_)
    if format_ == "json":
        known = CODES[id_]
        document = {"code": id_, "severity": known.severity, "summary": t(known.summary), "page": text}
        write(json.dumps({"format_version": FORMAT_VERSION, **document}, indent=2))
    elif uses_colour(to_error=False) and not is_plain():
        from rich.markdown import Markdown

        console().print(Markdown(text))
    else:
        say(text, nl=False)


def _known(code: str) -> str:
    match = _SHOWN.fullmatch(code.strip())
    id_ = f"RK{match[1].zfill(3)}" if match else code.strip().upper()
    if id_ in CODES:
        return id_
    best = closest(id_, CODES)
    raise fail(
        t("there is no code `{code}`", code=code),
        t("did you mean `{best}`?", best=best) if best else t("`routekit explain-code` lists all codes"),
    )


def _list(format_: str) -> None:
    if format_ == "json":
        codes = [
            {"code": code.id, "severity": code.severity, "summary": t(code.summary)}
            for code in CODES.values()
        ]
        write(json.dumps({"format_version": FORMAT_VERSION, "codes": codes}, indent=2))
        return
    for code in CODES.values():
        say(f"{code.id}  {padded(t(code.severity), 7)}  {t(code.summary)}")
