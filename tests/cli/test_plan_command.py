"""`nodenet plan`. What a plan finds is proved in tests/unit/capacity; here is what becomes of it on the terminal.

fleet.yaml needs 527 addresses of nodes-a at the height of its surge, which has 507.
"""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FLEET = str(Path(__file__).with_name("fleet.yaml"))


def test_a_fleet_that_fits_ends_with_0_and_one_that_does_not_with_3(run: Run) -> None:
    fits, short = run("plan", FLEET, "--scale", "0.9"), run("plan", FLEET)
    assert (fits.exit_code, short.exit_code) == (0, 3)
    assert fits.stdout.startswith("It fits")
    assert short.stdout.startswith("It does not fit.\n\nMissing\n  - nodes-a: 20 addresses too few")


def test_the_table_names_subnets_worst_first_kinds_of_nodes_and_what_would_help(run: Run) -> None:
    shown = run("plan", FLEET).stdout
    assert shown.index("nodes-a  eu-west-1a") < shown.index("nodes-b  eu-west-1b")
    assert "batch  m5.xlarge      6  5-30" in shown
    for title in ("Subnets", "Nodes, each on average", "What would help"):
        assert f"\n{title}\n" in shown
    assert "What would help" not in run("plan", FLEET, "--no-advice").stdout


def test_what_runs_out_first_follows_the_answer_and_each_group_alone_the_one_that_ends_first(run: Run) -> None:
    """Where the fleet does not fit there is no room to speak of."""
    fleet = """
    subnets: [{name: a, zone: z, size: /23}, {name: b, zone: z, size: /22}]
    nodeGroups:
      - {name: wide, instanceType: m5.large, nodes: 3, pods: 20, subnets: [b]}
      - {name: close, instanceType: m5.large, nodes: 12, pods: 20, subnets: [a]}
    """
    limits = json.loads(run("plan", "-", "--json", stdin=fleet).stdout)["moreNodes"]
    lines = run("plan", "-", "--no-advice", stdin=fleet).stdout.splitlines()
    more = limits["all"]["more"]
    assert lines[1] == f"Room for {more} more nodes, in all groups in proportion: then a runs out of addresses."
    assert [[line.split()[0], line.split()[-1]] for line in lines[-2:]] == [
        ["close", str(limits["groups"]["close"]["more"])],
        ["wide", str(limits["groups"]["wide"]["more"])],
    ]
    assert "Room for" not in run("plan", FLEET, "--no-advice").stdout


@pytest.mark.parametrize(
    ("nodes", "told"),
    [(7, "Room for 1 more node: then a runs out of addresses."), (8, "No room for one more node: a runs out of ")],
)
def test_what_runs_out_first_reads_well_of_one_and_of_none(run: Run, nodes: int, told: str) -> None:
    """Three ENIs of ten addresses for each node, of the 251 that a /24 has."""
    fleet = "subnets: [{name: a, zone: z, size: /24}]\nnodeGroups: [{name: g, instanceType: m5.large, pods: 20, "
    text = f"{fleet} nodes: {nodes}, subnets: [a]}}]"
    assert told in run("plan", "-", "--no-advice", stdin=text).stdout


def test_columns_of_noughts_are_left_out(run: Run) -> None:
    shown = run("plan", FLEET, "--no-advice").stdout
    assert "surge" in shown
    assert "networks" not in shown


def test_less_free_than_the_headroom_is_said(run: Run) -> None:
    shown = run("plan", FLEET, "--scale", "0.9").stdout
    assert shown.startswith("It fits.\n")
    assert "Less than the headroom of 20% stays free in 2 of 2 subnets.\n" in shown


def test_json_is_the_plan_with_the_documents_notes(run: Run) -> None:
    """The same form as the function's answer; the exit status tells all the same."""
    result = run("plan", FLEET, "--json", "--set", "WARM_IP_TARGET=2", "--set", "WARM_ENI_TARGET=1")
    found = json.loads(result.stdout)
    assert (found["fits"], result.exit_code) == (True, 0)
    assert [subnet["name"] for subnet in found["subnets"]] == ["nodes-a", "nodes-b"]
    [note] = found["notes"]
    assert note.startswith("cni.WARM_ENI_TARGET: ")
    assert "WARM_IP_TARGET" in note


def test_csv_has_a_line_for_each_subnet_kind_of_nodes_or_point_of_growth(run: Run) -> None:
    def rows(*words: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(run("plan", FLEET, "--no-advice", "--csv", *words).stdout)))

    subnets, nodes, growth = rows(), rows("--table", "nodes"), rows("--table", "growth")
    assert [(row["name"], row["taken"], row["left"], row["blocks.risk"]) for row in subnets] == [
        ("nodes-a", "527", "-20", "none"),
        ("nodes-b", "480", "27", "none"),
    ]
    assert [(row["group"], row["nodes"], row["pods"], row["maxPods.eks"]) for row in nodes] == [
        ("web", "20", "20", "29"),
        ("batch", "4", "5", "58"),
        ("batch", "2", "30", "58"),
    ]
    assert {row["subnet"] for row in growth} == {"nodes-a", "nodes-b"}
    assert (growth[0]["scale"], growth[0]["nodes"]) == ("1.0", "26")


def test_settings_are_laid_over_the_documents(run: Run) -> None:
    def taken(*words: str) -> int:
        answer = json.loads(run("plan", FLEET, "--no-advice", "--json", *words).stdout)
        return sum(int(subnet["taken"]) for subnet in answer["subnets"])

    assert taken("--set", "WARM_ENI_TARGET=0") < taken() < taken("--set", "WARM_ENI_TARGET=2")
    assert taken("--set", "WARM_ENI_TARGET=2,MAX_ENI=3") < taken("--set", "WARM_ENI_TARGET=2")


@pytest.mark.parametrize(
    ("factor", "nodes"),
    [("1", (20, 4, 2)), ("1.5", (30, 6, 3)), ("1.1", (22, 5, 2)), ("0.1", (2, 1)), ("0.01", (1, 1))],
)
def test_scale_takes_so_many_times_the_nodes_in_the_groups_own_proportions(
    run: Run, factor: str, nodes: tuple[int, ...]
) -> None:
    """A surge in per cent grows too: half of the group's nodes."""
    answer = json.loads(run("plan", FLEET, "--no-advice", "--json", "--scale", factor).stdout)
    assert tuple(each["nodes"] for each in answer["nodes"]) == nodes


def test_scale_counts_instance_types_and_pods_alike(run: Run) -> None:
    document = """
    subnets: [{name: a, zone: z, size: /20}]
    nodeGroups: [{name: g, instanceTypes: {m5.large: 3, c5.large: 1}, pods: {nodes: {5: 2, 9: 2}}, subnets: [a]}]
    """
    answer = json.loads(run("plan", "-", "--json", "--scale", "2.5", stdin=document).stdout)
    by_type, by_pods = {"m5.large": 0, "c5.large": 0}, {5: 0, 9: 0}
    for each in answer["nodes"]:
        by_type[each["instanceType"]] += each["nodes"]
        by_pods[each["pods"]] += each["nodes"]
    assert (sum(by_type.values()), by_type["m5.large"] > by_type["c5.large"]) == (10, True)
    assert by_pods == {5: 5, 9: 5}


def test_a_document_comes_from_standard_input_in_yaml_or_json(run: Run) -> None:
    document = {
        "subnets": [{"name": "a", "zone": "z", "size": "/24"}],
        "nodeGroups": [{"name": "g", "instanceType": "m5.large", "nodes": 1, "pods": 3, "subnets": ["a"]}],
    }
    assert run("plan", "-", stdin=json.dumps(document)).exit_code == 0
    assert run("plan", "-", stdin=Path(FLEET).read_text()).stdout == run("plan", FLEET).stdout


def test_names_cannot_command_the_terminal(run: Run) -> None:
    """ESC in a name is refused by the document; the bidirectional override is a character that terminals obey too."""
    text = Path(FLEET).read_text().replace("name: web", 'name: "web\u202e[31m[bold]"')
    shown = run("plan", "-", "--no-advice", stdin=text).stdout
    assert "web\ufffd[31m[bold]" in shown
    assert "\u202e" not in shown


def test_a_large_fleet_shows_its_worst_rows_and_all_of_them_on_demand(run: Run) -> None:
    subnets = [{"name": f"s{n}", "zone": "z", "size": "/24"} for n in range(50)]
    group = {"name": "g", "instanceType": "m5.large", "nodes": 100, "pods": 5, "subnets": [s["name"] for s in subnets]}
    document = json.dumps({"subnets": subnets, "nodeGroups": [group]})
    few = run("plan", "-", "--no-advice", stdin=document).stdout
    every = run("plan", "-", "--no-advice", "--all", stdin=document).stdout
    assert "Subnets: the 20 worst of 50 (--all shows the rest)" in few
    assert [sum(line.startswith("s") and " z " in line for line in text.splitlines()) for text in (few, every)] == [
        20,
        50,
    ]


def test_of_many_shortages_the_first_are_shown(run: Run) -> None:
    subnets = [{"name": f"s{n}", "zone": f"z{n}", "size": "/28"} for n in range(25)]
    group = {"name": "g", "instanceType": "m5.large", "nodes": 50, "pods": 9, "subnets": [s["name"] for s in subnets]}
    document = json.dumps({"subnets": subnets, "nodeGroups": [group]})
    few, every = (run("plan", "-", "--no-advice", *all_, stdin=document).stdout for all_ in ((), ("--all",)))
    assert "Missing: the 20 first of 25 (--all shows the rest)" in few
    assert [text.count("addresses too few") for text in (few, every)] == [20, 25]


def test_the_page_is_written_beside_what_is_shown(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "plan.html"
    result = run("plan", FLEET, "--html", str(page))
    assert result.stdout == run("plan", FLEET).stdout
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "prod" in text[: text.index("</title>")]


def test_a_name_that_a_spreadsheet_would_take_for_a_formula_is_text_in_csv(run: Run, tmp_path: Path) -> None:
    document = tmp_path / "plan.yaml"
    document.write_text(
        "subnets: [{name: a, zone: z, size: /24}]\n"
        "nodeGroups: [{name: '=1+1', instanceType: m5.large, nodes: 1, pods: 1, subnets: [a]}]\n"
    )
    found = run("plan", str(document), "--no-advice", "--csv", "--table", "nodes").stdout
    assert [row["group"] for row in csv.DictReader(io.StringIO(found))] == ["'=1+1"]
