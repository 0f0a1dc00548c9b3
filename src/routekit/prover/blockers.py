"""Why something can never happen: by itself, or since others always come first."""

from collections.abc import Sequence
from dataclasses import dataclass

from routekit.policy.model import Offer
from routekit.prover.earlier_rules import EarlierRules
from routekit.prover.encoding.space import Space
from routekit.prover.outcome.outcome import Outcomes, Way
from routekit.prover.sat.formula import FALSE, TRUE
from routekit.translation import plural, t

__all__ = ["Dead", "Reasons", "listed"]

_MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class Dead:
    """Why something cannot happen; ``taken_by`` are the earlier rules that take its contacts."""

    reason: str
    taken_by: tuple[str, ...] = ()


class Reasons:
    """Looks for what keeps rules, arms and offers from ever being reached."""

    def __init__(self, space: Space, outcomes: Outcomes, earlier: EarlierRules) -> None:
        self.space = space
        self.policy = space.policy
        self.outcomes = outcomes
        self._earlier = earlier

    def of_rule(self, places: range) -> Dead:
        """Why a rule can never decide; it stands at several places where a field chooses its queue."""
        rule, any_of, is_met = self.policy.rules[places.start], self.space.gates.any, self._earlier.is_met
        takers = self._earlier.takers(places)
        if takers:
            return _taken_by(takers)
        if is_met(any_of(self.outcomes.conditions[place] for place in places)) is False:
            own = rule.own is None or is_met(self.space.true(rule.own)) is not False
            if rule.groups and own:
                return Dead(t("its condition can never be true within `{name}`", name=rule.groups[-1].name))
            return Dead(t("its condition can never be true"))
        taken = any_of(self.outcomes.taken[place] for place in places)
        if is_met(taken) is False:
            ways = (way for way in self.outcomes.ways if way.rule.name == rule.name)
            queues = sorted({way.outcome.queue for way in ways})
            return Dead(
                plural(
                    "{listed} is never open when its condition is true",
                    "{listed} are never open when its condition is true",
                    len(queues),
                    listed=listed(queues),
                )
            )
        return self._taken_by([taken], places)

    def of_arm(self, places: range, way: Way) -> Dead:
        """Why an arm of a split can never be taken; its rule stands at one place."""
        if self.space.possible([way.wanted]) is False:
            rule = way.rule
            if way.wanted == FALSE:
                return Dead(t("its share is 0%"))
            opens = self.outcomes.open(way.outcome.queue)
            if self.space.possible([self.outcomes.conditions[places.start], opens]) is False:
                return Dead(
                    t(
                        "`{queue}` is never open when the condition of `{name}` is true",
                        queue=way.outcome.queue,
                        name=rule.name,
                    )
                )
            return Dead(t("no key of such a contact falls on it"))
        return self._taken_by([way.wanted], places)

    def _taken_by(self, wanted: Sequence[int], places: range) -> Dead:
        refusals = self._earlier.refusals(places)
        names = [name for name, refuses in refusals.items() if refuses == FALSE][:1]
        if not names:
            culprits = dict.fromkeys(refuses for refuses in refusals.values() if refuses != TRUE)
            core = set(self.space.core(wanted, list(culprits)))
            for name, refuses in refusals.items():
                if refuses in core:
                    core.remove(refuses)
                    names.append(name)
        return _taken_by(names)

    def of_offer(self, offer: Offer) -> Dead:
        """Why an offer can never be eligible."""
        space, gates = self.space, self.space.gates
        condition = space.true(offer.condition)
        if space.possible([condition]) is False:
            return Dead(t("its condition can never be true"))
        if any(cap.most == 0 for cap in offer.caps):
            return Dead(t("its cap allows none"))
        nevers = [-space.true(never.condition) for never in self.policy.nevers]
        if space.possible([condition, *nevers]) is False:
            return Dead(t("a `never` is true of all its contacts"))
        if offer.channels is not None:
            channels = self.outcomes.part("channel")
            on = gates.any(channels.get(channel, FALSE) for channel in sorted(offer.channels))
            if space.possible([condition, on]) is False:
                return Dead(
                    t(
                        "no contact for whom its condition is true is served on {listed}",
                        listed=listed(sorted(offer.channels)),
                    )
                )
        return Dead(t("its condition, its channels and every `never` are never met at once"))

    def of_hidden(self, offer: Offer) -> Dead:
        """Why an offer that can be eligible is never shown."""
        if self.policy.show == 0:
            return Dead(t("`show 0` shows none"))
        eligible = self.outcomes.eligible()
        better = [
            other.name
            for number, other in enumerate(self.policy.offers)
            if other is not offer
            and self.space.possible(
                [
                    eligible[offer.name],
                    -self.space.gates.both(
                        eligible[other.name],
                        self.outcomes.beats(other, offer, number < self.policy.offers.index(offer)),
                    ),
                ]
            )
            is False
        ]
        shown = (
            t("a cap over several offers")
            if self.policy.show is None
            else t("`show {show}`", show=self.policy.show)
        )
        if better:
            return Dead(
                plural(
                    "{listed} is always eligible too and worth as much or more; {shown} ends there",
                    "{listed} are always eligible too and worth as much or more; {shown} ends there",
                    len(better),
                    listed=listed(better),
                    shown=shown,
                ),
                tuple(better),
            )
        return Dead(t("others are always worth more, and {shown} ends there", shown=shown))


def _taken_by(names: Sequence[str]) -> Dead:
    reason = plural(
        "{listed} takes all its contacts",
        "{listed} take all its contacts",
        len(names),
        listed=listed(names),
    )
    return Dead(reason, tuple(names))


def listed(names: Sequence[str]) -> str:
    """Names as they are said, the first few of them."""
    quoted = [f"`{name}`" for name in names[:_MOST_NAMED]]
    if len(names) > _MOST_NAMED:
        return t("{listed} and {number} more", listed=t(", ").join(quoted), number=len(names) - _MOST_NAMED)
    return t(" and ").join([t(", ").join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)
