"""The four rule packs: one decision beside a function written by hand and beside zen, tables beside the loop.

``python -m benchmarks.packs`` (a minute) prints ratios. Each function is first compared with the reference,
on thousands of contacts; the exit status is 1 where one decides otherwise.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks import by_zen
from benchmarks.by_hand import BY_HAND
from routekit import Engine, Policy
from routekit.intake import Intake, Sent
from routekit.policy.model import CheckedPolicy
from routekit.reference import decide as by_reference
from routekit.schema.types import SetOf
from routekit.testing.choices import seeded
from routekit.testing.contact_generator import Callers

__all__ = ["differences", "main"]

ROOT = Path(__file__).parent.parent
CLOCK = datetime(2026, 11, 23, 3, tzinfo=UTC)
ROUNDS, TABLE_ROUNDS = 40, 6


def policy_of(pack: str) -> Policy:
    """The pack's policy."""
    return Policy.from_path(ROOT / "rules" / f"{pack}.route")


def contacts_of(pack: str) -> list[Any]:
    """The sample contacts of a pack, a few of which are wrong in some way."""
    lines = (ROOT / "examples" / "contacts" / f"{pack}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def differences(pack: str, more: int) -> list[object]:
    """The contacts, of samples and as many more, that the function decides otherwise than the reference."""
    policy, by_hand = policy_of(pack).checked, BY_HAND[pack]
    intake, dice = Intake(policy), seeded(20_261_123)
    callers = Callers(policy, dice)
    made = [callers.valid(dice, CLOCK) for _ in range(more)]
    found: list[object] = []
    for contact in (*contacts_of(pack), *made):
        expected = by_reference(policy, intake.read(contact, CLOCK)).to_dict()
        del expected["revision"]
        if by_hand(contact, CLOCK) != expected:
            found.append(contact)
    return found


def best(ways: Sequence[Callable[[Any], object]], contacts: Sequence[Any]) -> list[float]:
    """Seconds per decision, by each of some ways to decide.

    For each contact the best of some rounds, in which the ways take turns, so that noise is left out.
    """
    quickest = [[float("inf")] * len(contacts) for _ in ways]
    for turn in range(ROUNDS):
        for place, contact in enumerate(contacts):
            for number in range(len(ways)):
                way = (number + turn) % len(ways)
                decide = ways[way]
                start = perf_counter()
                decide(contact)
                taken = perf_counter() - start
                if taken < quickest[way][place]:
                    quickest[way][place] = taken
    return [sum(each) / len(each) for each in quickest]


def _by_the_clock(by_hand: Callable[[Any, datetime], object]) -> Callable[[Any], object]:
    return lambda contact: by_hand(contact, CLOCK)


# ── zen ───────────────────────────────────────────────────────────────────────


def asked_of_zen() -> list[tuple[Any, dict[str, object]]]:
    """The sample contacts that zen can decide, each with what it should say; all have a time of their own."""
    policy = policy_of(by_zen.PACK).checked
    intake, asked = Intake(policy), []
    for contact in contacts_of(by_zen.PACK):
        facts = intake.read(contact, CLOCK)
        decision = by_reference(policy, facts)
        if facts.problems or decision.rule in by_zen.SPLITS:
            continue
        contact["contact"].setdefault("at", CLOCK.isoformat())
        expected = {
            "rule": decision.rule,
            "queue": decision.queue,
            "channel": decision.channel,
            "priority": decision.priority,
            "message": decision.message or "",
            "skills": sorted(decision.skills),
        }
        asked.append((contact, expected))
    return asked


def beside_zen() -> int:
    """Prints how the part of a pack that zen can say compares; how many contacts it decides otherwise."""
    if not by_zen.is_installed():
        print("zen: left out, zen-engine is not installed")
        return 0
    decide, asked = by_zen.loaded(), asked_of_zen()
    answers = [decide(contact) for contact, _ in asked]
    wrong = sum(
        {**answer, "skills": sorted(answer["skills"])} != expected
        for answer, (_, expected) in zip(answers, asked, strict=True)
    )
    engine = Engine(policy_of(by_zen.PACK))
    mine, theirs = best([engine.decide, decide], [contact for contact, _ in asked])
    print(
        f"zen, the part of {by_zen.PACK} that it can say: {theirs * 1e6:.1f} µs,"
        f" {theirs / mine:.1f} times that of the whole pack ({mine * 1e6:.1f} µs)"
    )
    return wrong


# ── tables ────────────────────────────────────────────────────────────────────


def rows_of(pack: str, policy: CheckedPolicy, count: int) -> list[Any]:
    """Contacts that bring nothing wrong, each with a time and an id of its own."""
    intake = Intake(policy)
    samples = [each for each in contacts_of(pack) if not intake.read(each, CLOCK).problems]
    rows = []
    for place in range(count):
        row = json.loads(json.dumps(samples[place % len(samples)]))
        row["contact"]["at"] = (CLOCK + timedelta(seconds=977 * place)).isoformat()
        row.setdefault("customer", {})["id"] = f"c-{place}"
        rows.append(row)
    return rows


def table_of(policy: CheckedPolicy, rows: Sequence[Any]) -> Any:
    """The same contacts as an Arrow table, a column of its type for each field that one of them has."""
    import pyarrow as pa

    sent: list[Sent] = [Intake(policy).sent(row) for row in rows]
    columns: dict[str, Any] = {}
    for record in policy.records:
        for field in record.fields:
            values: list[Any] = [each.records.get(record.name, {}).get(field.name) for each in sent]
            if isinstance(field.type, SetOf):
                values = [None if value is None else sorted(value) for value in values]
            if any(value is not None for value in values):
                columns[f"{record.name}.{field.name}"] = pa.array(values)
    for queue in policy.queues:
        for signal in policy.live:
            values = [each.queues.get(queue, {}).get(signal.name) for each in sent]
            if any(value is not None for value in values):
                columns[f"live.{queue}.{signal.name}"] = pa.array(values)
    shown = [[{"offer": one.offer, "at": one.at} for one in each.shown] or None for each in sent]
    return pa.table({**columns, "offers_shown": pa.array(shown)})


def seconds(run: Callable[[], object], rounds: int) -> float:
    """The best of some rounds."""
    taken = []
    for _ in range(rounds):
        start = perf_counter()
        run()
        taken.append(perf_counter() - start)
    return min(taken)


def main() -> int:
    """Compares, measures, prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--contacts", type=int, default=2_000, help="made contacts to compare, for each pack")
    parser.add_argument("--rows", type=int, default=20_000, help="rows of a table")
    options = parser.parse_args()
    wrong = 0
    print("pack       routekit   by hand   times as fast   table against loop")
    for pack, by_hand in BY_HAND.items():
        wrong += len(differences(pack, options.contacts))
        engine, contacts = Engine(policy_of(pack)), contacts_of(pack)
        ways = [engine.decide, _by_the_clock(by_hand)]
        mine, theirs = best(ways, contacts)
        rows = rows_of(pack, engine.policy.checked, options.rows)
        table = table_of(engine.policy.checked, rows)
        looped = seconds(lambda: [engine.decide(row) for row in rows], 3)  # noqa: B023  # called at once
        at_once = seconds(lambda: engine.decide_batch(table), TABLE_ROUNDS)  # noqa: B023  # as above
        print(
            f"{pack:10} {mine * 1e6:5.1f} µs {theirs * 1e6:7.1f} µs {theirs / mine:12.2f}×"
            f" {looped / at_once:14.1f}×"
        )
    wrong += beside_zen()
    if wrong:
        print(f"{wrong} contacts are decided otherwise", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
