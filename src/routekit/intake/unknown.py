"""Counts what contacts bring that the policy does not declare, and says which field was likely meant."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from routekit.diagnostics.diagnostic import closest
from routekit.intake.contact import member
from routekit.schema.reading import plain_text
from routekit.translation import plural, t

__all__ = ["UnknownField", "UnknownFields", "likely_field"]

_MOST_NAMES = 1_000
"""Different names that are remembered: whoever sends names of his own making fills no memory."""


@dataclass(frozen=True, slots=True)
class _Level:
    """The known members of an object, and those among them that have members of their own."""

    names: frozenset[str]
    owners: "dict[str, _Level]"


@dataclass(frozen=True, slots=True)
class UnknownField:
    """A field that contacts bring and the policy does not have; ``likely`` is the field that was meant."""

    name: str
    contacts: int
    likely: str | None

    def __str__(self) -> str:
        """All of it in a sentence.

        >>> print(UnknownField("customer.teir", 200, "customer.tier"))
        customer.teir, in 200 contacts, is not in the policy: did you mean tier?
        """
        said = (
            plural(
                "{name}, in {number} contact, is not in the policy",
                "{name}, in {number:,} contacts, is not in the policy",
                self.contacts,
                name=self.name,
            )
            if self.contacts
            else t("{name}, in no contact, is not in the policy", name=self.name)
        )
        if self.likely is None:
            return said
        owner, _, member = self.likely.rpartition(".")
        short = member if owner and self.name.startswith(f"{owner}.") else self.likely
        return t("{said}: did you mean {short}?", said=said, short=short)


class UnknownFields:
    """Counts the fields of contacts that are none of ``known``: of one policy, or of several.

    ``known`` are dotted names, as :func:`routekit.intake.cells.columns_of` gives them. Counting is not for
    two threads at once; :meth:`named_in` and :meth:`likely` are.

    >>> unknown = UnknownFields(["contact.channel", "customer.tier"])
    >>> unknown.note({"contact": {"channel": "voice"}, "customer": {"teir": "gold"}})
    >>> [str(field) for field in unknown.found()]
    ['customer.teir, in 1 contact, is not in the policy: did you mean tier?']
    """

    __slots__ = ("_counts", "_known", "_level", "_likely")

    def __init__(self, known: Iterable[str]) -> None:
        self._known = tuple(known)
        self._level = _level_of(self._known)
        self._counts: Counter[str] = Counter()
        self._likely: dict[str, str | None] = {}

    def __bool__(self) -> bool:
        return bool(self._counts)

    def named_in(self, contact: object) -> list[str]:
        """Returns the fields that one contact brings and that are not known, such as ``customer.teir``.

        Nothing is counted, and nothing that the contact's own classes define can make it fail.
        """
        found: list[str] = []
        if type(contact) is dict:
            _find_unknown(contact, self._level, "", found)
        return found

    def note(self, contact: object) -> None:
        """Counts what one contact brings."""
        for name in self.named_in(contact):
            self.add(name, 1)

    def add(self, name: str, contacts: int) -> None:
        """Counts a field that so many contacts bring."""
        if name in self._counts or len(self._counts) < _MOST_NAMES:
            self._counts[name] += contacts

    def likely(self, name: str) -> str | None:
        """Returns the known field that an unknown one was likely meant to be."""
        if name in self._likely:
            return self._likely[name]
        likely = likely_field(name, self._known)
        if len(self._likely) < _MOST_NAMES:
            self._likely[name] = likely
        return likely

    def found(self) -> list[UnknownField]:
        """Tells what was counted, the most frequent first."""
        counted = self._counts.most_common()
        return [UnknownField(name, count, self.likely(name)) for name, count in counted]


def _level_of(names: Iterable[str]) -> _Level:
    inner: dict[str, list[str]] = {}
    for name in names:
        first, _, rest = name.partition(".")
        inner.setdefault(first, []).extend([rest] if rest else [])
    return _Level(frozenset(inner), {name: _level_of(rest) for name, rest in inner.items() if rest})


def _find_unknown(container: dict[object, object], level: _Level, prefix: str, found: list[str]) -> None:
    try:
        all_known = container.keys() <= level.names
    except Exception:  # a foreign key's own comparison may raise anything
        all_known = False
    if all_known:
        for owner, members in level.owners.items():
            _find_within(member(container, owner), members, f"{prefix}{owner}.", found)
        return
    for key, value in container.items():
        name = plain_text(key)
        if name in level.owners:
            _find_within(value, level.owners[name], f"{prefix}{name}.", found)
        elif name not in level.names and value is not None and len(found) < _MOST_NAMES:
            found.append(prefix + t("(a key that is no text)") if name is None else f"{prefix}{name}")


def _find_within(inner: object, members: _Level, prefix: str, found: list[str]) -> None:
    if type(inner) is dict:
        _find_unknown(inner, members, prefix, found)


def likely_field(name: str, known: Collection[str]) -> str | None:
    """Returns the field that was meant: one that differs by case or a few letters, or is called so elsewhere.

    >>> likely_field("Customer.Tier", ["contact.channel", "customer.tier"])
    'customer.tier'
    >>> likely_field("tier", ["contact.channel", "customer.tier"])
    'customer.tier'
    """
    folded = _folded(name)
    same = [field for field in known if _folded(field) == folded]
    if same:
        return same[0]
    last = folded.rpartition(".")[2]
    called = [field for field in known if _folded(field).rpartition(".")[2] == last]
    if len(called) == 1:
        return called[0]
    owners = {field.partition(".")[0] for field in known}
    if "." not in name and name not in owners and (owner := closest(name, owners)):
        return owner
    owner, _, member = name.rpartition(".")
    beside = [field.removeprefix(f"{owner}.") for field in known if owner and field.startswith(f"{owner}.")]
    if not beside:
        return closest(name, known) or _closest_member(folded, known)
    best = closest(member, beside)
    return None if best is None else f"{owner}.{best}"


def _closest_member(name: str, known: Collection[str]) -> str | None:
    """The field whose own name is closest, where one field alone is called so."""
    by_member: dict[str, list[str]] = {}
    for field in known:
        by_member.setdefault(_folded(field).rpartition(".")[2], []).append(field)
    found = by_member.get(closest(name, by_member) or "", [])
    return found[0] if len(found) == 1 else None


def _folded(name: str) -> str:
    return name.casefold().replace(" ", "_").replace("-", "_")
