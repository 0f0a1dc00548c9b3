"""What the comparison of two policies says, as frozen data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from routekit.diff.changes import Change, Key
from routekit.diff.renames import Rename
from routekit.policy.decision import Decision
from routekit.policy.outcome_parts import PLAIN, Saying
from routekit.prover.encoding.space import Unsettled
from routekit.prover.limits import YEARS, Years
from routekit.prover.witness import Witness

__all__ = [
    "Description",
    "Did",
    "Difference",
    "Edit",
    "Group",
    "MeantBy",
    "Open",
    "PromiseChange",
    "Same",
    "Section",
    "Setting",
    "Twice",
    "Version",
    "sections",
]

Same: TypeAlias = Literal["same", "different", "unknown"]
Version: TypeAlias = Literal["old", "new", "neither"]
Kept: TypeAlias = Literal["kept", "broken", "unknown"]
Became: TypeAlias = Literal["added", "removed", "changed", "broken", "kept", "unknown"]
"""What became of a promise."""
Did: TypeAlias = Literal["added", "removed", "renamed", "moved", "changed"]


@dataclass(frozen=True, slots=True)
class Twice(Witness):
    """A contact and what each policy decides for it; ``decision`` is the new one's.

    ``said`` is what was decided ``before`` in the names of the new policy, where it has others.
    """

    before: Decision
    said: Decision | None = None

    @property
    def told(self) -> Decision:
        """What was decided before, as it is told beside what is decided now."""
        return self.said or self.before


@dataclass(frozen=True, slots=True)
class MeantBy:
    """A name in a condition that is not the same in both versions: it is ``name`` as ``version`` declares it.

    It is ``written`` as ``name`` where the condition asks for one meaning only. Of ``neither`` version is a
    field that both read otherwise than it comes: with another default, or as missing where it does not fit.
    """

    written: str
    name: str
    version: Version


@dataclass(frozen=True, slots=True)
class Description:
    """Who is in a group, as a condition that every contact of it meets; empty where none was worked out.

    ``exact``: nobody else meets it. ``share`` is told where splits decide, such as ``10%``. ``told`` is the
    condition for people: with the titles of what has one, and with marks at what ``meant`` lists.
    """

    condition: str = ""
    exact: bool = False
    share: str = ""
    told: str = ""
    meant: tuple[MeantBy, ...] = ()

    @property
    def versions(self) -> tuple[Version, ...]:
        """The versions in whose own words the condition can be read as it stands."""
        apart = {item.version if item.written == item.name else "neither" for item in self.meant}
        return tuple(version for version in ("old", "new") if apart <= {version})


@dataclass(frozen=True, slots=True)
class Group:
    """All contacts for whom the same changes, and a contact that shows it.

    ``key`` is what they have in common: queue, service and the priorities that the rules give, or else the
    first part that changes. ``changes`` is all that changes, for all of them or for some; the parts in
    ``more`` change in further ways for some.
    ``rules`` are the pairs of rules that decide for them, before and after, as far as they were looked for.
    """

    key: Key
    changes: tuple[Change, ...]
    more: tuple[str, ...]
    witness: Twice
    who: Description
    rules: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PromiseChange:
    """A guarantee that was ``added``, ``removed``, ``changed``, or is ``broken`` or ``kept`` now and was not.

    ``before`` and ``after`` are what it says; ``now`` tells whether the new version keeps it, ``witness``
    breaks it there.
    """

    name: str
    title: str
    kind: Became
    before: str
    after: str
    now: Kept
    witness: Witness | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """Something besides the rules: a wording, a cost, what a queue asks of those who serve it.

    ``matters`` tells whether a customer or an agent notices, ``is_read_apart`` that some values are read by
    one version alone.
    """

    kind: str
    name: str
    message: str
    matters: bool = True
    is_read_apart: bool = False


@dataclass(frozen=True, slots=True)
class Edit:
    """What was done to one thing, or to a ``part`` of it that said ``before`` and says ``now``.

    Both are empty where there was, or is, nothing. Of what is renamed they are the names; what is moved
    stands ``now`` before another thing, at the end where that is empty. ``callers`` is what whoever sends
    contacts must know.
    """

    kind: str
    name: str
    did: Did
    part: str = ""
    before: str = ""
    now: str = ""
    callers: str = ""


@dataclass(frozen=True, slots=True)
class Open:
    """What is not settled: of what, why, and what it would take."""

    what: str
    why: Unsettled


@dataclass(frozen=True, slots=True)
class Difference:
    """Who is treated differently by a new version of a policy.

    ``groups`` come in the order of their weight; ``more`` tells that there may be further ones, which were
    not listed since they are too many. ``common`` is what is true of all who are treated differently.
    ``edits`` is what was edited, ``notes`` what changed without any consequence. What is in ``renames`` is
    told by its new name, in contacts too. It speaks of contacts that come in ``years``, from the first to the
    last.
    """

    old: tuple[str, str]
    new: tuple[str, str]
    groups: tuple[Group, ...]
    more: bool
    common: Description
    settings: tuple[Setting, ...]
    promises: tuple[PromiseChange, ...]
    unknown: tuple[Open, ...]
    notes: tuple[str, ...]
    renames: tuple[Rename, ...] = ()
    edits: tuple[Edit, ...] = ()
    seconds: float = 0.0
    years: Years = YEARS
    said: Saying = field(default=PLAIN, compare=False, repr=False)
    """How the versions call what they declare."""

    @property
    def concerned(self) -> str:
        """The condition that all who are treated differently meet; empty where none was worked out."""
        return self.common.condition

    @property
    def answer(self) -> Same:
        """Answers ``same`` only where it is proved."""
        if self.groups or any(item.matters for item in self.settings) or self.promises:
            return "different"
        return "unknown" if self.unknown else "same"


# ── as they are told ──────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Section:
    """Groups that go from the same queue to the same queue, or a single one.

    ``key`` is what changes in all of them.
    """

    number: int
    key: Key
    groups: tuple[Group, ...]

    def label(self, place: int) -> str:
        """Numbers a group of it: ``2``, or ``2.1`` where there are several."""
        return str(self.number) if len(self.groups) == 1 else f"{self.number}.{place + 1}"

    def rest(self, group: Group) -> Key:
        """Tells what changes in one of its groups beyond that."""
        return tuple(change for change in group.key if change not in self.key)


def sections(groups: Sequence[Group]) -> tuple[Section, ...]:
    """Gathers groups in sections, in the order of their first groups."""
    found: dict[Key, list[Group]] = {}
    for group in groups:
        found.setdefault(_main(group.key), []).append(group)
    return tuple(
        Section(number, _common([group.key for group in same]), tuple(same))
        for number, same in enumerate(found.values(), start=1)
    )


def _main(key: Key) -> Key:
    return tuple(change for change in key if change.part == "queue") or key


def _common(keys: Sequence[Key]) -> Key:
    first, *others = keys
    return tuple(change for change in first if _in_all(change, others))


def _in_all(change: object, keys: Iterable[Key]) -> bool:
    return all(change in key for key in keys)
