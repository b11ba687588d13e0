"""An EC2 instance that is an EKS node: with what the AMI, the user data and the cluster's DaemonSets bring."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from local.imds.snapshot import save
from local.vpc.fabric import Fabric
from local.vpc.instance import NAMES, Instance
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
from tests.e2e.network.pod import Pod
from tests.e2e.network.programs import PLUGINS_VERSION
from tests.e2e.network.recording import Recording

MULTUS_DIRECTORY: Final = "/etc/cni/multus/net.d"


class Node:
    """Made with nothing set up yet but what EC2 gives. With every boot all links but the first are called otherwise."""

    def __init__(
        self, role: str, recording: Recording, fabric: Fabric, api: ApiServer, programs: Path, boots: int = 0
    ) -> None:
        self.role = role
        self._recording = recording
        self._api = api
        self._programs = programs
        self._files = tempfile.TemporaryDirectory()
        self._snapshot = Path(self._files.name) / "snapshot.json"
        self.show("launched")
        names = [NAMES[0], *NAMES[1 + boots :], *NAMES[1 : 1 + boots]]
        self._instance = Instance(recording.play["nodes"][role], self._snapshot, fabric, names)
        self.machine, self.links = self._instance.machine, self._instance.links
        api.listen(self.machine)

    def link(self, network: str) -> str:
        """The kernel's name of the link of a network."""
        return self.links[self._recording.port(self.role, network)]

    def boot(self) -> None:
        """The primary interface, and the files that the user data brings."""
        self._instance.boot()
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
        primary = self._instance.interfaces[0]
        secondary = [each["PrivateIpAddress"] for each in primary["PrivateIpAddresses"] if not each["Primary"]]
        own = primary["PrivateIpAddress"]
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

    def show(self, scene: str) -> None:
        """What the metadata are read off from now on."""
        new = self._snapshot.with_suffix(".new")
        new.symlink_to(self._recording.scene_file(scene))
        new.replace(self._snapshot)

    def hide(self, interface: str) -> None:
        """The metadata do not show this interface yet."""
        whole = self._recording.scene("launched")
        shown = [each for each in whole["NetworkInterfaces"] if each["NetworkInterfaceId"] != interface]
        self._snapshot.unlink()
        save({**whole, "NetworkInterfaces": shown}, self._snapshot)

    def stop(self) -> None:
        self._instance.stop()
        self._files.cleanup()

    def _install(self, version: str) -> None:
        def linked() -> None:
            for program in (self._programs / version).iterdir():
                place = Path(PLUGIN_DIRECTORY) / program.name
                if not place.is_symlink():
                    place.symlink_to(program)

        self.machine.inside(linked)
