"""Approvals: who has seen the difference between two revisions of a policy, and what was seen."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from routekit.diff.brief import brief_lines
from routekit.diff.report import difference_as_json
from routekit.diff.results import Difference
from routekit.translation import t

__all__ = ["FORMAT_VERSION", "Approval", "approval_of", "read_approvals", "seen"]

FORMAT_VERSION = 1
_UNSEEN = ("seconds",)
_TEXTS = ("policy", "old", "new", "seen", "by", "at")


@dataclass(frozen=True, slots=True)
class Approval:
    """That somebody approves a policy's change from one revision to another.

    ``seen`` is the fingerprint of the whole difference, ``summary`` its lines as they were read, ``at`` an
    instant as ISO 8601 has it.
    """

    policy: str
    old: str
    new: str
    seen: str
    summary: tuple[str, ...]
    by: str
    at: str

    def to_json(self) -> str:
        """Writes it as a file has it."""
        found = {"format_version": FORMAT_VERSION, **asdict(self)}
        return f"{json.dumps(found, indent=2, ensure_ascii=False)}\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "Approval":
        """Reads what a file has; raises ``ValueError`` where that is no approval."""
        found = json.loads(text)
        if not isinstance(found, dict) or not all(isinstance(found.get(name), str) for name in _TEXTS):
            raise ValueError(t("it is no approval that `routekit diff --approve` writes"))
        if found.get("format_version") != FORMAT_VERSION:
            raise ValueError(t("it is not of format version {version}", version=FORMAT_VERSION))
        summary = found.get("summary")
        lines = tuple(map(str, summary)) if isinstance(summary, list) else ()
        return cls(**{name: found[name] for name in _TEXTS}, summary=lines)

    def is_of(self, policy: str, old: str, new: str) -> bool:
        """Tells whether it is of exactly this change."""
        return (self.policy, self.old, self.new) == (policy, old, new)


def approval_of(difference: Difference, by: str, at: datetime) -> Approval:
    """Makes an approval of a difference by somebody who has read it."""
    (_, old), (policy, new) = difference.old, difference.new
    summary = tuple(text for _, text in brief_lines(difference))
    return Approval(policy, old, new, seen(difference), summary, by, at.isoformat(timespec="seconds"))


def seen(difference: Difference) -> str:
    """Gives a fingerprint of all that a difference says."""
    found = {name: value for name, value in difference_as_json(difference).items() if name not in _UNSEEN}
    return sha256(json.dumps(found, sort_keys=True, default=str).encode()).hexdigest()


def read_approvals(path: Path) -> Iterator[Approval]:
    """Reads a file, or all files of a folder whose names end with ``.json``; what is no approval is left out.

    Raises ``OSError`` where there is nothing to be read, ``ValueError`` where a single file is no approval.
    """
    if not path.is_dir():
        yield Approval.from_json(path.read_bytes())
        return
    yield from _readable(sorted(path.glob("*.json")))


def _readable(paths: Iterable[Path]) -> Iterator[Approval]:
    for path in paths:
        try:
            yield Approval.from_json(path.read_bytes())
        except (OSError, ValueError):
            continue
