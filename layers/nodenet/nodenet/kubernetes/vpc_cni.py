"""The Amazon VPC CNI in a cluster: its DaemonSet, its pods, its ENIConfigs."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lightkube.types import PatchType

from nodenet.errors import HeldError
from nodenet.kubernetes import kinds
from nodenet.kubernetes.access import needs
from nodenet.kubernetes.connection import Connection
from nodenet.kubernetes.environment import managers_of
from nodenet.kubernetes.errors import translated, unless_gone
from nodenet.kubernetes.listing import listed
from nodenet.kubernetes.pods import read
from nodenet.kubernetes.rehearsal import rehearse
from nodenet.kubernetes.workload_kinds import Container, DaemonSet
from nodenet.migration.cluster import Pod
from nodenet.migration.objects import DaemonSetState

_NAMESPACE: Final = "kube-system"
_NAME: Final = "aws-node"
_GROUP: Final = "crd.k8s.amazonaws.com"
_AGENTS: Final = "k8s-app=aws-node"
"""What its pods are labelled with by all that installs them (amazon-vpc-cni-k8s, charts/aws-vpc-cni; config/master)."""


class VpcCni:
    def __init__(self, connection: Connection) -> None:
        rehearse([DaemonSet, kinds.Pod, kinds.EniConfig])
        self._connection = connection

    @needs("get", on="daemonsets", group="apps", names=(_NAME,), namespace=_NAMESPACE)
    def daemon_set(self, name: str = _NAME) -> DaemonSetState | None:
        """A DaemonSet of kube-system, and its container of the same name; None where there is none."""
        client = self._connection.client
        found = unless_gone(lambda: client.get(DaemonSet, name, namespace=_NAMESPACE))
        return _state(found, name) if found else None

    @needs("patch", on="daemonsets", group="apps", names=(_NAME,), namespace=_NAMESPACE)
    def set_environment(self, values: Mapping[str, str | None]) -> bool:
        """Sets variables of container aws-node, and takes away those that are None; False where there is no aws-node.
        The nodes' pods restart, unless nothing changes. HeldError where a variable's value comes from elsewhere.

        By strategic merge patch, in which variables are told apart by their names (core/v1, EnvVar), and not by
        server-side apply: that takes a variable away only from whom it has set, which a step that goes back must do
        too with what others have set meanwhile, and never gives a variable back to its owner.
        """
        env = [
            {"name": name, "$patch": "delete"} if value is None else {"name": name, "value": value}
            for name, value in values.items()
        ]
        patch = {"spec": {"template": {"spec": {"containers": [{"name": _NAME, "env": env}]}}}}
        where: dict[str, Any] = {"namespace": _NAMESPACE, "patch_type": PatchType.STRATEGIC}
        client = self._connection.client
        return unless_gone(lambda: client.patch(DaemonSet, _NAME, patch, **where)) is not None

    @needs("list", on="pods", namespace=_NAMESPACE)
    def agents(self) -> list[Pod]:
        """The pods of aws-node."""
        return listed(self._connection, kinds.Pod, read, namespace=_NAMESPACE, labels=_AGENTS)

    @needs("list", on="eniconfigs", group=_GROUP)
    def eni_configs(self) -> dict[str, dict[str, Any]]:
        """The spec of each by its name; empty too where the cluster does not know the kind."""
        every = listed(self._connection, kinds.EniConfig, lambda item: item, missing_ok=True)
        return {each["metadata"]["name"]: each.get("spec") or {} for each in every}

    @needs("create", "patch", on="eniconfigs", group=_GROUP)
    def apply_eni_config(self, name: str, subnet: str, groups: Sequence[str] = (), *, force: bool = False) -> None:
        """By server-side apply: made, or changed. HeldError names the manager of what is another's and otherwise;
        `force` takes it from there. `groups`: security groups; none stand in it where none are given, and the VPC CNI
        takes those of the node's primary interface (amazon-vpc-cni-k8s, README, ENIConfig)."""
        spec: dict[str, Any] = {"subnet": subnet} | ({"securityGroups": list(groups)} if groups else {})
        whole = {"apiVersion": f"{_GROUP}/v1alpha1", "kind": "ENIConfig", "metadata": {"name": name}, "spec": spec}
        client = self._connection.client
        with translated():
            made: Any = client.patch(kinds.EniConfig, name, whole, patch_type=PatchType.APPLY, force=force)
            # What is not applied is left to whom it belongs.
            if groups or not made["spec"].get("securityGroups"):
                return
            if not force:
                raise HeldError(f"ENIConfig {name} has security groups, which somebody else has set: take them away")
            client.patch(kinds.EniConfig, name, {"spec": {"securityGroups": None}}, patch_type=PatchType.MERGE)

    @needs("delete", on="eniconfigs", group=_GROUP)
    def delete_eni_config(self, name: str) -> bool:
        """False where it is gone."""

        def delete() -> bool:
            self._connection.client.delete(kinds.EniConfig, name)
            return True

        return unless_gone(delete) or False


def _state(item: DaemonSet, name: str) -> DaemonSetState:
    containers = item.spec.template.spec.containers or ()
    container = next((each for each in containers if each.name == name), Container())
    status = item.status
    return DaemonSetState(
        name,
        container.image,
        environment={each.name: each.value for each in container.env or () if not each.elsewhere},
        elsewhere=tuple(each.name for each in container.env or () if each.elsewhere),
        managers=managers_of(item.metadata.managed or (), name),
        generation=item.metadata.generation,
        observed=status.observed,
        desired=status.desired,
        updated=status.updated,
        available=status.available,
    )
