"""Pages as Chromium shows them: in silence, asking nobody, readable by all, on a telephone and on paper."""

from collections.abc import Callable, Iterator

import pytest

from routekit import Engine, Policy
from routekit.reasons.html import document
from routekit.trials import Running
from routekit.trials.page import as_html
from tests.browser import Browser, Scheme, chromium
from tests.properties.packs import pack, sample_contacts
from tests.unit import test_contact_map_page, test_pages


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


PAGES: dict[str, Callable[[], str]] = {
    "everything": lambda: test_pages.everything("general", 5),
    "hostile": lambda: test_pages.everything(test_pages.HOSTILE, -1.5e9),
    "explain": _explained,
    "coverage": _coverage,
    "map": lambda: test_contact_map_page.page(test_contact_map_page.drawn()),
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("browser")) as window:
        yield window


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_silent_asks_nobody_and_fits_a_telephone(name: str, browser: Browser) -> None:
    browser.open(PAGES[name](), width=360)
    assert browser.complaints() == []
    browser.unfold()
    assert browser.asked("return document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_keeps_people_from_a_page(name: str, scheme: Scheme, browser: Browser) -> None:
    browser.open(PAGES[name](), scheme=scheme)
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
