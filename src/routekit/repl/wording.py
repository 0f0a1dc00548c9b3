"""What a person reads: a decision in a line, what changed, what is wrong with what was typed."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from routekit.diagnostics import Diagnostic
from routekit.policy.decision import Decision, PlanStep, Problem
from routekit.policy.model import OTHERWISE, CheckedPolicy
from routekit.reasons.words import count, joined, quoted
from routekit.schema.times import format_duration, zone
from routekit.trials.words import written

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

_COMPARED = ("queue", "channel", "priority", "agent", "skills", "offers", "message", "arm")
_REQUIRED = "is required and missing"


def plain(_: str, text: str) -> str:
    """No colours."""
    return text


def visible(text: str) -> str:
    """The text with whatever a terminal would obey spelled out; line ends stay.

    >>> print(visible("a\\x1b[31mb"))
    a\\u{1b}[31mb
    """
    if text.isprintable():
        return text
    return "".join(
        letter
        if letter == "\n" or letter.isprintable()
        else "    "
        if letter == "\t"
        else f"\\u{{{ord(letter):x}}}"
        for letter in text
    )


# ── decisions ─────────────────────────────────────────────────────────────────


def in_short(decision: Decision, policy: CheckedPolicy, paint: Paint) -> str:
    """A decision in one line.

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
    where = f"queue {decision.queue} on {decision.channel}"
    told = f"{paint('lead', where)}, priority {decision.priority}: {_by(decision, policy)}"
    return told + (f"; offers {', '.join(decision.offers)}" if decision.offers else "")


def as_before(decision: Decision, paint: Paint) -> str:
    """A decision that nothing has changed, without its title."""
    where = f"queue {decision.queue} on {decision.channel}, priority {decision.priority}"
    by = ", no rule applies" if decision.rule == OTHERWISE else f", by {decision.rule}"
    return f"{paint('quiet', 'as before:')} {where}{by}"


def _by(decision: Decision, policy: CheckedPolicy) -> str:
    if decision.rule == OTHERWISE:
        return "no rule applies"
    title = next((rule.title for rule in policy.rules if rule.name == decision.rule), "")
    return f"rule {decision.rule}" + (f' "{title}"' if title else "")


def changes(before: Decision, after: Decision, paint: Paint) -> str:
    """What differs between two decisions; empty where nothing does.

    >>> one = Decision("care", "1", "otherwise", "voice", "general")
    >>> changes(one, Decision("care", "1", "best", "voice", "vip", offers=("gift",)), plain)
    'queue general → vip, offers none → gift'
    """
    told = []
    compared = _COMPARED if before.queue != after.queue else ("rule", *_COMPARED)  # a queue has its rule told
    for what in compared:
        old, new = getattr(before, what), getattr(after, what)
        if old != new:
            told.append(f"{what} {_value(what, old)} {paint('arrow', '→')} {_value(what, new)}")
    if before.plan != after.plan:
        told.append("another plan" if told else f"plan {_plan(before)} {paint('arrow', '→')} {_plan(after)}")
    return ", ".join(told)


def _value(what: str, value: object) -> str:
    match value:
        case None | ():
            return "none"
        case tuple():
            return " + ".join(value)
        case frozenset():
            return " + ".join(sorted(value)) or "none"
        case str() if what == "agent":
            return quoted(value)
        case _:
            return str(value)


def _plan(decision: Decision) -> str:
    return "; ".join(map(_step, decision.plan)) or "none"


def _step(step: PlanStep) -> str:
    actions = [
        f"queue {step.queue}" if step.queue is not None else "",
        "any agent" if step.any_agent else "",
        f"priority {step.priority}" if step.priority is not None else "",
        f"skills {written('skills', step.skills)}" if step.skills is not None else "",
        f"message {step.message}" if step.message is not None else "",
        f"callback within {_span(step.callback_within)}" if step.callback_within is not None else "",
    ]
    return f"after {_span(step.after)} {', '.join(action for action in actions if action)}"


def _span(span: timedelta) -> str:
    return format_duration(span)


def in_detail(decision: Decision, policy: CheckedPolicy, paint: Paint) -> Iterator[str]:
    """All of a decision, a line for each part that there is."""
    message = policy.messages.get(decision.message or "")
    wording = message.wordings.get(decision.channel) if message else None
    rows = [
        ("rule", "otherwise" if decision.rule == OTHERWISE else _by(decision, policy).removeprefix("rule ")),
        ("queue", decision.queue),
        ("channel", decision.channel),
        ("priority", str(decision.priority)),
        ("agent", "" if decision.agent is None else quoted(decision.agent)),
        ("skills", ", ".join(sorted(decision.skills))),
        ("offers", ", ".join(decision.offers) or ("none" if policy.offers else "")),
        ("message", (decision.message or "") + (f': "{wording}"' if wording else "")),
        ("plan", ""),
        ("arm", "" if decision.arm is None else str(decision.arm)),
        ("because", decision.because),
    ]
    for name, value in rows:
        if name == "plan":
            for place, step in enumerate(decision.plan):
                yield f"{paint('name', 'plan' if place == 0 else ''):10}{_step(step)}"
        elif value:
            yield f"{paint('name', f'{name:8}')}  {value}"


def problem_lines(problems: Iterable[Problem], paint: Paint) -> Iterator[str]:
    """What is wrong with a contact: what it still needs in one line, and the rest by its path."""
    problems = list(problems)
    needed = [problem.path for problem in problems if problem.message == _REQUIRED]
    if needed:
        yield f"{paint('warning', 'still needed')}: {joined(needed)}"
    for problem in problems:
        if problem.message != _REQUIRED:
            yield f"{paint('warning', 'problem')}: {visible(str(problem))}"


def time_told(moment: datetime, timezone: str) -> str:
    """A moment on the wall of a timezone, with the day of the week."""
    local = moment.astimezone(zone(timezone))
    exact = "%a %Y-%m-%d %H:%M:%S" if local.second else "%a %Y-%m-%d %H:%M"
    return local.strftime(exact)


# ── mistakes ──────────────────────────────────────────────────────────────────


def underlined(found: Diagnostic, paint: Paint, typed: str = "", hint: str = "") -> Iterator[str]:
    """What is wrong with a line that was typed, the place underlined.

    The text begins on the second line of the diagnostic's source; ``typed`` is what stood there, where the
    source has something else in some places.
    """
    from rich.cells import cell_len

    source = found.span.source
    line, column = source.position(min(found.span.start, len(source.text)))
    message = found.message.replace("the end of the file", "the end of the line")
    if "`expect`" in message:  # a word that only an example has
        message = f"{message.rpartition('found ')[2]} cannot stand here"
    lines = typed.split("\n") if typed else []
    raw = lines[line - 2] if 2 <= line <= len(lines) + 1 else source.line(line)
    yield f"{paint('error', 'error')}: {visible(message)}"
    if line > 1 and raw.strip() and raw != "expect priority 1":
        before, marked = raw[: column - 1], raw[column - 1 : column - 1 + found.span.end - found.span.start]
        marks = "^" * max(1, cell_len(visible(marked)))
        label = f" {visible(found.label)}" if found.label else ""
        yield f"    {visible(raw)}"
        yield f"    {' ' * cell_len(visible(before))}{paint('error', marks)}{label}"
    for help_ in (found.help, hint):
        if help_:
            yield f"  {paint('head', 'help')}: {visible(help_)}"


def column(names: Iterable[str]) -> Callable[[str], str]:
    """Fills names up to the widest of them, as a terminal shows them.

    >>> [column(["a", "tier"])(name) for name in ("a", "tier")]
    ['a   ', 'tier']
    """
    from rich.cells import cell_len

    width = max(map(cell_len, names), default=0)
    return lambda name: name + " " * (width - cell_len(name))


def counted(number: int, word: str) -> str:
    """A number of things, or none.

    >>> counted(0, "fact"), counted(2, "fact")
    ('no facts', '2 facts')
    """
    return f"no {word}s" if number == 0 else count(number, word)
