"""An airline of 300 rules: hours to departure, delays against connections, miles, fares, stations."""

from itertools import product
from random import Random

from benchmarks.trades.writing import Draft, joined

__all__ = ["airline"]

INTENTS = ("rebook", "refund", "delay", "cancelled", "missed", "baggage", "seat", "upgrade", "check_in", "miles",
           "group", "special_help", "complaint", "booking", "other")  # fmt: skip
STATIONS = (
    "frankfurt",
    "munich",
    "zurich",
    "vienna",
    "paris",
    "london",
    "madrid",
    "rome",
    "new_york",
    "chicago",
    "tokyo",
    "dubai",
)
FARES = ("light", "classic", "flex", "business", "first")
STATUSES = ("none", "blue", "silver", "gold", "senator")
LANGUAGES = ("de", "en", "fr", "it", "es", "ja", "ar")

HEAD = f"""policy airline_large "An airline: who gets which service"
timezone Europe/Berlin
type mood = number -1..1
record contact {{
  channel one of voice, chat, email, sms, web, app, social, desk
  intent one of {", ".join(INTENTS)}
  language one of {", ".join(LANGUAGES)} = en
  words text = "" private
  sentiment mood ?
  at time ?
}}
record customer {{
  id text ? private
  status ordered {" < ".join(STATUSES)} ?
  value integer 0..100 = 0
  miles integer 0..5000000 = 0
  miles_year integer 0..1000000 = 0
  segments_year integer 0..400 = 0
  birthday date ? private
  complaints_90d integer 0..100 = 0
  consents set of text = {{}}
}}
record trip {{
  fare one of {", ".join(FARES)} ?
  from_station one of {", ".join(STATIONS)} ?
  to_station one of {", ".join(STATIONS)} ?
  departs time ?
  connects time ?
  delay duration 0s..3d = 0s
  transfer duration 0s..2d ?
  travellers integer 1..300 = 1
  children integer 0..99 = 0
  price number 0..100000 ?
  paid number 0..100000 = 0
  bags integer 0..20 = 0
  bags_late integer 0..20 = 0
  help set of text = {{}}
}}
switch strike "Strike: many flights are cancelled"
channel voice  {{ assisted cost 5.10 }}
channel chat   {{ assisted cost 2.40 }}
channel email  {{ assisted cost 3.20 }}
channel social {{ assisted cost 3.00 }}
channel desk   {{ assisted cost 14.00 }}
channel ivr    {{ self_service cost 0.18 }}
channel web    {{ self_service cost 0.02 }}
channel app    {{ self_service cost 0.02 }}
calendar desk_hours {{ open Mon-Sat 06:00-22:00, Sun 08:00-20:00  closed Dec 24 }}
calendar groups_hours {{ open Mon-Fri 08:00-18:00  closed holidays DE-HE }}
live queue {{
  waiting integer 0..5000 = 0
  longest_wait duration 0s..12h = 0s
  free_agents integer 0..2000 = 0
}}
queue urgent {{ on voice, chat, desk }}
queue top_status {{ on voice, chat, email }}
{chr(10).join(f"queue station_{station} {{ on desk, voice, chat }}" for station in STATIONS)}
queue bags {{ on voice, chat, email }}
queue refunds {{ on voice, chat, email open desk_hours }}
queue groups {{ on voice, email open groups_hours }}
queue special_help {{ on voice, chat, email, desk }}
queue loyalty {{ on voice, chat, email open desk_hours }}
queue social_team {{ on social }}
queue languages {{ on voice, chat }}
queue service {{ on voice, chat, email, social, desk }}
queue phone_menu {{ on ivr }}
queue self_service {{ on web, app }}
message app_link {{ sms "In the app: {{app_url}}"  app "You can do it here."  web "You can do it here." }}
let age = years(customer.birthday)
let left = trip.departs - now
let connection = trip.connects - trip.departs
let margin = trip.transfer - trip.delay
let owed = (trip.price else 0) - trip.paid
let points sum {{
  when customer.miles_year >= 100000 then 30
  when customer.segments_year >= 60 then 20
  when customer.value >= 70 then 20
  when trip.fare in {{business, first}} then 25
  when trip.price >= 3000 then 10
  table (customer.status) {{ senator -> 30  gold -> 20  silver -> 10 }}
}}
let standing = 2 * customer.value + 3 * customer.segments_year - 10 * customer.complaints_90d
segment soon when left in 0s..24h
segment stranded when contact.intent in {{cancelled, missed}} or margin < 20m
segment top when points >= 60 or customer.status is senator
segment helpless when trip.help is not empty or age >= 80 or contact.intent is special_help
segment family when trip.children >= 1 and trip.travellers > trip.children
"""


def airline(rules: int = 300, seed: int = 13) -> str:
    """Writes the policy; the last table is as long as makes the number."""
    dice, draft = Random(seed), Draft(HEAD)
    _first_of_all(draft)
    _stations(draft, dice)
    _bags(draft, dice)
    _loyalty(draft)
    _fares(draft, dice)
    _everyday(draft, dice, rules - draft.rules - 1)
    _rest(draft)
    return draft.text("queue service, priority 5 after 5m callback within 8h")


def _first_of_all(draft: Draft) -> None:
    draft.rule(
        "strike_online",
        "strike and contact.channel in {web, app} and not helpless",
        "queue self_service, message app_link",
    )
    draft.rule(
        "helpless_first",
        "helpless and contact.channel in {voice, chat, email, desk}",
        "queue special_help, priority 1 after 2m queue service",
    )
    draft.rule("helpless_online", "helpless", "queue service, priority 1 after 3m callback within 1h")
    for number, hours in enumerate((2, 4, 8)):
        draft.rule(
            f"leaves_in_{hours}h",
            f"stranded and left in 0s..{hours}h",
            f"queue urgent, priority {1 + number // 2}",
        )
    draft.rule(
        "tight_connection",
        "trip.delay + 30m > trip.transfer and contact.intent in {delay, rebook}",
        "queue urgent, priority 2",
    )
    draft.rule("tighter_than_flight", "connection < 90m and trip.delay > 45m", "queue urgent, priority 2")
    draft.rule("top_first", "top", "queue top_status, priority 2 after 1m queue urgent")
    for number, word in enumerate(("stranded", "missed my flight", "medical", "wheelchair", "unaccompanied", "funeral", "lawyer", "lost passport",
                                   "never again", "compensation", "visa refused", "pet on board")):  # fmt: skip
        draft.rule(
            f"word_{number + 1}",
            f'contact.words matches "(?i){word}"',
            f"queue {'urgent' if number < 6 else 'service'}, priority {2 + number % 3}",
        )


def _stations(draft: Draft, dice: Random) -> None:
    for place, station in enumerate(STATIONS):
        other = STATIONS[(place + 1) % len(STATIONS)]
        tests = [f"trip.from_station is {station} and contact.intent in {{rebook, delay}}",
                 f"station_{station}.longest_wait > station_{other}.longest_wait + {dice.randint(2, 9)}m",
                 f"station_{station}.waiting > {dice.randint(2, 4)} * station_{other}.waiting + 10"]  # fmt: skip
        draft.rule(f"help_{station}", joined(tests), f"queue station_{other}, priority 3")
    rows = [
        (f"{station} | {intents} | {delay}", f"queue station_{station}, priority {dice.randint(2, 4)}")
        for station in STATIONS
        for intents, delay in (
            ("rebook, delay", ">= 3h"),
            ("rebook, delay", "1h..<3h"),
            ("seat, upgrade", "_"),
        )
    ]
    draft.table("stations", ["trip.from_station", "contact.intent", "trip.delay"], rows)


def _bags(draft: Draft, dice: Random) -> None:
    draft.rule(
        "all_bags_late",
        "contact.intent is baggage and trip.bags_late >= trip.bags and trip.bags >= 2",
        "queue bags, priority 2",
    )
    draft.rule(
        "many_bags", "contact.intent is baggage and trip.bags > 2 * trip.travellers", "queue bags, priority 4"
    )
    rows = [
        (f"baggage | {station} | {fare}", f"queue bags, priority {dice.randint(2, 5)}")
        for station in STATIONS
        for fare in ("light, classic", "flex", "business, first")
    ]
    draft.table("bags_by_station", ["contact.intent", "trip.to_station", "trip.fare"], rows)


def _loyalty(draft: Draft) -> None:
    for number, least in enumerate((900, 600, 400, 250)):
        draft.rule(
            f"standing_{number + 1}",
            f"standing >= {least} and contact.intent in {{miles, upgrade, complaint}}",
            f"queue loyalty, priority {2 + number}",
        )
    draft.rule(
        "miles_enough",
        "contact.intent is upgrade and customer.miles >= 25000 + 10000 * trip.travellers",
        "queue loyalty, priority 4",
    )
    draft.rule(
        "almost_gold",
        "customer.miles_year + 500 * customer.segments_year >= 50000 and customer.status in blue..silver",
        "queue loyalty, priority 4",
    )
    draft.rule("families_by_test", "family and contact.intent in {seat, check_in}",
               'split by customer.id seed "family-2" { 50% queue service, priority 4 50% queue self_service on app, message app_link }')  # fmt: skip


def _fares(draft: Draft, dice: Random) -> None:
    draft.rule("owed", "contact.intent is refund and owed < 0", "queue refunds, priority 3")
    draft.rule(
        "dear_refund",
        "contact.intent is refund and trip.paid >= 0.8 * trip.price and trip.price >= 1000",
        "queue refunds, priority 3",
    )
    draft.rule("groups", "trip.travellers >= 10 or contact.intent is group", "queue groups, priority 4")
    rows = [
        (
            f"{intent} | {fare} | {status}",
            f"queue {'refunds' if intent == 'refund' else 'service'}, priority {dice.randint(2, 6)}",
        )
        for intent in ("refund", "rebook", "cancelled")
        for fare in FARES
        for status in ("none", "blue", "silver, gold")
    ]
    draft.table("fares", ["contact.intent", "trip.fare", "customer.status"], rows)
    rows = [
        (f"{language} | {channel} | {intents}", f"queue languages, priority 5, skills {{{language}}}")
        for language in LANGUAGES[2:]
        for channel in ("voice", "chat")
        for intents in ("booking", "check_in, seat")
    ]
    draft.table("other_languages", ["contact.language", "contact.channel", "contact.intent"], rows)


def _everyday(draft: Draft, dice: Random, count: int) -> None:
    draft.rule("social", "contact.channel is social", "queue social_team, priority 4")
    draft.rule("busy_service", "service.waiting > 4 * service.free_agents + 25 and contact.intent in {check_in, seat, booking} and contact.channel is voice",
               "queue phone_menu after 3m queue service")  # fmt: skip
    choices = list(
        product(
            ("check_in", "seat", "booking", "miles"),
            ("web", "app", "email", "chat"),
            FARES,
            ("none, blue", "silver", "gold"),
        )
    )
    rows = []
    for intent, channel, fare, status in sorted(dice.sample(choices, count - 2)):
        online = channel in ("web", "app")
        outcome = (
            "queue self_service, message app_link"
            if online
            else f"queue service, priority {dice.randint(4, 6)}"
        )
        rows.append((f"{intent} | {channel} | {fare} | {status}", outcome))
    draft.table("everyday", ["contact.intent", "contact.channel", "trip.fare", "customer.status"], rows)


def _rest(draft: Draft) -> None:
    for language in LANGUAGES[2:]:
        draft.adjusts(f"speaks_{language}", f"contact.language is {language}", f"skills + {{{language}}}")
    draft.adjusts("leaves_soon", "soon and not top", "priority - 1")
    draft.adjusts("angry", "contact.sentiment < -0.6", "priority - 1")
    for number, fare in enumerate(FARES[:4]):
        draft.offer(f"better_than_{fare}", f"trip.fare is {fare} and points >= {10 * number} and owed < {100 + 50 * number}",
                    f"{50 + 20 * number} * trip.travellers", "on voice, chat, app at most 1 per 30d")  # fmt: skip
    draft.offer("bonus_miles", "standing >= 100 and contact.intent is complaint", "60", "at most 1 per 90d")
    draft.never("stranded or helpless")
    draft.guarantee("no_machine_for_the_helpless", "helpless", "channel is assisted and priority <= 1")
    draft.guarantee("top_are_urgent", "points >= 90 and not strike", "priority <= 2")
    draft.guarantee(
        "about_to_leave",
        "contact.intent is missed and left in 0s..90m and not strike",
        "priority <= 1 and channel is assisted",
    )
    draft.guarantee("nothing_sold_to_the_stranded", "trip.transfer < trip.delay", "offers is empty")
    draft.guarantee("big_families_reach_people", "trip.travellers - trip.children >= 2 and trip.children >= 3 and contact.channel is voice and not strike",
                    "channel is assisted")  # fmt: skip
