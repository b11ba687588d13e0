"""Custom networking: pods in other subnets than their nodes. Sources: amazon-vpc-cni-k8s v1.23.1, pkg/ipamd/ipamd.go
and pkg/eniconfig; EKS user guide, "Deploy pods in alternate subnets with custom networking".
"""

from contextlib import closing

from lightkube.resources.core_v1 import Node

from local.region import Region
from local.world import REGION
from tests.kubernetes.nodes_stage import (  # noqa: F401 - fixtures
    CUSTOM,
    Stage,
    addresses,
    inside,
    name_of,
    quick_region,
    stage_of_nodes,
    status_of,
    until,
)

SECONDARY = "100.64.0.0/16"
LABEL = "k8s.amazonaws.com/eniConfig"


def in_pods_range(stage: Stage, name: str, count: int) -> bool:
    return all(inside(each, SECONDARY) for each in stage.running(name, count))


class TestNewNodes:
    def test_their_pods_are_in_the_subnet_and_groups_of_their_zone_s_config(self, stage: Stage) -> None:
        stage.eni_configs()
        stage.set_env(**CUSTOM)
        stage.managed(size=3, zones="abc")
        nodes = stage.ready(3)
        stage.deploy("web", 12)
        assert in_pods_range(stage, "web", 12)
        for node in nodes:
            zone = node.metadata.labels["topology.kubernetes.io/zone"]
            primary, *others = stage.interfaces(node)
            assert (primary["SubnetId"], addresses(primary)) == (stage.nodes_in[zone[-1]], set())
            assert {each["SubnetId"] for each in others} == {stage.pods_in[zone[-1]]}
            assert {group["GroupId"] for each in others for group in each["Groups"]} == {stage.group}

    def test_without_groups_the_interfaces_have_the_node_s(self, stage: Stage) -> None:
        stage.eni_config("default", stage.pods_in["a"])
        stage.set_env(AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG="true")
        stage.managed()
        (node,) = stage.ready(1)
        primary, other, *_ = stage.interfaces(node)
        assert other["Groups"] == primary["Groups"]

    def test_one_without_its_config_is_not_ready_before_there_is_one(self, stage: Stage) -> None:
        """handlePreScaling: with an empty pool the daemon ends, and starts again later and later."""
        stage.set_env(**CUSTOM)
        stage.managed()
        until(lambda: len(stage.nodes()) == 1)
        stage.wait(120)
        assert status_of(stage.nodes()[0]) == "False"
        assert stage.daemons().status.numberReady in (None, 0)
        stage.eni_config(f"{REGION}a", stage.pods_in["a"])
        stage.ready(1)

    def test_a_cordoned_one_gets_no_interface_and_is_not_ready(self, quick: Region) -> None:
        quick.control.kubernetes(controllers=True, start=120)  # aws-node must not be quicker than we
        with closing(Stage(quick)) as stage:
            self.cordoned(stage)

    def cordoned(self, stage: Stage) -> None:
        stage.eni_configs()
        stage.set_env(**CUSTOM)
        stage.managed()
        until(lambda: len(stage.nodes()) == 1)
        stage.cordon(stage.nodes()[0])
        stage.wait(300)
        (node,) = stage.nodes()
        assert (status_of(node), len(stage.interfaces(node))) == ("False", 1)
        stage.cordon(node, on=False)
        stage.ready(1)

    def test_the_config_is_named_by_the_outside_label_then_annotation_then_label(self, stage: Stage) -> None:
        """GetNodeSpecificENIConfigName; `default` where nothing names one."""
        subnets = {
            name: stage.subnet(f"100.64.{200 + n}.0/24") for n, name in enumerate(("ext", "note", "label", "default"))
        }
        for name, subnet in subnets.items():
            stage.eni_config(name, subnet)
        stage.set_env(AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG="true", WARM_ENI_TARGET="0", WARM_IP_TARGET="1")
        both = {"vpc.amazonaws.com/externalEniConfig": "ext", LABEL: "label"}
        for name, labels in {"ext": both, "label": {LABEL: "label"}, "default": {}}.items():
            stage.managed(name, labels=labels)
        stage.ready(3)
        for name in ("ext", "label", "default"):
            (node,) = stage.nodes(**{"eks.amazonaws.com/nodegroup": name})
            assert stage.interfaces(node)[1]["SubnetId"] == subnets[name]
        (node,) = stage.nodes(**{"eks.amazonaws.com/nodegroup": "label"})
        stage.kube.patch(Node, name_of(node), {"metadata": {"annotations": {LABEL: "note"}}})
        stage.deploy("web", 12, node=name_of(node))
        stage.running("web", 12)
        assert stage.interfaces(node)[2]["SubnetId"] == subnets["note"]


class TestNodesFromBefore:
    def test_they_stay_ready_keep_addresses_and_grow_in_the_new_subnet(self, stage: Stage) -> None:
        """The primary interface is filled no more (GetAllocatableENIs, skipPrimary); what it has is still given."""
        stage.managed()
        (node,) = stage.ready(1)
        stage.deploy("web", 4)
        before = stage.running("web", 4)
        until(lambda: len(stage.interfaces(node)) == 2)
        stage.eni_configs()
        stage.set_env(**CUSTOM)
        assert (status_of(stage.nodes()[0]), stage.running("web", 4)) == ("True", before)
        stage.deploy("more", 10)
        stage.running("more", 10)
        until(lambda: len(stage.interfaces(node)) == 3)
        assert [each["SubnetId"] for each in stage.interfaces(node)] == [
            stage.nodes_in["a"],
            stage.nodes_in["a"],
            stage.pods_in["a"],
        ]

    def test_cordoned_ones_neither_attach_nor_detach(self, stage: Stage) -> None:
        """isNodeNonSchedulable."""
        stage.managed()
        (node,) = stage.ready(1)
        stage.deploy("web", 4, node=name_of(node))
        stage.running("web", 4)
        until(lambda: len(stage.interfaces(node)) == 2)
        stage.cordon(node)
        stage.eni_configs()
        stage.set_env(**CUSTOM)
        stage.deploy("more", 12, node=name_of(node))
        stage.wait(60)
        assert len(stage.interfaces(node)) == 2
        stage.scale("more", 0)
        stage.scale("web", 0)
        stage.wait(150)
        assert len(stage.interfaces(node)) == 2
        stage.cordon(node, on=False)
        stage.scale("more", 12)
        until(lambda: [each["SubnetId"] for each in stage.interfaces(node)][2:] == [stage.pods_in["a"]])

    def test_they_are_ready_though_their_config_is_missing(self, stage: Stage) -> None:
        stage.managed()
        (node,) = stage.ready(1)
        stage.deploy("web", 4)
        stage.running("web", 4)
        stage.set_env(**CUSTOM)
        stage.wait(60)
        assert status_of(stage.kube.get(Node, name_of(node))) == "True"

    def test_a_config_with_a_full_subnet_gives_nothing(self, stage: Stage) -> None:
        small = stage.subnet("100.64.240.0/28")
        stage.eni_config("default", small)
        stage.set_env(AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG="true")
        stage.managed()
        (node,) = stage.ready(1)
        stage.deploy("web", 12, node=name_of(node))
        until(lambda: len(stage.events("FailedCreatePodSandBox")) > 0)
        assert (len(stage.interfaces(node)), stage.free(small)) == (2, 1)
