"""Free aligned /28s of a subnet, which its count of free addresses does not show."""

import math
import random
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodenet.capacity.fleet import Reservation, Subnet
from nodenet.capacity.placing.blocks import blocks, missing
from nodenet.capacity.placing.ground import Ground, Room, survey
from nodenet.capacity.placing.load import Load
from nodenet.capacity.plan import Risk
from nodenet.ranges import AddressRange

CIDR = IPv4Network("10.0.0.0/24")
SUBNET = Subnet("a", "z1", 24, CIDR)


def occupied(*texts: str) -> Subnet:
    ranges = tuple(AddressRange.parse(text) for text in texts)
    return replace(SUBNET, occupied=ranges, used=sum(each.size for each in ranges))


def reserved(subnet: Subnet, **kinds: str) -> Subnet:
    found = tuple(Reservation(IPv4Network(block), kind) for kind, block in kinds.items())  # type: ignore[arg-type]
    return replace(subnet, reservations=found)


def prefixes(count: int, singles: int = 0) -> Load:
    return Load(pods=16 * count + singles, prefixes=count)


def test_awss_own_addresses_break_the_first_and_the_last_block() -> None:
    """ "Subnet CIDR blocks", VPC User Guide: the first four addresses and the last."""
    assert survey(SUBNET).open == Room(251, 14)
    assert survey(replace(SUBNET, length=28, cidr=None)).open == Room(11, 0)
    assert survey(replace(SUBNET, length=16, cidr=None)).open == Room(65531, 4094)


def test_one_address_breaks_a_block() -> None:
    assert survey(occupied("10.0.0.20")).open == Room(250, 13)
    assert survey(occupied("10.0.0.5", "10.0.0.254")).open == Room(249, 14)
    assert survey(occupied("10.0.0.30-10.0.0.33")).open == Room(247, 12)


def test_sixteen_free_addresses_are_a_block_while_nothing_is_scattered() -> None:
    subnet = occupied("10.0.0.4-10.0.0.63", "10.0.0.80-10.0.0.254")
    assert blocks(survey(subnet), prefixes(1)).expected == 1
    assert blocks(survey(subnet), prefixes(0, singles=1)).expected == 0


def test_reservations_are_rooms_of_their_own() -> None:
    ground = survey(reserved(occupied("10.0.0.130", "10.0.0.200"), prefix="10.0.0.128/26", explicit="10.0.0.192/27"))
    assert ground.prefix == Room(63, 3)
    assert ground.explicit == Room(31, 1)
    assert ground.open == Room(251 - 64 - 32, 14 - 4 - 2)


def test_reservations_may_lie_beside_awss_own_addresses() -> None:
    assert survey(reserved(SUBNET, prefix="10.0.0.0/27")).prefix == Room(28, 1)


@given(
    st.sets(st.integers(4, 254), max_size=60),
    st.sampled_from((None, "10.0.0.64/26", "10.0.0.0/25", "10.0.0.240/28")),
    st.sampled_from((None, "10.0.0.192/27", "10.0.0.128/26")),
)
def test_room_is_what_counting_address_by_address_finds(
    taken: set[int], prefix: str | None, explicit: str | None
) -> None:
    subnet = occupied(*(str(CIDR[number]) for number in sorted(taken)))
    parts = {"prefix": prefix, "explicit": explicit}
    subnet = reserved(subnet, **{kind: block for kind, block in parts.items() if block})
    ground = survey(subnet)
    busy = taken | {0, 1, 2, 3, 255}
    kind_of = {
        number: next((kind for kind, block in parts.items() if block and CIDR[number] in IPv4Network(block)), "open")
        for number in range(256)
    }
    for kind, room in (("open", ground.open), ("prefix", ground.prefix), ("explicit", ground.explicit)):
        free = {number for number in range(256) if number not in busy and kind_of[number] == kind}
        whole = sum(all(16 * block + place in free for place in range(16)) for block in range(16))
        assert (room or Room(0, 0)) == Room(len(free), whole)


def test_blocks_are_aligned_to_the_whole_address_space() -> None:
    """A /28 begins at a multiple of sixteen, whatever the subnet's own beginning."""
    high = replace(SUBNET, length=27, cidr=IPv4Network("10.0.3.96/27"), occupied=(AddressRange.parse("10.0.3.100"),))
    assert survey(high).open.blocks == 0
    assert int(IPv4Address("10.0.3.96")) % 16 == 0


@pytest.mark.parametrize(("free_blocks", "loose", "singles"), [(2, 3, 2), (2, 0, 3), (1, 4, 2)])
def test_expected_is_the_mean_over_all_ways_to_lie(free_blocks: int, loose: int, singles: int) -> None:
    """Every way in which single addresses can lie is gone through, each as likely as the other."""
    free = 16 * free_blocks + loose
    whole = ways = 0
    for taken in combinations(range(free), singles):
        broken = {address // 16 for address in taken if address < 16 * free_blocks}
        whole += free_blocks - len(broken)
        ways += 1
    room = Room(free, free_blocks)
    ground = Ground(free, 0, 0, room, room, None, Room(0, 0))
    assert blocks(ground, Load(pods=singles)).expected == Fraction(whole, ways).__floor__()


def test_nothing_is_lost_to_rounding_where_nothing_is_scattered() -> None:
    assert blocks(survey(SUBNET), prefixes(14)).expected == 14


def test_prefixes_come_from_their_reservation_alone() -> None:
    """ "Prefix delegation for Amazon EC2 network interfaces", EC2 User Guide: EC2 chooses from the reserved block."""
    ground = survey(reserved(replace(SUBNET, used=60), prefix="10.0.0.128/25"))
    found = blocks(ground, prefixes(7, singles=100))
    assert (found.reserved, found.expected, found.risk) == (7, 7, Risk.NONE)
    assert blocks(ground, prefixes(8)).risk is Risk.CERTAIN
    assert missing(ground, prefixes(9)) == (0, 2)


@pytest.mark.parametrize(
    ("subnet", "load", "risk"),
    [
        (SUBNET, Load(pods=200), Risk.NONE),
        (SUBNET, prefixes(10, singles=4), Risk.NONE),
        (SUBNET, prefixes(10, singles=5), Risk.LOW),
        (SUBNET, prefixes(10, singles=40), Risk.HIGH),
        (SUBNET, prefixes(15), Risk.CERTAIN),
        (occupied("10.0.0.20"), prefixes(13), Risk.NONE),
        (occupied("10.0.0.20"), prefixes(14), Risk.CERTAIN),
        (replace(SUBNET, used=3), prefixes(11), Risk.NONE),
        (replace(SUBNET, used=3), prefixes(12), Risk.UNKNOWN),
        (replace(SUBNET, used=3), prefixes(14), Risk.UNKNOWN),
        (replace(SUBNET, used=28), prefixes(14), Risk.CERTAIN),
        (replace(SUBNET, used=200), Load(pods=5), Risk.NONE),
    ],
)
def test_risk(subnet: Subnet, load: Load, risk: Risk) -> None:
    assert blocks(survey(subnet), load).risk is risk


@given(st.integers(0, 250), st.integers(0, 15), st.integers(0, 60))
def test_what_is_certain_holds_however_addresses_lie(singles: int, wanted: int, used: int) -> None:
    known = survey(occupied(*(str(CIDR[4 + number]) for number in range(used))))
    found = blocks(known, prefixes(wanted, singles))
    worst = known.open.blocks - singles
    assert (found.risk is Risk.CERTAIN) == (wanted > known.open.blocks)
    if found.risk is Risk.NONE:
        assert not wanted or worst >= wanted
    if found.risk is Risk.LOW:
        assert worst < wanted <= found.expected


@given(st.integers(0, 60), st.integers(0, 12), st.integers(0, 40), st.integers(0, 3), st.integers(0, 20))
def test_more_on_a_subnet_never_lowers_the_risk(singles: int, wanted: int, used: int, more: int, other: int) -> None:
    order = [Risk.NONE, Risk.LOW, Risk.HIGH, Risk.CERTAIN]
    ground = survey(occupied(*(str(CIDR[4 + 3 * number]) for number in range(used))))
    before, after = (
        blocks(ground, each).risk for each in (prefixes(wanted, singles), prefixes(wanted + more, singles + other))
    )
    assert order.index(after) >= order.index(before)


def test_nodenets_networks_take_what_is_reserved_for_naming() -> None:
    """They name their addresses and prefixes where an explicit reservation holds some; EC2 takes none by itself."""
    ground = survey(reserved(SUBNET, explicit="10.0.0.128/26"))
    load = Load()
    load.add_interfaces(3, 8, 1)
    assert load.taken == 3 * 25
    assert missing(ground, load) == (0, 0)
    assert blocks(ground, load).risk is Risk.NONE
    full = load + Load(nodes=251 - 64 - 3 - 8)  # Of 24 single addresses 8 find no place beside the three prefixes.
    assert missing(ground, full) == (0, 0)
    assert missing(ground, full + Load(nodes=1)) == (1, 0)


def test_where_blocks_and_addresses_are_the_same_ones_only_addresses_are_short() -> None:
    assert missing(survey(SUBNET), prefixes(16)) == (5, 0)
    assert missing(survey(SUBNET), prefixes(15)) == (0, 1)


def test_a_subnet_is_surveyed_once() -> None:
    subnet = occupied(*(str(CIDR[number]) for number in range(4, 250, 2)))
    assert survey(subnet) is survey(subnet)


LARGE = replace(SUBNET, length=22, cidr=IPv4Network("10.0.0.0/22"))
SCATTERED = [
    (LARGE, 15),
    (LARGE, 60),
    (LARGE, 150),
    (replace(LARGE, used=100), 40),
    (replace(LARGE, occupied=(AddressRange.parse("10.0.1.3-10.0.1.90"),), used=88), 70),
    (reserved(LARGE, explicit="10.0.2.0/24"), 50),
    (replace(LARGE, length=20, cidr=IPv4Network("10.0.0.0/20")), 500),
]
RUNS = 600


def scattered(subnet: Subnet, singles: int) -> list[int]:
    """Whole /28s in each of many runs in which EC2 puts single addresses anywhere, each free one as likely."""
    chance = random.Random(4)
    cidr = subnet.cidr
    assert cidr
    first = int(cidr[0])
    taken = {number for some in subnet.occupied or () for number in range(int(some.first), int(some.last) + 1)}
    taken |= {int(address) for each in subnet.reservations for address in each.block}
    free = sorted(set(range(first + 4, first + subnet.size - 1)) - taken)
    unknown = subnet.used if subnet.occupied is None else 0
    found = []
    for _ in range(RUNS):
        left = Counter(address // 16 for address in free)
        left.subtract(address // 16 for address in chance.sample(free, singles + unknown))
        found.append(sum(count == 16 for count in left.values()))
    return found


@pytest.mark.parametrize(("subnet", "singles"), SCATTERED)
def test_expected_is_what_is_left_when_ec2_scatters_addresses(subnet: Subnet, singles: int) -> None:
    runs = scattered(subnet, singles)
    noise = 4 * stdev(runs) / math.sqrt(RUNS)
    assert mean(runs) - 1 - noise < blocks(survey(subnet), prefixes(1, singles)).expected <= mean(runs) + noise


@pytest.mark.parametrize(("subnet", "singles"), SCATTERED)
def test_the_risk_is_how_often_the_28s_suffice(subnet: Subnet, singles: int) -> None:
    """LOW at least about every other time, HIGH at most that; NONE always and CERTAIN never."""
    runs, ground = scattered(subnet, singles), survey(subnet)
    often = {Risk.NONE: (1.0, 1.0), Risk.LOW: (0.45, 1.0), Risk.HIGH: (0.0, 0.75), Risk.CERTAIN: (0.0, 0.0)}
    seen = set()
    for wanted in range(1, ground.open.blocks + 2):
        risk = blocks(ground, prefixes(wanted, singles)).risk
        seen.add(risk)
        if risk is not Risk.UNKNOWN:
            least, most = often[risk]
            assert least <= sum(whole >= wanted for whole in runs) / RUNS <= most, (wanted, risk)
    assert Risk.CERTAIN in seen
