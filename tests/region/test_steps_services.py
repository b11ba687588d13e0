"""What tasks ask of other services, and the names of their errors.

Step Functions developer guide, "Integrating optimized services with Step Functions" and "Learning to use AWS SDK
service integrations". The names of errors were measured at AWS by the LocalStack project's snapshot tests.
"""

import json
from typing import Any

import pytest
from botocore.session import Session

from local.region import Region
from local.steps.spelling import exception_name, java_name
from tests.region.steps_machines import ROLE, Machines, eventually, expression, invoke, output


def task(action: str, arguments: Any, **more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": f"arn:aws:states:::{action}", "Arguments": arguments, "End": True, **more}


def table(region: Region) -> str:
    region.client("dynamodb").create_table(
        TableName="locks",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return "locks"


@pytest.mark.parametrize(
    ("name", "in_java"),
    [
        ("DynamoDB", "DynamoDb"),
        ("EKS", "Eks"),
        ("Auto Scaling", "AutoScaling"),
        ("EventBridge", "EventBridge"),
        ("SFN", "Sfn"),
        ("CloudWatch Logs", "CloudWatchLogs"),
        ("EC2", "Ec2"),
        ("SubnetIPAddressLimitReachedException", "SubnetIpAddressLimitReachedException"),
    ],
)
def test_names_of_the_java_sdk(name: str, in_java: str) -> None:
    assert java_name(name) == in_java


@pytest.mark.parametrize(
    ("service", "operation", "code", "exception"),
    [
        ("s3", "ListObjects", "NoSuchBucket", "NoSuchBucketException"),
        ("autoscaling", "CreateAutoScalingGroup", "AlreadyExists", "AlreadyExistsException"),
        ("eks", "DescribeCluster", "ResourceNotFoundException", "ResourceNotFoundException"),
        ("ec2", "DescribeVpcs", "InvalidVpcID.NotFound", None),
    ],
)
def test_exceptions_by_the_model(service: str, operation: str, code: str, exception: str | None) -> None:
    model = Session().get_service_model(service).operation_model(operation)
    assert exception_name(code, model) == exception


def test_sdk_calls_reach_the_regions_own_models(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    subnets = [one["SubnetId"] for one in fresh_region.client("ec2").describe_subnets()["Subnets"]][:2]
    fresh_region.client("eks").create_cluster(name="cluster", roleArn=ROLE, resourcesVpcConfig={"subnetIds": subnets})
    described = machines.run({"Look": task("aws-sdk:eks:describeCluster", {"Name": "cluster"})})
    assert output(described)["Cluster"]["ResourcesVpcConfig"]["VpcId"].startswith("vpc-")
    groups = machines.run({"Look": task("aws-sdk:autoscaling:describeAutoScalingGroups", {})})
    assert output(groups) == {"AutoScalingGroups": []}
    ids = expression("$states.result.Vpcs.[VpcId, IsDefault]")
    vpcs = machines.run({"Look": task("aws-sdk:ec2:describeVpcs", {"Filters": []}, Output=ids)})
    assert output(vpcs)


@pytest.mark.parametrize(
    ("action", "arguments", "error"),
    [
        ("aws-sdk:eks:describeCluster", {"Name": "none"}, "Eks.ResourceNotFoundException"),
        ("aws-sdk:ec2:describeVpcs", {"VpcIds": ["vpc-00000000"]}, "Ec2.Ec2Exception"),
        (
            "aws-sdk:autoscaling:setDesiredCapacity",
            {"AutoScalingGroupName": "none", "DesiredCapacity": 1},
            "AutoScaling.AutoScalingException",
        ),
        (
            "aws-sdk:dynamodb:getItem",
            {"TableName": "none", "Key": {"pk": {"S": "a"}}},
            "DynamoDb.ResourceNotFoundException",
        ),
        ("dynamodb:getItem", {"TableName": "none", "Key": {"pk": {"S": "a"}}}, "DynamoDB.ResourceNotFoundException"),
        ("aws-sdk:sfn:sendTaskSuccess", {"TaskToken": "x", "Output": "{}"}, "Sfn.InvalidTokenException"),
        (
            "states:startExecution",
            {"StateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:none"},
            "StepFunctions.StateMachineDoesNotExistException",
        ),
        ("aws-sdk:ec2:describeVpcs", {"Wrong": 1}, "States.Runtime"),
        ("aws-sdk:ec2:noSuchAction", {}, "States.Runtime"),
    ],
)
def test_errors_of_services_have_the_names_that_step_functions_gives_them(
    fresh_region: Region, action: str, arguments: Any, error: str
) -> None:
    ended = Machines(fresh_region).run({"Call": task(action, arguments)})
    assert (ended["status"], ended["error"]) == ("FAILED", error)


def test_a_conditional_write_fails_by_its_name_in_either_integration(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    item = {
        "TableName": table(fresh_region),
        "Item": {"pk": {"S": "lock"}},
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    assert machines.run({"Put": task("dynamodb:putItem", item)})["status"] == "SUCCEEDED"
    for action, prefix in (("dynamodb", "DynamoDB"), ("aws-sdk:dynamodb", "DynamoDb")):
        ended = machines.run({"Put": task(f"{action}:putItem", item)})
        assert ended["error"] == f"{prefix}.ConditionalCheckFailedException"
    got = machines.run({"Get": task("dynamodb:getItem", {"TableName": "locks", "Key": {"pk": {"S": "lock"}}})})
    assert output(got)["Item"] == {"pk": {"S": "lock"}}


def test_events_carry_the_machine_and_the_execution_and_a_refused_one_fails_the_task(fresh_region: Region) -> None:
    machines = Machines(fresh_region)
    queue = fresh_region.client("sqs").create_queue(QueueName="events")["QueueUrl"]
    arn = "arn:aws:sqs:eu-west-1:111122223333:events"
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "*", "Resource": arn}
    fresh_region.client("sqs").set_queue_attributes(
        QueueUrl=queue, Attributes={"Policy": json.dumps({"Statement": [allowed]})}
    )
    events = fresh_region.client("events")
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["drains"]}))
    events.put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": arn}])
    entry = {"Source": "drains", "DetailType": "Drained", "Detail": {"node": expression("$states.input")}}
    execution = machines.start(machines.create({"Tell": task("events:putEvents", {"Entries": [entry]})}), "n-1")
    assert output(machines.ended(execution))["FailedEntryCount"] == 0
    (message,) = eventually(lambda: fresh_region.client("sqs").receive_message(QueueUrl=queue).get("Messages"))
    event = json.loads(message["Body"])
    assert event["detail"] == {"node": "n-1"}
    assert event["resources"] == [machines.describe(execution)["stateMachineArn"], execution]
    refused = machines.run({"Tell": task("events:putEvents", {"Entries": [{**entry, "Source": "aws.ec2"}]})})
    assert refused["error"] in ("EventBridge.FailedEntry", "EventBridge.AmazonEventBridgeException")


def test_a_function_named_by_its_arn_gets_the_input_and_gives_its_result(fresh_region: Region, deploy: Any) -> None:
    machines = Machines(fresh_region)
    function = deploy("task", "def handler(event, context): return {'got': event}")
    state = {"Type": "Task", "Resource": function, "End": True}
    execution = machines.start(machines.create({"Call": state}), [1])
    assert output(machines.ended(execution)) == {"got": [1]}
    assert machines.kinds(execution)[2:5] == [
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
    ]


def test_the_result_of_an_invocation_has_what_lambda_answers(fresh_region: Region, deploy: Any) -> None:
    function = deploy("task", "def handler(event, context): return event['n'] + 1")
    state = invoke(function, Output=expression("$states.result"))
    result = output(Machines(fresh_region).run({"Call": state}, {"n": 1}))
    assert (result["Payload"], result["StatusCode"], result["ExecutedVersion"]) == (2, 200, "$LATEST")


def test_calls_are_in_the_log_by_the_machines_role(fresh_region: Region) -> None:
    Machines(fresh_region).run({"Look": task("aws-sdk:ec2:describeVpcs", {})})
    (call,) = fresh_region.control.calls("ec2")
    assert call.operation == "DescribeVpcs"
    assert ":assumed-role/tester/" in call.caller
