"""A decision log laid over a contact map: its contacts counted in the cells, and what is not on the map."""

from collections.abc import Iterator, Sequence

from routekit.cli.log_options import tell_findings
from routekit.cli.logs import log_lines, log_size
from routekit.cli.output import say, with_progress
from routekit.contact_map.counts import Counts
from routekit.contact_map.results import DrawnMap
from routekit.engine.engine import Engine
from routekit.engine.policy import Policy
from routekit.intake import Intake
from routekit.performance.grouping import ContactReader
from routekit.performance.journeys import Journeys, journeys_of
from routekit.performance.log_entries import Contact, Entry, instant, read_entry
from routekit.readers import Row
from routekit.translation import t

__all__ = ["laid_over"]

_MOST = 10


def laid_over(policy: Policy, drawn: DrawnMap, logs: Sequence[str]) -> tuple[DrawnMap, bool]:
    """Counts the contacts of logs on a map, each decided by the policy at the time of its decision.

    What the log leaves out is missing to the policy. Says on standard error what is not on the map; returns
    the map with the counts, and whether lines could not be read.
    """
    counts = Counts(policy.checked)
    rows = with_progress(t("counting"), log_lines(logs), log_size(logs), lambda row: row.size)
    found = journeys_of(_counted(policy, counts, rows), policy=policy.checked)
    tell_findings(found.findings)
    for line in _beside(found):
        say(line, err=True)
    return counts.on(drawn), bool(found.findings.broken)


def _counted(policy: Policy, counts: Counts, rows: Iterator[Row]) -> Iterator[Entry]:
    """The entries of a log, whose contacts are counted as they go by."""
    engine, intake = Engine(policy), Intake(policy.checked)
    reader = ContactReader((), policy=policy.checked)
    for row in rows:
        entry = read_entry(row, reader)
        if isinstance(entry, Contact) and isinstance(row.contact, dict):
            fields, at = row.contact.get("contact"), instant(entry.at)
            counts.add(intake.read(fields, at), engine.decide(fields, now=at))
        yield entry


def _beside(found: Journeys) -> Iterator[str]:
    if found.unseen:
        yield t("touchpoints that no contact passed: {names}", names=t(", ").join(found.unseen))
    for said, number in found.unknown.most_common(_MOST) if found.unknown is not None else ():
        yield t("not on the map: {said}, {number:,} times", said=said, number=number)
