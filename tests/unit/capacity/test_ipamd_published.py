"""The VPC CNI's own examples, as facts: its documents on warm targets and on prefixes, and the tables of its tests.

amazon-vpc-cni-k8s v1.23.1 (b5218838): docs/eni-and-ip-target.md, docs/prefix-and-ip-target.md,
pkg/ipamd/ipamd_test.go, pkg/ipamd/datastore/data_store_test.go.
"""

import pytest

from nodenet.capacity.cni import CniSettings
from nodenet.capacity.ipamd.curve import holdings
from nodenet.capacity.ipamd.datastore import Datastore
from nodenet.capacity.ipamd.passes import Ipamd
from nodenet.capacity.shape import NodeShape

NEVER_FULL = 1000
"""The documents' tables leave the kubelet's maximum out: a t3.small takes 11 pods."""

T3_SMALL, P3DN = (3, 3), (15, 49)
ONE_ENI = CniSettings(warm_eni_target=1)
ONE_AND_ONE = CniSettings(warm_ip_target=1, minimum_ip_target=1)
TWO_AND_FIVE = CniSettings(warm_ip_target=2, minimum_ip_target=5)
FIVE_AND_TEN = CniSettings(warm_ip_target=5, minimum_ip_target=10)
ONE_PREFIX = CniSettings(warm_prefix_target=1)
SEVEN_AND_TWENTY = CniSettings(warm_ip_target=7, minimum_ip_target=20)


@pytest.mark.parametrize(
    ("instance", "settings", "pods", "enis", "pool", "unused", "per_eni"),
    [
        (T3_SMALL, ONE_ENI, 0, 1, 3, 3, [3]),
        (T3_SMALL, ONE_ENI, 5, 3, 9, 4, [3, 3, 3]),
        (T3_SMALL, ONE_ENI, 9, 3, 9, 0, [3, 3, 3]),
        (T3_SMALL, ONE_AND_ONE, 0, 1, 1, 1, [1]),
        (T3_SMALL, ONE_AND_ONE, 5, 2, 6, 1, [3, 3]),
        (T3_SMALL, ONE_AND_ONE, 9, 3, 9, 0, [3, 3, 3]),
        # The document lists these two ENIs as 2,3.
        (T3_SMALL, TWO_AND_FIVE, 0, 2, 5, 5, [3, 2]),
        (T3_SMALL, TWO_AND_FIVE, 5, 3, 7, 2, [3, 3, 1]),
        (T3_SMALL, TWO_AND_FIVE, 9, 3, 9, 0, [3, 3, 3]),
        (P3DN, ONE_ENI, 0, 1, 49, 49, [49]),
        (P3DN, ONE_ENI, 3, 2, 98, 95, [49, 49]),
        (P3DN, ONE_ENI, 95, 3, 147, 52, [49, 49, 49]),
        (P3DN, FIVE_AND_TEN, 0, 1, 10, 10, [10]),
        (P3DN, FIVE_AND_TEN, 7, 1, 12, 5, [12]),
        (P3DN, FIVE_AND_TEN, 15, 1, 20, 5, [20]),
        (P3DN, FIVE_AND_TEN, 45, 2, 50, 5, [49, 1]),
    ],
)
def test_holds_what_the_document_on_warm_targets_says(
    instance: tuple[int, int],
    settings: CniSettings,
    pods: int,
    enis: int,
    pool: int,
    unused: int,
    per_eni: list[int],
) -> None:
    shape = NodeShape(*instance, prefixes=False, pods_on_primary=True, max_pods=NEVER_FULL)

    held = holdings(shape, settings)[pods]

    assert (len(held.enis), held.pool, held.warm) == (enis, pool, unused)
    assert [eni.slots for eni in held.enis] == per_eni


@pytest.mark.parametrize(
    ("instance", "settings", "pods", "enis", "prefixes", "unused", "per_eni"),
    [
        (T3_SMALL, ONE_PREFIX, 0, 1, 1, 16, [1]),
        (T3_SMALL, ONE_PREFIX, 5, 1, 2, 27, [2]),
        (T3_SMALL, ONE_PREFIX, 16, 1, 2, 16, [2]),
        (T3_SMALL, ONE_PREFIX, 17, 1, 3, 31, [3]),
        (T3_SMALL, ONE_PREFIX, 58, 2, 5, 22, [3, 2]),
        (T3_SMALL, ONE_AND_ONE, 0, 1, 1, 16, [1]),
        (T3_SMALL, ONE_AND_ONE, 5, 1, 1, 11, [1]),
        (T3_SMALL, ONE_AND_ONE, 17, 1, 2, 15, [2]),
        (T3_SMALL, ONE_AND_ONE, 58, 2, 4, 6, [3, 1]),
        # "1 attached, 16 unused" in the document, and two prefixes on the ENI in the same row: twenty addresses take
        # two, as its own text says of a MINIMUM_IP_TARGET of 20.
        (T3_SMALL, SEVEN_AND_TWENTY, 0, 1, 2, 32, [2]),
        (T3_SMALL, SEVEN_AND_TWENTY, 5, 1, 2, 27, [2]),
        (T3_SMALL, SEVEN_AND_TWENTY, 17, 1, 2, 15, [2]),
        (T3_SMALL, SEVEN_AND_TWENTY, 58, 2, 5, 22, [3, 2]),
        (P3DN, ONE_PREFIX, 0, 1, 1, 16, [1]),
        # Two ENIs (2,0), three (7,0,0) and two (4,0) in the document: an ENI without any prefix is none that ipamd
        # attaches, "new ENI will only be allocated after we exhaust all the prefixes allocated to existing ENIs".
        (P3DN, ONE_PREFIX, 3, 1, 2, 29, [2]),
        (P3DN, ONE_PREFIX, 95, 1, 7, 17, [7]),
        (P3DN, FIVE_AND_TEN, 0, 1, 1, 16, [1]),
        (P3DN, FIVE_AND_TEN, 7, 1, 1, 9, [1]),
        (P3DN, FIVE_AND_TEN, 15, 1, 2, 17, [2]),
        (P3DN, FIVE_AND_TEN, 45, 1, 4, 19, [4]),
    ],
)
def test_holds_what_the_document_on_prefixes_says_where_it_does_not_contradict_itself(
    instance: tuple[int, int],
    settings: CniSettings,
    pods: int,
    enis: int,
    prefixes: int,
    unused: int,
    per_eni: list[int],
) -> None:
    shape = NodeShape(*instance, prefixes=True, pods_on_primary=True, max_pods=NEVER_FULL)

    held = holdings(shape, settings)[pods]

    assert (len(held.enis), held.prefix_count, held.warm) == (enis, prefixes, unused)
    assert [eni.slots for eni in held.enis] == per_eni


@pytest.mark.parametrize(
    ("per_eni", "warm_enis", "warm_ips", "blocks", "pods", "max_pods", "low"),
    [
        (14, 1, 0, 0, 0, 500, True),
        (14, 0, 0, 0, 0, 500, True),
        (14, 0, 3, 0, 0, 500, True),
        (3, 1, 1, 3, 0, 500, False),
        (3, 1, 0, 3, 1, 500, True),
        (3, 0, 0, 3, 1, 500, False),
        (3, 1, 0, 3, 3, 500, True),
        (3, 0, 0, 3, 3, 500, True),
        (3, 0, 5, 3, 3, 3, False),
    ],
)
def test_is_low_when_ipamds_own_test_says_so(
    per_eni: int, warm_enis: int, warm_ips: int, blocks: int, pods: int, max_pods: int, *, low: bool
) -> None:
    """TestIPAMContext_nodeIPPoolTooLow."""
    shape = NodeShape(4, per_eni, prefixes=False, pods_on_primary=True, max_pods=max_pods)
    settings = CniSettings(warm_eni_target=warm_enis, warm_ip_target=warm_ips)

    assert Ipamd(shape, settings, stocked(shape, blocks, pods)).too_low() is low


@pytest.mark.parametrize(
    ("warm_prefixes", "blocks", "pods", "max_pods", "low"),
    [
        (1, 0, 0, 500, True),
        (0, 0, 0, 500, True),
        (1, 1, 0, 500, False),
        (1, 1, 1, 500, True),
        (0, 1, 1, 500, False),
        (1, 1, 3, 500, True),
        (0, 1, 3, 500, False),
        (1, 1, 3, 4, False),
    ],
)
def test_is_low_on_prefixes_when_ipamds_own_test_says_so(
    warm_prefixes: int, blocks: int, pods: int, max_pods: int, *, low: bool
) -> None:
    """TestIPAMContext_nodePrefixPoolTooLow."""
    shape = NodeShape(4, 16, prefixes=True, pods_on_primary=True, max_pods=max_pods)
    settings = CniSettings(warm_prefix_target=warm_prefixes)

    assert Ipamd(shape, settings, stocked(shape, blocks, pods)).too_low() is low


def test_an_eni_goes_when_ipamds_own_test_lets_it_go() -> None:
    """TestWarmENIInteractions: two pods on the primary ENI's two addresses, two and one on two more ENIs."""
    shape = NodeShape(4, 10, prefixes=False, pods_on_primary=True, max_pods=100)
    store = stocked(shape, blocks=2, pods=2)
    second, third = store.attach(0.0), store.attach(0.0)
    store.add(second, 2)
    store.add(third, 1)
    old = 61.0

    assert store.deletable(old, 3, 1, 0) is None
    assert store.deletable(old, 1, 5, 0) is None
    assert store.deletable(old, 2, 4, 0) is third
    store.detach(third)
    assert store.deletable(old, 0, 3, 0) is None
    assert store.deletable(old, 0, 2, 0) is second
    store.detach(second)
    empty = store.attach(0.0)
    assert store.deletable(old, 0, 2, 0) is empty


def test_an_excluded_primary_eni_counts_for_no_target() -> None:
    """TestIPAMContext_WarmTargetWithExcludedPrimary: two warm ENIs are two besides the primary."""
    shape = NodeShape(4, 10, prefixes=False, pods_on_primary=False, max_pods=100)
    store = Datastore(shape, 30)
    daemon = Ipamd(shape, CniSettings(warm_eni_target=2), store)

    grown = [daemon.grow(0.0) for _ in range(3)]

    assert grown == [True, True, False]
    assert [len(eni.blocks) for eni in store.enis] == [0, 10, 10]


def stocked(shape: NodeShape, blocks: int, pods: int) -> Datastore:
    """A store with blocks on the primary ENI, and pods that have addresses of them."""
    store = Datastore(shape, 30)
    store.add(store.enis[0], blocks)
    for _ in range(pods):
        assert store.assign(0.0)
    return store
