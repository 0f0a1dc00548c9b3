"""Calls of functions: as many arguments as each takes, of types that it knows."""

from collections.abc import Callable
from typing import TypeAlias

from routekit.checker.constants import is_comparable
from routekit.checker.context import Context
from routekit.checker.timezones import named_zone
from routekit.checker.typed import Typed, called, common_order
from routekit.diagnostics import Span
from routekit.policy import expressions as e
from routekit.policy.operators.functions import FUNCTIONS, Function, Second
from routekit.schema.types import Choice, Date, Integer, SetOf, Text, Time, Type, family
from routekit.syntax import tree
from routekit.syntax.builder import unquote
from routekit.translation import plural, t

__all__ = ["Calls", "today"]

_Lower: TypeAlias = Callable[[tree.Expression, Type | None], Typed | None]


def today(span: Span | None = None) -> Typed:
    """The date of the decision."""
    return Typed(e.Call("date", (e.Now(),), span=span), Date())


class Calls:
    """Checks calls; ``lower`` lowers an operand, its bare name read in the type that is expected."""

    def __init__(self, context: Context, lower: _Lower, is_loose: Callable[[tree.Expression], bool]) -> None:
        self.context = context
        self.report = context.reporter.report
        self.expr = lower
        self.is_loose = is_loose

    def call(self, node: tree.Call) -> Typed | None:
        """The checked call; None where it is reported to be none."""
        function = FUNCTIONS.get(node.function.name)
        if function is None:
            self._unknown(node.function)
            return None
        if not self._takes(function, node):
            return None
        if function.second is Second.MORE:
            return self._chosen(function, node)
        first = self.expr(node.arguments[0], None)
        if first is None:
            return None
        result = function.gives([first.type])
        if result is None:
            self._not_of(function, first, node.arguments[0].span)
            return None
        arguments = [first.expr]
        for other in node.arguments[1:]:
            second = self._seed(other) if function.second is Second.SEED else self._zone(first, other)
            if second is None:
                return None
            arguments.append(second)
        if function.of_today:
            arguments.append(today().expr)
        return Typed(e.Call(function.name, tuple(arguments), span=node.span), result)

    def _unknown(self, name: tree.Ident) -> None:
        there_are = t("there are {listed}", listed=t(", ").join(FUNCTIONS))
        self.report(
            "RK101",
            t("unknown function `{name}`", name=name.name),
            name.span,
            help=self.context.reporter.did_you_mean(name.name, FUNCTIONS, there_are, at=name.span),
        )

    def _takes(self, function: Function, node: tree.Call) -> bool:
        """Whether a function takes so many arguments."""
        least, most, how = {
            Second.NOTHING: (1, 1, "{name}(…)"),
            Second.ZONE: (1, 2, '{name}(…)` or `{name}(…, "Europe/Berlin")'),
            Second.SEED: (2, 2, '{name}(key, "seed")'),
            Second.MORE: (2, None, "{name}(a, b)"),
        }[function.second]
        given = len(node.arguments)
        if given >= least and (most is None or given <= most):
            return True
        values = plural("one value", "{number} values", given)
        self.report(
            "RK202",
            t("`{name}` is not asked of {values}", name=function.name, values=values),
            node.span,
            help=t("write `{how}`", how=how.format(name=function.name)),
        )
        return False

    def _not_of(self, function: Function, argument: Typed, span: Span) -> None:
        takes = t(" or ").join(dict.fromkeys(_kind(taken) for taken in function.of))
        if function.second is Second.SEED:
            takes = t("one value, not of a set")
        else:
            takes = t("{takes}, not of {family}", takes=takes, family=family(argument.type))
        self.report("RK202", t("`{name}` is asked of {takes}", name=function.name, takes=takes), span)

    def _seed(self, node: tree.Expression) -> e.Expr | None:
        if isinstance(node, tree.Literal) and node.kind == "text":
            return e.Constant(unquote(node.text), span=node.span)
        self.report("RK204", t("a seed is a text that is written out, in quotes"), node.span)
        return None

    def _zone(self, moment: Typed, node: tree.Expression) -> e.Expr | None:
        if not isinstance(moment.type, Time):
            message = t("a timezone stands behind a time, not behind {family}", family=family(moment.type))
            self.report("RK202", message, node.span)
            return None
        place = self.expr(node, Text())
        if place is None:
            return None
        if not isinstance(place.type, Text | Choice):
            self.report(
                "RK201", t("a timezone is a text, not {family}", family=family(place.type)), node.span
            )
            return None
        if isinstance(node, tree.Literal):
            inside = Span(node.span.source, node.span.start + 1, node.span.end - 1)
            if named_zone(self.context, tree.Literal(inside, "zone", unquote(node.text))) is None:
                return None
        return place.expr

    def _chosen(self, function: Function, node: tree.Call) -> Typed | None:
        """The least or the largest of some values of one type."""
        first = next((each for each in node.arguments if not self.is_loose(each)), node.arguments[0])
        model = self.expr(first, None)
        given = [
            model if each is first else self.expr(each, model.type if model else None)
            for each in node.arguments
        ]
        known = [argument for argument in given if argument is not None]
        if model is None or len(known) < len(given):
            return None
        for argument, each in zip(known, node.arguments, strict=True):
            if function.gives([argument.type]) is None:
                self._not_of(function, argument, each.span)
                return None
            is_other = isinstance(model.type, Choice) and common_order(model.type, argument.type) is None
            if is_other or not is_comparable(model.type, argument.type):
                self.report(
                    "RK201",
                    t(
                        "{model} and {argument} cannot be compared",
                        model=called(model),
                        argument=called(argument),
                    ),
                    node.span,
                    help=t("the values of `{name}` are of one type", name=function.name),
                )
                return None
        result = function.gives([argument.type for argument in known])
        assert result is not None
        order = result if isinstance(result, Choice) else None
        arguments = tuple(argument.expr for argument in known)
        return Typed(e.Call(function.name, arguments, order, span=node.span), result)


def _kind(kind: type[Type]) -> str:
    """What the types of a kind are called."""
    called = {Integer: "number", Choice: "listed name", SetOf: "set"}
    return t("a {noun}", noun=t(called.get(kind, kind.__name__.lower())))
