"""Questions in the policy's own words, read by the checker: ``can WHEN reach THEN``, ``who reaches THEN``."""

import re
from dataclasses import dataclass, replace

from routekit.diagnostics import Diagnostic, Label, Reporter, Source, Span, closest
from routekit.engine.errors import PolicyError
from routekit.engine.files import Origin
from routekit.policy.references import Question
from routekit.translation import t

__all__ = ["read_question"]

_NAME = "question_that_is_asked"
_SHOWN = "question"
_WHO = re.compile(r"\s*(?:who|which)(?![.\w])", re.IGNORECASE)
_BEGIN = re.compile(
    r"\s*(?:(?:who|which)(?![.\w])\s*)?(?:(?:can|could|may|might|will|does|do)\b)?\s*(?:(?:(?:an?|any|some)\s+)?(?:contacts?|customers?|callers?|person)(?![.\w])|any(?:body|one)\b)?"
    r"\s*(?:(?:with|where|when|for\s+whom|who\s+is)\b)?\s*",
    re.IGNORECASE,
)
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
_REACH = re.compile(
    r"(?:(?<=\s)|^)(?:ever\s+)?(?:reach(?:es)?|gets?|(?:be|is|are)\s+given)(?=\s|$)", re.IGNORECASE
)
_SHORT = re.compile(
    r"\b(queue|channel|rule|message|priority|offer|skill)\s+"
    r"(?!(?:is|in|not|has|and|or|contains|matches|known|missing)\b)(?=[\w\"])"
)
_PEOPLE = re.compile(
    r"\b(?:a\s+(?:person|human)|somebody)\b|\b(?:a\s+machine|self\s+service)\b", re.IGNORECASE
)


@dataclass(slots=True)
class _Written:
    """A text put together, which knows where each part of it stood in the question."""

    text: str = ""
    places: list[tuple[int, int, int]] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        self.places = []

    def add(self, text: str) -> None:
        self.text += text

    def quote(self, question: str, start: int, end: int) -> None:
        self.places.append((len(self.text), start, end - start))
        self.text += question[start:end]

    def place(self, offset: int) -> int:
        """Where a place of the text stood in the question."""
        found = 0
        for begin, start, length in self.places:
            if offset >= begin:
                found = start + min(offset - begin, length)
        return found


def read_question(origin: Origin, text: str) -> Question:
    """Reads a question in the names of a policy; raises ``PolicyError`` with every finding in it."""
    from routekit.checker import Workspace, check
    from routekit.syntax.parser import parse

    source = Source(_SHOWN, text)
    written = _write(source)
    workspace = Workspace(origin.folder, Reporter())
    workspace.load(origin.source, origin.path)
    inner = Source(_SHOWN, written.text)
    file = parse(inner, workspace.reporter)
    if not workspace.reporter.has_errors:
        workspace.files.append(file)
        checked = check(workspace, origin.models)
        if checked.policy is not None:
            asked = next(item for item in checked.policy.guarantees if item.name == _NAME)
            who = _WHO.match(text) is not None
            return Question(text.strip(), asked.condition, asked.promise, asks_who=who)
    found = [
        _moved(item, inner, source, written) for item in workspace.reporter.found if item.severity == "error"
    ]
    raise PolicyError(dict.fromkeys(found))


def _write(source: Source) -> _Written:
    """The question as a guarantee, its words where they can be found again."""
    text = source.text
    plain = _STRINGS.sub(lambda found: "_" * len(found.group()), text)
    reach = list(_REACH.finditer(plain))
    if not reach:
        raise PolicyError(_without_reach(source, plain).found)
    middle = reach[-1]
    begin = _BEGIN.match(plain)
    start = begin.end() if begin else 0
    end = len(plain.rstrip().rstrip("?").rstrip())
    written = _Written()
    written.add(f"guarantee {_NAME} ")
    if plain[start : middle.start()].strip():
        written.add("when ")
        written.quote(text, start, middle.start())
    written.add("\nthen ")
    _outcome(written, text, plain, middle.end(), end)
    return written


def _without_reach(source: Source, plain: str) -> Reporter:
    """Says what a question lacks, and the word in it that was likely meant to be `reach`."""
    words = {found.group(): found for found in re.finditer(r"[^\W\d]\w*(?!\.)\b", plain)}
    meant = next((words[word] for word in words if closest(word, ["reach"])), None)
    report = Reporter()
    report.report(
        "RK001",
        t("a question is asked as `can WHEN reach THEN`, or as `who reaches THEN`"),
        Span(source, *(meant.span() if meant is not None else (0, len(plain)))),
        help=t('such as "can customer.tier is gold reach queue is portal"')
        if meant is None
        else t("did you mean `reach`?"),
    )
    return report


def _outcome(written: _Written, text: str, plain: str, start: int, end: int) -> None:
    """The outcome, ``queue portal`` said as ``queue is portal``."""
    at = start
    found = sorted(
        [*_SHORT.finditer(plain, start, end), *_PEOPLE.finditer(plain, start, end)],
        key=lambda item: item.start(),
    )
    for item in found:
        if item.start() < at:
            continue
        written.quote(text, at, item.start())
        word = item.group(1) if item.re is _SHORT else ""
        if item.re is _PEOPLE:
            machine = item.group().lower().endswith(("machine", "service"))
            written.add("channel is self_service" if machine else "channel is assisted")
        elif word in ("offer", "skill"):
            written.add(f"{word}s has ")
        else:
            written.quote(text, item.start(), item.end())
            written.add("is ")
        at = item.end()
    written.quote(text, at, end)


def _moved(item: Diagnostic, inner: Source, source: Source, written: _Written) -> Diagnostic:
    """A diagnostic of the guarantee, shown in the question."""

    def move(span: Span) -> Span:
        if span.source is not inner:
            return span
        start = written.place(span.start)
        return Span(source, start, max(written.place(span.end), start + (span.end > span.start)))

    labels = tuple(Label(move(label.span), label.text) for label in item.others)
    message = item.message.replace(f"`{_NAME}`", t("the question")).replace("`then`", "`reach`")
    return replace(item, message=message, span=move(item.span), others=labels)
