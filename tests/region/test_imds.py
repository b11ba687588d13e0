"""Instance metadata. Sources: EC2 User Guide, "Instance metadata categories", "Access instance metadata for an EC2
instance" and "Use the Instance Metadata Service"."""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.imds import snapshot
from local.imds.service import TOKEN, TOKEN_TTL, MetadataService
from tests.region.ec2_client import Place, interface, run

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

MACS = "/latest/meta-data/network/interfaces/macs"


class Instance:
    """An instance's view: one kept-alive connection, one token."""

    def __init__(self, service: MetadataService) -> None:
        self._connection = http.client.HTTPConnection(str(service.server_address[0]), service.server_address[1])
        self.token = self.ask("PUT", "/latest/api/token", {TOKEN_TTL: "60"})[1]

    def ask(self, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
        self._connection.request(method, path, headers=headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read().decode()

    def get(self, path: str) -> str | None:
        """What a path holds; None for 404."""
        status, text = self.ask("GET", path, {TOKEN: self.token})
        assert status in (200, 404)
        return text if status == 200 else None

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "vpc.json"


@pytest.fixture
def node(ec2: "EC2Client", place: Place, file: Path) -> str:
    """An instance of one network card, with nothing but its first interface."""
    made = run(ec2, place.subnet)
    snapshot.save(snapshot.take(ec2), file)
    return made


@pytest.fixture
def service(node: str, file: Path) -> Iterator[MetadataService]:
    with MetadataService(("127.0.0.1", 0), file, node) as started:
        thread = threading.Thread(target=started.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield started
        started.shutdown()
        thread.join()


@pytest.fixture
def instance(service: MetadataService) -> Iterator[Instance]:
    view = Instance(service)
    yield view
    view.close()


def attached(ec2: "EC2Client", node: str, subnet: str, index: int, card: int = 0, **more: Any) -> Any:
    eni = interface(ec2, subnet, **more)
    ec2.attach_network_interface(
        InstanceId=node, NetworkInterfaceId=eni["NetworkInterfaceId"], DeviceIndex=index, NetworkCardIndex=card
    )
    return eni


def test_no_path_answers_without_a_token(instance: Instance) -> None:
    assert instance.ask("GET", "/latest/meta-data/mac", {})[0] == 401
    assert instance.ask("GET", "/latest/meta-data/mac", {TOKEN: "made-up"})[0] == 401
    assert instance.ask("GET", "/latest/meta-data/mac", {TOKEN: instance.token})[0] == 200


@pytest.mark.parametrize("ttl", [None, "0", "21601", "-1", "soon"])
def test_a_token_has_a_time_to_live_of_up_to_six_hours(instance: Instance, ttl: str | None) -> None:
    assert instance.ask("PUT", "/latest/api/token", {TOKEN_TTL: ttl} if ttl else {})[0] == 400
    assert instance.ask("PUT", "/latest/api/token", {TOKEN_TTL: "21600"})[0] == 200


def test_no_token_through_a_proxy_or_by_another_version(instance: Instance) -> None:
    proxied = {TOKEN_TTL: "60", "X-Forwarded-For": "10.0.0.9"}
    assert instance.ask("PUT", "/latest/api/token", proxied)[0] == 403
    assert instance.ask("PUT", "/2021-03-23/api/token", {TOKEN_TTL: "60"})[0] == 403


def test_an_expired_token_is_no_token(service: MetadataService, monkeypatch: pytest.MonkeyPatch) -> None:
    token = service.tokens.new(60)
    assert service.tokens.valid(token)
    moment = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: moment + 61)
    assert not service.tokens.valid(token)


def test_an_instance_sees_itself(ec2: "EC2Client", instance: Instance, node: str, place: Place) -> None:
    (eni,) = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert instance.get("/latest/meta-data/instance-id") == node
    assert instance.get("/latest/meta-data/instance-type") == "m5.large"
    assert instance.get("/latest/meta-data/placement/availability-zone") == "eu-west-1a"
    assert instance.get("/latest/meta-data/placement/region") == "eu-west-1"
    assert instance.get("/latest/meta-data/local-ipv4") == eni["PrivateIpAddress"]
    assert instance.get("/latest/meta-data/mac") == eni["MacAddress"]
    assert instance.get(f"{MACS}/") == f"{eni['MacAddress']}/"
    assert instance.get("/latest/meta-data/no-such") is None
    assert instance.get("/latest/meta-data/mac/below") is None


def test_a_list_is_marked_by_slashes_and_a_value_is_read_with_one_too(instance: Instance) -> None:
    items = (instance.get("/latest/meta-data/") or "").split("\n")
    assert {"instance-id", "mac", "network/", "placement/"} <= set(items)
    assert instance.get("/latest/meta-data/placement/region/") == "eu-west-1"
    mac = instance.get("/latest/meta-data/mac")
    assert "device-number" in (instance.get(f"{MACS}/{mac}") or "").split("\n")


def test_an_interface_tells_its_place_and_its_addresses(
    ec2: "EC2Client", instance: Instance, node: str, place: Place, file: Path
) -> None:
    ec2.associate_vpc_cidr_block(VpcId=place.vpc, CidrBlock="10.1.0.0/16")
    subnet = ec2.create_subnet(
        VpcId=place.vpc, CidrBlock="10.1.0.0/24", Ipv6CidrBlock="2001:db8::/64", AvailabilityZone="eu-west-1a"
    )["Subnet"]["SubnetId"]
    wanted = [{"Primary": True, "PrivateIpAddress": "10.1.0.9"}, {"Primary": False, "PrivateIpAddress": "10.1.0.8"}]
    eni = attached(
        ec2,
        node,
        subnet,
        1,
        PrivateIpAddresses=wanted,
        Groups=[place.group],
        Ipv6Addresses=[{"Ipv6Address": "2001:db8::9"}],
    )
    snapshot.save(snapshot.take(ec2), file)
    mac = eni["MacAddress"]
    seen = {name: instance.get(f"{MACS}/{mac}/{name}") for name in (instance.get(f"{MACS}/{mac}/") or "").split("\n")}
    assert seen == {
        "device-number": "1",
        "interface-id": eni["NetworkInterfaceId"],
        "ipv6s": "2001:db8::9",
        "local-ipv4s": "10.1.0.9\n10.1.0.8",
        "mac": mac,
        "owner-id": eni["OwnerId"],
        "security-group-ids": place.group,
        "security-groups": "nodes",
        "subnet-id": subnet,
        "subnet-ipv4-cidr-block": "10.1.0.0/24",
        "subnet-ipv6-cidr-blocks": "2001:db8::/64",
        "vpc-id": place.vpc,
        "vpc-ipv4-cidr-block": "10.0.0.0/16",
        "vpc-ipv4-cidr-blocks": "10.0.0.0/16\n10.1.0.0/16",
    }


def test_prefixes_come_one_a_line(ec2: "EC2Client", instance: Instance, node: str, place: Place, file: Path) -> None:
    eni = attached(ec2, node, place.subnet, 1, Ipv4PrefixCount=2)
    mac = eni["MacAddress"]
    assert instance.get(f"{MACS}/{mac}/ipv4-prefix") is None
    snapshot.save(snapshot.take(ec2), file)
    assert instance.get(f"{MACS}/{mac}/ipv4-prefix") == "\n".join(one["Ipv4Prefix"] for one in eni["Ipv4Prefixes"])
    assert instance.get(f"{MACS}/{mac}/ipv6-prefix") is None


def test_only_types_with_several_network_cards_tell_the_card(
    ec2: "EC2Client", instance: Instance, place: Place, file: Path, service: MetadataService
) -> None:
    mac = instance.get("/latest/meta-data/mac")
    assert instance.get(f"{MACS}/{mac}/network-card") is None
    many = run(ec2, place.subnet, "p4d.24xlarge")
    second = attached(ec2, many, place.subnet, 1, card=1)["MacAddress"]
    snapshot.save(snapshot.take(ec2), file)
    service._instance_id = many
    first = instance.get("/latest/meta-data/mac")
    assert instance.get(f"{MACS}/{first}/network-card") == "0"
    assert instance.get(f"{MACS}/{second}/network-card") == "1"


def test_what_is_not_attached_is_not_seen(
    ec2: "EC2Client", instance: Instance, node: str, place: Place, file: Path
) -> None:
    eni = attached(ec2, node, place.subnet, 1)
    alone = interface(ec2, place.subnet)
    snapshot.save(snapshot.take(ec2), file)
    assert instance.get(f"{MACS}/{eni['MacAddress']}/interface-id") == eni["NetworkInterfaceId"]
    assert instance.get(f"{MACS}/{alone['MacAddress']}/interface-id") is None
    ec2.terminate_instances(InstanceIds=[node])
    snapshot.save(snapshot.take(ec2), file)
    assert instance.get(f"{MACS}/") is None


def test_a_snapshot_that_cannot_be_read_is_no_404(instance: Instance, file: Path) -> None:
    whole = file.read_text()
    file.write_text(whole[:100])
    assert instance.ask("GET", "/latest/meta-data/mac", {TOKEN: instance.token})[0] == 503
    file.write_text(whole)
    assert instance.ask("GET", "/latest/meta-data/mac", {TOKEN: instance.token})[0] == 200


def test_the_program_serves_on_every_address_and_imports_little(node: str, file: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "local.imds", "--snapshot", str(file), "--instance", node]
    with subprocess.Popen(
        [*command, "--bind", "127.0.0.1:0", "--bind", "[::1]:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        urls = [program.stdout.readline().strip() for _ in range(2)]
        assert urls[1].startswith("http://[::1]:")
        for url in urls:
            connection = http.client.HTTPConnection(url.removeprefix("http://"))
            connection.request("PUT", "/latest/api/token", headers={TOKEN_TTL: "9"})
            token = connection.getresponse().read().decode()
            connection.request("GET", "/latest/meta-data/instance-id", headers={TOKEN: token})
            assert connection.getresponse().read().decode() == node
            connection.close()
        program.terminate()
        imported = program.stderr.read()
    assert "http.server" in imported
    assert not {"boto3", "moto", "local.world"} & {line.split("|")[-1].strip() for line in imported.splitlines()}


def test_a_snapshot_is_plain_json(ec2: "EC2Client", node: str, file: Path) -> None:
    seen = json.loads(file.read_text())
    assert [one["InstanceId"] for entry in seen["Reservations"] for one in entry["Instances"]] == [node]
    assert [one["InstanceType"] for one in seen["InstanceTypes"]] == ["m5.large"]
    assert {"NetworkInterfaces", "Subnets", "Vpcs", "SecurityGroups"} <= seen.keys()
