"""Differences of generated policies of 1,000 rules, beside z3 for the same questions in the same run.

    python -m benchmarks.differences [RULES]

The families of ``benchmarks.proofs``. *Ten edits*: what ten rules give, or ask, is changed; who is
treated differently is found and described, and that there is nobody else is proved. *Swaps*: up to 200 pairs
of neighbours that no contact meets at once change places; that nothing changes is proved. z3 is asked for two
contacts whose outcome differs, or for the proof that there is none.
"""

import argparse
from random import Random
from time import perf_counter
from typing import Any

from benchmarks.proofs import BOUNDS, SIZES, Test, boxes, routing, text, tree
from routekit import Policy
from routekit.analysis import diff

Outcome = tuple[str, int]
Numbered = list[tuple[list[Test], Outcome]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("rules", type=int, nargs="?", default=1000, metavar="RULES")
    count = parser.parse_args().rules
    for family in (routing, tree, boxes):
        rules = numbered(family(Random(7), count))
        for name, other in (
            ("ten edits", edited(rules, Random(8))),
            ("200 swaps", swapped(rules, Random(9))),
        ):
            old, new = (Policy.from_text(written_out(version)) for version in (rules, other))
            start = perf_counter()
            difference = diff(old, new, timeout=600)
            ours = perf_counter() - start
            found = f"{difference.answer}, {len(difference.groups)} groups"
            line = f"{family.__name__:8} {name}: {found}, {ours:.2f} s"
            try:
                theirs, differs = by_z3(rules, other)
            except ImportError:
                print(line)
                continue
            assert differs == (difference.answer == "different"), "the two disagree"
            print(f"{line}; z3: {theirs:.2f} s, {theirs / ours:.1f} times as long", flush=True)


def numbered(rules: list[list[Test]]) -> Numbered:
    return [
        (rule, ("people" if number % 3 else "portal", number % 5 + 1)) for number, rule in enumerate(rules)
    ]


def written_out(rules: Numbered) -> str:
    """The policy of rules, each with its own outcome."""
    lines = text([rule for rule, _ in rules]).splitlines()
    places = [place for place, line in enumerate(lines) if line.startswith("  rule ")]
    for place, (_, (queue, priority)) in zip(places, rules, strict=True):
        lines[place] = f"{lines[place].rpartition(' then ')[0]} then queue {queue}, priority {priority}"
    return "\n".join(lines)


def edited(rules: Numbered, dice: Random) -> Numbered:
    """Ten rules give another priority."""
    found = list(rules)
    for place in dice.sample(range(len(rules) // 2), 10):
        rule, (queue, priority) = found[place]
        found[place] = rule, (queue, priority % 5 + 1)
    return found


def swapped(rules: Numbered, dice: Random) -> Numbered:
    """Up to 200 pairs of neighbours that are disjoint, the other way round."""
    found, done, place = list(rules), 0, dice.randrange(2)
    while done < 200 and place + 1 < len(found):
        if disjoint(found[place][0], found[place + 1][0]):
            found[place], found[place + 1] = found[place + 1], found[place]
            done += 1
            place += 1
        place += 1
    return found


def disjoint(one: list[Test], other: list[Test]) -> bool:
    for name, kind, values in one:
        for again, same, theirs in other:
            if name == again and kind == same:
                if kind == "range" and (values[1] < theirs[0] or theirs[1] < values[0]):
                    return True
                if kind != "range" and not set(values) & set(theirs):
                    return True
    return False


def by_z3(old: Numbered, new: Numbered) -> tuple[float, bool]:
    import z3

    start = perf_counter()
    tests = [test for rule, _ in (*old, *new) for test in rule]
    names = {name: z3.Int(name) for name, _, _ in tests}
    missing = {name: z3.Bool(f"{name}?") for name in names if name.startswith("e")}
    solver = z3.Solver()
    for name, variable in names.items():
        high = SIZES[int(name[1])] - 1 if name[0] == "e" else BOUNDS[int(name[1])] if name[0] == "n" else 1
        solver.add(variable >= 0, variable <= high)

    def met(test: Test) -> Any:
        name, kind, values = test
        if kind == "in":
            return z3.And(z3.Not(missing[name]), z3.Or([names[name] == value for value in values]))
        if kind == "range":
            return z3.And(names[name] >= values[0], names[name] <= values[1])
        return names[name] == values[0]

    def outcome(rules: Numbered) -> Any:
        found = z3.IntVal(5)
        for rule, (queue, priority) in reversed(rules):
            code = priority + (10 if queue == "portal" else 0)
            found = z3.If(z3.And([met(test) for test in rule]), z3.IntVal(code), found)
        return found

    solver.add(outcome(old) != outcome(new))
    differs = solver.check() == z3.sat
    if differs:
        model = solver.model()
        solver.add(z3.Or([v != model.eval(v, model_completion=True) for v in names.values()]))
        solver.check()
    return perf_counter() - start, differs


if __name__ == "__main__":
    main()
