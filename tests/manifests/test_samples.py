"""Sample applications with one and with two networks."""

from typing import Any

import pytest

from node.manifests.attachments import attachment_definitions
from node.manifests.images import Images
from node.manifests.samples import NETWORKS_ANNOTATION, PORT, sample
from nodenet.configuration.resolved import ResolvedConfiguration
from tests.manifests import objects
from tests.manifests.networks import group, network

IMAGES = Images(agent="registry/nodenet-agent:1")
CONFIGURATION = ResolvedConfiguration("prod", (group(network("n3"), network("n6")),))


def made(*networks: str) -> dict[str, Any]:
    return sample("answers", networks, IMAGES, namespace="core", node_selector={"team": "core"})


@pytest.mark.parametrize("networks", [["n3"], ["n3", "n6"]])
def test_its_pods_ask_for_networks_that_are_defined_in_their_namespace(networks: list[str]) -> None:
    """Names without a namespace are of the pod's own (multi-net-spec, "k8s.v1.cni.cncf.io/networks")."""
    deployment = made(*networks)
    asked = deployment["spec"]["template"]["metadata"]["annotations"][NETWORKS_ANNOTATION].split(", ")
    defined = [each["metadata"]["name"] for each in attachment_definitions(CONFIGURATION, namespace="core")]
    assert asked == networks
    assert set(asked) <= set(defined)
    assert deployment["metadata"]["namespace"] == "core"


def test_it_is_consistent_and_kubernetes_own() -> None:
    objects.assert_consistent([made("n3")])
    objects.validate(made("n3"))


def test_no_two_of_its_pods_are_on_one_node() -> None:
    """Packets between pods of one node never leave it, and prove nothing of the VPC."""
    spec = made("n3")["spec"]
    (rule,) = spec["template"]["spec"]["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert spec["replicas"] == 2
    assert rule == {"labelSelector": spec["selector"], "topologyKey": "kubernetes.io/hostname"}


def test_it_does_not_come_to_nodes_without_the_networks_nor_too_early() -> None:
    pod = made("n3")["spec"]["template"]["spec"]
    assert {"team": "core"}.items() <= pod["nodeSelector"].items()
    assert "tolerations" not in pod


def test_it_may_send_pings_and_nothing_else() -> None:
    pod = made("n3")["spec"]["template"]["spec"]
    assert pod["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["NET_RAW"]}
    assert pod["automountServiceAccountToken"] is False
    assert str(PORT) in pod["containers"][0]["command"][-1]
