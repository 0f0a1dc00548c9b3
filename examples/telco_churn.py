"""Who is sent where: the telecom pack over 7,043 real customers, each with one contact.

    python examples/telco_churn.py [PATH/Telco-Customer-Churn.csv]

The customers are those of IBM's telco-churn data set (Apache-2.0). It holds no scores and no contacts,
so these are derived, each time in the same way:

value       how many of the customers have paid less in all, in percent; total charges, or tenure times
            monthly charges where the total is empty
growth      room for more: 20 for each of six services (security, backup, protection, support, television,
            films) that a customer with internet does not have, less 1 for each month below 12 with us
churn risk  the share of customers with the same contract, internet and tenure, in years, who have left
intent      who has left wants to cancel; who has been here less than a month asks how things work; all
            others ask what callers ask, by a seeded draw
channel     by a seeded draw, as contacts come in
time        spread evenly over the office hours and evenings of one week
"""

import csv
import sys
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from rich import box
from rich.console import Console
from rich.table import Table

from routekit import Decision, Engine, Policy

ROOT = Path(__file__).parent.parent
POLICY = ROOT / "rules" / "telecom.route"
CUSTOMERS = ROOT.parent / "shared" / "data" / "telco" / "Telco-Customer-Churn.csv"

SERVICES = {
    "OnlineSecurity": "online_security",
    "OnlineBackup": "online_backup",
    "DeviceProtection": "device_protection",
    "TechSupport": "tech_support",
    "StreamingTV": "streaming_tv",
    "StreamingMovies": "streaming_movies",
}
CONTRACTS = {"Month-to-month": "month_to_month", "One year": "one_year", "Two year": "two_year"}
INTERNET = {"DSL": "dsl", "Fiber optic": "fibre", "No": "none"}
INTENTS = {"billing": 38, "fault": 22, "how_to": 20, "upgrade": 12, "complaint": 8}
CHANNELS = {"voice": 55, "chat": 20, "web": 12, "email": 8, "social": 5}
MONDAY = datetime.fromisoformat("2026-11-23T08:00:00+08:00")
NO_SEGMENT = "(in none)"

Row = dict[str, str]


@dataclass(frozen=True)
class Scores:
    """What is derived from all customers together."""

    paid: list[float]
    left: dict[tuple[str, str, int], float]


def total_charges(row: Row) -> float:
    """What a customer has paid in all; 11 new customers have no total yet."""
    if row["TotalCharges"].strip():
        return float(row["TotalCharges"])
    return int(row["tenure"]) * float(row["MonthlyCharges"])


def kin(row: Row) -> tuple[str, str, int]:
    """The customers that one is compared with: the same contract and internet, as many years with us."""
    return row["Contract"], row["InternetService"], int(row["tenure"]) // 12


def scores(rows: list[Row]) -> Scores:
    """The distribution of charges, and the share of leavers among each customer's kin."""
    customers = Counter(map(kin, rows))
    leavers = Counter(kin(row) for row in rows if row["Churn"] == "Yes")
    return Scores(sorted(map(total_charges, rows)), {key: leavers[key] / n for key, n in customers.items()})


def customer(row: Row, known: Scores) -> dict[str, object]:
    """A row of the data set as the policy's ``customer``."""
    tenure = int(row["tenure"])
    services = [name for column, name in SERVICES.items() if row[column] == "Yes"]
    room = 20 * (len(SERVICES) - len(services)) - max(0, 12 - tenure)
    record: dict[str, object] = {
        "id": row["customerID"],
        "value": round(100 * bisect_left(known.paid, total_charges(row)) / len(known.paid)),
        "growth": 0 if row["InternetService"] == "No" else min(100, max(0, room)),
        "churn_risk": round(100 * known.left[kin(row)]),
        "tenure": tenure,
        "contract": CONTRACTS[row["Contract"]],
        "monthly_charges": float(row["MonthlyCharges"]),
        "internet": INTERNET[row["InternetService"]],
        "services": services,
        "senior": row["SeniorCitizen"] == "1",
    }
    if row["TotalCharges"].strip():
        record["total_charges"] = float(row["TotalCharges"])
    return record


def contacts(rows: list[Row]) -> Iterator[dict[str, object]]:
    """One contact for each customer, the same at every run."""
    draw = Random(7043)
    known = scores(rows)
    for number, row in enumerate(rows):
        intent = "cancel" if row["Churn"] == "Yes" else "how_to" if row["tenure"] == "0" else ""
        at = MONDAY + timedelta(days=number % 7, minutes=number * 840 // len(rows))
        yield {
            "contact": {
                "channel": draw.choices(list(CHANNELS), list(CHANNELS.values()))[0],
                "intent": intent or draw.choices(list(INTENTS), list(INTENTS.values()))[0],
                "at": at.isoformat(),
            },
            "customer": customer(row, known),
        }


def print_segments(console: Console, decided: list[tuple[tuple[str, ...], Decision]]) -> None:
    """Who is sent where, a table row for each segment and queue."""
    groups: dict[str, list[Decision]] = defaultdict(list)
    for segments, decision in decided:
        for segment in segments or (NO_SEGMENT,):
            groups[segment].append(decision)
    table = Table(
        title="who is sent where, by segment", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False
    )
    for heading in ("segment", "customers", "queue", "share", "", "offers made"):
        right = heading in ("customers", "share")
        table.add_column(heading, justify="right" if right else "left", no_wrap=True)
    for segment, decisions in sorted(groups.items(), key=lambda item: -len(item[1])):
        queues = Counter(decision.queue for decision in decisions)
        offers = Counter(offer for decision in decisions for offer in decision.offers).most_common()
        for place, (queue, count) in enumerate(queues.most_common()):
            share = count / len(decisions)
            offer = f"{offers[place][0]} {offers[place][1]:,}" if place < len(offers) else ""
            head = (segment, f"{len(decisions):,}") if place == 0 else ("", "")
            table.add_row(*head, queue, f"{share:.0%}", "█" * round(6 * share), offer)
        for name, count in offers[len(queues) :]:
            table.add_row("", "", "", "", "", f"{name} {count:,}")
        table.add_section()
    console.print(table)
    console.print("A customer can be in several segments, and is counted in each.")


def main(arguments: list[str]) -> int:
    """Reads the customers, decides their contacts, prints what came of it."""
    path = Path(arguments[0]) if arguments else CUSTOMERS
    if not path.exists():
        print(f"there is no {path}: name the file Telco-Customer-Churn.csv as the argument", file=sys.stderr)
        return 2
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    engine = Engine(Policy.from_path(POLICY))
    decided = [(engine.segments(contact), engine.decide(contact)) for contact in contacts(rows)]
    console = Console()
    problems = sum(bool(decision.problems) for _, decision in decided)
    channels = engine.policy.checked.channels
    people = sum(channels[decision.channel].assisted for _, decision in decided) / len(decided)
    console.print(
        f"{len(decided):,} contacts decided by {engine.policy.name}: {people:.0%} reach a person, "
        f"{1 - people:.0%} are served by a machine, {problems} had problems"
    )
    print_segments(console, decided)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
