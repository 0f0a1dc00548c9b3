"""A drawn map as plain data, as a table of its cells, and in sentences."""

import csv
import json
from io import StringIO

from routekit.contact_map.results import Cell, Counted, DrawnMap, Finding, Move, Place
from routekit.policy.contact_map import Matter, Touchpoint
from routekit.policy.model import CheckedPolicy
from routekit.policy.references import path_of
from routekit.prover.report import decision_words, witness_as_json, years_text
from routekit.reasons.words import Words, joined
from routekit.schema.times import format_duration
from routekit.translation import clauses, msgid, msgids, plural, t

__all__ = [
    "BECOMES",
    "CONTROL",
    "FORMAT_VERSION",
    "finding_lines",
    "map_as_csv",
    "map_as_json",
    "map_lines",
    "matter_words",
    "place_words",
    "way_words",
]

FORMAT_VERSION = 1

BECOMES = msgids(
    {
        "solved": "solved at once",
        "later": "solved later",
        "blind": "a blind spot",
        "nobody": "nobody comes",
        "unknown": "unknown",
    }
)
"""What becomes of those in a cell, in words."""

CONTROL = {"ours": msgid("ours"), "partner": msgid("a partner's"), "others": msgid("others'")}
"""Who controls a touchpoint, in words."""


# ── words ─────────────────────────────────────────────────────────────────────


def _control_words(touchpoint: Touchpoint) -> str:
    """Says who controls a touchpoint, and whether it is forced or chosen."""
    who = f"{t(CONTROL[touchpoint.control])} ({touchpoint.kept_by})" if touchpoint.kept_by else ""
    return clauses([who or t(CONTROL[touchpoint.control]), t("forced") if touchpoint.forced else t("chosen")])


def matter_words(policy: CheckedPolicy, matter: Matter) -> str:
    """Says where a matter is solved, for whom, what it needs, and who answers for it."""
    words = Words(policy, titled=True)
    by_condition: dict[str, list[str]] = {}
    for item in matter.solved:
        said = "" if item.condition is None else words.expr(item.condition)
        by_condition.setdefault(said, []).append(item.channel)
    solved = [
        t("on {channels} when {condition}", channels=joined(channels), condition=condition)
        if condition
        else t("on {channels}", channels=joined(channels))
        for condition, channels in by_condition.items()
    ]
    told = [t("solved {where}", where=t("; ").join(solved)) if solved else t("solved nowhere")]
    if matter.needs:
        told.append(t("needs {fields}", fields=joined(map(path_of, matter.needs))))
    if matter.unit is not None:
        told.append(t("unit {unit}", unit=matter.unit))
    return t("; ").join(told)


def place_words(place: Place) -> str:
    """Says where contacts are led: a queue and its channel.

    >>> place_words(Place("general", "voice", "all"))
    'general on voice'
    """
    if place.is_call:
        return t("a call back by {queue}", queue=place.queue)
    return t("{queue} on {channel}", queue=place.queue, channel=place.channel)


def way_words(move: Move) -> str:
    """Says a way into a queue, and which rules may lead it."""
    rules = joined(move.rules[:3]) + (", …" if len(move.rules) > 3 else "")
    said = {"origin": move.origin, "queue": move.queue, "rules": rules}
    counted = "" if move.counted is None else t(" [{number:,}]", number=move.counted)
    if move.after is None:
        return t("{origin} → {queue}: {rules}", **said) + counted
    after = format_duration(move.after)
    if move.kind == "callback":
        return t("{queue} calls back, from {after} on: {rules}", **said, after=after) + counted
    return t("{origin} → {queue} after {after}: {rules}", **said, after=after) + counted


# ── in sentences ──────────────────────────────────────────────────────────────


def map_lines(policy: CheckedPolicy, drawn: DrawnMap) -> list[tuple[str, str]]:
    """A map in lines, each with its role: ``good``, ``bad``, ``open``, ``head`` or ``plain``."""
    lines = [("head", t("{name} {revision}: contact map", name=drawn.policy, revision=drawn.revision))]
    for stage in drawn.stages:
        met = [item for item in drawn.touchpoints if stage in item.stages]
        listed = joined(f"{item.title or item.name} ({_control_words(item)})" for item in met)
        lines.append(
            ("plain", t("stage {stage}: {touchpoints}", stage=stage, touchpoints=listed or t("none")))
        )
    for matter in drawn.matters:
        lines.append(
            ("head", t("matter {name}: {said}", name=matter.name, said=matter_words(policy, matter)))
        )
        cells = [cell for cell in drawn.cells if cell.matter == matter.name and cell.becomes != "nobody"]
        lines += [(_role(cell), _cell_line(cell)) for cell in cells]
    if drawn.moves:
        lines.append(("head", t("ways between queues")))
        lines += [("plain", f"  {way_words(move)}") for move in drawn.moves]
    return [*lines, *finding_lines(drawn)]


def _role(cell: Cell) -> str:
    return {"blind": "bad", "unknown": "open"}.get(cell.becomes, "plain")


def _cell_line(cell: Cell) -> str:
    said = [t("  {channel}: {becomes}", channel=cell.channel, becomes=t(BECOMES[cell.becomes]))]
    if cell.arrival:
        said.append(joined(map(place_words, cell.arrival)))
    if cell.later:
        said.append(t("then {places}", places=joined(map(place_words, cell.later))))
    if cell.counted is not None:
        said.append(plural("{number:,} contact", "{number:,} contacts", cell.counted.contacts))
    return t("; ").join(said)


def finding_lines(drawn: DrawnMap) -> list[tuple[str, str]]:
    """The findings of a map in lines, each with its role, and in the end how many there are."""
    lines: list[tuple[str, str]] = []
    for finding in drawn.findings:
        place = "" if finding.span is None else f"{finding.span.source.name}:{finding.span.line}: "
        said = {"place": place, "code": finding.code, "message": finding.message}
        if finding.kind == "unknown":
            lines.append(("open", t("unknown: {place}{message} ({code})", **said)))
            lines.append(("plain", t("  why: {reason}", reason=finding.reason)))
            lines.append(("plain", t("  it would take: {takes}", takes=finding.takes)))
        else:
            lines.append(("bad", t("{kind}: {place}{message} ({code})", kind=finding.kind, **said)))
        lines += _witness_lines(drawn, finding)
    found = (
        plural("{number} finding", "{number} findings", len(drawn.findings))
        if drawn.findings
        else t("nothing found")
    )
    took = t("{seconds:.1f} s, {years}", seconds=drawn.seconds, years=years_text(drawn.years))
    return [*lines, ("plain", f"{found} ({took})")]


def _witness_lines(drawn: DrawnMap, finding: Finding) -> list[tuple[str, str]]:
    witness = finding.witness
    if witness is None:
        return []
    at = "" if witness.now is None else t(" at {time}", time=witness.now.isoformat())
    contact = f"{json.dumps(witness.contact, ensure_ascii=False)}{at}"
    return [
        ("plain", t("  contact: {contact}", contact=contact)),
        ("plain", t("  decision: {decision}", decision=decision_words(witness.decision, drawn.said))),
    ]


# ── for machines ──────────────────────────────────────────────────────────────


def map_as_json(policy: CheckedPolicy, drawn: DrawnMap) -> dict[str, object]:
    """A map as plain data."""
    words = Words(policy)
    return {
        "format_version": FORMAT_VERSION,
        "policy": drawn.policy,
        "title": drawn.title,
        "revision": drawn.revision,
        "on": drawn.on.isoformat(),
        "years": list(drawn.years),
        "clean": drawn.is_clean,
        "contacts": drawn.contacts,
        "stages": list(drawn.stages),
        "touchpoints": [_touchpoint(item) for item in drawn.touchpoints],
        "matters": [_matter(words, matter) for matter in drawn.matters],
        "channels": list(drawn.channels),
        "cells": [_cell(cell) for cell in drawn.cells],
        "queues": [
            {
                "name": queue.name,
                "title": queue.title,
                "channels": list(queue.channels),
                "asks_for": list(queue.asks_for),
                "contacts": queue.counted,
            }
            for queue in drawn.queues
        ],
        "moves": [
            {
                "kind": move.kind,
                "from": move.origin,
                "queue": move.queue,
                "after": None if move.after is None else move.after.total_seconds(),
                "rules": list(move.rules),
                "contacts": move.counted,
            }
            for move in drawn.moves
        ],
        "findings": [_finding(finding) for finding in drawn.findings],
        "seconds": drawn.seconds,
    }


def _touchpoint(item: Touchpoint) -> dict[str, object]:
    return {
        "name": item.name,
        "title": item.title,
        "stages": list(item.stages),
        "channels": list(item.channels),
        "in_person": item.in_person,
        "control": item.control,
        "kept_by": item.kept_by or None,
        "forced": item.forced,
        "about": list(item.about),
        "makes": list(item.makes),
    }


def _matter(words: Words, matter: Matter) -> dict[str, object]:
    return {
        "name": matter.name,
        "title": matter.title,
        "when": None if matter.condition is None else words.expr(matter.condition),
        "needs": list(map(path_of, matter.needs)),
        "solved": [
            {
                "channel": item.channel,
                "when": None if item.condition is None else words.expr(item.condition),
            }
            for item in matter.solved
        ],
        "unit": matter.unit,
    }


def _cell(cell: Cell) -> dict[str, object]:
    counted = cell.counted
    return {
        "matter": cell.matter,
        "channel": cell.channel,
        "becomes": cell.becomes,
        "arrival": [_place(place) for place in cell.arrival],
        "later": [_place(place) for place in cell.later],
        "findings": list(cell.findings),
        "contacts": None
        if counted is None
        else {
            "all": counted.contacts,
            "solved_at_arrival": counted.at_arrival,
            "solved_later": counted.later,
            "never": counted.never,
        },
    }


def _place(place: Place) -> dict[str, object]:
    return {
        "queue": place.queue,
        "channel": place.channel,
        "solved": place.solved,
        "call_back": place.is_call,
    }


def _finding(finding: Finding) -> dict[str, object]:
    shown = witness_as_json(finding.witness) or {"contact": None, "now": None, "decision": None}
    span = finding.span
    return {
        "kind": finding.kind,
        "code": finding.code,
        "about": finding.about,
        "message": finding.message,
        "rule": finding.rule or None,
        **shown,
        "reason": finding.reason or None,
        "takes": finding.takes or None,
        "file": None if span is None else span.source.name,
        "line": None if span is None else span.line,
    }


def map_as_csv(drawn: DrawnMap) -> str:
    """The cells of a map as a table, a line for each matter and channel."""
    columns = (
        *("matter", "channel", "becomes", "arrival", "later", "findings"),
        *("contacts", "solved_at_arrival", "solved_later", "never"),
    )
    out = StringIO()
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(columns)
    for cell in drawn.cells:
        counted = cell.counted
        found = dict.fromkeys(drawn.findings[place].kind for place in cell.findings)
        lines.writerow(
            (
                *(cell.matter, cell.channel, cell.becomes),
                "; ".join(f"{place.queue} on {place.channel}" for place in cell.arrival),
                "; ".join(
                    f"{place.queue} calls back" if place.is_call else f"{place.queue} on {place.channel}"
                    for place in cell.later
                ),
                "; ".join(found),
                *(("",) * 4 if counted is None else _numbers(counted)),
            )
        )
    return out.getvalue()


def _numbers(counted: Counted) -> tuple[int, int, int, int]:
    return counted.contacts, counted.at_arrival, counted.later, counted.never
