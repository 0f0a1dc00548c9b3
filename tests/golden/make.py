"""Makes kept files anew: ``python -m tests.golden.make`` and the beginnings of their names, or all."""

import sys

from tests.golden.comparing import written
from tests.golden.scenes import KEPT, SCENES


def main(beginnings: list[str]) -> None:
    """Writes the files whose names begin so."""
    for name, scene in SCENES.items():
        if name.startswith(tuple(beginnings or [""])):
            (KEPT / f"{name}.json").write_text(f"{written(scene())}\n", encoding="utf-8")
            print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
