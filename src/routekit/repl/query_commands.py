"""Commands that ask: how the contact is decided, why, and what there is."""

from collections.abc import Iterator
from pathlib import Path

from routekit.diagnostics import closest
from routekit.diagnostics.folding import line_width
from routekit.diagnostics.render import pretty
from routekit.engine.errors import PolicyError
from routekit.engine.policy import Policy
from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Rule, Segment
from routekit.policy.outcomes import outcomes_of
from routekit.reasons.explain import UnknownNameError
from routekit.reasons.phrases import Phrases
from routekit.reasons.text import WIDTH, answers_to_text, to_text
from routekit.reasons.trace import Definitions, Trace
from routekit.reasons.words import Words, joined
from routekit.repl.session import RefusedError, Session, stands_alone
from routekit.repl.wording import (
    Paint,
    column,
    in_detail,
    problem_lines,
    visible,
)
from routekit.schema.types import Flag
from routekit.translation import plural, t

__all__ = [
    "ask",
    "compare",
    "contact_map",
    "decide",
    "evaluated",
    "prove",
    "queues",
    "rules",
    "segments",
    "why",
    "why_not",
]

ASK_SECONDS = 30.0
PROVE_SECONDS = 60.0
_ANSWERS = {"good": "good", "bad": "error", "open": "warning"}
MOST_CHANGES = 12


def decide(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Yields the whole decision."""
    stands_alone("decide", rest)
    decision = session.before = session.decide()
    yield from in_detail(decision, session.version.policy.checked, paint)
    yield from problem_lines(decision.problems, paint)


def why(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Explains why it is decided so, and what would change it."""
    if rest and rest != "all":
        yield from why_not(session, rest, paint)
        return
    explanation = session.version.engine.explain(session.contact(), now=session.now(), show_private=True)
    yield to_text(explanation, all_rules=rest == "all", paint=paint, width=line_width(WIDTH))


def why_not(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Explains why not a rule or an offer, and what would make it so."""
    policy = session.version.policy.checked
    if not rest:
        raise RefusedError(t("name a rule or an offer: `whynot RULE`; `rules` lists them"))
    rules = [*policy.rule_names, *(rule.name for rule in policy.adjustments)]
    offers = [offer.name for offer in policy.offers]
    if rest not in rules and rest not in offers:
        raise RefusedError(_not_asked(policy, rest, [*rules, *offers]))
    names = {"rule": rest if rest in rules else None, "offer": rest if rest in offers else None}
    try:
        explanation = session.version.engine.explain(
            session.contact(), now=session.now(), show_private=True, **names
        )
    except UnknownNameError as error:
        raise RefusedError(str(error)) from None
    yield answers_to_text(explanation, paint=paint, width=line_width(WIDTH))


def ask(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Checks whether any contact at all can come to an outcome; what is set makes no difference."""
    from routekit.analysis import ask as ask_of_all
    from routekit.prover.report import reply_lines

    try:
        reply = ask_of_all(session.version.policy, rest, timeout=ASK_SECONDS)
    except PolicyError as error:
        findings = "\n\n".join(pretty(found) for found in error.diagnostics)
        raise RefusedError(t("the question cannot be read\n{findings}", findings=findings)) from None
    for role, text in reply_lines(reply):
        yield paint("name", text) if role == "good" else text


def prove(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Proves the policy's guarantees for all contacts, and names what no contact can reach."""
    from routekit.analysis import prove as prove_all
    from routekit.prover.report import proof_lines

    stands_alone("prove", rest)
    proof = prove_all(session.version.policy, timeout=PROVE_SECONDS)
    for role, text in proof_lines(proof):
        answer, colon, told = text.partition(":")
        yield paint(_ANSWERS[role], answer) + colon + told if role in _ANSWERS else text


def contact_map(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Draws the policy's contact map, and tells where service breaks for some contact."""
    from routekit.analysis import contact_map as draw
    from routekit.contact_map.report import map_lines

    stands_alone("map", rest)
    policy = session.version.policy
    drawn = draw(policy, timeout=PROVE_SECONDS)
    for role, text in map_lines(policy.checked, drawn):
        answer, colon, told = text.partition(t(":"))
        yield paint(_ANSWERS[role], answer) + colon + told if role in _ANSWERS else text


def compare(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Tells who is treated differently by this policy than by another, whatever is set."""
    from routekit.analysis import diff
    from routekit.diff.report import difference_lines

    if not rest:
        raise RefusedError(t("name another policy: `compare released/telecom.route`"))
    path = Path(rest).expanduser()
    try:
        other = Policy.from_path(path)
    except PolicyError as error:
        raise RefusedError(
            t("`{rest}` has errors: `routekit check` lists them\n{error}", rest=visible(rest), error=error)
        ) from None
    except OSError as error:
        raise RefusedError(
            t("`{name}` cannot be read: {reason}", name=visible(rest), reason=error.strerror)
        ) from None
    difference = diff(other, session.version.policy, timeout=ASK_SECONDS)
    for role, text in difference_lines(difference, MOST_CHANGES):
        yield paint("name", text) if role in ("good", "head") else text


def _not_asked(policy: CheckedPolicy, name: str, known: list[str]) -> str:
    """What a name is that is neither a rule nor an offer, and what to ask instead."""
    there = list(dict.fromkeys(rule.name for rule in policy.rules if name in _queues(rule)))
    if name in policy.queues and there:
        return t(
            "`{name}` is a queue\nask about a rule that leads there: {listed}",
            name=name,
            listed=joined(there[:8], " or "),
        )
    rows = [item for item in known if item.startswith(f"{name}[")]
    if rows:
        return t(
            "`{name}` is a table\nask about one of its rows: {first} to {last}",
            name=name,
            first=rows[0],
            last=rows[-1],
        )
    likely = closest(name, known)
    hint = t("did you mean `{likely}`?", likely=likely) if likely else t("`rules` lists the rules")
    return t("the policy has no rule or offer `{name}`\n{hint}", name=visible(name)[:100], hint=hint)


def _queues(rule: Rule) -> list[str]:
    return list(dict.fromkeys(outcome.queue for outcome in outcomes_of(rule.body)))


def rules(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Yields the rules in their order, with their queues."""
    stands_alone("rules", rest)
    policy = session.version.policy.checked
    decided = session.decide().rule
    filled = column(policy.rule_names)
    words = Words(policy, titled=True)
    for rule, *_ in policy.written_rules():
        mark = paint("arrow", "→") if rule.name == decided else " "
        queues = t(" or ").join(_queues(rule))
        if rule.chosen_by is not None:
            queues = words.expr(rule.chosen_by)
        title = (
            f'  "{rule.title}"' if rule.title and (rule.table is None or rule.name.endswith("[1]")) else ""
        )
        yield f"{mark} {paint('name', filled(rule.name))}  {queues}{title}"
    if policy.adjustments:
        yield t("adjusting, each where it applies:")
        scope = session.scope()
        for adjustment in policy.adjustments:
            mark = paint("arrow", "→") if scope.is_true(adjustment.condition) else " "
            title = f'  "{adjustment.title}"' if adjustment.title else ""
            yield f"{mark} {paint('name', adjustment.name)}{title}"


def queues(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Yields the queues, and which are open."""
    stands_alone("queues", rest)
    policy = session.version.policy.checked
    chosen, now = session.decide().queue, session.read().now
    filled = column(policy.queues)
    for name, queue in policy.queues.items():
        mark = paint("arrow", "→") if name == chosen else " "
        state = ""
        if queue.calendar is not None:
            is_now = policy.calendars[queue.calendar].is_open(now)
            state = t(
                ", {state} now ({calendar})",
                state=paint("good", t("open")) if is_now else paint("warning", t("closed")),
                calendar=queue.calendar,
            )
        yield t(
            "{mark} {name}  on {listed}{state}",
            mark=mark,
            name=paint("name", filled(name)),
            listed=t(", ").join(queue.channels),
            state=state,
        )


def segments(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Yields the segments, and which hold."""
    stands_alone("segments", rest)
    names = [item.name for item in session.version.policy.checked.definitions if isinstance(item, Segment)]
    if not names:
        yield t("the policy has no segments")
        return
    scope, filled = session.scope(), column(names)
    for name in names:
        yield (
            f"{paint('name', filled(name))}  {paint('good', t('yes')) if scope.segments[name] else t('no')}"
        )


# ── expressions ────────────────────────────────────────────────────────────────


MOST_INPUTS = 6


def evaluated(session: Session, text: str, paint: Paint) -> Iterator[str]:
    """Yields the answer to an expression, a condition's with its reason.

    Raises ``AdhocError`` where the text is no expression of the policy's.
    """
    typed = session.version.adhoc.expression(text)
    policy = session.version.policy.checked
    scope = session.scope()
    words = Words(policy, titled=True)
    phrases, trace = Phrases(words, scope), Trace(Definitions(policy), scope)
    value = scope.value(typed.expr)
    if isinstance(typed.type, Flag):
        facts = () if isinstance(typed.expr, e.Constant) else trace.why(typed.expr)
        if value is True:
            yield paint("good", t("yes")) + _behind(joined(phrases.because(facts)))
        else:
            answer = paint("lead", t("no")) if value is False else paint("warning", t("unknown"))
            yield answer + _behind(phrases.reasons(facts))
        return
    sources = [source for source in trace.sources(typed.expr) if source != typed.expr]
    if value is None:
        missing = [words.expr(source) for source in trace.sources(typed.expr) if scope.value(source) is None]
        why = (
            plural("{listed} is missing", "{listed} are missing", len(missing), listed=joined(missing))
            if missing
            else t("it cannot be worked out, as by a zero")
        )
        yield paint("warning", t("missing")) + ("" if isinstance(typed.expr, e.FieldRef) else _behind(why))
        return
    inputs = joined(
        t("{name} is {value}", name=words.expr(source), value=phrases.value(source))
        for source in sources[:MOST_INPUTS]
    )
    yield paint("lead", words.value(value, typed.type)) + _behind(inputs)


def _behind(reason: str) -> str:
    return t(": {reason}", reason=reason) if reason else ""
