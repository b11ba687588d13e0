"""EC2, as a preflight sees it beside what the planner reads: routes, rules, peers, launch templates."""

from base64 import b64decode
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from nodenet.aws.eks import Eks
from nodenet.aws.errors import code_of, translated
from nodenet.aws.fleet_reading import FleetReading
from nodenet.aws.instance_types import InstanceTypes
from nodenet.aws.subnet_shapes import tags
from nodenet.limits import InstanceLimits
from nodenet.migration.preflight.seen_aws import (
    Acl,
    AclEntry,
    LaunchTemplate,
    Peering,
    PrefixList,
    Route,
    RouteTable,
    SecurityGroup,
)

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

_TARGETS: Final = (
    *("GatewayId", "NatGatewayId", "TransitGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId", "InstanceId"),
    *("EgressOnlyInternetGatewayId", "LocalGatewayId", "CarrierGatewayId", "CoreNetworkArn"),
)
_ALL: Final = "-1"
_LAST: Final = 32767
"""The rule of every network ACL that denies what no other rule has taken ("Network ACLs", VPC User Guide)."""
_GONE: Final = ("InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.VersionNotFound")


class VpcSurvey(FleetReading):
    """What the planner asks EC2, and the rest. Raises the exceptions of nodenet.errors."""

    def __init__(self, ec2: "EC2Client", eks: Eks) -> None:
        super().__init__(ec2, eks)
        self._client = ec2

    def route_tables(self, vpc_id: str) -> Sequence[RouteTable]:
        return [
            RouteTable(
                id=item["RouteTableId"],
                subnets=tuple(each["SubnetId"] for each in item.get("Associations", ()) if each.get("SubnetId")),
                main=any(each.get("Main") for each in item.get("Associations", ())),
                routes=tuple(_routes(item.get("Routes", ()))),
            )
            for item in self._in_vpc("describe_route_tables", "RouteTables", vpc_id)
        ]

    def acls(self, vpc_id: str) -> Sequence[Acl]:
        return [
            Acl(
                id=item["NetworkAclId"],
                default=item.get("IsDefault", False),
                subnets=tuple(each["SubnetId"] for each in item.get("Associations", ()) if each.get("SubnetId")),
                entries=tuple(
                    AclEntry(
                        number=each["RuleNumber"],
                        block=each["CidrBlock"],
                        allow=each["RuleAction"] == "allow",
                        egress=each["Egress"],
                        every=each.get("Protocol") == _ALL,
                    )
                    for each in item.get("Entries", ())
                    if each.get("CidrBlock") and each["RuleNumber"] < _LAST
                ),
            )
            for item in self._in_vpc("describe_network_acls", "NetworkAcls", vpc_id)
        ]

    def security_groups(self, vpc_id: str) -> Sequence[SecurityGroup]:
        return [
            SecurityGroup(
                id=item["GroupId"],
                vpc_id=item.get("VpcId", ""),
                name=item.get("GroupName", ""),
                tags=tags(item),
                rules=_rules(item),
            )
            for item in self._in_vpc("describe_security_groups", "SecurityGroups", vpc_id)
        ]

    def peerings(self, vpc_id: str) -> Sequence[Peering]:
        """Active ones, whichever side asked for them."""
        active = [{"Name": "status-code", "Values": ["active"]}]
        found = []
        for item in self._pages("describe_vpc_peering_connections", "VpcPeeringConnections", Filters=active):
            sides = {each.get("VpcId"): each for each in (item["RequesterVpcInfo"], item["AccepterVpcInfo"])}
            if sides.pop(vpc_id, None):
                found += [Peering(item["VpcPeeringConnectionId"], _blocks(other)) for other in sides.values()]
        return found

    def prefix_lists(self, account: str) -> Sequence[PrefixList]:
        """Those of IPv4 that the account itself keeps: AWS's own name AWS's ranges."""
        mine = [{"Name": "owner-id", "Values": [account]}]
        return [
            PrefixList(item["PrefixListId"], item.get("PrefixListName", ""), self._entries(item["PrefixListId"]))
            for item in self._pages("describe_managed_prefix_lists", "PrefixLists", Filters=mine)
            if item.get("AddressFamily") == "IPv4"
        ]

    def launch_templates(self, templates: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], LaunchTemplate]:
        """By id and version, as asked; those that are gone are left out."""
        found = {}
        for name, version in sorted(templates):
            with translated():
                try:
                    answer = self._client.describe_launch_template_versions(LaunchTemplateId=name, Versions=[version])
                except ClientError as error:
                    if code_of(error) in _GONE:
                        continue
                    raise
            for item in answer["LaunchTemplateVersions"]:
                found[name, version] = _template(item)
        return found

    def limits(self, types: Collection[str]) -> Mapping[str, InstanceLimits]:
        return InstanceTypes(self._client).limits(types)

    def _entries(self, prefix_list: str) -> tuple[str, ...]:
        return tuple(
            each["Cidr"] for each in self._pages("get_managed_prefix_list_entries", "Entries", PrefixListId=prefix_list)
        )

    def _in_vpc(self, operation: str, key: str, vpc_id: str) -> Iterator[Any]:
        return self._pages(operation, key, Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])

    def _pages(self, operation: str, key: str, **asked: Any) -> Iterator[Any]:
        paginator: Any = self._client.get_paginator(operation)  # type: ignore[call-overload]
        with translated():
            for page in paginator.paginate(**asked):
                yield from page[key]


def _blocks(side: Any) -> tuple[str, ...]:
    several = [each["CidrBlock"] for each in side.get("CidrBlockSet", ())]
    return tuple(several or filter(None, [side.get("CidrBlock", "")]))


def _routes(items: Any) -> Iterator[Route]:
    for item in items:
        destination = item.get("DestinationCidrBlock") or item.get("DestinationPrefixListId")
        if destination:
            target = next((item[name] for name in _TARGETS if item.get(name)), "")
            yield Route(destination, target, item.get("State") != "blackhole")


def _rules(item: Any) -> Mapping[str, tuple[str, ...]]:
    """The blocks that rules of the same direction, protocol and ports name together."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for direction, key in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
        for rule in item.get(key, ()):
            first, last = rule.get("FromPort"), rule.get("ToPort")
            ports = "" if first is None else f" {first}" if first == last else f" {first}-{last}"
            protocol = "all" if rule["IpProtocol"] == _ALL else rule["IpProtocol"]
            found[f"{direction} {protocol}{ports}"] += [each["CidrIp"] for each in rule.get("IpRanges", ())]
    return {rule: tuple(blocks) for rule, blocks in found.items() if blocks}


def _template(item: Any) -> LaunchTemplate:
    data = item.get("LaunchTemplateData", {})
    profile = data.get("IamInstanceProfile", {})
    return LaunchTemplate(
        id=item["LaunchTemplateId"],
        version=str(item["VersionNumber"]),
        image=data.get("ImageId", ""),
        instance_type=data.get("InstanceType", ""),
        user_data=_decoded(data.get("UserData", "")),
        profile=profile.get("Arn") or profile.get("Name", ""),
        tags=tags(item),
    )


def _decoded(text: str) -> str:
    """User data as it was written; binary parts (a compressed script) stay unreadable."""
    try:
        return b64decode(text).decode("utf-8", errors="replace")
    except ValueError:
        return text
