"""Answers as one page: what is said about which matter on which channel, and the facts behind it."""

from collections.abc import Iterator, Sequence
from datetime import date

from routekit.pages import Cell, Markup, State, legend, mark, matrix, page, section, table
from routekit.policy.answers import Answer, sms_text
from routekit.policy.kept_facts import KeptFact, KeptValue
from routekit.policy.model import CheckedPolicy
from routekit.translation import t

__all__ = ["as_html"]


def as_html(policy: CheckedPolicy, on: date, answers: Sequence[Answer]) -> str:
    """Returns a page that needs nothing beside it."""
    by_matter: dict[str, list[Answer]] = {}
    for answer in answers:
        by_matter.setdefault(answer.matter.name, []).append(answer)
    return page(
        t("{policy}: answers of {day}", policy=policy.title, day=on),
        _overview(policy, by_matter),
        *(_matter(policy, name, told) for name, told in by_matter.items()),
        _facts(policy, on, answers),
        lead=t("One source for the web site, the IVR and the desk. Revision {name}.", name=policy.revision),
    )


def _overview(policy: CheckedPolicy, by_matter: dict[str, list[Answer]]) -> Markup:
    spoken = {answer.said.channel for told in by_matter.values() for answer in told}
    channels = [name for name in policy.channels if name in spoken] + sorted(spoken - policy.channels.keys())
    cells: dict[tuple[str, str], Cell] = {}
    for name, told in by_matter.items():
        for answer in told:
            before = cells.get((name, answer.said.channel))
            is_bad = bool(answer.said.expired) or (before is not None and before.state is State.BAD)
            state = State.BAD if is_bad else State.GOOD
            cells[name, answer.said.channel] = Cell(state=state, said=_state(is_bad), target=name)
    return section(
        t("Matters and channels"),
        matrix(t("Who says what where"), t("matter, by channel"), list(by_matter), channels, cells),
        legend((State.GOOD, t("said")), (State.BAD, t("said without a fact"))),
        wide=True,
    )


def _state(is_bad: bool) -> str:
    return t("without a fact") if is_bad else t("said")


def _matter(policy: CheckedPolicy, name: str, told: Sequence[Answer]) -> Markup:
    matter = told[0].matter
    rows = [
        (
            policy.called("channel", answer.said.channel),
            policy.called("message", answer.said.message),
            _words(answer),
            _size(answer),
        )
        for answer in told
    ]
    unit = t("{unit} answers for it.", unit=matter.unit) if matter.unit else ""
    return section(
        matter.title or name,
        table(name, [t("channel"), t("message"), t("what is said"), t("letters")], rows, shown=False),
        lead=unit,
        name=name,
        wide=True,
    )


def _words(answer: Answer) -> str:
    said = answer.said
    if said.expired:
        return mark(State.BAD, said.text)
    return mark(State.WARN, said.text) if said.missing else said.text


def _size(answer: Answer) -> str:
    return str(answer.said.length) if answer.said.parts is None else sms_text(answer.said)


def _facts(policy: CheckedPolicy, on: date, answers: Sequence[Answer]) -> Markup:
    used = {name for answer in answers for name, _ in answer.said.facts}
    used |= {name for answer in answers for name in answer.said.expired}
    rows = [row for fact in policy.facts if fact.name in used for row in _rows(fact, on)]
    if not rows:
        return Markup()
    head = [t("fact"), t("value"), t("from"), t("until"), t("kept by"), t("now")]
    return section(t("What it rests on"), table(t("Facts"), head, rows, shown=False), name="facts", wide=True)


def _rows(fact: KeptFact, on: date) -> Iterator[tuple[str, ...]]:
    current = fact.on(on)
    coming = [value for value in fact.values if value.until is None or value.until >= on]
    if current is None:
        yield fact.title or fact.name, "–", "", "", "", mark(State.BAD, t("no value"))
    for value in coming:
        yield _row(fact, value, mark(State.GOOD, t("said")) if value is current else "")


def _row(fact: KeptFact, value: KeptValue, state: str) -> tuple[str, ...]:
    ends = ("" if day is None else str(day) for day in (value.since, value.until))
    return fact.title or fact.name, value.said, *ends, value.kept_by, state
