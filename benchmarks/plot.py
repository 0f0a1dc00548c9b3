"""The cost of a decision against the number of rules, an SVG and a PNG."""

from collections.abc import Sequence
from pathlib import Path
from statistics import geometric_mean

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.axes import Axes

from benchmarks.results import FLOOR, ROUTEKIT, Results
from benchmarks.workload import Order

__all__ = ["draw"]

SIZE = (13.0, 6.0)
LABEL_GAP = 0.034
"""The least distance between two labels, as a share of the axis, so that they do not touch."""

OURS = "#c1121f"
REFERENCE = "#555555"
PEERS = ("#1f6f8b", "#e08e0b", "#5a8f29", "#7a4fa3", "#0aa3a3", "#b0568a", "#8a6d3b", "#3b5bdb")


def draw(results: Results, folder: Path) -> None:
    """Writes ``plot.svg`` and ``plot.png``."""
    matplotlib.rcParams["svg.hashsalt"] = "routekit"
    figure, panels = pyplot.subplots(1, len(Order), figsize=SIZE, sharey=True, layout="constrained")
    names = sorted({single.engine for single in results.singles})
    colours = _colours(names)
    for panel, order in zip(panels, Order, strict=True):
        _panel(panel, results, order, names, colours)
    panels[0].set_ylabel("µs per decision (lower is better)")
    figure.suptitle("What one routing decision costs", fontsize=14, fontweight="bold")
    figure.savefig(folder / "plot.svg", metadata={"Date": None})
    figure.savefig(folder / "plot.png", dpi=130)
    pyplot.close(figure)


def _colours(names: Sequence[str]) -> dict[str, str]:
    ours = {ROUTEKIT: OURS, FLOOR: REFERENCE, "if chain": REFERENCE}
    peers = [name for name in names if name not in ours]
    return ours | {name: PEERS[place % len(PEERS)] for place, name in enumerate(peers)}


def _panel(
    panel: Axes, results: Results, order: Order, names: Sequence[str], colours: dict[str, str]
) -> None:
    costs_of_all = [1e6 * single.seconds for single in results.singles]
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_ylim(min(costs_of_all) / 2, max(costs_of_all) * 2)
    panel.set_title(order.value)
    panel.set_xlabel("rules in the policy")
    panel.yaxis.set_major_formatter("{x:,g}")
    panel.set_xticks(results.rules, [f"{rules:,}" for rules in results.rules])
    panel.minorticks_off()
    panel.grid(visible=True, alpha=0.25)
    for side in ("top", "right"):
        panel.spines[side].set_visible(False)
    ends: dict[str, float] = {}
    for name in names:
        costs = [1e6 * results.single(name, rules, order).seconds for rules in results.rules]
        ends[name] = costs[-1]
        panel.plot(
            results.rules,
            costs,
            color=colours[name],
            linewidth=3.0 if name == ROUTEKIT else 1.5,
            linestyle="--" if colours[name] == REFERENCE else "-",
            marker="o",
            markersize=5 if name == ROUTEKIT else 3,
            zorder=3 if name == ROUTEKIT else 2,
        )
    last = results.rules[-1]
    panel.set_xlim(results.rules[0] * 0.8, last * (last / results.rules[0]) ** 0.3)
    bottom, top = panel.get_ylim()
    for name, height in _spread(ends, (top / bottom) ** LABEL_GAP).items():
        panel.annotate(
            name,
            xy=(last, ends[name]),
            xytext=(last**1.05 / results.rules[0] ** 0.05, height),
            color=colours[name],
            fontsize=10,
            fontweight="bold" if name == ROUTEKIT else "normal",
            verticalalignment="center",
            arrowprops={
                "arrowstyle": "-",
                "color": colours[name],
                "linewidth": 0.6,
                "relpos": (0, 0.5),
            },
        )


def _spread(ends: dict[str, float], gap: float) -> dict[str, float]:
    """Heights for the labels: where the lines end, pushed apart to this ratio if two would touch.

    Labels that touch share a stack around the middle of their lines' ends.
    """
    stacks: list[tuple[list[str], float]] = []
    for name in sorted(ends, key=ends.__getitem__):
        stack, lowest = [name], ends[name]
        while stacks and lowest < stacks[-1][1] * gap ** len(stacks[-1][0]):
            below, _ = stacks.pop()
            stack = below + stack
            lowest = geometric_mean(ends[each] for each in stack) / gap ** ((len(stack) - 1) / 2)
        stacks.append((stack, lowest))
    return {name: lowest * gap**place for stack, lowest in stacks for place, name in enumerate(stack)}
