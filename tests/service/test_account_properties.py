"""No log ever holds what a customer is or says, and a log is enough to decide again."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from routekit import Engine, Policy
from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy, Field
from routekit.schema.types import SetOf, Text
from routekit.service.decision_log import DecisionLog, Entry, FileSink, Sink, StructlogSink
from routekit.service.decision_log.replay import Replay, read_record
from routekit.service.decision_log.uncertainty import TOLD
from routekit.testing.choices import seeded
from tests.properties.hostile import HOSTILE, MARKER
from tests.properties.packs import PACKS, pack, sample_contacts
from tests.strategies import contacts, policy_texts, seeds

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class _Heard(logging.Handler):
    """What the library tells its own logger."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(repr(record.__dict__))


@contextmanager
def _heard() -> Iterator[_Heard]:
    heard, logger = _Heard(), logging.getLogger("routekit")
    level = logger.level
    logger.addHandler(heard)
    logger.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        logger.removeHandler(heard)
        logger.setLevel(level)


def logged(*entries: Entry, plain: tuple[str, ...] = (), pseudonyms: str | None = None) -> list[str]:
    """The lines that a file holds of some decisions."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "decisions.jsonl"
        log = DecisionLog(FileSink(path), plain=plain, pseudonyms=pseudonyms)
        for entry in entries:
            log.put(entry)
        assert log.close()
        assert log.status()["failed"] == 0
        return path.read_text(encoding="ascii").splitlines()


def entry(decision: Decision, contact: object, policy: CheckedPolicy, number: int = 0) -> Entry:
    return Entry(f"d-{number}", NOON, 0.00003, decision, contact, policy)


# ── nothing personal ──────────────────────────────────────────────────────────


def _is_text(field: Field) -> bool:
    return isinstance(field.type.element if isinstance(field.type, SetOf) else field.type, Text)


def _planted(policy: CheckedPolicy, contact: object, seed: int) -> dict[str, object]:
    """The contact with the marker as every text, as what is undeclared, as keys, and in places of its own."""
    dice = seeded(seed)
    made: dict[str, object] = {**contact} if isinstance(contact, dict) else {}
    hostile = [make for name, make in HOSTILE.items() if name not in ("million values", "deep list")]
    for record in policy.records:
        old = made.get(record.name)
        part: dict[str, object] = {**old} if isinstance(old, dict) else {}
        for field in record.fields:
            if _is_text(field):
                part[field.name] = [MARKER] if isinstance(field.type, SetOf) else f"{MARKER} {field.name}"
            elif dice.chance(20):
                part[field.name] = dice.pick((MARKER, [MARKER], {MARKER: MARKER}, dice.pick(hostile)()))
        part["undeclared"] = part[MARKER] = MARKER
        made[record.name] = part if not dice.chance(5) else MARKER
    live: dict[object, object] = {MARKER: {"waiting": MARKER}}
    for queue in policy.queues:
        live[queue] = {signal.name: MARKER for signal in policy.live} | {MARKER: 1}
    made["live"] = live
    shown: list[object] = [
        {"offer": MARKER, "at": NOON},
        {"offer": MARKER, "at": MARKER},
        {MARKER: MARKER},
        MARKER,
    ]
    shown += [{"offer": offer.name, "at": NOON, "to": MARKER} for offer in policy.offers]
    made["offers_shown"] = shown if not dice.chance(10) else MARKER
    made |= {"undeclared": {"deep": [MARKER]}, MARKER: {MARKER: MARKER}}
    return made


@given(text=policy_texts(), data=st.data(), seed=seeds)
def test_personal_data_planted_anywhere_is_found_in_no_log(text: str, data: st.DataObject, seed: int) -> None:
    policy = Policy.from_text(text)
    contact = _planted(policy.checked, data.draw(contacts(policy.checked, corrupted=True)), seed)
    decision = Engine(policy).decide(contact, now=NOON)
    records, sheet = list[object](), StringIO()
    with _heard() as heard, TemporaryDirectory() as folder:
        path = Path(folder) / "decisions.jsonl"
        sinks: list[Sink] = [
            FileSink(path),
            StructlogSink(structlog.wrap_logger(structlog.PrintLogger(sheet))),
            records.append,
            _refusing,
        ]
        log = DecisionLog(*sinks, pseudonyms="a key that nobody else has")
        log.put(entry(decision, contact, policy.checked))
        log.close()
        status = log.status()
        assert [sink["written"] for sink in status["sinks"]] == [1, 1, 1, 0]  # type: ignore[index, call-overload, union-attr]
        told = (
            path.read_text(encoding="ascii")
            + repr(records)
            + sheet.getvalue()
            + repr(status)
            + repr(heard.said)
        )
    assert MARKER not in told
    assert "47114711" not in told


@pytest.mark.parametrize("name", PACKS)
def test_personal_data_planted_into_the_contacts_of_a_pack_is_found_in_no_log(name: str) -> None:
    policy = pack(name)
    engine = Engine(policy)
    planted = [
        _planted(policy.checked, contact, seed) for seed, contact in enumerate(sample_contacts(name)[:100])
    ]
    decided = [engine.decide(contact, now=NOON) for contact in planted]
    assert any(decision.agent is not None and MARKER in decision.agent for decision in decided)
    entries = [
        entry(decision, contact, policy.checked) for decision, contact in zip(decided, planted, strict=True)
    ]
    assert MARKER not in "".join(logged(*entries, pseudonyms="a key that nobody else has"))


def _refusing(record: object) -> None:
    raise ValueError(f"cannot take {record} of {MARKER}")


@given(text=policy_texts(), data=st.data(), seed=seeds)
def test_what_is_private_is_left_out_whatever_it_is(text: str, data: st.DataObject, seed: int) -> None:
    policy, dice = Policy.from_text(text), seeded(seed)
    private = {
        f"{record.name}.{field.name}"
        for record in policy.checked.records
        for field in record.fields
        if dice.chance(40)
    }
    marked = _marked(policy.checked, private)
    contact = data.draw(contacts(marked))
    decision = Engine(Policy(marked)).decide(contact, now=NOON)
    record = json.loads(logged(entry(decision, contact, marked), plain=tuple(private))[0])
    kept = {
        f"{name}.{field}"
        for name, part in record["contact"].items()
        if isinstance(part, dict) and name != "live"
        for field in part
    }
    assert not kept & private
    sent = {
        f"{name}.{field}"
        for name, part in contact.items()  # type: ignore[attr-defined]
        if isinstance(part, dict) and name not in ("live", "not_declared")
        for field, value in part.items()
        if value is not None
    }
    assert sent & private <= set(record["masked"])


def _marked(policy: CheckedPolicy, private: set[str]) -> CheckedPolicy:
    return replace(
        policy,
        records=tuple(
            replace(
                record,
                fields=tuple(
                    replace(field, private=f"{record.name}.{field.name}" in private)
                    for field in record.fields
                ),
            )
            for record in policy.records
        ),
    )


# ── enough to decide again ────────────────────────────────────────────────────


@given(text=policy_texts(), data=st.data(), seed=seeds)
def test_a_logged_decision_is_never_said_to_come_out_otherwise_by_its_own_policy(
    text: str, data: st.DataObject, seed: int
) -> None:
    policy, dice = Policy.from_text(text), seeded(seed)
    fields = [f"{record.name}.{field.name}" for record in policy.checked.records for field in record.fields]
    marked = _marked(policy.checked, {path for path in fields if dice.chance(20)})
    plain = tuple(path for path in fields if dice.chance(50))
    contact = data.draw(contacts(marked, corrupted=dice.chance(30)))
    engine = Engine(Policy(marked))
    decision = engine.decide(contact, now=NOON)
    [line] = logged(entry(decision, contact, marked), plain=plain)
    record = json.loads(line)
    verdict = Replay(engine).compare(read_record(record))
    assert verdict.kind in ("same", "in doubt"), verdict
    if not record["masked"]:
        assert verdict.kind == "same", verdict


@given(texts=st.tuples(policy_texts(), seeds), data=st.data())
def test_what_a_replay_says_of_another_policy_is_true(texts: tuple[str, int], data: st.DataObject) -> None:
    text, seed = texts
    dice, policy = seeded(seed), Policy.from_text(text)
    fields = [f"{record.name}.{field.name}" for record in policy.checked.records for field in record.fields]
    old = _marked(policy.checked, {path for path in fields if dice.chance(20)})
    kept = [rule for rule in old.rules[:-1] if not dice.chance(30)]
    new = replace(
        old,
        revision="another",
        rules=(*kept[::-1], old.rules[-1]),
        adjustments=tuple(one for one in old.adjustments if not dice.chance(30)),
        offers=tuple(one for one in old.offers if not dice.chance(20)),
        nevers=tuple(one for one in old.nevers if not dice.chance(30)),
    )
    contact = data.draw(contacts(old))
    before, after = Engine(Policy(old)), Engine(Policy(new))
    was, now = (engine.decide(contact, now=NOON).to_dict() for engine in (before, after))
    [line] = logged(entry(before.decide(contact, now=NOON), contact, old))
    record = read_record(json.loads(line))
    differ = {part.name for part in TOLD if was[part.name] != now[part.name]}
    parts: list[Any] = [one.get("data", {}) for one in (was, now)]
    differ |= {f"data.{name}" for name in parts[0] if parts[0][name] != parts[1][name]}
    for replay in (Replay(after), Replay(before, after)):
        verdict = replay.compare(record)
        assert verdict.kind != "same" or not differ, verdict
        if verdict.kind in ("outcome", "rule"):
            assert {change.what for change in verdict.changes} <= differ, verdict
        if verdict.kind == "rule":
            assert differ <= {"rule", "arm"}, verdict


def test_the_packs_are_replayed_without_a_difference() -> None:
    for name in PACKS:
        policy = pack(name)
        engine = Engine(policy)
        samples = sample_contacts(name)[:200]
        decided = [engine.decide(contact, now=NOON) for contact in samples]
        entries = [
            entry(decision, contact, policy.checked, number)
            for number, (decision, contact) in enumerate(zip(decided, samples, strict=True))
        ]
        verdicts = [Replay(engine).compare(read_record(json.loads(line))) for line in logged(*entries)]
        assert len(verdicts) == len(samples)
        assert {verdict.kind for verdict in verdicts} <= {"same", "in doubt"}
