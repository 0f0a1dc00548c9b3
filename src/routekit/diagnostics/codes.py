"""Every code a diagnostic can carry. A code never changes its meaning and is never used again."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from routekit.translation import ENGLISH, language, msgids

__all__ = ["CODES", "MAP_CODES", "Code", "Severity", "page"]

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Code:
    """A stable code with its severity and, in one line, the kind of mistake."""

    id: str
    severity: Severity
    summary: str


def _table(severity: Severity, rows: dict[str, str]) -> dict[str, Code]:
    return {id_: Code(id_, severity, summary) for id_, summary in rows.items()}


CODES: dict[str, Code] = {
    # reading a file
    **_table(
        "error",
        msgids(
            {
                "RK001": "the text does not read as a policy",
                "RK002": "a text that is not closed",
                "RK003": "an invisible or direction-changing character",
                "RK004": "a file that is not UTF-8",
                "RK005": "a file that is too large",
                "RK006": "nested too deeply",
                "RK007": "a literal that is too long",
                "RK008": "too many declarations",
                "RK009": "a character that has no meaning here",
                "RK010": "a file that cannot be read",
                "RK011": "files that bring in each other",
                "RK012": "a path that leaves the policy's folder",
                "RK013": "a list's file holds a value that does not fit",
                "RK014": "signs of another keyboard",
                "RK015": "a file of another kind",
                "RK016": "a file of facts that does not read",
                "RK017": "a table's file that does not read as one",
                "RK018": "a heading that is no column of the table",
                "RK019": "a cell of a spreadsheet that was surely not meant so",
            }
        ),
    ),
    # names
    **_table(
        "error",
        msgids(
            {
                "RK101": "an unknown name",
                "RK102": "an unknown field",
                "RK103": "a name declared twice",
                "RK104": "an unknown channel, queue, calendar, message, offer, rule or type",
                "RK105": "a value that its type does not list",
                "RK106": "a definition that needs itself",
                "RK107": "a field that does not fit the given model",
            }
        ),
    ),
    # types and values
    **_table(
        "error",
        msgids(
            {
                "RK201": "values of different types",
                "RK202": "a test or operator that the type does not have",
                "RK203": "a condition was expected",
                "RK204": "a value was expected, written out",
                "RK205": "a value that does not fit its type",
                "RK206": "a literal that is no such value",
                "RK207": "a pattern that cannot be used",
                "RK208": "a range that holds nothing",
                "RK209": "an unknown timezone",
                "RK210": "unknown holidays",
            }
        ),
    ),
    # the shape of a policy
    **_table(
        "error",
        msgids(
            {
                "RK301": "a part that every policy has is missing",
                "RK302": "`route` does not end in `otherwise`",
                "RK303": "the queue of `otherwise` can be closed",
                "RK304": "the shares of a split do not add up",
                "RK305": "steps out of order",
                "RK306": "a clause is missing, repeated or out of place",
                "RK307": "a queue is not served on the channel",
                "RK308": "a row of a table does not fit its columns",
                "RK309": "a field that cannot name a queue",
                "RK310": "values of a fact that hold on the same day",
            }
        ),
    ),
    # legal, but surely not meant
    **_table(
        "warning",
        msgids(
            {
                "RK401": "a rule that no contact can reach",
                "RK402": "a segment that nobody uses",
                "RK403": "a queue that no rule feeds",
                "RK404": "a comparison that always comes out the same",
                "RK405": "a name that mixes scripts",
                "RK406": "`not` over a test that can be unknown",
                "RK407": "a text that is never equal to `lower(…)` or `folded(…)`",
                "RK408": "`and` and `or` beside each other without brackets",
                "RK409": "a date in a condition that is over",
                "RK411": "an `else` that never comes into play",
                "RK412": "a value by cases that is always missing",
                "RK413": "a step that does nothing",
                "RK414": "values of a list that differ in case only",
                "RK415": "rows or columns of a table that are hidden",
                "RK421": "hours that end a minute before midnight",
                "RK422": "a season that leaves out days on which the calendar opens",
                "RK423": "dates of a calendar that are over",
                "RK424": "a date that most years do not have",
                "RK425": "a timezone that stands for an offset",
                "RK426": "makeup days of a country that has none",
                "RK431": "a `never` that can be unknown",
                "RK432": "braces in a message that nothing fills",
                "RK451": "an `allow` without a reason",
                "RK452": "an `allow` of what cannot be allowed",
                "RK453": "an `allow` that silences nothing",
            }
        ),
    ),
    # what `routekit map` finds, and `check` never
    **_table(
        "warning",
        msgids(
            {
                "RK601": "a matter that nobody solves",
                "RK602": "a matter led to a channel that does not solve it",
                "RK603": "steps that lead in a circle",
                "RK604": "a handoff after which the customer tells it again",
                "RK605": "a contact moved to another channel unsaid",
                "RK606": "a matter without an answer on a self-service channel",
                "RK607": "wordings that say different things",
                "RK608": "a wording that is too long for its channel",
                "RK609": "a stage without a touchpoint, or a touchpoint without a stage",
                "RK610": "a fact without a value",
            }
        ),
    ),
}

MAP_CODES = {
    "blind": "RK601",
    "misplaced": "RK602",
    "loop": "RK603",
    "handoff": "RK604",
    "moved": "RK605",
    "unanswered": "RK606",
    "wordings": "RK607",
    "too long": "RK608",
    "stage": "RK609",
    "expired": "RK610",
}
"""The code of each kind of finding of the contact map."""


def page(code: str) -> str:
    """Returns the page of a code, in Markdown and in the language of the moment.

    It says what the code means, and shows a wrong policy and the mended one.

    >>> page("RK102").splitlines()[0]
    '# RK102: an unknown field'
    """
    import pkgutil  # most policies are read without a page

    folder = "pages" if language() == ENGLISH else f"pages/{language()}"
    data = pkgutil.get_data("routekit.diagnostics", f"{folder}/{code}.md")
    assert data is not None
    return data.decode("utf-8")
