"""The picture of the house is that of the contract between its rooms, and each room says what it is for."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSE = runpy.run_path(str(ROOT / "docs" / "house.py"))
ROOMS = [room for rooms in HOUSE["floors"]() for room in rooms]


def test_the_picture_is_drawn_from_the_house_as_it_stands() -> None:
    assert HOUSE["PICTURE"].read_text(encoding="utf-8") == HOUSE["drawn"](), "run `python docs/house.py`"


def test_every_room_has_its_place() -> None:
    there = {
        path.stem
        for path in (ROOT / "src" / "routekit").iterdir()
        if (path.is_dir() and path.name != "__pycache__")
        or (path.suffix == ".py" and path.stem != "__init__")
    }
    assert set(ROOMS) == there


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_says_what_it_is_for(room: str) -> None:
    assert len(HOUSE["purpose"](room)) > 20
