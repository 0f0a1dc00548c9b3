"""The bank pack by hand."""

import re
from datetime import date, datetime, timedelta
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
    certain,
    is_unread,
    step,
)

__all__ = ["decide"]

ZONE = ZoneInfo("America/New_York")
HOURS = dict.fromkeys(range(5), (480, 1080)) | {5: (540, 840)}
OFFICE = Office("America/New_York", HOURS, "US", None, {(12, 24): (480, 780)}, range(6))
DECENT = Office("America/New_York", dict.fromkeys(range(5), (540, 1200)) | {5: (600, 1080), 6: (600, 1080)})
QUEUES = (
    *("fraud_desk", "customer_care", "private_bankers", "lending", "advisers"),
    *("social_team", "service", "phone_menu", "online_bank"),
)
ANSWERED = ("voice", "chat", "email", "sms", "social")
DESKS = ("customer_care", "private_bankers", "lending", "advisers", "service")
SERVED: dict[str, tuple[str, ...]] = dict.fromkeys(DESKS, ANSWERED) | {
    "fraud_desk": ("voice", "chat"),
    "online_bank": ("app", "web"),
}
WRITTEN = frozenset({"email", "sms", "social"})
FRAUD = re.compile(r"(?i)(scam|phish|stolen|did not make)")
TAXES = re.compile(r"(?i)(1099|1098|tax form)")
LAW = re.compile(r"(?i)(lawyer|attorney|cfpb|lawsuit)")

channel = r.named("voice", "chat", "email", "sms", "web", "app", "social", "branch", required=True)
intent = r.named(
    *("balance", "card", "payment", "statement", "fraud", "loan", "mortgage", "advice", "complaint"),
    *("close_account", "other"),
    required=True,
)
words, optional_text = r.text("", 65_536), r.text()
mood, money = r.number(-1, 1), r.number(0, None)
counter, score, moment = r.whole(), r.whole(0, 100), r.time("America/New_York")
tier = r.named("bronze", "silver", "gold", "platinum")
consents, agreed = r.names("calls", "messages", "letters"), r.names("voice", "sms", "email")

TO_SERVICE_2M, TO_SERVICE_3M = [step(120, queue="service")], [step(180, queue="service")]
FRAUD_PLAN = [step(60, queue="service"), call_back(180, 1_800)]
CARE_PLAN = [step(45, any_agent=True), step(120, queue="service")]
ANY_TIME_PLAN = [call_back(180, 43_200)]
KEEP_PLAN = [step(60, any_agent=True), call_back(180, 3_600)]
PRIVATE_PLAN = [step(60, any_agent=True), step(180, queue="service")]
BACK_4H, BACK_8H = [call_back(180, 14_400)], [call_back(300, 28_800)]


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
    level = tier(who.get("tier"), "customer.tier", problems)
    value = score(who.get("value"), "customer.value", problems)
    growth = score(who.get("growth"), "customer.growth", problems)
    deposits = money(who.get("deposits"), "customer.deposits", problems)
    investments = money(who.get("investments"), "customer.investments", problems)
    debt = money(who.get("debt"), "customer.debt", problems)
    income = money(who.get("monthly_income"), "customer.monthly_income", problems)
    products = r.texts(who.get("products"), "customer.products", problems)
    complaints = counter(who.get("complaints_90d"), "customer.complaints_90d", problems)
    regulator = r.flag(who.get("regulator_case"), "customer.regulator_case", problems)
    vulnerable = r.flag(who.get("vulnerable"), "customer.vulnerable", problems)
    verified = r.flag(who.get("verified"), "customer.verified", problems)
    birthday = r.day(who.get("birthday"), "customer.birthday", problems)
    agreed(who.get("agreed_to"), "customer.agreed_to", problems)
    optional_text(who.get("zone"), "customer.zone", problems)
    moment(who.get("last_helped"), "customer.last_helped", problems)
    allows = consents(who.get("consents"), "customer.consents", problems)
    manager = optional_text(who.get("account_manager"), "customer.account_manager", problems)
    card = r.record(contact, "card", problems)
    lost = r.flag(card.get("lost"), "card.lost", problems)
    disputed = money(card.get("disputed"), "card.disputed", problems)
    form = r.record(contact, "application", problems)
    amount = money(form.get("amount"), "application.amount", problems)
    started = moment(form.get("started"), "application.started", problems)
    live = r.signals(contact, QUEUES, problems)
    seen = r.shown(contact.get("offers_shown"), moment, problems)

    wealth = (deposits or 0) + (investments or 0)
    room = (income or 0) * 36 - (debt or 0)
    alarm = wants == "fraud" or lost or (subject != "" and FRAUD.search(subject) is not None)
    sensitive = vulnerable or regulator or complaints >= 2
    unhappy = sensitive or wants == "complaint" or (sentiment is not None and sentiment < -0.4)
    private = wealth >= 250_000 or value >= 85 or level in ("gold", "platinum")
    growing = growth >= 65 and not private
    everyday = wants in ("balance", "card", "payment", "statement") and not (private or unhappy or alarm)
    open_now = OFFICE.is_open(now)
    local = now.astimezone(ZONE)
    today = local.date()

    found: dict[str, Any]
    if alarm and via in WRITTEN:
        said = "we_secure_your_account"
        found = answer("fraud_in_writing", "fraud_desk", "voice", 1, FRAUD_PLAN, message=said)
    elif alarm:
        found = answer("fraud_first", "fraud_desk", _on("fraud_desk", via), 1, FRAUD_PLAN)
    elif via == "social" and (verified or followers >= 5_000 or (sentiment is not None and sentiment < -0.6)):
        plan = [step(1_200, queue="service")]
        found = answer("loud_post", "social_team", "social", 2, plan, message="we_are_listening")
    elif sensitive and via in ("voice", "chat", "email") and open_now:
        found = answer("sensitive_first", "customer_care", via, 1, CARE_PLAN, agent=manager)
    elif sensitive:
        found = answer("sensitive_any_time", "service", _on("service", via), 1, ANY_TIME_PLAN, ["care"])
    elif private and wants == "close_account" and open_now:
        on = _on("private_bankers", via)
        found = answer("keep_the_account", "private_bankers", on, 1, KEEP_PLAN, agent=manager)
    elif private and open_now:
        on = _on("private_bankers", via)
        found = answer("private_first", "private_bankers", on, 2, PRIVATE_PLAN, agent=manager)
    elif private:
        plan = [call_back_in(OFFICE, now, 120, 3_600)]
        found = answer(
            "private_after_hours", "service", _on("service", via), 2, plan, message="banker_calls_you"
        )
    elif unhappy:
        found = answer("upset_first", "service", _on("service", via), 3, BACK_4H)
    else:
        led: dict[str, Any] | None = None
        if wants in ("loan", "mortgage"):
            led = _lending(wants, amount, growth, started, allows, now, via, open_now)
        elif growing and wants == "advice":
            led = _advice(key, via, open_now)
        elif everyday:
            led = _everyday(wants, subject, today, via, live)
        if led is not None:
            found = led
        elif key is None and via in ("voice", "branch"):
            plan = [call_back(240, 28_800)]
            found = answer("unknown_caller", "service", "voice", 5, plan, ["identification"])
        else:
            found = answer("otherwise", "service", _on("service", via), 5, BACK_8H)

    priority = found["priority"]
    if subject != "" and LAW.search(subject) is not None:
        priority -= 1
        found["skills"] = sorted({*found["skills"], "regulatory"})
    if everyday and (local.hour >= 22 or local.hour < 6):
        priority += 1
    found["priority"] = min(max(priority, 1), 10)
    has_birthday = birthday is not None and anniversary(birthday, today)
    if has_birthday and private and open_now and not unhappy and not alarm:
        found["message"] = "birthday_wishes"

    if not unhappy and not alarm and not (disputed is not None and disputed > 0):

        def offers(private: bool) -> list[tuple[str, float, int, int]]:
            on = found["channel"]
            growing = growth >= 65 and not private
            made: list[tuple[str, float, int, int]] = []
            if growing and level in ("silver", "gold") and "premium_card" not in products:
                made.append(("premium_card", 90 * growth / 100, 1, 60))
            if room >= 10_000 and wants in ("card", "payment", "loan") and on in ("voice", "chat", "app"):
                made.append(("preapproved_loan", room * 0.002, 1, 45))
            if private and wants in ("advice", "mortgage") and (sentiment or 0) >= 0:
                made.append(("portfolio_review", wealth / 5_000, 2, 90))
            if wants == "close_account":
                made.append(("stay_rate", 150, 1, 180))
            is_small = wants == "loan" and amount is not None and amount < 5_000
            if on in ("app", "web") and ((is_everyday and not private) or is_small):
                made.append(("online_credit", 25, 2, 30))
            return made

        is_everyday = wants in ("balance", "card", "payment", "statement")
        made = offers(private)
        if problems and not private and is_unread("customer.value", problems):
            made = certain(made, offers(True))
        if made:
            found["offers"] = best(made, seen, now, 5, (3, 30))
    found["problems"] = problems
    return found


def _lending(
    wants: str,
    amount: float | None,
    growth: int,
    started: datetime | None,
    allows: frozenset[str],
    now: datetime,
    via: str | None,
    open_now: bool,
) -> dict[str, Any] | None:
    on = _on("lending", via)
    if (
        open_now
        and started is not None
        and timedelta(hours=1) <= now - started < timedelta(days=7)
        and "calls" in allows
        and DECENT.is_open(now)
    ):
        plan = [call_back_in(OFFICE, now, 120, 28_800)]
        return answer("finish_application", "lending", on, 3, plan, message="application_waiting")
    if wants == "mortgage":
        if not open_now:
            return None
        if amount is not None and amount >= 750_000:
            return answer("lending_desk[1]", "lending", on, 2, [], ["large_loans"])
        return answer("lending_desk[2]", "lending", on, 3, [], ["mortgages"])
    if open_now and amount is not None and amount > 50_000:
        return answer("lending_desk[3]", "lending", on, 3, [], ["large_loans"])
    if amount is not None and amount < 5_000 and growth < 65:
        return answer("lending_desk[4]", "online_bank", "web", 5, TO_SERVICE_3M, message="apply_online")
    return answer("lending_desk[5]", "lending", on, 4, []) if open_now else None


def _advice(key: str | None, via: str | None, open_now: bool) -> dict[str, Any] | None:
    arm = arm_of("bank-advice-3", key, (25, 50, 100))
    if arm == 1:
        if not open_now:
            return None
        return answer("advice_trial", "advisers", _on("advisers", via), 3, TO_SERVICE_3M, arm=1)
    if arm == 2:
        return answer("advice_trial", "online_bank", "app", 5, TO_SERVICE_2M, message="planner_link", arm=2)
    return answer("advice_trial", "service", _on("service", via), 3, BACK_4H, ["advice"], arm=3)


def _everyday(
    wants: str, subject: str, today: date, via: str | None, live: dict[str, dict[str, Any]]
) -> dict[str, Any] | None:
    if date(2027, 1, 25) <= today <= date(2027, 4, 16) and (
        wants == "statement" or TAXES.search(subject) is not None
    ):
        return answer("tax_forms_online", "online_bank", "web", 5, TO_SERVICE_3M, message="tax_forms")
    if via in ("voice", "chat", "sms"):
        service = live.get("service")
        if service is not None and (
            service["longest_wait"] > timedelta(minutes=5) or service["waiting"] >= 40
        ):
            plan = [call_back(120, 14_400), *TO_SERVICE_3M]
            return answer("busy_service", "online_bank", "app", 5, plan, message="app_link")
    if via == "voice" and wants == "balance":
        return answer("balance_by_menu", "phone_menu", "ivr", 5, TO_SERVICE_2M, message="app_link")
    if via == "social":
        plan = [step(300, queue="social_team")]
        return answer("doubts_online", "online_bank", "web", 5, plan, message="app_link")
    if via in ("web", "app"):
        return answer("stay_online", "online_bank", via, 5, TO_SERVICE_3M, message="app_link")
    return None
