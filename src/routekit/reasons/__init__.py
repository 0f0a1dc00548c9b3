"""Why a contact was decided as it was, in plain words, and what would change it.

``trace`` finds the facts behind a condition with the reference's own evaluator: few, and enough, so that
whatever else changes, the answer stays. ``narration`` puts them together by rule and offer, ``phrases`` and
``words`` say them.

``search`` looks for the smallest change: whatever keeps a goal (``goals``) from being met rests on few
facts, one of which must change; so it tries the candidate values of those fields alone, and goes on behind
what is met next, one field deeper at a time. The search is bounded by the number of counterfactuals that it
looks at, and each change is replayed on the engine before it is told. What a private field holds is masked
where it becomes words, never before, so that the search knows all.
"""

from routekit.reasons.explain import Explainer, UnknownNameError, check_names
from routekit.reasons.explanation import Explanation

__all__ = ["Explainer", "Explanation", "UnknownNameError", "check_names"]
