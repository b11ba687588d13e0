"""Request rates: token buckets for each API, on the region's clock. Off until switched on.

EC2: Amazon EC2 developer guide, "Request throttling for the Amazon EC2 API", its tables of request token buckets and
of resource token buckets, as of 2026; the error is RequestLimitExceeded (status 503).

Auto Scaling: "all Amazon EC2 Auto Scaling API calls have a single, shared API limit" (AWS knowledge center, "Auto
Scaling API calls throttled"); AWS publishes no number for it, so the one here is an assumption that can be set.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.plane import private
from local.world import world

Limit = tuple[float, float]
Params = Mapping[str, Sequence[str]]

_READING: Limit = (100, 20)
_READING_ALL: Limit = (50, 10)
_MUTATING: Limit = (50, 5)
_READS = ("Describe", "List", "Search", "Get")
# "Unfiltered and unpaginated non-mutating actions": a bucket of their own where neither is given.
_READ_ALL = {
    "DescribeInstances",
    "DescribeInstanceStatus",
    "DescribeNetworkInterfaces",
    "DescribeSecurityGroups",
    "DescribeSnapshots",
    "DescribeSpotInstanceRequests",
    "DescribeVolumes",
}
_NARROWING = ("Filter.", "MaxResults", "NextToken")
# "Uncategorized actions", the rows about instances, interfaces, addresses, subnets, launch templates and tags.
# AttachNetworkInterface and DetachNetworkInterface have no row: they are mutating actions like most.
_OWN: dict[str, Limit] = {
    "AssignIpv6Addresses": (100, 5),
    "AssignPrivateIpAddresses": (100, 5),
    "AssociateIamInstanceProfile": (100, 5),
    "CreateLaunchTemplateVersion": (100, 5),
    "CreateNatGateway": (10, 1),
    "CreateNetworkInterface": (100, 5),
    "CreateSubnetCidrReservation": (5, 1),
    "CreateTags": (100, 10),
    "CreateVpcEndpoint": (4, 0.3),
    "DeleteNatGateway": (10, 1),
    "DeleteNetworkInterface": (100, 5),
    "DeleteSubnetCidrReservation": (5, 1),
    "DeleteTags": (100, 10),
    "DeleteVpcEndpoints": (4, 0.3),
    "DescribeInstanceTopology": (1, 1),
    "DescribeSecurityGroupReferences": (20, 5),
    "DisassociateIamInstanceProfile": (100, 5),
    "ModifyInstanceMetadataOptions": (100, 5),
    "ModifyLaunchTemplate": (100, 5),
    "ModifyNetworkInterfaceAttribute": (100, 5),
    "ModifyVpcEndpoint": (4, 0.3),
    "RunInstances": (5, 2),
    "StartInstances": (5, 2),
    "TerminateInstances": (100, 5),
    "UnassignPrivateIpAddresses": (100, 5),
}
# "Resource token buckets": an instance costs a token.
_RESOURCES: dict[str, Limit] = {
    "RunInstances": (1000, 2),
    "StartInstances": (1000, 2),
    "StopInstances": (1000, 20),
    "TerminateInstances": (1000, 20),
}
_INSTANCE = re.compile(r"InstanceId\.\d+")


@dataclass(frozen=True)
class Refusal:
    """The error of a call that found its bucket empty."""

    code: str
    message: str
    status: int


_EC2 = Refusal("RequestLimitExceeded", "Request limit exceeded.", 503)
_AUTOSCALING = Refusal("Throttling", "Rate exceeded", 400)


class Rates:
    """All buckets. `limits` overrides what is documented, by `service:operation` or `autoscaling`."""

    def __init__(self) -> None:
        self.on = False
        self.limits: dict[str, Limit] = {}
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}
        self._lock = threading.Lock()

    def refuse(self, service: str, operation: str, params: Params) -> Refusal | None:
        """Takes the tokens of this call; the error where there are not enough."""
        if not self.on or service not in ("ec2", "autoscaling"):
            return None
        costs = ec2_costs(operation, params) if service == "ec2" else {"autoscaling": (_READING, 1.0)}
        region, now = private.get("core.responses.get_region")(), world.clock.now()
        with self._lock:
            left = {}
            for bucket, (documented, cost) in costs.items():
                capacity, refill = self.limits.get(bucket, documented)
                tokens, then = self._buckets.get((bucket, region), (capacity, now))
                left[bucket] = (min(capacity, tokens + (now - then) * refill), cost)
            refused = any(tokens < cost for tokens, cost in left.values())
            for bucket, (tokens, cost) in left.items():
                self._buckets[bucket, region] = (tokens if refused else tokens - cost, now)
        if not refused:
            return None
        return _EC2 if service == "ec2" else _AUTOSCALING

    def reset(self) -> None:
        """Off, with full buckets and the documented limits."""
        self.on = False
        self.limits.clear()
        with self._lock:
            self._buckets.clear()


def ec2_costs(operation: str, params: Params) -> dict[str, tuple[Limit, float]]:
    """The buckets that a call takes tokens from, each with its size and refill rate, and how many."""
    name = f"ec2:{operation}"
    if operation in _READ_ALL and not any(key.startswith(_NARROWING) for key in params):
        return {f"{name}:unfiltered": (_READING_ALL, 1)}
    costs = {name: (_OWN.get(operation) or (_READING if operation.startswith(_READS) else _MUTATING), 1.0)}
    if operation in _RESOURCES:
        costs[f"{name}:resources"] = (_RESOURCES[operation], _instances(params))
    return costs


def _instances(params: Params) -> float:
    if maximum := params.get("MaxCount"):
        return float(maximum[0])
    return float(sum(1 for key in params if _INSTANCE.fullmatch(key)) or 1)
