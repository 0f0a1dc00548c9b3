"""``routekit diff``."""

import json
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from getpass import getuser
from io import BytesIO
from pathlib import Path, PurePosixPath
from shutil import which
from tempfile import TemporaryDirectory

import click

from routekit.analysis import Difference, diff
from routekit.cli.completion import complete_policies
from routekit.cli.inputs import clock, input_option, open_for, report_unknown
from routekit.cli.output import (
    FINDINGS,
    fail,
    plain_option,
    print_error,
    read_policy,
    with_progress,
    write,
    write_file,
)
from routekit.cli.prove import Progress, print_lines, seconds_option, years_option
from routekit.cli.unreadable import Unreadable
from routekit.diff import Comparer, Key
from routekit.diff.approvals import approval_of, read_approvals, seen
from routekit.diff.brief import brief_lines
from routekit.diff.markdown import difference_as_markdown
from routekit.diff.renames import Rename, Renamed
from routekit.diff.report import difference_as_json, difference_lines
from routekit.diff.totals import Totals, total_lines, totals_as_json
from routekit.diff.touched import KINDS, touched
from routekit.diff.wording import title
from routekit.engine.engine import Engine
from routekit.engine.policy import Policy
from routekit.policy.decision import Decision
from routekit.policy.outcome_parts import Saying
from routekit.prover.limits import Years
from routekit.prover.report import FORMAT_VERSION
from routekit.schema.times import utc_now
from routekit.translation import msgid, plural, t

__all__ = ["command"]


@dataclass
class Moves:
    """Decides contacts by both policies, and counts those that move, by what changes."""

    old: Policy
    new: Policy
    now: datetime
    """The clock for contacts without a time: one for both, so that it moves nobody."""
    contacts: int = 0
    broken: int = 0
    counts: Counter[Key] = field(default_factory=Counter)
    places: dict[Key, list[str]] = field(default_factory=dict)
    renames: tuple[Rename, ...] = ()

    def __post_init__(self) -> None:
        self._engines = Engine(self.old), Engine(self.new)
        self._comparer = Comparer(self.old.checked, self.new.checked, self.renames)
        renamed = Renamed(self.old.checked, self.renames)
        self.totals = Totals(self.old.checked, renamed), Totals(self.new.checked)

    @property
    def moved(self) -> int:
        return sum(self.counts.values())

    def add(self, place: str, contact: object) -> Decision:
        """Decides one contact, and returns what the new policy says; ``place`` is where it stands."""
        before, after = (engine.decide(contact, now=self.now) for engine in self._engines)
        self.contacts += 1
        for total, decision in zip(self.totals, (before, after), strict=True):
            total.add(decision)
        changes = self._comparer.changes(before, after)
        if changes:
            key = self._comparer.key(before, after, changes)
            self.counts[key] += 1
            self.places.setdefault(key, []).append(place)
        return after


def _kinds(_context: click.Context, _parameter: click.Parameter, text: str | None) -> frozenset[str] | None:
    """Reads the kinds of differences that a check fails on."""
    if text is None:
        return None
    kinds = frozenset(part.strip() for part in text.split(","))
    unknown = sorted(kinds.difference(KINDS))
    if unknown:
        raise click.BadParameter(
            t("`{unknown}` is none of {listed}", unknown=unknown[0], listed=t(", ").join(KINDS))
        )
    return kinds


MOST_SHOWN = 12
_MOST_PLACES = 5


@click.command()
@click.argument("old_path", metavar="OLD", shell_complete=complete_policies)
@click.argument("new_path", metavar="NEW", shell_complete=complete_policies)
@click.option(
    "--contacts",
    "contacts_path",
    type=click.Path(),
    help=msgid(
        "Also decide these contacts (.jsonl, .csv, .xlsx, .ods, .parquet, or -) by both: "
        "how many move, and which."
    ),
)
@input_option
@click.option(
    "--now", "now_text", metavar="TIME", help=msgid("The clock for contacts without a time of their own.")
)
@click.option(
    "--details", is_flag=True, help=msgid("Show the conditions, all that changes, and which rules decide.")
)
@click.option(
    "--all", "all_", is_flag=True, help=msgid("The same for every kind of change, not the first 12.")
)
@click.option(
    "--fail-on",
    "fail_on",
    metavar="KIND,…",
    callback=_kinds,
    help=f"Exit 1 for differences in these alone, or where that is not settled: {', '.join(KINDS)}.",
)
@click.option(
    "--approve",
    "approve_path",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help=msgid(
        "Approve what is told, once it was read: both revisions, and what was seen, go into this file."
    ),
)
@click.option("--by", help=msgid("Who approves; by default the user of this machine."))
@click.option(
    "--approved",
    "approved_path",
    metavar="FILE",
    type=click.Path(exists=True, path_type=Path),
    help=msgid("Exit 0 where this file, or one in this folder, approves exactly this difference."),
)
@seconds_option
@years_option
@click.option(
    "--format",
    "format_",
    type=click.Choice(["pretty", "json", "markdown"]),
    default="pretty",
    show_default=True,
    help=msgid("json lists everything; markdown is for a comment on a pull request."),
)
@plain_option
def command(
    old_path: str,
    new_path: str,
    contacts_path: str | None,
    kind: str | None,
    now_text: str | None,
    details: bool,
    all_: bool,
    fail_on: frozenset[str] | None,
    approve_path: Path | None,
    by: str | None,
    approved_path: Path | None,
    timeout: float,
    years: Years,
    format_: str,
) -> None:
    """Tell who is treated differently by a new version of a policy.

    Every contact there can be is looked at. Who is treated differently is grouped by what changes; each group
    is described by its condition, with a contact and what both versions decide for it, replayed on the
    reference evaluator. Rules that are renamed, moved without consequence or laid out
    otherwise are no change.
    OLD and NEW are files; `REVISION:PATH` takes the file, and what it uses, from git.
    Exit status: 0 proved the same (or nothing of --fail-on differs, or it is approved), 1 different or
    unknown, 2 it could not run.

    \b
    Examples:
      routekit diff released/telecom.route rules/telecom.route
      routekit diff main:rules/telecom.route rules/telecom.route --format markdown
      routekit diff old.route new.route --contacts yesterday.csv
      routekit diff old.route new.route --fail-on self_service,priority
      routekit diff old.route new.route --approve approved.json --by "A. Weber"
    """
    with ExitStack() as stack:
        old, new = (read_policy(stack.enter_context(checked_out(path))) for path in (old_path, new_path))
        progress = Progress()
        difference = diff(old, new, timeout=timeout, progress=progress.step, years=years)
        progress.clear()
        moves = None
        if contacts_path is not None:
            moves = _moves(old, new, difference, contacts_path, kind, now_text)
    _print(difference, moves, format_, None if all_ else MOST_SHOWN, details=details or all_)
    if moves is not None and moves.broken:
        raise click.exceptions.Exit(FINDINGS)
    if approve_path is not None:
        _approve(difference, approve_path, by)
    elif approved_path is not None:
        _require(difference, approved_path)
    elif difference.answer != "same" and (fail_on is None or fail_on & touched(difference)):
        raise click.exceptions.Exit(FINDINGS)


def _approve(difference: Difference, path: Path, by: str | None) -> None:
    """Writes an approval; asks before, where there is somebody to ask."""
    who = by or getuser()
    old, new = difference.old[1], difference.new[1]
    if sys.stdin.isatty() and not click.confirm(
        t("approve {old} → {new} as {who}?", old=old, new=new, who=who), err=True
    ):
        raise click.exceptions.Exit(FINDINGS)
    write_file(path, approval_of(difference, who, utc_now()).to_json())
    click.echo(
        t("approved by {who}: {old} → {new}, in {path}", who=who, old=old, new=new, path=path), err=True
    )


def _require(difference: Difference, path: Path) -> None:
    """Looks for an approval of what is told."""
    policy, old, new = difference.new[0], difference.old[1], difference.new[1]
    try:
        found = [item for item in read_approvals(path) if item.is_of(policy, old, new)]
    except (OSError, ValueError) as error:
        raise fail(t("the approval `{path}` cannot be read: {error}", path=path, error=error)) from None
    if not found:
        print_error(
            t(
                "nobody has approved {old} → {new}: `routekit diff OLD NEW --approve FILE` does",
                old=old,
                new=new,
            )
        )
    elif all(item.seen != seen(difference) for item in found):
        print_error(
            t(
                "{by} has approved {old} → {new}, but has seen another difference",
                by=found[0].by,
                old=old,
                new=new,
            )
        )
    else:
        click.echo(
            t("approved by {by} at {at}: {old} → {new}", by=found[0].by, at=found[0].at, old=old, new=new),
            err=True,
        )
        return
    raise click.exceptions.Exit(FINDINGS)


def _moves(
    old: Policy, new: Policy, difference: Difference, path: str, kind: str | None, now_text: str | None
) -> Moves:
    """Decides the contacts of a file by both."""
    now = clock(now_text, new.checked.timezone) or utc_now()
    contacts = open_for(path, kind, old, new)
    moves = Moves(old, new, now, renames=difference.renames)
    unreadable = Unreadable(contacts)
    for row in with_progress("deciding", contacts.rows, contacts.total, lambda item: item.size):
        if row.broken:
            moves.broken += 1
            print_error(f"{row.place} {row.broken}")
        else:
            unreadable.note(row.place, moves.add(row.place, row.contact).problems)
    unreadable.report()
    report_unknown(contacts.unknown)
    return moves


def _print(
    difference: Difference, moves: Moves | None, format_: str, most: int | None, *, details: bool
) -> None:
    counts = None if moves is None else moves.counts
    if counts is not None:
        groups = sorted(difference.groups, key=lambda group: -counts[group.key])
        difference = replace(difference, groups=tuple(groups))
    match format_:
        case "json":
            found = {"format_version": FORMAT_VERSION, **difference_as_json(difference)}
            if moves is not None:
                found["contacts"] = _moves_as_json(difference, moves)
            write(json.dumps(found, indent=2))
        case "markdown":
            said = "" if moves is None else ". ".join((_sentence(moves), *total_lines(*moves.totals))) + "."
            write(difference_as_markdown(difference, most, counts, said), nl=False)
        case _:
            lines = difference_lines(difference, most, counts) if details else brief_lines(difference, counts)
            if moves is not None:
                lines[2:2] = [("plain", _sentence(moves)), *_totals(moves), *_where(moves, difference.said)]
            print_lines(lines)


def _sentence(moves: Moves) -> str:
    percent = f"{100 * moves.moved / max(1, moves.contacts):.1f}%"
    share = t(" ({listed})", listed=percent) if moves.contacts else ""
    broken = t("; {broken:,} lines could not be read", broken=moves.broken) if moves.broken else ""
    return plural(
        "of {contacts:,} contacts {number:,}{share} is treated differently{broken}",
        "of {contacts:,} contacts {number:,}{share} are treated differently{broken}",
        moves.moved,
        contacts=moves.contacts,
        share=share,
        broken=broken,
    )


def _totals(moves: Moves) -> Iterator[tuple[str, str]]:
    for text in total_lines(*moves.totals):
        yield "plain", f"  {text}"


def _where(moves: Moves, said: Saying) -> Iterator[tuple[str, str]]:
    """The first contacts of each kind, by the lines on which they stand."""
    for key, number in moves.counts.most_common(MOST_SHOWN):
        places = [place.rpartition("/")[2] for place in moves.places[key][:_MOST_PLACES]]
        more = t(" and {number:,} more", number=number - _MOST_PLACES) if number > _MOST_PLACES else ""
        yield "plain", f"  {number:,}: {title(key, said)} – {', '.join(places)}{more}"
    rest = len(moves.counts) - MOST_SHOWN
    if rest > 0:
        yield "plain", t("  and {rest} more kinds of change", rest=rest)


def _moves_as_json(difference: Difference, moves: Moves) -> dict[str, object]:
    places = {group.key: number for number, group in enumerate(difference.groups)}
    return {
        "decided": moves.contacts,
        "moved": moves.moved,
        "broken": moves.broken,
        "totals": dict(zip(("before", "now"), map(totals_as_json, moves.totals), strict=True)),
        "groups": [
            {"title": title(key), "group": places.get(key), "moved": number, "places": moves.places[key]}
            for key, number in moves.counts.most_common()
        ],
    }


# ── revisions ───────────────────────────────────────────────────────────────────


@contextmanager
def checked_out(path: str) -> Iterator[str]:
    """Yields the path of a policy; one of a revision is laid out with its folder as long as it is needed."""
    revision, colon, inner = path.partition(":")
    if not colon or Path(path).exists() or len(revision) < 2:
        yield path
        return
    with TemporaryDirectory(prefix="routekit-") as folder:
        yield _lay_out(revision, inner, Path(folder)).as_posix()


def _lay_out(revision: str, inner: str, folder: Path) -> Path:
    """Writes the folder of a file as it was in a revision."""
    if which("git") is None:
        raise fail(
            t(
                "`{revision}:{inner}` names a git revision, but there is no git",
                revision=revision,
                inner=inner,
            ),
            t("install git, or name a file"),
        )
    if revision.startswith("-"):
        raise fail(t("`{revision}` is no git revision", revision=revision))
    top = _git(["rev-parse", "--show-prefix"], revision, inner).decode().strip()
    place = PurePosixPath(inner[2:] if inner.startswith("./") else inner)
    if place.is_absolute() or ".." in place.parts:
        raise fail(
            t("`{inner}` must be a path within the repository", inner=inner),
            t("such as {revision}:rules/telecom.route", revision=revision),
        )
    # git reads a path from the top of the repository, unless it begins with ./
    whole = PurePosixPath(top, place) if inner.startswith("./") else place
    parent = "" if whole.parent == PurePosixPath(".") else whole.parent.as_posix()
    _git(["cat-file", "-e", f"{revision}:{whole}"], revision, inner)
    data = _git(["archive", "--format=tar", f"{revision}:{parent}"], revision, inner, at_top=True)
    with tarfile.open(fileobj=BytesIO(data)) as archive:
        archive.extractall(folder, filter="data")
    return folder / whole.name


def _git(arguments: list[str], revision: str, inner: str, *, at_top: bool = False) -> bytes:
    where = ["-C", _git(["rev-parse", "--show-toplevel"], revision, inner).decode().strip()] if at_top else []
    done = subprocess.run(["git", *where, *arguments], capture_output=True, check=False)  # noqa: S603, S607 - git alone
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        raise fail(
            (
                t(
                    "`{revision}:{inner}` cannot be taken from git: {reason}",
                    revision=revision,
                    inner=inner,
                    reason=said.splitlines()[0],
                )
                if said
                else t(
                    "`{revision}:{inner}` cannot be taken from git: it failed", revision=revision, inner=inner
                )
            ),
            t("the path counts from the top of the repository; `./` from here"),
        )
    return done.stdout
