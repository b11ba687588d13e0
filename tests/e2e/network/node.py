"""An EC2 instance that is an EKS node: a machine, the links of its ENIs, its metadata, and what the AMI brings."""

import json
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any, Final

from local.imds.service import MetadataService
from local.imds.snapshot import save
from node.manifests.images import MULTUS_VERSION
from tests.e2e.network.api_server import KUBECONFIG, NETWORKS, ApiServer
from tests.e2e.network.cni import (
    PLUGIN_DIRECTORY,
    RUNTIME_DIRECTORY,
    Sandbox,
    add,
    default_network,
    delete,
)
from tests.e2e.network.fabric import Fabric
from tests.e2e.network.namespaces import Machine
from tests.e2e.network.pod import Pod
from tests.e2e.network.programs import PLUGINS_VERSION
from tests.e2e.network.recording import Recording, Snapshot

NAMES: Final = ("ens5", "ens8", "eth1", "enp0s6", "eth3", "ens7")
"""What a kernel may call the links of one node; all but the first are called otherwise after every boot."""
MULTUS_DIRECTORY: Final = "/etc/cni/multus/net.d"


class Node:
    """Made with its links down, as hot plugged ENIs are, and nothing set up yet but what EC2 gives."""

    def __init__(
        self, role: str, recording: Recording, fabric: Fabric, api: ApiServer, programs: Path, boots: int = 0
    ) -> None:
        self.role = role
        self._recording = recording
        self._api = api
        self._programs = programs
        self.machine = Machine()
        self.links: dict[str, str] = {}
        interfaces = recording.interfaces(role)
        names = [NAMES[0], *NAMES[1 + boots :], *NAMES[1 : 1 + boots]]
        for name, eni in zip(names, interfaces, strict=False):
            fabric.plug(eni["NetworkInterfaceId"], eni["MacAddress"], self.machine, name)
            self.links[eni["NetworkInterfaceId"]] = name
        self._primary = interfaces[0]
        self._files = tempfile.TemporaryDirectory()
        self._snapshot = Path(self._files.name) / "snapshot.json"
        self.show(recording.scene("launched"))
        self._metadata = self._serve_metadata(recording.play["nodes"][role])
        api.listen(self.machine)

    def link(self, network: str) -> str:
        """The kernel's name of the link of a network."""
        return self.links[self._recording.port(self.role, network)]

    def boot(self) -> None:
        """What cloud-init and nodeadm do on the primary interface, and the files that the user data brings."""
        address = self._primary["PrivateIpAddress"]
        router = f"{address.rsplit('.', 1)[0]}.1"
        self.machine.ip(
            f"link set {NAMES[0]} up", f"addr add {address}/24 dev {NAMES[0]}", f"route add default via {router}"
        )
        self.machine.write("/proc/sys/net/ipv4/ip_forward", "1")
        self.machine.write("/etc/nodenet/networks.json", self._recording.networks_json)
        self.machine.write("/etc/kubernetes/multus.kubeconfig", KUBECONFIG)

    def start(self) -> None:
        """From power on to a node that takes pods, as a node group's nodes come up."""
        self.boot()
        self.agent("up")
        self.vpc_cni()
        self.multus()

    def dhcp(self, network: str) -> None:
        """What a DHCP client leaves on a link that it found before anybody forbade it to."""
        eni = self._recording.interface(self.role, network)
        address, metric = eni["PrivateIpAddress"], 512 + eni["Attachment"]["DeviceIndex"]
        link, router = self.link(network), f"{address.rsplit('.', 1)[0]}.1"
        self.machine.ip(
            f"link set {link} up",
            f"addr add {address}/24 dev {link}",
            f"route add default via {router} dev {link} proto dhcp src {address} metric {metric}",
        )

    def agent(self, *arguments: str) -> str:
        """Runs the agent as its unit does, and gives what it writes."""
        return self.machine.run(sys.executable, "-IS", str(self._recording.agent), *arguments)

    def vpc_cni(self) -> None:
        """What aws-node brings once it works: plugins, and the file without which the kubelet's runtime is not ready.

        Pods' addresses are the primary interface's secondary ones, each with a route of its own, as the VPC CNI has it.
        """
        self._install(PLUGINS_VERSION)
        secondary = [each["PrivateIpAddress"] for each in self._primary["PrivateIpAddresses"] if not each["Primary"]]
        own = self._primary["PrivateIpAddress"]
        subnet = f"{own.rsplit('.', 1)[0]}.0/24"
        ranges = [{"subnet": subnet, "rangeStart": each, "rangeEnd": each, "gateway": own} for each in secondary]
        ipam = {
            "type": "host-local",
            "ranges": [ranges],
            "routes": [{"dst": "0.0.0.0/0"}],
            "dataDir": "/run/cni/aws",
        }
        network = {"cniVersion": "0.4.0", "name": "aws-cni", "plugins": [{"type": "ptp", "ipam": ipam}]}
        self.machine.write(f"{RUNTIME_DIRECTORY}/10-aws.conflist", json.dumps(network))

    def multus(self) -> None:
        """What Multus's DaemonSet brings: its program, and the file that sorts before every other one.

        The cluster's network is written into it: named by its path, Multus 4.3 forgets its plugins' settings at DEL.
        """
        self._install(MULTUS_VERSION)
        settings = {
            "cniVersion": "0.4.0",
            "name": "multus-cni-network",
            "type": "multus",
            "confDir": MULTUS_DIRECTORY,
            "delegates": [default_network(self.machine)],
            "kubeconfig": "/etc/kubernetes/multus.kubeconfig",
        }
        self.machine.write(f"{RUNTIME_DIRECTORY}/00-multus.conf", json.dumps(settings))

    @property
    def ready(self) -> bool:
        """Whether the container runtime says NetworkReady, without which the kubelet keeps the node not Ready."""
        return default_network(self.machine) is not None

    def run_pod(self, name: str, *networks: str | dict[str, Any]) -> Pod:
        """A pod whose annotation asks for these networks, each by its name or as Multus's JSON has it."""
        chosen = [{"name": each} if isinstance(each, str) else each for each in networks]
        sandbox = Sandbox(name, self.machine.pod(name))
        metadata = {"name": name, "namespace": sandbox.namespace, "uid": f"uid-{name}"}
        annotations = {NETWORKS: json.dumps(chosen)} if chosen else {}
        self._api.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {**metadata, "annotations": annotations}})
        runtime = default_network(self.machine)
        assert runtime, "a pod was placed on a node that is not ready"
        add(self.machine, runtime, sandbox, "eth0")
        return Pod(sandbox, {each["name"]: f"net{number}" for number, each in enumerate(chosen, 1)})

    def remove_pod(self, pod: Pod) -> None:
        """As the runtime does, when the pod is deleted."""
        runtime = default_network(self.machine)
        assert runtime
        delete(self.machine, runtime, pod.sandbox, "eth0")
        pod.netns.leave()
        self.machine.run("ip", "netns", "del", pod.sandbox.name)

    def show(self, snapshot: Snapshot) -> None:
        """What the metadata are read off from now on."""
        save(snapshot, self._snapshot)

    def stop(self) -> None:
        self._metadata.shutdown()
        self._metadata.server_close()
        self.machine.stop()
        self._files.cleanup()

    def _install(self, version: str) -> None:
        def linked() -> None:
            for program in (self._programs / version).iterdir():
                place = Path(PLUGIN_DIRECTORY) / program.name
                if not place.is_symlink():
                    place.symlink_to(program)

        self.machine.inside(linked)

    def _serve_metadata(self, instance: str) -> MetadataService:
        self.machine.ip("addr add 169.254.169.254/32 dev lo")
        service = self.machine.inside(lambda: MetadataService(("169.254.169.254", 80), self._snapshot, instance))
        threading.Thread(target=service.serve_forever, daemon=True).start()
        return service
