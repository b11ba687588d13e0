"""Where the configuration comes from: SSM's parameter, EC2's subnets, and the table that remembers those."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from nodenet.aws.configurations import Configurations
from nodenet.aws.ec2 import Ec2, _ipv6_cidr
from nodenet.configuration.resolved import ResolvedConfiguration
from nodenet.errors import ConfigurationError, HeldError, Throttled
from nodenet.networks import Subnet
from tests.unit.cloud import CLUSTER, Cloud

PARAMETER = "/nodenet/demo/configuration"


@dataclass
class Ssm:
    """One parameter, or an error in its place."""

    text: str
    error: str = ""
    reads: int = 0

    def get_parameter(self, *, Name: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        assert Name == PARAMETER
        self.reads += 1
        if self.error:
            raise ClientError({"Error": {"Code": self.error, "Message": ""}}, "GetParameter")
        return {"Parameter": {"Name": Name, "Value": self.text}}


@dataclass
class SubnetTable:
    """The store's subnets; it is told the time, as the rest of this test is."""

    clock: "Clock"
    kept: dict[str, tuple[float, list[Subnet]]] = field(default_factory=dict)

    def subnets(self, asked: str) -> list[Subnet] | None:
        until, subnets = self.kept.get(asked, (0.0, []))
        return subnets if self.clock.now < until else None

    def keep_subnets(self, asked: str, subnets: Iterable[Subnet], seconds: int) -> None:
        self.kept[asked] = self.clock.now + seconds, list(subnets)


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


class Source:
    """The parameter, the table, and environments of the stack that read from both and from the cloud's EC2."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud, self.clock, self.ssm = cloud, Clock(), Ssm(cloud.document)
        self.table = SubnetTable(self.clock)
        self.first = self.environment()

    def environment(self) -> Configurations:
        ec2: Ec2 = self.cloud.adapter
        return Configurations(cast("Any", self.ssm), ec2, cast("Any", self.table), PARAMETER, CLUSTER, self.clock)

    def load(self, *, after: float = 0) -> ResolvedConfiguration:
        """Loads in the first environment, `after` so many seconds."""
        self.clock.now += after
        return self.first.load()

    def describes(self) -> int:
        return self.cloud.calls.count("DescribeSubnets")

    def select_n3_by_tag(self) -> None:
        ids = ", ".join(self.cloud.subnets["n3"])
        self.ssm.text = self.ssm.text.replace(f"[{ids}]", "{use: n3}")

    def tag(self, subnets: Sequence[str]) -> None:
        self.cloud.ec2.create_tags(Resources=subnets, Tags=[{"Key": "use", "Value": "n3"}])


@pytest.fixture
def source(cloud: Cloud) -> Source:
    return Source(cloud)


# ---- what is read, and how often


def test_the_parameter_is_read_once_a_minute_and_the_subnets_once_in_a_quarter_of_an_hour(source: Source) -> None:
    for _ in range(10):
        source.load(after=10)
    assert (source.ssm.reads, source.describes()) == (2, 1)
    source.load(after=901)
    assert source.describes() == 2


def test_a_changed_document_counts_after_a_minute(source: Source) -> None:
    source.load()
    source.cloud.configure(names="n3")
    source.ssm.text = source.cloud.document
    assert [network.name for network in source.load(after=59).groups[0].networks] == ["n3", "n6"]
    assert [network.name for network in source.load(after=2).groups[0].networks] == ["n3"]


def test_the_second_environment_of_the_stack_describes_no_subnets(source: Source) -> None:
    first = source.load()
    assert source.describes() == 1
    assert source.environment().load() == first
    assert source.describes() == 1


def test_another_document_asks_for_its_own_subnets(source: Source) -> None:
    source.load()
    source.tag(source.cloud.subnets["n3"])
    source.select_n3_by_tag()
    assert dict(source.load(after=61).groups[0].networks[0].subnet_by_zone) == {
        f"eu-west-1{zone}": subnet for zone, subnet in zip("abc", source.cloud.subnets["n3"], strict=True)
    }


def test_a_subnets_ipv6_block_is_seen_once_it_is_associated(source: Source) -> None:
    ec2, subnet_id = source.cloud.ec2, source.cloud.subnets["n3"][0]
    assert [each.ipv6_cidr for each in source.cloud.adapter.subnets([subnet_id], [])] == [""]
    (subnet,) = ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"]
    ec2.associate_vpc_cidr_block(VpcId=subnet["VpcId"], AmazonProvidedIpv6CidrBlock=True)
    (vpc,) = ec2.describe_vpcs(VpcIds=[subnet["VpcId"]])["Vpcs"]
    block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("/56", "/64")
    ec2.associate_subnet_cidr_block(SubnetId=subnet_id, Ipv6CidrBlock=block)
    assert [each.ipv6_cidr for each in source.cloud.adapter.subnets([subnet_id], [])] == [block]


@pytest.mark.parametrize("state", ["associating", "disassociating", "disassociated", "failing", "failed"])
def test_an_ipv6_block_that_is_not_associated_does_not_count(state: str) -> None:
    """EC2 API reference, SubnetCidrBlockState."""
    going, there = (
        {"Ipv6CidrBlock": block, "Ipv6CidrBlockState": {"State": said}}
        for block, said in (("2001:db8::/64", state), ("2001:db8:0:1::/64", "associated"))
    )
    assert _ipv6_cidr({"Ipv6CidrBlockAssociationSet": [going]}) == ""
    assert _ipv6_cidr({"Ipv6CidrBlockAssociationSet": [going, there]}) == "2001:db8:0:1::/64"


def test_subnets_that_an_older_release_kept_are_asked_for_anew(source: Source) -> None:
    """They lack what this release looks at; an IPv6 subnet would be taken for one without."""
    ids = sorted(subnet for name in ("n3", "n6") for subnet in source.cloud.subnets[name])
    for asked in ([ids, []], [ids, [], ["id", "zone", "vpc_id", "cidr", "tags"]]):
        key = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
        source.table.keep_subnets(key, [], 900)
    assert source.load().cluster == CLUSTER
    assert source.describes() == 1


# ---- what is wrong


def test_a_tag_selector_that_matches_nothing_is_asked_anew_each_time(source: Source) -> None:
    source.select_n3_by_tag()
    for environment in (source.first, source.environment()):
        with pytest.raises(ConfigurationError, match="no subnet has the tags use=n3"):
            environment.load()
    assert not source.table.kept
    source.tag(source.cloud.subnets["n3"])
    assert source.load().cluster == CLUSTER


def test_a_wrong_document_is_read_anew_each_time_so_that_mending_it_counts_at_once(source: Source) -> None:
    right = source.ssm.text
    source.load()
    source.ssm.text = right.replace("securityGroups", "securitygroups")
    for after in (61, 0):
        with pytest.raises(ConfigurationError):
            source.load(after=after)
    source.ssm.text = right
    assert source.load().cluster == CLUSTER


def test_a_parameter_that_is_missing_is_an_error_with_its_name(source: Source) -> None:
    source.ssm.error = "ParameterNotFound"
    with pytest.raises(ConfigurationError, match=PARAMETER):
        source.load()


def test_a_document_for_another_cluster_is_refused(source: Source) -> None:
    source.ssm.text = source.ssm.text.replace("cluster: demo", "cluster: demo-eu")
    with pytest.raises(ConfigurationError, match="demo-eu, this stack is for demo"):
        source.load()
    assert source.describes() == 0


# ---- what does not answer


def test_while_ssm_is_throttled_the_last_configuration_serves_for_ten_minutes(source: Source) -> None:
    before = source.load()
    source.ssm.error = "ThrottlingException"
    assert source.load(after=61) == before
    assert source.load(after=500) == before
    with pytest.raises(Throttled):
        source.load(after=60)


def test_a_configuration_that_a_wrong_one_has_replaced_serves_no_more(source: Source) -> None:
    source.load()
    source.ssm.text = "cluster: demo"
    with pytest.raises(ConfigurationError):
        source.load(after=61)
    source.ssm.error = "ThrottlingException"
    with pytest.raises(Throttled):
        source.load()


def test_without_a_configuration_from_before_a_throttled_ssm_is_waited_for(source: Source) -> None:
    source.ssm.error = "ThrottlingException"
    with pytest.raises(Throttled):
        source.load()


def test_a_refused_read_is_for_a_person_even_where_a_configuration_is_known(source: Source) -> None:
    source.load()
    source.ssm.error = "AccessDeniedException"
    with pytest.raises(HeldError, match="AccessDenied"):
        source.load(after=61)


def test_a_throttled_describe_keeps_nothing_and_is_made_again(source: Source) -> None:
    source.cloud.fail("DescribeSubnets", "RequestLimitExceeded")
    with pytest.raises(Throttled):
        source.load()
    assert not source.table.kept
    assert source.load().cluster == CLUSTER
