"""What a target answers to a health check, as far as EC2 and the orders of the region's user know.

Sources: API reference, TargetHealth (reasons) and TargetDescription; Application Load Balancers guide, "Register
targets": an address is one of the VPC's, or of the private and shared ranges beyond it.
"""

from collections.abc import Callable, Collection, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from local.loads.holders import Address, holders
from local.world import world

TIMEOUT, FAILED = "Target.Timeout", "Target.FailedHealthChecks"
DESCRIPTIONS = {
    TIMEOUT: "Request timed out",
    FAILED: "Health checks failed",
    "Target.ResponseCodeMismatch": "Health checks failed with these codes: [503]",
    "Elb.RegistrationInProgress": "Target registration is in progress",
    "Elb.InitialHealthChecking": "Initial health checks in progress",
    "Target.NotRegistered": "Target is not registered to the target group",
    "Target.DeregistrationInProgress": "Target deregistration is in progress",
    "Target.InvalidState": "Target is in the stopped state",
}
BEYOND_A_VPC = tuple(map(ip_network, ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")))

# Each is asked (region's EC2, address, port) for the reason why an address does not answer; None where it knows none.
probes: list[Callable[[Any, Address, int], str | None]] = []


def of_instance(ec2: Any, instance_id: str) -> str | None:
    """Why an instance fails a check, None where it passes."""
    if reason := world.orders.unhealthy_targets.get(instance_id):
        return reason
    instance = ec2.get_instance_by_id(instance_id)
    return None if instance is not None and instance.state == "running" else TIMEOUT


def of_addresses(ec2: Any, targets: Collection[tuple[Address, int]], vpc_id: str) -> Mapping[tuple[Address, int], str]:
    """{target: reason} of those that fail a check: in the VPC nobody answers but an attached interface's addresses."""
    owners = holders(ec2, vpc_id, {address for address, _ in targets})
    failing = {}
    for address, port in targets:
        ordered = world.orders.unhealthy_targets.get(str(address))
        found = (reason for probe in probes if (reason := probe(ec2, address, port)))
        absent = TIMEOUT if in_vpc(ec2, vpc_id, address) and not _answers(owners.get(address)) else None
        if reason := ordered or absent or next(found, None):
            failing[address, port] = reason
    return failing


def in_vpc(ec2: Any, vpc_id: str, address: Address) -> bool:
    known = ec2.get_vpc(vpc_id).get_cidr_block_association_set(ipv6=address.version == 6)
    return any(
        address in ip_network(one["cidr_block"])
        for one in known
        if one["cidr_block_state"]["state"] in ("associated", "disassociating")
    )


def zone_of(ec2: Any, vpc_id: str, address: Address) -> str | None:
    """The zone of the subnet that an address lies in."""
    for subnet in ec2.describe_subnets():
        network = subnet.network(address.version) if subnet.vpc_id == vpc_id else None
        if network is not None and address in network:
            return str(subnet.availability_zone)
    return None


def _answers(eni: Any) -> bool:
    return eni is not None and eni.attachment is not None and _runs(eni.attachment.instance)


def _runs(instance: Any) -> bool:
    return instance is None or instance.state == "running"


def parsed(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
