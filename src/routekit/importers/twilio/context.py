"""What all parts of one import share: the fields, queues, signals and skills that the policy declares."""

from dataclasses import dataclass, field
from decimal import Decimal

from routekit.importers.names import WHOLE, Names, slug, visible
from routekit.importers.twilio.attributes import Attributes, Kind
from routekit.importers.twilio.clock import Clock
from routekit.importers.twilio.conditions import Condition, Test, any_of
from routekit.importers.twilio.expression_parser import Bare, Compare, Expression, Key, Value
from routekit.importers.twilio.meaning import Meaning, Unsayable
from routekit.importers.twilio.parsed import UNREADABLE
from routekit.importers.twilio.report import Place, Report
from routekit.importers.twilio.targets import SKILLS, Priorities, Queues
from routekit.importers.twilio.workflow import Target

__all__ = ["Context"]

_SIGNALS = {
    "available": "workers of the queue in an available activity",
    "unavailable": "workers of the queue in an unavailable activity",
}


@dataclass(slots=True)
class Context:
    """One import under way."""

    report: Report
    attributes: Attributes
    queues: Queues
    priorities: Priorities
    skills_from: frozenset[str] = SKILLS
    clock: Clock = field(default_factory=Clock)
    signals: dict[str, str] = field(default_factory=dict)
    flags: dict[str, str] = field(default_factory=dict)
    _skills: dict[str, str] = field(default_factory=dict)
    _skill_names: Names = field(default_factory=Names)
    _signal_names: Names = field(default_factory=Names)
    _signals_by_key: dict[str, str] = field(default_factory=dict)
    _flag_names: Names = field(default_factory=Names)
    _flags_by_text: dict[tuple[str, str], str] = field(default_factory=dict)

    def kinds(self, path: tuple[str, ...]) -> tuple[Kind, ...]:
        return self.attributes.kinds(path)

    def place(self, path: tuple[str, ...], kind: Kind) -> str:
        return self.attributes.field(path, kind).path

    def shared(self, left: tuple[str, ...], right: tuple[str, ...]) -> Kind:
        return self.attributes.shared(left, right)

    def skill(self, text: str) -> str:
        """Returns the name of a skill, the same for the same text."""
        if text not in self._skills:
            self._skills[text] = self._skill_names.unique(slug(text, "skill"))
        return self._skills[text]

    def renamed_skills(self) -> list[tuple[str, str]]:
        """Returns the skills whose name is not their text."""
        return [(name, text) for text, name in self._skills.items() if name != text]

    def signal(self, queue: str, name: str) -> str:
        """Returns a signal of a queue, by what TaskRouter calls it behind ``workers.``."""
        note = _SIGNALS.get(name, f"workers of the queue in the activity {visible(name)}")
        return f"{queue}.{self._signal(name, slug(name, 'activity'), note)}"

    def free(self, queue: str, workers: str) -> str:
        """Returns the signal of who could take a task at once, of the workers that fulfil an expression."""
        note = "workers of the queue who could take a task at once"
        if workers:
            note += f", of {visible(workers, WHOLE)}"
        return f"{queue}.{self._signal(f'free {workers}', 'free', note)}"

    def _signal(self, key: str, wish: str, note: str) -> str:
        if key not in self._signals_by_key:
            name = self._signals_by_key[key] = self._signal_names.unique(wish)
            self.signals[name] = note
        return self._signals_by_key[key]

    def meaning(self, place: Place, text: str) -> Meaning:
        """Returns what expressions of a filter mean; ``text`` is where their places are counted."""
        return Meaning(self, self.clock, lambda leaf, wanted: self._unsayable(leaf, wanted, place, text))

    def stays(self, skip: Expression, queue: str, target: Target, place: Place) -> Condition:
        """Tells when a task waits at a target with a ``skip_if``: it does not hold, or somebody is free."""
        text = target.skip_if
        scope = _SkipScope(self, queue)
        meaning = Meaning(scope, self.clock, lambda leaf, wanted: self._unsayable(leaf, wanted, place, text))
        stays = meaning.of(skip, False)
        if _asks_for_nobody(skip):
            return stays
        free = self.free(queue, "" if "".join(target.expression.split()) == "1==1" else target.expression)
        return any_of(Test(f"{free} is missing"), Test(f"{free} is not 0"), stays)

    def _unsayable(self, leaf: Compare | Bare, wanted: bool, place: Place, text: str) -> Condition:
        """A flag that the service sets, in the place of what the language cannot say."""
        words = text[leaf.start : leaf.end]
        key = (place.words, words)
        if key not in self._flags_by_text:
            wish = slug(place.title or f"filter {place.filter}", "condition")
            name = self._flags_by_text[key] = self._flag_names.unique(wish)
            self.flags[name] = f"{place.words}: {words}"
            term = leaf.term if isinstance(leaf, Bare) else None
            if term == UNREADABLE:
                return self._flag(name, wanted)
            self.report.warn(
                "placeholder" if isinstance(term, Value) and term.is_placeholder else "untranslated",
                place,
                f"the policy cannot say this; the service answers it as `untranslated.{name}`",
                "let the service work it out and send yes or no, or write the condition anew",
                text,
                (leaf.start, leaf.end),
            )
        return self._flag(self._flags_by_text[key], wanted)

    def _flag(self, name: str, wanted: bool) -> Condition:
        return Test(f"untranslated.{name}" if wanted else f"not untranslated.{name}")


@dataclass(frozen=True, slots=True)
class _SkipScope:
    """Where a ``skip_if`` finds values: the signals of its queue, and the task."""

    context: Context
    queue: str

    def kinds(self, path: tuple[str, ...]) -> tuple[Kind, ...]:
        return ("number",) if _is_signal(path) else self.context.kinds(path)

    def place(self, path: tuple[str, ...], kind: Kind) -> str:
        if not _is_signal(path):
            return self.context.place(path, kind)
        if kind != "number":
            raise Unsayable
        return self.context.signal(self.queue, ".".join(path[1:]))

    def shared(self, left: tuple[str, ...], right: tuple[str, ...]) -> Kind:
        if _is_signal(left) or _is_signal(right):
            return "number"
        return self.context.shared(left, right)


def _is_signal(path: tuple[str, ...]) -> bool:
    return len(path) > 1 and path[0].lower() == "workers"


def _asks_for_nobody(skip: Expression) -> bool:
    """Whether a ``skip_if`` asks for no available worker, so that nobody could take a task either."""
    match skip:
        case Compare("==", Key(("workers", "available")), Value(Decimal() as number)):
            return number == 0
        case _:
            return False
