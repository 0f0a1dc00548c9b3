"""What of a policy's contacts may stand in a log, and what only by its path."""

import hmac
from collections.abc import Collection, Iterable, Iterator

from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Field, Rule
from routekit.policy.outcomes import (
    all_outcomes,
    expressions_of,
    outcomes_of,
    values_set,
    worked_out_later,
)
from routekit.policy.references import Reads, declared, expressions, key_of, path_of
from routekit.schema.types import Choice, SetOf, Text, Value

__all__ = ["AGENT", "MASKED", "OFFERS_SHOWN", "STEP_AGENT", "STEP_DATA", "Masking", "pseudonym"]

AGENT = "agent"
STEP_AGENT = "plan.agent"
STEP_DATA = "plan.data."
OFFERS_SHOWN = "offers_shown"
"""The path of names of offers that the policy does not have, which may be anything."""
MASKED = "masked:"
"""Begins what stands in for a text that the log leaves out."""


class Masking:
    """Tells for each value of one policy whether it may be written; made once for a policy.

    A free text may be anything, a name or a complaint, so it is written only where the policy itself has
    written it in an expression, or its path is in ``plain``. Values of named lists do not count: these may be
    lists of customers.
    """

    def __init__(self, policy: CheckedPolicy, plain: frozenset[str]) -> None:
        self._plain = plain
        self._words = frozenset(_words(policy))
        self._named: dict[str, Collection[Value]] = {
            "queue": policy.queues.keys(),
            "channel": policy.channels.keys(),
            AGENT: self._words,
        }
        fields = declared(policy)
        self._private = frozenset(key_of(leaf) for leaf, field in fields.items() if field.private)
        self._free = frozenset(
            key_of(leaf) for leaf, field in fields.items() if _is_free(field) and path_of(leaf) not in plain
        )
        self.watched = _by_part(self._private | self._free)
        """The names of all that is not written whatever its value, by record or queue."""
        reads = Reads(policy)
        self.offers = frozenset(offer.name for offer in policy.offers)
        """The names of offers that may be written."""
        self._data = {field.name: self._of_data(policy, reads, field) for field in policy.data}
        self._wishes = {name: self._wish(reads, rules) for name, rules in _rules_by_name(policy).items()}

    def shows(self, key: tuple[str, ...], value: Value) -> bool:
        """Tells if a value of a field (``record, field``) or signal (``"live", queue, signal``) is shown."""
        if key in self._private:
            return False
        return key not in self._free or self._is_said(value)

    def shows_agent(self, rule: str, agent: str) -> bool:
        """Checks whether the agent whom a rule wishes for is written: it may be a value of the contact."""
        is_private, is_free = self._wishes.get(rule, (False, True))
        return not is_private and (not is_free or agent in self._words)

    def shows_event(self, part: str, text: str) -> bool:
        """Checks whether a text of an event is written: a queue or channel of the policy, an agent it names.

        Whoever tells of an event writes what he likes, so that all else is left out, unless ``plain`` has
        that part.
        """
        return part in self._plain or text in self._named.get(part, ())

    def shows_data(self, name: str, value: Value) -> bool:
        """Checks whether a part that the policy declares is written: it may be a value of the contact."""
        is_private, is_free = self._data[name]
        return not is_private and (not is_free or self._is_said(value))

    def _of_data(self, policy: CheckedPolicy, reads: Reads, field: Field) -> tuple[bool, bool]:
        """Whether a part may tell something private, and whether it may be any text."""
        read = {key_of(leaf) for expr in values_set(policy, field.name) for leaf in reads(expr)}
        return field.private or bool(read & self._private), _is_free(field) and bool(read & self._free)

    def _is_said(self, value: Value) -> bool:
        return value <= self._words if isinstance(value, frozenset) else value in self._words

    def _wish(self, reads: Reads, rules: list[Rule]) -> tuple[bool, bool]:
        read = {
            key_of(leaf)
            for rule in rules
            for outcome in outcomes_of(rule.body)
            for expr in (*expressions_of(outcome).values(), *worked_out_later(outcome))
            for leaf in reads(expr)
        }
        return bool(read & self._private), bool(read & self._free)


def pseudonym(key: bytes, path: str, value: str) -> str:
    """Makes sixteen hexadecimal digits, the same for the same value of a path, that tell nobody more.

    >>> pseudonym(b"sixteen bytes, or more", "customer.id", "c-1")
    '0d071fd42e1c91b8'
    """
    return hmac.new(key, f"{path}\0{value}".encode(errors="surrogatepass"), "sha256").hexdigest()[:16]


def _is_free(field: Field) -> bool:
    element = field.type.element if isinstance(field.type, SetOf) else field.type
    return isinstance(element, Text)


def _words(policy: CheckedPolicy) -> Iterator[Value]:
    """The texts that the policy has written itself: in its expressions, and as defaults."""
    for field in declared(policy).values():
        if field.default is not None:
            yield from _each(field.default)
        element = field.type.element if isinstance(field.type, SetOf) else field.type
        if isinstance(element, Choice):
            yield from element.names
    for item in policy.data:
        if item.default is not None:
            yield from _each(item.default)
    written = (setting.expr for outcome in all_outcomes(policy) for setting in outcome.data)
    for expr in (*expressions(policy), *written):
        for part in e.parts(expr):
            match part:
                case e.Constant(value, named):
                    if not named:
                        yield from _each(value)
                case e.InSet(_, values, named) | e.SetTest(_, _, values, named):
                    if not named:
                        yield from values


def _each(value: Value) -> Iterator[Value]:
    if isinstance(value, frozenset):
        yield from value
    else:
        yield value


def _by_part(keys: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], frozenset[str]]:
    parts: dict[tuple[str, ...], set[str]] = {}
    for *part, name in keys:
        parts.setdefault(tuple(part), set()).add(name)
    return {part: frozenset(names) for part, names in parts.items()}


def _rules_by_name(policy: CheckedPolicy) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = {}
    for rule in policy.rules:
        found.setdefault(rule.name, []).append(rule)
    return found
