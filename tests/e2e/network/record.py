"""Makes the recording: the stack, in a local region, launches the nodes, moves addresses, and lets a node go."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from demo.stack import BUILT, Stack, deploy
from demo.stage import ACCOUNT
from demo.watch import until
from local.imds import snapshot
from local.region import Region
from node.build import agent
from node.manifests.attachments import attachment_definitions
from node.manifests.networks import networks_json
from nodenet.aws.configurations import Configurations
from nodenet.aws.ec2 import Ec2
from nodenet.aws.store import Store
from tests.e2e.network.recording import STAYING, Recording
from tests.e2e.network.stage import CLUSTER, Stage, build, configuration

ROLES: Final = ("a1", "a2", "b1", "b2")
CLAIMER: Final = f"arn:aws:iam::{ACCOUNT}:role/claimer"
UPF: Final = {"eks:cluster-name": CLUSTER, "eks:nodegroup-name": "upf"}


def record(folder: Path) -> Recording:
    """In a region of its own, whose functions have no permission but the template's; the folder is made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    assert BUILT.exists(), "the stack is not built: run `make e2e`, which builds it"
    with Region() as region:
        region.control.enforce_identity(True)
        _claimer(region)
        stack = deploy(region, cluster=CLUSTER, ClaimerRoleArns=CLAIMER)
        _Play(stack, build(region, CLUSTER), Recording(folder)).record()
    return Recording(folder)


class _Play:
    def __init__(self, stack: Stack, stage: Stage, recording: Recording) -> None:
        self.stack, self.stage, self.recording = stack, stage, recording
        self.region = stack.region
        self.ec2 = stack.region.client("ec2")

    def record(self) -> None:
        answer = self.stack.configure(yaml.safe_dump(configuration(self.stage)))
        assert answer["mistakes"] == [], answer
        nodes = self._launch()
        self._scene("launched")
        moving = self._floating()
        self._claim(nodes["b1"], "dp", [STAYING], 0)
        for generation, (scene, role) in enumerate((("claimed", "a1"), ("moved", "a2"))):
            self._claim(nodes[role], "n9", sorted(moving.values()), generation)
            self._scene(scene)
        self._terminate(nodes["b2"])
        self._scene("terminated")
        self._files({"nodes": nodes, "floating": moving, "groups": dict(self.stage.groups)})

    def _launch(self) -> dict[str, str]:
        """Four nodes of one Auto Scaling group, held at its hook until they have their networks; by role."""
        hooks = [("LaunchHook", "LAUNCHING", "ABANDON"), ("TerminateHook", "TERMINATING", "CONTINUE")]
        scaling = self.region.client("autoscaling")
        scaling.create_auto_scaling_group(
            AutoScalingGroupName="upf",
            MinSize=0,
            MaxSize=len(ROLES),
            DesiredCapacity=len(ROLES),
            VPCZoneIdentifier=",".join(self.stage.subnets["nodes"].values()),
            LaunchTemplate={"LaunchTemplateName": self.stage.launch_template, "Version": "$Latest"},
            LifecycleHookSpecificationList=[
                {
                    "LifecycleHookName": self.stack.outputs[output],
                    "LifecycleTransition": f"autoscaling:EC2_INSTANCE_{transition}",
                    "HeartbeatTimeout": 600,
                    "DefaultResult": result,
                }
                for output, transition, result in hooks
            ],
            Tags=[
                {"Key": key, "Value": value, "PropagateAtLaunch": True, "ResourceId": "upf"}
                | {"ResourceType": "auto-scaling-group"}
                for key, value in UPF.items()
            ],
        )
        until(lambda: self._states() == ["InService"] * len(ROLES), "all nodes in service", 120)
        members = sorted(self._members(), key=lambda each: (each["AvailabilityZone"], each["InstanceId"]))
        nodes = dict(zip(ROLES, (str(each["InstanceId"]) for each in members), strict=True))
        for node in nodes.values():
            self._addresses_for_the_vpc_cni(node)
        return nodes

    def _addresses_for_the_vpc_cni(self, node: str) -> None:
        """What ipamd asks EC2 for, for pods' eth0."""
        (primary,) = [each for each in self._interfaces(node) if each["Attachment"]["DeviceIndex"] == 0]
        self.ec2.assign_private_ip_addresses(
            NetworkInterfaceId=primary["NetworkInterfaceId"], SecondaryPrivateIpAddressCount=4
        )

    def _floating(self) -> dict[str, str]:
        first = self.stage.subnets["n9"]
        subnet = next(iter(first.values()))
        return {"4": "10.0.48.225", "6": str(self.stage.ipv6[subnet][0xA01])}

    def _claim(self, node: str, network: str, addresses: list[str], generation: int) -> None:
        """As the DaemonSet does, whose role is the only one that the bus admits."""
        keys = self.region.client("sts").assume_role(RoleArn=CLAIMER, RoleSessionName="pod")["Credentials"]
        events = self.region.client(
            "events",
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
        )
        detail = {"cluster": CLUSTER, "node": node, "network": network, "addresses": addresses}
        entry = {
            "EventBusName": self.stack.outputs["ClaimBus"],
            "Source": "nodenet.pods",
            "DetailType": "Pod Addresses Claimed",
            "Detail": json.dumps(detail | {"pod": f"default/{network}-0", "generation": generation}),
        }
        assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
        until(lambda: set(addresses) <= self._held(node), f"{addresses} on {node}", 60)
        until(lambda: not self.stack.depth(self.stack.outputs["ClaimQueue"]), "the claims to be done with", 60)

    def _terminate(self, node: str) -> None:
        self.region.client("autoscaling").terminate_instance_in_auto_scaling_group(
            InstanceId=node, ShouldDecrementDesiredCapacity=True
        )
        until(lambda: len(self._states()) == len(ROLES) - 1, "the node to leave its group", 60)
        until(lambda: not self._interfaces(node), "its interfaces to go", 60)

    def _held(self, node: str) -> set[str]:
        return {
            address
            for eni in self._interfaces(node)
            for address in [each["PrivateIpAddress"] for each in eni["PrivateIpAddresses"]]
            + [each["Ipv6Address"] for each in eni["Ipv6Addresses"]]
        }

    def _interfaces(self, node: str) -> list[Mapping[str, Any]]:
        filters = [{"Name": "attachment.instance-id", "Values": [node]}]
        return list(self.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"])

    def _members(self) -> list[Mapping[str, Any]]:
        scaling = self.region.client("autoscaling")
        return list(
            scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["upf"])["AutoScalingGroups"][0]["Instances"]
        )

    def _states(self) -> list[str]:
        return [str(each["LifecycleState"]) for each in self._members()]

    def _scene(self, name: str) -> None:
        snapshot.save(snapshot.take(self.ec2), self.recording.scene_file(name))

    def _files(self, play: Mapping[str, Any]) -> None:
        """What the project renders for the nodes, from the configuration as the functions read it."""
        store = Store(self.region.client("dynamodb"), self.stack.outputs["Table"])
        ssm = self.region.client("ssm")
        resolved = Configurations(ssm, Ec2(self.ec2, CLUSTER), store, self.stack.parameter, CLUSTER).load()
        attachments = attachment_definitions(resolved, namespace="default")
        written = {
            "networks.json": networks_json(CLUSTER, resolved.groups[0]),
            "attachments.json": json.dumps(attachments, indent=1),
            "play.json": json.dumps(play, indent=1),
        }
        for name, text in written.items():
            (self.recording.folder / name).write_text(text)
        self.recording.agent.write_bytes(agent())


def _claimer(region: Region) -> None:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    region.client("iam").create_role(RoleName="claimer", AssumeRolePolicyDocument=json.dumps(trust))
