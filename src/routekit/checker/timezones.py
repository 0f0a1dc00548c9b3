"""Timezones that a policy names: whether there are such, and which stand for an offset only."""

import re
from zoneinfo import available_timezones

from routekit.checker.context import Context
from routekit.diagnostics import Advice
from routekit.schema.times import zone_of
from routekit.syntax import tree
from routekit.translation import plural, t

__all__ = ["named_zone", "timezone_of"]

_EVERYWHERE = "Europe/London"
"""A timezone that every database has."""

_OFFSET = re.compile(r"(?:Etc/)?GMT(?P<sign>[+-])(?P<hours>[1-9]\d?)")
_STANDARD = {"EST": 5, "MST": 7, "HST": 10}
_THERE = {"EST": "America/New_York", "MST": "America/Denver", "HST": "Pacific/Honolulu"}


def timezone_of(context: Context) -> str:
    """Reads the timezone that the policy names, UTC where it names none or one that there is not."""
    for node in context.names.timezones[:1]:
        return named_zone(context, node.zone) or "UTC"
    return "UTC"


def named_zone(context: Context, node: tree.Literal) -> str | None:
    """Reads the name of a timezone; None where it is reported to be none."""
    name = node.text
    if zone_of(name) is None:
        if zone_of(_EVERYWHERE) is None:
            message, help_ = (
                t("there is no timezone database on this machine"),
                t("install the package `tzdata`"),
            )
            context.reporter.report("RK209", message, node.span, help=help_)
            return None
        advice = context.reporter.did_you_mean(name, _zones(), t("such as `Europe/Berlin`"), at=node.span)
        context.reporter.report("RK209", t("unknown timezone `{name}`", name=name), node.span, help=advice)
        return None
    _warn_of_offset(context, node)
    return name


def _zones() -> list[str]:
    return sorted(filter(zone_of, available_timezones()))


def _warn_of_offset(context: Context, node: tree.Literal) -> None:
    name, offset = node.text, _OFFSET.fullmatch(node.text)
    if offset is not None:
        hours = int(offset["hours"])
        message = (
            plural(
                "`{name}` is {number} hour behind UTC, all year",
                "`{name}` is {number} hours behind UTC, all year",
                hours,
                name=name,
            )
            if offset["sign"] == "+"
            else plural(
                "`{name}` is {number} hour ahead of UTC, all year",
                "`{name}` is {number} hours ahead of UTC, all year",
                hours,
                name=name,
            )
        )
        help_ = t(
            "its sign is the other way round than people write it; name a place, such as `Europe/Berlin`"
        )
    elif name in _STANDARD:
        message = t(
            "`{name}` is {standard} hours behind UTC, all year: it knows no summer time",
            name=name,
            standard=_STANDARD[name],
        )
        help_ = t("name a place, such as `{there}`", there=_THERE[name])
    else:
        return
    context.reporter.report("RK425", message, node.span, help=Advice(help_))
