"""What was edited between two versions: what is new, gone, renamed, moved, or says something else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from routekit.diff.align_rules import pairs_of
from routekit.diff.declarations import Table, declarations, tables
from routekit.diff.renames import Rename
from routekit.diff.results import Edit
from routekit.diff.things import Name, Said, Thing
from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Field
from routekit.reasons.words import Words, joined
from routekit.schema.types import Integer, Number
from routekit.translation import t

__all__ = ["find_edits"]

_Words = tuple[Words, Words]


def find_edits(old: CheckedPolicy, new: CheckedPolicy, renames: Iterable[Rename]) -> tuple[Edit, ...]:
    """Lists the edits, in the order in which a policy declares things; ``old`` is said in the new names."""
    words = Words(old, whole=True), Words(new, whole=True)
    was, is_ = declarations(old), declarations(new)
    again = _renamed_rules(old, new)
    found = [_of_rename(item) for item in renames]
    found += [Edit("rule", one, "renamed", before=one, now=other) for one, other in again.items()]
    was = {_called(name, again): thing for name, thing in was.items()}
    found += _of_things(was, is_, words)
    found += _of_tables(tables(old), tables(new), words)
    found += _of_orders(old, new, again)
    return tuple(found)


def _of_rename(item: Rename) -> Edit:
    callers = t("contacts must call it so in {listed}", listed=joined(item.sent)) if item.sent else ""
    return Edit(item.kind, item.before, "renamed", before=item.before, now=item.now, callers=callers)


def _called(name: Name, again: Mapping[str, str]) -> Name:
    kind, own = name
    return (kind, again.get(own, own)) if kind == "rule" else name


def _renamed_rules(old: CheckedPolicy, new: CheckedPolicy) -> dict[str, str]:
    """The rules that are called otherwise, and else the same."""
    was, is_ = (
        {rule.name: (rule.condition, rule.body) for rule in policy.rules if rule.table is None}
        for policy in (old, new)
    )
    come = {key: name for name, key in is_.items() if name not in was}
    gone = ((name, come.get(key)) for name, key in was.items() if name not in is_)
    found: dict[str, str] = {}
    for name, other in gone:
        if other is not None and other not in found.values():
            found[name] = other
    return found


# ── things ────────────────────────────────────────────────────────────────────


def _of_things(was: Mapping[Name, Thing], is_: Mapping[Name, Thing], words: _Words) -> Iterator[Edit]:
    for kind, name in dict.fromkeys((*is_, *was)):
        before, after = was.get((kind, name)), is_.get((kind, name))
        if before is None:
            assert after is not None
            callers = (
                t("callers must send it") if after.field is not None and _asks(kind, after.field) else ""
            )
            yield Edit(kind, name, "added", now=after.text, callers=callers)
        elif after is None:
            callers = t("it is read no more") if kind in ("field", "signal") else ""
            yield Edit(kind, name, "removed", before=before.text, callers=callers)
        else:
            yield from _of_parts((kind, name), before, after, words)


def _asks(kind: str, field: Field) -> bool:
    return kind == "field" and field.is_required


def _of_parts(named: Name, before: Thing, after: Thing, words: _Words) -> Iterator[Edit]:
    callers = _for_callers(named[0], before.field, after.field)
    for label in dict.fromkeys((*before.parts, *after.parts)):
        for one, other in _changes(before.parts.get(label, ()), after.parts.get(label, ()), words):
            if one != other:
                yield Edit(*named, "changed", label, one, other, callers)
                callers = ""


def _for_callers(kind: str, before: Field | None, after: Field | None) -> str:
    if before is None or after is None or kind != "field":
        return ""
    if after.is_required and not before.is_required:
        return t("callers must send it now")
    match before.type, after.type:
        case Integer(), Number():
            return t("numbers with a fraction, which were not read, are read now")
        case Number(), Integer():
            return t("numbers with a fraction are not read any more")
        case was, is_:
            return t("callers must send what fits") if was != is_ else ""


def _changes(one: Said, other: Said, words: _Words) -> Iterator[tuple[str, str]]:
    """What a part said, and what it says, as little of it as there is to tell."""
    if isinstance(one, tuple) and isinstance(other, tuple):
        yield from _listed(one, other)
    elif isinstance(one, tuple):
        assert not isinstance(other, tuple)
        yield "", words[1].expr(other)
    elif isinstance(other, tuple):
        yield words[0].expr(one), ""
    elif one != other:
        yield from _expressions(one, other, words)


def _listed(one: Sequence[object], other: Sequence[object]) -> Iterator[tuple[str, str]]:
    gone = [bit for bit in one if bit not in other]
    come = [bit for bit in other if bit not in one]
    if not gone and not come:
        if list(one) != list(other):
            yield _row(one), _row(other)
    elif len(gone) == len(come):
        yield from ((_row([a]), _row([b])) for a, b in zip(gone, come, strict=True))
    else:
        yield _row(gone), _row(come)


_MOST_IN_A_ROW = 4


def _row(bits: Iterable[object]) -> str:
    texts = [getattr(bit, "text", "") for bit in bits]
    more = len(texts) - _MOST_IN_A_ROW
    rest = t(" and {more:,} more", more=more) if more > 0 else ""
    return ", ".join(texts[:_MOST_IN_A_ROW]) + rest


def _expressions(one: e.Expr, other: e.Expr, words: _Words) -> Iterator[tuple[str, str]]:
    """The smallest tests that differ."""
    if one == other:
        return
    match one, other:
        case (e.All(some), e.All(others)) | (e.Any(some), e.Any(others)):
            yield from _operands(some, others, " and " if isinstance(one, e.All) else " or ", words)
        case e.Not(inner), e.Not(outer):
            yield from _negated(inner, outer, words)
        case e.Cases(gather, cases), e.Cases(same, others) if gather == same and len(cases) == len(others):
            for case, then in zip(cases, others, strict=True):
                yield from _expressions(case.condition, then.condition, words)
                yield from _expressions(case.value, then.value, words)
        case (_, e.All(operands)) if one in operands:
            yield from _operands((one,), operands, " and ", words)
        case (e.All(operands), _) if other in operands:
            yield from _operands(operands, (other,), " and ", words)
        case _:
            yield words[0].expr(one), words[1].expr(other)


def _negated(one: e.Expr, other: e.Expr, words: _Words) -> Iterator[tuple[str, str]]:
    yield words[0].expr(e.Not(one)), words[1].expr(e.Not(other))


def _operands(
    some: Sequence[e.Expr], others: Sequence[e.Expr], word: str, words: _Words
) -> Iterator[tuple[str, str]]:
    gone = [expr for expr in some if expr not in others]
    come = [expr for expr in others if expr not in some]
    if len(gone) == len(come):
        for one, other in zip(gone, come, strict=True):
            yield from _expressions(one, other, words)
    else:
        yield (
            word.join(words[0].expr(expr) for expr in gone),
            word.join(words[1].expr(expr) for expr in come),
        )


# ── tables ────────────────────────────────────────────────────────────────────


def _of_tables(was: Mapping[Name, Table], is_: Mapping[Name, Table], words: _Words) -> Iterator[Edit]:
    for kind, name in dict.fromkeys((*was, *is_)):
        before, after = was.get((kind, name)), is_.get((kind, name))
        if before is None:
            yield Edit(kind, name, "added")
        elif after is None:
            yield Edit(kind, name, "removed")
        else:
            yield from _of_rows(name, before, after, words)


def _of_rows(name: str, before: Table, after: Table, words: _Words) -> Iterator[Edit]:
    keys = [[key for key, _ in table.rows] for table in (before, after)]
    numbers: dict[object, int] = {}
    first, second = ([numbers.setdefault(key, len(numbers)) for key in some] for some in keys)
    for what, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        for one, other in zip_longest(range(a, b), range(c, d)):
            if one is None:
                yield Edit("row", f"{name}[{other + 1}]", "added", now=after.rows[other][1].text)
            elif other is None:
                yield Edit("row", f"{name}[{one + 1}]", "removed", before=before.rows[one][1].text)
            else:
                named = "row", f"{name}[{other + 1}]"
                yield from _of_parts(named, before.rows[one][1], after.rows[other][1], words)


# ── orders ────────────────────────────────────────────────────────────────────


def _of_orders(old: CheckedPolicy, new: CheckedPolicy, again: Mapping[str, str]) -> Iterator[Edit]:
    """The rules, adjustments and offers that stand elsewhere among the others."""
    was = [again.get(name, name) for name in _units(old)]
    yield from _moved("rule", was, _units(new))
    adjusted = ([item.table or item.name for item in policy.adjustments] for policy in (old, new))
    yield from _moved("adjustment", *(list(dict.fromkeys(names)) for names in adjusted))
    yield from _moved("offer", *([item.name for item in policy.offers] for policy in (old, new)))


def _units(policy: CheckedPolicy) -> list[str]:
    return list(dict.fromkeys(rule.table or rule.name for rule in policy.rules))


def _moved(kind: str, was: Sequence[str], is_: Sequence[str]) -> Iterator[Edit]:
    both = set(was) & set(is_)
    before, after = ([name for name in names if name in both] for names in (was, is_))
    kept = {after[place] for _, place in pairs_of(before, after)}
    for place, name in enumerate(after):
        if name not in kept:
            behind = next(iter(after[place + 1 :]), "")
            yield Edit(kind, name, "moved", now=behind)
