"""What only several fields together show: reported along with mistakes in single fields."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nodenet.configuration import parse
from nodenet.errors import ConfigurationError

HEAD = "cluster: prod\n"
A, B, C = (f"subnet-0123456789abcde{n:02}" for n in range(3))
SG, TG = "sg-01234567", "sg-89abcdef"


def network(name: str, subnets: str, groups: str) -> str:
    return f"- {{name: {name}, subnets: {subnets}, securityGroups: {groups}}}\n"


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as error:
        parse(text)
    return error.value.mistakes


def test_two_networks_may_not_have_one_name() -> None:
    text = (
        HEAD + "networks:\n" + network("n3", f"[{A}]", f"[{SG}]") * 2 + "nodeGroups: [{select: {a: b}, networks: [n3]}]"
    )
    assert mistakes(text) == ('networks[1].name: "n3" is the name of networks[0] already',)


def test_no_network_has_the_name_of_anothers_further_link() -> None:
    """The node names the links of a network's second and further interfaces n3-2, n3-3."""
    text = HEAD + "networks:\n" + network("n3", f"[{A}]", f"[{SG}]").replace("}", ", interfaces: 3}")
    text += "".join(network(name, f"[{B}]", f"[{SG}]") for name in ("n3-1", "n3-3", "n3-4", "n3-x", "n30"))
    text += "nodeGroups: [{select: {a: b}, networks: [n3]}]"
    assert mistakes(text) == ('networks[2].name: "n3-3" is how the node names interface 3 of networks[0]',)


def test_the_names_of_all_links_fit_the_kernel() -> None:
    """IFNAMSIZ, netdevice(7)."""
    text = HEAD + "networks:\n" + network("upf-signalling", f"[{A}]", f"[{SG}]").replace("}", ", interfaces: 2}")
    text += "nodeGroups: [{select: {a: b}, networks: [upf-signalling]}]"
    said = "the last of its 2 interfaces would be upf-signalling-2, longer than 15 characters"
    assert mistakes(text) == (f"networks[0].name: {said}",)
    assert parse(text.replace("interfaces: 2", "interfaces: 1"))


def test_a_node_group_may_only_name_known_networks() -> None:
    text = HEAD + "networks:\n" + network("n3", f"[{A}]", f"[{SG}]") + network("n6", f"[{B}]", f"[{SG}]")
    text += "nodeGroups: [{select: {a: b}, networks: [n3]}, {select: {a: c}, networks: [n7]}]"
    assert mistakes(text) == ('nodeGroups[1].networks[0]: unknown network "n7"; known are "n3", "n6"',)


def test_a_network_with_a_mistake_of_its_own_is_not_called_unknown() -> None:
    text = (
        HEAD + "networks:\n" + network("n3", "[subnet-x]", f"[{SG}]") + "nodeGroups: [{select: {a: b}, networks: [n3]}]"
    )
    assert mistakes(text) == ('networks[0].subnets[0]: "subnet-x" is no subnet id, such as subnet-0123456789abcdef0',)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ((f"[{A}, {B}]", f"[{SG}, {TG}]"), (f"[{B}, {C}]", f"[{TG}, {SG}]"), f'"{B}"'),
        (("{Name: n*}", f"[{SG}]"), ("{Name: n*}", f"[{SG}]"), "their subnet selector"),
    ],
)
def test_two_networks_of_a_group_may_not_share_subnet_and_security_groups(
    one: tuple[str, str], other: tuple[str, str], shared: str
) -> None:
    """On the node a network is known by subnet and groups: instance metadata shows no tags of an ENI."""
    text = HEAD + "networks:\n" + network("n3", *one) + network("n6", *other)
    said = f'"n3" and "n6" share {shared} and all security groups: nothing tells them apart on a node'
    together = text + "nodeGroups: [{select: {a: b}, networks: [n3, n6]}]"
    assert mistakes(together) == (f"nodeGroups[0].networks: {said}",)
    assert parse(text + "nodeGroups: [{select: {a: b}, networks: [n3]}, {select: {a: c}, networks: [n6]}]")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((f"[{A}]", f"[{SG}]"), (f"[{A}]", f"[{TG}]")),
        ((f"[{A}]", f"[{SG}]"), (f"[{A}]", f"[{SG}, {TG}]")),
        ((f"[{A}]", f"[{SG}]"), (f"[{B}]", f"[{SG}]")),
        ((f"[{A}]", f"[{SG}]"), ("{Name: n*}", f"[{SG}]")),
    ],
)
def test_networks_that_differ_in_subnet_or_groups_go_together(one: tuple[str, str], other: tuple[str, str]) -> None:
    text = HEAD + "networks:\n" + network("n3", *one) + network("n6", *other)
    assert parse(text + "nodeGroups: [{select: {a: b}, networks: [n3, n6]}]")


def groups(*selectors: str) -> str:
    listed = ", ".join(f"{{select: {selector}, networks: [n3]}}" for selector in selectors)
    return HEAD + "networks:\n" + network("n3", f"[{A}]", f"[{SG}]") + f"nodeGroups: [{listed}]"


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("{a: b*, c: d}", "{c: d, a: b*}", "the same as nodeGroups[0].select; a node has one group"),
        ("{a: b*}", "{a: b-1}", "nodeGroups[0].select matches all of these nodes too; a node has one group"),
        ("{a: b*}", "{a: bc, d: e}", "nodeGroups[0].select matches all of these nodes too; a node has one group"),
        ("{a: b-1}", "{a: '*'}", "matches all nodes of nodeGroups[0].select too; a node has one group"),
    ],
)
def test_node_groups_may_not_lie_within_each_other(first: str, second: str, said: str) -> None:
    assert mistakes(groups(first, second)) == (f"nodeGroups[1].select: {said}",)


def test_node_groups_that_only_might_meet_are_warned_of() -> None:
    configuration = parse(groups("{a: upf-*}", "{a: '*-gold'}", "{b: upf}"))
    assert configuration.warnings() == ("nodeGroups[1].select: a node could match nodeGroups[0].select too",)


def test_a_network_that_no_group_uses_is_warned_of() -> None:
    text = HEAD + "networks:\n" + network("n3", f"[{A}]", f"[{SG}]") + network("n6", f"[{B}]", f"[{SG}]")
    configuration = parse(text + "nodeGroups: [{select: {a: b}, networks: [n3]}]")
    assert configuration.warnings() == ("networks[1]: no node group uses this network",)


def test_every_mistake_is_reported_at_once() -> None:
    text = """
    cluster: -prod
    networks:
    - {name: n3, subnets: [subnet-1], securityGroups: [sg-01234567], tags: {multus: "x"}, mtu: 9001,
       routes: [10.0.0.0/8, 10.0.0.0/8], link: {plugin: macvlan}}
    - {name: n3, subnets: {}, securityGroups: [sg-01234567], interfaces: 0}
    nodeGroups:
    - {select: {a: "*"}, networks: [n3, n6]}
    - {select: {a: b}, networks: [], onFailure: retry}
    """
    found = mistakes(text)
    assert [mistake.split(":")[0] for mistake in found] == [
        "cluster",
        "networks[0].subnets[0]",
        "networks[0].link.plugin",
        "networks[0].tags.multus",
        "networks[0].mtu",
        "networks[1].subnets",
        "networks[1].interfaces",
        "nodeGroups[1].networks",
        "nodeGroups[1].onFailure",
        "networks[1].name",
        "nodeGroups[0].networks[1]",
        "nodeGroups[1].select",
        "networks[0].routes[1]",
    ]


SPOILT = {
    "cluster": ("cluster: prod", "cluster: -prod"),
    "networks[0].name": ("name: n3", "name: eth0"),
    "networks[0].subnets[0]": (A, "subnet-1"),
    "networks[0].securityGroups[0]": (SG, "group"),
    "networks[0].interfaces": ("interfaces: 1", "interfaces: 0"),
    "nodeGroups[0].select.a": ("a: b", "a: 5"),
    "nodeGroups[0].networks[0]": ("networks: [n3]", "networks: [n9]"),
    "nodeGroups[0].onFailure": ("onFailure: abandon", "onFailure: retry"),
}
GOOD = f"""cluster: prod
networks:
- {{name: n3, subnets: [{A}], securityGroups: [{SG}], interfaces: 1}}
nodeGroups:
- {{select: {{a: b}}, networks: [n3], onFailure: abandon}}
"""


@settings(deadline=None)
@given(st.sets(st.sampled_from(sorted(SPOILT)), min_size=1))
def test_whatever_is_spoilt_is_reported_and_nothing_else(paths: set[str]) -> None:
    text = GOOD
    for path in paths:
        text = text.replace(*SPOILT[path])
    told = {mistake.split(":")[0] for mistake in mistakes(text)}
    if "networks[0].name" in paths:
        told -= {"nodeGroups[0].networks[0]"} - paths
    assert told == paths


def test_a_selector_must_fit_the_tag_that_carries_it() -> None:
    text = HEAD + "networks:\n" + network("n3", f"[{A}]", f"[{SG}]")
    text += f"nodeGroups: [{{select: {{a: {'x' * 200}, b: {'y' * 60}}}, networks: [n3]}}]"
    assert mistakes(text) == ("nodeGroups[0].select: 265 characters in all; at most 256 fit a tag",)
