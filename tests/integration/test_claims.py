"""Claims in, addresses moved: the deployed stack in the local region, by nothing but AWS's own calls."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from demo.stack import Stack, deploy
from demo.stage import ACCOUNT, Stage, build
from demo.watch import Listener, networks_by_node, until

CLAIMER = f"arn:aws:iam::{ACCOUNT}:role/claimer"
UPF = {"eks:cluster-name": "claims", "eks:nodegroup-name": "upf"}
DOCUMENT = """\
cluster: claims
networks:
  - name: n3
    subnets: [{subnet}]
    securityGroups: [{group}]
    addresses:
      ipv4: {{floating: 10.2.48.100-10.2.48.199}}
      ipv6: {{floating: "{ipv6}::a00-{ipv6}::aff"}}
    publicAddresses: {{tags: {{use: upf}}}}
nodeGroups:
  - select: {{eks:nodegroup-name: upf}}
    networks: [n3]
"""


@dataclass
class Place:
    """A stack that admits one role, its stage, and what the role does."""

    stack: Stack
    stage: Stage
    listener: Listener
    ipv6: str
    generation: int = 0

    def client(self, service: str, role: str) -> Any:
        sts = self.stack.region.client("sts")
        keys = sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName="pod")["Credentials"]
        return self.stack.region.client(
            service,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )

    def put(self, *claims: tuple[str, str, list[str]], kind: str = "Claimed", role: str = "claimer") -> None:
        """(node, pod, addresses) of each."""
        entries = [
            {
                "EventBusName": self.stack.outputs["ClaimBus"],
                "Source": "nodenet.pods",
                "DetailType": f"Pod Addresses {kind}",
                "Detail": json.dumps(
                    {
                        "cluster": "claims",
                        "node": node,
                        "network": "n3",
                        "addresses": addresses,
                        "pod": pod,
                        "generation": self.generation,
                    }
                ),
            }
            for node, pod, addresses in claims
        ]
        assert self.client("events", role).put_events(Entries=entries)["FailedEntryCount"] == 0

    def node(self) -> str:
        node = self.stage.lone_node(UPF)
        until(lambda: networks_by_node(self.stage).get(node) == ["n3"], "the node to be wired")
        return node

    def has(self, node: str) -> list[str]:
        (eni,) = [each for each in self.stage.interfaces() if each.get("Attachment", {}).get("InstanceId") == node]
        second = [each["PrivateIpAddress"] for each in eni["PrivateIpAddresses"] if not each["Primary"]]
        return sorted(second + [each["Ipv6Address"] for each in eni["Ipv6Addresses"]])

    def calls(self, after: int) -> Counter[str]:
        made = self.stack.region.control.calls(function=self.stack.outputs["ClaimFunction"], after=after)
        return Counter(call.operation for call in made if call.service == "ec2")

    @property
    def last_call(self) -> int:
        return self.stack.region.control.calls()[-1].number

    def rest(self) -> None:
        until(lambda: not self.stack.depth(self.stack.outputs["ClaimQueue"]), "the queue to be empty", 60)


@pytest.fixture(scope="module")
def deployed_for_claims(deployed: Stack) -> Place:
    """A stack of its own: without claimers a stack has nothing for claims."""
    region = deployed.region
    trust = json.dumps({"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]})
    everything = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*"}
    for name in ("claimer", "admin"):
        region.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    region.client("iam").put_role_policy(RoleName="admin", PolicyName="all", PolicyDocument=policy)
    stack = deploy(region, "nodenet-claims", "claims", ClaimerRoleArns=CLAIMER)
    stage = build(region, "claims", block=2)
    ipv6 = _dual_stack(stage)
    _public(stage)
    answer = stack.configure(
        DOCUMENT.format(subnet=stage.subnets["n3"][0], group=stage.security_groups["n3"], ipv6=ipv6)
    )
    assert answer["mistakes"] == []
    return Place(stack, stage, Listener(stack), ipv6)


@pytest.fixture
def place(deployed_for_claims: Place, stack: Stack) -> Iterator[Place]:
    """Each test is a later life of the pods in it; `stack` tidies the region's orders up."""
    deployed_for_claims.generation += 1
    yield deployed_for_claims
    stack.region.control.speed = 60
    deployed_for_claims.rest()


def _dual_stack(stage: Stage) -> str:
    """Gives n3's first subnet IPv6; returns its prefix."""
    ec2 = stage.region.client("ec2")
    ec2.associate_vpc_cidr_block(VpcId=stage.vpc_id, AmazonProvidedIpv6CidrBlock=True)
    vpc = ec2.describe_vpcs(VpcIds=[stage.vpc_id])["Vpcs"][0]
    prefix = str(vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"]).removesuffix("::/56")
    prefix = ":".join(f"{int(part, 16):x}" for part in prefix.split(":"))
    ec2.associate_subnet_cidr_block(SubnetId=stage.subnets["n3"][0], Ipv6CidrBlock=f"{prefix}::/64")
    return prefix


def _public(stage: Stage) -> None:
    """An internet gateway, and one Elastic IP for pods."""
    ec2 = stage.region.client("ec2")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=stage.vpc_id)
    tags = [{"Key": "nodenet:cluster", "Value": "claims"}, {"Key": "use", "Value": "upf"}]
    ec2.allocate_address(Domain="vpc", TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": tags}])


def test_nobody_but_the_claimers_gets_a_claim_onto_the_bus(place: Place) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        place.put(("i-0123456789abcdef0", "core/upf-0", ["10.2.48.100"]), role="admin")


def test_a_burst_of_ten_pods_is_one_describe_and_one_assign_and_is_released_by_one_call(place: Place) -> None:
    node, before = place.node(), place.last_call
    pods = [(node, f"core/burst-{number}", [f"10.2.48.{110 + number}"]) for number in range(10)]
    place.put(*pods)
    until(lambda: len(place.has(node)) == 10, "the addresses of all pods")
    place.rest()
    calls = place.calls(before)
    assert (calls["DescribeNetworkInterfaces"], calls["AssignPrivateIpAddresses"]) == (1, 1)
    before = place.last_call
    place.put(*pods, kind="Released")
    until(lambda: not place.has(node), "the addresses to be released")
    assert place.calls(before)["UnassignPrivateIpAddresses"] == 1


def test_a_pod_that_moves_takes_its_addresses_and_its_elastic_ip_along(place: Place) -> None:
    one, other = place.node(), place.node()
    both = ["10.2.48.100", f"{place.ipv6}::a01"]
    place.put((one, "core/upf-0", both))
    until(lambda: place.has(one) == both, "both addresses")
    list(place.listener.new())
    place.generation += 1
    place.put((other, "core/upf-0", both))
    until(lambda: place.has(other) == both, "both addresses on the other node")
    assert place.has(one) == []
    place.rest()
    (told,) = [each for each in place.listener.new() if each["detail-type"] == "Pod Addresses Registered"]
    # Other tests of the region may have Elastic IPs of their own.
    ours = [{"Name": "tag:nodenet:cluster", "Values": [place.stack.cluster]}]
    (elastic,) = place.stage.region.client("ec2").describe_addresses(Filters=ours)["Addresses"]
    assert elastic["PrivateIpAddress"] == both[0]
    assert elastic["NetworkInterfaceId"] == told["detail"]["interface"]
    assert told["detail"]["publicAddresses"] == {both[0]: elastic["PublicIp"]}
    place.put((other, "core/upf-0", both), kind="Released")
    until(lambda: place.has(other) == [], "the addresses to be released")


def test_an_address_of_a_live_pod_is_not_taken_and_the_claim_waits_for_its_release(place: Place) -> None:
    one, other = place.node(), place.node()
    place.put((one, "core/live", ["10.2.48.101"]))
    until(lambda: place.has(one) == ["10.2.48.101"], "the first pod's address")
    place.put((other, "core/next", ["10.2.48.101"]))
    time.sleep(3)
    assert (place.has(one), place.has(other)) == (["10.2.48.101"], [])
    place.put((one, "core/live", ["10.2.48.101"]), kind="Released")
    until(lambda: place.has(other) == ["10.2.48.101"], "the next pod's address")
    assert place.has(one) == []


@pytest.mark.parametrize("calls", [2, 3, 5])
def test_a_function_killed_in_the_middle_of_a_move_is_taken_up_again_by_the_next_delivery(
    place: Place, calls: int
) -> None:
    one, other = place.node(), place.node()
    address = f"{place.ipv6}::a{calls:02x}"
    place.put((one, "core/killed", [address]))
    until(lambda: place.has(one) == [address], "the address")
    place.rest()
    control = place.stack.region.control
    place.generation += 1
    control.speed = 60
    control.kill(place.stack.outputs["ClaimFunction"], after=calls)
    place.put((other, "core/killed", [address]))
    until(lambda: place.has(other) == [address], "the address on the other node", 60)
    assert place.has(one) == []
    place.rest()


def test_a_throttled_account_costs_time_and_no_claim(place: Place) -> None:
    control = place.stack.region.control
    nodes = [place.node() for _ in range(3)]
    control.rates(on=True, limits={"ec2:AssignPrivateIpAddresses": (1, 1)})
    place.put(*((node, f"core/slow-{place}", [f"10.2.48.{150 + place}"]) for place, node in enumerate(nodes)))
    until(lambda: all(len(place.has(node)) == 1 for node in nodes), "every pod's address", 60)
    place.rest()
    assert not place.stack.depth(place.stack.outputs["ClaimDeadLetterQueue"])
