"""What sections are made of, beside plots: paragraphs, lists, tables, leading figures, and what opens."""

import re
from collections.abc import Iterable, Sequence

from routekit.pages.markup import Markup, element, joined

__all__ = [
    "beside",
    "code",
    "disclosure",
    "key_figures",
    "link",
    "listing",
    "note",
    "paragraph",
    "section",
    "table",
]

_TAGS = re.compile(r"<[^>]*>")
_FIGURE = re.compile(r"[+±−-]?\d.{,20}$|[–…]?$")


def section(
    heading: str, *blocks: str, lead: str = "", name: str | None = None, wide: bool = False
) -> Markup:
    """Returns a part of a page under its heading; ``name`` is what links call it by.

    On paper sections stand in two columns; one that is ``wide`` goes over both.

    >>> section("Waiting", paragraph("Four seconds."), name="waiting")
    '<section id="waiting"><h2>Waiting</h2>\\n<p>Four seconds.</p>\\n</section>'
    """
    parts = [element("p", lead, class_="lead")] if lead else []
    lines = [joined([block, Markup("\n")]) for block in (*parts, *blocks) if block]
    return element(
        "section", element("h2", heading), Markup("\n"), *lines, id=name, class_="wide" if wide else None
    )


def paragraph(*said: str) -> Markup:
    """Returns a paragraph of texts and markup."""
    return element("p", *said)


def note(*said: str) -> Markup:
    """Returns a paragraph in small print: what was assumed, how it was counted."""
    return element("p", *said, class_="note")


def code(said: str) -> Markup:
    """Returns a text as policies and contacts write it."""
    return element("code", said)


def link(name: str, *said: str) -> Markup:
    """Returns a link to what is called so in the same page.

    >>> link("general", "the queue general")
    '<a href="#general">the queue general</a>'
    """
    return element("a", *said, href=f"#{name}")


def listing(items: Iterable[str]) -> Markup:
    """Returns a list, an item each."""
    return element("ul", *(element("li", item) for item in items))


def disclosure(summary: str, *content: str, open: bool = False, name: str | None = None) -> Markup:
    """Returns what a reader can open below a line; a link to ``name`` opens it too.

    >>> disclosure("Why", paragraph("Rule `vip`."), name="f1")
    '<details><summary>Why</summary><div id="f1"><p>Rule `vip`.</p></div></details>'
    """
    return element("details", element("summary", summary), element("div", *content, id=name), open=open)


def key_figures(rows: Iterable[tuple[str, str, str]]) -> Markup:
    """Returns the few figures that a page begins with: a name, what it is, what is said of it in small print.

    >>> "78.4 %" in key_figures([("service level", "78.4 %", "answered within 20 s")])
    True
    """
    return element(
        "dl",
        *(
            element("div", element("dt", name), element("dd", said, class_="figure"), _aside(aside))
            for name, said, aside in rows
        ),
        class_="key-figures",
    )


def _aside(said: str) -> Markup:
    return element("dd", said, class_="aside") if said else Markup()


def beside(*blocks: str) -> Markup:
    """Returns blocks side by side where the window is wide enough, else one below the other."""
    return element("div", *(element("div", block) for block in blocks), class_="beside")


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, shown: bool = True) -> Markup:
    """Returns a table whose first column names its rows; columns of figures stand to the right.

    ``shown`` says whether readers see the caption, or only hear it. Shapes: ``head`` and each row are as long
    as each other.

    >>> print(table("Queues", ["queue", "contacts"], [["general", "1,204"]]))
    <div class="scroll" role="group" aria-label="Queues" tabindex="0"><table><caption>Queues</caption>
    <thead><tr><th scope="col">queue</th><th scope="col" class="figure">contacts</th></tr></thead>
    <tbody>
    <tr><th scope="row">general</th><td class="figure">1,204</td></tr>
    </tbody></table></div>
    """
    kept = [tuple(row) for row in rows]
    looks = ["figure" if _are_figures(column) else None for column in zip(*kept, strict=True)]
    looks = [None, *looks[1:]] if looks else [None] * len(head)
    heads = (
        element("th", said, scope="col", class_=look) if said else element("td")
        for said, look in zip(head, looks, strict=True)
    )
    lines = (
        element(
            "tr",
            element("th", row[0], scope="row"),
            *(element("td", said, class_=look) for said, look in zip(row[1:], looks[1:], strict=True)),
        )
        for row in kept
    )
    return scrolling(
        caption,
        element(
            "table",
            element("caption", caption, class_=None if shown else "heard"),
            Markup("\n"),
            element("thead", element("tr", *heads)),
            Markup("\n"),
            element("tbody", Markup("\n"), *(joined([line, Markup("\n")]) for line in lines)),
        ),
    )


def scrolling(name: str, *content: str) -> Markup:
    """Returns what scrolls by itself where the window is too narrow for it, by keys too."""
    return element("div", *content, class_="scroll", role="group", aria_label=name, tabindex=0)


def _are_figures(column: Iterable[str]) -> bool:
    said = [_TAGS.sub("", cell).strip("✓✗! ") for cell in column]
    return any(said) and all(map(_FIGURE.match, said))
