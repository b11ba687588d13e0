"""EC2, as who waits for new nodes sees it: where there is room for them, and the networks that they got."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from itertools import batched
from typing import TYPE_CHECKING, Final

from nodenet.aws.errors import translated
from nodenet.interfaces.identity import NETWORK_TAG
from nodenet.networks import CLUSTER_TAG

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_VALUES: Final = 200
""" "up to 200" values of one filter ("Filtering your resources", EC2 User Guide)."""


class NewNodes:
    """Raises the exceptions of nodenet.errors."""

    def __init__(self, client: "EC2Client") -> None:
        self._client = client

    def free(self, subnets: Collection[str]) -> Mapping[str, tuple[str, int]]:
        """Zone and free IPv4 addresses of subnets, by id."""
        with translated():
            found = self._client.describe_subnets(SubnetIds=sorted(subnets))["Subnets"] if subnets else []
        return {each["SubnetId"]: (each["AvailabilityZone"], each["AvailableIpAddressCount"]) for each in found}

    def networks(self, cluster: str, instances: Collection[str]) -> Mapping[str, frozenset[str]]:
        """The names of nodenet's networks whose interfaces are attached to instances, by the instance's id."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        pages = self._client.get_paginator("describe_network_interfaces")
        with translated():
            for some in batched(sorted(instances), _VALUES, strict=False):
                filters = [
                    {"Name": "attachment.instance-id", "Values": list(some)},
                    {"Name": f"tag:{CLUSTER_TAG}", "Values": [cluster]},
                    {"Name": "attachment.status", "Values": ["attached"]},
                ]
                for page in pages.paginate(Filters=filters):  # type: ignore[arg-type]
                    for each in page["NetworkInterfaces"]:
                        tags = {tag["Key"]: tag["Value"] for tag in each.get("TagSet", ())}
                        if NETWORK_TAG in tags:
                            found[each["Attachment"]["InstanceId"]].add(tags[NETWORK_TAG])
        return {instance: frozenset(names) for instance, names in found.items()}
