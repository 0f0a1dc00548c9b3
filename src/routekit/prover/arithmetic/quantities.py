"""Values and domains as exact quantities, and back."""

from datetime import date, datetime, timedelta
from fractions import Fraction

from routekit.policy.ordinals import Ordered, rank, unrank
from routekit.prover.arithmetic.sums import Kind
from routekit.prover.arithmetic.tableau import Quantity, size
from routekit.prover.domains.cells import Domain, OneOf, Range, Unlisted
from routekit.schema.types import Value

__all__ = ["as_value", "ends_of", "exactly", "finite", "kind_of", "present"]

_INFINITE = 1e300
"""A bound that is none."""


def exactly(value: Value | None) -> Quantity:
    """A value as a quantity, a float by what it is and not by how it is written."""
    match value:
        case float():
            fraction = Fraction(value)
            return fraction.numerator if fraction.denominator == 1 else fraction
        case int():
            return value
        case date() | timedelta():
            return rank(value)
        case _:
            raise AssertionError(f"no quantity: {value!r}")


def as_value(value: Quantity, like: Ordered) -> Ordered | None:
    """A quantity as a value of the type of another; None where there is none."""
    if isinstance(like, float):
        return float(value)
    try:
        return unrank(int(value), like)
    except (ValueError, OverflowError):
        return None


def finite(bound: Quantity) -> Quantity | None:
    """A bound that is one; None where it stands for all there is."""
    return bound if size(bound) < _INFINITE else None


def kind_of(domain: Domain) -> Kind | None:
    """What the values of a domain are counted in; None where they are no quantities."""
    match domain:
        case Range(low):
            return _kind_of_value(low)
        case OneOf(values):
            kinds = {_kind_of_value(value) for value in values}
            return kinds.pop() if len(kinds) == 1 else None
        case _:
            return None


def _kind_of_value(value: Value | None) -> Kind | None:
    match value:
        case bool() | str() | frozenset() | None:
            return None
        case int():
            return Kind.WHOLE
        case float():
            return Kind.FLOAT
        case datetime() | timedelta():
            return Kind.TICKS
        case _:
            return Kind.DAYS


def ends_of(domain: Domain) -> tuple[Quantity, Quantity] | None:
    """The least and the largest value of a domain; None where it has none, or others."""
    match domain:
        case Range(low, high):
            return exactly(low), exactly(high)
        case OneOf(values):
            there = values - {None}
            found = [exactly(value) for value in there if _kind_of_value(value) is not None]
            return (min(found), max(found)) if found and len(found) == len(there) else None
        case _:
            return None


def present(domain: Domain) -> Domain:
    """A domain without the missing value."""
    match domain:
        case OneOf(values):
            return OneOf(values - {None})
        case Range(low, high, True, parts):
            return Range(low, high, False, parts)
        case Unlisted(True):
            return Unlisted(False)
        case _:
            return domain
