"""Counts, a spread of latencies, and values read on demand: plain numbers in memory."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from threading import Lock
from typing import Literal, TypeAlias

from routekit.engine.forks import anew_after_fork

__all__ = [
    "CATALOGUE",
    "DECISIONS",
    "Family",
    "Histogram",
    "Kind",
    "LATENCY",
    "LATENCY_BOUNDS",
    "Labels",
    "Meters",
    "OTHER",
    "Sample",
    "told_of",
]

Row: TypeAlias = tuple[str, str, str]

CATALOGUE: dict[str, Row] = {
    # Prometheus                       OpenTelemetry                 unit, what it says
    "routekit_decisions_total": ("routekit.decisions", "{decision}", "decisions made"),
    "routekit_decision_seconds": (
        "routekit.decision.duration", "s", "time that a decision took, with all that was looked up for it"),
    "routekit_reaches_total": ("routekit.reaches", "{reach}", "calls and messages handed out to be made"),
    "routekit_problems_total": ("routekit.problems", "{problem}", "what was wrong with contacts or missing"),
    "routekit_unknown_fields_total": (
        "routekit.unknown_fields", "{field}", "fields of contacts that the policy does not have"),
    "routekit_router_failures_total": (
        "routekit.router.failures", "{failure}", "contacts decided without all that a router adds"),
    "routekit_policy_reloads_total": ("routekit.policy.reloads", "{reload}", "policies read anew"),
    "routekit_policy_serial": ("routekit.policy.serial", "1", "the revision that decides, counted forward"),
    "routekit_shadow_total": ("routekit.shadow", "{decision}", "decisions that a shadow compared"),
    "routekit_live_age_seconds": ("routekit.live.age", "s", "age of the oldest live signal of a queue"),
    "routekit_store_away": ("routekit.store.away", "1", "1 while the history store is away"),
    "routekit_store_waiting": ("routekit.store.waiting", "{change}", "changes waiting for the history store"),
    "routekit_store_waiting_seconds": (
        "routekit.store.waiting.age", "s", "how long the oldest change has waited for the history store"),
    "routekit_store_troubles": ("routekit.store.troubles", "1", "what is wrong with a store that answers"),
    "routekit_store_lost_total": ("routekit.store.lost", "{change}", "changes the history store never had"),
    "routekit_customers_total": ("routekit.customers", "{lookup}", "customers looked up"),
    "routekit_log_written_total": ("routekit.log.written", "{record}", "decisions written by a sink"),
    "routekit_log_dropped_total": ("routekit.log.dropped", "{record}", "decisions that a sink did not take"),
    "routekit_log_failed_total": ("routekit.log.failed", "{record}", "decisions that a sink refused"),
    "routekit_log_waiting": ("routekit.log.waiting", "{record}", "decisions waiting for a sink"),
}  # fmt: skip


def told_of(name: str) -> Row:
    """Gives the OpenTelemetry name, unit and description of a figure; made of its name where none is written.

    >>> told_of("routekit_claims_total")
    ('routekit.claims', '1', 'claims')
    """
    known = CATALOGUE.get(name)
    if known is not None:
        return known
    bare = name.removesuffix("_total")
    return bare.replace("_", ".", 1), "1", bare.removeprefix("routekit_").replace("_", " ")


Kind: TypeAlias = Literal["counter", "gauge", "histogram"]
Labels: TypeAlias = tuple[tuple[str, str], ...]

DECISIONS, LATENCY = "routekit_decisions_total", "routekit_decision_seconds"
LATENCY_BOUNDS = (
    0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
    0.5, 1.0, 2.5,
)  # fmt: skip
"""Upper ends of the buckets, in seconds: from a bare decision to a look-up that was given up."""
OTHER = "other"
"""What a label says where there are too many series already."""

_ROUTE = ("rule", "queue", "channel")


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many values are at most as large as each bound, all of them, and their sum."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    count: int
    sum: float


@dataclass(frozen=True, slots=True)
class Sample:
    """A value, with what tells it from others of the same name."""

    labels: Labels
    value: float | Histogram


@dataclass(frozen=True, slots=True)
class Family:
    """All that is measured under one name."""

    name: str
    kind: Kind
    samples: tuple[Sample, ...]


class Meters:
    """Written by the parts of a service from any thread, in less than a microsecond; read by exporters.

    Labels are names of the policy and words of this library, never what a customer sent. Their number is
    bounded all the same: beyond ``most_series`` under a name, further ones are counted as ``other``.

    >>> meters = Meters()
    >>> meters.decided("our_best", "dedicated", "voice", 0.00004)
    >>> meters.count("routekit_policy_reloads_total", result="accepted")
    >>> meters.gauge("routekit_live_age_seconds", lambda: 2.5, queue="general")
    >>> [family.name for family in meters.read()]
    ['routekit_decision_seconds', 'routekit_decisions_total', 'routekit_live_age_seconds', \
'routekit_policy_reloads_total']
    """

    def __init__(self, *, bounds: Sequence[float] = LATENCY_BOUNDS, most_series: int = 10_000) -> None:
        self._bounds = tuple(sorted(bounds))
        self._most = most_series
        self._readings: dict[str, dict[Labels, Callable[[], float]]] = {}
        self._watchers: list[Callable[[str], None]] = []
        self.begin_anew()
        anew_after_fork(self)

    def begin_anew(self) -> None:
        """Counts from nought, as a forked process must: its parent reports what was counted before."""
        self._lock = Lock()
        self._decisions: dict[tuple[str, str, str], int] = {}
        self._spread = [0] * (len(self._bounds) + 1)
        self._seconds = 0.0
        self._counts: dict[str, dict[Labels, float]] = {}

    def decided(self, rule: str, queue: str, channel: str, latency: float) -> None:
        """Counts a decision; ``latency`` is in seconds."""
        key = (rule, queue, channel)
        place = bisect_left(self._bounds, latency)
        decisions = self._decisions
        with self._lock:
            if key not in decisions and len(decisions) >= self._most:
                key = (OTHER, OTHER, OTHER)
            decisions[key] = decisions.get(key, 0) + 1
            self._spread[place] += 1
            self._seconds += latency

    def count(self, name: str, by: float = 1, /, **labels: str) -> None:
        """Adds to a counter, whose name ends in ``_total``."""
        key = tuple(sorted(labels.items())) if len(labels) > 1 else tuple(labels.items())
        with self._lock:
            series = self._counts.get(name)
            is_new = series is None
            if series is None:
                series = self._counts[name] = {}
            if key not in series and len(series) >= self._most:
                key = tuple((label, OTHER) for label, _ in key)
            series[key] = series.get(key, 0) + by
        if is_new:
            self._tell(name)

    def gauge(self, name: str, read: Callable[[], float], /, **labels: str) -> None:
        """Returns a value that is read when it is asked for; a counter where the name ends in ``_total``.

        ``read`` must not wait. A reading that fails or is no finite number is left out. The same name and
        labels again replace what was there.
        """
        with self._lock:
            is_new = name not in self._readings
            self._readings.setdefault(name, {})[tuple(sorted(labels.items()))] = read
        if is_new:
            self._tell(name)

    def watch(self, told: Callable[[str], None]) -> None:
        """Tells of each name that is there, and of each that comes up later, for exporters that must know."""
        self._watchers.append(told)
        for name in (LATENCY, DECISIONS, *self._counts, *self._readings):
            told(name)

    def _tell(self, name: str) -> None:
        for told in self._watchers:
            told(name)

    def read(self) -> tuple[Family, ...]:
        """Returns all that is measured now, by name."""
        with self._lock:
            decisions = dict(self._decisions)
            spread, seconds = list(self._spread), self._seconds
            counts = {name: dict(series) for name, series in self._counts.items()}
            readings = {name: dict(series) for name, series in self._readings.items()}
        families = [
            Family(LATENCY, "histogram", (Sample((), _histogram(self._bounds, spread, seconds)),)),
            Family(DECISIONS, "counter", _samples({_route(key): n for key, n in decisions.items()})),
        ]
        for name in counts.keys() | readings.keys():
            values = counts.get(name, {}) | _values(readings.get(name, {}))
            kind: Kind = "counter" if name.endswith("_total") else "gauge"
            families.append(Family(name, kind, _samples(values)))
        return tuple(sorted(families, key=lambda family: family.name))


def _route(key: tuple[str, str, str]) -> Labels:
    return tuple(zip(_ROUTE, key, strict=True))


def _samples(values: Mapping[Labels, float]) -> tuple[Sample, ...]:
    return tuple(Sample(labels, values[labels]) for labels in sorted(values))


def _values(readings: Mapping[Labels, Callable[[], float]]) -> dict[Labels, float]:
    values: dict[Labels, float] = {}
    for labels, read in readings.items():
        try:
            value = float(read())
        except Exception:  # noqa: S112 - what is read belongs to others, and the rest is still to be told
            continue
        if isfinite(value):
            values[labels] = value
    return values


def _histogram(bounds: tuple[float, ...], spread: Sequence[int], seconds: float) -> Histogram:
    counts, so_far = [], 0
    for count in spread:
        so_far += count
        counts.append(so_far)
    return Histogram(bounds, tuple(counts[:-1]), so_far, seconds)
