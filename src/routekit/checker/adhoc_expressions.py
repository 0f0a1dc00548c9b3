"""What is asked of a policy beside its text: values and expressions, checked by the policy's own names."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from routekit.checker.cases import check_let
from routekit.checker.context import Context
from routekit.checker.groundwork import groundwork
from routekit.checker.promises import givens
from routekit.checker.typed import Typed
from routekit.checker.workspace import Workspace
from routekit.diagnostics import Diagnostic, Reporter, Source, Span
from routekit.policy.model import SWITCH, Given
from routekit.syntax import tree
from routekit.syntax.parser import parse
from routekit.translation import t

__all__ = ["AdhocError", "AdhocParser", "Setting"]

Node = TypeVar("Node", bound=tree.Node)
Result = TypeVar("Result")

_AROUND_VALUES = 'example "adhoc" given\n', "\nexpect priority 1"
_AROUND_EXPRESSION = "let adhoc =\n", ""


class AdhocError(ValueError):
    """What was asked cannot be understood; the text begins on the second line of the diagnostics' source."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__(self.diagnostics)


@dataclass(frozen=True, slots=True)
class Setting:
    """A field or signal that is given a value; None makes it missing."""

    path: tuple[str, str]
    given: Given | None


class AdhocParser:
    """Reads what is asked of one policy, which has been checked and has no errors."""

    def __init__(self, workspace: Workspace) -> None:
        self._context = groundwork(workspace)

    def settings(self, text: str) -> tuple[Setting, ...]:
        """Values as ``given`` writes them: ``customer.tier gold, customer.value missing``.

        Raises :class:`AdhocError` where one does not fit.
        """
        return self._asked(text, _AROUND_VALUES, tree.ExampleNode, _settings)

    def expression(self, text: str) -> Typed:
        """Returns an expression over the policy's fields, signals and definitions.

        Raises :class:`AdhocError` where it is none.
        """
        return self._asked(text, _AROUND_EXPRESSION, tree.LetNode, check_let)

    def _asked(
        self,
        text: str,
        around: tuple[str, str],
        kind: type[Node],
        read: Callable[[Context, Node], Result | None],
    ) -> Result:
        before, after = around
        source, context = Source("", before + text + after), replace(self._context, reporter=Reporter())
        file = parse(source, context.reporter)
        if not context.reporter.has_errors:
            if len(file.declarations) != 1 or not isinstance(node := file.declarations[0], kind):
                span = Span(source, len(before), len(before) + len(text))
                context.reporter.report("RK001", t("one thing at a time"), span)
            else:
                result = read(context, node)
                if result is not None and not context.reporter.has_errors:
                    return result
        errors = [item for item in context.reporter.found if item.severity == "error"]
        end = Span(source, len(before) + len(text), len(before) + len(text))
        if all(item.span.start > end.start for item in errors):  # it ran on into what stands around it
            errors = [Diagnostic("RK001", t("expected a value, found the end of the line"), end)]
        raise AdhocError(errors)


def _settings(context: Context, node: tree.ExampleNode) -> tuple[Setting, ...]:
    settings = []
    for item in node.givens:
        given = givens(context, (item,))
        match item:
            case tree.Given(path=tree.Path(parts=(owner, member))):
                settings.append(Setting((owner.name, member.name), given[0] if given else None))
            case tree.GivenSwitch(name=name):
                settings.append(Setting((SWITCH, name.name), given[0] if given else None))
    return tuple(settings)
