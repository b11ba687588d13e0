"""What was recorded of a region: EC2 in one scene after the other, and the files that the project made of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Final

type Snapshot = Mapping[str, Any]

SCENES: Final = ("launched", "claimed", "moved", "terminated")
BEYOND: Final = {4: "10.8.0.5", 6: "2001:db8:8::5"}
"""A host that the VPC's gateway reaches, by family."""
BEYOND_NETWORKS: Final = ("10.8.0.0/16", "2001:db8:8::/64")
STAYING: Final = "10.0.17.225"
"""The floating address that b1 has on dp, from the scene `claimed` on."""


@dataclass(frozen=True)
class Recording:
    """Files in a folder, so that they can be read under another kernel too."""

    folder: Path

    @cached_property
    def _scenes(self) -> dict[str, Snapshot]:
        return {}

    def scene(self, name: str) -> Snapshot:
        """What EC2 showed at that time, as `local.imds.snapshot` has it."""
        if name not in self._scenes:
            self._scenes[name] = json.loads(self.scene_file(name).read_text())
        return self._scenes[name]

    def scene_file(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    @property
    def agent(self) -> Path:
        """The agent, as the one file that nodes get."""
        return self.folder / "nodenet-agent"

    @property
    def networks_json(self) -> str:
        """The agent's configuration, for every node."""
        return (self.folder / "networks.json").read_text()

    @property
    def attachments(self) -> list[dict[str, Any]]:
        """The NetworkAttachmentDefinitions."""
        found: list[dict[str, Any]] = json.loads((self.folder / "attachments.json").read_text())
        return found

    @cached_property
    def play(self) -> Mapping[str, Any]:
        """`nodes`: instance ids by role (a1, a2 in the first zone, b1, b2 in the next; b2 is terminated at last);
        `floating`: the addresses that move, by family; `groups`: security groups by network."""
        found: Mapping[str, Any] = json.loads((self.folder / "play.json").read_text())
        return found

    def floating(self, version: int) -> str:
        """The address that moves."""
        return str(self.play["floating"][str(version)])

    def interfaces(self, role: str, scene: str = "launched") -> list[Mapping[str, Any]]:
        """The attached ENIs of a node, the primary one first."""
        instance = self.play["nodes"][role]
        mine = [
            each
            for each in self.scene(scene)["NetworkInterfaces"]
            if each.get("Attachment", {}).get("InstanceId") == instance
        ]
        return sorted(mine, key=lambda each: int(each["Attachment"]["DeviceIndex"]))

    def interface(self, role: str, network: str) -> Mapping[str, Any]:
        """A node's ENI of a network, known by its security group: two networks share a subnet."""
        group = self.play["groups"][network]
        (found,) = [each for each in self.interfaces(role) if each["Groups"][0]["GroupId"] == group]
        return found

    def port(self, role: str, network: str) -> str:
        """Its id, by which the fabric knows it."""
        return str(self.interface(role, network)["NetworkInterfaceId"])

    def ranges(self, role: str, network: str, version: int) -> list[IPv4Network | IPv6Network]:
        """The prefixes that are registered on a node's ENI of a network."""
        found = self.interface(role, network)[f"Ipv{version}Prefixes"]
        return [ip_network(each[f"Ipv{version}Prefix"]) for each in found]

    def block(self, role: str, network: str, version: int) -> IPv4Network | IPv6Network:
        """The subnet in which that ENI is."""
        subnet_id = self.interface(role, network)["SubnetId"]
        (subnet,) = [each for each in self.scene("launched")["Subnets"] if each["SubnetId"] == subnet_id]
        six = subnet["Ipv6CidrBlockAssociationSet"]
        return ip_network(subnet["CidrBlock"] if version == 4 else six[0]["Ipv6CidrBlock"])
