"""Wires the passes: a decision, its reasons, and the changes that lead elsewhere."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from routekit.diagnostics.suggest import closest
from routekit.intake import Intake
from routekit.policy.decision import Decision
from routekit.policy.model import OTHERWISE, Adjustment, CheckedPolicy, Offer, Rule
from routekit.reasons.changes import Changes
from routekit.reasons.counterfactuals import Decide, Situation, Theatre
from routekit.reasons.explanation import Answer, Explanation, RuleReason
from routekit.reasons.goals import Adjusts, Decides, Elsewhere, Offered, rule_of
from routekit.reasons.masking import masked
from routekit.reasons.narration import Rules, Telling
from routekit.reasons.options import Options
from routekit.reasons.words import Words, joined
from routekit.schema.times import zone

__all__ = ["Explainer", "UnknownNameError", "check_names"]

MOST_ELSEWHERE = 3


class UnknownNameError(ValueError):
    """A rule or an offer that the policy does not have; the message names the likely one."""


def check_names(policy: CheckedPolicy, rule: str | None, offer: str | None) -> None:
    """Raises where the policy has no rule, or no offer, of that name."""
    rules = [*policy.rule_names, *(item.name for item in policy.adjustments)]
    if rule is not None and rule not in rules:
        raise _unknown("rule", rule, rules)
    offers = [item.name for item in policy.offers]
    if offer is not None and offer not in offers:
        raise _unknown("offer", offer, offers)


class Explainer:
    """Explains the decisions of one policy; made once, shared by all threads."""

    def __init__(self, policy: CheckedPolicy, intake: Intake, decide: Decide) -> None:
        self._policy = policy
        self._intake = intake
        self._theatre = Theatre(policy, decide)
        self._options = Options(self._theatre)
        self._words = Words(policy)
        self._masked = Words(policy, masked=True)
        self._rules = {rules[0].name: rules for rules in policy.written_rules()}
        self._adjustments = {item.name: item for item in policy.adjustments}
        self._offers = {offer.name: offer for offer in policy.offers}

    def explain(
        self,
        contact: object,
        clock: datetime,
        rule: str | None = None,
        offer: str | None = None,
        *,
        show_private: bool = True,
        decision: Decision | None = None,
    ) -> Explanation:
        """Why a contact is decided as it is; ``rule`` and ``offer`` are asked about as well.

        ``decision`` is given where its problems tell more than the contact does.
        """
        words = self._words if show_private else self._masked
        check_names(self._policy, rule, offer)
        decision = decision or self._theatre.decide(contact, clock)
        start = Situation(self._theatre, self._intake.read(contact, clock), clock)
        decided = rule_of(self._policy, decision)
        telling = Telling(start, words, decided, decision.channel)
        changes = Changes(self._theatre, self._options, self._intake, words, contact, start)
        written = list(self._rules.values())
        before = written[: written.index(self._rules[decided.name])]
        answers = []
        if rule is not None and rule in self._rules:
            answers.append(self._of_rule(self._rules[rule], telling, changes, before))
        elif rule is not None:
            answers.append(self._of_adjustment(self._adjustments[rule], telling, changes))
        if offer is not None:
            answers.append(self._of_offer(self._offers[offer], telling, changes, decision))
        elsewhere = Elsewhere(decision.queue, decision.channel, self._options.index)
        found, note = changes.smallest(elsewhere, _to_rule, most_aims=MOST_ELSEWHERE)
        facts = (*telling.deciding_facts(), *telling.hours())
        return Explanation(
            decision=masked(decision, self._policy, words),
            summary=self._summary(decision, decided, telling),
            facts=telling.reasons(facts),
            notes=tuple(telling.notes()),
            earlier=tuple(telling.rule(earlier) for earlier in before),
            offers=tuple(telling.offer(item, decision.offers) for item in self._policy.offers),
            changes=found,
            note=note,
            answers=tuple(answers),
            problems=tuple(self._problem(problem.path, problem.message) for problem in decision.problems),
            now=start.facts.now.astimezone(zone(self._policy.timezone)),
        )

    def _summary(self, decision: Decision, decided: Rule, telling: Telling) -> str:
        """The short paragraph."""
        where = f"Sent to queue {decision.queue} on {decision.channel}, priority {decision.priority},"
        if decided.name == OTHERWISE:
            told = f"{where} because no rule applies."
        else:
            told = f"{where} by rule {decided.name}" + (f' "{decided.title}"' if decided.title else "")
            why = telling.phrases.because(telling.deciding_facts())
            told += f" because {joined(why)}" if why else ", which applies to everybody who gets so far"
            told += f"{telling.hours_told()}."
        return told

    def _problem(self, path: str, message: str) -> str:
        """What was wrong with the input, and what was taken instead."""
        for lever, declared in self._theatre.fields.items():
            if path in (self._words.expr(lever), f"live.{self._words.expr(lever)}"):  # type: ignore[arg-type]
                if declared.default is not None:
                    default = self._words.value(declared.default, declared.type)
                    return f"{path} {message}, so its default {default} is taken"
                return f"{path} {message}" + ("" if "missing" in message else ", so it counts as missing")
        return f"{path} {message}"

    # ── what was asked about ──────────────────────────────────────────────────

    def _of_rule(self, rules: Rules, telling: Telling, changes: Changes, before: Sequence[Rules]) -> Answer:
        decided, rule = telling.decided, rules[0]
        if rule.name == decided.name:
            facts = telling.deciding_facts()
            why = joined(telling.phrases.because(facts))
            text = "it decides" + (f", because {why}" if why else "")
            return Answer("rule", rule.name, rule.title, True, text, telling.reasons(facts), (), "")
        reason = telling.rule(rules)
        found, note = changes.smallest(Decides(rules, self._options.index), _to_queue)
        text = _not_it(reason, decided.name, is_before=rules in before)
        return Answer("rule", rule.name, rule.title, False, text, reason.facts, found, note)

    def _of_adjustment(self, adjustment: Adjustment, telling: Telling, changes: Changes) -> Answer:
        facts = telling.trace.why(adjustment.condition)
        name, title = adjustment.name, adjustment.title
        if telling.scope.is_true(adjustment.condition):
            why = joined(telling.phrases.because(facts))
            text = "it applies" + (f", because {why}" if why else " to every contact")
            return Answer("adjust rule", name, title, True, text, telling.reasons(facts), (), "")
        found, note = changes.smallest(Adjusts(adjustment), lambda _: "it applies")
        text = f"it does not apply: {telling.phrases.reasons(facts)}"
        return Answer("adjust rule", name, title, False, text, telling.reasons(facts), found, note)

    def _of_offer(self, offer: Offer, telling: Telling, changes: Changes, decision: Decision) -> Answer:
        reason = telling.offer(offer, decision.offers)
        if reason.outcome == "made":
            text = f"it is made, {reason.text}"
            return Answer("offer", offer.name, offer.title, True, text, reason.facts, (), "")
        found, note = changes.smallest(Offered(offer, self._options.index), _to_offers)
        text = f"it is not made: {reason.text}"
        return Answer("offer", offer.name, offer.title, False, text, reason.facts, found, note)


def _not_it(reason: RuleReason, decided: str, *, is_before: bool) -> str:
    match reason.outcome, is_before:
        case "not_reached", _:
            return f"it is not reached: its condition holds, but {decided} comes first"
        case _, True:
            return f"it does not decide: {reason.text}"
        case _:
            return f"it is not reached, since {decided} comes first; nor would it decide: {reason.text}"


def _to_rule(decision: Decision) -> str:
    by = "as no rule applies" if decision.rule == OTHERWISE else f"by rule {decision.rule}"
    return f"queue {decision.queue} on {decision.channel}, {by}"


def _to_queue(decision: Decision) -> str:
    return f"{decision.rule} decides: queue {decision.queue} on {decision.channel}"


def _to_offers(decision: Decision) -> str:
    return f"offers {joined(decision.offers)}"


def _unknown(kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
    names = list(known)
    likely = closest(name, names)
    if likely is not None:
        hint = f"did you mean `{likely}`?"
    elif names:
        hint = f"there are {joined(f'`{known}`' for known in names[:8])}" + (
            " and others" if len(names) > 8 else ""
        )
    else:
        hint = f"it has no {kind}s at all"
    return UnknownNameError(f"the policy has no {kind} `{name[:100]}`: {hint}")
