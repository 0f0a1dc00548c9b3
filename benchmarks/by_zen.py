"""The utility pack for GoRules' zen, as far as its decision tables and expressions can say it.

What they cannot is left out, and not compared: the problems of a contact (contacts with bad values are not
asked at all), arms of a split by a published hash (nor are contacts that one decides), plans with their
callbacks in open time, caps over offers that were shown, and so the offers; agents, who stand beside.
Holidays are dates that somebody lists year by year.
"""

import json
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import holidays

__all__ = ["PACK", "SPLITS", "is_installed", "loaded"]

PACK = "utility"
SPLITS = frozenset({"send_reading"})
"""The rules whose arms zen cannot choose."""

_KEY = "utility"
_LIST = Path(__file__).parents[1] / "rules" / "utility_storm_areas.txt"
_YEARS = (2026, 2027)
_STORM = date(2026, 11, 27)


def _among(path: str, *names: str) -> str:
    return f"{path} in {json.dumps(names)}"


_SMALL = _among("wants", "meter_reading", "bill", "tariff", "moving")
_FACTS = {
    "via": "contact.channel",
    "wants": "contact.intent",
    "subject": "contact.subject ?? ''",
    "mood": "contact.sentiment ?? 0",
    "value": "customer.value ?? 0",
    "usage": "premises.annual_usage ?? 2700",
    "is_business": "premises.business ?? false",
    "region": "premises.region ?? ''",
    "medical": "customer.medical_equipment ?? false",
    "day": "d(contact.at).tz('Europe/London').format('%Y-%m-%d')",
    "minute": "d(contact.at).tz('Europe/London').hour() * 60 + d(contact.at).tz('Europe/London').minute()",
    "weekday": "d(contact.at).tz('Europe/London').weekday()",
    "month": "d(contact.at).tz('Europe/London').month()",
    "desk_wait": "type(live.network_desk.longest_wait) == 'string'"
    " ? duration(live.network_desk.longest_wait) : (live.network_desk.longest_wait ?? 0)",
    "wait": "type(live.general.longest_wait) == 'string'"
    " ? duration(live.general.longest_wait) : (live.general.longest_wait ?? 0)",
}
_DERIVED = {
    "office": "not(day in $HOLIDAYS) and (day in $EVES"
    " ? weekday <= 6 and minute >= 480 and minute < 720"
    " : (weekday <= 5 and minute >= 480 and minute < 1080)"
    " or (weekday == 6 and minute >= 540 and minute < 720))",
    "decent": "weekday <= 5 ? minute >= 540 and minute < 1200 : minute >= 600 and minute < 1080",
    "danger": "wants == 'emergency' or matches(subject,"
    " '(?i)(smell.{0,10}gas|gas leak|carbon monoxide|sparks|cable down)')",
    "vulnerable": "(customer.priority_register ?? false) or medical",
    "unhappy": "(customer.regulator_case ?? false) or (customer.complaints_90d ?? 0) >= 2"
    " or wants == 'complaint' or mood < -0.4",
    "in_debt": "wants == 'hardship' or (customer.arrears ?? 0) > 400",
    "large": "value >= 80 or (is_business and usage >= 50000)",
    "storm": "(premises.area ?? '') in $AREAS and day in $STORM",
    "due": "month in [3, 6, 9, 12] and number(d(contact.at).tz('Europe/London').day()) >= 25",
    "new_home": "customer.moved_in != null"
    " and d(contact.at).diff(d(customer.moved_in ?? contact.at)) < 2592000000",
}
_LATER = {
    "simple": f"{_SMALL} and not(danger or vulnerable or unhappy or in_debt or large)",
    "growing": "(customer.growth ?? 0) >= 70 and not(large)",
    "loud": "via == 'social' and ((customer.verified ?? false) or (contact.followers ?? 0) >= 3000"
    " or mood < -0.6)",
}
_PEOPLE = ("voice", "chat", "email", "social")


def _on(*served: str) -> str:
    """The inbound channel where a queue serves it, else the first that it serves."""
    return f"{_among('via', *served)} ? via : '{served[0]}'"


_Row = tuple[str, str, str, str, int, str, tuple[str, ...]]
_ROWS: tuple[_Row, ...] = (
    ("danger_first", "danger", "emergency_line", "'voice'", 1, "stay_safe", ()),
    (
        "power_for_life",
        "medical and wants == 'outage'",
        "network_desk",
        _on(*_PEOPLE),
        1,
        "",
        ("welfare_visit",),
    ),
    ("loud_case", "loud", "social_watch", "'social'", 2, "we_are_listening", ()),
    (
        "storm_map",
        "storm and wants == 'outage' and not(vulnerable or unhappy)"
        f" and {_among('via', 'voice', 'chat', 'social', 'web', 'app', 'sms')}"
        " and (desk_wait > 300 or (live.network_desk.waiting ?? 0) >= 100)",
        "my_account",
        "'web'",
        5,
        "storm_news",
        (),
    ),
    *(
        (
            f"outage_desk[{number}]",
            f"wants == 'outage'{test}",
            "network_desk",
            _on(*_PEOPLE),
            priority,
            "",
            skills,
        )
        for number, test, priority, skills in (
            (1, " and region == 'north' and is_business", 2, ("north_grid", "three_phase")),
            (2, " and region in ['midlands', 'south'] and is_business", 2, ("three_phase",)),
            (3, " and region == 'north' and value >= 50", 2, ("north_grid",)),
            (4, " and region == 'north'", 3, ("north_grid",)),
            (5, "", 3, ()),
        )
    ),
    (
        "care_first",
        f"vulnerable and office and {_among('via', 'voice', 'chat', 'email', 'sms')}",
        "care_team",
        _on(*_PEOPLE),
        1,
        "",
        (),
    ),
    ("care_any_time", "vulnerable", "general", _on(*_PEOPLE), 1, "", ("vulnerable_care",)),
    ("debt_advice", "in_debt and office", "debt_team", _on(*_PEOPLE), 3, "", ()),
    ("upset_first", "unhappy", "general", _on(*_PEOPLE), 2, "", ()),
    (
        "keep_the_account",
        "large and office and wants in ['cancel', 'moving']",
        "account_desk",
        _on(*_PEOPLE),
        1,
        "",
        (),
    ),
    ("account_first", "large and office", "account_desk", _on(*_PEOPLE), 2, "", ()),
    ("account_after_hours", "large", "general", _on(*_PEOPLE), 3, "manager_calls_you", ()),
    ("growing_switch", "growing and office and wants == 'tariff'", "account_desk", _on(*_PEOPLE), 3, "", ()),
    (
        "settle_in",
        "new_home and decent and wants in ['moving', 'other'] and contains(customer.consents ?? [], 'calls')",
        "general",
        _on(*_PEOPLE),
        3,
        "welcome_home",
        ("welcome",),
    ),
    (
        "reading_by_text",
        "simple and due and wants == 'meter_reading' and via == 'sms'",
        "reading_line",
        "'sms'",
        5,
        "reading_link",
        (),
    ),
    (
        "send_reading",
        "simple and due and wants == 'meter_reading' and via == 'voice'",
        "reading_line",
        "'sms'",
        5,
        "reading_link",
        (),
    ),
    (
        "busy_lines",
        "simple and via in ['voice', 'chat'] and wait > 300",
        "my_account",
        "'web'",
        5,
        "account_link",
        (),
    ),
    ("doubts_online", "simple and via == 'social'", "my_account", "'web'", 5, "account_link", ()),
    (
        "stay_online",
        "simple and via in ['web', 'app', 'sms']",
        "my_account",
        _on("web", "app"),
        5,
        "account_link",
        (),
    ),
    ("otherwise", "", "general", _on(*_PEOPLE), 5, "", ()),
)
_ADJUSTED = {
    "priority": "max([1, min([10, priority + (storm and simple ? 2 : 0)"
    " - (matches(subject, '(?i)(ombudsman|ofgem|solicitor)') ? 1 : 0)])])",
    "skills": "flatten([skills,"
    " wants == 'outage' and (minute >= 1320 or minute < 360) ? ['duty_engineer'] : [],"
    " matches(subject, '(?i)(ombudsman|ofgem|solicitor)') ? ['regulatory'] : []])",
    "rule": "rule",
    "queue": "queue",
    "channel": "channel",
    "message": "message",
}


def is_installed() -> bool:
    """Whether zen can be imported."""
    try:
        import zen  # noqa: F401
    except ImportError:
        return False
    return True


@cache
def _lists() -> dict[str, str]:
    areas = [line for line in _LIST.read_text().split("\n") if line and not line.startswith("#")]
    free = holidays.country_holidays("GB", subdiv="ENG", years=_YEARS)
    eves = [date(year, 12, 24).isoformat() for year in _YEARS]
    return {
        "$HOLIDAYS": json.dumps([day.isoformat() for day in sorted(free)]),
        "$EVES": json.dumps(eves),
        "$STORM": json.dumps([(_STORM + timedelta(days=ahead)).isoformat() for ahead in range(6)]),
        "$AREAS": json.dumps(areas),
    }


def _filled(expression: str) -> str:
    for name, values in _lists().items():
        expression = expression.replace(name, values)
    return expression


def _worked_out(name: str, values: Mapping[str, str], *, passing: bool = True) -> dict[str, object]:
    expressions = [{"id": key, "key": key, "value": _filled(value)} for key, value in values.items()]
    return {
        "id": name,
        "name": name,
        "type": "expressionNode",
        "position": {"x": 0, "y": 0},
        "content": {"expressions": expressions, "passThrough": passing},
    }


def _table() -> dict[str, object]:
    outputs = ("rule", "queue", "channel", "priority", "message", "skills")
    rules = [
        {
            "_id": rule,
            "when": when,
            "rule": json.dumps(rule),
            "queue": json.dumps(queue),
            "channel": channel,
            "priority": str(priority),
            "message": json.dumps(message),
            "skills": json.dumps(skills),
        }
        for rule, when, queue, channel, priority, message, skills in _ROWS
    ]
    content = {
        "hitPolicy": "first",
        "inputs": [{"id": "when", "name": "when"}],
        "outputs": [{"id": name, "name": name, "field": name} for name in outputs],
        "rules": rules,
        "passThrough": True,
    }
    return {
        "id": "table",
        "name": "table",
        "type": "decisionTableNode",
        "position": {"x": 0, "y": 0},
        "content": content,
    }


def loaded() -> Callable[[object], dict[str, Any]]:
    """What decides a contact by zen: rule, queue, channel, priority, message and skills."""
    import zen

    nodes: list[dict[str, object]] = [
        {"id": "in", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
        _worked_out("facts", _FACTS),
        _worked_out("derived", _DERIVED),
        _worked_out("later", _LATER),
        _table(),
        _worked_out("adjusted", _ADJUSTED, passing=False),
        {"id": "out", "name": "out", "type": "outputNode", "position": {"x": 0, "y": 0}},
    ]
    names = [str(node["id"]) for node in nodes]
    edges = [
        {"id": f"to {target}", "type": "edge", "sourceId": source, "targetId": target}
        for source, target in pairwise(names)
    ]
    content = {_KEY: {"nodes": nodes, "edges": edges}}
    engine = zen.ZenEngine({"loader": {"type": "static", "content": content}})

    def decide(contact: object) -> dict[str, object]:
        result: dict[str, Any] = engine.evaluate(_KEY, contact)["result"]
        return result

    return decide
