"""Questions: can a contact that meets a condition come to an outcome?"""

from time import monotonic

from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy
from routekit.policy.references import Question
from routekit.prover.deadline import TIMEOUT, deadline
from routekit.prover.encoding.space import Space, Unsettled
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.results import Reply
from routekit.prover.supported import TAKES, unsupported
from routekit.prover.witness import Witness, Witnesses
from routekit.reference import Scope

__all__ = ["answer"]


def answer(policy: CheckedPolicy, question: Question, *, timeout: float = TIMEOUT) -> Reply:
    """A contact that shows it can, the proof that none can, or why neither was found."""
    start = monotonic()
    untold = unsupported(policy)
    if untold is not None:
        return Reply(question.text, "unknown", None, untold, TAKES, monotonic() - start)
    space = Space(policy, deadline(timeout))
    outcomes = Outcomes(space)
    outcomes.meet()
    outcomes.meet_ranking()
    space.meet(question.condition)
    outcomes.meet_promise(question.outcome)
    space.close()
    outcomes.build()

    def shows(facts: Facts, decision: Decision) -> bool:
        scope = Scope(policy, facts, decision)
        return scope.is_true(question.condition) and scope.is_true(question.outcome)

    about = space.true(question.condition)
    wanted = [about, outcomes.promise(question.outcome)[0]]
    found = Witnesses(space, outcomes).find(wanted, shows)
    match found:
        case Witness():
            return Reply(question.text, "yes", found, seconds=monotonic() - start)
        case Unsettled(reason, takes):
            return Reply(question.text, "unknown", None, reason, takes, monotonic() - start)
        case _:
            nobody = question.condition is not None and space.possible([about]) is False
            reason = "no contact meets the condition" if nobody else ""
            return Reply(question.text, "no", None, reason, "", monotonic() - start)
