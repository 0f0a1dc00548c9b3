"""The airline pack by hand."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.by_hand import reading as r
from benchmarks.by_hand.deciding import (
    Office,
    anniversary,
    answer,
    arm_of,
    best,
    call_back,
    call_back_in,
    step,
)

__all__ = ["decide"]

ZONE = ZoneInfo("Europe/Berlin")
HOURS = dict.fromkeys(range(6), (360, 1320)) | {6: (480, 1200)}
DESK = Office("Europe/Berlin", HOURS, "DE", "HE", {(12, 24): (360, 840), (12, 31): (360, 960)})
QUEUES = (
    *("care_desk", "first_desk", "rebooking", "baggage", "social_crew", "general", "phone_menu"),
    "my_trips",
)
PEOPLE = ("voice", "chat", "email", "sms", "social")
SERVED: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("care_desk", "first_desk", "rebooking", "baggage", "general"), PEOPLE
) | {"my_trips": ("app", "web")}
LIST = Path(__file__).parents[2] / "rules" / "airline_disrupted_flights.txt"
DISRUPTED = frozenset(line for line in LIST.read_text().split("\n") if line and not line.startswith("#"))
CABINS = {"economy": 0, "premium": 1, "business": 2, "first": 3}
HELPLESS = frozenset({"wheelchair", "medical", "unaccompanied_minor"})
A_DAY = timedelta(days=1)

channel = r.named("voice", "chat", "email", "sms", "web", "app", "social", "branch", required=True)
intent = r.named(
    *("rebook", "refund", "cancel", "baggage", "seat", "check_in", "miles", "complaint", "other"),
    required=True,
)
language, optional_text = r.text("de"), r.text()
mood, money = r.number(-1, 1), r.number(0, None)
counter, score, small, moment = r.whole(), r.whole(0, 100), r.whole(0, 8), r.time("Europe/Berlin")
tier = r.named("bronze", "silver", "gold", "platinum")
cabin_of = r.named("economy", "premium", "business", "first", default="economy")
needs_of = r.names("wheelchair", "medical", "unaccompanied_minor", "pet")
status_of = r.named("delayed", "damaged", "lost")
agreed = r.names("voice", "email", "sms")

TO_GENERAL_1M, TO_GENERAL_3M = [step(60, queue="general")], [step(180, queue="general")]
TO_GENERAL_2M = [step(120, queue="general")]
BUSY_PLAN = [call_back(120, 21_600), *TO_GENERAL_3M]
CARE_PLAN = [step(60, any_agent=True), step(180, queue="general")]
ANY_AGENT = [step(60, any_agent=True)]


def _on(queue: str, inbound: str | None) -> str:
    served = SERVED[queue]
    return inbound if inbound in served else served[0]


def decide(contact: Any, clock: datetime) -> dict[str, object]:
    problems: r.Problems = []
    sent = r.record(contact, "contact", problems)
    via = channel(sent.get("channel"), "contact.channel", problems)
    wants = intent(sent.get("intent"), "contact.intent", problems)
    speaks = language(sent.get("language"), "contact.language", problems)
    sentiment = mood(sent.get("sentiment"), "contact.sentiment", problems)
    followers = counter(sent.get("followers"), "contact.followers", problems)
    now = moment(sent.get("at"), "contact.at", problems) or clock
    who = r.record(contact, "customer", problems)
    key = optional_text(who.get("id"), "customer.id", problems)
    level = tier(who.get("tier"), "customer.tier", problems)
    value = score(who.get("value"), "customer.value", problems)
    growth = score(who.get("growth"), "customer.growth", problems)
    complaints = counter(who.get("complaints_90d"), "customer.complaints_90d", problems)
    regulator = r.flag(who.get("regulator_case"), "customer.regulator_case", problems)
    verified = r.flag(who.get("verified"), "customer.verified", problems)
    birthday = r.day(who.get("birthday"), "customer.birthday", problems)
    agreed(who.get("agreed_to"), "customer.agreed_to", problems)
    optional_text(who.get("zone"), "customer.zone", problems)
    manager = optional_text(who.get("account_manager"), "customer.account_manager", problems)
    trip = r.record(contact, "trip", problems)
    flight = optional_text(trip.get("flight"), "trip.flight", problems)
    departs = moment(trip.get("departs"), "trip.departs", problems)
    moment(trip.get("landed"), "trip.landed", problems)
    cabin = cabin_of(trip.get("cabin"), "trip.cabin", problems)
    price = money(trip.get("price"), "trip.price", problems)
    delay = r.span(trip.get("delay"), "trip.delay", problems)
    cancelled = r.flag(trip.get("cancelled"), "trip.cancelled", problems)
    children = small(trip.get("children"), "trip.children", problems)
    needs = needs_of(trip.get("needs"), "trip.needs", problems)
    bag = r.record(contact, "bag", problems)
    status = status_of(bag.get("status"), "bag.status", problems)
    reported = moment(bag.get("reported"), "bag.reported", problems)
    tracer = optional_text(bag.get("tracer"), "bag.tracer", problems)
    live = r.signals(contact, QUEUES, problems)
    seen = r.shown(contact.get("offers_shown"), moment, problems)

    sensitive = not needs.isdisjoint(HELPLESS) or regulator or complaints >= 3
    unhappy = (
        regulator
        or complaints >= 3
        or status == "lost"
        or wants == "complaint"
        or (sentiment is not None and sentiment < -0.4)
    )
    top = value >= 85 or level in ("gold", "platinum") or cabin == "first"
    growing = growth >= 70 and not top
    disrupted = cancelled or delay >= timedelta(hours=3) or flight in DISRUPTED
    leaving = departs is not None and now < departs < now + A_DAY
    simple = wants in ("seat", "check_in", "miles") and not (sensitive or unhappy or top or disrupted)
    local = now.astimezone(ZONE)
    today = local.date()
    rush = date(2026, 12, 18) <= today <= date(2027, 1, 7) or (local.weekday() == 6 and local.hour >= 16)
    has_birthday = birthday is not None and anniversary(birthday, today)
    open_now = DESK.is_open(now)

    found: dict[str, Any] | None = None
    if sensitive:
        found = answer("sensitive_first", "care_desk", _on("care_desk", via), 1, CARE_PLAN, agent=manager)
    elif via == "social" and (
        verified or followers >= 20_000 or (sentiment is not None and sentiment < -0.6)
    ):
        plan = [step(900, queue="general")]
        found = answer("loud_passenger", "social_crew", "social", 2, plan, message="we_are_listening")
    elif disrupted:
        found = _disruption(wants, leaving, top, unhappy, open_now, via, live)
    if found is None:
        if top and open_now:
            found = answer("top_first", "first_desk", _on("first_desk", via), 2, CARE_PLAN, agent=manager)
        elif top:
            plan = [call_back_in(DESK, now, 180, 3_600)]
            found = answer("top_at_night", "general", _on("general", via), 2, plan)
        elif growing and wants in ("seat", "rebook") and not unhappy and open_now:
            found = answer("growing_buyers", "first_desk", _on("first_desk", via), 3, TO_GENERAL_3M)
        else:
            found = _desks(wants, status, cabin, tracer, reported, now, open_now, via)
    if found is None and simple:
        found = _simple(wants, rush, via, key, live)
    if found is None and via in ("web", "app"):
        found = answer("person_on_chat", "general", "chat", 4, [call_back(240, 21_600)])
    if found is None:
        found = answer("otherwise", "general", _on("general", via), 5, [call_back(360, 28_800)])

    priority = found["priority"]
    if speaks is not None and speaks not in ("de", "en"):
        found["skills"] = sorted({*found["skills"], "linguist"})
    if children >= 2:
        priority -= 1
    if rush and simple:
        priority += 2
    found["priority"] = min(max(priority, 1), 10)
    if has_birthday and top and via in ("voice", "chat", "email") and not (disrupted or unhappy):
        found["message"] = "birthday_wishes"

    if not unhappy and not (leaving and disrupted):
        on = found["channel"]
        offers: list[tuple[str, float, int, int]] = []
        if (
            CABINS[cabin] < 2
            and departs is not None
            and departs > now + A_DAY
            and wants == "seat"
            and not disrupted
        ):
            offers.append(("cabin_upgrade", (200 if price is None else price) * 0.2, 1, 7))
        if growing or has_birthday:
            offers.append(("lounge_pass", 30 + growth * 0.1, 2, 90))
        if disrupted and wants in ("rebook", "refund", "cancel") and on in ("app", "web"):
            offers.append(("rebooking_miles", 60, 2, 30))
        if simple and on in ("app", "web"):
            offers.append(("app_miles", 20, 3, 30))
        if offers:
            found["offers"] = best(offers, seen, now, 2, (4, 30))
    found["problems"] = problems
    return found


def _disruption(
    wants: str,
    leaving: bool,
    top: bool,
    unhappy: bool,
    open_now: bool,
    via: str | None,
    live: dict[str, dict[str, Any]],
) -> dict[str, Any] | None:
    on = _on("rebooking", via)
    if leaving and top and open_now:
        first, plan = _on("first_desk", via), [step(60, queue="rebooking")]
        return answer("stranded_top", "first_desk", first, 1, plan, message="we_rebook_you")
    if leaving:
        return answer("stranded", "rebooking", on, 2, [call_back(300, 3_600)], message="we_rebook_you")
    if wants in ("rebook", "refund", "cancel") and not unhappy and not top:
        queue = live.get("rebooking")
        if queue is not None and (queue["longest_wait"] > timedelta(minutes=5) or queue["waiting"] > 60):
            plan = [step(300, queue="rebooking")]
            return answer("rebook_yourself", "my_trips", "app", 5, plan, message="rebook_link")
    if wants in ("rebook", "refund", "cancel", "complaint"):
        return answer("disruption_desk", "rebooking", on, 3, [call_back(300, 7_200)])
    return None


def _desks(
    wants: str,
    status: str | None,
    cabin: str,
    tracer: str | None,
    reported: datetime | None,
    now: datetime,
    open_now: bool,
    via: str | None,
) -> dict[str, Any] | None:
    on = _on("baggage", via)
    if wants == "baggage" and open_now:
        if tracer is not None:
            return answer("same_tracer", "baggage", on, 2, ANY_AGENT, agent=tracer)
        if reported is not None and now - reported > A_DAY:
            return answer("bag_follow_up", "baggage", on, 2, [call_back(120, 14_400)], message="bag_news")
        if status == "lost":
            return answer("desks[1]", "baggage", on, 2, [], ["claims"])
        if status in ("delayed", "damaged") and CABINS[cabin] >= 1:
            return answer("desks[2]", "baggage", on, 2, [])
        return answer("desks[3]", "baggage", on, 3, [])
    if wants in ("rebook", "cancel") and CABINS[cabin] >= 1:
        return answer("desks[4]", "rebooking", _on("rebooking", via), 3, [])
    if wants == "refund":
        return answer("desks[5]", "general", _on("general", via), 4, [], ["refunds"])
    return None


def _simple(
    wants: str, rush: bool, via: str | None, key: str | None, live: dict[str, dict[str, Any]]
) -> dict[str, Any] | None:
    if rush and wants in ("seat", "check_in"):
        return answer("rush_online", "my_trips", "app", 5, TO_GENERAL_3M, message="app_link")
    if via in ("voice", "chat", "sms"):
        general = live.get("general")
        if general is not None and general["longest_wait"] > timedelta(minutes=5):
            return answer("busy_lines", "my_trips", "app", 5, BUSY_PLAN, message="app_link")
    if via == "social":
        plan = [step(300, queue="social_crew")]
        return answer("doubts_online", "my_trips", "web", 5, plan, message="app_link")
    if via == "voice" and wants in ("seat", "check_in"):
        arm = arm_of("air-small-7", key, (30, 60, 100))
        if arm == 1:
            return answer(
                "small_change_trial", "my_trips", "app", 5, TO_GENERAL_3M, message="app_link", arm=1
            )
        if arm == 2:
            return answer(
                "small_change_trial", "phone_menu", "ivr", 5, TO_GENERAL_2M, message="app_link", arm=2
            )
        return answer("small_change_trial", "general", "voice", 5, [call_back(300, 28_800)], arm=3)
    if via in ("web", "app"):
        return answer("stay_online", "my_trips", via, 5, TO_GENERAL_3M, message="app_link")
    return None
