"""What a simulation is told of the world: who comes when, who is on duty, how long things take."""

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import Field

from routekit.simulation.spreads import Figure, Frozen, Seconds, Share, Spread
from routekit.simulation.week import Week

__all__ = [
    "Arrivals",
    "Assumption",
    "Callbacks",
    "ComesBack",
    "Expected",
    "Scenario",
    "SelfService",
    "Staff",
]

DEFAULT = "default"


class Expected(Frozen):
    """Days on which more contacts come, or fewer: ``{ on = ["2026-11-27"], expect = 0.4 }`` for 40 % more."""

    on: tuple[date, ...]
    expect: float = Field(ge=-1)
    measured: bool = False


class Arrivals(Frozen):
    """Who comes, and how many.

    The contacts are those of a file, ``contacts``, or so many that are made for the policy, ``generate``.
    ``per_half_hour`` says how many come; without it as many as are in the file, by weekday and half hour of
    their ``contact.at``. ``scale`` makes them more or fewer.
    """

    contacts: str | None = None
    generate: int | None = Field(default=None, ge=1, le=1_000_000)
    per_half_hour: Week | None = None
    scale: Figure = Figure(value=1.0)
    measured: bool = False
    events: dict[str, Expected] = Field(default_factory=dict)


class Staff(Frozen):
    """People who are alike: what they serve, and how many of them are on duty in each half hour.

    ``channels`` are all those of the queues where none are named. ``shrinkage`` is the share of them who are
    away from their desks. ``at_once`` is how many contacts of a channel one person has at a time, 1 where it
    is not said. ``agents`` are the ids of some of them, whom a policy may wish for; they are on duty first.
    """

    name: str
    queues: tuple[str, ...] = Field(min_length=1)
    on_duty: Week
    skills: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    shrinkage: Share = Share(value=0.0)
    at_once: dict[str, int] = Field(default_factory=dict)
    agents: tuple[str, ...] = ()
    measured: bool = False


class SelfService(Frozen):
    """What machines achieve: ``solves`` by channel, matter, or ``"channel.matter"``; how long ``takes``."""

    solves: dict[str, Share] = Field(default_factory=lambda: {DEFAULT: Share(value=0.5)})
    takes: dict[str, Spread] = Field(default_factory=lambda: {DEFAULT: Spread(exponential=120.0)})


class ComesBack(Frozen):
    """How many come back, after how long, and by which channels (their own where none is named)."""

    share: Share
    after: Spread = Spread(exponential=600.0)
    by: dict[str, float] = Field(default_factory=dict)


class Callbacks(Frozen):
    """Calling back: how many agree to it, and whether they ``keep`` their place in line or their time.

    ``queue`` serves those whose own queue has no people.
    """

    accepted: Share = Share(value=1.0)
    keep: Literal["place", "time"] = "place"
    queue: str | None = None


class Assumption(Frozen):
    """A value of a scenario that nobody measured, by its path: ``handling.technical``."""

    path: str
    value: str


class Scenario(Frozen):
    """A scenario: all that a simulation knows beside the policy.

    Tables whose keys are places (``handling``, ``after_call``, ``patience``) are asked for
    ``"queue.channel"``, then for the queue, the channel, and ``default``. ``within`` is the time of the
    service level; contacts that come in the first ``warm_up`` are not counted. ``matter`` is the field that
    names what a contact is about.

    >>> scenario = Scenario.model_validate({
    ...     "begin": "2026-11-02", "arrivals": {"generate": 10, "per_half_hour": 40},
    ...     "staff": [{"name": "all", "queues": ["general"], "on_duty": 10}],
    ...     "handling": {"default": {"exponential": "5m", "measured": True}},
    ... })
    >>> scenario.handling["default"].mean
    300.0
    """

    format_version: Literal[1] = 1
    begin: date
    days: int = Field(default=1, ge=1, le=366)
    within: Seconds = 20.0
    warm_up: Seconds = 0.0
    matter: str = "contact.intent"
    arrivals: Arrivals
    staff: tuple[Staff, ...] = ()
    handling: dict[str, Spread] = Field(default_factory=lambda: {DEFAULT: Spread(exponential=300.0)})
    after_call: dict[str, Spread] = Field(default_factory=dict)
    patience: dict[str, Spread] = Field(default_factory=dict)
    self_service: SelfService = SelfService()
    comes_back: dict[Literal["machine", "person", "abandoned", "blocked"], ComesBack] = Field(
        default_factory=dict
    )
    callbacks: Callbacks = Callbacks()
    trunks: dict[str, int] = Field(default_factory=dict)
    most_attempts: int = Field(default=5, ge=1, le=20)

    def assumptions(self) -> Iterator[Assumption]:
        """Yields the values that nobody measured, each once; those that are left at nothing are none."""
        for path, figure in figures(self):
            if not figure.measured and (not isinstance(figure, Figure) or figure.value):
                told = f"{figure.value:g}" if isinstance(figure, Figure) else told_spread(figure)
                yield Assumption(path=path, value=told)
        for group in self.staff:
            if not group.measured:
                yield Assumption(path=f"staff.{group.name}.on_duty", value="")
        if not self.arrivals.measured and self.arrivals.per_half_hour is not None:
            yield Assumption(path="arrivals.per_half_hour", value="")

    def with_scaled(self, path: str, factor: float) -> "Scenario":
        """Returns the scenario with one of its assumptions so many times as large."""
        if path == "arrivals.per_half_hour":
            path = "arrivals.scale"
        for group in self.staff:
            if path == f"staff.{group.name}.on_duty":
                table = tuple(tuple(number * factor for number in day) for day in group.on_duty)
                others = tuple(
                    each.model_copy(update={"on_duty": table}) if each is group else each
                    for each in self.staff
                )
                return self.model_copy(update={"staff": others})
        return _replaced(self, path.split(".", 1)[0], path, factor)


def told_spread(spread: Spread) -> str:
    """Writes a distribution in short: ``exponential 300 s``."""
    kind = next(
        name
        for name in ("constant", "exponential", "lognormal", "empirical")
        if getattr(spread, name) is not None
    )
    return f"{kind} {spread.mean:g} s"


def figures(scenario: Scenario) -> Iterator[tuple[str, Figure | Spread]]:
    """Yields the figures and distributions of a scenario, by their paths."""
    yield (
        "arrivals.scale",
        scenario.arrivals.scale.model_copy(
            update={"measured": scenario.arrivals.scale.measured or scenario.arrivals.scale.value == 1}
        ),
    )
    for group in scenario.staff:
        yield f"staff.{group.name}.shrinkage", group.shrinkage
    for name in ("handling", "after_call", "patience"):
        for place, spread in getattr(scenario, name).items():
            yield f"{name}.{place}", spread
    for place, share in scenario.self_service.solves.items():
        yield f"self_service.solves.{place}", share
    for place, spread in scenario.self_service.takes.items():
        yield f"self_service.takes.{place}", spread
    for kind, back in scenario.comes_back.items():
        yield f"comes_back.{kind}.share", back.share
        yield f"comes_back.{kind}.after", back.after
    yield "callbacks.accepted", scenario.callbacks.accepted


def _replaced(scenario: Scenario, head: str, path: str, factor: float) -> Scenario:
    rest = path.split(".", 1)[1]
    match head:
        case "arrivals":
            arrivals = scenario.arrivals
            return scenario.model_copy(
                update={"arrivals": arrivals.model_copy(update={"scale": arrivals.scale.scaled(factor)})}
            )
        case "handling" | "after_call" | "patience":
            table = getattr(scenario, head)
            return scenario.model_copy(update={head: table | {rest: table[rest].scaled(factor)}})
        case "self_service":
            what, place = rest.split(".", 1)
            table = getattr(scenario.self_service, what)
            service = scenario.self_service.model_copy(
                update={what: table | {place: table[place].scaled(factor)}}
            )
            return scenario.model_copy(update={"self_service": service})
        case "comes_back":
            kind, what = rest.split(".", 1)
            back = scenario.comes_back[kind]  # type: ignore[index]  # a path of this scenario
            changed = back.model_copy(update={what: getattr(back, what).scaled(factor)})
            return scenario.model_copy(update={"comes_back": {**scenario.comes_back, kind: changed}})
        case "callbacks":
            callbacks = scenario.callbacks
            accepted = callbacks.accepted.scaled(factor)
            return scenario.model_copy(
                update={"callbacks": callbacks.model_copy(update={"accepted": accepted})}
            )
        case _:
            name = rest.rsplit(".", 1)[0]
            staff = tuple(
                each.model_copy(update={"shrinkage": each.shrinkage.scaled(factor)})
                if each.name == name
                else each
                for each in scenario.staff
            )
            return scenario.model_copy(update={"staff": staff})
