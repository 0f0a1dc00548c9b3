"""``routekit test --propose``."""

from collections.abc import Iterable
from pathlib import Path

from routekit.cli.output import FINDINGS, UNABLE, fail, print_diagnostics, reason, say, with_progress, write
from routekit.cli.trials import lines_of
from routekit.layout.writing import comment
from routekit.prover.limits import Years
from routekit.translation import msgid, plural, t
from routekit.trials.proposals import Left, Proposal, proposals
from routekit.trials.trial import Broken, start

__all__ = ["propose"]

_HEAD = msgid(
    "Proposed examples: each expects what the policy decides today. Say of each "
    "whether that is meant, and keep it under a title of your own."
)


def propose(path: str, timeout: float, years: Years) -> int:
    """Runs a policy's examples, and prints others for what they do not cover; the exit status."""
    try:
        running = start(path)
    except OSError as error:
        raise fail(t("the policy `{path}` cannot be read: {error}", path=path, error=reason(error))) from None
    if isinstance(running, Broken):
        print_diagnostics(running.diagnostics)
        return UNABLE
    for _ in with_progress(t("testing"), running.results(), len(running.selected)):
        pass
    trial = running.trial()
    for line in lines_of(trial, colour=False):
        say(line, err=True)
    found = proposals(running.policy, running.observer, timeout=timeout, years=years)
    made, left = _print(with_progress(t("proposing"), found, None))
    _sum_up(path, made, left)
    return FINDINGS if trial.failed else 0


def _print(found: Iterable[Proposal | Left]) -> tuple[int, list[Left]]:
    made, left = 0, list[Left]()
    for item in found:
        if isinstance(item, Left):
            left.append(item)
            continue
        head = f"{comment(t(_HEAD))}\n\n" if made == 0 else "\n"
        write(f"{head}{item.text.rstrip()}")
        made += 1
    return made, left


def _sum_up(path: str, made: int, left: list[Left]) -> None:
    for item in left:
        where = f"{item.unit.where}  " if item.unit.where else ""
        why = (
            t("no contact there can be comes to it")
            if item.is_dead
            else t("none was found: {reason}", reason=item.reason)
        )
        say("  " + t("{head}: {text}", head=f"{where}{item.what}", text=why), err=True)
    if made:
        name = Path(path).name
        say(
            plural(
                "{number} example is proposed: judge each, then append those that are meant to {name}, "
                "or all of them with `routekit test {path} --propose >> {path}`",
                "{number} examples are proposed: judge each, then append those that are meant to {name}, "
                "or all of them with `routekit test {path} --propose >> {path}`",
                made,
                name=name,
                path=path,
            ),
            err=True,
        )
    elif not left:
        say(t("the examples cover everything: there is nothing to propose"), err=True)
