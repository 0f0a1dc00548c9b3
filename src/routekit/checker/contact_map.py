"""The contact map: stages, touchpoints and matters, and what they name."""

from collections.abc import Collection, Iterator, Mapping
from itertools import chain

from routekit.checker.clauses import clauses_once, names_listed
from routekit.checker.context import Context
from routekit.checker.expressions import condition
from routekit.checker.fields import fields_of
from routekit.diagnostics import Label
from routekit.policy.contact_map import ContactMap, Control, Matter, Solved, Touchpoint
from routekit.syntax import tree
from routekit.syntax.builder import unquote
from routekit.translation import msgid, t

__all__ = ["check_contact_map"]

_CONTROL: tuple[Control, ...] = ("ours", "partner", "others")
_EITHER = (
    (
        ("on", "in_person"),
        msgid("touchpoint `{name}` does not say where it is"),
        msgid("`in_person`, or the channels: `on web, voice`"),
    ),
    (
        _CONTROL,
        msgid("touchpoint `{name}` does not say who controls it"),
        msgid('`ours`, `partner "who"` where you have a say, or `others "who"`'),
    ),
    (
        ("forced", "chosen"),
        msgid("touchpoint `{name}` does not say whether it is forced or chosen"),
        msgid("`forced` where law, market or process ask for it, else `chosen`"),
    ),
)
"""The words of which a touchpoint has one, what is missing without them, and how they are written."""


def check_contact_map(context: Context) -> ContactMap:
    """Returns the stages, touchpoints and matters of a policy, in the order of its files."""
    stages = _stages(context)
    return ContactMap(
        stages,
        tuple(_touchpoint(context, node, stages) for node in context.names.touchpoints.values()),
        tuple(_matter(context, node) for node in context.names.matters.values()),
        span=next((journey.span for journey in context.names.journeys), None),
    )


def _stages(context: Context) -> tuple[str, ...]:
    first: dict[str, tree.Ident] = {}
    for stage in (stage for journey in context.names.journeys[:1] for stage in journey.stages):
        known = first.setdefault(stage.name, stage)
        if known is not stage:
            context.reporter.report(
                "RK103",
                t("stage `{name}` is declared twice", name=stage.name),
                stage.span,
                others=[Label(known.span, t("first declared here"))],
            )
    return tuple(first)


# ── touchpoints ───────────────────────────────────────────────────────────────


def _touchpoint(context: Context, node: tree.TouchpointNode, stages: tuple[str, ...]) -> Touchpoint:
    names, clauses = context.names, clauses_once(context, node.clauses)
    for words, missing, help_ in _EITHER:
        _report_unless_one(context, node, clauses, words, t(missing, name=node.name.name), t(help_))
    control: Control = next((word for word in _CONTROL if word in clauses), "ours")
    who = clauses[control].value if control in clauses else None
    kept_by = unquote(who.text) if isinstance(who, tree.Literal) else ""
    if who is not None and not kept_by:
        context.reporter.report(
            "RK306",
            t("`{word}` says who it is", word=control),
            who.span,
            help=t('such as `partner "handler"`'),
        )
    return Touchpoint(
        node.name.name,
        node.title,
        _listed_stages(context, clauses.get("stage"), stages),
        _listed(context, clauses.get("on"), "channel", names.all_channels),
        "in_person" in clauses,
        control,
        kept_by,
        "forced" in clauses,
        _listed(context, clauses.get("about"), "matter", names.matters),
        _listed(context, clauses.get("makes"), "reach", names.reaches),
        node.span,
    )


def _report_unless_one(
    context: Context,
    node: tree.TouchpointNode,
    clauses: Mapping[str, tree.Clause],
    words: tuple[str, ...],
    missing: str,
    help_: str,
) -> None:
    """Reports where a touchpoint has none of the words, and where it has more than one."""
    found = [clauses[word] for word in words if word in clauses]
    if not found:
        context.reporter.report("RK306", missing, node.name.span, help=help_)
    for other in found[1:]:
        context.reporter.report(
            "RK306",
            t("`{word}` and `{other}` exclude each other", word=found[0].word, other=other.word),
            other.span,
            others=[Label(found[0].span, t("first given here"))],
            help=help_,
        )


def _listed_stages(context: Context, clause: tree.Clause | None, stages: tuple[str, ...]) -> tuple[str, ...]:
    if clause is None or stages or context.names.journeys:
        return _listed(context, clause, "stage", stages)
    if not any(stage.name in context.names.lost for stage in clause.names):
        context.reporter.report(
            "RK104",
            t("unknown stage `{name}`: the policy has no `journey`", name=clause.names[0].name),
            clause.names[0].span,
            help=t("name the stages in their order: `journey discover < buy < use < leave`"),
        )
    return ()


def _listed(
    context: Context, clause: tree.Clause | None, kind: str, known: Collection[str]
) -> tuple[str, ...]:
    """The names that stand behind a word, as far as they are declared."""
    return () if clause is None else names_listed(context, kind, clause.names, known)


# ── matters ───────────────────────────────────────────────────────────────────


def _matter(context: Context, node: tree.MatterNode) -> Matter:
    clauses = clauses_once(context, node.clauses, often=("solved",))
    holds = None if node.condition is None else condition(context, node.condition)
    needs, unit = clauses.get("needs"), clauses.get("unit")
    return Matter(
        node.name.name,
        node.title,
        holds,
        () if needs is None else fields_of(context, needs.paths),
        tuple(chain.from_iterable(_solved(context, clause) for clause in node.clauses)),
        None if unit is None else unit.names[0].name,
        node.span,
    )


def _solved(context: Context, clause: tree.Clause) -> Iterator[Solved]:
    """What a clause says of each of its channels."""
    if clause.word == "solved":
        holds = None if clause.value is None else condition(context, clause.value)
        for channel in _listed(context, clause, "channel", context.names.channels):
            yield Solved(channel, holds)
