"""Old nodes are drained in the local region: pods that are evicted under budgets, come back on new nodes, and get
addresses there; each function with the rights of its own and no others."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Node, Pod

from local.region import Region
from local.world import ACCOUNT
from nodenet import connecting
from nodenet.aws import clients
from nodenet.aws.autoscaling import AutoScaling
from nodenet.aws.eks_token import regional_sts
from nodenet.aws.loads import Loads
from nodenet.aws.scaling_groups import ScalingGroups
from nodenet.errors import Waiting
from nodenet.kubernetes.bindings import Bindings
from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.permissions import group
from nodenet.kubernetes.pods import Pods
from nodenet.kubernetes.workloads import Workloads
from nodenet.migration.drain.drain_node import Asked, DrainNode, Turn
from nodenet.migration.drain.next_batch import Batch, NextBatch
from nodenet.migration.drain.settle_batch import SettleBatch
from nodenet.migration.request import Drain, GroupWish, Request, Share
from nodenet.migration.run import Run
from nodenet.migration.verify.verify import Verify
from tests.integration.cluster_reader import as_a_role  # noqa: F401 - a fixture
from tests.integration.migration.prod import NAME, ZONES, Prod
from tests.integration.migration.waiting import until
from tests.integration.migration.watch import Watch
from tests.unit.migration.record import started

RIGHTS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "eks:DescribeCluster", "Resource": "*"},
            {"Effect": "Allow", "Action": "autoscaling:DescribeAutoScalingGroups", "Resource": "*"},
            {"Effect": "Allow", "Action": "elasticloadbalancing:DescribeTargetHealth", "Resource": "*"},
        ],
    }
)
CIDRS = {zone: f"100.64.{32 * number}.0/24" for number, zone in enumerate(ZONES)}
SPEED = 60


@pytest.fixture(name="prod")
def two_groups(fresh_region: Region) -> Iterator[Prod]:
    """Three cordoned old nodes with pods, and three new ones in subnets of a second block."""
    fresh_region.control.kubernetes(controllers=True)
    fresh_region.control.speed = SPEED
    prod = Prod(fresh_region)
    prod.build()
    prod.apply_access()
    ec2 = prod.client("ec2")
    ec2.associate_vpc_cidr_block(VpcId=prod.vpc, CidrBlock="100.64.0.0/16")
    new = [
        ec2.create_subnet(VpcId=prod.vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for zone, cidr in CIDRS.items()
    ]
    prod.managed("web", size=3)
    prod.deployment("web", 6, available=5)
    prod.stateful_set("db", 3)
    prod.settled(3)
    for node in prod.nodes():
        cordon(prod, node.metadata.name, unschedulable=True)
    prod.managed("web-new", size=3, subnets=new)
    prod.settled(6)
    yield prod
    fresh_region.control.clear_faults()
    fresh_region.control.speed = 1


def cordon(prod: Prod, name: str, *, unschedulable: bool) -> None:
    with closing(prod.kube) as kube:
        kube.patch(Node, name, {"spec": {"unschedulable": unschedulable}})


@pytest.fixture(name="step")
def connection_of_a_step(
    prod: Prod, as_role: Callable[[str, str | None], None]
) -> Iterator[Callable[[str], Connection]]:
    """Connects as the function of a step does."""
    made: dict[str, Connection] = {}

    def become(step: str) -> Connection:
        if step not in made:
            connecting.connect.cache_clear()
            arn = f"arn:aws:iam::{ACCOUNT}:role/step-{step}"
            prod.client("eks").create_access_entry(clusterName=NAME, principalArn=arn, kubernetesGroups=[group(step)])
            as_role(f"step-{step}", RIGHTS)
            made[step] = connecting.connect(NAME, clients.eks(), regional_sts("eu-west-1"))
        return made[step]

    yield become
    connecting.connect.cache_clear()
    for each in made.values():
        each.__exit__()


@pytest.fixture(name="run")
def run_of_it(prod: Prod) -> Run:
    scaling = {
        name: [
            each["name"]
            for each in prod.client("eks").describe_nodegroup(clusterName=NAME, nodegroupName=name)["nodegroup"][
                "resources"
            ]["autoScalingGroups"]
        ]
        for name in ("web", "web-new")
    }
    subnets = [{"zone": zone, "cidr": cidr, "label": ""} for zone, cidr in CIDRS.items()]
    return started(
        Request(NAME, (GroupWish("web"),), batch=Share(number=2)),
        preflight={"facts": {"groups": [{"name": "web", "autoScalingGroups": scaling["web"], "nodes": 3}]}},
        step_new_group={"groups": {"web": {"name": "web-new", "autoScalingGroups": scaling["web-new"]}}},
        step_extend_vpc={"podSubnets": subnets},
    )


class Drains:
    """The functions' work, each by its own connection."""

    def __init__(self, step: Callable[[str], Connection], run: Run) -> None:
        self.step, self.run = step, run

    def choose(self, which: Any = "old") -> Batch:
        at, groups, loads = self.step("next_batch"), ScalingGroups(clients.autoscaling()), Loads(clients.elbv2())
        choice = NextBatch(Nodes(at), groups, Pods(at), Workloads(at), Bindings(at), loads)
        return choice.choose(self.run, which, "arn:of:an:execution")

    def drain(self, node: str, options: Drain | None = None, instance: str = "") -> Turn:
        at = self.step("drain_node")
        drain = DrainNode(Nodes(at), Pods(at), AutoScaling(clients.autoscaling()))
        elapsed, turns = 0.0, 0
        while not (turn := drain.turn(Asked(node, instance, options or Drain(), elapsed, turns))).done:
            turns, elapsed = turns + 1, elapsed + turn.wait
            time.sleep(turn.wait / SPEED)
        return turn

    def settle(self, number: int, which: Any = "old") -> str:
        at, loads = self.step("settle_batch"), Loads(clients.elbv2())
        step = SettleBatch(which, number, Nodes(at), Pods(at), Workloads(at), Bindings(at), loads)
        return eventually(lambda: step.forward(self.run, self.run.notes(step.name)))

    def all(self, which: Any = "old") -> None:
        while not (batch := self.choose(which)).done:
            for each in batch.nodes:
                assert self.drain(each["node"], instance=each["instance"]).outcome == "drained"
            self.settle(batch.number, which)


@pytest.fixture(name="drains")
def drains_of_it(step: Callable[[str], Connection], run: Run) -> Drains:
    return Drains(step, run)


def eventually(work: Callable[[], str], seconds: float = 30.0) -> str:
    end = time.monotonic() + seconds
    while True:
        try:
            return work()
        except Waiting:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def test_all_pods_move_to_new_nodes_and_no_budget_is_broken(prod: Prod, drains: Drains) -> None:
    old = {node.metadata.name for node in prod.nodes() if node.spec.unschedulable}
    with Watch(prod).on() as watch:
        drains.all()
    assert not {pod.metadata.name for pod in prod.pods() if pod.spec.nodeName in old}
    assert not prod.short()
    assert not watch.broken
    assert watch.looks > 5
    assert all(address.startswith("100.64.") for address in prod.addresses().values())


def test_what_moved_is_verified_with_the_rights_of_its_function(
    prod: Prod, drains: Drains, step: Callable[[str], Connection], run: Run
) -> None:
    run.part("workloads").keep(owners={"Deployment/default/web": {"desired": 6, "available": 6}})
    drains.all()
    at, groups, loads = step("verify"), ScalingGroups(clients.autoscaling()), Loads(clients.elbv2())
    verify = Verify(Nodes(at), groups, Pods(at), Workloads(at), Bindings(at), loads, NoProbes())
    said = eventually(lambda: verify.forward(run, run.notes("verify")))
    assert "pods on 3 new nodes have addresses of the new range, 1 owners are as available as before" in said


class NoProbes:
    def differing(self, run: Run) -> list[str]:
        assert not run.request.probes
        return []


def test_a_drained_node_costs_few_requests(prod: Prod, drains: Drains, step: Callable[[str], Connection]) -> None:
    """A turn lists a node's pods and the ReplicaSets that own them; beside the turns there are one eviction for each
    pod, one cordon, and one look at volumes."""
    [name, *_] = [node.metadata.name for node in prod.nodes() if node.spec.unschedulable]
    cordon(prod, name, unschedulable=False)
    pods = [pod for pod in prod.pods() if pod.spec.nodeName == name]
    drains.drain(name)
    asked = Counter(step("drain_node").calls)
    turns = asked["kubernetes:get nodes"]
    blocked = asked["kubernetes:create pods/eviction"] - len(pods)
    assert asked["kubernetes:patch nodes"] == 1
    assert asked["kubernetes:list pods"] == turns
    assert asked["kubernetes:list volumeattachments"] == 1
    assert blocked <= len(pods) * turns
    assert asked.total() <= 4 * turns + len(pods) + blocked + 2


def test_a_bare_pod_is_refused_and_nothing_is_evicted(prod: Prod, drains: Drains) -> None:
    [name, *_] = [node.metadata.name for node in prod.nodes() if node.spec.unschedulable]
    spec = {"nodeName": name, "containers": [{"name": "app", "image": "app"}]}
    bare = Pod(metadata=ObjectMeta(name="bare", namespace="default"), spec=spec)  # type: ignore[arg-type]
    with closing(prod.kube) as kube:
        kube.create(bare)
    before = {pod.metadata.name for pod in prod.pods()}
    turn = drains.drain(name)
    assert turn.outcome == "refused"
    assert "default/bare" in turn.said
    assert {pod.metadata.name for pod in prod.pods()} == before
    assert drains.drain(name, Drain(bare_pods=True)).outcome == "drained"


def test_a_node_that_dies_while_it_is_drained_is_no_failure(prod: Prod, drains: Drains) -> None:
    batch = drains.choose()
    [first, *rest] = batch.nodes
    prod.client("ec2").terminate_instances(InstanceIds=[first["instance"]])
    # Auto Scaling's replacement may have its address, and so its name.
    until(lambda: first["instance"] not in instances(prod), "the node is gone")
    assert drains.drain(first["node"], instance=first["instance"]).outcome == "gone"
    for each in rest:
        drains.drain(each["node"], instance=each["instance"])
    assert drains.settle(batch.number)
    assert not prod.short()


def instances(prod: Prod) -> set[str]:
    return {node.spec.providerID.rpartition("/")[2] for node in prod.nodes()}


def test_new_nodes_are_drained_again_on_the_way_back(prod: Prod, drains: Drains) -> None:
    drains.all()
    for node in prod.nodes():
        if node.spec.unschedulable:
            cordon(prod, node.metadata.name, unschedulable=False)
    with Watch(prod).on() as watch:
        drains.all("new")
    assert not watch.broken
    assert not prod.short()
    assert not any(address.startswith("100.64.") for address in prod.addresses().values())
