"""A node in the region's EC2 with an interface of network n3, its metadata service, and the bus: what the agent's
commands meet on a node, all over real sockets."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.imds import snapshot
from local.imds.service import MetadataService
from local.region import Region

ROOT = Path(__file__).parents[2]


class Field:
    """`instance` has an interface `eni` of network n3; what EC2 knows is in the metadata after `show`."""

    def __init__(self, region: Region, queue: str, folder: Path) -> None:
        self._sqs, self._queue = region.client("sqs"), queue
        self.ec2, self.folder = region.client("ec2"), folder
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            self.ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone="eu-west-1a")["Subnet"]["SubnetId"]
            for block in ("10.0.1.0/24", "10.0.4.0/24")
        ]
        group = self.ec2.create_security_group(GroupName="n3", Description="n3", VpcId=vpc)["GroupId"]
        self.instance = self.ec2.run_instances(
            ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=subnets[0], InstanceType="m5.large"
        )["Instances"][0]["InstanceId"]
        made = self.ec2.create_network_interface(SubnetId=subnets[1], Groups=[group])["NetworkInterface"]
        self.eni = made["NetworkInterfaceId"]
        self.ec2.get_waiter("instance_running").wait(InstanceIds=[self.instance], WaiterConfig={"Delay": 0.1})
        self.ec2.attach_network_interface(InstanceId=self.instance, NetworkInterfaceId=self.eni, DeviceIndex=1)
        while self._attachment() != "attached":
            time.sleep(0.05)
        floating = {"plan": "floating", "ranges": ["10.0.4.224-10.0.4.250"]}
        network = {"name": "n3", "subnets": [subnets[1]], "securityGroups": [group], "ipv4": floating}
        self.config = folder / "networks.json"
        self.config.write_text(json.dumps({"cluster": "prod", "networks": [network]}))
        self._snapshot = folder / "vpc.json"
        self.show()
        self._metadata = MetadataService(("127.0.0.1", 0), self._snapshot, self.instance)
        self.imds = self._metadata.url
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            **region.environment(),
            "PYTHONPATH": str(ROOT),
        }

    def _attachment(self) -> str:
        (found,) = self.ec2.describe_network_interfaces(NetworkInterfaceIds=[self.eni])["NetworkInterfaces"]
        return str(found["Attachment"]["Status"])

    def show(self) -> None:
        """The metadata catches up with EC2."""
        snapshot.save(snapshot.take(self.ec2), self._snapshot)

    def told(self, count: int, seconds: float = 15) -> list[dict[str, Any]]:
        """So many events from the bus, in the order of pod and kind, for nothing says in which they come."""
        found: list[dict[str, Any]] = []
        deadline = time.monotonic() + seconds
        while len(found) < count and time.monotonic() < deadline:
            answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                found.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        assert len(found) == count, found
        return sorted(found, key=lambda each: (each["detail"]["pod"], each["detail-type"]))

    def command(
        self, *words: str, python: Sequence[str] = (sys.executable,), **environment: str
    ) -> "subprocess.Popen[str]":
        """The agent with this command and this field's --config and --imds, started."""
        places = ("--config", str(self.config), "--imds", self.imds)
        return subprocess.Popen(
            [*python, "-m", "node.agent", words[0], *places, *words[1:]],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def serving(self) -> Iterator["Field"]:
        thread = threading.Thread(target=self._metadata.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._metadata.shutdown()
            self._metadata.server_close()
            thread.join()
