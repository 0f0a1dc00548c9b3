"""The strategies: contacts as they should be, contacts as they should not, and times worth trying."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from routekit.diagnostics.diagnostic import closest
from routekit.engine.policy import Policy
from routekit.policy.references import key_of, path_of
from routekit.testing.choices import Dice, seeded
from routekit.testing.contact_generator import Callers, WellFormed, put
from routekit.translation import t

__all__ = ["clocks", "contacts", "made", "malformed_contacts"]

T = TypeVar("T")


@cache
def _below(count: int) -> SearchStrategy[int]:
    return st.integers(0, count - 1)


@st.composite
def made(draw: DrawFn, make: Callable[[Dice], T]) -> T:
    """Returns what a function makes of dice, each choice drawn by Hypothesis."""
    return make(Dice(lambda count: draw(_below(count))))


def contacts(
    policy: Policy, *, given: Mapping[str, object] | None = None
) -> SearchStrategy[dict[str, object]]:
    """Returns contacts as the policy declares them, in the form in which they come as JSON.

    They reach its corners: the values that it compares with and those just beside them, the ends of its
    ranges, the members of its lists, times at which a calendar opens or closes; what may be missing is
    missing at times. A failing contact is reduced to one that says little more than what makes it fail.

    ``given`` holds fields fast, each by its path and to a value as JSON has it:
    ``{"contact.channel": "voice", "live.general.waiting": 3}``. Raises ``ValueError`` for a path that the
    policy does not have.

    >>> from hypothesis import given, settings
    >>> from routekit import Engine
    >>> policy = Policy.from_path("examples/care.route")
    >>> engine = Engine(policy)
    >>> @settings(database=None)
    ... @given(contacts(policy, given={"customer.complaints_90d": 3}))
    ... def sensitive_customers_reach_a_person(contact):
    ...     assert engine.decide(contact, strict=True).queue == "dedicated"
    >>> sensitive_customers_reach_a_person()
    """
    writer = WellFormed(policy.checked)
    fixed = _fixed(writer, given or {})

    def contact(dice: Dice) -> dict[str, object]:
        written = writer.contact(dice)
        for path, value in fixed.items():
            put(written, path, value)
        return written

    return made(contact)


def _fixed(writer: WellFormed, given: Mapping[str, object]) -> dict[tuple[str, ...], object]:
    known = {path_of(ref): key_of(ref) for ref in writer.fields}
    for path in given:
        if path not in known:
            likely = closest(path, known)
            hint = t("; did you mean `{likely}`?", likely=likely) if likely else ""
            raise ValueError(t("the policy has no field `{path}`{hint}", path=path, hint=hint))
    return {known[path]: value for path, value in given.items()}


def malformed_contacts(policy: Policy) -> SearchStrategy[object]:
    """Returns contacts in which something is not as the policy declares it, most often a value or two.

    What stands there may be anything that Python has: other types, NaN, numbers and texts beyond any
    bounds, broken times, lists of the wrong things, in rare cases no contact at all.
    """
    return made(Callers(policy.checked, seeded(0)).corrupted)


def clocks(policy: Policy) -> SearchStrategy[datetime]:
    """Times worth deciding at: when calendars open and close, holidays, changes of the clock; with UTC."""
    return st.sampled_from(WellFormed(policy.checked).clocks)
