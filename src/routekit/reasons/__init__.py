"""Why a contact was decided as it was, in plain words, and what would change it."""

from routekit.reasons.explain import Explainer, UnknownNameError, check_names
from routekit.reasons.explanation import Explanation

__all__ = ["Explainer", "Explanation", "UnknownNameError", "check_names"]
