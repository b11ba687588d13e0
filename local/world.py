"""What all services of the region share: one clock, one lock, one bus, one set of switches.

moto builds its backends itself, by region and account, so they cannot be handed these as arguments.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local.clock import Clock

ACCOUNT = "111122223333"
REGION = "eu-west-1"

Publish = Callable[[str, str, Mapping[str, Any], Sequence[str]], None]


@dataclass
class Delays:
    """How long EC2 takes, in simulated seconds.

    `visibility` is for how long a new ENI may be unknown to others, `remap` how long a moving address stays where it
    was (API reference, AssignPrivateIpAddresses: remapping is asynchronous).
    """

    attach: float = 0.0
    detach: float = 0.0
    delete: float = 0.0
    visibility: float = 0.0
    pending: float = 0.0
    shutting_down: float = 0.0
    stopping: float = 0.0
    remap: float = 0.0
    nat_gateway: float = 0.0
    vpc_block: float = 0.0


@dataclass
class Quotas:
    """What an account may have in a region, as Service Quotas tells it; the last three are told only.

    Sources: VPC User Guide, "Amazon VPC quotas": Elastic IP addresses, network interfaces, and of one VPC IPv4 blocks
    and subnets; EKS User Guide, "Service quotas". The default of vCPUs is 5, which AWS raises as an account grows.
    """

    network_interfaces: int = 5000
    elastic_addresses: int = 5
    vpc_blocks: int = 5
    subnets: int = 200
    on_demand_vcpus: int = 4096
    nodegroups: int = 30
    nodes_per_nodegroup: int = 450


@dataclass
class Orders:
    """What is to go wrong.

    `failing_blocks`: {CIDR: message} of blocks whose next association with a VPC fails.
    `unhealthy_targets`: {instance id or address: reason} of targets that answer no health check.
    """

    failing_blocks: dict[str, str] = field(default_factory=dict)
    unhealthy_targets: dict[str, str] = field(default_factory=dict)


@dataclass
class World:
    """`lock` guards every model: a request and a timer's action each hold it while they read and write.

    `publish(source, detail_type, detail, resources)` puts an event on the account's default bus.
    Each of `on_instance_state` is called with (instance id, state) after every change of an instance's state.
    """

    clock: Clock = field(default_factory=Clock)
    lock: threading.RLock = field(default_factory=threading.RLock)
    delays: Delays = field(default_factory=Delays)
    quotas: Quotas = field(default_factory=Quotas)
    orders: Orders = field(default_factory=Orders)
    publish: Publish = lambda _source, _detail_type, _detail, _resources: None
    on_instance_state: list[Callable[[str, str], None]] = field(default_factory=list)

    def later(self, seconds: float, action: Callable[[], None]) -> Any:
        """As Clock.later, but `action` runs under the lock."""

        def locked() -> None:
            with self.lock:
                action()

        return self.clock.later(seconds, locked)


world = World()
