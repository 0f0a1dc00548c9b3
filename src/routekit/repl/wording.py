"""What a person reads: a decision in a line, what changed, what is wrong with what was typed."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from routekit.diagnostics import Diagnostic
from routekit.diagnostics.folding import padded
from routekit.diagnostics.render import visible
from routekit.policy.decision import Decision, Problem
from routekit.policy.model import OTHERWISE, CheckedPolicy
from routekit.policy.outcome_parts import LOGGED_PARTS, Kind, Part, differing, leading, step_words, written
from routekit.reasons.words import DAYS, count, joined, quoted
from routekit.schema.reading import REQUIRED
from routekit.schema.times import zone
from routekit.translation import clauses, t

__all__ = [
    "Paint",
    "as_before",
    "changes",
    "column",
    "counted",
    "in_detail",
    "in_short",
    "plain",
    "problem_lines",
    "time_told",
    "underlined",
    "visible",
]

Paint = Callable[[str, str], str]
"""Colours a text by its role: ``lead``, ``head``, ``name``, ``arrow``, ``error``, ``good`` or ``quiet``."""


def plain(_: str, text: str) -> str:
    """Leaves a text without colours."""
    return text


# ── decisions ─────────────────────────────────────────────────────────────────


def in_short(decision: Decision, policy: CheckedPolicy, paint: Paint) -> str:
    """Writes a decision in one line.

    >>> from routekit import Policy
    >>> policy = Policy.from_text('''
    ...     policy care
    ...     record contact { channel one of voice }
    ...     channel voice { assisted }
    ...     queue general { on voice }
    ...     route { otherwise queue general }
    ... ''').checked
    >>> in_short(Decision("care", "1", "otherwise", "voice", "general"), policy, plain)
    'queue general on voice, priority 5: no rule applies'
    """
    where = t("queue {queue} on {channel}", queue=decision.queue, channel=decision.channel)
    told = t(
        "{where}, priority {priority}: {by}",
        where=paint("lead", where),
        priority=decision.priority,
        by=_by(decision, policy),
    )
    return told + (t("; offers {listed}", listed=t(", ").join(decision.offers)) if decision.offers else "")


def as_before(decision: Decision, paint: Paint) -> str:
    """Writes a decision that nothing has changed, without its title."""
    where = t(
        "queue {queue} on {channel}, priority {priority}",
        queue=decision.queue,
        channel=decision.channel,
        priority=decision.priority,
    )
    by = t(", no rule applies") if decision.rule == OTHERWISE else t(", by {rule}", rule=decision.rule)
    return f"{paint('quiet', t('as before:'))} {where}{by}"


def _by(decision: Decision, policy: CheckedPolicy) -> str:
    if decision.rule == OTHERWISE:
        return t("no rule applies")
    title = next((rule.title for rule in policy.rules if rule.name == decision.rule), "")
    return t("rule {rule}", rule=decision.rule) + (f' "{title}"' if title else "")


def changes(before: Decision, after: Decision, paint: Paint) -> str:
    """Tells what differs between two decisions; empty where nothing does.

    >>> one = Decision("care", "1", "otherwise", "voice", "general")
    >>> changes(one, Decision("care", "1", "best", "voice", "vip", offers=("gift",)), plain)
    'queue general → vip, offers none → gift'
    """
    told: list[str] = []
    parts = _TOLD if before.queue == after.queue else _TOLD[1:]  # a queue has its rule told
    for part in differing(before, after, parts):
        old, new = (_value(part, getattr(decision, part.name)) for decision in (before, after))
        if told and part.kind is Kind.STEPS:
            told.append(t("another {word}", word=t(part.word)))
        else:
            told.append(f"{t(part.phrase)} {old} {paint('arrow', '→')} {new}")
    return clauses(told)


def _value(part: Part, value: object) -> str:
    match value:
        case None | ():
            return t("none")
        case tuple() if part.kind is not Kind.STEPS:
            return " + ".join(value)
        case frozenset():
            return " + ".join(sorted(value)) or t("none")
        case str() if part.kind is Kind.TEXT:
            return quoted(value)
        case _:
            return written(part, value)


def in_detail(decision: Decision, policy: CheckedPolicy, paint: Paint) -> Iterator[str]:
    """Yields all of a decision, a line for each part that there is."""
    for part in _SHOWN:
        if part.kind is Kind.DATA and not policy.data:
            continue
        if part.kind is Kind.STEPS:
            for place, step in enumerate(getattr(decision, part.name)):
                word = part.word if place == 0 else ""
                yield f"{paint('name', padded(t(word) if word else word, 8))}  {step_words(step)}"
        elif text := _detail(part, decision, policy):
            yield f"{paint('name', padded(t(part.word), 8))}  {text}"
    if decision.because:
        yield f"{paint('name', padded(t('because'), 8))}  {decision.because}"


def _detail(part: Part, decision: Decision, policy: CheckedPolicy) -> str:
    value = getattr(decision, part.name)
    if part.names == "rule":
        return value if value == OTHERWISE else _by(decision, policy).removeprefix(t("rule "))
    if part.names == "message" and value in policy.messages:
        wording = policy.messages[value].wordings.get(decision.channel)
        return f'{value}: "{wording}"' if wording else str(value)
    if part.is_set:
        none = t("none") if part.names == "offer" and policy.offers else ""
        return ", ".join(value if isinstance(value, tuple) else sorted(value)) or none
    return "" if value is None else _value(part, value)


_SHOWN = leading(LOGGED_PARTS, "rule", "queue", "channel", "priority")
_TOLD = tuple(sorted(_SHOWN, key=lambda part: part.kind is Kind.STEPS))
"""The rule first, and plans behind all else."""


def problem_lines(problems: Iterable[Problem], paint: Paint) -> Iterator[str]:
    """Tells what is wrong with a contact: what it still needs in one line, and the rest by its path."""
    problems = list(problems)
    required = t(REQUIRED)
    needed = [problem.path for problem in problems if problem.message == required]
    if needed:
        yield t("{head}: {text}", head=paint("warning", t("still needed")), text=joined(needed))
    for problem in problems:
        if problem.message != required:
            yield t("{head}: {text}", head=paint("warning", t("problem")), text=visible(str(problem)))


def time_told(moment: datetime, timezone: str) -> str:
    """Writes a moment on the wall of a timezone, with the day of the week."""
    local = moment.astimezone(zone(timezone))
    exact = "%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M"
    return f"{t(DAYS[local.weekday()])} {local.strftime(exact)}"


# ── mistakes ──────────────────────────────────────────────────────────────────


def underlined(found: Diagnostic, paint: Paint, typed: str = "", hint: str = "") -> Iterator[str]:
    """Tells what is wrong with a line that was typed, the place underlined.

    The text begins on the second line of the diagnostic's source; ``typed`` is what stood there, where the
    source has something else in some places.
    """
    from rich.cells import cell_len

    source = found.span.source
    line, column = source.position(min(found.span.start, len(source.text)))
    message = found.message.replace(t("the end of the file"), t("the end of the line"))
    if "`expect`" in message:  # a word that only an example has
        message = t("{what} cannot stand here", what=message.rpartition(t("found "))[2])
    lines = typed.split("\n") if typed else []
    raw = lines[line - 2] if 2 <= line <= len(lines) + 1 else source.line(line)
    yield t("{head}: {text}", head=paint("error", t("error")), text=visible(message))
    if line > 1 and raw.strip() and raw != "expect priority 1":
        before, marked = raw[: column - 1], raw[column - 1 : column - 1 + found.span.end - found.span.start]
        marks = "^" * max(1, cell_len(visible(marked)))
        label = f" {visible(found.label)}" if found.label else ""
        yield f"    {visible(raw)}"
        yield f"    {' ' * cell_len(visible(before))}{paint('error', marks)}{label}"
    for help_ in (found.help, hint):
        if help_:
            yield "  " + t("{head}: {text}", head=paint("head", t("help")), text=visible(help_))


def column(names: Iterable[str]) -> Callable[[str], str]:
    """Fills names up to the widest of them, as a terminal shows them.

    >>> [column(["a", "tier"])(name) for name in ("a", "tier")]
    ['a   ', 'tier']
    """
    from rich.cells import cell_len

    width = max(map(cell_len, names), default=0)
    return lambda name: name + " " * (width - cell_len(name))


def counted(number: int, word: str) -> str:
    """Writes a number of things, or none.

    >>> counted(0, "fact"), counted(2, "fact")
    ('no facts', '2 facts')
    """
    return t("no {word}s", word=t(word)) if number == 0 else count(number, word)
