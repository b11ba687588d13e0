"""Pings between pods of two nodes, over namespaces of this machine and a VPC that knows what the region's EC2 shows.

The agent is the real one. What CNI plugins would do with the file that it writes, this does by `ip`: no plugin is
needed, nor a kernel with ipvlan, since each node has one pod, which gets the links themselves.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

from demo.stack import Stack
from local.imds import snapshot
from local.vpc.fabric import Fabric
from local.vpc.instance import Instance
from local.vpc.namespaces import Netns
from node.build import agent
from node.manifests.networks import networks_json
from nodenet.aws.configurations import Configurations
from nodenet.aws.ec2 import Ec2
from nodenet.aws.store import Store

_CNI: Final = "/etc/cni/multus/net.d"


@dataclass(frozen=True)
class Ping:
    """From one pod to another: their addresses on a network, and the interfaces by which the VPC saw it pass."""

    network: str
    source: str
    destination: str
    answered: bool
    way: tuple[tuple[str, str], ...]

    @property
    def good(self) -> bool:
        """Whether it was answered, and went between two interfaces from no other address than the pod's own."""
        return self.answered and len(self.way) == 1

    def __str__(self) -> str:
        how = "is answered by" if self.answered else "gets no answer from"
        way = ", ".join(" > ".join(ports) for ports in self.way) or "nothing"
        return f"a ping by {self.network} {how} {self.destination}; what the VPC carried from {self.source}: {way}"


def pings(stack: Stack, nodes: Sequence[str], networks: Sequence[str]) -> list[Ping]:
    """From a pod on the first of two nodes to one on the second, by each of the networks; both must have them all.

    The kernel chooses the source. Needs what `local.vpc.namespaces.missing` looks for.
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        seen = Path(folder) / "snapshot.json"
        snapshot.save(snapshot.take(stack.region.client("ec2")), seen)
        program = Path(folder) / "nodenet-agent"
        program.write_bytes(agent())
        fabric = Fabric()
        opened.callback(fabric.stop)
        fabric.show(json.loads(seen.read_text()))
        told = _networks_json(stack, networks)
        machines = [opened.enter_context(_running(Instance(node, seen, fabric))) for node in nodes]
        with ThreadPoolExecutor() as pool:
            one, other = pool.map(lambda machine: _pod(machine, program, told, networks), machines)
        for pod in (one, other):
            opened.callback(pod.netns.leave)
        return [_ping(fabric, one, network, other.addresses[network]) for network in networks]


@dataclass(frozen=True)
class _Pod:
    netns: Netns
    addresses: Mapping[str, str]


@contextmanager
def _running(instance: Instance) -> Iterator[Instance]:
    try:
        yield instance
    finally:
        instance.stop()


def _pod(node: Instance, program: Path, told: str, networks: Sequence[str]) -> _Pod:
    """Boots the node and lets its agent set it up, and gives a pod its networks."""
    node.boot()
    node.machine.write("/etc/nodenet/networks.json", told)
    node.machine.run(sys.executable, "-IS", str(program), "up", "--timeout", "5")
    pod = node.machine.pod("pod")
    files = node.machine.files(_CNI)
    addresses = {}
    for number, network in enumerate(networks, 1):
        addresses[network] = _plug(node, pod, f"net{number}", json.loads(files[f"nodenet-{network}.conflist"]))
    return _Pod(pod, addresses)


def _plug(node: Instance, pod: Netns, link: str, cni: Mapping[str, Any]) -> str:
    """As the file's plugins do: the link, the first address of the node's own, routes, and sbr's rule."""
    plugin, sbr = cni["plugins"][:2]
    ((own, *_),) = plugin["ipam"]["ranges"]
    address: str = own["rangeStart"]
    node.machine.ip(f"link set {plugin['master']} netns pod name {link}")
    pod.ip(
        f"link set {link} up",
        f"addr add {address}/{ip_network(own['subnet']).prefixlen} dev {link}",
        *(
            f"route add {route['dst']} via {route['gw']} dev {link} table {route.get('table', 'main')}"
            for route in plugin["ipam"]["routes"]
        ),
        f"rule add from {address} lookup {sbr['table']}",
    )
    return address


def _ping(fabric: Fabric, pod: _Pod, network: str, destination: str) -> Ping:
    source = pod.addresses[network]
    with fabric.watch() as seen:
        told = pod.netns.run("ping", "-n", "-c1", "-w2", destination, check=False)
    return Ping(network, source, destination, " 1 received" in told, tuple(seen.way(source, destination)))


def _networks_json(stack: Stack, networks: Sequence[str]) -> str:
    """For the nodes of the group that has these networks, as their user data bring it."""
    client = stack.region.client
    store, ec2 = Store(client("dynamodb"), stack.outputs["Table"]), Ec2(client("ec2"), stack.cluster)
    resolved = Configurations(client("ssm"), ec2, store, stack.parameter, stack.cluster).load()
    group = next(each for each in resolved.groups if [one.name for one in each.networks] == list(networks))
    return networks_json(stack.cluster, group)
