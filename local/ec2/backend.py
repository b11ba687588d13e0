"""moto's EC2 with this package's subnets, interfaces and instances in place of its own."""

import itertools
from collections.abc import Sequence

from moto.ec2.models import EC2Backend as MotoBackend

from local.ec2 import stack_resources  # noqa: F401 - what stacks make, by being there
from local.ec2.acls import NetworkAclBackend
from local.ec2.elastic_addresses import ElasticAddressBackend
from local.ec2.gateways import NatGatewayBackend
from local.ec2.interfaces import NetworkInterfaceBackend
from local.ec2.launch import LaunchBackend
from local.ec2.routes import RouteBackend
from local.ec2.subnets import SubnetBackend
from local.ec2.templates import LaunchTemplateBackend
from local.ec2.tokens import ClientTokens
from local.ec2.vpc_blocks import VpcBackend


class EC2Backend(
    NetworkInterfaceBackend,
    LaunchBackend,
    LaunchTemplateBackend,
    SubnetBackend,
    VpcBackend,
    NetworkAclBackend,
    ElasticAddressBackend,
    NatGatewayBackend,
    RouteBackend,
    MotoBackend,
):
    """All of EC2 in one account and region; moto makes it as `EC2Backend(region_name, account_id)`."""

    def __init__(self, region_name: str, account_id: str) -> None:
        self.tokens = ClientTokens()
        self.serials = itertools.count()
        self.public_pools = {}
        self.ended_associations = set()
        super().__init__(region_name, account_id)

    def do_resources_exist(self, resource_ids: Sequence[str]) -> bool:
        """As moto's, which does not look for instances."""
        self.instances_with([one for one in resource_ids if one.startswith("i-")])
        return super().do_resources_exist(resource_ids)  # type: ignore[no-any-return]
