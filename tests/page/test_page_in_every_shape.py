"""Pages of all kinds in a real browser: narrow and wide, long, and with names that want to be more than names."""

from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.page.browser import need_browser, press, show
from tests.page.fleets import HOSTILE, Case

need_browser()

CHARTS = ("growth", "blocks", "holdings", "what-ifs")


@pytest.mark.parametrize("width", [400, 1600])
def test_no_width_needs_scrolling_to_the_side(chrome: Chrome, tmp_path: Path, prod_case: Case, width: int) -> None:
    shown = show(chrome, tmp_path / "plan.html", prod_case.html, width=width)
    assert shown.ask("document.documentElement.scrollWidth") <= width
    for chart in CHARTS:
        drawn, room = shown.ask(
            f"(e => [e.querySelector('svg').clientWidth, e.clientWidth])(document.getElementById('{chart}'))"
        )
        assert 0 < drawn <= room


def test_charts_keep_their_height_when_the_window_changes_its_width_after_printing(
    chrome: Chrome, tmp_path: Path, prod_case: Case
) -> None:
    """plotly.js takes both from the chart's place in the page from then on."""
    shown = show(chrome, tmp_path / "plan.html", prod_case.html, width=1200)
    sizes = (
        "[...document.querySelectorAll('.chart svg.main-svg:first-child')].map(e => [e.clientWidth, e.clientHeight])"
    )
    before = shown.ask(sizes)
    for event in ("beforeprint", "afterprint"):
        chrome.execute_script(f"dispatchEvent(new Event('{event}'))")
    narrow = {"width": 600, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
    WebDriverWait(chrome, 10).until(lambda _: all(after[0] < 600 for after in shown.ask(sizes)))
    assert [height for _, height in shown.ask(sizes)] == [height for _, height in before]


def test_five_hundred_subnets_show_the_worst_and_the_rest_on_demand(
    chrome: Chrome, tmp_path: Path, many_case: Case
) -> None:
    assert len(many_case.plan.subnets) == 500
    shown = show(chrome, tmp_path / "plan.html", many_case.html)
    assert shown.drawn("growth", ".scatterlayer .js-line") == 6
    rows = "document.querySelectorAll('#subnets tbody tr, #subnets-rest tbody tr')"
    visible = f"[...{rows}].filter((row) => row.checkVisibility({{contentVisibilityAuto: true}})).length"
    assert shown.ask(visible) == 12
    chrome.find_element(By.XPATH, "//summary[text()='The other 488']").click()
    assert shown.ask(visible) == 500
    press(shown, "growth", "All 500 subnets")
    assert shown.drawn("growth", ".scatterlayer .js-line") == 500
    assert shown.said == []


def test_a_page_of_five_hundred_subnets_is_drawn_soon(chrome: Chrome, tmp_path: Path, many_case: Case) -> None:
    """Within a second on a machine that does nothing else; one that tests on all its processors takes longer."""
    show(chrome, tmp_path / "plan.html", many_case.html)
    again = show(chrome, tmp_path / "plan.html", many_case.html)
    assert again.ask("Number(document.documentElement.dataset.drawn)") < 4000


def test_names_stay_names(chrome: Chrome, tmp_path: Path, hostile_case: Case) -> None:
    shown = show(chrome, tmp_path / "plan.html", hostile_case.html)
    assert shown.chrome.title == f"{HOSTILE}: addresses"
    assert shown.said == []
    assert shown.requested == [shown.address]
    assert shown.ask("document.querySelectorAll('img, a, [onerror]').length") == 0
    assert shown.ask("document.querySelector('#subnets tbody th').textContent") == HOSTILE
    titles = shown.ask("[...document.querySelectorAll('.annotation')].map((each) => each.textContent)")
    assert any(title.startswith(HOSTILE[:25]) for title in titles)
