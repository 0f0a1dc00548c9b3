"""The parts of a decision that a policy declares itself: what gives each of them, and what comes of it.

Rules, adjustments and steps set such a part by an expression, whose value is missing where it is none of the
part's type. The part then has its default, or is missing where it has none.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from routekit.policy import expressions as e
from routekit.policy.decision import NO_DATA, Data
from routekit.policy.model import Change, CheckedPolicy, Field, SetData, Step
from routekit.schema.types import Value

__all__ = ["computed", "set_by", "sources_of", "value_of", "work_out"]

Sources = Mapping[str, e.Expr]
"""What gives each part that something gives; any other has its default."""


def sources_of(given: Iterable[SetData], changes: Iterable[Change] = ()) -> dict[str, e.Expr]:
    """Returns what gives each part in the end: an outcome, or the last adjustment that sets it.

    >>> sources_of([SetData("sla", e.Constant(5))], [SetData("sla", e.Constant(1))])
    {'sla': Constant(value=1, named='')}
    """
    settings = (*given, *(change for change in changes if isinstance(change, SetData)))
    return {setting.name: setting.expr for setting in settings}


def set_by(step: Step, changes: Iterable[Change]) -> dict[str, e.Expr]:
    """Returns what gives each part that a step sets: the step itself, or the last adjustment of the part."""
    own = sources_of(action for action in step.actions if isinstance(action, SetData))
    return {name: expr for name, expr in (own | sources_of((), changes)).items() if name in own}


def computed(sources: Sources) -> Iterator[tuple[str, e.Expr]]:
    """Yields the parts that depend on the contact."""
    return ((name, expr) for name, expr in sources.items() if not isinstance(expr, e.Constant))


def work_out(
    policy: CheckedPolicy, sources: Sources, value: Callable[[e.Expr], Value | None], *, whole: bool = True
) -> Data:
    """Works out all parts of a policy, or those alone that are given; ``value`` gives an expression's."""
    if not policy.data:
        return NO_DATA
    given = {field.name: value(sources[field.name]) for field in policy.data if field.name in sources}
    return Data(
        {
            field.name: field.default if given.get(field.name) is None else given[field.name]
            for field in policy.data
            if whole or field.name in given
        }
    )


def value_of(field: Field, sources: Sources) -> e.Expr:
    """Returns what a part is worked out by, its default where that does not come out right.

    >>> from datetime import UTC, datetime
    >>> from routekit.schema.types import Time
    >>> at = Field("at", Time(), default=datetime(2026, 1, 1, tzinfo=UTC))
    >>> value_of(at, {"at": e.Now()}) == e.Else(e.Now(), e.Constant(at.default))
    True
    """
    default: e.Expr = e.Constant(field.default)  # type: ignore[arg-type]  # None is a missing value
    match sources.get(field.name):
        case None:
            return default
        case e.Constant() as constant:
            return constant
        case expr:
            return expr if field.default is None else e.Else(expr, default)
