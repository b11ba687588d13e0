"""NetworkAttachmentDefinitions, by which pods name a network, and their resource definition.

Both are of the Network Plumbing Working Group's standard for several networks (multi-net-spec).
"""

from collections.abc import Sequence

from node.manifests.names import Document, labels
from nodenet.configuration.resolved import ResolvedConfiguration, ResolvedNetwork

GROUP = "k8s.cni.cncf.io"


def attachment_definitions(configuration: ResolvedConfiguration, *, namespace: str) -> Sequence[Document]:
    """One for each network, in order of their names, for pods of this namespace; of a network with several interfaces
    on a node one for each, since a pod asks for one of them: `n6`, `n6-2`, as the agent names them.

    None has a `spec.config`: Multus then takes the CNI file whose `name` is the definition's from its folder on the
    node (multus-cni, docs/how-to-use.md), where the agent has written one with that node's own range. So one serves
    every node and zone.
    """
    names = {name for group in configuration.groups for network in group.networks for name in interfaces_of(network)}
    return [_attachment_definition(name, namespace) for name in sorted(names)]


def interfaces_of(network: ResolvedNetwork) -> Sequence[str]:
    """What the agent calls the network's interfaces on a node."""
    return [network.name if number == 1 else f"{network.name}-{number}" for number in range(1, network.interfaces + 1)]


def resource_definition() -> Document:
    """The CustomResourceDefinition, which a cluster has but once."""
    text = {"type": "string"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"network-attachment-definitions.{GROUP}"},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": {
                "plural": "network-attachment-definitions",
                "singular": "network-attachment-definition",
                "kind": "NetworkAttachmentDefinition",
                "shortNames": ["net-attach-def", "nad"],
            },
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {
                                "apiVersion": text,
                                "kind": text,
                                "metadata": {"type": "object"},
                                "spec": {"type": "object", "properties": {"config": text}},
                            },
                        }
                    },
                }
            ],
        },
    }


def _attachment_definition(name: str, namespace: str) -> Document:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "NetworkAttachmentDefinition",
        "metadata": {"name": name, "namespace": namespace, "labels": labels(name)},
        "spec": {},
    }
