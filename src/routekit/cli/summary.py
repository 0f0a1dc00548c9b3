"""What many decisions come to: who went where, the offers made, the problems found."""

from collections import Counter
from dataclasses import dataclass, field

from rich import box
from rich.console import Console
from rich.table import Table

from routekit.policy.decision import Decision
from routekit.policy.model import CheckedPolicy

__all__ = ["Summary"]

MOST_ROWS = 25
WIDEST_BAR = 8


@dataclass
class Summary:
    """Counts decisions as they come, and prints them as tables."""

    policy: CheckedPolicy
    contacts: int = 0
    routes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
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

    def print(self, console: Console) -> None:
        """Prints the tables that have something to say."""
        console.print(self._head(), highlight=False)
        if not self.contacts:
            return
        console.print(self._routes())
        if self.policy.offers:
            titles = {offer.name: offer.title for offer in self.policy.offers}
            console.print(self._counts("offer", self.offers, titles))
        if self.problems:
            console.print(self._counts("problem in the input", self.problems, {}))

    def _head(self) -> str:
        policy = f"[bold]{self.policy.name}[/bold] {self.policy.revision}"
        parts = [f"{self.contacts:,} contacts decided by {policy}"]
        if self.with_problems:
            parts.append(f"{self.with_problems:,} with problems")
        if self.broken:
            parts.append(f"{self.broken:,} lines could not be read")
        cost = self._cost()
        if cost is not None:
            parts.append(f"{cost:.2f} per contact")
        return ", ".join(parts)

    def _routes(self) -> Table:
        table = _table("who goes where")
        for heading in ("rule", "queue", "channel"):
            table.add_column(heading, no_wrap=True)
        table.add_column("contacts", justify="right")
        table.add_column("share", justify="right")
        table.add_column("", min_width=WIDEST_BAR, no_wrap=True)
        by_size = sorted(self.routes.items(), key=lambda item: (-item[1], item[0]))
        for (rule, queue, channel), count in by_size[:MOST_ROWS]:
            bar = _bar(count, by_size[0][1])
            table.add_row(rule, queue, channel, f"{count:,}", self._share(count), bar)
        rest = sum(count for _, count in by_size[MOST_ROWS:])
        if rest:
            table.add_row(f"… {len(by_size) - MOST_ROWS} more", "", "", f"{rest:,}", self._share(rest))
        assisted = self._assisted()
        table.add_section()
        for kind, count in (("with a person", assisted), ("self-service", self.contacts - assisted)):
            table.add_row(kind, "", "", f"{count:,}", self._share(count), _bar(count, self.contacts))
        return table

    def _cost(self) -> float | None:
        """The mean cost of the contacts whose channel has one."""
        costs = [
            (channel.cost, count)
            for (_, _, name), count in self.routes.items()
            if (channel := self.policy.channels[name]).cost is not None
        ]
        if not costs:
            return None
        return sum((price or 0) * count for price, count in costs) / sum(count for _, count in costs)

    def _assisted(self) -> int:
        channels = self.policy.channels
        return sum(count for (_, _, name), count in self.routes.items() if channels[name].assisted)

    def _counts(self, heading: str, counts: Counter[str], titles: dict[str, str]) -> Table:
        table = _table()
        table.add_column(heading, overflow="fold")
        table.add_column("contacts", justify="right")
        table.add_column("share", justify="right")
        table.add_column("", min_width=WIDEST_BAR, no_wrap=True)
        for name, count in counts.most_common(MOST_ROWS):
            shown = f"{name}  [dim]{titles[name]}[/dim]" if titles.get(name) else name
            bar = _bar(count, counts.most_common(1)[0][1])
            table.add_row(shown, f"{count:,}", self._share(count), bar)
        if not counts:
            table.add_row("none", "0", "", "")
        return table

    def _share(self, count: int) -> str:
        return f"{100 * count / self.contacts:.1f}%"


def _bar(count: int, full: int) -> str:
    return "█" * max(1, round(WIDEST_BAR * count / full)) if count else ""


def _table(title: str | None = None) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
