"""What a name in an expression means: a field, a signal, a definition, or a listed value."""

from collections.abc import Iterable

from routekit.checker.calls import today
from routekit.checker.constants import quoted, report_unlisted
from routekit.checker.context import Context
from routekit.checker.typed import NeedsDefinitionError, OutcomeTypes, Typed
from routekit.diagnostics import Advice, Fix
from routekit.policy import expressions as e
from routekit.policy.model import OUTCOME, SWITCH
from routekit.schema.types import Choice, Flag, SetOf, Text, Time, Type
from routekit.syntax import tree
from routekit.translation import t

__all__ = ["Lookup"]


class Lookup:
    """Finds names, and says what one that is not there should have been."""

    def __init__(self, context: Context, outcome: OutcomeTypes) -> None:
        self.context = context
        self.names = context.names
        self.report = context.reporter.report
        self.outcome = outcome

    def is_loose(self, node: tree.Expression) -> bool:
        """Checks whether a node is a bare name that only the other side can tell the meaning of."""
        if not isinstance(node, tree.Path) or len(node.parts) != 1:
            return False
        name = node.parts[0].name
        return not (
            name in self.names.lets
            or name in self.names.facts
            or name in self.names.segments
            or name in self.names.events
            or name in self.names.switches
            or name in self.outcome
            or name in ("yes", "no", "now")
            or (name == "today" and not self._is_listed(name))
        )

    def _is_listed(self, name: str) -> bool:
        """Whether some field lists a name among its values."""
        records = (*self.names.record_fields.values(), self.names.live_fields)
        types = (field.type for fields in records for field in fields.values())
        elements = (type_.element if isinstance(type_, SetOf) else type_ for type_ in types)
        return any(isinstance(type_, Choice) and name in type_.rank for type_ in elements)

    def path(self, node: tree.Path, expected: Type | None) -> Typed | None:
        """Tells what a path means; a bare name is read as a value of the expected type, if it lists that."""
        if len(node.parts) == 1:
            return self._name(node, node.parts[0], expected)
        first, second = node.parts[0], node.parts[1]
        if len(node.parts) > 2:
            self.report(
                "RK102",
                t("`{dotted}` goes too deep: a record has fields, and no more", dotted=node.dotted),
                node.span,
            )
            return None
        if node.dotted in self.outcome:
            return Typed(e.DataRef(second.name, span=node.span), self.outcome[node.dotted])
        if first.name == OUTCOME and self.names.data:
            self._unknown_part(node, second)
            return None
        if first.name in self.names.record_fields:
            return self._field(node, first, second)
        if first.name in self.names.queues:
            return self._signal(node, first, second)
        if first.name not in self.names.lost:
            known = (*self.names.record_fields, *self.names.queues)
            self.report(
                "RK101",
                t("unknown name `{name}`: neither a record nor a queue is called so", name=first.name),
                first.span,
                help=self.context.reporter.did_you_mean(first.name, known, at=first.span),
            )
        return None

    def _field(self, node: tree.Path, record: tree.Ident, field: tree.Ident) -> Typed | None:
        fields = self.names.record_fields[record.name]
        found = fields.get(field.name)
        if found is not None:
            return Typed(e.FieldRef(record.name, field.name, span=node.span), found.type)
        if field.name not in self.names.lost:
            self.report(
                "RK102",
                t("unknown field `{dotted}`", dotted=node.dotted),
                node.span,
                label=t("`{name}` has no field `{field_name}`", name=record.name, field_name=field.name),
                help=self.context.reporter.did_you_mean(
                    field.name,
                    fields,
                    t("its fields: {listed}", listed=t(", ").join(list(fields)[:10])) if fields else "",
                    at=field.span,
                ),
            )
        return None

    def _unknown_part(self, node: tree.Path, part: tree.Ident) -> None:
        """A part of the outcome that is not declared, or is asked for where nothing is decided yet."""
        parts = self.names.data_fields
        if part.name in self.names.lost:
            return
        if part.name in parts:
            message = t("`{dotted}` is known when all is decided, and not before", dotted=node.dotted)
            self.report("RK101", message, node.span, help=t("guarantees and questions speak of the outcome"))
            return
        listed = t("there are {listed}", listed=t(", ").join(parts)) if parts else ""
        hint = self.context.reporter.did_you_mean(part.name, parts, listed, at=part.span)
        self.report("RK102", t("the outcome has no part `{name}`", name=part.name), node.span, help=hint)

    def _signal(self, node: tree.Path, queue: tree.Ident, signal: tree.Ident) -> Typed | None:
        found = self.names.live_fields.get(signal.name)
        if found is not None:
            return Typed(e.SignalRef(queue.name, signal.name, span=node.span), found.type)
        if signal.name not in self.names.lost:
            signals = self.names.live_fields
            self.report(
                "RK102",
                t("unknown signal `{dotted}`", dotted=node.dotted),
                node.span,
                label=t("a queue has no signal `{name}`", name=signal.name),
                help=self.context.reporter.did_you_mean(
                    signal.name,
                    signals,
                    t("its signals: {listed}", listed=t(", ").join(signals))
                    if signals
                    else t("signals are declared in `live queue`"),
                    at=signal.span,
                ),
            )
        return None

    def _name(self, node: tree.Path, ident: tree.Ident, expected: Type | None) -> Typed | None:
        name, span = ident.name, node.span
        element = expected.element if isinstance(expected, SetOf) else expected
        if isinstance(element, Choice) and name in element.rank:
            return Typed(e.Constant(name, span=span), element)
        if name in self.outcome:
            return Typed(e.OutcomeRef(name, span=span), self.outcome[name])
        if name in ("yes", "no"):
            return Typed(e.Constant(name == "yes", span=span), Flag())
        if name == "now":
            return Typed(e.Now(span=span), Time())
        if name in self.names.lets or name in self.names.facts:
            type_ = self.names.let_types.get(name)
            if type_ is None:
                raise NeedsDefinitionError(ident)
            return Typed(e.LetRef(name, span=span), type_)
        if name in self.names.segments or name in self.names.events:
            if name not in self.names.let_types:
                raise NeedsDefinitionError(ident)
            self.context.used_segments.add(name)
            return Typed(e.SegmentRef(name, span=span), Flag())
        if name in self.names.switches:
            return Typed(e.FieldRef(SWITCH, name, span=span), Flag())
        if name == "today":
            return today(span)
        self._unknown_name(ident, expected)
        return None

    def _unknown_name(self, ident: tree.Ident, expected: Type | None) -> None:
        name = ident.name
        if name in self.names.lost:
            return
        element = expected.element if isinstance(expected, SetOf) else expected
        if isinstance(element, Choice):
            report_unlisted(self.context, ident, element)
            return
        others: list[tuple[Iterable[str], str]] = [
            (self.names.lists, t("a list stands behind `in`, `has any` or `has all`")),
            (self.names.calendars, t("a calendar is asked by `{name} is open`", name=name)),
            (self.names.record_fields, t("name one of its fields: `{name}.…`", name=name)),
            (self.names.queues, t("name one of its signals: `{name}.…`", name=name)),
        ]
        hint = Advice(next((hint for known, hint in others if name in known), ""))
        if not hint and self.outcome:
            hint = self.context.reporter.did_you_mean(
                name,
                self.outcome,
                t("a guarantee speaks of {listed}", listed=t(", ").join(self.outcome)),
                at=ident.span,
            )
        if not hint and isinstance(expected, Text | Flag):
            hint = quoted(ident, expected)
        if not hint:
            hint = self._owner(ident) or self._valued(ident)
        if not hint:
            known = (
                *self.names.lets,
                *self.names.facts,
                *self.names.segments,
                *self.names.events,
                *self.names.switches,
                *self.names.lists,
                *self.outcome,
            )
            hint = self.context.reporter.did_you_mean(name, known, at=ident.span)
        self.report("RK101", t("unknown name `{name}`", name=name), ident.span, help=hint)

    def _valued(self, ident: tree.Ident) -> Advice:
        """Names the field of which a bare word is a value."""
        for record, fields in self.names.record_fields.items():
            for field in fields.values():
                if isinstance(field.type, Choice) and ident.name in field.type.rank:
                    path = f"{record}.{field.name}"
                    return Advice(
                        t(
                            "`{name}` is a value of `{path}`: write `{path} is {name}`",
                            name=ident.name,
                            path=path,
                        )
                    )
        return Advice()

    def _owner(self, ident: tree.Ident) -> Advice:
        """Names the field that may have been meant by its own name alone; a fix where it is the only one."""
        owners = [record for record, fields in self.names.record_fields.items() if ident.name in fields]
        if not owners:
            return Advice()
        field = f"{owners[0]}.{ident.name}"
        fix = Fix.replace(ident.span, field) if len(owners) == 1 else None
        return Advice(t("did you mean `{field}`?", field=field), fix)
