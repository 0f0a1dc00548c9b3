"""A backtest as text and as JSON."""

from collections.abc import Iterator

from routekit.backtest.load import QueueLoad
from routekit.backtest.outcomes import FARED, Fared
from routekit.backtest.results import Backtest, Moved
from routekit.backtest.wording import (
    assumption,
    changed,
    fared_text,
    headline,
    left_out,
    people_text,
    self_service,
    slot_text,
    target_text,
)
from routekit.diagnostics.folding import fold, line_width
from routekit.diff.totals import Totals, totals_as_json
from routekit.diff.wording import title, whom
from routekit.schema.types import WEEKDAYS
from routekit.translation import plural, t

__all__ = ["FORMAT_VERSION", "backtest_as_json", "backtest_lines"]

FORMAT_VERSION = 1
_WIDTH = 118
_MOST_MOVED, _MOST_LOADS = 12, 8
_SHOWN = 3


def backtest_lines(found: Backtest, *, everything: bool = False) -> Iterator[str]:
    """Yields the lines of a backtest; ``everything`` lists all groups and queues, not the largest."""
    (name, old), (other, new) = found.difference.old, found.difference.new
    yield f"{name} {old} → {other} {new}"
    yield headline(found)
    wide = max([len(f"{moved.contacts:,}") for moved in found.moved], default=1)
    shown = found.moved if everything else found.moved[:_MOST_MOVED]
    for moved in shown:
        yield from _moved(found, moved, wide)
    if len(shown) < len(found.moved):
        yield plural(
            "  and {number} more group: `--all` shows it",
            "  and {number} more groups: `--all` shows them",
            len(found.moved) - len(shown),
        )
    yield from (f"  {said}" for said in left_out(found))
    for open_ in found.difference.unknown[:1]:
        said = t("unknown beyond what is told: {reason}", reason=open_.why.reason)
        yield from fold(said, line_width(_WIDTH), "  ", "    ")
    yield _figures(found)
    loads = [load for load in found.loads if everything or found.weeks[load.queue].moved]
    shown_loads = loads if everything else loads[:_MOST_LOADS]
    for load in shown_loads:
        yield from _folded(_load(found, load))
    if len(shown_loads) < len(loads):
        yield plural(
            "  and {number} more queue: `--all` shows it",
            "  and {number} more queues: `--all` shows them",
            len(loads) - len(shown_loads),
        )
    if any(load.handling is None for load in shown_loads):
        yield t("how many people that takes is told with `--handling 300s`")


def _moved(found: Backtest, moved: Moved, wide: int) -> Iterator[str]:
    who = t("among those that the difference does not tell apart") if moved.group is None else ""
    if moved.group is not None:
        who = whom(moved.group.who) or moved.group.who.share
    said = title(moved.key, found.difference.said)
    first = f"  {moved.contacts:>{wide},}  {said}"
    rest = f"{'':>{wide + 4}}"
    if who and len(first) + len(who) + 5 <= line_width(_WIDTH):
        yield f"{first}     {who}"
    else:
        yield from fold(first.strip(), line_width(_WIDTH), "  ", rest)
        yield from fold(who, line_width(_WIDTH), rest, rest) if who else ()
    for said in fared_text(moved):
        yield from fold(said, line_width(_WIDTH), rest, rest)
    places = ", ".join(moved.places[:_SHOWN])
    if places:
        yield from fold(t("such as {ids}", ids=places), line_width(_WIDTH), rest, rest)


def _figures(found: Backtest) -> str:
    one, other = found.before, found.now
    parts = []
    before, now = one.cost_a_contact, other.cost_a_contact
    if before is not None and now is not None:
        by = changed(before, now)
        cost = t("cost {before:.2f} → {now:.2f} a contact", before=before, now=now)
        parts.append(f"{cost} ({by})" if by else cost)
    parts.append(
        t(
            "offers {before:.2f} → {now:.2f} a contact",
            before=one.offers_a_contact,
            now=other.offers_a_contact,
        )
    )
    parts.append(
        t(
            "self-service {before:.1f} → {now:.1f} %",
            before=100 * self_service(one),
            now=100 * self_service(other),
        )
    )
    return "     ".join(parts)


def _load(found: Backtest, load: QueueLoad) -> str:
    when = slot_text(load.slot)
    if load.erlangs is None or load.handling is None:
        return t(
            "load  {queue}  busiest half hour {when}: {before:,.1f} → {now:,.1f} contacts",
            queue=load.queue,
            when=when,
            before=load.before,
            now=load.now,
        )
    return t(
        "load  {queue}  busiest half hour {when}: {before:,.1f} → {now:,.1f} erlangs: {people} people for"
        " {target} ({assumption})",
        queue=load.queue,
        when=when,
        before=load.erlangs[0],
        now=load.erlangs[1],
        people=people_text(load),
        target=target_text(found.target),
        assumption=assumption(load.handling),
    )


def _folded(text: str) -> Iterator[str]:
    return iter(fold(text, line_width(_WIDTH), "", "      "))


# ── JSON ──────────────────────────────────────────────────────────────────────


def backtest_as_json(found: Backtest) -> dict[str, object]:
    """Writes a backtest as plain data."""
    old, new = found.difference.old, found.difference.new
    return {
        "format_version": FORMAT_VERSION,
        "old": {"policy": old[0], "revision": old[1]},
        "new": {"policy": new[0], "revision": new[1]},
        "answer": found.difference.answer,
        "contacts": found.contacts,
        "moved": found.treated_differently,
        "share": found.share,
        "broken": found.broken,
        "with_problems": found.with_problems,
        "in_doubt": found.in_doubt,
        "without_time": found.timeless,
        "groups": [_group_as_json(moved) for moved in found.moved],
        "totals": {"before": _totals_as_json(found.before), "now": _totals_as_json(found.now)},
        "target": {"share": found.target.share, "within": found.target.within.total_seconds()},
        "loads": [_load_as_json(load) for load in found.loads],
        "weeks": {
            queue: [
                {
                    "weekday": WEEKDAYS.names[slot[0]],
                    "time": slot_text(slot).partition(" ")[2],
                    "before": week.before.get(slot, 0.0),
                    "now": week.now.get(slot, 0.0),
                }
                for slot in sorted({*week.before, *week.now})
            ]
            for queue, week in found.weeks.items()
        },
    }


def _group_as_json(moved: Moved) -> dict[str, object]:
    who = None if moved.group is None else moved.group.who
    return {
        "title": title(moved.key),
        "contacts": moved.contacts,
        "condition": "" if who is None else who.condition,
        "exact": who is not None and who.exact,
        "share": "" if who is None else who.share,
        "told_apart": moved.group is not None,
        "places": list(moved.places),
        "fared": None if moved.fared is None else _fared_as_json(moved.fared),
    }


def _fared_as_json(fared: Fared) -> dict[str, object]:
    return {
        who: {
            name: {"value": figure.value, "of": figure.of, "low": figure.low, "high": figure.high}
            for name, figure in figures.items()
            if name in FARED and figure.of
        }
        for who, figures in (("moved", fared.moved), ("beside", fared.beside))
    }


def _totals_as_json(total: Totals) -> dict[str, object]:
    return {
        **totals_as_json(total),
        "offers_a_contact": total.offers_a_contact,
        "channels": dict(sorted(total.channels.items())),
        "offers": dict(sorted(total.offers.items())),
    }


def _load_as_json(load: QueueLoad) -> dict[str, object]:
    handling = load.handling
    return {
        "queue": load.queue,
        "weekday": WEEKDAYS.names[load.slot[0]],
        "time": slot_text(load.slot).partition(" ")[2],
        "contacts": {"before": load.before, "now": load.now},
        "erlangs": None if load.erlangs is None else dict(zip(("before", "now"), load.erlangs, strict=True)),
        "people": None if load.people is None else dict(zip(("before", "now"), load.people, strict=True)),
        "handling_seconds": None if handling is None else handling.time.total_seconds(),
        "patience_seconds": (
            None if handling is None or handling.patience is None else handling.patience.total_seconds()
        ),
        "known": None if handling is None else handling.known,
    }
