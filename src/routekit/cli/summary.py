"""A tally as tables."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from routekit.diagnostics.render import visible
from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy
from routekit.reasons.words import count as number_of
from routekit.translation import clauses, t

__all__ = [
    "Tally",
    "print_tables",
]


@dataclass
class Tally:
    """Counts decisions as they come."""

    policy: CheckedPolicy
    contacts: int = 0
    routes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By rule, queue and channel."""
    offers: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    with_problems: int = 0
    broken: int = 0

    def add(self, decision: Decision, contacts: int = 1) -> None:
        """Counts one decision, which so many contacts got."""
        self.contacts += contacts
        self.routes[decision.rule, decision.queue, decision.channel] += contacts
        self.offers.update(dict.fromkeys(decision.offers, contacts))
        self.problems.update(dict.fromkeys(map(str, decision.problems), contacts))
        self.with_problems += contacts if decision.problems else 0

    @property
    def routes_by_size(self) -> list[tuple[tuple[str, str, str], int]]:
        return sorted(self.routes.items(), key=lambda item: (-item[1], item[0]))

    @property
    def mean_cost(self) -> float | None:
        """The mean cost of the contacts whose channel has one."""
        costs = [
            (channel.cost, count)
            for (_, _, name), count in self.routes.items()
            if (channel := self.policy.channels[name]).cost is not None
        ]
        if not costs:
            return None
        return sum((price or 0) * count for price, count in costs) / sum(count for _, count in costs)

    @property
    def assisted(self) -> int:
        """Contacts that a person answers."""
        channels = self.policy.channels
        return sum(count for (_, _, name), count in self.routes.items() if channels[name].assisted)

    def share(self, count: int) -> str:
        return f"{100 * count / self.contacts:.1f}%"

    def head(self) -> str:
        """Returns all of it in one sentence."""
        parts = [
            t(
                "{contacts} decided by {name} {revision}",
                contacts=number_of(self.contacts, "contact"),
                name=self.policy.name,
                revision=self.policy.revision,
            )
        ]
        if self.with_problems:
            parts.append(t("{number:,} with problems", number=self.with_problems))
        if self.broken:
            parts.append(t("{number:,} lines could not be read", number=self.broken))
        if self.mean_cost is not None:
            parts.append(t("{cost:.2f} per contact", cost=self.mean_cost))
        return clauses(parts)

    def sentences(self) -> Iterator[str]:
        """Yields all of it, a line each."""
        yield self.head()
        if not self.contacts:
            return
        for (rule, queue, channel), count in self.routes_by_size:
            yield t(
                "rule {rule}, queue {queue}, channel {channel}: {count}",
                rule=rule,
                queue=queue,
                channel=channel,
                count=self._counted(count),
            )
        yield t("with a person: {count}", count=self._counted(self.assisted))
        yield t("self-service: {count}", count=self._counted(self.contacts - self.assisted))
        for word, counts in ((t("offer"), self.offers), (t("problem in the input"), self.problems)):
            for name, count in counts.most_common():
                yield t("{word}, {name}: {count}", word=word, name=name, count=self._counted(count))

    def _counted(self, count: int) -> str:
        return clauses([number_of(count, "contact"), self.share(count)])


MOST_ROWS = 25
WIDEST_BAR = 8
WIDTH_WITH_BARS = 72
"""Columns of a terminal that has room for the bars too."""


def print_tables(tally: Tally, console: Console) -> None:
    """Prints the tables that have something to say."""
    console.print(tally.head(), highlight=False, markup=False)
    if not tally.contacts:
        return
    has_bars = console.width >= WIDTH_WITH_BARS
    console.print(_routes(tally, has_bars))
    if tally.policy.offers:
        titles = {offer.name: offer.title for offer in tally.policy.offers}
        console.print(_counts(tally, t("offer"), tally.offers, titles, has_bars))
    if tally.problems:
        console.print(_counts(tally, t("problem in the input"), tally.problems, {}, has_bars))


def _routes(tally: Tally, has_bars: bool) -> Table:
    table = _table(t("who goes where"))
    for heading in ("rule", "queue", "channel"):
        table.add_column(t(heading), overflow="fold")
    _add_shares(table, has_bars)
    by_size = tally.routes_by_size
    for (rule, queue, channel), count in by_size[:MOST_ROWS]:
        table.add_row(rule, queue, channel, *_shares(tally, count, by_size[0][1], has_bars))
    rest = sum(count for _, count in by_size[MOST_ROWS:])
    if rest:
        table.add_row(
            t("… {number} more", number=len(by_size) - MOST_ROWS), "", "", f"{rest:,}", tally.share(rest)
        )
    assisted = tally.assisted
    table.add_section()
    for kind, count in ((t("with a person"), assisted), (t("self-service"), tally.contacts - assisted)):
        table.add_row(kind, "", "", *_shares(tally, count, tally.contacts, has_bars))
    return table


def _counts(
    tally: Tally, heading: str, counts: Counter[str], titles: dict[str, str], has_bars: bool
) -> Table:
    table = _table()
    table.add_column(heading, overflow="fold")
    _add_shares(table, has_bars)
    for name, count in counts.most_common(MOST_ROWS):
        shown = Text(visible(name))
        if titles.get(name):
            shown.append(f"  {visible(titles[name])}", "dim")
        table.add_row(shown, *_shares(tally, count, counts.most_common(1)[0][1], has_bars))
    if not counts:
        table.add_row("none", "0")
    return table


def _add_shares(table: Table, has_bars: bool) -> None:
    """The columns of how many and how much, whose bars are left out where a terminal is narrow."""
    table.add_column(t("contacts"), justify="right", no_wrap=True)
    table.add_column(t("share"), justify="right", no_wrap=True)
    if has_bars:
        table.add_column("", min_width=WIDEST_BAR, no_wrap=True)


def _shares(tally: Tally, count: int, full: int, has_bars: bool) -> list[str]:
    cells = [f"{count:,}", tally.share(count)]
    return [*cells, _bar(count, full)] if has_bars else cells


def _bar(count: int, full: int) -> str:
    return "█" * max(1, round(WIDEST_BAR * count / full)) if count else ""


def _table(title: str | None = None) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
