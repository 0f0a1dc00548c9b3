"""A backtest as a page that a browser shows."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from routekit.backtest.load import QueueLoad
from routekit.backtest.results import Backtest, Moved
from routekit.backtest.wording import (
    assumption,
    changed,
    fared_text,
    headline,
    left_out,
    people_text,
    self_service,
    share_text,
    slot_text,
    target_text,
)
from routekit.diff.totals import Totals
from routekit.diff.wording import decided, title, whom
from routekit.pages import (
    Flow,
    Series,
    bars,
    beside,
    code,
    disclosure,
    element,
    flows,
    joined,
    key_figures,
    lines,
    note,
    page,
    paragraph,
    section,
    table,
)
from routekit.schema.types import WEEKDAYS
from routekit.translation import plural, t

__all__ = ["backtest_page"]

_MOST_PLOTS, _MOST_GROUPS = 4, 40
_HALF_HOURS = 48


def backtest_page(found: Backtest) -> str:
    """Returns the page: what changes for whom, where contacts go, what it costs, and the people it takes."""
    (name, old), (other, new) = found.difference.old, found.difference.new
    return page(
        t("{policy}: what the change would have done", policy=other),
        section(t("In short"), _short(found), lead=headline(found)),
        *_moves(found),
        *_queues(found),
        *_loads(found),
        section(t("How this was counted"), *(note(said) for said in _notes(found))),
        lead=f"{name} {old} → {other} {new}",
    )


def _short(found: Backtest) -> str:
    one, other = found.before, found.now
    rows = [(t("treated differently"), share_text(found.share), f"{found.treated_differently:,}")]
    before, now = one.cost_a_contact, other.cost_a_contact
    if before is not None and now is not None:
        rows.append((t("cost a contact"), f"{before:.2f} → {now:.2f}", changed(before, now)))
    rows.append((t("offers a contact"), f"{one.offers_a_contact:.2f} → {other.offers_a_contact:.2f}", ""))
    rows.append((t("self-service"), f"{100 * self_service(one):.1f} → {100 * self_service(other):.1f} %", ""))
    return key_figures(rows)


# ── who moves ─────────────────────────────────────────────────────────────────


def _moves(found: Backtest) -> Iterator[str]:
    if not found.moved:
        return
    shown = found.moved[:_MOST_GROUPS]
    blocks: list[str] = [_moved(found, moved) for moved in shown]
    rest = len(found.moved) - len(shown)
    if rest:
        blocks.append(note(plural("and {number} more group", "and {number} more groups", rest)))
    yield section(t("Whom it moves"), *blocks, wide=True)


def _moved(found: Backtest, moved: Moved) -> str:
    said = title(moved.key, found.difference.said)
    parts: list[str] = []
    if moved.group is None:
        parts.append(paragraph(t("among those that the difference does not tell apart")))
    else:
        group = moved.group
        if who := whom(group.who) or group.who.share:
            parts.append(paragraph(who))
        before, now = decided(group.witness, group.changes, found.difference.said)
        contact = json.dumps(group.witness.contact, ensure_ascii=False)
        parts.append(paragraph(t("such as"), " ", code(contact)))
        parts.append(paragraph(f"{before} → {now}"))
    parts += [paragraph(said) for said in fared_text(moved)]
    if moved.places:
        parts.append(note(t("such as {ids}", ids=", ".join(moved.places))))
    return disclosure(joined([element("b", f"{moved.contacts:,}"), said], " "), *parts)


def _queues(found: Backtest) -> Iterator[str]:
    moves = Counter[tuple[str, str]]()
    for moved in found.moved:
        for change in moved.key:
            if change.part == "queue":
                moves[str(change.before[0]), str(change.after[0])] += moved.contacts
    if moves:
        drawn = [Flow(*way, number) for way, number in moves.most_common()]
        yield section(
            t("From queue to queue"),
            flows(
                t("Contacts that go to another queue"),
                drawn,
                before=t("before"),
                after=t("now"),
                unit=t("contacts"),
            ),
        )
    yield section(t("What each version gives"), _totals(found.before, found.now))


def _totals(before: Totals, now: Totals) -> str:
    rows = [
        (kind, name, one, other)
        for kind, counts in (
            (t("queue"), (before.queues, now.queues)),
            (t("channel"), (before.channels, now.channels)),
            (t("offer"), (before.offers, now.offers)),
        )
        for name in sorted({*counts[0], *counts[1]})
        for one, other in [(counts[0][name], counts[1][name])]
    ]
    return table(
        t("Contacts by queue and channel, and offers made"),
        [t("name"), t("kind"), t("before"), t("now"), t("change")],
        [
            [name, kind, f"{one:,}", f"{other:,}", "" if one == other else changed(one, other)]
            for kind, name, one, other in rows
        ],
        shown=False,
    )


# ── load ──────────────────────────────────────────────────────────────────────


def _loads(found: Backtest) -> Iterator[str]:
    if not found.loads:
        return
    names = [load.queue for load in found.loads]
    blocks: list[str] = []
    if any(load.people for load in found.loads):
        people = [
            Series(name, tuple(None if load.people is None else load.people[version] for load in found.loads))
            for version, name in enumerate((t("before"), t("now")))
        ]
        lead = t("in the busiest half hour, for {target}", target=target_text(found.target))
        blocks.append(bars(t("People it takes"), names, people, lead=lead))
    blocks.append(_table(found.loads))
    yield section(t("Load"), *blocks)
    changing = [load for load in found.loads if found.weeks[load.queue].moved][:_MOST_PLOTS]
    if changing:
        days = (_day(found, load) for load in changing)
        yield section(t("Over the day"), beside(*days), wide=True)


def _table(loads: Sequence[QueueLoad]) -> str:
    rows: list[list[str]] = []
    for load in loads:
        erlangs = "" if load.erlangs is None else f"{load.erlangs[0]:,.1f} → {load.erlangs[1]:,.1f}"
        row = [load.queue, slot_text(load.slot), f"{load.before:,.1f} → {load.now:,.1f}", erlangs]
        by = "" if load.handling is None else assumption(load.handling)
        rows.append([*row, people_text(load), by])
    heads = [t("queue"), t("busiest"), t("contacts"), t("erlangs"), t("people"), t("by")]
    return table(t("The busiest half hour of each queue"), heads, rows)


def _day(found: Backtest, load: QueueLoad) -> str:
    week, day = found.weeks[load.queue], load.slot[0]
    at = [slot_text((day, place)).partition(" ")[2] for place in range(_HALF_HOURS)]
    series = [
        Series(name, tuple(counts.get((day, place), 0.0) for place in range(_HALF_HOURS)))
        for name, counts in ((t("before"), week.before), (t("now"), week.now))
    ]
    weekday = WEEKDAYS.names[day].capitalize()
    return lines(
        t("{queue}, contacts a half hour", queue=load.queue),
        at,
        series,
        lead=t("the mean of every {weekday}", weekday=weekday),
    )


def _notes(found: Backtest) -> Iterator[str]:
    yield t(
        "Each contact was decided by both versions, at its own time. Cost and self-service follow from the"
        " channels of the policy; the load of a half hour is the mean over all such half hours between the"
        " first contact and the last, and counts contacts at the queue to which they are led at arrival."
    )
    if any(load.handling is not None and load.handling.known == "assumed" for load in found.loads):
        yield t("Handling times that are called assumed were given, not measured.")
    yield from (f"{said[0].upper()}{said[1:]}." for said in left_out(found))
