"""Explains a decision: its reasons, and the changes of the contact that lead elsewhere."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from routekit.diagnostics.diagnostic import closest
from routekit.intake import Intake
from routekit.policy import expressions as e
from routekit.policy.decision import Decision
from routekit.policy.facts import Shown
from routekit.policy.model import OTHERWISE, Adjustment, CheckedPolicy, Offer, Rule
from routekit.reasons.counterfactuals import (
    Decide,
    DecisionModel,
    OffersShown,
    Setting,
    Situation,
    Variable,
    changed,
    path_of,
    plain,
)
from routekit.reasons.explanation import Answer, Change, Explanation, RuleReason, Set
from routekit.reasons.goals import Adjusts, Decides, Elsewhere, Offered, rule_of
from routekit.reasons.narration import Narration, Rules
from routekit.reasons.options import Options
from routekit.reasons.search import MOST_FIELDS, Found, Goal, Solution, search
from routekit.reasons.words import HIDDEN, Words, joined, masked, name_of
from routekit.schema.times import zone
from routekit.schema.types import Scalar, Time
from routekit.translation import msgids, plural, t

__all__ = ["Changes", "Explainer", "UnknownNameError", "check_names"]

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


# ── what would change it ───────────────────────────────────────────────────────


_NUMBERS = msgids(("no", "one", "two", "three"))


class Changes:
    """Changes of one contact."""

    def __init__(
        self,
        model: DecisionModel,
        options: Options,
        intake: Intake,
        words: Words,
        contact: object,
        start: Situation,
    ) -> None:
        self._model = model
        self._options = options
        self._intake = intake
        self._words = words
        self._contact = contact
        self._start = start

    def smallest(
        self, goal: Goal, leads_to: Callable[[Decision], str], *, most_aims: int = 1
    ) -> tuple[tuple[Change, ...], str]:
        """Returns the smallest changes that reach a goal, or a note that says why there is none."""
        found = search(goal, self._start, self._options, most_aims=most_aims)
        changes = []
        for solution in found.solutions[:most_aims]:
            change = self._replayed(goal, solution, leads_to)
            if change is not None:
                changes.append(change)
        return tuple(changes), "" if changes else _why_none(found)

    def _replayed(self, goal: Goal, solution: Solution, leads_to: Callable[[Decision], str]) -> Change | None:
        """The change as a caller would make it; None where the engine does not confirm it."""
        timezone = self._model.policy.timezone
        values = {
            path_of(variable): plain(setting, timezone) for variable, setting in solution.settings.items()
        }
        clock = solution.settings.get(e.Now(), self._start.clock)
        assert isinstance(clock, datetime)
        contact = changed(self._contact, {path: value for path, value in values.items() if path})
        decision = self._model.decide(contact, clock)
        situation = Situation(self._model, self._intake.read(contact, clock), clock)
        if not goal.is_met(situation, decision):
            return None
        settings = tuple(
            Set(
                ".".join(path_of(variable)) or "now",
                self._shown(variable, values),
                self._text(variable, setting),
            )
            for variable, setting in solution.settings.items()
        )
        text = joined(setting.text for setting in settings)
        local = clock.astimezone(zone(timezone))
        shown = masked(decision, self._model.policy, self._words)
        return Change(settings, shown, text, leads_to(decision), contact, local)

    def _hides(self, variable: Variable) -> bool:
        return not isinstance(variable, OffersShown) and self._words.hides(variable)

    def _shown(self, variable: Variable, values: dict[tuple[str, ...], object]) -> object:
        value = values[path_of(variable)]
        return HIDDEN if value is not None and self._hides(variable) else value

    def _text(self, variable: Variable, setting: Setting) -> str:
        if isinstance(variable, OffersShown):
            assert isinstance(setting, tuple)
            return self._fewer(setting)
        name = self._words.expr(variable)
        old = self._start.get(variable)
        assert not isinstance(old, tuple)
        assert not isinstance(setting, tuple)
        if setting is not None and self._hides(variable):
            return f"{name} = {HIDDEN}" if old is None else t("another {name}", name=name)
        type_ = self._words.type_of(variable)
        if isinstance(old, frozenset) and isinstance(setting, frozenset):
            return self._toggled(name, variable, old, setting)
        if isinstance(type_, Time) and isinstance(setting, datetime):
            new = self._words.time(setting, weekday=True)
        else:
            new = self._words.value(setting, type_)
        if old is None:
            return f"{name} = {new}"
        was = HIDDEN if self._hides(variable) else self._words.value(old, type_)
        return t("{name} = {new} instead of {was}", name=name, new=new, was=was)

    def _toggled(self, name: str, variable: Variable, old: frozenset[Scalar], new: frozenset[Scalar]) -> str:
        assert not isinstance(variable, OffersShown)
        element = self._words.element(variable)
        if not new:
            return f"{name} = {{}}"
        said = []
        if new - old:
            said.append(t("with {listed}", listed=self._words.listed(new - old, element, len(new))))
        if old - new:
            said.append(t("without {listed}", listed=self._words.listed(old - new, element, len(old))))
        return f"{name} {joined(said)}"

    def _fewer(self, kept: tuple[Shown, ...]) -> str:
        gone = [shown for shown in self._start.facts.shown if shown not in kept]
        many = len(self._start.facts.shown) - len(kept)
        which = t("the last showing") if many == 1 else t("the last {many} showings", many=many)
        return (
            t("without {which} of {offer}", which=which, offer=gone[0].offer)
            if gone
            else t("without {which} of the offer", which=which)
        )


def _why_none(found: Found) -> str:
    if found.is_complete:
        return t("no change of up to {number} fields was found that does it", number=t(_NUMBERS[MOST_FIELDS]))
    if found.ruled_out:
        return plural(
            "no change of up to one field was found that does it; "
            "the search for more was given up at its limit",
            "no change of up to {many} fields was found that does it; "
            "the search for more was given up at its limit",
            found.ruled_out,
            many=t(_NUMBERS[found.ruled_out]),
        )
    return t("not found within the limit of the search")


# ── the whole ──────────────────────────────────────────────────────────────────


class Explainer:
    """Explains the decisions of one policy; made once, shared by all threads."""

    def __init__(self, policy: CheckedPolicy, intake: Intake, decide: Decide) -> None:
        self._policy = policy
        self._intake = intake
        self._model = DecisionModel(policy, decide)
        self._options = Options(self._model)
        self._words = Words(policy, titled=True)
        self._masked = Words(policy, masked=True, titled=True)
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
        """Explains why a contact is decided as it is; ``rule`` and ``offer`` are asked about as well.

        ``decision`` is given where its problems tell more than the contact does.
        """
        words = self._words if show_private else self._masked
        check_names(self._policy, rule, offer)
        decision = decision or self._model.decide(contact, clock)
        start = Situation(self._model, self._intake.read(contact, clock), clock)
        decided = rule_of(self._policy, decision)
        narration = Narration(start, words, decided, decision.channel)
        changes = Changes(self._model, self._options, self._intake, words, contact, start)
        written = list(self._rules.values())
        before = written[: written.index(self._rules[decided.name])]
        answers = []
        if rule is not None and rule in self._rules:
            answers.append(self._of_rule(self._rules[rule], narration, changes, before))
        elif rule is not None:
            answers.append(self._of_adjustment(self._adjustments[rule], narration, changes))
        if offer is not None:
            answers.append(self._of_offer(self._offers[offer], narration, changes, decision))
        elsewhere = Elsewhere(decision.queue, decision.channel, self._options.index)
        found, note = changes.smallest(elsewhere, self._to_rule, most_aims=MOST_ELSEWHERE)
        facts = (*narration.deciding_facts(), *narration.hours())
        return Explanation(
            decision=masked(decision, self._policy, words),
            summary=self._summary(decision, decided, narration),
            facts=narration.reasons(facts),
            notes=tuple(narration.notes()),
            earlier=tuple(narration.rule(earlier) for earlier in before),
            offers=tuple(narration.offer(item, decision.offers) for item in self._policy.offers),
            changes=found,
            note=note,
            answers=tuple(answers),
            problems=tuple(self._problem(problem.path, problem.message) for problem in decision.problems),
            now=start.facts.now.astimezone(zone(self._policy.timezone)),
        )

    def _summary(self, decision: Decision, decided: Rule, narration: Narration) -> str:
        """The short paragraph."""
        queue = self._words.called("queue", decision.queue)
        where = t(
            "Sent to queue {queue} on {channel}, priority {priority},",
            queue=queue,
            channel=decision.channel,
            priority=decision.priority,
        )
        if decided.name == OTHERWISE:
            told = t("{where} because no rule applies.", where=where)
        else:
            told = t(
                "{where} by rule {name}",
                where=where,
                name=decided.name + (f' "{decided.title}"' if decided.title else ""),
            )
            why = narration.phrases.because(narration.deciding_facts())
            told += (
                t(" because {listed}", listed=joined(why))
                if why
                else t(", which applies to everybody who gets so far")
            )
            told = t("{sentence}.", sentence=told + narration.hours_told())
        return told

    def _to_rule(self, decision: Decision) -> str:
        by = (
            t("as no rule applies") if decision.rule == OTHERWISE else t("by rule {rule}", rule=decision.rule)
        )
        return t(
            "queue {called} on {channel}, {by}",
            called=self._words.called("queue", decision.queue),
            channel=decision.channel,
            by=by,
        )

    def _to_queue(self, decision: Decision) -> str:
        queue = self._words.called("queue", decision.queue)
        return t(
            "{rule} decides: queue {queue} on {channel}",
            rule=decision.rule,
            queue=queue,
            channel=decision.channel,
        )

    def _problem(self, path: str, message: str) -> str:
        """What was wrong with the input, and what was taken instead."""
        for variable, declared in self._model.fields.items():
            if path in (name_of(variable), f"live.{name_of(variable)}"):  # type: ignore[arg-type]
                if declared.default is not None:
                    default = self._words.value(declared.default, declared.type)
                    return t(
                        "{path} {message}, so its default {default} is taken",
                        path=path,
                        message=message,
                        default=default,
                    )
                return f"{path} {message}" + (
                    "" if t("missing") in message else t(", so it counts as missing")
                )
        return f"{path} {message}"

    # ── what was asked about ──────────────────────────────────────────────────

    def _of_rule(
        self, rules: Rules, narration: Narration, changes: Changes, before: Sequence[Rules]
    ) -> Answer:
        decided, rule = narration.decided, rules[0]
        if rule.name == decided.name:
            facts = narration.deciding_facts()
            why = joined(narration.phrases.because(facts))
            text = t("it decides") + (t(", because {why}", why=why) if why else "")
            return Answer("rule", rule.name, rule.title, True, text, narration.reasons(facts), (), "")
        reason = narration.rule(rules)
        found, note = changes.smallest(Decides(rules, self._options.index), self._to_queue)
        text = _not_it(reason, decided.name, is_before=rules in before)
        return Answer("rule", rule.name, rule.title, False, text, reason.facts, found, note)

    def _of_adjustment(self, adjustment: Adjustment, narration: Narration, changes: Changes) -> Answer:
        facts = narration.trace.why(adjustment.condition)
        name, title = adjustment.name, adjustment.title
        if narration.scope.is_true(adjustment.condition):
            why = joined(narration.phrases.because(facts))
            text = t("it applies") + (t(", because {why}", why=why) if why else t(" to every contact"))
            return Answer("adjust rule", name, title, True, text, narration.reasons(facts), (), "")
        found, note = changes.smallest(Adjusts(adjustment), lambda _: t("it applies"))
        text = t("it does not apply: {facts}", facts=narration.phrases.reasons(facts))
        return Answer("adjust rule", name, title, False, text, narration.reasons(facts), found, note)

    def _of_offer(self, offer: Offer, narration: Narration, changes: Changes, decision: Decision) -> Answer:
        reason = narration.offer(offer, decision.offers)
        if reason.outcome == "made":
            text = t("it is made, {text}", text=reason.text)
            return Answer("offer", offer.name, offer.title, True, text, reason.facts, (), "")
        found, note = changes.smallest(Offered(offer, self._options.index), _to_offers)
        text = t("it is not made: {text}", text=reason.text)
        return Answer("offer", offer.name, offer.title, False, text, reason.facts, found, note)


def _not_it(reason: RuleReason, decided: str, *, is_before: bool) -> str:
    match reason.outcome, is_before:
        case "not_reached", _:
            return t("it is not reached: its condition holds, but {decided} comes first", decided=decided)
        case _, True:
            return t("it does not decide: {text}", text=reason.text)
        case _:
            return t(
                "it is not reached, since {decided} comes first; nor would it decide: {text}",
                decided=decided,
                text=reason.text,
            )


def _to_offers(decision: Decision) -> str:
    return t("offers {listed}", listed=joined(decision.offers))


def _unknown(kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
    names = list(known)
    likely = closest(name, names)
    if likely is not None:
        hint = t("did you mean `{likely}`?", likely=likely)
    elif names:
        hint = t("there are {listed}", listed=joined(f"`{known}`" for known in names[:8])) + (
            t(" and others") if len(names) > 8 else ""
        )
    else:
        hint = t("it has no {kind}s at all", kind=t(kind))
    return UnknownNameError(
        t("the policy has no {kind} `{name}`: {hint}", kind=t(kind), name=name[:100], hint=hint)
    )
