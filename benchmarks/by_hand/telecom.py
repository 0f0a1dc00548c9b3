"""The telecom pack by hand."""

from datetime import datetime, timedelta
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

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = dict.fromkeys(range(5), (480, 1200)) | {5: (540, 780)}
OFFICE = Office("Asia/Shanghai", HOURS, "CN", None, {(12, 31): (480, 780)}, range(6))
QUEUES = ("dedicated", "retention", "technical", "social_desk", "general", "ivr_menu", "portal")
ANSWERED = ("voice", "chat", "email", "sms", "social")
SERVED: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("dedicated", "retention", "technical", "general"), ANSWERED
) | {"portal": ("web", "app")}
LIST = Path(__file__).parents[2] / "rules" / "telecom_do_not_disturb.txt"
DO_NOT_DISTURB = frozenset(line for line in LIST.read_text().split("\n") if line and not line.startswith("#"))
PEOPLE = frozenset({"voice", "chat", "email"})
CALLS = frozenset({"voice", "chat", "sms"})

channel = r.named("voice", "chat", "email", "sms", "web", "app", "social", "branch", required=True)
intent = r.named(
    *("billing", "fault", "cancel", "upgrade", "complaint", "how_to", "top_up", "other"), required=True
)
language, optional_text = r.text("zh"), r.text()
mood, money, sum_of_money = r.number(-1, 1), r.number(0, None, 0), r.number(0, None)
counter, score, months, moment = r.whole(), r.whole(0, 100), r.whole(0, 1200), r.time("Asia/Shanghai")
tier = r.named("bronze", "silver", "gold", "platinum")
contract = r.named("month_to_month", "one_year", "two_year", default="month_to_month")
agreed = r.names("voice", "sms", "email")
line = r.named("dsl", "fibre", "none", default="none")
queue_name = r.named(*QUEUES)

TO_GENERAL_3M, TO_GENERAL_2M = [step(180, queue="general")], [step(120, queue="general")]
SENSITIVE_PLAN = [step(30, any_agent=True), step(120, queue="general")]
VALUED_PLAN = [step(60, any_agent=True), step(180, queue="general")]
HALF_DAY, TWO_HOURS = [call_back(120, 43_200)], [call_back(180, 7_200)]
MENU_PLAN = [call_back(120, 14_400), *TO_GENERAL_3M]


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
    churn_risk = score(who.get("churn_risk"), "customer.churn_risk", problems)
    tenure = months(who.get("tenure"), "customer.tenure", problems)
    bound = contract(who.get("contract"), "customer.contract", problems)
    charges = money(who.get("monthly_charges"), "customer.monthly_charges", problems)
    sum_of_money(who.get("total_charges"), "customer.total_charges", problems)
    internet = line(who.get("internet"), "customer.internet", problems)
    services = r.texts(who.get("services"), "customer.services", problems)
    senior = r.flag(who.get("senior"), "customer.senior", problems)
    complaints = counter(who.get("complaints_90d"), "customer.complaints_90d", problems)
    regulator = r.flag(who.get("regulator_case"), "customer.regulator_case", problems)
    verified = r.flag(who.get("verified"), "customer.verified", problems)
    birthday = r.day(who.get("birthday"), "customer.birthday", problems)
    bought = moment(who.get("last_purchase"), "customer.last_purchase", problems)
    moment(who.get("last_helped"), "customer.last_helped", problems)
    agreed(who.get("agreed_to"), "customer.agreed_to", problems)
    optional_text(who.get("zone"), "customer.zone", problems)
    manager = optional_text(who.get("account_manager"), "customer.account_manager", problems)
    incident = r.record(contact, "incident", problems)
    is_open = r.flag(incident.get("open"), "incident.open", problems)
    owner = optional_text(incident.get("owner"), "incident.owner", problems)
    history = r.record(contact, "history", problems)
    same_matter = counter(history.get("same_matter_7d"), "history.same_matter_7d", problems)
    last_queue = queue_name(history.get("last_queue"), "history.last_queue", problems)
    live = r.signals(contact, QUEUES, problems)
    seen = r.shown(contact.get("offers_shown"), moment, problems)

    sensitive = complaints >= 2 or regulator
    high_value = value >= 80 or level in ("gold", "platinum")
    unhappy = sensitive or wants == "complaint" or (sentiment is not None and sentiment < -0.4)
    rising = growth >= 70 and not high_value and not unhappy
    at_risk = churn_risk >= 60 and bound == "month_to_month"
    asks_again = same_matter >= 2
    simple = wants in ("billing", "how_to", "top_up") and not (high_value or unhappy or asks_again)
    local = now.astimezone(ZONE)
    has_birthday = birthday is not None and anniversary(birthday, local.date())
    open_now = OFFICE.is_open(now)

    found: dict[str, Any]
    if sensitive and via in PEOPLE and open_now:
        found = answer("sensitive_first", "dedicated", via, 1, SENSITIVE_PLAN, agent=manager)
    elif via == "social" and (
        verified or followers >= 10_000 or (sentiment is not None and sentiment < -0.5)
    ):
        plan = [step(900, queue="general")]
        found = answer("loud_social", "social_desk", "social", 2, plan, message="we_are_on_it")
    elif sensitive:
        on = _on("general", via)
        found = answer("sensitive_anywhere", "general", on, 1, HALF_DAY, message="we_call_you")
    elif is_open and owner is not None:
        plan = [call_back(300, 7_200)]
        found = answer("same_team", "technical", _on("technical", via), 2, plan, agent=owner)
    elif (
        asks_again
        and via in PEOPLE
        and (
            last_queue in ("technical", "general") or (last_queue in ("dedicated", "retention") and open_now)
        )
    ):
        found = answer("third_time", last_queue, _on(last_queue, via), 2, TWO_HOURS)
    elif high_value and wants == "cancel" and open_now:
        plan = [call_back(180, 3_600)]
        found = answer("keep_high_value", "retention", _on("retention", via), 2, plan, ["retention"])
    elif high_value and open_now:
        found = answer("high_value_first", "dedicated", _on("dedicated", via), 2, VALUED_PLAN, agent=manager)
    elif high_value:
        on = _on("general", via)
        plan = [call_back_in(OFFICE, now, 120, 7_200)]
        found = answer("high_value_after_hours", "general", on, 3, plan, message="your_team_calls")
    elif rising and wants == "upgrade" and open_now:
        found = answer("rising_buyers", "dedicated", _on("dedicated", via), 3, TO_GENERAL_3M)
    elif at_risk and wants in ("cancel", "billing") and open_now:
        found = answer("save_at_risk", "retention", _on("retention", via), 3, TO_GENERAL_2M)
    elif (
        wants in ("fault", "how_to")
        and bought is not None
        and timedelta(days=1) <= now - bought <= timedelta(days=14)
    ):
        on = _on("technical", via)
        found = answer("after_purchase", "technical", on, 3, TWO_HOURS, ["installation"], "how_is_it_going")
    elif wants == "fault":
        found = _fault(internet, tenure, senior, via)
    elif simple and (led := _simple(via, wants, key, value, local.day, live)) is not None:
        found = led
    elif via in ("web", "app"):
        found = answer("person_on_chat", "general", "chat", 4, MENU_PLAN_3M)
    else:
        found = answer("otherwise", "general", _on("general", via), 5, [call_back(300, 28_800)])

    skills: set[str] = set(found["skills"])
    if speaks is not None and speaks != "zh":
        skills.add("english")
    if asks_again:
        skills.add("patience")
    if senior:
        found["priority"] = max(found["priority"] - 1, 1)
        skills.add("patience")
    found["skills"] = sorted(skills)
    if has_birthday and via in ("voice", "chat") and open_now and not simple and not unhappy:
        found["message"] = "birthday_wishes"

    if not unhappy and key not in DO_NOT_DISTURB:
        on = found["channel"]
        online = on in ("voice", "chat", "web", "app")
        offers: list[tuple[str, float, int, int]] = []
        if rising and online and internet == "dsl" and wants in ("billing", "upgrade", "how_to"):
            offers.append(("fibre_1g", 120 * growth / 100, 1, 30))
        if at_risk and wants in ("cancel", "billing"):
            offers.append(("two_year_deal", 50 + charges * 0.5, 1, 90))
        if high_value and wants == "cancel":
            offers.append(("loyalty_gift", 80, 1, 180))
        if internet == "fibre" and online and "online_security" not in services:
            offers.append(("online_security", charges * 0.3, 1, 30))
        if simple and on in ("web", "app"):
            offers.append(("web_points", 45, 4, 30))
        if has_birthday:
            offers.append(("birthday_data", 40, 1, 300))
        if offers:
            found["offers"] = best(offers, seen, now, 2, (3, 14))
    found["problems"] = problems
    return found


MENU_PLAN_3M = [call_back(180, 14_400)]


def _fault(internet: str, tenure: int, senior: bool, via: str | None) -> dict[str, Any]:
    on = _on("technical", via)
    if internet == "fibre":
        if tenure < 3:
            return answer("fault_desk[1]", "technical", on, 2, [], ["fibre", "installation"])
        return answer("fault_desk[2]", "technical", on, 3, [], ["fibre"])
    if internet == "dsl":
        if senior:
            return answer("fault_desk[3]", "technical", on, 3, [], ["copper", "patience"])
        return answer("fault_desk[4]", "technical", on, 4, [], ["copper"])
    return answer("fault_desk[5]", "general", _on("general", via), 4, [], ["mobile"])


def _simple(
    via: str | None, wants: str, key: str | None, value: int, day: int, live: dict[str, dict[str, Any]]
) -> dict[str, Any] | None:
    if 5 <= day <= 8 and wants == "billing" and via in ("voice", "sms", "social"):
        return answer("bill_online", "portal", "web", 5, TO_GENERAL_3M, message="bill_explained")
    if via in CALLS:
        general = live.get("general")
        if general is not None and general["longest_wait"] > timedelta(minutes=5):
            return answer("busy_lines", "portal", "web", 5, MENU_PLAN, message="portal_link")
    if via == "social":
        return answer(
            "social_doubts", "portal", "web", 5, [step(300, queue="social_desk")], message="portal_link"
        )
    if via in ("web", "app"):
        return answer("stay_online", "portal", via, 5, TO_GENERAL_3M, message="portal_link")
    low_end = key is not None and value < 30
    if low_end and via == "voice":
        return answer("low_end_menu", "ivr_menu", "ivr", 5, MENU_PLAN, message="portal_link")
    if low_end and via in ("chat", "sms"):
        return answer("low_end_portal", "portal", "web", 5, TO_GENERAL_3M, message="portal_link")
    if via == "voice" and wants in ("how_to", "top_up"):
        arm = arm_of("telecom-menu-1", key, (20, 50, 100))
        if arm == 1:
            return answer("menu_trial", "portal", "web", 5, TO_GENERAL_3M, message="portal_link", arm=1)
        if arm == 2:
            return answer("menu_trial", "ivr_menu", "ivr", 5, MENU_PLAN, message="portal_link", arm=2)
        return answer("menu_trial", "general", "voice", 5, [call_back(300, 14_400)], arm=3)
    return None
