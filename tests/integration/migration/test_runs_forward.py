"""A run of the deployed state machines from its start to its report, while every workload serves."""

from ipaddress import ip_address, ip_network

from tests.contracts.test_state_machines import events_of_a_run
from tests.integration.migration.prod import Prod
from tests.integration.migration.watch import Watch

RANGE = ip_network("100.64.0.0/16")


def test_managed_and_self_managed_groups_move_and_every_workload_keeps_what_its_budget_asks_for(prod: Prod) -> None:
    prod.self_managed("api", 3)
    prod.settled(9)
    assert not any(ip_address(each) in RANGE for each in prod.addresses().values())
    with Watch(prod).on() as watch:
        run = prod.start("move", nodeGroups=["web", "api"])
        run.ended("SUCCEEDED", 300)
    assert watch.broken == []
    assert watch.fewest["web"] >= 7  # of nine, 80 %
    assert watch.fewest["db"] >= 2
    assert all(ip_address(each) in RANGE for each in prod.addresses().values())
    assert "web" not in prod.groups()
    assert "api" not in prod.groups()
    assert not any(node.spec.unschedulable or node.spec.taints for node in prod.nodes())
    status = run.ask(answer="status")
    assert (status["way"], status["nodes"]["of"]) == ("ended", 9)
    events = run.events()
    retries = sum(event["type"] == "TaskFailed" for event in events)
    assert len(events) <= events_of_a_run(retries) < 10_000
    folder = prod.client("s3").list_objects_v2(Bucket=prod.outputs["ReportsBucket"], Prefix="move/")["Contents"]
    assert sorted(each["Key"] for each in folder) == ["move/report.html", "move/report.json", "move/report.md"]
