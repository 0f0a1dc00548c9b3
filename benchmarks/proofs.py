"""Proofs over generated policies of 1,000 rules, beside z3 for the same questions in the same run.

    python -m benchmarks.proofs [RULES] [--plain]

Three families over 12 attributes: *routing* (2 to 5 tests a rule), *tree* (a shuffled complete partition) and
*boxes* (numeric ranges). Two questions: which rules can be reached, and whether two guarantees hold. z3 is
asked the same with integers, each rule by one check, each guarantee by the chain of first match. It does not
tell which rules take a dead one's contacts, and its contacts are as they come, neither the smallest nor
replayed. Each question is timed from the rules as data, so what writes the rules down counts in each, on both
sides; *both* counts it once. Times are CPU seconds, the best of a few runs in turn. ``--plain`` asks the
solver of our own, not python-sat.
"""

import argparse
import sys
from collections.abc import Callable
from gc import collect
from random import Random
from time import process_time

from routekit import Policy
from routekit.analysis import prove
from routekit.prover.limits import Deadline
from routekit.prover.prove import Prover

Test = tuple[str, str, tuple[int, ...]]

SIZES = (5, 8, 12, 30, 80, 200)
BOUNDS = (100, 100, 1000, 1000)


ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("rules", type=int, nargs="?", default=1000, metavar="RULES")
    parser.add_argument("--plain", action="store_true", help="by our own solver, without pysat")
    options = parser.parse_args()
    count = options.rules
    if options.plain:
        sys.modules.update({"pysat.solvers": None})  # type: ignore[dict-item]
    print(f"{'':8} {'rules':>6} {'dead':>5}  seconds, and as a part of what z3 takes")
    for family in (routing, tree, boxes):
        rules = family(Random(7), count)
        ours: list[tuple[dict[str, float], Found | None]] = []
        theirs: list[tuple[dict[str, float], Found | None]] = []
        for _ in range(ROUNDS):
            for runs, run in ((ours, by_routekit), (theirs, by_z3)):
                collect()  # neither pays for what the other left behind
                runs.append(run(rules))
        (times, found), (z3_times, z3_found) = best(ours), best(theirs)
        assert z3_found is None or found == z3_found, "the two disagree"
        assert found is not None
        line = f"{family.__name__:8} {len(rules):6} {len(found[0]):5} "
        asked = {"reachability": times["cut and written"] + times["reachability"]}
        asked["guarantees"] = times["cut and written"] + times["guarantees"]
        asked["both"] = times["cut and written"] + times["reachability"] + times["guarantees"]
        for question, ours_took in asked.items():
            line += f" {question} {ours_took:.3f}"
            if question in z3_times:
                line += f" (z3 {z3_times[question]:.3f}: {ours_took / z3_times[question]:.2f})"
        print(f"{line} whole proof {times['whole proof']:.3f}")
        print(" " * 22 + ", ".join(f"{what} {took:.3f}" for what, took in times.items()))


Found = tuple[set[str], list[bool]]
"""Which rules no contact reaches, and which guarantees hold."""


def best(
    runs: list[tuple[dict[str, float], Found | None]],
) -> tuple[dict[str, float], Found | None]:
    """The least time of each part; what was found is the same in all runs."""
    return {part: min(times[part] for times, _ in runs) for part in runs[0][0]}, runs[0][1]


def by_routekit(rules: list[list[Test]]) -> tuple[dict[str, float], Found | None]:
    times: dict[str, float] = {}
    start = process_time()

    def stop(part: str) -> None:
        nonlocal start
        times[part] = process_time() - start
        start = process_time()

    policy = Policy.from_text(text(rules))
    stop("read and checked")
    prover = Prover(policy.checked, Deadline(600), lambda *_: None)
    stop("cut and written")
    dead = {rule.name for rule in policy.checked.rules[:-1] if prover.unreached.is_reached(rule) is False}
    stop("reachability")
    kept = [promise.answer == "proved" for promise in prover.guarantees()]
    stop("guarantees")
    prove(policy, timeout=600)
    stop("whole proof")
    return times, (dead, kept)


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
        outcome = f"queue {'people' if is_assisted(number) else 'portal'}, priority {priority_of(number)}"
        lines.append(f"  rule r{number} when {' and '.join(map(written, rule))} then {outcome}")
    lines += ["  otherwise queue people", "}"]
    lines += [
        "guarantee soon then priority <= 5",
        "guarantee people when c.n0 > 90 and c.f0 then channel is assisted",
    ]
    return "\n".join(lines)


def is_assisted(number: int) -> bool:
    return number % 3 > 0


def priority_of(number: int) -> int:
    return number % 5 + 1


def written(test: Test) -> str:
    name, kind, values = test
    if kind == "in":
        return f"c.{name} in {{{', '.join(f'v{value}' for value in values)}}}"
    if kind == "range":
        return f"c.{name} in {values[0]}..{values[1]}"
    return f"c.{name}" if values[0] else f"c.{name} is no"


def by_z3(rules: list[list[Test]]) -> tuple[dict[str, float], Found | None]:
    try:
        import z3
    except ImportError:
        return {}, None
    times: dict[str, float] = {}
    start = process_time()
    asked = {test[0] for rule in rules for test in rule} | {"n0", "f0"}
    names = {name: z3.Int(name) for name in sorted(asked)}
    missing = {name: z3.Bool(f"{name}?") for name in names if name.startswith("e")}
    bounds = []
    for name, variable in names.items():
        high = SIZES[int(name[1])] - 1 if name[0] == "e" else BOUNDS[int(name[1])] if name[0] == "n" else 1
        bounds += [variable >= 0, variable <= high]
    as_z3: Callable[[Test], object] = lambda test: (  # noqa: E731
        z3.And(z3.Not(missing[test[0]]), z3.Or([names[test[0]] == value for value in test[2]]))
        if test[1] == "in"
        else z3.And(names[test[0]] >= test[2][0], names[test[0]] <= test[2][1])
        if test[1] == "range"
        else names[test[0]] == test[2][0]
    )
    conditions = [z3.And([as_z3(test) for test in rule]) for rule in rules]
    written = process_time() - start

    start = process_time()
    solver, dead = z3.Solver(), set()
    solver.add(bounds)
    for number, condition in enumerate(conditions):
        if solver.check(condition) == z3.unsat:
            dead.add(f"r{number}")
        solver.add(z3.Not(condition))
    times["reachability"] = written + process_time() - start

    start = process_time()
    assisted, priority = z3.BoolVal(True), z3.IntVal(5)
    for number, condition in reversed(list(enumerate(conditions))):
        assisted = z3.If(condition, z3.BoolVal(is_assisted(number)), assisted)
        priority = z3.If(condition, z3.IntVal(priority_of(number)), priority)
    kept = []
    for broken in (priority > 5, z3.And(names["n0"] > 90, names["f0"] == 1, z3.Not(assisted))):
        solver = z3.Solver()
        solver.add(bounds)
        kept.append(solver.check(broken) == z3.unsat)
    times["guarantees"] = written + process_time() - start
    times["both"] = times["reachability"] + times["guarantees"] - written
    return times, (dead, kept)


if __name__ == "__main__":
    main()
