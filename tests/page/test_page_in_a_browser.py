"""What a reader has before them: the page in a real browser, opened from a file."""

import pytest
from selenium.webdriver import Chrome

from nodenet_cli.page.courses import courses
from tests.page.browser import Shown, need_browser, press, said, show
from tests.page.fleets import Case

need_browser()

CHARTS = ("growth", "blocks", "holdings", "what-ifs")


@pytest.fixture(scope="module")
def prod_page(chrome: Chrome, tmp_path_factory: pytest.TempPathFactory, prod_case: Case) -> Shown:
    """One page for all: a test that changes something puts it back."""
    return show(chrome, tmp_path_factory.mktemp("page") / "plan.html", prod_case.html)


def test_the_page_says_nothing_on_the_console_and_asks_nobody(prod_page: Shown) -> None:
    assert prod_page.ask("document.documentElement.dataset.charts") == str(len(CHARTS))
    assert prod_page.said == []
    assert prod_page.requested == [prod_page.address]


def test_every_subnet_has_its_line_and_every_end_its_mark(prod_page: Shown, prod_case: Case) -> None:
    subnets = len(prod_case.plan.subnets)
    full = [subnet for subnet in prod_case.plan.subnets if prod_case.plan.growth[-1].taken[subnet.name] > subnet.usable]
    assert 0 < len(full) < subnets == 6
    assert prod_page.drawn("growth", ".scatterlayer .js-line") == subnets
    assert prod_page.drawn("growth", ".scatterlayer .point") == len(full)


def test_every_kind_of_node_has_a_bar_of_each_part_that_some_node_has(prod_page: Shown, prod_case: Case) -> None:
    uses = prod_case.plan.nodes
    found = {(use.group, use.instance_type) for use in uses}
    parts = [
        any(use.holding.active for use in uses),
        any(use.holding.warm > use.idle for use in uses),
        any(use.idle for use in uses),
        True,
        any(use.network_addresses for use in uses),
        any(use.branch_addresses for use in uses),
        any(use.card_addresses for use in uses),
    ]
    assert prod_page.drawn("holdings", ".barlayer .trace") == sum(parts)
    assert prod_page.drawn("holdings", ".barlayer .point") == sum(parts) * len(found)


def test_subnets_that_prefixes_are_wanted_from_have_two_bars_and_a_mark(prod_page: Shown, prod_case: Case) -> None:
    wanted = [subnet for subnet in prod_case.plan.subnets if subnet.blocks.wanted]
    assert len(wanted) == 2
    assert prod_page.drawn("blocks", ".barlayer .point") == 2 * len(wanted)
    assert prod_page.drawn("blocks", ".scatterlayer .point") == len(wanted)


def test_every_setting_has_its_point(prod_page: Shown, prod_case: Case) -> None:
    assert prod_page.drawn("what-ifs", ".scatterlayer .point") == len(prod_case.what_ifs) > 10


def test_the_buttons_change_what_the_axis_counts(prod_page: Shown, prod_case: Case) -> None:
    ticks = "[...document.querySelectorAll('#growth .ytick')].map((tick) => tick.textContent)"
    assert all(tick.endswith("%") for tick in prod_page.ask(ticks))
    press(prod_page, "growth", "Addresses")
    assert not any(tick.endswith("%") for tick in prod_page.ask(ticks))
    assert prod_page.drawn("growth", ".scatterlayer .js-line") == len(prod_case.plan.subnets)
    press(prod_page, "growth", "Share of the subnet")
    assert all(tick.endswith("%") for tick in prod_page.ask(ticks))


def test_the_nodes_are_shown_one_by_one_or_all_together(prod_page: Shown, prod_case: Case) -> None:
    sums = "document.getElementById('holdings').data.reduce((sum, part) => sum + part.x[0], 0)"
    uses = prod_case.plan.nodes
    groups = {use.group: [each for each in uses if each.group == use.group] for use in uses}
    most = max(groups.values(), key=lambda group: sum(use.nodes * use.taken for use in group))
    taken, nodes = sum(use.nodes * use.taken for use in most), sum(use.nodes for use in most)
    assert prod_page.ask(sums) == pytest.approx(taken / nodes, abs=0.5)
    press(prod_page, "holdings", "All nodes")
    assert prod_page.ask(sums) == pytest.approx(taken, abs=0.5)
    press(prod_page, "holdings", "One node")


def test_dark_and_light_need_no_drawing_anew(prod_page: Shown) -> None:
    colours = "['body', '#growth .xtick text'].map((e) => getComputedStyle(document.querySelector(e)))"
    look = f"{colours}.map((style, at) => at ? style.fill : style.backgroundColor)"
    light = prod_page.ask(look)
    dark = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    prod_page.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", dark)
    for before, after in zip(light, prod_page.ask(look), strict=True):
        assert before != after
    prod_page.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert prod_page.ask(look) == light


def test_on_paper_the_charts_are_as_wide_as_it_and_the_buttons_gone(prod_page: Shown) -> None:
    width = "document.querySelector('#growth svg').clientWidth"
    before = prod_page.ask(width)
    prod_page.chrome.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert prod_page.ask(width) == 680
    prod_page.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert prod_page.ask("getComputedStyle(document.querySelector('.views')).display") == "none"
    prod_page.chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    prod_page.chrome.execute_script("dispatchEvent(new Event('afterprint'))")
    assert prod_page.ask(width) == before


def test_a_screen_reader_is_told_what_each_chart_shows(prod_page: Shown, prod_case: Case) -> None:
    tree = prod_page.chrome.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    charts = {
        node["name"]["value"]: node["description"]["value"]
        for node in tree
        if node.get("role", {}).get("value") in ("image", "img") and node.get("description", {}).get("value")
    }
    assert len(charts) == len(CHARTS)
    assert courses(prod_case.plan)[0].subnet.name in charts["Addresses by subnet as the fleet grows"]


def test_no_script_runs_but_the_two_that_are_known(prod_page: Shown) -> None:
    prod_page.chrome.execute_script(
        "const other = document.createElement('script'); other.textContent = 'window.other = true';"
        "document.head.append(other)"
    )
    assert prod_page.ask("window.other") is None
    assert any("Content Security Policy" in line for line in said(prod_page.chrome))


def test_nothing_can_be_fetched(prod_page: Shown) -> None:
    fetched = prod_page.chrome.execute_async_script(
        "fetch('data:text/plain,hello').then(() => arguments[0]('fetched'), () => arguments[0]('refused'))"
    )
    assert fetched == "refused"
    assert any("connect-src" in line or "default-src" in line for line in said(prod_page.chrome))
