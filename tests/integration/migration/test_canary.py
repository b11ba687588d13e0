"""Canaries and probes in the local region: pods that are scheduled, get addresses of EC2's model and are asked by the
API server, by steps that have the rights of their functions and no others."""

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.models.rbac_v1 import RoleRef, Subject
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import Node, Pod
from lightkube.resources.rbac_authorization_v1 import RoleBinding

from local.region import Region
from local.world import ACCOUNT
from nodenet import connecting
from nodenet.aws import clients
from nodenet.aws.eks_token import regional_sts
from nodenet.aws.scaling_groups import ScalingGroups
from nodenet.errors import AccessDenied, HeldError, Waiting
from nodenet.kubernetes.canaries import NAMESPACE, Canaries
from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.permissions import PROBES, group
from nodenet.kubernetes.pods import Pods
from nodenet.kubernetes.probe_pods import ProbePods
from nodenet.kubernetes.workloads import Workloads
from nodenet.migration.canary.canary import Canary
from nodenet.migration.canary.probe import ProbeBefore
from nodenet.migration.canary.probes import Probes
from nodenet.migration.request import GroupWish, Mode, Probe, Request, Timeouts
from nodenet.migration.run import Run
from tests.integration.cluster_reader import as_a_role  # noqa: F401 - a fixture
from tests.integration.migration.prod import NAME, ZONES, Prod
from tests.integration.migration.waiting import until
from tests.unit.migration.record import started

RIGHTS = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "eks:DescribeCluster", "Resource": "*"},
            {"Effect": "Allow", "Action": "autoscaling:DescribeAutoScalingGroups", "Resource": "*"},
        ],
    }
)
CIDRS = {zone: f"100.64.{32 * number}.0/24" for number, zone in enumerate(ZONES)}
UNVERIFIED = [{"key": "nodenet/unverified", "effect": "NO_SCHEDULE"}]


@pytest.fixture(name="prod")
def moved(fresh_region: Region) -> Iterator[Prod]:
    """An old group whose nodes are cordoned, and a tainted new one in subnets of a second block."""
    fresh_region.control.kubernetes(controllers=True)
    fresh_region.control.speed = 60
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
    prod.deployment("web", 3)
    prod.settled(3)
    cordoned(prod, unschedulable=True)
    prod.managed("web-new", size=3, subnets=new, taints=UNVERIFIED)
    prod.settled(6)
    yield prod
    fresh_region.control.clear_faults()
    fresh_region.control.speed = 1


@pytest.fixture(name="step")
def connection_of_a_step(
    prod: Prod,
    as_role: Callable[[str, str | None], None],
) -> Iterator[Callable[[str], Connection]]:
    """Connects as the function of a step does."""
    connecting.connect.cache_clear()
    made = []

    def become(step: str) -> Connection:
        arn = f"arn:aws:iam::{ACCOUNT}:role/step-{step}"
        prod.client("eks").create_access_entry(clusterName=NAME, principalArn=arn, kubernetesGroups=[group(step)])
        as_role(f"step-{step}", RIGHTS)
        made.append(connecting.connect(NAME, clients.eks(), regional_sts("eu-west-1")))
        return made[-1]

    yield become
    connecting.connect.cache_clear()
    for each in made:
        each.__exit__()


def a_run(prod: Prod, mode: Mode = Mode.NODE_SUBNETS, *probes: Probe) -> Run:
    scaling = {
        name: [
            asg["name"]
            for asg in prod.client("eks").describe_nodegroup(clusterName=NAME, nodegroupName=name)["nodegroup"][
                "resources"
            ]["autoScalingGroups"]
        ]
        for name in ("web", "web-new")
    }
    subnets = [{"zone": zone, "cidr": cidr, "label": ""} for zone, cidr in CIDRS.items()]
    return started(
        Request(NAME, (GroupWish("web"),), mode=mode, probes=probes, timeouts=Timeouts(canary=900)),
        preflight={"facts": {"groups": [{"name": "web", "autoScalingGroups": scaling["web"], "zones": list(ZONES)}]}},
        step_extend_vpc={"nodeSubnets": subnets, "podSubnets": subnets},
        step_new_group={
            "groups": {"web": {"name": "web-new", "made": True, "autoScalingGroups": scaling["web-new"], "desired": 3}}
        },
    )


def canary(connection: Connection) -> Canary:
    groups = ScalingGroups(clients.autoscaling())
    return Canary(Nodes(connection), groups, Pods(connection), Canaries(connection), lambda: 5000.0)


def taken(step: Any, run: Run) -> str:
    """As the state machine takes it: again and again, as long as it waits."""
    said: list[str] = []

    def done() -> bool:
        with contextlib.suppress(Waiting):
            said.append(step.forward(run, run.notes(step.name)))
        return bool(said)

    until(done, "the step ends", 60)
    return said[0]


def left(prod: Prod, namespace: str = NAMESPACE) -> list[str]:
    with contextlib.closing(prod.kube) as kube:
        return [str(each.metadata.name) for kind in (Job, Pod) for each in kube.list(kind, namespace=namespace)]


def test_new_nodes_that_are_reached_and_reach_pass(prod: Prod, step: Callable[[str], Connection]) -> None:
    run = a_run(prod)
    said = taken(canary(step("canary")), run)
    assert said.startswith("3 canaries in 3 zones")
    assert "not tested" not in said
    verdicts = run.notes("canary")["verdicts"]
    assert sorted(verdicts) == list(ZONES)
    new = {each.metadata.name for each in prod.nodes(**{"eks.amazonaws.com/nodegroup": "web-new"})}
    assert {each["canaries"]["web"]["node"] for each in verdicts.values()} == new
    assert {each["fromOld"] for each in verdicts.values()} == {"reached"}
    until(lambda: not left(prod), "jobs and pods are gone")


def test_a_cni_that_was_not_switched_is_found(prod: Prod, step: Callable[[str], Connection]) -> None:
    """Custom networking was asked for, and pods have addresses of their nodes' subnets."""
    run = a_run(prod, Mode.CUSTOM_NETWORKING)
    wrong = [{"zone": zone, "cidr": f"100.65.{number}.0/24", "label": ""} for number, zone in enumerate(ZONES)]
    run.notes("extend_vpc").note(podSubnets=wrong)
    with pytest.raises(HeldError, match=r"which is not in 100\.65\.0\.0/24"):
        taken(canary(step("canary")), run)
    until(lambda: not left(prod), "jobs and pods are gone")


def test_a_check_that_fails_in_one_zone_holds(prod: Prod, step: Callable[[str], Connection]) -> None:
    message = json.dumps({"results": {"dns": "gaierror: try again", "readyz": ""}})
    prod.region.control.end_pods(
        NAME, {"app.kubernetes.io/name": "nodenet-canary"}, exit_code=1, message=message, run_seconds=1
    )
    with pytest.raises(HeldError, match=r"dns: gaierror: try again\. Names are not resolved"):
        taken(canary(step("canary")), a_run(prod))
    until(lambda: not left(prod), "jobs and pods are gone")


def test_a_control_plane_that_does_not_know_the_block_is_waited_for(
    prod: Prod, step: Callable[[str], Connection]
) -> None:
    control, run = prod.region.control, a_run(prod)
    control.bar_pods(NAME, cidr=CIDRS[ZONES[1]])
    tried, told = canary(step("canary")), [""]

    def not_reached() -> bool:
        with pytest.raises(Waiting) as caught:
            tried.forward(run, run.notes("canary"))
        told[0] = str(caught.value)
        return "does not reach" in told[0]

    until(not_reached, "the API server is found not to reach it", tell=lambda: told)
    assert ZONES[1] in told[0]
    assert ZONES[0] not in told[0]
    control.clear_barriers(NAME)
    assert taken(tried, run).startswith("3 canaries in 3 zones")


def test_a_step_that_is_not_the_canarys_may_not_start_one(prod: Prod, step: Callable[[str], Connection]) -> None:
    with pytest.raises(AccessDenied):
        taken(canary(step("cordon")), a_run(prod))


def test_the_way_back_takes_away_what_is_under_way(prod: Prod, step: Callable[[str], Connection]) -> None:
    run, tried = a_run(prod), canary(step("canary"))
    with pytest.raises(Waiting):
        tried.forward(run, run.notes("canary"))
    assert left(prod)
    tried.back(run, run.notes("canary"))
    until(lambda: not left(prod), "jobs and pods are gone")


class TestProbes:
    PROBE = Probe("default", "app=web", "db.data", 5432)

    @pytest.fixture(autouse=True)
    def old_nodes_are_open(self, prod: Prod) -> None:
        """As they are before the run."""
        cordoned(prod, unschedulable=None)

    @pytest.fixture
    def bound(self, prod: Prod) -> None:
        """As the namespace's owner binds it."""
        groups = [
            Subject(kind="Group", apiGroup="rbac.authorization.k8s.io", name=group(each))
            for each in ("probe", "verify")
        ]
        role = RoleRef(apiGroup="rbac.authorization.k8s.io", kind="ClusterRole", name=PROBES)
        with contextlib.closing(prod.kube) as kube:
            kube.create(RoleBinding(role, metadata=ObjectMeta(name=PROBES, namespace="default"), subjects=groups))

    def test_it_counts_owners_and_tries_connections(
        self, prod: Prod, step: Callable[[str], Connection], bound: None
    ) -> None:
        self.answers(prod, "")
        run = a_run(prod, Mode.NODE_SUBNETS, self.PROBE)
        assert taken(before(step("probe")), run).endswith("1 of 1 probes answer as they should")
        assert run.part("workloads")["owners"]["Deployment/default/web"] == {"desired": 3, "available": 3}
        until(lambda: not [each for each in left(prod, "default") if "probe" in each], "its pods are gone")

    def test_no_service_sends_it_anything(self, prod: Prod, step: Callable[[str], Connection], bound: None) -> None:
        run = a_run(prod, Mode.NODE_SUBNETS, self.PROBE)
        tried = before(step("probe"))

        def runs() -> bool:
            with contextlib.suppress(Waiting):
                tried.forward(run, run.notes("probe"))
            with contextlib.closing(prod.kube) as kube:
                pods = [each for each in kube.list(Pod, namespace="default") if "probe" in str(each.metadata.name)]
            return any(each.status.phase == "Running" and not ready(each) for each in pods)

        until(runs, "it runs, and is not ready")
        assert not prod.short()
        tried.back(run, run.notes("probe"))

    def test_afterwards_it_compares(self, prod: Prod, step: Callable[[str], Connection], bound: None) -> None:
        self.answers(prod, "")
        run = a_run(prod, Mode.NODE_SUBNETS, self.PROBE)
        taken(before(step("probe")), run)
        self.answers(prod, "TimeoutError: timed out")
        probes, told = probing(step("verify")), [[""]]

        def differs() -> bool:
            with contextlib.suppress(Waiting):
                told[0] = probes.differing(run)
                return True
            return False

        until(differs, "it is tried on new nodes")
        assert told[0] == [
            "probes[0], from default as app=web to db.data:5432, was open and is TimeoutError: timed out"
        ]

    def test_where_the_role_is_not_bound_it_says_how_to(self, prod: Prod, step: Callable[[str], Connection]) -> None:
        with pytest.raises(AccessDenied, match="create rolebinding nodenet-probes -n default"):
            taken(before(step("probe")), a_run(prod, Mode.NODE_SUBNETS, self.PROBE))

    def answers(self, prod: Prod, why: str) -> None:
        message = json.dumps({"results": {"0": why}})
        control = prod.region.control
        control.clear_endings(NAME)
        control.end_pods(NAME, {"app": "web"}, exit_code=0, message=message, run_seconds=5)
        # The Deployment's own pods have the same label, and one more.
        labels = [each.metadata.labels for each in prod.pods()]
        own = next(each["pod-template-hash"] for each in labels if "pod-template-hash" in each)
        control.end_pods(NAME, {"pod-template-hash": own}, exit_code=0, run_seconds=1e9)


def cordoned(prod: Prod, *, unschedulable: bool | None) -> None:
    """The old nodes, or not any more."""
    with contextlib.closing(prod.kube) as kube:
        for node in kube.list(Node, labels={"eks.amazonaws.com/nodegroup": "web"}):
            kube.patch(Node, node.metadata.name, {"spec": {"unschedulable": unschedulable}})


def probing(connection: Connection) -> Probes:
    groups = ScalingGroups(clients.autoscaling())
    return Probes(ProbePods(connection), Nodes(connection), groups, Pods(connection), lambda: 5000.0)


def before(connection: Connection) -> ProbeBefore:
    groups = ScalingGroups(clients.autoscaling())
    return ProbeBefore(Nodes(connection), groups, Pods(connection), Workloads(connection), probing(connection))


def ready(pod: Any) -> bool:
    return any(each.type == "Ready" and each.status == "True" for each in pod.status.conditions or ())
