"""Makes the groups that take the pods, and takes them away again."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nodenet.aws import clients
from nodenet.aws.auto_scaling_groups import AutoScalingGroups
from nodenet.aws.launch_templates import LaunchTemplates
from nodenet.aws.new_nodes import NewNodes
from nodenet.aws.node_groups import NodeGroups
from nodenet.kubernetes.nodes import Nodes
from nodenet.kubernetes.pods import Pods
from nodenet.kubernetes.vpc_cni import VpcCni
from nodenet.migration.groups.new_group import NewGroups
from nodenet.serving import logger, metrics
from nodenet.serving_cluster import cluster
from nodenet.serving_migration import serve_step

clients.prepare("autoscaling", "dynamodb", "ec2", "eks")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """The event is `{"run", "way", "attempt"}`."""
    groups, scaling = NodeGroups(clients.eks()), AutoScalingGroups(clients.autoscaling())
    templates, ec2 = LaunchTemplates(clients.ec2()), NewNodes(clients.ec2())
    nodes, pods, cni = Nodes(cluster()), Pods(cluster()), VpcCni(cluster())
    return serve_step(event, NewGroups(groups, scaling, templates, ec2, nodes, pods, cni))
