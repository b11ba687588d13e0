"""networks.json: what is read of it, and what is told of a wrong one."""

from typing import Any

import pytest

from node.agent.configuration import ConfigurationFault, load, parse
from node.agent.mistakes import mistakes
from tests.node.networks import N3, N6, linked


def document(*networks: Any) -> dict[str, Any]:
    return {"cluster": "prod", "networks": list(networks)}


def test_all_of_a_network_is_read() -> None:
    otherwise = {"plan": "addresses", "count": 12}
    found = parse(document({**N3, "ipv4": {"plan": "prefixes", "count": 2, "otherwise": otherwise}})).networks[0]
    assert (found.name, *found.subnets, *found.groups) == ("n3", "subnet-n3", "sg-n3")
    assert found.ipv4
    assert (found.ipv4.kind, found.ipv4.number) == ("prefixes", 2)
    assert found.ipv4.otherwise
    assert found.ipv4.otherwise.number == 12
    assert [str(route) for route in found.routes] == ["10.8.0.0/16"]
    assert (found.link.plugin, found.link.mode, found.link.mtu, found.link.rename) == ("ipvlan", "l2", None, False)


def test_what_may_be_left_out_has_its_default() -> None:
    least = {"name": "n9", "subnets": ["subnet-1"], "securityGroups": ["sg-1"]}
    found = parse(document(least)).networks[0]
    assert (found.interfaces, found.ipv4, found.ipv6, found.link.plugin) == (1, None, None, "ipvlan")


@pytest.mark.parametrize(
    ("network", "mistake"),
    [
        ({**N3, "name": "a-name-of-sixteen"}, "networks[0].name"),
        ({**N3, "subnets": []}, "n3.subnets"),
        ({**N3, "interfaces": 0}, "n3.interfaces: 0 is not a number above 0"),
        ({**N3, "ipv4": {"plan": "dhcp"}}, "n3.ipv4.plan: 'dhcp' is none of"),
        ({**N3, "ipv6": {"plan": "slice", "size": "16"}}, "n3.ipv6.size: '16'"),
        ({**N3, "ipv4": {"plan": "slice", "size": 16, "otherwise": {}}}, "n3.ipv4.otherwise: not known"),
        ({**N3, "ipv4": {"plan": "prefixes", "count": 1, "otherwise": {"plan": "x"}}}, "n3.ipv4.otherwise.plan"),
        ({**N3, "routes": ["10.8.0.1/16"]}, "n3.routes: 10.8.0.1/16 has host bits set"),
        ({**N3, "ipv4": {"plan": "floating", "ranges": ["10.0.4.9-10.0.4.3"]}, "ipv6": None}, "n3.ipv4.ranges"),
        (linked(N3, plugin="macvlan"), "n3.link.plugin: macvlan cannot work"),
        (linked(N3, mode="l4"), "n3.link.mode"),
        (linked(N3, mtu=9216), "n3.link.mtu"),
        (linked(N3, speed=1), "n3.link.speed: not known"),
        ({**N3, "subnet": "subnet-n3"}, "n3.subnet: not known"),
        ("n3", "networks[0]: not an object"),
    ],
)
def test_a_mistake_is_told_with_its_place(network: Any, mistake: str) -> None:
    with pytest.raises(ConfigurationFault, match=mistake.replace("[", r"\[")):
        parse(document(network))


def test_every_mistake_is_told_at_once() -> None:
    assert len(mistakes(document({**N3, "subnets": 1, "routes": 2}, {**N6, "interfaces": "two"}))) == 3


def test_networks_that_the_metadata_cannot_tell_apart_are_refused() -> None:
    same = {**N3, "name": "n4", "subnets": ["subnet-n3", "subnet-n4"]}
    assert "n4 and n3" in mistakes(document(N3, same))[0]
    assert mistakes(document(N3, {**same, "securityGroups": ["sg-n3", "sg-n4"]})) == []


def test_a_name_is_there_once() -> None:
    assert mistakes(document(N3, {**N6, "name": "n3"})) == ["n3: is there twice"]


@pytest.mark.parametrize("text", ["", "[]", '{"cluster": "prod"}', '{"networks": []}'])
def test_what_is_no_configuration_is_refused(text: str, tmp_path: Any) -> None:
    path = tmp_path / "networks.json"
    path.write_text(text)
    with pytest.raises(ConfigurationFault):
        load(path)


def test_a_missing_file_is_refused(tmp_path: Any) -> None:
    with pytest.raises(ConfigurationFault, match="cannot be read"):
        load(tmp_path / "networks.json")
