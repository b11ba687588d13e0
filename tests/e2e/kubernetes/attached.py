"""A real control plane for an EKS cluster of the local region."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from local.region import Region
from tests.e2e.kubernetes.control_plane import ControlPlane
from tests.e2e.kubernetes.programs import Programs


@contextmanager
def attach(programs: Programs, folder: Path, region: Region, cluster: str) -> Iterator[ControlPlane]:
    """The cluster must be there, and have no controllers. From then on DescribeCluster names the real API server; its
    nodes are the region's instances, its pods have addresses of EC2, and who shows a token is asked of the region.

    The region must have let the cluster go (deleted, or reset) before the control plane ends.
    """
    reviewer, tunnel = f"{region.endpoint}/_region/kubernetes/reviews/{cluster}", folder / "pods.sock"
    with ControlPlane(programs, folder, reviewer=reviewer, tunnel=tunnel, addresses=False) as running:
        region.control.control_plane(cluster, **asdict(running.access), tunnel=str(tunnel))
        yield running
