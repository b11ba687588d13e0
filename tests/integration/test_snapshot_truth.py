"""A plan of a running cluster counts in each subnet what EC2 counts there: nodes are given what ipamd holds for their
pods, interface by interface, and the cluster is read and planned for."""

from collections.abc import Collection, Mapping

import pytest

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.document import resolve
from nodenet.capacity.ipamd.simulation import Change, simulate
from nodenet.capacity.placing.place import place
from nodenet.capacity.shape import shape_of
from nodenet.cluster_reading import read_cluster
from nodenet.limits import shipped
from tests.integration.cluster_reader import OURS, as_a_role, built_cluster, reader_of_cluster  # noqa: F401
from tests.integration.running_cluster import CLUSTER, RunningCluster

WEB = {"eks.amazonaws.com/nodegroup": "web"}
MADE = "node.k8s.amazonaws.com/instance_id"
SHIPPED = {"WARM_ENI_TARGET": "1", "WARM_PREFIX_TARGET": "1", "ENABLE_SUBNET_DISCOVERY": "true"}
CUSTOM = {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true", "ENI_CONFIG_LABEL_DEF": "topology.kubernetes.io/zone"}


@pytest.mark.parametrize(
    ("environment", "pods_in"),
    [
        (SHIPPED, "nodes"),
        ({"WARM_IP_TARGET": "3", "MINIMUM_IP_TARGET": "8"}, "nodes"),
        ({**SHIPPED, "ENABLE_PREFIX_DELEGATION": "true"}, "nodes"),
        ({**SHIPPED, **CUSTOM}, "pods"),
        ({**SHIPPED, **CUSTOM, "ENABLE_PREFIX_DELEGATION": "true"}, "pods"),
        ({**SHIPPED, "ENABLE_POD_ENI": "true"}, "nodes"),
    ],
)
def test_the_plan_of_today_is_what_ec2_counts(
    reader: RunningCluster, environment: Mapping[str, str], pods_in: str
) -> None:
    reader.aws_node(**environment)
    for zone in "ab":
        thing = {"metadata": {"name": f"eu-west-1{zone}"}, "spec": {"subnet": reader.subnets[f"pods-{zone}"]}}
        reader.eni_config(thing)
    settings = CniSettings.of(environment)
    for zone, counts in (("a", (3, 12, 17)), ("b", (0, 12, 18))):
        for pods in counts:
            instance = reader.node(f"nodes-{zone}", pods=pods, labels=WEB, most=29)
            run_ipamd(reader, instance, pods, settings, f"{pods_in}-{zone}")
    wired = reader.node("nodes-a", pods=5, type_="c5.xlarge", most=58, labels={"karpenter.sh/nodepool": "batch"})
    reader.interface("n3-a", wired, 3, OURS, Ipv4PrefixCount=1)
    run_ipamd(reader, wired, 5, settings, f"{pods_in}-a", type_="c5.xlarge", most=58, unmanaged=1)
    strangers(reader)

    fleet = resolve(read_cluster(CLUSTER).document, shipped)
    used = {each.name: each.taken for each in place(fleet).subnets}
    assert used == counted_by_ec2(reader, used.keys())
    assert len(used) == (3 if pods_in == "nodes" else 5)


def test_what_a_node_holds_on_other_network_cards_is_not_lost(reader: RunningCluster) -> None:
    """Without ENABLE_MULTI_NIC ipamd leaves them alone, and the plan counts nothing for them."""
    reader.aws_node(**SHIPPED)
    instance = reader.node("nodes-a", pods=4, type_="p4d.24xlarge", most=100)
    settings = CniSettings.of(SHIPPED)
    run_ipamd(reader, instance, 4, settings, "nodes-a", type_="p4d.24xlarge", most=100)
    for card in (1, 2, 3):
        reader.interface("nodes-a", instance, 1, card=card)
    taken = read_cluster(CLUSTER)
    used = {each.name: each.taken for each in place(resolve(taken.document, shipped)).subnets}
    assert used == counted_by_ec2(reader, used.keys())
    assert [note.partition(":")[0] for note in taken.notes] == [
        "3 interfaces of nodes are neither the VPC CNI's nor nodenet's"
    ]


def run_ipamd(
    cluster: RunningCluster,
    instance: str,
    pods: int,
    settings: CniSettings,
    subnet: str,
    *,
    type_: str = "m5.large",
    most: int = 29,
    unmanaged: int = 0,
) -> None:
    """Gives the instance what ipamd holds once it has settled, further ENIs in `subnet`, and the trunk that
    amazon-vpc-resource-controller-k8s would add."""
    limits = shipped(type_)
    assert limits
    shape = shape_of(limits, settings, unmanaged=unmanaged, max_pods=most)
    first, *further = simulate(shape, settings, [Change(7, pods)]).holding.enis
    ec2 = cluster.region.client("ec2")
    (primary,) = ec2.describe_network_interfaces(
        Filters=[
            {"Name": "attachment.instance-id", "Values": [instance]},
            {"Name": "attachment.device-index", "Values": ["0"]},
        ]
    )["NetworkInterfaces"]
    name = "Ipv4PrefixCount" if shape.prefixes else "SecondaryPrivateIpAddressCount"
    if first.slots:
        ec2.assign_private_ip_addresses(NetworkInterfaceId=primary["NetworkInterfaceId"], **{name: first.slots})
    for index, eni in enumerate(further, start=1):
        cluster.interface(subnet, instance, index, {MADE: instance}, **({name: eni.slots} if eni.slots else {}))
    if settings.pod_eni:
        cluster.interface(
            subnet, instance, len(further) + 1, {MADE: instance, "eks:eni:owner": "eks-vpc-resource-controller"}
        )


def strangers(cluster: RunningCluster) -> None:
    """What else lies in the VPC: services' interfaces, one left over of a node that is gone, and another cluster's."""
    cluster.interface("nodes-a", Description="ELB app/web/1", SecondaryPrivateIpAddressCount=1)
    cluster.interface("nodes-b", Description="AWS Lambda VPC ENI-x", PrivateIpAddress="10.0.1.200")
    cluster.interface(
        "nodes-b", Description="aws-K8S-i-0gone", tags={MADE: "i-0gone"}, SecondaryPrivateIpAddressCount=9
    )
    other = cluster.region.client("ec2").run_instances(
        MinCount=1, MaxCount=1, SubnetId=cluster.subnets["nodes-a"], ImageId="ami-12345678", InstanceType="m5.large"
    )["Instances"][0]["InstanceId"]
    cluster.interface("nodes-a", other, 1, {MADE: other}, Ipv4PrefixCount=2)


def counted_by_ec2(cluster: RunningCluster, subnets: Collection[str]) -> dict[str, int]:
    """Addresses taken, by EC2's own count of those that are free."""
    return {
        each["SubnetId"]: 2 ** (32 - int(each["CidrBlock"].partition("/")[2])) - 5 - each["AvailableIpAddressCount"]
        for each in cluster.region.client("ec2").describe_subnets(SubnetIds=list(subnets))["Subnets"]
    }
