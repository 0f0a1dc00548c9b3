"""What an import of a TaskRouter workflow keeps, what it says of the rest, and how its command behaves."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from routekit import Engine, Policy
from routekit.importers.twilio.report import KINDS, Warned, pretty
from routekit.importers.twilio.targets import levels_for
from routekit.importers.twilio.translate import Imported, import_workflow
from routekit.importers.twilio.workflow import WorkflowError
from tests.unit.test_cli import routekit

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data" / "twilio-workflows"
SID = "WQ0123456789abcdef0123456789abcdef"


def workflow(*filters: dict[str, Any], default: object = None) -> str:
    return json.dumps({"task_routing": {"filters": filters, "default_filter": default}})


def one(expression: str, *targets: dict[str, Any]) -> str:
    """A workflow of one filter called `it`, with a default."""
    item = {"filter_friendly_name": "it", "expression": expression, "targets": targets or [{"queue": "q"}]}
    return workflow(item, default={"queue": "everyone"})


def taken(imported: Imported, **contact: Any) -> str:
    """The rule of a contact."""
    return Engine(Policy.from_text(imported.text)).decide(contact).rule


def kinds(imported: Imported) -> list[str]:
    return [item.kind for item in imported.warnings]


def condition(imported: Imported) -> str:
    """What stands behind the `when` of the first rule, in one line."""
    found = re.search(r"\n +when (.*?)\n +then ", imported.text, re.DOTALL)
    return " ".join(found[1].split()) if found else ""


# ── expressions ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("type == 'ticket'", 'contact.type is "ticket"'),
        ('type = "ticket"', 'contact.type is "ticket"'),
        ("'ticket' == task.type", 'contact.type is "ticket"'),
        ("customer.tier != 'gold'", 'customer.tier is missing or customer.tier is not "gold"'),
        ("NOT customer.tier == 'gold'", 'customer.tier is missing or customer.tier is not "gold"'),
        ("attempts >= 2 and attempts<5.50", "contact.attempts >= 2 and contact.attempts < 5.5"),
        ("3 < attempts", "contact.attempts > 3"),
        ("!(attempts > 2)", "contact.attempts is missing or contact.attempts <= 2"),
        ("vip == true", "contact.vip"),
        ("vip", "contact.vip"),
        ("vip != true", "contact.vip is missing or contact.vip is no"),
        ("agent == null", "contact.agent is missing"),
        ("agent IS NOT NULL", "contact.agent is known"),
        ("language IN ['en', \"fr\"]", 'contact.language in {"en", "fr"}'),
        ("language IN ['en']", 'contact.language is "en"'),
        ("language IN ('en', 'fr')", 'contact.language in {"en", "fr"}'),
        ("language IN ('en')", 'contact.language is "en"'),
        (
            "language NOT IN ['en','fr']",
            'contact.language is missing or contact.language not in {"en", "fr"}',
        ),
        ("language IN ['en', null]", 'contact.language is "en" or contact.language is missing'),
        ("skills HAS 'x'", 'contact.skills has "x"'),
        ("'x' IN skills", 'contact.skills has "x"'),
        ("'x' NOT IN skills", '"x" not in contact.skills'),
        ("NOT skills HAS 'x'", 'contact.skills is missing or "x" not in contact.skills'),
        ("note CONTAINS 'urgent'", 'contact.note contains "urgent"'),
        ("NOT note CONTAINS 'urgent'", 'not ((contact.note else "") contains "urgent")'),
        ("a == 1 OR b == 2 AND c == 3", "contact.a is 1 or (contact.b is 2 and contact.c is 3)"),
        ("(a == 1 OR b == 2) AND 1==1", "contact.a is 1 or contact.b is 2"),
        ("a == 1 && (b == 2 || c == 3)", "contact.a is 1 and (contact.b is 2 or contact.c is 3)"),
        ("1==1", ""),
        ("taskrouter.dayOfWeek IN ['Sat', 'SUN']", "weekday(now) in {sat, sun}"),
        ("taskrouter.dayOfWeek != 'Mon'", "weekday(now) is not mon"),
        ("taskrouter.currentTime > 0800", "after_0800 is open"),
        ("NOT taskrouter.currentHour < 9", "before_hour_9 is not open"),
        ("order.list[2].id == 'x'", 'order.list_2_id is "x"'),
    ],
)
def test_an_expression_is_said_in_the_policys_words(expression: str, expected: str) -> None:
    imported = import_workflow(one(expression))
    assert condition(imported) == expected
    assert set(kinds(imported)) <= {"checker", "unknown-type"}


@pytest.mark.parametrize(
    ("expression", "kind", "underlined"),
    [
        ("type == 'a' AND (b == 1", "unreadable-expression", ""),
        ("type == 'a' AND b ~ 1", "unreadable-expression", "~"),
        ("a == 1 AND name < 'm'", "untranslated", "name < 'm'"),
        ("taskrouter.dayOfWeek IN task.days", "untranslated", "taskrouter.dayOfWeek IN task.days"),
        ("a == '${TYPE}'", "placeholder", "a == '${TYPE}'"),
        ("${FILTER}", "placeholder", "${FILTER}"),
        ("attempts > ${MAX}", "placeholder", "attempts > ${MAX}"),
        ("a == 1 AND worker.skills HAS 'x'", "worker-in-filter", "worker.skills HAS 'x'"),
        ("customer-value == 'gold'", "spelling", "customer-value == 'gold'"),
    ],
)
def test_what_is_not_kept_is_named_where_it_stands(expression: str, kind: str, underlined: str) -> None:
    imported = import_workflow(one(expression))
    found = next(item for item in imported.warnings if item.kind == kind)
    assert found.text[found.start : found.end] == underlined
    assert found.place.words == 'filter 1 "it"'
    assert f"# ! {kind}" in imported.text
    assert expression in pretty(found)


def test_what_the_policy_cannot_say_is_a_flag_that_the_service_sets() -> None:
    imported = import_workflow(one("type == 'a' AND NOT name < 'm'"))
    assert condition(imported) == 'contact.type is "a" and not untranslated.it'
    assert taken(imported, contact={"type": "a"}) == "it"
    assert taken(imported, contact={"type": "a"}, untranslated={"it": True}) == "otherwise"


def test_an_attribute_of_two_types_is_two_fields() -> None:
    imported = import_workflow(one("level == 2 OR level == 'two'"))
    assert "mixed-types" in kinds(imported)
    for level in (2, "two"):
        assert taken(imported, contact={"level": level, "level_as_text": level}) == "it"


def test_a_type_that_nothing_tells_is_reported() -> None:
    imported = import_workflow(one("agent != null AND home == work"))
    told = [item.message for item in imported.warnings if item.kind == "unknown-type"]
    assert [message.split("`")[1] for message in told] == ["agent", "home", "work"]


def test_the_clock_is_read_in_utc() -> None:
    imported = import_workflow(one("taskrouter.currentTime >= 0830 AND taskrouter.currentTime <= 1730"))
    at = "2026-11-23T{}:30Z".format
    rules = [taken(imported, contact={"at": at(time)}) for time in ("08:29", "08:30", "17:30", "17:31")]
    assert rules == ["otherwise", "it", "it", "otherwise"]


# ── filters, targets, queues ──────────────────────────────────────────────────


def test_a_workflow_without_a_default_has_the_queue_unrouted() -> None:
    imported = import_workflow(workflow({"expression": "a == 1", "targets": [{"queue": "unrouted"}]}))
    engine = Engine(Policy.from_text(imported.text))
    assert kinds(imported) == ["no-default"]
    assert engine.decide({"contact": {"a": 2}}).queue == "unrouted"
    assert engine.decide({"contact": {"a": 1}}).queue == "unrouted_2"
    assert "queue is not unrouted" in imported.text


def test_targets_are_a_queue_and_a_plan_counted_from_the_arrival() -> None:
    imported = import_workflow(
        one(
            "1==1",
            {"queue": "first", "timeout": 30, "known_worker_sid": "task.agent.sid", "priority": 1},
            {"timeout": "45"},
            {"queue": "last", "priority": "10", "expression": "worker.skills HAS 'Night Shift'"},
            {"queue": "never"},
        )
    )
    decision = Engine(Policy.from_text(imported.text)).decide({"agent": {"sid": "WK1"}})
    assert (decision.queue, decision.agent, decision.priority) == ("first", "WK1", 2)
    assert decision.to_dict()["plan"] == [
        {"after": 30, "any_agent": True},
        {"after": 75, "queue": "last", "priority": 1, "skills": ["night_shift"]},
    ]
    assert kinds(imported) == ["unreachable-target"]


def test_skip_if_asks_for_the_workers_of_the_queue() -> None:
    imported = import_workflow(
        one(
            "type == 'sales'",
            {"queue": "near", "skip_if": "workers.available == 0", "timeout": 20, "priority": 5},
            {"queue": "far", "skip_if": "1==1", "timeout": 20},
            {"queue": "last"},
        )
    )
    engine = Engine(Policy.from_text(imported.text))

    def decided(**live: dict[str, int]) -> tuple[str, str, list[tuple[int, str]]]:
        decision = engine.decide({"contact": {"type": "sales"}, "live": live})
        steps = json.loads(json.dumps(decision.to_dict()["plan"]))
        return decision.rule, decision.queue, [(step["after"], step["queue"]) for step in steps]

    assert decided(near={"available": 1}) == ("it", "near", [(20, "far"), (40, "last")])
    assert decided() == ("it", "near", [(20, "far"), (40, "last")])
    assert decided(near={"available": 0}) == ("it_target_2", "far", [(40, "last")])
    assert decided(near={"available": 0}, far={"free": 0}) == ("it_target_3", "last", [])


def test_a_filter_whose_targets_are_all_skipped_is_not_taken() -> None:
    imported = import_workflow(one("1==1", {"queue": "q", "skip_if": "workers.WAbusy >= 2"}))
    busy = {"q": {"wabusy": 2, "free": 0}}
    assert taken(imported, live=busy) == "otherwise"
    assert taken(imported, live={"q": {"wabusy": 2, "free": 1}}) == "it"
    assert taken(imported, live={"q": {"wabusy": 1, "free": 0}}) == "it"


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ({"expression": "worker.level > 2"}, "worker-expression"),
        ({"expression": "worker.sid NOT IN task.seen"}, "worker-expression"),
        ({"expression": "1==0", "timeout": 600}, "worker-expression"),
        ({"expression": "task.agent == worker.contact_uri"}, "known-worker"),
        ({"order_by": "worker.level DESC"}, "order-by"),
        ({"timeout": 0}, "bad-number"),
        ({"timeout": "soon"}, "bad-number"),
        ({"priority": "${PRIORITY}"}, "placeholder"),
        ({"known_worker_sid": "${AGENT}"}, "placeholder"),
        ({"timeout": 30}, "timeout-at-end"),
        ({"colour": "red"}, "unknown-key"),
    ],
)
def test_a_target_that_says_more_than_the_policy_can_is_reported(target: dict[str, Any], kind: str) -> None:
    imported = import_workflow(one("a == 1", {"queue": "q", **target}))
    found = next(item for item in imported.warnings if item.kind == kind)
    assert found.place.words == 'filter 1 "it", target 1'


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ({"targets": [{"queue": "q"}]}, "no-expression"),
        ({"expression": "a == 1", "targets": [{}]}, "no-target"),
        ({"expression": "1==2", "targets": [{"queue": "q"}]}, "never-matches"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_reported(item: dict[str, Any], kind: str) -> None:
    assert kind in kinds(import_workflow(workflow(item, default={"queue": "q"})))


def test_a_worker_who_is_named_becomes_the_agent() -> None:
    imported = import_workflow(one("a == 1", {"queue": "q", "expression": "worker.sid == task.agent"}))
    decision = Engine(Policy.from_text(imported.text)).decide({"contact": {"a": 1, "agent": "WK7"}})
    assert decision.agent == "WK7"


def test_a_filter_that_another_shadows_is_reported_as_the_checker_says_it() -> None:
    first = {"filter_friendly_name": "all", "expression": "1==1", "targets": [{"queue": "q"}]}
    second = {"filter_friendly_name": "some", "expression": "a == 1", "targets": [{"queue": "q"}]}
    imported = import_workflow(workflow(first, second, default={"queue": "q"}))
    assert [(item.kind, "`some`" in item.message) for item in imported.warnings] == [("checker", True)]


@pytest.mark.parametrize(
    ("queue", "name"),
    [
        ("${QUEUE_SID_EVERYONE}", "queue_sid_everyone"),
        ("{{ sales }}", "sales"),
        (SID, "it"),
        ({"friendlyName": "Night Shift", "sid": SID}, "night_shift"),
        ("3rd Line", "queue_3rd_line"),
    ],
)
def test_a_queue_has_a_name_that_can_be_read_and_keeps_its_own(queue: object, name: str) -> None:
    imported = import_workflow(one("1==1", {"queue": queue}))
    declared = next(line for line in imported.text.splitlines() if line.startswith(f"queue {name} "))
    own = queue["sid"] if isinstance(queue, dict) else str(queue)
    assert declared.endswith(f"# {own}") or f'"{own}"' in declared


def test_an_attribute_is_a_field_of_the_record_it_lies_in() -> None:
    imported = import_workflow(one("customer.tier == 'gold' AND task.caller.country == 'DE' AND live.x == 1"))
    found = {"customer": {"tier": "gold"}, "caller": {"country": "DE"}, "live_2": {"x": 1}}
    assert taken(imported, **found) == "it"
    assert "# the attribute live.x" in imported.text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], {}),
        ([0], {}),
        ([10, 1000, 10], {1000: 1, 10: 2, 0: 5}),
        ([1, 2, 3, 4, 5], {5: 1, 4: 2, 3: 3, 2: 4, 1: 5, 0: 10}),
    ],
)
def test_priorities_keep_their_order(given: list[int], expected: dict[int, int]) -> None:
    assert levels_for(given).levels == expected


def test_more_priorities_than_levels_share_them_in_order() -> None:
    levels = levels_for(range(1, 40))
    listed = [level for _, level in sorted(levels.levels.items(), reverse=True)]
    assert listed == sorted(listed)
    assert (listed[0], listed[-1], levels.is_crowded) == (1, 10, True)


# ── documents ─────────────────────────────────────────────────────────────────

_ROUTING = {"filters": [], "default_filter": {"queue": "everyone"}}


@pytest.mark.parametrize(
    "document",
    [
        _ROUTING,
        {"task_routing": _ROUTING},
        {"friendly_name": "Care", "configuration": {"task_routing": _ROUTING}},
        {"friendly_name": "Care", "configuration": json.dumps({"task_routing": _ROUTING})},
        {"workflows": [{"friendlyName": "Care", "configuration": {"taskRouting": _ROUTING}}]},
    ],
)
def test_a_workflow_is_found_wherever_it_lies(document: object) -> None:
    imported = import_workflow(json.dumps(document))
    assert "otherwise queue everyone" in imported.text
    assert imported.name == ("care" if "Care" in json.dumps(document) else "workflow")


def test_a_template_is_read_with_its_placeholders() -> None:
    imported = import_workflow(
        """{
          // the ones that ring
          "task_routing": {
            "filters": [
              %{ for key, queue in queues }
              { "filter_friendly_name": "${key}",
                "expression": "to IN [${join(", ", formatlist("'%s'", n))}]",
                "targets": [ {"queue": ${queue}, "timeout": ${wait}}, {"queue": <Just Support>}, ] }
              %{ endfor }
            ],
          }
        }"""
    )
    assert {"template", "placeholder", "no-default"} == set(kinds(imported))
    assert "# ${queue}" in imported.text
    assert condition(imported) == """contact.to is "${join(\\", \\", formatlist(\\"'%s'\\", n))}" """.strip()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "does not read as JSON"),
        ('{"a": ]', "does not read as JSON: expecting value at line 1, column 7"),
        ("{}", "holds no TaskRouter workflow"),
        ('{"task_routing": []}', "`task_routing` is no object"),
        ('{"task_routing": {"filters": 3}}', "`filters` is no list"),
        ('{"task_routing": {"filters": [3]}}', "filter 1 is no object"),
        ('{"task_routing": {"filters": [{"targets": [[]]}]}}', "a target of filter 1 is no object"),
        ('[{"friendly_name": "A", "task_routing": {}}, {"task_routing": {}}]', "holds 2 workflows: `A`"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_workflow_is_said_in_words(text: str, words: str) -> None:
    with pytest.raises(WorkflowError, match=re.escape(words)):
        import_workflow(text)


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is not on this machine")
def test_the_workflows_of_others_import_with_their_placeholders() -> None:
    paths = sorted(SHARED.glob("*.json"))
    assert len(paths) == 7
    for path in paths:
        text = path.read_text(encoding="utf-8")
        imported = import_workflow(text, source=str(path))
        policy = Policy.from_text(imported.text)
        assert policy.warnings == ()
        assert set(re.findall(r"\$\{\w+\}", text)) <= set(re.findall(r"\$\{\w+\}", imported.text))
        written = json.loads(text)["task_routing"]
        titles = [item["filter_friendly_name"] for item in written["filters"]]
        assert [rule.title for rule in policy.checked.rules if rule.name != "otherwise"] == titles
        assert ("unrouted" in policy.checked.queues) == ("default_filter" not in written)


# ── the report and the command ────────────────────────────────────────────────


def test_a_long_expression_is_shown_around_what_is_meant() -> None:
    text = " AND ".join(f"a{number} == 1" for number in range(40)) + " AND name < 'm'"
    found = next(item for item in import_workflow(one(text)).warnings if item.kind == "untranslated")
    excerpt, marks = pretty(found).splitlines()[3:5]
    assert excerpt[marks.index("^") : marks.index("^") + marks.count("^")] == "name < 'm'"


def test_the_page_names_every_kind_of_warning() -> None:
    page = (ROOT / "docs" / "twilio.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE))
    assert set(KINDS) <= named


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "sales calls.json"
    path.write_text(
        one("type == 'sales'", {"queue": "sales", "order_by": "worker.level ASC"}), encoding="utf-8"
    )
    return path


def test_the_policy_goes_to_standard_output_and_warnings_beside_it(source: Path) -> None:
    ran = routekit("import", "twilio", source)
    assert (ran.status, Policy.from_text(ran.out).name) == (1, "sales_calls")
    assert "warning[order-by]" in ran.err
    assert "worker.level ASC" in ran.err


def test_a_policy_that_keeps_everything_exits_0(tmp_path: Path) -> None:
    output = tmp_path / "care.route"
    ran = routekit("import", "twilio", "-", "-o", output, "--name", "care", given=one("a == 1"))
    assert (ran.status, ran.out, Policy.from_path(output).name) == (0, "", "care")
    assert f"routekit check {output}" in ran.err
    assert f"routekit prove {output}" in ran.err


def test_a_file_is_not_written_over_unless_asked(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "care.route"
    output.write_text("mine", encoding="utf-8")
    ran = routekit("import", "twilio", source, "-o", output)
    assert (ran.status, output.read_text(encoding="utf-8")) == (2, "mine")
    assert "--force" in ran.err
    assert routekit("import", "twilio", source, "-o", output, "--force").status == 1
    assert Policy.from_path(output).checked.queues


def test_warnings_are_json_where_asked(source: Path, tmp_path: Path) -> None:
    ran = routekit("import", "twilio", source, "-o", tmp_path / "a.route", "--format", "json")
    document = json.loads(ran.out)
    assert (ran.status, document["format_version"], document["policy"]) == (1, 1, "sales_calls")
    warning = document["warnings"][0]
    assert (warning["kind"], warning["filter"], warning["filter_name"], warning["target"]) == (
        "order-by",
        1,
        "it",
        1,
    )
    assert json.loads(routekit("import", "twilio", source, "--format", "json").err) == {
        **document,
        "output": None,
    }


@pytest.mark.parametrize(
    ("arguments", "given", "words"),
    [
        (("nope.json",), None, "`nope.json` cannot be read: no such file"),
        (("-",), "{", "does not read as JSON"),
        (("-",), b"\xff", "is not UTF-8"),
        (("-", "--name", "my care"), "{}", "`my care` is no name"),
        (("-", "-o", "no/such/folder/a.route"), one("a == 1"), "cannot be written"),
    ],
)
def test_what_cannot_run_exits_2(arguments: tuple[str, ...], given: str | bytes | None, words: str) -> None:
    ran = routekit("import", "twilio", *arguments, given=given)
    assert (ran.status, ran.out) == (2, "")
    assert words in ran.err


def test_each_warning_is_told_once() -> None:
    imported = import_workflow(one("name < 'm' OR name < 'm'"))
    assert len(imported.warnings) == len(set[Warned](imported.warnings)) == 1


def _target(expression: str) -> str:
    return json.dumps(
        {
            "task_routing": {
                "filters": [{"expression": "1==1", "targets": [{"queue": "q", "expression": expression}]}],
                "default_filter": {"queue": "q"},
            }
        }
    )


@pytest.mark.parametrize(
    ("expression", "skills", "left"),
    [
        ("worker.skills HAS 'x' AND worker.roles HAS 'y'", "{x}", ["worker.roles HAS 'y'"]),
        ("worker.languages HAS 'fr' AND worker.routing.skills HAS 'x'", "{x}", ["worker.languages HAS 'fr'"]),
        ("skills HAS 'x' AND 'y' IN routing.skills", "{x, y}", []),
        ("NOT worker.skills HAS 'a'", "", ["NOT worker.skills HAS 'a'"]),
        ("worker.skills HAS 'x' AND ! (worker.a == 1)", "{x}", ["! (worker.a == 1)"]),
        ("NOT (worker.a == 1 OR (worker.b == 2))", "", ["NOT (worker.a == 1 OR (worker.b == 2))"]),
        ("(worker.a == 1 AND NOT worker.b == 2)", "", ["worker.a == 1", "NOT worker.b == 2"]),
    ],
)
def test_what_workers_are_asked_for_becomes_skills_or_is_told_as_it_was_written(
    expression: str, skills: str, left: list[str]
) -> None:
    imported = import_workflow(_target(expression))
    told = [
        item.text[item.start : item.end] for item in imported.warnings if item.kind == "worker-expression"
    ]
    assert told == left
    assert (f"skills {skills}" in imported.text) == bool(skills)
    if "worker.languages" in expression:
        more = import_workflow(_target(expression), skills_from=["worker.languages"])
        assert "skills {fr, x}" in more.text


def test_a_long_expression_that_is_lost_is_told_whole() -> None:
    expression = " OR ".join(f"worker.skills HAS 'skill number {number}'" for number in range(60))
    imported = import_workflow(_target(expression))
    (item,) = (item for item in imported.warnings if item.kind == "worker-expression")
    comment = " ".join(imported.text.replace("\n  #", "").split())
    assert expression in comment
    shown = pretty(item)
    assert "…" not in shown
    assert sum(line.count("^") for line in shown.splitlines()) == len(expression)


TERRAFORM = """resource "twilio_taskrouter_workspaces_workflows_v1" "main" {
  workspace_sid = twilio_taskrouter_workspaces_v1.ws.sid
  configuration = jsonencode({
    task_routing = {
      filters = [
        { # sales first
          filter_friendly_name = "Sales \\"A\\""
          expression           = "type == 'sales'"
          targets = [{
            queue      = twilio_queues.sales.sid
            timeout    = 30
          }, { queue = lookup(local.q, "x"), "expression": <<EOT
worker.skills HAS 'fr'
EOT
          }]
        },
        /* none */
      ],
      default_filter = { queue = "WQ1" }
    }
  })
}
"""


def test_what_terraform_encodes_is_read() -> None:
    imported = import_workflow(TERRAFORM)
    assert "then queue twilio_queues_sales_sid" in imported.text
    assert "after 30s queue lookup_local_q_x, skills {fr}" in imported.text
    assert imported.warnings == ()
    for cut in range(len(TERRAFORM)):
        if TERRAFORM[cut] in '{}[]=\n"':
            with suppress(WorkflowError):
                import_workflow(TERRAFORM[:cut] + TERRAFORM[cut + 1 :])
