"""Instances become nodes. Sources: EKS user guide, "Managed node groups", "Self-managed nodes", "Grant IAM users access
to Kubernetes with EKS access entries", "Delete a managed node group", "How maxPods is determined"; amazon-eks-ami,
nodeadm/doc/examples.md; cloud-provider-aws (pkg/providers/v1, InstanceExists, InstanceShutdown).
"""

from base64 import b64encode
from contextlib import closing
from typing import Any

import pytest
from lightkube.resources.core_v1 import ConfigMap, Node

from local.region import Region
from local.world import REGION
from tests.kubernetes.nodes_stage import (  # noqa: F401 - fixtures
    CUSTOM,
    ROLE,
    Stage,
    gone,
    instance_of,
    name_of,
    quick_region,
    stage_of_nodes,
    status_of,
    taint,
    until,
)

ENTRY = {"clusterName": "prod", "principalArn": ROLE}

NODE_CONFIG = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="B"

--B
Content-Type: application/node.eks.aws

apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  kubelet:
    config:
      maxPods: 17
      registerWithTaints:
        - {key: team, value: core, effect: NoSchedule}
    flags:
      - --node-labels=role=web,tier=front
--B--
"""
BOOTSTRAP = """\
#!/bin/bash
/etc/eks/bootstrap.sh prod \\
  --kubelet-extra-args '--node-labels=role=web --register-with-taints=team=core:NoExecute --max-pods=12'
"""
BOTTLEROCKET = """\
[settings.kubernetes]
max-pods = 14
[settings.kubernetes.node-labels]
role = "web"
[settings.kubernetes.node-taints]
team = "core:NoSchedule"
"""
DROP_IN = """\
#!/bin/bash
cat > /etc/eks/nodeadm.d/50-pods.yaml <<'EOF'
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec: {kubelet: {config: {maxPods: 11}}}
EOF
"""


def pods(node: Any) -> str:
    return str(node.status.capacity["pods"])


class TestManagedNodes:
    def test_a_node_is_what_its_instance_and_its_group_are(self, stage: Stage) -> None:
        taints = [{"key": "team", "value": "core", "effect": "NO_SCHEDULE"}]
        stage.managed("web", size=3, zones="abc", labels={"role": "web"}, taints=taints)
        nodes = stage.ready(3, role="web")
        found = stage.ec2.describe_instances(InstanceIds=[instance_of(each) for each in nodes])["Reservations"]
        instances = {each["InstanceId"]: each for one in found for each in one["Instances"]}
        assert {each["Placement"]["AvailabilityZone"] for each in instances.values()} == {f"{REGION}{z}" for z in "abc"}
        for node in nodes:
            instance = instances[instance_of(node)]
            zone, name = instance["Placement"]["AvailabilityZone"], instance["PrivateDnsName"]
            assert (name_of(node), node.spec.providerID) == (name, f"aws:///{zone}/{instance['InstanceId']}")
            assert {
                "topology.kubernetes.io/zone": zone,
                "topology.kubernetes.io/region": REGION,
                "node.kubernetes.io/instance-type": "m5.large",
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/os": "linux",
                "kubernetes.io/hostname": name,
                "eks.amazonaws.com/nodegroup": "web",
                "eks.amazonaws.com/capacityType": "ON_DEMAND",
                "role": "web",
            }.items() <= node.metadata.labels.items()
            assert (taint("team", node).value, taint("team", node).effect) == ("core", "NoSchedule")
            shown = {each.type: each.address for each in node.status.addresses}
            assert (shown["InternalIP"], shown["Hostname"]) == (instance["PrivateIpAddress"], name)
            assert (node.status.capacity["cpu"], pods(node)) == ("2", "29")
            assert str(node.status.nodeInfo.kubeletVersion).startswith("v1.34.")

    def test_arm_nodes_say_so(self, stage: Stage) -> None:
        stage.managed(instanceTypes=["m7g.large"], amiType="AL2023_ARM_64_STANDARD")
        (node,) = stage.ready(1)
        assert node.metadata.labels["kubernetes.io/arch"] == "arm64"

    def test_its_group_s_new_labels_and_taints_come_to_the_nodes(self, stage: Stage) -> None:
        """API reference, UpdateNodegroupConfig."""
        stage.managed(labels={"role": "web"}, taints=[{"key": "team", "effect": "NO_SCHEDULE"}])
        (node,) = stage.ready(1)
        stage.eks.update_nodegroup_config(
            clusterName="prod",
            nodegroupName="web",
            labels={"addOrUpdateLabels": {"tier": "front"}, "removeLabels": ["role"]},
            taints={
                "addOrUpdateTaints": [{"key": "new", "effect": "NO_EXECUTE"}],
                "removeTaints": [{"key": "team", "effect": "NO_SCHEDULE"}],
            },
        )
        until(lambda: len(stage.nodes(tier="front")) == 1)
        node = stage.kube.get(Node, name_of(node))
        assert "role" not in (node.metadata.labels or {})
        assert (taint("team", node), taint("new", node).effect) == (None, "NoExecute")

    def test_max_pods_follow_from_the_cni_as_it_was_at_the_group_s_creation(self, stage: Stage) -> None:
        stage.managed("before", size=1)
        stage.ready(1)
        stage.eni_configs()
        stage.set_env(**CUSTOM)
        stage.managed("after", size=1, zones="b")
        stage.managed("large", size=1, zones="b", instanceTypes=["m5.24xlarge"])
        stage.eks.update_nodegroup_config(clusterName="prod", nodegroupName="before", scalingConfig={"desiredSize": 2})
        stage.ready(4)
        labels = {"before": "29", "after": "20", "large": "250"}
        for name, most in labels.items():
            assert {pods(each) for each in stage.nodes(**{"eks.amazonaws.com/nodegroup": name})} == {most}

    @pytest.mark.parametrize(("user_data", "most"), [(NODE_CONFIG, "29"), (DROP_IN, "11")])
    def test_of_user_data_only_nodeadm_s_own_files_prevail_over_eks(
        self, stage: Stage, user_data: str, most: str
    ) -> None:
        data = {"UserData": b64encode(_mime(user_data).encode()).decode()}
        stage.ec2.create_launch_template(LaunchTemplateName="mine", LaunchTemplateData=data)
        stage.managed(launchTemplate={"name": "mine"})
        (node,) = stage.ready(1)
        assert pods(node) == most


class TestSelfManagedNodes:
    @pytest.mark.parametrize(
        ("user_data", "most", "effect"),
        [
            (NODE_CONFIG, "17", "NoSchedule"),
            (BOOTSTRAP, "12", "NoExecute"),
            (BOTTLEROCKET, "14", "NoSchedule"),
            (NODE_CONFIG + DROP_IN, "17", "NoSchedule"),
        ],
        ids=["AL2023", "AL2", "Bottlerocket", "a script behind MIME's end is none"],
    )
    def test_user_data_tells_labels_taints_and_pods(self, stage: Stage, user_data: str, most: str, effect: str) -> None:
        stage.eks.create_access_entry(**ENTRY, type="EC2_LINUX")
        stage.self_managed("own", user_data)
        (node,) = stage.ready(1, role="web")
        assert (pods(node), taint("team", node).effect) == (most, effect)

    def test_without_a_word_nodeadm_counts_all_addresses(self, stage: Stage) -> None:
        """amazon-eks-ami, nodeadm/internal/kubelet/eni_max_pods.go: custom networking or prefixes change nothing."""
        stage.eks.create_access_entry(**ENTRY, type="EC2_LINUX")
        stage.set_env(ENABLE_PREFIX_DELEGATION="true")
        stage.self_managed("own")
        (node,) = stage.ready(1)
        assert pods(node) == "29"


class TestWhoIsLetIn:
    def test_a_role_needs_an_entry_for_nodes(self, stage: Stage) -> None:
        stage.self_managed("own")
        stage.wait(60)
        assert stage.nodes() == []
        stage.eks.create_access_entry(**ENTRY, type="EC2_LINUX")
        stage.ready(1)
        stage.eks.delete_access_entry(**ENTRY)
        until(lambda: [status_of(each) for each in stage.nodes()] == ["Unknown"])

    def test_a_machine_without_a_profile_never_joins(self, stage: Stage) -> None:
        stage.eks.create_access_entry(**ENTRY, type="EC2_LINUX")
        stage.self_managed("own", profile=None)
        stage.wait(60)
        assert stage.nodes() == []

    def test_eks_keeps_aws_auth_for_managed_groups_only(self, quick: Region) -> None:
        """The last managed group of a role takes the role along, and nodes of others with it turn NotReady."""
        with closing(Stage(quick, mode="CONFIG_MAP")) as stage:
            self.of_the_last_group(stage)

    def of_the_last_group(self, stage: Stage) -> None:
        stage.self_managed("own")
        stage.managed("one", size=0)
        stage.managed("two", size=0)
        (node,) = stage.ready(1)
        mapped = stage.kube.get(ConfigMap, "aws-auth", namespace="kube-system").data
        assert ROLE in mapped["mapRoles"]
        stage.eks.delete_nodegroup(clusterName="prod", nodegroupName="one")
        stage.wait(60)
        assert status_of(stage.kube.get(Node, name_of(node))) == "True"
        stage.eks.delete_nodegroup(clusterName="prod", nodegroupName="two")
        until(lambda: status_of(stage.kube.get(Node, name_of(node))) == "Unknown")
        stage.kube.patch(ConfigMap, "aws-auth", {"data": mapped}, namespace="kube-system")
        stage.ready(1)


class TestWhoLeaves:
    def test_the_node_of_a_terminated_instance_is_deleted(self, stage: Stage) -> None:
        stage.managed(size=2)
        first, second = stage.ready(2)
        stage.ec2.terminate_instances(InstanceIds=[instance_of(first)])
        until(lambda: gone(lambda: stage.kube.get(Node, name_of(first))))
        assert name_of(second) in [name_of(each) for each in stage.nodes()]

    def test_a_stopped_one_stays_and_comes_back(self, stage: Stage) -> None:
        stage.managed(size=1)
        (node,) = stage.ready(1)
        group = stage.scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["AutoScalingGroupName"]
        stage.scaling.suspend_processes(
            AutoScalingGroupName=group, ScalingProcesses=["HealthCheck", "ReplaceUnhealthy", "Terminate", "Launch"]
        )
        stage.ec2.stop_instances(InstanceIds=[instance_of(node)])

        def off() -> bool:
            now = stage.kube.get(Node, name_of(node))
            return status_of(now) != "True" and taint("node.cloudprovider.kubernetes.io/shutdown", now) is not None

        until(off)
        stage.ec2.start_instances(InstanceIds=[instance_of(node)])
        (back,) = stage.ready(1)
        assert (name_of(back), taint("node.cloudprovider.kubernetes.io/shutdown", back)) == (name_of(node), None)


def _mime(text: str) -> str:
    if text.startswith("MIME"):
        return text
    head = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n--B\nContent-Type: text/x-shellscript\n\n'
    return f"{head}{text}\n--B--\n"
