"""What conditions and values rest on, worked out before any that asks or gives some: names, types, lets."""

from collections.abc import Mapping
from typing import TypeAlias

from routekit.checker.context import Context
from routekit.checker.definitions import check_definitions
from routekit.checker.history import check_history
from routekit.checker.kept_facts import check_events, check_facts
from routekit.checker.names import collect
from routekit.checker.outcome_data import check_data
from routekit.checker.timezones import timezone_of
from routekit.checker.types import check_fields, check_models
from routekit.checker.workspace import Workspace
from routekit.diagnostics import Reporter
from routekit.policy.model import HISTORY, Field

__all__ = ["Models", "groundwork"]

Models: TypeAlias = Mapping[str, tuple[Field, ...]]
"""The fields of records that a service already has, by the record's name."""


def groundwork(workspace: Workspace, models: Models | None = None) -> Context:
    """Returns the context of a policy with its fields, features, parts of the outcome and definitions.

    What is wrong with them is for the checker to say.
    """
    names = collect(workspace.files, Reporter(), workspace.facts)
    names.list_files = workspace.lists
    context = Context(names, Reporter())
    context.timezone = timezone_of(context)
    check_fields(context)
    check_models(context, models or {})
    check_data(context)
    check_history(context, (models or {}).get(HISTORY))
    check_facts(context)
    check_events(context)
    check_definitions(context)
    return context
