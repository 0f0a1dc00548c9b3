"""What is worked out only for some contacts: functions over a frame, the list of one contact's values.

The first place of a frame is ``now``; lets and segments are worked out when first asked for, and kept there:
by a function of their own, or, where too many of them stand upon one another for calls within calls, before
the function that reads them is called.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from routekit.compiled import codegen as c
from routekit.compiled.expressions import CaseWriter, Coder, Leaf, hint_of
from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy
from routekit.policy.references import defined
from routekit.schema.types import Value

__all__ = ["NOW", "UNSET", "Asked", "Bound", "Frame", "Frames", "Function"]

Frame: TypeAlias = list[object]
NOW = 0
_MOST_CALLS = 40
"""Of definitions within definitions, which are a call each."""


class _Unset:
    """Stands in a frame for a let or a segment that nobody has asked for yet."""


UNSET = _Unset()


@dataclass(frozen=True, slots=True)
class Asked:
    """A function over frames by its name in the module, and the definitions to be worked out before it."""

    name: str
    needs: tuple[int, ...]


class Frames:
    """Lays out the frame of a policy and writes the functions over it."""

    def __init__(self, module: c.Module, policy: CheckedPolicy, cases: CaseWriter) -> None:
        self._module = module
        self._expressions = defined(policy)
        self._heights: dict[e.Expr, int] = {}
        for leaf, expr in self._expressions.items():  # each needs only those before it
            inner = (self._heights.get(part, 0) for part in e.parts(expr))
            self._heights[leaf] = 1 + max(inner)
        self._coder = Coder(module, policy, self._load, cases)
        self._needs: dict[int, None] = {}
        self._written: dict[Leaf, str] = {}
        self._high: list[Leaf] = []
        self._keeping: set[str] = set()
        self.places: dict[Leaf, int] = {e.Now(): NOW}
        self.uses_now = False
        self.definitions: dict[int, Asked] = {}

    def value(self, hint: str, expr: e.Expr) -> Asked:
        """A function that works out a value."""
        return self._asked(hint, self._coder.value, expr)

    def test(self, conditions: list[tuple[e.Expr, bool, bool]]) -> Asked:
        """A function that says whether conditions are all as wanted: each true or false, or not so."""

        def code(expr: e.Expr, truth: bool, crisp: bool) -> ast.expr:
            test = self._coder.side(expr, truth)
            return c.negate(test) if crisp else test

        self._needs = {}
        hint = next((expr.name for expr, _, _ in conditions if isinstance(expr, e.SegmentRef)), "test")
        return self._function(hint, c.all_of([code(*condition) for condition in conditions]))

    def finish(self) -> None:
        """Writes the functions of the definitions that must be worked out before others."""
        for leaf in self._high:  # to which writing one adds those that it needs
            asked = self._asked(hint_of(leaf), self._work_out(leaf), self._expressions[leaf])
            self.definitions[self.places[leaf]] = asked

    def _asked(self, hint: str, work_out: Callable[[e.Expr], ast.expr], expr: e.Expr) -> Asked:
        self._needs = {}
        return self._function(hint, work_out(expr))

    def _function(self, hint: str, result: ast.expr) -> Asked:
        match result:
            case ast.Call(ast.Name(name), [ast.Name("frame")]) if name in self._keeping:
                return Asked(name, ())  # it is but a definition
        name = self._module.function(hint, ["frame"], [ast.Return(result)])
        return Asked(name, tuple(self._needs))

    def _work_out(self, leaf: Leaf) -> Callable[[e.Expr], ast.expr]:
        return self._coder.true if isinstance(leaf, e.SegmentRef) else self._coder.value

    def _is_high(self, leaf: Leaf) -> bool:
        return self._heights.get(leaf, 0) > _MOST_CALLS

    def _load(self, leaf: Leaf) -> ast.expr:
        is_new, place = leaf not in self.places, self.places.setdefault(leaf, len(self.places))
        self.uses_now = self.uses_now or place == NOW
        if self._is_high(leaf):
            self._high += [leaf] if is_new else []
            self._needs[place] = None
        elif leaf in self._expressions:
            return c.call(c.load(self._kept(leaf, place)), c.load("frame"))
        return c.at(c.load("frame"), ast.Constant(place))

    def _kept(self, leaf: Leaf, place: int) -> str:
        """The function that works out a definition when it is first asked for."""
        name = self._written.get(leaf)
        if name is None:
            value = self._work_out(leaf)(self._expressions[leaf])
            found, kept = c.load("found"), c.at(c.load("frame"), ast.Constant(place))
            unset = c.compare(found, ast.Is(), self._module.constant(UNSET, "unset"))
            work_out = [c.assign("found", value), c.put(c.load("frame"), ast.Constant(place), found)]
            body = [c.assign("found", kept), c.when(unset, work_out), ast.Return(found)]
            name = self._written[leaf] = self._module.function(hint_of(leaf), ["frame"], body)
            self._keeping.add(name)
        return name


Function: TypeAlias = Callable[[Frame], Value | None]


@dataclass(frozen=True, slots=True)
class Lazy:
    """A function over frames that sees to it that what it reads has been worked out."""

    function: Function
    needs: tuple[int, ...]
    definitions: "dict[int, Lazy]"

    def __call__(self, frame: Frame) -> Value | None:
        for place in self.needs:
            if frame[place] is UNSET:
                _work_out(frame, place, self.definitions)
        return self.function(frame)


class Bound:
    """Leads from what was asked for to the functions of a module that is built, given by their ``names``."""

    def __init__(self, frames: Frames, names: Mapping[str, object]) -> None:
        self._names = names
        self._definitions: dict[int, Lazy] = {}
        for place, asked in frames.definitions.items():
            self._definitions[place] = self._lazy(asked)

    def function(self, asked: Asked) -> Function:
        """What was asked for."""
        return self._lazy(asked) if asked.needs else cast("Function", self._names[asked.name])

    def _lazy(self, asked: Asked) -> Lazy:
        return Lazy(cast("Function", self._names[asked.name]), asked.needs, self._definitions)


def _work_out(frame: Frame, place: int, definitions: dict[int, Lazy]) -> None:
    """Definitions may stand upon one another in their thousands, so this is no recursion."""
    pending = [place]
    while pending:
        definition = definitions[pending[-1]]
        missing = [need for need in definition.needs if frame[need] is UNSET]
        if missing:
            pending += missing
            continue
        place = pending.pop()
        if frame[place] is UNSET:
            frame[place] = definition.function(frame)
