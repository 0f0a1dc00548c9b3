"""Small edits of policies: some change what happens, some do not, as the dice fall."""

import re
from collections.abc import Callable
from contextlib import suppress

from routekit import Policy, PolicyError
from routekit.layout import laid_out
from routekit.policy.outcome_parts import PARTS
from routekit.schema.types import Number
from routekit.testing.choices import Dice
from tests.generate.parts import given_of
from tests.generate.policies import Author, Draft
from tests.generate.settings import SMALL, Setting

__all__ = ["rewritten", "versions"]


def versions(dice: Dice, setting: Setting = SMALL) -> tuple[Policy, Policy]:
    """A policy, and the same with one to three edits."""
    author = Author(dice, setting)
    old = Policy.from_text(author.draft.text())
    for _ in range(20):
        draft = author.draft.copy()
        for _ in range(dice.between(1, 3)):
            _edit(draft, author)
        with suppress(PolicyError):
            return old, Policy.from_text(draft.text())
    return old, old


def _edit(draft: Draft, author: Author) -> None:
    dice, phrases = author.dice, author.phrases
    match dice.below(9):
        case 0 | 1 | 2:
            said = [test for test in phrases.said if any(test in piece for piece in draft.pieces())]
            if said:
                _replace(draft, dice, re.escape(dice.pick(said)), lambda: phrases.test(0))
        case 3:
            _replace(draft, dice, r"(?<![\w.] )queue [\w.]+(?: on \w+)?", author.target)
        case 4:
            old, new = dice.pick(author.setting.heads)
            draft.blocks = [piece.replace(old, new) for piece in draft.blocks]
        case 5:
            if len(draft.route) > 1:
                del draft.route[dice.below(len(draft.route))]
        case 6:
            one, other = dice.below(len(draft.route)), dice.below(len(draft.route))
            draft.route[one], draft.route[other] = draft.route[other], draft.route[one]
        case 7:
            _replace(draft, dice, r"worth [\w.]+", lambda: f"worth {phrases.value(Number(), 0)}")
        case _:
            part = dice.pick(
                [part for part in PARTS if part.in_outcome and part.name not in ("queue", "data")]
            )
            action = rf', {part.phrase} (?:\{{[^}}]*\}}|"[^"]*"|\w+)'
            old, new = dice.pick(
                (
                    (r"priority \d", f"priority {dice.between(1, 5)}"),
                    (r"show \d", f"show {dice.between(1, 3)}"),
                    (r"\b20%(?= queue)", "40%"),
                    (r"skills \+ ", "skills - "),
                    (action, f", {given_of(dice, part, author.world.names)}"),
                    (action, ""),
                    (r"never when ", f"never when {phrases.test(0)} and "),
                )
            )
            _replace(draft, dice, old, lambda: new)


def _replace(draft: Draft, dice: Dice, pattern: str, new: Callable[[], str]) -> None:
    """Puts another text in the place of one that matches, if there is one."""
    for pieces in dice.some((draft.blocks, draft.route), 2, 2):
        found = [
            (place, match) for place, piece in enumerate(pieces) for match in re.finditer(pattern, piece)
        ]
        if found:
            place, match = dice.pick(found)
            pieces[place] = pieces[place][: match.start()] + new() + pieces[place][match.end() :]
            return


def rewritten(draft: Draft, dice: Dice) -> str:
    """The same policy in other words: rules with other names, a rule said twice, laid out otherwise."""
    draft = draft.copy()
    rules = [item for item in draft.route if item.startswith("rule ")]
    if rules and dice.chance(50):
        rule = dice.pick(rules)
        draft.route.insert(draft.route.index(rule) + 1, rule.replace("rule ", "rule again_", 1))
    text = re.sub(r"segment set_1 when (.*)", r"segment set_1 when (\1)", draft.text())
    return laid_out(re.sub(r"\brule_(\d)", r"other_\1", text))
