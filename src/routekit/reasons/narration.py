"""Facts, rules and offers of one contact, told in words."""

from math import inf
from typing import TypeAlias

from routekit.policy import expressions as e
from routekit.policy.doubt import Doubt
from routekit.policy.model import (
    OUTCOME,
    Adjustment,
    Cap,
    Offer,
    Outcome,
    Rule,
    Split,
    Step,
    WorkOutPart,
)
from routekit.policy.outcome_data import sources_of
from routekit.policy.outcome_parts import PART, declared_part, written
from routekit.policy.outcomes import called_back, computed_by
from routekit.policy.references import INBOUND
from routekit.policy.splits import WHOLE
from routekit.reasons.counterfactuals import Situation, path_of, plain
from routekit.reasons.explanation import OfferReason, Reason, RuleReason
from routekit.reasons.goals import queue_is
from routekit.reasons.outcome_words import change_words
from routekit.reasons.phrases import Phrases
from routekit.reasons.trace import Fact, Source, Trace
from routekit.reasons.words import HIDDEN, Words, count, joined, ordinal
from routekit.reference import chosen_arm, is_queue_open, times_shown, worth_of
from routekit.schema.times import format_duration
from routekit.schema.types import Value, describe
from routekit.schema.writing import number_text
from routekit.translation import msgid, plural, t

__all__ = ["Narration", "Rules"]

Rules: TypeAlias = tuple[Rule, ...]
"""A rule as it is written: one, or one for each queue that a field may choose."""

_TIMES: dict[float, str] = {1: msgid("once"), 2: msgid("twice")}


class Narration:
    """Tells why one contact is treated as it is."""

    def __init__(self, situation: Situation, words: Words, decided: Rule, channel: str) -> None:
        self.scope = situation.scope()
        self.trace = Trace(situation.model.definitions, self.scope)
        self.phrases = Phrases(words, self.scope)
        self.words = words
        self.policy = self.scope.policy
        self.decided = decided
        self.outcome, self.arm = chosen_arm(self.scope, decided.body)
        self.channel = channel
        self._doubt = Doubt(self.policy)
        self._timezone = self.policy.timezone
        self._types = {field.name: field.type for field in self.policy.data}

    # ── facts ─────────────────────────────────────────────────────────────────

    def reasons(self, facts: tuple[Fact, ...]) -> tuple[Reason, ...]:
        """Returns facts as data."""
        return tuple(
            Reason(
                self.phrases.fact(fact),
                self.words.expr(fact.test),
                fact.truth,
                fact.within,
                {
                    _dotted(source): self._plain(source, value)
                    for source, value in self.phrases.values(fact).items()
                },
            )
            for fact in facts
        )

    def _plain(self, source: Source, value: Value | None) -> object:
        return HIDDEN if value is not None and self.words.hides(source) else plain(value, self._timezone)

    def deciding_facts(self) -> tuple[Fact, ...]:
        """Returns what made the rule that decided true; its queue's hours are told apart."""
        return self.trace.why(self.decided.condition)

    def hours(self) -> tuple[Fact, ...]:
        """That the queue of the decision is open, where it has hours that the rule does not ask for."""
        own = self.deciding_facts()
        return tuple(fact for fact in queue_is(self.trace, self.outcome.queue) if fact not in own)

    def hours_told(self) -> str:
        """Returns the hours in which the queue of the decision is open."""
        calendar = self.policy.queues[self.outcome.queue].calendar
        if calendar is None or not self.hours():
            return ""
        return t(
            ", in the hours of {calendar} (it is {now})",
            calendar=calendar,
            now=self.phrases.on_wall(calendar, self.scope.facts.now),
        )

    # ── rules ─────────────────────────────────────────────────────────────────

    def rule(self, rules: Rules) -> RuleReason:
        """Explains why a rule that comes before the one that decided does not decide."""
        rule = rules[0]
        for group in rule.groups:
            if not self.scope.is_true(group.condition):
                facts = self.trace.why(group.condition)
                text = t("not in group {name}: {facts}", name=group.name, facts=self.phrases.reasons(facts))
                return RuleReason(
                    rule.name, rule.title, "did_not_apply", text, self.reasons(facts), group.name, 0.0
                )
        if not self.scope.is_true(rule.own):
            facts = self.trace.why(rule.own)
            text = self.phrases.reasons(facts)
            return RuleReason(
                rule.name,
                rule.title,
                "did_not_apply",
                text,
                self.reasons(facts),
                nearness=self._nearness(rule.own),
            )
        chosen = next((each for each in rules if self.scope.is_true(each.condition)), None)
        if chosen is None:
            return self._no_queue(rules)
        outcome, arm = chosen_arm(self.scope, chosen.body)
        if is_queue_open(self.scope, outcome.queue):
            return RuleReason(rule.name, rule.title, "not_reached", t("it would apply"))
        facts = queue_is(self.trace, outcome.queue)
        inside = "" if arm is None else t(", which arm {arm} leads to,", arm=arm)
        queue = self.words.called("queue", outcome.queue)
        text = t(
            "its condition holds, but queue {queue}{inside} is closed: {facts}",
            queue=queue,
            inside=inside,
            facts=self.phrases.reasons(facts),
        )
        return RuleReason(rule.name, rule.title, "queue_closed", text, self.reasons(facts), nearness=1.0)

    def _no_queue(self, rules: Rules) -> RuleReason:
        """That the field which chooses the queue chooses none of the rule's."""
        rule, field = rules[0], rules[0].chosen_by
        assert field is not None
        queues = frozenset(each.body.queue for each in rules if isinstance(each.body, Outcome))
        known = self.scope.value(field) is not None
        facts = self.trace.why(e.InSet(field, queues) if known else e.IsKnown(field))
        text = t(
            "its condition holds, but {facts}, so it leads to no queue", facts=self.phrases.reasons(facts)
        )
        return RuleReason(rule.name, rule.title, "did_not_apply", text, self.reasons(facts), nearness=1.0)

    def _nearness(self, condition: e.Expr | None) -> float:
        match condition:
            case e.All(operands):
                return sum(self.scope.is_true(part) for part in operands) / len(operands)
            case _:
                return 0.0

    def adjusted(self, adjustment: Adjustment) -> str:
        """Returns what a rule of ``adjust`` that applies does, and why."""
        why = joined(self.phrases.because(self.trace.why(adjustment.condition)))
        effects = joined(change_words(change, self.words, self._types) for change in adjustment.changes)
        return t("adjusted by {name} ({effects})", name=adjustment.name, effects=effects) + (
            t(", because {why}", why=why) if why else ""
        )

    # ── around the rule ───────────────────────────────────────────────────────

    def notes(self) -> list[str]:
        """What else there is to know of the decision: the arm, the channel, adjustments, steps left out."""
        found: list[str] = []
        if isinstance(self.decided.body, Split):
            found.append(self._split(self.decided.body))
        found += self._channel_note()
        for adjustment in self.policy.adjustments:
            if self.scope.is_true(adjustment.condition):
                found.append(self.adjusted(adjustment))
        found += [
            t(
                "no {word} is asked for: {expr} is missing",
                word=t(PART[name].word),
                expr=self.words.expr(expr),
            )
            for name, expr in computed_by(self.outcome).items()
            if self.scope.value(expr) is None
        ]
        found += self._data_notes()
        found += self._steps_of_plans(self.outcome)
        found += self._steps_left_out(self.outcome)
        return found

    def _data_notes(self) -> list[str]:
        """Which parts of the policy's own do not come out as they are worked out."""
        applied = [item for item in self.policy.adjustments if self.scope.is_true(item.condition)]
        sources = sources_of(self.outcome.data, (change for item in applied for change in item.changes))
        found: list[str] = []
        for field in self.policy.data:
            expr = sources.get(field.name)
            value = None if expr is None else self.scope.value(expr)
            if expr is None or value is not None:
                continue
            is_there = isinstance(expr, e.Bounded) and self.scope.value(expr.operand) is not None
            fault = t("does not fit `{type}`", type=describe(field.type)) if is_there else t("is missing")
            has = written(declared_part(field, self.policy.timezone), field.default)
            called = self.policy.called("field", f"{OUTCOME}.{field.name}")
            part = field.name if called == f"{OUTCOME}.{field.name}" else called
            found.append(
                t(
                    "{part} is {has}: {expr} {fault}",
                    part=part,
                    has=has,
                    expr=self.words.expr(expr),
                    fault=fault,
                )
            )
        return found

    def _split(self, split: Split) -> str:
        assert self.arm is not None
        shares = [0, *(arm.up_to for arm in split.arms)]
        share = (shares[self.arm] - shares[self.arm - 1]) * 100 / WHOLE
        arm = t(
            "arm {arm} of {count} ({share}% of contacts)",
            arm=self.arm,
            count=len(split.arms),
            share=number_text(share),
        )
        key = self.words.expr(split.key)
        if self.scope.value(split.key) is None:
            return t("{key} is missing, so the split takes the last arm: {arm}", key=key, arm=arm)
        return t(
            "the split by {key} puts {value} into {arm}, each time",
            key=key,
            value=self.phrases.value(split.key),
            arm=arm,
        )

    def _channel_note(self) -> list[str]:
        inbound = self.scope.facts.fields.get(("contact", "channel"))
        if inbound is None or inbound == self.channel:
            return []
        known = isinstance(inbound, str) and inbound.isidentifier() and not self.words.hides(INBOUND)
        came = inbound if known else t("another channel")
        if self.outcome.channel is not None:
            return [
                t(
                    "the contact came by {came}; the rule leads it to {channel}",
                    came=came,
                    channel=self.channel,
                )
            ]
        served = self.policy.queues[self.outcome.queue].channels
        queue = self.words.called("queue", self.outcome.queue)
        return [
            t(
                "the contact came by {came}; queue {queue} is served on {listed}",
                came=came,
                queue=queue,
                listed=joined(served),
            )
        ]

    def _steps_left_out(self, outcome: Outcome) -> list[str]:
        found = [(step, self._why_left_out(step)) for step in outcome.plan]
        return [t("{step} is left out: {why}", step=self._step(step), why=why) for step, why in found if why]

    def _step(self, step: Step) -> str:
        to = (
            ""
            if step.queue is None
            else t(" to queue {called}", called=self.words.called("queue", step.queue))
        )
        of = "" if step.plan is None else t(" of the plan {plan}", plan=step.plan)
        return t(
            "the step after {format_duration}{to}{of}",
            format_duration=format_duration(step.after),
            to=to,
            of=of,
        )

    def _why_left_out(self, step: Step) -> str:
        """Why this contact does not have a step; empty where it has."""
        if not self.scope.is_true(step.condition):
            return self.phrases.reasons(self.trace.why(step.condition))
        if step.queue is not None and not is_queue_open(self.scope, step.queue, step.after):
            return t("the queue is closed by then")
        if called_back(self.policy, step, self.scope.facts.now) is None:
            return t(
                "{calendar} does not open enough for its callback within 60 days", calendar=step.calendar
            )
        wished = [action.expr for action in step.actions if isinstance(action, WorkOutPart)]
        if len(wished) == len(step.actions) and all(self.scope.value(expr) is None for expr in wished):
            return t("{listed} is missing", listed=joined(self.words.expr(expr) for expr in wished))
        return ""

    def _steps_of_plans(self, outcome: Outcome) -> list[str]:
        """Which steps come from which named plan."""
        found: dict[str, list[str]] = {}
        for step in outcome.plan:
            if step.plan is not None and not self._why_left_out(step):
                found.setdefault(str(step.plan), []).append(format_duration(step.after))
        return [
            plural(
                "the step after {listed} comes from the plan {name}",
                "the steps after {listed} come from the plan {name}",
                len(times),
                listed=joined(times),
                name=name,
            )
            for name, times in found.items()
        ]

    # ── offers ────────────────────────────────────────────────────────────────

    def offer(self, offer: Offer, made: tuple[str, ...]) -> OfferReason:
        """Explains why an offer is made, or is not."""
        worth = self._worth(offer)
        value = _money(worth)
        name, title = offer.name, offer.title
        if name in made:
            facts = self.trace.why(offer.condition)
            place = (
                t("{ordinal} of {count}, ", ordinal=ordinal(made.index(name) + 1), count=len(made))
                if len(made) > 1
                else ""
            )
            why = joined(self.phrases.because(facts))
            text = t("{place}worth {value}", place=place, value=value) + (
                t(", because {why}", why=why) if why else ""
            )
            return OfferReason(name, title, "made", text, worth, self.reasons(facts))
        for never in self.policy.nevers:
            if self.scope.is_true(never.condition):
                facts = self.trace.why(never.condition)
                text = t("never, because {listed}", listed=joined(self.phrases.because(facts)))
                return OfferReason(name, title, "never", text, worth, self.reasons(facts))
        for never in self.policy.nevers:
            if unread := self._unread(never.condition, True):
                return OfferReason(
                    name, title, "never", t("{unread}, and could make a `never` hold", unread=unread), worth
                )
        if not self.scope.is_true(offer.condition):
            facts = self.trace.why(offer.condition)
            text = self.phrases.reasons(facts)
            return OfferReason(name, title, "condition", text, worth, self.reasons(facts))
        if unread := self._unread(offer.condition, False):
            return OfferReason(
                name, title, "condition", t("{unread}, and its condition asks for it", unread=unread), worth
            )
        if offer.channels is not None and self.channel not in offer.channels:
            only = joined(sorted(offer.channels), " or ")
            text = t(
                "made on {only} only, and the contact is served on {channel}", only=only, channel=self.channel
            )
            return OfferReason(name, title, "channel", text, worth)
        for cap in offer.caps:
            shown = times_shown(self.scope, offer, cap)
            if shown >= cap.most:
                often = t(
                    "shown {shown} in the last {format_duration}",
                    shown=_times(shown),
                    format_duration=format_duration(cap.per),
                )
                often = t("{offers} {often}", offers=_counted(cap), often=often) if cap.is_shared else often
                text = t("{often}, and at most {times} is allowed", often=often, times=_times(cap.most))
                return OfferReason(name, title, "cap", text, worth)
        for cap in offer.caps:
            better = tuple(other for other in made if cap.counts(other, name))
            if times_shown(self.scope, offer, cap, better) >= cap.most:
                left = t(
                    "at most {times} in {format_duration} is allowed {cap}",
                    times=_times(cap.most),
                    format_duration=format_duration(cap.per),
                    cap=_among(cap),
                )
                text = t(
                    "worth {value}, and {left}: {better}", value=value, left=left, better=self._ahead(better)
                )
                return OfferReason(name, title, "beaten", text, worth)
        return OfferReason(name, title, "beaten", self._beaten(value, made), worth)

    def _unread(self, condition: e.Expr | None, truth: bool) -> str:
        """Tells what could not be read, where that leaves open how a condition comes out; else nothing."""
        facts = self.scope.facts
        if not self._doubt.can_be(condition, truth, facts):
            return ""
        leaves = self._doubt.unreadable_in(condition, facts)
        names = joined(self.words.expr(leaf) for leaf in leaves if not isinstance(leaf, e.Now))
        return t("{value} could not be read", value=names or t("the time"))

    def _ahead(self, made: tuple[str, ...]) -> str:
        by_name = {offer.name: offer for offer in self.policy.offers}
        return joined(
            t("{name} is worth {money}", name=name, money=_money(self._worth(by_name[name]))) for name in made
        )

    def _worth(self, offer: Offer) -> float | None:
        """What an offer is worth; None where that must not be said."""
        hidden = offer.worth is not None and self.words.hides(offer.worth)
        return None if hidden else worth_of(self.scope, offer)

    def _beaten(self, value: str, made: tuple[str, ...]) -> str:
        if not made:
            return t("the policy shows no offers")
        return t(
            "worth {value}, and only the best {count} may be made: {made}",
            value=value,
            count=count(len(made), "offer"),
            made=self._ahead(made),
        )


def _counted(cap: Cap) -> str:
    """What a cap over several offers counts."""
    return t("offers of group {group} were", group=cap.group) if cap.group else t("offers were")


def _among(cap: Cap) -> str:
    return t("in group {group}", group=cap.group) if cap.group else t("of all offers together")


def _money(worth: float | None) -> str:
    """A worth as one says it, two digits behind the point at most."""
    if worth is None:
        return HIDDEN
    return f"{worth:,.2f}".removesuffix(".00")


def _times(number: float) -> str:
    return (
        t("who knows how often")
        if number == inf
        else t(_TIMES.get(number, msgid("{number:,} times")), number=number)
    )


def _dotted(source: Source) -> str:
    return ".".join(path_of(source)) or "now"
