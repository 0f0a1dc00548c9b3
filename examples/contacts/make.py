"""Write sample contacts for the four rule packs, beside this file.

The contacts are invented, skewed like real traffic (few customers call often, mornings are busy,
announced events bring calls) and, as in life, a few are incomplete or slightly wrong.
Running the script twice gives the same bytes.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

Contact: TypeAlias = dict[str, Any]
Weights: TypeAlias = Mapping[Any, float]

HERE = Path(__file__).parent
CONTACTS = 200
CUSTOMERS = 120
HOURS: Weights = {
    7: 2, 8: 6, 9: 11, 10: 13, 11: 12, 12: 8, 13: 7, 14: 9, 15: 10, 16: 9,
    17: 8, 18: 6, 19: 5, 20: 4, 21: 3, 22: 2, 23: 1, 2: 1, 5: 1,
}  # fmt: skip
CONSENTS = ("calls", "messages", "letters")


# ── drawing ───────────────────────────────────────────────────────────────────


def pick(rng: Random, weights: Weights) -> Any:
    return rng.choices(list(weights), list(weights.values()))[0]


def chance(rng: Random, probability: float) -> bool:
    return rng.random() < probability


def score(rng: Random, skew: float = 2.0) -> int:
    """From 0 to 100, mostly low."""
    return int(101 * rng.random() ** skew)


def amount(rng: Random, most: float, skew: float = 2.0) -> float:
    return round(most * float(rng.random() ** skew), 2)


def some(rng: Random, names: Sequence[str], probability: float) -> list[str]:
    return [name for name in names if chance(rng, probability)]


def moment(rng: Random, days: Weights, zone: ZoneInfo) -> datetime:
    clock = time(pick(rng, HOURS), rng.randrange(60), rng.randrange(60))
    return datetime.combine(pick(rng, days), clock, zone)


def days_from(first: date, count: int, busy: Iterable[date] = ()) -> dict[date, float]:
    """Weights for the days: weekends are quiet, announced events are busy."""
    days = [first + timedelta(days=number) for number in range(count)]
    weights = {day: 0.4 if day.weekday() >= 5 else 1.0 for day in days}
    return weights | dict.fromkeys(busy, 5.0)


def near(at: datetime, **delta: float) -> str:
    return (at + timedelta(**delta)).isoformat()


# ── what the packs share ──────────────────────────────────────────────────────


def opening(rng: Random, channels: Weights, intents: Weights, at: datetime) -> Contact:
    """The contact itself: where, what about, in which mood, when."""
    contact: Contact = {"channel": pick(rng, channels), "intent": pick(rng, intents)}
    if chance(rng, 0.7):
        mood = -0.6 if contact["intent"] == "complaint" else 0.15
        contact["sentiment"] = round(max(-1.0, min(1.0, mood + rng.random() - 0.5)), 2)
    if contact["channel"] == "social":
        contact["followers"] = int(10 ** (5 * rng.random() ** 1.5))
    contact["at"] = at.isoformat()
    return contact


def person(rng: Random, ident: str, agents: Sequence[str]) -> Contact:
    """What every pack knows about a customer."""
    customer: Contact = {"id": ident}
    if chance(rng, 0.85):
        customer["tier"] = pick(rng, {"bronze": 60, "silver": 25, "gold": 11, "platinum": 4})
    customer |= {"value": score(rng), "growth": score(rng)}
    customer["complaints_90d"] = pick(rng, {0: 84, 1: 10, 2: 4, 3: 2})
    customer["regulator_case"] = chance(rng, 0.02)
    customer["verified"] = chance(rng, 0.05)
    if chance(rng, 0.7):
        born = date(1944 + rng.randrange(62), 1 + rng.randrange(12), 1 + rng.randrange(28))
        customer["birthday"] = born.isoformat()
    if customer["value"] >= 60:
        customer["account_manager"] = pick(rng, dict.fromkeys(agents, 1))
    return customer


def signals(rng: Random, queues: Sequence[str], busy: float) -> Contact:
    """The state of the queues: mostly short, sometimes filling up."""
    live: Contact = {}
    for queue in queues:
        full = chance(rng, busy)
        waiting = rng.randrange(30, 150) if full else rng.randrange(12)
        seconds = rng.randrange(240, 900) if full else rng.randrange(150)
        wait: str | int = f"{seconds // 60}m" if full else seconds
        live[queue] = {
            "waiting": waiting,
            "longest_wait": wait,
            "free_agents": 0 if full else rng.randrange(9),
        }
    return live


def shown(rng: Random, offers: Sequence[str], at: datetime) -> list[Contact]:
    """Offers that the customer has seen lately, which the caps count."""
    names = [pick(rng, dict.fromkeys(offers, 1)) for _ in range(1 + rng.randrange(3))]
    return [{"offer": name, "at": near(at, days=-1 - rng.randrange(60))} for name in names]


def assembled(
    rng: Random, at: datetime, contact: Contact, queues: Sequence[str], busy: float, offers: Sequence[str]
) -> Contact:
    """The contact with, now and then, live signals and the offers that its customer has seen."""
    if chance(rng, 0.6):
        contact["live"] = signals(rng, queues, busy)
    if chance(rng, 0.15):
        contact["offers_shown"] = shown(rng, offers, at)
    return contact


def roughened(rng: Random, contact: Contact) -> Contact:
    """As in life: about one contact in eight lacks something or has a slip in it."""
    slip = pick(
        rng, {"none": 88, "stranger": 5, "no_time": 2, "score": 2, "channel": 1, "text": 1, "extra": 1}
    )
    if slip == "stranger":
        return {name: part for name, part in contact.items() if name in {"contact", "live"}}
    spoiled = contact | {"contact": dict(contact["contact"]), "customer": dict(contact["customer"])}
    match slip:
        case "no_time":
            del spoiled["contact"]["at"]
        case "score":
            spoiled["customer"]["value"] = 100 + rng.randrange(1, 30)
        case "channel":
            spoiled["contact"]["channel"] = "fax"
        case "text":
            spoiled["customer"]["growth"] = str(spoiled["customer"]["growth"])
        case "extra":
            spoiled["customer"]["crm_segment"] = "B2"
    return spoiled


# ── telecom ───────────────────────────────────────────────────────────────────

SERVICES = ("phone", "online_security", "online_backup", "tech_support", "streaming_tv", "streaming_movies")
CONTRACTS: Weights = {"month_to_month": 55, "one_year": 21, "two_year": 24}


def telecom_known(rng: Random, ident: str) -> Contact:
    customer = person(rng, ident, ("wu.lan", "zhao.min", "li.na"))
    contract = pick(rng, CONTRACTS)
    tenure = int(72 * rng.random() ** (1.6 if contract == "month_to_month" else 0.7))
    monthly = round(20 + 95 * rng.random(), 2)
    loyal = 1.0 if contract == "month_to_month" else 0.3
    customer |= {
        "tenure": tenure,
        "contract": contract,
        "monthly_charges": monthly,
        "internet": pick(rng, {"fibre": 44, "dsl": 34, "none": 22}),
        "services": some(rng, SERVICES, 0.35),
        "senior": chance(rng, 0.16),
        "churn_risk": int(loyal * (100 - tenure) * rng.random() ** 0.7),
    }
    if tenure:
        customer["total_charges"] = round(monthly * tenure, 2)
    return {"customer": customer}


def telecom_contact(rng: Random, known: Contact) -> Contact:
    billing_run = (date(2026, 11, day) for day in (5, 6))
    at = moment(rng, days_from(date(2026, 11, 1), 45, billing_run), ZoneInfo("Asia/Shanghai"))
    channels = {"voice": 46, "chat": 14, "app": 14, "web": 8, "social": 7, "sms": 5, "email": 4, "branch": 2}
    intents = {"billing": 31, "how_to": 19, "fault": 16, "top_up": 10, "other": 9, "cancel": 6, "upgrade": 5}
    contact = opening(rng, channels, intents | {"complaint": 4}, at)
    if chance(rng, 0.06):
        contact["language"] = "en"
    parts: Contact = {"contact": contact} | known
    if chance(rng, 0.12):
        parts["customer"] = known["customer"] | {"last_purchase": near(at, days=-rng.randrange(1, 40))}
    if contact["intent"] == "fault" and chance(rng, 0.4):
        parts["incident"] = {"open": True}
        if chance(rng, 0.8):
            parts["incident"]["owner"] = pick(rng, {"zhao.min": 2, "sun.hao": 1})
    offers = ("fibre_1g", "two_year_deal", "online_security", "web_points")
    return assembled(rng, at, parts, ("general", "technical", "retention"), 0.15, offers)


# ── bank ──────────────────────────────────────────────────────────────────────


def bank_known(rng: Random, ident: str) -> Contact:
    customer = person(rng, ident, ("j.reyes", "t.okafor", "m.stein"))
    customer |= {
        "deposits": amount(rng, 220_000, 4),
        "monthly_income": amount(rng, 14_000, 1.4),
        "products": some(rng, ("checking", "savings", "premium_card", "mortgage"), 0.4),
        "consents": some(rng, CONSENTS, 0.5),
        "vulnerable": chance(rng, 0.04),
    }
    if chance(rng, 0.3):
        customer["investments"] = amount(rng, 600_000, 3)
    if chance(rng, 0.5):
        customer["debt"] = amount(rng, 400_000, 3)
    return {"customer": customer}


def bank_contact(rng: Random, known: Contact) -> Contact:
    tax_days = (date(2027, 1, day) for day in (27, 28, 29))
    at = moment(rng, days_from(date(2027, 1, 4), 45, tax_days), ZoneInfo("America/New_York"))
    channels = {"voice": 44, "app": 20, "web": 11, "chat": 12, "email": 5, "social": 4, "sms": 3, "branch": 1}
    intents = {
        "card": 22,
        "balance": 20,
        "payment": 18,
        "statement": 11,
        "loan": 7,
        "other": 7,
        "mortgage": 4,
    }
    contact = opening(
        rng, channels, intents | {"advice": 5, "complaint": 3, "fraud": 2, "close_account": 1}, at
    )
    if contact["intent"] == "statement":
        contact["subject"] = pick(
            rng, {"Where is my 1099?": 2, "Statement for October": 1, "tax form missing": 1}
        )
    if contact["intent"] in {"payment", "card"}:
        subjects = {
            "": 16,
            "I did not make this payment": 1,
            "card stolen": 1,
            "My lawyer will hear of this": 1,
        }
        contact["subject"] = pick(rng, subjects)
    parts: Contact = {"contact": contact} | known
    if contact["intent"] == "card":
        parts["card"] = {"lost": chance(rng, 0.1)}
        if chance(rng, 0.1):
            parts["card"]["disputed"] = amount(rng, 900)
    if contact["intent"] in {"loan", "mortgage"}:
        most = 1_100_000 if contact["intent"] == "mortgage" else 80_000
        parts["application"] = {"amount": round(amount(rng, most), -2)}
        if chance(rng, 0.4):
            parts["application"]["started"] = near(at, hours=-rng.randrange(1, 300))
    offers = ("premium_card", "preapproved_loan", "online_credit")
    return assembled(rng, at, parts, ("service", "fraud_desk"), 0.15, offers)


# ── airline ───────────────────────────────────────────────────────────────────


def airline_known(rng: Random, ident: str) -> Contact:
    return {"customer": person(rng, ident, ("k.brandt", "s.vogel"))}


def airline_contact(rng: Random, known: Contact) -> Contact:
    strike = date(2026, 11, 23)
    at = moment(rng, days_from(date(2026, 11, 9), 50, (strike,)), ZoneInfo("Europe/Berlin"))
    channels = {"voice": 41, "app": 19, "chat": 15, "web": 10, "email": 6, "social": 6, "sms": 3}
    intents = {
        "seat": 17,
        "check_in": 17,
        "rebook": 16,
        "baggage": 13,
        "miles": 11,
        "refund": 10,
        "cancel": 5,
    }
    contact = opening(rng, channels, intents | {"complaint": 5, "other": 6}, at)
    if chance(rng, 0.45):
        contact["language"] = pick(rng, {"en": 7, "fr": 1, "it": 1, "tr": 1})
    trip: Contact = {
        "flight": f"RK{rng.randrange(2200):04}",
        "departs": near(at, minutes=5 * rng.randrange(-300, 5000)),
        "cabin": pick(rng, {"economy": 80, "premium": 9, "business": 9, "first": 2}),
        "children": pick(rng, {0: 82, 1: 9, 2: 7, 3: 2}),
    }
    if at.date() == strike or chance(rng, 0.05):
        trip["flight"] = pick(rng, dict.fromkeys(("RK0441", "RK0442", "RK0587", "RK1203"), 1))
        trip["departs"] = near(at, hours=rng.randrange(1, 70))
    if chance(rng, 0.8):
        trip["price"] = round(80 + amount(rng, 3000, 3), 2)
    if chance(rng, 0.1):
        trip |= {"delay": f"{rng.randrange(1, 7)}h30m"} if chance(rng, 0.7) else {"cancelled": True}
    if chance(rng, 0.06):
        trip["needs"] = [pick(rng, {"wheelchair": 4, "pet": 3, "medical": 1, "unaccompanied_minor": 1})]
    parts: Contact = {"contact": contact} | known | {"trip": trip}
    if contact["intent"] == "baggage":
        parts["bag"] = {"status": pick(rng, {"delayed": 6, "damaged": 3, "lost": 1})}
        if chance(rng, 0.6):
            parts["bag"]["reported"] = near(at, hours=-rng.randrange(1, 90))
        if chance(rng, 0.3):
            parts["bag"]["tracer"] = "k.brandt"
    busy = 0.7 if at.date() == strike else 0.12
    offers = ("cabin_upgrade", "lounge_pass", "app_miles")
    return assembled(rng, at, parts, ("general", "rebooking"), busy, offers)


# ── utility ───────────────────────────────────────────────────────────────────

AREAS: Weights = {"LA": 4, "CA": 3, "PR": 3, "M": 6, "LS": 5, "B": 6, "NG": 4, "BS": 4, "SE": 8, "SW": 6}
REGIONS = dict.fromkeys(("LA", "CA", "PR", "M", "LS"), "north") | {"B": "midlands", "NG": "midlands"}


def utility_known(rng: Random, ident: str) -> Contact:
    business = chance(rng, 0.08)
    customer = person(rng, ident, ("p.shah", "r.evans"))
    customer |= {
        "priority_register": chance(rng, 0.08),
        "medical_equipment": chance(rng, 0.02),
        "arrears": amount(rng, 900, 4) if chance(rng, 0.2) else 0,
        "fuels": pick(rng, {("electricity", "gas"): 6, ("electricity",): 3, ("gas",): 1}),
        "smart_meter": chance(rng, 0.55),
        "consents": some(rng, CONSENTS, 0.5),
    }
    area = pick(rng, AREAS)
    premises: Contact = {"area": area, "business": business}
    if chance(rng, 0.9):
        premises["region"] = REGIONS.get(area, "south")
    if chance(rng, 0.8):
        premises["annual_usage"] = (20_000 if business else 1_500) + int(
            amount(rng, 90_000 if business else 4_000)
        )
    return {"customer": customer, "premises": premises}


def utility_contact(rng: Random, known: Contact) -> Contact:
    storm = [date(2026, 11, day) for day in (27, 28, 29, 30)]
    reading_days = [date(2026, 12, day) for day in (28, 29)]
    at = moment(rng, days_from(date(2026, 11, 16), 45, storm + reading_days), ZoneInfo("Europe/London"))
    channels = {"voice": 49, "web": 13, "app": 12, "chat": 10, "sms": 6, "email": 6, "social": 4}
    intents = {
        "bill": 26,
        "meter_reading": 20,
        "tariff": 9,
        "moving": 9,
        "hardship": 6,
        "complaint": 5,
        "other": 7,
    }
    outages = 60 if at.date() in storm else 8
    contact = opening(rng, channels, intents | {"cancel": 2, "emergency": 2, "outage": outages}, at)
    if contact["intent"] == "other":
        subjects = {"A smell of gas in the hall": 1, "The ombudsman told me to write": 1, "Hello": 6}
        contact["subject"] = pick(rng, subjects)
    parts: Contact = {"contact": contact} | known
    if contact["intent"] == "moving" or chance(rng, 0.05):
        parts["customer"] = known["customer"] | {"moved_in": near(at, days=-rng.randrange(1, 60))}
    busy = 0.8 if at.date() in storm else 0.12
    offers = ("smart_meter", "night_tariff", "online_credit")
    return assembled(rng, at, parts, ("general", "network_desk"), busy, offers)


# ── writing ───────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Pack:
    name: str
    prefix: str
    known: Callable[[Random, str], Contact]
    contact: Callable[[Random, Contact], Contact]

    def contacts(self) -> list[Contact]:
        """Contacts in the order of their times; a few customers call much more often than the rest."""
        rng = Random(f"routekit {self.name}")
        customers = [
            self.known(rng, f"{self.prefix}-{number:04}") for number in rng.sample(range(2000), CUSTOMERS)
        ]
        calls = [self.contact(rng, customers[int(CUSTOMERS * rng.random() ** 1.5)]) for _ in range(CONTACTS)]
        calls.sort(key=lambda call: str(call["contact"]["at"]))
        return [roughened(rng, call) for call in calls]


PACKS = (
    Pack("telecom", "c", telecom_known, telecom_contact),
    Pack("bank", "b", bank_known, bank_contact),
    Pack("airline", "f", airline_known, airline_contact),
    Pack("utility", "u", utility_known, utility_contact),
)


def flat(value: Contact, path: str = "") -> Iterator[tuple[str, str]]:
    """Columns named after their fields, `contact.channel`; what is no field of a record is left out."""
    for name, part in value.items():
        match part:
            case dict():
                yield from flat(part, f"{path}{name}.")
            case bool():
                yield path + name, "true" if part else "false"
            case list() if path:
                yield path + name, json.dumps(part)
            case _ if path:
                yield path + name, str(part)


def write_jsonl(path: Path, contacts: Iterable[Contact]) -> None:
    lines = (json.dumps(contact, ensure_ascii=False) + "\n" for contact in contacts)
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def write_csv(path: Path, contacts: Iterable[Contact]) -> None:
    rows = [dict(flat(contact)) for contact in contacts]
    columns = sorted(
        {column: None for row in rows for column in row}, key=lambda name: name.partition(".")[0]
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def main() -> None:
    for pack in PACKS:
        contacts = pack.contacts()
        write_jsonl(HERE / f"{pack.name}.jsonl", contacts)
        if pack.name == "telecom":
            write_csv(HERE / f"{pack.name}.csv", contacts)


if __name__ == "__main__":
    main()
