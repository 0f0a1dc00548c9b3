"""Draws the house: the floors of the contract in ``pyproject.toml``, each room with the purpose it states.

``python docs/house.py`` writes ``docs/house.svg``; a test of the repository holds it to what this draws.
"""

import ast
import re
import textwrap
import tomllib
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "house.svg"

_WIDTH, _LEFT, _GAP, _LINE, _LETTER = 1120, 8, 10, 16, 6.3
_STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #334 }
  .room { font-weight: 600; font-size: 14px; fill: #00695c }
  .floor { fill: #f4f7f6; stroke: none }
  .box { fill: #fff; stroke: #9bb8b3; rx: 6 }
  @media (prefers-color-scheme: dark) { .floor { fill: #e3ebe9 } }
"""


def floors() -> list[list[str]]:
    """The rooms of each floor, the highest first, as the contract between them has it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    return [[room.strip(" ()") for room in re.split(r"[|:]", layer)] for layer in layers]


def purpose(room: str) -> str:
    """The first sentence that a room says of itself."""
    package = ROOT / "src" / "routekit" / room / "__init__.py"
    path = package if package.exists() else package.parent.with_suffix(".py")
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return re.split(r"(?<=\.)\s", text.replace("``", "").replace("\n", " "))[0].removesuffix(".")


def drawn() -> str:
    """The picture as SVG, readable on light and on dark."""
    parts: list[str] = []
    top = _GAP
    for rooms in floors():
        width = (_WIDTH - 2 * _LEFT - _GAP * (len(rooms) + 1)) / len(rooms)
        told = [textwrap.wrap(purpose(room), int((width - 20) / _LETTER)) for room in rooms]
        height = 30 + _LINE * max(map(len, told)) + 8
        floor = (
            f'<rect class="floor" x="{_LEFT}" y="{top}" width="{_WIDTH - 2 * _LEFT}" height="{height + 12}"/>'
        )
        parts.append(floor)
        for number, (room, lines) in enumerate(zip(rooms, told, strict=True)):
            left = _LEFT + _GAP + number * (width + _GAP)
            parts.append(
                f'<rect class="box" x="{left:.0f}" y="{top + 6}" width="{width:.0f}" height="{height}"/>'
                f'<text class="room" x="{left + 10:.0f}" y="{top + 26}">{escape(room)}</text>'
            )
            parts += [
                f'<text x="{left + 10:.0f}" y="{top + 26 + _LINE * (row + 1)}">{escape(line)}</text>'
                for row, line in enumerate(lines)
            ]
        top += height + 18
    title = "<title>The rooms of routekit, floor by floor; imports only go down</title>"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" role="img">'
    return "\n".join([head, title, f"<style>{_STYLE}</style>", *parts, "</svg>", ""])


if __name__ == "__main__":
    PICTURE.write_text(drawn(), encoding="utf-8")
