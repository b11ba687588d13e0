"""What a run's report says, in all its forms."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from nodenet.migration.report.composing import Composing
from nodenet.migration.report.markdown import as_markdown
from nodenet.migration.report.page import as_page
from nodenet.migration.report.report import compose
from nodenet.migration.report.words import lasted, moment
from nodenet.migration.request import GroupWish
from tests.unit.migration.record import started
from tests.unit.migration.report.ran import LOSING, NEW, OLD, REQUEST, held, node, ran, taken


class Subnets:
    """EC2's free addresses; a subnet that is gone is left out."""

    def __init__(self, free: Mapping[str, int]) -> None:
        self.there, self.asked = dict(free), 0

    def free(self, subnets: Sequence[str]) -> Mapping[str, int]:
        self.asked += 1
        return {each: self.there[each] for each in subnets if each in self.there}


def report(**more: Any) -> dict[str, Any]:
    return compose(held(ran(**more)), "moved", 5000.0)


def test_it_is_plain_json() -> None:
    made = report()
    assert json.loads(json.dumps(made)) == made


def test_it_says_what_was_and_what_was_made() -> None:
    made = report()
    assert made["before"]["blocks"] == ["10.0.0.0/16"]
    assert [(each["name"], each["nodes"]) for each in made["before"]["groups"]] == [("web", 3)]
    assert made["made"]["blocks"] == ["100.64.0.0/16"]
    assert [each["id"] for each in made["made"]["subnets"]] == [NEW]
    assert made["made"]["groups"] == [{"name": "web-n", "for": "web", "made": True, "nodes": 4}]
    assert made["before"]["cni"] == {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": None}
    assert made["made"]["cni"] == {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true"}


def test_steps_have_their_times_and_how_often_they_were_begun() -> None:
    steps = {each["name"]: each for each in report()["steps"]}
    assert (steps["switch_cni"]["seconds"], steps["switch_cni"]["attempts"]) == (60, 2)
    assert (steps["drain_old"]["seconds"], steps["drain_old"]["ended"]) == (None, None)


def test_nodes_and_batches() -> None:
    made = report()
    assert [(each["node"], each["outcome"], each["seconds"]) for each in made["nodes"]] == [
        ("ip-1", "drained", 120),
        ("ip-2", "", None),
    ]
    assert [(each["batch"], each["nodes"], each["evicted"], each["ended"]) for each in made["batches"]] == [
        (1, 1, 7, 1330),
        (2, 1, 2, None),
    ]


def test_who_answered_what() -> None:
    run = held(ran())
    run.record.note(run.id, "asked#1400", {"answer": "resume", "by": "arn:…:me", "answered": 1500.0})
    [question] = compose(run, "moved", 5000.0)["questions"]
    assert (question["step"], question["answer"], question["by"], question["answered"]) == (
        "DrainOld",
        "resume",
        "arn:…:me",
        1500,
    )


def test_addresses_are_counted_once_at_the_end_and_a_subnet_that_is_gone_has_none() -> None:
    run, subnets = ran(), Subnets({OLD: 211})
    made = Composing(subnets)(run, "rolled back", 5000.0)
    assert Composing(subnets)(run, "rolled back", 6000.0)["addresses"] == made["addresses"]
    assert subnets.asked == 1
    old, new = made["addresses"]
    assert (old["subnet"], old["before"], old["expected"], old["free"], old["taken"]) == (OLD, 200, 40, 211, 40)
    assert (new["subnet"], new["id"], new["taken"]) == ("100.64.0.0/19", NEW, None)


def test_what_cannot_be_undone_is_told() -> None:
    run = ran(replace(REQUEST, drain=LOSING), **{"node#ip-2": node(1360, "left", 2, said="a pod is there still")})
    assert compose(run, "moved", 5000.0)["remains"] == [
        "9 pods were ended and started anew elsewhere",
        "aws-node was restarted on every node of the cluster",
        "what evicted pods had in emptyDir volumes is gone",
        "evicted pods that nobody starts again are gone",
        "pods that were there when a node's time was up were deleted past their budgets",
        "node ip-2 was not drained: a pod is there still",
    ]


def test_what_was_left_in_others_hands_on_the_way_back_is_told() -> None:
    said = "0 subnets taken away again; left as they are: subnet-1, where eni-2 is"
    run = ran(step_quiet=taken(1700, 1701, "nothing was quieted", way="back"))
    run.record.note(run.id, "step#extend_vpc", taken(1690, 1695, said, way="back"))
    assert "extend_vpc left subnet-1, where eni-2 is" in compose(run, "rolled back", 5000.0)["remains"]


def test_a_group_that_is_left_to_its_owner_is_told() -> None:
    run = ran(replace(REQUEST, groups=(GroupWish("web", "web-2", delete_old=False),)))
    assert "node group web is drained, and left for its owner to delete" in compose(run, "moved", 1.0)["remains"]


def test_a_run_that_did_nothing_has_a_report_too() -> None:
    made = compose(started(), "rolled back", 1060.0)
    assert (made["remains"], made["steps"], made["nodes"], made["seconds"]) == ([], [], [], 60)
    for text in (as_markdown(made), as_page(made)):
        assert "rolled back" in text


class Page(HTMLParser):
    """What a browser would see of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.rows: list[list[str]] = []
        self.bars: list[dict[str, str | None]] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "rect":
            self.bars.append(dict(attrs))

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass


def test_the_page_needs_no_script_and_fetches_nothing() -> None:
    text = as_page(report())
    assert not {"script", "link", "img", "iframe"} & Page(text).tags
    assert not re.search(r"(?:src|href)=", text)
    assert "default-src 'none'" in text
    assert " style=" not in text


def test_names_and_causes_are_text_on_the_page_and_in_markdown() -> None:
    made = report()
    assert "<b>" not in as_page(made)
    assert ["pods.pinned", "warning, accepted", "2 pods | <b>"] in Page(as_page(made)).rows
    [line] = [line for line in as_markdown(made).splitlines() if "pods.pinned" in line]
    assert line == "| pods.pinned | warning, accepted | 2 pods \\| \\<b\\> |"


def test_every_table_in_markdown_is_as_wide_as_its_head() -> None:
    wide = None
    for line in as_markdown(report()).splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else None
        assert cells is None or wide is None or cells == wide
        wide = cells


def test_the_page_and_markdown_say_the_same() -> None:
    made = report()
    rows = [[cell.strip() for cell in row] for row in Page(as_page(made)).rows]
    markdown = as_markdown(made).replace("\\", "")
    for row in rows:
        assert all(cell in markdown for cell in row)


def test_the_time_line_has_a_bar_for_each_step_and_question_within_the_run() -> None:
    made = report()
    bars = Page(as_page(made)).bars
    assert len(bars) == len(made["steps"]) + len(made["questions"])
    for bar in bars:
        start, width = (float(str(bar[name]).removesuffix("%")) for name in ("x", "width"))
        assert 0 <= start <= start + width <= 100.01
        assert width >= 0.4


def test_the_time_line_is_to_scale() -> None:
    """switch_cni began 40 s after the run of 4,000 s, and took 60 s."""
    made = report()
    at = [each["name"] for each in made["steps"]].index("switch_cni")
    bar = Page(as_page(made)).bars[at]
    assert (bar["x"], bar["width"]) == ("1.00%", "1.50%")


def test_what_never_ended_stops_where_the_run_turned_back() -> None:
    """The run began at 1,000 and ended at 5,000; the way back began at 2,000, and old nodes were drained from 1,210."""
    made = compose(ran(step_quiet=taken(2000, 2001, "nothing was quieted", way="back")), "rolled back", 5000.0)
    page = Page(as_page(made))
    at = [each["name"] for each in made["steps"]].index("drain_old")
    assert (page.bars[at]["x"], page.bars[at]["width"]) == ("5.25%", "19.75%")
    [row] = [row for row in page.rows if row[0] == "drain old"]
    assert row[2] == "not ended"
    assert "under way" not in as_markdown(made)


def test_a_thousand_nodes_are_folded_and_a_report_of_them_fits_into_an_answer() -> None:
    """Lambda answers with 6 MB at most ("Lambda quotas")."""
    nodes = [f"ip-10-0-{n // 256}-{n % 256}.eu-west-1.compute.internal" for n in range(1000)]
    parts: dict[str, Any] = {f"node#{name}": node(1210, "drained", 29) for name in nodes}
    parts["batch#old#00001"] = {"nodes": nodes, "owners": {}, "targets": {}, "settled": True}
    made = report(**parts)
    assert len(made["nodes"]) == 1001
    assert len(json.dumps(made)) < 1_000_000
    assert "<summary>All 1,001</summary>" in as_page(made)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0.04, "0.0 s"),
        (9.96, "10.0 s"),
        (59, "59 s"),
        (60, "1 min 00 s"),
        (3599.6, "1 h 00 min"),
        (7500, "2 h 05 min"),
    ],
)
def test_durations_are_short(seconds: float | None, text: str) -> None:
    assert lasted(seconds) == text


def test_moments_are_in_utc() -> None:
    assert (moment(1795207548.7), moment(None)) == ("2026-11-20 20:45:48", "")
