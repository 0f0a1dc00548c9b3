"""The backtest of a change, whoever asks for it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from routekit.analysis import diff
from routekit.backtest.both import Both, Change
from routekit.backtest.load import Handling
from routekit.backtest.results import Backtest, backtested
from routekit.backtest.run import run
from routekit.diff import Difference
from routekit.engine.policy import Policy
from routekit.erlang import Target
from routekit.intake.cells import columns_of
from routekit.prover.limits import TIMEOUT
from routekit.readers import Row, open_contacts
from routekit.schema.times import utc_now

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["backtest", "change_of"]


def backtest(
    old: Policy,
    new: Policy,
    contacts: "str | Path | Iterable[object] | pa.Table",
    *,
    now: datetime | None = None,
    handling: Mapping[str, Handling] | None = None,
    target: Target | None = None,
    jobs: int = 1,
    timeout: float = TIMEOUT,
    broken: Callable[[Row], None] = lambda _: None,
) -> Backtest:
    """Tells what a new version of a policy would have done to contacts that came.

    ``contacts`` are a file that :func:`routekit.readers.open_contacts` reads, a pyarrow table, or contacts
    one by one. ``now`` is the clock of those without a time, by default that of the machine. ``handling`` is
    by queue; without it no people are counted. ``target`` is the service level, 80 % in 20 seconds unless
    another is given. A file is read by ``jobs`` processes, and ``broken`` is told each of its lines that
    cannot be read. ``timeout`` is that of the difference, in seconds. Raises what the reader raises.

    >>> text = '''
    ...     policy care
    ...     record contact { channel one of voice  at time ? }
    ...     record customer { value integer 0..100 = 0 }
    ...     channel voice { assisted  cost 4.00 }
    ...     queue general { on voice }
    ...     queue dedicated { on voice }
    ...     route {
    ...       rule best when customer.value >= 80 then queue dedicated
    ...       otherwise queue general
    ...     }
    ... '''
    >>> old, new = Policy.from_text(text), Policy.from_text(text.replace(">= 80", ">= 60"))
    >>> came = [
    ...     {"contact": {"channel": "voice", "at": "2026-11-23T10:00:00Z"}, "customer": {"value": value}}
    ...     for value in range(100)
    ... ]
    >>> found = backtest(old, new, came)
    >>> found.treated_differently, found.moved[0].group.who.condition, found.moved[0].group.who.exact
    (20, 'customer.value in 60..79', True)
    >>> [(load.queue, load.before, load.now) for load in found.loads]
    [('dedicated', 20.0, 40.0), ('general', 80.0, 60.0)]
    """
    difference = diff(old, new, timeout=timeout)
    change = change_of(old, new, difference, now or utc_now())
    if isinstance(contacts, str | Path):
        opened = open_contacts(str(contacts), None, {**columns_of(old.checked), **columns_of(new.checked)})
        try:
            tally = run(change, opened, broken, jobs=jobs)
        finally:
            opened.close()
    else:
        both = Both(change)
        tally = both.nothing()
        if hasattr(contacts, "to_batches"):
            for batch in contacts.to_batches():
                tally.merge(both.count_table(batch))
        else:
            for number, contact in enumerate(contacts, start=1):
                both.count(tally, contact, str(number))
    return backtested(new.checked, difference, tally, handling or {}, target)


def change_of(old: Policy, new: Policy, difference: Difference, now: datetime) -> Change:
    """Returns what is compared: both versions, what the difference found renamed, and a clock."""
    return Change(old.checked, new.checked, difference.renames, now)
