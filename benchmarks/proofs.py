"""Proofs over generated policies of 1,000 rules, beside z3 for the same questions in the same run.

    python -m benchmarks.proofs [RULES]

Three families over 12 attributes: *routing* (2 to 5 tests a rule), *tree* (a shuffled complete partition) and
*boxes* (numeric ranges). z3 is asked with integers: which rules are reachable, each by one check.
"""

import sys
from collections.abc import Callable
from random import Random
from time import perf_counter

from routekit import Policy
from routekit.analysis import prove

Test = tuple[str, str, tuple[int, ...]]

SIZES = (5, 8, 12, 30, 80, 200)
BOUNDS = (100, 100, 1000, 1000)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for family in (routing, tree, boxes):
        rules = family(Random(7), count)
        policy = Policy.from_text(text(rules))
        start = perf_counter()
        proof = prove(policy, timeout=600)
        ours = perf_counter() - start
        dead = {item.subject for item in proof.findings if item.kind == "unreachable-rule"}
        answers = [promise.answer for promise in proof.guarantees]
        line = f"{family.__name__:8} {len(rules):5} rules, {len(dead):4} dead, {answers}: {ours:.2f} s"
        try:
            theirs, z3_dead = by_z3(rules)
        except ImportError:
            print(line)
            continue
        assert dead == z3_dead, "the two disagree"
        print(f"{line}; z3, reachability only: {theirs:.2f} s")


def routing(dice: Random, count: int) -> list[list[Test]]:
    return [[some_test(dice) for _ in range(dice.randint(2, 5))] for _ in range(count)]


def boxes(dice: Random, count: int) -> list[list[Test]]:
    rules = []
    for _ in range(count):
        rule: list[Test] = []
        for place in dice.sample(range(len(BOUNDS)), 3):
            width = BOUNDS[place] // 3
            low = dice.randint(0, BOUNDS[place] - width)
            rule.append((f"n{place}", "range", (low, low + dice.randint(width // 4, width))))
        rules.append(rule)
    return rules


def tree(dice: Random, count: int) -> list[list[Test]]:
    leaves: list[list[Test]] = [[]]
    while len(leaves) < count:
        leaf = leaves.pop(dice.randrange(len(leaves)))
        place = dice.randrange(len(BOUNDS))
        low, high = 0, BOUNDS[place]
        for name, _, values in leaf:
            if name == f"n{place}":
                low, high = values
        if high - low < 2:
            leaves.append(leaf)
            continue
        middle = dice.randint(low, high - 1)
        rest = [test for test in leaf if test[0] != f"n{place}"]
        leaves += [
            [*rest, (f"n{place}", "range", (low, middle))],
            [*rest, (f"n{place}", "range", (middle + 1, high))],
        ]
    dice.shuffle(leaves)
    return leaves


def some_test(dice: Random) -> Test:
    kind = dice.randrange(3)
    if kind == 0:
        place = dice.randrange(len(SIZES))
        return f"e{place}", "in", tuple(dice.sample(range(SIZES[place]), dice.randint(1, 4)))
    if kind == 1:
        place = dice.randrange(len(BOUNDS))
        low = dice.randint(0, BOUNDS[place])
        return f"n{place}", "range", (low, dice.randint(low, BOUNDS[place]))
    return f"f{dice.randrange(2)}", "flag", (dice.randrange(2),)


def text(rules: list[list[Test]]) -> str:
    lines = ["policy proofs", "record contact { channel one of voice, web }", "record c {"]
    lines += [
        f"  e{place} one of {', '.join(f'v{n}' for n in range(size))}" for place, size in enumerate(SIZES)
    ]
    lines += [f"  n{place} integer 0..{high} = 0" for place, high in enumerate(BOUNDS)]
    lines += [
        "  f0 flag = no",
        "  f1 flag = no",
        "}",
        "channel voice { assisted }",
        "channel web { self_service }",
    ]
    lines += ["queue people { on voice }", "queue portal { on web }", "route {"]
    for number, rule in enumerate(rules):
        outcome = f"queue {'people' if number % 3 else 'portal'}, priority {number % 5 + 1}"
        lines.append(f"  rule r{number} when {' and '.join(map(written, rule))} then {outcome}")
    lines += ["  otherwise queue people", "}"]
    lines += [
        "guarantee soon then priority <= 5",
        "guarantee people when c.n0 > 90 and c.f0 then channel is assisted",
    ]
    return "\n".join(lines)


def written(test: Test) -> str:
    name, kind, values = test
    if kind == "in":
        return f"c.{name} in {{{', '.join(f'v{value}' for value in values)}}}"
    if kind == "range":
        return f"c.{name} in {values[0]}..{values[1]}"
    return f"c.{name}" if values[0] else f"c.{name} is no"


def by_z3(rules: list[list[Test]]) -> tuple[float, set[str]]:
    import z3

    start = perf_counter()
    names = {name: z3.Int(name) for rule in rules for name, _, _ in rule}
    missing = {name: z3.Bool(f"{name}?") for name in names if name.startswith("e")}
    solver = z3.Solver()
    for name, variable in names.items():
        high = SIZES[int(name[1])] - 1 if name[0] == "e" else BOUNDS[int(name[1])] if name[0] == "n" else 1
        solver.add(variable >= 0, variable <= high)
    as_z3: Callable[[Test], object] = lambda test: (  # noqa: E731
        z3.And(z3.Not(missing[test[0]]), z3.Or([names[test[0]] == value for value in test[2]]))
        if test[1] == "in"
        else z3.And(names[test[0]] >= test[2][0], names[test[0]] <= test[2][1])
        if test[1] == "range"
        else names[test[0]] == test[2][0]
    )
    dead = set()
    for number, rule in enumerate(rules):
        condition = z3.And([as_z3(test) for test in rule])
        if solver.check(condition) == z3.unsat:
            dead.add(f"r{number}")
        solver.add(z3.Not(condition))
    return perf_counter() - start, dead


if __name__ == "__main__":
    main()
