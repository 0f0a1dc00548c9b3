"""Pages as Chromium shows them: in silence, asking nobody, readable by all, on a telephone and on paper."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from routekit import Engine, Policy
from routekit.backtest import Handling, backtest
from routekit.backtest.page import backtest_page
from routekit.cli.journeys import command as journeys
from routekit.cli.map import command as map_command
from routekit.cli.score import command as score
from routekit.reasons.html import document
from routekit.trials import Running
from routekit.trials.page import as_html
from tests.browser import Browser, chromium
from tests.performance.planted import Log
from tests.properties.packs import pack, sample_contacts
from tests.simulation import test_reports
from tests.unit import test_backtest, test_contact_map_page, test_pages


def _explained() -> str:
    engine = Engine(pack("telecom"))
    return "".join(document((str(number), engine.explain(contact)) for number, contact in _first(3)))


def _first(count: int) -> list[tuple[int, object]]:
    return list(enumerate(sample_contacts("telecom")[:count]))


def _coverage() -> str:
    policy = Policy.from_text(
        """policy p "P"
        record contact { channel one of voice }
        channel voice { assisted }
        queue general { on voice }
        route { rule never when contact.channel is missing then queue general  otherwise queue general }
        example "one" given contact.channel voice expect rule otherwise
        example "two" given contact.channel voice expect rule never
        """,
        name="p.route",
    )
    running = Running("p.route", policy)
    list(running.results())
    return as_html([running.trial()])


def _written(command: click.Command, *arguments: str) -> str:
    ran = CliRunner().invoke(command, [*arguments, "--format", "html"])
    assert ran.stdout.startswith("<!doctype html>"), ran.output
    return ran.stdout


def _log(folder: Path) -> str:
    """A log of customers who come three times each, by two channels in turns."""
    log = Log()
    for number in range(60):
        log.served(f"c-{number % 20}", number / 10, channel=("voice", "chat")[number // 7 % 2], waits=number)
    return log.written(folder / "log.jsonl")


def _simulated(folder: Path) -> str:
    return test_reports.simulated(test_reports.placed(folder), "--format", "html").stdout


def _policy(folder: Path) -> str:
    """The policy of the page on the map, whole."""
    text = (Path(__file__).parents[2] / "docs" / "map.md").read_text(encoding="utf-8")
    whole = text.partition("## The whole of it")[2].partition("```route\n")[2].partition("```")[0]
    (folder / "map.route").write_text(whole, encoding="utf-8")
    return str(folder / "map.route")


def _backtested() -> str:
    old, new = Policy.from_text(test_backtest.OLD), Policy.from_text(test_backtest.NEW)
    times = {"general": Handling(timedelta(minutes=5), "assumed")}
    return backtest_page(backtest(old, new, test_backtest.came(), handling=times))


PAGES: dict[str, Callable[[Path], str]] = {
    "everything": lambda _: test_pages.everything("general", 5),
    "hostile": lambda _: test_pages.everything(test_pages.HOSTILE, -1.5e9),
    "explain": lambda _: _explained(),
    "coverage": lambda _: _coverage(),
    "backtest": lambda _: _backtested(),
    "simulate": _simulated,
    "score": lambda folder: _written(score, _log(folder), "--by", "contact.channel"),
    "journeys": lambda folder: _written(journeys, _log(folder)),
    "drawn map": lambda folder: _written(map_command, _policy(folder)),
    "map": lambda _: test_contact_map_page.page(test_contact_map_page.drawn()),
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("browser")) as window:
        yield window


@pytest.fixture(scope="module", params=PAGES)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return PAGES[request.param](tmp_path_factory.mktemp("page"))


def test_a_page_is_silent_asks_nobody_and_fits_a_telephone(written: str, browser: Browser) -> None:
    browser.open(written, width=360)
    assert browser.complaints() == []
    browser.unfold()
    assert browser.asked("return document.documentElement.scrollWidth") <= 360


def test_nothing_keeps_people_from_a_page(written: str, browser: Browser) -> None:
    browser.open(written)
    assert browser.barriers() == []


@pytest.mark.parametrize("name", ["everything", "coverage", "map"])
def test_nothing_keeps_people_from_a_page_in_the_dark(name: str, browser: Browser, tmp_path: Path) -> None:
    browser.open(PAGES[name](tmp_path), scheme="dark")
    assert browser.barriers() == []


def test_what_is_asked_for_is_seen(browser: Browser) -> None:
    browser.open('<img src="nobody.png"><script>console.error("oh")</script><p style="color:#ddd">pale</p>')
    told = " ".join(browser.complaints())
    assert "nobody.png" in told
    assert "oh" in told
    assert [barrier for barrier in browser.barriers() if barrier.startswith("color-contrast")]


@pytest.mark.parametrize(("matters", "findings"), [(1, 1), (8, 12), (40, 3), (2, 80)])
def test_the_contact_map_is_printed_on_one_sheet(matters: int, findings: int, browser: Browser) -> None:
    drawn = test_contact_map_page.drawn(matters=matters, findings=findings)
    browser.open(test_contact_map_page.page(drawn))
    assert browser.sheets() == 1


def test_a_link_opens_the_finding_that_it_leads_to(browser: Browser) -> None:
    browser.open(test_contact_map_page.page(test_contact_map_page.drawn()))
    assert browser.asked("return document.querySelectorAll('details[open]').length") == 0
    browser.asked("document.querySelector('td.bad .note a').click()")
    assert browser.asked("return document.querySelector('details[open] > :target').id") == "f1"
