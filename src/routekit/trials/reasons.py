"""Why a contact was decided so, in words."""

from datetime import datetime

from routekit.engine.engine import Engine

__all__ = ["why"]


def why(engine: Engine, contact: object, now: datetime, expected_rule: str | None = None) -> str:
    """Which rule decided a contact and why; where another was expected, what kept that one from it.

    Several lines of text. ``now`` is the clock for a contact without ``contact.at``.
    """
    decision = engine.decide(contact, now=now)
    asked = expected_rule if expected_rule != decision.rule else None
    explanation = engine.explain(contact, now=now, rule=asked, show_private=True)
    lines = [explanation.summary]
    if decision.because:
        lines.append(f"the rule says: {decision.because}")
    for answer in explanation.answers:
        lines.append(f"not by {answer.name}: {answer.text}")
        lines += [f"it would decide with {change.text}" for change in answer.changes[:1]]
    lines += [f"wrong with the contact: {problem}" for problem in explanation.problems]
    return "\n".join(lines)
