"""Why a contact was decided so, in words."""

from datetime import datetime

from routekit.engine.engine import Engine
from routekit.intake import Intake
from routekit.policy.model import CheckedPolicy, Rule
from routekit.reference import Scope
from routekit.schema.times import instant, zone
from routekit.trials.conditions import single_conditions

__all__ = ["why"]


def why(engine: Engine, contact: object, now: datetime, expected_rule: str | None = None) -> str:
    """Which rule decided a contact and why; where another was expected, what kept that one from it.

    Several lines of text. ``now`` is the clock for a contact without ``contact.at``.
    """
    policy = engine.policy.checked
    decision = engine.decide(contact, now=now)
    rule = next(rule for rule in policy.rules if rule.name == decision.rule)
    lines = [f"{_called(rule)} decided" + (f": {rule.because}" if rule.because else _titled(rule))]
    if expected_rule is not None and expected_rule != decision.rule:
        lines.append(_instead(policy, contact, now, rule, expected_rule))
    segments = engine.segments(contact, now=now)
    if segments:
        lines.append(f"the contact is in the segments {', '.join(segments)}")
    lines += [f"the contact is not as declared: {problem}" for problem in decision.problems]
    return "\n".join(lines)


def _called(rule: Rule) -> str:
    return f"row {rule.name}" if rule.table else f"rule {rule.name}"


def _titled(rule: Rule) -> str:
    return f": {rule.title}" if rule.title else ""


def _instead(policy: CheckedPolicy, contact: object, now: datetime, decided: Rule, expected: str) -> str:
    """What kept the expected rule from deciding."""
    wanted = next((rule for rule in policy.rules if rule.name == expected), None)
    if wanted is None:
        return f"there is no rule {expected}"
    if policy.rules.index(wanted) > policy.rules.index(decided):
        return f"{_called(wanted)} stands behind it and was not tried"
    clock = instant(now, zone(policy.timezone)) or now
    scope = Scope(policy, Intake(policy).read(contact, clock))
    if scope.is_true(wanted.condition):
        return f"{_called(wanted)} was tried before, and gave way: its queue is closed"
    singles = single_conditions(policy)
    parts = [*(singles.groups[group.name] for group in wanted.groups), singles.rules[wanted.name]]
    answers = {True: "true", False: "false", None: "unknown"}
    asked = [
        f"`{single.text}` is {answers[answer]}"
        for part in parts
        for single in part
        if (answer := scope.value(single.expr)) is None or isinstance(answer, bool)
    ]
    return f"{_called(wanted)} was tried before, and did not hold: {', '.join(asked)}"
