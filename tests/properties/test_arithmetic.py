"""Proofs about sums of several fields, against every contact of small domains."""

from itertools import product
from random import Random

from hypothesis import given

from routekit import Engine, Policy
from routekit.analysis import Proof, prove
from routekit.intake import Intake
from routekit.prover.domains.terms import NOON
from routekit.reference import holds
from tests.strategies import seeds, slow

FIELDS: dict[str, tuple[str, tuple[object, ...]]] = {
    "a": ("integer -2..2 = 0", (-2, -1, 0, 1, 2)),
    "b": ("integer 0..4 ?", (0, 1, 2, 3, 4, None)),
    "c": ("integer -1..3 = 1", (-1, 0, 1, 2, 3)),
    "x": ("number 0..1 = 0", (0, 0.1, 0.2, 0.3, 0.5, 0.7, 1)),
    "y": ("number -1..1 ?", (-1, -0.3, 0, 0.1, 0.7, 1, None)),
    "z": ("number 0.. ?", (0, 0.3, 5, 1e308, 1.7976931348623157e308, None)),
}
WHOLE, ALL = ("a", "b", "c"), tuple(FIELDS)


def term(dice: Random, names: tuple[str, ...]) -> str:
    """A number, made of fields."""
    whole = names is WHOLE
    kind = dice.randrange(9)
    if kind < 2:
        return f"r.{dice.choice(names)}"
    factor = dice.choice(("2", "3", "-1", "4")) if whole else dice.choice(("2", "0.1", "0.3", "-1", "1.5"))
    if kind < 4:
        return f"{factor} * r.{dice.choice(names)}"
    if kind == 4:
        return f"(r.{dice.choice(names)} else {dice.choice(('0', '1'))})"
    if kind == 5 and not whole:
        return f"r.{dice.choice(names)} / {dice.choice(('2', '3', '10'))}"
    if kind == 6:
        return f"({factor} * {term(dice, names)} else {dice.choice(('0', '1', '-2'))})"
    left, right = term(dice, names), term(dice, names)
    return f"({left} {dice.choice(('+', '-'))} {right})"


def condition(dice: Random, names: tuple[str, ...]) -> str:
    """A condition."""
    kind = dice.randrange(8)
    constant = (
        str(dice.randint(-3, 6))
        if names is WHOLE
        else dice.choice(("0", "0.3", "0.7", "1", "-0.5", "0.30000000000000004"))
    )
    sum_ = f"(1.5 * {term(dice, names)})" if names is not WHOLE else f"({term(dice, names)} + r.a)"
    match kind:
        case 0:
            return f"{sum_} in {constant}..{dice.randint(7, 8)}"
        case 1:
            return f"{sum_} is {constant}"
        case 2:
            return f"{sum_} in {{{constant}, 2}}"
        case 3:
            return f"not ({condition(dice, names)})"
        case 4:
            return f"({condition(dice, names)} or {condition(dice, names)})"
        case 5:
            return f"{term(dice, names)} {dice.choice(('<', '<=', '>', '>='))} {term(dice, names)}"
        case _:
            return f"{term(dice, names)} {dice.choice(('<', '<=', '>', '>='))} {constant}"


def conditions(dice: Random, names: tuple[str, ...]) -> str:
    """A few conditions that hold together."""
    return " and ".join(condition(dice, names) for _ in range(dice.choice((1, 1, 2, 3))))


def policy_of(dice: Random, names: tuple[str, ...]) -> str:
    """A policy of a few rules and promises about sums."""
    fields = " ".join(f"{name} {FIELDS[name][0]}" for name in names)
    rules = [
        f"rule r{number} when {conditions(dice, names)} then queue {dice.choice(('one', 'two'))}"
        for number in range(dice.randint(2, 5))
    ]
    promises = [
        f"guarantee g{number} when {conditions(dice, names)} then queue is {dice.choice(('one', 'two'))}"
        for number in range(2)
    ]
    return "\n".join(
        [
            f"policy p record contact {{ channel one of voice = voice }} record r {{ {fields} }}",
            "channel voice { assisted }",
            *(f"queue {name} {{ on voice }}" for name in ("one", "two", "three")),
            "route {",
            *rules,
            "otherwise queue three }",
            *promises,
        ]
    )  # fmt: skip


def contacts(names: tuple[str, ...]) -> list[dict[str, object]]:
    """Every contact of the small domains."""
    values = product(*(FIELDS[name][1] for name in names))
    return [{"r": {n: v for n, v in zip(names, row, strict=True) if v is not None}} for row in values]


@slow
@given(seeds)
def test_sums_of_whole_numbers_come_out_as_every_contact_shows(seed: int) -> None:
    policy = Policy.from_text(policy_of(Random(seed), WHOLE))
    engine, proof = Engine(policy), prove(policy)
    decisions = {}
    for contact in contacts(WHOLE):
        decisions[engine.decide(contact, now=NOON).rule] = contact
    assert [finding for finding in proof.findings if finding.kind == "unknown"] == []
    dead = {finding.subject for finding in proof.findings if finding.kind == "unreachable-rule"}
    assert dead == {rule.name for rule in policy.checked.rules} - decisions.keys()
    assert_promises(policy, proof, WHOLE, is_whole=True)


@slow
@given(seeds)
def test_nothing_is_proved_of_rounded_sums_that_a_contact_refutes(seed: int) -> None:
    names = tuple(sorted(Random(seed).sample(ALL, 3)))
    policy = Policy.from_text(policy_of(Random(seed), names))
    engine, proof = Engine(policy), prove(policy)
    reached = {engine.decide(contact, now=NOON).rule for contact in contacts(names)}
    dead = {finding.subject for finding in proof.findings if finding.kind == "unreachable-rule"}
    assert not dead & reached
    assert_promises(policy, proof, names, is_whole=False)


def assert_promises(policy: Policy, proof: Proof, names: tuple[str, ...], *, is_whole: bool) -> None:
    """Each promise is kept or broken as the contacts show."""
    intake = Intake(policy.checked)
    facts = [intake.read(contact, NOON) for contact in contacts(names)]
    for promise, guarantee in zip(proof.guarantees, policy.checked.guarantees, strict=True):
        is_broken = not all(holds(policy.checked, guarantee, each) for each in facts)
        if is_whole:
            assert promise.answer == ("counterexample" if is_broken else "proved")
        else:
            assert not (is_broken and promise.answer == "proved")
