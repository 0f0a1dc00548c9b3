"""The values of a field cut into classes: values of one class look alike to every test of the policy."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TypeAlias

from routekit.batch.uses import Use
from routekit.schema.types import Choice, Flag, Scalar, SetOf, Text, Type, Value

__all__ = ["Cuts", "Names", "Nothing", "Scale", "scale_of"]


@dataclass(frozen=True, slots=True)
class Nothing:
    """Of a field that nothing asks for: all its values are alike, the missing one too."""

    size: int = 1

    def of(self, _: Value | None) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Names:
    """Single values, each a class; then all others, then the missing one."""

    places: dict[Scalar, int]

    @property
    def size(self) -> int:
        return len(self.places) + 2

    def of(self, value: Value | None) -> int:
        if value is None:
            return len(self.places) + 1
        return self.places.get(value, len(self.places))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Cuts:
    """Constants in their order: each a class, and each gap between them; the missing value last."""

    constants: tuple[Scalar, ...]

    @property
    def size(self) -> int:
        return 2 * len(self.constants) + 2

    def of(self, value: Value | None) -> int:
        if value is None:
            return 2 * len(self.constants) + 1
        return bisect_left(self.constants, value) + bisect_right(self.constants, value)


Scale: TypeAlias = Nothing | Names | Cuts


def scale_of(type_: Type, use: Use) -> Scale | None:
    """The classes of a field; None where each value is its own."""
    if not (use.exact or use.compared):
        return Nothing()
    match type_:
        case Choice(names):
            return Names({name: place for place, name in enumerate(names)})
        case Flag():
            return Names({False: 0, True: 1})
        case Text():
            texts = sorted(str(constant) for constant in use.constants)
            return Names({text: place for place, text in enumerate(texts)})
        case SetOf():
            return None
        case _:
            return Cuts(tuple(sorted(use.constants)))
