"""Facts and events as their authors write them, and the facts by which something else is said."""

from collections.abc import Iterator

from routekit.diff.results import Setting
from routekit.diff.things import Name, Thing, texts, thing
from routekit.policy.kept_facts import Event, KeptFact, KeptValue
from routekit.policy.model import CheckedPolicy
from routekit.policy.wordings import placeholders
from routekit.schema.writing import number_text, quoted
from routekit.translation import t

__all__ = ["compare_facts", "fact_things"]


def fact_things(policy: CheckedPolicy) -> Iterator[tuple[Name, Thing]]:
    """Yields the facts, with a part for all their values, and the events."""
    for fact in policy.facts:
        values = texts(*(_value_text(value, keeper=True) for value in fact.values))
        yield ("fact", fact.name), thing({"title": texts(fact.title), "": values})
    for event in policy.events:
        yield ("event", event.name), _event(event)


def compare_facts(old: CheckedPolicy, new: CheckedPolicy) -> Iterator[Setting]:
    """Lists the facts of messages of which other values are said, or on other days."""
    was, is_ = ({fact.name: fact for fact in policy.facts} for policy in (old, new))
    said = _placed(old) & _placed(new)
    for name in dict.fromkeys((*was, *is_)):
        before, now = _told(was.get(name)), _told(is_.get(name))
        if before != now and name in said:
            text = t(
                "is {now}; it was {before}",
                now=t(", ").join(text for text in now if text not in before) or t("nothing else"),
                before=t(", ").join(text for text in before if text not in now) or t("nothing"),
            )
            yield Setting("fact", name, text)


def _placed(policy: CheckedPolicy) -> set[str]:
    """The names that some message has a place for."""
    wordings = (text for message in policy.messages.values() for text in message.wordings.values())
    return {name for text in wordings for name in placeholders(text)}


def _told(fact: KeptFact | None) -> list[str]:
    return [_value_text(value, keeper=False) for value in (() if fact is None else fact.values)]


def _value_text(value: KeptValue, *, keeper: bool) -> str:
    parts = [quoted(value.said) if isinstance(value.value, str) else value.said]
    parts += [] if value.since is None else [f"from {value.since}"]
    parts += [] if value.until is None else [f"until {value.until}"]
    return " ".join([*parts, *([f"kept by {value.kept_by}"] if keeper and value.kept_by else [])])


def _event(event: Event) -> Thing:
    days = (
        str(days.first) if days.first == days.last else f"{days.first}..{days.last}" for days in event.days
    )
    return thing(
        {
            "title": texts(event.title),
            "on": texts(*days),
            "about": texts(*event.about),
            "expect": texts("" if event.expect is None else _share(event.expect)),
        }
    )


def _share(share: float) -> str:
    return f"{'+' if share >= 0 else ''}{number_text(round(100 * share, 6))}%"
