"""What a run changes, as it is at a moment: two pictures are compared."""

from contextlib import closing
from typing import Any

from lightkube.generic_resource import create_global_resource

from tests.integration.migration.prod import Prod

EniConfig = create_global_resource("crd.k8s.amazonaws.com", "v1alpha1", "ENIConfig", "eniconfigs")


def picture(prod: Prod) -> dict[str, Any]:
    """VPC, node groups, nodes that take pods, aws-node's environment, ENIConfigs, suspended processes."""
    ec2, scaling = prod.client("ec2"), prod.client("autoscaling")
    [vpc] = ec2.describe_vpcs(VpcIds=[prod.vpc])["Vpcs"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [prod.vpc]}])["Subnets"]
    groups = scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    with closing(prod.kube) as kube:
        configs = [each["metadata"]["name"] for each in kube.list(EniConfig)]
    return {
        "blocks": sorted(
            each["CidrBlock"]
            for each in vpc["CidrBlockAssociationSet"]
            if each["CidrBlockState"]["State"] == "associated"
        ),
        "subnets": sorted(each["CidrBlock"] for each in subnets),
        "groups": prod.groups(),
        "suspended": sorted(each["ProcessName"] for group in groups for each in group.get("SuspendedProcesses", ())),
        "open": sorted(node.metadata.name for node in prod.nodes() if not node.spec.unschedulable),
        "taints": sorted(taint.key for node in prod.nodes() for taint in node.spec.taints or ()),
        "variables": prod.variables(),
        "configs": sorted(configs),
    }
