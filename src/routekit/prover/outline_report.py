"""Who gets what, written for people, as Markdown and as JSON."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from routekit.policy.expressions import All, Expr
from routekit.policy.model import Adjustment, Cap, CheckedPolicy, Offer, Split
from routekit.policy.references import conjuncts
from routekit.policy.splits import WHOLE
from routekit.prover.outline import Comers, Outline, Row
from routekit.prover.report import years_text
from routekit.reasons.outcome_words import OutcomeWords
from routekit.reasons.words import Words, joined
from routekit.schema.times import format_duration
from routekit.schema.writing import number_text
from routekit.translation import clauses, msgid, t

__all__ = ["outline_as_json", "outline_as_markdown", "outline_lines"]

_EVERYBODY = msgid("everybody else")


@dataclass(frozen=True, slots=True)
class _Told:
    """A row in words: what is given, the steps of its plan, and each rule with those whom it leads there."""

    given: str
    plan: tuple[str, ...]
    comers: tuple[tuple[str, str, str], ...]
    """The rule, its condition, and what is to be said of it."""


def outline_lines(found: Outline) -> list[tuple[str, str]]:
    """An outline in lines, each with its role: ``good``, ``bad``, ``open``, ``head`` or ``plain``."""
    return list(_Writer(found).lines())


def outline_as_markdown(found: Outline) -> str:
    """An outline as a heading and two tables: of outcomes, and of offers."""
    return "\n".join(_Writer(found).markdown()) + "\n"


def outline_as_json(found: Outline) -> dict[str, object]:
    """An outline as plain data."""
    return _Writer(found).document()


class _Writer:
    def __init__(self, found: Outline) -> None:
        self._found = found
        self._policy: CheckedPolicy = found.policy
        self._words = Words(found.policy, whole=True)
        self._outcomes = OutcomeWords(found.policy)

    # ── for people ────────────────────────────────────────────────────────────

    def lines(self) -> Iterator[tuple[str, str]]:
        policy = self._policy
        yield (
            "head",
            t(
                "{name} {revision}: who gets what ({years})",
                name=policy.name,
                revision=policy.revision,
                years=years_text(self._found.years),
            ),
        )
        for name, rows in groupby(self._found.rows, key=lambda row: row.outcome.queue):
            yield "plain", ""
            yield "head", self._queue(name)
            for row in rows:
                yield from self._row(self._told(row, name))
        if self._found.reason:
            yield "open", t("unknown: the rest: {reason}", reason=self._found.reason)
            yield "plain", t("  it would take: {takes}", takes=self._found.takes)
        for title, told in ((t("offers"), self._offers()), (t("adjusted afterwards"), self._adjustments())):
            if told:
                yield "plain", ""
                yield "head", title
                for name, what, condition in told:
                    yield "plain", f"  {name}: {condition}"
                    yield "plain", f"    {what}"

    def _row(self, told: _Told) -> Iterator[tuple[str, str]]:
        yield "plain", f"  {told.given}"
        for rule, condition, note in told.comers:
            yield "plain", f"    {rule}: {condition}"
            if note:
                yield "plain", f"      {note}"
        for step in told.plan:
            yield "plain", t("    then {step}", step=step)

    def markdown(self) -> Iterator[str]:
        policy = self._policy
        yield t(
            "### `{name}` {revision}: who gets what ({years})",
            name=policy.name,
            revision=policy.revision,
            years=years_text(self._found.years),
        )
        yield ""
        yield t("| queue | gets | who | by |")
        yield "|---|---|---|---|"
        for row in self._found.rows:
            told = self._told(row, row.outcome.queue)
            gets = "<br>".join(map(_cell, (told.given, *told.plan)))
            for place, (rule, condition, note) in enumerate(told.comers):
                said = f"{_cell(condition)}<br>*{_cell(note)}*" if note else _cell(condition)
                lead = (_cell(row.outcome.queue), gets) if place == 0 else ("", "")
                yield f"| {' | '.join((*lead, said, _cell(rule)))} |"
        if self._found.reason:
            yield ""
            yield t("**unknown: the rest:** {reason}", reason=_cell(self._found.reason))
        for title, told_ in ((t("offer"), self._offers()), (t("adjusted by"), self._adjustments())):
            if told_:
                yield ""
                yield t("| {title} | | who |", title=title)
                yield "|---|---|---|"
                yield from (f"| {' | '.join(map(_cell, told))} |" for told in told_)

    def document(self) -> dict[str, object]:
        return {
            "policy": self._policy.name,
            "revision": self._policy.revision,
            "outcomes": [self._row_as_json(row) for row in self._found.rows],
            "offers": [{"offer": name, "what": what, "who": who} for name, what, who in self._offers()],
            "adjustments": [
                {"rule": name, "changes": what, "who": who} for name, what, who in self._adjustments()
            ],
            "reason": self._found.reason or None,
            "takes": self._found.takes or None,
            "seconds": self._found.seconds,
            "years": list(self._found.years),
        }

    def _row_as_json(self, row: Row) -> dict[str, object]:
        told = self._told(row, row.outcome.queue)
        return {
            "queue": row.outcome.queue,
            "channels": list(row.channels),
            "gets": self._outcomes.parts(row.outcome),
            "plan": list(told.plan),
            "who": [
                {
                    "rule": comers.rule.name,
                    "arm": comers.arm,
                    "condition": condition,
                    "share": _share(comers),
                    "unless": list(comers.unless),
                    "all_unless": comers.are_all,
                    "anybody": comers.come,
                }
                for comers, (_, condition, _) in zip(row.comers, told.comers, strict=True)
            ],
        }

    # ── in words ──────────────────────────────────────────────────────────────

    def _queue(self, name: str) -> str:
        queue = self._policy.queues[name]
        title = self._policy.titles.get(("queue", name))
        said = f' "{title}"' if title else ""
        hours = "" if queue.calendar is None else t(", while {calendar} is open", calendar=queue.calendar)
        skills = (
            t(", skills {skills}", skills=f"{{{', '.join(sorted(queue.skills))}}}") if queue.skills else ""
        )
        return t(
            "queue {name}{said} on {listed}{skills}{hours}",
            name=name,
            said=said,
            listed=joined(queue.channels),
            skills=skills,
            hours=hours,
        )

    def _told(self, row: Row, queue: str) -> _Told:
        outcome = row.outcome
        led = outcome.channel is not None or row.channels != self._policy.queues[queue].channels
        on = t(", on {listed}", listed=joined(row.channels)) if led and row.channels else ""
        comers = tuple(
            (
                (
                    t("{name} arm {arm}", name=item.rule.name, arm=item.arm)
                    if item.arm
                    else f"{item.rule.name}"
                ),
                self._who(item),
                self._note(item),
            )
            for item in row.comers
        )
        return _Told(
            f"{self._outcomes.line(outcome)}{on}", tuple(map(self._outcomes.step, outcome.plan)), comers
        )

    def _who(self, comers: Comers) -> str:
        share = _share(comers)
        who = t(_EVERYBODY) if comers.rule.condition is None else self._all(comers.rule.condition)
        return who if share is None else t("{share}% of {who}", share=number_text(share), who=who)

    def _note(self, comers: Comers) -> str:
        if comers.come is None:
            return t("whether anybody comes to it is unknown")
        if not comers.come:
            return t("nobody: no contact there can be comes to it")
        if not comers.unless:
            return ""
        return (
            t("unless taken before by {listed}", listed=joined(comers.unless))
            if comers.are_all
            else t("unless taken before by {listed} or others", listed=joined(comers.unless))
        )

    def _offers(self) -> list[tuple[str, str, str]]:
        policy = self._policy
        told = [(offer.name, self._offer(offer), self._all(offer.condition)) for offer in policy.offers]
        nevers = [
            ("never", t("no offer at all"), self._words.expr(never.condition)) for never in policy.nevers
        ]
        return [*told, *nevers]

    def _all(self, condition: Expr | None) -> str:
        """Says all that a condition asks, that of the groups around it on one level with its own."""
        parts = [] if condition is None else list(conjuncts(condition))
        if not parts:
            return t("everybody")
        return self._words.expr(parts[0] if len(parts) == 1 else All(tuple(parts)))

    def _offer(self, offer: Offer) -> str:
        title = [f'"{offer.title}"'] if offer.title else []
        worth = [] if offer.worth is None else [t("worth {value}", value=self._words.expr(offer.worth))]
        on = [] if offer.channels is None else [t("on {listed}", listed=joined(sorted(offer.channels)))]
        return clauses([*title, *worth, *on, *map(_cap, offer.caps)]) or t("offered")

    def _adjustments(self) -> list[tuple[str, str, str]]:
        return [self._adjustment(item) for item in self._policy.adjustments]

    def _adjustment(self, item: Adjustment) -> tuple[str, str, str]:
        changes = ", ".join(map(self._outcomes.change, item.changes))
        return item.name, changes, self._all(item.condition)


def _share(comers: Comers) -> float | None:
    """The share of an arm, in percent."""
    if comers.arm is None or not isinstance(comers.rule.body, Split):
        return None
    ends = [0, *(arm.up_to for arm in comers.rule.body.arms)]
    return (ends[comers.arm] - ends[comers.arm - 1]) * 100 / WHOLE


def _cap(cap: Cap) -> str:
    times = {"most": cap.most, "per": format_duration(cap.per)}
    if not cap.is_shared:
        return t("at most {most} per {per}", **times)
    if cap.over is None:
        return t("at most {most} per {per} altogether", **times)
    if cap.group:
        return t("at most {most} per {per} among {group}", group=cap.group, **times)
    return t("at most {most} per {per} among others", **times)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
