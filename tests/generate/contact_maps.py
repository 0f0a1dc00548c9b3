"""Writes contact maps: the stages of a journey, touchpoints, and the matters that the world knows."""

from routekit.layout.writing import block
from routekit.testing.choices import Dice
from tests.generate.phrases import Phrases
from tests.generate.sketch import World

__all__ = ["MATTERS", "contact_map"]

MATTERS = ("bill", "matter", "fault", "about", "\u5e10\u5355")
_STAGES = ("discover", "buy", "stage", "use", "leave")
_TITLES = ("", "", ' "What it is"', ' "\u89e6\u70b9"')


def contact_map(dice: Dice, world: World, phrases: Phrases) -> list[str]:
    """The declarations of a map; of matters those that messages may be about, each once."""
    stages = dice.some(_STAGES, 1, 4) if dice.chance(70) else []
    journey = [f"journey {' < '.join(stages)}"] if stages else []
    touchpoints = [_touchpoint(dice, world, name, stages) for name in dice.some(("site", "call", "on"), 0, 3)]
    return dice.some(
        [*journey, *touchpoints, *(_matter(dice, world, phrases, name) for name in world.matters)], 9, 9
    )


def _touchpoint(dice: Dice, world: World, name: str, stages: list[str]) -> str:
    where = "in_person" if dice.chance(30) else f"on {', '.join(dice.some(world.channels, 1, 2))}"
    clauses = [where, dice.pick(("ours", 'partner "P"', 'others "O"')), dice.pick(("forced", "chosen"))]
    clauses += [f"stage {', '.join(dice.some(stages, 1, 2))}"] if stages and dice.chance(80) else []
    clauses += (
        [f"about {', '.join(dice.some(world.matters, 1, 2))}"] if world.matters and dice.chance(50) else []
    )
    clauses += (
        [f"makes {', '.join(dice.some(world.reaches, 1, 2))}"] if world.reaches and dice.chance(60) else []
    )
    return block(f"touchpoint {name}{dice.pick(_TITLES)}", dice.some(clauses, 9, 9))


def _matter(dice: Dice, world: World, phrases: Phrases, name: str) -> str:
    when = f" when {phrases.condition(1)}" if dice.chance(80) else ""
    clauses = [f"needs {', '.join(world.some_fields(dice))}"] if dice.chance(50) else []
    clauses += [f"unit {dice.pick(('finance', 'unit'))}"] if dice.chance(40) else []
    for _ in range(dice.between(0, 3)):
        holds = f" when {phrases.condition(1)}" if dice.chance(40) else ""
        clauses.append(f"solved on {', '.join(dice.some(world.channels, 1, 2))}{holds}")
    return block(f"matter {name}{dice.pick(_TITLES)}{when}", dice.some(clauses, 9, 9))
