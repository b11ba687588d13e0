"""Where the pods' images come from."""

from dataclasses import dataclass
from typing import Final, Self

MULTUS_VERSION: Final = "v4.3.0"
"""The thick plugin's; its manifest and flags are read from this version (k8snetworkplumbingwg/multus-cni)."""


@dataclass(frozen=True, slots=True)
class Images:
    """`agent` is built by node/Dockerfile; `sample` has a shell, ping, ip, nc and tcpsvd."""

    agent: str
    multus: str = f"ghcr.io/k8snetworkplumbingwg/multus-cni:{MULTUS_VERSION}-thick"
    sample: str = "public.ecr.aws/docker/library/busybox:1.37"

    def mirrored(self, registry: str) -> Self:
        """The same images under their last names in one registry, such as an ECR registry of the China partition,
        which reaches neither ghcr.io nor public.ecr.aws: `123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/nodenet`.
        """

        def moved(image: str) -> str:
            return f"{registry.rstrip('/')}/{image.rpartition('/')[2]}"

        return type(self)(moved(self.agent), moved(self.multus), moved(self.sample))
