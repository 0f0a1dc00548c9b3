"""The figures of a score, each defined in one place: of which contacts, what is counted, what is better."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from routekit.performance.joining import Story
from routekit.service.contact_events import KINDS, EventKind
from routekit.translation import msgid

__all__ = ["DAY", "MEASURES", "WEEK", "Facts", "Measure", "Settings", "facts_of"]

DAY, WEEK = 86_400.0, 7 * 86_400.0
_THREE_DAYS = 3 * DAY

Kind: TypeAlias = Literal["count", "mean", "share", "median", "ninetieth", "sum"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What figures are asked with: answered ``within`` seconds is in time, a score of ``satisfied`` is good.

    The logs ``end`` there, in seconds since 1970. Of what they never tell, by the kinds in ``told``, nothing
    is known: a log without a rating does not say that nobody was asked.
    """

    within: float = 20.0
    satisfied: float = 4.0
    end: float = float("inf")
    told: frozenset[str] = frozenset(KINDS)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one contact, None where nobody can know it."""

    cost: float | None
    waited: float | None
    in_time: bool | None
    abandoned: bool | None
    contained_day: bool | None
    contained_three_days: bool | None
    transferred: bool | None
    resolved_first: bool | None
    came_back: bool | None
    score: float | None
    satisfied: bool | None
    rated: bool | None
    offers: int
    taken: bool | None
    worth: float


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure: how it is worked out of the facts, and what it means, in a sentence.

    ``more_is_better`` is None where neither is; only figures of effect make a row worse.
    """

    name: str
    title: str
    kind: Kind
    of: Callable[[Facts], float | bool | None]
    means: str
    more_is_better: bool | None = None
    is_effect: bool = False


MEASURES: tuple[Measure, ...] = (
    Measure(
        "contacts", msgid("contacts"), "count", lambda _: True,
        msgid("contacts that were decided, each once"),
    ),
    Measure(
        "cost", msgid("cost"), "mean", lambda facts: facts.cost,
        msgid("what a contact costs on the channel that it was led to, by the policy"), False,
    ),
    Measure(
        "waited_p50", msgid("waited, p50"), "median", lambda facts: facts.waited,
        msgid("seconds from the queue, or the decision, to the answer, of contacts that were answered: half"
              " waited no longer"), False, True,
    ),
    Measure(
        "waited_p90", msgid("waited, p90"), "ninetieth", lambda facts: facts.waited,
        msgid("the same: nine of ten waited no longer"), False, True,
    ),
    Measure(
        "service_level", msgid("service level"), "share", lambda facts: facts.in_time,
        msgid("answered in time, of contacts that were answered or abandoned"), True, True,
    ),
    Measure(
        "abandoned", msgid("abandoned"), "share", lambda facts: facts.abandoned,
        msgid("given up before anybody answered, of contacts that were answered or abandoned"), False, True,
    ),
    Measure(
        "contained_24h", msgid("contained, 24 h"), "share", lambda facts: facts.contained_day,
        msgid("not abandoned, and no person dealt with the customer within 24 hours, in this contact or"
              " another, of contacts of known customers whose 24 hours the log has"),
    ),
    Measure(
        "contained_72h", msgid("contained, 72 h"), "share", lambda facts: facts.contained_three_days,
        msgid("the same within 72 hours"),
    ),
    Measure(
        "transferred", msgid("transferred"), "share", lambda facts: facts.transferred,
        msgid("handed on by whoever had answered, of contacts that were answered"), False, True,
    ),
    Measure(
        "resolved_first", msgid("resolved at first contact"), "share", lambda facts: facts.resolved_first,
        msgid("told to be resolved, not reopened, and the customer did not come back within 7 days, of first"
              " contacts: those of known customers who had not come about the matter in the 7 days before"),
        True, True,
    ),
    Measure(
        "came_back", msgid("came back, 7 d"), "share", lambda facts: facts.came_back,
        msgid("the customer came again about the same matter within 7 days, of contacts of known customers"
              " whose 7 days the log has"), False, True,
    ),
    Measure(
        "satisfied", msgid("satisfied"), "share", lambda facts: facts.satisfied,
        msgid("scores from the good one on, of contacts that were rated; the last score of each counts"),
        True, True,
    ),
    Measure(
        "score", msgid("score"), "mean", lambda facts: facts.score,
        msgid("the mean of these scores"), True,
    ),
    Measure(
        "responded", msgid("responded"), "share", lambda facts: facts.rated,
        msgid("rated by the customer, of contacts of which anything is told"),
    ),
    Measure(
        "offers", msgid("offers"), "mean", lambda facts: facts.offers,
        msgid("offers made, for each contact"),
    ),
    Measure(
        "taken", msgid("taken"), "share", lambda facts: facts.taken,
        msgid("something was bought, of contacts with an offer"), True,
    ),
    Measure(
        "worth", msgid("worth"), "sum", lambda facts: facts.worth or None,
        msgid("what was bought for, in all"), True,
    ),
)  # fmt: skip


def facts_of(stories: Sequence[Story], settings: Settings) -> list[Facts]:
    """Works out what is known of the contacts of one customer, which stand in the order of time.

    Those of an unknown customer come one by one, and nothing is known of what came before or after.
    """
    met = sorted(
        event.at for story in stories for event in story.events if event.kind in ("answered", "called_back")
    )
    by_matter: dict[str, list[float]] = {}
    for story in stories:
        by_matter.setdefault(story.contact.matter, []).append(story.contact.at)
    return [_facts(story, met, by_matter, settings) for story in stories]


def _facts(
    story: Story, met: Sequence[float], by_matter: Mapping[str, Sequence[float]], settings: Settings
) -> Facts:
    contact = story.contact
    answered, abandoned = story.first("answered"), story.first("abandoned")
    gave_up = abandoned is not None and (answered is None or abandoned.at < answered.at)
    is_told, is_known = bool(story.events), contact.customer is not None
    waited = _waited(story)
    came, first = _around(by_matter[contact.matter], contact.at)
    back = came is not None and came - contact.at <= WEEK
    has_week = is_known and contact.at + WEEK <= settings.end
    came_back = back if has_week else None
    is_first = first is None or contact.at - first > WEEK
    scores = [event.score for event in story.events if event.kind == "rated" and event.score is not None]
    bought = [event for event in story.events if event.kind == "bought"]

    def tells(kind: EventKind) -> bool:
        return kind in settings.told

    def contained(span: float) -> bool | None:
        if not (is_told and is_known and contact.at + span <= settings.end):
            return None
        following = bisect_right(met, contact.at)
        is_met = any(event.kind in ("answered", "called_back") for event in story.events)
        return not (is_met or gave_up or (following < len(met) and met[following] <= contact.at + span))

    return Facts(
        contact.cost,
        waited,
        None if answered is None and not gave_up else waited is not None and waited <= settings.within,
        None if answered is None and not gave_up else gave_up,
        contained(DAY),
        contained(_THREE_DAYS),
        None if answered is None or not tells("transferred") else _is_handed_on(story, answered.at),
        _is_resolved(story) and not back if tells("resolved") and is_told and has_week and is_first else None,
        came_back,
        scores[-1] if scores else None,
        scores[-1] >= settings.satisfied if scores else None,
        bool(scores) if is_told and tells("rated") else None,
        contact.offers,
        bool(bought) if contact.offers and tells("bought") else None,
        sum(event.worth or 0.0 for event in bought),
    )


def _waited(story: Story) -> float | None:
    """Seconds until the answer; None where nobody answered, or clocks disagree so far that it came before.

    They count from the queue; else from where a machine handed it on, or from the decision.
    """
    answered = story.first("answered")
    if answered is None:
        return None
    kinds: tuple[EventKind, ...] = (
        ("queued",) if story.contact.is_served is not False else ("queued", "transferred")
    )
    begun = story.first(*kinds)
    begin = story.contact.at if begun is None or begun.at > answered.at else begun.at
    waited = answered.at - begin
    return max(waited, 0.0) if waited >= -1.0 else None


def _is_handed_on(story: Story, answered: float) -> bool:
    """Whether whoever answered handed it on; what a plan moves before is no transfer."""
    return any(event.kind == "transferred" and event.at >= answered for event in story.events)


def _is_resolved(story: Story) -> bool:
    resolved, reopened = story.first("resolved"), story.first("reopened")
    return resolved is not None and (reopened is None or reopened.at - story.contact.at > WEEK)


def _around(times: Sequence[float], at: float) -> tuple[float | None, float | None]:
    """When the customer came next about a matter, and when last before."""
    after = bisect_right(times, at)
    before = after - 1
    while before >= 0 and times[before] >= at:
        before -= 1
    return (times[after] if after < len(times) else None), (times[before] if before >= 0 else None)
