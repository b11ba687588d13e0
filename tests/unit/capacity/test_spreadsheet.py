"""The best-practice guide's spreadsheet beside the planner: the same case, and each difference by the flaw it comes of.

The spreadsheet: aws-eks-best-practices at dc0243a, latest/bpg/networking/subnet-calc/subnet-calc.xlsx. Its two sheets
are two functions here, with a switch for each flaw. What is mended one switch at a time ends at the planner's figure.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

import pytest

from nodenet.capacity.cni import SHIPPED, CniSettings
from nodenet.capacity.document import read, resolve
from nodenet.capacity.fleet import Fleet, NodeGroup, Subnet
from nodenet.capacity.placing.place import place
from nodenet.capacity.plan import SubnetUse
from nodenet.limits import shipped

EXAMPLE: Final = Path(__file__).parents[3] / "docs" / "reference" / "examples" / "plan-spreadsheet.yaml"

HOST_NETWORKING: Final = 2
DAEMON_SET_PODS: Final = 2
"""Cells B14 and B15 of both sheets."""


@dataclass(frozen=True)
class Row:
    instance_type: str
    instances: int
    pods: int

    @property
    def enis(self) -> int:
        limits = shipped(self.instance_type)
        assert limits
        return limits.maximum_interfaces

    @property
    def addresses(self) -> int:
        limits = shipped(self.instance_type)
        assert limits
        return limits.ipv4_per_interface


ITS_ROWS: Final = (Row("m5.12xlarge", 2, 100), Row("c5.2xlarge", 1, 30))


@dataclass(frozen=True)
class Flaws:
    """What the formulas do, where the VPC CNI does otherwise."""

    two_reserved: bool = True
    """Sheet "number of ips": 2^n - 2; AWS keeps five addresses of a subnet."""
    host_networking_added: bool = True
    """Column "Used IPs PI": + B14; pods in the host's network use the node's own address, which is counted already."""
    own_address_for_a_pod: bool = True
    """Column "Raw ENIs needed PI": pods over all addresses of an ENI, though its own goes to no pod."""
    daemon_set_left_out: bool = True
    """Cell B15 stands in no formula."""
    beyond_the_type: bool = True
    """Column "with warm ENI PI": in use + WARM_ENI_TARGET, whatever the type takes (column "Max ENIs" is not read)."""
    warm_eni_left_out: bool = True
    """WarmIP: column "Used IPs PI -", with the ENI that the warm addresses need, is not what the total adds up."""
    whole_enis: bool = True
    """WarmIP: each ENI counts as full, though with WARM_IP_TARGET ipamd takes single addresses."""


def ceiling(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)


def available(length: int, flaws: Flaws) -> int:
    return (1 << (32 - length)) - (2 if flaws.two_reserved else 5)


def pods_of(row: Row, flaws: Flaws) -> int:
    return row.pods + (0 if flaws.daemon_set_left_out else DAEMON_SET_PODS)


def pods_per_eni(row: Row, flaws: Flaws) -> int:
    return row.addresses if flaws.own_address_for_a_pod else row.addresses - 1


def warm_eni(row: Row, target: int, flaws: Flaws) -> int:
    """Sheet WarmENI, column "Used IPs PI": addresses of one instance."""
    enis = ceiling(pods_of(row, flaws), pods_per_eni(row, flaws)) + target
    if not flaws.beyond_the_type:
        enis = min(enis, row.enis)
    return enis * row.addresses + (HOST_NETWORKING if flaws.host_networking_added else 0)


def warm_ip(row: Row, target: int, flaws: Flaws) -> int:
    """Sheet WarmIP, column "Used IPs PI": addresses of one instance."""
    pods, per_eni = pods_of(row, flaws), pods_per_eni(row, flaws)
    if not flaws.whole_enis:
        return pods + target + ceiling(pods + target, per_eni)
    enis = ceiling(pods, per_eni)
    host = HOST_NETWORKING if flaws.host_networking_added else 0
    lacks_one = enis * row.addresses + host - (pods + HOST_NETWORKING) < target
    if lacks_one and not flaws.warm_eni_left_out:
        enis += 1
    return enis * row.addresses + host


def total(sheet: Callable[[Row, int, Flaws], int], flaws: Flaws, rows: tuple[Row, ...] = ITS_ROWS) -> int:
    return sum(sheet(row, 1, flaws) * row.instances for row in rows)


AS_PUBLISHED: Final = Flaws()
MENDED: Final = Flaws(*[False] * len(fields(Flaws)))
ENI: Final = CniSettings.of(SHIPPED)
IP: Final = replace(ENI, warm_ip_target=1)


def planned(cni: CniSettings, rows: tuple[Row, ...] = ITS_ROWS, *, more_pods: int = DAEMON_SET_PODS) -> SubnetUse:
    """The planner's word on the same rows in the same /23."""
    groups = tuple(
        NodeGroup(
            name=row.instance_type,
            limits=limits,
            subnets=("nodes",),
            pods=((row.pods + more_pods, row.instances),),
            host_network_pods=HOST_NETWORKING,
        )
        for row in rows
        if (limits := shipped(row.instance_type))
    )
    fleet = Fleet(subnets=(Subnet("nodes", "a", 23),), groups=groups, cni=cni)
    (use,) = place(fleet).subnets
    return use


# ---- its figures


def test_the_sheet_with_a_warm_eni_as_published() -> None:
    used = total(warm_eni, AS_PUBLISHED)
    assert [warm_eni(row, 1, AS_PUBLISHED) for row in ITS_ROWS] == [152, 47]
    assert (used, sum(row.pods * row.instances for row in ITS_ROWS)) == (351, 230)
    assert available(23, AS_PUBLISHED) - used == 159


def test_the_sheet_with_a_warm_address_as_published() -> None:
    used = total(warm_ip, AS_PUBLISHED)
    assert [warm_ip(row, 1, AS_PUBLISHED) for row in ITS_ROWS] == [122, 32]
    assert used == 276
    assert available(23, AS_PUBLISHED) - used == 234


# ---- from its figures to the planner's, one flaw at a time


def test_from_351_to_360_addresses_with_a_warm_eni() -> None:
    flaws = replace(AS_PUBLISHED, host_networking_added=False)
    assert total(warm_eni, flaws) == 351 - 3 * HOST_NETWORKING == 345
    # Thirty pods are two ENIs of fifteen addresses, but three of fourteen for pods.
    flaws = replace(flaws, own_address_for_a_pod=False)
    assert total(warm_eni, flaws) == 345 + 15 == 360
    # Two pods more change nothing here: the last ENI in use has room for them.
    flaws = replace(flaws, daemon_set_left_out=False)
    assert total(warm_eni, flaws) == 360
    assert total(warm_eni, flaws) == planned(ENI).taken
    flaws = replace(flaws, two_reserved=False)
    assert available(23, flaws) - 360 == 147
    assert planned(ENI).left == 147


def test_from_276_to_250_addresses_with_a_warm_address() -> None:
    flaws = replace(AS_PUBLISHED, warm_eni_left_out=False)
    assert total(warm_ip, flaws) == 276 + 15 == 291
    flaws = replace(flaws, host_networking_added=False)
    assert total(warm_ip, flaws) == 291 - 3 * HOST_NETWORKING == 285
    # The third ENI, just added for one warm address, is the one that thirty pods need.
    flaws = replace(flaws, own_address_for_a_pod=False)
    assert total(warm_ip, flaws) == 285
    flaws = replace(flaws, whole_enis=False)
    assert [warm_ip(row, 1, flaws) for row in ITS_ROWS] == [101 + 4, 31 + 3]
    assert total(warm_ip, flaws) == 244
    assert total(warm_ip, flaws) == planned(IP, more_pods=0).taken
    flaws = replace(flaws, daemon_set_left_out=False)
    assert total(warm_ip, flaws) == 244 + 3 * DAEMON_SET_PODS == 250
    assert total(warm_ip, flaws) == planned(IP).taken
    assert planned(IP).left == available(23, replace(flaws, two_reserved=False)) - 250 == 257


@pytest.mark.parametrize(("environment", "taken"), [("WARM_ENI_TARGET: 1", 360), ("WARM_IP_TARGET: 1", 244)])
def test_the_documents_example_is_its_case_without_pods_of_daemon_sets(environment: str, taken: int) -> None:
    text = EXAMPLE.read_text().replace("WARM_ENI_TARGET: 1", environment, 1)
    (use,) = place(resolve(read(text), shipped)).subnets
    assert use.taken == taken
    assert use.left == 507 - taken


# ---- flaws that its own case does not show


def test_two_pods_of_daemon_sets_may_need_an_eni() -> None:
    full = (Row("c5.2xlarge", 1, 28),)
    flaws = replace(AS_PUBLISHED, host_networking_added=False, own_address_for_a_pod=False)
    assert total(warm_eni, flaws, full) == 3 * 15
    assert total(warm_eni, replace(flaws, daemon_set_left_out=False), full) == planned(ENI, full).taken == 4 * 15


def test_the_warm_eni_of_a_full_node_is_one_that_the_type_does_not_take() -> None:
    full = (Row("c5.2xlarge", 1, 50),)
    flaws = replace(AS_PUBLISHED, host_networking_added=False, own_address_for_a_pod=False, daemon_set_left_out=False)
    assert total(warm_eni, flaws, full) == 5 * 15
    assert total(warm_eni, replace(flaws, beyond_the_type=False), full) == planned(ENI, full).taken == 4 * 15


@pytest.mark.parametrize("pods", range(0, 52, 3))
def test_mended_the_sheets_are_the_planners_figures_where_no_limit_of_pods_binds(pods: int) -> None:
    """The kubelet's limit is above what the type has addresses for (58 against 56), and a node without pods has its
    primary ENI all the same: so at least one pod."""
    rows = (Row("c5.2xlarge", 1, pods + 1),)
    assert total(warm_eni, MENDED, rows) == planned(ENI, rows).taken
    assert total(warm_ip, MENDED, rows) == planned(IP, rows).taken


# ---- what it does not know at all


def test_it_goes_on_where_the_kubelet_takes_no_more_pods() -> None:
    """Of m5.4xlarge, with sixteen vCPUs, EKS's limit is 110 pods: ipamd stops at as many addresses."""
    rows = (Row("m5.4xlarge", 1, 98),)
    assert total(warm_eni, MENDED, rows) == 5 * 30
    assert planned(ENI, rows).taken == 4 * 30


def test_it_hosts_pods_that_the_type_has_no_addresses_for() -> None:
    rows = (Row("c5.2xlarge", 1, 70),)
    assert warm_eni(rows[0], 1, AS_PUBLISHED) == 6 * 15 + HOST_NETWORKING
    limits = shipped("c5.2xlarge")
    assert limits
    group = NodeGroup("web", limits, ("nodes",), pods=((70, 1),))
    placement = place(Fleet((Subnet("nodes", "a", 23),), (group,), ENI))
    assert [(short.where, short.missing) for short in placement.shortages] == [("web", 70 - 56)]


def test_prefixes_are_whole_blocks_of_sixteen() -> None:
    """32 pods in two prefixes and a third one warm, on the primary ENI; 102 in seven and an eighth."""
    prefixes = replace(ENI, prefix_delegation=True)
    assert planned(prefixes).taken == 2 * (1 + 8 * 16) + (1 + 3 * 16)


def test_custom_networking_leaves_the_nodes_subnet_one_address_for_each_node() -> None:
    row = ITS_ROWS[1]
    limits = shipped(row.instance_type)
    assert limits
    fleet = Fleet(
        subnets=(Subnet("nodes", "a", 23), Subnet("pods", "a", 23)),
        groups=(NodeGroup("web", limits, ("nodes",), pods=((row.pods, row.instances),)),),
        cni=replace(ENI, custom_networking=True),
        eni_configs={"a": ("pods",)},
    )
    assert {use.name: use.taken for use in place(fleet).subnets} == {"nodes": 1, "pods": 3 * 15}
