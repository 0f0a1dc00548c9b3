"""What users saw, they still see."""

import json

import pytest

from tests.golden.comparing import differences
from tests.golden.scenes import KEPT, SCENES


@pytest.mark.parametrize("name", SCENES)
def test_what_was_seen_is_still_seen(name: str) -> None:
    kept = json.loads((KEPT / f"{name}.json").read_text(encoding="utf-8"))
    now = json.loads(json.dumps(SCENES[name]()))
    found = list(differences(kept, now))
    assert not found, "\n".join(
        (
            f"{len(found)} differences from tests/golden/kept/{name}.json:",
            *found[:20],
            f"Where this is on purpose: python -m tests.golden.make {name}",
        )
    )


def test_each_kept_file_is_looked_at() -> None:
    assert {path.stem for path in KEPT.glob("*.json")} == SCENES.keys()


@pytest.mark.parametrize(
    ("kept", "now", "expected"),
    [
        ({"a": 1}, {"b": 2, "a": 1}, []),
        ([{"a": 1}], [{"a": 1, "b": None}], []),
        ({"a": 1}, {"b": 2}, ["a is gone; it was 1"]),
        ({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}]}, ["a[1].b is 3; it was 2"]),
        ([1], [1, 2], [" has 2 elements; it had 1"]),
        ({"a": 1}, {"a": 1.0}, ["a is 1.0; it was 1"]),
        ({"a": True}, {"a": 1}, ["a is 1; it was true"]),
    ],
)
def test_added_keys_alone_are_no_difference(kept: object, now: object, expected: list[str]) -> None:
    assert list(differences(kept, now)) == expected
