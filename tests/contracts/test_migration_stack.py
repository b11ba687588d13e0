"""What migration.yaml promises: a role for each step, its definitions' names filled in, nothing lost, nothing wide."""

import ast
import dataclasses
import re
from typing import Any

import pytest
import yaml

from nodenet.kubernetes.permissions import STEPS, group
from nodenet.settings import MigrationSettings
from tests.contracts.machines import NAMES
from tests.contracts.stack import ROOT, Stack
from tests.contracts.test_iam import as_list, known_resources

PARAMETERS = {
    "ClusterName": "prod",
    "ConfigurationParameter": "/nodenet/prod",
    "LayerArn": "arn:aws:lambda:eu-west-1:111122223333:layer:nodenet:1",
    "Architecture": "arm64",
    "VpcSubnetIds": "subnet-0a1",
    "VpcSecurityGroupIds": "sg-0c3",
    "VpcPolicyArn": "arn:aws:iam::111122223333:policy/vpc",
    "HookFunctionArns": "arn:aws:lambda:eu-west-1:111122223333:function:hook",
    "LogLevel": "INFO",
    "LogRetentionDays": "30",
    "AlarmTopicArn": "",
}
STACK = Stack("migration.yaml", **PARAMETERS)
FUNCTIONS = STACK.of_type("AWS::Lambda::Function")
ROLES = STACK.of_type("AWS::IAM::Role")
MACHINES = STACK.of_type("AWS::StepFunctions::StateMachine")
POLICIES = STACK.of_type("AWS::IAM::ManagedPolicy")


def statements() -> dict[str, dict[str, Any]]:
    """Of all roles and managed policies, by whose they are and their Sid."""
    own = {
        name: [each for policy in role.get("Policies", ()) for each in policy["PolicyDocument"]["Statement"]]
        for name, role in ROLES.items()
    }
    shared = {name: policy["PolicyDocument"]["Statement"] for name, policy in POLICIES.items()}
    return {f"{name}-{each['Sid']}": each for name, some in (own | shared).items() for each in some}


STATEMENTS = statements()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_handler_exists(function: str) -> None:
    folder, file, name = FUNCTIONS[function]["Handler"].split(".")
    module = ast.parse((ROOT / "functions" / folder / f"{file}.py").read_text())
    assert name in {node.name for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}


def test_every_file_of_functions_is_deployed() -> None:
    files = {path.stem for path in (ROOT / "functions" / "migration").glob("*.py")}
    assert files == {function["Handler"].split(".")[1] for function in FUNCTIONS.values()}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_has_a_role_of_its_own(function: str) -> None:
    assert FUNCTIONS[function]["Role"] == f"{function.removesuffix('Function')}Role.Arn"


def test_the_environment_has_what_settings_read() -> None:
    contract = {f"NODENET_{field.name.upper()}" for field in dataclasses.fields(MigrationSettings)}
    found = {name for each in FUNCTIONS.values() for name in each["Environment"]["Variables"]}
    assert {name for name in found if name.startswith("NODENET_")} == contract | {"NODENET_CONFIGURATION_PARAMETER"}


@pytest.mark.parametrize("machine", NAMES)
def test_a_definition_s_names_are_all_filled_in_and_no_others(machine: str) -> None:
    text = (ROOT / "statemachines" / f"{machine}.asl.yaml").read_text()
    resource = next(name for name in MACHINES if name.lower() == f"{machine.replace('_', '')}statemachine")
    given = set(MACHINES[resource]["DefinitionSubstitutions"])
    assert set(re.findall(r"\$\{(\w+)\}", text)) == given


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_star_is_only_for_actions_that_know_no_resource(statement: dict[str, Any]) -> None:
    actions = as_list(statement["Action"])
    assert not [action for action in actions if "*" in action]
    if "*" in as_list(statement["Resource"]) and "Condition" not in statement:
        reading = [action for action in actions if re.search(r":(Describe|Get|List)", action)]
        assert [action for action in actions if action not in reading and known_resources(action)] == []


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_roles_are_passed_to_what_runs_nodes_only(statement: dict[str, Any]) -> None:
    """ "Grant a user permissions to pass a role to an AWS service", IAM User Guide."""
    if "iam:PassRole" in as_list(statement["Action"]):
        services = as_list(statement["Condition"]["StringEquals"]["iam:PassedToService"])
        assert set(services) <= {"eks.amazonaws.com", "ec2.amazonaws.com", "autoscaling.amazonaws.com"}


def test_who_asks_the_cluster_has_a_group_of_its_own_there_and_the_manifest_gives_it_its_rights() -> None:
    entries = STACK.of_type("AWS::EKS::AccessEntry")
    groups = {name: entry["KubernetesGroups"] for name, entry in entries.items()}
    assert sorted(each for some in groups.values() for each in some) == sorted(group(step) for step in STEPS)
    for name, entry in entries.items():
        assert entry["PrincipalArn"] == f"{name.removesuffix('Access')}Role.Arn"
    rendered = (ROOT / "docs" / "reference" / "manifests" / "migration-access.yaml").read_text()
    bound = {
        subject["name"]
        for document in yaml.safe_load_all(rendered)
        if document["kind"].endswith("Binding")
        for subject in document["subjects"]
    }
    assert bound == {group(step) for step in STEPS}


def test_what_a_run_changed_outlives_the_stack() -> None:
    for name in ("RunsTable", "ReportsBucket"):
        assert STACK.resources[name]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_a_run_that_ends_without_its_own_way_back_is_undone_by_rule() -> None:
    rules = STACK.of_type("AWS::Events::Rule")
    watched = {rule["EventPattern"]["detail"]["stateMachineArn"][0]: rule for rule in rules.values()}
    assert set(watched["MigrateStateMachine"]["EventPattern"]["detail"]["status"]) == {"ABORTED", "TIMED_OUT", "FAILED"}
    assert set(watched["RollBackStateMachine"]["EventPattern"]["detail"]["status"]) == {"ABORTED", "TIMED_OUT"}
    for rule in rules.values():
        [target] = rule["Targets"]
        assert target["Arn"] == "RollBackStateMachine"
        assert target["DeadLetterConfig"] == {"Arn": "UndeliveredQueue.Arn"}


def test_no_partition_is_written_out() -> None:
    assert "arn:aws:" not in (ROOT / "migration.yaml").read_text()


def test_every_function_logs_as_json_to_a_group_that_forgets() -> None:
    assert all(group["RetentionInDays"] for group in STACK.of_type("AWS::Logs::LogGroup").values())
    assert {function["LoggingConfig"]["LogGroup"] for function in FUNCTIONS.values()} == {"Logs"}
