"""A difference as a comment on a pull request."""

import json
from collections.abc import Iterator, Mapping

from routekit.diff.changes import Key
from routekit.diff.edit_wording import edited
from routekit.diff.report import group_changes
from routekit.diff.results import Difference, Group, sections
from routekit.diff.wording import (
    always_text,
    decided,
    headline,
    notes_text,
    promise_text,
    rules_text,
    some_text,
    title,
    whom,
)
from routekit.policy.outcome_parts import Saying
from routekit.prover.report import contacts_text, years_text
from routekit.reasons.words import shortened
from routekit.translation import t

__all__ = ["difference_as_markdown"]


def difference_as_markdown(
    difference: Difference,
    most: int | None = None,
    moved: Mapping[Key, int] | None = None,
    contacts: str = "",
) -> str:
    """Writes what was edited, a table of the groups, and their details folded away; ``contacts`` is added."""
    return "\n".join(_lines(difference, most, moved, contacts)) + "\n"


def _lines(
    difference: Difference, most: int | None, moved: Mapping[Key, int] | None, contacts: str
) -> Iterator[str]:
    (name, revision), (_, now) = difference.old, difference.new
    yield f"### `{name}` {revision} → {now}, {years_text(difference.years)}"
    yield ""
    yield f"**{headline(difference)}**"
    yield ""
    texts = edited(difference)
    if texts:
        yield t("**Edited**")
        yield ""
        yield from (f"- {_plain(text)}" for text in texts)
        yield ""
    if difference.common.told:
        yield t(
            "All who move are contacts where {condition}.", condition=_code(shortened(difference.common.told))
        )
        yield ""
    if contacts:
        yield contacts
        yield ""
    all_ = sections(difference.groups)
    shown = [
        (section.label(place), group) for section in all_[:most] for place, group in enumerate(section.groups)
    ]
    if shown:
        counted = moved is not None
        yield (
            t("| | what changes | for whom | contacts | decided by |")
            if counted
            else t("| | what changes | for whom | decided by |")
        )
        yield f"|---|---|---|{'---:|' if counted else ''}---|"
        for number, group in shown:
            cells = [number, _cell(title(group.key, difference.said)), _whom(group)]
            cells += [f"{moved.get(group.key, 0):,}"] if moved is not None else []
            yield f"| {' | '.join([*cells, _cell(rules_text(group.rules))])} |"
        yield ""
    if most is not None and most < len(all_):
        yield t("… and {number} more, which `routekit diff --all` shows.", number=len(all_) - most)
        yield ""
    if difference.promises:
        yield t("**What is promised**")
        yield ""
        for item in difference.promises:
            yield f"- {_plain(promise_text(item))}"
            if item.witness is not None:
                yield t("  such as `{contact}`", contact=contacts_text(item.witness))
        yield ""
    for left in difference.unknown:
        yield t(
            "**Unknown**: {reason}; it would take {takes}",
            reason=_plain(left.why.reason),
            takes=_plain(left.why.takes),
        )
        yield ""
    if difference.notes:
        yield t("{sentence}.", sentence=notes_text(difference.notes))
        yield ""
    for number, group in shown:
        yield from _details(number, group, difference.said)


def _whom(group: Group) -> str:
    condition = shortened(group.who.told)
    text = whom(group.who)
    if not condition:
        return _cell(text)
    before, _, after = text.partition(condition)
    return f"{_cell(before)}{_code(condition)}{_cell(after)}"


def _details(number: str, group: Group, said: Saying) -> Iterator[str]:
    before, after = decided(group.witness, group_changes(group.witness, group), said)
    yield t(
        "<details><summary>{number}. {title}: a contact, and both decisions</summary>",
        number=number,
        title=_plain(title(group.key, said)),
    )
    yield ""
    for word, text in (
        (t("For all of them"), always_text(group, said)),
        (t("For some of them"), some_text(group, said)),
    ):
        if text:
            yield t("- {word}: {text}", word=word, text=_plain(text))
    at = "" if group.witness.now is None else t(" at {time}", time=group.witness.now.isoformat())
    yield t("- Such as{at}:", at=at)
    yield ""
    yield "```json"
    yield json.dumps(group.witness.contact, ensure_ascii=False, indent=2)
    yield "```"
    yield ""
    yield t("- Before: {before}", before=_plain(before))
    yield t("- Now: {after}", after=_plain(after))
    yield ""
    yield "</details>"
    yield ""


def _plain(text: str) -> str:
    """A text in which nothing is read as Markdown or HTML.

    >>> _plain("a_b <i> [x] | *y*")
    'a\\\\_b &lt;i&gt; \\\\[x\\\\] \\\\| \\\\*y\\\\*'
    """
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{letter}" if letter in "\\`*_[]|#" else letter for letter in escaped)


def _cell(text: str) -> str:
    return _plain(text).replace("\n", " ")


def _code(text: str) -> str:
    ticks = "``" if "`" in text else "`"
    return f"{ticks}{text.replace('|', chr(92) + '|')}{ticks}"
