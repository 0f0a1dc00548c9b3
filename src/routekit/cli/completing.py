"""What a shell offers to complete: policies, and codes of diagnostics."""

import os
from collections.abc import Iterator

import click
from click.shell_completion import CompletionItem

from routekit.diagnostics.codes import CODES

__all__ = ["complete_codes", "complete_policies"]

MOST_FOLDERS = 200


def complete_policies(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The ``.route`` files that begin so, those in folders below too."""
    folder = os.path.dirname(incomplete)  # noqa: PTH120 - a path would lose the `./` that was typed
    return [CompletionItem(path) for path in _policies(folder) if path.startswith(incomplete)]


def _policies(folder: str) -> Iterator[str]:
    for seen, (here, folders, files) in enumerate(os.walk(folder or ".")):
        if seen == MOST_FOLDERS:
            return
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        for name in sorted(files):
            if name.endswith(".route"):
                path = os.path.join(here, name)  # noqa: PTH118
                yield path if folder else path.removeprefix(f".{os.sep}")


def complete_codes(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The codes that begin so, with what they mean."""
    return [
        CompletionItem(code.id, help=code.summary)
        for code in CODES.values()
        if code.id.startswith(incomplete.upper())
    ]
