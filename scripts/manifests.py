"""Writes docs/reference/manifests: everything that node.manifests renders, for a small cluster, and what a migration
may do in any cluster.

    python scripts/manifests.py [--check]

With --check it writes nothing, and fails where a file is not what the renderers make.
"""

import argparse
import sys
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from node.manifests.agent_pods import agent_access, agent_daemon_set
from node.manifests.attachments import attachment_definitions, resource_definition
from node.manifests.boothook import Stored
from node.manifests.bottlerocket import bottlerocket_settings
from node.manifests.images import Images
from node.manifests.max_pods import max_pods, max_pods_expression
from node.manifests.multus import multus
from node.manifests.networks import networks_json
from node.manifests.node_config import Cluster, Kubelet
from node.manifests.samples import sample
from node.manifests.selectors import node_selector
from node.manifests.user_data import user_data
from node.manifests.writing import to_yaml
from nodenet.configuration.resolved import Link, ResolvedConfiguration, ResolvedGroup, ResolvedNetwork
from nodenet.kubernetes.permissions import manifest as migration_access
from nodenet.limits import shipped
from nodenet.plans import AddressPlans, Floating, Prefixes, Singles, Slice
from nodenet.ranges import AddressRange

FOLDER: Final = Path(__file__).parents[1] / "docs" / "reference" / "manifests"

UNIT: Final = Path(__file__).parents[1] / "node" / "nodenet-agent.service"

STORED: Final = Stored("s3://nodenet-123456789012/nodenet-agent", "0" * 64)
"""Where somebody has put the agent. With the agent itself the samples would change whenever it does."""


def _network(name: str, number: int, addresses: AddressPlans, **more: object) -> ResolvedNetwork:
    fields = {
        "name": name,
        "subnet_by_zone": {f"eu-central-1{zone}": f"subnet-0a1b2c3d4e5f6{number}00{zone}" for zone in "ab"},
        "security_groups": frozenset({f"sg-0a1b2c3d4e5f6{number}001"}),
        "tags": {},
        "source_dest_check": True,
        "network_card": 0,
        "interfaces": 1,
        "ena_queues": None,
        "retention": "delete",
    }
    return ResolvedNetwork(**(fields | more), addresses=addresses)  # type: ignore[arg-type]


_N3: Final = _network(
    "n3", 3, AddressPlans(ipv4=Prefixes(1, otherwise=Singles(12)), ipv6=Prefixes(1)), routes=("10.8.0.0/16",)
)
_N4: Final = _network(
    "n4",
    4,
    AddressPlans(ipv4=Floating((AddressRange(ip_address("10.0.4.224"), ip_address("10.0.4.250")),))),
    link=Link(mtu=1500),
)
_N6: Final = _network(
    "n6",
    6,
    AddressPlans(ipv4=Slice(16, {"eu-central-1a": (AddressRange.parse("10.0.6.32-10.0.6.223"),)})),
)

CONFIGURATION: Final = ResolvedConfiguration(
    cluster="prod",
    groups=(
        ResolvedGroup("eks:nodegroup-name=upf", {"eks:nodegroup-name": "upf"}, (_N3, _N6), "abandon"),
        ResolvedGroup("karpenter.sh/nodepool=smf", {"karpenter.sh/nodepool": "smf"}, (_N3, _N4), "continue"),
    ),
)

IMAGES: Final = Images(agent="123456789012.dkr.ecr.eu-central-1.amazonaws.com/nodenet-agent:0.1.0")

CLUSTER: Final = Cluster(
    name="prod",
    endpoint="https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com",
    certificate_authority="Q0VSVElGSUNBVEUgT0YgVEhFIENMVVNURVI=",
    service_cidr="172.20.0.0/16",
)


def render() -> Mapping[str, str]:
    """Each file's name and text."""
    upf, smf = CONFIGURATION.groups
    m5_xlarge = shipped("m5.xlarge")
    assert m5_xlarge
    told, unit = networks_json("prod", upf), UNIT.read_text(encoding="utf-8")
    managed = Kubelet(max_pods=max_pods(m5_xlarge, upf), held_back=True)
    mixed = Kubelet(max_pods=max_pods_expression(upf), held_back=True)
    agent = [
        *agent_access(iam_role="arn:aws:iam::123456789012:role/nodenet-claims"),
        *agent_daemon_set("prod", upf, IMAGES, name="upf", node_selector=node_selector(upf)),
        *agent_daemon_set("prod", smf, IMAGES, name="smf", node_selector=node_selector(smf)),
    ]
    return {
        "networks.json": told,
        "user-data-managed.txt": user_data(networks=told, agent=STORED, unit=unit, kubelet=managed).decode(),
        "user-data-self-managed.txt": user_data(
            networks=told, agent=STORED, unit=unit, kubelet=mixed, cluster=CLUSTER
        ).decode(),
        "user-data-bottlerocket.toml": bottlerocket_settings(managed),
        "migration-access.yaml": to_yaml(migration_access()),
        "multus.yaml": to_yaml([resource_definition(), *multus(IMAGES)]),
        "networks.yaml": to_yaml(attachment_definitions(CONFIGURATION, namespace="default")),
        "agent.yaml": to_yaml(agent),
        "one-network.yaml": to_yaml([sample("nodenet-sample-n3", ["n3"], IMAGES)]),
        "two-networks.yaml": to_yaml(
            [sample("nodenet-sample-n3-n6", ["n3", "n6"], IMAGES, node_selector=node_selector(upf))]
        ),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true", help="write nothing, fail where a file is out of date")
    check = arguments.parse_args().check
    for name, text in render().items():
        path = FOLDER / name
        if not check:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            sys.exit(f"{name} is not what the renderers make: run scripts/manifests.py")


if __name__ == "__main__":
    main()
