"""Networks with retention `keep`: an ENI outlives its node, and serves one node at a time."""

import pytest

from nodenet.nodes.outcome import State
from tests.unit.cloud import TAGS, Cloud, Killed
from tests.unit.deliveries import NO_ADDRESS, at_once, end, ended, instance_of, redelivered, settle

KEEP = {"n3": "retention: keep"}


@pytest.fixture
def keeping(cloud: Cloud) -> Cloud:
    """One network, n3, whose ENIs are kept."""
    cloud.configure(networks=KEEP, names="n3")
    return cloud


def made_for(cloud: Cloud, instance_id: str) -> list[str]:
    return [eni["NetworkInterfaceId"] for eni in cloud.enis(**{"tag:nodenet:instance": instance_id})]


def test_an_interface_that_is_being_made_for_a_living_node_is_offered_to_nobody_else(keeping: Cloud) -> None:
    slow, quick = keeping.instance(), keeping.instance()
    keeping.fail("AttachNetworkInterface", "RequestLimitExceeded")
    (waiting,) = keeping.launch(keeping.running(slow))
    assert waiting.state is State.WAITING
    of_slow, later = made_for(keeping, slow), keeping.queue.take()
    (ready,) = keeping.launch(keeping.running(quick))
    assert ready.state is State.READY
    assert [wired.interface_id for wired in ready.interfaces] != of_slow
    (ready,) = keeping.launch(*later)
    assert [wired.interface_id for wired in ready.interfaces] == of_slow


def test_a_node_whose_invocation_runs_between_create_and_attach_of_another_takes_nothing_from_it(
    keeping: Cloud,
) -> None:
    first, second = keeping.running(keeping.instance()), keeping.running(keeping.instance())
    keeping.fail("AttachNetworkInterface", "", action=lambda: keeping.launch(second))
    assert [outcome.state for outcome in keeping.launch(first)] == [State.READY]
    assert not keeping.queue.sent
    assert len(keeping.enis()) == 2


def test_when_the_interface_of_a_token_is_attached_to_another_instance_the_next_attempt_has_new_tokens(
    keeping: Cloud,
) -> None:
    """EC2 gives the same ENI for the same client token ("Ensuring idempotency in Amazon EC2 API requests")."""
    node, other = keeping.instance(), keeping.instance()
    keeping.fail("AttachNetworkInterface", "RequestLimitExceeded")
    keeping.launch(keeping.running(node))
    (taken,) = made_for(keeping, node)
    keeping.ec2.attach_network_interface(NetworkInterfaceId=taken, InstanceId=other, DeviceIndex=1)
    again, ready = settle(keeping)
    assert again.state is State.WAITING
    assert f"is attached to {other}" in again.reason
    assert ready.state is State.READY
    assert [wired.interface_id for wired in ready.interfaces] != [taken]


def test_a_burst_in_several_invocations_at_once_ends_with_every_node_wired(keeping: Cloud) -> None:
    old = [keeping.instance() for _ in range(3)]
    keeping.launch(*(keeping.running(each) for each in old))
    for each in old:
        end(keeping, each)
    kept = {eni["NetworkInterfaceId"] for eni in keeping.enis()}
    nodes = [keeping.instance() for _ in range(8)]
    messages = [keeping.running(each) for each in nodes]
    at_once(keeping, *(messages[start::4] for start in range(4)))
    settle(keeping)
    assert [keeping.networks_of(each) for each in nodes] == [["n3"]] * 8
    # Two may have gone for one kept ENI: then the loser made its own, and another kept one was left for a later node.
    assert {eni["NetworkInterfaceId"] for eni in keeping.enis(status="available")} < kept


def test_all_kept_interfaces_of_a_network_that_has_several_go_to_the_next_node(cloud: Cloud) -> None:
    cloud.configure(networks={"n3": "retention: keep, interfaces: 2"}, names="n3")
    old = cloud.instance()
    cloud.launch(cloud.running(old))
    kept = set(made_for(cloud, old))
    end(cloud, old)
    (ready,) = cloud.launch(cloud.running(cloud.instance()))
    assert {wired.interface_id for wired in ready.interfaces} == kept
    assert len(cloud.enis()) == 2


def test_a_kept_interface_goes_to_a_node_of_its_own_group_though_another_comes_before_it(keeping: Cloud) -> None:
    keeping.document += "  - {select: {eks:nodegroup-name: amf}, networks: [n3]}\n"
    old = keeping.instance()
    keeping.launch(keeping.running(old))
    end(keeping, old)
    (kept,) = keeping.enis()
    other, own = keeping.instance(tags={**TAGS, "eks:nodegroup-name": "amf"}), keeping.instance()
    outcomes = keeping.launch(keeping.running(other), keeping.running(own))
    of_other, of_own = (outcome.interfaces[0].interface_id for outcome in outcomes)
    assert (of_own, of_other == of_own) == (kept["NetworkInterfaceId"], False)


def test_an_interface_that_is_kept_from_now_on_survives_its_node(cloud: Cloud) -> None:
    """The terminate function knows by the tag alone what is a left-over, so the tag changes with the attribute."""
    node = cloud.instance()
    cloud.configure(names="n3")
    cloud.launch(cloud.running(node))
    cloud.configure(networks=KEEP, names="n3")
    cloud.launch(cloud.running(node))
    (eni,) = cloud.enis()
    assert {"Key": "nodenet:retention", "Value": "keep"} in eni["TagSet"]
    assert eni["Attachment"]["DeleteOnTermination"] is False
    end(cloud, node)
    (kept,) = cloud.enis()
    assert kept["NetworkInterfaceId"] == eni["NetworkInterfaceId"]


def test_an_interface_that_is_kept_no_more_goes_with_its_node(keeping: Cloud) -> None:
    node = keeping.instance()
    keeping.launch(keeping.running(node))
    keeping.configure(names="n3")
    keeping.launch(keeping.running(node))
    end(keeping, node)
    assert not keeping.enis()


def test_retention_that_changes_between_create_and_attach_counts_as_it_is_at_the_attach(cloud: Cloud) -> None:
    node = cloud.instance()
    cloud.configure(names="n3")
    cloud.fail("AttachNetworkInterface", "RequestLimitExceeded")
    cloud.launch(cloud.running(node))
    cloud.configure(networks=KEEP, names="n3")
    settle(cloud)
    end(cloud, node)
    assert len(cloud.enis()) == 1


def test_a_kept_interface_of_a_node_that_fails_stays_for_the_next(cloud: Cloud) -> None:
    cloud.configure(networks={"n3": "retention: keep", "n6": "interfaces: 2"})
    cloud.group()
    (message,) = cloud.launch_actions()
    zone = "abc".index(cloud.zone_of(instance_of(message))[-1])
    old = cloud.instance(zone)
    cloud.launch(cloud.running(old))
    end(cloud, old)
    (kept,) = cloud.enis()
    cloud.fail("CreateNetworkInterface", NO_ADDRESS, skip=1)
    (failed,) = cloud.launch(message)
    assert failed.state is State.FAILED
    assert cloud.networks_of(failed.instance_id)
    settle(cloud, *cloud.messages("EC2 Instance-terminate Lifecycle Action"), *ended(cloud))
    (stays,) = cloud.enis()
    assert (stays["NetworkInterfaceId"], stays["Status"]) == (kept["NetworkInterfaceId"], "available")


def test_a_kept_interface_has_the_tags_of_its_new_node_though_the_delivery_was_cut_off_after_the_attach(
    keeping: Cloud,
) -> None:
    old = keeping.instance()
    keeping.launch(keeping.running(old))
    end(keeping, old)
    node = keeping.instance()
    message = keeping.running(node)
    keeping.kill_after = len(["DescribeInstances", "DescribeNetworkInterfaces", "DescribeInstances", "Attach…"])
    with pytest.raises(Killed):
        keeping.launch(message)
    keeping.kill_after = None
    assert keeping.networks_of(node) == ["n3"]
    (ready,) = keeping.launch(redelivered(message))
    assert made_for(keeping, node) == [wired.interface_id for wired in ready.interfaces]
