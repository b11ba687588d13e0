"""What a node holds for each number of pods: the simulation's end, without its clock."""

from hypothesis import given, settings
from hypothesis import strategies as st

from nodenet.capacity.cni import SHIPPED, CniSettings
from nodenet.capacity.ipamd.curve import holdings
from nodenet.capacity.ipamd.simulation import Change, simulate
from nodenet.capacity.shape import NodeShape, shape_of
from nodenet.limits import InstanceLimits, shipped


def known(instance_type: str) -> InstanceLimits:
    limits = shipped(instance_type)
    assert limits
    return limits


M5_LARGE = known("m5.large")

shapes = st.builds(
    NodeShape,
    enis=st.integers(2, 8),
    per_eni=st.integers(1, 29),
    prefixes=st.booleans(),
    pods_on_primary=st.booleans(),
    max_pods=st.integers(1, 60),
)
targets = st.builds(
    CniSettings,
    warm_eni_target=st.integers(0, 3),
    warm_ip_target=st.integers(0, 12),
    minimum_ip_target=st.integers(0, 40),
    warm_prefix_target=st.integers(1, 3),
)


@settings(max_examples=60, deadline=None)
@given(shape=shapes, cni=targets, data=st.data())
def test_is_what_ipamd_comes_to_when_pods_come_one_by_one_and_nothing_goes(
    shape: NodeShape, cni: CniSettings, data: st.DataObject
) -> None:
    pods = data.draw(st.integers(0, shape.max_pods))

    run = simulate(
        shape, cni, [Change(10.0 + 600 * each, each) for each in range(1, pods + 1)], seconds=600.0 * pods + 600
    )

    assert run.holding == holdings(shape, cni)[pods]


@settings(max_examples=100, deadline=None)
@given(shape=shapes, cni=targets)
def test_never_holds_more_than_fits_and_never_less_for_more_pods(shape: NodeShape, cni: CniSettings) -> None:
    curve = holdings(shape, cni)

    for pods, held in enumerate(curve):
        assert held.active + held.waiting == pods
        assert len(held.enis) <= shape.enis
        assert all(eni.slots <= shape.per_eni for eni in held.enis)
        assert shape.pods_on_primary or not held.enis[0].slots
    taken = [held.taken for held in curve]
    assert taken == sorted(taken)


def test_pods_wait_only_where_no_address_is_to_be_had() -> None:
    shape = NodeShape(enis=2, per_eni=3, prefixes=False, pods_on_primary=True, max_pods=10)

    assert [held.waiting for held in holdings(shape, CniSettings())] == [0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]


def test_an_m5_large_as_aws_ships_it() -> None:
    shape = shape_of(M5_LARGE, CniSettings.of(SHIPPED), max_pods=29)

    assert [holdings(shape, CniSettings.of(SHIPPED))[pods].taken for pods in (0, 1, 10, 27)] == [10, 20, 30, 30]


def test_ipamd_stops_at_the_kubelets_maximum() -> None:
    """isDatastorePoolTooLow: "if max pods has been reached, pool is not too low"."""
    shape = shape_of(M5_LARGE, CniSettings(warm_ip_target=20), max_pods=8)

    assert holdings(shape, CniSettings(warm_ip_target=20))[8].pool == 9


def test_extra_networks_and_a_trunk_take_enis_away_from_pods() -> None:
    """hasRoomForEni."""
    trunk = CniSettings(pod_eni=True)

    assert shape_of(M5_LARGE, CniSettings(), max_pods=29).enis == 3
    assert shape_of(M5_LARGE, CniSettings(), unmanaged=1, max_pods=29).enis == 2
    assert shape_of(M5_LARGE, trunk, unmanaged=1, max_pods=29).enis == 1
    assert shape_of(M5_LARGE, CniSettings(max_eni=2), unmanaged=1, max_pods=29).enis == 1
    assert shape_of(M5_LARGE, CniSettings(max_eni=9), unmanaged=5, max_pods=29).enis == 1, "the primary one stays"


def test_types_that_are_not_nitro_get_single_addresses_whatever_is_asked() -> None:
    """isConfigValid: "falling back to default (secondary IP) mode"."""
    assert not shape_of(known("m4.large"), CniSettings(prefix_delegation=True), max_pods=20).prefixes
