"""How many pods a new node takes, and how many new nodes there are."""

from dataclasses import replace

import pytest

from nodenet.capacity.cni import CniSettings
from nodenet.limits import shipped
from nodenet.migration.cluster import Owner
from nodenet.migration.preflight.case import Case
from nodenet.migration.preflight.seen_kubernetes import Claim
from nodenet.migration.preflight.sizes import Size, Sizes, max_pods_of, slots
from tests.unit.migration.preflight.changes import CHANGES
from tests.unit.migration.preflight.stage import ZONES, Stage, healthy

CUSTOM = CniSettings(custom_networking=True)
PREFIXES = CniSettings(custom_networking=True, prefix_delegation=True)


def size(stage: Stage) -> Size:
    return Sizes(Case(stage.request, stage.seen)).by_group["web"]


@pytest.mark.parametrize(
    ("instance_type", "settings", "unmanaged", "pods"),
    [
        ("m5.large", CUSTOM, 0, 20),
        ("m5.large", PREFIXES, 0, 110),
        ("m5.large", CUSTOM, 1, 11),
        ("m5.24xlarge", PREFIXES, 0, 250),
    ],
)
def test_max_pods(instance_type: str, settings: CniSettings, unmanaged: int, pods: int) -> None:
    """(ENIs - 1) x (addresses of an ENI - 1) + 2, at most 110 up to 30 vCPUs and 250 above ("Amazon EKS recommended
    maximum Pods", EKS User Guide); each interface of others is one less."""
    limits = shipped(instance_type)
    assert limits
    assert max_pods_of(limits, settings, unmanaged) == pods


def test_an_m5_large_with_two_networks_has_no_slot_for_pods() -> None:
    """Three interfaces: the primary one, and two of networks."""
    limits = shipped("m5.large")
    assert limits
    assert [slots(limits, CUSTOM, networks) for networks in (0, 1, 2)] == [2, 1, 0]
    assert slots(limits, replace(CUSTOM, pod_eni=True), 0) == (1 if limits.branch_interfaces != 0 else 2)


def test_pods_decide() -> None:
    """Eighteen addresses of a node are for pods: max-pods of 20 counts aws-node and kube-proxy, which take none."""
    found = size(healthy(per_zone=3, shop=200))
    assert (found.max_pods, found.room, found.nodes) == (20, 18, 12)  # 202 pods with CoreDNS's


def test_requests_decide_where_they_ask_for_more_nodes() -> None:
    stage = healthy(per_zone=3, shop=30)
    stage.all_pods(cpu=300)
    assert size(stage).nodes == 7  # 9.2 cores at 80 % of 1.93 a node, of which daemons have 0.2
    assert "cores" in size(stage).why


def test_never_more_than_today_because_of_requests() -> None:
    stage = healthy()
    stage.all_pods(cpu=4000)
    assert size(stage).nodes == 6


def test_as_many_as_today_where_pods_do_not_say_what_they_need() -> None:
    stage = healthy()
    stage.pod(0, memory=None)
    assert size(stage).nodes == 6


def test_pods_that_keep_apart_decide() -> None:
    stage = healthy(per_zone=2, shop=5)
    stage.all_pods(apart=True)
    assert size(stage).nodes == 5


def test_volumes_of_one_zone_decide() -> None:
    """Auto Scaling deals nodes evenly: pods that fill two nodes in one zone take two nodes in each."""
    stage = healthy(per_zone=4, shop=20)
    claims = {("shop", f"c{each}"): Claim("shop", f"c{each}", zones=(ZONES[0],)) for each in range(20)}
    stage.see(claims=claims)
    for each in range(20):
        stage.pod(each, claims=(f"c{each}",))
    assert size(stage).nodes == 6


def test_daemons_with_addresses_take_their_places_on_each_node() -> None:
    stage = healthy(per_zone=3, shop=200)
    owner = Owner("DaemonSet", "kube-system", "agent")
    agents = tuple(
        replace(stage.seen.pods[0], name=f"agent-{node.name}", node=node.name, owner=owner, host_network=False)
        for node in stage.seen.nodes
    )
    stage.see(pods=(*stage.seen.pods, *agents))
    assert (size(stage).room, size(stage).nodes) == (17, 12)


def test_networks_of_nodenet_take_slots() -> None:
    stage = healthy()
    CHANGES["capacity.eni-slots"](stage)
    report = stage.look()
    assert report.facts["groups"][0]["networks"] == ["n0", "n1"]
    assert [each.about for each in report.blockers if each.id == "capacity.eni-slots"] == [("web", "m5.large")]
