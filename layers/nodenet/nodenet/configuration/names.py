"""Names that a document may not use, because something else on the node or in AWS stands on them."""

import re
from typing import Final

RESERVED_LINK: Final = (
    "^(eth|en[ops][0-9]|en[ix]|vlan|veth|dummy|docker|cni[0-9]|kube|bond[0-9])|^(lo[0-9]*|all|default)$"
)
"""Link names that others hand out.

`eth0`, `ens5`, `eno1`, `enp0s5`, `enx…` by the kernel and systemd (systemd.net-naming-scheme); `eni…`, `vlan…`,
`dummy…`, `veth…` by the VPC CNI, which itself refuses `eth`, `lo` and `vlan` as AWS_VPC_K8S_CNI_VETHPREFIX; the rest
by container runtimes, kube-proxy and bonding. `all` and `default` are directories beside the links' own in
/proc/sys/net (kernel documentation, ip-sysctl).
"""

RESERVED_TAG: Final = r"^([aA][wW][sS]:|nodenet:|node\.k8s\.amazonaws\.com/)|^(eks:eni:owner|multus|cluster|Zone)$"
"""Tag keys that are AWS's (EC2 API reference, Tag), the VPC CNI's, or written by nodenet itself.

The VPC CNI adopts or deletes interfaces by `node.k8s.amazonaws.com/…` and `eks:eni:owner`.
"""

_RESERVED_LINK: Final = re.compile(RESERVED_LINK)
_RESERVED_TAG: Final = re.compile(RESERVED_TAG)


def refuse_reserved_link(name: str) -> str:
    """The name itself. ValueError where the kernel, systemd or a CNI plugin gives such names to links of its own."""
    taken = _RESERVED_LINK.match(name)
    if not taken:
        return name
    if taken[2]:
        raise ValueError(f"the kernel has the name {name} already")
    raise ValueError(f"link names that begin with {taken[1]} belong to the kernel or to CNI plugins")


def refuse_reserved_tag(key: str) -> str:
    """The key itself. ValueError where it is nodenet's, the VPC CNI's or AWS's own."""
    reserved = _RESERVED_TAG.match(key)
    if not reserved:
        return key
    raise ValueError("this tag is reserved" if reserved[2] else f"tags that begin with {reserved[1]} are reserved")
