"""A bank of 600 rules: words of alarm by the hundred, lending by income and debt, wealth, ages, branches."""

from itertools import product
from random import Random

from benchmarks.trades.writing import Draft, joined

__all__ = ["bank"]

INTENTS = ("balance", "card", "payment", "statement", "transfer", "fraud", "loan", "mortgage", "savings", "advice",
           "pension", "insurance", "complaint", "close_account", "open_account", "foreign_cash", "login", "other")  # fmt: skip
REGIONS = (
    "north_east",
    "new_england",
    "mid_atlantic",
    "south_east",
    "great_lakes",
    "plains",
    "gulf",
    "mountain",
    "pacific",
)
TIERS = ("basic", "silver", "gold", "private")
LANGUAGES = ("en", "es", "zh", "vi", "ko", "fr", "ht", "pt")
ALARMS = {
    "stolen": (
        ("stolen", "lost", "missing", "swallowed", "skimmed"),
        ("card", "wallet", "phone", "cheque book", "token"),
    ),
    "scam": (
        ("fake", "suspicious", "strange", "phishing", "unknown"),
        ("call", "mail", "text message", "link", "invoice"),
    ),
    "payment": (
        ("wrong", "double", "unauthorised", "refused", "unknown"),
        ("payment", "debit", "charge", "transfer", "withdrawal"),
    ),
    "hardship": (
        ("cannot pay", "behind with", "afraid to lose", "no money for", "need time for"),
        ("rent", "mortgage", "loan", "bills", "instalment"),
    ),
    "dispute": (
        ("complain about", "object to", "sue over", "unhappy with", "refuse"),
        ("fee", "interest", "advice", "closing", "rate"),
    ),
    "life": (
        ("father", "mother", "husband", "wife", "partner"),
        ("passed away", "is in hospital", "in care"),
    ),
}
PRODUCTS = ("current", "savings", "credit_card", "loan", "mortgage", "brokerage", "pension", "business")

HEAD = f"""policy bank_large "A retail bank: who gets which service"
timezone America/New_York
type mood = number -1..1
type money = number 0..100000000
record contact {{
  channel one of voice, chat, email, sms, web, app, social, branch
  intent one of {", ".join(INTENTS)}
  language one of {", ".join(LANGUAGES)} = en
  words text = "" private
  sentiment mood ?
  at time ?
}}
record customer {{
  id text ? private
  tier ordered {" < ".join(TIERS)} ?
  value integer 0..100 = 0
  growth integer 0..100 = 0
  region one of {", ".join(REGIONS)} ?
  birthday date ? private
  since date ?
  income money ? private
  deposits money ? private
  investments money ? private
  debt money ? private
  arrears integer 0..60 = 0
  complaints_90d integer 0..1000 = 0
  regulator_case flag = no
  vulnerable flag = no
  products set of text = {{}}
  banker text ?
}}
record card {{
  lost flag = no
  limit number 0..1000000 ?
  used number 0..1000000 ?
  disputed number 0..1000000 ?
}}
record application {{
  product one of {", ".join(PRODUCTS)} ?
  amount number 0..10000000 ?
  months integer 1..480 ?
  started time ?
}}
channel voice  {{ assisted cost 6.40 }}
channel chat   {{ assisted cost 3.30 }}
channel email  {{ assisted cost 4.10 }}
channel social {{ assisted cost 3.80 }}
channel branch {{ assisted cost 21.00 }}
channel ivr    {{ self_service cost 0.22 }}
channel web    {{ self_service cost 0.03 }}
channel app    {{ self_service cost 0.02 }}
calendar banking_hours {{ open Mon-Fri 08:00-18:00, Sat 09:00-14:00  closed holidays US }}
calendar branch_hours {{ open Mon-Fri 09:00-16:00  closed holidays US }}
live queue {{
  waiting integer 0..5000 = 0
  longest_wait duration 0s..12h = 0s
  free_agents integer 0..2000 = 0
}}
queue fraud_desk {{ on voice, chat, email }}
queue fraud_night {{ on voice, chat, email }}
queue care_desk {{ on voice, chat, email skills care open banking_hours }}
queue private_bankers {{ on voice, chat, email open banking_hours }}
queue lending {{ on voice, chat, email skills lending open banking_hours }}
queue mortgages {{ on voice, chat, email skills mortgages open banking_hours }}
queue advisers {{ on voice, chat skills advice open banking_hours }}
queue hardship {{ on voice, chat, email skills hardship }}
queue bereavement {{ on voice, email }}
queue languages {{ on voice, chat }}
queue social_team {{ on social }}
{chr(10).join(f"queue branch_{region} {{ on branch, voice open branch_hours }}" for region in REGIONS)}
queue service {{ on voice, chat, email, social, branch }}
queue phone_menu {{ on ivr }}
queue online_bank {{ on app, web }}
message app_link {{ sms "In the app: {{app_url}}"  app "You can do it here."  web "You can do it here." }}
message apply_online {{ web "Apply in five minutes."  app "Apply in five minutes." }}
let age = years(customer.birthday)
let wealth = (customer.deposits else 0) + (customer.investments else 0)
let room = 36 * (customer.income else 0) - (customer.debt else 0)
let headroom = card.limit - card.used
let risk sum {{
  when customer.arrears >= 3 then 40
  when customer.arrears in 1..2 then 15
  when customer.debt > 24 * customer.income then 35
  when card.used > 0.9 * card.limit then 20
  when customer.regulator_case then 10
  table (customer.tier) {{ basic -> 10  silver -> 5 }}
}}
segment alarm when contact.intent is fraud or card.lost or card.disputed >= 1000
segment sensitive when customer.vulnerable or customer.regulator_case or customer.complaints_90d >= 2 or age >= 85
segment private_client when wealth >= 250000 or customer.tier is private
segment young when age < 25
segment shaky when risk >= 60
segment everyday when contact.intent in {{balance, card, payment, statement, transfer, login}} and not private_client
"""


def bank(rules: int = 600, seed: int = 11) -> str:
    """Writes the policy; the last table is as long as makes the number."""
    dice, draft = Random(seed), Draft(HEAD)
    _first_of_all(draft)
    _alarms(draft)
    _private(draft)
    _lending(draft, dice)
    _load(draft, dice)
    _branches(draft, dice)
    _cards(draft, dice)
    _languages(draft)
    _everyday(draft, dice, rules - draft.rules - 1)
    _rest(draft)
    return draft.text("queue service, priority 5 after 5m callback within 8h")


def _first_of_all(draft: Draft) -> None:
    draft.rule(
        "fraud_helps_out",
        "alarm and fraud_desk.longest_wait > fraud_night.longest_wait + 1m",
        "queue fraud_night, priority 1",
    )
    draft.rule("fraud_first", "alarm", "queue fraud_desk, priority 1 after 1m queue service after 3m callback within 30m",
               "Suspected fraud reaches the fraud desk at any hour")  # fmt: skip
    draft.rule("sensitive_first", "sensitive and contact.channel in {voice, chat, email}",
               "queue care_desk, agent customer.banker, priority 1 after 45s any agent after 2m queue service")  # fmt: skip
    draft.rule(
        "sensitive_any_time",
        "sensitive",
        "queue service, priority 1, skills {care} after 3m callback within 12h",
    )


def _alarms(draft: Draft) -> None:
    queues = {"stolen": "fraud_desk", "scam": "fraud_desk", "payment": "fraud_night",
              "hardship": "hardship", "dispute": "service", "life": "bereavement"}  # fmt: skip
    for topic, (verbs, nouns) in ALARMS.items():
        for number, (verb, noun) in enumerate(product(verbs, nouns)):
            tests = (f'contact.words matches "(?i){verb}.*{noun}"', f'contact.words contains "{verb} {noun}"',
                     f'contact.words contains any {{"{verb} {noun}", "{noun} {verb}", "{noun}: {verb}"}}')  # fmt: skip
            draft.rule(
                f"{topic}_{number + 1}",
                tests[number % 3],
                f"queue {queues[topic]}, priority {1 + number % 3}",
            )


def _private(draft: Draft) -> None:
    for number, least in enumerate((5_000_000, 2_000_000, 1_000_000, 500_000)):
        draft.rule(f"wealth_{number + 1}", f"wealth >= {least} and contact.intent in {{advice, pension, savings, close_account}}",
                   f"queue private_bankers, agent customer.banker, priority {1 + number // 2} after 1m any agent after 3m queue service")  # fmt: skip
    draft.rule(
        "private_first",
        "private_client",
        "queue private_bankers, agent customer.banker, priority 2 after 1m any agent",
    )
    draft.rule(
        "private_at_night",
        "private_client and contact.channel in {voice, chat}",
        "queue service, priority 2 after 2m callback within 1h of banking_hours",
    )


def _lending(draft: Draft, dice: Random) -> None:
    for number, months in enumerate((12, 24, 36, 48, 60)):
        draft.rule(f"affordable_{number + 1}",
                   f"contact.intent is loan and application.amount <= {months} * customer.income - customer.debt and application.months <= {months}",
                   f"queue lending, priority {2 + number // 2}")  # fmt: skip
    draft.rule(
        "too_much_debt",
        "contact.intent in {loan, mortgage} and customer.debt > 30 * customer.income and room < 0",
        "queue hardship, priority 3",
    )
    draft.rule(
        "too_old_for_it",
        "contact.intent is mortgage and age + application.months / 12 > 80",
        "queue advisers, priority 4",
    )
    draft.rule(
        "half_applied",
        "now - application.started in 1h..<7d and contact.intent in {loan, mortgage}",
        "queue lending, priority 3",
    )
    rows = [
        (f"{intent} | {amount} | {tier} | {growth}",
         f"queue {'mortgages' if intent == 'mortgage' else 'lending'}, priority {dice.randint(2, 5)}")
        for intent in ("mortgage", "loan")
        for amount in (">= 1000000", "500000..<1000000", "100000..<500000", "20000..<100000", "< 20000")
        for tier in ("basic", "silver", "gold")
        for growth in (">= 65", "< 65")
    ]  # fmt: skip
    draft.table(
        "lending_desk", ["contact.intent", "application.amount", "customer.tier", "customer.growth"], rows
    )


def _load(draft: Draft, dice: Random) -> None:
    desks = ("lending", "mortgages", "advisers", "hardship", "care_desk")
    for one, other in product(desks, desks):
        if one < other:
            tests = [f"{one}.longest_wait > {other}.longest_wait + {dice.randint(1, 6)}m", f"{other}.free_agents > {one}.free_agents",
                     f"contact.intent in {{{', '.join(dice.sample(INTENTS[6:12], 2))}}}"]  # fmt: skip
            draft.rule(f"{other}_helps_{one}", joined(tests), f"queue {other}, priority 4")


def _branches(draft: Draft, dice: Random) -> None:
    rows = [
        (f"branch | {region} | {intents} | {tier}", f"queue branch_{region}, priority {dice.randint(2, 5)}")
        for region in REGIONS
        for intents in ("foreign_cash, open_account", "pension, insurance", "close_account")
        for tier in ("basic, silver", "gold, private")
    ]
    draft.table("branches", ["contact.channel", "customer.region", "contact.intent", "customer.tier"], rows)


def _cards(draft: Draft, dice: Random) -> None:
    for number, share in enumerate((0.95, 0.9, 0.8)):
        draft.rule(f"near_the_limit_{number + 1}", f"contact.intent is card and card.used >= {share} * card.limit and customer.arrears is 0",
                   f"queue service, priority {3 + number}, message app_link")  # fmt: skip
    draft.rule(
        "no_headroom",
        "contact.intent in {card, payment} and headroom < 50 and shaky",
        "queue hardship, priority 3",
    )
    draft.rule("young_savers", "young and contact.intent in {savings, pension}",
               'split by customer.id seed "young-2" { 25% queue advisers, priority 4 after 3m queue service 75% queue online_bank on app }')  # fmt: skip
    rows = [
        (
            f"{intent} | {least} | {product_}",
            f"queue advisers, priority {dice.randint(2, 5)} after 3m queue service",
        )
        for intent in ("savings", "advice", "pension", "insurance")
        for least in ("< 30", "30..<50", "50..<67", ">= 67")
        for product_ in ("current, savings", "brokerage, pension", "loan, mortgage")
    ]
    draft.table("advice_by_age", ["contact.intent", "age", "application.product"], rows)


def _languages(draft: Draft) -> None:
    rows = [
        (f"{language} | {channel} | {intent}", f"queue languages, priority 5, skills {{{language}}}")
        for language in LANGUAGES[1:]
        for channel in ("voice", "chat")
        for intent in ("payment, transfer", "card", "statement, balance")
    ]
    draft.table("other_languages", ["contact.language", "contact.channel", "contact.intent"], rows)


def _everyday(draft: Draft, dice: Random, count: int) -> None:
    draft.rule("busy_service", "everyday and service.waiting > 2 * service.free_agents + 30 and contact.channel in {voice, chat}",
               "queue online_bank on app, message app_link after 2m callback within 4h")  # fmt: skip
    draft.rule("social", "contact.channel is social", "queue social_team, priority 4 after 20m queue service")
    draft.rule("balance_by_menu", "contact.intent is balance and contact.channel is voice and contact.language is en",
               "queue phone_menu after 2m queue service")  # fmt: skip
    choices = list(product(("card", "payment", "statement", "transfer", "login", "open_account"), ("web", "app", "voice", "email", "chat"),
                           REGIONS, ("basic", "silver, gold")))  # fmt: skip
    rows = []
    for intent, channel, region, tier in sorted(dice.sample(choices, count - 3)):
        online = channel in ("web", "app")
        outcome = (
            "queue online_bank, message app_link after 3m queue service"
            if online
            else f"queue service, priority {dice.randint(4, 7)}"
        )
        rows.append((f"{intent} | {channel} | {region} | {tier}", outcome))
    draft.table(
        "everyday_desk", ["contact.intent", "contact.channel", "customer.region", "customer.tier"], rows
    )


def _rest(draft: Draft) -> None:
    for language in LANGUAGES[1:]:
        draft.adjusts(f"speaks_{language}", f"contact.language is {language}", f"skills + {{{language}}}")
    draft.adjusts(
        "legal_words",
        'contact.words matches "(?i)(lawyer|attorney|lawsuit)"',
        "priority - 1, skills + {regulatory}",
    )
    draft.adjusts("thin_nights", "everyday and (hour(now) >= 22 or hour(now) < 6)", "priority + 1")
    for number, item in enumerate(PRODUCTS):
        draft.offer(f"offer_{item}", f'customer.growth >= {30 + 5 * number} and not customer.products has "{item}" and risk < {70 - 5 * number}',
                    f"{40 + 10 * number} * customer.growth / 100", "on voice, chat, app at most 1 per 45d")  # fmt: skip
    draft.offer(
        "preapproved",
        "room >= 10000 and contact.intent in {card, payment, loan}",
        "room * 0.002",
        "at most 1 per 45d",
    )
    draft.offer(
        "portfolio_review",
        "private_client and contact.intent in {advice, mortgage}",
        "wealth / 5000",
        "at most 2 per 90d",
    )
    draft.never("sensitive or alarm or shaky")
    draft.guarantee("fraud_is_urgent", "alarm", "priority <= 1 and channel is assisted")
    draft.guarantee(
        "care",
        "sensitive and contact.channel in {voice, chat, email}",
        "channel is assisted and priority <= 1",
    )
    draft.guarantee(
        "nothing_sold_to_the_indebted",
        "customer.debt > 24 * customer.income and customer.arrears >= 3",
        "offers is empty",
    )
    draft.guarantee(
        "rich_reach_people", "wealth > 250000 and contact.channel in {voice, chat}", "channel is assisted"
    )
    draft.guarantee("old_reach_people", "age >= 90 and contact.channel is voice", "channel is assisted")
    draft.guarantee("loans_are_lent", "contact.intent is loan and application.amount + customer.debt <= 12 * customer.income and application.months <= 12 and contact.channel is voice",
                    "channel is assisted")  # fmt: skip
