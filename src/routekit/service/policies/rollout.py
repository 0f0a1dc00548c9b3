"""How a new version comes into use: at once, by a share of the customers first, or beside the old one."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from routekit.policy.splits import WHOLE, point

__all__ = ["Canary", "Rollout"]


@dataclass(frozen=True, slots=True)
class Canary:
    """The customers who meet the candidate first: the points of a line below ``below``, of 10⁸.

    The same key falls on the same point in every process, and a larger share keeps everybody of a smaller.
    """

    below: int
    key: tuple[str, str]
    seed: str

    @property
    def share(self) -> float:
        """The share, 0 to 1."""
        return self.below / WHOLE

    def takes(self, key: object) -> bool:
        """Whether a customer is among them; one without a key, or with none that can be used, is not.

        >>> canary = Rollout(canary="50%").sample
        >>> [canary.takes(key) for key in ("c-1", "c-2", "c-3", "c-4", None)]
        [False, False, True, False, False]
        """
        if not isinstance(key, str | int | float | date | timedelta):
            return False
        try:
            return point(self.seed, key) < self.below
        except ValueError:  # half of a surrogate pair, a number too long to be written
            return False

    def key_of(self, contact: object) -> object:
        """The value of the key in a contact, None where there is none."""
        record = dict.get(contact, self.key[0]) if isinstance(contact, dict) else None
        return dict.get(record, self.key[1]) if isinstance(record, dict) else None


@dataclass(frozen=True, slots=True)
class Rollout:
    """How a new version comes into use; at once where nothing is said.

    ``canary`` is the share of the customers who meet it first, ``"10%"``; ``key`` the field that tells them
    apart, ``seed`` which of them it is. ``shadow`` has it decide beside the old one instead, with no effect
    but counts of the differences; a path names another policy that does so all the time. The version is
    promoted after ``hold``, or, without one, by ``PolicySource.promote()``. Raises ``ValueError`` for a
    share or a key that cannot be read.

    >>> Rollout(canary="10%").sample
    Canary(below=10000000, key=('customer', 'id'), seed='canary')
    >>> Rollout(canary="110%")
    Traceback (most recent call last):
    ValueError: `110%` is no share: write one from 0% to 100%, such as "10%"
    """

    canary: str | None = None
    key: str = "customer.id"
    hold: timedelta | None = None
    shadow: bool | str | Path = False
    seed: str = "canary"

    def __post_init__(self) -> None:
        if self.canary is not None:
            _points(self.canary)
        if self.key.count(".") != 1:
            raise ValueError(f"`{self.key}` is no key: write a record and its field, such as `customer.id`")
        if self.hold is not None and self.hold <= timedelta():
            raise ValueError("`hold` is how long a new version is tried: a positive time")

    @property
    def sample(self) -> Canary | None:
        """The customers who meet a new version first."""
        if self.canary is None:
            return None
        record, field = self.key.split(".")
        return Canary(_points(self.canary), (record, field), self.seed)

    @property
    def is_stepwise(self) -> bool:
        """Whether a new version waits to be promoted."""
        return self.canary is not None or self.shadow is True


def _points(share: str) -> int:
    try:
        percent = float(share.strip().removesuffix("%"))
    except ValueError:
        percent = -1.0
    if not share.strip().endswith("%") or not 0 <= percent <= 100:
        raise ValueError(f'`{share}` is no share: write one from 0% to 100%, such as "10%"')
    return round(percent * WHOLE / 100)
