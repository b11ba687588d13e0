"""Finding the configured subnets among EC2's."""

import subprocess
import sys

import pytest

from nodenet.configuration import ResolvedNetwork, parse, resolve
from nodenet.errors import ConfigurationError
from nodenet.networks import Subnet

IDS = [f"subnet-0123456789abcde{n:02}" for n in range(6)]
SG, TG = "sg-01234567", "sg-89abcdef"


def subnet(number: int, zone: str, vpc: str = "vpc-1", **tags: str) -> Subnet:
    return Subnet(id=IDS[number], zone=zone, vpc_id=vpc, cidr=f"10.0.{number}.0/24", tags=tags)


def configuration(n3: str, n6: str | None = None, groups: str = f"[{SG}]") -> str:
    text = f"cluster: prod\nnetworks:\n- {{name: n3, subnets: {n3}, securityGroups: [{SG}]}}\n"
    text += f"- {{name: n6, subnets: {n6}, securityGroups: {groups}}}\n" if n6 else ""
    return text + f"nodeGroups:\n- {{select: {{role: 'upf-*'}}, networks: [n3{', n6' if n6 else ''}]}}\n"


def mistakes(text: str, *subnets: Subnet) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as error:
        resolve(parse(text), subnets)
    return error.value.mistakes


def test_subnets_are_found_by_id_and_by_tag() -> None:
    known = [subnet(0, "a"), subnet(1, "b"), subnet(2, "a", Name="n6-a"), subnet(3, "b", Name="n6-b"), subnet(4, "c")]
    resolved = resolve(parse(configuration(f"[{IDS[0]}, {IDS[1]}]", "{Name: n6-*}", f"[{TG}]")), known)
    (group,) = resolved.groups
    assert resolved.cluster == "prod"
    assert [dict(network.subnet_by_zone) for network in group.networks] == [
        {"a": IDS[0], "b": IDS[1]},
        {"a": IDS[2], "b": IDS[3]},
    ]


def test_a_resolved_group_has_all_that_planning_needs() -> None:
    text = f"""
    cluster: prod
    networks:
    - {{name: n3, subnets: [{IDS[0]}], securityGroups: [{SG}, {TG}], tags: {{a: b}}, sourceDestCheck: false,
        networkCard: 1, interfaces: 2, enaQueues: 8, retention: keep}}
    nodeGroups:
    - {{select: {{role: upf, eks:nodegroup-name: "upf-*"}}, networks: [n3], onFailure: continue}}
    """
    (group,) = resolve(parse(text), [subnet(0, "a")]).groups
    assert group.name == "eks:nodegroup-name=upf-*,role=upf"
    assert group.on_failure == "continue"
    assert group.networks == (
        ResolvedNetwork(
            name="n3",
            subnet_by_zone={"a": IDS[0]},
            security_groups=frozenset({SG, TG}),
            tags={"a": "b"},
            source_dest_check=False,
            network_card=1,
            interfaces=2,
            ena_queues=8,
            retention="keep",
            blocks=("10.0.0.0/24",),
        ),
    )


def test_the_blocks_of_every_zone_s_subnet_are_known_since_pods_reach_them_all() -> None:
    known = [subnet(0, "a"), Subnet(IDS[1], "b", "vpc-1", "10.0.1.0/24", ipv6_cidr="2001:db8:0:1::/64")]
    (group,) = resolve(parse(configuration(f"[{IDS[0]}, {IDS[1]}]")), known).groups
    assert group.networks[0].blocks == ("10.0.0.0/24", "10.0.1.0/24", "2001:db8:0:1::/64")


def test_a_subnet_that_ec2_does_not_know_is_named_by_its_place() -> None:
    found = mistakes(configuration(f"[{IDS[0]}, {IDS[1]}]"), subnet(0, "a"))
    assert found == (f"networks[0].subnets[1]: EC2 knows no {IDS[1]}",)


def test_a_selector_that_matches_no_subnet_is_a_mistake() -> None:
    found = mistakes(configuration("{Name: n3-*, tier: data}"), subnet(0, "a", Name="n3-a"))
    assert found == ("networks[0].subnets: no subnet has the tags Name=n3-*,tier=data",)


@pytest.mark.parametrize("n3", [f"[{IDS[0]}, {IDS[1]}]", "{Name: n3-*}"])
def test_two_subnets_of_a_network_in_one_zone_are_a_mistake(n3: str) -> None:
    """An ENI must be in its instance's zone (EC2 API reference, AttachNetworkInterface): which of two is not said."""
    found = mistakes(configuration(n3), subnet(0, "a", Name="n3-1"), subnet(1, "a", Name="n3-2"))
    assert found == (f"networks[0].subnets: {IDS[0]} and {IDS[1]} are both in a; a network has one subnet in a zone",)


def test_subnets_of_one_network_in_different_vpcs_are_a_mistake() -> None:
    """Security groups go with subnets of their own VPC only (VPC User Guide)."""
    found = mistakes(configuration(f"[{IDS[0]}, {IDS[1]}]"), subnet(0, "a"), subnet(1, "b", vpc="vpc-2"))
    assert found == ("networks[0].subnets: the subnets are in different VPCs: vpc-1, vpc-2",)


def test_two_networks_may_be_in_different_vpcs() -> None:
    known = [subnet(0, "a"), subnet(1, "a", vpc="vpc-2")]
    assert resolve(parse(configuration(f"[{IDS[0]}]", f"[{IDS[1]}]")), known)


def test_networks_that_turn_out_to_share_a_subnet_and_all_groups_are_a_mistake() -> None:
    """On the node a network is known by subnet and groups, whichever way the document names the subnet."""
    found = mistakes(configuration(f"[{IDS[0]}]", "{Name: x}"), subnet(0, "a", Name="x"))
    said = f'"n3" and "n6" share "{IDS[0]}" and all security groups: nothing tells them apart on a node'
    assert found == (f"nodeGroups[0].networks: {said}",)
    assert resolve(parse(configuration(f"[{IDS[0]}]", "{Name: x}", f"[{TG}]")), [subnet(0, "a", Name="x")])


def test_every_mistake_is_reported_at_once() -> None:
    found = mistakes(
        configuration(f"[{IDS[0]}, {IDS[1]}, {IDS[5]}]", "{Name: n6}"), subnet(0, "a"), subnet(1, "a", "vpc-2")
    )
    assert [mistake.split(":")[0] for mistake in found] == [
        "networks[0].subnets[2]",
        "networks[0].subnets",
        "networks[0].subnets",
        "networks[1].subnets",
    ]


def test_a_node_is_in_the_group_that_selects_its_tags() -> None:
    resolved = resolve(parse(configuration(f"[{IDS[0]}]")), [subnet(0, "a")])
    assert resolved.group_of({"role": "upf-1", "Name": "node"}) is resolved.groups[0]
    assert resolved.group_of({"role": "smf"}) is None
    assert resolved.group_of({}) is None


def test_a_node_that_matches_two_groups_is_a_mistake_of_the_configuration() -> None:
    """Selectors that may meet pass the document's check; the first node that both select shows it."""
    text = configuration(f"[{IDS[0]}]") + "- {select: {role: '*-gold'}, networks: [n3]}\n"
    resolved = resolve(parse(text), [subnet(0, "a")])
    assert resolved.group_of({"role": "upf-1"}) is resolved.groups[0]
    with pytest.raises(ConfigurationError, match=r"^nodeGroups: the same node matches role=upf-\* and role=\*-gold"):
        resolved.group_of({"role": "upf-gold"})


def test_planning_code_does_not_load_pydantic() -> None:
    """It is imported at the cold start of functions that read no document."""
    program = "import sys; from nodenet.configuration import resolve; print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
