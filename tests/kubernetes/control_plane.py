"""The API server that the tests of this folder ask: a cluster of the local region's, or a real one."""

import atexit
import itertools
import os
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from lightkube import Client, KubeConfig
from lightkube.config.models import Cluster, User

from local.region import Region
from local.world import ACCOUNT
from tests.region.kubernetes_cluster import signed

REAL: Final = bool(os.environ.get("NODENET_CONTROL_PLANE"))
"""Whether a real control plane is asked, with its controllers, scheduler and kubelets."""

_NUMBERS = itertools.count(1)


def client(region: Region | None = None) -> Client:
    """An administrator's: of the real control plane, else of a cluster of its own in the region."""
    if REAL:
        real: Client = _running().client()
        return real
    assert region
    name = f"api-{next(_NUMBERS)}"
    cluster = region.client("eks").create_cluster(
        name=name,
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/cluster",
        resourcesVpcConfig={"subnetIds": [_subnet(region)]},
        accessConfig={"authenticationMode": "API"},
    )["cluster"]
    authority = cluster["certificateAuthority"]["data"]
    config = KubeConfig.from_one(
        cluster=Cluster(server=cluster["endpoint"], certificate_auth_data=authority),
        user=User(token=signed(region.endpoint, name)),
    )
    return Client(config=config, field_manager="tests", trust_env=False)


@cache
def _running() -> Any:
    """One for all tests of the process."""
    from tests.e2e.kubernetes import programs
    from tests.e2e.kubernetes.control_plane import ControlPlane

    folder = TemporaryDirectory(prefix="kube-")
    running = ControlPlane(programs.find(), Path(folder.name))
    atexit.register(running.close)
    atexit.register(folder.cleanup)
    return running


def _subnet(region: Region) -> str:
    ec2 = region.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return str(ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"])
