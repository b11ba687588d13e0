"""Target groups and the health of what is registered there.

Sources: Elastic Load Balancing API reference, RegisterTargets, DeregisterTargets, TargetHealth, TargetDescription;
Application Load Balancers guide, "Health checks", "Deregistration delay", "Register targets".
"""

import pytest

from local.world import world
from tests.in_process import refusal
from tests.region.autoscaling_client import aws_region  # noqa: F401 - the fixture below it
from tests.region.loads_client import Loads, loads_region  # noqa: F401 - a fixture

DRAINING = ("draining", "Target.DeregistrationInProgress")
HEALTHY = ("healthy", "")
GONE = ("unused", "Target.NotRegistered")


def test_a_target_is_initial_until_it_passes_one_check(loads: Loads) -> None:
    group, instance = loads.target_group(), loads.instance()
    loads.register(group, instance)
    assert loads.health(group) == {instance: ("initial", "Elb.RegistrationInProgress")}
    loads.aws.wait(9)
    assert loads.health(group)[instance][0] == "initial"
    loads.aws.wait(1)
    assert loads.health(group) == {instance: HEALTHY}


def test_a_target_is_unhealthy_and_healthy_again_after_the_thresholds(loads: Loads) -> None:
    group, instance = loads.target_group(), loads.instance()
    loads.register(group, instance)
    loads.aws.wait(10)
    world.orders.unhealthy_targets[instance] = "Target.FailedHealthChecks"
    loads.aws.wait(20)
    assert loads.health(group) == {instance: HEALTHY}
    loads.aws.wait(10)
    assert loads.health(group) == {instance: ("unhealthy", "Target.FailedHealthChecks")}
    world.orders.unhealthy_targets.clear()
    loads.aws.wait(20)
    assert loads.health(group)[instance][0] == "unhealthy"
    loads.aws.wait(10)
    assert loads.health(group) == {instance: HEALTHY}


def test_a_deregistered_target_is_shown_as_draining_until_the_delay_is_over(loads: Loads) -> None:
    group, instance = loads.target_group(), loads.instance()
    loads.register(group, instance)
    loads.aws.wait(10)
    loads.deregister(group, instance)
    assert loads.health(group) == {instance: DRAINING}
    loads.aws.wait(59)
    assert loads.health(group) == {instance: DRAINING}
    loads.aws.wait(1)
    assert loads.health(group) == {}
    assert loads.health(group, instance) == {instance: GONE}
    loads.deregister(group, instance)  # what does not exist is passed over


def test_a_draining_target_that_is_registered_again_begins_anew_and_stays(loads: Loads) -> None:
    group, instance = loads.target_group(), loads.instance()
    loads.register(group, instance)
    loads.aws.wait(10)
    loads.deregister(group, instance)
    loads.register(group, instance)
    assert loads.health(group)[instance][0] == "initial"
    loads.aws.wait(120)
    assert loads.health(group) == {instance: HEALTHY}


def test_targets_of_a_group_without_a_balancer_are_unused(loads: Loads) -> None:
    group, instance = loads.target_group(used=False), loads.instance()
    loads.register(group, instance)
    loads.aws.wait(60)
    assert loads.health(group) == {instance: ("unused", "Target.NotInUse")}
    (seen,) = loads.elbv2.describe_target_groups(TargetGroupArns=[group])["TargetGroups"]
    assert seen["LoadBalancerArns"] == []


def test_a_group_knows_its_balancer_while_a_listener_forwards_to_it(loads: Loads) -> None:
    group = loads.target_group()
    (seen,) = loads.elbv2.describe_target_groups(LoadBalancerArn=loads.balancer)["TargetGroups"]
    assert (seen["TargetGroupArn"], seen["LoadBalancerArns"]) == (group, [loads.balancer])
    with refusal("ResourceInUse"):
        loads.elbv2.delete_target_group(TargetGroupArn=group)
    (listener,) = loads.elbv2.describe_listeners(LoadBalancerArn=loads.balancer)["Listeners"]
    loads.elbv2.delete_listener(ListenerArn=listener["ListenerArn"])
    (seen,) = loads.elbv2.describe_target_groups(TargetGroupArns=[group])["TargetGroups"]
    assert seen["LoadBalancerArns"] == []
    loads.elbv2.delete_target_group(TargetGroupArn=group)
    with refusal("TargetGroupNotFound"):
        loads.health(group)


def test_a_target_in_a_zone_without_the_balancer_is_unused(loads: Loads) -> None:
    group, instance = loads.target_group(), loads.instance(zone=2)
    loads.register(group, instance)
    loads.aws.wait(60)
    assert loads.health(group) == {instance: ("unused", "Target.NotInUse")}


def test_instances_must_run_in_the_groups_vpc_to_be_registered(loads: Loads) -> None:
    group, instance = loads.target_group(), loads.instance()
    loads.aws.ec2.stop_instances(InstanceIds=[instance])
    with refusal("InvalidTarget", "not in a running state"):
        loads.register(group, instance)
    with refusal("InvalidTarget"):
        loads.register(group, "i-0123456789abcdef0")
    other = loads.aws.ec2.create_vpc(CidrBlock="10.8.0.0/16")["Vpc"]["VpcId"]
    subnet = loads.aws.ec2.create_subnet(VpcId=other, CidrBlock="10.8.0.0/24")["Subnet"]["SubnetId"]
    elsewhere = loads.aws.ec2.run_instances(
        ImageId="ami-12345678", MinCount=1, MaxCount=1, SubnetId=subnet, InstanceType="m5.large"
    )["Instances"][0]["InstanceId"]
    with refusal("InvalidTarget", "same VPC"):
        loads.register(group, loads.instance(), elsewhere)
    assert loads.health(group) == {}


def test_a_stopped_instance_is_unused_and_a_terminated_one_deregistered(loads: Loads) -> None:
    group, stopped, ended = loads.target_group(), loads.instance(), loads.instance()
    loads.register(group, stopped, ended)
    loads.aws.wait(10)
    loads.aws.ec2.stop_instances(InstanceIds=[stopped])
    loads.aws.ec2.terminate_instances(InstanceIds=[ended])
    assert loads.health(group) == {stopped: ("unused", "Target.InvalidState"), ended: DRAINING}
    loads.aws.wait(60)
    assert list(loads.health(group)) == [stopped]


def test_an_address_is_healthy_while_an_interface_of_a_running_instance_has_it(loads: Loads) -> None:
    group, instance = loads.target_group(kind="ip"), loads.instance()
    (eni,) = loads.aws.ec2_instance(instance)["NetworkInterfaces"]
    given = loads.aws.ec2.assign_private_ip_addresses(
        NetworkInterfaceId=eni["NetworkInterfaceId"], SecondaryPrivateIpAddressCount=1
    )
    pod = given["AssignedPrivateIpAddresses"][0]["PrivateIpAddress"]
    loads.register(group, pod, "10.0.0.240")
    loads.aws.wait(30)
    assert loads.health(group) == {pod: HEALTHY, "10.0.0.240": ("unhealthy", "Target.Timeout")}
    loads.aws.ec2.unassign_private_ip_addresses(NetworkInterfaceId=eni["NetworkInterfaceId"], PrivateIpAddresses=[pod])
    loads.aws.wait(30)
    assert loads.health(group)[pod] == ("unhealthy", "Target.Timeout")


def test_an_address_of_a_stopped_instance_answers_nobody(loads: Loads) -> None:
    group, instance = loads.target_group(kind="ip"), loads.instance()
    (eni,) = loads.aws.ec2_instance(instance)["NetworkInterfaces"]
    loads.register(group, eni["PrivateIpAddress"])
    loads.aws.ec2.stop_instances(InstanceIds=[instance])
    loads.aws.wait(30)
    assert loads.health(group) == {eni["PrivateIpAddress"]: ("unhealthy", "Target.Timeout")}


def test_an_address_in_an_interfaces_prefix_counts(loads: Loads) -> None:
    group, instance = loads.target_group(kind="ip"), loads.instance()
    (eni,) = loads.aws.ec2_instance(instance)["NetworkInterfaces"]
    given = loads.aws.ec2.assign_private_ip_addresses(NetworkInterfaceId=eni["NetworkInterfaceId"], Ipv4PrefixCount=1)
    first = given["AssignedIpv4Prefixes"][0]["Ipv4Prefix"].partition("/")[0]
    loads.register(group, first)
    loads.aws.wait(10)
    assert loads.health(group) == {first: HEALTHY}


def test_addresses_beyond_the_vpc_need_a_zone_until_a_block_of_the_vpc_holds_them(loads: Loads) -> None:
    group = loads.target_group(kind="ip")
    with refusal("ValidationError", "you must specify an Availability Zone"):
        loads.register(group, "100.64.0.10")
    with refusal("ValidationError"):
        loads.register(group, "8.8.8.8", AvailabilityZone="all")
    loads.register(group, "100.64.0.11", AvailabilityZone="all")
    loads.aws.wait(10)
    assert loads.health(group) == {"100.64.0.11": HEALTHY}
    loads.aws.ec2.associate_vpc_cidr_block(VpcId=loads.vpc, CidrBlock="100.64.0.0/16")
    loads.aws.ec2.create_subnet(VpcId=loads.vpc, CidrBlock="100.64.0.0/20", AvailabilityZone="eu-west-1b")
    loads.register(group, "100.64.0.10")
    found = loads.elbv2.describe_target_health(TargetGroupArn=group, Targets=[{"Id": "100.64.0.10"}])
    (shown,) = found["TargetHealthDescriptions"]
    assert shown["Target"] == {"Id": "100.64.0.10", "Port": 80, "AvailabilityZone": "eu-west-1b"}
    assert shown["HealthCheckPort"] == "80"


def test_one_target_may_be_there_with_several_ports(loads: Loads) -> None:
    group, instance = loads.target_group(), loads.instance()
    loads.register(group, instance)
    loads.register(group, instance, Port=8080)
    found = loads.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert sorted(one["Target"]["Port"] for one in found) == [80, 8080]


@pytest.mark.parametrize("kind", ["instance", "ip"])
def test_groups_show_what_they_were_made_with(loads: Loads, kind: str) -> None:
    tags = [{"Key": "elbv2.k8s.aws/cluster", "Value": "prod"}]
    group = loads.target_group(name=f"as-{kind}", kind=kind, Tags=tags)
    (seen,) = loads.elbv2.describe_target_groups(Names=[f"as-{kind}"])["TargetGroups"]
    assert (seen["TargetType"], seen["Port"], seen["VpcId"], seen["HealthCheckIntervalSeconds"]) == (
        kind,
        80,
        loads.vpc,
        10,
    )
    assert loads.elbv2.describe_tags(ResourceArns=[group])["TagDescriptions"][0]["Tags"] == tags
    (balancer,) = loads.elbv2.describe_load_balancers(LoadBalancerArns=[loads.balancer])["LoadBalancers"]
    assert {zone["SubnetId"] for zone in balancer["AvailabilityZones"]} == set(loads.aws.subnets[:2])
