"""What addresses a migration needs, and whether it goes by waves."""

from nodenet.migration.preflight.needs import Need
from nodenet.migration.request import Mode, SubnetWish
from tests.unit.migration.preflight.changes import CHANGES
from tests.unit.migration.preflight.stage import ZONES, Stage, healthy


def rows(stage: Stage) -> dict[str, Need]:
    return {each.name: each for each in stage.look().needs}


def test_old_nodes_hold_what_they_have_until_they_are_gone() -> None:
    """Two m5.large in a zone: 20 addresses each, two ENIs of ten; a new one of each zone takes its own there, and 20
    in the pod subnet."""
    found = rows(healthy())
    nodes, pods = found["subnet-a"], found["100.64.0.0/18"]
    assert (nodes.before, nodes.meanwhile, nodes.after) == (40, 41, 1)
    assert (pods.before, pods.meanwhile, pods.after) == (0, 20, 20)
    assert (nodes.nodes, nodes.pods, pods.nodes, pods.pods) == (True, False, False, True)


def test_nodes_out_of_scope_take_pod_subnets_too_and_their_own_addresses_once() -> None:
    stage = healthy()
    stage.add_node("other", max_pods=20)
    found = rows(stage)
    assert found["subnet-a"].before == 40 + 10
    assert found["subnet-a"].meanwhile == 40 + 10 + 1
    assert found["subnet-a"].after == 1 + 1
    assert found["100.64.0.0/18"].after > 20


def test_in_mode_node_subnets_nodes_and_pods_are_in_the_same_subnets() -> None:
    stage = healthy()
    wishes = tuple(SubnetWish(each.zone, cidr=each.cidr) for each in stage.request.pod_subnets)
    stage.ask(mode=Mode.NODE_SUBNETS, node_subnets=wishes, pod_subnets=())
    found = rows(stage)
    assert (found["subnet-a"].meanwhile, found["subnet-a"].after) == (40, 0)
    assert found["100.64.0.0/18"].after == 20
    assert found["100.64.0.0/18"].nodes
    assert found["100.64.0.0/18"].pods
    assert not stage.look().blockers


def test_it_goes_by_waves_where_all_new_nodes_at_once_do_not_fit_but_those_afterwards_do() -> None:
    stage = healthy()
    CHANGES["capacity.waves"](stage)
    report = stage.look()
    assert report.facts["waves"]
    assert not report.blockers


def test_it_goes_by_waves_where_that_is_asked_for() -> None:
    stage = healthy()
    stage.ask(waves=True)
    assert stage.look().facts["waves"]


def test_waves_do_not_help_where_no_first_node_fits_or_none_ever() -> None:
    for kind in ("capacity.first-node", "capacity.node-subnets"):
        stage = healthy()
        CHANGES[kind](stage)
        assert [each.id for each in stage.look().blockers] == [kind]


def test_own_node_subnets_relieve_the_old_ones() -> None:
    stage = healthy()
    CHANGES["capacity.first-node"](stage)
    for place, zone in enumerate(ZONES):
        stage.add_subnet(f"subnet-n{zone[-1]}", zone, f"10.0.{200 + place}.0/26")
    stage.ask(node_subnets=tuple(SubnetWish(zone, id=f"subnet-n{zone[-1]}") for zone in ZONES))
    report = stage.look()
    assert not report.blockers
    assert not report.facts["waves"]


def test_prefixes_take_whole_blocks() -> None:
    stage = healthy()
    stage.ask(prefixes=True)
    report = stage.look()
    assert report.facts["maxPods"] == {"web": 110}
    found = {each.name: each for each in report.needs}
    assert found["100.64.0.0/18"].after % 16 == 1  # an ENI's own address and its prefixes


def test_a_cluster_that_cannot_be_planned_for_still_has_a_report() -> None:
    stage = healthy()
    stage.environment(ENABLE_IPv6="true")
    report = stage.look()
    assert report.needs == ()
    assert report.facts["newSizes"] == {"web": 3}


def test_what_lies_in_an_existing_pod_subnet_counts() -> None:
    stage = healthy()
    CHANGES["capacity.headroom"](stage)
    assert rows(stage)["subnet-pods"].before == 4
