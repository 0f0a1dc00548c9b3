"""A run as Markdown, as JSON, and in short for a terminal."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict

from benchmarks.results import FLOOR, ROUTEKIT, Figure, Results
from benchmarks.workload import Order

__all__ = ["as_json", "as_markdown", "ratios"]


def as_json(results: Results) -> str:
    """Everything, the ratios included."""
    figures = [asdict(figure) | {"met": figure.met} for figure in results.figures()]
    document = {"format_version": 1} | asdict(results) | {"figures": figures}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def ratios(results: Results) -> str:
    """The ratios alone, as a Markdown table."""
    return _table(
        ("what", "where", "wanted", "reached", ""),
        [_figure(figure) for figure in results.figures()],
    )


def _figure(figure: Figure) -> tuple[str, ...]:
    sign = "≤" if figure.at_most else "≥"
    wanted = "" if figure.wanted is None else f"{sign} {figure.wanted:g}"
    reached = "not measured" if figure.reached is None else _short(figure.reached)
    met = {None: "", True: "yes", False: "**no**"}[figure.met]
    return figure.what, figure.setting, wanted, reached, met


def as_markdown(results: Results) -> str:
    """The whole run as a page."""
    return "\n\n".join(part for part in _parts(results) if part) + "\n"


def _parts(results: Results) -> Iterable[str]:
    yield "# Results of one run"
    yield _where(results)
    yield "![cost per decision against number of rules](plot.png)"
    yield "## The ratios"
    yield ratios(results)
    for order in Order:
        yield f"## Decisions a second, {order.value}"
        yield "In brackets: how many times as fast routekit is."
        yield _speeds(results, order)
        yield f"## Latency of one decision in µs, p50 and p99, {order.value}"
        yield _latencies(results, order)
    yield "## Loading, from text to a ready engine, in ms"
    yield _loads(results)
    yield "Its parts, and lark's parse of the same text by the same grammar and lexer:"
    yield _loading(results)
    yield f"## Memory and latency, alone in a process, {results.alone_rules:,} rules"
    yield _memory(results)
    yield f"## Batch, {results.batch_rules:,} rules, {Order.SPECIFIC.value}"
    yield _table(
        ("way", "contacts", "contacts a second"),
        [(batch.name, f"{batch.contacts:,}", _short(1 / batch.seconds)) for batch in results.batches],
    )
    yield "## Import"
    brought = ", ".join(results.imported.optional) or "none"
    yield (
        f"`from routekit import Engine, Policy` in fresh processes: {results.imported.best:.0f} ms at best, "
        f"{results.imported.median:.0f} ms in the middle; optional packages imported: {brought}."
    )
    if results.missing:
        yield "## Left out"
        yield "\n".join(f"- {name}: {reason}" for name, reason in results.missing.items())
    yield "## To repeat it"
    yield (
        "```\npip install -e . -r benchmarks/requirements.txt\n"
        "python -m benchmarks.run --out benchmarks/results\n```"
    )


def _where(results: Results) -> str:
    machine = results.machine
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    return (
        f"{machine.cpu}, {machine.cores} cores, {machine.memory_gb} GB, {machine.system}, "
        f"{machine.python}. {versions}."
    )


def _engines(results: Results) -> list[str]:
    """By what they take at the most rules, most specific first."""
    most = results.rules[-1]
    last = [
        single for single in results.singles if (single.rules, single.order) == (most, Order.SPECIFIC.value)
    ]
    return [single.engine for single in sorted(last, key=lambda single: single.seconds)]


def _speeds(results: Results, order: Order) -> str:
    def cell(engine: str, rules: int) -> str:
        single = results.single(engine, rules, order)
        speed = _short(1 / single.seconds)
        if engine == ROUTEKIT:
            return f"**{speed}**"
        ours = results.single(ROUTEKIT, rules, order)
        return f"{speed} ({_short(single.seconds / ours.seconds)}×)"

    return _by_rules(results, cell)


def _latencies(results: Results, order: Order) -> str:
    def cell(engine: str, rules: int) -> str:
        single = results.single(engine, rules, order)
        p99 = "–" if single.p99 is None else _short(single.p99 / 1000)
        return f"{_short(single.p50 / 1000)} / {p99}"

    return _by_rules(results, cell)


def _loads(results: Results) -> str:
    def cell(engine: str, rules: int) -> str:
        return _short(1000 * results.single(engine, rules, Order.SPECIFIC).load)

    return _by_rules(results, cell, without=(FLOOR,))


def _by_rules(results: Results, cell: Callable[[str, int], str], without: Sequence[str] = ()) -> str:
    rows = [
        (engine, *(cell(engine, rules) for rules in results.rules))
        for engine in _engines(results)
        if engine not in without
    ]
    return _table(("", *(f"{rules:,} rules" for rules in results.rules)), rows)


def _loading(results: Results) -> str:
    rows = [
        (
            f"{each.rules:,}",
            *(
                _short(1000 * seconds)
                for seconds in (each.parse, each.parse_to_trees, each.read, each.compile)
            ),
            f"{each.ratio:.2f}",
        )
        for each in results.loadings
    ]
    head = ("rules", "bare parse", "parse to lark's trees", "read and check", "compile", "ratio")
    return _table(head, rows)


def _memory(results: Results) -> str:
    rows = [
        (
            name,
            _short(alone.resident),
            _short(alone.objects),
            _short(alone.p50 / 1000),
            "–" if alone.p99 is None else _short(alone.p99 / 1000),
        )
        for name, alone in results.alone.items()
    ]
    head = ("", "growth of the process, MB", "Python objects, MB", "p50, µs", "p99, µs")
    return _table(head, rows)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _short(number: float) -> str:
    """Two or three figures that mean something."""
    if number >= 1_000_000:
        return f"{number / 1_000_000:.2f} M"
    if number >= 10_000:
        return f"{number / 1000:,.0f} k"
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"
