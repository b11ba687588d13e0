"""The page's text, read without a browser."""

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import pytest
from plotly import graph_objects

from nodenet.capacity.plan import CapacityPlan, GrowthPoint, Limit
from nodenet.capacity.planning import plan
from nodenet.capacity.what_if import what_ifs
from nodenet.html import data, element
from nodenet_cli.page import page
from nodenet_cli.page.chart import BLUE, GREEN, GREY, OCHRE, PURPLE, SKY, VERMILION
from nodenet_cli.page.courses import courses
from nodenet_cli.page.holdings import PARTS
from tests.page.fleets import Case

MADE = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)


@dataclass
class Read(HTMLParser):
    """What a page consists of: its elements with their attributes, the texts of scripts, and all other text."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    scripts: list[tuple[dict[str, str | None], str]] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.elements[-1] if self.elements else ("", {})
        if tag == "script" and data.strip():
            self.scripts.append((attributes, data))
        elif tag != "style":
            self.text += data


def read(html: str) -> Read:
    found = Read()
    found.feed(html)
    found.close()
    return found


def figures(case: Case) -> dict[str, list[dict[str, Any]]]:
    """The charts' data, by chart."""
    return {
        (attributes["id"] or "").removesuffix("-views"): json.loads(text)
        for attributes, text in read(case.html).scripts
        if attributes.get("type") == "application/json"
    }


@pytest.mark.parametrize("name", ["prod_case", "many_case", "hostile_case"])
def test_plotly_knows_every_word_of_the_figures(name: str, request: pytest.FixtureRequest) -> None:
    """plotly's classes refuse what its schema does not have; plotly.js would pass over it in silence."""
    case = request.getfixturevalue(name)
    found = figures(case)
    prefixes = {"blocks"} if any(use.blocks.wanted for use in case.plan.subnets) else set()
    assert {"growth", "holdings", "what-ifs"} | prefixes == set(found)
    for views in found.values():
        for view in views:
            graph_objects.Figure(view)


def test_data_cannot_end_the_element_that_it_is_in() -> None:
    written = data("key", ["</script><!--"]).text or ""
    assert "<" not in written
    assert json.loads(written) == ["</script><!--"]


def test_the_policy_allows_exactly_the_scripts_that_are_there(prod_case: Case) -> None:
    found = read(prod_case.html)
    policy = next(each["content"] or "" for tag, each in found.elements if each.get("http-equiv") and tag == "meta")
    own = [text for attributes, text in found.scripts if "type" not in attributes]
    assert len(own) == 1
    hashed = f"'sha256-{base64.b64encode(hashlib.sha256(own[0].encode()).digest()).decode()}'"
    assert "default-src 'none'" in policy
    assert hashed in policy
    assert len(re.findall("'sha256-", policy)) == 2
    assert "unsafe" not in policy.split("style-src")[0]


def test_nothing_in_the_page_lies_elsewhere(prod_case: Case) -> None:
    outward = {"src", "href", "action", "srcset", "data", "poster", "background", "formaction"}
    assert [(tag, each) for tag, each in read(prod_case.html).elements if outward & set(each)] == []
    assert "url(" not in prod_case.html.split("<style>")[1].split("</style>")[0]


def test_a_page_has_two_megabytes_and_five_hundred_subnets_add_less_than_one(prod_case: Case, many_case: Case) -> None:
    assert 1_900_000 < len(prod_case.html.encode()) < 2_100_000
    assert len(many_case.html.encode()) < 3_000_000


@pytest.mark.parametrize("name", ["prod_case", "hostile_case"])
def test_the_parts_of_a_node_add_up_to_what_it_takes(name: str, request: pytest.FixtureRequest) -> None:
    for use in request.getfixturevalue(name).plan.nodes:
        assert sum(part.of(use) for part in PARTS) == use.taken


def test_a_fleet_without_nodes_has_a_page(prod_case: Case) -> None:
    fleet = replace(prod_case.fleet, groups=())
    text = read(page(plan(fleet), fleet, title="prod", what_ifs=what_ifs(fleet))).text
    assert "It fits." in text
    assert "What a node holds" not in text


def test_the_same_plan_gives_the_same_page(prod_case: Case) -> None:
    assert prod_case.html == prod_case.html
    assert "<time" not in prod_case.html


def test_the_time_is_told_where_it_is_given(prod_case: Case) -> None:
    html = page(prod_case.plan, prod_case.fleet, title="prod", made=MADE)
    assert '<time datetime="2026-11-20T16:00:00+00:00">20 November 2026, 16:00 UTC</time>' in html


def test_without_what_ifs_that_part_is_left_out(prod_case: Case) -> None:
    assert "Warm targets" in read(prod_case.html).text
    assert "Warm targets" not in read(page(prod_case.plan, prod_case.fleet, title="prod")).text


def test_the_answer_says_what_runs_out_first_and_how_far_that_is(prod_case: Case) -> None:
    text = read(prod_case.html).text
    limit = prod_case.plan.more_nodes[""]
    assert "It fits." in text
    assert f"Room for {limit.more} more nodes, in all groups in proportion: then {limit.where} " in text


@pytest.mark.parametrize(("headroom", "told"), [(0.2, False), (0.25, True)])
def test_where_less_than_the_headroom_stays_free_is_told(prod_case: Case, headroom: float, told: bool) -> None:
    """pods-b keeps 24 % free, and pods-a 26 %."""
    fleet = replace(prod_case.fleet, headroom=headroom)
    text = read(page(plan(fleet), fleet, title="prod")).text
    assert (f"Less than the headroom of {headroom:.0%} stays free in 1 of 6 subnets." in text) == told


def test_a_fleet_that_does_not_fit_is_told_every_shortage_with_what_to_do(hostile_case: Case) -> None:
    text = read(hostile_case.html).text
    assert hostile_case.plan.shortages
    assert "It does not fit." in text
    for shortage in hostile_case.plan.shortages:
        assert shortage.sentence in text


def test_every_advice_is_told_with_its_settings(prod_case: Case) -> None:
    text = read(prod_case.html).text
    assert prod_case.plan.advice
    for each in prod_case.plan.advice:
        assert each.sentence in text
        assert all(f"{name}={value}" in text for name, value in (each.settings or {}).items())


def test_what_would_help_comes_before_what_shows_it(prod_case: Case) -> None:
    headings = [each.get("id") for tag, each in read(prod_case.html).elements if tag == "h2"]
    assert headings == ["answer", "advice-part", "subnets-part", "nodes-part", "warm-targets-part"]


def test_a_chart_takes_no_tags_from_names(hostile_case: Case) -> None:
    """plotly.js obeys some in any text ("Formatting chart text")."""
    for figure in figures(hostile_case)["growth"]:
        assert figure["data"][0]["name"].startswith("&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&amp;amp;")


def test_a_line_that_begins_above_its_subnets_size_is_in_the_picture(hostile_case: Case) -> None:
    (use,) = hostile_case.plan.subnets
    shares, addresses = figures(hostile_case)["growth"]
    assert use.taken > 1.25 * use.usable
    assert shares["layout"]["yaxis"]["range"][1] > 100 * use.taken / use.usable
    assert addresses["layout"]["yaxis"]["range"][1] > use.taken


def test_names_that_are_written_from_the_right_are_kept_apart_from_numbers() -> None:
    part = element("p", "شبكة-العقد 🚀: 78 addresses in منطقة, web-ü has 3")
    assert "".join(part.itertext()) == "شبكة-العقد 🚀: 78 addresses in منطقة, web-ü has 3"
    assert [each.text for each in part] == ["شبكة-العقد 🚀", "منطقة"]
    assert not list(element("title", "منطقة"))


def test_headings_leave_out_no_level_and_tables_have_captions(prod_case: Case) -> None:
    tags = [tag for tag, _ in read(prod_case.html).elements]
    levels = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert tags.count("table") == tags.count("caption") > 3


def test_ids_are_there_once(many_case: Case) -> None:
    ids = [each["id"] for _, each in read(many_case.html).elements if "id" in each]
    assert len(ids) == len(set(ids))


def grown(case: Case, *ways: tuple[int, int], more: Limit) -> CapacityPlan:
    """The plan with a growth to twice its nodes: addresses beyond what is usable, of each subnet, then and now."""
    names = [(subnet.name, subnet.usable) for subnet in case.plan.subnets]
    points = (
        GrowthPoint(1, 100, {name: usable + way[0] for (name, usable), way in zip(names, ways, strict=True)}),
        GrowthPoint(2, 200, {name: usable + way[1] for (name, usable), way in zip(names, ways, strict=True)}),
    )
    return replace(case.plan, growth=points, more_nodes={"": more})


def test_subnets_come_in_the_order_in_which_they_run_out(prod_case: Case) -> None:
    """First what is too small now, then what is known to end the growth, then what is full when it was next looked."""
    names = [subnet.name for subnet in prod_case.plan.subnets]
    ways = ((-9, -5), (-9, 2), (-9, 3), (1, 9), (-90, -50), (-9, -1))
    found = courses(grown(prod_case, *ways, more=Limit("addresses", names[2], 57)))
    assert [course.subnet.name for course in found][:3] == [names[3], names[2], names[1]]
    assert [course.full_by for course in found] == [100, 200, 200, None, None, None]


def test_the_last_address_of_a_subnet_may_be_taken(prod_case: Case) -> None:
    ways = ((-9, 0), (-9, -9), (-9, -9), (-9, -9), (-9, -9), (-9, -9))
    assert all(course.full_by is None for course in courses(grown(prod_case, *ways, more=Limit(None, "", None))))


@pytest.mark.parametrize("page_colour", ["#ffffff", "#171b21"])
@pytest.mark.parametrize("colour", [BLUE, VERMILION, GREEN, PURPLE, OCHRE, SKY, GREY])
def test_colours_stand_out_by_three_to_one(colour: str, page_colour: str) -> None:
    """WCAG 2.2, success criterion 1.4.11 (non-text contrast), on a light and on a dark page."""
    bright, dim = sorted((_luminance(colour), _luminance(page_colour)), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= 3


def _luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
