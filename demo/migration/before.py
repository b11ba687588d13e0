"""What a run that goes back must leave as it was."""

from collections.abc import Iterator, Mapping
from typing import Any

from demo.migration.cluster import Prod

type Picture = Mapping[str, Any]


def picture(prod: Prod) -> Picture:
    """The VPC, the node groups and what moves their sizes, the nodes, aws-node's settings; each under a name for
    people. Addresses of pods are left out: pods come and go."""
    network = prod.network
    subnets = {each["SubnetId"]: (each["CidrBlock"], each.get("Tags", [])) for each in network.described()}
    aws_node = prod.cni.daemon_set()
    nodes = {
        node.name: (node.unschedulable, sorted((each.key, each.effect) for each in node.taints), dict(node.labels))
        for node in prod.nodes.nodes()
    }
    scaling = {
        each["AutoScalingGroupName"]: (
            [each[key] for key in ("MinSize", "DesiredCapacity", "MaxSize")],
            sorted(process["ProcessName"] for process in each["SuspendedProcesses"]),
        )
        for each in prod.scaling()
    }
    return {
        "the VPC's blocks": network.blocks(),
        "its subnets": subnets,
        "their route tables": network.associations(),
        "node groups": prod.groups(),
        "Auto Scaling groups": scaling,
        "nodes": nodes,
        "aws-node's variables": dict(aws_node.environment) if aws_node else {},
        "ENIConfigs": prod.cni.eni_configs(),
    }


def changed(before: Picture, now: Picture) -> Iterator[str]:
    """A sentence for each thing that differs."""
    for what, was in before.items():
        if (is_now := now[what]) == was:
            continue
        if isinstance(was, dict):
            for key in sorted(was.keys() | is_now.keys()):
                if was.get(key) != is_now.get(key):
                    yield f"{what}: {key} was {was.get(key, 'not there')}, is {is_now.get(key, 'gone')}"
        else:
            yield f"{what}: {was} before, {is_now} now"
