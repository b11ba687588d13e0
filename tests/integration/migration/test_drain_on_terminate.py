"""The deployed stack drains a node that its group gives up, before it is terminated: hook, event, queue, function,
state machine, API server."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from lightkube.resources.core_v1 import Pod

from demo.stack import deploy
from local.region import Region
from local.world import REGION
from tests.integration.migration.prod import NAME, Prod
from tests.integration.migration.waiting import until
from tests.integration.migration.watch import Watch

DOCUMENT = """
cluster: {name}
networks:
  - {{name: n3, subnets: [{subnets}], securityGroups: [{group}]}}
nodeGroups:
  - {{select: {{eks:nodegroup-name: web}}, networks: [n3], drain: {{timeout: {timeout}}}}}
"""


@pytest.fixture(scope="module")
def deployed() -> Iterator[Prod]:
    """Cluster "prod", the stack for it, and a group of three nodes that are drained on their way out."""
    with Region() as region:
        region.control.enforce_identity(True)
        region.control.kubernetes(controllers=True)
        prod = Prod(region)
        prod.build()
        prod.apply_access()
        prod.stack = deploy(region, cluster=NAME, MigrateAndDrain="true")
        configure(prod, "20m")
        region.control.speed = 30
        prod.managed("web", size=4)
        prod.deployment("web", 8, available=7)
        prod.settled(4)
        prod.stack.install_hooks()
        yield prod


@pytest.fixture(name="prod")
def rested(deployed: Prod) -> Iterator[Prod]:
    yield deployed
    deployed.region.control.clear_faults()


def configure(prod: Prod, timeout: str) -> None:
    ec2 = prod.client("ec2")
    known = ec2.describe_subnets(Filters=[{"Name": "cidr-block", "Values": ["10.0.9.*"]}])["Subnets"]
    made = [each["SubnetId"] for each in known] or [
        ec2.create_subnet(VpcId=prod.vpc, CidrBlock=f"10.0.9.{64 * place}/26", AvailabilityZone=f"{REGION}{zone}")[
            "Subnet"
        ]["SubnetId"]
        for place, zone in enumerate("abc")
    ]
    [group] = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [prod.vpc]}])["SecurityGroups"][:1]
    assert prod.stack
    prod.stack.configure(DOCUMENT.format(name=NAME, subnets=", ".join(made), group=group["GroupId"], timeout=timeout))


def give_up(prod: Prod) -> tuple[str, str]:
    """A node that has pods is given up by its group: its instance, and its name."""
    [node, *_] = [each for each in prod.nodes() if any(pod.spec.nodeName == each.metadata.name for pod in prod.pods())]
    instance = node.spec.providerID.rpartition("/")[2]
    prod.client("autoscaling").terminate_instance_in_auto_scaling_group(
        InstanceId=instance, ShouldDecrementDesiredCapacity=False
    )
    return instance, node.metadata.name


def state(prod: Prod, instance: str) -> str:
    [found] = prod.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"]
    return str(found["Instances"][0]["State"]["Name"])


def drains(prod: Prod) -> list[dict[str, Any]]:
    client = prod.client("stepfunctions")
    return list(client.list_executions(stateMachineArn=prod.outputs["DrainNodeStateMachine"])["executions"])


def output(prod: Prod, drain: dict[str, Any]) -> dict[str, Any]:
    described = prod.client("stepfunctions").describe_execution(executionArn=drain["executionArn"])
    return dict(json.loads(described["output"]))


def test_its_pods_are_evicted_first_and_no_budget_is_broken(prod: Prod) -> None:
    with Watch(prod).on() as watch:
        instance, name = give_up(prod)
        until(
            lambda: state(prod, instance) in ("shutting-down", "terminated"),
            "the instance goes",
            120,
            lambda: drains(prod),
        )
        until(lambda: not prod.short(), "all workloads are available")
    assert not watch.broken
    [drain] = drains(prod)
    assert drain["name"].startswith("terminate-")
    assert drain["status"] == "SUCCEEDED"
    assert output(prod, drain)["outcome"] == "drained"
    with closing(prod.kube) as kube:
        assert not [pod for pod in kube.list(Pod, namespace="default") if pod.spec.nodeName == name]


def test_what_cannot_be_evicted_goes_with_the_node_when_the_time_is_up(prod: Prod) -> None:
    configure(prod, "90s")
    prod.budget("web-never", selector={"matchLabels": {"app": "web"}}, minAvailable="100%")
    before = {each["name"] for each in drains(prod)}
    instance, _ = give_up(prod)
    until(
        lambda: state(prod, instance) in ("shutting-down", "terminated"), "the instance goes", 120, lambda: drains(prod)
    )
    [drain] = [each for each in drains(prod) if each["name"] not in before]
    found = output(prod, drain)
    assert found["outcome"] == "left"
    assert "more than one PodDisruptionBudget" in found["said"]
