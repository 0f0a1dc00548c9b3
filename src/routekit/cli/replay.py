"""``routekit replay``."""

import json
from collections.abc import Iterator

import click

from routekit.cli.completion import complete_policies
from routekit.cli.logs import log_lines, log_size
from routekit.cli.output import (
    FINDINGS,
    plain_option,
    policy_or_configured,
    print_error,
    read_policy,
    say,
    with_progress,
    write,
)
from routekit.engine.engine import Engine
from routekit.readers import Row
from routekit.reasons.words import count as number_of
from routekit.service.contact_events import is_event
from routekit.service.decision_log.replay import (
    Logged,
    NotARecordError,
    Replay,
    Summary,
    Verdict,
    is_imported,
    read_record,
)
from routekit.service.decision_log.uncertainty import TOLD
from routekit.translation import msgid, plural, t

__all__ = ["command"]

FORMAT_VERSION = 1
MOST_GROUPS, SHOWN = 20, 2


@click.command()
@click.argument("logs", metavar="LOG…", nargs=-1, required=True, type=click.Path())
@click.option(
    "--policy",
    "policy_path",
    metavar="POLICY",
    shell_complete=complete_policies,
    help=msgid("The policy that decided; by default the project's."),
)
@click.option(
    "--against",
    "against_path",
    metavar="POLICY",
    shell_complete=complete_policies,
    help=msgid(
        "Another policy, whose decisions are shown beside those of --policy, or without it those logged."
    ),
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text",
    help=msgid("text: how many came out otherwise, and how. json: each of them."),
)  # fmt: skip
@plain_option
def command(logs: tuple[str, ...], policy_path: str | None, against_path: str | None, format_: str) -> None:
    """Decide logged contacts again, and show what comes out otherwise.

    LOG is a decision log of a service (.jsonl, also compressed by gzip), or - for standard input. Each
    contact is decided at the time of its decision, and compared with what is logged; with both --policy and
    --against, the decisions of these two are compared. Where a value is masked in the log and the policy asks
    for it, what that leaves open is counted apart. Exit status: 0 where nothing came out otherwise, 1 where
    something did or lines could not be read, 2 where it could not run.

    \b
    Examples:
      routekit replay decisions.jsonl --policy rules/telecom.route
      routekit replay decisions.jsonl.*.gz --policy old.route --against new.route
      zcat decisions.jsonl.1.gz | routekit replay - --format json
    """
    if policy_path is None and against_path is not None:
        policy_path, against_path = against_path, None
    policy = Engine(read_policy(policy_or_configured(policy_path)))
    against = Engine(read_policy(against_path)) if against_path is not None else None
    replay, summary, broken = Replay(policy, against), Summary(), 0
    differences: list[dict[str, object]] = []
    for row in with_progress(t("deciding again"), log_lines(logs), log_size(logs), lambda item: item.size):
        try:
            if row.broken:
                raise NotARecordError(row.broken)
            if is_event(row.contact) or is_imported(row.contact):
                continue  # what became of a contact decides nothing, and what no router saw was not decided
            logged = read_record(row.contact)
        except NotARecordError as error:
            print_error(f"{row.place} {error}")
            broken += 1
            continue
        verdict = replay.compare(logged)
        summary.add(logged, verdict)
        if format_ == "json" and verdict.kind != "same":
            differences.append(_as_json(row, logged, verdict))
    if format_ == "json":
        write(json.dumps(_report(summary, broken, policy, against, differences), indent=2))
    else:
        for line in _text(summary, broken, policy, against):
            say(line)
    if broken or summary.kinds["outcome"] or summary.kinds["rule"]:
        raise click.exceptions.Exit(FINDINGS)


# ── what is told ──────────────────────────────────────────────────────────────


def _text(summary: Summary, broken: int, policy: Engine, against: Engine | None) -> Iterator[str]:
    by = (
        str(_name(policy))
        if against is None
        else t("{policy} and by {against}", policy=_name(policy), against=_name(against))
    )
    yield t("{decisions} decided again by {by}", decisions=number_of(summary.decisions, "decision"), by=by)
    yield from _revisions(summary, policy, against)
    for kind, says in (
        ("same", t("the same")),
        ("outcome", t("otherwise")),
        ("rule", t("the same by another rule or arm")),
        ("in doubt", t("may differ, since values are masked")),
    ):
        count = summary.kinds[kind]  # type: ignore[index]
        if count or kind in ("same", "outcome"):
            yield f"  {count:>9,}  {says}"
    if broken:
        yield plural("  {number:>9,}  line not read", "  {number:>9,}  lines not read", broken)
    groups = summary.by_size
    if groups:
        yield ""
        yield t("what comes out otherwise")
    for group in groups[:MOST_GROUPS]:
        yield f"  {group.count:>9,}  {group.change}"
        ids = ", ".join(group.ids[:SHOWN])
        yield f"{'':>13}{t('such as {ids}', ids=ids) if group.count > SHOWN else ids}"
    if len(groups) > MOST_GROUPS:
        rest = sum(group.count for group in groups[MOST_GROUPS:])
        yield t(
            "  {rest:>9,}  in {number} other ways; --format json lists all",
            rest=rest,
            number=len(groups) - MOST_GROUPS,
        )
    if summary.doubts:
        yield ""
        yield t("what may differ")
    for (parts, paths), count in summary.doubts.most_common():
        yield t(
            "  {count:>9,}  {parts}, since {masked}",
            count=count,
            parts=_parts(parts),
            masked=_masked(paths),
        )


def _revisions(summary: Summary, policy: Engine, against: Engine | None) -> Iterator[str]:
    """Says where the log is not that of the policy, so that nobody takes a release for a fault."""
    here = (policy.policy.name, policy.policy.revision)
    if against is not None or not summary.revisions.keys() - {here}:
        return
    held = ", ".join(f"{name} {revision} ({n:,})" for (name, revision), n in summary.revisions.most_common(5))
    more = len(summary.revisions) - 5
    yield t("the log holds decisions by {held}", held=held) + (
        t(" and {more} more revisions", more=more) if more > 0 else ""
    )


def _report(
    summary: Summary,
    broken: int,
    policy: Engine,
    against: Engine | None,
    differences: list[dict[str, object]],
) -> dict[str, object]:
    return {
        "format_version": FORMAT_VERSION,
        **_named(policy),
        "against": None if against is None else _named(against),
        "decisions": summary.decisions,
        "same": summary.kinds["same"],
        "otherwise": summary.kinds["outcome"],
        "by_rule_alone": summary.kinds["rule"],
        "may_differ": summary.kinds["in doubt"],
        "broken": broken,
        "revisions": [
            {"policy": name, "revision": revision, "decisions": count}
            for (name, revision), count in summary.revisions.most_common()
        ],
        "doubts": [
            {"parts": list(parts), "masked": list(paths), "decisions": count}
            for (parts, paths), count in summary.doubts.most_common()
        ],
        "groups": [
            {"change": group.change, "decisions": group.count, "ids": group.ids} for group in summary.by_size
        ],
        "differences": differences,
    }


def _parts(parts: tuple[str, ...]) -> str:
    return t("anything") if len(parts) == len(TOLD) else _listed(parts)


def _masked(paths: tuple[str, ...]) -> str:
    return plural("{paths} is masked", "{paths} are masked", len(paths), paths=_listed(paths))


def _listed(names: tuple[str, ...]) -> str:
    *most, last = names
    return t("{listed} and {last}", listed=t(", ").join(most), last=last) if most else last


_KINDS = {"outcome": "otherwise", "rule": "by_rule_alone", "in doubt": "may_differ"}


def _as_json(row: Row, logged: Logged, verdict: Verdict) -> dict[str, object]:
    return {
        "id": logged.id,
        "place": row.place,
        "kind": _KINDS[verdict.kind],
        "changes": {change.what: [change.before, change.after] for change in verdict.changes},
        "may_differ_in": list(verdict.parts),
        "masked": list(verdict.paths),
    }


def _named(engine: Engine) -> dict[str, object]:
    return {"policy": engine.policy.name, "revision": engine.policy.revision}


def _name(engine: Engine) -> str:
    return f"{engine.policy.name} {engine.policy.revision}"
