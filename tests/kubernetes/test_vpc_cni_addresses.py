"""The VPC CNI gives pods addresses that EC2 has given their node. Source: amazon-vpc-cni-k8s v1.23.1, pkg/ipamd and
pkg/awsutils; its README for the variables.
"""

from contextlib import closing
from typing import Any

from lightkube.resources.apps_v1 import Deployment
from lightkube.resources.core_v1 import Pod

from local.region import Region
from tests.kubernetes.nodes_stage import (  # noqa: F401 - fixtures
    Stage,
    addresses,
    inside,
    instance_of,
    name_of,
    quick_region,
    stage_of_nodes,
    until,
)


def one_node(stage: Stage, **more: Any) -> Any:
    stage.managed(size=1, **more)
    (node,) = stage.ready(1)
    return node


def quiet(stage: Stage, replicas: int) -> None:
    """CoreDNS out of the way, so that all addresses are the test's."""
    stage.kube.patch(Deployment, "coredns", {"spec": {"replicas": replicas}}, namespace="kube-system")


class TestSingleAddresses:
    def test_pods_have_addresses_that_ec2_knows_on_their_node(self, stage: Stage) -> None:
        node = one_node(stage)
        stage.deploy("web", 5)
        found = stage.running("web", 5)
        (primary, *_) = stage.interfaces(node)
        assert len(set(found)) == 5
        assert set(found) <= addresses(primary)

        def taken() -> int:
            return sum(len(each["PrivateIpAddresses"]) for each in stage.interfaces(node))

        until(lambda: stage.free(stage.nodes_in["a"]) == 251 - taken())

    def test_pods_of_the_host_s_network_take_none(self, stage: Stage) -> None:
        node = one_node(stage)
        stage.deploy("host", 2, hostNetwork=True)
        assert set(stage.running("host", 2)) == {stage.interfaces(node)[0]["PrivateIpAddress"]}

    def test_another_interface_comes_before_the_first_is_used_up(self, stage: Stage) -> None:
        """WARM_ENI_TARGET=1: as many free as one interface holds; ENIs are the CNI's by description and tags."""
        node = one_node(stage)
        stage.deploy("web", 3)
        stage.running("web", 3)
        until(lambda: len(stage.interfaces(node)) == 2)
        second = stage.interfaces(node)[1]
        tags = {each["Key"]: each["Value"] for each in second["TagSet"]}
        assert second["Description"] == f"aws-K8S-{instance_of(node)}"
        assert tags["node.k8s.amazonaws.com/instance_id"] == instance_of(node)
        assert tags["cluster.k8s.amazonaws.com/name"] == "prod"
        assert second["Attachment"]["DeleteOnTermination"] is True
        assert (second["SubnetId"], len(addresses(second))) == (stage.nodes_in["a"], 9)
        assert second["Groups"] == stage.interfaces(node)[0]["Groups"]

    def test_a_terminated_instance_gives_all_of_them_back(self, stage: Stage) -> None:
        one_node(stage)
        stage.deploy("web", 12)
        stage.running("web", 12)
        until(lambda: stage.free(stage.nodes_in["a"]) == 251 - 30)
        stage.eks.update_nodegroup_config(
            clusterName="prod", nodegroupName="web", scalingConfig={"minSize": 0, "maxSize": 1, "desiredSize": 0}
        )
        until(lambda: not stage.nodes())
        assert stage.free(stage.nodes_in["a"]) == 251

    def test_a_pod_s_address_is_free_for_another_after_half_a_minute(self, stage: Stage) -> None:
        quiet(stage, 0)
        stage.set_env(MAX_ENI="1")
        node = one_node(stage)
        stage.deploy("web", 9)
        before = stage.running("web", 9)
        assert set(before) == addresses(stage.interfaces(node)[0])
        stage.scale("web", 0)
        until(lambda: not stage.pods("web"))
        emptied = stage.region.control.now()
        stage.deploy("next", 9)
        assert stage.running("next", 9) == before
        assert stage.region.control.now() - emptied >= 25

    def test_no_more_interfaces_than_max_eni_says(self, stage: Stage) -> None:
        node = one_node(stage)
        stage.set_env(MAX_ENI="2")
        stage.deploy("web", 17)
        stage.wait(60)
        assert len(stage.interfaces(node)) == 2

    def test_interfaces_of_others_count_and_are_not_touched(self, stage: Stage) -> None:
        """Tagged no_manage: neither claimed nor filled, but one less for the CNI (hasRoomForEni)."""
        quiet(stage, 0)
        stage.set_env(MAX_ENI="2")
        node = one_node(stage)
        mine = stage.ec2.create_network_interface(
            SubnetId=stage.nodes_in["a"],
            TagSpecifications=[
                {
                    "ResourceType": "network-interface",
                    "Tags": [{"Key": "node.k8s.amazonaws.com/no_manage", "Value": "true"}],
                }
            ],
        )["NetworkInterface"]["NetworkInterfaceId"]
        stage.ec2.attach_network_interface(NetworkInterfaceId=mine, InstanceId=instance_of(node), DeviceIndex=2)
        stage.deploy("web", 17)
        stage.wait(60)
        found = stage.interfaces(node)
        assert (len(found), found[-1]["NetworkInterfaceId"]) == (2, mine)
        assert (addresses(found[-1]), len(found[-1]["TagSet"])) == (set(), 1)

    def test_warm_ip_target_takes_by_ones_and_gives_back(self, stage: Stage) -> None:
        quiet(stage, 0)
        node = one_node(stage)
        stage.set_env(WARM_IP_TARGET="2", MINIMUM_IP_TARGET="3")
        until(lambda: len(addresses(stage.interfaces(node)[0])) == 3)
        stage.deploy("web", 4)
        stage.running("web", 4)
        until(lambda: len(addresses(stage.interfaces(node)[0])) == 6)
        stage.scale("web", 0)
        until(lambda: len(addresses(stage.interfaces(node)[0])) == 3)

    def test_an_interface_that_is_not_needed_goes(self, stage: Stage) -> None:
        node = one_node(stage)
        stage.deploy("web", 12)
        stage.running("web", 12)
        until(lambda: len(stage.interfaces(node)) == 3)
        stage.scale("web", 0)
        until(lambda: len(stage.interfaces(node)) == 2)
        assert stage.free(stage.nodes_in["a"]) == 251 - 20

    def test_interfaces_are_used_once_ec2_has_attached_them(self, stage: Stage) -> None:
        stage.region.control.delays(attach=30)
        node = one_node(stage)
        stage.deploy("web", 12)
        until(lambda: len(stage.interfaces(node)) == 2)
        assert {each["Attachment"]["Status"] for each in stage.interfaces(node)} == {"attached", "attaching"}
        stage.running("web", 12)
        assert {each["Attachment"]["Status"] for each in stage.interfaces(node)[:2]} == {"attached"}

    def test_restarted_it_knows_whose_the_addresses_are(self, stage: Stage) -> None:
        one_node(stage)
        stage.deploy("web", 6)
        before = stage.running("web", 6)
        stage.set_env(AWS_VPC_K8S_CNI_LOGLEVEL="INFO")
        stage.deploy("more", 6)
        assert not set(stage.running("more", 6)) & set(before)
        assert stage.running("web", 6) == before


class TestFullSubnets:
    def test_pods_wait_with_the_plug_in_s_words_until_there_is_room(self, quick: Region) -> None:
        """Failed for want of addresses EC2 is left alone for two minutes (insufficientCidrErrorCooldown)."""
        with closing(Stage(quick, size=28)) as stage:
            self.of_fourteen(stage)

    def of_fourteen(self, stage: Stage) -> None:
        filler = stage.ec2.create_network_interface(SubnetId=stage.nodes_in["a"], SecondaryPrivateIpAddressCount=7)
        one_node(stage)
        stage.deploy("web", 6)
        until(lambda: len(stage.events("FailedCreatePodSandBox")) > 0)
        stage.region.control.speed = 20
        stage.wait(20)  # until the last address but those of others is used
        refused = stage.region.control.now()
        assert 'plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address' in (
            stage.events("FailedCreatePodSandBox")[0].message
        )
        waiting = [each for each in stage.pods("web") if each.status and each.status.phase == "Pending"]
        statuses = [each.status.containerStatuses for each in waiting if each.status]
        assert {one.state.waiting.reason for each in statuses for one in each} == {"ContainerCreating"}
        stage.ec2.delete_network_interface(NetworkInterfaceId=filler["NetworkInterface"]["NetworkInterfaceId"])
        stage.running("web", 6)
        assert stage.region.control.now() - refused > 60


class TestPrefixes:
    def test_pods_get_their_addresses_out_of_prefixes(self, stage: Stage) -> None:
        """WARM_PREFIX_TARGET=1; each prefix takes sixteen addresses of the subnet."""
        quiet(stage, 0)
        stage.set_env(ENABLE_PREFIX_DELEGATION="true")
        node = one_node(stage)
        until(lambda: [len(each.get("Ipv4Prefixes", [])) for each in stage.interfaces(node)] == [1])
        stage.deploy("web", 20)
        found = stage.running("web", 20)
        until(lambda: [len(each["Ipv4Prefixes"]) for each in stage.interfaces(node)] == [3])
        prefixes = [each["Ipv4Prefix"] for each in stage.interfaces(node)[0]["Ipv4Prefixes"]]
        assert all(any(inside(address, prefix) for prefix in prefixes) for address in found)
        assert stage.free(stage.nodes_in["a"]) == 251 - 1 - 48

    def test_after_the_switch_old_pods_keep_theirs_and_spare_addresses_go(self, stage: Stage) -> None:
        quiet(stage, 0)
        node = one_node(stage)
        stage.deploy("web", 2)
        before = stage.running("web", 2)
        stage.set_env(ENABLE_PREFIX_DELEGATION="true")
        stage.deploy("more", 3)
        stage.running("more", 3)
        assert stage.running("web", 2) == before
        assert set(before) == {each for one in stage.interfaces(node) for each in addresses(one)}

    def test_a_type_without_nitro_takes_single_addresses(self, stage: Stage) -> None:
        stage.set_env(ENABLE_PREFIX_DELEGATION="true")
        node = one_node(stage, instanceTypes=["m4.large"])
        stage.deploy("web", 2)
        stage.running("web", 2)
        assert all(not each.get("Ipv4Prefixes") for each in stage.interfaces(node))


class TestSubnetDiscovery:
    def test_a_tagged_subnet_with_more_room_is_taken_for_new_interfaces(self, stage: Stage) -> None:
        """pkg/awsutils, GetVpcSubnets: of the zone, the one with most free addresses first."""
        tags = [{"Key": "kubernetes.io/role/cni", "Value": "1"}]
        stage.ec2.create_tags(Resources=[stage.pods_in["a"], stage.pods_in["b"]], Tags=tags)
        node = one_node(stage)
        stage.deploy("web", 12)
        stage.running("web", 12)
        assert [each["SubnetId"] for each in stage.interfaces(node)[:2]] == [stage.nodes_in["a"], stage.pods_in["a"]]

    def test_a_subnet_tagged_nought_gives_no_pod_an_address(self, stage: Stage) -> None:
        stage.ec2.create_tags(Resources=[stage.nodes_in["a"]], Tags=[{"Key": "kubernetes.io/role/cni", "Value": "0"}])
        stage.ec2.create_tags(Resources=[stage.pods_in["a"]], Tags=[{"Key": "kubernetes.io/role/cni", "Value": "1"}])
        one_node(stage)
        stage.deploy("web", 4)
        assert all(inside(each, "100.64.0.0/20") for each in stage.running("web", 4))


def test_a_pod_that_nobody_controls_gets_one_too(stage: Stage) -> None:
    one_node(stage)
    pod = {"metadata": {"name": "bare", "namespace": "default"}, "spec": {"containers": [{"name": "a", "image": "a"}]}}
    stage.kube.create(Pod.from_dict(pod))
    until(lambda: bool(stage.kube.get(Pod, "bare", namespace="default").status.podIP))
