"""A whole page: one file that asks nobody for anything."""

from collections.abc import Iterable, Iterator

from routekit.pages.markup import Markup, element, joined, text
from routekit.pages.palette import variables
from routekit.translation import language

__all__ = ["page", "page_parts"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(title: str, *sections: str, lead: str = "", style: str = "") -> str:
    """Returns a page as one HTML text that needs nothing beside it, on light and dark, on screen and paper.

    ``lead`` is a sentence or two below the title; ``style`` is CSS of this page alone, written with the
    variables of the palette. Sections are what :func:`section` returns; texts are escaped.

    >>> from routekit.pages import page, paragraph, section
    >>> written = page("A <month>", section("Waiting", paragraph("Four seconds.")))
    >>> written.startswith("<!doctype html>"), "<h1>A &lt;month&gt;</h1>" in written
    (True, True)
    """
    return "".join(page_parts(title, sections, lead=lead, style=style))


def page_parts(title: str, sections: Iterable[str], *, lead: str = "", style: str = "") -> Iterator[str]:
    """Yields the page of :func:`page` a piece at a time, for sections that come one by one."""
    from importlib.resources import files  # whoever writes no page need not wait for it

    look = (files("routekit.pages") / "page.css").read_text(encoding="utf-8")
    yield (
        f'<!doctype html>\n<html lang="{language()}">\n'
        + joined(
            [
                element("meta", charset="utf-8"),
                element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
                element("meta", name="viewport", content="width=device-width, initial-scale=1"),
                element("meta", name="color-scheme", content="light dark"),
                element("meta", name="referrer", content="no-referrer"),
                element("title", title),
                element("style", Markup(f"\n{variables()}{look}{style}")),
            ],
            between=Markup("\n"),
        )
        + Markup("\n<body>\n<main>\n")
        + joined([element("header", element("h1", title), element("p", lead) if lead else "")])
        + "\n"
    )
    for part in sections:
        yield f"{text(part)}\n"
    yield "</main>\n</body>\n</html>\n"
