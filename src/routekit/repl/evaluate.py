"""An expression of the language over the facts: its value in the policy's words, and what it rests on."""

from collections.abc import Iterator

from routekit.policy import expressions as e
from routekit.reasons.phrases import Phrases
from routekit.reasons.trace import Definitions, Trace
from routekit.reasons.words import Words, joined
from routekit.repl.session import Session
from routekit.repl.wording import Paint
from routekit.schema.types import Flag

__all__ = ["evaluated"]

MOST_INPUTS = 6


def evaluated(session: Session, text: str, paint: Paint) -> Iterator[str]:
    """The answer to an expression, a condition's with its reason.

    Raises ``AsideError`` where the text is no expression of the policy's.
    """
    typed = session.version.asides.expression(text)
    policy = session.version.policy.checked
    scope = session.scope()
    words = Words(policy)
    phrases, trace = Phrases(words, scope), Trace(Definitions(policy), scope)
    value = scope.value(typed.expr)
    if isinstance(typed.type, Flag):
        facts = () if isinstance(typed.expr, e.Constant) else trace.why(typed.expr)
        if value is True:
            yield paint("good", "yes") + _behind(joined(phrases.because(facts)))
        else:
            answer = paint("lead", "no") if value is False else paint("warning", "unknown")
            yield answer + _behind(phrases.reasons(facts))
        return
    sources = [source for source in trace.sources(typed.expr) if source != typed.expr]
    if value is None:
        missing = [words.expr(source) for source in trace.sources(typed.expr) if scope.value(source) is None]
        verb = "is" if len(missing) == 1 else "are"
        why = f"{joined(missing)} {verb} missing" if missing else "it cannot be worked out, as by a zero"
        yield paint("warning", "missing") + ("" if isinstance(typed.expr, e.FieldRef) else _behind(why))
        return
    inputs = joined(f"{words.expr(source)} is {phrases.value(source)}" for source in sources[:MOST_INPUTS])
    yield paint("lead", words.value(value, typed.type)) + _behind(inputs)


def _behind(reason: str) -> str:
    return f": {reason}" if reason else ""
