"""Proofs and differences of the policies of five trades, beside z3 asked directly.

    python -m benchmarks.prove [TRADE…] [--timeout SECONDS] [--no-diff] [--reasons]

For each policy of ``benchmarks.trades``: how many rules it has, the CPU-seconds of a whole ``prove``, what it
found and what it left unknown, and the same for the difference that ten edits make. z3 is asked which rules
can be reached, and whether the guarantees hold, over the terms of ``benchmarks.as_z3``; texts, calendars,
ages and the clock on the wall are free to it, so its answer is the easier one. It gives no smallest contact,
looks for no gaps and does not replay. Where it says that a rule cannot be reached, or that a guarantee holds,
routekit must not say otherwise.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable
from random import Random
from resource import RUSAGE_SELF, getrusage
from time import process_time

from benchmarks.trades import TRADES
from routekit import Policy
from routekit.analysis import Proof, diff, prove

__all__ = ["edited", "main", "unknown_of"]


def main() -> int:
    """Measures, prints; 1 where z3 and routekit disagree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("trades", nargs="*", metavar="TRADE", help=f"of {', '.join(TRADES)}; all of them")
    parser.add_argument("--timeout", type=float, default=600, help="seconds for each question")
    parser.add_argument("--no-diff", action="store_true", help="no differences")
    parser.add_argument("--reasons", action="store_true", help="why something is unknown, and how often")
    options = parser.parse_args()
    wrong = 0
    columns = ("rules", 5), ("prove", 7), ("found", 5), ("unknown", 7), ("z3", 7), ("unknown", 7)
    more = () if options.no_diff else (("ten edits", 9), ("unknown", 7))
    print(" " * 9, *(f"{title:>{width}}" for title, width in (*columns, *more)))
    for trade in options.trades or TRADES:
        text = TRADES[trade]()
        policy = Policy.from_text(text)
        start = process_time()
        proof = prove(policy, timeout=options.timeout)
        took = process_time() - start
        unknown = unknown_of(proof)
        line = f"{trade:9} {len(policy.checked.rules):5} {took:6.1f}s {_found(proof):5} {unknown.total():7}"
        try:
            theirs, open_, disagreed = by_z3(policy, proof, options.timeout)
        except ImportError:
            line += f" {'':>7} {'':>7}"
        else:
            wrong += len(disagreed)
            line += f" {theirs:6.1f}s {open_:7}"
            for name in disagreed:
                print(f"{name}: z3 says it cannot be, routekit says it can", file=sys.stderr)
        print(line, end="" if not options.no_diff else "\n", flush=True)
        if not options.no_diff:
            other = Policy.from_text(edited(text))
            start = process_time()
            difference = diff(policy, other, timeout=options.timeout)
            print(f" {process_time() - start:8.1f}s {len(difference.unknown):7}", flush=True)
            unknown += Counter(_plain(item.why.reason) for item in difference.unknown)
        if options.reasons:
            for reason, count in unknown.most_common():
                print(f"{'':9} {count:5} {reason}")
    print(f"at most {getrusage(RUSAGE_SELF).ru_maxrss // 1024} MB")
    return 1 if wrong else 0


def _found(proof: Proof) -> int:
    return sum(item.kind != "unknown" for item in proof.findings) + sum(
        item.answer == "counterexample" for item in proof.guarantees
    )


def unknown_of(proof: Proof) -> Counter[str]:
    """Returns how often each reason stands behind an unknown answer; names are left out of reasons."""
    findings = [item.reason for item in proof.findings if item.kind == "unknown"]
    promises = [item.reason for item in proof.guarantees if item.answer == "unknown"]
    return Counter(map(_plain, findings + promises))


def _plain(reason: str) -> str:
    return re.sub(r"`[^`]*`", "`…`", reason)


def edited(text: str, seed: int = 8) -> str:
    """Returns a policy with ten edits of its rules: five priorities and five thresholds are others.

    >>> rule = "rule a when customer.value >= 80 then queue desk, priority 3"
    >>> edited("route {\\n" + rule).splitlines()[1]
    'rule a when customer.value >= 81 then queue desk, priority 4'
    """
    dice, lines = Random(seed), text.splitlines()
    first = lines.index("route {")
    last = next((place for place, line in enumerate(lines) if line == "adjust {"), len(lines))
    for pattern, change in ((r"priority (\d)\b", _next_priority), (r">= (\d+)\b", _one_more)):
        places = [place for place in range(first, last) if re.search(pattern, lines[place])]
        for place in dice.sample(places, min(5, len(places))):
            lines[place] = re.sub(pattern, change, lines[place], count=1)
    return "\n".join(lines) + "\n"


def _next_priority(found: re.Match[str]) -> str:
    return f"priority {int(found[1]) % 9 + 1}"


def _one_more(found: re.Match[str]) -> str:
    return f">= {int(found[1]) + 1}"


def by_z3(policy: Policy, proof: Proof, timeout: float) -> tuple[float, int, list[str]]:
    """Returns the CPU-seconds of z3, how much it left open, and where it disagrees.

    Raises ``ImportError`` where z3 is not installed.
    """
    import z3

    from benchmarks.as_z3 import AsZ3

    start = process_time()
    solver, open_, dead, kept = z3.Solver(), 0, [], []
    solver.set("timeout", int(1000 * timeout))
    terms = AsZ3(policy.checked)
    rules = terms.decides()
    broken = [(guarantee, terms.broken(guarantee)) for guarantee in policy.checked.guarantees]
    solver.add(terms.bounds)
    for guarantee, where in broken:
        answer = solver.check(where)
        open_ += answer == z3.unknown
        if answer == z3.unsat:
            kept.append(guarantee.name)
    for rule, where in rules:
        answer = solver.check(where)
        open_ += answer == z3.unknown
        if answer == z3.unsat:
            dead.append(rule.name)
        solver.add(z3.Not(where))
    took = process_time() - start
    reached = _reached(proof, dead)
    broken_ours = [
        item.name for item in proof.guarantees if item.answer == "counterexample" and item.name in kept
    ]
    return took, open_, [*reached, *broken_ours]


def _reached(proof: Proof, dead: Iterable[str]) -> list[str]:
    """The rules among these that routekit neither found to be dead nor left open."""
    told = {item.subject for item in proof.findings}
    return [name for name in dead if name not in told]


if __name__ == "__main__":
    sys.exit(main())
