"""Use cases against the region's own EC2 and Auto Scaling models, in this process: real adapters, real rules, no port.

What DynamoDB, SQS and EventBridge do is kept in memory here; the stores themselves are tested against the region.
"""

import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from botocore.awsrequest import AWSResponse

from local.clock import Clock
from local.world import REGION
from nodenet.aws.autoscaling import AutoScaling
from nodenet.aws.ec2 import Ec2
from nodenet.configuration import parse, resolve
from nodenet.configuration.resolved import ResolvedConfiguration
from nodenet.errors import ConfigurationError
from nodenet.events import parse as parse_event
from nodenet.nodes.conclude import Conclusion
from nodenet.nodes.draining import Draining
from nodenet.nodes.failure import Failure
from nodenet.nodes.launch import Launch
from nodenet.nodes.messages import Message
from nodenet.nodes.outcome import Outcome
from nodenet.nodes.ports import Claim, End
from nodenet.nodes.terminate import Terminate
from nodenet.nodes.waiting import Waiting
from nodenet.slices.register import Held
from nodenet.slices.take import Slices
from tests.in_process import ask, begin, connect, response

CLUSTER = "demo"
LAUNCH_HOOK = "nodenet-demo-launch"
TERMINATE_HOOK = "nodenet-demo-terminate"
TAGS = {"eks:cluster-name": CLUSTER, "eks:nodegroup-name": "upf"}


@dataclass
class Fault:
    """An answer that AWS gives in place of doing (or after having done) the next matching call."""

    operation: str
    code: str
    message: str = "a fault that was asked for"
    skip: int = 0
    times: int = 1
    done: bool = False
    action: Callable[[], None] | None = None


@dataclass
class MemoryStore:
    """The table's rules: a claim is exclusive until it runs out, an attempt is raised once."""

    attempts: Counter[str] = field(default_factory=Counter)
    ends: dict[str, End] = field(default_factory=dict)
    claims: dict[str, tuple[float, str]] = field(default_factory=dict)
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)
    records: list[Outcome] = field(default_factory=list)

    def claim(self, instance_id: str, until: float, owner: str, ended: Sequence[str] = ()) -> Claim | None:
        claimed_until, claimed_by = self.claims.get(instance_id, (0, ""))
        if claimed_until > time.time() and claimed_by not in ended:
            return None
        self.claims[instance_id] = until, owner
        return Claim(self.attempts[instance_id], self.ends.get(instance_id))

    def release(self, instance_id: str, end: End | None) -> None:
        self.claims.pop(instance_id, None)
        if end:
            self.ends[instance_id] = end

    def next_attempt(self, instance_id: str, attempt: int) -> None:
        if self.attempts[instance_id] == attempt:
            self.attempts[instance_id] += 1

    def failures(self, group: str, zone: str) -> int:
        return self.failed[group, zone]

    def count_failure(self, group: str, zone: str) -> None:
        self.failed[group, zone] += 1

    def clear_failures(self, group: str, zone: str) -> None:
        del self.failed[group, zone]

    def record(self, outcome: Outcome) -> None:
        self.records.append(outcome)


@dataclass
class MemoryQueue:
    """Messages that were sent anew, with their delays."""

    sent: list[tuple[Message, int]] = field(default_factory=list)

    def defer(self, message: Message, seconds: int, *, touched: bool = False) -> None:
        touched = touched or message.touched
        again = Message(message.id + "+", message.body, message.event, 1, message.deferrals + 1, touched)
        self.sent.append((again, seconds))

    def send(self, body: str, seconds: int) -> None:
        self.sent.append((Message(f"own-{len(self.sent)}", body, parse_event(body)), seconds))

    def take(self) -> list[Message]:
        taken = [message for message, _ in self.sent]
        self.sent.clear()
        return taken


@dataclass
class MemoryBus:
    published: list[tuple[str, Outcome]] = field(default_factory=list)

    def publish(self, detail_type: str, outcome: Outcome) -> None:
        self.published.append((detail_type, outcome))

    @property
    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.published]


@dataclass
class MemoryExecutions:
    """Step Functions takes each name of a machine's execution once."""

    started: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

    def start(self, machine: str, name: str, given: Mapping[str, Any]) -> bool:
        if (machine, name) in self.started:
            return False
        self.started[machine, name] = given
        return True


@dataclass
class MemoryRegister:
    """The register of slices: a conditional write is one that nobody comes between."""

    entries: dict[tuple[str, str], Held] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of_subnet(self, subnet_id: str) -> list[Held]:
        with self.lock:
            return [entry for (where, _), entry in self.entries.items() if where == subnet_id]

    def everything(self) -> list[Held]:
        with self.lock:
            return list(self.entries.values())

    def hold(self, entry: Held, instead_of: str = "") -> bool:
        with self.lock:
            there = self.entries.get(_key(entry))
            if there and not there.is_free(time.time()) and there.holder not in (entry.holder, instead_of):
                return False
            self.entries[_key(entry)] = entry
            return True

    def age(self, seconds: float) -> None:
        """Makes everything in it so much older."""
        for key, entry in self.entries.items():
            free_after = entry.free_after and entry.free_after - seconds
            self.entries[key] = replace(entry, taken_at=entry.taken_at - seconds, free_after=free_after)

    def let_go(self, entry: Held, free_after: float) -> bool:
        with self.lock:
            if self.entries.get(_key(entry)) != entry:
                return False
            self.entries[_key(entry)] = replace(entry, free_after=free_after)
            return True


def _key(entry: Held) -> tuple[str, str]:
    return entry.subnet_id, str(entry.range.first)


class Killed(BaseException):
    """The function's process ended: no code of it runs any more."""


class Cloud:
    """A region with one VPC of three zones, two extra networks, and what nodenet does in it."""

    def __init__(self, clock: Clock | None = None) -> None:
        begin(clock or Clock(), self._publish)
        self.events: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.faults: list[Fault] = []
        self.store, self.queue, self.bus = MemoryStore(), MemoryQueue(), MemoryBus()
        self.register = MemoryRegister()
        self.executions, self.drain_machine = MemoryExecutions(), "arn:drain-node"
        self.ec2, self.autoscaling = self._client("ec2"), self._client("autoscaling")
        self.adapter = Ec2(self._client("ec2", logged=True), CLUSTER)
        self.actions = AutoScaling(self._client("autoscaling", logged=True))
        self.patience = 0.5
        self.kill_after: int | None = None
        self._ids = itertools.count()
        self._build()

    def _build(self) -> None:
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnets: dict[str, list[str]] = {}
        self.groups: dict[str, str] = {}
        for place, name in enumerate(("nodes", "n3", "n6")):
            self.groups[name] = self.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.vpc)[
                "GroupId"
            ]
            self.subnets[name] = [
                self.ec2.create_subnet(
                    VpcId=self.vpc, CidrBlock=f"10.0.{place * 16 + number}.0/24", AvailabilityZone=f"{REGION}{zone}"
                )["Subnet"]["SubnetId"]
                for number, zone in enumerate("abc")
            ]
        self.configure()

    def configure(
        self, *, networks: Mapping[str, str] = MappingProxyType({}), group: str = "", names: str = "n3, n6"
    ) -> None:
        """Sets the configuration: `networks` and `group` are further YAML of each."""
        self.document = f"cluster: {CLUSTER}\nnetworks:\n"
        for name in ("n3", "n6"):
            subnets = ", ".join(self.subnets[name])
            self.document += f"  - {{name: {name}, subnets: [{subnets}], securityGroups: [{self.groups[name]}]"
            self.document += f", {networks[name]}}}\n" if name in networks else "}\n"
        self.document += f"nodeGroups:\n  - {{select: {{eks:nodegroup-name: upf}}, networks: [{names}]"
        self.document += f", {group}}}\n" if group else "}\n"

    def load(self) -> ResolvedConfiguration:
        """The port Configurations."""
        subnets = [subnet for each in self.subnets.values() for subnet in each]
        return resolve(parse(self.document), self.adapter_without_log.subnets(subnets, []))

    @property
    def adapter_without_log(self) -> Ec2:
        return Ec2(self.ec2, CLUSTER)

    # ---- what happens in the region

    def instance(self, zone: int = 0, instance_type: str = "m5.2xlarge", tags: Mapping[str, str] = TAGS) -> str:
        answer = self.ec2.run_instances(
            ImageId="ami-0abcdef1234567890",
            InstanceType=instance_type,
            MinCount=1,
            MaxCount=1,
            SubnetId=self.subnets["nodes"][zone],
            SecurityGroupIds=[self.groups["nodes"]],
            TagSpecifications=[
                {"ResourceType": "instance", "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
            ],
        )
        return str(answer["Instances"][0]["InstanceId"])

    def group(self, size: int = 1, hook: str = LAUNCH_HOOK, tags: Mapping[str, str] = TAGS) -> str:
        """An Auto Scaling group whose instances wait at the launch hook."""
        self.ec2.create_launch_template(
            LaunchTemplateName="nodes",
            LaunchTemplateData={
                "ImageId": "ami-0abcdef1234567890",
                "InstanceType": "m5.2xlarge",
                "SecurityGroupIds": [self.groups["nodes"]],
            },
        )
        self.autoscaling.create_auto_scaling_group(
            AutoScalingGroupName="workers",
            MinSize=0,
            MaxSize=20,
            DesiredCapacity=size,
            VPCZoneIdentifier=",".join(self.subnets["nodes"]),
            LaunchTemplate={"LaunchTemplateName": "nodes", "Version": "$Latest"},
            LifecycleHookSpecificationList=[
                {
                    "LifecycleHookName": name,
                    "LifecycleTransition": f"autoscaling:EC2_INSTANCE_{transition}",
                    "HeartbeatTimeout": 7200,
                    "DefaultResult": result,
                }
                for name, transition, result in (
                    (hook, "LAUNCHING", "ABANDON"),
                    (TERMINATE_HOOK, "TERMINATING", "CONTINUE"),
                )
            ],
            Tags=[
                {
                    "Key": key,
                    "Value": value,
                    "PropagateAtLaunch": True,
                    "ResourceId": "workers",
                    "ResourceType": "auto-scaling-group",
                }
                for key, value in tags.items()
            ],
        )
        return "workers"

    def states(self) -> list[str]:
        answer = self.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=["workers"])
        return sorted(each["LifecycleState"] for each in answer["AutoScalingGroups"][0]["Instances"])

    def enis(self, **filters: str) -> list[dict[str, Any]]:
        """Every ENI that nodenet made."""
        asked = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
        asked.append({"Name": "tag:nodenet:cluster", "Values": [CLUSTER]})
        return list(self.ec2.describe_network_interfaces(Filters=asked)["NetworkInterfaces"])

    def networks_of(self, instance_id: str) -> list[str]:
        """The networks that a node has: of its attached ENIs, the tag."""
        attached = self.enis(**{"attachment.instance-id": instance_id})
        return sorted(tag["Value"] for eni in attached for tag in eni["TagSet"] if tag["Key"] == "nodenet:network")

    def state_of(self, instance_id: str) -> str:
        answer = self.ec2.describe_instances(InstanceIds=[instance_id])
        return str(answer["Reservations"][0]["Instances"][0]["State"]["Name"])

    def zone_of(self, instance_id: str) -> str:
        answer = self.ec2.describe_instances(InstanceIds=[instance_id])
        return str(answer["Reservations"][0]["Instances"][0]["Placement"]["AvailabilityZone"])

    def fail(self, operation: str, code: str, message: str = "", **more: Any) -> None:
        self.faults.append(Fault(operation, code, message or code, **more))

    # ---- what nodenet does

    def message(self, event: Mapping[str, Any], receives: int = 1) -> Message:
        body = json.dumps(event)
        return Message(f"m-{next(self._ids)}", body, parse_event(body), receives)

    def messages(self, kind: str, **detail: str) -> list[Message]:
        """Messages of the events so far with this detail-type (and these values in the detail)."""
        return [
            self.message(event)
            for event in self.events
            if event["detail-type"] == kind and detail.items() <= event["detail"].items()
        ]

    def launch_actions(self) -> list[Message]:
        return self.messages("EC2 Instance-launch Lifecycle Action")

    def running(self, instance_id: str) -> Message:
        (only,) = self.messages(
            "EC2 Instance State-change Notification", **{"instance-id": instance_id, "state": "running"}
        )
        return only

    def launch(self, *messages: Message, seconds: float = 30) -> list[Outcome]:
        """What comes of a batch at the launch function."""
        results = self.results(*messages, seconds=seconds)
        return [results[message.id]() for message in messages]

    def results(self, *messages: Message, seconds: float = 30) -> Mapping[str, Callable[[], Outcome]]:
        """The same by message id, where a message may fail."""
        self.calls.clear()
        waiting = Waiting(self.actions, self.queue)
        failure = Failure(self.adapter, self.actions, self.queue, self.store, self.bus, waiting)
        deadline = time.monotonic() + self.patience
        slices = Slices(self.register, self.adapter)
        conclusion = Conclusion(self.adapter, slices, self.actions, self.store, self.bus, waiting, failure, deadline)
        until = time.time() + seconds
        return Launch(CLUSTER, LAUNCH_HOOK, self.adapter, self.store, self, conclusion, until).run(messages)

    def terminate(self, *messages: Message) -> list[Outcome]:
        """What comes of a batch at the terminate function."""
        self.calls.clear()
        draining = Draining(self, self.adapter, self.executions, self.drain_machine)
        results = Terminate(TERMINATE_HOOK, self.adapter, self.actions, self.queue, self.store, draining).run(messages)
        return [results[message.id]() for message in messages]

    def mistaken(self, *mistakes: str) -> None:
        """Makes the configuration a wrong one."""

        def load() -> ResolvedConfiguration:
            raise ConfigurationError(mistakes)

        self.load = load  # type: ignore[method-assign]

    @property
    def killed(self) -> bool:
        """Whether the process has made the last call that it was to live for."""
        return self.kill_after is not None and len(self.calls) >= self.kill_after

    # ---- how it is done

    def _client(self, service: str, logged: bool = False) -> Any:
        def answer(request: Any, event_name: str, **_: Any) -> AWSResponse:
            operation = event_name.rsplit(".", 1)[-1]
            fault = self._fault(operation) if logged else None
            if logged:
                if self.killed:
                    raise Killed
                self.calls.append(operation)
            if fault and not fault.done:
                return self._refusal(service, fault, request.url)
            made = ask(service, request)
            if logged and self.killed:
                raise Killed
            return self._refusal(service, fault, request.url) if fault else made

        return connect(service, answer)

    def _fault(self, operation: str) -> Fault | None:
        for fault in self.faults:
            if fault.operation == operation and fault.times:
                if fault.skip:
                    fault.skip -= 1
                    return None
                fault.times -= 1
                if fault.action:
                    fault.action()
                return fault if fault.code else None
        return None

    def _refusal(self, service: str, fault: Fault, url: str) -> AWSResponse:
        error = f"<Code>{fault.code}</Code><Message>{fault.message}</Message>"
        body = (
            f"<Response><Errors><Error>{error}</Error></Errors><RequestID>r</RequestID></Response>"
            if service == "ec2"
            else f"<ErrorResponse><Error><Type>Sender</Type>{error}</Error><RequestId>r</RequestId></ErrorResponse>"
        )
        return response(url, 400, {"content-type": "text/xml"}, body)

    def _publish(self, source: str, kind: str, detail: Mapping[str, Any], resources: Sequence[str]) -> None:
        self.events.append(
            {
                "version": "0",
                "id": "12345678-1234-1234-1234-123456789012",
                "detail-type": kind,
                "source": source,
                "account": "111122223333",
                "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "region": REGION,
                "resources": list(resources),
                "detail": dict(detail),
            }
        )
