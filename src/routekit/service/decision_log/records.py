"""The record of a decision: what was decided, and on what facts, as far as these may be written down."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from math import inf, isfinite
from typing import TypeAlias

from routekit.intake import Intake, Sent
from routekit.intake.contact import Told
from routekit.policy.decision import Data, Decision, PlanStep
from routekit.policy.model import CheckedPolicy, SetData
from routekit.policy.outcome_parts import LOGGED_PARTS
from routekit.schema.types import Value
from routekit.schema.writing import JSON, PLAIN, as_json
from routekit.service.contact_events import TEXTS
from routekit.service.decision_log.masking import (
    AGENT,
    MASKED,
    OFFERS_SHOWN,
    STEP_AGENT,
    STEP_DATA,
    Masking,
    pseudonym,
)
from routekit.service.decision_log.rendering import Entry, Happened, Record

__all__ = ["FORMAT_VERSION", "Recorder"]

FORMAT_VERSION = 1
_MOST_POLICIES = 8
"""Revisions whose masking is kept: those that decide at one time, and some that just did."""

_Policy: TypeAlias = tuple[CheckedPolicy, Intake, Masking]


class Recorder:
    """Makes the records of decisions; for one thread, since it keeps what it knows of each policy."""

    def __init__(self, plain: frozenset[str], key: bytes | None) -> None:
        self._plain = plain
        self._key = key
        self._known: dict[int, _Policy] = {}

    def anew(self) -> "Recorder":
        """Makes another one with the same settings."""
        return Recorder(self._plain, self._key)

    def __call__(self, entry: Entry | Happened) -> Record:
        if isinstance(entry, Happened):
            return self._event(entry)
        decision = entry.decision
        told = Decision.to_dict(decision)  # a router's own tells the past of the customer too
        _, intake, masking = self._policy(entry.policy)
        shown = _Shown(masking, self._key)
        contact = shown.contact(intake.sent(entry.contact))
        agent = decision.agent
        if agent is not None and not masking.shows_agent(decision.rule, agent):
            shown.mask(AGENT, agent)
            agent = None
        record: dict[str, JSON] = {
            "format_version": FORMAT_VERSION,
            "id": entry.id,
            "at": _time(entry.at),
            "latency_us": _microseconds(entry.latency),
            "policy": decision.policy,
            "revision": decision.revision,
        }
        record |= {part.name: told[part.name] for part in LOGGED_PARTS if part.name in told}  # type: ignore[misc]  # it is JSON
        record["agent"] = agent
        record["plan"] = [_without_agent(step, decision.rule, masking, shown) for step in decision.plan]
        if "data" in record:
            record["data"] = shown.data(decision.data, SetData.part)
        record["problems"] = told["problems"]  # type: ignore[assignment]
        record["contact"] = contact
        record["masked"] = list(shown.masked)
        if self._key is not None:
            record["pseudonyms"] = dict(shown.pseudonyms)
        if entry.round is not None:
            record["round"] = entry.round
        if entry.canary is not None:
            record["canary"] = entry.canary
        return record

    def _event(self, entry: Happened) -> Record:
        """The record of an event: that of a decision lies elsewhere in the log, and has its id."""
        _, _, masking = self._policy(entry.policy)
        shown = _Shown(masking, self._key)
        record = entry.event.to_dict()
        for name in TEXTS:
            text = record.get(name)
            if isinstance(text, str) and not masking.shows_event(name, text):
                shown.mask(name, text)
                del record[name]
        if shown.masked:
            record["masked"] = list(shown.masked)
        if shown.pseudonyms:
            record["pseudonyms"] = dict(shown.pseudonyms)
        record["format_version"] = FORMAT_VERSION
        return record

    def _policy(self, policy: CheckedPolicy) -> _Policy:
        known = self._known.get(id(policy))
        if known is None:
            known = policy, Intake(policy), Masking(policy, self._plain)
            while len(self._known) >= _MOST_POLICIES:
                del self._known[next(iter(self._known))]
            self._known[id(policy)] = known
        return known


class _Shown:
    """What is written of one contact, and what is only named."""

    def __init__(self, masking: Masking, key: bytes | None) -> None:
        self._masking = masking
        self._key = key
        self.masked: list[str] = []
        self.pseudonyms: dict[str, JSON] = {}

    def contact(self, sent: Sent) -> dict[str, JSON]:
        contact: dict[str, JSON] = {**self._parts(sent.records)}
        live = self._parts(sent.queues, "live")
        if live:
            contact["live"] = {**live}
        if sent.told:
            contact["offers_shown"] = _showings([self._named(told) for told in sent.told])
        for path in sent.unreadable:  # so that it is known, and can be replayed, that something was there
            _put(contact, path, {})
        return contact

    def _parts(self, parts: Mapping[str, Mapping[str, Value]], *within: str) -> dict[str, dict[str, JSON]]:
        """The values that may be written, by record or queue."""
        written: dict[str, dict[str, JSON]] = {}
        for name, values in parts.items():
            watched = self._masking.watched.get((*within, name), frozenset())
            part: dict[str, JSON] = {}
            for field, value in values.items():
                if field in watched and not self._masking.shows((*within, name, field), value):
                    self.mask(".".join((*within, name, field)), value)
                else:
                    part[field] = value if type(value) in PLAIN else as_json(value)  # type: ignore[assignment]
            if part:
                written[name] = part
        return written

    def _named(self, told: Told) -> Told:
        """What was shown, without the name of an offer that the policy does not have; caps count it alike."""
        offer, at, times = told
        if offer is None or offer in self._masking.offers:
            return told
        if OFFERS_SHOWN not in self.masked:
            self.masked.append(OFFERS_SHOWN)
        return f"{MASKED} {OFFERS_SHOWN}", at, times

    def data(self, data: Data, path: str) -> dict[str, JSON]:
        """The parts that the policy declares, as far as they may be written; ``path`` is where they stand."""
        written: dict[str, JSON] = {}
        for name, value in data.items():
            if value is None or self._masking.shows_data(name, value):
                written[name] = None if value is None else as_json(value)
            else:
                self.mask(f"{path}.{name}", value)
        return written

    def mask(self, path: str, value: Value) -> None:
        if path in self.masked:  # of a step before
            return
        self.masked.append(path)
        if self._key is not None and not isinstance(value, frozenset):
            self.pseudonyms[path] = pseudonym(self._key, path, str(as_json(value)))


def _without_agent(step: PlanStep, rule: str, masking: Masking, shown: _Shown) -> dict[str, JSON]:
    """A step as JSON has it, without the agent whom it wishes for where nobody may read of him."""
    if step.agent is not None and not masking.shows_agent(rule, step.agent):
        shown.mask(STEP_AGENT, step.agent)
        step = replace(step, agent=None)
    told: dict[str, JSON] = step.to_dict()  # type: ignore[assignment]  # it is JSON
    if step.data:
        told["data"] = shown.data(step.data, STEP_DATA.removesuffix("."))
    return told


def _showings(shown: Collection[Told]) -> JSON:
    """The offers shown, as they read again; without what could not be read."""
    if any(times == inf for _, _, times in shown):
        return {}
    return [
        {**({} if offer is None else {"offer": offer}), **({} if at is None else {"at": _time(at)})}
        for offer, at, _ in shown
    ]


def _put(contact: dict[str, JSON], path: tuple[str, ...], value: JSON) -> None:
    """Sets a member of a contact, in parts that are made where they are not there."""
    *parents, last = path
    part = contact
    for parent in parents:
        inner = part.setdefault(parent, {})
        assert isinstance(inner, dict)
        part = inner
    part[last] = value


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _microseconds(seconds: float) -> float | None:
    return round(seconds * 1e6, 1) if isfinite(seconds) else None
