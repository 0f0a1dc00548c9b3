"""Small policies that cost much: families that grow with a number, of what doubles, crosses or stands deep.

A family is a text of the policy for each ``n``, about ``n`` lines or terms long.
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

__all__ = ["FAMILIES", "Family"]

Family = Callable[[int], str]

_HEAD = """policy p
record contact {
  channel one of voice, chat  t text ?  u text = ""  x integer ?  y integer 0..1023 ?  z number ?
  tags set of text = {}  a flag ?  at time ?  born date ?  tier ordered low < mid < top ?
}
channel voice { assisted }
queue q { on voice }
queue q2 { on voice }
"""


def _policy(declarations: Iterable[str], rules: Iterable[str], more: str = "") -> str:
    route = "\n".join([*rules, "otherwise queue q"])
    return "\n".join([_HEAD, *declarations, "route {", route, "}", more])


def _rule(condition: str, number: int = 0) -> str:
    return f"rule r{number} when {condition} then queue q2"


def _chain(first: str, step: Callable[[int], str], last: str) -> Family:
    """Definitions each of which stands upon those before it."""
    return lambda n: _policy([first, *(step(i) for i in range(1, n + 1))], [_rule(last.format(n))])


def _long(operator: str, term: Callable[[int], str]) -> Family:
    """One condition of many terms."""
    return lambda n: _policy([], [_rule(operator.join(term(i) for i in range(n)))])


def _many(term: Callable[[int], str]) -> Family:
    """Many rules of one condition each."""
    return lambda n: _policy([], [_rule(term(i), i) for i in range(n)])


def _live(n: int, rules: Iterable[str], queues: int | None = None) -> str:
    signals = " ".join(f"s{i} integer = 0" for i in range(n))
    more = [f"queue k{i} {{ on voice }}" for i in range(n if queues is None else queues)]
    return _policy([f"live queue {{ {signals} }}", *more], rules)


def _days(n: int) -> str:
    """Dates, hours that are closed, seasons and holidays of one calendar, with which others begin."""
    days = [date(2099, 1, 1) + timedelta(days=i) for i in range(n)]
    clauses = [
        f"closed {day}  open {day:%b} {day.day} {i % 24:02}:{i % 60:02}-24:00" for i, day in enumerate(days)
    ]
    clauses += [
        f"closed {day} {i % 24:02}:00-{i % 24:02}:30  closed holidays US" for i, day in enumerate(days)
    ]
    clauses += [f"open {day}..{day + timedelta(days=9)} Mon-Sun 08:00-20:00" for day in days]
    others = [f"calendar c{i} {{ as c  open Mon-Fri {i % 24:02}:{i % 60:02}-24:00 }}" for i in range(5)]
    return _policy([f"calendar c {{ {' '.join(clauses)} }}", *others], [_rule("c is open")])


def _calendars(n: int) -> str:
    hours = [
        f"calendar c{i} {{ open Mon-Fri {i % 12:02}:{i % 60:02}-{12 + i % 11:02}:{i % 59:02} }}"
        for i in range(n)
    ]
    queues = [f"queue k{i} {{ on voice open c{i} }}" for i in range(n)]
    return _policy(
        [*hours, *queues], [f"rule r{i} when c{n - 1 - i} is open then queue k{i}" for i in range(n)]
    )


def _offers(n: int) -> str:
    rows = [
        f"offer o{i} when contact.y > {i} worth contact.y * {i} at most {i + 1} per {i + 1}d"
        for i in range(n)
    ]
    return _policy([], [], "offers { show 3 by worth\n" + "\n".join(rows) + "\n}")


def _adjust(n: int) -> str:
    return _policy(
        [],
        [],
        "adjust {" + "\n".join(f"rule j{i} when contact.y > {i} then priority + 1" for i in range(n)) + "}",
    )


def _table(n: int) -> str:
    columns = ", ".join(["contact.y", "contact.x", "contact.t", "contact.tier"])
    rows = "\n".join(f'{i}..{i + 9} | > {i} | "t{i}" | low..mid -> queue q2' for i in range(n))
    return _policy([], [f"table t ({columns}) {{\n{rows}\n}}"])


def _wide_table(n: int) -> str:
    columns = ", ".join(f"contact.y > {i}" for i in range(n))
    cells = " | ".join("yes" for _ in range(n))
    return _policy([], [f"table t ({columns}) {{ {cells} -> queue q2 }}"])


def _groups(n: int) -> str:
    depth = min(n, 8)
    inner = "\n".join(_rule(f"contact.x > {i}", i) for i in range(n))
    opened = " ".join(
        f"group g{i} when contact.y > {i} and (contact.a or contact.x is {i}) {{" for i in range(depth)
    )
    return _policy([], [f"{opened}\n{inner}\n{'}' * depth}"])


FAMILIES: dict[str, Family] = {
    "segments twice": _chain(
        "segment s0 when contact.a", lambda i: f"segment s{i} when s{i - 1} and s{i - 1}", "s{}"
    ),
    "segments of the two before": _chain(
        "segment s0 when contact.x > 3\nsegment s1 when contact.a",
        lambda i: f"segment s{i + 1} when s{i} and s{i - 1} and contact.y > {i}",
        "s{}",
    ),
    "segments or not": _chain(
        "segment s0 when contact.a and contact.x > 1",
        lambda i: f"segment s{i} when not s{i - 1} or (s{i - 1} and contact.y is {i})",
        "s{}",
    ),
    "segments of one field": _chain(
        "segment s0 when contact.x > 3",
        lambda i: f"segment s{i} when not (s{i - 1} and contact.x < {i}) or s{i - 1}",
        "s{}",
    ),
    "segments upon one": _chain(
        "segment s0 when contact.a and contact.x > 3",
        lambda i: f"segment s{i} when s0 and contact.y > {i}",
        "s{}",
    ),
    "lets twice": _chain("let l0 = contact.y", lambda i: f"let l{i} = l{i - 1} + l{i - 1}", "l{} > 3"),
    "lets of a number": _chain("let l0 = contact.z", lambda i: f"let l{i} = l{i - 1} * l{i - 1}", "l{} > 3"),
    "lets of else": _chain(
        "let l0 = contact.x else 1", lambda i: f"let l{i} = l{i - 1} else l{i - 1} else {i}", "l{} > 3"
    ),
    "lets of times": _chain(
        "let l0 = contact.at", lambda i: f"let l{i} = l{i - 1} + {i}s else l{i - 1}", "hour(l{}) > 3"
    ),
    "flags of flags": _chain("let l0 = contact.a", lambda i: f"let l{i} = l{i - 1} is l{i - 1}", "l{}"),
    "ands of arithmetic": _long(" and ", lambda i: f"contact.y * 3 > {i}"),
    "ors of arithmetic": _long(" or ", lambda i: f"contact.y * 3 is {i}"),
    "ors of other arithmetic": _long(" or ", lambda i: f"contact.y * {i} is {i}"),
    "ors of two fields": _long(" or ", lambda i: f"contact.y * contact.x is {i}"),
    "ors of texts": _long(" or ", lambda i: f'contact.t contains "{i}"'),
    "ors of members": _long(" or ", lambda i: f'contact.tags has "{i}"'),
    "ors of ands": _long(" or ", lambda i: f"(contact.x > {i} and contact.y > {i % 1000})"),
    "ors of ranges": _long(" or ", lambda i: f"contact.x in {2 * i}..{2 * i + 1}"),
    "ors of hours": _long(" or ", lambda i: f"hour(now) is {i % 24} and month(now) is {i % 12 + 1}"),
    "ors of shifted times": _long(" or ", lambda i: f"hour(contact.at + {i}s) is {i % 24}"),
    "ors of else": _long(" or ", lambda i: f'(contact.t else contact.u else "{i}") is "{i}"'),
    "rules of thresholds": _many(lambda i: f"contact.x > {10 * i}"),
    "rules of numbers": _many(lambda i: f"contact.z > {i}.5"),
    "rules of texts": _many(lambda i: f'contact.t is "{i}"'),
    "rules of parts of texts": _many(lambda i: f'contact.t starts with "{i}"'),
    "rules of patterns": _many(lambda i: f'contact.t matches "^a{i}.*b"'),
    "rules of two fields": _many(
        lambda i: f"contact.x > {i} and (contact.y > {i % 1000} or contact.z < {i})"
    ),
    "rules of arithmetic": _many(lambda i: f"contact.y * {i} + contact.y > {i}"),
    "rules of two segments": lambda n: _policy(
        [f"segment s{i} when contact.x > {i} or contact.z > {i}" for i in range(n)],
        [_rule(f"s{i} and not s{n - 1 - i}", i) for i in range(n)],
    ),
    "rules upon a deep segment": lambda n: _policy(
        ["segment s0 when contact.a and contact.x > 3"]
        + [
            f"segment s{i} when s{i - 1} and contact.y > {i % 1000} and contact.z > {i}"
            for i in range(1, n + 1)
        ],
        [_rule(f"s{n} and contact.x > {i}", i) for i in range(n)],
    ),
    "steps": lambda n: _policy(
        [],
        [
            "rule r when contact.a then queue q2 "
            + " ".join(f"after {i + 1}s priority {i % 10 + 1}" for i in range(n))
        ],
    ),
    "arms": lambda n: _policy(
        [],
        [
            'rule r when contact.a split by contact.t seed "s" {'
            + " ".join("1% queue q" for i in range(min(n, 99)))
            + f" {100 - min(n, 99)}% queue q2 }}"
        ],
    ),
    "fields": lambda n: _policy(
        ["record more { " + " ".join(f"f{i} integer = 0" for i in range(n)) + " }"],
        [_rule(f"more.f{i} > 1", i) for i in range(n)],
    ),
    "fields that nobody asks for": lambda n: _policy(
        ["record more { " + " ".join(f"f{i} integer = 0" for i in range(n)) + " }"], []
    ),
    "listed fields": lambda n: _policy(
        ["record more { " + " ".join(f"f{i} integer 0..1000 = 0" for i in range(n)) + " }"],
        [_rule(f"more.f{i} > 1", i) for i in range(n)],
    ),
    "calendars and queues": _calendars,
    "days of a calendar": _days,
    "signals": lambda n: _live(n, [_rule(f"q.s{i} > 1", i) for i in range(n)], 0),
    "queues of signals": lambda n: _live(3, [_rule(f"k{i}.s0 > 1", i) for i in range(n)], n),
    "tables": _table,
    "wide tables": _wide_table,
    "groups": _groups,
    "offers": _offers,
    "adjustments": _adjust,
}
