"""What a contact can reach of a policy: a rule that decides, an offer, a condition that is false."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from routekit.policy.expressions import Expr
from routekit.policy.model import CheckedPolicy, Split, Step
from routekit.policy.outcomes import outcomes_of
from routekit.schema.times import format_duration
from routekit.translation import t

__all__ = ["AskedStep", "Owner", "Target", "asked_steps"]

Owner: TypeAlias = Literal["case", "rule", "group", "adjustment", "offer", "never", "step"]


@dataclass(frozen=True, slots=True)
class Target:
    """A part of a policy to be reached; with a ``condition``: that it is asked there, and comes to ``value``.

    ``name`` is that of the rule, group, adjustment or offer, of the let of a case, or what a step is called
    among those that ask; ``place``, from 1, says which case, arm of a rule's split, or never (0: no split).

    >>> Target("rule", "vip")
    Target(owner='rule', name='vip', place=0, condition=None, value=True)
    """

    owner: Owner
    name: str
    place: int = 0
    condition: Expr | None = None
    value: bool = True


@dataclass(frozen=True, slots=True)
class AskedStep:
    """A step with a condition, and the rules that give it, each with the arm of its split, if it has one."""

    step: Step
    given: tuple[tuple[str, int | None], ...]


def asked_steps(policy: CheckedPolicy) -> Mapping[str, AskedStep]:
    """Maps steps that have a condition by what they are called: ``rule vip after 2m``; of a plan, once."""
    found: dict[str, AskedStep] = {}
    for rule in policy.rules:
        for number, outcome in enumerate(outcomes_of(rule.body), start=1):
            arm = number if isinstance(rule.body, Split) else None
            for step in outcome.plan:
                if step.condition is None:
                    continue
                own = t("rule {name}", name=rule.name)
                own = own if arm is None else f"{own} arm {arm}"
                of = own if step.plan is None else f"plan {step.plan.name}"
                name = f"{of} after {format_duration(step.after)}"
                before = found[name].given if name in found else ()
                found[name] = AskedStep(step, (*before, (rule.name, arm)))
    return found
