"""Which policies are written: the whole language at large, or all of it over a few small domains."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from routekit import Policy
from routekit.policy.model import CheckedPolicy
from routekit.schema.types import Date, Duration, Text, Time, Type
from routekit.testing.choices import Dice
from tests.generate.sketch import World

__all__ = ["SMALL", "TIMED", "WHOLE", "Setting"]

Values = Mapping[str, tuple[object, ...]]


@dataclass(frozen=True)
class Setting:
    """The domains and the sizes of policies."""

    head: str = ""
    """What they all declare; where it is empty, that is drawn too."""
    drawn: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Words of the head in whose place one of these stands."""
    tests: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    aimed: int = 0
    """Of a hundred tests and promises, how many are one of these."""
    written: Mapping[type[Type], tuple[str, ...]] = field(default_factory=dict)
    """The values that are written of some types, in place of the usual ones."""
    has_clock: bool = True
    rules: tuple[int, int] = (2, 7)
    caps: tuple[int, ...] = (1, 2, 0)
    guarantees: tuple[int, int] = (0, 2)
    values: Values = field(default_factory=dict)
    """What each field of a contact may hold, None where it is missing."""
    wider: Values = field(default_factory=dict)
    """Further values, which only versions with another head know."""
    heads: tuple[tuple[str, str], ...] = ()
    """Edits of the head: a text of it, and what may stand in its place."""

    def world(self, dice: Dice) -> tuple[str, World]:
        """A head, and what can be spoken of with it."""
        if not self.head:
            return "", World()
        head = self.head
        for word, choices in self.drawn.items():
            head = head.replace(word, dice.pick(choices))
        return head, World.of(_checked(head), self.written, has_clock=self.has_clock)


@cache
def _checked(head: str) -> CheckedPolicy:
    queue = next(line.split()[1] for line in head.splitlines() if line.startswith("queue "))
    return Policy.from_text(f"{head}route {{ otherwise queue {queue} }}").checked


WHOLE = Setting()

# ── every contact there can be ────────────────────────────────────────────────

SMALL = Setting(
    head="""\
policy small
record contact {
  channel one of voice, web
  wish    one of people, portal ?
}
record customer {
  tier   ordered low < mid < top ?
  value  integer 0..2 = 1
  other  integer 0..2 ?
  tags   set of one of x, y = {} private
}
history { loyal open incident }
channel voice { assisted }
channel web { self_service }
queue desk { on voice, web }
queue people { on voice  skills s }
queue portal { on web }
let sum = customer.value + customer.other
message hello { web "hello" }
message dear { voice "dear" }
""",
    tests=(
        "contact.channel is voice",
        "contact.wish is people",
        "contact.wish in {people}",
        "contact.wish is not portal",
        "contact.wish is missing",
        "customer.tier >= mid",
        "customer.tier < top",
        "customer.tier in low..mid",
        "customer.tier is known",
        "customer.value > 1",
        "customer.value in 1..2",
        "customer.value in {0, 2}",
        "customer.value < 2",
        "customer.other >= 2",
        "customer.other is 0",
        "(customer.other else 2) > 1",
        "customer.value < customer.other",
        "customer.value is customer.other",
        "sum >= 3",
        "sum * 2 < 3",
        "customer.value - customer.other in 1..2",
        "history.loyal",
        "history.loyal is (customer.value > 1)",
        "customer.tags has x",
        "customer.tags has any {x, y}",
        "customer.tags has all {x, y}",
        "customer.tags is empty",
        "size(customer.tags) >= 1",
        "size(customer.tags) is 2",
        "size(customer.tags) in 0..<2",
        "customer.value in 0..<2",
        "customer.tier in low..<top",
        "max(customer.value, customer.other) >= 2",
        "min(customer.value, customer.other) is 0",
        "max(customer.tier, mid) is top",
        'share(customer.value, "menu") < 50',
        'share(customer.tier, "menu") in 20..<60',
    ),
    promises=(
        "channel is assisted",
        "queue is desk",
        "queue in {desk, people}",
        "priority <= 3",
        "priority > 1 and not (channel is web)",
        "rule is otherwise",
        "offers is empty",
        "offers is empty or skills has s",
        "skills is empty",
        "message is hello",
        "customer.value > 1 or channel is voice",
    ),
    aimed=100,
    has_clock=False,
    rules=(1, 5),
    caps=(0,),
    guarantees=(2, 3),
    values={
        "contact.channel": ("voice", "web", None),
        "contact.wish": ("people", "portal", None),
        "customer.tier": ("low", "mid", "top", None),
        "customer.value": (0, 1, 2),
        "customer.other": (0, 1, 2, None),
        "history.loyal": (True, False),
        "customer.tags": ([], ["x"], ["y"], ["x", "y"]),
    },
    wider={
        "contact.channel": ("chat",),
        "contact.wish": ("desk",),
        "customer.tier": ("peak",),
        "customer.value": (3, None),
        "customer.tags": (["x", "z"],),
    },
    heads=(
        ("value  integer 0..2 = 1", "value  integer 0..2 = 0"),
        ("value  integer 0..2 = 1", "value  integer 0..3 = 1"),
        ("value  integer 0..2 = 1", "value  integer 1..2 = 1"),
        ("value  integer 0..2 = 1", "value  integer 0..2 ?"),
        ("other  integer 0..2 ?", "other  integer 0..1 ?"),
        ("other  integer 0..2 ?", "other  integer 0..2 = 2"),
        ("ordered low < mid < top ?", "ordered low < mid < top < peak ?"),
        ("ordered low < mid < top ?", "ordered mid < low < top ?"),
        ("ordered low < mid < top ?", "ordered low < mid < top = mid"),
        ("one of voice, web", "one of voice, web, chat"),
        ("one of voice, web", "one of web, voice"),
        ("wish    one of people, portal ?", "wish    one of people, portal, desk ?"),
        ("history { loyal open incident }", "history { loyal open incident about contact.wish }"),
        ("tags   set of one of x, y = {} private", "tags   set of one of x, y, z = {x}"),
        ("set of one of x, y = {} private", "set of one of x, y = {}"),
        ("queue desk { on voice, web }", "queue desk { on web, voice }"),
        ("queue people { on voice }", "queue people { on voice, web }"),
        ("channel web { self_service }", "channel web { assisted }"),
    ),
)

# ── times, dates, waits, sets and texts ───────────────────────────────────────

_TIMED_TESTS = (
    "weekday(now) in {mon, fri}", "hour(now) in 9..16", "hour(now) < 2", "day(now) is 29", "day(now) > 30",
    "month(now) is 2", "month(now) is not month(now + 1d)", "day(now + 1d) is 1", "weekday(now + 1d) is sat",
    "soon > 2026-03-28", "date(now) in 2026-03-28..2026-03-31", "date(now) is 2024-02-29",
    "now >= 2026-10-25 02:30", "now - 2h < 2026-03-29 03:00", "shop is open", "feasts is open",
    "night is open", "far is open", "far is not open at now + 1d", "shop is not open and hour(now) is 10",
    "hour(now - 1h) is hour(now)",
    "hour(now + 1h) is hour(now) + 1", "hour(now + 30m) is 9", "weekday(date(now) + 1d) is mon",
    "day(date(now) - 1d) is 28", "contact.at is known", "hour(contact.at) < 9",
    "(contact.at else 2026-03-29 03:00) < now",
    "customer.until < date(now)", "customer.until <= soon", "customer.until - date(now) > 3d",
    "day(customer.born) > 28", "month(customer.born) is month(now)", "day(customer.born) is day(now)",
    "customer.born + 1d in 2026-03-01..2026-03-02", "month(customer.born + 1d) is 3",
    "weekday(customer.born) is sun", "customer.born < 1990-01-31", "customer.born is missing",
    "hour(customer.seen) is 7", "customer.seen + 1h > now", "now - customer.seen > 1d",
    "weekday(customer.seen) is weekday(now)", "customer.seen is known",
    "general.longest_wait > special.longest_wait", "general.longest_wait > special.longest_wait + 5m",
    "general.longest_wait + customer.wait > 10m", "customer.wait >= 2m", "spare < 1m", "spare + 1m > 3m",
    "general.agents > special.agents", "general.agents is missing",
    "customer.levels has 1", "customer.levels has 1 or customer.levels has 2", "customer.levels is not empty",
    "customer.levels has all {1, 2}", "customer.level in customer.levels", "customer.tags has \"a\"",
    "customer.tags is empty", "customer.tags is known", "customer.days has weekday(now)",
    "(customer.tags has \"a\") is contact.flagged", "contact.flagged is (customer.levels is empty)",
    "customer.name contains \"a\"", "customer.name ends with \"bo\"", "customer.name matches \"^a.*o$\"",
    "customer.name is \"abo\"", "customer.name is missing", "customer.name in {\"x\", \"abo\"}",
    "customer.score > 1.5", "customer.score * 2 < customer.level", "customer.score / 3 >= 2",
    "customer.score - 1 is 0.5", "customer.level > 2", "customer.level else 2 is 2",
    "history.calls >= 2", "history.seen_by is special", "contact.flagged", "not contact.flagged",
    "contact.channel is voice",
    "clock(now) in 9h30m..<17h", "clock(now) < 2h30m", "clock(now - 45m) >= 22h", "clock(now) is 3h",
    "hour(now, \"Asia/Tokyo\") in 9..<17", "clock(now, \"America/New_York\") < 8h15m",
    "weekday(now, \"Asia/Kathmandu\") is sun", "hour(now, \"Asia/Tokyo\") is hour(now)",
    "today in 2026-03-28..<2026-03-31", "years(customer.born) >= 38", "years(customer.born) in 30..<36",
    "years(customer.born) is missing", "anniversary(customer.born) is today",
    "anniversary(customer.born) in today..today + 7d", "anniversary(customer.until) < 2026-04-01",
    "folded(customer.name) is \"abo\"", "folded(customer.name) contains any {\"ab\", \"zo\"}",
    "lower(customer.name) starts with \"a\"", "length(customer.name) > 2", "length(customer.name) is 1",
    "customer.name starts with any {\"ab\", \"x\"}", "customer.name ends with any {\"zo\"}",
    "size(customer.tags) >= 1", "size(customer.levels) is 2", "size(customer.days) < 2",
    "share(customer.id, \"bot-7\") < 20", "share(customer.id, \"bot-7\") in 50..<80",
    "max(customer.score, 1.5) > 2", "min(customer.until, today) < 2026-03-29",
    "max(customer.wait, spare) >= 2m", "min(general.longest_wait, 5m) is 5m",
)  # fmt: skip
_TIMED_PROMISES = (
    "channel is assisted", "queue is general", "priority <= 3", "rule is otherwise", "offers is empty",
    "skills has s or queue is special", "message is hello", "(channel is assisted) is contact.flagged",
    "queue in {general, portal} or now > 2026-06-01 00:00",
)  # fmt: skip
_TIMED_VALUES: Values = {
    "contact.channel": ("voice", "web", None),
    "contact.flagged": (None, True, False),
    "customer.born": (None, "1990-01-31", "1988-02-29", "2026-03-01", "2026-02-28", "1999-12-26"),
    "customer.until": (None, "2024-02-29", "2026-03-28", "2026-03-29", "2028-12-31", "2020-01-01"),
    "customer.seen": (None, "2026-03-28T07:30:00Z", "2024-02-28T23:59:59Z", "2026-03-29T00:30:00Z"),
    "customer.wait": (None, "0s", "1m", "2m", 90.5, "6m", "11m"),
    "customer.levels": (None, [], [1], [2], [1, 2]),
    "customer.tags": (None, [], ["a"], ["b"]),
    "customer.days": (None, [], ["mon"], ["sat"]),
    "customer.level": (None, 1, 2, 3),
    "customer.name": (None, "abo", "a", "bo", "x", "azo"),
    "customer.score": (None, 0, 1.5, 2, 6, 10),
    "customer.id": (None, "c-1", "c-2", "c-3", "c-4"),
    "live.general.longest_wait": (None, "1m", "6m", "20m"),
    "live.special.longest_wait": (None, "1m", "5m"),
    "live.general.agents": (None, 0, 1),
    "live.special.agents": (None, 0, 2),
    "history.calls": (None, 1, 2),
    "history.seen_by": (None, "special", "portal"),
}  # fmt: skip
TIMED = Setting(
    head="""\
policy timed
timezone ZONE
record contact { channel one of voice, web  at time ARRIVAL  flagged flag ? }
record customer {
  born    date ?
  until   date ?
  seen    time ?
  wait    duration ?
  levels  set of integer 1..2 = {}
  tags    set of text ?
  days    set of one of mon, sat ?
  level   integer 1..3 ?
  name    text ?
  score   number 0..10 = 1
  id      text ?
}
live queue { longest_wait duration = 0s  agents integer 0..2 ? }
history { calls count within 1d  seen_by last queue within 7d }
channel voice { assisted }
channel web { self_service }
calendar shop { open Mon-Fri 09:00-17:00  closed 2026-03-28..2026-03-31 }
calendar feasts { open Mon-Sun 00:00-24:00  closed holidays GB, Oct 25 01:00-04:00 }
calendar night { open Fri, Sat 22:00-06:00  closed Mar 28 }
calendar far {
  timezone America/Los_Angeles
  open Mon-Fri 09:00-17:00
  open Mar 1..Apr 15 Mon-Fri 07:00-20:00, Sat 10:00-11:00
  open Dec 24 09:00-12:00
}
queue general { on voice, web }
queue special { on voice  skills s }
queue portal { on web }
queue day_team { on voice  open shop }
queue late_team { on voice  open night }
message hello { web "hello" }
let spare = customer.wait else 2m
let soon = date(now) + 1d
""",
    drawn={
        "ZONE": ("Europe/Berlin", "America/New_York", "UTC", "Asia/Kolkata", "America/Sao_Paulo"),
        "ARRIVAL": ("?", "?", ""),
    },
    tests=_TIMED_TESTS,
    promises=_TIMED_PROMISES,
    aimed=75,
    written={
        Time: ("2024-02-29T00:00Z", "2026-03-29 03:00", "2026-06-01 00:00", "2026-10-25 02:30"),
        Date: ("1990-01-31", "2024-02-29", "2026-03-28", "2026-03-29", "2026-12-30"),
        Duration: ("0s", "1m", "2m", "5m", "1h", "1d", "3d"),
        Text: ('"a"', '"abo"', '"bo"', '"x"', '"azo"', '""'),
    },
    rules=(1, 4),
    guarantees=(2, 2),
    values=_TIMED_VALUES,
    heads=(
        ("level   integer 1..3 ?", "level   integer 1..3 = 2"),
        ("wait    duration ?", "wait    duration = 1m"),
        ("longest_wait duration = 0s", "longest_wait duration ?"),
        ("levels  set of integer 1..2 = {}", "levels  set of integer 1..2 = {1}"),
        ("open Mon-Fri 09:00-17:00", "open Mon-Fri 09:00-17:00, Sat 09:00-12:00"),
        ("closed 2026-03-28..2026-03-31", "closed 2026-03-28..2026-03-30"),
        ("closed holidays GB", "closed holidays DE"),
        ("open Fri, Sat 22:00-06:00", "open Fri, Sat 22:00-05:00"),
        ("Oct 25 01:00-04:00", "Oct 25 01:00-03:00"),
        ("closed Mar 28 }", "closed Mar 29 }"),
        ("timezone America/Los_Angeles", "timezone America/New_York"),
        ("open Dec 24 09:00-12:00", "open Dec 24 09:00-13:00"),
        ("let soon = date(now) + 1d", "let soon = date(now) + 2d"),
    ),
)
