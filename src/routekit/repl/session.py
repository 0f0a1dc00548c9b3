"""What is being tried: a policy, the facts set so far, and the clock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from routekit.diagnostics import Diagnostic
from routekit.engine.examples import contact_of
from routekit.policy.decision import Decision
from routekit.policy.facts import Facts, Shown
from routekit.policy.model import CheckedPolicy, Example, Field, Given
from routekit.reasons.words import quoted
from routekit.reference import Scope
from routekit.repl.versions import Version, Versions
from routekit.schema.reading import Fault, reader
from routekit.schema.times import utc_now, zone
from routekit.translation import t
from routekit.trials.trial import given_in, path_given

__all__ = ["ARRIVAL", "RefusedError", "Reread", "Session", "fields_of", "stands_alone"]

ARRIVAL = ("contact", "at")
"""The field that is the time of the decision, where the contact brings it."""


class RefusedError(Exception):
    """What was asked cannot be done; the text says why, and in further lines what to do."""


@dataclass(slots=True)
class Session:
    """One policy and one contact that is being put together.

    ``clock`` is what `now` was set to, None for the time that it is; ``before`` is the decision that
    changes are told against; ``columns`` are fields by the headings of tables that stand for them.
    """

    versions: Versions
    clock: datetime | None = None
    facts: dict[tuple[str, str], Given] = field(default_factory=dict)
    shown: tuple[Shown, ...] = ()
    before: Decision | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, path: str | Path) -> "Session":
        """Opens a session about the policy of a file, which may have errors.

        Raises ``OSError`` where the file cannot be read.
        """
        return cls(Versions(Path(path)))

    @property
    def version(self) -> Version:
        """The policy that answers: the last good one. Raises :class:`RefusedError` where there was none."""
        if self.versions.good is None:
            raise RefusedError(
                t(
                    "there is no policy to answer with yet\nmend its errors in your editor: it is "
                    "read again at the next line"
                )
            )
        return self.versions.good

    # ── the contact ───────────────────────────────────────────────────────────

    def put(self, path: tuple[str, str], given: Given | None) -> None:
        """Gives a field or signal its value; None takes it away."""
        if given is None:
            self.facts.pop(path, None)
        else:
            self.facts[path] = given

    def state(self) -> object:
        """Returns all that is set, to see whether it is another."""
        return dict(self.facts), self.shown, self.clock

    def reset(self) -> None:
        """Forgets the contact; the clock stays."""
        self.facts.clear()
        self.shown = ()

    def example(self, title: str = "") -> Example:
        """Returns the facts as an example gives them, without what it expects."""
        return Example(title, tuple(self.facts.values()), (), shown=self.shown)

    def contact(self) -> dict[str, object]:
        """Returns the contact as a caller would send it."""
        return contact_of(self.example())

    def written(self, given: Given) -> str:
        """Returns a fact as the policy writes it: ``customer.tier gold``."""
        return given_in(Example("", (given,), ()), self.version.policy.checked)

    def value(self, given: Given) -> str:
        """Returns the value of a fact as the policy writes it: ``gold``."""
        return self.written(given).removeprefix(f"{path_given(given)} ")

    @property
    def brings_time(self) -> bool:
        """Whether the contact has a time of its own, which is that of the decision."""
        return ARRIVAL in self.facts and isinstance(self.facts[ARRIVAL].value, datetime)

    # ── what comes of it ──────────────────────────────────────────────────────

    def now(self) -> datetime:
        """Returns the clock for a contact that brings no time of its own."""
        return self.clock or utc_now()

    def decide(self, version: Version | None = None) -> Decision:
        """Returns the decision of the policy that answers, or of another version."""
        return (version or self.version).engine.decide(self.contact(), now=self.now())

    def read(self) -> Facts:
        """Returns the facts as an evaluator sees them, defaults and the time included."""
        return self.version.intake.read(self.contact(), self.now())

    def scope(self) -> Scope:
        """Returns all that is worked out of the facts."""
        return Scope(self.version.policy.checked, self.read())

    # ── a policy that is edited ───────────────────────────────────────────────

    def refresh(self, *, anyway: bool = False) -> "Reread | None":
        """Reads the policy again if it has changed, or anyway; None where there was nothing to read."""
        if not anyway and not self.versions.have_changed():
            return None
        self.versions.read()
        return Reread(self.versions.errors, tuple(self._drop_misfits()))

    def _drop_misfits(self) -> Iterator[str]:
        """Forgets the facts that the policy does not know any more; their names."""
        if self.versions.good is None:
            return
        policy = self.versions.good.policy.checked
        local = zone(policy.timezone)
        fields = fields_of(policy)
        for path, given in list(self.facts.items()):
            declared = fields.get(path)
            value = None if declared is None else reader(declared.type, local)(given.value)
            if value is None or isinstance(value, Fault):
                del self.facts[path]
                yield ".".join(path)
            else:
                self.facts[path] = Given(path, given.live, value)


@dataclass(frozen=True, slots=True)
class Reread:
    """What came of reading the policy again: its errors, and the facts that fit no more."""

    errors: tuple[Diagnostic, ...]
    dropped: tuple[str, ...]


def fields_of(policy: CheckedPolicy) -> dict[tuple[str, str], Field]:
    """Returns all fields, and the signals of all queues, by their paths."""
    fields = {(record.name, field.name): field for record in policy.records for field in record.fields}
    signals = {(queue, signal.name): signal for queue in policy.queues for signal in policy.live}
    return {**signals, **fields}


def stands_alone(name: str, rest: str) -> None:
    """Refuses what is typed behind a command that takes nothing."""
    if rest:
        raise RefusedError(
            t("`{name}` stands alone\n`{rest}` behind it has no meaning", name=name, rest=quoted(rest)[1:-1])
        )
