"""Every declaration under its name, and what a name that is not there should have been."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from routekit.checker.workspace import ListFile
from routekit.diagnostics import Label, Reporter, Span
from routekit.policy.model import HISTORY, OUTCOME, SWITCH, Field
from routekit.policy.outcome_parts import PARTS
from routekit.schema.types import Choice, Type
from routekit.syntax import tree
from routekit.syntax.lexer import STRUCTURE
from routekit.syntax.limits import MOST_DECLARATIONS, MOST_FIELDS
from routekit.translation import t

__all__ = ["RESERVED_RECORDS", "Names", "collect", "is_too_much"]

Node = TypeVar("Node", bound=tree.Node)

RESERVED_RECORDS = frozenset({"live", "offers_shown"})
"""Keys of a contact that are no records of the policy."""

_WORDS = STRUCTURE | {"yes", "no", "now", "missing", "known", "empty"}
"""Words that are read as themselves where a value stands."""

_LOOKALIKES = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE", "COPTIC", "GEORGIAN"})
_TOGETHER = frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})


_ASKS_FOR_SKILLS = frozenset(part.word for part in PARTS if part.names == "skill")


@dataclass(slots=True)
class Names:
    """What is declared, by kind; ``lost`` are names in parts that could not be read."""

    policies: list[tree.PolicyNode] = field(default_factory=list)
    timezones: list[tree.TimezoneNode] = field(default_factory=list)
    types: dict[str, tree.TypeDeclaration] = field(default_factory=dict)
    lists: dict[str, tree.ListNode] = field(default_factory=dict)
    list_files: dict[str, ListFile] = field(default_factory=dict)
    lets: dict[str, tree.LetNode] = field(default_factory=dict)
    segments: dict[str, tree.SegmentNode] = field(default_factory=dict)
    facts: dict[str, list[tree.FactNode]] = field(default_factory=dict)
    """The values of each fact, in the order in which they are written, those of files last."""
    events: dict[str, tree.EventNode] = field(default_factory=dict)
    records: dict[str, tree.RecordNode] = field(default_factory=dict)
    lives: list[tree.LiveNode] = field(default_factory=list)
    histories: list[tree.HistoryNode] = field(default_factory=list)
    switches: dict[str, tree.SwitchNode] = field(default_factory=dict)
    data: list[tree.DataNode] = field(default_factory=list)
    channels: dict[str, tree.ChannelNode] = field(default_factory=dict)
    calendars: dict[str, tree.CalendarNode] = field(default_factory=dict)
    queues: dict[str, tree.QueueNode] = field(default_factory=dict)
    messages: dict[str, tree.MessageNode] = field(default_factory=dict)
    journeys: list[tree.JourneyNode] = field(default_factory=list)
    touchpoints: dict[str, tree.TouchpointNode] = field(default_factory=dict)
    matters: dict[str, tree.MatterNode] = field(default_factory=dict)
    plans: dict[str, tree.PlanNode] = field(default_factory=dict)
    guarantees: dict[str, tree.GuaranteeNode] = field(default_factory=dict)
    samenesses: dict[str, tree.SamenessNode] = field(default_factory=dict)
    examples: list[tree.ExampleNode | tree.ExampleTableNode] = field(default_factory=list)
    routes: list[tree.Route] = field(default_factory=list)
    adjusts: list[tree.Adjust] = field(default_factory=list)
    offer_blocks: list[tree.Offers] = field(default_factory=list)
    care_blocks: list[tree.CareNode] = field(default_factory=list)
    rules: dict[str, tree.RuleNode | tree.TableNode] = field(default_factory=dict)
    groups: dict[str, tree.GroupNode] = field(default_factory=dict)
    adjustments: dict[str, tree.RuleNode | tree.TableNode] = field(default_factory=dict)
    adjust_groups: dict[str, tree.GroupNode] = field(default_factory=dict)
    offers: dict[str, tree.OfferNode] = field(default_factory=dict)
    offer_groups: dict[str, tree.OfferGroupNode] = field(default_factory=dict)
    reaches: dict[str, tree.ReachNode] = field(default_factory=dict)
    skills: set[str] = field(default_factory=set)
    lost: frozenset[str] = frozenset()
    is_whole: bool = True

    # worked out by the passes
    written_types: dict[str, tree.TypeNode | None] = field(default_factory=dict)
    """Named types as they are written out; None for one that has been reported."""
    record_fields: dict[str, dict[str, Field]] = field(default_factory=dict)
    live_fields: dict[str, Field] = field(default_factory=dict)
    data_fields: dict[str, Field] = field(default_factory=dict)
    """The parts of a decision that the policy declares."""
    let_types: dict[str, Type] = field(default_factory=dict)
    """Types of the lets and segments that have been worked out."""
    uncertain_lets: set[str] = field(default_factory=set)
    """Lets whose value can be missing."""
    spelled_lets: dict[str, str] = field(default_factory=dict)
    """Lets that are a text in another spelling, each with the function that spells it so."""

    @property
    def lets_and_facts(self) -> frozenset[str]:
        """The names that are read as a value: of lets and of facts."""
        return frozenset((*self.lets, *self.facts))

    @property
    def segments_and_events(self) -> frozenset[str]:
        """The names that are asked as a condition: of segments and of events."""
        return frozenset((*self.segments, *self.events))

    @property
    def all_channels(self) -> tuple[str, ...]:
        """The declared channels, and those by which a contact can come in."""
        channel = self.record_fields.get("contact", {}).get("channel")
        inbound = channel.type.names if channel and isinstance(channel.type, Choice) else ()
        return tuple(dict.fromkeys((*self.channels, *inbound)))

    def all_rules(self) -> Iterator[tree.RouteItem]:
        """Yields all items of the route, groups before what they hold."""
        return _all_items(self.routes)

    def all_adjustments(self) -> Iterator[tree.RouteItem]:
        """Yields all items of ``adjust``, groups before what they hold."""
        return _all_items(self.adjusts)

    def all_offer_items(self) -> Iterator[tree.OfferItem]:
        """Yields all that stands in ``offers``, groups before what they hold."""
        pending = [item for block in reversed(self.offer_blocks) for item in reversed(block.items)]
        while pending:
            item = pending.pop()
            yield item
            if isinstance(item, tree.OfferGroupNode):
                pending.extend(reversed(item.items))


def _all_items(blocks: Sequence[tree.Route | tree.Adjust]) -> Iterator[tree.RouteItem]:
    pending = [item for block in reversed(blocks) for item in reversed(block.items)]
    while pending:
        item = pending.pop()
        yield item
        if isinstance(item, tree.GroupNode):
            pending.extend(reversed(item.items))


def is_too_much(files: Sequence[tree.File], reporter: Reporter) -> bool:
    """Checks whether a policy declares more than is taken; reported where it does."""
    declarations = [declaration for file in files for declaration in file.declarations]
    count = sum(map(_size, declarations))
    queues = sum(isinstance(declaration, tree.QueueNode) for declaration in declarations)
    asked = sum(_fields(declaration, queues) for declaration in declarations)
    too_many = []
    if count > MOST_DECLARATIONS:
        too_many.append(
            t(
                "{count:,} declarations, rules, rows and offers; {most_declarations:,} at most are taken",
                count=count,
                most_declarations=MOST_DECLARATIONS,
            )
        )
    if asked > MOST_FIELDS:
        too_many.append(
            t(
                "{asked:,} fields, features and signals of queues; {most_fields:,} at most are taken",
                asked=asked,
                most_fields=MOST_FIELDS,
            )
        )
    for what in too_many:
        reporter.report("RK008", t("the policy has {what}", what=what), Span(files[0].source, 0, 0))
    return bool(too_many)


def _fields(declaration: tree.Declaration, queues: int) -> int:
    """How many values of a contact a declaration asks for."""
    match declaration:
        case tree.RecordNode(fields=parts) | tree.HistoryNode(features=parts):
            return len(parts)
        case tree.DataNode(fields=parts):
            return len(parts)
        case tree.LiveNode(fields=parts):
            return len(parts) * queues
        case _:
            return 0


def _size(declaration: tree.Declaration) -> int:
    match declaration:
        case tree.ExampleTableNode(rows=parts) | tree.CareNode(items=parts):
            return 1 + len(parts)
        case tree.Offers(items=offered):
            size, waiting = 1, [*offered]
            while waiting:
                offer = waiting.pop()
                size += 1
                if isinstance(offer, tree.OfferGroupNode):
                    waiting.extend(offer.items)
            return size
        case tree.Route(items=items) | tree.Adjust(items=items):
            size, pending = 1, list(items)
            while pending:
                item = pending.pop()
                size += 1
                if isinstance(item, tree.GroupNode):
                    pending.extend(item.items)
                elif isinstance(item, tree.TableNode):
                    size += len(item.rows)
            return size
        case _:
            return 1


def collect(files: Iterable[tree.File], reporter: Reporter, facts: Iterable[tree.FactNode] = ()) -> Names:
    """Returns the names of all files; a name declared twice is reported and its first declaration kept.

    ``facts`` are those that stand in files of their own.
    """
    names = Names()
    files = list(files)
    names.lost = frozenset().union(*(file.lost for file in files))
    names.is_whole = all(file.is_whole for file in files)
    for number, file in enumerate(files):
        for declaration in file.declarations:
            if isinstance(declaration, tree.PolicyNode) and number > 0:
                reporter.report(
                    "RK306",
                    t("`policy` belongs in the first file"),
                    declaration.span,
                    help=t("remove it from the file that is brought in"),
                )
                continue
            _add(names, declaration, reporter)
    for fact in facts:
        _add(names, fact, reporter)
    _add_items(names, reporter)
    _report_twins(names, reporter)
    _report_words(names, reporter)
    _report_mixed_scripts(files, reporter)
    return names


def _add(names: Names, declaration: tree.Declaration, reporter: Reporter) -> None:
    match declaration:
        case tree.PolicyNode():
            _once(names.policies, declaration, "policy", reporter)
        case tree.TimezoneNode():
            _once(names.timezones, declaration, "timezone", reporter)
        case tree.TypeDeclaration():
            _declare(names.types, declaration.name, declaration, "type", reporter)
        case tree.ListNode():
            _declare(names.lists, declaration.name, declaration, "list", reporter)
        case tree.LetNode():
            _declare(names.lets, declaration.name, declaration, "let", reporter)
        case tree.SegmentNode():
            _declare(names.segments, declaration.name, declaration, "segment", reporter)
        case tree.FactNode():
            names.facts.setdefault(declaration.name.name, []).append(declaration)
        case tree.EventNode():
            _declare(names.events, declaration.name, declaration, "event", reporter)
        case tree.RecordNode():
            _declare(names.records, declaration.name, declaration, "record", reporter)
        case tree.LiveNode():
            _once(names.lives, declaration, "live queue", reporter)
        case tree.HistoryNode():
            _once(names.histories, declaration, HISTORY, reporter)
        case tree.SwitchNode():
            _declare(names.switches, declaration.name, declaration, "switch", reporter)
        case tree.DataNode():
            _once(names.data, declaration, OUTCOME, reporter)
        case tree.ChannelNode():
            _declare(names.channels, declaration.name, declaration, "channel", reporter)
        case tree.CalendarNode():
            _declare(names.calendars, declaration.name, declaration, "calendar", reporter)
        case tree.QueueNode():
            _declare(names.queues, declaration.name, declaration, "queue", reporter)
            names.skills.update(
                skill.name
                for clause in declaration.clauses
                if clause.word == "skills"
                for skill in clause.names
            )
        case tree.MessageNode():
            _declare(names.messages, declaration.name, declaration, "message", reporter)
        case tree.JourneyNode():
            _once(names.journeys, declaration, "journey", reporter)
        case tree.TouchpointNode():
            _declare(names.touchpoints, declaration.name, declaration, "touchpoint", reporter)
        case tree.MatterNode():
            _declare(names.matters, declaration.name, declaration, "matter", reporter)
        case tree.PlanNode():
            _declare(names.plans, declaration.name, declaration, "plan", reporter)
        case tree.GuaranteeNode():
            _declare(names.guarantees, declaration.name, declaration, "guarantee", reporter)
        case tree.SamenessNode():
            _declare(names.samenesses, declaration.name, declaration, "guarantee", reporter)
        case tree.ExampleNode() | tree.ExampleTableNode():
            names.examples.append(declaration)
        case tree.Route():
            _once(names.routes, declaration, "route", reporter)
        case tree.Adjust():
            names.adjusts.append(declaration)
        case tree.Offers():
            names.offer_blocks.append(declaration)
        case tree.CareNode():
            names.care_blocks.append(declaration)
        case tree.Use() | tree.FactsFile():
            pass


def _add_items(names: Names, reporter: Reporter) -> None:
    for item in names.all_rules():
        match item:
            case tree.RuleNode() | tree.TableNode():
                _declare(names.rules, item.name, item, "rule", reporter)
            case tree.GroupNode():
                _declare(names.groups, item.name, item, "group", reporter)
            case tree.OtherwiseNode():
                pass
    for item in names.all_adjustments():
        match item:
            case tree.RuleNode() | tree.TableNode():
                _declare(names.adjustments, item.name, item, "rule", reporter)
            case tree.GroupNode():
                _declare(names.adjust_groups, item.name, item, "group", reporter)
            case tree.OtherwiseNode():
                pass
    for offer in names.all_offer_items():
        if isinstance(offer, tree.OfferNode):
            _declare(names.offers, offer.name, offer, "offer", reporter)
        elif isinstance(offer, tree.OfferGroupNode):
            _declare(names.offer_groups, offer.name, offer, "group", reporter)
    for block in names.care_blocks:
        for reach in block.items:
            if isinstance(reach, tree.ReachNode):
                _declare(names.reaches, reach.name, reach, "reach", reporter)
    items = (*names.all_rules(), *names.all_adjustments())
    outcomes = [outcome for item in items for outcome in _outcomes(item)]
    said = [outcome.actions for outcome in outcomes]
    said += [step.actions for outcome in outcomes for step in outcome.steps]
    said += [step.actions for plan in names.plans.values() for step in plan.steps]
    for actions in said:
        names.skills.update(
            skill.name for action in actions if action.word in _ASKS_FOR_SKILLS for skill in action.names
        )


def _outcomes(item: tree.RouteItem) -> list[tree.Outcome]:
    match item:
        case tree.RuleNode(body=tree.Outcome() as outcome):
            return [outcome]
        case tree.RuleNode(body=tree.SplitNode(arms=arms)):
            return [arm.outcome for arm in arms]
        case tree.TableNode(rows=rows):
            return [row.outcome for row in rows]
        case tree.OtherwiseNode(outcome=outcome):
            return [outcome]
        case _:
            return []


def _declare(table: dict[str, Node], name: tree.Ident, node: Node, kind: str, reporter: Reporter) -> None:
    first = table.setdefault(name.name, node)
    if first is not node:
        _report_twice(kind, name, _name_of(first), reporter)


def _name_of(node: tree.Node) -> Span:
    name = getattr(node, "name", None)
    return name.span if isinstance(name, tree.Ident) else node.span


def _report_twice(kind: str, name: tree.Ident, first: Span, reporter: Reporter) -> None:
    reporter.report(
        "RK103",
        t("{kind} `{name}` is declared twice", kind=t(kind), name=name.name),
        name.span,
        others=[Label(first, t("first declared here"))],
        help=t("give one of them another name, or remove it"),
    )


def _once(known: list[Node], node: Node, word: str, reporter: Reporter) -> None:
    known.append(node)
    if len(known) > 1:
        reporter.report(
            "RK103",
            t("`{word}` stands twice; a policy has one", word=word),
            Span(node.span.source, node.span.start, min(node.span.end, node.span.start + len(word))),
            others=[Label(known[0].span, t("first declared here"))],
        )


def _report_words(names: Names, reporter: Reporter) -> None:
    """Definitions called like a word that already means something where they would be used."""
    idents = [
        *(node.name for node in names.lets.values()),
        *(node.name for node in names.segments.values()),
        *(node.name for node in names.switches.values()),
        *(nodes[0].name for nodes in names.facts.values()),
        *(node.name for node in names.events.values()),
    ]
    for ident in idents:
        if ident.name in _WORDS:
            message = t("`{name}` is a word of the language: nothing can be called so", name=ident.name)
            reporter.report("RK306", message, ident.span)


def _report_twins(names: Names, reporter: Reporter) -> None:
    """Names of different kinds that are used alike, so that one word would mean two things."""
    groups: list[list[tuple[str, dict[str, tree.Node]]]] = [
        [
            ("let", {**names.lets}),
            ("segment", {**names.segments}),
            ("list", {**names.lists}),
            ("switch", {**names.switches}),
            ("fact", {name: nodes[0] for name, nodes in names.facts.items()}),
            ("event", {**names.events}),
        ],
    ]
    blocks: dict[str, tree.Node] = {HISTORY: names.histories[0]} if names.histories else {}
    blocks |= {OUTCOME: names.data[0]} if names.data else {}
    switch: dict[str, tree.Node] = {SWITCH: next(iter(names.switches.values()))} if names.switches else {}
    owners: list[tuple[str, dict[str, tree.Node]]] = [
        ("block", blocks),
        ("switch", switch),
        ("record", {**names.records}),
    ]
    groups.append([*owners, ("queue", {**names.queues})] if names.lives else owners)
    for kinds in groups:
        first: dict[str, tuple[str, tree.Node]] = {}
        for kind, table in kinds:
            for name, node in table.items():
                other, twin = first.setdefault(name, (kind, node))
                if twin is not node:
                    reporter.report(
                        "RK103",
                        t(
                            "{kind} `{name}` is called like a {other}, so that the name would mean both",
                            kind=t(kind),
                            name=name,
                            other=t(other),
                        ),
                        _name_of(node),
                        others=[Label(_name_of(twin), t("the {other}", other=t(other)))],
                        help=t("give one of them another name"),
                    )


def _report_mixed_scripts(files: Iterable[tree.File], reporter: Reporter) -> None:
    for file in files:
        if file.source.text.isascii():
            continue
        for declaration in file.declarations:
            for ident in _declared_idents(declaration):
                if not ident.name.isascii() and _mixes_scripts(ident.span.text):
                    reporter.report(
                        "RK405",
                        t("the name `{name}` mixes letters of different scripts", name=ident.name),
                        ident.span,
                        label=_spelled(ident.span.text),
                        help=t(
                            "letters that look alike make two names look like one; write it in one script"
                        ),
                    )


def _declared_idents(declaration: tree.Declaration) -> Iterator[tree.Ident]:
    name = getattr(declaration, "name", None)
    if isinstance(name, tree.Ident):
        yield name
    match declaration:
        case tree.RecordNode(fields=fields) | tree.LiveNode(fields=fields) | tree.DataNode(fields=fields):
            for field_ in fields:
                yield field_.name
                if isinstance(field_.type, tree.ChoiceType):
                    yield from field_.type.values
        case tree.HistoryNode(features=features):
            yield from (feature.name for feature in features)
        case tree.JourneyNode(stages=stages):
            yield from stages
        case tree.TypeDeclaration(type=tree.ChoiceType(values=values)):
            yield from values
        case tree.Route() | tree.Adjust():
            yield from (
                item.name for item in _all_items([declaration]) if not isinstance(item, tree.OtherwiseNode)
            )
        case tree.Offers(items=items):
            yield from (item.name for item in items if isinstance(item, tree.OfferNode))
        case tree.CareNode(items=items):
            yield from (item.name for item in items if isinstance(item, tree.ReachNode))
        case _:
            pass


def _script(letter: str) -> str | None:
    return unicodedata.name(letter, "").split(" ")[0].split("-")[0] if letter.isalpha() else None


def _mixes_scripts(name: str) -> bool:
    scripts = {script for script in map(_script, unicodedata.normalize("NFKC", name)) if script}
    return len(scripts) > 1 and not scripts <= _TOGETHER and bool(scripts & _LOOKALIKES)


def _spelled(name: str) -> str:
    foreign = [letter for letter in name if not letter.isascii()][:3]
    return t(", ").join(
        t(
            "`{letter}` is {name}",
            letter=letter,
            name=unicodedata.name(letter, "unnamed").lower(),
        )
        for letter in foreign
    )
