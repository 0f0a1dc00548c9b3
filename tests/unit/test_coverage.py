"""What the examples of a policy reach, and what is said of what they do not."""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from routekit import Policy
from routekit.trials import Coverage, Running, Trial
from routekit.trials.page import as_html
from tests.properties.packs import PACKS, pack

POLICY = """policy p "P"
record contact {{ channel one of voice, web  at time ? }}
record customer {{
  id text ?  value integer 0..100 = 0  vip flag = no  tier ordered low < high ?  city text ? }}
channel voice {{ assisted }}
channel web {{ self_service }}
calendar never_open {{ open Mon 00:00-00:01 }}
queue general {{ on voice, web }}
queue night {{ on voice  open never_open }}
segment rich when customer.value >= 80
{route}
{examples}
"""


def _trial(route: str, *examples: str) -> Trial:
    written = "\n".join(f'example "e{number}" {example}' for number, example in enumerate(examples))
    running = Running(
        "p.route", Policy.from_text(POLICY.format(route=route, examples=written), name="p.route")
    )
    for result in running.results():
        assert result.passed, result
    return running.trial()


def _gaps(route: str, *examples: str) -> list[str]:
    return [unit.gap for unit in _trial(route, *examples).coverage.gaps]


def _units(coverage: Coverage, kind: str) -> list[tuple[str, bool]]:
    return [(unit.name, unit.is_covered) for unit in coverage.units if unit.kind == kind]


TWO = "route { rule a when customer.vip and rich then queue general  otherwise queue general }"


def test_a_rule_is_covered_by_an_example_that_it_decides() -> None:
    trial = _trial(TWO, "given customer.vip yes, customer.value 90 expect rule a")
    assert _units(trial.coverage, "rules") == [("a", True), ("otherwise", False)]
    assert trial.coverage.by_kind() == {"rules": (1, 2), "conditions": (0, 2)}
    assert trial.coverage.percent == 25


def test_a_condition_is_covered_once_it_was_true_and_false() -> None:
    assert _gaps(
        TWO, "given customer.vip yes expect rule otherwise", "given customer.value 90 expect rule otherwise"
    ) == ["rule a is decided by no example"]
    assert _gaps(
        TWO,
        "given customer.vip yes expect rule otherwise",
        "given customer.vip yes, customer.value 90 expect rule a",
    ) == ["rule a: customer.vip was never false"]


def test_conditions_behind_the_deciding_rule_are_not_asked() -> None:
    route = (
        "route { rule a then queue general  rule b when rich then queue general  otherwise queue general }"
    )
    gaps = _gaps(route, "given customer.value 90 expect rule a", "expect rule a")
    assert "rule b: rich was never asked" in gaps


def test_a_rule_whose_queue_is_closed_was_asked_but_did_not_decide() -> None:
    route = "route { rule a when rich then queue night  otherwise queue general }"
    gaps = _gaps(route, "given customer.value 90 expect rule otherwise", "expect rule otherwise")
    assert gaps == ["rule a is decided by no example"]


def test_a_condition_of_what_is_missing_was_never_known() -> None:
    route = "route { rule a when customer.tier is high then queue general  otherwise queue general }"
    assert "rule a: customer.tier is high was never known" in _gaps(route, "expect rule otherwise")


def test_rules_of_a_group_are_asked_where_its_condition_is_true() -> None:
    route = """route {
      group outer when rich { group inner when not customer.vip {
        rule a when customer.tier is high then queue general
        rule b when customer.tier is low then queue general
      } }
      otherwise queue general
    }"""
    assert _gaps(route, "expect rule otherwise") == [
        "group outer: rich was never true",
        "group inner: customer.vip was never asked",
        "rule a is decided by no example",
        "rule a: customer.tier is high was never asked",
        "rule b is decided by no example",
        "rule b: customer.tier is low was never asked",
    ]
    assert _gaps(
        route,
        "expect rule otherwise",
        "given customer.value 90, customer.tier high expect rule a",
        "given customer.value 90, customer.tier low expect rule b",
        "given customer.value 90, customer.vip yes expect rule otherwise",
    ) == ["rule b: customer.tier is low was never false"]


def test_rows_and_their_cells() -> None:
    route = """route {
      table t (customer.value, customer.tier, customer.vip) {
        >= 50   | low, high | _   -> queue general
        20..49  | known     | yes -> queue general
        _       | _         | _   -> queue general
      }
      otherwise queue general
    }"""
    trial = _trial(route, "given customer.value 60, customer.tier low expect rule t[1]")
    assert _units(trial.coverage, "rows") == [("t[1]", True), ("t[2]", False), ("t[3]", False)]
    assert [name for name, _ in _units(trial.coverage, "conditions")] == [
        "customer.value >= 50",
        "customer.tier: low, high",
        "customer.value in 20..49",
        "customer.tier is known",
        "customer.vip is yes",
    ]


def test_arms_of_a_split() -> None:
    route = 'route { rule a split by customer.id seed "s" { 50% queue general 50% queue general on web }  otherwise queue general }'  # noqa: E501
    trial = _trial(route, "expect arm 2")
    assert _units(trial.coverage, "arms") == [("a arm 1", False), ("a arm 2", True)]
    assert "arm 1 of rule a is taken in no example" in [unit.gap for unit in trial.coverage.gaps]


def test_adjustments_offers_and_nevers() -> None:
    route = """route { otherwise queue general }
    adjust { rule sooner when rich then priority - 1  rule always then priority + 1 }
    offers { show 1
      offer first when rich worth 2
      offer second when not (customer.city is "x") worth 1
      offer online when rich on web
      never when customer.vip
      never when customer.tier is low and rich
    }"""
    coverage = _trial(
        route,
        'given customer.value 90, contact.channel voice, customer.city "y" expect offers {first}',
        "given customer.vip yes expect offers {}",
    ).coverage
    assert _units(coverage, "adjustments") == [("sooner", True), ("always", True)]
    assert _units(coverage, "offers") == [("first", True), ("second", False), ("online", False)]
    assert _units(coverage, "nevers") == [("never 1", True), ("never 2", False)]
    gaps = [unit.gap for unit in coverage.gaps]
    assert "offer first: rich was never false" in gaps, "an offer is not asked where a `never` is true"
    assert "offer online: rich was never asked" in gaps, "nor where its channel is not the chosen one"
    assert 'offer second: customer.city is "x" was never true' in gaps
    assert "never 2 keeps back the offers of no example" in gaps


@pytest.mark.parametrize(
    ("condition", "singles"),
    [
        ("yes", []),
        ("rich or yes", ["rich"]),
        ("(rich and (customer.vip or not rich)) or rich", ["rich", "customer.vip", "rich", "rich"]),
        ("not (rich and customer.vip)", ["rich", "customer.vip"]),
        ("customer.id not in {\n\"a\",   \"b\"}", ['customer.id not in { "a", "b"}']),
        ("customer.city is not missing", ["customer.city is not missing"]),
        ("(customer.value + 1) * 2 > 3", ["(customer.value + 1) * 2 > 3"]),
        ("never_open is open and never_open is not open", ["never_open is open", "never_open is not open"]),
    ],
)  # fmt: skip
def test_single_conditions_are_told_as_they_are_written(condition: str, singles: list[str]) -> None:
    route = f"route {{ rule a when {condition} then queue general  otherwise queue general }}"
    trial = _trial(route, "given contact.channel voice expect queue general")
    assert [unit.name for unit in trial.coverage.units if unit.kind == "conditions"] == singles


def test_units_know_where_they_stand() -> None:
    trial = _trial(
        "route {\n  rule a\n    when customer.vip and\n  rich\n    then queue general\n"
        "  otherwise queue general }"
    )
    assert [(unit.name, unit.where) for unit in trial.coverage.units] == [
        ("a", "p.route:12"),
        ("customer.vip", "p.route:13"),
        ("rich", "p.route:14"),
        ("otherwise", "p.route:16"),
    ]


@pytest.mark.parametrize("name", PACKS)
def test_every_rule_row_offer_and_never_of_a_pack_is_counted_once(name: str) -> None:
    running = Running(name, pack(name))
    assert all(result.passed for result in running.results())
    coverage, checked = running.trial().coverage, pack(name).checked
    totals = {kind: total for kind, (_, total) in coverage.by_kind().items()}
    assert totals["rules"] + totals["rows"] == len(checked.rule_names)
    assert totals["offers"] == len(checked.offers)
    assert totals["nevers"] == len(checked.nevers)
    assert totals["adjustments"] == len(checked.adjustments)
    assert all(unit.span is not None for unit in coverage.units)
    assert 60 < coverage.percent < 100


# ── the page ──────────────────────────────────────────────────────────────────


class _Page(HTMLParser):
    """Reads a page: its tags, balanced, its attributes, and the text of its cells by line."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.looks: dict[str, str] = {}
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in ("meta", "br"):
            self.open.append(tag)
        given = dict(attrs)
        self.links += [value or "" for key, value in attrs if key in ("src", "href")]
        if tag == "tr" and "id" in given:
            self.looks[str(given["id"]).rpartition("l")[2]] = given.get("class") or ""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text += data


def _hostile() -> Iterator[str]:
    yield from ("<script>alert(1)</script>", "&amp;", "' onload='", "</td></table>", "]]>", "日本")


def test_the_page_colours_lines_and_escapes_whatever_authors_write() -> None:
    texts = " ".join(_hostile())
    route = (
        f'route {{\n  rule a "{texts}"\n    when customer.city is "{texts}"\n    then queue general\n'
        "  rule b\n    then queue general\n  rule c then queue general\n  otherwise queue general }"
    )
    trial = _trial(route, f'given customer.city "{texts}" expect rule a')
    page = _Page(as_html([trial, trial]))
    assert page.open == []
    assert not page.tags & {"script", "link", "img", "iframe"}
    assert all(link.startswith("#") for link in page.links)
    assert page.text.count(texts) >= 6
    assert {line: look for line, look in page.looks.items() if look} == {
        "12": "hit", "13": "part", "14": "hit", "15": "miss", "16": "miss", "17": "miss", "18": "miss",
    }  # fmt: skip
    assert "prefers-color-scheme" in as_html([trial])


def test_conditions_of_steps_are_covered_where_they_are_asked() -> None:
    route = """
      plan soon { after 3m when customer.tier is known then priority 1 }
      route {
        rule first when customer.value > 50
          then queue general, plan soon after 1m when customer.vip then priority 2
            after 2m when customer.city is "Rome" then queue night
        rule second when customer.value > 20 then queue general, plan soon
        otherwise queue general
      }
    """
    given = "given contact.channel voice, contact.at 2026-11-23 10:00, customer.value"
    assert [gap for gap in _gaps(route, f"{given} 60 expect rule first") if "after" in gap] == [
        "rule first after 1m: customer.vip was never true",
        'rule first after 2m: customer.city is "Rome" was never asked',
        "plan soon after 3m: customer.tier is known was never true",
    ]
    assert [
        gap
        for gap in _gaps(
            route,
            f"{given} 60, customer.vip yes expect rule first",
            f"{given} 60 expect rule first",
            f"{given} 30, customer.tier low expect rule second",
        )
        if "after" in gap
    ] == ['rule first after 2m: customer.city is "Rome" was never asked']
