"""An EKS cluster of the local region with a real control plane: nodes, addresses, users, and the way to pods."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.credentials import Credentials
from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.batch_v1 import Job
from lightkube.resources.core_v1 import PersistentVolume, Pod
from lightkube.resources.storage_v1 import VolumeAttachment

from local.region import Region
from local.world import ACCOUNT, REGION
from tests.e2e.kubernetes import manifests
from tests.e2e.kubernetes.attached import attach
from tests.e2e.kubernetes.control_plane import ControlPlane
from tests.e2e.kubernetes.programs import Programs
from tests.e2e.kubernetes.waiting import until
from tests.kubernetes.nodes_stage import CNI, CUSTOM, Stage, address_of, addresses, inside, instance_of, name_of
from tests.region.kubernetes_cluster import signed

VIEWER = f"arn:aws:iam::{ACCOUNT}:role/viewer"


@dataclass
class Prod:
    """The cluster "prod": `stage` asks AWS, and Kubernetes as the account's root."""

    stage: Stage
    plane: ControlPlane

    def ask(self, path: str, token: str = "") -> tuple[int, dict[str, Any]]:
        """Status code and answer, as the administrator or with a token."""
        request = Request(self.plane.endpoint + path)
        access = self.plane.access
        if token:
            request.add_header("Authorization", f"Bearer {token}")
        context = access.context() if not token else access.trusting()
        try:
            with urlopen(request, context=context, timeout=30) as answer:
                return answer.status, json.load(answer)
        except HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)

    def token(self, role: str) -> str:
        """Of a session of the role."""
        assumed = self.stage.region.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
        keys = Credentials(assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"])
        return signed(self.stage.region.endpoint, "prod", keys)

    def running(self, app: str, count: int) -> list[Any]:
        """So many running pods with an address of their own, waited for."""

        def found() -> list[Any]:
            return [pod for pod in self.stage.kube.list(Pod, labels={"app": app}) if address_of(pod)]

        return until(lambda: each if len(each := found()) == count else [])


@pytest.fixture
def prod(fresh_region: Region, control_plane_programs: Programs) -> Iterator[Prod]:
    """Twenty seconds of AWS pass in one."""
    fresh_region.control.speed = 20
    with (
        TemporaryDirectory(prefix="kube-") as folder,
        closing(Stage(fresh_region)) as stage,
        attach(control_plane_programs, Path(folder), fresh_region, "prod") as plane,
    ):
        # The add-ons that every cluster begins with.
        until(lambda: len(list(stage.kube.list(Deployment, namespace="kube-system"))) == 1)
        yield Prod(stage, plane)
        fresh_region.control.reset()


def test_describe_cluster_names_it(prod: Prod) -> None:
    shown = prod.stage.eks.describe_cluster(name="prod")["cluster"]

    assert shown["endpoint"] == prod.plane.endpoint
    assert prod.stage.nodes() == []


def test_instances_join_and_their_pods_have_addresses_of_ec2(prod: Prod) -> None:
    prod.stage.managed(size=2)
    nodes = prod.stage.ready(2)
    prod.stage.deploy("web", 6)

    pods = prod.running("web", 6)

    for node in nodes:
        given = {address for each in prod.stage.interfaces(node) for address in addresses(each)}
        assert {address_of(pod) for pod in pods if pod.spec.nodeName == name_of(node)} <= given


def test_a_terminated_instances_node_goes_and_its_addresses_are_free(prod: Prod) -> None:
    prod.stage.managed(size=1)
    (node,) = prod.stage.ready(1)
    free = prod.stage.free(prod.stage.nodes_in["a"])
    prod.stage.eks.update_nodegroup_config(
        clusterName="prod", nodegroupName="web", scalingConfig={"minSize": 0, "maxSize": 20, "desiredSize": 0}
    )

    until(lambda: not prod.stage.nodes())

    until(lambda: prod.stage.free(prod.stage.nodes_in["a"]) > free)
    assert instance_of(node)


def test_the_switch_rolls_through_the_real_daemon_set_and_new_nodes_take_from_the_pod_subnets(prod: Prod) -> None:
    prod.stage.managed(size=1)
    (old,) = prod.stage.ready(1)
    prod.stage.eni_configs()
    prod.stage.cordon(old)
    prod.stage.eks.create_addon(**CNI, configurationValues=json.dumps({"env": CUSTOM}), resolveConflicts="OVERWRITE")
    until(lambda: prod.stage.eks.describe_addon(**CNI)["addon"]["status"] == "ACTIVE")
    prod.stage.managed("new", size=1)
    prod.stage.ready(2)
    (new,) = (each for each in prod.stage.nodes() if name_of(each) != name_of(old))

    prod.stage.deploy("web", 2, node=name_of(new))

    for pod in prod.running("web", 2):
        assert inside(str(address_of(pod)), "100.64.0.0/16")


def test_a_role_is_who_its_access_entry_says(prod: Prod) -> None:
    entry = {"clusterName": "prod", "principalArn": VIEWER}
    assert prod.ask("/api/v1/nodes", prod.token(VIEWER))[0] == 401

    prod.stage.eks.create_access_entry(**entry, kubernetesGroups=["viewers"])
    code, status = prod.ask("/api/v1/nodes", prod.token(VIEWER))
    assert (code, status["reason"]) == (403, "Forbidden")

    policy = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy"
    prod.stage.eks.associate_access_policy(**entry, policyArn=policy, accessScope={"type": "cluster"})
    assert prod.ask("/api/v1/nodes", prod.token(VIEWER))[0] == 200


def test_a_token_for_another_cluster_is_nobodys(prod: Prod) -> None:
    assert prod.ask("/api", signed(prod.stage.region.endpoint, "prod"))[0] == 200
    assert prod.ask("/api", signed(prod.stage.region.endpoint, "other"))[0] == 401


def test_the_api_server_reaches_pods_but_for_ranges_that_it_does_not_know(prod: Prod) -> None:
    prod.stage.managed(size=1)
    prod.stage.ready(1)
    prod.stage.deploy("web", 1)
    (pod,) = prod.running("web", 1)
    way = f"/api/v1/namespaces/default/pods/{name_of(pod)}:8080/proxy/healthz"

    assert prod.ask(way) == (
        200,
        {"name": name_of(pod), "namespace": "default", "address": address_of(pod), "path": "/healthz"},
    )

    prod.stage.region.control.bar_pods("prod", cidr="10.0.0.0/16")
    code, status = prod.ask(way)
    assert (code, status["reason"]) == (503, "ServiceUnavailable")
    assert "error trying to reach service" in status["message"]


def test_a_stateful_sets_volume_is_made_in_the_zone_of_its_pod(prod: Prod) -> None:
    prod.stage.managed(size=1, zones="b")
    prod.stage.ready(1)
    prod.stage.kube.create(manifests.storage_class("gp3"))
    prod.stage.kube.create(manifests.stateful_set("db", 1, storage="gp3"))

    (pod,) = prod.running("db", 1)

    (volume,) = prod.stage.kube.list(PersistentVolume)
    (term,) = volume.spec.nodeAffinity.required.nodeSelectorTerms
    assert term.matchExpressions[0].values == [f"{REGION}b"]
    until(lambda: [each.status.attached for each in prod.stage.kube.list(VolumeAttachment)] == [True])
    assert pod.spec.nodeName


def test_pods_end_as_ordered(prod: Prod) -> None:
    prod.stage.region.control.end_pods("prod", {"app": "canary"}, exit_code=4, message="no TLS", run_seconds=1)
    prod.stage.managed(size=1)
    prod.stage.ready(1)

    prod.stage.kube.create(manifests.job("canary"))

    def failed() -> bool:
        conditions = prod.stage.kube.get(Job, "canary").status.conditions or []
        return any(each.type == "Failed" for each in conditions)

    until(failed)
    (pod,) = prod.stage.kube.list(Pod, labels={"app": "canary"})
    terminated = pod.status.containerStatuses[0].state.terminated
    assert (terminated.exitCode, terminated.message) == (4, "no TLS")
