"""Contacts that come to people by one channel and are served on another, though no outcome says so."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.prover.encoding.space import Space, Unsettled
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.results import Finding
from routekit.prover.which import which
from routekit.prover.witness import Check, Witness, Witnesses
from routekit.reasons.words import joined
from routekit.reference import faults
from routekit.translation import plural, t

__all__ = ["moved", "register_moved"]


_MOST_SMALL = 60
"""Findings of which the smallest contact is shown, and not the first that is found."""
_MOST_ALONE = 8
"""Rules that are told one by one of those that move contacts alike."""
_MOST_NAMED = 4
"""Rules that are named of those that move contacts alike."""


def register_moved(outcomes: Outcomes) -> None:
    """Takes note of what is asked, before the space is closed."""
    for channel in _assisted(outcomes):
        outcomes.deciding.comes_by(channel)


def moved(
    space: Space, outcomes: Outcomes, witnesses: Witnesses, *, by_rule: bool = False
) -> Iterator[tuple[Finding, int]]:
    """Names the rules that move contacts so, each with the literal that holds where they do.

    They are looked for among contacts without problems. Rules that move contacts of the same channels to the
    same ones are one finding; ``by_rule``, the first of them are told one by one. Raises ``TimeUpError`` when
    the time is up.
    """
    targets = _moving(outcomes)
    about = witnesses.smaller.whole()
    space.begin_anew()
    space.foresee([*about, literal] for literal in targets.values())
    found = {key for key, _ in which(space, targets, about)}
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for name in space.policy.rule_names:
        channels = tuple(channel for channel in _assisted(outcomes) if (name, channel) in found)
        if channels:
            groups.setdefault((channels, _served(outcomes, name)), []).append(name)
    told: list[tuple[tuple[str, ...], tuple[str, ...], list[str]]] = []
    for (channels, served), names in groups.items():
        alone = names[:_MOST_ALONE] if by_rule else []
        together = names[len(alone) :]
        told += [(channels, served, part) for part in (*([name] for name in alone), together) if part]
    for number, (channels, served, names) in enumerate(told):
        wanted = space.gates.any(targets[name, channel] for name in names for channel in channels)
        find = partial(witnesses.find, whole=True) if number < _MOST_SMALL else witnesses.quick
        for finding in _finding(witnesses, find, names, channels, served, wanted):
            yield finding, wanted


def _served(outcomes: Outcomes, name: str) -> tuple[str, ...]:
    """The channels on which a rule serves whom it moves: the first of each of its queues."""
    queues = outcomes.policy.queues
    ways = (way.outcome for way in outcomes.ways if way.rule.name == name and way.outcome.channel is None)
    return tuple(dict.fromkeys(queues[outcome.queue].channels[0] for outcome in ways))


def _finding(
    witnesses: Witnesses,
    find: Callable[[Sequence[int], Check], Witness | Unsettled | None],
    names: Sequence[str],
    channels: Sequence[str],
    served: Sequence[str],
    wanted: int,
) -> Iterator[Finding]:
    policy, first = witnesses.policy, names[0]
    span = next(rule.span for rule in policy.rules if rule.name == first)

    def is_moved(facts: Facts, decision: Decision) -> bool:
        return any(fault.kind == "moved" and fault.rule in names for fault in faults(policy, facts, decision))

    witness = find([wanted], is_moved)
    named = [f"`{name}`" for name in names[:_MOST_NAMED]]
    more = len(names) - _MOST_NAMED
    rules = joined([*named, t("{more} more", more=more)] if more > 0 else named)
    if isinstance(witness, Unsettled):
        message = plural(
            "whether rule {rules} moves contacts to another channel is unknown",
            "whether rules {rules} move contacts to another channel is unknown",
            len(names),
            rules=rules,
        )
        yield Finding.left_open(first, message, witness, span)
    elif witness is not None:
        said = {
            "channels": joined([f"`{channel}`" for channel in channels], " or "),
            "served": joined([f"`{channel}`" for channel in served], " or "),
            "rules": rules,
        }
        message = plural(
            "contacts that came by {channels} are served on {served} by rule {rules},"
            " which does not say `on`",
            "contacts that came by {channels} are served on {served} by rules {rules}, which do not say `on`",
            len(names),
            **said,
        )
        yield Finding("moved", first, message, witness=witness, span=span)


def _assisted(outcomes: Outcomes) -> list[str]:
    """The channels on which people answer, and by which contacts may come in."""
    channels = outcomes.policy.channels.values()
    return [item.name for item in channels if item.assisted and outcomes.deciding.may_come_by(item.name)]


def _moving(outcomes: Outcomes) -> dict[tuple[str, str], int]:
    """Tells for each rule, and each channel that contacts come by, where it moves them."""
    gates, assisted = outcomes.gates, _assisted(outcomes)
    return gates.gathered(
        ((way.rule.name, channel), gates.both(way.decides, outcomes.deciding.comes_by(channel)))
        for way in outcomes.ways
        if way.outcome.channel is None
        for channel in assisted
        if channel not in outcomes.policy.queues[way.outcome.queue].channels
    )
