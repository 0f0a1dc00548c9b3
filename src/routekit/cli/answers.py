"""``routekit answers``."""

import csv
import io
import json
from collections.abc import Callable, Collection, Sequence
from datetime import date

import click

from routekit.cli.completion import complete_policies
from routekit.cli.output import (
    FINDINGS,
    fail,
    plain_option,
    print_warning,
    read_policy,
    say,
    write,
    write_file,
)
from routekit.diagnostics.diagnostic import closest
from routekit.policy.answers import Answer, day_of, sms_text
from routekit.policy.model import CheckedPolicy
from routekit.schema.times import parse_date
from routekit.translation import msgid, t

__all__ = ["command"]

FORMAT_VERSION = 1
_CSV = ("matter", "title", "message", "channel", "text", "missing", "length", "encoding", "parts")


@click.command()
@click.argument("policy_path", metavar="POLICY", shell_complete=complete_policies)
@click.option("--on", "day_text", metavar="DATE", help=msgid("Whose facts are said; today by default."))
@click.option("--channel", metavar="CHANNEL", help=msgid("Only what is said on one channel."))
@click.option("--matter", metavar="MATTER", help=msgid("Only what is said about one matter."))
@click.option(
    "--fill",
    "fills",
    metavar="NAME=TEXT",
    multiple=True,
    help=msgid("What stands in a place that is no fact; may be given several times."),
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "csv", "html"]),
    default="text",
    show_default=True,
    help=msgid("How they are written."),
)
@click.option("-o", "--output", metavar="FILE", help=msgid("Write them to a file."))
@plain_option
def command(
    policy_path: str,
    day_text: str | None,
    channel: str | None,
    matter: str | None,
    fills: tuple[str, ...],
    format_: str,
    output: str | None,
) -> None:
    """Write what is said about each matter on each channel, with the facts of a day in it.

    For a web site, an IVR and a desk: all say the same, since it stands in one place. A place that neither a
    fact nor `--fill` fills stays as it is written, and is named.
    Exit status: 0 all is told, 1 a fact has no value on that day, 2 it could not run.

    \b
    Examples:
      routekit answers examples/answers.route
      routekit answers examples/answers.route --on 2027-01-01 --channel sms --fill pay_url=example.org/pay
      routekit answers examples/answers.route --format html -o answers.html
    """
    policy = read_policy(policy_path)
    _check_name(t("matter"), matter, [item.name for item in policy.contact_map.matters])
    _check_name(t("channel"), channel, policy.checked.channels)
    on = _day(policy.checked, day_text)
    found = policy.answers(on=on, channel=channel, matter=matter, fills=_fills(fills))
    if not found and not policy.contact_map.matters:
        raise fail(
            t("the policy `{path}` has no `matter`", path=policy_path),
            t("answers are messages about one: `message late_bill about bill { … }`"),
        )
    written = _FORMATS[format_](policy.checked, on, found)
    _put(written, output, format_)
    expired = {name: answer.said.message for answer in found for name in answer.said.expired}
    for name, message in expired.items():
        print_warning(
            t("the fact `{name}` of `{message}` has no value on {day}", name=name, message=message, day=on)
        )
    if expired:
        raise click.exceptions.Exit(FINDINGS)


def _check_name(kind: str, name: str | None, known: Collection[str]) -> None:
    if name is None or name in known:
        return
    likely = closest(name, known)
    raise fail(
        t("the policy has no {kind} `{name}`", kind=kind, name=name),
        t("did you mean `{likely}`?", likely=likely) if likely is not None else "",
    )


def _day(policy: CheckedPolicy, text: str | None) -> date:
    day = None if text is None else parse_date(text)
    if text is not None and day is None:
        raise fail(t("`{text}` is no date", text=text), t("write a day as `2026-12-31`"))
    return day_of(policy, day)


def _fills(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for each in given:
        name, sign, text = each.partition("=")
        if not sign:
            raise fail(t("`{text}` fills nothing", text=each), t("write `--fill pay_url=example.org`"))
        found[name.strip()] = text
    return found


def _put(written: str, output: str | None, format_: str) -> None:
    if output is None:
        if format_ == "text":
            say(written, nl=False)
        else:
            write(written, nl=False)
        return
    encoding = "utf-8-sig" if format_ == "csv" else "utf-8"  # a spreadsheet takes others for its own page
    write_file(output, written, encoding=encoding, errors="replace")


# ── formats ───────────────────────────────────────────────────────────────────


def _as_json(policy: CheckedPolicy, on: date, answers: Sequence[Answer]) -> str:
    document = {
        "format_version": FORMAT_VERSION,
        "policy": policy.name,
        "revision": policy.revision,
        "on": on.isoformat(),
        "answers": [answer.to_dict() for answer in answers],
    }
    return json.dumps(document, indent=2) + "\n"


def _as_csv(_policy: CheckedPolicy, _on: date, answers: Sequence[Answer]) -> str:
    file = io.StringIO(newline="")
    rows = csv.DictWriter(file, _CSV, extrasaction="ignore")
    rows.writeheader()
    for answer in answers:
        rows.writerow({**answer.to_dict(), "missing": " ".join(answer.said.missing)})
    return file.getvalue()


def _as_html(policy: CheckedPolicy, on: date, answers: Sequence[Answer]) -> str:
    from routekit.cli.answers_page import as_html

    return as_html(policy, on, answers)


def _as_text(policy: CheckedPolicy, on: date, answers: Sequence[Answer]) -> str:
    lines = [t("{policy}: answers of {day}", policy=policy.title, day=on)]
    if not answers:
        lines += ["", t("no message is about a matter")]
    told: tuple[str, str] | None = None
    width = max((len(answer.said.channel) for answer in answers), default=0)
    for answer in answers:
        said = answer.said
        if told is None or told[0] != answer.matter.name:
            title = f"  {answer.matter.title}" if answer.matter.title else ""
            lines += ["", f"{answer.matter.name}{title}"]
        if told != (answer.matter.name, said.message):
            lines.append(f"  {policy.called('message', said.message)}")
        told = answer.matter.name, said.message
        size = "" if said.parts is None else t("  ({size})", size=sms_text(said))
        lines.append(f"    {said.channel:{width}}  {said.text}{size}")
    return "\n".join(lines) + "\n"


_FORMATS: dict[str, Callable[[CheckedPolicy, date, Sequence[Answer]], str]] = {
    "text": _as_text,
    "json": _as_json,
    "csv": _as_csv,
    "html": _as_html,
}
