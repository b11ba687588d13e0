"""A real browser without a window: Debian's chromium, driven by its own chromedriver."""

import base64
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

BROWSER = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
)


def need_browser() -> None:
    """Leaves out the test module that calls it where there is no browser, in one line."""
    if not (BROWSER and DRIVER):
        pytest.skip("no browser: install Debian's chromium and chromium-driver", allow_module_level=True)


@contextmanager
def browser(profile: Path) -> Iterator[Chrome]:
    """A browser that writes down what goes over the network and what the page says on its console."""
    options = ChromeOptions()
    options.binary_location = BROWSER or ""
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    chrome = Chrome(options=options, service=ChromeService(executable_path=DRIVER))
    try:
        yield chrome
    finally:
        chrome.quit()


@dataclass(frozen=True, slots=True)
class Shown:
    """A page from a file, with all its charts drawn; what was said on the console and requested until then."""

    chrome: Chrome
    address: str
    said: list[str]
    requested: list[str]

    def ask(self, expression: str, *arguments: object) -> Any:
        """The value of an expression of JavaScript; `arguments` are its `arguments`."""
        return self.chrome.execute_script(f"return {expression}", *arguments)

    def drawn(self, chart: str, selector: str) -> int:
        """How many elements of a chart there are, of what plotly.js has drawn."""
        return int(self.ask(f"document.getElementById('{chart}').querySelectorAll('{selector}').length"))

    def picture(self, height: int) -> bytes:
        """A PNG of the page from its top, beyond the window too."""
        clip = {"x": 0, "y": 0, "width": self.ask("innerWidth"), "height": height, "scale": 1}
        wanted = {"format": "png", "captureBeyondViewport": True, "clip": clip}
        return base64.b64decode(self.chrome.execute_cdp_cmd("Page.captureScreenshot", wanted)["data"])


def show(chrome: Chrome, file: Path, html: str, *, width: int = 1200, scheme: str = "light") -> Shown:
    """Writes the page, opens it in a window of this many CSS pixels, and waits until its charts are drawn."""
    file.write_text(html, encoding="utf-8")
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    preference = {"name": "prefers-color-scheme", "value": scheme}
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": [preference]})
    said(chrome)
    requested(chrome)
    chrome.get(file.as_uri())
    drawn = "return document.documentElement.dataset.charts"
    WebDriverWait(chrome, 30).until(lambda _: chrome.execute_script(drawn))
    return Shown(chrome, file.as_uri(), said(chrome), requested(chrome))


def said(chrome: Chrome) -> list[str]:
    """What came on the console since the last time."""
    return [entry["message"] for entry in _log(chrome, "browser")]


def requested(chrome: Chrome) -> list[str]:
    """Every address that was asked for since the last time."""
    messages = (json.loads(entry["message"])["message"] for entry in _log(chrome, "performance"))
    return [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]


def press(shown: Shown, chart: str, label: str) -> None:
    """Presses one of a chart's buttons by the keyboard."""
    figure = shown.chrome.find_element(By.ID, chart).find_element(By.XPATH, "..")
    button = figure.find_element(By.XPATH, f".//button[text()='{label}']")
    button.send_keys(Keys.ENTER)
    shown.chrome.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0]))")
    pressed = figure.find_elements(By.CSS_SELECTOR, "button[aria-pressed=true]")
    assert [each.text for each in pressed] == [label]


def _log(chrome: Chrome, kind: str) -> list[dict[str, Any]]:
    return list(chrome.execute("getLog", {"type": kind})["value"])
