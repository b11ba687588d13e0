"""Address plans in the document: what each takes, and the words in which a mistake is told."""

import json
from ipaddress import ip_address
from typing import Any

import pytest

from nodenet.configuration import parse
from nodenet.configuration.address_model import Families
from nodenet.errors import ConfigurationError
from nodenet.ranges import AddressRange

IPV4 = "10.0.4.32-10.0.4.223"
IPV6 = "2001:db8:0:4:1::/80"
FEW_IPV6 = "2001:db8:0:4:1::/116"


def document(addresses: Any, **network: Any) -> str:
    plain = {
        "cluster": "prod",
        "networks": [
            {"name": "n3", "subnets": ["subnet-01234567"], "securityGroups": ["sg-01234567"], "addresses": addresses}
            | network
        ],
        "nodeGroups": [{"select": {"role": "upf"}, "networks": ["n3"]}],
    }
    return json.dumps(plain)


def mistakes(addresses: Any, **network: Any) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as error:
        parse(document(addresses, **network))
    return error.value.mistakes


def families(addresses: Any) -> Families:
    read = parse(document(addresses)).networks[0].addresses
    assert isinstance(read, Families)
    return read


def test_families_have_plans_of_their_own() -> None:
    """Any plan of the one goes with any of the other."""
    plans: list[Any] = [{"prefixes": 1}, {"slice": 1, "from": None}, {"floating": None}, "none"]
    for ipv4 in plans:
        for ipv6 in plans:
            both = {
                family: {key: value or each for key, value in plan.items()} if isinstance(plan, dict) else plan
                for family, plan, each in (("ipv4", ipv4, IPV4), ("ipv6", ipv6, FEW_IPV6))
            }
            if both != {"ipv4": "none", "ipv6": "none"}:
                assert parse(document(both))


def test_prefixes_fail_where_there_is_no_block_unless_the_document_says_otherwise() -> None:
    assert families({"ipv4": {"prefixes": 1}}).model_dump(by_alias=True)["ipv4"] == {
        "prefixes": 1,
        "otherwise": "fail",
        "reserve": (),
    }


@pytest.mark.parametrize("otherwise", ["fail", {"addresses": 12}, {"slice": 16, "from": IPV4}])
def test_prefixes_may_say_what_to_do_otherwise(otherwise: Any) -> None:
    read = families({"ipv4": {"prefixes": 1, "otherwise": otherwise, "reserve": ["10.0.4.128/25"]}})
    dumped = read.model_dump(by_alias=True)["ipv4"]
    assert dumped["otherwise"] == otherwise
    assert dumped["reserve"] == ("10.0.4.128-10.0.4.255",)


@pytest.mark.parametrize(
    ("family", "said", "size"),
    [
        ("ipv4", 1, 1),
        ("ipv4", 16, 16),
        ("ipv4", "/28", 16),
        ("ipv4", "/32", 1),
        ("ipv4", 512, 512),
        ("ipv6", 1, 1),
        ("ipv6", 64, 64),
        ("ipv6", "/122", 64),
        ("ipv6", "/80", 1 << 48),
        ("ipv6", "/79", 1 << 49),
    ],
)
def test_a_slice_is_a_power_of_two_or_a_prefix_length(family: str, said: Any, size: int) -> None:
    first = {"ipv4": "10.0.0.0", "ipv6": "2001:db8:0:4::"}[family]
    within = AddressRange(ip_address(first), ip_address(first) + (4096 * size - 1))
    plan = families({family: {"slice": said, "from": str(within)}}).model_dump(by_alias=True)[family]
    assert plan["slice"] == size


POWER = "must be a power of two, 1 to {}, or a prefix length such as {}"


@pytest.mark.parametrize("said", [0, -1, 12, 8192, True, 1.5, "16", "/19", "/33", "/-1", "/016", [16]])
def test_other_ipv4_slices_are_refused(said: Any) -> None:
    found = mistakes({"ipv4": {"slice": said, "from": IPV4}})
    assert found == (f"networks[0].addresses.ipv4.slice: {POWER.format(4096, '/28')}",)


@pytest.mark.parametrize("said", [0, 12, "/129"])
def test_other_ipv6_slices_are_refused(said: Any) -> None:
    found = mistakes({"ipv6": {"slice": said, "from": IPV6}})
    assert found == (f"networks[0].addresses.ipv6.slice: {POWER.format(64, '/80')}",)


@pytest.mark.parametrize("said", [128, 4096, "/96", "/81"])
def test_an_ipv6_slice_between_single_addresses_and_a_prefix_is_refused_with_the_reason(said: Any) -> None:
    """EC2 User Guide, "Assigning prefixes to network interfaces": /80 is the only prefix length."""
    (mistake,) = mistakes({"ipv6": {"slice": said, "from": IPV6}})
    assert mistake == (
        f'networks[0].addresses.ipv6.slice: "{said}" is too many to assign one by one and no whole /80; '
        "EC2 knows IPv6 addresses and /80 prefixes only: at most 64 addresses, or /80"
    )


@pytest.mark.parametrize(
    ("family", "said", "needed", "most"),
    [
        ("ipv4", 1024, 64, "63 beside its own address"),
        ("ipv4", "/20", 256, "63 beside its own address"),
        ("ipv6", "/73", 128, "64"),
    ],
)
def test_a_slice_that_no_instance_type_holds_is_refused(family: str, said: Any, needed: int, most: str) -> None:
    """Whole prefixes take a slot each; 64 is the most that DescribeInstanceTypes shows of any type."""
    (mistake,) = mistakes({family: {"slice": said, "from": IPV4 if family == "ipv4" else IPV6}})
    said = f'a slice of "{said}" takes {needed} slots of an interface; no instance type has more than {most}'
    assert mistake == f"networks[0].addresses.{family}.slice: {said}"


NOT_WHOLE = "is not made of whole /{} blocks; prefixes come from whole ones only"


@pytest.mark.parametrize(
    ("addresses", "mistake"),
    [
        ({}, ": neither family has a plan: write none"),
        ({"ipv4": "none", "ipv6": "none"}, ": neither family has a plan: write none"),
        ("some", ": must be none, or a mapping with ipv4, ipv6 or both"),
        ([], ": must be none, or a mapping with ipv4, ipv6 or both"),
        (None, ": has no value"),
        ({"slice": 16, "from": IPV4}, ": slice is the plan of one family: write it under ipv4 or ipv6"),
        ({"ipv5": {"prefixes": 1}}, ".ipv5: unknown key; did you mean ipv6?"),
        ({"ipv4": None}, ".ipv4: has no value"),
        ({"ipv4": 1}, ".ipv4: must be none, or a mapping with prefixes or slice or floating"),
        ({"ipv4": {}}, ".ipv4: names no plan; known are prefixes, slice, floating"),
        ({"ipv4": {"dhcp": True}}, ".ipv4: names no plan; known are prefixes, slice, floating"),
        ({"ipv4": {"prefixs": 1}}, '.ipv4: "prefixs" is no plan; did you mean prefixes?'),
        ({"ipv4": {"form": IPV4, "slices": 16}}, '.ipv4: "slices" is no plan; did you mean slice?'),
        (
            {"ipv4": {"prefixes": 1, "slice": 16}},
            ".ipv4: prefixes and slice are plans of their own: choose one",
        ),
        ({"ipv4": {"prefixes": 0}}, ".ipv4.prefixes: must be at least 1"),
        ({"ipv4": {"prefixes": "1"}}, ".ipv4.prefixes: must be a whole number"),
        ({"ipv4": {"prefixes": 64}}, ".ipv4.prefixes: no instance type's interface holds more than 63 for pods"),
        ({"ipv6": {"prefixes": 65}}, ".ipv6.prefixes: no instance type's interface holds more than 64 for pods"),
        ({"ipv4": {"prefixes": 1, "form": []}}, ".ipv4.form: unknown key; known are prefixes, otherwise, reserve"),
        ({"ipv4": {"slice": 16}}, ".ipv4.from: is missing"),
        ({"ipv4": {"slice": 16, "from": []}}, ".ipv4.from: must not be empty"),
        ({"ipv4": {"floating": []}}, ".ipv4.floating: must not be empty"),
        (
            {"ipv4": {"prefixes": 1, "otherwise": {"prefixes": 2}}},
            ".ipv4.otherwise: must not be prefixes again: say addresses or slice, or fail",
        ),
        (
            {"ipv4": {"prefixes": 1, "otherwise": "wait"}},
            ".ipv4.otherwise: must be fail, or a mapping with addresses or slice",
        ),
        (
            {"ipv4": {"prefixes": 1, "otherwise": {"addresses": 12, "slice": 8, "from": IPV4}}},
            ".ipv4.otherwise: addresses and slice are plans of their own: choose one",
        ),
        (
            {"ipv4": {"prefixes": 1, "otherwise": {"addresses": 64}}},
            ".ipv4.otherwise.addresses: no instance type's interface holds more than 63 for pods",
        ),
        ({"ipv4": {"prefixes": 1, "reserve": "10.0.4.128/25"}}, ".ipv4.reserve: must be a list"),
        (
            {"ipv4": {"prefixes": 1, "reserve": ["10.0.4.0/28", "10.0.4.40-10.0.4.55"]}},
            f'.ipv4.reserve[1]: "10.0.4.40-10.0.4.55" {NOT_WHOLE.format(28)}',
        ),
        (
            {"ipv4": {"prefixes": 1, "reserve": ["10.0.4.0/29"]}},
            f'.ipv4.reserve[0]: "10.0.4.0/29" {NOT_WHOLE.format(28)}',
        ),
        (
            {"ipv6": {"prefixes": 1, "reserve": ["2001:db8::/96"]}},
            f'.ipv6.reserve[0]: "2001:db8::/96" {NOT_WHOLE.format(80)}',
        ),
        (
            {"ipv6": {"prefixes": 1, "reserve": ["10.0.4.0/24"]}},
            '.ipv6.reserve[0]: "10.0.4.0/24" is of IPv4; this is about IPv6',
        ),
    ],
)
def test_mistakes_in_a_plan(addresses: Any, mistake: str) -> None:
    assert mistakes(addresses) == (f"networks[0].addresses{mistake}",)


NO_RANGE = "is no range of addresses, such as 10.0.4.32-10.0.4.223 or 10.0.4.32/27"


@pytest.mark.parametrize(
    ("said", "mistake"),
    [
        ("x", f'"x" {NO_RANGE}'),
        ("10.0.4.32-", f'"10.0.4.32-" {NO_RANGE}'),
        ("10.0.4.32-10.0.4", f'"10.0.4.32-10.0.4" {NO_RANGE}'),
        ("10.0.4.32/27-10.0.4.64/27", f'"10.0.4.32/27-10.0.4.64/27" {NO_RANGE}'),
        ("10.0.4.9-10.0.4.8", "10.0.4.9 comes after 10.0.4.8"),
        ("10.0.4.9-2001:db8::", "10.0.4.9 and 2001:db8:: are of different families"),
        ("10.0.4.33/27", '"10.0.4.33/27" has bits beyond its prefix length; did you mean 10.0.4.32/27?'),
        ("2001:db8::/80", '"2001:db8::/80" is of IPv6; this is about IPv4'),
        ("fe80::1%eth0", f'"fe80::1%eth0" {NO_RANGE}'),
        (5, "must be a range in quotes, such as 10.0.4.32-10.0.4.223 or 10.0.4.32/27"),
    ],
)
def test_mistakes_in_a_range(said: Any, mistake: str) -> None:
    """One is told by its plan's key, several by their place in the list."""
    assert mistakes({"ipv4": {"floating": said}}) == (f"networks[0].addresses.ipv4.floating: {mistake}",)
    found = mistakes({"ipv4": {"slice": 1, "from": [IPV4, said]}})
    assert found == (f"networks[0].addresses.ipv4.from[1]: {mistake}",)


@pytest.mark.parametrize("said", ["10.0.4.40", "10.0.4.40/32", " 10.0.4.40 - 10.0.4.41 "])
def test_a_range_may_be_a_block_or_a_single_address(said: str) -> None:
    assert parse(document({"ipv4": {"floating": said}}))


@pytest.mark.parametrize("place", ["{}", '{{"prefixes": 1, "otherwise": {}}}'])
def test_a_range_without_a_whole_aligned_slice_is_refused(place: str) -> None:
    plan = json.loads(place.format('{"slice": 16, "from": ["10.0.4.33-10.0.4.62", "10.0.4.64/28"]}'))
    (mistake,) = mistakes({"ipv4": plan})
    path = "ipv4.otherwise" if "otherwise" in plan else "ipv4"
    said = "10.0.4.33-10.0.4.62 holds no whole slice of 16: slices begin at multiples of their size"
    assert mistake == f"networks[0].addresses.{path}.from[0]: {said}"


def test_a_range_of_more_slices_than_can_be_compared_one_by_one_is_refused() -> None:
    (mistake,) = mistakes({"ipv6": {"slice": "/80", "from": "2001:db8::/64"}})
    said = "holds 65536 slices; name a part of it with at most 4096"
    assert mistake == f"networks[0].addresses.ipv6.from: 2001:db8::-2001:db8::ffff:ffff:ffff:ffff {said}"
    assert parse(document({"ipv6": {"slice": "/80", "from": "2001:db8:0:0:1000::/68"}}))


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_network_with_floating_addresses_has_one_interface(family: str) -> None:
    ranges = {"ipv4": IPV4, "ipv6": IPV6}[family]
    (mistake,) = mistakes({family: {"floating": ranges}}, interfaces=2)
    said = "must be 1 with floating addresses: a claim does not say which one it means"
    assert mistake == f"networks[0].interfaces: {said}"
    assert parse(document({family: {"floating": ranges}}, interfaces=1))


def test_what_is_left_over_of_a_range_is_warned_of() -> None:
    configuration = parse(document({"ipv4": {"slice": 16, "from": "10.0.4.30-10.0.4.66"}}))
    (warning,) = configuration.warnings()
    said = "10.0.4.30-10.0.4.31 and 10.0.4.64-10.0.4.66 fill no slice of 16: nobody gets them"
    assert warning == f"networks[0].addresses.ipv4.from: {said}"
    assert parse(document({"ipv4": {"slice": 16, "from": IPV4}})).warnings() == ()


def test_every_mistake_of_both_families_is_told_at_once() -> None:
    found = mistakes(
        {"ipv4": {"slice": 12, "from": ["x", "10.0.4.1-10.0.4.0"]}, "ipv6": {"prefixes": 0, "reserve": ["10.0.0.0/8"]}},
        link={"plugin": "macvlan"},
        publicAddresses={},
    )
    assert [mistake.split(":")[0] for mistake in found] == [
        "networks[0].addresses.ipv4.slice",
        "networks[0].addresses.ipv4.from[0]",
        "networks[0].addresses.ipv4.from[1]",
        "networks[0].addresses.ipv6.prefixes",
        "networks[0].addresses.ipv6.reserve[0]",
        "networks[0].link.plugin",
        "networks[0].publicAddresses",
        "networks[0].publicAddresses",
    ]
