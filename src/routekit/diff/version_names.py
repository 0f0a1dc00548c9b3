"""Conditions about two versions in names that a policy can have, and which version means what by them."""

import re
from collections.abc import Iterable, Iterator, Mapping

from routekit.diff.joined_fields import AFTER, BEFORE, raw_name
from routekit.diff.joined_policy import Joined
from routekit.diff.results import MeantBy, Version
from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy
from routekit.policy.references import declared, lists_of

__all__ = ["VersionNames"]

_MARKED = re.compile(r'"(?:\\.|[^"\\])*"|(?P<name>[^\s(){}",]+)(?P<mark> \((?:before|now)\))')
_SUFFIX = {BEFORE: "_before", AFTER: "_now"}
_READ_AS_IT_COMES: Mapping[tuple[bool, bool], Version] = {
    (True, False): "old",
    (False, True): "new",
    (False, False): "neither",
}


class VersionNames:
    """Tells of the names in a condition which version they are of."""

    def __init__(self, joined: Joined, old: CheckedPolicy, new: CheckedPolicy) -> None:
        self._of: dict[str, Version] = {}
        self._taken: set[str] = set()
        sides = [set(_names(policy)) for policy in (old, new)]
        for name in sides[0] | sides[1]:
            self._taken.add(name)
            if name not in sides[1] or name not in sides[0]:
                self._of[name] = "new" if name in sides[1] else "old"
        for leaf, before in joined.fields.old.items():
            plain = (before == leaf, joined.fields.new[leaf] == leaf)
            if plain != (True, True):
                self._of[_path(leaf)] = _READ_AS_IT_COMES[plain]

    def clean(self, exprs: Iterable[e.Expr], text: str) -> tuple[str, tuple[MeantBy, ...]]:
        """Writes the condition that expressions make without marks, and lists what is of one version.

        A name keeps its spelling where one meaning of it is asked for; of two, each says which it is.
        """
        said = dict.fromkeys(name for expr in exprs for name in _named(expr))
        meanings: dict[str, int] = {}
        for name in said:
            meanings[raw_name(name)] = meanings.get(raw_name(name), 0) + 1
        spelled = {name: self._spelled(name, alone=meanings[raw_name(name)] == 1) for name in said}
        meant = (
            MeantBy(spelled[name], raw_name(name), version)
            for name in said
            if (version := self._version(name)) is not None
        )
        return _put_in(text, spelled), tuple(meant)

    def _version(self, name: str) -> Version | None:
        if name.endswith(BEFORE):
            return "old"
        return "new" if name.endswith(AFTER) else self._of.get(name)

    def _spelled(self, name: str, *, alone: bool) -> str:
        raw = raw_name(name)
        if alone or raw == name:
            return raw
        found = raw + _SUFFIX[name.removeprefix(raw)]
        while found in self._taken:
            found += "_"
        return found


def _put_in(text: str, spelled: Mapping[str, str]) -> str:
    """The text with marked names as they are spelled; texts in quotes stay as they are."""
    return _MARKED.sub(lambda found: spelled.get(found[0], found[0]), text)


def _names(policy: CheckedPolicy) -> Iterator[str]:
    """The names that a condition can speak of."""
    yield from map(_path, declared(policy))
    yield from (item.name for item in policy.definitions)
    yield from policy.calendars
    yield from (name for name, _ in lists_of(policy))


def _named(expr: e.Expr) -> Iterator[str]:
    for part in e.parts(expr):
        match part:
            case e.FieldRef() | e.SignalRef():
                yield _path(part)
            case e.LetRef(name) | e.SegmentRef(name):
                yield name
            case e.CalendarOpen():
                yield part.calendar
            case e.Constant(named=named) | e.InSet(named=named) | e.SetTest(named=named) if named:
                yield named


def _path(leaf: e.Expr) -> str:
    assert isinstance(leaf, e.FieldRef | e.SignalRef)
    return f"{leaf.record}.{leaf.field}" if isinstance(leaf, e.FieldRef) else f"{leaf.queue}.{leaf.signal}"
