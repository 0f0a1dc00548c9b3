"""Whether a scenario can be under a policy: known names, skills that somebody has, lines that end."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta

from routekit.diagnostics.diagnostic import closest
from routekit.policy.model import CheckedPolicy
from routekit.policy.outcome_parts import PART
from routekit.policy.outcomes import all_outcomes, names_given, names_in
from routekit.policy.references import declared
from routekit.schema.types import Choice
from routekit.simulation.errors import Finding, Path, ScenarioError
from routekit.simulation.scenario import DEFAULT, Scenario
from routekit.simulation.study import Study
from routekit.simulation.week import HALF_HOUR
from routekit.simulation.world import Demand, World, at_place
from routekit.translation import t

__all__ = ["findings", "make_sure"]


def make_sure(study: Study) -> None:
    """Raises :class:`ScenarioError` for a scenario that cannot be under one of the policies of a study."""
    found = findings(study)
    if found:
        raise ScenarioError(found)


_MOST_CONTACTS = 20_000_000
_MOST_PEOPLE = 100_000
"""Of a run, and of a group: more is a slip of the pen, and would fill the memory."""


def findings(study: Study) -> list[Finding]:
    """Lists why a scenario cannot be, each reason once."""
    found: dict[Finding, None] = {}
    for policy in study.policies:
        found |= dict.fromkeys(_of_names(policy, study.scenario))
        if not found:
            found |= dict.fromkeys(_of_people(policy, study.scenario))
    if found:
        return [*found]
    try:
        if sum(study.arrivals().expected) > _MOST_CONTACTS:
            return [Finding(("arrivals",), t("more than {most:,} contacts come", most=_MOST_CONTACTS))]
        for arm in range(len(study.policies)):
            found |= dict.fromkeys(_of_load(study, study.world(arm)))
    except ValueError as error:  # nobody comes, or nobody knows when
        found[Finding(("arrivals",), str(error))] = None
    return [*found]


# ── names ──────────────────────────────────────────────────────────────────────


def _of_names(policy: CheckedPolicy, scenario: Scenario) -> Iterator[Finding]:
    queues, channels = {*policy.queues}, {*policy.channels}
    inbound = _values(policy, "contact.channel") or channels
    names: set[str] = set()
    for number, staff in enumerate(scenario.staff):
        path: Path = ("staff", number)
        if staff.name in names:
            yield Finding((*path, "name"), t("the name `{name}` stands twice", name=staff.name))
        names.add(staff.name)
        yield from _unknown((*path, "queues"), staff.queues, queues, t("queue"))
        yield from _unknown((*path, "channels"), staff.channels, channels, t("channel"))
        yield from _unknown((*path, "at_once"), staff.at_once, channels, t("channel"))
    places = {DEFAULT} | queues | channels
    places |= {f"{name}.{channel}" for name, queue in policy.queues.items() for channel in queue.channels}
    for name in ("handling", "after_call", "patience"):
        yield from _unknown((name,), getattr(scenario, name), places, t("queue or channel"), as_keys=True)
    field = tuple(scenario.matter.split(".", 1))
    if scenario.matter != "contact.intent" and not _has_field(policy, scenario.matter):
        known = [".".join((record.name, each.name)) for record in policy.records for each in record.fields]
        yield _misspelt(("matter",), scenario.matter, known, t("field"))
    matters = _values(policy, ".".join(field))
    machines = {name for name, channel in policy.channels.items() if not channel.assisted}
    solved = {DEFAULT} | machines | matters | {f"{one}.{other}" for one in machines for other in matters}
    service: Path = ("self_service",)
    yield from _unknown(
        (*service, "solves"), scenario.self_service.solves, solved, t("matter or machine"), as_keys=True
    )
    yield from _unknown(
        (*service, "takes"), scenario.self_service.takes, {DEFAULT} | machines, t("machine"), as_keys=True
    )
    for kind, back in scenario.comes_back.items():
        yield from _unknown(("comes_back", kind, "by"), back.by, inbound, t("channel"), as_keys=True)
    yield from _unknown(("trunks",), scenario.trunks, inbound, t("channel"), as_keys=True)
    if scenario.callbacks.queue is not None:
        yield from _unknown(("callbacks", "queue"), [scenario.callbacks.queue], queues, t("queue"))


def _unknown(
    path: Path, given: Iterable[str], known: Iterable[str], kind: str, *, as_keys: bool = False
) -> Iterator[Finding]:
    there = {*known}
    for name in given:
        if name not in there:
            yield _misspelt((*path, name) if as_keys else path, name, sorted(there), kind)


def _misspelt(path: Path, name: str, known: Iterable[str], kind: str) -> Finding:
    best = closest(name, known)
    return Finding(
        path,
        t("the policy has no {kind} `{name}`", kind=kind, name=name),
        "" if best is None else t("did you mean `{best}`?", best=best),
    )


def _values(policy: CheckedPolicy, path: str) -> set[str]:
    record, _, name = path.partition(".")
    for ref, field in declared(policy).items():
        if getattr(ref, "record", None) == record and field.name == name and isinstance(field.type, Choice):
            return {*field.type.names}
    return set()


def _has_field(policy: CheckedPolicy, path: str) -> bool:
    return any(f"{record.name}.{field.name}" == path for record in policy.records for field in record.fields)


# ── people ─────────────────────────────────────────────────────────────────────


def _of_people(policy: CheckedPolicy, scenario: Scenario) -> Iterator[Finding]:
    reached = [
        name
        for name in policy.queues
        if name in names_given(all_outcomes(policy), "queue") and _is_of_people(policy, name)
    ]
    if not scenario.staff and reached:
        yield Finding(
            ("staff",), t("nobody is on duty"), t("say who is, by `[[staff]]` with `queues` and `on_duty`")
        )
        return
    for number, staff in enumerate(scenario.staff):
        if max(map(max, staff.on_duty)) > _MOST_PEOPLE:
            yield Finding(("staff", number, "on_duty"), t("has more than {most:,} people", most=_MOST_PEOPLE))
        if not any(map(any, staff.on_duty)):
            yield Finding(
                ("staff", number, "on_duty"), t("nobody of `{name}` is ever on duty", name=staff.name)
            )
    manned = {name for staff in scenario.staff for name in staff.queues}
    for name in reached:
        if name not in manned:
            yield Finding(
                ("staff",),
                t("nobody serves the queue `{name}`, to which the policy leads", name=name),
                t("name it under `queues` of those who do"),
            )
    have = {
        skill
        for staff in scenario.staff
        for skills in (staff.skills, *(policy.queues[name].skills for name in staff.queues))
        for skill in skills
    }
    for skill in names_in(policy, PART["skills"]):
        if skill not in have:
            best = closest(str(skill), sorted(have))
            yield Finding(
                ("staff",),
                t("nobody has the skill `{skill}`, which the policy asks for", skill=skill),
                t("name it under `skills` of those who have it")
                if best is None
                else t("did you mean `{best}`?", best=best),
            )


def _is_of_people(policy: CheckedPolicy, queue: str) -> bool:
    return any(policy.channels[name].assisted for name in policy.queues[queue].channels)


# ── load ───────────────────────────────────────────────────────────────────────


def _of_load(study: Study, world: World) -> Iterator[Finding]:
    """Names contacts whom nobody can serve, and queues with too much work where nobody gives up."""
    scenario = study.scenario
    expected = sum(study.arrivals().expected)
    templates = world.pool.templates
    shares: Counter[tuple[str, str]] = Counter()
    lonely: set[Demand] = set()
    for place, template in enumerate(templates):
        at = (
            0.0
            if template.at is None
            else (template.at - world.begin) % timedelta(days=7) / timedelta(seconds=1)
        )
        zeros = [0.0] * len(world.decider.signals)
        _, decision = world.decider.decided(place, min(at, world.seconds - 1), zeros, None, ())
        if world.policy.channels[decision.channel].assisted:
            shares[decision.queue, decision.channel] += 1
            number = world.queues.index(decision.queue)
            demand = world.demands[world.demand(number, decision.channel, decision.skills)]
            if not demand.groups and demand not in lonely:
                lonely.add(demand)
                skills = ", ".join(sorted(decision.skills)) or "–"
                yield Finding(
                    ("staff",),
                    t(
                        "nobody serves the queue `{queue}` on {channel} with the skills {skills} together",
                        queue=decision.queue,
                        channel=decision.channel,
                        skills=skills,
                    ),
                    t("rule `{rule}` leads there", rule=decision.rule),
                )
    loads: Counter[frozenset[int]] = Counter()
    names: dict[frozenset[int], str] = {}
    for (queue, channel), count in sorted(shares.items()):
        place = world.queues.index(queue)
        if at_place(scenario.patience, queue, channel) is not None:
            continue
        handling = at_place(scenario.handling, queue, channel)
        groups = frozenset(
            group.number for group in world.groups if place in group.queues and channel in group.channels
        )
        mean = handling.mean if handling is not None else 0.0
        loads[groups] += round(expected * count / len(templates) * mean)
        names[groups] = queue
    for groups, work in loads.items():
        hours = sum(
            sum(group.roster[: scenario.days * 48]) * max([1, *group.at_once.values()])
            for group in world.groups
            if group.number in groups
        )
        capacity = hours * HALF_HOUR
        if work >= capacity:
            yield Finding(
                ("patience",),
                t(
                    "the queue `{queue}` is overloaded, {work:,.0f} hours of work for {capacity:,.0f}, and "
                    "nobody gives up",
                    queue=names[groups],
                    work=work / 3600,
                    capacity=capacity / 3600,
                ),
                t("say how patient its customers are, by `patience`, or have more people on duty"),
            )
