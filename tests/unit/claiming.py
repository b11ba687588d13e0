"""Claims against the region's own EC2: launched nodes, the real adapter, the register and the queue in memory."""

import json
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any

from nodenet.aws.addresses import Addresses
from nodenet.claims.batch import Claims
from nodenet.claims.outcome import Outcome
from nodenet.claims.register import Key, Record
from nodenet.claims.requests import Kind, Message, parse
from nodenet.configuration.resolved import ResolvedConfiguration, ResolvedNetwork
from nodenet.plans import AddressPlans, Floating, PublicAddresses
from nodenet.ranges import AddressRange
from tests.unit.cloud import CLUSTER, Cloud, Killed

POD = "core/upf-0"


@dataclass
class MemoryRegister:
    """The table's rule: a write follows the version that is there. Writes are calls after which a process may end."""

    cloud: Cloud
    records: dict[Key, Record] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, keys: Iterable[Key]) -> Mapping[Key, Record]:
        with self.lock:
            return {key: self.records[key] for key in keys if key in self.records}

    def write(self, record: Record) -> bool:
        if self.cloud.killed:
            raise Killed
        with self.lock:
            there = self.records.get(record.key)
            if (there.version if there else 0) != record.version - 1:
                return False
            self.records[record.key] = record
        self.cloud.calls.append("PutItem")
        if self.cloud.killed:
            raise Killed
        return True


@dataclass
class MemoryQueue:
    sent: list[tuple[str, int]] = field(default_factory=list)

    def send(self, body: str, seconds: int) -> None:
        self.sent.append((body, seconds))


@dataclass
class MemoryBus:
    told: list[Outcome] = field(default_factory=list)

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        self.told += outcomes

    @property
    def kinds(self) -> list[str | None]:
        return [outcome.told_as for outcome in self.told]


class Claiming:
    """A cluster whose network n3 has floating addresses of both families, in the first zone."""

    def __init__(self, cloud: Cloud, public: PublicAddresses | None = None) -> None:
        self.cloud, self.public = cloud, public
        self.subnet = cloud.subnets["n3"][0]
        self._add_ipv6()
        self.ec2 = Addresses(cloud.adapter._client, CLUSTER)
        self.register, self.queue, self.bus = MemoryRegister(cloud), MemoryQueue(), MemoryBus()
        self.floating = {"n3"}
        self.ahead = 0.0
        cloud.configure(names="n3")
        self.number = 0

    def _add_ipv6(self) -> None:
        ec2 = self.cloud.ec2
        ec2.associate_vpc_cidr_block(VpcId=self.cloud.vpc, AmazonProvidedIpv6CidrBlock=True)
        vpc = ec2.describe_vpcs(VpcIds=[self.cloud.vpc])["Vpcs"][0]
        block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("/56", "/64")
        ec2.associate_subnet_cidr_block(SubnetId=self.subnet, Ipv6CidrBlock=block)
        self.ipv6 = str(ip_network(block)).removesuffix("::/64")

    def load(self) -> ResolvedConfiguration:
        """The port Configurations."""
        resolved = self.cloud.load()
        plans = AddressPlans(
            Floating(tuple(map(AddressRange.parse, ("10.0.16.100-10.0.16.199", "10.0.16.4", "10.0.17.9")))),
            Floating((AddressRange.parse(f"{self.ipv6}::a00-{self.ipv6}::aff"),)),
        )

        def floating(network: ResolvedNetwork) -> ResolvedNetwork:
            if network.name not in self.floating:
                return network
            return replace(network, addresses=plans, public_addresses=self.public)

        groups = [replace(group, networks=tuple(map(floating, group.networks))) for group in resolved.groups]
        return replace(resolved, groups=tuple(groups))

    def now(self) -> float:
        return time.time() + self.ahead

    # ---- what there is

    def node(self, **more: Any) -> str:
        """A launched node with its networks."""
        node = self.cloud.instance(**more)
        self.cloud.launch(self.cloud.running(node))
        self.cloud.calls.clear()
        return node

    def interface(self, node: str, network: str = "n3") -> dict[str, Any]:
        enis = self.cloud.enis(**{"attachment.instance-id": node, "tag:nodenet:network": network})
        return enis[0]

    def addresses(self, node: str) -> list[str]:
        """What EC2 shows on the node's n3 interface besides its own address."""
        return addresses_of(self.interface(node))

    def where(self, address: str) -> str | None:
        """The node that has the address."""
        for eni in self.cloud.enis():
            if address in addresses_of(eni):
                return str(eni.get("Attachment", {}).get("InstanceId", ""))
        return None

    # ---- what happens

    def claim(self, node: str, *addresses: str, pod: str = POD, generation: Any = 1, **more: Any) -> Message:
        return self.message(Kind.CLAIM, node, addresses, pod, generation, **more)

    def release(self, node: str, *addresses: str, pod: str = POD, generation: Any = 1, **more: Any) -> Message:
        return self.message(Kind.RELEASE, node, addresses, pod, generation, **more)

    def message(
        self, kind: str, node: str, addresses: Sequence[str], pod: str, generation: Any, ago: float = 0, **detail: Any
    ) -> Message:
        body = {
            "version": "0",
            "source": "nodenet.pods",
            "detail-type": str(kind),
            "time": (datetime.now(UTC) - timedelta(seconds=ago)).isoformat(),
            "detail": {
                "cluster": CLUSTER,
                "node": node,
                "network": "n3",
                "addresses": list(addresses),
                "pod": pod,
                "generation": generation,
            }
            | detail,
        }
        return self.wrap(json.dumps(body))

    def wrap(self, body: str) -> Message:
        self.number += 1
        return Message(f"m-{self.number}", body, parse(body, CLUSTER))

    def ended(self, node: str) -> Message:
        """EC2's event of a terminated instance."""
        event = self.cloud.messages("EC2 Instance State-change Notification", state="terminated")
        return self.wrap(next(each.body for each in event if node in each.body))

    def results(self, *messages: Message, seconds: float = 60) -> Mapping[str, Callable[[], tuple[Outcome, ...]]]:
        self.cloud.calls.clear()
        until = self.now() + seconds
        claims = Claims(CLUSTER, self.ec2, self.register, self, self.queue, self.bus, until, self.now)
        return claims.run(messages)

    def deliver(self, *messages: Message) -> list[Outcome]:
        """What comes of a batch at the claim function."""
        results = self.results(*messages)
        return [outcome for message in messages for outcome in results[message.id]()]

    def redeliver(self, *messages: Message) -> list[Outcome]:
        """The same after a crash."""
        return self.deliver(*(replace(message, receives=message.receives + 1) for message in messages))

    def settle(self, *messages: Message, rounds: int = 8) -> list[Outcome]:
        """Delivers, and delivers again what was sent anew."""
        outcomes = self.deliver(*messages) if messages else []
        for _ in range(rounds):
            bodies = [body for body, _ in self.queue.sent]
            self.queue.sent.clear()
            if not bodies:
                return outcomes
            self.ahead += 60
            outcomes += self.deliver(*map(self.wrap, bodies))
        raise AssertionError(f"still waiting: {outcomes[-1]}")

    @property
    def mutations(self) -> list[str]:
        """The calls of the last delivery that changed something in EC2."""
        return [call for call in self.cloud.calls if not call.startswith(("Describe", "PutItem"))]


def addresses_of(eni: Mapping[str, Any]) -> list[str]:
    secondary = [each["PrivateIpAddress"] for each in eni["PrivateIpAddresses"] if not each["Primary"]]
    return secondary + [each["Ipv6Address"] for each in eni["Ipv6Addresses"]]
