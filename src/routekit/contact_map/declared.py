"""What is wrong with what a contact map declares, whoever comes: stages, answers, wordings, facts."""

from collections.abc import Iterator

from routekit.contact_map.figures import figures, spoken_figures
from routekit.contact_map.results import Finding, Kind
from routekit.diagnostics import MAP_CODES, Span
from routekit.policy.contact_map import Matter
from routekit.policy.model import CheckedPolicy, Message
from routekit.policy.wordings import placeholders
from routekit.reasons.words import joined
from routekit.translation import t

__all__ = ["declared"]

_ADDRESSES = ("url", "link")
"""How placeholders end that are an address: it is written where one can follow it, and said nowhere."""


def declared(policy: CheckedPolicy) -> Iterator[Finding]:
    """Yields what is wrong with stages, answers and wordings."""
    for matter in policy.contact_map.matters:
        yield from _unanswered(policy, matter)
    for message in policy.messages.values():
        yield from _wordings(message)
    yield from _stages(policy)


def _finding(kind: Kind, about: str, message: str, span: Span | None) -> Finding:
    return Finding(kind, MAP_CODES[kind], about, message, span=span)


# ── stages ────────────────────────────────────────────────────────────────────


def _stages(policy: CheckedPolicy) -> Iterator[Finding]:
    drawn = policy.contact_map
    met = {stage for touchpoint in drawn.touchpoints for stage in touchpoint.stages}
    for stage in drawn.stages:
        if stage not in met:
            message = t("stage `{stage}` has no touchpoint", stage=stage)
            yield _finding("stage", stage, message, drawn.span)
    for touchpoint in drawn.touchpoints:
        if not touchpoint.stages:
            message = t("touchpoint `{name}` is of no stage", name=touchpoint.name)
            yield _finding("stage", touchpoint.name, message, touchpoint.span)


# ── answers ───────────────────────────────────────────────────────────────────


def _unanswered(policy: CheckedPolicy, matter: Matter) -> Iterator[Finding]:
    answered = {
        channel
        for message in policy.messages.values()
        if matter.name in message.about
        for channel in message.wordings
    }
    solving = dict.fromkeys(item.channel for item in matter.solved)
    without = [name for name in solving if not policy.channels[name].assisted and name not in answered]
    if without:
        message = t(
            "`{matter}` is solved on {channels}, where no person answers, and no message about it has a "
            "wording there",
            matter=matter.name,
            channels=joined(without),
        )
        yield _finding("unanswered", matter.name, message, matter.span)


def _wordings(message: Message) -> Iterator[Finding]:
    """One finding for all that not every wording of a message holds."""
    differing = [
        t(
            "{what} is said by {saying}, not by {silent}",
            what=what,
            saying=joined(saying),
            silent=joined([name for name in message.wordings if name not in saying]),
        )
        for what, saying in _held(message).items()
        if len(saying) < len(message.wordings)
    ]
    if differing:
        text = t(
            "wordings of `{message}` say different things: {differing}",
            message=message.name,
            differing=t("; ").join(differing),
        )
        yield _finding("wordings", message.name, text, message.span)


def _held(message: Message) -> dict[str, list[str]]:
    """All that wordings of a message hold, as it is written first, with the channels where they do."""
    written = {channel: figures(text) for channel, text in message.wordings.items()}
    names = {channel: set(placeholders(text)) for channel, text in message.wordings.items()}
    held: dict[str, list[str]] = {}
    for name in sorted(set[str]().union(*names.values())):
        if not name.lower().endswith(_ADDRESSES):
            held[f"{{{name}}}"] = [channel for channel in message.wordings if name in names[channel]]
    for figure, text in {key: said for found in written.values() for key, said in found.items()}.items():
        held[f"`{text}`"] = [
            channel
            for channel, wording in message.wordings.items()
            if figure in written[channel] or figure in spoken_figures(wording)
        ]
    return held
