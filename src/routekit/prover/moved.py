"""Contacts that come to people by one channel and are served on another, though no outcome says so."""

from collections.abc import Iterator, Sequence
from functools import partial

from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.prover.encoding.space import Space, Unsettled
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.results import Finding
from routekit.prover.which import which
from routekit.prover.witness import Witnesses
from routekit.reasons.words import joined
from routekit.reference import faults
from routekit.translation import t

__all__ = ["moved", "moving", "register_moved"]


_MOST_SMALL = 40
"""Contacts that are made the smallest there are; others are shown as they are found."""


def register_moved(outcomes: Outcomes) -> None:
    """Takes note of what is asked, before the space is closed."""
    for channel in _assisted(outcomes):
        outcomes.deciding.comes_by(channel)


def moved(space: Space, outcomes: Outcomes, witnesses: Witnesses) -> Iterator[Finding]:
    """Names the rules that move contacts so; they are looked for among contacts without problems.

    Raises ``TimeUpError`` when the time is up.
    """
    targets = moving(outcomes)
    found = {key for key, _ in which(space, targets, witnesses.smaller.whole())}
    told = 0
    for name in space.policy.rule_names:
        channels = [channel for channel in _assisted(outcomes) if (name, channel) in found]
        if channels:
            wanted = space.gates.any(targets[name, channel] for channel in channels)
            told += 1
            yield from _finding(witnesses, name, channels, wanted, is_one_of_many=told > _MOST_SMALL)


def _finding(
    witnesses: Witnesses, name: str, channels: Sequence[str], wanted: int, *, is_one_of_many: bool
) -> Iterator[Finding]:
    policy = witnesses.policy
    span = next(rule.span for rule in policy.rules if rule.name == name)

    def is_moved(facts: Facts, decision: Decision) -> bool:
        moving = (fault.rule for fault in faults(policy, facts, decision) if fault.kind == "moved")
        return name in moving

    find = witnesses.quick if is_one_of_many else partial(witnesses.find, whole=True)
    witness = find([wanted], is_moved)
    if isinstance(witness, Unsettled):
        message = t("whether rule `{name}` moves contacts to another channel is unknown", name=name)
        yield Finding.left_open(name, message, witness, span)
    elif witness is not None:
        message = t(
            "contacts that came by {channels} are served on `{served}` by rule `{name}`, "
            "which does not say `on`",
            channels=joined([f"`{channel}`" for channel in channels], " or "),
            served=witness.decision.channel,
            name=name,
        )
        yield Finding("moved", name, message, witness=witness, span=span)


def _assisted(outcomes: Outcomes) -> list[str]:
    """The channels on which people answer, and by which contacts may come in."""
    channels = outcomes.policy.channels.values()
    return [item.name for item in channels if item.assisted and outcomes.deciding.may_come_by(item.name)]


def moving(outcomes: Outcomes) -> dict[tuple[str, str], int]:
    """Tells for each rule, and each channel that contacts come by, where it moves them."""
    gates, assisted = outcomes.gates, _assisted(outcomes)
    return gates.gathered(
        ((way.rule.name, channel), gates.both(way.decides, outcomes.deciding.comes_by(channel)))
        for way in outcomes.ways
        if way.outcome.channel is None
        for channel in assisted
        if channel not in outcomes.policy.queues[way.outcome.queue].channels
    )
