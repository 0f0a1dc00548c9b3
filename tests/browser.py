"""Chromium on pages that are files: what it says of them, what they ask for, how they are printed.

Where Chromium or its driver is not installed, a test that opens it is skipped; so are those that need axe.
"""

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

Scheme = Literal["light", "dark"]

_OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # as root, as CI has it
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--hide-scrollbars",
)


class Browser:
    """One window of Chromium."""

    def __init__(self, driver: "Chrome", folder: Path) -> None:
        self._driver = driver
        self._folder = folder

    def open(self, written: str, *, scheme: Scheme = "light", width: int = 1280) -> None:
        """Opens a page, as large as the window is wide."""
        path = self._folder / "page.html"
        path.write_text(written, encoding="utf-8")
        self._driver.get("about:blank")
        self.complaints()
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self._driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self._driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self._driver.get(path.as_uri())

    def asked(self, script: str) -> Any:
        """What a script of ours returns, run beside the page, whose own none may run."""
        return self._driver.execute_script(script)

    def complaints(self) -> list[str]:
        """What Chromium said of the page since it was last asked, and what the page asked others for."""
        told = [str(entry["message"]) for entry in self._log("browser")]
        for entry in self._log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = str(message["params"]["request"]["url"])
                told += [] if url.endswith("/page.html") else [f"asks for {url}"]
        return told

    def _log(self, name: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self._driver.get_log(name)  # type: ignore[no-untyped-call]
        return entries

    def unfold(self) -> None:
        """Opens all that can be opened."""
        self.asked("document.querySelectorAll('details').forEach(one => { one.open = true })")

    def sheets(self) -> int:
        """How many sheets of paper the page takes."""
        given = {"preferCSSPageSize": True, "printBackground": True}
        printed = base64.b64decode(self._driver.execute_cdp_cmd("Page.printToPDF", given)["data"])
        return printed.count(b"/Type /Page\n")

    def barriers(self) -> list[str]:
        """What keeps people from the page, all of it unfolded, by axe: what is serious or critical."""
        found = find_spec("axe_core_python")
        if found is None or found.origin is None:
            pytest.skip("axe is not installed: pip install axe-core-python")
        self.unfold()
        self.asked((Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8"))
        violations: list[dict[str, Any]] = self._driver.execute_async_script(
            "const done = arguments[0]; axe.run().then(found => done(found.violations))"
        )
        return [
            f"{one['id']}: {[node['html'][:200] for node in one['nodes'][:3]]}"
            for one in violations
            if one["impact"] in ("serious", "critical")
        ]


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """Opens a window of its own; skips the test where there is no Chromium."""
    found, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if found is None or driver is None:
        pytest.skip("Chromium is not installed: apt-get install chromium chromium-driver")
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    service = pytest.importorskip("selenium.webdriver.chrome.service")
    options = webdriver.ChromeOptions()
    options.binary_location = found
    for option in (*_OPTIONS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    window = webdriver.Chrome(options=options, service=service.Service(driver))
    try:
        yield Browser(window, folder)
    finally:
        window.quit()
