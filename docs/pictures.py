"""Takes pictures for the documentation out of pages: their plots, as they are.

``python docs/pictures.py`` writes ``docs/pictures/*.svg`` from the pages that `make whatif` leaves in
``build/whatif``, and from the contact map of the airline pack. They are readable on light and on dark.
"""

import re
from pathlib import Path

from routekit import Policy
from routekit.analysis import contact_map
from routekit.contact_map.page import as_html

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"

PLOTS = {
    "differences": ("simulation.html", "New against now"),
    "flows": ("simulation.html", "Queues at arrival"),
}
"""Which plot of which page, by the name of its picture."""

_FIGURE = re.compile(r"<figure>.*?</figure>", re.DOTALL)
_DRAWN = re.compile(r"<svg .*?</svg>", re.DOTALL)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_OF_PLOTS = re.compile(r"^(?::root|@media screen|svg )[^\n]*", re.MULTILINE)


def plot(page: str, title: str) -> str:
    """The plot of a page that stands under a title, as a picture by itself."""
    figure = next(found for found in _FIGURE.findall(page) if f"<figcaption>{title}<" in found)
    (drawn,), (style,) = _DRAWN.findall(figure), _STYLE.findall(page)[:1]
    looks = "\n".join(_OF_PLOTS.findall(style))
    opening, rest = drawn.split(">", 1)
    paper = '<rect width="100%" height="100%" fill="var(--paper)"/>'  # whatever the page around it is
    return f'{opening} xmlns="http://www.w3.org/2000/svg">\n<style>{looks}</style>{paper}\n{rest}\n'


def main() -> None:
    """Writes all pictures whose pages are there."""
    PICTURES.mkdir(exist_ok=True)
    for name, (page, title) in PLOTS.items():
        path = ROOT / "build" / "whatif" / page
        if path.exists():
            text = path.read_text(encoding="utf-8")
            (PICTURES / f"{name}.svg").write_text(plot(text, title), encoding="utf-8")
    airline = as_html(contact_map(Policy.from_path(ROOT / "rules" / "airline.route")))
    queues = plot(airline, "Queues and the ways between them")
    (PICTURES / "queues.svg").write_text(queues, encoding="utf-8")


if __name__ == "__main__":
    main()
