"""The whole play: the VPC, its nodes, and a host beyond the VPC's gateway."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local.vpc.fabric import Fabric
from local.vpc.namespaces import Machine
from local.vpc.rules import ROUTER_IPV6, beyond
from tests.e2e.network.api_server import ApiServer
from tests.e2e.network.node import Node
from tests.e2e.network.pod import Pod, ping
from tests.e2e.network.recording import BEYOND, BEYOND_NETWORKS, Recording

_BEYOND_MAC = "0a:ec:20:00:00:02"


class World:
    """Nodes by role: a1 and a2 in one zone, b1 in the other; and b2 there, once it is booted."""

    def __init__(self, recording: Recording, programs: Path) -> None:
        self.recording = recording
        self._programs = programs
        self.api = ApiServer()
        for manifest in recording.attachments:
            self.api.apply(manifest)
        self.fabric = Fabric(beyond(BEYOND_NETWORKS, bytes.fromhex(_BEYOND_MAC.replace(":", ""))))
        self.nodes: dict[str, Node] = {}
        self.show("launched")
        self.nodes |= {role: self.launch(role) for role in ("a1", "a2", "b1")}
        self.host = Machine()
        self.fabric.plug("beyond", _BEYOND_MAC, self.host, "eth0")
        self.host.ip(
            "link set eth0 up",
            f"addr add {BEYOND[4]}/32 dev eth0",
            f"addr add {BEYOND[6]}/128 dev eth0 nodad",
            "route add default dev eth0",
            f"route add ::/0 via {ROUTER_IPV6[1]} dev eth0",
        )

    def launch(self, role: str, boots: int = 0) -> Node:
        """A node as EC2 hands it over: its links are there, and nothing has run on it."""
        return Node(role, self.recording, self.fabric, self.api, self._programs, boots)

    def reboot(self, role: str, boots: int = 1) -> Node:
        """The node again, with all forgotten that is not on a disk, and other names for its links; not yet started."""
        if role in self.nodes:
            for port in self.nodes[role].links:
                self.fabric.unplug(port)
            self.nodes[role].stop()
        self.nodes[role] = self.launch(role, boots)
        return self.nodes[role]

    def boot(self) -> None:
        """Every node comes up at the same time."""
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(Node.start, self.nodes.values()))

    def run_pods(self, names: Mapping[str, str], *networks: str) -> dict[str, Pod]:
        """A pod on each of some nodes, all at the same time; names and pods by the nodes' roles."""
        with ThreadPoolExecutor(len(names)) as pool:
            running = {role: pool.submit(self.nodes[role].run_pod, name, *networks) for role, name in names.items()}
        return {role: pod.result() for role, pod in running.items()}

    def show(self, scene: str) -> None:
        """EC2 has come to this scene: in the VPC, and in the metadata of the nodes."""
        self.fabric.show(self.recording.scene(scene))
        for node in self.nodes.values():
            node.show(scene)

    def reaches_from_beyond(self, address: str, seconds: float = 3) -> bool:
        """Whether the host beyond the gateway gets an answer from there."""
        return ping(self.host, address, seconds=seconds)

    def port(self, role: str, network: str) -> str:
        return self.recording.port(role, network)

    def stop(self) -> None:
        self.api.stop()
        for node in self.nodes.values():
            node.stop()
        self.host.stop()
        self.fabric.stop()
