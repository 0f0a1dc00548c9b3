"""A telecom of 400 rules: faults by region and product, queues that help each other out, words of alarm, churn."""

from itertools import product
from random import Random

from benchmarks.trades.writing import Draft, joined, one_of

__all__ = ["telecom"]

REGIONS = (
    "north",
    "harbour",
    "hills",
    "lakes",
    "valley",
    "coast",
    "delta",
    "old_town",
    "airport",
    "campus",
    "islands",
    "plains",
)
PRODUCTS = (
    "mobile",
    "prepaid",
    "fibre",
    "dsl",
    "cable",
    "tv",
    "landline",
    "bundle",
    "iot",
    "leased_line",
    "vpn",
    "cloud_pbx",
)
BUSINESS = ("iot", "leased_line", "vpn", "cloud_pbx")
INTENTS = ("billing", "balance", "fault", "outage", "slow", "picture", "roaming", "cancel", "moving", "upgrade",
           "new_line", "complaint", "how_to", "porting", "sim", "top_up", "device", "appointment", "other")  # fmt: skip
LANGUAGES = ("de", "en", "fr", "it", "pl", "tr", "ar", "uk", "es", "pt")
TIERS = ("basic", "bronze", "silver", "gold", "platinum")
ALARMS = {
    "no_service": ("no signal", "no service", "cannot call", "line is dead", "nothing works"),
    "emergency": ("emergency call", "alarm system", "medical device", "112", "lift phone"),
    "danger": ("cable on the street", "smoke", "burning smell", "mast is leaning", "open manhole"),
    "fraud": ("not my number", "stolen phone", "sim swap", "unknown call", "premium number"),
    "leaving": ("other provider", "cancel my contract", "end of contract", "switch away", "better offer"),
    "law": ("lawyer", "consumer office", "regulator", "court", "data protection"),
    "press": ("newspaper", "journalist", "television report", "post this online", "influencer"),
    "bereavement": ("passed away", "deceased", "funeral", "estate of", "inheritance"),
}

HEAD = f"""policy telecom_large "A telecom: who gets which service"
timezone Europe/Berlin
type mood = number -1..1
record contact {{
  channel one of voice, chat, email, sms, web, app, social, shop
  intent one of {", ".join(INTENTS)}
  language one of {", ".join(LANGUAGES)} = de
  words text = "" private
  sentiment mood ?
  transfers integer 0..20 = 0
  waited duration 0s..4h = 0s
  at time ?
}}
record customer {{
  id text ? private
  tier ordered {" < ".join(TIERS)} ?
  value integer 0..100 = 0
  growth integer 0..100 = 0
  region one of {", ".join(REGIONS)} ?
  business flag = no
  complaints_90d integer 0..100 = 0
  regulator_case flag = no
  frail flag = no
  birthday date ? private
  contract_end date ?
  monthly number 0..2000 = 0
  open_bill number 0..20000 = 0
  credit number 0..500 = 0
  reminders integer 0..9 = 0
  phone text ? private
}}
record line {{
  product one of {", ".join(PRODUCTS)} ?
  sold number 0..10000 ?
  measured number 0..10000 ?
  faults_30d integer 0..50 = 0
  down_since time ?
}}
switch storm "Storm: outages everywhere"
channel voice  {{ assisted cost 4.20 }}
channel chat   {{ assisted cost 2.10 }}
channel email  {{ assisted cost 2.80 }}
channel social {{ assisted cost 2.60 }}
channel shop   {{ assisted cost 9.00 }}
channel sms    {{ self_service cost 0.05 }}
channel ivr    {{ self_service cost 0.15 }}
channel web    {{ self_service cost 0.02 }}
channel app    {{ self_service cost 0.02 }}
calendar office {{ open Mon-Fri 08:00-20:00, Sat 09:00-14:00  closed holidays DE, Dec 24 }}
calendar field_force {{ open Mon-Sat 07:00-19:00  closed holidays DE-NW }}
calendar shop_hours {{ open Mon-Sat 10:00-19:00  closed holidays DE }}
live queue {{
  waiting integer 0..5000 = 0
  longest_wait duration 0s..12h = 0s
  free_agents integer 0..2000 = 0
}}
{chr(10).join(f"queue tech_{region} {{ on voice, chat, email skills faults }}" for region in REGIONS)}
queue dispatch {{ on voice, chat open field_force }}
queue dedicated {{ on voice, chat, email open office }}
queue retention {{ on voice, chat skills retention open office }}
queue billing_desk {{ on voice, chat, email skills billing }}
queue sales {{ on voice, chat, email open office }}
queue business_desk {{ on voice, chat, email skills business }}
queue fraud_desk {{ on voice, chat }}
queue social_team {{ on social }}
queue shops {{ on shop open shop_hours }}
queue languages {{ on voice, chat, email }}
queue general {{ on voice, chat, email, social, shop }}
queue ivr_menu {{ on ivr }}
queue portal {{ on web, app, sms }}
message portal_link {{ sms "Solve it now: {{portal_url}}"  web "Here in two minutes."  app "Here in two minutes." }}
message we_know {{ sms "We know of the fault."  web "We know of the fault."  voice "We know of the fault in your area." }}
let age = years(customer.birthday)
let shortfall = line.sold - line.measured
let overdue = customer.open_bill - customer.credit
let left = customer.contract_end - today
let churn sum {{
  when contact.intent is cancel then 40
  when customer.complaints_90d >= 2 then 20
  when contact.sentiment < -0.3 then 15
  when line.faults_30d >= 3 then 15
  when left in 0d..60d then 20
  table (customer.tier) {{ basic -> 10  bronze -> 5  gold -> 3 }}
}}
segment sensitive when customer.frail or customer.regulator_case or age >= 80
segment high_value when customer.value >= 80 or customer.tier >= gold
segment leaving when churn >= 60
segment disturbed when contact.intent in {{fault, outage, slow, picture}}
segment business when customer.business or line.product in {one_of(BUSINESS)}
"""


def telecom(rules: int = 400, seed: int = 7) -> str:
    """Writes the policy; the last table is as long as makes the number."""
    dice, draft = Random(seed), Draft(HEAD)
    _first_of_all(draft)
    _alarms(draft)
    _load(draft, dice)
    _faults(draft, dice)
    _churn(draft)
    _bills(draft)
    _business(draft, dice)
    _languages(draft)
    _everyday(draft, dice, rules - draft.rules - 1)
    _rest(draft)
    return draft.text("queue general, priority 5 after 5m callback within 8h")


def _first_of_all(draft: Draft) -> None:
    draft.rule("storm_first", "storm and disturbed and contact.channel in {web, app, sms}",
               "queue portal, message we_know", "In a storm whoever is online stays there")  # fmt: skip
    draft.rule("sensitive_first", "sensitive and contact.channel in {voice, chat, email}",
               "queue dedicated, priority 1 after 30s any agent after 2m queue general",
               "Customers who need care reach a named specialist")  # fmt: skip
    draft.rule("sensitive_any_time", "sensitive", "queue general, priority 1 after 3m callback within 4h")
    draft.rule(
        "long_down",
        "now - line.down_since >= 24h and disturbed",
        "queue dispatch, priority 1 after 3m queue general",
    )
    draft.rule(
        "at_the_counter",
        "contact.channel is shop and contact.intent in {device, sim, new_line}",
        "queue shops",
    )
    draft.rule(
        "balance_by_menu",
        "contact.channel is voice and contact.intent is balance and contact.language is de",
        "queue ivr_menu",
    )
    draft.rule("passed_around", "contact.transfers >= 3 or contact.waited > 45m", "queue general, priority 2")


def _alarms(draft: Draft) -> None:
    queues = {"no_service": "general", "emergency": "general", "danger": "dispatch", "fraud": "fraud_desk",
              "leaving": "retention", "law": "general", "press": "social_team", "bereavement": "general"}  # fmt: skip
    for topic, words in ALARMS.items():
        for number, word in enumerate(words):
            test = f'matches "(?i){word}"' if number % 2 else f'contains any {{"{word}", "{word.title()}"}}'
            draft.rule(
                f"{topic}_{number + 1}",
                f"contact.words {test}",
                f"queue {queues[topic]}, priority {1 + number % 3}",
            )


def _load(draft: Draft, dice: Random) -> None:
    for place, region in enumerate(REGIONS):
        for step, extra in ((1, "3m"), (2, "8m")):
            other = REGIONS[(place + step) % len(REGIONS)]
            tests = [
                f"contact.intent in {{fault, outage}} and customer.region is {region}",
                f"tech_{region}.longest_wait > tech_{other}.longest_wait + {extra}",
                f"tech_{other}.free_agents >= {dice.randint(1, 4)}" if step == 1
                else f"tech_{region}.waiting > tech_{other}.waiting + {5 * dice.randint(2, 6)}",
            ]  # fmt: skip
            draft.rule(f"help_{region}_{step}", joined(tests), f"queue tech_{other}, priority 3")


def _faults(draft: Draft, dice: Random) -> None:
    for product_ in ("fibre", "dsl", "cable", "leased_line"):
        draft.rule(f"slow_{product_}",
                   f"contact.intent is slow and line.product is {product_} and line.measured < {dice.choice((0.5, 0.6, 0.8))} * line.sold"
                   " and line.faults_30d >= 1",
                   "queue dispatch, priority 3 after 5m queue general")  # fmt: skip
    draft.rule(
        "short_of_speed",
        "contact.intent is slow and shortfall >= 50",
        "queue general, priority 4, skills {speed}",
    )
    kinds = ("mobile, prepaid", "fibre, dsl", "cable, tv", "landline, bundle")
    rows = [
        (f"fault, outage | {region} | {kind} | _", f"queue tech_{region}, priority {dice.randint(2, 4)}")
        for region in REGIONS
        for kind in kinds
    ]
    rows += [
        (
            f"picture | {region} | tv, cable | >= {dice.randint(1, 4)}",
            f"queue tech_{region}, priority 3, skills {{tv}}",
        )
        for region in REGIONS
    ]
    draft.table("faults", ["contact.intent", "customer.region", "line.product", "line.faults_30d"], rows)


def _churn(draft: Draft) -> None:
    for tier, least in zip(reversed(TIERS), (45, 50, 60, 70, 85), strict=True):
        draft.rule(
            f"keep_{tier}",
            f"churn >= {least} and customer.tier is {tier}",
            "queue retention, priority 2 after 2m callback within 2h of office",
        )
    draft.rule(
        "leaving_soon",
        "left < 30d and contact.intent in {cancel, porting} and customer.value >= 40",
        "queue retention, priority 3",
    )
    draft.rule("keep_by_test", "leaving and not high_value",
               'split by customer.id seed "keep-3" { 30% queue portal, message portal_link 70% queue retention, priority 4 }')  # fmt: skip


def _bills(draft: Draft) -> None:
    for times in (6, 4, 3, 2):
        draft.rule(f"bill_{times}_months", f"contact.intent is billing and customer.open_bill > {times} * customer.monthly + 20"
                   f" and customer.reminders >= {times // 2}", f"queue billing_desk, priority {8 - times}")  # fmt: skip
    draft.rule(
        "overdue",
        "contact.intent is billing and overdue >= 100 and customer.reminders >= 1",
        "queue billing_desk, priority 5",
    )
    rows = [
        (f"billing | {tier} | {cell}", f"queue billing_desk, priority {priority}")
        for priority, tier in enumerate(reversed(TIERS[1:]), 2)
        for cell in (">= 200", "50..<200")
    ]
    draft.table("bills", ["contact.intent", "customer.tier", "customer.open_bill"], rows)


def _business(draft: Draft, dice: Random) -> None:
    rows = [
        (
            f"{item} | {intents} | {cell}",
            f"queue business_desk, priority {dice.randint(1, 4)}, skills {{{item}}}",
        )
        for item in BUSINESS
        for intents in (
            "fault, outage",
            "slow, how_to",
            "upgrade, new_line",
            "billing",
            "moving, appointment",
        )
        for cell in (">= 60", "< 60")
    ]
    draft.table("business_lines", ["line.product", "contact.intent", "customer.value"], rows)
    draft.rule(
        "business_first",
        "business and contact.channel in {voice, chat, email}",
        "queue business_desk, priority 4",
    )


def _languages(draft: Draft) -> None:
    rows = [
        (f"{language} | {channel} | {intents}", f"queue languages, priority 5, skills {{{language}}}")
        for language in LANGUAGES[1:]
        for channel in ("voice", "chat")
        for intents in ("billing, balance", "sim, device, how_to")
    ]
    draft.table("other_languages", ["contact.language", "contact.channel", "contact.intent"], rows)


def _everyday(draft: Draft, dice: Random, count: int) -> None:
    """What is left: self-service or sales, by intent, product, tier and growth."""
    choices = list(product(("how_to", "sim", "top_up", "balance", "roaming", "upgrade", "device", "moving", "appointment"),
                           PRODUCTS[:8], ("basic, bronze", "silver", "gold, platinum"), ("< 50", ">= 50")))  # fmt: skip
    rows = []
    for intent, item, tier, growth in sorted(dice.sample(choices, count)):
        sells = intent in ("upgrade", "device") and growth != "< 50"
        outcome = (
            f"queue sales, priority {dice.randint(3, 5)}"
            if sells
            else "queue portal, message portal_link after 3m queue general"
        )
        rows.append((f"{intent} | {item} | {tier} | {growth}", outcome))
    draft.table("everyday", ["contact.intent", "line.product", "customer.tier", "customer.growth"], rows)


def _rest(draft: Draft) -> None:
    for language in LANGUAGES[1:]:
        draft.adjusts(f"speaks_{language}", f"contact.language is {language}", f"skills + {{{language}}}")
    draft.adjusts("angry", "contact.sentiment < -0.6", "priority - 1")
    draft.adjusts("busy", "general.waiting > 3 * general.free_agents + 50 and not high_value", "priority + 1")
    for number, item in enumerate(PRODUCTS[:8]):
        draft.offer(f"more_{item}", f"line.product is {item} and customer.growth >= {40 + 5 * number} and contact.intent in {{upgrade, billing, device}}",
                    f"{30 + 10 * number} * customer.growth / 100", "on voice, chat, app at most 1 per 30d")  # fmt: skip
    draft.offer("gift", "high_value and leaving", "80", "at most 1 per 90d")
    draft.never("sensitive or contact.intent is complaint")
    draft.guarantee(
        "no_machine", "sensitive and contact.channel in {voice, chat, email}", "channel is assisted"
    )
    draft.guarantee("care_is_urgent", "sensitive and not storm", "priority <= 2")
    draft.guarantee("nothing_sold_in_trouble", "sensitive", "offers is empty")
    draft.guarantee(
        "best_are_kept", "churn >= 90 and customer.tier is platinum", "priority <= 3 and queue is not portal"
    )
    draft.guarantee("big_debts", "contact.intent is billing and customer.open_bill > 7 * customer.monthly + 100 and customer.reminders >= 3 and contact.channel is voice",
                    "channel is assisted")  # fmt: skip
    draft.guarantee(
        "old_people_reach_people", "age >= 85 and contact.channel is voice", "channel is assisted"
    )
