"""What the roles may do, and above all what they may not.

Which resources an action knows: the Service Authorization Reference, in the copy that cfn-lint carries. Decisions are
ministack's evaluator's, after "Policy evaluation logic" in the AWS IAM User Guide.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from botocore import xform_name
from botocore.session import Session
from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from tests.contracts.stack import CLAIMER, ROOT, Stack

STACK = Stack(ClusterName="prod", ClaimerRoleArns=CLAIMER)
# boto3's name of a service, and IAM's.
SERVICES = {name: name for name in ("autoscaling", "dynamodb", "ec2", "events", "sqs", "ssm")} | {
    "stepfunctions": "states"
}
ROLES = ["LaunchRole", "TerminateRole", "HooksRole", "SweepRole", "PrepareRole", "PlanCapacityRole", "ClaimRole"]
EC2 = "arn:aws:ec2:eu-west-1:111122223333:"
INSTANCE, INTERFACE = f"{EC2}instance/i-0b5f2c7d91e3a4608", f"{EC2}network-interface/eni-0a6f3c1e9d2b75840"
NEW_INTERFACE, SUBNET = f"{EC2}network-interface/*", f"{EC2}subnet/subnet-0d1"
TABLE = f"{EC2}route-table/rtb-0f2"
GROUP = "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:3f0c1b9e:autoScalingGroupName/eks-upf-6ac9f1d2"
OURS, CNIS = {"nodenet:cluster": "prod"}, {"node.k8s.amazonaws.com/instance_id": "i-0b5f2c7d91e3a4608"}
NODE_TAGS = [{"eks:cluster-name": "prod"}, {"eks:eks-cluster-name": "prod"}, {"nodenet:cluster": "prod"}]
# Karpenter starts instances without a group.
GROUP_TAGS = [{"eks:cluster-name": "prod"}, {"nodenet:cluster": "prod"}]
FOREIGN_TAGS = [{}, {"eks:cluster-name": "prod-eu"}, {"nodenet:cluster": "pro"}, {"Name": "prod"}]


def as_list(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    inside = Stack(ClusterName="prod", ClaimerRoleArns=CLAIMER, VpcSubnetIds="subnet-0a1", VpcSecurityGroupIds="sg-0c3")
    for role in ROLES:
        for statement in inside.role_statements(role):
            yield f"{role}-{statement['Sid']}", statement


STATEMENTS = dict(statements())


@cache
def known_resources(action: str) -> list[str]:
    """The resource types that an action can be limited to; none where it takes "*" only."""
    service, name = action.split(":")
    reference = load_resource(AdditionalSpecs, "Policies.json")[service]
    types: list[str] = reference["Actions"][name.lower()].get("Resources", [])
    return types


def allowed(
    role: str,
    action: str,
    resource: str,
    tags: dict[str, str] | None = None,
    request_tags: dict[str, str] | None = None,
    stack: Stack = STACK,
    context: dict[str, str] | None = None,
) -> bool:
    """Whether the role may do this to a resource that carries these tags."""
    document = {"Version": "2012-10-17", "Statement": stack.role_statements(role)}
    request = EvalContext(
        principal_arn=f"arn:aws:sts::111122223333:assumed-role/{role}/function",
        principal_type="AssumedRole",
        principal_account="111122223333",
        action=action,
        resource_arn=resource,
        region="eu-west-1",
        source_ip="192.0.2.1",
        secure_transport=True,
        request_tags=request_tags or {},
        tag_keys=list(request_tags or {}),
        service_context={f"aws:resourcetag/{k.lower()}": v for k, v in (tags or {}).items()} | (context or {}),
    )
    return bool(evaluate(request, [parse_policy_document(document)]).decision == "Allow")


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_fault_24_star_is_only_for_actions_that_know_no_resource(statement: dict[str, Any]) -> None:
    """The peers' fault 24."""
    actions = as_list(statement["Action"])
    assert not [action for action in actions if "*" in action]
    if "*" in as_list(statement["Resource"]):
        reading = [action for action in actions if action.split(":")[1].startswith(("Describe", "Get"))]
        assert [action for action in actions if action not in reading or known_resources(action)] == []


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_ec2_and_auto_scaling_change_only_what_a_tag_gives_to_this_cluster(statement: dict[str, Any]) -> None:
    actions = as_list(statement["Action"])
    changing = [a for a in actions if re.match(r"(ec2|autoscaling):(?!Describe|Get)", a)]
    if not changing or statement["Sid"] in {"CreateInAnySubnet", "ConnectFunctions", "AllocateFromAnyPool"}:
        return
    equals = statement["Condition"]["StringEquals"]
    assert len(equals) == 1
    assert equals.keys() == {"ec2:CreateAction"} or set(equals.values()) == {"prod"}


def test_no_partition_is_written_out() -> None:
    """ "Amazon Resource Names": China and GovCloud have partitions of their own. AWS General Reference."""
    assert "arn:aws:" not in (ROOT / "template.yaml").read_text()


@pytest.mark.parametrize("role", ROLES)
def test_only_lambda_takes_the_roles_and_no_managed_policy_of_aws_widens_them(role: str) -> None:
    properties = STACK.of_type("AWS::IAM::Role")[role]
    [trust] = properties["AssumeRolePolicyDocument"]["Statement"]
    assert (trust["Principal"], trust["Action"]) == ({"Service": "lambda.amazonaws.com"}, "sts:AssumeRole")
    assert set(properties["ManagedPolicyArns"]) <= set(STACK.of_type("AWS::IAM::ManagedPolicy"))


@pytest.mark.parametrize("tags", NODE_TAGS)
def test_a_node_of_the_cluster_can_be_wired_however_it_is_tagged(tags: dict[str, str]) -> None:
    for action in ("ec2:AttachNetworkInterface", "ec2:DetachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute"):
        assert allowed("LaunchRole", action, INSTANCE, tags)
        assert allowed("LaunchRole", action, INTERFACE, OURS)


@pytest.mark.parametrize("tags", FOREIGN_TAGS)
@pytest.mark.parametrize("role", ROLES)
def test_a_node_of_another_cluster_is_out_of_reach(role: str, tags: dict[str, str]) -> None:
    for action in ("AttachNetworkInterface", "DetachNetworkInterface", "ModifyNetworkInterfaceAttribute"):
        assert not allowed(role, f"ec2:{action}", INSTANCE, tags)
    for action in (
        "CompleteLifecycleAction",
        "RecordLifecycleActionHeartbeat",
        "PutLifecycleHook",
        "DeleteLifecycleHook",
    ):
        assert not allowed(role, f"autoscaling:{action}", GROUP, tags)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("tags", [{}, CNIS, {"nodenet:cluster": "prod-eu"}, {"eks:cluster-name": "prod"}])
def test_interfaces_that_nodenet_did_not_make_are_out_of_reach(role: str, tags: dict[str, str]) -> None:
    for action in ("Attach", "Detach", "Delete"):
        assert not allowed(role, f"ec2:{action}NetworkInterface", INTERFACE, tags)
    assert not allowed(role, "ec2:ModifyNetworkInterfaceAttribute", INTERFACE, tags)
    assert not allowed(role, "ec2:CreateTags", INTERFACE, tags, {"nodenet:instance": "i-0b5f2c7d91e3a4608"})


def test_an_interface_is_created_only_with_the_cluster_s_tag() -> None:
    create = "ec2:CreateNetworkInterface"
    assert allowed("LaunchRole", create, SUBNET)
    assert allowed("LaunchRole", create, NEW_INTERFACE, request_tags=OURS | {"multus": "true"})
    assert not allowed("LaunchRole", create, NEW_INTERFACE, request_tags={"multus": "true"})
    assert not allowed("LaunchRole", create, NEW_INTERFACE, request_tags={"nodenet:cluster": "prod-eu"})


def test_tags_are_set_at_creation_and_later_all_but_those_that_say_whose_it_is() -> None:
    """ "Control access to EC2 resources using resource tags", Amazon EC2 User Guide: ec2:CreateAction."""
    creating = {"ec2:createaction": "CreateNetworkInterface"}
    tag, node = "ec2:CreateTags", {"nodenet:instance": "i-06d1e8a9c4b27f350"}
    assert allowed("LaunchRole", tag, NEW_INTERFACE, request_tags=OURS, context=creating)
    assert not allowed("LaunchRole", tag, INSTANCE, request_tags=OURS, context={"ec2:createaction": "RunInstances"})
    assert allowed("LaunchRole", tag, INTERFACE, OURS, node | {"Zone": "eu-west-1a"})
    for key in ("nodenet:cluster", "eks:cluster-name", "eks:eks-cluster-name"):
        assert not allowed("LaunchRole", tag, INTERFACE, OURS, node | {key: "prod-eu"})
    assert not allowed("LaunchRole", tag, INSTANCE, OURS, node)


@pytest.mark.parametrize("tags", GROUP_TAGS)
def test_both_directions_can_complete_and_keep_alive_actions_of_the_cluster_s_groups(tags: dict[str, str]) -> None:
    for role in ("LaunchRole", "TerminateRole"):
        assert allowed(role, "autoscaling:CompleteLifecycleAction", GROUP, tags)
        assert allowed(role, "autoscaling:RecordLifecycleActionHeartbeat", GROUP, tags)
        assert not allowed(role, "autoscaling:PutLifecycleHook", GROUP, tags)


@pytest.mark.parametrize("tags", GROUP_TAGS)
def test_hooks_are_installed_taken_off_and_let_go_first(tags: dict[str, str]) -> None:
    assert allowed("HooksRole", "autoscaling:PutLifecycleHook", GROUP, tags)
    assert allowed("HooksRole", "autoscaling:DeleteLifecycleHook", GROUP, tags)
    assert allowed("HooksRole", "autoscaling:CompleteLifecycleAction", GROUP, tags)
    assert not allowed("HooksRole", "autoscaling:RecordLifecycleActionHeartbeat", GROUP, tags)


def test_going_away_removes_but_makes_nothing() -> None:
    for action in ("ec2:DetachNetworkInterface", "ec2:DeleteNetworkInterface"):
        assert allowed("TerminateRole", action, INTERFACE, OURS)
    assert not allowed("TerminateRole", "ec2:AttachNetworkInterface", INTERFACE, OURS)
    assert not allowed("TerminateRole", "ec2:CreateNetworkInterface", NEW_INTERFACE, request_tags=OURS)


def test_only_a_launch_publishes_and_in_nodenet_s_name_only() -> None:
    """ "Using IAM policy conditions in Amazon EventBridge", EventBridge User Guide: events:source."""
    bus = "arn:aws:events:eu-west-1:111122223333:event-bus/default"
    assert allowed("LaunchRole", "events:PutEvents", bus, context={"events:source": "nodenet"})
    assert not allowed("LaunchRole", "events:PutEvents", bus, context={"events:source": "somebody.else"})
    assert not allowed("TerminateRole", "events:PutEvents", bus, context={"events:source": "nodenet"})


@pytest.mark.parametrize("role", ["LaunchRole", "TerminateRole", "HooksRole", "SweepRole", "PrepareRole", "ClaimRole"])
def test_the_configuration_is_read_and_no_other_parameter(role: str) -> None:
    parameters = "arn:aws:ssm:eu-west-1:111122223333:parameter"
    named = Stack(ClusterName="prod", ClaimerRoleArns=CLAIMER, ConfigurationParameter="/teams/net/prod")
    assert allowed(role, "ssm:GetParameter", f"{parameters}/nodenet/prod")
    assert not allowed(role, "ssm:GetParameter", f"{parameters}/nodenet/prod-eu")
    assert allowed(role, "ssm:GetParameter", f"{parameters}/teams/net/prod", stack=named)
    assert not allowed("PlanCapacityRole", "ssm:GetParameter", f"{parameters}/nodenet/prod")


def test_slices_are_taken_by_launches_freed_by_the_sweep_and_deleted_by_nobody() -> None:
    register, table = "SlicesTable.Arn", "Table.Arn"
    assert allowed("LaunchRole", "dynamodb:Query", register)
    assert allowed("SweepRole", "dynamodb:Scan", register)
    for role in ("LaunchRole", "SweepRole"):
        assert allowed(role, "dynamodb:UpdateItem", register)
        assert not allowed(role, "dynamodb:DeleteItem", register)
        assert not allowed(role, "dynamodb:Scan", table)
    assert not allowed("TerminateRole", "dynamodb:UpdateItem", register)


@pytest.mark.parametrize("tags", FOREIGN_TAGS)
def test_only_subnets_and_tables_that_name_the_cluster_are_prepared(tags: dict[str, str]) -> None:
    """Condition keys: "Actions, resources, and condition keys for Amazon EC2", Service Authorization Reference."""
    for action in ("CreateSubnetCidrReservation", "ModifySubnetAttribute"):
        assert allowed("PrepareRole", f"ec2:{action}", SUBNET, OURS)
        assert not allowed("PrepareRole", f"ec2:{action}", SUBNET, tags)
    for action in ("CreateRoute", "ReplaceRoute"):
        assert allowed("PrepareRole", f"ec2:{action}", TABLE, OURS)
        assert not allowed("PrepareRole", f"ec2:{action}", TABLE, tags)


def test_who_prepares_subnets_unmakes_nothing_and_does_not_give_itself_the_right() -> None:
    for action in ("DeleteSubnetCidrReservation", "DeleteRoute", "DeleteSubnet", "CreateNetworkInterface"):
        for resource in (SUBNET, TABLE, NEW_INTERFACE):
            assert not allowed("PrepareRole", f"ec2:{action}", resource, OURS, OURS)
    creating = {"ec2:createaction": "CreateSubnetCidrReservation"}
    reservation = f"{EC2}subnet-cidr-reservation/*"
    assert allowed("PrepareRole", "ec2:CreateTags", reservation, request_tags=OURS, context=creating)
    assert not allowed("PrepareRole", "ec2:CreateTags", reservation, request_tags=OURS)
    for resource in (SUBNET, TABLE):
        assert not allowed("PrepareRole", "ec2:CreateTags", resource, request_tags=OURS)


def test_who_plans_looks_up_instance_types_and_reads_nothing_else_of_the_account() -> None:
    own = [statement for statement in STACK.role_statements("PlanCapacityRole") if statement["Sid"] != "WriteLogs"]
    assert [(as_list(each["Action"]), each["Resource"]) for each in own] == [(["ec2:DescribeInstanceTypes"], "*")]


@pytest.mark.parametrize("tags", FOREIGN_TAGS)
def test_addresses_move_only_between_interfaces_of_the_cluster(tags: dict[str, str]) -> None:
    for action in ("AssignPrivateIp", "UnassignPrivateIp", "AssignIpv6", "UnassignIpv6"):
        assert allowed("ClaimRole", f"ec2:{action}Addresses", INTERFACE, OURS)
        assert not allowed("ClaimRole", f"ec2:{action}Addresses", INTERFACE, tags)


def test_public_addresses_are_the_cluster_s_and_only_those_allocated_for_a_pod_are_released() -> None:
    """Resources of each action: "Actions, resources, and condition keys for Amazon EC2"."""
    public, new = f"{EC2}elastic-ip/eipalloc-0a1", f"{EC2}elastic-ip/*"
    for_a_pod = OURS | {"nodenet:address": "10.0.4.225"}
    for action in ("AssociateAddress", "DisassociateAddress"):
        for resource in (public, INTERFACE):
            assert allowed("ClaimRole", f"ec2:{action}", resource, OURS)
            assert not allowed("ClaimRole", f"ec2:{action}", resource, {"use": "upf"})
    assert allowed("ClaimRole", "ec2:ReleaseAddress", public, for_a_pod)
    assert not allowed("ClaimRole", "ec2:ReleaseAddress", public, OURS)
    assert allowed("ClaimRole", "ec2:AllocateAddress", new, request_tags=OURS)
    assert not allowed("ClaimRole", "ec2:AllocateAddress", new, request_tags={"use": "upf"})
    creating = {"ec2:createaction": "AllocateAddress"}
    assert allowed("ClaimRole", "ec2:CreateTags", new, request_tags=OURS, context=creating)
    assert not allowed("ClaimRole", "ec2:CreateTags", public, OURS, OURS)


def test_claims_write_their_own_records_and_no_node_s() -> None:
    """ "Using IAM policy conditions for fine-grained access control", Amazon DynamoDB Developer Guide."""
    for action, keys in (("PutItem", "address#n3#10.0.4.225"), ("UpdateItem", "subnets#4f")):
        assert allowed("ClaimRole", f"dynamodb:{action}", "Table.Arn", context={"dynamodb:leadingkeys": keys})
        other = {"dynamodb:leadingkeys": "attempt#i-0b5f2c7d91e3a4608"}
        assert not allowed("ClaimRole", f"dynamodb:{action}", "Table.Arn", context=other)


def test_each_function_works_its_own_queue() -> None:
    works = {
        "LaunchRole": ("Launch", "Claim"),
        "TerminateRole": ("Terminate", "Launch"),
        "ClaimRole": ("Claim", "Launch"),
    }
    for role, (own, other) in works.items():
        for action in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes", "SendMessage"):
            assert allowed(role, f"sqs:{action}", f"{own}Queue.Arn")
            assert not allowed(role, f"sqs:{action}", f"{other}Queue.Arn")
    assert allowed("HooksRole", "sqs:SendMessage", "UndeliveredQueue.Arn")


@pytest.mark.parametrize("role", ROLES)
def test_in_a_vpc_lambda_connects_the_function_and_its_code_gains_nothing(role: str) -> None:
    """ "Using source function ARN to control function access behavior", AWS Lambda Developer Guide: Lambda uses the
    function's role, and lambda:SourceFunctionArn is there only when the function's code calls."""
    inside = Stack(ClusterName="prod", ClaimerRoleArns=CLAIMER, VpcSubnetIds="subnet-0a1", VpcSecurityGroupIds="sg-0c3")
    by_code = {"lambda:sourcefunctionarn": "arn:aws:lambda:eu-west-1:111122223333:function:prod"}
    for action in ("ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses"):
        assert allowed(role, action, INTERFACE, CNIS, stack=inside)
        assert not allowed(role, action, INTERFACE, CNIS, stack=inside, context=by_code)
        assert not allowed(role, action, INTERFACE, CNIS)


def test_drains_are_started_where_there_are_any() -> None:
    whole, machine = Stack(ClusterName="prod", MigrateAndDrain="true"), "Migration.Outputs.DrainNodeStateMachine"
    assert allowed("TerminateRole", "states:StartExecution", machine, stack=whole)
    assert not allowed("TerminateRole", "states:StartExecution", "Migration.Outputs.MigrateStateMachine", stack=whole)
    assert not allowed("TerminateRole", "states:StartExecution", machine)


def test_what_the_code_calls_is_what_the_roles_allow() -> None:
    """Every call of the adapters has its permission, and no permission is left that no call needs."""
    called = {f"{SERVICES[service]}:{operation}" for service, operation in calls()}
    whole = Stack(ClusterName="prod", ClaimerRoleArns=CLAIMER, MigrateAndDrain="true")
    given = {action for role in ROLES for s in whole.role_statements(role) for action in as_list(s["Action"])}
    # Lambda itself reads the queue and writes the logs, with the function's role.
    by_lambda = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
    by_lambda |= {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert called == given - by_lambda


def calls() -> Iterator[tuple[str, str]]:
    """(service, operation) of every boto3 call in the adapters that functions use, by the client type that the module
    imports. The other adapters are the command's, which calls with its user's permissions."""
    functions = "".join(path.read_text() for path in (ROOT / "functions").glob("*.py"))
    for name in set(re.findall(r"from nodenet\.aws\.(\w+) import", functions)):
        source = (ROOT / "layers/nodenet/nodenet/aws" / f"{name}.py").read_text()
        for service in re.findall(r"from mypy_boto3_(\w+) import \w+Client\b", source):
            model = Session().get_service_model(service)
            methods = {xform_name(operation): operation for operation in model.operation_names}
            called = re.findall(r"\b_(?:client|ssm)\.(\w+)\(", source) + re.findall(
                r"get_paginator\(\"(\w+)\"\)", source
            )
            yield from {(service, methods[method]) for method in called if method in methods}
