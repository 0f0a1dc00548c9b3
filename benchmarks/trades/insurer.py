"""An insurer of 1,000 rules: weighted scores of claims, risks and customers, ages, terms, regions and products."""

from itertools import product
from random import Random

from benchmarks.trades.writing import Draft, joined

__all__ = ["insurer"]

INTENTS = ("claim", "claim_status", "quote", "change", "renewal", "cancel", "payment", "document", "complaint", "assistance",
           "broker", "advice", "other")  # fmt: skip
PRODUCTS = ("motor", "motorbike", "home", "contents", "liability", "legal", "travel", "health", "dental", "life",
            "pension", "disability", "pet", "cyber", "business")  # fmt: skip
CAUSES = ("collision", "theft", "fire", "water", "storm", "hail", "glass", "injury", "illness", "other_cause")
REGIONS = ("north", "north_west", "rhine", "hesse", "saxony", "berlin", "bavaria", "swabia", "coast", "alps")
TIERS = ("basic", "comfort", "premium", "select")
LANGUAGES = ("de", "en", "tr", "pl", "ru", "fr", "it", "ar")
PARTS = ("witnesses", "photos", "police", "injured", "third_parties", "photos_late", "repairs", "calls", "letters", "days_open",
         "changes", "prior_claims", "prior_disputes", "documents_missing", "estimate_changes", "workshops", "experts", "drivers",
         "night_hours", "distance")  # fmt: skip
WORDS = ("lawyer", "ombudsman", "newspaper", "hospital", "ambulance", "burst pipe", "total loss", "hit and run", "break-in", "flood",
         "forged", "passed away", "cannot work", "cancel everything", "other insurer", "court date", "expert report", "mould")  # fmt: skip

HEAD = f"""policy insurer_large "An insurer: who gets which service"
timezone Europe/Berlin
type mood = number -1..1
record contact {{
  channel one of voice, chat, email, web, app, social, letter
  intent one of {", ".join(INTENTS)}
  language one of {", ".join(LANGUAGES)} = de
  words text = "" private
  sentiment mood ?
  at time ?
}}
record customer {{
  id text ? private
  tier ordered {" < ".join(TIERS)} ?
  region one of {", ".join(REGIONS)} ?
  value integer 0..100 = 0
  growth integer 0..100 = 0
  birthday date ? private
  since date ?
  premium number 0..1000000 = 0
  paid_claims number 0..10000000 = 0
  contracts integer 0..50 = 0
  complaints_90d integer 0..100 = 0
  reminders integer 0..9 = 0
  regulator_case flag = no
  frail flag = no
  broker text ?
}}
record policy_held {{
  product one of {", ".join(PRODUCTS)} ?
  sum_insured number 0..100000000 ?
  deductible number 0..100000 = 0
  ends date ?
  years_free integer 0..60 = 0
}}
record claim {{
  cause one of {", ".join(CAUSES)} ?
  amount number 0..50000000 ?
  reserve number 0..50000000 = 0
  happened date ?
  reported date ?
  {" ".join(f"{part} integer 0..{10 + 10 * (place % 4)} = 0" for place, part in enumerate(PARTS))}
}}
switch catastrophe "A storm or a flood: claims by the thousand"
channel voice  {{ assisted cost 5.60 }}
channel chat   {{ assisted cost 2.70 }}
channel email  {{ assisted cost 3.70 }}
channel social {{ assisted cost 3.10 }}
channel letter {{ assisted cost 6.00 }}
channel ivr    {{ self_service cost 0.20 }}
channel web    {{ self_service cost 0.02 }}
channel app    {{ self_service cost 0.02 }}
calendar office {{ open Mon-Fri 08:00-18:00  closed holidays DE-BY, Dec 24, Dec 31 }}
calendar claims_hours {{ open Mon-Fri 07:00-21:00, Sat 09:00-15:00  closed holidays DE }}
live queue {{
  waiting integer 0..5000 = 0
  longest_wait duration 0s..12h = 0s
  free_agents integer 0..2000 = 0
}}
{chr(10).join(f"queue claims_{region} {{ on voice, chat, email, letter }}" for region in REGIONS)}
{chr(10).join(f"queue desk_{item} {{ on voice, chat, email, letter open office }}" for item in PRODUCTS)}
queue large_losses {{ on voice, email, letter open claims_hours }}
queue fraud_team {{ on voice, email, letter }}
queue emergency {{ on voice, chat, email }}
queue care_desk {{ on voice, chat, email, letter }}
queue retention {{ on voice, chat open office }}
queue brokers {{ on voice, email, letter }}
queue collections {{ on voice, email, letter }}
queue languages {{ on voice, chat }}
queue social_team {{ on social }}
queue general {{ on voice, chat, email, social, letter }}
queue ivr_menu {{ on ivr }}
queue portal {{ on web, app }}
message portal_link {{ web "You can do this here."  app "You can do this here."  email "You can do this online: {{url}}" }}
let age = years(customer.birthday)
let excess = (claim.amount else 0) - policy_held.deductible
let told_late = claim.reported - claim.happened
let margin = customer.premium - 0.4 * customer.paid_claims
let loyalty = 3 * customer.contracts + 2 * policy_held.years_free + customer.value - 5 * customer.complaints_90d - 2 * customer.reminders
let severity = 0.3 * customer.value + 0.25 * customer.growth + 4 * claim.injured + 2.5 * claim.third_parties + 0.5 * claim.days_open
let trouble = {" + ".join(f"{1 + place % 3} * claim.{part}" for place, part in enumerate(PARTS[:10]))}
let effort = {" + ".join(f"{(1, 2, 0.5, 1.5)[place % 4]} * claim.{part}" for place, part in enumerate(PARTS))}
let suspicion sum {{
  when told_late > 14d then 15
  when claim.amount > 0.9 * policy_held.sum_insured then 20
  when claim.prior_claims >= 3 then 15
  when claim.photos_late >= 1 then 10
  when claim.police is 0 and claim.cause in {{theft, fire}} then 20
  when claim.estimate_changes >= 2 then 10
  when claim.witnesses is 0 and claim.third_parties >= 1 then 10
  when claim.documents_missing >= 4 then 10
  table (claim.cause) {{ theft -> 10  fire -> 10  glass -> 2 }}
}}
let standing sum {{
  when customer.contracts >= 5 then 20
  when policy_held.years_free >= 10 then 15
  when margin >= 5000 then 25
  when customer.value >= 80 then 20
  when contact.intent is cancel then -10
  when customer.reminders >= 2 then -15
  table (customer.tier) {{ select -> 30  premium -> 20  comfort -> 10 }}
}}
segment sensitive when customer.frail or customer.regulator_case or age >= 85
segment serious when claim.injured >= 1 or severity >= 60
segment suspect when suspicion >= 50
segment valued when standing >= 60 or customer.tier is select
segment leaving when contact.intent is cancel or (contact.intent is renewal and policy_held.ends - today < 30d)
"""


def insurer(rules: int = 1000, seed: int = 19) -> str:
    """Writes the policy; the last table is as long as makes the number."""
    dice, draft = Random(seed), Draft(HEAD)
    _first_of_all(draft)
    _scores(draft, dice)
    _load(draft, dice)
    _claims(draft, dice)
    _ages(draft, dice)
    _keeping(draft, dice)
    _money(draft, dice)
    _languages(draft)
    _everyday(draft, dice, rules - draft.rules - 1)
    _rest(draft)
    return draft.text("queue general, priority 5 after 5m callback within 8h")


def _first_of_all(draft: Draft) -> None:
    draft.rule(
        "assistance_first",
        "contact.intent is assistance and contact.channel in {voice, chat}",
        "queue emergency, priority 1",
    )
    draft.rule(
        "sensitive_first",
        "sensitive",
        "queue care_desk, priority 1 after 2m queue general",
        "Who needs care reaches people who care",
    )
    draft.rule(
        "catastrophe_online",
        "catastrophe and claim.cause in {storm, hail, water} and contact.channel in {web, app}",
        "queue portal, message portal_link",
    )
    draft.rule(
        "brokers_first", "contact.intent is broker and customer.broker is known", "queue brokers, priority 3"
    )
    draft.rule("serious_first", "serious and contact.intent is assistance", "queue emergency, priority 2")
    for number, word in enumerate(WORDS):
        test = f'matches "(?i){word}"' if number % 2 else f'contains "{word}"'
        draft.rule(
            f"word_{number + 1}",
            f"contact.words {test}",
            f"queue {'emergency' if number in (3, 4, 5, 9) else 'general'}, priority {1 + number % 4}",
        )


def _scores(draft: Draft, dice: Random) -> None:
    """Bands of the scores, by product: what an underwriter has in a spreadsheet."""
    draft.rule(
        "very_suspect",
        "suspicion >= 80 and contact.intent in {claim, claim_status}",
        "queue fraud_team, priority 2",
    )
    draft.rule(
        "large_loss",
        "excess >= 250000 and contact.intent in {claim, claim_status}",
        "queue large_losses, priority 1",
    )
    for number, least in enumerate((90, 75, 60)):
        draft.rule(
            f"severe_{number + 1}",
            f"severity >= {least} and contact.intent is claim",
            f"queue large_losses, priority {1 + number}",
        )
    for item in PRODUCTS:
        a, b, c, least = dice.randint(2, 5), dice.randint(1, 3), dice.randint(1, 4), dice.randint(30, 60)
        one, other, third = dice.sample(PARTS, 3)
        draft.rule(f"score_{item}", f"policy_held.product is {item} and {a} * claim.{one} + {b} * claim.{other} - {c} * claim.{third} >= {least}"
                   " and contact.intent is claim", f"queue desk_{item}, priority 2")  # fmt: skip
        for number, least in enumerate((dice.randint(85, 110), dice.randint(55, 70))):
            draft.rule(f"trouble_{item}_{number + 1}", f"policy_held.product is {item} and trouble >= {least} and contact.intent is claim_status",
                       f"queue desk_{item}, priority {2 + number}")  # fmt: skip
        draft.rule(f"effort_{item}", f"policy_held.product is {item} and effort > {dice.randint(90, 160)} and contact.intent in {{claim, claim_status}}",
                   f"queue desk_{item}, priority {dice.randint(3, 5)}")  # fmt: skip
        draft.rule(f"suspect_{item}", f"policy_held.product is {item} and suspicion in {dice.randint(45, 50)}..<80 and contact.intent is claim",
                   "queue fraud_team, priority 4")  # fmt: skip


def _load(draft: Draft, dice: Random) -> None:
    for place, region in enumerate(REGIONS):
        for step in (1, 2, 3):
            other = REGIONS[(place + step) % len(REGIONS)]
            tests = [f"customer.region is {region} and contact.intent in {{claim, claim_status}}",
                     f"claims_{region}.longest_wait > claims_{other}.longest_wait + {dice.randint(1, 9) + 3 * step}m",
                     f"claims_{other}.free_agents >= {step}" if step < 3 else f"claims_{region}.waiting - claims_{other}.waiting >= 20"]  # fmt: skip
            draft.rule(f"help_{region}_{step}", joined(tests), f"queue claims_{other}, priority 3")


def _claims(draft: Draft, dice: Random) -> None:
    rows = [
        (f"claim | {cause} | {region} | {amount}", f"queue claims_{region}, priority {dice.randint(2, 6)}")
        for cause in CAUSES
        for region in REGIONS
        for amount in (">= 20000", "1000..<20000", "< 1000")
    ]
    draft.table("claims", ["contact.intent", "claim.cause", "customer.region", "claim.amount"], rows)
    draft.rule(
        "reserve_too_small",
        "contact.intent is claim_status and claim.reserve < 0.7 * claim.amount and claim.amount >= 5000",
        "queue large_losses, priority 4",
    )


def _ages(draft: Draft, dice: Random) -> None:
    for number, total in enumerate((85, 80, 75)):
        draft.rule(f"age_at_end_{number + 1}", f"contact.intent is quote and policy_held.product is life and age + policy_held.years_free >= {total}",
                   f"queue desk_life, priority {3 + number}")  # fmt: skip
    rows = [
        (f"{intent} | {item} | {ages}", f"queue desk_{item}, priority {dice.randint(3, 6)}")
        for intent in ("quote", "advice", "change")
        for item in ("life", "pension", "disability", "health", "dental", "travel", "motor")
        for ages in ("< 25", "25..<40", "40..<60", ">= 60")
    ]
    draft.table("advice_by_age", ["contact.intent", "policy_held.product", "age"], rows)


def _keeping(draft: Draft, dice: Random) -> None:
    for number, least in enumerate((110, 80, 60, 40)):
        draft.rule(
            f"keep_{number + 1}",
            f"leaving and loyalty >= {least} and standing >= {least // 2}",
            f"queue retention, priority {1 + number} after 2m callback within 4h of office",
        )
    draft.rule(
        "let_go",
        "leaving and margin < -2000 and customer.contracts <= 2",
        "queue portal on web, message portal_link",
    )
    draft.rule("keep_by_test", "leaving and valued",
               'split by customer.id seed "keep-9" { 20% queue general, priority 3 80% queue retention, priority 3 }')  # fmt: skip
    rows = [
        (f"{intent} | {item} | {tier}", f"queue desk_{item}, priority {dice.randint(2, 5)}")
        for intent in ("cancel", "renewal")
        for item in PRODUCTS
        for tier in ("basic", "comfort", "premium, select")
    ]
    draft.table("keeping", ["contact.intent", "policy_held.product", "customer.tier"], rows)


def _money(draft: Draft, dice: Random) -> None:
    for number, least in enumerate((3, 2, 1)):
        draft.rule(f"reminded_{least}", f"contact.intent is payment and customer.reminders >= {least} and customer.premium > {300 * least} + 100 * customer.contracts",
                   f"queue collections, priority {3 + number}")  # fmt: skip
    rows = [
        (
            f"{intent} | {item} | {value}",
            f"queue {'portal' if value == '< 50' else 'general'}, priority {dice.randint(4, 7)}",
        )
        for intent in ("payment", "document")
        for item in PRODUCTS
        for value in (">= 50", "< 50")
    ]
    draft.table("money", ["contact.intent", "policy_held.product", "customer.value"], rows)


def _languages(draft: Draft) -> None:
    rows = [
        (f"{language} | {channel} | {intents}", f"queue languages, priority 5, skills {{{language}}}")
        for language in LANGUAGES[1:]
        for channel in ("voice", "chat")
        for intents in ("quote", "change", "document, payment")
    ]
    draft.table("other_languages", ["contact.language", "contact.channel", "contact.intent"], rows)


def _everyday(draft: Draft, dice: Random, count: int) -> None:
    draft.rule("social", "contact.channel is social", "queue social_team, priority 4")
    draft.rule("busy_lines", "general.waiting > 3 * general.free_agents + 30 and contact.channel is voice and contact.intent in {document, quote} and not valued",
               "queue ivr_menu, message portal_link after 3m queue general")  # fmt: skip
    choices = list(
        product(
            ("quote", "change", "advice", "claim_status", "renewal"),
            PRODUCTS,
            REGIONS[:5],
            ("web, app", "voice, chat", "email, letter"),
        )
    )
    rows = []
    for intent, item, region, channel in sorted(dice.sample(choices, count - 2)):
        online = channel == "web, app"
        outcome = (
            "queue portal, message portal_link after 3m queue general"
            if online
            else f"queue desk_{item}, priority {dice.randint(4, 7)}"
        )
        rows.append((f"{intent} | {item} | {region} | {channel}", outcome))
    draft.table(
        "everyday", ["contact.intent", "policy_held.product", "customer.region", "contact.channel"], rows
    )


def _rest(draft: Draft) -> None:
    for language in LANGUAGES[1:]:
        draft.adjusts(f"speaks_{language}", f"contact.language is {language}", f"skills + {{{language}}}")
    draft.adjusts("angry", "contact.sentiment < -0.6", "priority - 1")
    draft.adjusts("valued_sooner", "standing >= 70 and not sensitive", "priority - 1")
    for number, item in enumerate(PRODUCTS):
        draft.offer(f"more_{item}", f"policy_held.product is {item} and standing >= {10 + 3 * number} and loyalty > {20 + number} and contact.intent in {{quote, renewal, advice}}",
                    f"{20 + 10 * number} + customer.growth", "on voice, chat, app at most 1 per 60d")  # fmt: skip
    draft.offer(
        "no_claims_bonus",
        "policy_held.years_free >= 5 and margin > 1000",
        "margin / 100",
        "at most 1 per 90d",
    )
    draft.never("sensitive or suspect or contact.intent in {complaint, assistance}")
    draft.guarantee(
        "care",
        "sensitive and contact.channel in {voice, chat, email, letter} and contact.intent is not assistance",
        "channel is assisted and priority <= 1",
    )
    draft.guarantee(
        "hurt_are_urgent",
        'severity >= 95 and contact.intent is claim and contact.channel is voice and contact.words is ""',
        "priority <= 2",
    )
    draft.guarantee(
        "no_machine_for_trouble",
        "trouble >= 110 and contact.intent is claim_status and contact.channel is voice",
        "channel is assisted",
    )
    draft.guarantee("nothing_sold_to_suspects", "suspicion >= 60", "offers is empty")
    draft.guarantee(
        "efforts_are_human",
        "effort > 165 and contact.intent is claim and contact.channel is voice",
        "channel is assisted",
    )
    draft.guarantee(
        "best_are_kept",
        "standing >= 90 and contact.intent is cancel and contact.channel is voice",
        "channel is assisted",
    )
    draft.guarantee(
        "old_reach_people",
        "age >= 85 and contact.channel is voice and contact.intent is not assistance",
        "queue is care_desk",
    )
    draft.guarantee(
        "large_sums",
        "claim.amount - policy_held.deductible >= 300000 and contact.intent is claim and contact.channel is voice",
        "priority <= 4 and channel is assisted",
    )
