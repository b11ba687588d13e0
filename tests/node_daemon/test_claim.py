"""`claim` and `release` as a pod's containers run them."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.region import Region
from tests.node_daemon.field import Field
from tests.node_daemon.things import status

ADDRESS = "10.0.4.230"
POD = {"POD_NAMESPACE": "core", "POD_NAME": "upf-0", "POD_UID": "uid-1"}


def end(process: "subprocess.Popen[str]", seconds: float = 20) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=seconds)
    return process.returncode, out, err


def assign(field: Field, address: str = ADDRESS) -> None:
    """What the claim function does in the end."""
    field.ec2.assign_private_ip_addresses(NetworkInterfaceId=field.eni, PrivateIpAddresses=[address])
    field.show()


def test_a_claim_ends_well_once_the_metadata_shows_the_address_and_not_before(field: Field) -> None:
    process = field.command("claim", "--network", "n3", "--address", ADDRESS, **POD)
    before = int(time.time())
    (event,) = field.told(1)
    assert event["detail-type"] == "Pod Addresses Claimed"
    generation = event["detail"].pop("generation")
    assert before - 5 <= generation <= int(time.time())
    assert event["detail"] == {
        "cluster": "prod",
        "node": field.instance,
        "network": "n3",
        "addresses": [ADDRESS],
        "pod": "core/upf-0",
        "uid": "uid-1",
    }
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1.5)
    assign(field)
    assert end(process) == (0, f"{ADDRESS} of core/upf-0: registered\n", "")


def test_fault_16_a_claim_that_is_not_registered_in_time_fails_and_says_what_to_do(field: Field) -> None:
    """An init container that ends with 1 keeps its pod from starting (Kubernetes documentation, "Init Containers")."""
    words = (
        "--network",
        "n3",
        "--address",
        ADDRESS,
        "--address",
        "10.0.4.231",
        "--pod",
        "core/upf-0",
        "--timeout",
        "2",
    )
    process = field.command("claim", *words)
    assign(field)
    status_, out, err = end(process)
    assert (status_, out) == (1, "")
    assert "10.0.4.231 not registered" in err
    assert f"{ADDRESS} not" not in err
    assert "Pod Addresses Refused" in err


def test_fault_18_an_address_on_another_interface_is_not_this_networks(field: Field) -> None:
    """The network is known by subnet and groups, and not by a range: the node's first interface is not it."""
    (node,) = field.ec2.describe_instances(InstanceIds=[field.instance])["Reservations"][0]["Instances"]
    own = node["PrivateIpAddress"]
    replan(field, ipv4={"plan": "floating", "ranges": [f"{own}-{own}"]})
    words = ("--network", "n3", "--address", own, "--timeout", "1", "--only-wait")
    assert end(field.command("claim", *words, **POD))[0] == 1


def test_only_waiting_sends_nothing_and_needs_no_credentials(field: Field) -> None:
    assign(field)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del field.environment[name]
    process = field.command("claim", "--network", "n3", "--address", ADDRESS, "--only-wait", **POD)
    assert end(process)[0] == 0
    field.told(0, seconds=0)


def test_addresses_are_those_that_multus_names_as_soon_as_it_does(field: Field, tmp_path: Path) -> None:
    """The kubelet mounts the downward API volume before the sandbox is made, so the file may be empty at first."""
    assign(field)
    file = tmp_path / "network-status"
    file.write_text("")
    process = field.command(
        "claim", "--network", "n3", "--network-status", str(file), "--generation", "7", "--timeout", "20", **POD
    )
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    file.write_text(status(("core/n3", ADDRESS), ("core/n6", "10.0.6.1")))
    assert end(process)[0] == 0
    (event,) = field.told(1)
    assert (event["detail"]["addresses"], event["detail"]["generation"]) == ([ADDRESS], 7)


def replan(field: Field, **plans: dict[str, object] | None) -> None:
    document = json.loads(field.config.read_text())
    document["networks"][0].update(plans)
    field.config.write_text(json.dumps(document))


def waiting(field: Field, folder: Path, addresses: str) -> tuple[int, str, str]:
    """What an init container that only waits ends with, whose pod has these addresses on n3."""
    file = folder / "network-status"
    file.write_text(status(("core/n3", addresses)))
    words = ("--network", "n3", "--network-status", str(file), "--only-wait", "--timeout", "1")
    return end(field.command("claim", *words, **POD))


def test_where_one_family_floats_the_nodes_own_address_of_the_other_is_not_waited_for(
    field: Field, tmp_path: Path
) -> None:
    """The metadata show a prefix, and none of the addresses in it."""
    replan(field, ipv6={"plan": "prefixes", "count": 1})
    assign(field)
    assert waiting(field, tmp_path, f"{ADDRESS},2600:1f13:a:4:1::5")[:2] == (
        0,
        f"{ADDRESS} of core/upf-0: registered\n",
    )


def test_where_nothing_floats_there_is_nothing_to_wait_for(field: Field, tmp_path: Path) -> None:
    """One pod template serves groups whose n3 floats and others: there the address is the node's since its launch."""
    replan(field, ipv4={"plan": "prefixes", "count": 1})
    code, out, _ = waiting(field, tmp_path, "10.0.4.33")
    assert (code, out) == (0, "core/upf-0 has no floating address on n3: there is nothing to claim\n")


def test_an_address_that_nobody_will_ever_claim_keeps_the_pod_from_starting(field: Field, tmp_path: Path) -> None:
    """A static address beside the floating ranges, by a slip of whoever wrote the annotation."""
    replan(field, ipv6={"plan": "prefixes", "count": 1})
    code, out, err = waiting(field, tmp_path, f"{ADDRESS},10.0.4.100,2600:1f13:a:4:1::5")
    assert (code, out) == (1, "")
    assert "10.0.4.100 can never be claimed on n3: what floats there is 10.0.4.224-10.0.4.250" in err


def test_without_an_address_anywhere_it_says_where_it_looked(field: Field, tmp_path: Path) -> None:
    file = tmp_path / "network-status"
    file.write_text(status(("core/n6", "10.0.6.1")))
    words = ("--network", "n3", "--network-status", str(file), "--timeout", "0.5")
    code, _, err = end(field.command("claim", *words, **POD))
    assert code == 1
    assert f"{file} names aws-cni, n6, and no address on n3" in err
    assert "--address" in err


def test_a_release_ends_well_once_the_address_is_gone(field: Field) -> None:
    assign(field)
    process = field.command("release", "--network", "n3", "--address", ADDRESS, **POD)
    (event,) = field.told(1)
    assert event["detail-type"] == "Pod Addresses Released"
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    field.ec2.unassign_private_ip_addresses(NetworkInterfaceId=field.eni, PrivateIpAddresses=[ADDRESS])
    field.show()
    assert end(process) == (0, f"{ADDRESS} of core/upf-0: released\n", "")


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        (("--network", "n9", "--address", ADDRESS), POD, "--network n9 is none of n3"),
        (("--network", "n3", "--address", ADDRESS), {}, "POD_NAMESPACE and POD_NAME"),
        (("--network", "n3", "--address", "ten"), POD, "invalid _address value: 'ten'"),
        (("--address", ADDRESS), POD, "--network"),
    ],
)
def test_wrong_options_are_told_apart_from_a_failure(
    field: Field, words: tuple[str, ...], environment: dict[str, str], said: str
) -> None:
    code, _, err = end(field.command("claim", *words, **environment))
    assert code == 2
    assert said in err


@pytest.fixture
def enforced(fresh_region: Region) -> Iterator[None]:
    fresh_region.control.enforce_identity(on=True)
    yield
    fresh_region.control.enforce_identity(on=False)


def test_a_role_that_may_not_send_fails_at_once_and_is_told_what_to_look_at(field: Field, enforced: None) -> None:
    stranger = {"AWS_ACCESS_KEY_ID": "AKIASTRANGER", "AWS_SECRET_ACCESS_KEY": "no"}
    began = time.monotonic()
    code, _, err = end(field.command("claim", "--network", "n3", "--address", ADDRESS, **POD, **stranger))
    assert code == 1
    assert "ClaimerRoleArns" in err
    assert time.monotonic() - began < 15
