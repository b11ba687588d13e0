"""An EC2 instance: a machine with a link for each of its ENIs, and the metadata that it asks for."""

import json
import threading
from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from local.imds.service import MetadataService
from local.vpc.fabric import Fabric
from local.vpc.namespaces import Machine

NAMES: Final = ("ens5", "ens8", "eth1", "enp0s6", "eth3", "ens7")
"""What a kernel may call the links, the primary one first."""

_METADATA: Final = "169.254.169.254"


class Instance:
    """Made as EC2 starts it: its links are down, and nothing is set up but the way to the metadata."""

    def __init__(self, instance_id: str, snapshot: Path, fabric: Fabric, names: Sequence[str] = NAMES) -> None:
        """`snapshot` is a file of `local.imds.snapshot`, whose changes the metadata follow. Stop it, or it stays."""
        shown = json.loads(snapshot.read_text())
        attached = [each for each in shown["NetworkInterfaces"] if each.get("Attachment")]
        mine = [each for each in attached if each["Attachment"].get("InstanceId") == instance_id]
        self.interfaces = sorted(mine, key=lambda each: int(each["Attachment"]["DeviceIndex"]))
        self._blocks = {each["SubnetId"]: ip_network(each["CidrBlock"]) for each in shown["Subnets"]}
        self.machine = Machine()
        self.links = {each["NetworkInterfaceId"]: name for name, each in zip(names, self.interfaces, strict=False)}
        for each in self.interfaces:
            eni = each["NetworkInterfaceId"]
            fabric.plug(eni, each["MacAddress"], self.machine, self.links[eni])
        self.machine.ip(f"addr add {_METADATA}/32 dev lo")
        self._metadata = self.machine.inside(lambda: MetadataService((_METADATA, 80), snapshot, instance_id))
        threading.Thread(target=self._metadata.serve_forever, daemon=True).start()

    def boot(self) -> None:
        """What DHCP and systemd-networkd do with the primary interface."""
        primary = self.interfaces[0]
        address, link = primary["PrivateIpAddress"], self.links[primary["NetworkInterfaceId"]]
        block = self._blocks[primary["SubnetId"]]
        self.machine.ip(
            f"link set {link} up",
            f"addr add {address}/{block.prefixlen} dev {link}",
            f"route add default via {block[1]} dev {link}",
        )
        self.machine.write("/proc/sys/net/ipv4/ip_forward", "1")

    def stop(self) -> None:
        self._metadata.shutdown()
        self._metadata.server_close()
        self.machine.stop()
