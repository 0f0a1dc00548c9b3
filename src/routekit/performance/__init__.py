"""Reads from decision logs what became of contacts: how well each channel did, what customers went through.

``log_entries`` tells what each line holds, ``spool`` sorts on disk what does not fit into memory,
``joining`` puts events beside their decisions and names what is amiss with a log. ``grouping`` says which row
of a table a contact belongs to. ``measures`` defines the figures, each in one place; ``score`` works them out
and ``parity`` compares the rows of one matter. ``episodes`` puts together what a customer went through about
one matter, ``journeys`` counts that. ``call_records`` brings in what no router saw.
"""

from routekit.performance.journeys import Journeys, journeys
from routekit.performance.score import Score, score

__all__ = ["Journeys", "Score", "journeys", "score"]
