"""What customers went through, as one page: paths, moves between channels, steps, callbacks."""

from collections.abc import Iterator, Sequence

from routekit.pages import Flow, Markup, Series, bars, flows, key_figures, listing, note, section, table
from routekit.pages import page as page_of
from routekit.performance.journeys import Journeys
from routekit.performance.journeys_report import callbacks_said, path_said, step_said
from routekit.performance.score_report import findings_said, share_said
from routekit.translation import t

__all__ = ["journeys_page"]

_MOST = 20


def journeys_page(found: Journeys, logs: Sequence[str]) -> str:
    """Returns a page that a stranger reads."""
    return page_of(
        t("What customers went through"),
        section(t("At a glance"), key_figures(_leading(found)), wide=True),
        section(t("Paths"), _paths(found), lead=_paths_lead(), wide=True),
        *_moves(found),
        *_steps(found),
        *_on_map(found),
        section(t("What is amiss with the log"), *_findings(found), wide=True),
        lead=t(
            "{contacts:,} contacts, {episodes:,} episodes of {customers:,} customers, from {logs}",
            contacts=found.contacts,
            episodes=found.episodes,
            customers=found.customers,
            logs=t(", ").join(logs[:3]) + ("…" if len(logs) > 3 else ""),
        ),
    )


def _leading(found: Journeys) -> Iterator[tuple[str, str, str]]:
    one = found.lengths[1]
    yield t("episodes"), f"{found.episodes:,}", t("contacts of one customer about one matter")
    if found.episodes:
        yield t("one contact was enough"), share_said(one, found.episodes), t("of episodes")
        mean = sum(number * count for number, count in found.lengths.items()) / found.episodes
        yield t("contacts in an episode"), f"{mean:.2f}", t("on average")
    back = sum(found.returns.values())
    yield t("there and back"), f"{back:,}", t("from a place to another and back again")
    promised = sum(found.callbacks[fate] for fate in ("kept", "late", "missed"))
    if promised:
        yield t("callbacks kept"), share_said(found.callbacks["kept"], promised), t("of {of:,}", of=promised)


def _paths_lead() -> str:
    return t("Each place is a channel and a queue; an episode goes on while the customer comes again.")


def _paths(found: Journeys) -> Markup:
    if not found.paths:
        return note(t("No contact tells whose it is, so that none follows another."))
    rows = [
        [path_said(path.places), f"{path.count:,}", share_said(path.count, found.episodes)]
        for path in found.paths[:_MOST]
    ]
    left = sum(path.count for path in found.paths[_MOST:]) + found.other_paths
    if left:
        rows.append([t("other paths"), f"{left:,}", share_said(left, found.episodes)])
    return table(t("Where episodes led"), [t("path"), t("episodes"), t("share")], rows)


def _moves(found: Journeys) -> Iterator[Markup]:
    moves = [Flow(one, two, count) for (one, two), count in found.switches.items()]
    moves += [Flow(channel, channel, count) for channel, count in found.repeats.items()]
    if moves:
        yield section(
            t("Who comes again, and by which channel"),
            flows(
                t("From one contact of an episode to the next"), moves,
                before=t("this contact"), after=t("the next"),
            ),
            wide=True,
        )  # fmt: skip
    back = [
        [f"{one} → {two} → {one}", f"{count:,}"] for (one, two), count in found.returns.most_common(_MOST)
    ]
    if back:
        yield section(t("There and back"), table(t("There and back"), [t("path"), t("times")], back))


def _steps(found: Journeys) -> Iterator[Markup]:
    if found.steps:
        rows = [
            [use.rule, step_said(use), f"{use.reached:,}", f"{use.of:,}", share_said(use.reached, use.of)]
            for use in found.steps
        ]
        head = [t("rule"), t("step"), t("reached"), t("of"), t("share")]
        yield section(t("Steps of plans"), table(t("Steps that were reached"), head, rows))
    said = [*callbacks_said(found)]
    if said:
        series = [Series(t("callbacks"), tuple(float(count) for _, count in said))]
        title = t("What became of callbacks")
        yield section(t("Callbacks"), bars(title, [name for name, _ in said], series))


def _on_map(found: Journeys) -> Iterator[Markup]:
    blocks = []
    if found.unseen:
        blocks.append(
            note(t("Touchpoints that no contact passed: {names}", names=t(", ").join(found.unseen)))
        )
    if found.unknown:
        rows = [[said, f"{count:,}"] for said, count in found.unknown.most_common(_MOST)]
        blocks.append(table(t("What the contact map does not know"), [t("what"), t("times")], rows))
    if found.unseen == () and not found.unknown:
        blocks.append(note(t("Each touchpoint was passed, and nobody left the map.")))
    if blocks:
        yield section(t("Beside the contact map"), *blocks, wide=True)


def _findings(found: Journeys) -> Iterator[Markup]:
    said = [*findings_said(found.findings)]
    yield listing(said) if said else note(t("Nothing: each line was read, and each event has its decision."))
