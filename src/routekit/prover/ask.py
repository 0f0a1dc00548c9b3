"""Questions: can a contact that meets a condition come to an outcome, and who does?"""

from time import monotonic
from typing import Literal

from routekit.policy.decision import Decision
from routekit.policy.facts import Facts
from routekit.policy.model import CheckedPolicy
from routekit.policy.references import Question
from routekit.prover.encoding.space import Space, Unsettled, time_up
from routekit.prover.limits import TIMEOUT, YEARS, Deadline, TimeUpError, Years, checked_years
from routekit.prover.outcome.offers import speaks_of_offers
from routekit.prover.outcome.outcome import Outcomes
from routekit.prover.results import Group, Reply
from routekit.prover.supported import TAKES, unsupported
from routekit.prover.who import Who
from routekit.prover.witness import Witness, Witnesses
from routekit.reference import Scope
from routekit.translation import t

__all__ = ["answer"]

_Said = tuple[Literal["yes", "no", "unknown"], Witness | None, str, str]
"""The answer, a contact that shows it, why it is not known, and what it would take."""


def answer(
    policy: CheckedPolicy, question: Question, *, timeout: float = TIMEOUT, years: Years = YEARS
) -> Reply:
    """A contact that shows it can, the proof that none can, or why neither was found."""
    start = monotonic()
    years = checked_years(years)
    who: tuple[Group, ...] = ()
    try:
        said, who = _answer(policy, question, Deadline(timeout), years)
    except TimeUpError:
        said = "unknown", None, time_up().reason, time_up().takes
    return Reply(question.text, *said, monotonic() - start, years, who)


def _answer(
    policy: CheckedPolicy, question: Question, deadline: Deadline, years: Years
) -> tuple[_Said, tuple[Group, ...]]:
    """The answer; and who they are, where that is asked."""
    untold = unsupported(policy)
    if untold is not None:
        return ("unknown", None, untold, t(TAKES)), ()
    space = Space(policy, deadline, years=years)
    outcomes = Outcomes(space)
    outcomes.register()
    outcomes.register_ranking()
    space.register(question.condition)
    outcomes.register_promise(question.outcome)
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
            if not question.asks_who:
                return ("yes", found, "", ""), ()
            who = Who(space, outcomes).of(space.gates.all(wanted), question.condition)
            return ("yes", found, _as_far_as(question, outcomes, about), ""), who
        case Unsettled(reason, takes):
            return ("unknown", None, reason, takes), ()
        case _:
            if question.condition is not None and space.possible([about]) is False:
                return ("no", None, t("no contact meets the condition"), ""), ()
            return ("no", None, _as_far_as(question, outcomes, about), ""), ()


def _as_far_as(question: Question, outcomes: Outcomes, about: int) -> str:
    """What is to be told of an answer that is not so of values that cannot be read."""
    if not speaks_of_offers(question.outcome):
        return ""
    plain, in_doubt = (each.promise(question.outcome)[0] for each in (outcomes, outcomes.in_doubt))
    return outcomes.as_far_as([about, outcomes.gates.xor(plain, in_doubt)])
