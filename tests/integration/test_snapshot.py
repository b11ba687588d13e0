"""A cluster of the local region, read with no more than the guide's permissions, becomes the document of what was
built: EC2, EKS, STS and the cluster's API server are asked over the wire."""

import json
from ipaddress import ip_address
from pathlib import Path

import pytest
import yaml

from nodenet.aws.eks_token import regional_sts, token
from nodenet.capacity.document import read, resolve, write
from nodenet.cluster_reading import read_cluster
from nodenet.errors import HeldError, Throttled
from nodenet.limits import shipped
from tests.integration.cluster_reader import as_a_role, blocks, built_cluster, populate, reader_of_cluster  # noqa: F401
from tests.integration.running_cluster import CLUSTER, CNI, RunningCluster


def test_a_snapshot_is_what_was_built_and_is_planned_for(reader: RunningCluster) -> None:
    occupied = populate(reader)
    taken = read_cluster(CLUSTER)
    fleet = resolve(read(write(taken.document)), shipped)

    names = {identifier: name for name, identifier in reader.subnets.items()}
    subnets = {names[each.name]: each for each in fleet.subnets}
    assert subnets.keys() == {"nodes-a", "nodes-b", "n3-a", "pods-a"}
    for name, addresses in occupied.items():
        assert {str(each) for part in subnets[name].occupied or () for each in part.addresses} == addresses
    assert subnets["n3-a"].occupied == ()
    assert [(str(each.block), each.kind) for each in subnets["nodes-b"].reservations] == [("10.0.1.128/27", "prefix")]
    assert (subnets["pods-a"].cni, subnets["nodes-a"].cni) == (True, None)
    assert [str(each) for each in fleet.vpc] == ["10.0.0.0/16", "100.64.0.0/16"]

    groups = {each.name: each for each in fleet.groups}
    assert groups.keys() == {"web with n3", "web without networks", "batch", "own-asg"}
    wired, unwired, batch = groups["web with n3"], groups["web without networks"], groups["batch"]
    assert (wired.pods, wired.max_pods, wired.host_network_pods) == (((7, 1),), 29, 2)
    assert (unwired.pods, unwired.limits.instance_type) == (((4, 1),), "m5.large")
    assert ([names[each] for each in wired.subnets], [names[each] for each in unwired.subnets]) == (
        ["nodes-a"],
        ["nodes-b"],
    )
    assert (batch.pods, batch.branch_pods, batch.max_pods) == (((6, 1),), 2, 58)
    assert (wired.networks, batch.networks, groups["own-asg"].pods) == (("n3",), (), ((0, 1),))
    (network,) = fleet.networks
    assert (network.name, dict(network.subnets)) == ("n3", {"eu-west-1a": reader.subnets["n3-a"]})
    assert (network.interfaces, network.prefixes, network.addresses, network.card) == (1, 1, 0, 0)
    assert (fleet.cni.warm_ip_target, fleet.cni.warm_eni_target, fleet.cni.warm_prefix_target) == (3, 0, 0)
    assert fleet.cni.pod_eni

    assert taken.notes[:2] == (
        "1 node is not Ready, and planned for all the same: node-4",
        "1 node is cordoned, and planned for all the same: node-2",
    )
    assert [note.partition(":")[0] for note in taken.notes[2:]] == [
        "1 interface of nodes is neither the VPC CNI's nor nodenet's"
    ]


def test_it_reads_with_the_guides_permissions_and_asks_for_nothing_else(reader: RunningCluster) -> None:
    populate(reader)
    reader.region.control.clear_calls()
    taken = read_cluster(CLUSTER)
    made = [each for each in reader.region.control.calls() if each.caller.endswith("assumed-role/planner/someone")]
    asked: dict[str, int] = {}
    for call in made:
        if call.service != "sts":
            asked[f"{call.service}:{call.operation}"] = asked.get(f"{call.service}:{call.operation}", 0) + 1
    assert asked == dict(taken.calls)
    policy = json.loads(blocks("json")[0])
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert actions == {each for each in asked if not each.startswith("kubernetes")}
    assert asked["ec2:GetSubnetCidrReservations"] == len(taken.document.subnets)


def test_custom_networking_reads_the_enis_subnets_of_each_zone(reader: RunningCluster) -> None:
    reader.aws_node(
        **CNI | {"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": "true", "ENI_CONFIG_LABEL_DEF": "topology.kubernetes.io/zone"}
    )
    reader.node("nodes-a", pods=3)
    reader.node("nodes-a", pods=3, labels={"vpc.amazonaws.com/externalEniConfig": "gone"})
    for zone in "ab":
        thing = {"metadata": {"name": f"eu-west-1{zone}"}, "spec": {"subnet": reader.subnets[f"pods-{zone}"]}}
        reader.eni_config(thing)
    taken = read_cluster(CLUSTER)
    fleet = resolve(taken.document, shipped)
    assert fleet.eni_configs == {f"eu-west-1{zone}": (reader.subnets[f"pods-{zone}"],) for zone in "ab"}
    assert {each.name for each in fleet.subnets} == {reader.subnets[each] for each in ("nodes-a", "pods-a", "pods-b")}
    assert any(note.startswith("ENIConfig gone is missing") for note in taken.notes)


def test_many_pods_come_page_by_page(reader: RunningCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodenet.kubernetes.listing._PAGE", 4)
    reader.aws_node(**CNI)
    reader.node("nodes-a", pods=10)
    taken = read_cluster(CLUSTER)
    assert resolve(taken.document, shipped).groups[0].pods == ((10, 1),)
    assert taken.calls["kubernetes:list pods"] == 3


def test_a_kubeconfig_reaches_the_cluster_too(reader: RunningCluster, tmp_path: Path) -> None:
    populate(reader)
    (tmp_path / "ca.crt").write_text(reader.authority)
    contexts = [{"name": name, "context": {"cluster": name, "user": "me"}} for name in ("prod", "nowhere")]
    kubeconfig = tmp_path / "config"
    kubeconfig.write_text(
        yaml.safe_dump(
            {
                "current-context": "nowhere",
                "contexts": contexts,
                "clusters": [
                    {"name": "prod", "cluster": {"server": reader.endpoint, "certificate-authority": "ca.crt"}},
                    {"name": "nowhere", "cluster": {"server": "https://127.0.0.1:9"}},
                ],
                "users": [{"name": "me", "user": {"token": token(CLUSTER, regional_sts("eu-west-1"))}}],
            }
        )
    )
    taken = read_cluster(CLUSTER, kubeconfig=kubeconfig, context="prod")
    assert len(taken.document.node_groups) == 4
    with pytest.raises(Throttled, match="cannot be reached"):
        read_cluster(CLUSTER, kubeconfig=kubeconfig)
    with pytest.raises(HeldError, match="'other' not found"):
        read_cluster(CLUSTER, kubeconfig=kubeconfig, context="other")


def test_occupied_addresses_are_addresses(reader: RunningCluster) -> None:
    """What the document says is in use is what EC2 shows of interfaces that are not the nodes'."""
    populate(reader)
    taken = read_cluster(CLUSTER)
    everyone = reader.region.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    known = {ip_address(each["PrivateIpAddress"]) for eni in everyone for each in eni["PrivateIpAddresses"]}
    occupied = {one for subnet in taken.document.subnets for part in subnet.occupied or () for one in part.addresses}
    assert occupied - known == {ip_address(f"10.0.1.{number}") for number in range(64, 80)}
