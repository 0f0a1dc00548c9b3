"""The colours of all pages, on light and on dark paper.

Inks stand out from the paper by a contrast of at least 4.5, as does ink from every wash that it stands on.
Inks of series stay apart for eyes that see no red or no green; no plot tells things apart by colour alone.
"""

from typing import Final

__all__ = ["DARK", "LIGHT", "SERIES", "variables"]

SERIES: Final = ("one", "two", "three", "four", "five", "six")
"""The names of the inks that series are drawn with."""

LIGHT: Final = {
    "paper": "#ffffff",
    "ink": "#1b2430",
    "dim": "#515b6b",
    "rule": "#cfd6de",
    "wash": "#f3f6f8",
    "link": "#0b57a4",
    "good": "#0f6b3a",
    "good-wash": "#e2f4e8",
    "warn": "#7a4f00",
    "warn-wash": "#fdf0cd",
    "bad": "#b3261e",
    "bad-wash": "#fde5e2",
    "one": "#086be8",
    "two": "#ba510b",
    "three": "#004637",
    "four": "#791393",
    "five": "#9d5b8b",
    "six": "#00173a",
    "heat-1": "#eaf2fb",
    "heat-2": "#d3e4f6",
    "heat-3": "#b7d3f0",
    "heat-4": "#98bfe8",
}
"""What each colour is on light paper, as `#rrggbb` by its name."""

DARK: Final = {
    "paper": "#14181e",
    "ink": "#e8ebef",
    "dim": "#a7b0bd",
    "rule": "#38414d",
    "wash": "#1c222a",
    "link": "#8cc4ff",
    "good": "#7fdca0",
    "good-wash": "#14301f",
    "warn": "#f2c55c",
    "warn-wash": "#382c0d",
    "bad": "#ff9d94",
    "bad-wash": "#43191a",
    "one": "#5e7cf9",
    "two": "#ff7930",
    "three": "#14ba9e",
    "four": "#ff98ff",
    "five": "#dbe3c9",
    "six": "#f5ef46",
    "heat-1": "#182736",
    "heat-2": "#1b344d",
    "heat-3": "#1f4366",
    "heat-4": "#255383",
}
"""What each colour is on dark paper, by the same names."""


def variables() -> str:
    """Returns the colours as CSS variables, the dark ones where the reader's screen asks for them."""
    light, dark = (
        ";".join(f"--{name}:{colour}" for name, colour in colours.items()) for colours in (LIGHT, DARK)
    )
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )
