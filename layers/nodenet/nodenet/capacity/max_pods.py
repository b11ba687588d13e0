"""How many pods a node takes: three figures that are called so, and which one is in force.

None of them counts pods with security groups of their own (branch interfaces), which take no address of the VPC CNI's.
All count two pods on the host's network, aws-node and kube-proxy, which take none either.
"""

from dataclasses import replace
from typing import Final

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.plan import MaxPods
from nodenet.capacity.shape import NodeShape, shape_of
from nodenet.limits import InstanceLimits, as_the_cni_has_them

HOST_NETWORK_PODS: Final = 2
"""What every one of the formulas adds (amazon-vpc-cni-k8s, misc/eni-max-pods.txt)."""
KUBELET_DEFAULT: Final = 110
"""KubeletConfiguration's maxPods where nobody says anything, and nodeadm's last resort (defaultMaxPods)."""

_FEW_VCPUS: Final = 30
_CAP_OF_FEW: Final = 110
_CAP_OF_MANY: Final = 250


def figures(
    limits: InstanceLimits,
    settings: CniSettings,
    *,
    unmanaged: int = 0,
    kubelet: int | None = None,
    primary_excluded: bool = False,
) -> MaxPods:
    """The three figures of a type. `kubelet`: what the node's kubelet is told, None for what EKS tells it; where the
    type's vCPUs are not known, that is the VPC CNI's figure, and no more than EKS tells any type.

    EKS's and nodeadm's are what these really say: neither hears of `unmanaged` interfaces or of an excluded subnet.
    So a node with networks of its own is `bound_by` addresses until its kubelet is told better, and pods beyond them
    wait without an address.
    """
    cni = cni_max_pods(limits, settings, unmanaged=unmanaged, primary_excluded=primary_excluded)
    eks = eks_max_pods(limits, settings)
    in_force = kubelet if kubelet is not None else eks if eks is not None else min(cni, _CAP_OF_MANY)
    return MaxPods(
        cni=cni,
        nodeadm=nodeadm_max_pods(limits),
        eks=eks,
        kubelet=in_force,
        bound_by="kubelet" if in_force <= cni else "addresses",
    )


def cni_max_pods(
    limits: InstanceLimits, settings: CniSettings, *, unmanaged: int = 0, primary_excluded: bool = False
) -> int:
    """The pods that the VPC CNI has addresses for, on the default network card: misc/eni-max-pods.txt's formula, with
    the interfaces that ipamd (pkg/ipamd/ipamd.go) really uses.

    `unmanaged`: interfaces of others on that card, tagged no_manage. hasRoomForEni takes them off the smaller of
    MAX_ENI and the type's limit: they count against MAX_ENI too, though they would fit beside it, and so does a trunk,
    for which a slot is kept with ENABLE_POD_ENI on every type that is not known to take none. The primary interface is
    always there; with custom networking, or where its subnet is excluded (`primary_excluded`), no pod is on it.
    Prefixes are for Nitro and bare metal (IsPrefixDelegationSupported): other types fall back to single addresses.
    """
    return _room(shape_of(limits, settings, unmanaged=unmanaged, max_pods=0, primary_excluded=primary_excluded))


def nodeadm_max_pods(limits: InstanceLimits | None) -> int:
    """What nodeadm tells the kubelet of an AL2023 node without other orders: always the default card's formula, never
    prefixes, custom networking or MAX_ENI (amazon-eks-ami, nodeadm/internal/kubelet/eni_max_pods.go).

    It takes the type from a list of its own (instance-info.jsonl), which says what the VPC CNI's does; a type that is
    not in it is asked from EC2. `limits` None: EC2 did not answer either.
    """
    if limits is None:
        return KUBELET_DEFAULT
    theirs = as_the_cni_has_them(limits.instance_type) or limits
    return _room(shape_of(theirs, CniSettings(), max_pods=0))


def eks_max_pods(limits: InstanceLimits, settings: CniSettings, *, unmanaged: int = 0) -> int | None:
    """What EKS tells the nodes of a managed node group without an AMI of its own, from how the VPC CNI is set when the
    group is made: at most 110, or 250 above 30 vCPUs ("Amazon EKS recommended maximum Pods", EKS User Guide). None
    where the type's vCPUs are not known.

    The formula is that of max-pods-calculator.sh (amazon-eks-ami, removed with AL2 in March 2026), which knows custom
    networking, prefixes and the smaller of MAX_ENI and the type's limit, but neither a trunk nor other interfaces.
    `unmanaged` is for who tells it of those, as a lower --cni-max-eni; EKS tells it nothing. The script takes bare
    metal for Xen; that shows only where MAX_ENI is small, and the VPC CNI's own rule stands here.
    """
    if limits.vcpus is None:
        return None
    shape = shape_of(limits, replace(settings, pod_eni=False), unmanaged=unmanaged, max_pods=0)
    return min(_CAP_OF_MANY if limits.vcpus > _FEW_VCPUS else _CAP_OF_FEW, _room(shape))


def _room(shape: NodeShape) -> int:
    enis = shape.enis if shape.pods_on_primary else shape.enis - 1
    return enis * shape.addresses_per_eni + HOST_NETWORK_PODS
