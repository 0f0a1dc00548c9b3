"""Tests of sets: rows of the operators that ask which members a set has."""

from dataclasses import dataclass
from typing import Literal

from routekit.policy.operators import Operator
from routekit.schema.types import Scalar
from routekit.translation import msgid

__all__ = ["IS_EMPTY", "MEMBER", "SET_TESTS", "SetTest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTest(Operator):
    """``set NAME {…}``.

    ``told`` and ``denied`` stand before the values where it is said that the test is true, and that it is
    not. ``wants`` is how many of the values must be members; proofs do not know a test without.
    """

    told: str
    denied: str
    wants: Literal["some", "every"] | None = None


def _is_member(element: Scalar, container: frozenset[Scalar]) -> bool:
    return element in container


def _has_any(container: frozenset[Scalar], values: frozenset[Scalar]) -> bool:
    return not container.isdisjoint(values)


def _has_all(container: frozenset[Scalar], values: frozenset[Scalar]) -> bool:
    return values <= container


def _is_empty(container: frozenset[Scalar]) -> bool:
    return not container


MEMBER = Operator(name="has", meaning=_is_member, code="left in right")
"""``element in set`` and ``set has element``, whether the set is a contact's or written out."""

IS_EMPTY = Operator(name="is empty", meaning=_is_empty, code="not operand", operands=("operand",))

SET_TESTS: dict[str, SetTest] = {
    row.name: row
    for row in (
        SetTest(
            name="has any",
            meaning=_has_any,
            code="not left.isdisjoint(right)",
            told=msgid("with one of"),
            denied=msgid("with none of"),
            wants="some",
        ),
        SetTest(
            name="has all",
            meaning=_has_all,
            code="right <= left",
            told=msgid("with all of"),
            denied=msgid("without all of"),
            wants="every",
        ),
    )
}
