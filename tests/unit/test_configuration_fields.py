"""Each field of the configuration: its default, what it takes, and the words in which a mistake is told."""

import json
from typing import Any

import pytest

from nodenet.configuration import Configuration, parse
from nodenet.configuration.checks import BEYOND_CARDS
from nodenet.errors import ConfigurationError
from nodenet.limits import shipped, shipped_types

SUBNET = "subnet-0123456789abcdef0"
GROUP = "sg-0123456789abcdef0"


def document(network: dict[str, Any] | None = None, group: dict[str, Any] | None = None, **rest: Any) -> str:
    """A correct document with one network and one node group, where the given fields stand instead."""
    plain: dict[str, Any] = {
        "cluster": "prod",
        "networks": [{"name": "n3", "subnets": [SUBNET], "securityGroups": [GROUP]} | (network or {})],
        "nodeGroups": [{"select": {"eks:nodegroup-name": "upf-*"}, "networks": ["n3"]} | (group or {})],
    }
    return json.dumps(plain | rest)


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as error:
        parse(text)
    return error.value.mistakes


def test_defaults() -> None:
    configuration = parse(document())
    (network,) = configuration.networks
    (group,) = configuration.node_groups
    assert (network.addresses, network.tags, network.source_dest_check) == ("none", {}, True)
    assert (network.network_card, network.interfaces, network.ena_queues, network.retention) == (0, 1, None, "delete")
    assert group.on_failure == "abandon"


def test_every_field_is_read() -> None:
    network = {
        "tags": {"filter": "a=b=c", "empty": ""},
        "sourceDestCheck": False,
        "networkCard": 1,
        "interfaces": 2,
        "enaQueues": 8,
        "retention": "keep",
    }
    configuration = parse(document(network, {"onFailure": "continue"}))
    (read,) = configuration.networks
    assert read.tags == {"filter": "a=b=c", "empty": ""}
    assert (read.source_dest_check, read.network_card, read.interfaces) == (False, 1, 2)
    assert (read.ena_queues, read.retention) == (8, "keep")
    assert configuration.node_groups[0].on_failure == "continue"


def test_a_configuration_does_not_change() -> None:
    configuration: Any = parse(document())
    with pytest.raises(ValueError, match="frozen"):
        configuration.cluster = "other"


# EKS API reference, CreateCluster: name.
@pytest.mark.parametrize("cluster", ["a", "Prod_1-x", "9", "x" * 100])
def test_cluster_names_that_eks_takes(cluster: str) -> None:
    assert parse(document(cluster=cluster)).cluster == cluster


@pytest.mark.parametrize("name", ["n3", "a", "upf-signalling", "x" * 15, "enodeb", "local"])
def test_link_names_that_are_free(name: str) -> None:
    assert parse(document({"name": name}, {"networks": [name]})).networks[0].name == name


# Kernel, IFNAMSIZ and /proc/sys/net; systemd.net-naming-scheme; amazon-vpc-cni-k8s, AWS_VPC_K8S_CNI_VETHPREFIX.
@pytest.mark.parametrize(
    "name", ["eth0", "eth", "ens5", "eno1", "enp0s5", "enx0a58", "eni1234", "vlan100", "veth0", "dummy0", "docker0"]
)
def test_link_names_that_others_hand_out_are_refused(name: str) -> None:
    assert any("belong to the kernel or to CNI plugins" in mistake for mistake in mistakes(document({"name": name})))


@pytest.mark.parametrize("name", ["lo", "lo0", "all", "default"])
def test_link_names_that_the_kernel_has_already_are_refused(name: str) -> None:
    assert f"networks[0].name: the kernel has the name {name} already" in mistakes(document({"name": name}))


NO_LINK = "is no link's name: lower-case letters, digits and -, beginning with a letter, not ending with -"
NO_CLUSTER = "is no EKS cluster's name: letters, digits, - and _, beginning with a letter or digit"


@pytest.mark.parametrize(
    ("network", "mistake"),
    [
        ({"name": "x" * 16}, f'networks[0].name: "{"x" * 16}" is longer than 15 characters'),
        ({"name": "N3"}, f'networks[0].name: "N3" {NO_LINK}'),
        ({"name": "n/3"}, f'networks[0].name: "n/3" {NO_LINK}'),
        ({"name": "n3-"}, f'networks[0].name: "n3-" {NO_LINK}'),
        ({"name": "n3\n"}, f'networks[0].name: "n3\\n" {NO_LINK}'),
        ({"name": ""}, "networks[0].name: must not be empty"),
        ({"name": 3}, "networks[0].name: must be text: put 3 in quotes"),
        ({"name": None}, "networks[0].name: has no value"),
        ({"name": ["n3"]}, "networks[0].name: must be text"),
    ],
)
def test_mistakes_in_a_name(network: dict[str, Any], mistake: str) -> None:
    assert mistake in mistakes(document(network))


@pytest.mark.parametrize(
    ("network", "mistake"),
    [
        ({"subnets": []}, "networks[0].subnets: must not be empty"),
        ({"subnets": {}}, "networks[0].subnets: must not be empty"),
        ({"subnets": SUBNET}, "networks[0].subnets: must be a list of subnet ids or a mapping of tags"),
        (
            {"subnets": [SUBNET, "subnet-1"]},
            'networks[0].subnets[1]: "subnet-1" is no subnet id, such as subnet-0123456789abcdef0',
        ),
        ({"subnets": [SUBNET, SUBNET]}, f'networks[0].subnets: named twice: "{SUBNET}"'),
        ({"subnets": {"Name": 5}}, "networks[0].subnets.Name: must be text: put 5 in quotes"),
        ({"subnets": {"a:b": ""}}, 'networks[0].subnets["a:b"]: must not be empty'),
        ({"securityGroups": []}, "networks[0].securityGroups: must not be empty"),
        ({"securityGroups": GROUP}, "networks[0].securityGroups: must be a list"),
        (
            {"securityGroups": ["default"]},
            'networks[0].securityGroups[0]: "default" is no security group id, such as sg-0123456789abcdef0',
        ),
        (
            {"securityGroups": [f"sg-0000000{n}" for n in range(6)]},
            "networks[0].securityGroups: holds 6; at most 5 may be there",
        ),
        ({"securityGroups": [GROUP, GROUP]}, f'networks[0].securityGroups: named twice: "{GROUP}"'),
        ({"tags": ["a=b"]}, "networks[0].tags: must be a mapping"),
        ({"tags": {"a": True}}, "networks[0].tags.a: must be text: put it in quotes"),
        ({"tags": {"": "x"}}, 'networks[0].tags[""]: must not be empty'),
        ({"tags": {"a": "x" * 257}}, f'networks[0].tags.a: "{"x" * 63}…" is longer than 256 characters'),
        ({"tags": {"k" * 128: "x"}}, f'networks[0].tags["{"k" * 63}…"]: "{"k" * 63}…" is longer than 127 characters'),
        ({"tags": {f"k{n}": "" for n in range(41)}}, "networks[0].tags: holds 41; at most 40 may be there"),
        ({"sourceDestCheck": "false"}, "networks[0].sourceDestCheck: must be true or false"),
        ({"sourceDestCheck": 0}, "networks[0].sourceDestCheck: must be true or false"),
        ({"networkCard": -1}, "networks[0].networkCard: must be at least 0"),
        ({"networkCard": True}, "networks[0].networkCard: must be a whole number"),
        ({"interfaces": 0}, "networks[0].interfaces: must be at least 1"),
        ({"interfaces": 1.5}, "networks[0].interfaces: must be a whole number"),
        ({"interfaces": 64}, "networks[0].interfaces: must be less than 64"),
        ({"interfaces": 10**17}, "networks[0].interfaces: must be less than 64"),
        ({"networkCard": 64}, "networks[0].networkCard: must be less than 64"),
        ({"enaQueues": 0}, "networks[0].enaQueues: must be at least 1"),
        ({"retention": "never"}, "networks[0].retention: must be 'delete' or 'keep'"),
        ({"sourceDestChek": True}, "networks[0].sourceDestChek: unknown key; did you mean sourceDestCheck?"),
        ({"source_dest_check": True}, "networks[0].source_dest_check: unknown key; did you mean sourceDestCheck?"),
    ],
)
def test_mistakes_in_a_network(network: dict[str, Any], mistake: str) -> None:
    assert mistakes(document(network)) == (mistake,)


@pytest.mark.parametrize(
    ("group", "mistake"),
    [
        ({"select": {}}, "nodeGroups[0].select: must not be empty"),
        ({"select": "upf"}, "nodeGroups[0].select: must be a mapping"),
        ({"select": {"a": ""}}, "nodeGroups[0].select.a: must not be empty"),
        ({"networks": []}, "nodeGroups[0].networks: must not be empty"),
        ({"networks": ["n3", "n3"]}, 'nodeGroups[0].networks: named twice: "n3"'),
        ({"networks": [3]}, "nodeGroups[0].networks[0]: must be text: put 3 in quotes"),
        ({"onFailure": "ABANDON"}, "nodeGroups[0].onFailure: must be 'abandon' or 'continue'"),
        ({"instanceTypes": "m5.large"}, "nodeGroups[0].instanceTypes: must be a list"),
        ({"instanceTypes": ["m5.large"] * 2}, 'nodeGroups[0].instanceTypes: named twice: "m5.large"'),
        (
            {"instanceTypes": ["m5.large", "m5.lage"]},
            'nodeGroups[0].instanceTypes[1]: unknown instance type "m5.lage"; did you mean m5.large or m5n.large?',
        ),
        (
            {"instanceTypes": ["any"]},
            'nodeGroups[0].instanceTypes[0]: unknown instance type "any"; write it as EC2 does, such as m5.large',
        ),
        ({"drain": {"timeout": "17h"}}, "nodeGroups[0].drain.timeout: must be at most 57600"),
        ({"drain": {"force": True}}, "nodeGroups[0].drain.force: unknown key; known are timeout"),
        ({"drain": "15m"}, "nodeGroups[0].drain: must be a mapping"),
        (
            {"labels": {}},
            "nodeGroups[0].labels: unknown key; known are select, networks, instanceTypes, onFailure, drain",
        ),
    ],
)
def test_mistakes_in_a_node_group(group: dict[str, Any], mistake: str) -> None:
    assert mistakes(document(group=group)) == (mistake,)


@pytest.mark.parametrize(
    ("rest", "mistake"),
    [
        ({"cluster": "-prod"}, f'cluster: "-prod" {NO_CLUSTER}'),
        ({"cluster": "x" * 101}, f'cluster: "{"x" * 63}…" is longer than 100 characters'),
        ({"nodegroups": []}, "nodegroups: unknown key; did you mean nodeGroups?"),
        ({"nodeGroups": ["upf"]}, "nodeGroups[0]: must be a mapping"),
        ({"nodeGroups": {"upf": 1}}, "nodeGroups: must be a list"),
    ],
)
def test_mistakes_in_the_document(rest: dict[str, Any], mistake: str) -> None:
    assert mistakes(document(**rest)) == (mistake,)


def test_what_is_missing_is_named() -> None:
    assert mistakes("networks: [{}]\nnodeGroups: [{}]") == (
        "cluster: is missing",
        "networks[0].name: is missing",
        "networks[0].subnets: is missing",
        "networks[0].securityGroups: is missing",
        "nodeGroups[0].select: is missing",
        "nodeGroups[0].networks: is missing",
    )


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("aws:cost", "tags that begin with aws: are reserved"),
        ("AWS:cost", "tags that begin with AWS: are reserved"),
        ("nodenet:network", "tags that begin with nodenet: are reserved"),
        ("node.k8s.amazonaws.com/instance_id", "tags that begin with node.k8s.amazonaws.com/ are reserved"),
        ("eks:eni:owner", "this tag is reserved"),
        ("multus", "this tag is reserved"),
        ("cluster", "this tag is reserved"),
        ("Zone", "this tag is reserved"),
    ],
)
def test_reserved_tags_are_refused(key: str, said: str) -> None:
    """EC2 API reference, Tag; amazon-vpc-cni-k8s's cleaner works by the others."""
    (mistake,) = mistakes(document({"tags": {key: "x"}}))
    assert mistake.startswith("networks[0].tags")
    assert mistake.endswith(said)


@pytest.mark.parametrize("key", ["Cluster", "zone", "multus-x", "eks:eni:owners", "my/aws:x"])
def test_tags_that_only_look_reserved_are_taken(key: str) -> None:
    assert parse(document({"tags": {key: "x"}})).networks[0].tags == {key: "x"}


def test_a_configuration_says_its_type() -> None:
    assert isinstance(parse(document()), Configuration)


def test_a_number_too_long_for_any_field_stays_text() -> None:
    """Python refuses to turn more than 4,300 digits into a number (int max str digits)."""
    text = document({"interfaces": 7}).replace(": 7", ": " + "7" * 5000)
    assert "networks[0].interfaces: must be a whole number" in mistakes(text)


def test_the_bound_of_interfaces_and_cards_is_beyond_every_known_card() -> None:
    """All interfaces of a network are on one card."""
    cards = [card for name in shipped_types() if (limits := shipped(name)) for card in limits.cards]
    assert max(card.maximum_interfaces for card in cards) < BEYOND_CARDS
    assert max(card.index for card in cards) < BEYOND_CARDS
