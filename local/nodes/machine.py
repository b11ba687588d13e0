"""The Node that a kubelet of EKS's AMI registers for its instance, with what the cloud controller adds.

Sources: "Well-Known Labels, Annotations and Taints" in the Kubernetes documentation; amazon-eks-ami,
nodeadm/internal/kubelet/config.go (name, provider id, what is reserved); EKS user guide, "Managed node groups".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from moto.ec2.models.instance_types import INSTANCE_TYPES

from local.kubernetes.things import timestamp

type Thing = dict[str, Any]

ARCHITECTURES = {"x86_64": "amd64", "arm64": "arm64"}
NOT_READY = (
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin "
    "returns error: cni plugin not initialized"
)
_OTHERS = {
    "MemoryPressure": ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
}


def node(
    instance: Any,
    version: str,
    labels: Mapping[str, str],
    taints: Sequence[Mapping[str, str]],
    max_pods: int,
    now: float,
) -> Thing:
    """A Node that is not Ready: its network is still to come. `version` is Kubernetes' minor one."""
    kind, name, zone = INSTANCE_TYPES[instance.instance_type], instance.private_dns_name, instance.availability_zone
    region = instance.ec2_backend.region_name
    architecture = ARCHITECTURES.get(kind["ProcessorInfo"]["SupportedArchitectures"][0], "amd64")
    well_known = {
        "kubernetes.io/arch": architecture,
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": instance.instance_type,
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": zone,
        "beta.kubernetes.io/arch": architecture,
        "beta.kubernetes.io/instance-type": instance.instance_type,
        "beta.kubernetes.io/os": "linux",
        "failure-domain.beta.kubernetes.io/region": region,
        "failure-domain.beta.kubernetes.io/zone": zone,
    }
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {**well_known, **labels}},
        "spec": {
            "providerID": provider_id(instance),
            "taints": [*map(dict, taints), {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}],
        },
        "status": {
            **_resources(kind, max_pods),
            "addresses": [
                {"type": "InternalIP", "address": instance.private_ip},
                {"type": "InternalDNS", "address": name},
                {"type": "Hostname", "address": name},
            ],
            "conditions": [
                *(
                    {"type": each, "status": "False", "reason": why, "message": text, **_times(now)}
                    for each, (why, text) in _OTHERS.items()
                ),
                condition("False", "KubeletNotReady", NOT_READY, now),
            ],
            "nodeInfo": {
                "architecture": architecture,
                "bootID": instance.id,
                "containerRuntimeVersion": "containerd://2.1.5",
                "kernelVersion": "6.12.55-74.119.amzn2023",
                "kubeProxyVersion": "",
                "kubeletVersion": f"v{version}.0-eks-113cf36",
                "machineID": f"ec2{instance.id.removeprefix('i-')}",
                "operatingSystem": "linux",
                "osImage": "Amazon Linux 2023",
                "systemUUID": f"ec2{instance.id.removeprefix('i-')}",
            },
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        },
    }


def provider_id(instance: Any) -> str:
    return f"aws:///{instance.availability_zone}/{instance.id}"


def condition(status: str, reason: str, message: str, now: float) -> Thing:
    """The Ready condition."""
    return {"type": "Ready", "status": status, "reason": reason, "message": message, **_times(now)}


def _times(now: float) -> dict[str, str]:
    return {"lastHeartbeatTime": timestamp(now), "lastTransitionTime": timestamp(now)}


def _resources(kind: Mapping[str, Any], max_pods: int) -> Thing:
    """What the machine has, and what of it nodeadm leaves to pods: getCPUMillicoresToReserve,
    getMemoryMebibytesToReserve, and evictionHard's 100Mi."""
    cpus, memory = kind["VCpuInfo"]["DefaultVCpus"], kind["MemoryInfo"]["SizeInMiB"]
    reserved = sum(
        (min(cpus, last) - first) * share // 10
        for first, last, share in ((0, 1, 600), (1, 2, 100), (2, 4, 50), (4, cpus, 25))
        if cpus > first
    )
    return {
        "capacity": {"cpu": str(cpus), "memory": f"{memory}Mi", "pods": str(max_pods), "ephemeral-storage": "80Gi"},
        "allocatable": {
            "cpu": f"{cpus * 1000 - reserved}m",
            "memory": f"{memory - (11 * max_pods + 255) - 100}Mi",
            "pods": str(max_pods),
            "ephemeral-storage": "76Gi",
        },
    }
