"""Who gets which service: a policy language, its checker, and a fast evaluator for contact centres."""

__all__ = ["Decision", "Engine", "InvalidContact", "PlanStep", "Policy", "PolicyError", "Problem"]
__version__ = "0.2.0.dev0"

TYPE_CHECKING = False  # as type checkers know it; `typing` is slow to import
if TYPE_CHECKING:
    from routekit.engine.engine import Engine
    from routekit.engine.errors import InvalidContact, PolicyError
    from routekit.engine.policy import Policy
    from routekit.policy.decision import Decision, PlanStep, Problem
else:
    # a command that needs no engine starts in half the time without it: a name is imported when it is used
    _HOMES = {
        "Decision": "routekit.policy.decision",
        "Engine": "routekit.engine.engine",
        "InvalidContact": "routekit.engine.errors",
        "PlanStep": "routekit.policy.decision",
        "Policy": "routekit.engine.policy",
        "PolicyError": "routekit.engine.errors",
        "Problem": "routekit.policy.decision",
    }

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOMES:
            raise AttributeError(f"module `routekit` has no attribute `{name}`")
        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
