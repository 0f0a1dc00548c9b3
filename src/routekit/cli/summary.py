"""A tally as tables."""

from collections import Counter

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from routekit.cli.tally import Tally
from routekit.diagnostics.render import visible

__all__ = ["print_tables"]

MOST_ROWS = 25
WIDEST_BAR = 8


def print_tables(tally: Tally, console: Console) -> None:
    """Prints the tables that have something to say."""
    console.print(tally.head(), highlight=False, markup=False)
    if not tally.contacts:
        return
    console.print(_routes(tally))
    if tally.policy.offers:
        titles = {offer.name: offer.title for offer in tally.policy.offers}
        console.print(_counts(tally, "offer", tally.offers, titles))
    if tally.problems:
        console.print(_counts(tally, "problem in the input", tally.problems, {}))


def _routes(tally: Tally) -> Table:
    table = _table("who goes where")
    for heading in ("rule", "queue", "channel"):
        table.add_column(heading, no_wrap=True)
    table.add_column("contacts", justify="right")
    table.add_column("share", justify="right")
    table.add_column("", min_width=WIDEST_BAR, no_wrap=True)
    by_size = tally.routes_by_size
    for (rule, queue, channel), count in by_size[:MOST_ROWS]:
        bar = _bar(count, by_size[0][1])
        table.add_row(rule, queue, channel, f"{count:,}", tally.share(count), bar)
    rest = sum(count for _, count in by_size[MOST_ROWS:])
    if rest:
        table.add_row(f"… {len(by_size) - MOST_ROWS} more", "", "", f"{rest:,}", tally.share(rest))
    assisted = tally.assisted
    table.add_section()
    for kind, count in (("with a person", assisted), ("self-service", tally.contacts - assisted)):
        table.add_row(kind, "", "", f"{count:,}", tally.share(count), _bar(count, tally.contacts))
    return table


def _counts(tally: Tally, heading: str, counts: Counter[str], titles: dict[str, str]) -> Table:
    table = _table()
    table.add_column(heading, overflow="fold")
    table.add_column("contacts", justify="right")
    table.add_column("share", justify="right")
    table.add_column("", min_width=WIDEST_BAR, no_wrap=True)
    for name, count in counts.most_common(MOST_ROWS):
        shown = Text(visible(name))
        if titles.get(name):
            shown.append(f"  {visible(titles[name])}", "dim")
        bar = _bar(count, counts.most_common(1)[0][1])
        table.add_row(shown, f"{count:,}", tally.share(count), bar)
    if not counts:
        table.add_row("none", "0", "", "")
    return table


def _bar(count: int, full: int) -> str:
    return "█" * max(1, round(WIDEST_BAR * count / full)) if count else ""


def _table(title: str | None = None) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
