"""Whether an instance type's interface holds what address plans ask for.

Each address and each prefix takes a slot, and only Nitro types take prefixes: EC2 User Guide, "Assigning prefixes to
network interfaces" and "IP addresses per network interface per instance type".
"""

import pytest

from nodenet.fitting import misfit, most_free_slots, no_place, slots
from nodenet.limits import InstanceLimits, shipped, shipped_types
from nodenet.plans import AddressPlans, Floating, Plan, Prefixes, Singles, Slice
from nodenet.ranges import AddressRange

WHOLE = 1 << 48


def limits(instance_type: str) -> InstanceLimits:
    found = shipped(instance_type)
    assert found is not None
    return found


# m5.large: Nitro, ten slots of each family; m4.large: Xen, the same; t3.nano: Nitro, two; m1.small: no IPv6.
@pytest.mark.parametrize(
    ("plan", "instance_type", "reason"),
    [
        (Prefixes(9), "m5.large", None),
        (
            Prefixes(10),
            "m5.large",
            "prefixes: 10 takes 10 IPv4 slots of an interface; m5.large has 9 beside its own address",
        ),
        (Prefixes(1), "m4.large", "m4.large is not built on Nitro and takes no prefixes; say what to do `otherwise`"),
        (Prefixes(1, Singles(9)), "m4.large", None),
        (
            Prefixes(1, Singles(10)),
            "m4.large",
            "addresses: 10 takes 10 IPv4 slots of an interface; m4.large has 9 beside its own address",
        ),
        (Prefixes(1, Slice(8, {})), "m4.large", None),
        (
            Prefixes(1, Slice(16, {})),
            "m4.large",
            "slice: 16 takes 16 IPv4 slots of an interface; m4.large has 9 beside its own address",
        ),
        # On Nitro it is the prefixes that must fit: the rest is for a subnet without a block.
        (Prefixes(1, Singles(9)), "m5.large", None),
        (
            Prefixes(1, Singles(10)),
            "m5.large",
            "otherwise, addresses: 10 takes 10 IPv4 slots of an interface; m5.large has 9 beside its own address",
        ),
        (
            Prefixes(10, Singles(1)),
            "m5.large",
            "prefixes: 10 takes 10 IPv4 slots of an interface; m5.large has 9 beside its own address",
        ),
        (Slice(8, {}), "m5.large", None),
        (Slice(16, {}), "t3.nano", None),
        (Slice(128, {}), "m5.large", None),
        (
            Slice(256, {}),
            "m5.large",
            "slice: 256 takes 16 IPv4 slots of an interface; m5.large has 9 beside its own address",
        ),
        (
            Slice(8, {}),
            "t3.nano",
            "slice: 8 takes 8 IPv4 slots of an interface; t3.nano has 1 beside its own address",
        ),
        (
            Slice(16, {}),
            "m4.large",
            "slice: 16 takes 16 IPv4 slots of an interface; m4.large has 9 beside its own address",
        ),
        (Slice(8, {}), "m4.large", None),
        (Floating(()), "t3.nano", None),
        (None, "m1.small", None),
    ],
)
def test_ipv4_plans(plan: Plan | None, instance_type: str, reason: str | None) -> None:
    assert misfit(AddressPlans(ipv4=plan), limits(instance_type)) == reason


NO_IPV6 = "interfaces of m1.small take no IPv6 addresses for pods"


@pytest.mark.parametrize(
    ("plan", "instance_type", "reason"),
    [
        (Prefixes(10), "m5.large", None),
        (Prefixes(11), "m5.large", "prefixes: 11 takes 11 IPv6 slots of an interface; m5.large has 10"),
        (Slice(8, {}), "m4.large", None),
        (Slice(16, {}), "m5.large", "slice: 16 takes 16 IPv6 slots of an interface; m5.large has 10"),
        (Slice(WHOLE, {}), "t3.nano", None),
        (Slice(4 * WHOLE, {}), "t3.nano", "slice: /78 takes 4 IPv6 slots of an interface; t3.nano has 2"),
        (
            Slice(WHOLE, {}),
            "m4.large",
            f"slice: /80 takes {WHOLE} IPv6 slots of an interface; m4.large has 10",
        ),
        (Slice(1, {}), "m1.small", NO_IPV6),
        (Prefixes(1), "m1.small", NO_IPV6),
        (Floating((AddressRange.parse("2001:db8::/64"),)), "m1.small", NO_IPV6),
    ],
)
def test_ipv6_plans(plan: Plan, instance_type: str, reason: str | None) -> None:
    """An interface needs no IPv6 address of its own, so all its slots are for pods."""
    assert misfit(AddressPlans(ipv6=plan), limits(instance_type)) == reason


def test_a_misfit_of_either_family_counts() -> None:
    assert misfit(AddressPlans(ipv4=Prefixes(1), ipv6=Prefixes(1)), limits("m5.large")) is None
    assert "IPv6" in str(misfit(AddressPlans(ipv4=Prefixes(1), ipv6=Prefixes(11)), limits("m5.large")))


def test_sixteen_addresses_are_one_slot_or_sixteen() -> None:
    assert (slots(16, "ipv4"), slots(16, "ipv4", nitro=False), slots(8, "ipv4"), slots(16, "ipv6")) == (1, 16, 8, 16)


def test_a_slice_of_whole_prefixes_fits_every_nitro_type() -> None:
    """Sixteen single addresses fit only some of them: that is what explicit prefixes are for."""
    nitro = [each for name in shipped_types() if (each := shipped(name)) and each.nitro]
    assert all(misfit(AddressPlans(ipv4=Slice(16, {})), each) is None for each in nitro)
    assert any(each.ipv4_per_interface <= 16 for each in nitro)


@pytest.mark.parametrize(
    ("card", "interfaces", "instance_type", "reason"),
    [
        (0, 2, "m5.large", None),
        (0, 3, "m5.large", "3 interfaces; network card 0 of m5.large takes 2 beside the primary one"),
        (1, 1, "m5.large", "m5.large has no network card 1"),
        (1, 8, "c6in.32xlarge", None),
        (1, 9, "c6in.32xlarge", "9 interfaces; network card 1 of c6in.32xlarge takes 8"),
    ],
)
def test_places_on_a_network_card(card: int, interfaces: int, instance_type: str, reason: str | None) -> None:
    """EC2 User Guide, "Network cards": the primary interface is on the default one."""
    assert no_place(card, interfaces, limits(instance_type)) == reason


def test_no_type_has_more_slots_than_are_said_to_be_most() -> None:
    known = [each for name in shipped_types() if (each := shipped(name))]
    assert most_free_slots("ipv4") == max(each.ipv4_per_interface for each in known) - 1
    assert most_free_slots("ipv6") == max(each.ipv6_per_interface for each in known)
