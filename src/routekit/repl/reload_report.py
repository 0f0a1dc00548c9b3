"""What became of a policy that was read again."""

from collections.abc import Iterator

from routekit.diagnostics.render import pretty
from routekit.reasons.words import joined
from routekit.repl.session import Reread, Session
from routekit.repl.wording import Paint, changes, counted

__all__ = ["error_lines", "good_lines", "still"]

MOST_ERRORS = 10


def error_lines(session: Session, paint: Paint) -> Iterator[str]:
    """The errors, and what answers in spite of them."""
    errors = session.versions.errors
    for found in errors[:MOST_ERRORS]:
        yield from pretty(found, lambda role, text: paint(_ROLES.get(role, role), text)).splitlines()
        yield ""
    if len(errors) > MOST_ERRORS:
        path = session.versions.path.as_posix()
        yield f"and {len(errors) - MOST_ERRORS} more: `routekit check {path}` names all"
    has_errors = f"the policy has {counted(len(errors), 'error')}"
    yield f"{paint('warning', has_errors)}; {still(session)}"


_ROLES = {"frame": "quiet", "help": "head"}


def still(session: Session) -> str:
    """Which policy answers while the newest has errors."""
    good = session.versions.good
    if good is None:
        return "mend them in your editor, it is read again at the next line"
    return f"still answering with the policy as it was at {good.read_at:%H:%M}"


def good_lines(session: Session, again: Reread, paint: Paint) -> Iterator[str]:
    """That the policy was read, and what that changes of the contact and its decision."""
    policy = session.version.policy
    rules = counted(len(policy.checked.rule_names), "rule")
    yield f"{paint('good', 'the policy was read again')}: {policy.name} {policy.revision}, {rules}"
    if again.dropped:
        verb = "does not fit" if len(again.dropped) == 1 else "do not fit"
        yield f"{paint('warning', 'forgotten')}: {joined(again.dropped)}, which {verb} the policy any more"
    if session.before is not None:
        before, session.before = session.before, session.decide()
        told = changes(before, session.before, paint)
        if told:
            yield f"changed: {told}"
