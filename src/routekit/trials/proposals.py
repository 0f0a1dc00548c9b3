"""Examples for what a policy's own ones do not cover, for an author to judge."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from routekit.engine.engine import Engine
from routekit.engine.examples import clock_of, contact_of, mismatches
from routekit.engine.policy import Policy
from routekit.intake import Intake
from routekit.layout import UnreadablePolicyError
from routekit.policy.decision import Decision
from routekit.policy.model import Example
from routekit.policy.outcome_parts import LOGGED_PARTS, differing
from routekit.policy.targets import Target
from routekit.prover.limits import TIMEOUT, YEARS, Years
from routekit.prover.reach import Reach
from routekit.prover.witness import Witness
from routekit.translation import t
from routekit.trials.coverage import Observer, Unit
from routekit.trials.trial import title_of
from routekit.trials.writing import at_time, example_of, is_unwritable, written_example

__all__ = ["Left", "Proposal", "proposals"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """An example as the policy would have it, which expects what the policy decides today."""

    title: str
    text: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class Left:
    """What no example is proposed for: no contact reaches it where ``is_dead``, else for the ``reason``."""

    unit: Unit
    what: str
    is_dead: bool
    reason: str = ""


def proposals(
    policy: Policy, observer: Observer, *, timeout: float = TIMEOUT, years: Years = YEARS
) -> Iterator[Proposal | Left]:
    """Proposes an example for each thing that the contacts which ``observer`` has seen do not cover.

    What one example covers beside is not proposed again. ``timeout`` is in seconds, for all together.

    >>> policy = Policy.from_text('''
    ...     policy care
    ...     record contact { channel one of voice, web }
    ...     record customer { value integer 0..100 = 0 }
    ...     channel voice { assisted }
    ...     queue general { on voice }
    ...     queue dedicated { on voice }
    ...     route {
    ...       rule best when customer.value >= 80 then queue dedicated
    ...       otherwise queue general
    ...     }
    ... ''')
    >>> first, second = proposals(policy, Observer(policy.checked))
    >>> first.title, second.title
    ('proposed: rule best', 'proposed: rule otherwise')
    >>> print(first.text, end="")
    example "proposed: rule best"
      given contact.channel voice, customer.value 80
      expect rule best, queue dedicated, channel voice, priority 5
    """
    proposing = _Proposing(policy, observer, Reach(policy.checked, timeout=timeout, years=years))
    # parts come first: what reaches them settles most of the conditions
    for unit in sorted(observer.coverage().gaps, key=lambda unit: unit.kind == "conditions"):
        for target in unit.missing:
            if not observer.has_seen(target):
                yield proposing.one(unit, target)


class _Proposing:
    def __init__(self, policy: Policy, observer: Observer, reach: Reach) -> None:
        self._checked = policy.checked
        self._observer = observer
        self._reach = reach
        self._engine = Engine(policy)
        self._intake = Intake(policy.checked)
        self._clock = clock_of(policy.checked).astimezone(UTC)
        self._titles = {title_of(example) for example in policy.checked.examples}

    def one(self, unit: Unit, target: Target) -> Proposal | Left:
        what = _said(unit, target)
        found = self._reach.contact(target)
        if not isinstance(found, Witness):
            return Left(unit, what, found is None, "" if found is None else found.reason)
        written = self._example(found)
        if written is None:
            return Left(
                unit, what, is_dead=False, reason=t("an example cannot say the contact that reaches it")
            )
        example, decision = written
        title = self._title(t("proposed: {what}", what=what))
        try:
            text = written_example(title, example, decision, self._checked)
        except UnreadablePolicyError:
            return Left(unit, what, is_dead=False, reason=t("an example cannot say what is decided of it"))
        self._observer.observe(contact_of(example), self._clock, decision)
        return Proposal(title, text, unit)

    def _example(self, witness: Witness) -> tuple[Example, Decision] | None:
        """The contact as an example that is decided as it was, and its decision."""
        facts = self._intake.read(witness.contact, witness.now or self._clock)
        plain = example_of(witness.contact, facts)
        if any(isinstance(item.value, str) and any(map(is_unwritable, item.value)) for item in plain.given):
            return None
        for example in (plain, self._timed(plain, witness.now)):
            if example is not None:
                decision, _ = mismatches(self._engine, example)
                if not decision.problems and not differing(decision, witness.decision, LOGGED_PARTS):
                    return example, decision
        return None

    def _timed(self, example: Example, moment: datetime | None) -> Example | None:
        return None if moment is None else at_time(example, moment, self._checked)

    def _title(self, wanted: str) -> str:
        title, number = wanted, 1
        while title in self._titles:
            number += 1
            title = f"{wanted} ({number})"
        self._titles.add(title)
        return title


def _said(unit: Unit, target: Target) -> str:
    """What is to be reached, as a title tells it."""
    if target.condition is not None:
        condition = unit.name.replace('"', "'")
        return (
            t("{part}, {condition} is true", part=unit.part, condition=condition)
            if target.value
            else t("{part}, {condition} is false", part=unit.part, condition=condition)
        )
    return t("{part} arm {place}", part=unit.part, place=target.place) if unit.kind == "arms" else unit.part
