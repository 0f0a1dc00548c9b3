"""A policy as a caller holds it: read from a file or a text, checked, ready to be asked."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from routekit.diagnostics import Diagnostic, Reporter, Source
from routekit.engine.collector import resting_collector
from routekit.engine.errors import PolicyError
from routekit.engine.log import INFO, WARNING, log
from routekit.policy.answers import Answer, Said, all_answers, day_of, say
from routekit.policy.contact_map import ContactMap
from routekit.policy.kept_facts import Event, KeptFact
from routekit.policy.model import CheckedPolicy
from routekit.policy.references import Question
from routekit.translation import t

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

    from routekit.checker.workspace import Folder
    from routekit.engine.files import Origin

# The checker and what reads files are imported by the first policy that is read: they cost more than all
# the rest, and a process that only holds policies made elsewhere never needs them.

__all__ = ["Policy"]


class Policy:
    """A checked policy; immutable, safe to share between threads and processes.

    Made by :meth:`from_path` or :meth:`from_text`, which raise :class:`PolicyError` with every finding
    where the policy has errors. ``warnings`` holds what is legal but surely not meant, ``allowed`` such
    warnings that the policy silences in place, with the reasons.
    """

    __slots__ = ("_origin", "allowed", "checked", "warnings")

    checked: CheckedPolicy
    warnings: tuple[Diagnostic, ...]
    allowed: tuple[Diagnostic, ...]
    _origin: "Origin | None"

    def __init__(
        self,
        checked: CheckedPolicy,
        warnings: tuple[Diagnostic, ...] = (),
        allowed: tuple[Diagnostic, ...] = (),
        origin: "Origin | None" = None,
    ) -> None:
        self.checked = checked
        self.warnings = warnings
        self.allowed = allowed
        self._origin = origin

    @classmethod
    def from_path(
        cls, path: "str | Path", *, records: "Mapping[str, type[BaseModel]] | None" = None
    ) -> "Policy":
        """Reads a policy from its first file; the files that it brings in lie in the same folder or below.

        Raises ``OSError`` where the first file cannot be read, ``PolicyError`` where the policy is wrong.
        ``records`` are pydantic models that a service already has, by the record's name: the policy's
        record is checked against the model, or taken from it where the policy declares none.
        """
        from pathlib import Path

        from routekit.checker.workspace import DiskFolder
        from routekit.engine.files import read_source

        path = Path(path)
        return cls._checked(read_source(path), path.name, DiskFolder.at(path.parent), records)

    @classmethod
    def from_text(
        cls,
        text: str,
        *,
        name: str = "<text>",
        folder: "str | Path | None" = None,
        records: "Mapping[str, type[BaseModel]] | None" = None,
    ) -> "Policy":
        """Reads a policy from a text; ``name`` is what diagnostics call it.

        ``folder`` is where ``use`` and ``list … from`` look; without one they are errors.

        >>> Policy.from_text("queue")
        Traceback (most recent call last):
        routekit.engine.errors.PolicyError: the policy has 1 error
        ...
        """
        from pathlib import Path

        from routekit.checker.workspace import DiskFolder, TextFolder

        root = TextFolder() if folder is None else DiskFolder.at(Path(folder))
        return cls._checked(Source(name, text.removeprefix("\ufeff")), name, root, records)

    @classmethod
    def from_files(
        cls,
        files: Mapping[str, bytes],
        first: str,
        *,
        prefix: str = "",
        records: "Mapping[str, type[BaseModel]] | None" = None,
    ) -> "Policy":
        """Reads a policy from files that are in memory, by their paths; nothing else is read.

        ``first`` is the path of the first one; diagnostics show a path behind ``prefix``. Raises
        ``KeyError`` where there is no such file.

        >>> Policy.from_files({"care.route": b"policy care"}, "care.route")
        Traceback (most recent call last):
        routekit.engine.errors.PolicyError: the policy has 2 errors
        ...
        """
        from routekit.checker.workspace import MemoryFolder
        from routekit.engine.files import source_of

        source = source_of(files[first], prefix + first)
        return cls._checked(source, first, MemoryFolder(files, prefix), records)

    @classmethod
    def _checked(
        cls,
        source: Source,
        path: str,
        folder: "Folder",
        records: "Mapping[str, type[BaseModel]] | None",
    ) -> "Policy":
        from routekit.checker import Workspace, check
        from routekit.engine.files import Origin

        models = None
        if records:
            from routekit.engine.models import fields_of

            models = {record: fields_of(model) for record, model in records.items()}
        with resting_collector():
            workspace = Workspace(folder, Reporter())
            workspace.load(source, path)
            checked = check(workspace, models)
        if checked.policy is None:
            log(
                WARNING,
                "policy refused",
                policy=source.name,
                findings=len(checked.diagnostics),
            )
            raise PolicyError(checked.diagnostics, checked.allowed)
        log(
            INFO,
            "policy read",
            policy=checked.policy.name,
            revision=checked.policy.revision,
            rules=len(checked.policy.rule_names),
            warnings=len(checked.diagnostics),
        )
        origin = Origin(source, path, folder, models)
        return cls(checked.policy, checked.diagnostics, checked.allowed, origin)

    @property
    def name(self) -> str:
        return self.checked.name

    @property
    def title(self) -> str:
        return self.checked.title

    @property
    def revision(self) -> str:
        """A fingerprint of all that was read, 12 hexadecimal digits."""
        return self.checked.revision

    @property
    def contact_map(self) -> ContactMap:
        """Where customers are met and what they come about: stages, touchpoints and matters.
        None of it changes a decision.
        """
        return self.checked.contact_map

    @property
    def facts(self) -> tuple[KeptFact, ...]:
        """What the company says, each fact with its values and their periods."""
        return self.checked.facts

    @property
    def events(self) -> tuple[Event, ...]:
        """The surges that the company has announced, each with its days."""
        return self.checked.events

    def contact_model(self) -> "type[BaseModel]":
        """Returns a pydantic model of the contacts that the policy expects, with its JSON Schema.

        It is as strict as a decision is: what it refuses would be named in a decision's ``problems``.
        """
        from routekit.engine.models import contact_model

        return contact_model(self.checked)

    def question(self, text: str) -> Question:
        """Reads a question, ``can WHEN reach THEN``, as ``routekit.analysis.ask`` takes it.

        ``WHEN`` is a condition as in a rule, ``THEN`` one as in a guarantee. Raises :class:`PolicyError`
        where it has errors, ``ValueError`` for a policy that was not read from a text.
        """
        from routekit.engine.questions import read_question

        if self._origin is None:
            raise ValueError(t("only a policy that was read from its text can be asked in words"))
        return read_question(self._origin, text)

    def wording(self, message: str, channel: str) -> str | None:
        """Writes a message for a channel, its ``{placeholders}`` left to the caller; None for nothing.

        Raises ``KeyError`` for a message that the policy does not have.
        """
        return self.checked.messages[message].wordings.get(channel)

    def say(
        self,
        message: str,
        *,
        channel: str,
        on: date | None = None,
        fills: Mapping[str, object] | None = None,
    ) -> Said | None:
        """Says a message on a channel with the facts of a day; None where it has no wording there.

        ``on`` is a day, or a time, of which the day by the policy's clock is meant; today where it is
        left out. A place that is called like a fact is filled with its value on that day, any other from
        ``fills``. What nothing fills stays as it is written, and ``missing`` names it. Another channel's
        wording is never taken. Raises ``KeyError`` for a message or channel that the policy does not have.

        >>> policy = Policy.from_path("examples/answers.route")
        >>> said = policy.say("late_bill", channel="sms", on=date(2027, 1, 4), fills={"pay_url": "kit.eu/p"})
        >>> said.text, said.parts, said.missing
        ('Pay within 14 days, else 4 EUR: kit.eu/p', 1, ())
        >>> policy.say("late_bill", channel="sms", on=date(2026, 12, 4)).missing
        ('pay_url',)
        """
        return say(self.checked, message, channel, day_of(self.checked, on), fills)

    def answers(
        self,
        *,
        channel: str | None = None,
        matter: str | None = None,
        on: date | None = None,
        fills: Mapping[str, object] | None = None,
    ) -> tuple[Answer, ...]:
        """Lists what is said about matters, each wording of each message about one, as :meth:`say` says it.

        Only on one channel, or about one matter, where that is given.

        >>> policy = Policy.from_path("examples/answers.route")
        >>> [answer.said.text for answer in policy.answers(channel="web", on=date(2026, 12, 4))]
        ['A bill that is paid after 14 days costs 3 EUR more.']
        """
        day = day_of(self.checked, on)
        return tuple(all_answers(self.checked, day, channel=channel, matter=matter, fills=fills))

    def __repr__(self) -> str:
        return f"<Policy {self.name} {self.revision}>"
