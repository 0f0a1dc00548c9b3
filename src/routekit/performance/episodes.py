"""What a customer went through about one matter: contacts that follow each other, and where they led."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from routekit.performance.joining import Story
from routekit.performance.log_entries import Step
from routekit.performance.measures import WEEK
from routekit.service.contact_events import EventKind

__all__ = ["Callback", "Episode", "Reached", "callback_of", "episodes_of", "places_of", "steps_of"]

_OVER: tuple[EventKind, ...] = ("answered", "abandoned", "called_back", "ended", "resolved")
"""What ends the waiting that the steps of a plan belong to."""


@dataclass(frozen=True, slots=True)
class Episode:
    """The contacts of one customer about one matter, none later than a gap after the one before.

    A contact of an unknown ``customer`` (None) stands alone.
    """

    customer: str | None
    matter: str
    stories: tuple[Story, ...]

    @property
    def places(self) -> tuple[str, ...]:
        """Where it led, from contact to contact, and from queue to queue within one."""
        return tuple(place for story in self.stories for place in places_of(story))


@dataclass(frozen=True, slots=True)
class Reached:
    """A step of a plan, and whether the contact still waited at its time; None where nobody knows."""

    number: int
    step: Step
    is_reached: bool | None


@dataclass(frozen=True, slots=True)
class Callback:
    """What became of a callback that was promised: ``kept``, ``late``, ``missed``, ``served`` by somebody
    else before, or still ``open`` at the end of the log."""

    fate: str
    within: float


def episodes_of(stories: Sequence[Story], gap: float = WEEK) -> Iterator[Episode]:
    """Yields the episodes of one customer, whose contacts stand in the order of time.

    Of an unknown customer nobody knows what belongs together: each of his contacts stands alone.
    """
    open_: dict[str, list[Story]] = {}
    for story in stories:
        contact = story.contact
        if contact.customer is None:
            yield Episode(None, contact.matter, (story,))
            continue
        known = open_.get(contact.matter)
        if known is not None and contact.at - known[-1].contact.at > gap:
            yield Episode(contact.customer, contact.matter, tuple(known))
            known = None
        if known is None:
            open_[contact.matter] = [story]
        else:
            known.append(story)
    for matter, found in open_.items():
        yield Episode(found[0].contact.customer, matter, tuple(found))


def places_of(story: Story) -> tuple[str, ...]:
    """Returns the queues that a contact was in, with their channels, in the order of time."""
    contact = story.contact
    moves = [(event.at, event.queue, event.channel) for event in story.events if event.kind == "transferred"]
    moves += [
        (contact.at + reached.step.after, reached.step.queue, None)
        for reached in steps_of(story)
        if reached.is_reached and reached.step.queue is not None
    ]
    places, channel = [_place(contact.channel, contact.queue)], contact.channel
    for _, queue, its in sorted(moves, key=lambda move: move[0]):
        if queue is None and its is None:
            continue
        channel = its or channel
        place = _place(channel, queue or places[-1].partition(" ")[2])
        if place != places[-1]:
            places.append(place)
    return tuple(places)


def steps_of(story: Story) -> Iterator[Reached]:
    """Yields the steps of a contact's plan, and whether it still waited when their time came."""
    over = story.first(*_OVER)
    for number, step in enumerate(story.contact.plan, 1):
        reached = None if over is None else over.at - story.contact.at >= step.after
        yield Reached(number, step, reached)


def callback_of(story: Story, end: float) -> Callback | None:
    """Returns what became of the callback that a contact was promised, None where it was promised none.

    A promise counts from its step, once the contact has waited so long. ``end`` is that of the log.
    """
    promised = [
        reached.step
        for reached in steps_of(story)
        if reached.step.within is not None and reached.is_reached is not False
    ]
    called, answered = story.first("called_back"), story.first("answered")
    promised = [step for step in promised if step.within is not None]
    if not promised:
        return None
    step = promised[-1]
    assert step.within is not None
    due = story.contact.at + step.after + step.within
    if called is not None and (answered is None or called.at <= answered.at):
        return Callback("kept" if called.at <= due else "late", step.within)
    if answered is not None and answered.at <= due:
        return Callback("served", step.within)
    return Callback("missed" if due <= end else "open", step.within)


def _place(channel: str, queue: str) -> str:
    return f"{channel} {queue}"
