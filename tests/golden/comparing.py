"""What stood in a kept file, beside what stands there now."""

import json
from collections.abc import Iterator

__all__ = ["differences", "written"]

_WIDTH = 110


def differences(kept: object, now: object, path: str = "") -> Iterator[str]:
    """Tells where what was kept no longer stands; keys that an object has besides are no difference."""
    match kept, now:
        case dict(), dict():
            for key, value in kept.items():
                here = f"{path}.{key}" if path else str(key)
                if key in now:
                    yield from differences(value, now[key], here)
                else:
                    yield f"{here} is gone; it was {_short(value)}"
        case list(), list():
            for number, (one, other) in enumerate(zip(kept, now, strict=False)):
                yield from differences(one, other, f"{path}[{number}]")
            if len(kept) != len(now):
                yield f"{path} has {len(now)} elements; it had {len(kept)}"
        case _:
            if type(kept) is not type(now) or kept != now:
                yield f"{path} is {_short(now)}; it was {_short(kept)}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 2 * _WIDTH else f"{text[: 2 * _WIDTH]}…"


def written(value: object, indent: str = "") -> str:
    """A value as JSON for people: what fits into a line stands in one."""
    line = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(line) <= _WIDTH or not value or not isinstance(value, dict | list):
        return line
    inner = f"{indent}  "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {written(member, inner)}" for key, member in value.items()]
    else:
        parts = [written(element, inner) for element in value]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{closing}"
