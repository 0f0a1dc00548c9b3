"""Values by cases, titles and quoted values, where more than a decision comes of them."""

from collections.abc import Iterator
from itertools import product

import pytest
from pygments.token import Keyword, Name

from routekit import Engine, Policy
from routekit.analysis import diff, prove
from routekit.highlight import RouteLexer
from routekit.intake import Intake
from routekit.layout import laid_out
from routekit.policy.model import Let
from routekit.reasons.words import Words
from routekit.reference import decide
from routekit.schema.times import utc_now
from routekit.trials.coverage import Observer

HEAD = """
policy p "A small policy"
record contact { channel one of voice  intent "Why they call" one of billing, order, other ? }
record customer "Who calls" {
  value "Value of the customer" integer 0..100 = 0
  tier  ordered low < high ?
  risk  one of low, "VERY LOW" ?
  born  "Day of birth" date 1900-01-01.. ?
}
channel voice { assisted }
queue general { on voice }
queue special "The special team" { on voice }
segment valued "Valued customers" when customer.value >= 80
"""


def policy_of(text: str) -> Policy:
    return Policy.from_text(HEAD + text)


LOAD = """
let load ordered easy < hard {
  table (contact.intent, customer.value) {
    billing        | >= 50 -> hard
    billing, order | _     -> easy
    LAST
  }
}
route { rule hard when load is hard then queue special  otherwise queue general }
"""


def test_a_table_without_otherwise_has_a_gap_with_a_contact() -> None:
    (finding,) = prove(policy_of(LOAD.replace("LAST", "other | >= 20 -> easy"))).findings
    assert (finding.kind, finding.subject) == ("gap", "load")
    assert "without `otherwise` the value is missing" in finding.message
    assert finding.witness is not None
    assert prove(policy_of(LOAD.replace("LAST", "_ | _ -> easy"))).is_clean


def test_a_row_that_earlier_ones_take_together_is_found() -> None:
    rows = "other | < 50 -> easy", "other | >= 50 -> hard", "other | 9..60 -> easy", "_ | _ -> easy"
    (finding,) = prove(policy_of(LOAD.replace("LAST", "\n".join(rows)))).findings
    assert (finding.kind, finding.subject) == ("unreachable-case", "load row 5")


GATHERED = """
let points GATHER {
  when customer.value >= 80 then 40
  when customer.value >= 50 then 20
  when customer.tier is high then customer.value
  table (contact.intent) { billing -> 7  order -> 50 }
}
route { rule hard when points >= 60 then queue special  rule odd when points is missing then queue special
        otherwise queue general }
guarantee most when contact.intent is order and valued then queue is special
guarantee few
  when customer.value < 20 and contact.intent is missing and customer.tier is low
  then queue is general
"""


def contacts() -> Iterator[dict[str, object]]:
    tiers, intents = ("low", "high", None), ("billing", "order", None)
    for value, tier, intent in product((0, 19, 50, 60, 80, 100), tiers, intents):
        customer = {"value": value, **({"tier": tier} if tier else {})}
        yield {
            "contact": {"channel": "voice", **({"intent": intent} if intent else {})},
            "customer": customer,
        }


@pytest.mark.parametrize("gather", ["", "sum", "min", "max"])
def test_what_is_proved_of_gathered_values_holds(gather: str) -> None:
    policy = policy_of(GATHERED.replace("GATHER", gather))
    answers = {promise.name: promise.answer for promise in prove(policy).guarantees}
    assert "unknown" not in answers.values()
    read, now = Intake(policy.checked).read, utc_now()
    decided = [decide(policy.checked, read(contact, now)) for contact in contacts()]
    assert [Engine(policy).decide(contact, now=now) for contact in contacts()] == decided
    assert answers["few"] == ("proved" if gather == "sum" else "counterexample")
    assert answers["most"] == ("proved" if gather in ("sum",) else answers["most"])


def test_too_many_sums_are_unknown_by_their_name() -> None:
    cases = "\n".join(f"when customer.value >= {place} then {2**place}" for place in range(40))
    policy = policy_of(
        f"let points sum {{ {cases} }}\n"
        "route { rule r when points >= 9 then queue special  otherwise queue general }\n"
        "guarantee g when points > 99 then queue is special"
    )
    (promise,) = prove(policy, timeout=20).guarantees
    assert promise.answer == "unknown"
    assert "`points`" in promise.reason


def test_a_difference_of_two_values_by_cases_is_shown() -> None:
    old = policy_of(LOAD.replace("LAST", "_ | _ -> easy"))
    new = policy_of(LOAD.replace("LAST", "_ | _ -> easy").replace(">= 50", ">= 60"))
    assert diff(old, old).answer == "same"
    (group,) = diff(old, new).groups
    assert group.who.condition == "customer.value in 50..59 and contact.intent is billing"
    assert group.who.told == "Value of the customer in 50..59 and Why they call is billing"


def test_reasons_say_the_titles_and_what_a_value_rests_on() -> None:
    policy = policy_of(
        LOAD.replace("LAST", "_ | _ -> easy").replace(
            "otherwise queue", 'rule v "V" when valued then queue special otherwise queue'
        )
    )
    told = str(Engine(policy).explain({"contact": {"channel": "voice"}, "customer": {"value": 25}}))
    assert "Value of the customer is 25, not 80 or more" in told
    assert "not Valued customers" in told
    assert "The special team" in told
    assert "load is easy, not hard (" in told
    assert "Why they call is missing" in told


def test_models_of_contacts_have_titles_quoted_values_and_bounds() -> None:
    schema = policy_of("route { otherwise queue general }").contact_model().model_json_schema(by_alias=True)
    fields = schema["$defs"]["Customer"]["properties"]
    assert schema["$defs"]["Customer"]["title"] == "Who calls"
    assert fields["value"]["title"] == "Value of the customer"
    assert "VERY LOW" in str(fields["risk"])
    assert "'formatMinimum': '1900-01-01'" in str(fields["born"])


def test_coverage_names_the_cases_that_no_example_takes() -> None:
    policy = policy_of(LOAD.replace("LAST", "_ | _ -> easy"))
    observer, now = Observer(policy.checked), utc_now()
    contact = {"contact": {"channel": "voice", "intent": "billing"}, "customer": {"value": 50}}
    observer.observe(contact, now, Engine(policy).decide(contact, now=now))
    cases = [unit for unit in observer.coverage().units if unit.kind == "cases"]
    assert [(unit.hits, unit.gap) for unit in cases] == [
        (1, ""),
        (0, "load row 2 is taken in no example"),
        (0, "load row 3 is taken in no example"),
    ]
    assert cases[1].where.endswith(":18")


def test_words_before_braces_are_coloured_as_keywords() -> None:
    text = "let sum sum { when a then 1  otherwise 2 }\nlet max min = sum"
    tokens = [(kind, word) for kind, word in RouteLexer().get_tokens(text) if word in ("sum", "max", "min")]
    assert [kind in Keyword for kind, _ in tokens] == [False, True, False, False, False]
    assert all(kind in Name for kind, _ in tokens if kind not in Keyword)


def test_a_subtraction_in_a_row_is_not_folded_before_its_sign() -> None:
    wide = " - ".join(f"customer.value_of_number_{place}" for place in range(9))
    text = f"let x {{\n  table (customer.tier) {{\n    low -> {wide}\n    -3 -> 1\n  }}\n}}\n"
    laid = laid_out(text)
    assert laid_out(laid) == laid
    assert [line.split()[0] for line in laid.splitlines() if line.strip().startswith("-")] == ["-3"]


def test_a_witness_has_the_value_by_cases_among_its_set() -> None:
    policy = Policy.from_text(
        """
        policy p "A small policy"
        record contact { channel one of voice }
        record customer { value integer 0..100 = 0  name text ?  other text ?  tags set of text = {} }
        channel voice { assisted }
        queue general { on voice }
        queue special { on voice }
        let called { when customer.value > 5 then customer.name  otherwise customer.other }
        route { rule tagged when customer.tags has called then queue special  otherwise queue general }
        guarantee never_special when customer.value < 80 then queue is general
        """
    )
    (promise,) = prove(policy).guarantees
    assert promise.witness is not None
    assert promise.witness.decision.queue == "special"


def test_proofs_know_the_bounds_of_moments_and_waits() -> None:
    def bounded(wait: str) -> Policy:
        return Policy.from_text(
            f"""
            policy p "A small policy"
            timezone Europe/Berlin
            record contact {{
              channel one of voice
              at      time 2026-01-01 00:00..2026-06-30 23:59 ?
              wait    {wait}
            }}
            record customer {{
              born date 1900-01-01..2000-01-01 ?
              seen time 2026-01-05 00:00..2026-01-09 23:59 ?
            }}
            channel voice {{ assisted }}
            queue general {{ on voice }}
            queue special {{ on voice }}
            route {{
              rule feb  when month(customer.born) is 2 and customer.born > 1999-12-31 then queue special
              rule week when weekday(customer.seen) in {{sat, sun}} then queue special
              rule wait when contact.wait > 1h or contact.wait < 10s then queue special
              rule fall when contact.at is known and month(contact.at) in {{9, 10}} then queue special
              otherwise queue general
            }}
            """
        )

    policy = bounded("duration 10s..1h = 30s")
    findings = prove(policy).findings
    assert [item.subject for item in findings] == ["feb", "week", "wait", "fall"]
    assert {item.kind for item in findings} == {"unreachable-rule"}
    (group,) = diff(policy, bounded("duration 10s..2h = 30s")).groups
    assert group.witness.contact == {"contact": {"channel": "voice", "wait": "2h"}}


def test_cases_are_said_up_to_the_first_that_always_holds() -> None:
    policy = policy_of(LOAD.replace("LAST", "_ | _ -> hard\n    other | _ -> easy"))
    (load,) = (item for item in policy.checked.definitions if isinstance(item, Let))
    said = Words(policy.checked, whole=True).expr(load.expr)
    assert said.endswith("otherwise hard }")
    again = policy_of(f"let load ordered easy < hard {said}\nroute {{ otherwise queue general }}")
    (load,) = (item for item in again.checked.definitions if isinstance(item, Let))
    assert Words(again.checked, whole=True).expr(load.expr) == said
