"""Commands about the policy: keep what was tried, run the examples, see what changed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff

from routekit.diagnostics import Diagnostic
from routekit.diagnostics.render import pretty
from routekit.engine.errors import PolicyError
from routekit.engine.examples import contact_of, mismatches
from routekit.engine.fixing import FileChange
from routekit.layout import UnreadablePolicyError
from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy, Example
from routekit.policy.outcome_parts import LOGGED_PARTS, differing
from routekit.reasons.words import joined
from routekit.repl.session import RefusedError, Reread, Session, stands_alone
from routekit.repl.versions import Version, read_version
from routekit.repl.wording import (
    Paint,
    changes,
    counted,
    in_short,
    visible,
)
from routekit.syntax.limits import MOST_TEXT
from routekit.translation import plural, t
from routekit.trials.trial import Running, as_text, place_of, title_of
from routekit.trials.writing import at_time, is_unwritable, written_example

__all__ = ["Saved", "diff", "error_lines", "good_lines", "reload", "save", "save_example", "still", "test"]


def save_example(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Adds what was just tried to the policy."""
    title = rest
    if len(rest) >= 2 and rest[0] == rest[-1] == '"':
        title = rest[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    saved = save(session, title)
    file, line = place_of(saved.example)
    yield from visible(saved.text).splitlines()
    yield t("{saved} in {file}:{line}, and it passes", saved=paint("good", t("saved")), file=file, line=line)
    for note in saved.notes:
        yield t("{head}: {text}", head=paint("warning", t("note")), text=note)


def reload(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Reads the policy again."""
    stands_alone("reload", rest)
    again = session.refresh(anyway=True)
    assert again is not None
    if again.errors:
        *lines, _ = error_lines(session, paint)
        yield from lines
        raise RefusedError(
            t(
                "the policy has {errors}\n{still}",
                errors=counted(len(again.errors), "error"),
                still=still(session),
            )
        )
    yield from good_lines(session, again, paint)


def test(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Runs the policy's examples."""
    policy = session.version.policy
    running = Running(session.versions.path.as_posix(), policy, rest.strip('"'))
    if not running.selected:
        said = (
            t("no example has a title with the words `{rest}`", rest=visible(rest))
            if rest
            else t("there are no examples")
        )
        raise RefusedError(t('{said}\n`save "name"` makes one of what was just tried', said=said))
    if session.versions.errors:
        yield t("{head}: {text}", head=paint("warning", t("note")), text=still(session))
    failed = 0
    for result in running.results():
        if result.passed:
            continue
        failed += 1
        file, line = place_of(result.example)
        yield t(
            "{head}: {text}",
            head=paint("error", t("failed")),
            text=f"{title_of(result.example)}  {file}:{line}",
        )
        yield from (f"  {text}" for text in visible(as_text(result)).splitlines())
    total = len(running.selected)
    if failed:
        raise RefusedError(t("{failed} of {total} failed", failed=failed, total=counted(total, "example")))
    yield t("{head}: {text}", head=paint("good", t("passed")), text=counted(total, "example"))


def diff(session: Session, rest: str, paint: Paint) -> Iterator[str]:
    """Tells what changed since the start, or since an example was saved."""
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
        yield t("the policy is as it was at {read_at:%H:%M}", read_at=base.read_at)
        return
    if versions.errors:
        yield t(
            "{head}: {text}",
            head=paint("warning", t("note")),
            text=t("the policy has errors now, so nobody knows how it would decide"),
        )
        return
    was, is_ = session.decide(base), session.decide()
    told = changes(was, is_, paint)
    if not told:
        yield t(
            "this contact is decided as before: {decision}",
            decision=in_short(is_, version.policy.checked, paint),
        )
        return
    yield t("before: {decision}", decision=in_short(was, base.policy.checked, paint))
    yield t("now:    {decision}", decision=in_short(is_, version.policy.checked, paint))
    yield t("changed: {told}", told=told)


# ── what became of a policy that was read again ────────────────────────────────


MOST_ERRORS = 10


def error_lines(session: Session, paint: Paint) -> Iterator[str]:
    """Yields the errors, and what answers in spite of them."""
    errors = session.versions.errors
    for found in errors[:MOST_ERRORS]:
        yield from pretty(found, lambda role, text: paint(_ROLES.get(role, role), text)).splitlines()
        yield ""
    if len(errors) > MOST_ERRORS:
        path = session.versions.path.as_posix()
        yield t(
            "and {number} more: `routekit check {path}` names all",
            number=len(errors) - MOST_ERRORS,
            path=path,
        )
    has_errors = t("the policy has {errors}", errors=counted(len(errors), "error"))
    yield t("{errors}; {still}", errors=paint("warning", has_errors), still=still(session))


_ROLES = {"frame": "quiet", "help": "head"}


def still(session: Session) -> str:
    """Tells which policy answers while the newest has errors."""
    good = session.versions.good
    if good is None:
        return t("mend them in your editor, it is read again at the next line")
    return t("still answering with the policy as it was at {read_at:%H:%M}", read_at=good.read_at)


def good_lines(session: Session, again: Reread, paint: Paint) -> Iterator[str]:
    """Tells that the policy was read, and what that changes of the contact and its decision."""
    policy = session.version.policy
    rules = counted(len(policy.checked.rule_names), "rule")
    yield t(
        "{head}: {text}",
        head=paint("good", t("the policy was read again")),
        text=f"{policy.name} {policy.revision}{t(', ')}{rules}",
    )
    if again.dropped:
        yield plural(
            "{forgotten}: {listed}, which does not fit the policy any more",
            "{forgotten}: {listed}, which do not fit the policy any more",
            len(again.dropped),
            forgotten=paint("warning", t("forgotten")),
            listed=joined(again.dropped),
        )
    if session.before is not None:
        before, session.before = session.before, session.decide()
        told = changes(before, session.before, paint)
        if told:
            yield t("changed: {told}", told=told)


# ── what was tried, as an example ──────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Saved:
    """An example that was written, where, and what is to be said of it."""

    example: Example
    text: str
    notes: tuple[str, ...]


def save(session: Session, title: str) -> Saved:
    """Appends the facts and their decision to the policy as an example.

    The file is written whole or not at all, and only where the policy with the example has no errors and
    the example passes. Raises :class:`RefusedError` with the reason where it is not written.
    """
    version = session.version
    policy = version.policy.checked
    if session.versions.errors:
        raise RefusedError(t("the policy has errors\nmend them first: an example belongs in a good policy"))
    _check_title(title, policy)
    example, decision, notes = _example(session, version)
    try:
        text = written_example(title, example, decision, policy)
    except UnreadablePolicyError as error:
        raise RefusedError(_unfit(error.diagnostics)) from None
    path = session.versions.path
    name = path.as_posix()
    before = version.texts[name]
    after = _appended(before, text)
    try:
        again = read_version(path, after)
    except PolicyError as error:
        raise RefusedError(_unfit(error.diagnostics)) from None
    except OSError as error:
        raise RefusedError(t("the policy cannot be read: {error}\nnothing was saved", error=error)) from None
    found = again.policy.checked.examples
    saved = next((item for item in reversed(found) if item.title == title), None)
    if saved is None or mismatches(again.engine, saved)[1]:
        raise RefusedError(t("the example would not come to the same decision, so nothing was saved"))
    try:
        FileChange(path, before, after).write()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise RefusedError(t("`{name}` was not written: {reason}", name=name, reason=reason)) from None
    session.versions.read()
    session.versions.base = session.versions.good
    return Saved(saved, text, tuple(notes))


def _unfit(diagnostics: Iterable[Diagnostic]) -> str:
    first = next(found for found in diagnostics if found.severity == "error")
    return t("this cannot be written as an example: {message}\nnothing was saved", message=first.message)


def _check_title(title: str, policy: CheckedPolicy) -> None:
    if not title.strip():
        raise RefusedError(t('an example has a name\nwrite `save "a gold customer who wants to leave"`'))
    if len(title) > MOST_TEXT // 10:
        raise RefusedError(t("this name is too long: {count:,} characters", count=len(title)))
    if any(map(is_unwritable, title)):
        raise RefusedError(t("this name holds a character that nobody sees, and a policy cannot hold it"))
    for example in policy.examples:
        if title_of(example) == title:
            where = (
                t(" in {name}:{line}", name=example.span.source.name, line=example.span.line)
                if example.span
                else ""
            )
            raise RefusedError(
                t("there is an example of this name already{where}\nchoose another name", where=where)
            )


def _example(session: Session, version: Version) -> tuple[Example, Decision, list[str]]:
    """The facts as an example, the decision that it comes to when it is run, and what to say of it."""
    policy, engine = version.policy.checked, version.engine
    notes = []
    example = session.example()
    now = engine.decide(contact_of(example), now=session.now())
    for given in example.given:
        if any(map(is_unwritable, session.written(given))):
            path = ".".join(given.path)
            raise RefusedError(
                t(
                    "`{path}` holds a character that a policy cannot hold\n`unset {path}` leaves it out",
                    path=path,
                )
            )
    timed = at_time(example, session.read().now, policy)
    candidates = [example, *([timed] if timed else [])]
    if session.clock is not None:
        candidates.reverse()
    decided = [(candidate, mismatches(engine, candidate)[0]) for candidate in candidates]
    chosen = next((pair for pair in decided if not differing(pair[1], now, LOGGED_PARTS)), None)
    if chosen is None:
        chosen = decided[0]
        notes.append(
            t("an example that says no time runs at 2026-01-01 12:00, where this is decided otherwise")
        )
    return *chosen, notes


def _appended(text: str, example: str) -> str:
    end = "\r\n" if "\r\n" in text else "\n"
    return text.rstrip() + end + end + example.replace("\n", end)
