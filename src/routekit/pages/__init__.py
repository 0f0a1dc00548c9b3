"""Pages that people open in a browser: one offline file each, with tables and plots readable without colours.

``page`` puts sections together; ``blocks`` has what they are made of; ``bars``, ``lines``, ``intervals``,
``matrix``, ``flows`` and ``ways`` draw frozen data, as SVG with the same figures as a table below, or as a
table. What comes in as a plain string is escaped; what they return is markup, which is not escaped again.
"""

from routekit.pages.bars import bars
from routekit.pages.blocks import (
    beside,
    code,
    disclosure,
    key_figures,
    link,
    listing,
    note,
    paragraph,
    section,
    table,
)
from routekit.pages.distribution import Curve, distribution
from routekit.pages.flows import Flow, flows
from routekit.pages.intervals import Interval, intervals
from routekit.pages.lines import lines
from routekit.pages.marks import State, legend, mark
from routekit.pages.markup import Markup, element, joined, text
from routekit.pages.matrix import Cell, matrix
from routekit.pages.page import page, page_parts
from routekit.pages.paper import fitting, matrix_lines, rows_of
from routekit.pages.picture import Series
from routekit.pages.ways import Place, Way, ways

__all__ = [
    "Cell",
    "Curve",
    "Flow",
    "Interval",
    "Markup",
    "Place",
    "Series",
    "State",
    "Way",
    "bars",
    "beside",
    "code",
    "disclosure",
    "distribution",
    "element",
    "fitting",
    "flows",
    "intervals",
    "joined",
    "key_figures",
    "legend",
    "lines",
    "link",
    "listing",
    "mark",
    "matrix",
    "matrix_lines",
    "note",
    "page",
    "page_parts",
    "paragraph",
    "rows_of",
    "section",
    "table",
    "text",
    "ways",
]
