"""The three maximum-pods figures, against what AWS publishes for each of them."""

import json
from pathlib import Path
from typing import Final

import pytest

from nodenet.capacity.cni import SHIPPED, CniSettings
from nodenet.capacity.max_pods import cni_max_pods, eks_max_pods, figures, nodeadm_max_pods
from nodenet.capacity.plan import MaxPods
from nodenet.limits import InstanceLimits, NetworkCard, as_the_cni_has_them, shipped, shipped_types

PUBLISHED: Final = json.loads((Path(__file__).parent / "data/published_max_pods.json").read_text())
LISTED: Final = {name: int(figure) for figure, names in PUBLISHED["list"]["types"].items() for name in names.split()}
NODEADM: Final = {name: figure for figure, names in PUBLISHED["nodeadm"]["types"].items() for name in names.split()}

PLAIN: Final = CniSettings.of(SHIPPED)
PREFIXES: Final = CniSettings(prefix_delegation=True)
CUSTOM: Final = CniSettings(custom_networking=True)
POD_ENI: Final = CniSettings(pod_eni=True)

# The list is of 11 August 2026; EC2 describes these since.
R9G_SIZES: Final = ("medium", "large", *(f"{n}xlarge" for n in ("", 2, 4, 8, 12, 16, 24, 48)), "metal-48xl")
SINCE_THE_LIST: Final = {f"{family}.{size}" for family in ("r9g", "r9gd") for size in R9G_SIZES} | {
    *(f"t8i.{size}" for size in ("nano", "micro", "small", "medium")),
    "trn2u.48xlarge",
}
OFF_THE_LIST: Final = {"i3.metal"}
"""Taken off in July 2025 (475d9642), with 737; the controller of branch interfaces still has it."""


def limits(instance_type: str) -> InstanceLimits:
    found = shipped(instance_type)
    assert found
    return found


# amazon-vpc-cni-k8s v1.23.1 (b5218838), misc/eni-max-pods.txt.
def test_the_vpc_cnis_limit_is_the_published_one_for_every_type_of_its_list() -> None:
    assert len(LISTED) == 1391
    assert {name: cni_max_pods(of, PLAIN) for name in LISTED if (of := as_the_cni_has_them(name))} == LISTED


def test_the_table_has_every_listed_type_and_is_known_to_have_more() -> None:
    assert LISTED.keys() <= shipped_types()
    assert shipped_types() - LISTED.keys() == SINCE_THE_LIST | OFF_THE_LIST
    assert cni_max_pods(limits("i3.metal"), PLAIN) == 737


def test_with_ec2s_limits_four_types_take_fewer_pods_than_the_list_says() -> None:
    """EC2 refuses interfaces on a card that is full; the VPC CNI puts all of them on the first."""
    fewer = {name: cni_max_pods(limits(name), PLAIN) for name in LISTED}
    assert {name: figure for name, figure in fewer.items() if figure != LISTED[name]} == {
        "i7ie.48xlarge": 8 * 49 + 2,
        "i7ie.metal-48xl": 8 * 49 + 2,
        "i8ge.48xlarge": 12 * 49 + 2,
        "i8ge.metal-48xl": 12 * 49 + 2,
    }


# amazon-eks-ami 81fec2e8, nodeadm/internal/kubelet/instance-info.jsonl and eni_max_pods.go, calculateStandardMaxPods.
def test_nodeadms_figure_is_its_formula_over_its_own_list_for_every_type_of_it() -> None:
    """The four types above too: its list counts their interfaces as the VPC CNI's does."""
    assert len(NODEADM) == 1384
    formula = {}
    for name, figure in NODEADM.items():
        enis, addresses = map(int, figure.split(" x "))
        formula[name] = enis * (addresses - 1) + 2
    assert {name: nodeadm_max_pods(limits(name)) for name in NODEADM} == formula
    assert formula["i7ie.48xlarge"] == LISTED["i7ie.48xlarge"] == 737


def test_a_type_that_nodeadm_does_not_list_has_what_ec2_answers_or_else_the_kubelets_default() -> None:
    """GetInstanceInfo, and withDefaultReservedResources where it fails."""
    unknown = InstanceLimits("x99.large", (NetworkCard(0, 3),), 6, 6, 0, nitro=True, architectures=(), vcpus=2)
    assert nodeadm_max_pods(unknown) == 17
    assert nodeadm_max_pods(None) == 110


# What amazon-eks-ami's templates/al2/runtime/max-pods-calculator.sh (of 8f395aaa, the last) prints for these types
# and --cni-version 1.23.1, EC2's answers given: with no more flags, and with --show-max-allowed.
CALCULATED: Final = [
    ("t3.nano", CniSettings(), 4, 4),
    ("t3.nano", CUSTOM, 3, 3),
    ("t3.nano", CniSettings(max_eni=1, custom_networking=True), 2, 2),
    ("m5.large", CniSettings(), 29, 29),
    ("m5.large", CUSTOM, 20, 20),
    ("m5.large", PREFIXES, 110, 434),
    ("m5.large", CniSettings(prefix_delegation=True, custom_networking=True), 110, 290),
    ("m5.large", CniSettings(max_eni=2), 20, 20),
    ("m5.large", CniSettings(max_eni=2, prefix_delegation=True), 110, 290),
    ("m5.4xlarge", CniSettings(), 110, 234),
    ("m5.8xlarge", CniSettings(), 234, 234),
    ("m5.8xlarge", CUSTOM, 205, 205),
    ("m5.8xlarge", PREFIXES, 250, 3714),
    ("c6in.32xlarge", CniSettings(), 250, 394),
    ("p5.48xlarge", CniSettings(), 100, 100),
    ("p5.48xlarge", CniSettings(prefix_delegation=True, custom_networking=True), 250, 786),
    ("i7ie.48xlarge", CniSettings(), 250, 394),
    ("m4.large", PREFIXES, 20, 20),
    ("m4.large", CniSettings(prefix_delegation=True, custom_networking=True), 11, 11),
    ("m5.metal", CniSettings(), 250, 737),
    ("m5.metal", CniSettings(max_eni=2), 100, 100),
]


@pytest.mark.parametrize(("instance_type", "settings", "recommended", "most"), CALCULATED)
def test_ekss_figure_is_its_calculators(instance_type: str, settings: CniSettings, recommended: int, most: int) -> None:
    assert eks_max_pods(limits(instance_type), settings) == recommended
    assert cni_max_pods(limits(instance_type), settings) == most


def test_bare_metal_takes_prefixes_though_the_calculator_says_100() -> None:
    """It looks for a hypervisor, and bare metal has none; the VPC CNI asks for either (IsPrefixDelegationSupported)."""
    two = CniSettings(max_eni=2, prefix_delegation=True)
    assert cni_max_pods(limits("m5.metal"), two) == 2 * 49 * 16 + 2
    assert eks_max_pods(limits("m5.metal"), two) == 250


def test_ekss_cap_is_lower_up_to_thirty_vcpus() -> None:
    for vcpus, cap in ((2, 110), (30, 110), (31, 250), (192, 250)):
        of = InstanceLimits("x", (NetworkCard(0, 15),), 50, 50, 0, nitro=True, architectures=(), vcpus=vcpus)
        assert eks_max_pods(of, PREFIXES) == cap


def test_where_vcpus_are_not_known_the_kubelets_limit_is_at_most_what_eks_tells_any_type() -> None:
    assert figures(limits("c5a.metal"), PLAIN) == MaxPods(
        cni=737, nodeadm=737, eks=None, kubelet=250, bound_by="kubelet"
    )


# amazon-vpc-cni-k8s, pkg/ipamd/ipamd.go: getMaxENI and hasRoomForEni.
@pytest.mark.parametrize(
    ("settings", "unmanaged", "enis_with_pods"),
    [
        (CniSettings(), 0, 8),
        (CniSettings(), 2, 6),
        (CniSettings(max_eni=3), 0, 3),
        # Two of the three, though the type has room for three and two.
        (CniSettings(max_eni=3), 2, 1),
        (CniSettings(max_eni=99), 2, 6),
        (CUSTOM, 2, 5),
        (POD_ENI, 0, 7),
        (CniSettings(pod_eni=True, max_eni=3), 0, 2),
        (CniSettings(pod_eni=True, custom_networking=True, max_eni=4), 1, 1),
        # The primary one is there whatever the sum says.
        (CniSettings(max_eni=3), 3, 1),
        (CniSettings(), 9, 1),
        (CniSettings(custom_networking=True, max_eni=1), 5, 0),
    ],
)
def test_unmanaged_interfaces_and_a_trunk_come_off_the_smaller_of_max_eni_and_the_types_limit(
    settings: CniSettings, unmanaged: int, enis_with_pods: int
) -> None:
    m5 = limits("m5.4xlarge")
    assert cni_max_pods(m5, settings, unmanaged=unmanaged) == enis_with_pods * 29 + 2


def test_an_excluded_primary_subnet_takes_one_interfaces_pods_as_custom_networking_does() -> None:
    """hasRoomForEni, excludedENI."""
    assert cni_max_pods(limits("m5.large"), PLAIN, primary_excluded=True) == 20
    assert figures(limits("m5.large"), PLAIN, primary_excluded=True).cni == 20
    assert cni_max_pods(limits("m5.large"), CUSTOM, primary_excluded=True) == 20


# pkg/awsutils/awsutils.go, IsTrunkingCompatible.
@pytest.mark.parametrize(
    ("instance_type", "branches", "pods"),
    [("m5.large", 9, 20), ("t3.medium", 0, 17), ("r9g.large", None, 40)],
)
def test_a_slot_is_kept_for_a_trunk_but_on_types_known_to_take_none(
    instance_type: str, branches: int | None, pods: int
) -> None:
    assert limits(instance_type).branch_interfaces == branches
    assert cni_max_pods(limits(instance_type), POD_ENI) == pods


def test_the_calculator_knows_no_trunk_and_can_be_told_of_other_interfaces_which_eks_does_not() -> None:
    """--cni-max-eni 2 for a type of three."""
    assert eks_max_pods(limits("m5.large"), POD_ENI) == 29
    assert eks_max_pods(limits("m5.large"), PLAIN, unmanaged=1) == 20
    assert figures(limits("m5.large"), PLAIN, unmanaged=1).eks == 29


def test_a_node_with_networks_runs_out_of_addresses_before_eks_stops_its_pods() -> None:
    assert figures(limits("m5.large"), PLAIN, unmanaged=2) == MaxPods(
        cni=11, nodeadm=29, eks=29, kubelet=29, bound_by="addresses"
    )
    assert figures(limits("m5.large"), PLAIN, unmanaged=2, kubelet=11) == MaxPods(
        cni=11, nodeadm=29, eks=29, kubelet=11, bound_by="kubelet"
    )


def test_the_three_figures_differ_with_prefixes() -> None:
    assert figures(limits("m5.large"), PREFIXES) == MaxPods(
        cni=434, nodeadm=29, eks=110, kubelet=110, bound_by="kubelet"
    )
