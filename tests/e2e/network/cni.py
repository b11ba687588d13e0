"""The container runtime's part of CNI: which file it reads, and in what order plugins run (CNI specification 1.0)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from local.vpc.namespaces import Netns

RUNTIME_DIRECTORY: Final = "/etc/cni/net.d"
PLUGIN_DIRECTORY: Final = "/opt/cni/bin"

type Config = dict[str, Any]


@dataclass(frozen=True)
class Sandbox:
    """A pod's network namespace, and what the runtime tells plugins of the pod."""

    name: str
    netns: Netns
    namespace: str = "default"

    @property
    def path(self) -> str:
        """As the machine's programs see it."""
        return f"/run/netns/{self.name}"

    @property
    def arguments(self) -> str:
        told = {
            "IgnoreUnknown": "1",
            "K8S_POD_NAMESPACE": self.namespace,
            "K8S_POD_NAME": self.name,
            "K8S_POD_INFRA_CONTAINER_ID": self.name,
            "K8S_POD_UID": f"uid-{self.name}",
        }
        return ";".join(f"{key}={value}" for key, value in told.items())


def configurations(machine: Netns, directory: str) -> list[Config]:
    """The configurations in a directory in the order of their names; a lone plugin as a list of one."""
    files = machine.files(directory)
    found = [json.loads(text) for name, text in files.items() if name.endswith((".conf", ".conflist", ".json"))]
    return [each if "plugins" in each else _alone(each) for each in found]


def default_network(machine: Netns) -> Config | None:
    """What the runtime gives every pod: the first file of its directory. None: it reports the node as not ready."""
    return next(iter(configurations(machine, RUNTIME_DIRECTORY)), None)


def add(machine: Netns, network: Config, pod: Sandbox, link: str, asked: Mapping[str, Any] | None = None) -> Config:
    """Runs a list's plugins, each with the result of the one before; `asked` is what the pod asks of capabilities."""
    result: Config = {}
    for plugin in network["plugins"]:
        given = _given(network, plugin, asked or {})
        if result:
            given["prevResult"] = result
        result = json.loads(_run(machine, "ADD", given, pod, link))
    return result


def delete(machine: Netns, network: Config, pod: Sandbox, link: str) -> None:
    """Runs them the other way round."""
    for plugin in reversed(network["plugins"]):
        _run(machine, "DEL", _given(network, plugin, {}), pod, link)


def _alone(plugin: Config) -> Config:
    return {key: plugin[key] for key in ("cniVersion", "name") if key in plugin} | {"plugins": [plugin]}


def _given(network: Config, plugin: Config, asked: Mapping[str, Any]) -> Config:
    enabled = plugin.get("capabilities", {})
    given = {key: value for key, value in plugin.items() if key != "capabilities"}
    given |= {"cniVersion": network.get("cniVersion", "0.2.0"), "name": network["name"]}
    if wanted := {key: value for key, value in asked.items() if enabled.get(key)}:
        given["runtimeConfig"] = wanted
    return given


def _run(machine: Netns, command: str, given: Config, pod: Sandbox, link: str) -> str:
    environment = {
        "CNI_COMMAND": command,
        "CNI_CONTAINERID": pod.name,
        "CNI_NETNS": pod.path,
        "CNI_IFNAME": link,
        "CNI_PATH": PLUGIN_DIRECTORY,
        "CNI_ARGS": pod.arguments,
    }
    return machine.run(f"{PLUGIN_DIRECTORY}/{given['type']}", given=json.dumps(given), env=environment)


def addresses(result: Config, links: Sequence[str] = ()) -> list[str]:
    """The addresses of a result, without their lengths; of these links where any are named."""
    names = [each["name"] for each in result.get("interfaces", [])]
    return [
        each["address"].split("/")[0]
        for each in result.get("ips", [])
        if not links or names[each.get("interface", 0)] in links
    ]
