"""What the passes of the checker share: the names, the reporter, and what has been used."""

from collections.abc import Collection
from dataclasses import dataclass, field

from routekit.checker.names import Names
from routekit.diagnostics import Label, Reporter, Span
from routekit.policy.model import Step
from routekit.syntax import tree
from routekit.translation import t

__all__ = ["Context"]


@dataclass(slots=True)
class Context:
    """What is known of the policy while it is checked."""

    names: Names
    reporter: Reporter
    timezone: str = "UTC"
    used_segments: set[str] = field(default_factory=set)
    plans: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    """The steps of each named plan."""
    expansions: dict[str, int] = field(default_factory=dict)
    """How much each pattern grows when it is compiled."""

    def known(self, kind: str, ident: tree.Ident, candidates: Collection[str]) -> bool:
        """Checks whether a name is declared; reported where it is not, unless its declaration was lost."""
        if ident.name in candidates:
            return True
        if ident.name not in self.names.lost:
            listed = (
                t("declared: {listed}", listed=t(", ").join(sorted(candidates)[:8])) if candidates else ""
            )
            self.reporter.report(
                "RK104",
                t("unknown {kind} `{name}`", kind=t(kind), name=ident.name),
                ident.span,
                help=self.reporter.did_you_mean(ident.name, candidates, listed, at=ident.span),
            )
        return False

    def report_twice(self, word: str, again: Span, first: Span) -> None:
        """Reports what may stand once, where it stands again."""
        self.reporter.report(
            "RK306",
            t("`{word}` stands twice", word=word),
            again,
            others=[Label(first, t("first given here"))],
        )
