"""The utility pack by hand."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from benchmarks.by_hand import reading as r
from benchmarks.by_hand.deciding import (
    Office,
    answer,
    arm_of,
    best,
    call_back,
    call_back_in,
    certain,
    is_unread,
    step,
)

__all__ = ["decide"]

ZONE = ZoneInfo("Europe/London")
HOURS = dict.fromkeys(range(5), (480, 1080)) | {5: (540, 720)}
OFFICE = Office("Europe/London", HOURS, "GB", "ENG", {(12, 24): (480, 720)}, range(6))
DECENT = Office("Europe/London", dict.fromkeys(range(5), (540, 1200)) | dict.fromkeys((5, 6), (600, 1080)))
QUEUES = (
    *("emergency_line", "network_desk", "care_team", "debt_team", "account_desk", "social_watch"),
    *("general", "reading_line", "my_account"),
)
ANSWERED = ("voice", "chat", "email", "social")
DESKS = ("network_desk", "care_team", "debt_team", "account_desk", "general")
SERVED: dict[str, tuple[str, ...]] = dict.fromkeys(DESKS, ANSWERED) | {"my_account": ("web", "app")}
LIST = Path(__file__).parents[2] / "rules" / "utility_storm_areas.txt"
STORM_AREAS = frozenset(line for line in LIST.read_text().split("\n") if line and not line.startswith("#"))
DANGER = re.compile(r"(?i)(smell.{0,10}gas|gas leak|carbon monoxide|sparks|cable down)")
REGULATOR = re.compile(r"(?i)(ombudsman|ofgem|solicitor)")

channel = r.named("voice", "chat", "email", "sms", "web", "app", "social", "branch", required=True)
intent = r.named(
    *("emergency", "outage", "meter_reading", "bill", "tariff", "moving", "hardship", "complaint"),
    *("cancel", "other"),
    required=True,
)
words, optional_text = r.text("", 65_536), r.text()
mood, money, amount = r.number(-1, 1), r.number(0, None, 0), r.number(0, None)
counter, score, moment = r.whole(), r.whole(0, 100), r.time("Europe/London")
fuels_of, consents = r.names("electricity", "gas"), r.names("calls", "messages", "letters")
agreed = r.names("voice", "sms", "email")
region_of = r.named("north", "midlands", "south")

TO_GENERAL_1M, TO_GENERAL_3M = [step(60, queue="general")], [step(180, queue="general")]
CARE_PLAN = [step(60, any_agent=True), step(180, queue="general")]


def _on(queue: str, inbound: str | None) -> str:
    served = SERVED[queue]
    return inbound if inbound in served else served[0]


def decide(contact: Any, clock: datetime) -> dict[str, object]:
    problems: r.Problems = []
    sent = r.record(contact, "contact", problems)
    via = channel(sent.get("channel"), "contact.channel", problems)
    wants = intent(sent.get("intent"), "contact.intent", problems)
    subject = words(sent.get("subject"), "contact.subject", problems)
    sentiment = mood(sent.get("sentiment"), "contact.sentiment", problems)
    followers = counter(sent.get("followers"), "contact.followers", problems)
    now = moment(sent.get("at"), "contact.at", problems) or clock
    who = r.record(contact, "customer", problems)
    key = optional_text(who.get("id"), "customer.id", problems)
    value = score(who.get("value"), "customer.value", problems)
    growth = score(who.get("growth"), "customer.growth", problems)
    complaints = counter(who.get("complaints_90d"), "customer.complaints_90d", problems)
    regulator = r.flag(who.get("regulator_case"), "customer.regulator_case", problems)
    register = r.flag(who.get("priority_register"), "customer.priority_register", problems)
    medical = r.flag(who.get("medical_equipment"), "customer.medical_equipment", problems)
    arrears = money(who.get("arrears"), "customer.arrears", problems)
    fuels = fuels_of(who.get("fuels"), "customer.fuels", problems)
    smart = r.flag(who.get("smart_meter"), "customer.smart_meter", problems)
    moved_in = moment(who.get("moved_in"), "customer.moved_in", problems)
    verified = r.flag(who.get("verified"), "customer.verified", problems)
    agreed(who.get("agreed_to"), "customer.agreed_to", problems)
    optional_text(who.get("zone"), "customer.zone", problems)
    moment(who.get("last_helped"), "customer.last_helped", problems)
    moment(who.get("last_reading"), "customer.last_reading", problems)
    allows = consents(who.get("consents"), "customer.consents", problems)
    manager = optional_text(who.get("account_manager"), "customer.account_manager", problems)
    home = r.record(contact, "premises", problems)
    area = optional_text(home.get("area"), "premises.area", problems)
    region = region_of(home.get("region"), "premises.region", problems)
    business = r.flag(home.get("business"), "premises.business", problems)
    yearly = amount(home.get("annual_usage"), "premises.annual_usage", problems)
    live = r.signals(contact, QUEUES, problems)
    seen = r.shown(contact.get("offers_shown"), moment, problems)

    usage = 2_700 if yearly is None else yearly
    danger = wants == "emergency" or (subject != "" and DANGER.search(subject) is not None)
    vulnerable = register or medical
    unhappy = (
        regulator or complaints >= 2 or wants == "complaint" or (sentiment is not None and sentiment < -0.4)
    )
    in_debt = wants == "hardship" or arrears > 400
    high_value = value >= 80 or (business and usage >= 50_000)
    growing = growth >= 70 and not high_value
    simple = wants in ("meter_reading", "bill", "tariff", "moving") and not (
        danger or vulnerable or unhappy or in_debt or high_value
    )
    local = now.astimezone(ZONE)
    storm = area in STORM_AREAS and date(2026, 11, 27) <= local.date() <= date(2026, 12, 2)
    open_now = OFFICE.is_open(now)

    found: dict[str, Any] | None = None
    if danger:
        plan = [step(20, queue="general")]
        found = answer("danger_first", "emergency_line", "voice", 1, plan, message="stay_safe")
    elif medical and wants == "outage":
        on = _on("network_desk", via)
        found = answer("power_for_life", "network_desk", on, 1, TO_GENERAL_1M, ["welfare_visit"])
    elif via == "social" and (verified or followers >= 3_000 or (sentiment is not None and sentiment < -0.6)):
        plan = [step(900, queue="general")]
        found = answer("loud_case", "social_watch", "social", 2, plan, message="we_are_listening")
    elif wants == "outage":
        found = _outage(storm and not vulnerable and not unhappy, region, business, value, via, live)
    elif vulnerable and via in ("voice", "chat", "email", "sms") and open_now:
        found = answer("care_first", "care_team", _on("care_team", via), 1, CARE_PLAN, agent=manager)
    elif vulnerable:
        plan = [call_back(180, 43_200)]
        found = answer("care_any_time", "general", _on("general", via), 1, plan, ["vulnerable_care"])
    elif in_debt and open_now:
        found = answer("debt_advice", "debt_team", _on("debt_team", via), 3, TO_GENERAL_3M)
    elif unhappy:
        found = answer("upset_first", "general", _on("general", via), 2, [call_back(180, 14_400)])
    elif high_value:
        found = _account(wants, now, open_now, manager, via)
    elif growing and wants == "tariff" and open_now:
        found = answer("growing_switch", "account_desk", _on("account_desk", via), 3, TO_GENERAL_3M)
    elif (
        wants in ("moving", "other")
        and moved_in is not None
        and now - moved_in < timedelta(days=30)
        and "calls" in allows
        and DECENT.is_open(now)
    ):
        plan = [call_back(120, 86_400)]
        found = answer("settle_in", "general", _on("general", via), 3, plan, ["welcome"], "welcome_home")
    elif simple:
        found = _simple(wants, local, via, key, live)
    if found is None:
        found = answer("otherwise", "general", _on("general", via), 5, [call_back(300, 28_800)])

    priority, skills = found["priority"], {*found["skills"]}
    if wants == "outage" and (local.hour >= 22 or local.hour < 6):
        skills.add("duty_engineer")
    if storm and simple:
        priority += 2
    if subject != "" and REGULATOR.search(subject) is not None:
        priority -= 1
        skills.add("regulatory")
    found["priority"], found["skills"] = min(max(priority, 1), 10), sorted(skills)

    if not (unhappy or in_debt or danger or wants == "outage"):

        def offers(high_value: bool) -> list[tuple[str, float, int, int]]:
            on = found["channel"]
            made: list[tuple[str, float, int, int]] = []
            if wants in ("meter_reading", "bill") and not smart and on in ("voice", "chat", "email"):
                made.append(("smart_meter", 30 + usage * 0.004, 1, 60))
            if growth >= 70 and not high_value and smart and "electricity" in fuels:
                made.append(("night_tariff", 20 + growth * 0.5, 1, 90))
            if high_value and wants in ("tariff", "bill") and len(fuels) < 2:
                made.append(("both_fuels", usage * 0.01, 1, 90))
            if is_small and not (vulnerable or high_value) and on in ("web", "app", "sms", "ivr"):
                made.append(("online_credit", 15, 4, 90))
            return made

        is_small = wants in ("meter_reading", "bill", "tariff", "moving")
        made = offers(high_value)
        if problems and not high_value and is_unread("customer.value", problems):
            made = certain(made, offers(True))
        if made:
            found["offers"] = best(made, seen, now, 1, (3, 30))
    found["problems"] = problems
    return found


def _outage(
    in_storm: bool,
    region: str | None,
    business: bool,
    value: int,
    via: str | None,
    live: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    desk = live.get("network_desk")
    if (
        in_storm
        and via in ("voice", "chat", "social", "web", "app", "sms")
        and desk is not None
        and (desk["longest_wait"] > timedelta(minutes=5) or desk["waiting"] >= 100)
    ):
        plan = [step(240, queue="network_desk")]
        return answer("storm_map", "my_account", "web", 5, plan, message="storm_news")
    on = _on("network_desk", via)
    if business and region == "north":
        return answer("outage_desk[1]", "network_desk", on, 2, [], ["north_grid", "three_phase"])
    if business and region in ("midlands", "south"):
        return answer("outage_desk[2]", "network_desk", on, 2, [], ["three_phase"])
    if not business and region == "north":
        if value >= 50:
            return answer("outage_desk[3]", "network_desk", on, 2, [], ["north_grid"])
        return answer("outage_desk[4]", "network_desk", on, 3, [], ["north_grid"])
    return answer("outage_desk[5]", "network_desk", on, 3, [])


def _account(
    wants: str, now: datetime, open_now: bool, manager: str | None, via: str | None
) -> dict[str, Any]:
    on = _on("account_desk", via)
    if wants in ("cancel", "moving") and open_now:
        plan = [step(60, any_agent=True), call_back(240, 7_200)]
        return answer("keep_the_account", "account_desk", on, 1, plan, agent=manager)
    if open_now:
        plan = [step(240, queue="general")]
        return answer("account_first", "account_desk", on, 2, plan, agent=manager)
    plan = [call_back_in(OFFICE, now, 180, 7_200)]
    return answer("account_after_hours", "general", _on("general", via), 3, plan, message="manager_calls_you")


def _simple(
    wants: str, local: datetime, via: str | None, key: str | None, live: dict[str, dict[str, Any]]
) -> dict[str, Any] | None:
    is_due = local.month in (3, 6, 9, 12) and local.day >= 25
    if is_due and wants == "meter_reading" and via == "sms":
        return answer("reading_by_text", "reading_line", "sms", 5, TO_GENERAL_3M, message="reading_link")
    if is_due and wants == "meter_reading" and via == "voice":
        arm = arm_of("utility-reading-2", key, (40, 80, 100))
        queue, on = ("my_account", "app") if arm == 1 else ("reading_line", "ivr" if arm == 2 else "sms")
        return answer("send_reading", queue, on, 5, TO_GENERAL_3M, message="reading_link", arm=arm)
    if via in ("voice", "chat"):
        general = live.get("general")
        if general is not None and general["longest_wait"] > timedelta(minutes=5):
            plan = [call_back(120, 21_600), *TO_GENERAL_3M]
            return answer("busy_lines", "my_account", "web", 5, plan, message="account_link")
    if via == "social":
        plan = [step(300, queue="social_watch")]
        return answer("doubts_online", "my_account", "web", 5, plan, message="account_link")
    if via in ("web", "app", "sms"):
        on = _on("my_account", via)
        return answer("stay_online", "my_account", on, 5, TO_GENERAL_3M, message="account_link")
    return None
