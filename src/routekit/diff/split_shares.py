"""How many of the customers that a split deals out are dealt otherwise."""

from collections.abc import Sequence
from fractions import Fraction

from routekit.diff.changed_parts import Side
from routekit.policy.model import Rule, Split
from routekit.policy.splits import WHOLE
from routekit.prover.encoding.space import Space
from routekit.reasons.words import Words
from routekit.translation import t

__all__ = ["share_of"]

_Span = tuple[int, int]


def share_of(space: Space, sides: tuple[Side, Side], pairs: Sequence[tuple[int, int]], where: int) -> str:
    """Says what share changes, such as ``10% of them, dealt by customer.id``.

    It is empty where no split decides, or not for all alike.
    """
    told = {_of_pair(space, sides, pair, where) for pair in pairs}
    return told.pop() if len(told) == 1 else ""


def _of_pair(space: Space, sides: tuple[Side, Side], pair: tuple[int, int], where: int) -> str:
    ways = [side.ways_of(place) for side, place in zip(sides, pair, strict=True)]
    rules = [side.outcomes.policy.rules[place] for side, place in zip(sides, pair, strict=True)]
    splits = [rule.body for rule in rules if isinstance(rule.body, Split)]
    if not splits:
        return ""
    one_line = len({(split.key, split.seed) for split in splits}) == 1
    share = Fraction(0)
    for way in ways[0]:
        for other in ways[1]:
            if space.possible([where, way.decides, other.decides]) is not False:
                spans = _span(rules[0], way.arm), _span(rules[1], other.arm)
                share += _overlap(*spans) if one_line else _part(spans[0]) * _part(spans[1])
    words = [
        Words(side.policy).expr(body.key)
        for side, place in zip(sides, pair, strict=True)
        if isinstance(body := side.policy.rules[place].body, Split)
    ]
    told = {"share": _percent(share), "keys": t(" and ").join(dict.fromkeys(words))}
    return (
        t("{share} of them, dealt by {keys}", **told)
        if one_line
        else t("about {share} of them, dealt by {keys}", **told)
    )


def _span(rule: Rule, arm: int | None) -> _Span:
    if arm is None or not isinstance(rule.body, Split):
        return 0, WHOLE
    return rule.body.arms[arm - 2].up_to if arm > 1 else 0, rule.body.arms[arm - 1].up_to


def _part(span: _Span) -> Fraction:
    return Fraction(span[1] - span[0], WHOLE)


def _overlap(one: _Span, other: _Span) -> Fraction:
    return Fraction(max(0, min(one[1], other[1]) - max(one[0], other[0])), WHOLE)


def _percent(share: Fraction) -> str:
    """A share in percent, without needless digits.

    >>> _percent(Fraction(1, 10)), _percent(Fraction(1, 3))
    ('10%', '33.33%')
    """
    return f"{float(share * 100):.4g}%"
