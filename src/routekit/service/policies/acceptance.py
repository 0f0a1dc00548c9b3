"""What a new version must pass before it serves, and what was found."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from routekit.engine.engine import Engine
from routekit.engine.examples import clock_of, contact_of
from routekit.engine.policy import Policy
from routekit.service.policies.differences import kinds_of_difference
from routekit.service.policies.errors import PolicyRefused
from routekit.service.policies.events import JSON
from routekit.service.policies.proving import Answer

__all__ = ["Acceptance", "Prove", "Report", "examine"]

Prove: TypeAlias = Callable[[Policy], tuple[Answer, ...]]

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a new version must pass before it serves, beside being free of errors.

    ``examples``: its own examples hold. ``guarantees``: ``off``; ``look``: broken ones are reported, no
    more; ``require``: each must be proved, so that what stays unknown refuses too. All are looked at for
    ``timeout`` seconds together. A version that has lost guarantees of the one before, as a file that was
    cut off has, or has another name, is refused unless ``may_drop_guarantees`` or ``may_change_name``.
    """

    examples: bool = True
    guarantees: Literal["off", "look", "require"] = "look"
    timeout: float = 10.0
    may_drop_guarantees: bool = False
    may_change_name: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What was found of a version that passed.

    ``samples`` are the contacts of the examples, of both versions; ``different`` how many of them the
    version before decides otherwise, ``kinds`` in what.
    """

    warnings: int
    examples: int
    guarantees: tuple[Answer, ...]
    lost: tuple[str, ...]
    samples: int
    different: int
    kinds: tuple[tuple[str, int], ...]

    @property
    def broken(self) -> tuple[Answer, ...]:
        return tuple(item for item in self.guarantees if item.answer == "counterexample")

    def to_dict(self) -> dict[str, JSON]:
        return {
            "warnings": self.warnings,
            "examples": self.examples,
            "guarantees": [item.to_dict() for item in self.guarantees],
            "lost_guarantees": [*self.lost],
            "samples": self.samples,
            "decided_otherwise": self.different,
            "otherwise_in": dict(self.kinds),
        }


def examine(acceptance: Acceptance, new: Policy, old: Policy | None, prove: Prove | None) -> Report:
    """Looks at a new version beside the one that serves; raises :class:`PolicyRefused` with all reasons.

    The guarantees are not looked at where no ``prove`` is given.
    """
    policy = new.checked
    engine = Engine(new, evaluator="reference")  # with a board of its own: examples speak of no live signals
    reasons: list[str] = []
    lost: tuple[str, ...] = ()
    if old is not None:
        before, names = old.checked, {item.name for item in policy.guarantees}
        lost = tuple(item.name for item in before.guarantees if item.name not in names)
        if policy.name != before.name and not acceptance.may_change_name:
            reasons.append(
                f"the policy is called `{policy.name}`, the one that serves `{before.name}`: "
                "is it the wrong file? `Acceptance(may_change_name=True)` allows it"
            )
        if lost and not acceptance.may_drop_guarantees:
            reasons.append(
                f"guarantees of the version before are gone: {_named(lost)}; was the file cut off? "
                "`Acceptance(may_drop_guarantees=True)` allows it"
            )
    if acceptance.examples:
        reasons += _failing(engine)
    if reasons:
        raise PolicyRefused(*reasons)
    answers: tuple[Answer, ...] = ()
    if prove is not None and acceptance.guarantees != "off":
        answers = prove(new)
    if acceptance.guarantees == "require":
        open_ = [item for item in answers if item.answer != "proved"]
        if open_:
            raise PolicyRefused(*(_unproved(item) for item in open_))
    samples, different, kinds = (0, 0, Counter[str]()) if old is None else _compared(engine, old)
    return Report(
        len(new.warnings),
        len(policy.examples),
        answers,
        lost,
        samples,
        different,
        tuple(sorted(kinds.items())),
    )


def _failing(engine: Engine) -> list[str]:
    from routekit.trials import run_example
    from routekit.trials.words import title_of, written

    said = []
    for example in engine.policy.checked.examples:
        for item in run_example(engine, example).mismatches:
            expected, actual = written(item.what, item.expected), written(item.what, item.actual)
            line = f", line {example.span.line}" if example.span else ""
            said.append(f"example `{title_of(example)}`{line}: {item.what} is {actual}, not {expected}")
    more = len(said) - _MOST_NAMED
    return [
        *said[:_MOST_NAMED],
        *([f"and {more} more of the examples' expectations fail"] if more > 0 else []),
    ]


def _unproved(item: Answer) -> str:
    if item.answer == "counterexample":
        return f"guarantee `{item.name}` is broken by a contact: {dict(item.contact or {})}"
    return f"guarantee `{item.name}` could not be proved: {item.reason}"


def _compared(new: Engine, before: Policy) -> tuple[int, int, Counter[str]]:
    """How many contacts of the examples of both are decided otherwise, and in what."""
    old = Engine(before, evaluator="reference")
    samples = different = 0
    kinds: Counter[str] = Counter()
    for engine in (old, new):
        clock = clock_of(engine.policy.checked)
        for example in engine.policy.checked.examples:
            contact = contact_of(example)
            found = kinds_of_difference(old.decide(contact, now=clock), new.decide(contact, now=clock))
            samples += 1
            different += bool(found)
            kinds.update(found)
    return samples, different, kinds


def _named(names: tuple[str, ...]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_MOST_NAMED])
    return shown if len(names) <= _MOST_NAMED else f"{shown} and {len(names) - _MOST_NAMED} more"
