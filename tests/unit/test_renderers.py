"""How findings look: for people, for machines, for GitHub and for code-scanning services."""

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routekit.diagnostics import CODES, Diagnostic, Label, Source, Span
from routekit.diagnostics.render import RENDERERS, compact, github, pretty, sarif, to_json


def _found(
    text: str, part: str, message: str = "unknown name", name: str = "a.route", **more: object
) -> Diagnostic:
    start = text.index(part)
    return Diagnostic("RK101", message, Span(Source(name, text), start, start + len(part)), **more)  # type: ignore[arg-type]


def _columns(text: str) -> int:
    """Columns of a terminal: two for a wide letter, none for a mark."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def test_a_finding_for_people_is_the_one_of_the_language_page() -> None:
    text = "segment high_value when customer.value >= 80 or customer.teir >= gold"
    found = Diagnostic(
        "RK102",
        "unknown field `customer.teir`",
        Span(Source("rules/telecom.route", "\n" * 51 + text), 51 + 48, 51 + 61),
        label="`customer` has no field `teir`",
        help="did you mean `tier`?",
    )
    assert pretty(found).splitlines() == [
        "error[RK102]: unknown field `customer.teir`",
        "    ┌─ rules/telecom.route:52:49",
        "    │",
        " 52 │ segment high_value when customer.value >= 80 or customer.teir >= gold",
        "    │                                                 ^^^^^^^^^^^^^ `customer` has no field `teir`",
        "    = help: did you mean `tier`?",
    ]


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("segment a when b", "b"),
        ("segment 优先客户 when 客户 is 1", "客户 is"),
        ("\tsegment\ta when teir", "teir"),
        ("segment a when “x”", "“"),
        ("segment e\u0301tage when teir", "teir"),
        ("segment a when x\u202e is 1", "is"),
        ("segment ｖａｌｕｅ when x", "x"),
        ("x", "x"),
    ],
)
def test_the_carets_stand_under_the_place(line: str, part: str) -> None:
    rendered = pretty(_found(f"first\n{line}\nlast", part)).splitlines()
    shown, carets = rendered[3].split("│ ", 1)[1], rendered[4].split("│ ", 1)[1]
    assert set(carets) == {" ", "^"} or set(carets) == {"^"}
    before = carets.index("^")
    under = [letter for place, letter in enumerate(shown) if before <= _columns(shown[:place]) < len(carets)]
    assert "".join(under).strip("\u0301") == part
    assert len(carets) - before == _columns(part)


def test_what_cannot_be_seen_is_spelled_out() -> None:
    found = _found("a\u202eb", "\u202e", message="this stands here: \u202e\x1b[31m")
    for rendered in (pretty(found), compact(found)):
        assert "\u202e" not in rendered
        assert "\x1b" not in rendered
    assert "\\u{202E}" in pretty(found)


def test_a_very_long_line_is_cut_around_the_place() -> None:
    text = "x" * 5_000 + "teir" + "y" * 5_000
    rendered = pretty(_found(text, "teir"))
    assert max(len(line) for line in rendered.splitlines()) < 250
    shown, carets = (line.split("│ ", 1)[1] for line in rendered.splitlines()[3:5])
    assert shown[carets.index("^") :].startswith("teir")


def test_a_place_over_several_lines_is_underlined_on_the_first() -> None:
    rendered = pretty(_found("segment a\n  when b", "a\n  when b")).splitlines()
    assert rendered[4].endswith("        ^")


def test_the_other_places_are_named() -> None:
    text = "segment a\nsegment a"
    source = Source("a.route", text)
    found = Diagnostic(
        "RK103", "twice", Span(source, 18, 19), others=(Label(Span(source, 8, 9), "first declared here"),)
    )
    assert "a.route:1:9: first declared here" in pretty(found)
    assert json.loads(to_json([found]))["diagnostics"][0]["others"] == [
        {"file": "a.route", "line": 1, "column": 9, "text": "first declared here"}
    ]


def test_a_compact_finding_is_one_line() -> None:
    found = _found("a\nbb teir", "teir", message="two\nlines", help="so\tthere")
    assert re.fullmatch(r"a\.route:2:4: error\[RK101\]: [^\n\r]+", compact(found))


def test_json_counts_and_places_the_findings() -> None:
    error = _found("a\nbb teir c", "teir", message='with "quotes" and 客户')
    warning = Diagnostic("RK402", "nobody uses it", error.span)
    document = json.loads(to_json([error, warning]))
    assert (document["format_version"], document["errors"], document["warnings"]) == (1, 1, 1)
    assert document["diagnostics"][0] == {
        "code": "RK101", "severity": "error", "message": 'with "quotes" and 客户', "label": "",
        "help": "", "others": [], "fix": None,
        "file": "a.route", "line": 2, "column": 4, "end_line": 2, "end_column": 8,
    }  # fmt: skip


def test_a_github_command_cannot_be_broken_out_of() -> None:
    """What an author writes must not become a command of its own on the build machine."""
    command = github(_found("a teir", "teir", message="100%\r\n::error::x", name="a,b:c%\nd.route"))
    assert "\n" not in command
    assert "\r" not in command
    match = re.fullmatch(
        r"::error file=([^,:]+),line=1,col=3,endLine=1,endColumn=7,title=RK101::(.*)", command
    )
    assert match is not None
    assert match.groups() == ("a%2Cb%3Ac%25%0Ad.route", "100%25%0D%0A::error::x")


def test_sarif_has_the_shape_that_scanners_read() -> None:
    error = _found("a\nbb teir", "teir", name="my rules/客户.route", help="did you mean `tier`?")
    warning = Diagnostic("RK402", "nobody uses it", error.span)
    log = json.loads(sarif([error, warning, error]))
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["RK101", "RK402"]
    assert [(result["ruleId"], result["level"]) for result in run["results"]] == [
        ("RK101", "error"),
        ("RK402", "warning"),
        ("RK101", "error"),
    ]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["region"] == {"startLine": 2, "startColumn": 4, "endLine": 2, "endColumn": 8}
    assert all(rule["shortDescription"]["text"] for rule in run["tool"]["driver"]["rules"])


def test_the_file_of_a_sarif_finding_is_a_uri() -> None:
    """A space or a letter beyond ASCII stands in a URI as its bytes; services refuse the log otherwise."""
    log = json.loads(sarif([_found("teir", "teir", name="my rules/客户.route")]))
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert re.fullmatch(r"[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+", location["uri"])


@pytest.mark.parametrize("name", RENDERERS)
def test_nothing_found_renders_too(name: str) -> None:
    rendered = RENDERERS[name]([])
    assert rendered == "" or json.loads(rendered)


@given(
    text=st.text(max_size=60),
    message=st.text(max_size=20),
    places=st.tuples(st.integers(0, 60), st.integers(0, 60)),
    code=st.sampled_from(sorted(CODES)),
)
def test_any_finding_can_be_rendered(text: str, message: str, places: tuple[int, int], code: str) -> None:
    start, end = sorted(min(place, len(text)) for place in places)
    found = Diagnostic(code, message, Span(Source("a.route", text), start, end), label=message, help=message)
    for name, render in RENDERERS.items():
        rendered = render([found])
        assert code in rendered
        if name in ("json", "sarif"):
            json.loads(rendered)
        if name in ("compact", "github"):
            assert not {"\n", "\r"} & set(rendered)
