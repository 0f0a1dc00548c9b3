"""What the authors of two policies ask of a contact."""

from collections.abc import Iterable, Iterator, Sequence

from routekit.diff.joined_policy import Joined
from routekit.policy import expressions as e
from routekit.policy.model import CheckedPolicy, Rule
from routekit.policy.outcomes import outcomes_of
from routekit.policy.references import body_of, conditions

__all__ = ["Vocabulary"]

_MOST_CHANGED = 24
_MOST_SEGMENTS = 40


class Vocabulary:
    """The tests and segments of two policies that may be said of the contacts of a group."""

    def __init__(self, joined: Joined, policies: tuple[CheckedPolicy, ...], *, are_large: bool) -> None:
        """Takes the two ``policies`` in the names of both; of large ones only the rules that decide count."""
        self._joined, self._policies = joined, policies
        self._are_large = are_large
        self._definitions = {item.name: item for item in joined.policy.definitions}
        self._segments: list[e.Expr] | None = None

    def of(self, pairs: Sequence[tuple[int, int]]) -> list[e.Expr]:
        """Lists what the rules at these places, and those that changed, ask of a contact."""
        return list(dict.fromkeys((*self._tests(self._asked(pairs)), *self._shared_segments())))

    def _asked(self, pairs: Sequence[tuple[int, int]]) -> Iterator[e.Expr]:
        for policy, places in zip(self._policies, zip(*pairs, strict=True), strict=True):
            for place in dict.fromkeys(places):
                rule = policy.rules[place]
                yield from () if rule.condition is None else (rule.condition,)
                yield from _hours(policy, rule)
            if not self._are_large:
                yield from (item.condition for item in policy.adjustments if item.condition is not None)
                yield from (item.condition for item in policy.nevers)
        if not self._are_large:
            yield from self._changed()

    def _changed(self) -> Iterator[e.Expr]:
        """The conditions that only one of the two has."""
        one, other = (list(_all_conditions(policy)) for policy in self._policies)
        for mine, theirs in ((one, other), (other, one)):
            known = set(theirs)
            yield from [expr for expr in mine if expr not in known][:_MOST_CHANGED]

    def _shared_segments(self) -> list[e.Expr]:
        if self._segments is None:
            found: dict[e.Expr, None] = {}
            for policy in self._policies:
                for expr in _all_conditions(policy):
                    for part in e.parts(expr):
                        if isinstance(part, e.SegmentRef) and part.name in self._joined.shared:
                            found.setdefault(part)
            self._segments = list(found)[:_MOST_SEGMENTS]
        return self._segments

    def _tests(self, exprs: Iterable[e.Expr]) -> Iterator[e.Expr]:
        """What conditions ask; of what does not mean the same in both, what that asks too, each once."""
        followed: set[str] = set()
        pending = [*exprs][::-1]
        while pending:
            match expr := pending.pop():
                case e.All(operands) | e.Any(operands):
                    pending += reversed(operands)
                case e.Not(operand):
                    pending.append(operand)
                case e.Constant():
                    pass
                case e.SegmentRef(name) | e.LetRef(name):
                    yield expr
                    if name not in self._joined.shared and name not in followed:
                        followed.add(name)
                        pending.append(body_of(self._definitions[name]))
                case e.Cases(_, cases):
                    pending += [case.condition for case in reversed(cases)]
                case _ if changed := self._changed_cases(expr):
                    # which say more than what they came to before, or come to now
                    pending += [body_of(self._definitions[name]) for name in changed if name not in followed]
                    followed.update(changed)
                case _:
                    yield expr

    def _changed_cases(self, expr: e.Expr) -> list[str]:
        """The lets by cases that a test speaks of, and that mean something else in the other policy."""
        names = {part.name for part in e.parts(expr) if isinstance(part, e.LetRef)} - self._joined.shared
        return sorted(
            (name for name in names if isinstance(body_of(self._definitions[name]), e.Cases)), reverse=True
        )


def _hours(policy: CheckedPolicy, rule: Rule) -> Iterator[e.Expr]:
    """That the queues of a rule are open."""
    for outcome in outcomes_of(rule.body):
        calendar = policy.queues[outcome.queue].calendar
        if calendar is not None:
            yield e.CalendarOpen(calendar, e.Now())


def _all_conditions(policy: CheckedPolicy) -> Iterator[e.Expr]:
    """All conditions, the hours of queues among them."""
    yield from conditions(policy)
    for rule in policy.rules:
        yield from _hours(policy, rule)
