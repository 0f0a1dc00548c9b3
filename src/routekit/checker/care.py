"""Whom a company turns to by itself: when reaches are due, on which channels, and what bounds them."""

from routekit.checker.calendar_clauses import hours_of
from routekit.checker.constants import duration
from routekit.checker.context import Context
from routekit.checker.expressions import condition, lower
from routekit.checker.offers import caps_of, check_nevers
from routekit.checker.outcomes import report_misplaced, report_repeated, value_of
from routekit.policy import expressions as e
from routekit.policy.calendars import Hours
from routekit.policy.model import USUAL_PRIORITY, Cap
from routekit.policy.outcome_parts import PART, Part
from routekit.policy.reaches import Care, Due, Reach
from routekit.schema.types import Choice, Date, SetOf, Text, Time, family
from routekit.syntax import tree
from routekit.translation import t

__all__ = ["check_care"]

_GIVES = ("queue", "message", "priority")


def check_care(context: Context) -> Care:
    """Returns all that a policy says of care, in the order of its files."""
    items = [item for block in context.names.care_blocks for item in block.items]
    altogether = caps_of(context, (item for item in items if isinstance(item, tree.Cap)), None)
    checking = _Checking(context, altogether)
    settings: dict[str, tree.Quiet | tree.CareSetting] = {}
    quiet: Hours | None = None
    values: dict[str, e.Expr | None] = {}
    for item in items:
        match item:
            case tree.Quiet():
                if _is_first(context, "quiet", item, settings):
                    quiet = hours_of(context, item.hours)
            case tree.CareSetting(word=word):
                if _is_first(context, word, item, settings):
                    values[word] = _clock(context, item) if word == "clock" else _consent(context, item)
    reaches = tuple(
        reach
        for item in items
        if isinstance(item, tree.ReachNode)
        for reach in [checking.reach(item)]
        if reach is not None
    )
    nevers = check_nevers(context, (item for item in items if isinstance(item, tree.NeverNode)))
    return Care(quiet, values.get("clock"), values.get("consent"), reaches, nevers)


def _is_first(
    context: Context,
    word: str,
    node: tree.Quiet | tree.CareSetting,
    seen: dict[str, tree.Quiet | tree.CareSetting],
) -> bool:
    earlier = seen.setdefault(word, node)
    if earlier is not node:
        context.report_twice(word, node.span, earlier.span)
    return earlier is node


def _clock(context: Context, node: tree.CareSetting) -> e.Expr | None:
    found = lower(context, node.value)
    if found is None:
        return None
    if not isinstance(found.type, Text | Choice):
        context.reporter.report(
            "RK201",
            t("`clock` is a text that names a timezone, not {family}", family=family(found.type)),
            node.value.span,
            help=t("name a field such as `customer.zone`, or leave `clock` out: then the policy's counts"),
        )
        return None
    return found.expr


def _consent(context: Context, node: tree.CareSetting) -> e.Expr | None:
    found = lower(context, node.value)
    if found is None:
        return None
    if not isinstance(found.type, SetOf) or not isinstance(found.type.element, Text | Choice):
        context.reporter.report(
            "RK201",
            t("`consent` is a set of channels, not {family}", family=family(found.type)),
            node.value.span,
            help=t("name a field such as `customer.consents`, a `set of text`"),
        )
        return None
    return found.expr


class _Checking:
    def __init__(
        self,
        context: Context,
        altogether: tuple[Cap, ...],
    ) -> None:
        self._context = context
        self._altogether = altogether

    def reach(self, node: tree.ReachNode) -> Reach | None:
        """Returns a reach; None where what is wrong with it is reported."""
        context = self._context
        clauses = self._by_word(node)
        holds: e.Expr | None = None
        when = clauses.get("when")
        if isinstance(when, tree.Clause) and when.value is not None:
            holds = condition(context, when.value)
        due = self._due(node, clauses.get("after"))
        channels = self._channels(node, clauses.get("on"))
        then = clauses.get("then")
        given = self._given(node, then if isinstance(then, tree.ReachThen) else None)
        own = caps_of(context, (item for item in node.clauses if isinstance(item, tree.Cap)), frozenset())
        if due is None or given is None:
            return None
        queue, message, priority = given
        return Reach(
            node.name.name,
            node.title,
            node.word == "survey",
            holds,
            due,
            channels,
            queue,
            message,
            priority,
            (*own, *self._altogether),
            node.span,
        )

    def _by_word(self, node: tree.ReachNode) -> dict[str, tree.ReachClause]:
        found: dict[str, tree.ReachClause] = {}
        for clause in node.clauses:
            match clause:
                case tree.Clause(word=word):
                    pass
                case tree.Due():
                    word = "after"
                case tree.ReachThen():
                    word = "then"
                case _:
                    continue
            earlier = found.setdefault(word, clause)
            if earlier is not clause:
                self._context.report_twice(word, clause.span, earlier.span)
        return found

    def _due(self, node: tree.ReachNode, clause: tree.ReachClause | None) -> Due | None:
        context = self._context
        if not isinstance(clause, tree.Due):
            context.reporter.report(
                "RK306",
                t("the {word} `{name}` does not say when it is due", word=t(node.word), name=node.name.name),
                node.name.span,
                help=t("such as `after customer.last_purchase by 7d for 3d`"),
            )
            return None
        by, lasts = duration(context, clause.by), duration(context, clause.lasts)
        if lasts is not None and not lasts:
            context.reporter.report(
                "RK208",
                t("this time holds nothing: it ends where it begins"),
                clause.lasts.span,
                help=t("say for how long the {word} is due: `for 3d`", word=t(node.word)),
            )
            return None
        value = lower(context, clause.value)
        if value is None or by is None or lasts is None:
            return None
        if not isinstance(value.type, Time | Date):
            context.reporter.report(
                "RK201",
                t(
                    "what a {word} comes after is a time or a date, not {family}",
                    word=t(node.word),
                    family=family(value.type),
                ),
                clause.value.span,
            )
            return None
        match value.expr:
            case e.Call("anniversary", (operand, *_)):
                return Due(operand, by, lasts, recurs=True)
            case expr:
                return Due(expr, by, lasts)

    def _channels(self, node: tree.ReachNode, clause: tree.ReachClause | None) -> tuple[str, ...]:
        context = self._context
        if not isinstance(clause, tree.Clause):
            context.reporter.report(
                "RK306",
                t("the {word} `{name}` has no channel", word=t(node.word), name=node.name.name),
                node.name.span,
                help=t("say on which it is made, the first that the customer consents to: `on voice, sms`"),
            )
            return ()
        known = [name for name in clause.names if context.known("channel", name, context.names.channels)]
        return tuple(dict.fromkeys(name.name for name in known))

    def _given(
        self, node: tree.ReachNode, clause: tree.ReachThen | None
    ) -> tuple[str | None, str | None, int] | None:
        """The queue, the message and the priority."""
        context = self._context
        if clause is None or not any(action.word in ("queue", "message") for action in clause.actions):
            context.reporter.report(
                "RK306",
                t("the {word} `{name}` does not say what is done", word=t(node.word), name=node.name.name),
                node.name.span,
                help=t("such as `then queue general, message how_is_it_going`"),
            )
            return None
        report_repeated(context, clause.actions)
        given: dict[str, object] = {}
        for action in clause.actions:
            if action.word not in _GIVES or action.sign or (action.word == "queue" and action.name is None):
                report_misplaced(context, action, _part(action), t("care"))
                continue
            if action.channel is not None:
                context.reporter.report(
                    "RK306",
                    t("a {word} says its channels behind its own `on`", word=t(node.word)),
                    action.channel.span,
                    help=t("remove `on {name}`", name=action.channel.name),
                )
            given[action.word] = value_of(context, action, PART[action.word])
        queue, message = given.get("queue"), given.get("message")
        priority = given.get("priority")
        return (
            queue if isinstance(queue, str) else None,
            message if isinstance(message, str) else None,
            priority if isinstance(priority, int) else USUAL_PRIORITY,
        )


def _part(action: tree.Action) -> Part:
    return PART["data"] if action.word == "=" else next(p for p in PART.values() if p.word == action.word)
