"""Commands about the policy: keep what was tried, run the examples, see what changed."""

from collections.abc import Iterator
from difflib import unified_diff

from routekit.repl.reload_report import error_lines, good_lines, still
from routekit.repl.saving import save
from routekit.repl.session import RefusedError, Session, stands_alone
from routekit.repl.wording import (
    Paint,
    changes,
    counted,
    in_short,
    visible,
)
from routekit.trials.results import as_text
from routekit.trials.trial import Running
from routekit.trials.words import place_of, title_of

__all__ = ["diff", "reload", "save_example", "test"]


def save_example(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Adds what was just tried to the policy."""
    title = rest
    if len(rest) >= 2 and rest[0] == rest[-1] == '"':
        title = rest[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    saved = save(session, title)
    file, line = place_of(saved.example)
    yield from visible(saved.text).splitlines()
    yield f"{paint('good', 'saved')} in {file}:{line}, and it passes"
    for note in saved.notes:
        yield f"{paint('warning', 'note')}: {note}"


def reload(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Reads the policy again."""
    stands_alone("reload", rest)
    again = session.refresh(anyway=True)
    assert again is not None
    if again.errors:
        *lines, _ = error_lines(session, paint)
        yield from lines
        raise RefusedError(f"the policy has {counted(len(again.errors), 'error')}\n{still(session)}")
    yield from good_lines(session, again, paint)


def test(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Runs the policy's examples."""
    policy = session.version.policy
    running = Running(session.versions.path.as_posix(), policy, rest.strip('"'))
    if not running.selected:
        said = f"no example has a title with the words `{visible(rest)}`" if rest else "there are no examples"
        raise RefusedError(f'{said}\n`save "name"` makes one of what was just tried')
    if session.versions.errors:
        yield f"{paint('warning', 'note')}: {still(session)}"
    failed = 0
    for result in running.results():
        if result.passed:
            continue
        failed += 1
        file, line = place_of(result.example)
        yield f"{paint('error', 'failed')}: {title_of(result.example)}  {file}:{line}"
        yield from (f"  {text}" for text in visible(as_text(result)).splitlines())
    total = len(running.selected)
    if failed:
        raise RefusedError(f"{failed} of {counted(total, 'example')} failed")
    yield f"{paint('good', 'passed')}: {counted(total, 'example')}"


def diff(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """What changed since the start, or since an example was saved."""
    stands_alone("diff", rest)
    versions, version = session.versions, session.version
    base = versions.base or version
    texts = versions.texts_now() if versions.errors else version.texts
    is_other = False
    for name in dict.fromkeys((*base.texts, *texts)):
        before, after = base.texts.get(name, ""), texts.get(name, "")
        lines = unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="", n=2)
        for line in lines:
            is_other = True
            role = {"+": "good", "-": "error", "@": "quiet"}.get(line[:1], "")
            yield paint(role, visible(line)) if role else visible(line)
    if not is_other:
        yield f"the policy is as it was at {base.read_at:%H:%M}"
        return
    if versions.errors:
        yield f"{paint('warning', 'note')}: the policy has errors now, so nobody knows how it would decide"
        return
    was, is_ = session.decide(base), session.decide()
    told = changes(was, is_, paint)
    if not told:
        yield f"this contact is decided as before: {in_short(is_, version.policy.checked, paint)}"
        return
    yield f"before: {in_short(was, base.policy.checked, paint)}"
    yield f"now:    {in_short(is_, version.policy.checked, paint)}"
    yield f"changed: {told}"
