"""What may happen to a group's nodes and their events: a random order of it, from a seed."""

from dataclasses import replace
from random import Random
from typing import Any, Final

from local.world import world
from nodenet.events import Ignored, InstanceState
from nodenet.nodes.messages import Message
from tests.in_process import SteppedClock
from tests.unit.cloud import Cloud, Killed
from tests.unit.deliveries import NO_ADDRESS, is_for_launch, redelivered

ROUNDS: Final = 40
THROTTLED: Final = [
    *("CreateNetworkInterface", "AttachNetworkInterface", "ModifyNetworkInterfaceAttribute", "DeleteNetworkInterface"),
    *("DetachNetworkInterface", "DescribeInstances", "DescribeNetworkInterfaces", "CreateTags"),
    *("CompleteLifecycleAction", "RecordLifecycleActionHeartbeat"),
]


class Weather:
    """A group at the hook and a node without one, with all their events under way in two queues."""

    def __init__(self, seed: int) -> None:
        self.random, self.clock = Random(seed), SteppedClock()
        self.cloud = Cloud(self.clock)
        self.cloud.patience = 0.03
        self.keep = {"n6": "retention: keep"} if self.random.random() < 0.5 else {}
        self.changes, self.changed = self.random.random() < 0.5, False
        self.waiting: list[Message] = []
        self.heard = 0
        self.cloud.configure(networks=self.keep)
        delays = {"detach": 5, "shutting_down": 20, "pending": 5}
        vars(world.delays).update({each: self.random.choice([0, long]) for each, long in delays.items()})
        # What EC2 does not show yet it does not delete either: see test_roll_back.py.
        self.faults = ["kill", "throttle", "throttle", "none", "none", self.random.choice(["node", "hidden"])]
        world.delays.visibility = 2 if "hidden" in self.faults else 0
        self.cloud.group(size=self.random.choice([1, 2]))
        self.lone = self.cloud.instance()

    # ---- what happens

    def happen(self) -> None:
        """One thing: mostly a batch is delivered, under some fault."""
        self.pass_time(self.random.choice([3, 15]))
        dice = self.random.random()
        if dice < 0.06 and (living := self.living()):
            self.cloud.ec2.terminate_instances(InstanceIds=[self.random.choice(living)])
        elif dice < 0.12:
            self.resize(self.random.choice([0, 1, 2]))
        elif dice < 0.2 and self.changes:
            self.configure()
        elif self.waiting:
            self.order_a_fault()
            batch = self.random.sample(self.waiting, min(len(self.waiting), self.random.randint(1, 4)))
            self.deliver(batch)
        self.cloud.faults.clear()
        self.cloud.kill_after = None

    def configure(self) -> None:
        self.changed = True
        further: list[dict[str, Any]] = [
            {"names": "n3"},
            {"group": "onFailure: continue"},
            {"networks": {**self.keep, "n3": "sourceDestCheck: false"}},
            {"networks": {"n3": "retention: keep"}},
        ]
        self.cloud.configure(**{"networks": self.keep, **self.random.choice(further)})

    def order_a_fault(self) -> None:
        fault = self.random.choice(self.faults)
        if fault == "kill":
            self.cloud.kill_after = self.random.randint(1, 12)
        elif fault == "throttle":
            operation, done = self.random.choice(THROTTLED), self.random.random() < 0.4
            self.cloud.fail(operation, "RequestLimitExceeded", skip=self.random.randint(0, 2), done=done)
        elif fault == "node":
            self.cloud.fail("CreateNetworkInterface", NO_ADDRESS, skip=self.random.randint(0, 2))

    def deliver(self, batch: list[Message]) -> None:
        """Each message to its function; what was killed comes again, what nobody foresaw fails the test."""
        for work, is_launch in ((self.cloud.launch, True), (self.cloud.terminate, False)):
            part = [message for message in batch if is_for_launch(message) == is_launch]
            self.waiting = [message for message in self.waiting if message not in part]
            try:
                if part:
                    work(*part)
            except Killed:
                self.waiting += map(redelivered, part)
        if self.random.random() < 0.3:
            self.cloud.store.claims.clear()  # those of killed invocations have run out

    def pass_time(self, seconds: float) -> None:
        """Time goes by, and what was published or sent meanwhile arrives, some of it twice."""
        self.clock.advance(seconds)
        news = [self.cloud.message(event) for event in self.cloud.events[self.heard :]]
        self.heard = len(self.cloud.events)
        for message in news:
            known = not isinstance(message.event, Ignored)
            if known and getattr(message.event, "state", "running") in ("running", "terminated"):
                self.waiting.append(message)
                if self.random.random() < 0.3:
                    self.waiting.append(replace(message, id=f"{message.id}-twin"))
        self.waiting += self.cloud.queue.take()

    def calm_down(self) -> None:
        """No more faults: the configuration is as it was, and the queues run dry."""
        self.cloud.configure(networks=self.keep)
        if self.random.random() < 0.3:
            self.resize(0)
            self.cloud.ec2.terminate_instances(InstanceIds=[self.lone])
        self.drain()
        if self.changed:
            # Nothing tells a node in service of a change but an event of its own.
            running = self.cloud.messages("EC2 Instance State-change Notification", state="running")
            self.waiting += [each for each in running if isinstance(each.event, InstanceState)]
            self.drain()

    def drain(self) -> None:
        for _ in range(ROUNDS):
            self.pass_time(30)
            if not self.waiting:
                return
            self.cloud.store.claims.clear()
            self.random.shuffle(self.waiting)
            for message in list(self.waiting):
                self.deliver([message])
        raise AssertionError(f"after {ROUNDS} rounds there are still {self.waiting}")

    def resize(self, size: int) -> None:
        self.cloud.autoscaling.set_desired_capacity(AutoScalingGroupName="workers", DesiredCapacity=size)

    def living(self) -> list[str]:
        filters = [{"Name": "instance-state-name", "Values": ["running"]}]
        reservations = self.cloud.ec2.describe_instances(Filters=filters)["Reservations"]
        return [each["InstanceId"] for reservation in reservations for each in reservation["Instances"]]
