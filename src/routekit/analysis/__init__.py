"""What a policy does to every contact there can ever be: proved, refuted by a contact, or openly unknown."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Protocol

from routekit.contact_map.counts import Counts
from routekit.contact_map.draw import draw
from routekit.contact_map.results import DrawnMap
from routekit.diff import Difference, compare
from routekit.diff.samenesses import prove_samenesses
from routekit.intake import Intake
from routekit.policy.model import CheckedPolicy
from routekit.policy.references import Question
from routekit.prover import prove as prover
from routekit.prover.ask import answer
from routekit.prover.limits import TIMEOUT, YEARS, Years
from routekit.prover.prove import Progress
from routekit.prover.results import Finding, Promise, Proof, Reply
from routekit.prover.witness import Witness
from routekit.reference import decide
from routekit.schema.times import utc_now, zone

__all__ = [
    "Difference",
    "DrawnMap",
    "Finding",
    "Promise",
    "Proof",
    "Reply",
    "Witness",
    "ask",
    "contact_map",
    "diff",
    "promises",
    "prove",
]


class Policy(Protocol):
    """A policy as a caller holds it: ``routekit.Policy``."""

    @property
    def checked(self) -> CheckedPolicy: ...

    def question(self, text: str) -> Question: ...


def prove(
    policy: Policy,
    *,
    timeout: float = TIMEOUT,
    progress: Progress | None = None,
    years: Years = YEARS,
    overlaps: bool = False,
    redundant: bool = False,
) -> Proof:
    """Proves or refutes each guarantee, and finds what no contact can reach.

    The space is every contact there can be, those with problems too, with any live signals, at any time from
    the first to the last of ``years``; times outside are left out of account. Raises ``ValueError`` for years
    before 1900, behind 2199, or more than 100. ``timeout`` is in seconds; what is not settled by then is
    ``unknown``. ``overlaps`` asks for rules, rows and cases that hold together and give different things,
    ``redundant`` for what may go, guarantees too, without changing what any contact gets.

    >>> from routekit import Policy
    >>> policy = Policy.from_text('''
    ...     policy care
    ...     record contact { channel one of voice, web }
    ...     channel voice { assisted }
    ...     queue general { on voice }
    ...     queue spare { on voice }
    ...     route {
    ...       rule everybody when contact.channel is known then queue general
    ...       rule web_only when contact.channel is web then queue spare
    ...       otherwise queue general
    ...     }
    ...     guarantee people then channel is assisted
    ...     guarantee soon then priority < 5
    ... ''')
    >>> proof = prove(policy)
    >>> [(promise.name, promise.answer) for promise in proof.guarantees]
    [('people', 'proved'), ('soon', 'counterexample')]
    >>> proof.guarantees[1].witness.contact
    {'contact': {'channel': 'voice'}}
    >>> proof.findings[0].message
    'rule `web_only` can never decide: `everybody` takes all its contacts'
    >>> prove(policy, redundant=True).findings[1].message
    'rule `everybody` may go: `otherwise` gives its contacts the same'
    """
    proof = prover.prove(
        policy.checked,
        timeout=timeout,
        progress=progress,
        years=years,
        with_overlaps=overlaps,
        with_redundant=redundant,
    )
    if not policy.checked.samenesses:
        return proof
    same = prove_samenesses(policy.checked, timeout=timeout, years=years)
    return replace(proof, guarantees=(*proof.guarantees, *same))


def promises(policy: Policy, *, timeout: float = TIMEOUT, years: Years = YEARS) -> tuple[Promise, ...]:
    """Proves or refutes each guarantee, as :func:`prove` does, and looks for nothing else."""
    checked = policy.checked
    same = prove_samenesses(checked, timeout=timeout, years=years) if checked.samenesses else ()
    return (*prover.prove_guarantees(checked, timeout=timeout, years=years), *same)


def ask(policy: Policy, question: str | Question, *, timeout: float = TIMEOUT, years: Years = YEARS) -> Reply:
    """Whether a contact that meets a condition can come to an outcome, or who does.

    It is asked as ``can WHEN reach THEN``, or as ``who reaches THEN`` and ``who with WHEN reaches THEN``.

    It may come at any time of ``years``, as for :func:`prove`. Raises ``PolicyError`` where the question
    cannot be read.

    >>> from routekit import Policy
    >>> policy = Policy.from_text('''
    ...     policy care
    ...     record contact { channel one of voice, web }
    ...     channel voice { assisted }
    ...     channel web { self_service }
    ...     queue general { on voice }
    ...     queue portal { on web }
    ...     route {
    ...       rule online when contact.channel is web then queue portal
    ...       otherwise queue general
    ...     }
    ... ''')
    >>> ask(policy, "can contact.channel is voice reach queue is portal").answer
    'no'
    >>> ask(policy, "can a contact with contact.channel is web reach queue portal?").witness.contact
    {'contact': {'channel': 'web'}}
    >>> reply = ask(policy, "who reaches queue portal?")
    >>> [(group.condition, group.exact) for group in reply.who]
    [('contact.channel is web', True)]
    """
    asked = policy.question(question) if isinstance(question, str) else question
    return answer(policy.checked, asked, timeout=timeout, years=years)


def diff(
    old: Policy,
    new: Policy,
    *,
    timeout: float = TIMEOUT,
    progress: Progress | None = None,
    years: Years = YEARS,
) -> Difference:
    """Who is treated differently by a new version of a policy, grouped by what changes.

    Both decide the same contact, each as it reads it. Names of rules, their order where it makes no
    difference, titles, comments and layout are no change. The contacts come at any time of ``years``, as for
    :func:`prove`. The answer is ``same`` only where it is proved;
    what is not settled in ``timeout`` seconds stands in ``unknown``.

    >>> from routekit import Policy
    >>> text = '''
    ...     policy care
    ...     record contact { channel one of voice, web }
    ...     record customer { value integer 0..100 = 0 }
    ...     channel voice { assisted }
    ...     queue general { on voice }
    ...     queue dedicated { on voice }
    ...     route {
    ...       rule best when customer.value >= 80 then queue dedicated, priority 2
    ...       otherwise queue general
    ...     }
    ... '''
    >>> old, new = Policy.from_text(text), Policy.from_text(text.replace(">= 80", ">= 85"))
    >>> difference = diff(old, new)
    >>> difference.answer, difference.groups[0].who.condition, difference.groups[0].who.exact
    ('different', 'customer.value in 80..84', True)
    >>> difference.groups[0].witness.before.queue, difference.groups[0].witness.decision.queue
    ('dedicated', 'general')
    >>> diff(old, old).answer
    'same'
    """
    return compare(
        old.checked, new.checked, timeout=timeout, progress=progress or (lambda *_: None), years=years
    )


def contact_map(
    policy: Policy,
    *,
    on: date | None = None,
    fills: Mapping[str, str] | None = None,
    contacts: Iterable[object] = (),
    timeout: float = TIMEOUT,
    years: Years = YEARS,
    progress: Progress | None = None,
) -> DrawnMap:
    """Draws the contact map of a policy, and finds where service breaks.

    What becomes of contacts is asked of every contact without problems that there can be, as :func:`prove`
    does: each finding has the smallest one that shows it, decided by the reference evaluator, and what is not
    settled in ``timeout`` seconds is ``unknown``, by name. ``on`` is the day that counts as today for facts,
    by default today in the policy's timezone; ``fills`` are what callers put into wordings, at its longest.
    ``contacts`` are counted in the cells and on the ways.

    >>> from routekit import Policy
    >>> policy = Policy.from_text('''
    ...     policy care
    ...     record contact { channel one of voice, web  intent one of bill, fault ? }
    ...     channel voice { assisted }
    ...     channel web { self_service }
    ...     queue general { on voice }
    ...     queue portal { on web }
    ...     matter fault when contact.intent is fault { solved on voice }
    ...     route {
    ...       rule online when contact.channel is web then queue portal
    ...       otherwise queue general
    ...     }
    ... ''')
    >>> drawn = contact_map(policy)
    >>> [(found.kind, found.about, found.rule) for found in drawn.findings]
    [('blind', 'fault', 'online'), ('misplaced', 'fault', 'online')]
    >>> drawn.findings[0].witness.contact
    {'contact': {'channel': 'web', 'intent': 'fault'}}
    >>> drawn.cell("fault", "voice").becomes
    'solved'
    """
    checked = policy.checked
    now = utc_now()
    today = on or now.astimezone(zone(checked.timezone)).date()
    drawn = draw(
        checked, on=today, fills=fills, timeout=timeout, years=years, progress=progress or (lambda *_: None)
    )
    counts, intake = Counts(checked), Intake(checked)
    for contact in contacts:
        facts = intake.read(contact, now)
        counts.add(facts, decide(checked, facts))
    return counts.on(drawn) if counts.contacts else drawn
