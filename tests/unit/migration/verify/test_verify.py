"""Every pod has an address of the new range, no owner and no target group has less than before, and connections are as
they were: the gate before old groups are deleted."""

from dataclasses import dataclass, field, replace

import pytest

from nodenet.errors import HeldError, Waiting
from nodenet.migration.cluster import Owner
from nodenet.migration.objects import TargetGroupBinding
from nodenet.migration.request import GroupWish, Mode, Probe, Request
from nodenet.migration.run import Run
from nodenet.migration.verify.verify import Verify
from tests.unit.migration.drain.cluster import Fake
from tests.unit.migration.record import started

ARN = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/1"
WEB = Owner("Deployment", "shop", "web")


@dataclass
class Probes:
    wrong: list[str] = field(default_factory=list)
    asked: int = 0

    def differing(self, run: Run) -> list[str]:
        self.asked += 1
        return self.wrong


@pytest.fixture
def fake() -> Fake:
    """New nodes in zones a and b with a pod of the new range each, and an old node, drained."""
    fake = Fake()
    fake.add_node("old", zone="a", unschedulable=True)
    for zone, address in (("a", "100.64.0.9"), ("b", "100.64.32.9")):
        fake.add_node(f"new-{zone}", "asg-new", zone)
        fake.add_pod(f"new-{zone}", address=address)
    fake.add_pod("old", "aws-node", "DaemonSet", address="10.0.0.1", host_network=True)
    fake.add_pod("new-a", "aws-node", "DaemonSet", address="10.0.0.2", host_network=True)
    return fake


def a_run(mode: Mode = Mode.CUSTOM_NETWORKING, probes: tuple[Probe, ...] = ()) -> Run:
    subnets = [{"zone": "a", "cidr": "100.64.0.0/19"}, {"zone": "b", "cidr": "100.64.32.0/19"}]
    part = "nodeSubnets" if mode is Mode.NODE_SUBNETS else "podSubnets"
    return started(
        Request("prod", (GroupWish("web"),), mode=mode, probes=probes),
        preflight={"facts": {"groups": [{"name": "web", "autoScalingGroups": ["asg-old"], "nodes": 1}]}},
        step_new_group={"groups": {"web": {"name": "web-new", "autoScalingGroups": ["asg-new"]}}},
        step_extend_vpc={part: subnets},
        workloads={"owners": {"Deployment/shop/web": {"desired": 2, "available": 2}}},
    )


def verified(fake: Fake, run: Run, probes: Probes | None = None) -> str:
    step = Verify(fake, fake, fake, fake, fake, fake, probes or Probes())
    return step.forward(run, run.notes(step.name))


@pytest.mark.parametrize("mode", list(Mode))
def test_all_is_as_it_should_be(fake: Fake, mode: Mode) -> None:
    run = a_run(mode)
    assert verified(fake, run).startswith("2 pods on 2 new nodes have addresses of the new range, 1 owners")
    assert run.notes("verify")["result"] == {"pods": 2, "owners": 1, "targetGroups": 0, "nodes": 2, "probes": 0}


def test_nothing_is_changed(fake: Fake) -> None:
    verified(fake, a_run())
    assert set(fake.calls) <= {"nodes", "pods", "workloads"}


def test_a_pod_on_a_new_node_with_an_old_address_holds_the_run(fake: Fake) -> None:
    fake.add_pod("new-a", "api", address="10.0.0.77")
    with pytest.raises(HeldError, match=r"shop/api-\d+ has 10\.0\.0\.77 on new-a\. Delete these pods"):
        verified(fake, a_run())


def test_an_address_of_another_zone_s_subnet_is_wrong_too(fake: Fake) -> None:
    fake.add_pod("new-a", "api", address="100.64.32.77")
    with pytest.raises(HeldError, match="shop/api"):
        verified(fake, a_run())


def test_pods_of_the_host_s_network_and_on_other_nodes_are_out_of_scope(fake: Fake) -> None:
    fake.add_node("other", "asg-other")
    fake.add_pod("other", "api", address="10.0.0.77")
    assert verified(fake, a_run())


def test_a_pod_without_an_address_is_waited_for(fake: Fake) -> None:
    fake.add_pod("new-a", "job", "Job", address="", phase="Pending", ready=False)
    with pytest.raises(Waiting, match=r"shop/job-\d+ has no address"):
        verified(fake, a_run())


def test_owners_have_as_many_available_as_before_the_run(fake: Fake) -> None:
    fake.running["web-1"] = replace(fake.running["web-1"], ready=False)
    with pytest.raises(Waiting, match="Deployment shop/web has 1 of 2 available"):
        verified(fake, a_run())


def test_fewer_are_enough_where_fewer_are_desired(fake: Fake) -> None:
    del fake.running["web-1"]
    fake.desired[WEB] = 1
    assert verified(fake, a_run())


def bind(fake: Fake, *addresses: str, target_type: str = "ip") -> None:
    fake.bound.append(TargetGroupBinding("shop", "web", ARN, target_type, "web"))
    fake.selecting["shop", "web"] = {"app": "web"}
    fake.registered[ARN] = {f"{address}:80": "healthy" for address in addresses}


def test_a_load_balancer_must_reach_pods_at_their_new_addresses(fake: Fake) -> None:
    bind(fake, "10.0.0.9", "100.64.32.9")
    with pytest.raises(Waiting, match=r"target group web/1 has no healthy target at 100\.64\.0\.9"):
        verified(fake, a_run())
    fake.registered[ARN] = {"100.64.0.9:80": "initial", "100.64.32.9:80": "healthy"}
    with pytest.raises(Waiting):
        verified(fake, a_run())
    fake.registered[ARN]["100.64.0.9:80"] = "healthy"
    assert "1 target groups reach them" in verified(fake, a_run())


def test_target_groups_have_as_many_healthy_targets_as_before_the_first_batch(fake: Fake) -> None:
    run = a_run()
    bind(fake, "i-new-a", target_type="instance")
    fake.registered[ARN]["i-new-b:80"] = "unhealthy"
    for number, healthy in ((1, 2), (2, 1)):
        run.part(f"batch#old#{number:05d}").keep(nodes=[], owners={}, targets={ARN: healthy})
    with pytest.raises(Waiting, match="target group web/1 has 1 of 2 healthy"):
        verified(fake, run)


def test_a_target_group_that_is_gone_misses_nothing(fake: Fake) -> None:
    bind(fake, "100.64.0.9")
    del fake.registered[ARN]
    assert verified(fake, a_run())


def test_connections_that_are_not_as_before_hold_the_run(fake: Fake) -> None:
    run = a_run(probes=(Probe("shop", "app=web", "db.shop", 5432),))
    with pytest.raises(HeldError, match=r"connections are not as before: db is closed\. Mend that"):
        verified(fake, run, Probes(["db is closed"]))
    assert "1 probes answer as before" in verified(fake, run, Probes())


def test_connections_are_not_tried_before_all_else_is_there(fake: Fake) -> None:
    fake.add_pod("new-a", "job", "Job", address="", phase="Pending")
    probes = Probes()
    with pytest.raises(Waiting):
        verified(fake, a_run(), probes)
    assert not probes.asked
