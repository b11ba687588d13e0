"""Where things lie on the node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

_PREFIX = "nodenet-"


@dataclass(frozen=True)
class Places:
    """Folders and files that are read and written; the defaults are AL2023's.

    `networkd` is under /run: after a reboot nodeadm's boot hook waits for the links that it knows as networkd's to be
    configured, up to a minute; a lasting file of ours would keep them from it (amazon-eks-ami, nodeadm-boot-hook).
    `cni` is Multus' folder, not the container runtime's: a file there makes no node Ready.
    """

    cni: Path = Path("/etc/cni/multus/net.d")
    networkd: Path = Path("/run/systemd/network")
    leases: Path = Path("/run/nodenet/leases")
    sysctl: Path = Path("/proc/sys/net")
    rt_tables: Path = Path("/etc/iproute2/rt_tables")
    runtime_cni: Path = Path("/etc/cni/net.d")

    @property
    def ipv6(self) -> Path:
        """Is there while the kernel speaks IPv6."""
        return self.sysctl / "ipv6" / "conf"

    def cni_file(self, name: str) -> Path:
        """Sorts behind the VPC CNI's `10-aws.conflist`, should the folder be the container runtime's."""
        return self.cni / f"{_PREFIX}{name}.conflist"

    def networkd_file(self, mac: str) -> Path:
        """Sorts before nodeadm's `70-eks-<link>.network` and Amazon Linux's own `80-ec2.network`: networkd takes the
        first file, by name over all its folders, that matches a link (systemd.network(5))."""
        return self.networkd / f"10-{_PREFIX}{mac.replace(':', '')}.network"

    def own_files(self) -> Mapping[Path, str]:
        """The files of ours that are there, with what they hold."""
        found = [*self.cni.glob(f"{_PREFIX}*.conflist"), *self.networkd.glob(f"10-{_PREFIX}*.network")]
        return {path: path.read_text() for path in found}

    def vpc_cni_ready(self) -> bool:
        """Whether files may be written: always where Multus reads them, and into the runtime's own folder only once
        the VPC CNI has put its file there; before, ours would be the runtime's network, and the node Ready with it."""
        return self.cni != self.runtime_cni or (self.runtime_cni / "10-aws.conflist").exists()

    def reserved_tables(self) -> frozenset[int]:
        """The routing tables that have a name, in the file or beside it in its `.d` folder (ip-route(8))."""
        found = set()
        for path in (self.rt_tables, *self.rt_tables.parent.glob(f"{self.rt_tables.name}.d/*.conf")):
            lines = path.read_text().splitlines() if path.exists() else []
            for word in [line.split()[0] for line in lines if line.strip()]:
                if not word.startswith("#"):
                    found.add(int(word, 0))
        return frozenset(found)

    def loose_filter(self, link: str) -> Path:
        """rp_filter; in force is the larger of `all` and the link's, 2 is loose (kernel, ip-sysctl.rst)."""
        return self.sysctl / "ipv4" / "conf" / link / "rp_filter"

    def accept_advertisements(self, link: str) -> Path:
        """accept_ra; the VPC's router advertises itself as default router on every link."""
        return self.ipv6 / link / "accept_ra"

    def settings(self, links: Iterable[str]) -> Mapping[Path, str]:
        """The two settings of each link, where the kernel has them."""
        paths = [path for link in links for path in (self.loose_filter(link), self.accept_advertisements(link))]
        found = {}
        for path in paths:
            try:
                found[path] = path.read_text().strip()
            except OSError:
                continue
        return found
