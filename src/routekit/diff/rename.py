"""Expressions with other names in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace

from routekit.policy import expressions as e
from routekit.schema.types import Choice

__all__ = ["Names"]


@dataclass(slots=True)
class Names:
    """What stands for the names of one policy where two are looked at together.

    ``more`` are names that only the other policy's lists have: they come behind those of an order, so
    that a test of it can be asked of them, though nothing depends on the answer.
    """

    leaves: Mapping[e.Expr, e.Expr]
    definitions: dict[str, str] = field(default_factory=dict)
    calendars: Mapping[str, str] = field(default_factory=dict)
    more: tuple[str, ...] = ()
    _known: dict[e.Expr, e.Expr] = field(default_factory=dict)

    @property
    def are_plain(self) -> bool:
        """Whether every expression stays as it is."""
        return not (self.definitions or self.calendars or self.more) and all(
            leaf == other for leaf, other in self.leaves.items()
        )

    def put_in(self, expr: e.Expr) -> e.Expr:
        """The expression in the names that both policies share."""
        known = self._known.get(expr)
        if known is None:
            known = self._known[expr] = self._put_in(expr)
        return known

    def forget(self) -> None:
        """Reads expressions anew, after names were changed."""
        self._known.clear()

    def _put_in(self, expr: e.Expr) -> e.Expr:
        match expr:
            case e.FieldRef() | e.SignalRef():
                return self.leaves.get(expr, expr)
            case e.LetRef(name):
                return e.LetRef(self.definitions.get(name, name))
            case e.SegmentRef(name):
                return e.SegmentRef(self.definitions.get(name, name))
            case _:
                return self._of_parts(expr)

    def _of_parts(self, expr: e.Expr) -> e.Expr:
        changed: dict[str, object] = {}
        for item in fields(expr):
            part = getattr(expr, item.name)
            if isinstance(part, tuple):
                put_in: object = tuple(self.put_in(inner) for inner in part)
            elif isinstance(part, e.Expr):
                put_in = self.put_in(part)
            elif isinstance(part, Choice) and item.name == "order":
                more = tuple(name for name in self.more if name not in part.rank)
                put_in = Choice((*part.names, *more), True) if more else part
            elif isinstance(expr, e.CalendarOpen) and item.name == "calendar":
                put_in = self.calendars.get(expr.calendar, expr.calendar)
            else:
                continue
            if put_in != part:
                changed[item.name] = put_in
        return replace(expr, **changed) if changed else expr  # type: ignore[arg-type]
