"""The decision function itself, as code: read the contact, join the masks, look up who won."""

import ast
from collections.abc import Callable, Sequence
from datetime import datetime

from routekit.compiled import codegen as c
from routekit.compiled.expressions import LEAVES, Coder, Leaf, hint_of
from routekit.compiled.finish import Trusted
from routekit.compiled.frames import NOW, UNSET
from routekit.compiled.joining import Joiner
from routekit.compiled.masks import NO_TEXT, Attribute
from routekit.compiled.program import Program
from routekit.compiled.reading import Reading, shown_reader
from routekit.policy import expressions as e
from routekit.policy.references import ARRIVAL, INBOUND, declared, defined
from routekit.schema.times import utc_now, zone
from routekit.schema.types import Choice, Integer, Text, Time, Type

__all__ = ["Clock", "Told", "Writer"]

Clock = datetime | Callable[[], datetime]
"""The time of a decision where the contact has none of its own, in UTC, or what tells it when asked."""

_MOST_IN_A_LINE = 8
_LAST = ast.UnaryOp(ast.USub(), ast.Constant(1))


class Told(tuple[Clock, Trusted]):
    """What this package itself gives as ``now``: a clock, and whether the contact is *trusted*.

    A trusted contact has been read before and has nothing wrong any more; what was wrong may keep offers from
    it.
    """

    __slots__ = ()


def tell(clock: Clock) -> datetime:
    """What a clock shows."""
    return clock if isinstance(clock, datetime) else clock()


class Writer:
    """Writes the decision function of a program; who builds the module gives it ``slow`` and ``finish``."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._module = program.module
        self._policy = program.policy
        self._types: dict[e.Expr, Type] = {leaf: field.type for leaf, field in declared(self._policy).items()}
        self._definitions = defined(self._policy)
        self._coder = Coder(self._module, self._policy, self._load_value, program.cases)
        self._read_by_code: set[e.Expr] = set()
        self._names: dict[e.Expr, str] = {}
        self._pending: list[Leaf] = []
        self._leaves: list[str] = []
        self._mask = c.load("mask")
        self._extras = program.rows.count - len(self._policy.rules)
        self._has_caps = any(offer.caps for offer in self._policy.offers)

    def write(self, plain: object, shared: object) -> str:
        """Writes the function; its name.

        It takes the contact and the options of an engine. Where one is used, and always once the function is
        ``handed_over``, ``given`` decides; this package itself gives a :class:`Told` as ``now``. ``plain``
        leads from the inbound channel and the place of the winner to a decision, ``shared`` from these and
        the extras that hold.
        """
        worked_out = self._worked_out()
        uses_now = e.Now() in self._names or self._program.wall is not None
        for leaf in self._program.frames.places:
            if leaf not in self._definitions and leaf != e.Now():
                self._load_value(leaf)
        finish_uses_now = self._program.finish_uses_now
        self._load(e.Now())
        for leaf in (INBOUND, ARRIVAL):
            if leaf in self._types:
                self._load(leaf)
        attributes = self._program.attributes
        looked_up = {attribute.base for attribute in attributes if _is_looked_up(attribute)}
        self._coded = {
            attribute.base
            for attribute in attributes
            if attribute.base in looked_up and isinstance(attribute.cells.type, Choice)
        }
        if isinstance(self._types.get(INBOUND), Choice):
            self._coded.add(INBOUND)
            if not self._extras:
                looked_up.add(INBOUND)  # in the table of decisions
        self._coded -= self._read_by_code
        only_keys = self._coded if self._program.decides_at_once else self._coded - {INBOUND}
        reading = Reading(self._module, self._policy, self._names, looked_up, self._coded, only_keys)
        body = [
            *reading.records(),
            *reading.signals(),
            *self._shown(),
            *(self._now() if uses_now else ()),
            *worked_out,
            *self._joined(),
            *self._looked_up(plain, shared),
            *([] if self._program.decides_at_once else self._finished(finish_uses_now, uses_now)),
        ]
        raised = c.when(c.load("trusted"), [ast.Raise(None, None)])
        handler = ast.ExceptHandler(c.load("Exception"), None, [raised])
        slow = c.call(c.load("slow"), c.load("contact"), c.load("clock"))
        return self._module.function(
            "decide",
            ["contact"],
            [*self._options(), ast.Try(body, [handler], [], []), ast.Return(slow)],
            options={"now": ast.Constant(None), "strict": ast.Constant(False)},
        )

    def _options(self) -> list[ast.stmt]:
        """Sets ``clock`` and ``trusted``, or leaves the contact to ``given``."""
        asked = [
            c.compare(c.load("now"), ast.IsNot(), ast.Constant(None)),
            c.load("strict"),
            c.load("handed_over"),
        ]
        from_outside = c.compare(
            c.call(c.load("type"), c.load("now")), ast.IsNot(), self._module.constant(Told)
        )
        given = c.call(c.load("given"), c.load("contact"), c.load("now"), c.load("strict"))
        return [
            c.assign("clock", self._module.constant(utc_now)),
            c.assign("trusted", ast.Constant(False)),
            c.when(
                c.any_of(asked),
                [c.when(from_outside, [ast.Return(given)]), c.unpack(["clock", "trusted"], c.load("now"))],
            ),
        ]

    def _load_value(self, leaf: e.Expr) -> ast.expr:
        self._read_by_code.add(leaf)
        return self._load(leaf)

    def _load(self, leaf: e.Expr) -> ast.expr:
        name = self._names.get(leaf)
        if name is None:
            name = self._names[leaf] = self._module.name(hint_of(leaf))
            if isinstance(leaf, e.LetRef | e.SegmentRef):
                self._pending.append(leaf)
        return c.load(name)

    def _worked_out(self) -> list[ast.stmt]:
        """The bases that are no fields, and the definitions that they need, each behind those it needs."""
        code: list[ast.stmt] = []
        for attribute in self._program.attributes:
            value = self._load(attribute.base)
            if not isinstance(attribute.base, LEAVES):
                assert isinstance(value, ast.Name)
                code.append(c.assign(value.id, self._coder.value(attribute.base)))
        defined: dict[Leaf, ast.stmt] = {}
        while self._pending:
            leaf = self._pending.pop()
            work_out = self._coder.true if isinstance(leaf, e.SegmentRef) else self._coder.value
            defined[leaf] = c.assign(self._names[leaf], work_out(self._definitions[leaf]))
        in_order = (leaf for leaf in self._definitions if isinstance(leaf, LEAVES))
        return [*(defined[leaf] for leaf in in_order if leaf in defined), *code]

    def _shown(self) -> list[ast.stmt]:
        if not self._has_caps:
            return []
        read = shown_reader(self._policy.counted_offers, zone(self._policy.timezone))
        sent = c.method(c.load("contact"), "get", self._module.constant("offers_shown"))
        is_sent = c.compare(c.load("shown"), ast.IsNot(), ast.Constant(None))
        return [
            c.assign("shown", sent),
            c.when(is_sent, [c.assign("shown", c.call(self._module.constant(read), c.load("shown")))]),
        ]

    def _now(self) -> list[ast.stmt]:
        told = c.call(self._module.constant(tell), c.load("clock"))
        if isinstance(self._types.get(ARRIVAL), Time):
            arrival = c.load(self._names[ARRIVAL])
            told = c.choose(c.compare(arrival, ast.Is(), ast.Constant(None)), told, arrival)
        return [c.assign(self._names[e.Now()], told)]

    def _joined(self) -> list[ast.stmt]:
        """Joins the masks into that of the block with the winner, whose place in the whole mask is kept."""
        rows, blocks = self._program.rows.possible, self._program.blocks
        joiner = Joiner(self._module, self._names, self._coded, rows, blocks)
        masks = joiner.masks(self._program.attributes)
        if self._program.wall is not None:
            allowed = self._module.constant(self._program.wall.allowed, "rows by the clock")
            masks.append(c.call(allowed, c.load(self._names[e.Now()])))
        extras = self._module.constant((1 << self._extras) - 1, "all_extras")
        chosen = c.assign("extras", ast.BinOp(c.load("mask"), ast.BitAnd(), extras))
        if self._program.decides_at_once and not blocks.are_several and len(masks) <= _MOST_IN_A_LINE:
            self._mask = _both(masks)  # asked for once, so it needs no name
            return []
        if not blocks.are_several:
            return [*_join(masks), *([chosen] if self._extras else ())]
        self._leaves = [self._module.name("blocks") for _ in masks]
        parts = [
            [c.at(c.load(leaf), ast.Constant(block)) for leaf in self._leaves]
            for block in range(len(blocks.ends))
        ]
        later: list[ast.stmt] = []
        for block, part in enumerate(parts[1:], start=1):
            code = [*_join(part), _place(blocks.offset(block))]
            later += code if block == 1 else [c.when(c.negate(c.load("mask")), code)]
        return [
            *(c.assign(leaf, mask) for leaf, mask in zip(self._leaves, masks, strict=True)),
            *_join(parts[0]),
            *([chosen] if self._extras else ()),
            _place(blocks.offset(0)),
            c.when(c.compare(c.load("mask"), ast.LtE(), extras), later),
        ]

    def _inbound(self) -> ast.expr:
        """The inbound channel, where it is a name or a text; else nothing that a queue could serve."""
        if isinstance(self._types.get(INBOUND), Choice | Text):
            return c.load(self._names[INBOUND])
        return ast.Constant(None)

    def _looked_up(self, plain: object, shared: object) -> list[ast.stmt]:
        """Returns the decision, where the winner has one that waits for it."""
        place = c.load("place")
        if not self._program.blocks.are_several:
            place = c.method(self._mask, "bit_length")
        table: ast.expr = self._module.constant(plain, "decisions")
        if isinstance(plain, dict):
            known = c.compare(self._inbound(), ast.IsNot(), ast.Constant(None))
            key = c.choose(known, self._inbound(), self._module.constant(NO_TEXT, "no_text"))
            if INBOUND in self._coded:
                key = self._inbound()
            if isinstance(self._types[INBOUND], Text):
                table = c.method(
                    table, "get", key, self._module.constant(plain[NO_TEXT], "decisions elsewhere")
                )
            else:
                table = c.at(table, key)
        if self._program.decides_at_once:
            return [ast.Return(c.at(table, place))]
        found = c.assign("decision", c.at(table, place))
        known = c.compare(c.load("decision"), ast.IsNot(), ast.Constant(None))
        take = c.when(known, [ast.Return(c.load("decision"))])
        if not self._extras:
            return [found, take]
        key = ast.Tuple([place, self._inbound(), c.load("extras")], ast.Load())
        stored = c.assign("decision", c.method(self._module.constant(shared, "shared decisions"), "get", key))
        return [c.when(c.load("extras"), self._unless_open(stored), [found]), take]

    def _unless_open(self, stored: ast.stmt) -> list[ast.stmt]:
        """Looks a decision up by its extras, but where more than the masks tells which of them hold."""
        rows, rules = self._program.rows, len(self._policy.rules)
        left = sum(rows.bit(row) for row in self._program.tests if row >= rules)
        to_test = self._module.constant(left, "extras_to_test")
        is_open: list[ast.expr] = [ast.BinOp(c.load("extras"), ast.BitAnd(), to_test)] if left else []
        if self._has_caps:
            is_open.append(c.load("shown"))
        if self._policy.offers:
            is_open.append(c.load("trusted"))
        if not is_open:
            return [stored]
        return [c.when(c.any_of(is_open), [c.assign("decision", ast.Constant(None))], [stored])]

    def _finished(self, needs_now: bool, has_now: bool) -> list[ast.stmt]:
        """Leaves the rest to the finisher."""
        frame: list[ast.expr] = []
        for leaf, place in self._program.frames.places.items():
            if place == NOW:
                frame.append(c.load(self._names[leaf]) if has_now or needs_now else ast.Constant(None))
            elif leaf in self._names:
                frame.append(c.load(self._names[leaf]))
            else:
                frame.append(self._module.constant(UNSET, "unset"))
        shown = c.load("shown") if self._has_caps else ast.Constant(None)
        mask = c.load("mask")
        if self._program.blocks.are_several:
            mask = _both([c.at(c.load(leaf), _LAST) for leaf in self._leaves])
        finish = c.call(
            c.load("finish"), mask, self._inbound(), ast.List(frame, ast.Load()), shown, c.load("trusted")
        )
        return [*(self._now() if needs_now and not has_now else ()), ast.Return(finish)]


def _is_looked_up(attribute: Attribute) -> bool:
    """Whether a table of masks finds each value that a field can have, and raises on most others."""
    cells = attribute.cells
    return (
        isinstance(attribute.base, e.FieldRef | e.SignalRef)
        and cells.keys is not None
        and isinstance(cells.type, Choice | Integer)
    )


def _place(offset: int) -> ast.stmt:
    length = c.method(c.load("mask"), "bit_length")
    return c.assign("place", ast.BinOp(length, ast.Add(), ast.Constant(offset)))


def _join(masks: Sequence[ast.expr]) -> list[ast.stmt]:
    """Joins masks, a few to a line."""
    code: list[ast.stmt] = []
    for first in range(0, len(masks), _MOST_IN_A_LINE):
        line = list(masks[first : first + _MOST_IN_A_LINE])
        code.append(c.assign("mask", _both([c.load("mask"), *line] if first else line)))
    return code


def _both(masks: Sequence[ast.expr]) -> ast.expr:
    joined = masks[0]
    for mask in masks[1:]:
        joined = ast.BinOp(joined, ast.BitAnd(), mask)
    return joined
