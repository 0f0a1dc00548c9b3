"""The smallest changes that lead elsewhere, each tried on the engine before it is told."""

from collections.abc import Callable
from datetime import datetime

from routekit.intake import Intake
from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.facts import Shown
from routekit.reasons.counterfactuals import (
    Lever,
    OffersShown,
    Setting,
    Situation,
    Theatre,
    changed,
    path_of,
    plain,
)
from routekit.reasons.explanation import Change, Set
from routekit.reasons.masking import masked
from routekit.reasons.options import Options
from routekit.reasons.search import MOST_FIELDS, Found, Goal, Solution, search
from routekit.reasons.words import HIDDEN, Words, joined
from routekit.schema.times import zone
from routekit.schema.types import Scalar, Time

__all__ = ["Changes"]

_NUMBERS = ("no", "one", "two", "three")


class Changes:
    """Changes of one contact."""

    def __init__(
        self,
        theatre: Theatre,
        options: Options,
        intake: Intake,
        words: Words,
        contact: object,
        start: Situation,
    ) -> None:
        self._theatre = theatre
        self._options = options
        self._intake = intake
        self._words = words
        self._contact = contact
        self._start = start

    def smallest(
        self, goal: Goal, leads_to: Callable[[Decision], str], *, most_aims: int = 1
    ) -> tuple[tuple[Change, ...], str]:
        """The smallest changes that reach a goal, or a note that says why there is none."""
        found = search(goal, self._start, self._options, most_aims=most_aims)
        changes = []
        for solution in found.solutions[:most_aims]:
            change = self._replayed(goal, solution, leads_to)
            if change is not None:
                changes.append(change)
        return tuple(changes), "" if changes else _why_none(found)

    def _replayed(self, goal: Goal, solution: Solution, leads_to: Callable[[Decision], str]) -> Change | None:
        """The change as a caller would make it; None where the engine does not confirm it."""
        timezone = self._theatre.policy.timezone
        values = {path_of(lever): plain(setting, timezone) for lever, setting in solution.settings.items()}
        clock = solution.settings.get(e.Now(), self._start.clock)
        assert isinstance(clock, datetime)
        contact = changed(self._contact, {path: value for path, value in values.items() if path})
        decision = self._theatre.decide(contact, clock)
        situation = Situation(self._theatre, self._intake.read(contact, clock), clock)
        if not goal.is_met(situation, decision):
            return None
        settings = tuple(
            Set(".".join(path_of(lever)) or "now", self._shown(lever, values), self._text(lever, setting))
            for lever, setting in solution.settings.items()
        )
        text = joined(setting.text for setting in settings)
        local = clock.astimezone(zone(timezone))
        shown = masked(decision, self._theatre.policy, self._words)
        return Change(settings, shown, text, leads_to(decision), contact, local)

    def _hides(self, lever: Lever) -> bool:
        return not isinstance(lever, OffersShown) and self._words.hides(lever)

    def _shown(self, lever: Lever, values: dict[tuple[str, ...], object]) -> object:
        value = values[path_of(lever)]
        return HIDDEN if value is not None and self._hides(lever) else value

    def _text(self, lever: Lever, setting: Setting) -> str:
        if isinstance(lever, OffersShown):
            assert isinstance(setting, tuple)
            return self._fewer(setting)
        name = self._words.expr(lever)
        old = self._start.get(lever)
        assert not isinstance(old, tuple)
        assert not isinstance(setting, tuple)
        if setting is not None and self._hides(lever):
            return f"{name} = {HIDDEN}" if old is None else f"another {name}"
        type_ = self._words.type_of(lever)
        if isinstance(old, frozenset) and isinstance(setting, frozenset):
            return self._toggled(name, lever, old, setting)
        if isinstance(type_, Time) and isinstance(setting, datetime):
            new = self._words.time(setting, weekday=True)
        else:
            new = self._words.value(setting, type_)
        if old is None:
            return f"{name} = {new}"
        return f"{name} = {new} instead of {HIDDEN if self._hides(lever) else self._words.value(old, type_)}"

    def _toggled(self, name: str, lever: Lever, old: frozenset[Scalar], new: frozenset[Scalar]) -> str:
        assert not isinstance(lever, OffersShown)
        element = self._words.element(lever)
        if not new:
            return f"{name} = {{}}"
        said = []
        if new - old:
            said.append(f"with {self._words.listed(new - old, element, len(new))}")
        if old - new:
            said.append(f"without {self._words.listed(old - new, element, len(old))}")
        return f"{name} {joined(said)}"

    def _fewer(self, kept: tuple[Shown, ...]) -> str:
        gone = [shown for shown in self._start.facts.shown if shown not in kept]
        many = len(self._start.facts.shown) - len(kept)
        which = "the last showing" if many == 1 else f"the last {many} showings"
        return f"without {which} of {gone[0].offer if gone else 'the offer'}"


def _why_none(found: Found) -> str:
    if found.is_complete:
        return f"no change of up to {_NUMBERS[MOST_FIELDS]} fields was found that does it"
    if found.ruled_out:
        fields = "field" if found.ruled_out == 1 else "fields"
        return (
            f"no change of up to {_NUMBERS[found.ruled_out]} {fields} was found that does it; "
            "the search for more was given up at its limit"
        )
    return "not found within the limit of the search"
