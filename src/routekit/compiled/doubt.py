"""What bad input keeps from being offered, asked of generated code for each value that it may have been.

The code is written for the first contact that needs it: most policies never see one.
"""

from collections.abc import Collection, Sequence
from functools import cached_property

from routekit.compiled.bases import Bases
from routekit.compiled.cases import CaseFunctions
from routekit.compiled.codegen import Module
from routekit.compiled.frames import NOW, UNSET, Bound, Frame, Frames, Function
from routekit.policy import expressions as e
from routekit.policy.closures import Closures
from routekit.policy.doubt import Doubt, Tries, Unread
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy

__all__ = ["CompiledDoubt"]

_MOST_KEPT = 1_024


class CompiledDoubt:
    """Tells which offers may not be made, as :class:`routekit.policy.doubt.Doubt` does."""

    def __init__(self, policy: CheckedPolicy) -> None:
        self._policy = policy
        self._doubt = Doubt(policy)
        self._names = [offer.name for offer in policy.offers]
        self._tries: dict[frozenset[Unread], Tries | None] = {}

    def withheld(self, facts: Facts, made: Collection[str]) -> frozenset[str]:
        """Returns the offers that may not be made; none where all of those that would be ``made`` may be."""
        tries = self._tries_of(facts)
        if tries is None:
            return self._doubt.withheld(facts, made)
        if not (tries.nevers or tries.offers):
            return frozenset()
        frames, names = self._conditions.frames(facts, tries), self._names
        nevers, offers = self._conditions.nevers, self._conditions.offers
        if any(nevers[place](frame) is True for place in tries.nevers for frame in frames):
            return frozenset(names)

        def is_sure(place: int) -> bool:
            return all(offers[place](frame) is True for frame in frames)

        if all(is_sure(place) for place in tries.offers if names[place] in made):
            return frozenset()
        return frozenset(names[place] for place in tries.offers if not is_sure(place))

    def _tries_of(self, facts: Facts) -> Tries | None:
        """What is to be tried, found once for all contacts of which the same is unreadable."""
        if facts.unreadable not in self._tries:
            if len(self._tries) >= _MOST_KEPT:
                self._tries.clear()
            self._tries[facts.unreadable] = self._doubt.tries(facts)
        return self._tries[facts.unreadable]

    @cached_property
    def _conditions(self) -> "_Conditions":
        return _Conditions(self._policy)


class _Conditions:
    """The conditions of nevers and offers as functions over frames, by their places."""

    def __init__(self, policy: CheckedPolicy) -> None:
        module = Module()
        cases = CaseFunctions(module, policy, Bases(policy), Closures(policy))
        self._frames = frames = Frames(module, policy, cases)
        always = e.Constant(True)
        asked = [
            [frames.value("condition", each.condition or always) for each in some]
            for some in (policy.nevers, policy.offers)
        ]
        frames.finish()
        bound = Bound(frames, module.build())
        self.nevers: Sequence[Function]
        self.offers: Sequence[Function]
        self.nevers, self.offers = ([bound.function(one) for one in some] for some in asked)

        self._fields = [
            ((leaf.record, leaf.field), place)
            for leaf, place in frames.places.items()
            if isinstance(leaf, e.FieldRef)
        ]
        self._signals = [
            ((leaf.queue, leaf.signal), place)
            for leaf, place in frames.places.items()
            if isinstance(leaf, e.SignalRef)
        ]

    def frames(self, facts: Facts, tries: Tries) -> Sequence[Frame]:
        """The frames of a contact, one for each way in which its unreadable values may have come."""
        places = self._frames.places
        frame: Frame = [UNSET] * len(places)
        frame[NOW] = facts.now
        for key, place in self._fields:
            frame[place] = facts.fields[key]
        for key, place in self._signals:
            frame[place] = facts.signals[key]
        found: list[Frame] = []
        for values in tries.values:
            tried = [*frame]
            for unread, value in values.items():
                tried[places[unread]] = value
            found.append(tried)
        return found
