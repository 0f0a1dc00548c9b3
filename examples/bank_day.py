"""A real day of calls to a bank, from its call log to a spreadsheet of decisions.

    python examples/bank_day.py [CALLS.csv] [DECISIONS.xlsx] [YYYY-MM-DD]

The log is a table of text with a call a row, as the study of an anonymous bank's call centre published it, a
month a file: `customer_id`, `priority`, `type`, `date` (990131 for 31 January 1999) and `vru_entry`, when the
call came in. Separator and encoding do not matter. Without a path the first log beside the project is taken,
from ../shared/data/bank; without a day the one with the most calls.

What the bank pack reads is derived from it:

intent     regular activity (PS, PE) asks for the balance, stock exchange (NE) for advice, all else is other
value      90 for customers of high priority (2), 40 for those of regular priority, 0 for who is none
time       when the call came in, by the clock of the policy's timezone

Decisions stand behind the columns of their contacts, a row a call; times and numbers are real ones.
"""

import csv
import io
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

from routekit import Engine, Policy
from routekit.schema.times import zone
from routekit.writers import DecisionColumns, open_table

ROOT = Path(__file__).parent.parent
POLICY = ROOT / "rules" / "bank.route"
LOGS = ROOT.parent / "shared" / "data" / "bank"

COLUMNS = ("customer_id", "priority", "type", "date", "vru_entry")
INTENTS = {"PS": "balance", "PE": "balance", "NE": "advice"}
VALUES = {"0": 40, "1": 40, "2": 90}
KEPT = ("contact.at", "contact.channel", "contact.intent", "customer.id", "customer.value")


@dataclass(frozen=True)
class Call:
    """One row of the log; ``line`` is where it stands."""

    line: int
    customer: str
    priority: str
    type: str
    day: date
    clock: time

    def contact(self) -> dict[str, dict[str, object]]:
        """What the policy reads of it; the bank numbers strangers 0."""
        known = self.customer not in ("", "0")
        return {
            "contact": {
                "channel": "voice",
                "intent": INTENTS.get(self.type, "other"),
                "at": datetime.combine(self.day, self.clock, zone("America/New_York")),
            },
            "customer": {
                "id": self.customer if known else None,
                "value": VALUES.get(self.priority, 0) if known else 0,
            },
        }


def calls_in(path: Path) -> Iterator[Call | str]:
    """Reads a log: its calls, and what is wrong with lines that are none."""
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    separator = max(",;\t", key=text.partition("\n")[0].count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    missing = [name for name in COLUMNS if name not in map(_bare, rows.fieldnames or ())]
    if missing:
        raise ValueError(f"`{path}` is no call log of the bank: it has no column `{missing[0]}`")
    for row in rows:
        cells = {_bare(name): cell.strip() for name, cell in row.items() if name and isinstance(cell, str)}
        try:
            yield _call(rows.line_num, cells)
        except (KeyError, ValueError):
            yield f"{path.name}:{rows.line_num} has no date and time of a call"


def _bare(name: str) -> str:
    return name.strip().casefold()


def _call(line: int, cells: Mapping[str, str]) -> Call:
    day = datetime.strptime(cells["date"], "%y%m%d").date()
    clock = time.fromisoformat(cells["vru_entry"].zfill(8))
    return Call(line, cells["customer_id"].removesuffix(".0"), cells["priority"], cells["type"], day, clock)


def main(arguments: list[str]) -> str:
    """Decides a day; returns what was done. Raises ``ValueError`` or ``OSError`` where it cannot be."""
    path = Path(arguments[0]) if arguments else next(iter(sorted(LOGS.glob("*.csv"))), None)
    if path is None:
        raise ValueError(
            f"there is no call log in {LOGS}\n"
            "  name one: python examples/bank_day.py CALLS.csv; it has the columns " + ", ".join(COLUMNS)
        )
    out = arguments[1] if len(arguments) > 1 else "bank_day.xlsx"
    read = [*calls_in(path)]
    calls = [call for call in read if isinstance(call, Call)]
    for wrong in [call for call in read if isinstance(call, str)][:5]:
        print(wrong, file=sys.stderr)
    if not calls:
        raise ValueError(f"`{path}` holds no calls")
    days = Counter(call.day for call in calls)
    day = date.fromisoformat(arguments[2]) if len(arguments) > 2 else days.most_common(1)[0][0]
    policy = Policy.from_path(POLICY)
    engine, columns = Engine(policy), DecisionColumns(policy.checked, KEPT)
    queues = Counter[str]()
    with open_table(out, "xlsx", columns.columns, timezone=policy.checked.timezone, title=f"{day}") as table:
        for call in calls:
            if call.day == day:
                contact = call.contact()
                decision = engine.decide(contact)
                queues[decision.queue] += 1
                table.write(columns.row(call.line, contact, decision))
    listed = ", ".join(f"{queue} {count:,}" for queue, count in queues.most_common())
    return f"{queues.total():,} calls of {day} decided, to {out}: {listed}"


if __name__ == "__main__":
    try:
        print(main(sys.argv[1:]))
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
