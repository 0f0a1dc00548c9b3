"""Pages that people open: nothing gets out of its place, nothing is asked of anybody, all can be read."""

import math
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routekit.pages import (
    Cell,
    Curve,
    Flow,
    Interval,
    Markup,
    Place,
    Series,
    State,
    Way,
    bars,
    beside,
    code,
    disclosure,
    distribution,
    element,
    flows,
    intervals,
    joined,
    key_figures,
    legend,
    lines,
    link,
    listing,
    mark,
    matrix,
    note,
    page,
    paragraph,
    section,
    table,
    text,
    ways,
)
from routekit.pages.palette import DARK, LIGHT, SERIES
from routekit.pages.scales import Scale, figure, ticks
from routekit.translation import in_language

HOSTILE = "<script>alert('1')</script> &amp; \" onload=\" ]]> --> \udc80\x00 \u202e 日本"


class Parsed(HTMLParser):
    """The elements of a page, all of which must be closed, and what it says."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.feed(written)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.said += data


def everything(said: str, value: float) -> str:
    """A page of all that there is, which says one text everywhere."""
    size, cell = abs(value), Cell(said, (said,), 3, State.BAD, "d")
    interval = Interval(said, value, value - 1, value + 1, said, more_is_better=True)
    return page(
        said,
        section(
            said,
            paragraph(said, code(said)), note(said), listing([said]),
            table(said, [said, said], [[said, said]]),
            disclosure(said, said, name="d"), key_figures([(said, said, said)]), legend((State.BAD, said)),
            beside(mark(State.GOOD, said), mark(State.WARN), link("d", said)), lead=said,
        ),
        section(
            said,
            bars(said, [said], [Series(said, (value,)), Series("b", (None,))], unit=said, lead=said),
            lines(said, [said, "b"], [Series(said, (value, None))], unit=said, lead=said),
            distribution(said, [Curve(said, ((size, 0.5), (size + 1, 0.9)))], unit=said, lead=said),
            intervals(said, [interval], lead=said),
            matrix(said, said, [said], [said], {(said, said): cell}, lead=said),
            flows(said, [Flow(said, "b", size + 1)], before=said, after=said, unit=said, lead=said),
            ways(said, [Place(said, said), Place("b")], [Way(said, "b", said, 3, State.BAD)], lead=said),
            wide=True,
        ),
        lead=said,
    )  # fmt: skip


def test_what_anybody_wrote_stays_a_text_wherever_it_stands() -> None:
    plain, hostile = Parsed(everything("x", 5)), Parsed(everything(HOSTILE, 5))
    assert {(tag, *sorted(given)) for tag, given in hostile.tags} == {
        (tag, *sorted(given)) for tag, given in plain.tags
    }
    assert hostile.said.count("<script>alert('1')</script> &amp; \" onload=\"") > 40
    everything(HOSTILE, 5).encode("utf-8")


def test_a_page_asks_nobody_for_anything_and_lets_no_script_run() -> None:
    parsed = Parsed(everything("x", 5))
    assert not {tag for tag, _ in parsed.tags} & {"script", "link", "img", "iframe", "object", "form"}
    links = [
        value or "" for _, given in parsed.tags for key, value in given.items() if key in ("src", "href")
    ]
    assert links
    assert all(target.startswith("#") for target in links)
    [policy] = [given["content"] or "" for _, given in parsed.tags if given.get("http-equiv")]
    assert policy.startswith("default-src 'none';")
    assert "http" not in page("x").replace("http-equiv", "")


def test_a_page_is_in_the_language_of_its_texts() -> None:
    assert '<html lang="en">' in page("x")
    with in_language("zh"):
        assert '<html lang="zh">' in everything("x", 5)
        assert "图中数据" in everything("x", 5)


def test_headings_go_down_by_one_and_names_are_there_once() -> None:
    parsed = Parsed(everything("x", 5))
    levels = [int(tag[1]) for tag, _ in parsed.tags if tag in ("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    names = [given["id"] for _, given in parsed.tags if "id" in given]
    assert len(names) == len(set(names))
    pictures = [given for tag, given in parsed.tags if tag == "svg"]
    assert len(pictures) == [tag for tag, _ in parsed.tags].count("desc")
    assert all(given["role"] == "img" for given in pictures)


# ── figures ─────────────────────────────────────────────────────────────────────


@settings(deadline=None, max_examples=40)
@given(value=st.floats(-1e15, 1e15), said=st.text(max_size=40))
def test_any_figure_and_any_text_can_be_drawn(value: float, said: str) -> None:
    written = everything(said, value)
    places = [
        given[key] or ""
        for _, given in Parsed(written).tags
        for key in ("d", "x", "y", "height")
        if key in given
    ]
    assert places
    assert not any("n" in place.lower() for place in places)
    written.encode("utf-8")


@pytest.mark.parametrize(
    "drawn",
    [
        lambda: bars("t", [], []), lambda: bars("t", ["a"], [Series("s", (None,))]),
        lambda: bars("t", ["a"], [Series("s", (math.nan,))]), lambda: bars("t", ["a"], [Series("s", (0.0,))]),
        lambda: lines("t", [], []), lambda: lines("t", ["1"], [Series("s", (math.inf,))]),
        lambda: lines("t", ["1"], [Series("s", (0.0,))]), lambda: distribution("t", []),
        lambda: distribution("t", [Curve("c", ())]), lambda: distribution("t", [Curve("c", ((0.0, 1.0),))]),
        lambda: intervals("t", []), lambda: intervals("t", [Interval("i", 0, 0, 0)]),
        lambda: matrix("t", "c", [], [], {}), lambda: matrix("t", "c", ["r"], ["k"], {}),
        lambda: flows("t", []), lambda: flows("t", [Flow("a", "a", 0)]),
        lambda: ways("t", [], []), lambda: ways("t", [Place("a")], [Way("a", "a", "again")]),
        lambda: ways("t", [Place("a")], [Way("a", "nowhere")]), lambda: table("t", ["a"], []),
    ],
)  # fmt: skip
def test_nothing_and_next_to_nothing_can_be_drawn(drawn: Callable[[], Markup]) -> None:
    written = drawn()
    Parsed(written)
    assert "nan" not in written
    assert "inf" not in written


def test_what_is_no_number_is_missing_rather_than_nothing() -> None:
    values = (1.0, 2.0, math.nan, 3.0, None, 4.0, 5.0)
    written = lines("t", [str(place) for place in range(7)], [Series("s", values)])
    assert written.count('class="line"') == 2  # and the point between them stands by itself
    assert written.count("<circle") >= 1
    assert '<td class="figure">–</td>' in written


def test_an_interval_that_cannot_be_is_refused() -> None:
    for value, low, high in ((5.0, 6.0, 7.0), (math.nan, 0.0, 1.0), (0.0, -math.inf, 1.0)):
        with pytest.raises(ValueError, match="waiting"):
            Interval("waiting", value, low, high)


def test_a_difference_is_said_only_where_its_interval_leaves_out_that_there_is_none() -> None:
    assert Interval("i", 1, -0.1, 2, more_is_better=True).state is State.PLAIN
    assert Interval("i", 1, 0.1, 2, more_is_better=False).state is State.BAD
    assert Interval("i", 1, 0.1, 2).state is State.WARN


def test_columns_of_figures_stand_to_the_right_and_others_to_the_left() -> None:
    rows = [
        ["a", "1,204", mark(State.BAD, "3 %"), "3 of them came back within a week"],
        ["b", "–", "+0.4 s", ""],
    ]
    assert table("t", ["n", "x", "y", "z"], rows).count('class="figure"') == 2 * 3
    assert '<th scope="row">a</th>' in table("t", ["n", "x", "y", "z"], rows)


@given(low=st.floats(-1e12, 1e12), high=st.floats(-1e12, 1e12))
def test_an_axis_holds_all_its_values(low: float, high: float) -> None:
    low, high = min(low, high), max(low, high)
    named = ticks(low, high)
    slack = 1e-6 * max(1.0, abs(low), abs(high))
    assert named[0] <= low + slack
    assert named[-1] >= high - slack
    assert 2 <= len(named) <= 8


def test_scales_and_figures() -> None:
    assert Scale(3, 3, 0, 10)(3) == 0
    assert figure(1234567.0) == "1,234,567"
    assert figure(-0.0) == "0"
    assert figure(99.96) == "100"
    assert figure(0.00001) == "0"


def test_markup_is_escaped_once() -> None:
    assert text(text("<")) == "&lt;"
    assert joined([element("b", "<"), "<"]) == "<b>&lt;</b>&lt;"
    assert element("p", f"{element('b', 'x')}") == "<p>&lt;b&gt;x&lt;/b&gt;</p>"


# ── colours ─────────────────────────────────────────────────────────────────────


def _linear(colour: str) -> list[float]:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def _times(matrix: Sequence[Sequence[float]], parts: Sequence[float]) -> list[float]:
    return [sum(weight * part for weight, part in zip(row, parts, strict=True)) for row in matrix]


def _contrast(one: str, other: str) -> float:
    """By the formula of WCAG 2."""
    dark, light = sorted(_times([(0.2126, 0.7152, 0.0722)], _linear(colour))[0] for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_ink_can_be_read_where_it_stands(colours: dict[str, str]) -> None:
    states, heats = ("good", "warn", "bad"), [f"heat-{number}" for number in (1, 2, 3, 4)]
    washes = ["paper", "wash", *(f"{state}-wash" for state in states)]
    pairs = [("ink", paper) for paper in (*washes, *heats)] + [("dim", paper) for paper in washes]
    pairs += [(state, f"{state}-wash") for state in states]
    pairs += [(ink, "paper") for ink in (*SERIES, *states, "link")]
    assert not {(ink, paper) for ink, paper in pairs if _contrast(colours[ink], colours[paper]) < 4.5}


_SEEN = {  # Machado, Oliveira and Fernandes, 2009
    "all": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no red": (
        (0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998),
    ),
    "no green": (
        (0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881),
    ),
}  # fmt: skip
_CONES = ((0.41222, 0.53633, 0.05145), (0.2119, 0.6807, 0.1074), (0.0883, 0.28172, 0.62998))
_OKLAB = ((0.21045, 0.79362, -0.00407), (1.978, -2.42859, 0.45059), (0.0259, 0.78277, -0.80868))


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("eyes", _SEEN)
def test_series_stay_apart_whatever_colours_eyes_see(colours: dict[str, str], eyes: str) -> None:
    """In Oklab, where 0.02 can just be told apart."""
    seen = [_times(_SEEN[eyes], _linear(colours[name])) for name in SERIES]
    cones = [_times(_CONES, [min(max(part, 0.0), 1.0) for part in parts]) for parts in seen]
    places = [_times(_OKLAB, [cone ** (1 / 3) for cone in parts]) for parts in cones]
    assert min(math.dist(one, other) for one, other in combinations(places, 2)) > 0.12
