"""Builds the nodes of what a rule gives: the parts of an outcome and the steps of its plan."""

from routekit.syntax import tree
from routekit.syntax.builder.pieces import ident, idents, literal, span_of, text_of
from routekit.syntax.lexer import Lexeme

__all__ = ["Outcomes"]


class Outcomes:
    """Builds a node for each rule of the grammar on what a rule gives."""

    def because(self, word: Lexeme, text: Lexeme) -> tree.Literal:
        return tree.Literal(span_of(word, text), "text", text.value)

    def then(self, _then: Lexeme, outcome: tree.Outcome) -> tree.Outcome:
        return outcome

    def outcome(self, actions: tuple[tree.Action, ...], *steps: tree.Step) -> tree.Outcome:
        return tree.Outcome(span_of(actions[0], actions[-1], *steps), actions, steps)

    def step(
        self,
        word: Lexeme,
        after: Lexeme,
        _when: Lexeme | None,
        condition: tree.Expression | None,
        _then: Lexeme | None,
        actions: tuple[tree.Action, ...],
    ) -> tree.Step:
        return tree.Step(span_of(word, actions[-1]), literal(after), condition, actions)

    def plan(
        self,
        word: Lexeme,
        name: Lexeme,
        title: Lexeme | None,
        _open: Lexeme,
        steps: tuple[tree.Step, ...],
        close: Lexeme,
    ) -> tree.PlanNode:
        return tree.PlanNode(span_of(word, close), ident(name), text_of(title), steps)

    def to_queue(
        self, word: Lexeme, queue: tree.Path, _on: Lexeme | None, channel: Lexeme | None
    ) -> tree.Action:
        on = ident(channel) if channel else None
        span = span_of(word, queue, channel)
        if len(queue.parts) == 1:
            return tree.Action(span, "queue", queue.parts[0], on)
        return tree.Action(span, "queue", None, on, queue)

    def to_agent(self, word: Lexeme, value: tree.Expression) -> tree.Action:
        return tree.Action(span_of(word, value), "agent", value=value)

    def set_priority(self, word: Lexeme, number: Lexeme) -> tree.Action:
        return tree.Action(span_of(word, number), "priority", value=literal(number))

    def shift_priority(self, word: Lexeme, sign: Lexeme, number: Lexeme) -> tree.Action:
        value = literal(number)
        return tree.Action(span_of(word, number), "priority", value=value, sign=sign.value)

    def set_skills(self, word: Lexeme, skills: tuple[tuple[Lexeme, ...], Lexeme]) -> tree.Action:
        names, end = skills
        return tree.Action(span_of(word, end), "skills", names=idents(names))

    def shift_skills(
        self, word: Lexeme, sign: Lexeme, skills: tuple[tuple[Lexeme, ...], Lexeme]
    ) -> tree.Action:
        names, end = skills
        return tree.Action(span_of(word, end), "skills", names=idents(names), sign=sign.value)

    def skill_set(
        self, _open: Lexeme, names: tuple[Lexeme, ...] | None, close: Lexeme
    ) -> tuple[tuple[Lexeme, ...], Lexeme]:
        return names or (), close

    def set_data(self, name: Lexeme, sign: Lexeme, value: tree.Expression) -> tree.Action:
        return tree.Action(span_of(name, value), sign.value, ident(name), value=value)

    def say_message(self, word: Lexeme, name: Lexeme) -> tree.Action:
        return tree.Action(span_of(word, name), "message", ident(name))

    def any_agent(self, word: Lexeme, agent: Lexeme) -> tree.Action:
        return tree.Action(span_of(word, agent), "any agent")

    def callback(
        self, word: Lexeme, _within: Lexeme, duration: Lexeme, _of: Lexeme | None, calendar: Lexeme | None
    ) -> tree.Action:
        of = ident(calendar) if calendar else None
        return tree.Action(span_of(word, duration, calendar), "callback", of, value=literal(duration))

    def callback_by(self, word: Lexeme, _by: Lexeme, time: Lexeme) -> tree.Action:
        return tree.Action(span_of(word, time), "callback by", value=literal(time))

    def add_plan(self, word: Lexeme, name: Lexeme) -> tree.Action:
        return tree.Action(span_of(word, name), "plan", ident(name))
