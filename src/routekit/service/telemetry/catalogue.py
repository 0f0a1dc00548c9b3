"""What each figure is: the one table of names, for exporters and for readers."""

from typing import TypeAlias

__all__ = ["CATALOGUE", "told_of"]

Row: TypeAlias = tuple[str, str, str]

CATALOGUE: dict[str, Row] = {
    # Prometheus                       OpenTelemetry                 unit, what it says
    "routekit_decisions_total": ("routekit.decisions", "{decision}", "decisions made"),
    "routekit_decision_seconds": (
        "routekit.decision.duration", "s", "time that a decision took, with all that was looked up for it"),
    "routekit_problems_total": ("routekit.problems", "{problem}", "what was wrong with contacts or missing"),
    "routekit_router_failures_total": (
        "routekit.router.failures", "{failure}", "contacts decided without all that a router adds"),
    "routekit_policy_reloads_total": ("routekit.policy.reloads", "{reload}", "policies read anew"),
    "routekit_policy_serial": ("routekit.policy.serial", "1", "the revision that decides, counted forward"),
    "routekit_shadow_total": ("routekit.shadow", "{decision}", "decisions that a shadow compared"),
    "routekit_live_age_seconds": ("routekit.live.age", "s", "age of the oldest live signal of a queue"),
    "routekit_store_away": ("routekit.store.away", "1", "1 while the history store is away"),
    "routekit_store_waiting": ("routekit.store.waiting", "{change}", "changes waiting for the history store"),
    "routekit_store_lost_total": ("routekit.store.lost", "{change}", "changes the history store never had"),
    "routekit_customers_total": ("routekit.customers", "{lookup}", "customers looked up"),
    "routekit_log_written_total": ("routekit.log.written", "{record}", "decisions written by a sink"),
    "routekit_log_dropped_total": ("routekit.log.dropped", "{record}", "decisions that a sink did not take"),
    "routekit_log_failed_total": ("routekit.log.failed", "{record}", "decisions that a sink refused"),
    "routekit_log_waiting": ("routekit.log.waiting", "{record}", "decisions waiting for a sink"),
}  # fmt: skip


def told_of(name: str) -> Row:
    """The OpenTelemetry name, unit and description of a figure; made of its name where none is written.

    >>> told_of("routekit_claims_total")
    ('routekit.claims', '1', 'claims')
    """
    known = CATALOGUE.get(name)
    if known is not None:
        return known
    bare = name.removesuffix("_total")
    return bare.replace("_", ".", 1), "1", bare.removeprefix("routekit_").replace("_", " ")
