"""The instance metadata, read as IMDSv2 gives it ("Use the Instance Metadata Service", EC2 User Guide)."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.imds.service import MetadataService
from node.agent.imds import Imds, ImdsUnavailable, interfaces
from tests.node.machine import INSTANCE, PRIMARY, Machine
from tests.node.networks import n3, n6


@pytest.fixture
def node(tmp_path: Path) -> Machine:
    return Machine(tmp_path, "unused")


@pytest.fixture
def service(node: Machine) -> Iterator[MetadataService]:
    found = MetadataService(("127.0.0.1", 0), node.snapshot, INSTANCE)
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


@pytest.fixture
def imds(service: MetadataService) -> Iterator[Imds]:
    found = Imds([service.url])
    yield found
    found.close()


def test_fault_23_a_session_token_is_used(imds: Imds, service: MetadataService) -> None:
    """A GET without a token is answered 401."""
    assert imds.get("instance-id") == INSTANCE


def test_a_token_that_is_no_longer_good_is_renewed(imds: Imds, service: MetadataService) -> None:
    imds.get("instance-id")
    service.tokens._ends.clear()
    assert imds.get("instance-id") == INSTANCE


def test_what_is_not_there_is_none(imds: Imds) -> None:
    assert imds.get("network/interfaces/macs/0a:00:00:00:00:99/subnet-id") is None


def test_another_endpoint_is_tried(service: MetadataService) -> None:
    imds = Imds(["http://127.0.0.1:9", service.url])
    assert imds.get("instance-id") == INSTANCE
    imds.close()


def test_no_endpoint_at_all_is_said() -> None:
    with pytest.raises(ImdsUnavailable, match=r"127\.0\.0\.1:9"):
        Imds(["http://127.0.0.1:9"]).get("instance-id")


def test_an_interface_is_read_with_all_that_is_its_pods(imds: Imds, node: Machine) -> None:
    node.tell(n3(), n6())
    (first, second), partly = sorted(interfaces(imds)[0], key=lambda each: each.device), interfaces(imds)[1]
    assert partly == []
    assert (first.id, first.card, first.device, first.subnet) == ("eni-00000002", 0, 2, "subnet-n6")
    assert [str(each) for each in first.ranges(4)] == ["10.0.6.33-10.0.6.34", "10.0.6.36-10.0.6.36"]
    assert first.ranges(6) == ()
    assert second.groups == {"sg-n3"}
    assert [str(each) for each in second.ranges(4)] == ["10.0.4.32-10.0.4.47"]
    assert second.ipv4_block == "10.0.4.0/24"
    assert second.ipv6_blocks == ("2600:1f13:a:4::/64",)


def test_the_primary_interface_is_never_among_them(imds: Imds, node: Machine) -> None:
    node.tell(n3())
    assert [each.mac for each in interfaces(imds)[0]] == [n3()["MacAddress"]]


def test_device_0_of_another_interface_means_not_yet(imds: Imds, node: Machine) -> None:
    """Until an attachment has come through, the metadata says 0 (amazon-ec2-net-utils, lib/lib.sh)."""
    early = n3()
    early["Attachment"]["DeviceIndex"] = 0
    node.tell(early)
    assert interfaces(imds) == ([], [early["MacAddress"]])


def test_the_first_interface_of_another_card_may_be_device_0(imds: Imds, node: Machine) -> None:
    other = n3(card=1)
    other["Attachment"]["DeviceIndex"] = 0
    node.tell(other)
    assert [(each.card, each.device) for each in interfaces(imds)[0]] == [(1, 0)]


def test_an_interface_that_is_shown_in_part_is_not_there_yet(imds: Imds, node: Machine) -> None:
    """404 means not yet."""
    early = {**n3(), "Groups": []}
    node.tell(early)
    assert interfaces(imds) == ([], [early["MacAddress"]])


def test_a_node_with_one_interface_has_no_other(imds: Imds) -> None:
    assert PRIMARY["MacAddress"] in (imds.get("mac") or "")
    assert interfaces(imds) == ([], [])
