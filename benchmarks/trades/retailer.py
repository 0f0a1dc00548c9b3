"""A retailer of 500 rules: orders and returns, warehouses, carriers, seasons, baskets and what they are worth."""

from itertools import product
from random import Random

from benchmarks.trades.writing import Draft, joined

__all__ = ["retailer"]

INTENTS = ("where_is_it", "return", "exchange", "refund", "damaged", "wrong_item", "invoice", "payment", "voucher", "account",
           "product", "size", "stock", "complaint", "cancel", "store", "other")  # fmt: skip
CATEGORIES = (
    "fashion",
    "shoes",
    "sports",
    "toys",
    "garden",
    "kitchen",
    "furniture",
    "electronics",
    "phones",
    "books",
    "beauty",
    "grocery",
)
CARRIERS = ("post", "express", "courier", "freight", "locker", "bike")
WAREHOUSES = ("north", "south", "east", "west", "central")
COUNTRIES = ("DE", "AT", "CH", "FR", "NL", "BE", "PL", "CZ", "IT", "ES")
LEVELS = ("guest", "member", "plus", "star")
LANGUAGES = ("de", "fr", "nl", "pl", "cs", "it", "es", "en")
ALARMS = {
    "danger": ("exploded", "caught fire", "electric shock", "sharp edge", "allergic", "choking"),
    "fraud": ("not my order", "hacked account", "stolen parcel", "empty box", "fake seller"),
    "law": ("lawyer", "consumer office", "court order", "data protection", "withdrawal notice"),
    "gift": ("birthday tomorrow", "christmas present", "wedding", "school start", "for the weekend"),
    "leaving": ("never order again", "close my account", "other shop", "worst service", "fed up"),
    "press": ("newspaper", "one star", "my followers", "television", "video review"),
}

HEAD = f"""policy retailer_large "A retailer: who gets which service"
timezone Europe/Berlin
type mood = number -1..1
record contact {{
  channel one of voice, chat, email, sms, web, app, social, store
  intent one of {", ".join(INTENTS)}
  language one of {", ".join(LANGUAGES)} = de
  words text = "" private
  sentiment mood ?
  at time ?
}}
record customer {{
  id text ? private
  level ordered {" < ".join(LEVELS)} ?
  country one of {", ".join(COUNTRIES)} ?
  value integer 0..100 = 0
  orders_year integer 0..1000 = 0
  returns_year integer 0..1000 = 0
  spent_year number 0..1000000 = 0
  returned_year number 0..1000000 = 0
  complaints_90d integer 0..100 = 0
  birthday date ? private
  blocked flag = no
}}
record order {{
  category one of {", ".join(CATEGORIES)} ?
  carrier one of {", ".join(CARRIERS)} ?
  warehouse one of {", ".join(WAREHOUSES)} ?
  items integer 0..500 = 0
  arrived_items integer 0..500 = 0
  total number 0..200000 ?
  paid number 0..200000 = 0
  voucher number 0..5000 = 0
  weight number 0..5000 ?
  ordered_on date ?
  promised_on date ?
  delivered_at time ?
  marketplace flag = no
}}
channel voice  {{ assisted cost 3.90 }}
channel chat   {{ assisted cost 1.90 }}
channel email  {{ assisted cost 2.40 }}
channel social {{ assisted cost 2.50 }}
channel store  {{ assisted cost 7.00 }}
channel ivr    {{ self_service cost 0.12 }}
channel web    {{ self_service cost 0.01 }}
channel app    {{ self_service cost 0.01 }}
calendar office {{ open Mon-Sat 08:00-20:00  closed holidays DE }}
calendar stores_open {{ open Mon-Sat 09:30-20:00  closed holidays DE-BY }}
calendar season {{ open Nov 15..Dec 24 Mon-Sun 07:00-23:00, Mon-Fri 08:00-18:00 }}
live queue {{
  waiting integer 0..5000 = 0
  longest_wait duration 0s..12h = 0s
  free_agents integer 0..2000 = 0
}}
{chr(10).join(f"queue goods_{warehouse} {{ on voice, chat, email }}" for warehouse in WAREHOUSES)}
{chr(10).join(f"queue claims_{carrier} {{ on voice, chat, email }}" for carrier in CARRIERS)}
queue safety {{ on voice, chat, email }}
queue fraud_desk {{ on voice, chat, email }}
queue stars {{ on voice, chat, email open office }}
queue returns {{ on voice, chat, email }}
queue billing {{ on voice, chat, email open office }}
queue advice {{ on voice, chat open office }}
queue marketplace {{ on email, chat }}
queue languages {{ on voice, chat, email }}
queue social_team {{ on social }}
queue stores {{ on store open stores_open }}
queue general {{ on voice, chat, email, social, store }}
queue ivr_menu {{ on ivr }}
queue self_service {{ on web, app }}
message track_it {{ sms "Track it: {{track_url}}"  web "Your parcel, step by step."  app "Your parcel, step by step." }}
message return_it {{ sms "Send it back: {{return_url}}"  web "Print the label here."  app "The label is here." }}
let age = years(customer.birthday)
let due = (order.total else 0) - order.paid - order.voucher
let short_of = order.items - order.arrived_items
let late = today - order.promised_on
let loyalty sum {{
  when customer.orders_year >= 20 then 25
  when customer.spent_year >= 2000 then 25
  when customer.returned_year < 0.2 * customer.spent_year then 15
  when customer.value >= 70 then 20
  when order.total >= 500 then 10
  table (customer.level) {{ star -> 30  plus -> 15  member -> 5 }}
}}
let abuse = 4 * customer.returns_year - 3 * customer.orders_year
segment best when loyalty >= 70 or customer.level is star
segment abusive when abuse >= 40 and customer.returns_year >= 10
segment upset when contact.sentiment < -0.4 or contact.intent is complaint or customer.complaints_90d >= 2
segment overdue when late > 3d
segment elderly when age >= 80
"""


def retailer(rules: int = 500, seed: int = 17) -> str:
    """Writes the policy; the last table is as long as makes the number."""
    dice, draft = Random(seed), Draft(HEAD)
    _first_of_all(draft)
    _alarms(draft)
    _best(draft)
    _parcels(draft, dice)
    _returns(draft, dice)
    _bills(draft, dice)
    _languages(draft)
    _everyday(draft, dice, rules - draft.rules - 1)
    _rest(draft)
    return draft.text("queue general, priority 5 after 5m callback within 8h")


def _first_of_all(draft: Draft) -> None:
    draft.rule(
        "blocked",
        "customer.blocked and contact.intent in {voucher, exchange, refund}",
        "queue fraud_desk, priority 5",
    )
    draft.rule(
        "elderly_first",
        "elderly and contact.channel in {voice, chat, email}",
        "queue general, priority 2, skills {patience}",
    )
    draft.rule("at_the_store", "contact.channel is store", "queue stores, priority 3")
    draft.rule(
        "marketplace_first",
        "order.marketplace and contact.intent in {return, refund, damaged}",
        "queue marketplace, priority 4",
    )


def _alarms(draft: Draft) -> None:
    queues = {
        "danger": "safety",
        "fraud": "fraud_desk",
        "law": "general",
        "gift": "general",
        "leaving": "stars",
        "press": "social_team",
    }
    for topic, words in ALARMS.items():
        for number, word in enumerate(words):
            test = f'matches "(?i){word}"' if number % 2 else f'contains "{word}"'
            draft.rule(
                f"{topic}_{number + 1}",
                f"contact.words {test}",
                f"queue {queues[topic]}, priority {1 + number % 4}",
            )


def _best(draft: Draft) -> None:
    for number, least in enumerate((110, 90, 70)):
        draft.rule(
            f"loyal_{number + 1}",
            f"loyalty >= {least} and upset",
            f"queue stars, priority {1 + number} after 1m queue general",
        )
    draft.rule("best_first", "best", "queue stars, priority 3 after 2m queue general")
    draft.rule(
        "worth_more",
        "customer.spent_year - customer.returned_year >= 3000 + 50 * customer.orders_year",
        "queue stars, priority 4",
    )
    draft.rule(
        "abusive_returns", "abusive and contact.intent in {return, refund}", "queue fraud_desk, priority 6"
    )


def _parcels(draft: Draft, dice: Random) -> None:
    for place, warehouse in enumerate(WAREHOUSES):
        for step in (1, 2):
            other = WAREHOUSES[(place + step) % len(WAREHOUSES)]
            tests = [f"order.warehouse is {warehouse} and contact.intent in {{where_is_it, stock}}",
                     f"goods_{warehouse}.longest_wait > goods_{other}.longest_wait + {dice.randint(1, 9)}m",
                     f"goods_{warehouse}.waiting > {1 + step} * goods_{other}.waiting + goods_{other}.free_agents"]  # fmt: skip
            draft.rule(f"goods_{warehouse}_{step}", joined(tests), f"queue goods_{other}, priority 4")
    for number, days in enumerate((21, 14, 7, 3)):
        draft.rule(f"late_{days}d", f"late >= {days}d and contact.intent is where_is_it and order.total >= {50 * (4 - number)}",
                   f"queue general, priority {2 + number}")  # fmt: skip
    draft.rule(
        "half_came",
        "contact.intent is where_is_it and 2 * order.arrived_items < order.items and short_of >= 3",
        "queue returns, priority 3",
    )
    draft.rule(
        "heavy",
        "order.weight > 30 * order.items and contact.intent in {damaged, return}",
        "queue claims_freight, priority 4",
    )
    rows = [
        (f"{intent} | {carrier} | {total}", f"queue claims_{carrier}, priority {dice.randint(2, 6)}")
        for intent in ("where_is_it", "damaged", "wrong_item")
        for carrier in CARRIERS
        for total in (">= 1000", "200..<1000", "< 200")
    ]
    draft.table("carriers", ["contact.intent", "order.carrier", "order.total"], rows)


def _returns(draft: Draft, dice: Random) -> None:
    draft.rule(
        "late_returns",
        "contact.intent in {return, exchange} and today - order.ordered_on > 30d and order.total < 100",
        "queue self_service on web, message return_it",
    )
    draft.rule("returns_by_test", "contact.intent is return and customer.returns_year <= 2",
               'split by customer.id seed "returns-4" { 40% queue self_service on web, message return_it 60% queue returns, priority 5 }')  # fmt: skip
    rows = [
        (
            f"{intent} | {category} | {level}",
            f"queue returns, priority {dice.randint(3, 6)}, skills {{{category}}}",
        )
        for intent in ("return", "exchange", "size")
        for category in CATEGORIES
        for level in ("guest", "member", "plus")
    ]
    draft.table("returns_desk", ["contact.intent", "order.category", "customer.level"], rows)


def _bills(draft: Draft, dice: Random) -> None:
    for number, least in enumerate((1000, 300, 100)):
        draft.rule(
            f"due_{number + 1}",
            f"contact.intent in {{payment, invoice}} and due >= {least} and order.paid < 0.5 * order.total",
            f"queue billing, priority {3 + number}",
        )
    draft.rule(
        "paid_too_much", "contact.intent in {payment, refund} and due < -5", "queue billing, priority 3"
    )
    rows = [
        (f"{intent} | {country} | {total}", f"queue billing, priority {dice.randint(4, 7)}")
        for intent in ("payment", "invoice", "voucher")
        for country in COUNTRIES
        for total in (">= 250", "< 250")
    ]
    draft.table("billing_desk", ["contact.intent", "customer.country", "order.total"], rows)


def _languages(draft: Draft) -> None:
    rows = [
        (f"{language} | {channel} | {intents}", f"queue languages, priority 5, skills {{{language}}}")
        for language in LANGUAGES[1:]
        for channel in ("voice", "chat", "email")
        for intents in ("product, stock", "account")
    ]
    draft.table("other_languages", ["contact.language", "contact.channel", "contact.intent"], rows)


def _everyday(draft: Draft, dice: Random, count: int) -> None:
    draft.rule("social", "contact.channel is social", "queue social_team, priority 4")
    draft.rule("season_rush", "season is open and general.waiting > 5 * general.free_agents + 40 and contact.channel is voice and not upset",
               "queue ivr_menu, message track_it after 3m queue general")  # fmt: skip
    choices = list(
        product(
            ("product", "size", "stock", "account", "cancel"),
            CATEGORIES,
            ("web", "app", "voice", "chat"),
            ("DE, AT, CH", "FR, BE, NL"),
        )
    )
    rows = []
    for intent, category, channel, country in sorted(dice.sample(choices, count - 2)):
        online = channel in ("web", "app")
        outcome = (
            "queue self_service, message track_it after 2m queue general"
            if online
            else f"queue advice, priority {dice.randint(4, 7)}"
        )
        rows.append((f"{intent} | {category} | {channel} | {country}", outcome))
    draft.table("everyday", ["contact.intent", "order.category", "contact.channel", "customer.country"], rows)


def _rest(draft: Draft) -> None:
    for language in LANGUAGES[1:]:
        draft.adjusts(f"speaks_{language}", f"contact.language is {language}", f"skills + {{{language}}}")
    draft.adjusts("angry", "contact.sentiment < -0.6", "priority - 1")
    draft.adjusts("night", "hour(now) >= 22 or hour(now) < 6", "priority + 1")
    for number, category in enumerate(CATEGORIES):
        draft.offer(f"more_{category}", f"order.category is {category} and loyalty >= {20 + 5 * number} and contact.intent in {{product, size, stock}}",
                    f"{10 + 5 * number} + customer.spent_year / 1000", "on voice, chat, app at most 1 per 14d")  # fmt: skip
    draft.offer(
        "free_shipping",
        "order.total + 20 >= 60 and order.total < 60 and not abusive",
        "15",
        "at most 2 per 30d",
    )
    draft.never("upset or overdue or abusive")
    draft.guarantee("danger_is_urgent", 'contact.words contains "exploded" and not customer.blocked and contact.channel in {voice, chat, email}',
                    "channel is assisted and priority <= 2")  # fmt: skip
    draft.guarantee(
        "best_reach_people",
        "loyalty >= 90 and contact.channel in {voice, chat} and not customer.blocked",
        "channel is assisted",
    )
    draft.guarantee("old_reach_people", "elderly and contact.channel is voice", "channel is assisted")
    draft.guarantee(
        "nothing_sold_to_the_abusive",
        "2 * customer.returns_year > 3 * customer.orders_year and customer.returns_year >= 30",
        "offers is empty",
    )
    draft.guarantee(
        "late_is_no_matter_of_machines",
        "late > 30d and contact.intent is where_is_it and order.total >= 500 and contact.channel is voice",
        "channel is assisted",
    )
    draft.guarantee("nothing_sold_in_trouble", "upset", "offers is empty")
