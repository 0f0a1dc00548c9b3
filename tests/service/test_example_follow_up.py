"""The example that turns to customers by itself."""

import pytest

from examples.services.follow_up import main


def test_two_workers_send_each_reach_once(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    assert capsys.readouterr().out.splitlines() == [
        "c-1: welcome_call by sms, delivered",
        "c-2: welcome_call by sms, delivered",
    ]
