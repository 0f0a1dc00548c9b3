"""The engine: a policy made ready, asked once per contact."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from routekit.batch import Batch, Decided, Progress
from routekit.engine.collector import resting_collector
from routekit.engine.errors import InvalidContact
from routekit.engine.live import LiveSignals, LiveView, with_stale
from routekit.engine.policy import Policy
from routekit.intake import Intake
from routekit.policy.care_decision import CareDecision
from routekit.policy.decision import Decision
from routekit.schema.times import instant, utc_now, zone
from routekit.translation import t

if TYPE_CHECKING:
    import pyarrow as pa

    from routekit.compiled import Clock, Decide
    from routekit.policy.doubt import Doubt
    from routekit.reasons import Explainer, Explanation

# The evaluators are imported by the first engine that is made: they cost more than all the rest, and a
# process that only reads policies never needs them.

__all__ = ["Engine", "Evaluator"]

Evaluator: TypeAlias = Literal["compiled", "reference"]
Table = TypeVar("Table")


def _nothing() -> None: ...


class Engine:
    """Decides by one policy; safe to share between threads.

    Only ``live`` ever changes: the board of signals, which stand in for those that a contact does not bring.

    >>> engine = Engine(Policy.from_text('''
    ...     policy care "Care"
    ...     record contact { channel one of voice, web }
    ...     channel voice { assisted cost 4.20 }
    ...     queue general { on voice }
    ...     route { otherwise queue general }
    ... '''))
    >>> engine.decide({"contact": {"channel": "voice"}}).queue
    'general'
    """

    policy: Policy
    live: LiveSignals

    def __init__(
        self, policy: Policy, *, evaluator: Evaluator = "compiled", live: LiveSignals | None = None
    ) -> None:
        """Makes a policy ready; ``evaluator`` is ``compiled``, or ``reference``: as slow as it is obvious.

        ``live`` is a board that other engines read too; without one the engine has its own.
        """
        self.policy = policy
        self.live = LiveSignals() if live is None else live
        self._explainer: Explainer | None = None
        self._doubt: Doubt | None = None
        self._intake = Intake(policy.checked)
        self._decide: Decide = self._by_reference
        on_first: Callable[[], None] = _nothing
        if evaluator == "compiled":
            from routekit.compiled import Compiled

            with resting_collector():
                compiled = Compiled(policy.checked)
            self._decide = compiled.decide
            decide = compiled.decide_now(self._decide_as_asked)
            decide.__doc__ = Engine.decide.__doc__
            # what runs as `engine.decide`: a call in between would cost as much as a small policy
            self.__dict__["decide"] = decide
            on_first = compiled.hand_over
        self._batch = Batch(policy.checked, self._decide)
        self._view = LiveView(policy.checked, self.live, on_first)

    def decide(self, contact: object, *, now: datetime | None = None, strict: bool = False) -> Decision:
        """Decides who gets what, for one contact: a plain dict with a key for each record.

        Every contact gets a decision; what was wrong with the input stands in its ``problems``, or, where
        ``strict`` is asked for, is raised as :class:`InvalidContact`. ``now`` is the clock for a contact
        without ``contact.at``; without an offset it is read in the policy's timezone. Raises ``ValueError``
        for a ``now`` at the very ends of time.

        A queue of which the contact brings no ``live`` signals has those of the board, ``engine.live``.
        """
        # of a compiled engine its generated function stands before this method, with the same parameters; it
        # leaves contacts with options, and all once the board has signals, to `_decide_as_asked` likewise
        return self._decide_as_asked(contact, now, strict)

    def decide_completed(self, contact: object, *, now: datetime | None = None) -> tuple[Decision, object]:
        """Returns the decision, and the contact as it was decided: with the live signals of the board in it.

        For a caller who records both; the board may have changed by the time that he looks at it.
        """
        completed, stale = self._view.complete(contact)
        clock = utc_now if now is None else self._clock(now)
        return with_stale(self._decide(completed, clock), stale), completed

    def _decide_as_asked(self, contact: object, now: datetime | None, strict: bool) -> Decision:
        decision, _ = self.decide_completed(contact, now=now)
        if strict and decision.problems:
            raise InvalidContact(decision.problems)
        return decision

    def decide_batch(
        self, table: Table, *, now: datetime | None = None, progress: Progress | None = None
    ) -> Table:
        """Decides who gets what, for each row of a table; the decisions come as a table of the same kind.

        ``table`` is a pyarrow ``Table``, ``RecordBatch`` or ``RecordBatchReader``, a Polars ``DataFrame`` or
        ``LazyFrame``, a pandas ``DataFrame`` or a DuckDB relation. A column is named after its field
        (``contact.channel``, ``customer.value``, ``live.general.waiting``, ``offers_shown``), or is a struct
        that has it as a member; other columns are ignored, a null is a missing value. The columns of the
        answer are the keys of :meth:`Decision.to_dict`. Readers and lazy frames are decided batch by batch,
        in memory that does not grow with their length. Live signals are those of the table: a table tells of
        a time when the board was another. ``progress`` is told now and then how many rows are
        decided. Raises ``TypeError`` for what is no table, ``ImportError`` where pyarrow or numpy is not
        installed (``pip install routekit[arrow]``).

        >>> import pyarrow as pa
        >>> engine = Engine(Policy.from_text('''
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
        ... '''))
        >>> decisions = engine.decide_batch(pa.table({"contact.channel": ["voice", "web", None]}))
        >>> decisions["queue"].to_pylist()
        ['general', 'portal', 'general']
        >>> decisions["problems"][2].as_py()
        [{'path': 'contact.channel', 'message': 'is required and missing'}]
        """
        return self._batch.decide(table, now=self._clock(now), progress=progress)

    def decide_each(self, batch: "pa.RecordBatch", *, now: datetime | None = None) -> Decided:
        """Decides a pyarrow record batch, for a caller who writes the decisions in his own form.

        Rows that are decided alike mostly share one decision, so that it need be written only once.
        """
        return self._batch.decided(batch, now=self._clock(now))

    def _by_reference(self, contact: object, clock: "Clock" = utc_now) -> Decision:
        from routekit.reference import decide

        moment = clock if isinstance(clock, datetime) else clock()
        return decide(self.policy.checked, self._intake.read(contact, moment))

    def segments(self, contact: object, *, now: datetime | None = None) -> tuple[str, ...]:
        """Returns the segments that a contact is in, in the order in which the policy works them out."""
        from routekit.reference import Scope

        completed, _ = self._view.complete(contact)
        scope = Scope(self.policy.checked, self._intake.read(completed, self._clock(now)))
        return tuple(name for name, is_in in scope.segments.items() if is_in)

    def care(self, records: object, *, now: datetime | None = None, why: bool = False) -> CareDecision:
        """Tells which reaches are due for one customer: calls, messages and surveys that the company makes.

        ``records`` is the customer as a contact has him, a plain dict with a key for each record, and
        ``reached``, what was made before: ``[{"name": "welcome_call", "at": "2026-11-01T10:00:00Z"}]``, by
        which caps count. ``now`` is the time that is asked, by default that of the machine; the customer's
        last contact has no say in it. The answer is a sequence of the reaches, as many as the caps leave;
        asked ``why``, it has all others with the reason. What was wrong with the input stands in its
        ``problems``, and never makes a reach that would not be made without it.

        >>> from datetime import datetime
        >>> engine = Engine(Policy.from_text('''
        ...     policy care "Care"
        ...     record contact { channel one of voice, sms }
        ...     record customer { bought time ?  consents set of text = {} }
        ...     channel voice { assisted }
        ...     channel sms { self_service }
        ...     queue general { on voice }
        ...     message how_is_it { sms "How is it going?" }
        ...     route { otherwise queue general }
        ...     care {
        ...       quiet 21:00-09:00
        ...       consent customer.consents
        ...       reach welcome after customer.bought by 7d for 3d on voice, sms then message how_is_it
        ...     }
        ... '''))
        >>> customer = {"customer": {"bought": "2026-11-20T22:00:00Z", "consents": ["sms"]}}
        >>> evening = datetime(2026, 11, 27, 22, 30)
        >>> [(due.name, due.channel, str(due.not_before)) for due in engine.care(customer, now=evening)]
        [('welcome', 'sms', '2026-11-28 09:00:00+00:00')]
        >>> engine.care(customer, now=datetime(2026, 11, 27), why=True).others[0].text
        'it is not due before 2026-11-27 22:00+00:00'
        """
        found = self._care(records, self._clock(now))
        return found if why else replace(found, others=())

    def _care(self, records: object, clock: datetime) -> CareDecision:
        from routekit.policy.doubt import Doubt
        from routekit.reference import care

        if self._doubt is None:
            self._doubt = Doubt(self.policy.checked)
        return care(self.policy.checked, self._intake.read(records, clock, arrives=False), self._doubt)

    def care_batch(
        self, table: Table, *, now: datetime | None = None, progress: Progress | None = None
    ) -> Table:
        """Tells which reaches are due for each customer of a table; they come as a table of the same kind.

        ``table`` is one that :meth:`decide_batch` takes, a customer a row, with ``reached`` as a column. The
        answer has a column ``reaches``, a list for each row, and ``problems``, told of customers of whom
        something may be due. ``now`` is the time that is asked. Raises what :meth:`decide_batch` raises.
        """
        clock = self._clock(now)
        return self._batch.care(table, self._care, now=clock, progress=progress)

    def explain(
        self,
        contact: object,
        *,
        now: datetime | None = None,
        rule: str | None = None,
        offer: str | None = None,
        show_private: bool = False,
    ) -> "Explanation":
        """Explains why a contact is decided as it is, and the smallest change of it that leads elsewhere.

        ``str()`` of the explanation is its text; ``to_dict()`` gives it as JSON takes it, and notebooks show
        it as HTML. ``rule`` and ``offer`` name one that is asked about: why not this one, and what would make
        it so? Raises ``ValueError`` for a name that the policy does not have. Every contact gets an
        explanation, as every contact gets a decision. Values of private fields, and of what is worked out of
        them, are told as ``(private)`` unless ``show_private`` asks for them.

        >>> engine = Engine(Policy.from_text('''
        ...     policy care "Care"
        ...     record contact { channel one of voice, web }
        ...     record customer { value integer 0..100 = 0 }
        ...     channel voice { assisted }
        ...     queue best { on voice }
        ...     queue general { on voice }
        ...     route {
        ...       rule our_best when customer.value >= 80 then queue best
        ...       otherwise queue general
        ...     }
        ... '''))
        >>> print(engine.explain({"contact": {"channel": "voice"}, "customer": {"value": 72}}))
        Sent to queue general on voice, priority 5, because no rule applies.
        <BLANKLINE>
        Not by an earlier rule
          our_best   customer.value is 72, not 80 or more
        <BLANKLINE>
        What would change it
          customer.value = 80 instead of 72   → queue best on voice, by rule our_best
        """
        from routekit.reasons import Explainer

        if self._explainer is None:
            self._explainer = Explainer(self.policy.checked, self._intake, self._decide)
        clock = self._clock(now)
        decision, completed = self.decide_completed(contact, now=clock)
        return self._explainer.explain(
            completed, clock, rule, offer, show_private=show_private, decision=decision
        )

    def _clock(self, now: datetime | None) -> datetime:
        if now is None:
            return utc_now()
        moment = instant(now, zone(self.policy.checked.timezone))
        if moment is None:
            raise ValueError(t("`now` is no usable time"))
        return moment
