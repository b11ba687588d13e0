"""The call log, and calls that fail, fail although they were done, are throttled or take their time."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.plane.client import ControlError
from local.plane.rates import Params, ec2_costs
from local.region import Region

Deploy = Callable[..., str]


def error_of(call: Callable[[], Any]) -> tuple[str, int]:
    """Code and status of the error that the call raises."""
    with pytest.raises(ClientError) as raised:
        call()
    return raised.value.response["Error"]["Code"], raised.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_every_call_is_in_the_log_with_its_operation_and_error(fresh_region: Region) -> None:
    """One service for each of AWS's protocols: ec2, query, rest-json, json and rest-xml."""
    with fresh_region.control.recorded() as recording:
        fresh_region.client("ec2").describe_vpcs()
        fresh_region.client("sts").get_caller_identity()
        fresh_region.client("lambda").list_functions()
        fresh_region.client("sqs").list_queues()
        fresh_region.client("s3").list_buckets()
        with pytest.raises(ClientError):
            fresh_region.client("ssm").get_parameter(Name="absent")
        with pytest.raises(ClientError):
            fresh_region.client("ec2").describe_vpcs(VpcIds=["vpc-0123456789abcdef0"])
    assert [(call.service, call.operation, call.error) for call in recording.calls] == [
        ("ec2", "DescribeVpcs", None),
        ("sts", "GetCallerIdentity", None),
        ("lambda", "ListFunctions", None),
        ("sqs", "ListQueues", None),
        ("s3", "ListBuckets", None),
        ("ssm", "GetParameter", "ParameterNotFound"),
        ("ec2", "DescribeVpcs", "InvalidVpcID.NotFound"),
    ]
    assert {call.caller for call in recording.calls} == {"arn:aws:iam::111122223333:root"}


def test_the_log_is_filtered_and_cleared(fresh_region: Region) -> None:
    control = fresh_region.control
    fresh_region.client("sts").get_caller_identity()
    fresh_region.client("sqs").list_queues()
    assert [call.operation for call in control.calls("sqs")] == ["ListQueues"]
    assert [call.operation for call in control.calls(operation="GetCallerIdentity")] == ["GetCallerIdentity"]
    assert control.calls(after=control.calls()[-1].number) == []
    control.clear_calls()
    assert control.calls() == []


def test_a_fault_skips_hits_and_ends(fresh_region: Region) -> None:
    ec2 = fresh_region.client("ec2")
    fresh_region.control.fail("ec2", "DescribeVpcs", code="InternalError", status=500, skip=1, times=2)
    ec2.describe_vpcs()
    assert error_of(ec2.describe_vpcs) == ("InternalError", 500)
    assert error_of(ec2.describe_vpcs) == ("InternalError", 500)
    ec2.describe_vpcs()
    ec2.describe_subnets()
    (order,) = fresh_region.control.faults()
    assert (order["seen"], order["hits"]) == (4, 2)


def test_a_fault_before_a_call_prevents_it_and_one_after_it_hides_it(fresh_region: Region) -> None:
    sqs, control = fresh_region.client("sqs"), fresh_region.control
    control.fail("sqs", "CreateQueue", code="InternalFailure", status=500)
    assert error_of(lambda: sqs.create_queue(QueueName="before")) == ("InternalFailure", 500)
    control.fail("sqs", "CreateQueue", code="InternalFailure", status=500, when="after")
    assert error_of(lambda: sqs.create_queue(QueueName="after")) == ("InternalFailure", 500)
    assert [url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]] == ["after"]


@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("ec2", "describe_vpcs"),
        ("sts", "get_caller_identity"),
        ("lambda", "list_functions"),
        ("sqs", "list_queues"),
        ("s3", "list_buckets"),
        ("stepfunctions", "list_state_machines"),
        ("cloudwatch", "list_metrics"),
        ("eks", "list_clusters"),
        ("autoscaling", "describe_auto_scaling_groups"),
    ],
)
def test_a_fault_comes_in_the_protocol_of_its_service(fresh_region: Region, service: str, call: str) -> None:
    fresh_region.control.fail(code="SomethingBroke", message="as <asked>", status=503)
    with pytest.raises(ClientError) as raised:
        getattr(fresh_region.client(service), call)()
    assert raised.value.response["Error"]["Code"] == "SomethingBroke"
    assert raised.value.response["Error"]["Message"] == "as <asked>"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503


def test_a_fault_can_be_for_one_function_only(fresh_region: Region, deploy: Deploy) -> None:
    source = """
        import boto3

        def handler(event, context):
            try:
                return len(boto3.client("sqs").list_queues().get("QueueUrls", []))
            except Exception as error:
                return error.response["Error"]["Code"]
    """
    deploy("struck", source)
    deploy("spared", source)
    fresh_region.control.fail("sqs", function="struck", code="AccessDenied", status=403, times=9)
    functions = fresh_region.client("lambda")
    answers = [functions.invoke(FunctionName=name)["Payload"].read() for name in ("struck", "spared")]
    assert answers == [b'"AccessDenied"', b"0"]


def test_a_call_can_be_delayed_in_simulated_time(fresh_region: Region) -> None:
    control = fresh_region.control
    control.speed = 10
    control.delay("sts", seconds=3)
    sts = fresh_region.client("sts")
    started = time.monotonic()
    sts.get_caller_identity()
    delayed = time.monotonic()
    sts.get_caller_identity()
    assert 0.3 <= delayed - started < 2
    assert time.monotonic() - delayed < 0.3


def test_latency_is_per_service_and_operation(fresh_region: Region) -> None:
    control, sqs = fresh_region.control, fresh_region.client("sqs")
    control.latency({"sqs:ListQueues": (0.2, 0.3), "sqs": 0.0})
    sqs.list_queues()
    sqs.create_queue(QueueName="quick")
    slow, quick = control.calls("sqs")
    assert 0.2 <= slow.duration < 1
    assert quick.duration < 0.2


def test_a_bucket_of_tokens_empties_and_refills_on_the_simulated_clock(fresh_region: Region) -> None:
    """CreateSubnetCidrReservation: 5 tokens, 1 a second (EC2 developer guide, request throttling)."""
    ec2, control = fresh_region.client("ec2"), fresh_region.control
    control.speed = 0.01
    control.rates(on=True)

    def reserve() -> str:
        arguments = {"SubnetId": "subnet-0123456789abcdef0", "Cidr": "10.0.0.0/28", "ReservationType": "prefix"}
        return error_of(lambda: ec2.create_subnet_cidr_reservation(**arguments))[0]

    assert [reserve() == "RequestLimitExceeded" for _ in range(6)] == [False] * 5 + [True]
    ec2.describe_vpcs()
    control.speed = 1000
    time.sleep(0.01)
    control.speed = 0.01
    assert reserve() != "RequestLimitExceeded"


READ, CHANGE = (100, 20), (50, 5)


@pytest.mark.parametrize(
    ("operation", "parameters", "costs"),
    [
        ("DescribeInstances", {}, {"ec2:DescribeInstances:unfiltered": ((50, 10), 1)}),
        ("DescribeInstances", {"InstanceId.1": ["i-1"]}, {"ec2:DescribeInstances:unfiltered": ((50, 10), 1)}),
        ("DescribeInstances", {"Filter.1.Name": ["vpc-id"]}, {"ec2:DescribeInstances": (READ, 1)}),
        ("DescribeNetworkInterfaces", {"MaxResults": ["5"]}, {"ec2:DescribeNetworkInterfaces": (READ, 1)}),
        ("DescribeSubnets", {}, {"ec2:DescribeSubnets": (READ, 1)}),
        ("AttachNetworkInterface", {}, {"ec2:AttachNetworkInterface": (CHANGE, 1)}),
        ("CreateNetworkInterface", {}, {"ec2:CreateNetworkInterface": ((100, 5), 1)}),
        ("AssignPrivateIpAddresses", {}, {"ec2:AssignPrivateIpAddresses": ((100, 5), 1)}),
        ("UnassignPrivateIpAddresses", {}, {"ec2:UnassignPrivateIpAddresses": ((100, 5), 1)}),
        ("AssignIpv6Addresses", {}, {"ec2:AssignIpv6Addresses": ((100, 5), 1)}),
        ("UnassignIpv6Addresses", {}, {"ec2:UnassignIpv6Addresses": (CHANGE, 1)}),
        ("AllocateAddress", {}, {"ec2:AllocateAddress": (CHANGE, 1)}),
        ("AssociateAddress", {}, {"ec2:AssociateAddress": (CHANGE, 1)}),
        ("DisassociateAddress", {}, {"ec2:DisassociateAddress": (CHANGE, 1)}),
        ("DescribeAddresses", {}, {"ec2:DescribeAddresses": (READ, 1)}),
        ("CreateRoute", {}, {"ec2:CreateRoute": (CHANGE, 1)}),
        ("ModifySubnetAttribute", {}, {"ec2:ModifySubnetAttribute": (CHANGE, 1)}),
        ("GetSubnetCidrReservations", {}, {"ec2:GetSubnetCidrReservations": (READ, 1)}),
        ("CreateNatGateway", {}, {"ec2:CreateNatGateway": ((10, 1), 1)}),
        ("CreateTags", {}, {"ec2:CreateTags": ((100, 10), 1)}),
        ("CreateSubnetCidrReservation", {}, {"ec2:CreateSubnetCidrReservation": ((5, 1), 1)}),
        (
            "RunInstances",
            {"MinCount": ["1"], "MaxCount": ["3"]},
            {"ec2:RunInstances": ((5, 2), 1), "ec2:RunInstances:resources": ((1000, 2), 3)},
        ),
        (
            "TerminateInstances",
            {"InstanceId.1": ["i-1"], "InstanceId.2": ["i-2"]},
            {"ec2:TerminateInstances": ((100, 5), 1), "ec2:TerminateInstances:resources": ((1000, 20), 2)},
        ),
    ],
)
def test_every_call_takes_its_documented_tokens(operation: str, parameters: Params, costs: Any) -> None:
    """EC2 developer guide, "Request throttling for the Amazon EC2 API": (bucket's size, refill a second), tokens."""
    assert ec2_costs(operation, parameters) == costs


def test_throttling_has_each_services_own_error(fresh_region: Region) -> None:
    """EC2: RequestLimitExceeded, 503. Auto Scaling: Throttling, 400, one bucket for all of its calls."""
    control = fresh_region.control
    control.speed = 0.01
    control.rates(on=True, limits={"ec2:DescribeVpcs": (1, 1), "autoscaling": (1, 1)})
    ec2, autoscaling = fresh_region.client("ec2"), fresh_region.client("autoscaling")
    ec2.describe_vpcs()
    assert error_of(ec2.describe_vpcs) == ("RequestLimitExceeded", 503)
    autoscaling.describe_auto_scaling_groups()
    assert error_of(autoscaling.describe_policies) == ("Throttling", 400)
    control.rates(on=False)
    ec2.describe_vpcs()


def test_a_reset_takes_everything_back(fresh_region: Region) -> None:
    control, sqs = fresh_region.control, fresh_region.client("sqs")
    sqs.create_queue(QueueName="gone")
    control.fail("sqs", code="Broken")
    control.latency({"*": 60})
    control.speed = 5
    control.delays(attach=3)
    control.reset()
    assert control.calls() == []
    assert not sqs.list_queues().get("QueueUrls")
    assert (control.speed, control.faults()) == (1, [])


def test_a_mistake_in_an_order_is_refused_with_the_reason(fresh_region: Region) -> None:
    with pytest.raises(ControlError, match="unexpected keyword argument 'atach'"):
        fresh_region.control.delays(atach=1)
    with pytest.raises(ControlError, match="above 0"):
        fresh_region.control.speed = 0
    with pytest.raises(ControlError, match="from 0 or more"):
        fresh_region.control.latency({"*": (2, 1)})


def test_a_call_in_the_log_names_the_resources_of_its_request(fresh_region: Region) -> None:
    instance, eni = "i-0123456789abcdef0", "eni-0fedcba9876543210"
    ec2 = fresh_region.client("ec2")
    with fresh_region.control.recorded() as recording:
        with suppress(ClientError):
            ec2.attach_network_interface(DeviceIndex=1, InstanceId=instance, NetworkInterfaceId=eni)
        with suppress(ClientError):
            ec2.create_tags(Resources=[eni], Tags=[{"Key": "of", "Value": instance}])
        ec2.describe_instances(Filters=[{"Name": "instance-id", "Values": [instance, instance]}])
    assert [set(call.resources) for call in recording.calls] == [{instance, eni}, {instance, eni}, {instance}]
    assert len(recording.calls[-1].resources) == 1
